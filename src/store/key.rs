//! Keys: SHA-256 over every input that decides what an entry holds. Nothing here reads a file.
//!
//! A request key names the question (header name, target, options), an IR key adds the header's
//! bytes, an output key adds the writer. Files the header includes are not in a key: they are only
//! known after a parse, so the entry lists them and a hit compares them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fsutil;

/// Version of the encoding below. Raising it makes every stored entry unreachable: do so only if an
/// old key could name a wrong entry, and raise [`super::FORMAT`] with it, so that releases leave each
/// other's entries alone.
pub const KEY_VERSION: u32 = 1;

/// Everything a parse depends on apart from the content of files. Order is kept throughout, because
/// clang's result depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Name of the parser, `libclang`.
    pub parser: String,
    /// Stored name of the header (see [`crate::roots::Roots`]).
    pub header: String,
    /// Canonical target, such as `x86_64-linux-gnu`.
    pub target: String,
    /// `c` or `c++`.
    pub language: String,
    /// Which declarations are bound: `header`, `library` or `all`.
    pub scope: String,
    /// Patterns that add files to the scope.
    pub own: Vec<String>,
    /// Include directories as the configuration writes them, in search order.
    pub include_dirs: Vec<String>,
    /// Macro definitions, `NAME` or `NAME=VALUE`.
    pub defines: Vec<String>,
    /// Raw clang arguments.
    pub arguments: Vec<String>,
    /// Schema version of the IR.
    pub schema_version: u32,
}

/// The writer of an output, as far as it decides the output's bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriterId {
    /// Name, such as `cffi`.
    pub name: String,
    /// The writer's own version; raised when its output changes.
    pub version: String,
    /// Its options.
    pub options: BTreeMap<String, Value>,
}

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// 64 lower-case hexadecimal digits.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

key! {
    /// Names the question, whatever the header holds.
    RequestKey
}
key! {
    /// Names the IR of a header with these bytes.
    IrKey
}
key! {
    /// Names what one writer makes of an IR.
    OutputKey
}

impl Inputs {
    /// Key over all fields.
    pub fn request_key(&self) -> RequestKey {
        let mut encoder = Encoder::new("request");
        encoder.text("parser", &self.parser);
        encoder.text("header", &self.header);
        encoder.text("target", &self.target);
        encoder.text("language", &self.language);
        encoder.text("scope", &self.scope);
        encoder.list("own", &self.own);
        encoder.list("include_dirs", &self.include_dirs);
        encoder.list("defines", &self.defines);
        encoder.list("arguments", &self.arguments);
        encoder.text("schema_version", &self.schema_version.to_string());
        RequestKey(encoder.finish())
    }

    /// Key of the IR of a header whose bytes have this SHA-256 (hexadecimal).
    pub fn ir_key(&self, header_sha256: &str) -> IrKey {
        let mut encoder = Encoder::new("ir");
        encoder.text("request", self.request_key().as_str());
        encoder.text("header_sha256", header_sha256);
        IrKey(encoder.finish())
    }

    /// Every field as texts, by the name that configuration and messages have for it.
    pub fn fields(&self) -> [(&'static str, Vec<String>); 10] {
        let one = |text: &String| vec![text.clone()];
        [
            ("parser", one(&self.parser)),
            ("header", one(&self.header)),
            ("target", one(&self.target)),
            ("language", one(&self.language)),
            ("scope", one(&self.scope)),
            ("own", self.own.clone()),
            ("include_dirs", self.include_dirs.clone()),
            ("defines", self.defines.clone()),
            ("backend_args", self.arguments.clone()),
            ("schema_version", vec![self.schema_version.to_string()]),
        ]
    }

    /// The names of the fields in which two requests differ.
    pub fn differences(&self, other: &Inputs) -> Vec<&'static str> {
        let pairs = self.fields().into_iter().zip(other.fields());
        pairs.filter(|(one, other)| one != other).map(|((name, _), _)| name).collect()
    }
}

