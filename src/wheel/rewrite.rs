//! Completing a wheel: new files, another platform tag, RECORD. METADATA is never touched.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

use zip::write::{FileOptions, SimpleFileOptions};
use zip::{CompressionMethod, DateTime, System, ZipWriter};

use super::archive::{WheelArchive, open, read};
use super::{Error, Record, TagSet, is_safe_name};
use crate::date::Date;
use crate::{env, fsutil};

/// hatchling says `py2.py3` where nobody says otherwise; what we add to a wheel is for Python 3.
const PYTHON_2: &str = "py2";

/// What to change in a wheel.
#[derive(Debug, Clone, Default)]
pub struct Additions {
    /// Files to add or replace, by path in the wheel.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Files to add to the dist-info directory or to replace there, by path below it.
    pub dist_info: BTreeMap<String, Vec<u8>>,
    /// Tags to set; one for Python 2 goes.
    pub retag: Option<Retag>,
    /// Members to leave out: names, and with `/` at the end every name that starts so, such as `.headerkit/`.
    pub remove: Vec<String>,
}

/// The tags of a completed wheel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retag {
    /// Platform tags, joined by `.`, such as `manylinux_2_17_x86_64.manylinux2014_x86_64`.
    pub platform: String,
    /// Python and ABI tag of compiled modules, which make the wheel an impure one; `None` keeps those it has.
    pub abi: Option<(String, String)>,
}

/// Applies `additions` and returns the wheel's path, whose name has changed if its tag has.
///
/// A wheel to which nothing is to be done keeps its bytes. Otherwise the other members are copied without
/// recompression, with their dates and modes and in their order; the given files come before dist-info,
/// sorted, with mode 0644 and the date of `SOURCE_DATE_EPOCH` (else 1980-01-01). That goes for files that
/// are in the wheel already too: whether the inner backend packed them must not show.
pub fn rewrite(wheel: &Path, additions: &Additions) -> Result<PathBuf, Error> {
    rewrite_at(wheel, additions, env::source_date_epoch())
}

pub(super) fn rewrite_at(wheel: &Path, additions: &Additions, epoch: Option<u64>) -> Result<PathBuf, Error> {
    let archive = read(wheel)?;
    let plan = Plan::new(&archive, additions)?;
    let target = wheel.with_file_name(&plan.name);
    if plan.is_empty() {
        if target != wheel {
            fs_err::rename(wheel, &target).map_err(Error::io(wheel))?;
        }
        return Ok(target);
    }
    target.parent().into_iter().for_each(fsutil::sweep);
    let mode = fs_err::metadata(wheel).map_err(Error::io(wheel))?.permissions();
    let write = |file: &mut File| {
        let mut output = BufWriter::new(file);
        plan.write(wheel, &mut output, date(epoch))?;
        output.flush().map_err(Error::io(wheel))
    };
    fsutil::replace(&target, Some(mode), write, Error::io(&target))?;
    if target != wheel {
        fs_err::remove_file(wheel).map_err(Error::io(wheel))?;
    }
    Ok(target)
}

/// The changes that are really to be made.
struct Plan<'a> {
    archive: &'a WheelArchive,
    /// New content of members, old ones and new ones; RECORD and WHEEL among them.
    content: BTreeMap<String, Vec<u8>>,
    removed: Vec<String>,
    /// Names of the given files.
    given: Vec<String>,
    /// `Additions::remove`, for directory entries, which are no members.
    prefixes: &'a [String],
    name: String,
}

fn matches(prefixes: &[String], name: &str) -> bool {
    prefixes
        .iter()
        .any(|prefix| if prefix.ends_with('/') { name.starts_with(prefix.as_str()) } else { name == prefix })
}

