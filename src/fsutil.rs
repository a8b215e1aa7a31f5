//! Files: atomic writes and digests.

use std::borrow::Cow;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::path::Path;

use fs_err as fs;
use sha2::{Digest, Sha256};

/// How the names of files begin that are not in their place yet.
const TEMPORARY: &str = ".headerkit-tmp-";
/// Letters and digits that make such a name new.
const RANDOM: usize = 6;

/// Writes a file so that readers see the old or the new content and never a part: temporary file in
/// the same directory, fsync, rename. Missing parent directories are created.
/// Returns `false`, and leaves the file and its times alone, if it already holds `content`.
/// A device or pipe, such as `/dev/null`, is written to and never replaced.
pub fn write_atomic(path: &Path, content: &[u8]) -> io::Result<bool> {
    if fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir()) {
        fs::OpenOptions::new().write(true).open(path)?.write_all(content)?;
        return Ok(true);
    }
    if fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    fs::create_dir_all(parent(path))?;
    #[cfg(unix)]
    // tempfile's default of 0600 would hide the file from other users; the umask still applies.
    let permissions = Some(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    let permissions = None;
    let write = |file: &mut File| file.write_all(content).and_then(|()| file.sync_all());
    replace(path, permissions, write, |error| error)?;
    Ok(true)
}

/// Puts a new file in the place of `path` once `write` has filled it. Until then it has a name of its own in the same
/// directory, under a lock that ends with the process: what a killed process leaves can be told from what is in use.
/// `failed` makes the caller's error of what the system says.
pub fn replace<E>(
    path: &Path,
    permissions: Option<Permissions>,
    mut write: impl FnMut(&mut File) -> Result<(), E>,
    failed: impl Fn(io::Error) -> E,
) -> Result<(), E> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY).rand_bytes(RANDOM);
    if let Some(permissions) = permissions {
        builder.permissions(permissions);
    }
    for attempt in 1.. {
        let mut file = builder.tempfile_in(parent(path)).map_err(&failed)?;
        // Where there are no locks, nothing is taken for left over.
        let _ = file.as_file().lock();
        write(file.as_file_mut())?;
        match file.persist(path) {
            Ok(_) => break,
            // Somebody swept before it was locked.
            Err(gone) if gone.error.kind() == io::ErrorKind::NotFound && attempt < 3 => {}
            Err(error) => return Err(failed(error.error)),
        }
    }
    Ok(())
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a path is that of a file which [`replace`] has not put into its place yet.
pub fn is_temporary(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let random = name.strip_prefix(TEMPORARY).unwrap_or_default();
    random.len() == RANDOM && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Removes what killed processes left of [`replace`] in a directory; what a running one writes stays.
pub fn sweep(dir: &Path) {
    for item in fs::read_dir(dir).into_iter().flatten().flatten() {
        let is_ours = item.file_name().to_str().is_some_and(is_temporary);
        if is_ours && item.file_type().is_ok_and(|kind| kind.is_file()) {
            // The lock is held until the file is gone.
            if let Ok(file) = File::options().write(true).open(item.path())
                && file.try_lock().is_ok()
            {
                let _ = fs::remove_file(item.path());
            }
        }
    }
}

/// SHA-256 as 64 lower-case hexadecimal digits.
pub fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// [`sha256`] of a text file, whatever its line ends: see [`plain_lines`].
pub fn text_sha256(content: &[u8]) -> String {
    sha256(&plain_lines(content))
}

/// A text whose lines end in LF, also where git made CR LF of that in a checkout (`core.autocrlf`).
pub fn plain_lines(content: &[u8]) -> Cow<'_, [u8]> {
    let mut ends = memchr::memmem::find_iter(content, b"\r\n").peekable();
    if ends.peek().is_none() {
        return Cow::Borrowed(content);
    }
    let mut plain = Vec::with_capacity(content.len());
    let mut start = 0;
    for end in ends {
        plain.extend_from_slice(&content[start..end]);
        start = end + 1;
    }
    plain.extend_from_slice(&content[start..]);
    Cow::Owned(plain)
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn devices_are_written_to_and_stay_what_they_are() {
        use std::os::unix::fs::FileTypeExt;
        assert!(write_atomic(Path::new("/dev/null"), b"text").expect("it takes everything"));
        assert!(fs::metadata("/dev/null").expect("it is there").file_type().is_char_device());
    }

    #[test]
    fn only_what_nobody_writes_is_swept() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = |name: &str| dir.path().join(name);
        for name in [".headerkit-tmp-aB3dE6", ".headerkit-backup", ".headerkit-tmp-notes.txt", "kept"] {
            fs::write(path(name), "").expect("written");
        }
        fs::create_dir(path(".headerkit-tmp-folder")).expect("made");
        let running = File::create(path(".headerkit-tmp-aaaaaa")).expect("created");
        running.lock().expect("locked");
        let left = || {
            let names = fs::read_dir(dir.path()).expect("listed").flatten();
            names.map(|item| item.file_name().into_string().expect("text")).collect::<Vec<_>>()
        };
        sweep(dir.path());
        assert_eq!(left().len(), 5, "{:?}", left());
        assert!(!path(".headerkit-tmp-aB3dE6").exists() && path(".headerkit-tmp-aaaaaa").exists());
        drop(running);
        sweep(dir.path());
        assert!(!path(".headerkit-tmp-aaaaaa").exists());
    }
}
