//! What can be wrong with a configuration.

use std::path::PathBuf;

use super::place::Place;

/// An error of the configuration; those about a file show the offending line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error("cannot read the configuration")]
    Read(#[source] std::io::Error),
    /// The file that was named does not exist.
    #[error("there is no configuration file `{}`", path.display())]
    Missing {
        /// As named.
        path: PathBuf,
    },
    /// The file is not UTF-8, which TOML demands.
    #[error("{}:{line}: the file is not valid UTF-8, which TOML requires", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that is not.
        line: usize,
    },
    /// The file is not TOML.
    #[error("{place}: {message}{}", place.snippet())]
    Malformed {
        /// Where reading stopped.
        place: Box<Place>,
        /// The TOML reader's words.
        message: String,
    },
    /// Two files configure one project.
    #[error("both `{first}` and `{second}` configure this project")]
    TwoFiles {
        /// The table in pyproject.toml with its place.
        first: String,
        /// The other file.
        second: String,
    },
    /// A key that does not exist.
    #[error("{place}: unknown key `{key}` in {table}{}{}", did_you_mean(.nearest), place.snippet())]
    UnknownKey {
        /// Where.
        place: Box<Place>,
        /// The key as written.
        key: String,
        /// The table that has it.
        table: String,
        /// The valid key that looks most like it.
        nearest: Option<String>,
        /// All valid keys.
        known: Vec<String>,
    },
    /// One key, written with hyphens and with underscores.
    #[error("{place}: `{key}` and `{other}` are the same key{}", place.snippet())]
    TwoSpellings {
        /// The second one.
        place: Box<Place>,
        /// The second spelling.
        key: String,
        /// The first spelling.
        other: String,
    },
    /// A value of the wrong type.
    #[error("{place}: `{}` must be {expected}, found {found}{}", place.key, place.snippet())]
    WrongType {
        /// Where; its key is the full name.
        place: Box<Place>,
        /// The type that is expected, with its article.
        expected: &'static str,
        /// The type that was found.
        found: String,
    },
    /// A value of the right type that means nothing.
    #[error("{place}: {problem}{}", place.snippet())]
    BadValue {
        /// Where.
        place: Box<Place>,
        /// What is wrong, as a clause.
        problem: String,
        /// What to write instead, if that is known.
        hint: Option<String>,
    },
    /// No such writer.
    #[error("{place}: unknown writer `{name}`{}{}", did_you_mean(.nearest), place.snippet())]
    UnknownWriter {
        /// Where.
        place: Box<Place>,
        /// The name as written.
        name: String,
        /// The writer that looks most like it.
        nearest: Option<String>,
        /// All writers.
        known: Vec<String>,
        /// Where it was looked for besides.
        asked: String,
    },
    /// `${VAR}` without a value.
    #[error("{place}: `{}` needs the environment variable `{variable}`, which is not set{}", place.key, place.snippet())]
    UnsetVariable {
        /// Where.
        place: Box<Place>,
        /// Its name.
        variable: String,
    },
    /// `${project.version}` where `[project]` has none.
    #[error("{place}: `{}` needs the version of the project, but [project] states none{}", place.key, place.snippet())]
    NoVersion {
        /// Where.
        place: Box<Place>,
    },
    /// Config settings that are not a table of strings, lists and booleans.
    #[error("config setting `{key}`: {problem}")]
    BadSetting {
        /// The setting as given.
        key: String,
        /// What is wrong, as a clause.
        problem: String,
    },
    /// Several requirements could be the inner backend.
    #[error("`[build-system] requires` names several build backends: {}", .candidates.join(", "))]
    SeveralInner {
        /// Their distribution names, in order.
        candidates: Vec<String>,
        /// The import path of the first one.
        example: String,
    },
    /// The inner backend is this program.
    #[error("{place}: `{spec}` is this build backend itself and cannot be its own inner backend{}", place.snippet())]
    InnerIsSelf {
        /// Where.
        place: Box<Place>,
        /// As given.
        spec: String,
    },
}

