//! Every environment variable that this program reads, and nothing else.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Directory of the store; beats `store_dir` in the configuration.
pub const STORE_DIR: &str = "HEADERKIT_STORE_DIR";
/// Target triple; beats `target` in the configuration.
pub const TARGET: &str = "HEADERKIT_TARGET";
/// Bypass the store altogether (`1`/`true`/`yes`, `0`/`false`/`no`).
pub const NO_CACHE: &str = "HEADERKIT_NO_CACHE";
/// Bypass stored IR.
pub const NO_IR_CACHE: &str = "HEADERKIT_NO_IR_CACHE";
/// Bypass stored outputs.
pub const NO_OUTPUT_CACHE: &str = "HEADERKIT_NO_OUTPUT_CACHE";
/// Whether a build may ask for libclang as a build requirement (`libclang` in the configuration).
pub const AUTO_INSTALL_LIBCLANG: &str = "HEADERKIT_AUTO_INSTALL_LIBCLANG";
/// The libclang library, or the directory that holds it. Nothing else is tried when it is set.
pub const LIBCLANG_PATH: &str = "LIBCLANG_PATH";
/// `debug` says on standard error what the store was asked and what it answered, in hooks as with `--verbose`.
pub const LOG: &str = "HEADERKIT_LOG";
/// File that hooks append their warnings to: front ends need not show them, which `wheels` does.
pub const WARNINGS: &str = "HEADERKIT_WARNINGS";
/// Keeps control directories and names them.
pub const KEEP_TEMP: &str = "HEADERKIT_KEEP_TEMP";
/// Turns colors off, whatever its value (<https://no-color.org>).
pub const NO_COLOR: &str = "NO_COLOR";
/// Date for everything stored or shipped, in seconds since 1970
/// (<https://reproducible-builds.org/specs/source-date-epoch/>).
pub const SOURCE_DATE_EPOCH: &str = "SOURCE_DATE_EPOCH";
/// The zig program, or the directory that holds it: its headers serve targets that are not this machine. Nothing
/// else is tried when it is set.
pub const ZIG: &str = "HEADERKIT_ZIG";
/// The interpreter whose writers the commands can use; set by `python -m headerkit_backend`.
pub const PYTHON: &str = "HEADERKIT_PYTHON";
/// Seconds after which a parse, or a writer of the user's, that does not end counts as hung.
pub const PARSE_TIMEOUT: &str = "HEADERKIT_PARSE_TIMEOUT";
/// Directory for the objects of extension modules; default: below the user's cache directory.
pub const BUILD_DIR: &str = "HEADERKIT_BUILD_DIR";
/// Program that compilations are handed to, such as `ccache`; beats `launcher` in the configuration.
pub const LAUNCHER: &str = "HEADERKIT_LAUNCHER";
/// The C compiler of the system, with arguments.
pub const CC: &str = "CC";
/// The C++ compiler of the system, with arguments.
pub const CXX: &str = "CXX";
/// Arguments for compiling C.
pub const CFLAGS: &str = "CFLAGS";
/// Arguments for compiling C++.
pub const CXXFLAGS: &str = "CXXFLAGS";
/// Arguments for linking.
pub const LDFLAGS: &str = "LDFLAGS";
/// Further directories of libraries, as compilers read it.
pub const LIBRARY_PATH: &str = "LIBRARY_PATH";
/// The oldest macOS that modules are compiled for, such as `11.0`.
pub const MACOSX_DEPLOYMENT_TARGET: &str = "MACOSX_DEPLOYMENT_TARGET";
/// Name of the platform that a Python builds for, if it is not its own; cibuildwheel sets it on macOS.
pub const PYTHON_HOST_PLATFORM: &str = "_PYTHON_HOST_PLATFORM";
/// Where zig keeps what it has compiled.
pub const ZIG_CACHE: &str = "ZIG_GLOBAL_CACHE_DIR";
/// The program that makes static libraries, with arguments.
pub const AR: &str = "AR";
/// The linker that Microsoft's compiler, or clang as it, is used with, with arguments.
pub const LD: &str = "LD";
/// What a developer's command prompt of Visual Studio compiles for: `x86`, `x64` or `arm64`; cibuildwheel sets it, too.
pub const VSCMD_ARG_TGT_ARCH: &str = "VSCMD_ARG_TGT_ARCH";
/// The end of the names of modules for another platform; cibuildwheel sets it for Windows on ARM.
pub const SETUPTOOLS_EXT_SUFFIX: &str = "SETUPTOOLS_EXT_SUFFIX";
/// The program that knows the flags of installed libraries, with arguments.
pub const PKG_CONFIG: &str = "PKG_CONFIG";
/// The directories of pkg-config's files, in place of its own.
pub const PKG_CONFIG_LIBDIR: &str = "PKG_CONFIG_LIBDIR";
/// `true` in a job of GitHub Actions, which shows what `check` finds beside the lines of a change.
pub const GITHUB_ACTIONS: &str = "GITHUB_ACTIONS";
/// The top of the repository in such a job.
pub const GITHUB_WORKSPACE: &str = "GITHUB_WORKSPACE";
/// `dumb` names a terminal whose lines cannot be overwritten.
pub const TERM: &str = "TERM";
/// Width of the terminal, if that cannot be asked.
pub const COLUMNS: &str = "COLUMNS";

