//! `get_requires_for_build_*`: what the inner backend needs, and what this very build needs.

use serde_json::{Value, json};

use super::{Context, Error, modules};
use crate::config::Provision;
use crate::generate::{Plan, Session};
use crate::provision::requirement_for;

pub(super) fn get_requires(context: &mut Context, hook: &str) -> Result<Value, Error> {
    let libclang = match context.session()? {
        Some(session) => {
            let plan = session.plan()?;
            // A setup.py runs in this hook already, and may read the bindings.
            session.write_hits(&plan)?;
            libclang(context, &session, &plan)?
        }
        None => None,
    };
    // The hook is optional: without it nothing is required (PEP 517).
    let inner = context.call(hook, &[])?.unwrap_or_else(|| json!([]));
    let mut requires: Vec<Value> = inner.as_array().cloned().unwrap_or_default();
    requires.extend(libclang.map(Value::from));
    if hook != "get_requires_for_build_sdist" {
        requires.extend(modules::requirements(context)?.into_iter().map(Value::from));
    }
    Ok(Value::Array(requires))
}

/// The libclang requirement, if this build needs one and may have it.
fn libclang(context: &mut Context, session: &Session, plan: &Plan) -> Result<Option<&'static str>, Error> {
    let needed = match context.config.libclang.value {
        Provision::Never => false,
        Provision::Require => true,
        Provision::Auto => session.must_parse(plan) && !session.has_libclang(),
    };
    if !needed {
        return Ok(None);
    }
    let machine = context.machine()?.target;
    let requirement = requirement_for(&machine, &context.request.python.version);
    if requirement.is_none() {
        context.messages.warnings.push(format!(
            "headerkit: bindings must be generated, and no libclang package exists for {machine}; install libclang 14 or \
             later from the system"
        ));
    }
    Ok(requirement)
}
