//! `ir.json`: the serialized IR and its version.
//!
//! One declaration per line, so that a committed store shows readable differences.

use serde::Deserialize;

use super::{Declaration, Header};

/// Version of the serialized IR. Bump it when a reader of the previous version could misread the new
/// form, and when what earlier releases stored is wrong in places, so that it is served only where no
/// libclang can read the header again. Keep the old number in [`SUPPORTED`], and its reader in [`from_json`].
///
/// 1: strings of macros that stringize others may hold blanks too many, records outside of the bound headers
///    that are reached by pointer have no members.
pub const SCHEMA_VERSION: u32 = 2;

/// Versions that [`from_json`] reads, newest first.
pub const SUPPORTED: &[u32] = &[2, 1];

/// Why a document is not an IR of ours.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not JSON, or not of the right shape.
    #[error("not a valid IR document")]
    Json(#[from] serde_json::Error),
    /// A version that this release does not read.
    #[error("IR schema version {0} is not supported")]
    Version(u32),
}

/// A serialized header.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Document {
    /// Version of this format.
    schema_version: u32,
    /// The header as configured: project-relative with `/`, or as written.
    path: String,
    /// What it was parsed for, such as `x86_64-linux-gnu`. The output of the writer `json` has no target.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    target: String,
    /// How users include the header, where that is known: `zlib.h`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    include: Option<String>,
    /// Object-like macros that the text of the bound headers defines, in order of appearance.
    #[serde(default)]
    defines: Vec<String>,
    /// What the header declares, in source order, macros first.
    declarations: Vec<Declaration>,
}

/// Serializes a header; equal headers give equal bytes.
pub fn to_json(header: &Header) -> Result<String, Error> {
    let mut text =
        format!("{{\"schema_version\":{SCHEMA_VERSION},\"path\":{}", serde_json::to_string(&header.path)?);
    if !header.target.is_empty() {
        text.push_str(&format!(",\"target\":{}", serde_json::to_string(&header.target)?));
    }
    if let Some(include) = &header.include {
        text.push_str(&format!(",\"include\":{}", serde_json::to_string(include)?));
    }
    text.push_str(&format!(",\"defines\":{},\"declarations\":[", serde_json::to_string(&header.defines)?));
    for (index, declaration) in header.declarations.iter().enumerate() {
        text.push_str(if index == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(declaration)?);
    }
    text.push_str("\n]}\n");
    Ok(text)
}

/// Reads what [`to_json`] of this or an earlier release wrote.
pub fn from_json(text: &[u8]) -> Result<Header, Error> {
    let document: Document = serde_json::from_slice(text)?;
    if !SUPPORTED.contains(&document.schema_version) {
        return Err(Error::Version(document.schema_version));
    }
    Ok(Header {
        path: document.path,
        target: document.target,
        include: document.include,
        defines: document.defines,
        declarations: document.declarations,
    })
}
