//! Real libraries: the compiler's own, and what `zig cc` (the `ziglang` wheel) makes for other systems
//! (`cargo test libraries_of_other_systems -- --ignored`).

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::ir::{Header, schema};

const SOURCE: &str = "int plain(void) { return 1; }\nint variable = 3;\nint weak(void) __attribute__((weak));\n\
                      int weak(void) { return 2; }\nstatic int hidden(void) { return 3; }\n\
                      int labelled(void) __asm__(\"real_label\");\nint labelled(void) { return hidden(); }\n\
                      extern int elsewhere(void);\nint calls(void) { return elsewhere(); }\n";

impl Defined {
    fn has(&self, name: &str, label: Option<&str>) -> bool {
        self.defines(&symbol(name, label))
    }
}

fn target(text: &str) -> Target {
    Target::parse(text).unwrap()
}

fn native() -> Target {
    target(&format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS))
}

/// Runs a program that must succeed.
fn run(program: &str, arguments: &[&str], folder: &TempDir) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder.path())
        .env("ZIG_GLOBAL_CACHE_DIR", std::env::temp_dir().join("headerkit-zig-cache"))
        .output()
        .unwrap_or_else(|error| panic!("cannot run `{program}`: {error}"));
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.c"), SOURCE).unwrap();
    folder
}

fn read(folder: &TempDir, name: &str, target: &Target) -> Defined {
    let file = find(name, folder.path(), target).unwrap();
    Defined::read(&[file], target).unwrap()
}

/// What every form of the library above defines.
fn expect_symbols(defined: &Defined, what: &str) {
    for name in ["plain", "variable", "calls"] {
        assert!(defined.has(name, None), "{what}: no `{name}` in {defined:?}");
    }
    for name in ["hidden", "elsewhere", "nothing", "_plain", "labelled"] {
        assert!(!defined.has(name, None), "{what}: `{name}` in {defined:?}");
    }
    assert!(defined.has("labelled", Some("real_label")), "{what}: {defined:?}");
    assert!(!defined.has("plain", Some("other_label")), "{what}: {defined:?}");
}

