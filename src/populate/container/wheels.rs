//! The wheels that run in a container, fetched here: so the user's own index, proxy and credentials are used, and a
//! container needs neither a network nor pip.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{Containers, Error, engine};
use crate::provision;
use crate::target::Target;

/// Where the wheel of libclang has its library.
pub const LIBCLANG_DIR: &str = "clang/native";
/// Our own wheel at this version: parser and writers of both sides must be the same.
const OURS: &str = concat!("headerkit-backend==", env!("CARGO_PKG_VERSION"));
/// For the choice of the wheels, which do not depend on it.
const ANY_PYTHON: &str = "3.13";

/// What was unpacked.
pub struct Fetched {
    /// Why there is no libclang with it.
    pub missing_libclang: Option<String>,
}

/// Unpacks our wheel and that of libclang for a target into the directory `tree`.
pub fn fetch(containers: &Containers, target: &Target, tree: &Path) -> Result<Fetched, Error> {
    let pip = Pip::find(&containers.python)?;
    let get =
        |requirements: &[&str], is_offline| pip.unpack(containers, requirements, target, tree, is_offline);
    let libclang = provision::requirement_for(target, &[u32::MAX]);
    let both: Vec<&str> = [OURS].into_iter().chain(libclang).collect();
    let done = Fetched { missing_libclang: None };
    // Starting pip takes longer than what it does: one call does all where that is possible.
    let has_folders = !containers.wheels.is_empty();
    let is_ours_there = has_folders && {
        if libclang.is_some() && get(&both, true).is_ok() {
            return Ok(done);
        }
        get(&[OURS], true).is_ok()
    };
    let online = match (is_ours_there, libclang) {
        (true, None) => Ok(()),
        (true, Some(libclang)) => get(&[libclang], false),
        (false, _) => get(&both, false),
    };
    let missing = match (online, libclang) {
        (Ok(()), Some(_)) => return Ok(done),
        (Ok(()), None) => format!("there is no libclang package for `{target}`"),
        (Err(said), libclang) => {
            if !is_ours_there {
                get(&[OURS], false).map_err(|said| Error::NoWheel {
                    requirement: OURS.into(),
                    target: target.clone(),
                    said: engine::last_lines(&said),
                })?;
            }
            let reason = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            format!("{} could not be fetched ({})", libclang.unwrap_or(OURS), reason.trim())
        }
    };
    // An image may bring its own libclang, so that it is no failure yet.
    Ok(Fetched { missing_libclang: Some(missing) })
}

/// Python's name of an architecture, as platform tags have it.
pub fn python_arch(target: &Target) -> Option<&str> {
    match target.arch() {
        "armv7" => Some("armv7l"),
        "powerpc64le" => Some("ppc64le"),
        arch @ ("x86_64" | "aarch64" | "i686" | "s390x" | "riscv64") => Some(arch),
        _ => None,
    }
}

/// The newest glibc 2 that a wheel may be for which the user has put into a folder.
const NEWEST_GLIBC: u32 = 60;

/// The platform tags that a container of the target can use, for pip's `--platform`, the best first. Its glibc is not
/// known: that of the default images is assumed. What is `own`, in a folder that the user names, comes behind that
/// even if it is for a newer one, because so may be the user's image.
fn platform_tags(target: &Target, own: bool) -> Vec<String> {
    let arch = python_arch(target).unwrap_or(target.arch());
    let policies: Vec<String> = if target.is_musl() {
        ["musllinux_1_2", "musllinux_1_1"].map(Into::into).into()
    } else {
        let newest = match arch {
            "armv7l" => 31,
            "riscv64" => 39,
            _ => 28,
        };
        let name = |minor| format!("manylinux_2_{minor}");
        let old = ["manylinux2014", "manylinux2010", "manylinux1"].map(Into::into);
        let newer = (newest + 1..=if own { NEWEST_GLIBC } else { newest }).map(name);
        (17..=newest).rev().map(name).chain(old).chain(newer).collect()
    };
    let policies = policies.into_iter().chain(["linux".to_owned()]);
    policies.map(|policy| format!("{policy}_{arch}")).collect()
}

/// pip of the interpreter, or the one that uv runs.
struct Pip(Vec<std::ffi::OsString>);

impl Pip {
    fn find(python: &Path) -> Result<Self, Error> {
        let own: Vec<std::ffi::OsString> = vec![python.into(), "-m".into(), "pip".into()];
        let has_pip = Command::new(python)
            .args(["-m", "pip", "--version"])
            .stdin(Stdio::null())
            .output()
            .is_ok_and(|output| output.status.success());
        if has_pip {
            return Ok(Pip(own));
        }
        let uv = which::which("uv").map_err(|_| Error::NoInstaller { python: python.to_owned() })?;
        Ok(Pip(vec![uv.into(), "tool".into(), "run".into(), "--quiet".into(), "pip".into()]))
    }

    /// Unpacks wheels, from the folders alone or from the index too. An error is what pip said.
    fn unpack(
        &self,
        containers: &Containers,
        requirements: &[&str],
        target: &Target,
        tree: &Path,
        is_offline: bool,
    ) -> Result<(), String> {
        let mut command = Command::new(&self.0[0]);
        command.args(&self.0[1..]);
        command.args([
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary",
            ":all:",
            "--no-compile",
            "--no-user",
        ]);
        command.args([
            "--disable-pip-version-check",
            "--implementation",
            "cp",
            "--python-version",
            ANY_PYTHON,
        ]);
        for tag in platform_tags(target, is_offline) {
            command.args(["--platform", &tag]);
        }
        for folder in &containers.wheels {
            command.arg("--find-links").arg(folder);
        }
        if is_offline {
            command.arg("--no-index");
        }
        command.arg("--target").arg(tree).args(requirements);
        command.env("PIP_REQUIRE_VIRTUALENV", "0").stdin(Stdio::null());
        let output = command.output().map_err(|error| error.to_string())?;
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_and_the_image_s_own_platform_tags_are_accepted() {
        let tags = platform_tags(&Target::parse("linux/arm64").unwrap(), false);
        for tag in
            ["manylinux_2_28_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64", "linux_aarch64"]
        {
            assert!(tags.iter().any(|found| found == tag), "{tags:?}");
        }
        let own = platform_tags(&Target::parse("linux/arm64").unwrap(), true);
        assert!(
            own.starts_with(&tags[..tags.len() - 1]) && own.contains(&"manylinux_2_36_aarch64".to_owned())
        );
        let musl = platform_tags(&Target::parse("linux/arm/v7/musl").unwrap(), false);
        assert_eq!(musl, ["musllinux_1_2_armv7l", "musllinux_1_1_armv7l", "linux_armv7l"]);
    }
}
