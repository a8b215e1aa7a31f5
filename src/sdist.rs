//! Finished source distributions: adding files that the inner backend left out.
//!
//! Knows nothing of headers or stores. What the archive holds keeps its bytes; new members come after
//! it. Imports diagnostics and env only.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use flate2::bufread::{GzDecoder, MultiGzDecoder};
use flate2::{Compression, GzBuilder};
use fs_err as fs;
use tar::{Archive, EntryType, Header};

use crate::{diagnostics::Hint, env, fsutil};

const BLOCK: usize = 512;
/// Python's tarfile and GNU tar pad archives to a multiple of this.
const RECORD: usize = 20 * BLOCK;

/// What [`complete`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Completed {
    /// Paths inside the sdist's root that were added, sorted.
    pub added: Vec<String>,
    /// Paths that the sdist had with other bytes, and kept, sorted.
    pub differing: Vec<String>,
}

/// Why a source distribution cannot be completed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file itself, or its compression.
    #[error("cannot read or write source distribution `{0}`", path.display())]
    Io {
        /// The sdist.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Not what PEP 517 and PEP 625 ask for.
    #[error("source distribution `{0}` {problem}", path.display())]
    Invalid {
        /// The sdist.
        path: PathBuf,
        /// Completes the sentence "source distribution x ...".
        problem: String,
    },
    /// A path that cannot be added.
    #[error("`{0}` cannot be the path of a file in a source distribution")]
    BadPath(String),
}

impl Hint for Error {}

/// Adds those of `files` (by path below the sdist's root directory) that a `.tar.gz` lacks.
///
/// If it lacks none its bytes stay. New members have mode 0644, no owner and the date of
/// `SOURCE_DATE_EPOCH`, else that of the sdist's own PKG-INFO; the same input gives the same bytes.
pub fn complete(sdist: &Path, files: &BTreeMap<String, Vec<u8>>) -> Result<Completed, Error> {
    complete_at(sdist, files, env::source_date_epoch())
}

fn complete_at(
    sdist: &Path,
    files: &BTreeMap<String, Vec<u8>>,
    epoch: Option<u64>,
) -> Result<Completed, Error> {
    let failed = |source| Error::Io { path: sdist.to_owned(), source };
    if let Some(bad) = files.keys().find(|path| !is_safe(path)) {
        return Err(Error::BadPath(bad.clone()));
    }
    let packed = fs::read(sdist).map_err(failed)?;
    let mut stream = Vec::new();
    MultiGzDecoder::new(&packed[..]).read_to_end(&mut stream).map_err(failed)?;
    let contents = Contents::read(&stream, files).map_err(failed)?;
    let invalid = |problem: &str| Error::Invalid { path: sdist.to_owned(), problem: problem.into() };
    let [root] = &contents.tops.iter().collect::<Vec<_>>()[..] else {
        return Err(invalid("does not have exactly one top-level directory"));
    };
    if stream[contents.end.min(stream.len())..].iter().any(|&byte| byte != 0) || contents.end > stream.len() {
        return Err(invalid("has data after its end"));
    }

    let missing = files.iter().filter(|(path, _)| !contents.present.contains(path.as_str()));
    let mut completed = Completed { added: Vec::new(), differing: contents.differing };
    let date = epoch.or(contents.date).unwrap_or(0);
    stream.truncate(contents.end);
    contents.temporary.iter().rev().for_each(|range| drop(stream.drain(range.clone())));
    for (path, content) in missing {
        append(&mut stream, &format!("{root}/{path}"), content, date).map_err(failed)?;
        completed.added.push(path.clone());
    }
    if completed.added.is_empty() && contents.temporary.is_empty() {
        return Ok(completed);
    }
    let end = (stream.len() + 2 * BLOCK).next_multiple_of(RECORD);
    stream.resize(end, 0);
    let packed = pack(&packed, &stream).map_err(failed)?;
    replace(sdist, &packed).map_err(failed)?;
    Ok(completed)
}

