//! Where a value comes from, and strings that remember it.

use std::fmt;
use std::path::PathBuf;

/// The layer that decided a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line, such as `--target`.
    CommandLine(String),
    /// An argument of the Python API, such as `target`.
    Argument(String),
    /// A PEP 517 config setting, such as `no-cache`.
    ConfigSetting(String),
    /// An environment variable.
    Environment(String),
    /// A line of the configuration file.
    File {
        /// The file, relative to the project where it lies inside.
        path: PathBuf,
        /// Counted from one.
        line: usize,
    },
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::CommandLine(flag) => write!(f, "command line `{flag}`"),
            Origin::Argument(name) => write!(f, "argument `{name}`"),
            Origin::ConfigSetting(key) => write!(f, "config setting `{key}`"),
            Origin::Environment(name) => write!(f, "environment variable `{name}`"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Default => f.write_str("default"),
        }
    }
}

/// Who says what is on top of the configuration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Caller {
    /// The command line.
    #[default]
    CommandLine,
    /// The Python API.
    Python,
    /// A front end, which calls a hook.
    FrontEnd,
}

impl Caller {
    /// The origin of what is a flag of the one and an argument of the other.
    pub fn origin(self, flag: &str, argument: &str) -> Origin {
        match self {
            Caller::CommandLine => Origin::CommandLine(flag.into()),
            Caller::Python => Origin::Argument(argument.into()),
            Caller::FrontEnd => Origin::ConfigSetting(argument.into()),
        }
    }
}

/// A resolved value and the layer that decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valued<T> {
    /// The value.
    pub value: T,
    /// Who said so.
    pub origin: Origin,
}

impl<T> Valued<T> {
    /// A value and its origin.
    pub fn new(value: T, origin: Origin) -> Self {
        Valued { value, origin }
    }
}

/// A place to show in an error: origin, column and the line itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The key, as a user would search for it (`cache.no_cache`).
    pub key: String,
    /// Layer, and for a file its line.
    pub origin: Origin,
    /// Column in characters, from one; zero where there is no file.
    pub column: usize,
    /// The line of the file, without its end.
    pub line_text: String,
}

impl Place {
    /// A place outside any file.
    pub fn of(key: &str, origin: Origin) -> Self {
        Place { key: key.to_owned(), origin, column: 0, line_text: String::new() }
    }

    /// The file and the line of the first character of a text whose quotes are here; those of a text of several lines may
    /// stand alone in theirs.
    pub fn of_text(&self) -> Option<(String, usize)> {
        let Origin::File { path, line } = &self.origin else { return None };
        let is_alone = ["\"\"\"", "'''"].iter().any(|quotes| self.line_text.trim_end().ends_with(quotes));
        Some((path.display().to_string(), line + usize::from(is_alone)))
    }

    /// Whether it is in a file.
    pub fn is_file(&self) -> bool {
        matches!(self.origin, Origin::File { .. })
    }

    /// Whether it is the command line or a call of the Python API, where relative paths start at the cwd.
    pub fn is_typed(&self) -> bool {
        matches!(self.origin, Origin::CommandLine(_) | Origin::Argument(_))
    }

    /// The offending line under a line break, marked below its column; empty outside files.
    pub fn snippet(&self) -> String {
        let Origin::File { line, .. } = &self.origin else { return String::new() };
        let pad: String = self
            .line_text
            .chars()
            .take(self.column.saturating_sub(1))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        format!("\n{line:>5} | {}\n      | {pad}^", self.line_text)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.origin {
            Origin::File { .. } => write!(f, "{}:{}", self.origin, self.column),
            Origin::Default => write!(f, "`{}`", self.key),
            other => write!(f, "{other}"),
        }
    }
}

/// A string as the user wrote it. `${VAR}` inside is expanded by [`super::Config::expand`], and only
/// when the value is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// As written.
    pub written: String,
    /// Where.
    pub place: Place,
}

impl Text {
    /// A string that comes from no file.
    pub fn of(key: &str, written: impl Into<String>, origin: Origin) -> Self {
        Text { written: written.into(), place: Place::of(key, origin) }
    }

    /// Whether it was typed on the command line or passed to the Python API, where relative paths start at the cwd.
    pub fn is_typed(&self) -> bool {
        self.place.is_typed()
    }
}
