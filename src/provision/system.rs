//! libclang from the system's package manager, when the user asks for that.

use std::process::Command;

use super::Error;

/// Program and arguments, in the order of trying.
const MANAGERS: &[&[&str]] = &[
    &["apt-get", "install", "-y", "libclang-dev"],
    &["dnf", "install", "-y", "clang-libs"],
    &["microdnf", "install", "-y", "clang-libs"],
    &["yum", "install", "-y", "clang-libs"],
    &["zypper", "--non-interactive", "install", "clang-devel"],
    &["apk", "add", "clang-dev"],
    &["pacman", "-S", "--noconfirm", "clang"],
    &["brew", "install", "llvm"],
    &["winget", "install", "--id", "LLVM.LLVM", "-e"],
    &["choco", "install", "-y", "llvm"],
];
/// Those that run as the user.
const AS_USER: &[&str] = &["brew", "winget", "choco"];

/// The command for this machine, with `sudo` in front where it takes root.
pub fn command() -> Result<Vec<&'static str>, Error> {
    let found = MANAGERS.iter().find(|words| which::which(words[0]).is_ok());
    let Some(words) = found else {
        let names: Vec<&str> = MANAGERS.iter().map(|words| words[0]).collect();
        return Err(Error::NoManager(names.join(", ")));
    };
    let needs_sudo = !AS_USER.contains(&words[0]) && !is_root() && which::which("sudo").is_ok();
    Ok(needs_sudo.then_some("sudo").into_iter().chain(words.iter().copied()).collect())
}

/// Runs it with this terminal.
pub fn run(words: &[&str]) -> Result<(), Error> {
    let status = Command::new(words[0]).args(&words[1..]).status()?;
    if status.success() { Ok(()) } else { Err(Error::Manager(words.join(" "))) }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
