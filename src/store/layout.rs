//! Where entries lie on disk, and the only code that lists, gets, puts and removes them. A remote
//! tier would stand beside [`Tier`]. Symbolic links below the store's directory are never followed.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use fs_err as fs;
use tempfile::TempDir;

use super::{Error, slug};

/// Name of an entry's description.
pub(super) const METADATA: &str = "metadata.json";
/// Name of a layer's derived index.
pub(super) const INDEX: &str = "index.json";
/// Largest metadata that is read, in bytes.
pub(super) const MAX_METADATA: u64 = 16 << 20;
/// Largest artifact or dependency that is read, in bytes.
pub(super) const MAX_ARTIFACT: u64 = 256 << 20;

pub(super) const TEMPORARY: &str = ".tmp-";
/// Leftovers of killed processes are removed at this age; no insert takes that long.
const LEFTOVER_AGE: Duration = Duration::from_secs(3600);

/// One half of the store: parsed headers, or the outputs of one writer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// `ir/`
    Ir,
    /// `output/<directory>/`; the directory's name is derived from the writer's.
    Output(String),
}

impl Layer {
    /// The layer of a writer's outputs.
    pub fn output(writer: &str) -> Self {
        Layer::Output(slug::writer_dir(writer))
    }

    /// Path relative to the store, with `/`.
    pub fn path(&self) -> String {
        match self {
            Layer::Ir => "ir".into(),
            Layer::Output(writer) => format!("output/{writer}"),
        }
    }
}

/// Why an entry cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub(super) enum Defect {
    /// It may be fine, but cannot be read now; it must not be replaced.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// A later release wrote it; it must not be replaced.
    #[error("was written by a newer release (format {0})")]
    Newer(u64),
    /// Nothing can ever make use of it.
    #[error("{0}")]
    Broken(String),
}

/// What became of a put.
pub(super) enum Put {
    Done,
    /// Something has that name already.
    Taken,
}

/// Entries in a directory of this machine.
#[derive(Debug)]
pub(super) struct Tier {
    root: PathBuf,
    swept: Mutex<BTreeSet<PathBuf>>,
}

impl Tier {
    pub fn new(root: &Path) -> Self {
        Tier { root: root.to_owned(), swept: Mutex::default() }
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    pub fn dir(&self, layer: &Layer) -> PathBuf {
        self.root.join(layer.path())
    }

    pub fn entry_dir(&self, layer: &Layer, slug: &str) -> PathBuf {
        self.dir(layer).join(slug)
    }

    /// The layers that exist, in order.
    pub fn layers(&self) -> Vec<Layer> {
        let mut layers = Vec::new();
        if is_real_dir(&self.root.join("ir")) {
            layers.push(Layer::Ir);
        }
        let outputs = self.root.join("output");
        if is_real_dir(&outputs) {
            layers.extend(directories(&outputs).into_iter().map(Layer::Output));
        }
        layers
    }

    /// Names of the entries of a layer, in order.
    pub fn list(&self, layer: &Layer) -> Vec<String> {
        if self.foreign_part(layer).is_some() { Vec::new() } else { directories(&self.dir(layer)) }
    }

    /// One file of an entry, at most `limit` bytes of it.
    pub fn get(&self, layer: &Layer, slug: &str, file: &str, limit: u64) -> Result<Vec<u8>, Defect> {
        if let Some(path) = self.foreign_part(layer) {
            return Err(Defect::Unreadable(format!("`{}` is no directory", path.display())));
        }
        read(&self.entry_dir(layer, slug), file, limit)
    }

    /// Whether anything has this name.
    pub fn is_taken(&self, layer: &Layer, slug: &str) -> bool {
        self.entry_dir(layer, slug).symlink_metadata().is_ok()
    }

    /// Makes an entry appear at once with all its files, unless the name is taken. The files are on the disk then; that
    /// the directories are is left to [`sync_dir`] at the end of a run: an entry that a power failure makes incomplete is
    /// a damaged one, which is never used and made anew.
    pub fn put(&self, layer: &Layer, slug: &str, files: &[(&str, &[u8])]) -> Result<Put, Error> {
        let target = self.entry_dir(layer, slug);
        let staging = self.staging(layer)?;
        let write = || -> io::Result<()> {
            for (name, content) in files {
                let mut file = fs::File::create_new(staging.path().join(name))?;
                file.write_all(content)?;
                file.sync_all()?;
            }
            Ok(())
        };
        write().map_err(|source| Error::write(&target, source))?;
        match fs::rename(staging.path(), &target) {
            Ok(()) => {
                // There is nothing left to remove.
                let _ = staging.keep();
                Ok(Put::Done)
            }
            Err(_) if self.is_taken(layer, slug) => Ok(Put::Taken),
            Err(source) => Err(Error::write(&target, source)),
        }
    }

    /// Moves whatever has this name out of the readers' sight; it is deleted when the result is dropped.
    /// `None` if it is gone already.
    pub fn set_aside(&self, layer: &Layer, slug: &str) -> Result<Option<Aside>, Error> {
        let source = self.entry_dir(layer, slug);
        let staging = self.staging(layer)?;
        let moved = staging.path().join("entry");
        match fs::rename(&source, &moved) {
            Ok(()) => Ok(Some(Aside { dir: moved, source, _staging: staging })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::write(&source, error)),
        }
    }

    /// A new directory of this process, invisible to readers, on the same file system.
    fn staging(&self, layer: &Layer) -> Result<TempDir, Error> {
        let dir = self.dir(layer);
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(0o777));
        }
        // The layer may be missing, and another process may remove it after its last entry.
        for _ in 0..3 {
            if let Some(path) = self.foreign_part(layer) {
                return Err(Error::Foreign { path });
            }
            let made = match builder.tempdir_in(&dir) {
                Ok(staging) => {
                    self.sweep(&dir);
                    return Ok(staging);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir_all(&dir),
                Err(error) => Err(error),
            };
            match made {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::write(&dir, source));
                }
                _ => {}
            }
        }
        Err(Error::write(&dir, io::ErrorKind::NotFound.into()))
    }

    /// Removes what killed processes left behind, once per layer.
    fn sweep(&self, dir: &Path) {
        let mut swept = self.swept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if !swept.insert(dir.to_owned()) {
            return;
        }
        for path in leftovers(dir) {
            let age = path.symlink_metadata().and_then(|data| data.modified());
            let age = age.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
            if age.is_some_and(|age| age > LEFTOVER_AGE) {
                let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
            }
        }
    }

    /// The first directory of a layer's path that is something else, such as a symbolic link.
    pub fn foreign_part(&self, layer: &Layer) -> Option<PathBuf> {
        let mut path = self.root.clone();
        for part in layer.path().split('/') {
            path.push(part);
            if path.symlink_metadata().is_ok_and(|data| !data.is_dir()) {
                return Some(path);
            }
        }
        None
    }
}

