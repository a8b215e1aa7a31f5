//! The Python whose writers can be used: an interpreter to start, or the process that calls us.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::program::{Program, Said};
use crate::write::Options;

/// Runs the module with the given `sys.path`; the working directory, which is the project, is no place
/// to import from.
const RUN: &str = "\
import os, sys
path = sys.argv.pop(1)
sys.path[:] = path.split(os.pathsep) if path else [entry for entry in sys.path if entry]
try:
    from headerkit_backend.writers import main
except ImportError as error:
    sys.exit('%s: %s' % (sys.executable, error))
sys.exit(main(sys.argv[1:]))";

/// Name of the variable that holds a writer's options as JSON.
pub const OPTIONS: &str = "HEADERKIT_WRITER_OPTIONS";

/// Asks the calling process a question and returns its answer.
pub type Ask = dyn Fn(&Value) -> io::Result<Value> + Send + Sync;

/// A Python that may have writers.
#[derive(Clone)]
pub enum Host {
    /// An interpreter.
    Interpreter {
        /// Its path, or a name to look up.
        executable: PathBuf,
        /// Its `sys.path`; empty for what it has by itself.
        sys_path: Vec<PathBuf>,
    },
    /// The process that calls us.
    Caller(Arc<Ask>),
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// What a Python knows of a writer.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Known {
    /// Decides with the options what it writes; `None` if that cannot be told.
    #[serde(default)]
    pub version: Option<String>,
    /// Whether its outputs may be stored.
    #[serde(default)]
    pub cache_output: bool,
    /// Extension of its outputs.
    #[serde(default)]
    pub output_extension: Option<String>,
    /// Where its output goes if nobody says so.
    #[serde(default)]
    pub default_output_pattern: Option<String>,
    /// Why it cannot be loaded, although it is there.
    #[serde(default)]
    pub error: Option<String>,
}

impl Host {
    /// For messages: which Python it is.
    pub fn name(&self) -> String {
        match self {
            Host::Interpreter { executable, .. } => format!("`{}`", executable.display()),
            Host::Caller(_) => "this process".into(),
        }
    }

    /// What is known of each writer. A problem is one sentence.
    pub fn describe(
        &self,
        names: &[&str],
        plugins: &[String],
        project: &Path,
    ) -> Result<BTreeMap<String, Option<Known>>, String> {
        let answer = match self {
            Host::Interpreter { .. } => {
                let mut arguments = vec!["--describe".to_owned()];
                arguments.extend(names.iter().map(|&name| name.to_owned()));
                let program = self.program(plugins, arguments, project, &Options::new());
                let said = program.run(b"").map_err(|failure| one_line(&failure))?;
                serde_json::from_slice(&said.output).map_err(|error| error.to_string())?
            }
            Host::Caller(ask) => {
                let question = json!({"ask": "describe", "names": names, "plugins": plugins});
                let mut answer = ask(&question).map_err(|error| error.to_string())?;
                if let Some(error) = answer["error"].as_str() {
                    return Err(error.to_owned());
                }
                answer["writers"].take()
            }
        };
        serde_json::from_slice(answer.to_string().as_bytes()).map_err(|error| error.to_string())
    }

    /// Runs a writer on a stored IR. A problem is one sentence and the lines below it.
    pub fn write(
        &self,
        name: &str,
        options: &Options,
        plugins: &[String],
        project: &Path,
        ir: &[u8],
    ) -> Result<Said, String> {
        match self {
            Host::Interpreter { executable, .. } => {
                let program = self.program(plugins, vec![name.to_owned()], project, options);
                program.run(ir).map_err(|failure| format!("`{}` {}", executable.display(), chain(&failure)))
            }
            Host::Caller(ask) => {
                let question = json!({
                    "ask": "write", "name": name, "options": options, "ir": String::from_utf8_lossy(ir),
                });
                let answer = ask(&question).map_err(|error| error.to_string())?;
                match (answer["text"].as_str(), answer["error"].as_str()) {
                    (Some(text), _) => Ok(Said { output: text.as_bytes().to_vec(), errors: Vec::new() }),
                    (None, Some(error)) => Err(error.to_owned()),
                    (None, None) => Err("it gave no answer".into()),
                }
            }
        }
    }

    fn program(
        &self,
        plugins: &[String],
        arguments: Vec<String>,
        project: &Path,
        options: &Options,
    ) -> Program {
        let (executable, sys_path) = match self {
            Host::Interpreter { executable, sys_path } => (executable.clone(), sys_path.as_slice()),
            Host::Caller(_) => (PathBuf::new(), [].as_slice()),
        };
        let path = std::env::join_paths(sys_path).unwrap_or_default().to_string_lossy().into_owned();
        let mut all = vec!["-c".to_owned(), RUN.to_owned(), path];
        all.extend(plugins.iter().map(|module| format!("--plugin={module}")));
        all.extend(arguments);
        Program {
            program: executable,
            arguments: all,
            directory: project.to_owned(),
            variables: vec![(OPTIONS, json!(options).to_string()), ("PYTHONUTF8", "1".into())],
        }
    }
}

/// An error and its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

fn one_line(error: &dyn std::error::Error) -> String {
    let text = chain(error);
    text.lines().map(str::trim).collect::<Vec<_>>().join(": ")
}
