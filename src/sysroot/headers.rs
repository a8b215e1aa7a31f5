//! Which of zig's directories serve a target, and what zig's own compiler driver defines for them.
//!
//! The names of the directories have changed from release to release (`x86_64-linux-gnu` became
//! `x86-linux-gnu`), so each part of the search list has candidates, of which the first that exists is taken.
//! `zig cc -target T -E -v` shows what zig itself takes.

use std::path::{Path, PathBuf};

use super::{Origin, Sysroot};
use crate::target::Target;

/// The minor version of glibc 2 that headers are restricted to: that of `manylinux2014`, so that an entry
/// promises nothing that a build on an old system lacks.
const GLIBC_MINOR: u32 = 17;
/// Release of macOS that headers are restricted to: the first for arm64.
const MACOS: &str = "11.0.0";
/// The first libclang that defines `TARGET_OS_MAC` and its kin by itself, as Apple's headers now demand.
const OLDEST_FOR_APPLE: u32 = 18;
/// What zig defines for mingw's headers: the universal C runtime, Windows 10.
const MINGW: &[&str] = &["-D__MSVCRT_VERSION__=0xE00", "-D_WIN32_WINNT=0x0a00"];

/// Whether zig may have the headers of a target, for C or C++. It has none of Android, iOS or Emscripten.
pub fn is_in_zig(target: &Target, is_cxx: bool) -> bool {
    match (target.os(), target.env()) {
        ("linux", env) => env.starts_with("gnu") || env.starts_with("musl"),
        ("windows", "msvc") => !is_cxx,
        (os, _) => matches!(os, "macos" | "windows"),
    }
}

/// The headers of a target below zig's `lib`; `None` if some are missing.
pub fn find(lib: &Path, version: &str, target: &Target) -> Option<Sysroot> {
    let include = lib.join("libc").join("include");
    let first = |names: &[String]| names.iter().map(|name| include.join(name)).find(|dir| dir.is_dir());
    let mut dirs: Vec<PathBuf> = Vec::new();
    let mut arguments: Vec<String> = Vec::new();
    let (mut glibc, mut oldest_libclang) = (None, 0);
    let mut triple = target.clang_triple();
    match (target.os(), target.env()) {
        ("linux", env) if env.starts_with("gnu") => {
            let minor = glibc_minor(target.arch());
            dirs.push(first(&glibc_names(target))?);
            dirs.push(first(&["generic-glibc".into()])?);
            dirs.push(first(&kernel_names(target))?);
            dirs.push(first(&["any-linux-any".into()])?);
            arguments.push(format!("-D__GLIBC_MINOR__={minor}"));
            glibc = Some(format!("2.{minor}"));
        }
        ("linux", env) if env.starts_with("musl") => {
            dirs.push(first(&musl_names(target))?);
            dirs.push(first(&["generic-musl".into()])?);
            dirs.push(first(&kernel_names(target))?);
            dirs.push(first(&["any-linux-any".into()])?);
        }
        ("macos", _) => {
            dirs.extend(first(&[format!("{}-macos-any", target.arch())]));
            dirs.push(first(&["any-darwin-any".into(), "any-macos-any".into()])?);
            triple.push_str(MACOS);
            oldest_libclang = OLDEST_FOR_APPLE;
        }
        ("windows", env) => {
            for optional in [format!("{}-windows-gnu", target.arch()), "generic-mingw".into()] {
                dirs.extend(first(&[optional]));
            }
            dirs.push(first(&["any-windows-any".into()])?);
            triple = format!("{}-w64-windows-gnu", target.arch());
            arguments.extend(MINGW.iter().map(|&define| define.to_owned()));
            if env == "msvc" && matches!(target.arch(), "x86_64" | "i686") {
                // Microsoft's, as are the enums, which no option of clang's makes so: the parser does.
                arguments.push("-mlong-double-64".into());
            }
        }
        _ => return None,
    }
    // Some libclangs come with the builtin headers of one architecture only: `arm_neon.h` is then here.
    dirs.push(lib.join("include"));
    let origin = Origin {
        zig: Some(version.to_owned()),
        directory: None,
        glibc,
        triple: triple.clone(),
        arguments: arguments.clone(),
    };
    Some(Sysroot { triple, dirs, arguments, is_searched_by_driver: false, oldest_libclang, origin })
}

/// The minor version of the oldest glibc that is served: that of manylinux2014, or the first that has the architecture.
pub fn glibc_minor(arch: &str) -> u32 {
    match arch {
        "powerpc64le" => 19,
        "riscv64" => 27,
        "loongarch64" => 36,
        _ => GLIBC_MINOR,
    }
}

/// The names of an architecture, the most exact first.
fn names_of(arch: &str) -> Vec<&str> {
    match arch {
        "x86_64" => vec!["x86_64", "x86"],
        "i686" => vec!["i686", "x86", "i386"],
        "armv6" | "armv7" => vec!["arm"],
        "powerpc64le" => vec!["powerpc64le", "powerpc64", "powerpc"],
        "powerpc64" => vec!["powerpc64", "powerpc"],
        "riscv64" => vec!["riscv64", "riscv"],
        "loongarch64" => vec!["loongarch64", "loongarch"],
        "mips64el" => vec!["mips64el", "mips64", "mips"],
        "mips64" => vec!["mips64", "mips"],
        "mipsel" => vec!["mipsel", "mips"],
        "sparc64" => vec!["sparc64", "sparc"],
        other => vec![other],
    }
}

/// glibc's headers serve all word sizes of an architecture, and all its float conventions.
fn glibc_names(target: &Target) -> Vec<String> {
    let named =
        |env: &str| names_of(target.arch()).iter().map(|arch| format!("{arch}-linux-{env}")).collect();
    let exact: Vec<String> = named(target.env());
    let general: Vec<String> = named("gnu");
    exact.into_iter().chain(general).collect()
}

/// musl's headers are those of one word size.
fn musl_names(target: &Target) -> Vec<String> {
    let narrow = ["x86", "arm", "mips", "powerpc", "riscv", "sparc"];
    let is_narrow = !target.arch().contains("64") && target.arch() != "s390x";
    let fits = |arch: &&str| is_narrow || !narrow.contains(arch);
    let all: Vec<&str> = names_of(target.arch()).into_iter().filter(fits).collect();
    [target.env(), "musl"]
        .iter()
        .flat_map(|env| all.iter().map(move |arch| format!("{arch}-linux-{env}")))
        .collect()
}

/// The kernel's headers of an architecture.
fn kernel_names(target: &Target) -> Vec<String> {
    names_of(target.arch()).iter().rev().map(|arch| format!("{arch}-linux-any")).collect()
}
