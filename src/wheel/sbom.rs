//! The software bill of materials of a wheel (PEP 770): a CycloneDX 1.6 document in its dist-info directory.
//!
//! It says nothing that two builds of the same tree could say differently: no date, no serial number, no path of the
//! machine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::WheelFilename;

/// What our part of a wheel was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sbom {
    /// Programs that made it, with their versions where they are known.
    pub tools: BTreeSet<(String, Option<String>)>,
    /// Headers that were read, with their SHA-256 in hexadecimal.
    pub headers: BTreeMap<String, String>,
    /// Libraries that the modules ask the system for, by the names that they have in them.
    pub dynamic: BTreeSet<String>,
    /// Libraries that are part of the modules.
    pub linked: BTreeMap<String, LinkedLibrary>,
}

/// A library that is part of a module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkedLibrary {
    /// Its source files, with their SHA-256 in hexadecimal.
    pub sources: BTreeMap<String, String>,
}

impl Sbom {
    /// Where it lies below dist-info.
    pub const PATH: &'static str = "sboms/headerkit-backend.cdx.json";

    /// The document for a wheel of this name.
    pub fn document(&self, wheel: &WheelFilename) -> Vec<u8> {
        let name = wheel.distribution.to_ascii_lowercase().replace(['_', '.'], "-");
        let package = format!("pkg:pypi/{name}@{}", wheel.version.replace('+', "%2B").replace('!', "%21"));
        let mut components = Vec::new();
        for (name, digest) in &self.headers {
            components.push(file("header", name, digest));
        }
        for (name, library) in &self.linked {
            let mut component = library_component("static", name);
            let sources = library.sources.iter();
            component["components"] = sources
                .map(|(file_name, digest)| file(&format!("static:{name}"), file_name, digest))
                .collect();
            components.push(component);
        }
        components.extend(self.dynamic.iter().map(|name| library_component("dynamic", name)));
        let used: Vec<Value> = components.iter().map(|component| component["bom-ref"].clone()).collect();
        let tools: Vec<Value> = self.tools.iter().map(tool).collect();
        let document = json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {
                "lifecycles": [{"phase": "build"}],
                "tools": {"components": tools},
                "component": {
                    "type": "library",
                    "bom-ref": package,
                    "name": name,
                    "version": wheel.version,
                    "purl": package,
                },
            },
            "components": components,
            "dependencies": [{"ref": package, "dependsOn": used}],
        });
        let mut text = format!("{document:#}").into_bytes();
        text.push(b'\n');
        text
    }
}

fn tool((name, version): &(String, Option<String>)) -> Value {
    let mut component = json!({"type": "application", "name": name});
    if let Some(version) = version {
        component["version"] = json!(version);
    }
    component
}

fn file(of: &str, name: &str, digest: &str) -> Value {
    json!({
        "type": "file",
        "bom-ref": format!("{of}:{name}"),
        "name": name,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    })
}

fn library_component(linkage: &str, name: &str) -> Value {
    json!({
        "type": "library",
        "bom-ref": format!("{linkage}:{name}"),
        "name": name,
        "properties": [{"name": "headerkit:linkage", "value": linkage}],
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn a_document_says_what_a_wheel_was_made_from() {
        let sources = [("vendor/a.c".to_owned(), "0".repeat(64))].into();
        let sbom = Sbom {
            tools: [("gcc".to_owned(), Some("12.2.0".to_owned())), ("cc".to_owned(), None)].into(),
            headers: [("include/a.h".to_owned(), "1".repeat(64))].into(),
            dynamic: ["libc.so.6".to_owned()].into(),
            linked: [("scale".to_owned(), LinkedLibrary { sources })].into(),
        };
        let wheel = WheelFilename::parse("Demo_X-1!1.0+local-py3-none-any.whl").unwrap();
        let document: Value = serde_json::from_slice(&sbom.document(&wheel)).unwrap();
        assert_eq!(document["metadata"]["component"]["purl"], "pkg:pypi/demo-x@1%211.0%2Blocal");
        let used = ["header:include/a.h", "static:scale", "dynamic:libc.so.6"];
        assert_eq!(document["dependencies"][0]["dependsOn"], json!(used));
        assert_eq!(document["components"][1]["components"][0]["name"], "vendor/a.c");
        assert_eq!(
            document["metadata"]["tools"]["components"][0],
            json!({"type": "application", "name": "cc"})
        );
        assert_eq!(sbom.document(&wheel), sbom.clone().document(&wheel));
    }
}
