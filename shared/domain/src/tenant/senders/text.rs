//! Who sends a tenant's texts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{formats, vocabulary::ProviderName};

/// A number or messaging service, and its account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TextSender {
    /// Who takes its texts away.
    #[serde(default = "twilio")]
    pub provider: ProviderName,
    /// `AC…`
    pub account_sid: String,
    /// Name or ARN of the secret that holds the account's auth token.
    pub auth_token_secret: String,
    /// An E.164 number, a short code of 5 or 6 digits, or a messaging service `MG…`.
    pub from: String,
    /// Other senders, by the country of the recipient's number (ISO 3166-1 alpha-2): also a name of up to 11 letters, digits
    /// and blanks, if that country permits names. Nobody can answer a name, not even STOP.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub by_country: BTreeMap<String, String>,
    /// How many texts a second each of them takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_per_second: Option<u16>,
}

impl TextSender {
    /// What a text to this number comes from.
    pub fn sender_for(&self, to: &str) -> &str {
        // Most lenders have one sender, and then nobody needs to know where the number is.
        let country = if self.by_country.is_empty() { None } else { formats::country_of(to) };
        country.and_then(|country| self.by_country.get(&country)).unwrap_or(&self.from)
    }

    /// Every sender.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.from].into_iter().chain(self.by_country.values()).map(String::as_str)
    }
}

fn twilio() -> ProviderName {
    ProviderName::Twilio
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_comes_from_the_sender_of_its_country_where_there_is_one() {
        let sender: TextSender = serde_json::from_value(json!({
            "accountSid": "AC1",
            "authTokenSecret": "acme/twilio",
            "from": "+13125550100",
            "byCountry": { "GB": "ACME", "CA": "+14165550100" },
        }))
        .unwrap();
        for (to, from) in [
            ("+447400123456", "ACME"),
            // One calling code, two countries.
            ("+14165550123", "+14165550100"),
            ("+13125550142", "+13125550100"),
            ("+4915112345678", "+13125550100"),
            ("nobody", "+13125550100"),
        ] {
            assert_eq!(sender.sender_for(to), from, "{to}");
        }
    }
}
