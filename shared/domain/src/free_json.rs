//! JSON of the lender's own, kept as it was written: `#[serde(with = "free_json")]`.
//!
//! The table keeps no order among the members of a map, and templates list them. So such JSON stands in the table as its
//! text, under the name that serde_json gives to JSON it does not read ([`RawValue`]); in JSON it stands as itself. What
//! stands in the table as a map is read too.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, de::DeserializeOwned, ser};
use serde_json::{Value, value::to_raw_value};

/// Writes it as text where it is stored, and as itself if it is JSON.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Serialize, S: Serializer>(free: &T, serializer: S) -> Result<S::Ok, S::Error> {
    to_raw_value(free).map_err(ser::Error::custom)?.serialize(serializer)
}

/// Reads either.
///
/// # Errors
/// Those of the deserializer, and where it is of another type.
pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    // A `Value` takes text under that name for what it says.
    serde_json::from_value(Value::deserialize(deserializer)?).map_err(de::Error::custom)
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Kept {
        #[serde(with = "super")]
        free: Map<String, Value>,
    }

    const JSON: &str =
        r#"{"free":{"total":312.50,"fees":{"late":100.0,"interest":[{"z":1,"a":null}]},"":"é\u0000"}}"#;

    #[test]
    fn in_json_it_stands_as_itself_in_its_order() {
        let kept: Kept = serde_json::from_str(JSON).unwrap();
        assert_eq!(serde_json::to_string(&kept).unwrap(), JSON);
        assert_eq!(serde_json::to_value(&kept).unwrap().to_string(), JSON);
        assert_eq!(serde_json::from_value::<Kept>(serde_json::to_value(&kept).unwrap()).unwrap(), kept);
    }

    #[test]
    fn what_is_no_such_thing_is_refused() {
        for free in [json!("text"), json!([1]), json!(null)] {
            assert!(serde_json::from_value::<Kept>(json!({ "free": free })).is_err(), "{free}");
        }
    }
}