impl<'a> Plan<'a> {
    fn new(archive: &'a WheelArchive, additions: &'a Additions) -> Result<Self, Error> {
        let mut content = BTreeMap::new();
        for (name, bytes) in &additions.files {
            let in_dist_info = name.split('/').next() == Some(archive.dist_info());
            if !is_safe_name(name) || name.ends_with('/') || in_dist_info {
                return Err(Error::BadPath(name.clone()));
            }
            content.insert(name.clone(), bytes.clone());
        }
        let mut given: Vec<String> = additions.files.keys().cloned().collect();
        for (name, bytes) in &additions.dist_info {
            let name = format!("{}/{name}", archive.dist_info);
            content.insert(name.clone(), bytes.clone());
            given.push(name);
        }
        let unwanted =
            |name: &&String| matches(&additions.remove, name) && !additions.files.contains_key(*name);
        let removed = archive.members.keys().filter(unwanted).cloned().collect();
        let mut plan = Plan {
            archive,
            content,
            removed,
            given,
            prefixes: &additions.remove,
            name: archive.filename.to_string(),
        };
        if let Some(retag) = &additions.retag {
            plan.retag(retag)?;
        }
        if !plan.is_empty() {
            plan.record()?;
        }
        Ok(plan)
    }

    fn is_empty(&self) -> bool {
        self.content.is_empty() && self.removed.is_empty()
    }

    fn retag(&mut self, retag: &Retag) -> Result<(), Error> {
        let mut filename = self.archive.filename.clone();
        retag.apply(&mut filename.tags);
        self.name = filename.to_string();
        super::WheelFilename::parse(&self.name)?;
        let old = self.archive.dist_info_text("WHEEL")?;
        let new = retagged(&old, retag)
            .map_err(|tag| Error::invalid(&self.archive.path, format!("has the malformed tag `{tag}`")))?;
        if new != old {
            self.content.insert(format!("{}/WHEEL", self.archive.dist_info), new.into_bytes());
        }
        Ok(())
    }

    /// RECORD for everything else that changes. Signatures of the old one go: they no longer hold.
    fn record(&mut self) -> Result<(), Error> {
        let dist_info = format!("{}/", self.archive.dist_info);
        let mut record = Record::parse(&self.archive.dist_info_text("RECORD")?);
        let signatures = ["RECORD.jws", "RECORD.p7s"].map(|name| format!("{dist_info}{name}"));
        let moved = self.removed.iter().chain(&signatures).chain(&self.given);
        let moved: Vec<&String> = moved.collect();
        record.retain(|path| !moved.iter().any(|name| *name == path));
        self.removed.extend(signatures);
        for (name, bytes) in &self.content {
            record.set(name, bytes, &dist_info);
        }
        self.content.insert(format!("{dist_info}RECORD"), record.to_string().into_bytes());
        Ok(())
    }

    fn write(&self, wheel: &Path, output: &mut (impl Write + Seek), date: DateTime) -> Result<(), Error> {
        let failed = Error::zip(wheel);
        let dist_info = format!("{}/", self.archive.dist_info);
        let mut source = open(wheel)?;
        let mut writer = ZipWriter::new(output);
        writer.set_raw_comment(source.comment().into()).map_err(&failed)?;
        let mut given = self.given.iter();
        for index in 0..source.len() {
            let file = source.by_index_raw(index).map_err(&failed)?;
            let name = file.name().map_err(&failed)?.into_owned();
            if name.starts_with(&dist_info) {
                for name in given.by_ref() {
                    put(&mut writer, name, &self.content[name], options(date)).map_err(&failed)?;
                }
            }
            let dropped = file.is_dir() && matches(self.prefixes, &name);
            if dropped || self.removed.contains(&name) || self.given.contains(&name) {
                continue;
            }
            if let Some(bytes) = self.content.get(&name) {
                let options =
                    file.options().compression_method(CompressionMethod::Deflated).large_file(false);
                drop(file);
                put(&mut writer, &name, bytes, options).map_err(&failed)?;
            } else {
                writer.raw_copy_file(file).map_err(&failed)?;
            }
        }
        writer.finish().map_err(&failed)?;
        Ok(())
    }
}

fn put<W: Write + Seek>(
    writer: &mut ZipWriter<W>,
    name: &str,
    content: &[u8],
    options: SimpleFileOptions,
) -> zip::result::ZipResult<()> {
    writer.start_file(name, options)?;
    writer.write_all(content)?;
    Ok(())
}

fn options(date: DateTime) -> SimpleFileOptions {
    // The system is fixed because on Windows it would otherwise be another one.
    FileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .system(System::Unix)
        .unix_permissions(0o644)
        .last_modified_time(date)
}

