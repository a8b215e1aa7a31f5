//! `metadata.json`: what an entry says about itself, and the proof that it is intact. Everything read
//! here comes from strangers and is checked before use.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::key::{Inputs, RequestKey, WriterId, sorted};
use super::layout::{self, Defect, Layer, MAX_ARTIFACT, MAX_METADATA, METADATA, Tier};
use crate::date::Date;
use crate::fsutil::{plain_lines, sha256};

/// Version of `metadata.json`. Readers ignore members they do not know; raise this only when an old
/// reader would misunderstand.
pub const FORMAT: u64 = 1;
/// Member that holds the SHA-256 of all others.
const SEAL: &str = "sha256";

/// Description of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    /// [`FORMAT`].
    pub format: u64,
    /// IR key or output key, hexadecimal.
    pub key: String,
    /// What was asked.
    pub inputs: Inputs,
    /// SHA-256 of the header's bytes.
    pub header_sha256: String,
    /// What else was read, or looked for in vain.
    pub dependencies: Dependencies,
    /// The stored file.
    pub artifact: Artifact,
    /// The producer's findings, opaque here.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub diagnostics: Value,
    /// Version of libclang that parsed the header; never part of a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub libclang_version: Option<String>,
    /// Where the system headers came from, if not from the machine that parsed; opaque here, and never part of a key.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub sysroot: Value,
    /// Date from SOURCE_DATE_EPOCH (ISO 8601), if that was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// Only for outputs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// Only for outputs that libraries were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub symbols: Option<Symbols>,
}

/// What libraries said about the symbols of an output's header, both sorted. Not part of a key: who has the output
/// and not the libraries cannot know.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Symbols {
    /// Those that they define.
    pub defined: Vec<String>,
    /// Those that none of them defines.
    pub undefined: Vec<String>,
}

/// Files that a parse depended on besides the header, all by stored name, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependencies {
    /// Files below the project or a configured directory.
    pub files: Vec<FileDigest>,
    /// System headers that belong to the library of a header outside the project, and are part of what is bound. They are
    /// compared where header and file are on the machine.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bound: Vec<FileDigest>,
    /// Names that were looked up and did not exist.
    pub absent: Vec<String>,
    /// Headers of the compiler and the system, as an include would name them (`sys/types.h`).
    /// Their content is not checked, but for those in `bound`.
    pub system: Vec<String>,
}

/// A file and its content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileDigest {
    /// Stored name.
    pub name: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// The file an entry exists for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Its name in the entry's directory.
    pub file: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Size in bytes.
    pub size: u64,
}

/// Which writer made an output, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// Key of the IR.
    pub ir_key: String,
    /// Name of the writer.
    pub writer: String,
    /// The writer's version.
    pub writer_version: String,
    /// The writer's options.
    pub options: BTreeMap<String, Value>,
}

impl Output {
    /// The writer as a key sees it.
    pub fn writer_id(&self) -> WriterId {
        WriterId {
            name: self.writer.clone(),
            version: self.writer_version.clone(),
            options: self.options.clone(),
        }
    }
}

impl Metadata {
    /// `metadata.json`: sorted members, indented, sealed with a digest, with a final line feed.
    pub(super) fn render(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut value = sorted(&serde_json::to_value(self)?);
        let seal = sha256(value.to_string().as_bytes());
        if let Value::Object(members) = &mut value {
            members.insert(SEAL.into(), Value::String(seal));
        }
        let mut text = serde_json::to_vec_pretty(&sorted(&value))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads and checks `metadata.json` of an entry of this layer.
    pub(super) fn parse(content: &[u8], layer: &Layer) -> Result<Self, Defect> {
        let broken = |why: &str| Defect::Broken(format!("`{METADATA}` {why}"));
        let mut value: Value =
            serde_json::from_slice(content).map_err(|error| broken(&format!("is invalid ({error})")))?;
        let Value::Object(members) = &mut value else { return Err(broken("is no object")) };
        match members.get("format").and_then(Value::as_u64) {
            Some(FORMAT) => {}
            Some(newer) if newer > FORMAT => return Err(Defect::Newer(newer)),
            _ => return Err(broken("has no known format")),
        }
        let seal = members.remove(SEAL);
        let digest = sha256(sorted(&value).to_string().as_bytes());
        if seal.as_ref().and_then(Value::as_str) != Some(digest.as_str()) {
            return Err(broken("does not match its digest"));
        }
        let metadata: Metadata = serde_json::from_slice(value.to_string().as_bytes())
            .map_err(|error| broken(&format!("is invalid ({error})")))?;
        metadata.check(layer).map_err(broken)?;
        Ok(metadata)
    }

    fn check(&self, layer: &Layer) -> Result<(), &'static str> {
        if self.key != self.computed_key() {
            return Err("has a key that its inputs do not give");
        }
        let file = &self.artifact.file;
        let in_place = match (layer, &self.output) {
            (Layer::Ir, None) => file == IR_FILE,
            (Layer::Output(_), Some(output)) => {
                let ir_key = self.inputs.ir_key(&self.header_sha256);
                if output.ir_key != ir_key.as_str() {
                    return Err("has an IR key that its inputs do not give");
                }
                *layer == Layer::output(&output.writer)
                    && file.strip_prefix("output.").is_some_and(is_extension)
            }
            _ => false,
        };
        if !in_place {
            return Err("belongs to another layer or names another file");
        }
        if self.artifact.size > MAX_ARTIFACT {
            return Err("names a file that is too large");
        }
        Ok(())
    }

