//! The wire format between shim and binary: one request in, one response out, both JSON.
//!
//! The shim and the binary come in one wheel, so the version guards against a mixed installation only.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Bump it when a shim of the previous number would be misunderstood.
pub const PROTOCOL_VERSION: u32 = 1;

/// A hook call.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// [`PROTOCOL_VERSION`] of the shim.
    pub protocol: u32,
    /// Name of the hook, or `capabilities`.
    pub hook: String,
    /// The directory of pyproject.toml: front ends call hooks with it as working directory.
    pub project: String,
    /// The hook's arguments.
    pub arguments: Arguments,
    /// The calling interpreter.
    pub python: Python,
}

/// The arguments of all hooks together.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arguments {
    /// `build_wheel`, `build_editable`.
    pub wheel_directory: Option<String>,
    /// `build_sdist`.
    pub sdist_directory: Option<String>,
    /// The metadata hooks, and what a front end passes on to the build hooks.
    pub metadata_directory: Option<String>,
    /// As the front end gave them.
    pub config_settings: Option<Value>,
}

/// What only the interpreter knows.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
pub struct Python {
    /// `sys.executable`.
    pub executable: String,
    /// `sys.path` without empty entries.
    pub path: Vec<String>,
    /// `sys.version_info[:3]`.
    pub version: Vec<u32>,
    /// `sys.implementation.name`.
    #[serde(default)]
    pub implementation: Option<String>,
    /// `sysconfig.get_platform()`.
    pub platform: String,
    /// `HOST_GNU_TYPE` of the interpreter's build, on POSIX.
    pub host_gnu_type: Option<String>,
    /// `CS_GNU_LIBC_VERSION`; absent where libc is not glibc.
    pub libc: Option<String>,
    /// `EXT_SUFFIX`.
    pub ext_suffix: Option<String>,
    /// `SOABI`.
    pub soabi: Option<String>,
    /// Directory of Python.h.
    pub include: Option<String>,
}

/// A call of the Python API: one line of JSON. The answer is a line with a [`Response`].
#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    /// [`PROTOCOL_VERSION`] of the caller.
    pub protocol: u32,
    /// What to do, such as `generate`.
    pub call: String,
    /// Its arguments.
    pub arguments: Value,
    /// The calling interpreter.
    pub python: Python,
}

/// The answer to a [`Request`] or a [`Call`].
#[derive(Debug, Clone, Serialize)]
pub struct Response {
    /// [`PROTOCOL_VERSION`] of the binary.
    pub protocol: u32,
    /// What the hook or call returns.
    pub result: Value,
    /// Messages for `warnings.warn`: the only channel that front ends show by default.
    pub warnings: Vec<String>,
    /// Lines for standard error: worth knowing, but nothing to act on.
    pub notes: Vec<String>,
    /// Set if it failed.
    pub error: Option<ErrorReport>,
}

/// An expected failure.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorReport {
    /// Name of the kind, such as `LibclangUnavailableError`.
    pub kind: String,
    /// The block to print on standard error, with a final newline; for a call, the message of the exception.
    pub text: String,
}
