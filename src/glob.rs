//! Globs over paths: `*` and `?` stop at `/`, `**` does not; `[a-z]`, `{a,b}`.

use std::path::Path;

/// A valid glob.
#[derive(Debug, Clone)]
pub struct Glob(String);

impl Glob {
    /// Reads a glob; the error says what is wrong with it. A `!` at its start is a character like any other.
    pub fn new(glob: &str) -> Result<Self, String> {
        let glob = if glob.starts_with('!') { format!("\\{glob}") } else { glob.to_owned() };
        fast_glob::validate(&glob).map_err(|error| error.to_string())?;
        Ok(Glob(glob))
    }

    /// Whether it matches a whole path. On Windows, `/` matches a backslash too.
    pub fn is_match(&self, path: impl AsRef<Path>) -> bool {
        fast_glob::glob_match(&self.0, path.as_ref().as_os_str().as_encoded_bytes())
    }
}

/// The glob that matches exactly this text.
pub fn escape(text: &str) -> String {
    let mut glob = String::new();
    for c in text.chars() {
        if "*?[]{},!\\".contains(c) {
            glob.push('\\');
        }
        glob.push(c);
    }
    glob
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_paths() {
        for (glob, matching, other) in [
            ("*.h", "a.h", "b/a.h"),
            ("**/*.h", "b/c/a.h", "b/c/a.c"),
            ("**/*.h", "a.h", "a.hh"),
            ("a/**", "a/b/c", "b/a"),
            ("a/**/c", "a/c", "ac"),
            ("?.{h,hpp}", "a.hpp", "/.h"),
            ("[!a-c]x", "dx", "bx"),
            ("[^a-c]x", "dx", "bx"),
            ("!a", "!a", "b"),
            (r"\*", "*", "a"),
        ] {
            let read = Glob::new(glob).unwrap();
            assert!(read.is_match(matching) && !read.is_match(other), "{glob}");
        }
        for bad in ["[a", "{a", "a\\"] {
            assert!(Glob::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_escaped_text_matches_itself_alone() {
        for text in ["a*b", "a?[b]", "{a,b}", "!a", "a,b", "näh", r"a\b"] {
            let glob = Glob::new(&escape(text)).unwrap();
            assert!(
                glob.is_match(text) && !glob.is_match(format!("{text}x")) && !glob.is_match("axb"),
                "{text}"
            );
        }
    }
}
