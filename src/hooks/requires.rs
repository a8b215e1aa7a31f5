//! `get_requires_for_build_*`: what the inner backend needs, and what this very build needs.

use serde_json::{Value, json};

use super::{Context, Error};
use crate::config::Provision;
use crate::generate::{Plan, Session};
use crate::target::Target;

/// libclang from PyPI with its own builtin headers.
const LIBCLANG_NG: &str = "libclang-ng==22.1.4.2";
/// The last one for Python 3.9.
const LIBCLANG_NG_39: &str = "libclang-ng==19.1.7.2";
/// Older, without builtin headers, but with wheels for two more platforms.
const LIBCLANG: &str = "libclang==18.1.1";

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

/// Which distribution has a wheel for the building machine and interpreter.
fn requirement_for(machine: &Target, python: &[u32]) -> Option<&'static str> {
    let ng = if python < [3, 10].as_slice() { LIBCLANG_NG_39 } else { LIBCLANG_NG };
    match (machine.os(), machine.arch(), machine.is_musl()) {
        ("linux", "x86_64" | "aarch64", false) => Some(ng),
        ("macos" | "windows", "x86_64" | "aarch64", _) => Some(ng),
        ("linux", "x86_64", true) | ("linux", "armv7", false) => Some(LIBCLANG),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_packages_with_a_wheel_for_the_machine_are_asked_for() {
        let cases = [
            ("x86_64-linux-gnu", Some(LIBCLANG_NG)),
            ("aarch64-linux-gnu", Some(LIBCLANG_NG)),
            ("aarch64-apple-darwin", Some(LIBCLANG_NG)),
            ("x86_64-pc-windows-msvc", Some(LIBCLANG_NG)),
            ("x86_64-linux-musl", Some(LIBCLANG)),
            ("aarch64-linux-musl", None),
            ("i686-linux-gnu", None),
            ("s390x-linux-gnu", None),
        ];
        for (target, expected) in cases {
            assert_eq!(requirement_for(&Target::parse(target).unwrap(), &[3, 13, 0]), expected, "{target}");
        }
        let linux = Target::parse("x86_64-linux-gnu").unwrap();
        assert_eq!(requirement_for(&linux, &[3, 9, 18]), Some(LIBCLANG_NG_39));
    }
}