impl Error {
    /// Whether it is about what was typed.
    pub fn is_typed(&self) -> bool {
        match self {
            Error::BadValue { place, .. } | Error::UnknownWriter { place, .. } => place.is_typed(),
            _ => false,
        }
    }

    pub(crate) fn bad(place: &Place, problem: impl Into<String>) -> Self {
        Error::BadValue { place: Box::new(place.clone()), problem: problem.into(), hint: None }
    }

    pub(crate) fn bad_with(place: &Place, problem: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::BadValue { place: Box::new(place.clone()), problem: problem.into(), hint: Some(hint.into()) }
    }
}

impl crate::diagnostics::Hint for Error {
    fn hints(&self) -> Vec<String> {
        match self {
            Error::Missing { .. } => vec!["`--no-config` does without one".into()],
            Error::Read(_) => vec!["`--config PATH` names the file to read".into()],
            Error::NotUtf8 { .. } => vec!["save the file as UTF-8".into()],
            Error::TwoFiles { .. } => {
                vec!["keep one of them: `[tool.headerkit]` in pyproject.toml, or `.headerkit.toml`".into()]
            }
            Error::UnknownKey { known, .. } => vec![format!("valid keys: {}", known.join(", "))],
            Error::UnknownWriter { known, asked, name, .. } => {
                let mut hints = vec![format!("writers: {}", known.join(", "))];
                if !asked.is_empty() {
                    hints.push(format!(
                        "one of your own has a `command` in [tool.headerkit.writer.{name}], or is an entry point of the \
                         group `headerkit.writers` ({asked})"
                    ));
                }
                hints
            }
            Error::BadValue { hint: Some(hint), .. } => vec![hint.clone()],
            Error::UnsetVariable { variable, .. } => {
                vec![format!(
                    "set `{variable}` in the environment of the build, or write `$${{` for a literal `${{`"
                )]
            }
            Error::NoVersion { .. } => {
                vec![
                    "write `version = \"...\"` in [project]; one that is `dynamic` is not known yet when headers are read: \
                     pass it in an environment variable, `${VERSION}`"
                        .into(),
                ]
            }
            Error::SeveralInner { example, .. } => {
                vec![format!("set `inner_backend = \"{example}\"` (or another one) in [tool.headerkit]")]
            }
            Error::InnerIsSelf { .. } => vec![
                "set `inner_backend` to the backend that packages the project, e.g. `hatchling.build`".into(),
            ],
            Error::WrongType { expected: "a list of strings", place, found } if found == "string" => {
                let key = place.key.rsplit('.').next().unwrap_or_default();
                vec![format!("write `{key} = [\"...\"]`")]
            }
            Error::WrongType { expected: "a table", place, .. } => {
                match place.key.rsplit('.').next().unwrap_or_default() {
                    "output" => vec!["each writer has its own: `output = {cffi = \"...\"}`".into()],
                    "writer" => vec![
                        "`writers` lists the writers to run; the tables of `writer` hold the options of each"
                            .into(),
                    ],
                    _ => Vec::new(),
                }
            }
            Error::Malformed { message, .. } if message.contains("unquoted key") => {
                vec!["a key with other characters is put in quotes: `\"include/mylib.h\"`".into()]
            }
            Error::Malformed { message, place } if message.contains("duplicate") => {
                vec![format!(
                    "TOML allows each table and key once: join it with the earlier one of the same name ({place})"
                )]
            }
            _ => Vec::new(),
        }
    }
}

fn did_you_mean(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

/// The candidate that looks most like `word`, if one does. Only the last part of a dotted
/// candidate is compared, so that a key of a sub-table can be found too.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let word = word.replace('-', "_").to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let last = candidate.rsplit('.').next().unwrap_or(candidate);
        let score = strsim::normalized_damerau_levenshtein(&word, &last.replace('-', "_").to_lowercase());
        if score >= 0.5 && best.is_none_or(|(old, _)| score > old) {
            best = Some((score, candidate));
        }
    }
    best.map(|(_, name)| name.to_owned())
}
