//! Where the file of a library lies.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Error;
use crate::roots;
use crate::target::Target;

/// The file by path or by name; see [`super::find()`].
pub(super) fn find(name: &str, base: &Path, target: &Target) -> Result<PathBuf, Error> {
    let direct = roots::normalize(&base.join(name));
    let is_path = name.contains(['/', '\\']);
    if (is_path || is_file_name(name)) && direct.is_file() {
        return Ok(direct);
    }
    let missing = |searched: Vec<PathBuf>| Error::Missing {
        name: name.to_owned(),
        searched: searched.iter().map(|place| place.display().to_string()).collect(),
    };
    if is_path {
        return Err(missing(vec![direct]));
    }
    let standard = standard_directories(target);
    if let Some(found) = in_directories(name, &standard) {
        return Ok(found);
    }
    // The compiler is only asked if need be: starting one takes longer than everything else here.
    let mut asked = compiler_directories(target);
    asked.retain(|dir| !standard.contains(dir));
    in_directories(name, &asked).ok_or_else(|| missing(standard.into_iter().chain(asked).collect()))
}

/// Whether the name is that of a file, so that no prefix and suffix belong to it.
fn is_file_name(name: &str) -> bool {
    let endings = [".so", ".a", ".dylib", ".tbd", ".lib", ".dll", ".o", ".obj"];
    endings.iter().any(|ending| name.ends_with(ending)) || name.contains(".so.")
}

/// The first directory that has the library: shared before static, as linkers prefer it, and what has
/// only a version last.
fn in_directories(name: &str, dirs: &[PathBuf]) -> Option<PathBuf> {
    let names = match is_file_name(name) {
        true => vec![name.to_owned()],
        false => vec![
            format!("lib{name}.so"),
            format!("lib{name}.dylib"),
            format!("lib{name}.tbd"),
            format!("lib{name}.dll.a"),
            format!("{name}.lib"),
            format!("{name}.dll"),
            format!("lib{name}.a"),
        ],
    };
    let exact = dirs.iter().find_map(|dir| {
        names
            .iter()
            .map(|file| dir.join(file))
            .find(|path| path.is_file())
            .map(|path| roots::normalize(&path))
    });
    exact.or_else(|| dirs.iter().find_map(|dir| versioned(name, dir)))
}

/// `libNAME.so.N` with the highest version; run-time packages have no plain name.
fn versioned(name: &str, dir: &Path) -> Option<PathBuf> {
    let prefix = format!("lib{}.so.", name.strip_prefix("lib").unwrap_or(name).trim_end_matches(".so"));
    let version = |path: &Path| -> Option<Vec<u64>> {
        let file = path.file_name()?.to_str()?;
        file.strip_prefix(&prefix)?.split('.').map(|part| part.parse().ok()).collect()
    };
    let entries = fs_err::read_dir(dir).ok()?;
    let found = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    found.filter_map(|path| Some((version(&path)?, path))).max().map(|(_, path)| path)
}

/// Where distributions and SDKs keep the target's libraries.
fn standard_directories(target: &Target) -> Vec<PathBuf> {
    let multiarch = match target.arch() {
        "i686" => format!("i386-{}-{}", target.os(), target.env()),
        "armv7" | "armv6" => format!("arm-{}-{}", target.os(), target.env()),
        _ => target.to_string(),
    };
    let native = target.os() == std::env::consts::OS && target.arch() == std::env::consts::ARCH;
    let mut dirs = vec![
        format!("/usr/local/lib/{multiarch}"),
        format!("/usr/lib/{multiarch}"),
        format!("/lib/{multiarch}"),
        format!("/usr/{multiarch}/lib"),
    ];
    if native {
        dirs.extend(
            ["/usr/local/lib", "/usr/lib64", "/lib64", "/usr/lib", "/lib", "/opt/homebrew/lib"]
                .map(str::to_owned),
        );
    }
    dirs.into_iter().map(PathBuf::from).filter(|dir| dir.is_dir()).collect()
}

/// The directories that the target's compiler passes to the linker.
fn compiler_directories(target: &Target) -> Vec<PathBuf> {
    let native = target.os() == std::env::consts::OS && target.arch() == std::env::consts::ARCH;
    let compiler = if native { "cc".to_owned() } else { format!("{target}-gcc") };
    let Ok(program) = which::which(compiler) else { return Vec::new() };
    let output = Command::new(program)
        .arg("-print-search-dirs")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    let Ok(output) = output else { return Vec::new() };
    let text = String::from_utf8_lossy(&output.stdout);
    let Some(list) = text.lines().find_map(|line| line.strip_prefix("libraries: =")) else {
        return Vec::new();
    };
    std::env::split_paths(list).map(|dir| roots::normalize(&dir)).filter(|dir| dir.is_dir()).collect()
}