/// Something moved out of sight.
pub(super) struct Aside {
    pub dir: PathBuf,
    source: PathBuf,
    _staging: TempDir,
}

impl Aside {
    /// Moves it back, if its name is still free.
    pub fn restore(self) {
        let _ = fs::rename(&self.dir, &self.source);
    }
}

/// A regular file of an entry's directory. Neither may be a symbolic link.
pub(super) fn read(dir: &Path, file: &str, limit: u64) -> Result<Vec<u8>, Defect> {
    let path = dir.join(file);
    let fail = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            Defect::Broken(format!("`{file}` is missing"))
        }
        _ => Defect::Unreadable(error.to_string()),
    };
    if !dir.symlink_metadata().map_err(fail)?.is_dir() {
        return Err(Defect::Broken("is no directory".into()));
    }
    let data = path.symlink_metadata().map_err(fail)?;
    if !data.is_file() {
        return Err(Defect::Broken(format!("`{file}` is no regular file")));
    }
    if data.len() > limit {
        return Err(Defect::Broken(format!("`{file}` has more than {limit} bytes")));
    }
    let mut content = Vec::with_capacity(data.len() as usize);
    fs::File::open(&path).and_then(|opened| opened.take(limit).read_to_end(&mut content)).map_err(fail)?;
    Ok(content)
}

/// Temporary directories and files of any process, including those of atomic writes.
pub(super) fn leftovers(dir: &Path) -> Vec<PathBuf> {
    let Ok(items) = fs::read_dir(dir) else { return Vec::new() };
    let temporary = |name: &str| name.starts_with(TEMPORARY) || name.starts_with(".headerkit-");
    items
        .filter_map(Result::ok)
        .filter(|item| item.file_name().to_str().is_some_and(temporary))
        .map(|item| item.path())
        .collect()
}

/// Names of the real directories in a directory, in order, without hidden ones.
fn directories(dir: &Path) -> Vec<String> {
    let Ok(items) = fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> = items
        .filter_map(Result::ok)
        .filter(|item| item.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|item| item.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

fn is_real_dir(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|data| data.is_dir())
}

/// Makes renames in a directory durable, where the platform can.
pub(super) fn sync_dir(dir: &Path) {
    if cfg!(unix) {
        let _ = fs::File::open(dir).and_then(|dir| dir.sync_all());
    }
}