#[cfg(unix)]
#[test]
fn shared_and_static_libraries_and_objects() {
    let folder = folder();
    run("cc", &["-shared", "-fPIC", "-o", "liba.so", "a.c", "-Wl,--unresolved-symbols=ignore-all"], &folder);
    run("cc", &["-c", "-o", "a.o", "a.c"], &folder);
    run("ar", &["rcs", "libb.a", "a.o"], &folder);
    run("ar", &["rcsT", "thin.a", "a.o"], &folder);
    run("ar", &["rcS", "unindexed.a", "a.o"], &folder);
    run("strip", &["-o", "stripped.so", "liba.so"], &folder);
    for name in ["liba.so", "./liba.so", "stripped.so", "a.o", "libb.a", "thin.a", "unindexed.a"] {
        let defined = read(&folder, name, &native());
        expect_symbols(&defined, name);
        assert!(defined.has("weak", None), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn linker_scripts_are_followed() {
    let folder = folder();
    run("cc", &["-c", "-o", "a.o", "a.c"], &folder);
    fs::write(
        folder.path().join("liba.so"),
        "/* GNU ld script */\nOUTPUT_FORMAT(elf64-x86-64)\nGROUP ( a.o AS_NEEDED(inner.so) )\n",
    )
    .unwrap();
    fs::write(folder.path().join("inner.so"), "INPUT(a.o)").unwrap();
    expect_symbols(&read(&folder, "liba.so", &native()), "script");
    fs::write(folder.path().join("loop.so"), "INPUT(loop.so)").unwrap();
    fs::write(folder.path().join("text.so"), "just words").unwrap();
    for name in ["loop.so", "text.so", "a.c"] {
        let file = folder.path().join(name);
        let error = Defined::read(&[file], &native()).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{error}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn names_are_searched_like_a_linker_does() {
    let folder = folder();
    // With glibc a linker script, with musl a library.
    let libc = read(&folder, "c", &native());
    assert!(libc.has("printf", None) && !libc.has("no_such_function_anywhere", None));
    let error = find("no-such-library-anywhere", folder.path(), &native()).unwrap_err();
    assert_eq!(error.to_string(), "library `no-such-library-anywhere` was not found");
    assert!(error.hints()[1].contains("/lib"), "{:?}", error.hints());
    let error = find("./liba.so", folder.path(), &native()).unwrap_err();
    assert!(error.hints()[1].ends_with("liba.so"), "{:?}", error.hints());
}

/// What `zig cc` makes for other systems.
#[test]
#[ignore = "needs the ziglang wheel and, the first time, minutes"]
fn libraries_of_other_systems() {
    let python = std::env::var("HEADERKIT_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let folder = folder();
    // Windows links no library that calls what nobody defines.
    let complete = SOURCE.replace("extern int elsewhere(void);", "static int elsewhere(void) { return 4; }");
    fs::write(folder.path().join("w.c"), complete).unwrap();
    let zig = |arguments: &[&str]| {
        let all: Vec<&str> = ["-m", "ziglang", "cc"].into_iter().chain(arguments.iter().copied()).collect();
        run(&python, &all, &folder);
    };
    for triple in ["aarch64-macos", "x86_64-macos"] {
        let dylib = format!("{triple}.dylib");
        zig(&["-target", triple, "-shared", "-o", &dylib, "w.c"]);
        // An asm label is the symbol itself, which on macOS has no underscore of C's.
        let defined = read(&folder, &dylib, &target(triple));
        expect_symbols(&defined, &dylib);
        let object = format!("{triple}.o");
        zig(&["-target", triple, "-c", "-o", &object, "a.c"]);
        expect_symbols(&read(&folder, &object, &target(triple)), &object);
    }
    for triple in ["x86_64-windows-gnu", "x86-windows-gnu", "aarch64-windows-gnu"] {
        let (dll, import) = (format!("{triple}.dll"), format!("{triple}.lib"));
        let export = format!("-Wl,--out-implib,{import}");
        zig(&["-target", triple, "-shared", "-Wl,--export-all-symbols", &export, "-o", &dll, "w.c"]);
        let target = target(&triple.replace("x86-", "i686-"));
        for file in [&dll, &import] {
            let defined = read(&folder, file, &target);
            for name in ["plain", "variable", "calls"] {
                assert!(defined.has(name, None), "{file}: no `{name}` in {defined:?}");
            }
            assert!(!defined.has("nothing", None) && !defined.has("elsewhere", None), "{file}");
        }
        let object = format!("{triple}.obj");
        zig(&["-target", triple, "-c", "-o", &object, "a.c"]);
        expect_symbols(&read(&folder, &object, &target), &object);
    }
    let stdcall = "__declspec(dllexport) int __stdcall decorated(int a, int b) { return a + b; }\n";
    fs::write(folder.path().join("s.c"), stdcall).unwrap();
    let i686 = target("i686-windows-gnu");
    zig(&["-target", "x86-windows-gnu", "-shared", "-Wl,--out-implib,s.lib", "-o", "s.dll", "s.c"]);
    zig(&["-target", "x86-windows-gnu", "-c", "-o", "s.obj", "s.c"]);
    for file in ["s.dll", "s.lib", "s.obj"] {
        let defined = read(&folder, file, &i686);
        assert!(defined.has("decorated", None), "{file}: {defined:?}");
    }
}

#[test]
fn stubs_list_their_symbols() {
    let folder = folder();
    let stub = "--- !tapi-tbd\ntbd-version: 4\ntargets: [ x86_64-macos, arm64-macos ]\nexports:\n  - targets: [ arm64-macos ]\n    \
                symbols: [ _plain, '_quoted$VARIANT',\n               _variable ]\n...\n";
    fs::write(folder.path().join("libz.tbd"), stub).unwrap();
    let defined = read(&folder, "libz.tbd", &target("aarch64-macos"));
    assert!(
        defined.has("plain", None) && defined.has("variable", None) && defined.has("quoted$VARIANT", None)
    );
    assert!(!defined.has("arm64-macos", None));
}

#[test]
fn a_header_keeps_what_is_defined_and_what_needs_no_library() {
    let line = |number: u32, kind: serde_json::Value| {
        let mut declaration = kind;
        declaration["location"] = serde_json::json!({"file": "a.h", "line": number, "column": 5});
        declaration
    };
    let function = |name: &str, rest: serde_json::Value| {
        let mut kind = serde_json::json!({
            "kind": "function", "name": name, "type": {"result": {"kind": "void"}, "parameters": []},
        });
        kind.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        kind
    };
    let plain = serde_json::json!({});
    let declarations = serde_json::json!([
        line(1, function("there", plain.clone())),
        line(2, function("gone", plain.clone())),
        line(3, function("inlined", serde_json::json!({"inline": true}))),
        line(4, function("renamed", serde_json::json!({"symbol": "real"}))),
        line(5, function("support", serde_json::json!({"bound": false}))),
        line(6, serde_json::json!({"kind": "variable", "name": "lost", "type": {"kind": "void"}})),
        line(
            7,
            serde_json::json!({"kind": "variable", "name": "own", "type": {"kind": "void"}, "static": true})
        ),
        line(8, serde_json::json!({"kind": "constant", "name": "ONE", "value": {"int": 1}})),
    ]);
    let document = serde_json::json!({"schema_version": 1, "path": "a.h", "declarations": declarations});
    let header = schema::from_json(document.to_string().as_bytes()).unwrap();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let known = || names(&["there", "real"]).into_iter().collect();
    let defined = Defined { raw: known(), names: known() };
    let Filtered { header: kept, diagnostics: dropped, defined: found, undefined } =
        filter(&header, &defined, &["a".into(), "${B}/b.so".into()]);
    let left: Vec<&str> = kept.declarations.iter().filter_map(|declaration| declaration.name()).collect();
    assert_eq!(left, ["there", "inlined", "renamed", "own", "ONE"]);
    assert_eq!((found, undefined), (names(&["asm real", "there"]), names(&["gone", "lost"])));
    let said: Vec<String> = dropped
        .iter()
        .map(|found| format!("{}: {}", found.location.as_ref().unwrap(), found.message))
        .collect();
    assert_eq!(
        said,
        [
            "a.h:2:5: function `gone` is left out: no symbol in `a`, `${B}/b.so`",
            "a.h:6:5: variable `lost` is left out: no symbol in `a`, `${B}/b.so`",
        ]
    );
    let many = Header { declarations: vec![header.declarations[1].clone(); 6], ..header };
    let all = filter(&many, &Defined::default(), &["a".into()]).diagnostics;
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].message, "6 functions and variables are left out: no symbols in `a`");
    assert_eq!(all[0].notes, ["gone, gone, gone, gone, gone, gone"]);
}
