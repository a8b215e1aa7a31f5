//! What all hooks need: configuration, inner backend, machine.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Error, Messages};
use crate::compile::Platform;
use crate::config::{self, Config, FileChoice, Sources, Text};
use crate::diagnostics::Severity;
use crate::env;
use crate::generate::{
    Files, Generated, Host, Machine, Policy, Report, Session, UNUSED_PATTERN, writer_infos,
};
use crate::inner::{self, HookOutcome, InnerBackend, Python};
use crate::protocol::{self, Request};
use crate::target::{self, Target};

pub(super) struct Context<'a> {
    pub request: &'a Request,
    pub config: Config,
    pub messages: &'a mut Messages,
    inner: InnerBackend,
    /// The front end's config settings without ours.
    settings: Option<Value>,
}

impl<'a> Context<'a> {
    pub fn new(request: &'a Request, messages: &'a mut Messages) -> Result<Self, Error> {
        let (overrides, settings) = config::take_ours(request.arguments.config_settings.clone())?;
        let config = load(request, overrides)?;
        let backend = config::inner::resolve(&config)?;
        let inner = InnerBackend {
            spec: backend.spec,
            backend_path: backend.backend_path.iter().map(PathBuf::from).collect(),
            python: Python {
                executable: PathBuf::from(&request.python.executable),
                sys_path: request.python.path.clone(),
            },
            project: config.project.clone(),
        };
        Ok(Context { request, config, messages, inner, settings })
    }

    /// The interpreter's machine.
    pub fn machine(&self) -> Result<Machine, Error> {
        Ok(machine(&self.request.python)?)
    }

    /// Whether what is built is for the interpreter's own machine.
    pub fn is_native(&self, session: &Session) -> Result<bool, Error> {
        Ok(session.target == self.machine()?.target)
    }

    /// What is built for, if that is not the interpreter's own machine.
    pub fn foreign(&self) -> Result<Option<Target>, Error> {
        let Some(triple) = self.config.target()? else { return Ok(None) };
        let (target, own) = (Target::parse(&triple)?, self.machine()?.target);
        Ok((target != own).then_some(target))
    }

    /// Fails for another target: an editable install is used here, and outputs for others are in wheels only.
    pub fn is_for_this_machine(&self) -> Result<(), Error> {
        let Some(target) = self.foreign()? else { return Ok(()) };
        let origin = self.config.target.as_ref().map(|target| target.origin.to_string()).unwrap_or_default();
        Err(Error::EditableElsewhere {
            target: target.to_string(),
            origin,
            machine: self.machine()?.target.to_string(),
        })
    }

    /// What modules are compiled for.
    pub fn platform(&self) -> Result<Platform, Error> {
        let native = self.machine()?.target;
        Ok(Platform::new(&native, self.config.target()?.as_deref())?)
    }

    /// The session of the configured headers; `None` if there are none.
    pub fn session(&mut self) -> Result<Option<Session>, Error> {
        if self.config.headers.is_empty() {
            // Once per build, not once per hook.
            if self.request.hook.starts_with("build_") && self.config.extensions.is_empty() {
                self.messages.warnings.push(
                    "headerkit: no headers are configured under [tool.headerkit.headers]; nothing to generate"
                        .into(),
                );
            }
            return Ok(None);
        }
        let machine = self.machine()?;
        let cwd = self.config.project.clone();
        Ok(Some(Session::open(self.config.clone(), &[], &cwd, machine)?))
    }

    /// Generates all outputs and passes on what the user must know.
    pub fn generate(&mut self, session: &Session, tolerate_failures: bool) -> Result<Report, Error> {
        let plan = session.plan()?;
        if env::is_verbose() {
            self.messages.notes.extend(session.describe(&plan));
        }
        // What is made for another system goes into its wheel only; an editable install of it is nobody's.
        let files = match self.request.hook.ends_with("_editable") {
            _ if !self.is_native(session)? => Files::None,
            true => Files::All,
            false => Files::Possible,
        };
        let mut report = session.attempt(&plan, Policy { tolerate_failures, files, leaves_index: false })?;
        if env::is_verbose() {
            report.add_details(session.stored_details(&plan));
        }
        self.messages.notes.extend(report.notes.iter().cloned());
        self.messages.warnings.extend(report.warnings.iter().map(|text| format!("headerkit: {text}")));
        for skipped in &report.skipped {
            self.messages.warnings.push(format!(
                "headerkit: no {} output of {}: {}",
                skipped.writer, skipped.header, skipped.reason
            ));
        }
        // A source distribution has no bindings.
        if self.request.hook != "build_sdist" {
            self.tell_left_out(session, &report)?;
        }
        Ok(report.checked()?)
    }

