//! Clang's builtin headers (`stddef.h` and its kin) for the libclang in use.
//!
//! A header set of another major version mostly works, an older one more surely than a newer one; when
//! there is none at all, a minimal set written from the C standard is unpacked.

use std::path::{Path, PathBuf};

use fs_err as fs;
use tempfile::TempDir;

use crate::parse::Error;

/// The minimal set: what the C standard demands of a freestanding implementation.
const MINIMAL: &[(&str, &str)] = &[
    ("float.h", include_str!("builtin/float.h")),
    ("iso646.h", include_str!("builtin/iso646.h")),
    ("limits.h", include_str!("builtin/limits.h")),
    ("stdalign.h", include_str!("builtin/stdalign.h")),
    ("stdarg.h", include_str!("builtin/stdarg.h")),
    ("stdbool.h", include_str!("builtin/stdbool.h")),
    ("stddef.h", include_str!("builtin/stddef.h")),
    ("stdint.h", include_str!("builtin/stdint.h")),
    ("stdnoreturn.h", include_str!("builtin/stdnoreturn.h")),
];

/// libclang from this major version on bears headers of a newer one.
const BEARS_NEWER: u32 = 18;

/// A resource directory (`include/stddef.h` lies below it).
#[derive(Debug)]
pub struct Resource {
    dir: PathBuf,
    is_newer: bool,
    unpacked: Option<TempDir>,
}

/// The headers of a parser.
#[derive(Debug)]
pub struct Resources {
    hosted: Resource,
    /// Stands in for headers of a newer clang where no C library's `stdint.h` hides what they need.
    freestanding: Option<Resource>,
}

impl Resources {
    /// Finds the headers for a library of a major version.
    pub fn find(library: &Path, major: u32, sys_path: &[PathBuf]) -> Result<Resources, Error> {
        Resources::new(Resource::find(library, major, sys_path)?)
    }

    /// Uses the given headers.
    pub fn new(hosted: Resource) -> Result<Resources, Error> {
        let freestanding = if hosted.is_newer { Some(Resource::minimal()?) } else { None };
        Ok(Resources { hosted, freestanding })
    }

    /// The headers for use with a C library.
    pub fn hosted(&self) -> &Resource {
        &self.hosted
    }

    /// The headers for use without one.
    pub fn freestanding(&self) -> &Resource {
        self.freestanding.as_ref().unwrap_or(&self.hosted)
    }
}

impl Resource {
    /// The directory, for `-resource-dir`.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Whether it is the minimal set.
    pub fn is_minimal(&self) -> bool {
        self.unpacked.is_some()
    }

    fn find(library: &Path, major: u32, sys_path: &[PathBuf]) -> Result<Resource, Error> {
        let found = own(library, major).map(|dir| (major, dir)).or_else(|| foreign(major, sys_path));
        match found {
            Some((number, dir)) => Ok(Resource { dir, is_newer: number > major, unpacked: None }),
            None => Resource::minimal(),
        }
    }

    /// Unpacks the minimal set; it is removed with the value.
    pub fn minimal() -> Result<Resource, Error> {
        let failed = |error: std::io::Error| Error::BuiltinHeaders { reason: error.to_string() };
        let unpacked = tempfile::Builder::new().prefix("headerkit-builtin-").tempdir().map_err(failed)?;
        let include = unpacked.path().join("include");
        fs::create_dir(&include).map_err(failed)?;
        for (name, text) in MINIMAL {
            fs::write(include.join(name), text).map_err(failed)?;
        }
        Ok(Resource { dir: unpacked.path().to_path_buf(), is_newer: false, unpacked: Some(unpacked) })
    }
}

fn is_resource(dir: &Path) -> bool {
    dir.join("include").join("stddef.h").is_file()
}

/// The headers that came with the library itself.
fn own(library: &Path, major: u32) -> Option<PathBuf> {
    let real = fs::canonicalize(library).ok();
    for dir in [Some(library), real.as_deref()].into_iter().flatten().filter_map(Path::parent) {
        let shipped = dir.join("resource");
        if is_resource(&shipped) {
            return Some(shipped);
        }
        let up = dir.parent().unwrap_or(dir);
        for parent in [up.join("lib").join("clang"), dir.join("clang")] {
            if let Some((_, found)) = versions(&parent).into_iter().find(|(number, _)| *number == major) {
                return Some(found);
            }
        }
    }
    None
}

/// The headers of another clang: same major, else the nearest older, else a newer one.
fn foreign(major: u32, sys_path: &[PathBuf]) -> Option<(u32, PathBuf)> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for root in ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(Path::new) {
        found.extend(versions(&root.join("clang")));
        let Ok(entries) = fs::read_dir(root) else { continue };
        for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with("llvm"))
        {
            for lib in ["lib", "lib64"] {
                found.extend(versions(&entry.path().join(lib).join("clang")));
            }
        }
    }
    for entry in sys_path {
        found.extend(versions(&entry.join("clangd").join("data").join("lib").join("clang")));
        let shipped = entry.join("clang").join("native").join("resource");
        if let Some(number) = distribution_version(entry).filter(|_| is_resource(&shipped)) {
            found.push((number, shipped));
        }
    }
    found.sort();
    let nearest = |list: Vec<&(u32, PathBuf)>| list.first().map(|found| (*found).clone());
    nearest(found.iter().filter(|(number, _)| *number == major).collect())
        .or_else(|| nearest(found.iter().rev().filter(|(number, _)| *number < major).collect()))
        .or_else(|| {
            let newer = found.iter().filter(|(number, _)| major >= BEARS_NEWER && *number > major);
            nearest(newer.collect())
        })
}

/// Resource directories `N` or `N.x.y` below a `clang` directory.
fn versions(parent: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let number = name.to_str()?.split('.').next()?.parse().ok()?;
            Some((number, entry.path()))
        })
        .filter(|(_, dir)| is_resource(dir))
        .collect();
    found.sort();
    found
}

/// The major version of `libclang_ng-22.1.4.dist-info`.
fn distribution_version(entry: &Path) -> Option<u32> {
    fs::read_dir(entry).ok()?.flatten().find_map(|item| {
        let name = item.file_name();
        let version = name.to_str()?.strip_prefix("libclang_ng-")?.strip_suffix(".dist-info")?.to_owned();
        version.split('.').next()?.parse().ok()
    })
}
