//! How headers are read. What cffi's API mode and Cython make of a header is C code that includes `Python.h` before it,
//! and so the macros of its `pyconfig.h` are defined: for these outputs the header is read with them, for all others
//! without. A header with outputs of both kinds is read twice.

use super::Writer;
use super::writer::Writers;
use crate::headers::HeaderUnit;
use crate::ir::schema;
use crate::store::Inputs;
use crate::target::Target;

/// Stands among the defines of a request for those of `Python.h`, which no macro can be called.
const PYTHON: &str = "<Python.h>";
/// The schema version of release 1.0, which read all headers alike.
const READ_ALIKE: u32 = 1;

/// What the `pyconfig.h` of every Python from 3.9 on defines for other headers on Unix.
const UNIX: &[&str] = &[
    "_ALL_SOURCE=1",
    "_DARWIN_C_SOURCE=1",
    "_FILE_OFFSET_BITS=64",
    "_GNU_SOURCE=1",
    "_LARGEFILE_SOURCE=1",
    "_NETBSD_SOURCE=1",
    "_POSIX_PTHREAD_SEMANTICS=1",
    "_REENTRANT=1",
    "_TANDEM_SOURCE=1",
    "__BSD_VISIBLE=1",
    "__EXTENSIONS__=1",
    // What headers ask for without an answer of their own.
    "HAVE_DIRENT_H=1",
    "HAVE_DLFCN_H=1",
    "HAVE_FCNTL_H=1",
    "HAVE_INTTYPES_H=1",
    "HAVE_MMAP=1",
    "HAVE_POLL_H=1",
    "HAVE_PTHREAD_H=1",
    "HAVE_SCHED_H=1",
    "HAVE_SIGNAL_H=1",
    "HAVE_SSIZE_T=1",
    "HAVE_STDINT_H=1",
    "HAVE_STDLIB_H=1",
    "HAVE_STRINGS_H=1",
    "HAVE_STRING_H=1",
    "HAVE_SYS_IOCTL_H=1",
    "HAVE_SYS_MMAN_H=1",
    "HAVE_SYS_PARAM_H=1",
    "HAVE_SYS_RESOURCE_H=1",
    "HAVE_SYS_SELECT_H=1",
    "HAVE_SYS_SOCKET_H=1",
    "HAVE_SYS_STAT_H=1",
    "HAVE_SYS_TIME_H=1",
    "HAVE_SYS_TYPES_H=1",
    "HAVE_SYS_UIO_H=1",
    "HAVE_SYS_UN_H=1",
    "HAVE_SYS_WAIT_H=1",
    "HAVE_TERMIOS_H=1",
    "HAVE_UNISTD_H=1",
    "HAVE_WCHAR_H=1",
];
/// And not on macOS, where it would hide what is not of POSIX.
const POSIX: &[&str] = &["_POSIX_C_SOURCE=200809L", "_XOPEN_SOURCE=700", "_XOPEN_SOURCE_EXTENDED=1"];
/// On Windows.
const WINDOWS: &[&str] =
    &["MS_WIN32", "MS_WINDOWS", "_CRT_NONSTDC_NO_DEPRECATE=1", "_CRT_SECURE_NO_DEPRECATE=1"];

/// Has every header with outputs of both kinds twice, one after the other: first without `Python.h`.
pub(super) fn split(units: Vec<HeaderUnit>, writers: &Writers) -> Vec<HeaderUnit> {
    let halves = units.into_iter().flat_map(|mut unit| {
        let (behind, plain): (Vec<_>, Vec<_>) =
            std::mem::take(&mut unit.outputs).into_iter().partition(|output| {
                match writers.get(&output.writer) {
                    Some(Writer::BuiltIn(kind)) => kind.is_compiled_with_python(&output.options),
                    _ => false,
                }
            });
        let second = (!behind.is_empty()).then(|| HeaderUnit {
            outputs: behind,
            is_behind_python: true,
            ..unit.clone()
        });
        let first = (!plain.is_empty() || second.is_none()).then_some(HeaderUnit { outputs: plain, ..unit });
        first.into_iter().chain(second)
    });
    halves.collect()
}