impl WriterId {
    /// Key of this writer's output for an IR.
    pub fn output_key(&self, ir: &IrKey) -> OutputKey {
        let mut encoder = Encoder::new("output");
        encoder.text("ir", ir.as_str());
        encoder.text("writer", &self.name);
        encoder.text("version", &self.version);
        for (name, value) in &self.options {
            encoder.text("option", name);
            encoder.text("value", &sorted(value).to_string());
        }
        OutputKey(encoder.finish())
    }
}

/// The same JSON with the members of every object in order of their names.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: BTreeMap<_, _> = members.iter().collect();
            Value::Object(ordered.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// Hashes named fields with their lengths, so that no two sequences of fields give equal bytes.
struct Encoder(Sha256);

impl Encoder {
    fn new(kind: &str) -> Self {
        let mut encoder = Encoder(Sha256::new());
        encoder.text(&format!("headerkit-key-{KEY_VERSION}"), kind);
        encoder
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.bytes(name.as_bytes());
        self.bytes(value.as_bytes());
    }

    fn list(&mut self, name: &str, values: &[String]) {
        self.text(name, &values.len().to_string());
        values.iter().for_each(|value| self.bytes(value.as_bytes()));
    }

    fn finish(self) -> String {
        fsutil::hex(&self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn every_input_and_its_order_changes_the_key() {
        let base = Inputs { defines: strings(&["A", "B"]), ..Inputs::default() };
        let variants = [
            Inputs { parser: "x".into(), ..base.clone() },
            Inputs { header: "x".into(), ..base.clone() },
            Inputs { target: "x".into(), ..base.clone() },
            Inputs { language: "x".into(), ..base.clone() },
            Inputs { scope: "x".into(), ..base.clone() },
            Inputs { own: strings(&["x"]), ..base.clone() },
            Inputs { include_dirs: strings(&["x"]), ..base.clone() },
            Inputs { include_dirs: strings(&["x", ""]), ..base.clone() },
            Inputs { defines: strings(&["B", "A"]), ..base.clone() },
            Inputs { defines: strings(&["AB"]), ..base.clone() },
            Inputs { defines: vec![], arguments: strings(&["A", "B"]), ..base.clone() },
            Inputs { arguments: strings(&["-isystem", "x"]), ..base.clone() },
            Inputs { arguments: strings(&["x", "-isystem"]), ..base.clone() },
            Inputs { schema_version: 7, ..base.clone() },
        ];
        let mut keys: Vec<_> = variants.iter().map(Inputs::request_key).collect();
        keys.push(base.request_key());
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), variants.len() + 1);
        assert_ne!(base.ir_key("a"), base.ir_key("b"));
        assert_eq!(base.differences(&variants[8]), ["defines"]);
    }

    #[test]
    fn writer_options_count_but_not_the_order_of_their_members() {
        let ir = Inputs::default().ir_key("0");
        let id = |version: &str, value: Value| WriterId {
            name: "cffi".into(),
            version: version.into(),
            options: BTreeMap::from([("o".to_owned(), value)]),
        };
        let base = id("1", json!({"a": 1, "b": [2]})).output_key(&ir);
        let swapped: Value = serde_json::from_str(r#"{"b":[2],"a":1}"#).unwrap();
        assert_eq!(base, id("1", swapped).output_key(&ir));
        assert_ne!(base, id("2", json!({"a": 1, "b": [2]})).output_key(&ir));
        assert_ne!(base, id("1", json!({"a": 1, "b": ["2"]})).output_key(&ir));
    }

    #[test]
    fn keys_stay_what_released_stores_hold() {
        // A changed value here means that every committed store is lost: raise nothing by accident.
        let key =
            Inputs { header: "include/a.h".into(), schema_version: 1, ..Inputs::default() }.request_key();
        assert_eq!(key.as_str(), "489033deaef47f716ac3969b99eee0a3a7551f9fcdf75c8fef5c13705c6e715e");
    }
}
