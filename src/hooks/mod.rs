//! The hooks of PEP 517 and PEP 660: what each one generates, asks of the inner backend and completes.
//!
//! The only module that knows both worlds, bindings and packaging.

mod context;
mod error;
mod metadata;
mod modules;
mod requires;
mod sbom;
mod sdist;
mod wheel;

use std::path::Path;

use serde_json::{Value, json};

pub use crate::compile::system_compiler;
pub use context::machine;
pub use error::Error;
pub use modules::{Uncompiled, uncompiled};

use crate::diagnostics::Diagnostic;
use crate::protocol::{PROTOCOL_VERSION, Request};
use context::Context;

/// Asks which of the optional hooks exist; not a hook of a front end.
const CAPABILITIES: &str = "capabilities";

/// What a hook says besides its value.
#[derive(Debug, Default)]
pub struct Messages {
    /// What a person must see.
    pub warnings: Vec<String>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// What `warnings` only count, if all of it is wanted.
    pub findings: Vec<Diagnostic>,
}

/// Runs a hook. Returns its value, or why it failed.
pub fn run(request: &Request, messages: &mut Messages) -> Result<Value, Error> {
    if request.protocol != PROTOCOL_VERSION {
        return Err(Error::Protocol { shim: request.protocol, binary: PROTOCOL_VERSION });
    }
    if !Path::new(&request.project).is_dir() {
        return Err(Error::NoProject(request.project.clone()));
    }
    if !Path::new(&request.project).join("pyproject.toml").is_file() {
        return Err(Error::NoPyproject(request.project.clone()));
    }
    let hook = request.hook.as_str();
    if hook == CAPABILITIES {
        return Ok(json!(context::capabilities(request)));
    }
    let mut context = Context::new(request, messages)?;
    if hook.ends_with("_editable") {
        context.is_for_this_machine()?;
    }
    match hook {
        "get_requires_for_build_wheel"
        | "get_requires_for_build_sdist"
        | "get_requires_for_build_editable" => requires::get_requires(&mut context, hook),
        "prepare_metadata_for_build_wheel" => metadata::prepare(&mut context, hook, "build_wheel"),
        "prepare_metadata_for_build_editable" => metadata::prepare(&mut context, hook, "build_editable"),
        "build_wheel" | "build_editable" => wheel::build(&mut context, hook),
        "build_sdist" => sdist::build(&mut context),
        unknown => Err(Error::UnknownHook(unknown.to_owned())),
    }
}
