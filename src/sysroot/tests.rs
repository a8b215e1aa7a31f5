use std::path::Path;

use fs_err as fs;

use super::{Error, Places, Sysroot, Zig, directory};
use crate::target::Target;

/// A directory that looks like a Python's with a `ziglang` of a version that has these header directories.
fn wheel(version: &str, names: &[&str]) -> tempfile::TempDir {
    let site = tempfile::tempdir().unwrap();
    fs::create_dir_all(site.path().join(format!("ziglang-{version}.dist-info"))).unwrap();
    for name in names {
        fs::create_dir_all(site.path().join("ziglang/lib/libc/include").join(name)).unwrap();
    }
    site
}

fn find(site: &Path, project: &Path) -> Result<Zig, Error> {
    Zig::find(&Places { sys_path: vec![site.into()], python: "/nonexistent".into(), project: project.into() })
}

fn sysroot(site: &Path, target: &str) -> Result<Sysroot, Error> {
    find(site, Path::new("/p"))?.sysroot(&Target::parse(target).unwrap())
}

fn names(sysroot: &Sysroot) -> Vec<String> {
    sysroot.dirs.iter().map(|dir| dir.file_name().unwrap().to_string_lossy().into_owned()).collect()
}

const NEW: &[&str] = &[
    "x86-linux-gnu",
    "x86-linux-any",
    "generic-glibc",
    "generic-musl",
    "any-linux-any",
    "x86_64-linux-musl",
    "x86-linux-musl",
    "arm-linux-gnu",
    "arm-linux-any",
    "powerpc64-linux-musl",
    "powerpc-linux-musl",
    "powerpc-linux-any",
    "any-darwin-any",
    "any-windows-any",
];

#[test]
fn directories_are_those_of_the_search_list_of_zig() {
    let site = wheel("0.17.1", NEW);
    let cases = [
        ("x86_64-linux-gnu", "x86-linux-gnu generic-glibc x86-linux-any any-linux-any"),
        ("i686-linux-gnu", "x86-linux-gnu generic-glibc x86-linux-any any-linux-any"),
        ("linux/arm/v7", "arm-linux-gnu generic-glibc arm-linux-any any-linux-any"),
        ("linux/amd64/musl", "x86_64-linux-musl generic-musl x86-linux-any any-linux-any"),
        ("linux/386/musl", "x86-linux-musl generic-musl x86-linux-any any-linux-any"),
        ("linux/ppc64le/musl", "powerpc64-linux-musl generic-musl powerpc-linux-any any-linux-any"),
        ("macos/arm64", "any-darwin-any"),
        ("windows/amd64", "any-windows-any"),
    ];
    for (target, expected) in cases {
        assert_eq!(names(&sysroot(site.path(), target).unwrap()).join(" "), expected, "{target}");
    }
}

#[test]
fn directories_of_older_releases_are_found() {
    let old = ["x86_64-linux-gnu", "x86-linux-gnu", "generic-glibc", "x86-linux-any", "any-linux-any"];
    let site = wheel("0.12.0", &[&old[..], &["any-macos-any"]].concat());
    assert_eq!(names(&sysroot(site.path(), "linux/amd64").unwrap())[0], "x86_64-linux-gnu");
    assert_eq!(names(&sysroot(site.path(), "linux/386").unwrap())[0], "x86-linux-gnu");
    assert_eq!(names(&sysroot(site.path(), "macos/amd64").unwrap()), ["any-macos-any"]);
}

#[test]
fn a_library_of_another_word_size_does_not_stand_in() {
    let without = ["x86-linux-musl", "generic-musl", "x86-linux-any", "any-linux-any"];
    let site = wheel("0.17.1", &without);
    for target in ["linux/amd64/musl", "linux/s390x", "x86_64-freebsd"] {
        let error = sysroot(site.path(), target).unwrap_err();
        assert!(matches!(error, Error::NoHeaders { .. }), "{target}: {error}");
    }
}

#[test]
fn clang_compiles_for_what_the_headers_are_for() {
    let site = wheel("0.17.1", NEW);
    let told = |target| {
        let Sysroot { triple, arguments, origin, .. } = sysroot(site.path(), target).unwrap();
        assert_eq!((&origin.triple, &origin.arguments), (&triple, &arguments));
        (triple, arguments.join(" "), origin.glibc)
    };
    let glibc = Some("2.17".to_owned());
    assert_eq!(
        told("linux/amd64"),
        ("x86_64-unknown-linux-gnu".into(), "-D__GLIBC_MINOR__=17".into(), glibc)
    );
    assert_eq!(told("macos/arm64").0, "arm64-apple-macosx11.0.0");
    let (triple, arguments, _) = told("windows/amd64");
    assert_eq!(triple, "x86_64-w64-windows-gnu");
    assert!(arguments.ends_with("-mlong-double-64"));
    assert!(!told("x86_64-windows-gnu").1.contains("long-double"));
    assert_eq!(sysroot(site.path(), "macos/arm64").unwrap().oldest_libclang, 18);
}

#[test]
fn zig_must_be_installed_outside_the_project_and_new_enough() {
    let site = wheel("0.11.0", NEW);
    let error = find(site.path(), Path::new("/p")).unwrap_err();
    assert!(matches!(&error, Error::ZigTooOld { version, .. } if version == "0.11.0"), "{error}");
    let site = wheel("0.17.1", NEW);
    assert_ne!(find(site.path(), site.path()), find(site.path(), Path::new("/p")));
}

#[test]
fn a_configured_directory_is_told_to_the_driver() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("usr/include/arm-linux-gnueabihf")).unwrap();
    let target = Target::parse("linux/arm/v7").unwrap();
    let made = directory(&target, root.path(), "${ROOT}").unwrap();
    assert_eq!(made.arguments, [format!("--sysroot={}", root.path().display())]);
    assert_eq!(names(&made), ["include", "arm-linux-gnueabihf"]);
    assert_eq!(made.origin.directory.as_deref(), Some("${ROOT}"));
    let missing = directory(&target, &root.path().join("none"), "none").unwrap_err();
    assert!(matches!(missing, Error::NoDirectory { path, .. } if path == "none"));
}