    /// The key that the inputs give.
    pub(super) fn computed_key(&self) -> String {
        let ir_key = self.inputs.ir_key(&self.header_sha256);
        match &self.output {
            None => ir_key.to_string(),
            Some(output) => output.writer_id().output_key(&ir_key).to_string(),
        }
    }

    /// Which libclang made it, without the name of a distribution: `libclang 18.1.8`.
    pub fn maker(&self) -> String {
        let version = self.libclang_version.as_deref().unwrap_or("of an unknown version");
        format!("libclang {}", version.rsplit("clang version ").next().unwrap_or(version))
    }

    /// Whether two entries answer the same question in the same state of the tree. The key does not
    /// cover included files and libraries, so an edited include gives a second entry with the same key.
    pub fn same_entry(&self, other: &Metadata) -> bool {
        self.same_files(other) && self.symbols == other.symbols
    }

    /// The same but for what libraries said.
    pub fn same_files(&self, other: &Metadata) -> bool {
        self.key == other.key
            && self.dependencies.files == other.dependencies.files
            && self.dependencies.bound == other.dependencies.bound
            && self.dependencies.absent == other.dependencies.absent
    }
}

/// Name of the artifact in the IR layer.
pub(super) const IR_FILE: &str = "ir.json";

/// Whether `output.<extension>` is a harmless file name.
pub(super) fn is_extension(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 32 && text.split('.').all(part)
}

/// Metadata with what look-ups compare.
#[derive(Debug)]
pub(super) struct Entry {
    pub metadata: Metadata,
    pub request_key: RequestKey,
}

/// Reads an entry's metadata; the artifact stays unread.
pub(super) fn load(tier: &Tier, layer: &Layer, slug: &str) -> Result<Entry, Defect> {
    let content = tier.get(layer, slug, METADATA, MAX_METADATA)?;
    let metadata = Metadata::parse(&content, layer)?;
    let request_key = metadata.inputs.request_key();
    Ok(Entry { metadata, request_key })
}

/// Reads an entry's artifact and checks it against the metadata.
pub(super) fn artifact(
    tier: &Tier,
    layer: &Layer,
    slug: &str,
    expected: &Artifact,
) -> Result<Vec<u8>, Defect> {
    verified(tier.get(layer, slug, &expected.file, MAX_ARTIFACT)?, expected)
}

/// The same for an entry that was moved out of sight: its metadata and both files' bytes.
pub(super) fn load_aside(
    dir: &std::path::Path,
    layer: &Layer,
) -> Result<(Metadata, Vec<u8>, Vec<u8>), Defect> {
    let text = layout::read(dir, METADATA, MAX_METADATA)?;
    let metadata = Metadata::parse(&text, layer)?;
    let content = layout::read(dir, &metadata.artifact.file, MAX_ARTIFACT)?;
    let content = verified(content, &metadata.artifact)?;
    Ok((metadata, text, content))
}

/// Content that has the expected digest, possibly after undoing git's line end conversion.
fn verified(content: Vec<u8>, expected: &Artifact) -> Result<Vec<u8>, Defect> {
    if sha256(&content) == expected.sha256 {
        return Ok(content);
    }
    if let Cow::Owned(plain) = plain_lines(&content)
        && sha256(&plain) == expected.sha256
    {
        return Ok(plain);
    }
    let why = if content.len() as u64 == expected.size { "was changed" } else { "has the wrong size" };
    Err(Defect::Broken(format!("`{}` {why}", expected.file)))
}