impl Retag {
    fn apply(&self, tags: &mut TagSet) {
        tags.platform = self.platform.split('.').map(str::to_owned).collect();
        match &self.abi {
            Some((python, abi)) => {
                tags.python = vec![python.clone()];
                tags.abi = vec![abi.clone()];
            }
            None => drop_python_2(tags),
        }
    }
}

fn drop_python_2(tags: &mut TagSet) {
    if tags.python.len() > 1 {
        tags.python.retain(|tag| tag != PYTHON_2);
    }
}

/// The `Tag` lines of a WHEEL file for another platform, or the tag that cannot be read.
fn retagged(text: &str, retag: &Retag) -> Result<String, String> {
    let mut pending: Vec<String> = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    let mut position = None;
    for line in text.split_inclusive('\n') {
        let Some(tag) = line.strip_prefix("Tag:") else {
            lines.push(match line.strip_prefix("Root-Is-Purelib:") {
                Some(value) if retag.abi.is_some() => {
                    format!("Root-Is-Purelib:{}", value.replace("true", "false"))
                }
                _ => line.to_owned(),
            });
            continue;
        };
        position.get_or_insert(lines.len());
        let mut tags = TagSet::parse(tag.trim()).map_err(|_| tag.trim().to_owned())?;
        retag.apply(&mut tags);
        if tags.python == [PYTHON_2] {
            continue;
        }
        let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        for tag in tags.expand() {
            let line = format!("Tag: {tag}{end}");
            if !pending.contains(&line) {
                pending.push(line);
            }
        }
    }
    let position = position.ok_or_else(String::new)?;
    if position > 0 && !lines[position - 1].ends_with('\n') {
        return Err(String::new());
    }
    lines.splice(position..position, pending);
    Ok(lines.concat())
}

/// The date of new members: zip knows none before 1980 and after 2107, and only even seconds.
fn date(epoch: Option<u64>) -> DateTime {
    const START: u64 = 315_532_800;
    const END: u64 = 4_354_819_198;
    let date = Date::of_epoch(epoch.unwrap_or(START).clamp(START, END));
    let Date { year, month, day, hour, minute, second } = date;
    DateTime::from_date_and_time(year as u16, month, day, hour, minute, second).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_lines_are_replaced_in_place() {
        let text = "Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\nRoot-Is-Purelib: true\n";
        let retagged = |text: &str, platform: &str| {
            super::retagged(text, &Retag { platform: platform.into(), abi: None })
        };
        assert_eq!(
            retagged(text, "a.b").unwrap(),
            "Wheel-Version: 1.0\nTag: py3-none-a\nTag: py3-none-b\n\
             Root-Is-Purelib: true\n"
        );
        assert_eq!(retagged("Tag: py2.py3-none-any\r\n", "x").unwrap(), "Tag: py3-none-x\r\n");
        assert_eq!(retagged("Tag: py3-none-any", "x").unwrap(), "Tag: py3-none-x\n");
        assert!(retagged("Tag: nonsense\n", "x").is_err() && retagged("Wheel-Version: 1.0\n", "x").is_err());
    }

    #[test]
    fn compiled_modules_make_a_wheel_impure() {
        let text = "Tag: py2-none-any\nTag: py3-none-any\nRoot-Is-Purelib: true\n";
        let retag = Retag { platform: "a.b".into(), abi: Some(("cp39".into(), "abi3".into())) };
        let expected = "Tag: cp39-abi3-a\nTag: cp39-abi3-b\nRoot-Is-Purelib: false\n";
        assert_eq!(super::retagged(text, &retag).unwrap(), expected);
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let text = |epoch| {
            let d = date(epoch);
            (d.year(), d.month(), d.day(), d.hour(), d.minute(), d.second())
        };
        assert_eq!(text(None), (1980, 1, 1, 0, 0, 0));
        assert_eq!(text(Some(0)), (1980, 1, 1, 0, 0, 0));
        assert_eq!(text(Some(1_709_210_096)), (2024, 2, 29, 12, 34, 56));
        assert_eq!(text(Some(1_577_836_799)), (2019, 12, 31, 23, 59, 58));
        assert_eq!(text(Some(u64::MAX)).0, 2107);
    }
}
