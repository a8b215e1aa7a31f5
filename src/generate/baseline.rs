//! The baseline of the writer `diff`: writers read no files, so its option is exchanged for what the file holds.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Error;
use crate::fsutil;
use crate::headers::{HeaderUnit, UnitOutput};
use crate::roots::Roots;
use crate::write::{Options, WriterKind};

const OPTION: &str = "baseline";

/// Adds the file's digest to the option, so that another content is another output to the store.
pub(super) fn identify(units: &mut [HeaderUnit], roots: &Roots) -> Result<(), Error> {
    for unit in units {
        let header = unit.name.clone();
        for output in unit.outputs.iter_mut().filter(|output| output.writer == WriterKind::Diff.name()) {
            let Some(Value::String(template)) = output.options.get(OPTION) else { continue };
            let file = fill_in(template, &header);
            let content = read(&file, roots)?;
            let identified = json!({"file": file, "sha256": fsutil::sha256(&content)});
            output.options.insert(OPTION.into(), identified);
        }
    }
    Ok(())
}

/// The options that the writer gets: with the content of the file.
pub(super) fn with_content(options: &Options, roots: &Roots) -> Result<Options, Error> {
    let mut options = options.clone();
    if let Some(Value::Object(table)) = options.get_mut(OPTION)
        && let Some(file) = table.get("file").and_then(Value::as_str)
    {
        let content = read(file, roots)?;
        table.insert("ir".into(), String::from_utf8_lossy(&content).into());
    }
    Ok(options)
}

/// The project-relative name of the file, where an output has one: a build elsewhere needs it.
pub(super) fn file(output: &UnitOutput) -> Option<&str> {
    output.options.get(OPTION)?.get("file")?.as_str()
}

/// `{stem}`, `{name}` and `{dir}` of the header, as in the paths of outputs.
fn fill_in(template: &str, header: &str) -> String {
    let (dir, name) = header.rsplit_once('/').unwrap_or((".", header));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    template.replace("{stem}", stem).replace("{name}", name).replace("{dir}", dir)
}

fn read(file: &str, roots: &Roots) -> Result<Vec<u8>, Error> {
    let path: PathBuf = roots.project().join(Path::new(file));
    fs_err::read(&path).map_err(|source| Error::Baseline { path: file.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_headers_name_are_filled_in() {
        for (template, header, expected) in [
            ("old.json", "include/a.h", "old.json"),
            ("{dir}/{stem}.json", "include/a.b.h", "include/a.b.json"),
            ("base/{name}.json", "a.h", "base/a.h.json"),
        ] {
            assert_eq!(fill_in(template, header), expected);
        }
    }
}
