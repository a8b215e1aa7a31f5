//! Files: atomic writes and digests.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use fs_err as fs;
use sha2::{Digest, Sha256};

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
    let parent = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(".headerkit-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // tempfile's default of 0600 would hide the file from other users; the umask still applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(parent)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(true)
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
}
