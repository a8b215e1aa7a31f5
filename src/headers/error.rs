//! What can go wrong when headers are selected.

use std::path::{Path, PathBuf};

use crate::config::{self, Place};

/// An error of the selection; those about a file of configuration show the offending line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value of the configuration cannot be used.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// A pattern that is no glob.
    #[error("{place}: `{pattern}` is not a valid glob: {message}{}", place.snippet())]
    BadGlob {
        /// Where.
        place: Box<Place>,
        /// As written.
        pattern: String,
        /// What is wrong.
        message: String,
    },
    /// A glob that selects nothing.
    #[error("{place}: no file matches `{pattern}`{}", place.snippet())]
    NoMatch {
        /// Where.
        place: Box<Place>,
        /// As written.
        pattern: String,
        /// The directory that was searched, as the user would write it.
        searched: String,
    },
    /// A header that does not exist.
    #[error("{place}: there is no header `{name}`{}{}", did_you_mean(.nearest), place.snippet())]
    Missing {
        /// Where.
        place: Box<Place>,
        /// As written.
        name: String,
        /// The file that looks most like it.
        nearest: Option<String>,
    },
    /// A header that is there, as far as can be told, and cannot be read.
    #[error("{place}: the header `{name}` cannot be read: {source}{}", place.snippet())]
    Unreadable {
        /// Where.
        place: Box<Place>,
        /// As written.
        name: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// A directory where a header should be.
    #[error("{place}: `{name}` is a directory, not a header{}", place.snippet())]
    Directory {
        /// Where.
        place: Box<Place>,
        /// As written.
        name: String,
    },
    /// A name that the store cannot hold.
    #[error("the path `{}` is not valid UTF-8", path.to_string_lossy())]
    NotUtf8 {
        /// The path.
        path: PathBuf,
    },
    /// A directory cannot be read.
    #[error("cannot look for headers")]
    Walk(#[source] std::io::Error),
    /// An output template with something other than the three variables.
    #[error("{place}: {problem} in the output template `{template}`{}", place.snippet())]
    Template {
        /// Where.
        place: Box<Place>,
        /// As written.
        template: String,
        /// What is wrong, as a noun phrase.
        problem: String,
    },
    /// An output that would be written where it must not be.
    #[error("{place}: the output `{output}` of `{header}` {problem}{}", place.snippet())]
    BadOutput {
        /// Where the template is.
        place: Box<Place>,
        /// The path that the template gives.
        output: String,
        /// The header's name.
        header: String,
        /// What is wrong, as a predicate.
        problem: String,
    },
    /// Two outputs with one path.
    #[error("{place}: `{output}` is the output of both {first} and {second}{}", place.snippet())]
    SameOutput {
        /// Where the template of the second one is.
        place: Box<Place>,
        /// The path of both.
        output: String,
        /// The first header and its writer.
        first: String,
        /// The second header and its writer.
        second: String,
        /// The template of the second one.
        template: String,
    },
}

impl crate::diagnostics::Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Config(error) => error.hints(),
            Error::BadGlob { .. } => vec!["globs know `*`, `**`, `?`, `[a-z]` and `{a,b}`".into()],
            Error::NoMatch { searched, .. } => vec![format!(
                "`{searched}` was searched; `*` stays within one directory and `**` goes below, hidden \
                 directories are left out"
            )],
            // What is typed starts where it is typed.
            Error::Missing { place, .. } if !place.is_file() => Vec::new(),
            Error::Missing { .. } => vec!["paths start at the directory of pyproject.toml".into()],
            Error::Unreadable { .. } => {
                vec!["allow this user to read it and the directories above it".into()]
            }
            Error::Directory { name, .. } => {
                vec![format!("write `{}/**/*.h` for all headers below it", name.trim_end_matches('/'))]
            }
            Error::NotUtf8 { .. } => vec!["rename the file, or exclude it with `exclude`".into()],
            Error::Template { .. } => vec!["templates know `{stem}`, `{name}` and `{dir}`".into()],
            Error::BadOutput { .. } => {
                vec!["name a path below the project, such as `{dir}/{stem}.cdef.txt`".into()]
            }
            Error::SameOutput { template, .. } => vec![format!(
                "add `{{stem}}` or `{{dir}}` to the template `{template}`, or set `output` for one header"
            )],
            Error::Walk(_) => Vec::new(),
        }
    }
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// A path as text.
pub(super) fn utf8(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::NotUtf8 { path: path.to_owned() })
}
