//! Annotations that GitHub Actions shows beside the lines of a change. It reads them from both streams of a job, so
//! that data on standard output stays what it is.

use std::path::Path;

use crate::env;
use crate::roots::posix;

/// `::error file=...,line=...::message`.
pub(super) fn error(file: &str, line: usize, message: &str) -> String {
    format!("::error file={},line={line}::{}", property(file), data(message))
}

/// A path as GitHub names it: from the top of the repository. `None` for one outside of it.
pub(super) fn path(path: &Path) -> Option<String> {
    let top = env::get(env::GITHUB_WORKSPACE).filter(|top| !top.is_empty())?;
    path.strip_prefix(top).ok().map(posix)
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_command_is_escaped() {
        let text = error("a,b:c.h", 1, "100% of\n`a::b`");
        assert_eq!(text, "::error file=a%2Cb%3Ac.h,line=1::100%25 of%0A`a::b`");
    }
}