/// All of them that are ours or that change results.
pub const ALL: &[&str] = &[
    STORE_DIR,
    TARGET,
    NO_CACHE,
    NO_IR_CACHE,
    NO_OUTPUT_CACHE,
    AUTO_INSTALL_LIBCLANG,
    LIBCLANG_PATH,
    LOG,
    KEEP_TEMP,
    NO_COLOR,
    SOURCE_DATE_EPOCH,
    PYTHON,
    PARSE_TIMEOUT,
    BUILD_DIR,
    LAUNCHER,
    CC,
    CXX,
    CFLAGS,
    CXXFLAGS,
    LDFLAGS,
    LIBRARY_PATH,
    MACOSX_DEPLOYMENT_TARGET,
    PYTHON_HOST_PLATFORM,
    AR,
    LD,
    VSCMD_ARG_TGT_ARCH,
    SETUPTOOLS_EXT_SUFFIX,
    PKG_CONFIG,
    PKG_CONFIG_LIBDIR,
];

/// A variable's value; unset and not UTF-8 are both `None`.
pub fn get(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether the user names a libclang: no other is looked for then.
pub fn names_libclang() -> bool {
    std::env::var_os(LIBCLANG_PATH).is_some_and(|path| !path.is_empty())
}

/// The user's directory for what can be made again: XDG_CACHE_HOME or `~/.cache`, on macOS `~/Library/Caches`, on Windows
/// LOCALAPPDATA. `None` where none of these is set.
pub fn cache_dir() -> Option<PathBuf> {
    user_dir("XDG_CACHE_HOME", ".cache", "Library/Caches")
}

/// The user's directory for what is to stay: XDG_DATA_HOME or `~/.local/share`, on macOS `~/Library/Application
/// Support`, on Windows LOCALAPPDATA. `None` where none of these is set.
pub fn data_dir() -> Option<PathBuf> {
    user_dir("XDG_DATA_HOME", ".local/share", "Library/Application Support")
}

fn user_dir(xdg: &str, home: &str, macos: &str) -> Option<PathBuf> {
    if cfg!(windows) {
        path("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        path("HOME").map(|user| user.join(macos))
    } else {
        path(xdg).or_else(|| Some(path("HOME")?.join(home)))
    }
}

/// A variable that is an absolute path; others count as unset.
pub fn path(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// Whether `-v` was typed.
static TYPED_VERBOSE: AtomicBool = AtomicBool::new(false);

/// Remembers that `-v` was typed.
pub fn set_verbose() {
    TYPED_VERBOSE.store(true, Ordering::Relaxed);
}

/// Whether `-v` or [`LOG`] asks for details.
pub fn is_verbose() -> bool {
    TYPED_VERBOSE.load(Ordering::Relaxed) || get(LOG).is_some_and(|level| level == "debug")
}

/// Whether this is a job of GitHub Actions.
pub fn is_github() -> bool {
    get(GITHUB_ACTIONS).is_some_and(|value| value == "true")
}

/// The reproducible date, if one is set.
pub fn source_date_epoch() -> Option<u64> {
    get(SOURCE_DATE_EPOCH)?.trim().parse().ok()
}
