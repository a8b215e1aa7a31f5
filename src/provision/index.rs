//! Downloads with pip, or uv where there is no pip.

use std::path::Path;
use std::process::{Command, Stdio};

use fs_err as fs;
use serde_json::Value;

use super::Error;

/// For the choice of the wheel, which runs without Python.
const ANY_PYTHON: &str = "3.13";
/// Lines of an installer's report that an error repeats.
const LINES: usize = 8;

/// Unpacks a requirement into the directory `tree`; `scratch` takes temporary files.
pub fn download(python: &Path, requirement: &str, tree: &Path, scratch: &Path) -> Result<(), Error> {
    let has_pip = quiet(Command::new(python).args(["-m", "pip", "--version"])).is_ok();
    let (installer, hashed): (&'static str, String) = if has_pip {
        ("pip", pip_hashes(python, requirement, scratch)?)
    } else if which::which("uv").is_ok() {
        ("uv", uv_hashes(requirement, scratch)?)
    } else {
        return Err(Error::NoInstaller { python: python.to_owned() });
    };
    let file = scratch.join("requirements.txt");
    fs::write(&file, hashed)?;
    let mut command = if has_pip { pip(python) } else { uv() };
    command.args(["--require-hashes", "--target"]).arg(tree).arg("-r").arg(&file);
    run(&mut command, installer, requirement).map(drop)
}

/// `pip install` of wheels only, whatever the environment says that would contradict `--target`.
fn pip(python: &Path) -> Command {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]);
    command.args(["--python-version", ANY_PYTHON, "--disable-pip-version-check", "--no-user"]);
    command.env("PIP_REQUIRE_VIRTUALENV", "0");
    command
}

fn uv() -> Command {
    let mut command = Command::new("uv");
    command.args(["pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]);
    command.args(["--python-version", ANY_PYTHON]);
    command
}

/// The requirement with the SHA-256 of the one wheel that pip would choose, as its index gives it.
fn pip_hashes(python: &Path, requirement: &str, scratch: &Path) -> Result<String, Error> {
    let report = scratch.join("report.json");
    let mut command = pip(python);
    command.args(["--dry-run", "--ignore-installed", "--target"]).arg(scratch.join("none"));
    command.arg("--report").arg(&report).arg(requirement);
    run(&mut command, "pip", requirement)?;
    let report: Value = serde_json::from_slice(&fs::read(&report)?).unwrap_or_default();
    let digest = report["install"][0]["download_info"]["archive_info"]["hashes"]["sha256"].as_str();
    let digest = digest.ok_or_else(|| Error::NoDigest(requirement.to_owned()))?;
    Ok(format!("{requirement} --hash=sha256:{digest}\n"))
}

/// The requirement with the hashes of all its wheels.
fn uv_hashes(requirement: &str, scratch: &Path) -> Result<String, Error> {
    let input = scratch.join("requirements.in");
    fs::write(&input, requirement)?;
    let mut command = Command::new("uv");
    command.args([
        "pip",
        "compile",
        "--quiet",
        "--generate-hashes",
        "--no-deps",
        "--no-header",
        "--no-annotate",
    ]);
    command.args(["--python-version", ANY_PYTHON]).arg(&input);
    let hashed = run(&mut command, "uv", requirement)?;
    if hashed.contains("--hash=sha256:") { Ok(hashed) } else { Err(Error::NoDigest(requirement.to_owned())) }
}

/// Runs an installer; returns what it wrote on standard output.
fn run(command: &mut Command, installer: &'static str, requirement: &str) -> Result<String, Error> {
    quiet(command).map_err(|said| {
        let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        let said = lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("  {line}"));
        Error::Failed {
            installer,
            requirement: requirement.to_owned(),
            said: said.collect::<Vec<_>>().join("\n"),
        }
    })
}

/// Standard output if it succeeds, else standard error or the reason why it does not start.
fn quiet(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    let text = if output.status.success() { output.stdout } else { output.stderr };
    let text = String::from_utf8_lossy(&text).into_owned();
    if output.status.success() { Ok(text) } else { Err(text) }
}
