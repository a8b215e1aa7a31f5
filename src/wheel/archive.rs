//! Reading a wheel: its members, its dist-info directory, its tags.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use fs_err as fs;
use zip::ZipArchive;

use super::{Error, TagSet, WheelFilename, is_safe_name};

/// A wheel's table of contents. The file is opened again to read a member.
#[derive(Debug, Clone)]
pub struct WheelArchive {
    pub(super) path: PathBuf,
    pub(super) members: BTreeMap<String, Member>,
    pub(super) dist_info: String,
    pub(super) filename: WheelFilename,
}

/// What the zip directory says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Bytes when unpacked.
    pub size: u64,
    /// CRC-32 of these bytes.
    pub crc32: u32,
}

/// Opens a wheel. Names that would leave the directory it is unpacked into are an error.
pub fn read(path: &Path) -> Result<WheelArchive, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let filename = WheelFilename::parse(&name)?;
    let mut zip = open(path)?;
    let mut members = BTreeMap::new();
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(Error::zip(path))?;
        let name = file.name().map_err(Error::zip(path))?.into_owned();
        if !is_safe_name(&name) {
            return Err(Error::UnsafeName { path: path.to_owned(), name });
        }
        if !file.is_dir() {
            members.insert(name, Member { size: file.size(), crc32: file.crc32() });
        }
    }
    let dist_info = dist_info_of(path, &members)?;
    Ok(WheelArchive { path: path.to_owned(), members, dist_info, filename })
}

/// Copies the dist-info directory into `destination` and returns its name, as
/// `prepare_metadata_for_build_wheel` does (PEP 517).
pub fn extract_dist_info(wheel: &Path, destination: &Path) -> Result<String, Error> {
    let archive = read(wheel)?;
    let prefix = format!("{}/", archive.dist_info);
    for name in archive.members.keys().filter(|name| name.starts_with(&prefix)) {
        let target = destination.join(name);
        let content = archive.read(name)?;
        fs::create_dir_all(target.parent().unwrap_or(destination)).map_err(Error::io(wheel))?;
        fs::write(&target, content).map_err(Error::io(wheel))?;
    }
    Ok(archive.dist_info)
}

impl WheelArchive {
    /// Its name.
    pub fn filename(&self) -> &WheelFilename {
        &self.filename
    }

    /// The tags of its name.
    pub fn tags(&self) -> &TagSet {
        &self.filename.tags
    }

    /// Every file by name; directories have no entry here.
    pub fn members(&self) -> &BTreeMap<String, Member> {
        &self.members
    }

    /// Name of the `*.dist-info` directory.
    pub fn dist_info(&self) -> &str {
        &self.dist_info
    }

    /// The content of a file.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        let mut zip = open(&self.path)?;
        let mut file = zip.by_name(name).map_err(Error::zip(&self.path))?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(Error::io(&self.path))?;
        Ok(content)
    }

    /// The root that the package of this path (`a/b`) lies below, such as `` or `NAME.data/platlib/`; `None` if the
    /// wheel has no such package. What is in no package lies below the root of site-packages.
    pub fn package_root(&self, package: &str) -> Option<&str> {
        if package.is_empty() {
            return Some("");
        }
        let inside = |name| {
            let (root, path) = self.split_root(name)?;
            path.strip_prefix(package)?.starts_with('/').then_some(root)
        };
        self.members.keys().find_map(|name| inside(name))
    }

    /// The content of a text file of dist-info.
    pub fn dist_info_text(&self, name: &str) -> Result<String, Error> {
        let content = self.read(&format!("{}/{name}", self.dist_info))?;
        String::from_utf8(content)
            .map_err(|_| Error::invalid(&self.path, format!("has a {name} file that is not UTF-8")))
    }

    /// The directories whose content lands in site-packages: the root, and two below `*.data`.
    /// Returns the part of `name` before and after it.
    pub(super) fn split_root<'a>(&self, name: &'a str) -> Option<(&'a str, &'a str)> {
        let (top, rest) = name.split_once('/').unwrap_or((name, ""));
        if top == self.dist_info {
            return None;
        }
        if top.ends_with(".data") && !rest.is_empty() {
            let scheme = rest.split('/').next().unwrap_or_default();
            let length = top.len() + 1 + scheme.len() + 1;
            return matches!(scheme, "purelib" | "platlib")
                .then(|| (&name[..length.min(name.len())], name.get(length..).unwrap_or_default()));
        }
        Some(("", name))
    }
}

pub(super) fn open(path: &Path) -> Result<ZipArchive<BufReader<fs::File>>, Error> {
    let file = fs::File::open(path).map_err(Error::io(path))?;
    ZipArchive::new(BufReader::new(file)).map_err(Error::zip(path))
}

fn dist_info_of(path: &Path, members: &BTreeMap<String, Member>) -> Result<String, Error> {
    let mut found: Vec<&str> = members
        .keys()
        .filter_map(|name| name.split_once('/'))
        .map(|(top, _)| top)
        .filter(|top| top.ends_with(".dist-info"))
        .collect();
    found.dedup();
    let [dist_info] = found[..] else {
        return Err(Error::invalid(path, format!("has {} dist-info directories", found.len())));
    };
    for name in ["WHEEL", "METADATA", "RECORD"] {
        if !members.contains_key(&format!("{dist_info}/{name}")) {
            return Err(Error::invalid(path, format!("has no {name} file")));
        }
    }
    Ok(dist_info.to_owned())
}