/// What the tar stream holds, as far as it matters here.
#[derive(Default)]
struct Contents {
    /// First components of all members.
    tops: BTreeSet<String>,
    /// Wanted paths that are there.
    present: BTreeSet<String>,
    /// Those of them with other bytes.
    differing: Vec<String>,
    /// Date of the sdist's PKG-INFO.
    date: Option<u64>,
    /// Where the last member ends, in bytes.
    end: usize,
    /// Where members lie that some process was writing, or never finished, when the inner backend packed them.
    temporary: Vec<Range<usize>>,
}

impl Contents {
    fn read(stream: &[u8], wanted: &BTreeMap<String, Vec<u8>>) -> io::Result<Self> {
        let mut contents = Contents::default();
        for entry in Archive::new(stream).entries()? {
            let mut entry = entry?;
            let kind = entry.header().entry_type();
            // The real size of a sparse file is not the one that it has in the archive.
            let size = if kind.is_gnu_sparse() { entry.header().entry_size()? } else { entry.size() };
            let end = entry.raw_file_position().saturating_add(size).next_multiple_of(BLOCK as u64);
            let start = contents.end;
            contents.end = usize::try_from(end).map_err(io::Error::other)?;
            if kind.is_pax_global_extensions() {
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let name = name.trim_start_matches("./").trim_end_matches('/');
            let (top, path) = name.split_once('/').unwrap_or((name, ""));
            if top.is_empty() || top == "." {
                continue;
            }
            if kind.is_file() && fsutil::is_temporary(path) {
                contents.temporary.push(start..contents.end);
                continue;
            }
            contents.tops.insert(top.to_owned());
            if path == "PKG-INFO" {
                contents.date = Some(entry.header().mtime()?);
            }
            if let Some(expected) = wanted.get(path) {
                let mut content = Vec::new();
                entry.read_to_end(&mut content)?;
                if contents.present.insert(path.to_owned()) && (!kind.is_file() || content != *expected) {
                    contents.differing.push(path.to_owned());
                }
            }
        }
        contents.differing.sort();
        Ok(contents)
    }
}

/// Appends a file; names that a ustar header cannot hold go into a pax header before it.
fn append(stream: &mut Vec<u8>, name: &str, content: &[u8], date: u64) -> io::Result<()> {
    let mut header = Header::new_ustar();
    let fits = name.is_ascii() && header.set_path(name).is_ok();
    if !fits {
        let pax = pax_record("path", name);
        let mut pax_header = Header::new_ustar();
        pax_header.set_path("././@PaxHeader")?;
        finish(&mut pax_header, EntryType::XHeader, pax.len(), date);
        block(stream, &pax_header, pax.as_bytes());
        // Readers without pax see this name.
        header = Header::new_ustar();
        let ascii: String = name.chars().filter(char::is_ascii).collect();
        header.set_path(ascii.rsplit('/').next().map_or("long", |last| &last[..last.len().min(100)]))?;
    }
    finish(&mut header, EntryType::Regular, content.len(), date);
    block(stream, &header, content);
    Ok(())
}

fn finish(header: &mut Header, kind: EntryType, size: usize, date: u64) {
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(size as u64);
    header.set_mtime(date);
    header.set_cksum();
}

fn block(stream: &mut Vec<u8>, header: &Header, content: &[u8]) {
    stream.extend_from_slice(header.as_bytes());
    stream.extend_from_slice(content);
    stream.resize(stream.len().next_multiple_of(BLOCK), 0);
}

/// `LENGTH key=value\n`, where the length counts itself (POSIX pax).
fn pax_record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

/// Compresses with the header fields of the original file.
fn pack(original: &[u8], stream: &[u8]) -> io::Result<Vec<u8>> {
    let decoder = GzDecoder::new(original);
    let mut builder = GzBuilder::new();
    if let Some(header) = decoder.header() {
        builder = builder.mtime(header.mtime()).operating_system(header.operating_system());
        if let Some(name) = header.filename() {
            builder = builder.filename(name);
        }
    }
    let mut encoder = builder.write(Vec::new(), Compression::best());
    encoder.write_all(stream)?;
    encoder.finish()
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    path.parent().into_iter().for_each(fsutil::sweep);
    let permissions = fs::metadata(path)?.permissions();
    fsutil::replace(path, Some(permissions), |file| file.write_all(content), |error| error)
}

fn is_safe(path: &str) -> bool {
    !path.contains(['\\', '\0'])
        && path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
}

#[cfg(test)]
mod tests;
