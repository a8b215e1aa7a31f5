//! `get_requires_for_build_*`: what the inner backend needs, and what this very build needs.

use serde_json::{Value, json};

use super::modules::{self, ZIGLANG};
use super::{Context, Error};
use crate::config::Provision;
use crate::env;
use crate::generate::{Plan, Session};
use crate::provision::requirement_for;
use crate::sysroot::is_in_zig;

pub(super) fn get_requires(context: &mut Context, hook: &str) -> Result<Value, Error> {
    let mut lacks_outputs = false;
    let parser = match context.session()? {
        Some(session) => {
            let plan = session.plan()?;
            lacks_outputs = !plan.is_complete();
            // A setup.py runs in this hook already, and may read the bindings.
            if context.is_native(&session)? {
                session.write_hits(&plan)?;
            }
            parser(context, &session, &plan)?
        }
        None => Vec::new(),
    };
    // The hook is optional: without it nothing is required (PEP 517).
    let mut inner = context.call(hook, &[]);
    if let Err(Error::Raised { is_early, .. }) = &mut inner {
        *is_early = lacks_outputs;
    }
    let inner = inner?.unwrap_or_else(|| json!([]));
    let mut requires: Vec<Value> = inner.as_array().cloned().unwrap_or_default();
    requires.extend(parser.into_iter().map(Value::from));
    if hook != "get_requires_for_build_sdist" {
        requires.extend(modules::requirements(context)?.into_iter().map(Value::from));
    }
    Ok(Value::Array(requires))
}

/// What is said of libraries that cannot be used, before the front end is asked for one that can.
fn passed_over(unusable: &[String], requirement: Option<&str>) -> Option<String> {
    let requirement = requirement.filter(|_| !unusable.is_empty())?;
    Some(format!(
        "{requirement} is asked for, because no libclang of this machine can be used ({})",
        unusable.join("; ")
    ))
}

/// What parsing requires, if this build needs to and may: libclang, and zig for another system's headers.
fn parser(context: &mut Context, session: &Session, plan: &Plan) -> Result<Vec<&'static str>, Error> {
    let needed = match context.config.libclang.value {
        Provision::Never => false,
        Provision::Require => true,
        Provision::Auto => session.must_parse(plan) && !session.has_libclang(),
    };
    let sysroots = context.config.libclang.value != Provision::Never && session.must_parse(plan);
    let is_served = sysroots && !context.is_native(session)? && is_in_zig(&session.target, false);
    let zig = (is_served && env::get(env::ZIG).is_none()).then_some(ZIGLANG);
    if !needed {
        return Ok(Vec::from_iter(zig));
    }
    let machine = context.machine()?.target;
    let requirement = requirement_for(&machine, &context.request.python.version);
    if context.config.libclang.value == Provision::Auto {
        context.messages.notes.extend(passed_over(session.unusable_libclang(), requirement));
    }
    if requirement.is_none() {
        context.messages.warnings.push(format!(
            "headerkit: bindings must be generated, and no libclang package exists for {machine}; install libclang 14 or \
             later from the system"
        ));
    }
    Ok(requirement.into_iter().chain(zig).collect())
}