/// ISO 8601 in UTC for seconds since 1970, up to the year 9999.
pub(super) fn iso_8601(seconds: u64) -> Option<String> {
    if seconds > 253_402_300_799 {
        return None;
    }
    let Date { year, month, day, hour, minute, second } = Date::of_epoch(seconds);
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata() -> Metadata {
        let inputs = Inputs { header: "a.h".into(), ..Inputs::default() };
        Metadata {
            format: FORMAT,
            key: inputs.ir_key("00").to_string(),
            inputs,
            header_sha256: "00".into(),
            dependencies: Dependencies::default(),
            artifact: Artifact { file: IR_FILE.into(), sha256: sha256(b"x\n"), size: 2 },
            diagnostics: Value::Null,
            libclang_version: None,
            sysroot: Value::Null,
            created: None,
            output: None,
            symbols: None,
        }
    }

    #[test]
    fn text_is_read_back_and_any_edit_is_noticed() {
        let text = String::from_utf8(metadata().render().unwrap()).unwrap();
        assert!(text.ends_with("}\n") && !text.contains("created"));
        assert_eq!(Metadata::parse(text.as_bytes(), &Layer::Ir).unwrap(), metadata());
        assert!(Metadata::parse(text.replace('\n', "\r\n").as_bytes(), &Layer::Ir).is_ok());
        assert!(Metadata::parse(text.as_bytes(), &Layer::output("cffi")).is_err());
        for edit in [
            text.replace("a.h", "b.h"),
            text.replace("\"absent\": []", "\"absent\": [\"x\"]"),
            text[1..].into(),
        ] {
            assert_ne!(edit, text);
            assert!(matches!(Metadata::parse(edit.as_bytes(), &Layer::Ir), Err(Defect::Broken(_))));
        }
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        assert!(matches!(Metadata::parse(newer.as_bytes(), &Layer::Ir), Err(Defect::Newer(2))));
    }

    #[test]
    fn unknown_members_of_a_later_release_are_accepted() {
        let mut value: Value = serde_json::from_slice(&metadata().render().unwrap()).unwrap();
        let members = value.as_object_mut().unwrap();
        members.remove(SEAL);
        members.insert("later".into(), Value::from(1));
        let seal = sha256(sorted(&value).to_string().as_bytes());
        value.as_object_mut().unwrap().insert(SEAL.into(), seal.into());
        assert!(Metadata::parse(value.to_string().as_bytes(), &Layer::Ir).is_ok());
    }

    #[test]
    fn hostile_metadata_is_refused_without_a_panic() {
        let sealed = |change: &dyn Fn(&mut Metadata)| {
            let mut data = metadata();
            change(&mut data);
            data.render().unwrap()
        };
        let changes: [&dyn Fn(&mut Metadata); 5] = [
            &|data| data.artifact.file = "../../secret".into(),
            &|data| data.artifact.file = "/etc/passwd".into(),
            &|data| data.artifact.size = u64::MAX,
            &|data| data.key = "0".repeat(64),
            &|data| data.header_sha256 = "11".into(),
        ];
        for change in changes {
            assert!(Metadata::parse(&sealed(change), &Layer::Ir).is_err());
        }
        let deep = "[".repeat(100_000);
        for text in ["", "null", "[3]", "{}", "{\"format\":1}", "\u{0}", deep.as_str()] {
            assert!(Metadata::parse(text.as_bytes(), &Layer::Ir).is_err());
        }
        assert!(
            !is_extension("../x") && !is_extension("") && !is_extension("a..b") && is_extension("cdef.txt")
        );
    }

    #[test]
    fn git_line_ends_are_undone_and_nothing_else() {
        let expected = metadata().artifact;
        assert_eq!(verified(b"x\r\n".to_vec(), &expected).unwrap(), b"x\n");
        assert!(verified(b"x\r".to_vec(), &expected).is_err());
        assert!(verified(b"y\n".to_vec(), &expected).is_err());
    }

    #[test]
    fn dates_follow_the_calendar() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(iso_8601(seconds).as_deref(), Some(text));
        }
        assert_eq!(iso_8601(u64::MAX), None);
    }
}