/// The defines of a request to the store.
pub(super) fn asked(unit: &HeaderUnit) -> Vec<String> {
    let python = unit.is_behind_python.then(|| PYTHON.to_owned());
    python.into_iter().chain(unit.defines.iter().cloned()).collect()
}

/// The defines that the parser gets: the user's own win.
pub(super) fn given(unit: &HeaderUnit, target: &Target) -> Vec<String> {
    let python: &[&[&str]] = match target.os() {
        _ if !unit.is_behind_python => &[],
        "windows" => &[WINDOWS],
        "macos" => &[UNIX],
        _ => &[UNIX, POSIX],
    };
    let name = |define: &str| define.split('=').next().unwrap_or_default().to_owned();
    let typed = unit.arguments.iter().enumerate().filter_map(|(index, argument)| {
        let rest = argument.strip_prefix("-D").or_else(|| argument.strip_prefix("-U"))?;
        Some(name(if rest.is_empty() { unit.arguments.get(index + 1)? } else { rest }))
    });
    let own: Vec<String> = unit.defines.iter().map(|define| name(define)).chain(typed).collect();
    let python = python.iter().copied().flatten().filter(|define| !own.contains(&name(define)));
    python.map(|define| (*define).to_owned()).chain(unit.defines.iter().cloned()).collect()
}

/// What earlier releases asked where this one asks for `inputs`.
pub(super) fn older(inputs: &Inputs) -> Vec<Inputs> {
    let older = |version: &u32| {
        let mut older = Inputs { schema_version: *version, ..inputs.clone() };
        older.defines.retain(|define| *version != READ_ALIKE || define != PYTHON);
        older
    };
    schema::SUPPORTED.iter().filter(|version| **version != schema::SCHEMA_VERSION).map(older).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_defines_win_and_every_system_has_its_own() {
        let unit = HeaderUnit {
            defines: vec!["_XOPEN_SOURCE=500".into(), "DEBUG".into()],
            arguments: ["-U_GNU_SOURCE", "-D", "_REENTRANT"].map(str::to_owned).to_vec(),
            is_behind_python: true,
            ..HeaderUnit::default()
        };
        let given = |triple: &str| given(&unit, &Target::parse(triple).unwrap());
        let linux = given("x86_64-linux-gnu");
        assert!(linux.contains(&"_FILE_OFFSET_BITS=64".into()) && linux.ends_with(&unit.defines));
        let named = |name: &str| linux.iter().filter(|define| define.starts_with(name)).count();
        assert_eq!([named("_XOPEN_SOURCE="), named("_GNU_SOURCE"), named("_REENTRANT")], [1, 0, 0]);
        assert!(!given("aarch64-macos").iter().any(|define| define.starts_with("_POSIX_C")));
        assert!(given("x86_64-windows-msvc").contains(&"MS_WINDOWS".into()));
        let plain = HeaderUnit { is_behind_python: false, ..unit.clone() };
        assert_eq!(super::given(&plain, &Target::parse("x86_64-linux-gnu").unwrap()), unit.defines);
    }

    #[test]
    fn modules_for_other_systems_are_compiled_as_their_headers_are_read() {
        let ours = include_str!("../compile/pyconfig.h");
        for define in UNIX.iter().filter(|define| define.starts_with("HAVE_")) {
            assert!(ours.contains(&format!("#define {}\n", define.replace('=', " "))), "{define}");
        }
    }

    #[test]
    fn release_1_0_knew_no_second_reading() {
        let inputs = Inputs { defines: vec![PYTHON.into(), "A".into()], ..Inputs::default() };
        let older = older(&inputs);
        assert_eq!(older.last().unwrap().schema_version, READ_ALIKE);
        assert_eq!(older.last().unwrap().defines, ["A"]);
    }
}