    /// What outputs lack of their headers: a line for each output, everything only for who asks for it.
    fn tell_left_out(&mut self, session: &Session, report: &Report) -> Result<(), Error> {
        const COMMAND: &str = "headerkit-backend inspect warnings";
        let target = match self.is_native(session)? {
            true => String::new(),
            false => format!(" --target {}", session.target),
        };
        for Generated { name, header, writer, warnings, .. } in &report.generated {
            let counted = match warnings {
                0 => continue,
                1 => "1 warning".to_owned(),
                number => format!("{number} warnings"),
            };
            self.messages.warnings.push(format!(
                "headerkit: `{name}` leaves out or changes parts of `{header}` ({counted}); to list them: `{COMMAND} {header} \
                 -w {writer}{target}`"
            ));
        }
        let found: Vec<_> = report.diagnostics.iter().chain(&report.stored_diagnostics).collect();
        if env::is_verbose() {
            self.messages.findings.extend(found.into_iter().cloned());
            return Ok(());
        }
        let notes = found.iter().filter(|found| found.severity == Severity::Note && !found.is_detail());
        let (unused, others): (Vec<_>, Vec<_>) =
            notes.map(|found| found.message.clone()).partition(|text| text.starts_with(UNUSED_PATTERN));
        self.messages.notes.extend(unused);
        if !others.is_empty() {
            self.messages.notes.push(format!(
                "some macros or inline functions are not bound; to list them: `{COMMAND}{target}`"
            ));
        }
        Ok(())
    }

    /// Calls a hook of the inner backend with directories, in the order of PEP 517, and the config settings, which stand
    /// behind the first; `None` if it has no such hook.
    pub fn call(&mut self, hook: &str, directories: &[Option<&str>]) -> Result<Option<Value>, Error> {
        let mut arguments: Vec<Value> = directories.iter().map(|path| Value::from(*path)).collect();
        arguments.insert(directories.len().min(1), self.settings.clone().unwrap_or(Value::Null));
        let spec = self.inner.spec.clone();
        let hook = hook.to_owned();
        match self.inner.call(&hook, &arguments).map_err(|error| self.inner_error(error))? {
            HookOutcome::Returned { value, warnings } => {
                self.messages.warnings.extend(warnings.into_iter().map(|warning| warning.message));
                Ok(Some(value))
            }
            HookOutcome::Missing => Ok(None),
            HookOutcome::Unsupported { message } => Err(Error::Unsupported { spec, hook, message }),
            HookOutcome::BackendUnavailable { traceback, summary, missing } => {
                let required = config::inner::distribution_of(&spec)
                    .filter(|name| config::inner::is_required(&self.config.build_requires, name));
                Err(Error::Unavailable { spec, summary, missing, required, traceback })
            }
            HookOutcome::Raised { traceback, summary } => {
                let is_foreign = self.foreign()?.is_some();
                Err(Error::Raised { spec, hook, summary, traceback, is_foreign, is_early: false })
            }
            HookOutcome::Exited { code, message } => {
                let detail = message.map(|text| format!(": {text}")).unwrap_or_default();
                Err(Error::Died { spec, hook, status: format!("exit status {code}{detail}") })
            }
            HookOutcome::Died { code, signal } => {
                let status = match (code, signal) {
                    (_, Some(signal)) => format!("signal {signal}"),
                    (code, None) => format!("exit status {}", code.unwrap_or_default()),
                };
                Err(Error::Died { spec, hook, status })
            }
        }
    }

    /// An error of the inner backend, with its place in the configuration.
    fn inner_error(&self, error: inner::Error) -> Error {
        let (inner::Error::BackendPath { path } | inner::Error::BackendPathMissing { path, .. }) = &error
        else {
            return error.into();
        };
        let is_meant =
            |text: &&Text| self.config.expand(text).is_ok_and(|written| Path::new(&written) == path);
        match self.config.backend_path.iter().find(is_meant) {
            Some(text) => Error::BackendPath { place: Box::new(text.place.clone()), source: error },
            None => error.into(),
        }
    }

