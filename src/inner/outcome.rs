//! What can come of a hook call. The JSON form is what `runner.py` writes.

use std::process::ExitStatus;

use serde::Deserialize;
use serde_json::Value;

use crate::diagnostics::Hint;

/// A Python warning that the backend's process showed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Warning {
    /// Class name, such as `UserWarning`.
    pub category: String,
    /// Its text.
    pub message: String,
}

/// How a hook call ended. A traceback ends in a newline and holds no frame of ours; it is empty where
/// only the summary says something.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HookOutcome {
    /// A value of the type that PEP 517 asks for: a string, or a list of strings.
    Returned {
        /// The hook's value.
        value: Value,
        /// Also printed on standard error when they were raised.
        #[serde(default)]
        warnings: Vec<Warning>,
    },
    /// The backend has no such hook.
    Missing,
    /// The backend raised its `UnsupportedOperation`.
    Unsupported {
        /// Its text, maybe empty.
        message: String,
    },
    /// The backend cannot be imported.
    #[serde(rename = "unavailable")]
    BackendUnavailable {
        /// Python's report.
        traceback: String,
        /// Its last line, such as `ModuleNotFoundError: No module named 'hatchling'`.
        summary: String,
        /// The module that is not installed, if that is why.
        missing: Option<String>,
    },
    /// The backend raised an exception, or returned what PEP 517 does not allow.
    Raised {
        /// Python's report.
        traceback: String,
        /// Its last line.
        summary: String,
    },
    /// The backend raised `SystemExit`; with code 0 too there is no result.
    Exited {
        /// Exit status.
        code: i64,
        /// What it was raised with, where that was no number.
        message: Option<String>,
    },
    /// The process ended without an answer.
    Died {
        /// Exit status, if it ended by itself (`os._exit`).
        code: Option<i32>,
        /// Signal number, if it was killed.
        signal: Option<i32>,
    },
}

impl HookOutcome {
    pub(super) fn died(status: ExitStatus) -> Self {
        #[cfg(unix)]
        let signal = std::os::unix::process::ExitStatusExt::signal(&status);
        #[cfg(not(unix))]
        let signal = None;
        HookOutcome::Died { code: status.code(), signal }
    }
}

impl Hint for HookOutcome {
    fn hints(&self) -> Vec<String> {
        match self {
            HookOutcome::BackendUnavailable { missing: Some(module), .. } => vec![format!(
                "add the distribution that provides `{module}` to `[build-system] requires` in pyproject.toml"
            )],
            HookOutcome::Died { signal: Some(9), .. } => {
                vec!["signal 9 is often the system's answer to too little memory".into()]
            }
            _ => Vec::new(),
        }
    }
}
