//! What a container hands out: an archive with a store and a report. An image is not ours, so nothing of it is trusted.

use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use fs_err as fs;
use serde_json::Value;

use super::{Error, engine};
use crate::target::Target;

/// Bytes of an answer, unpacked. The store has limits of its own for each entry.
const MAX_SIZE: u64 = 1 << 30;
/// Bytes of what was said that are shown.
const MAX_SAID: u64 = 1 << 20;

/// What happened in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// The image.
    pub image: String,
    /// Header, writer, and the reason if the output could not be made.
    pub outputs: Vec<(String, String, Option<String>)>,
    /// What was said there on standard error.
    pub said: String,
    /// What to do if something failed.
    pub hints: Vec<String>,
}

impl Inside {
    /// Remembers that no libclang could be brought along.
    pub(super) fn note(&mut self, missing: Option<String>) {
        if let Some(reason) = missing.filter(|_| self.said.contains("LibclangUnavailableError")) {
            self.hints.push(format!(
                "{reason}; name an image that has libclang in [tool.headerkit.cache.populate.images], or use \
                 `--engine clang`"
            ));
        }
    }

    /// What was said there of a target, as an error.
    pub fn failure(&self, target: &Target) -> Error {
        let head = format!("{target}:");
        // The container's hints would mend the container; target and kind open the message here.
        let told = |line: &&str| !line.trim().is_empty() && !line.starts_with("hint: ") && *line != head;
        let lines = self.said.lines().filter(told);
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix("error: ").unwrap_or(line)).collect();
        Error::Inside { image: self.image.clone(), said: engine::indented(&lines), hints: self.hints.clone() }
    }
}

/// Unpacks the archive into `made` and reads the report.
pub fn read(archive: &Path, made: &Path, image: &str) -> Result<Inside, Error> {
    let unusable = |problem: String| Error::Answer { image: image.to_owned(), problem };
    unpack(archive, made).map_err(|error| unusable(error.to_string()))?;
    let report = fs::read(made.join("report.json")).map_err(|_| unusable("it has no report".into()))?;
    let report: Value = serde_json::from_slice(&report).map_err(|error| unusable(error.to_string()))?;
    let mut said = String::new();
    if let Ok(file) = fs::File::open(made.join("said")) {
        let mut bytes = Vec::new();
        file.take(MAX_SAID).read_to_end(&mut bytes)?;
        // Nothing that an image says may steer the terminal.
        said =
            String::from_utf8_lossy(&bytes).replace(|c: char| c.is_control() && c != '\n' && c != '\t', "");
    }
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let row = |row: &Value| {
        let is_made = matches!(row["outcome"].as_str(), Some("stored" | "already there" | "not kept"));
        let reason = (!is_made).then(|| text(row, "reason"));
        (text(row, "header"), text(row, "writer"), reason)
    };
    let outputs = report["outputs"].as_array().map(|rows| rows.iter().map(row).collect()).unwrap_or_default();
    Ok(Inside { image: image.to_owned(), outputs, said, hints: Vec::new() })
}

/// Regular files and their directories, below `made`.
fn unpack(archive: &Path, made: &Path) -> io::Result<()> {
    let mut total = 0;
    for entry in tar::Archive::new(fs::File::open(archive)?).entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.into_owned();
        let parts: Option<PathBuf> = path
            .components()
            .filter(|part| *part != Component::CurDir)
            .map(|part| if let Component::Normal(name) = part { Some(name) } else { None })
            .collect();
        let bad = |problem: &str| io::Error::other(format!("`{}` {problem}", path.display()));
        let place =
            made.join(parts.filter(|parts| parts.iter().next().is_some()).ok_or_else(|| bad("is outside"))?);
        total += entry.size();
        if total > MAX_SIZE {
            return Err(bad("is too much"));
        }
        fs::create_dir_all(place.parent().unwrap_or(made))?;
        io::copy(&mut entry, &mut fs::File::create_new(&place)?)?;
    }
    Ok(())
}