    /// The error for a hook that the inner backend must have.
    pub fn missing_hook(&self, hook: &str) -> Error {
        Error::MissingHook { spec: self.inner.spec.clone(), hook: hook.into() }
    }

    /// An argument of the hook that must be there.
    pub fn argument(&self, argument: &'static str) -> Result<PathBuf, Error> {
        let arguments = &self.request.arguments;
        let value = match argument {
            "wheel_directory" => &arguments.wheel_directory,
            "sdist_directory" => &arguments.sdist_directory,
            _ => &arguments.metadata_directory,
        };
        // Front ends give absolute paths; by hand and from tests they may be relative to the project.
        value
            .as_ref()
            .map(|text| self.config.project.join(text))
            .ok_or_else(|| Error::MissingArgument { hook: self.request.hook.clone(), argument })
    }
}

/// The machine that an interpreter runs on.
pub fn machine(python: &protocol::Python) -> Result<Machine, target::Error> {
    let is_other = env::get(env::PYTHON_HOST_PLATFORM).is_some_and(|platform| !platform.is_empty());
    let mut machine = Machine::of_python(
        python.host_gnu_type.as_deref().filter(|_| !is_other),
        platform(&python.platform, env::get),
        python.libc.as_deref().is_some_and(|libc| libc.starts_with("glibc")),
    )?;
    machine.sys_path = python.path.iter().map(PathBuf::from).collect();
    machine.python = PathBuf::from(&python.executable);
    machine.host =
        Host::Interpreter { executable: machine.python.clone(), sys_path: machine.sys_path.clone() };
    Ok(machine)
}

/// The platform that an interpreter builds for. cibuildwheel has one for x86_64 build for Windows on ARM, and says so as
/// Visual Studio's command prompts do, and in the name of modules.
fn platform(own: &str, variable: impl Fn(&str) -> Option<String>) -> &str {
    let says = |name: &str, value: &str| variable(name).is_some_and(|text| text.ends_with(value));
    let is_arm = says(env::VSCMD_ARG_TGT_ARCH, "arm64") || says(env::SETUPTOOLS_EXT_SUFFIX, "-win_arm64.pyd");
    if own == "win-amd64" && is_arm { "win-arm64" } else { own }
}

fn load(request: &Request, overrides: config::Overrides) -> Result<Config, config::Error> {
    config::load(
        Sources {
            project: &PathBuf::from(&request.project),
            file: FileChoice::Auto,
            overrides: config::Overrides { caller: config::Caller::FrontEnd, ..overrides },
            environment: &env::get,
        },
        &writer_infos(),
    )
}

/// Names of the optional hooks that exist. Where that cannot be known, `build_editable` is claimed:
/// calling it tells the user what is wrong, which a missing attribute would not.
pub(super) fn capabilities(request: &Request) -> Vec<String> {
    let mut messages = Messages::default();
    let known =
        Context::new(request, &mut messages).ok().and_then(|context| context.inner.capabilities().ok());
    known.map_or_else(|| vec!["build_editable".to_owned()], |known| known.hooks)
}

#[cfg(test)]
mod tests {
    use super::{env, platform};

    #[test]
    fn an_interpreter_may_build_for_windows_on_arm() {
        let told = |own, name: &str, value: &str| {
            platform(own, |asked| (asked == name).then(|| value.to_owned())).to_owned()
        };
        assert_eq!(told("win-amd64", env::VSCMD_ARG_TGT_ARCH, "arm64"), "win-arm64");
        assert_eq!(told("win-amd64", env::SETUPTOOLS_EXT_SUFFIX, ".cp311-win_arm64.pyd"), "win-arm64");
        assert_eq!(told("win-amd64", env::SETUPTOOLS_EXT_SUFFIX, ".cp311-win_amd64.pyd"), "win-amd64");
        // The prompt that Visual Studio calls its own is for x86, whatever the interpreter is.
        assert_eq!(told("win-amd64", env::VSCMD_ARG_TGT_ARCH, "x86"), "win-amd64");
        assert_eq!(told("win32", env::VSCMD_ARG_TGT_ARCH, "arm64"), "win32");
        assert_eq!(told("linux-x86_64", env::VSCMD_ARG_TGT_ARCH, "arm64"), "linux-x86_64");
    }
}
