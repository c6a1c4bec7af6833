//! CloudFormation templates as data.

use std::{collections::BTreeSet, path::Path};

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

/// A template, its short functions (`!Sub x`) written out (`{"Fn::Sub": x}`).
pub struct Template {
    content: Value,
    bytes: usize,
}

impl Template {
    /// Reads a file below the workspace.
    pub fn read(file: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
        let text = std::fs::read_to_string(path).unwrap();
        Self { content: plain(&Yaml::load_from_str(&text).unwrap()[0]), bytes: text.len() }
    }

    /// Every resource of a type, with its properties.
    pub fn resources<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let all = self.content["Resources"].as_object().unwrap();
        let of_kind = all.iter().filter(move |(_, resource)| resource["Type"] == kind);
        of_kind.map(|(logical, resource)| (logical.as_str(), &resource["Properties"]))
    }

    /// The properties of a resource.
    pub fn resource(&self, logical: &str) -> &Value {
        &self.content["Resources"][logical]["Properties"]
    }

    /// How long its text is.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many resources it has.
    pub fn size(&self) -> usize {
        self.content["Resources"].as_object().unwrap().len()
    }

    /// A parameter.
    pub fn parameter(&self, name: &str) -> &Value {
        &self.content["Parameters"][name]
    }

    /// The names of its parameters.
    pub fn parameters(&self) -> BTreeSet<String> {
        self.content["Parameters"].as_object().unwrap().keys().cloned().collect()
    }

    /// The names of its outputs.
    pub fn outputs(&self) -> BTreeSet<String> {
        self.content["Outputs"].as_object().unwrap().keys().cloned().collect()
    }

    /// The environment of every function.
    pub fn environment(&self) -> &Map<String, Value> {
        self.content["Globals"]["Function"]["Environment"]["Variables"].as_object().unwrap()
    }

    /// The names it exports values under.
    pub fn exports(&self) -> BTreeSet<String> {
        let outputs = self.content["Outputs"].as_object().unwrap().values();
        outputs.filter_map(|output| Some(output["Export"]["Name"]["Fn::Sub"].as_str()?.to_owned())).collect()
    }

    /// The names it imports values by.
    pub fn imports(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        collect_imports(&self.content, &mut names);
        names
    }
}

fn collect_imports(value: &Value, names: &mut BTreeSet<String>) {
    if let Some(name) = value["Fn::ImportValue"]["Fn::Sub"].as_str() {
        names.insert(name.to_owned());
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| collect_imports(member, names)),
        Value::Array(items) => items.iter().for_each(|item| collect_imports(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn plain(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(truth)) => (*truth).into(),
        Yaml::Value(Scalar::Integer(number)) => (*number).into(),
        Yaml::Value(Scalar::FloatingPoint(number)) => number.into_inner().into(),
        Yaml::Value(Scalar::String(text)) => text.to_string().into(),
        Yaml::Sequence(items) => items.iter().map(plain).collect(),
        Yaml::Mapping(members) => {
            members.iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), plain(value))).collect()
        }
        Yaml::Tagged(tag, value) => {
            let function = match tag.suffix.as_str() {
                "Ref" => "Ref".to_owned(),
                other => format!("Fn::{other}"),
            };
            Value::Object(Map::from_iter([(function, plain(value))]))
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => panic!("{yaml:?}"),
    }
}
