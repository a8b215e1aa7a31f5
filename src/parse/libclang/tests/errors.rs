//! Failures, and what people are told.

use super::*;
use crate::diagnostics::{Hint, Severity};
use crate::parse::error::{Search, major};
use crate::parse::libclang::resource::{Resource, Resources};
use crate::sysroot::{Origin, Sysroot};

#[test]
fn every_error_has_its_place_and_chain() {
    let project = Project::new();
    project.file("a.h", "#include \"b.h\"\nint ok(void);\n").file("b.h", "\nunknown x;\nint y\n");
    for parser in parsers() {
        let error = fails(&parser, &project.request("a.h"));
        assert!(matches!(error, Error::Compile { .. }));
        let first = &error.diagnostics()[0];
        assert_eq!(first.severity, Severity::Error);
        assert_eq!(first.message, "unknown type name 'unknown'");
        assert_eq!(first.location.as_ref().unwrap().to_string(), "b.h:2:1");
        assert_eq!(first.notes, ["included from a.h:1"]);
        assert!(error.diagnostics().len() > 1);
        let text = serde_json::to_string(&error).unwrap();
        assert!(!text.contains("umbrella"), "{text}");
        assert_eq!(serde_json::from_str::<Error>(&text).unwrap(), error);
    }
}

#[test]
fn an_error_behind_the_header_has_the_place_of_its_end() {
    let project = Project::new();
    let cases = [
        ("int f(int a\n", "a.h:1:12", "expected ')'"),
        ("typedef int t;\nstruct s { t x;\n\n", "a.h:2:16", "expected '}'"),
        ("int x", "a.h:1:6", "expected ';' after top level declarator"),
    ];
    for parser in parsers() {
        for (text, place, message) in cases {
            project.file("a.h", text);
            let error = fails(&parser, &project.request("a.h"));
            let first = &error.diagnostics()[0];
            assert_eq!(first.message, message);
            assert_eq!(first.location.as_ref().unwrap().to_string(), place);
            // Nobody wrote what becomes nonsense behind it.
            assert!(error.diagnostics().iter().all(|one| one.message.starts_with("expected ")), "{error:?}");
        }
        project.file("a.h", "int f(int a\n");
        let first = fails(&parser, &project.request("a.h")).diagnostics()[0].clone();
        assert_eq!(first.notes, ["a.h:1:6: to match this '('"]);
    }
}

#[cfg(not(windows))]
#[test]
fn any_character_may_stand_in_a_directory() {
    let project = Project::new();
    for dir in ["a \"b\" c", "back\\slash", "new\nline", "it's <d>"] {
        project.file(&format!("{dir}/a.h"), "#include \"b.h\"\nB f(int a);\n");
        project.file(&format!("{dir}/b.h"), "#pragma once\ntypedef long B;\n");
        for parser in parsers() {
            let header = parse(&parser, &project.request(&format!("{dir}/a.h"))).header;
            let of_a = header.declarations.iter().find(|one| one.name() == Some("f")).unwrap();
            assert_eq!(of_a.location.to_string(), format!("{dir}/a.h:2:3"));
        }
    }
}

#[test]
fn missing_includes_are_named_with_the_dirs() {
    let project = Project::new();
    project.file("a.h", "#include <nowhere/x.h>\n").file("inc/b.h", "");
    for parser in parsers() {
        let mut request = project.request("a.h");
        request.include_dirs = vec![project.path().join("inc"), "/no/such".into()];
        let error = fails(&parser, &request);
        assert!(error.to_string().contains("`nowhere/x.h`"), "{error}");
        assert_eq!(
            error.hints()[0],
            "`nowhere/x.h` is included at a.h:1:10 and was not found; searched: inc, /no/such"
        );
    }
}

#[test]
fn a_missing_include_is_told_again_behind_the_errors_that_follow() {
    let project = Project::new();
    let uses: String = (0..500).map(|number| format!("nw_t f{number};\n")).collect();
    project.file("a.h", "#include \"b.h\"\n");
    project.file("b.h", format!("before_t x;\n#include <nowhere/types.h>\n{uses}"));
    for parser in parsers() {
        let error = fails(&parser, &project.request("a.h"));
        assert_eq!(error.diagnostics().len(), 502, "all are told, in order");
        assert_eq!(error.diagnostics()[1].message, "'nowhere/types.h' file not found");
        assert_eq!(
            error.hints()[0],
            "`nowhere/types.h` is included at b.h:2:10 and was not found: no include dirs are configured; add the \
         directory that holds it to `include_dirs`"
        );
    }
}

#[test]
fn foreign_targets_never_see_this_machines_headers() {
    let project = Project::new();
    project.file("a.h", "#include <stdio.h>\n");
    project.file("free.h", "#include <stdint.h>\n#include <stddef.h>\n#include <limits.h>\n#include <float.h>\n#include <stdbool.h>\nstruct s { uint64_t u; size_t n; long double ld; };\n");
    for parser in parsers() {
        let mut request = project.request("a.h");
        (request.target, request.native) = ("sparc64-linux-musl".into(), false);
        let error = fails(&parser, &request);
        assert!(error.hints()[0].contains("sparc64-linux-musl"), "{error:?}");
        let mut request = project.request("free.h");
        (request.target, request.native) = ("i686-linux-gnu".into(), false);
        let header = parse(&parser, &request).header;
        assert_eq!(record(&header, "s").layout.map(|layout| layout.size), Some(24));
    }
}

#[test]
fn a_sysroot_serves_a_foreign_target_and_no_older_libclang_than_it_bears() {
    let project = Project::new();
    project.file("a.h", "#include <sys/only.h>\nstruct s { only_t o; char c[LEVEL]; };\n");
    project.file("../root/sys/only.h", "typedef long only_t;\n");
    for parser in parsers() {
        let mut request = project.request("a.h");
        (request.target, request.native) = ("i686-linux-gnu".into(), false);
        request.sysroot = Some(Sysroot {
            triple: "i686-unknown-linux-gnu".into(),
            dirs: vec![project.path().parent().unwrap().join("root")],
            arguments: vec!["-DLEVEL=4".into()],
            is_searched_by_driver: false,
            oldest_libclang: 18,
            origin: Origin::default(),
        });
        let is_old = major(parser.version()).unwrap() < 18;
        if is_old {
            let error = fails(&parser, &request);
            assert!(error.to_string().contains(parser.version()), "{error}");
            let is_named = crate::env::get("LIBCLANG_PATH").is_some_and(|path| !path.is_empty());
            assert_eq!(error.hints()[0].contains("let `LIBCLANG_PATH` name version 18 or later"), is_named);
            request.sysroot.as_mut().unwrap().oldest_libclang = 0;
        }
        let outcome = parse(&parser, &request);
        assert_eq!(record(&outcome.header, "s").layout.map(|layout| layout.size), Some(8));
        assert_eq!(outcome.dependencies.system, ["sys/only.h"]);
        request.defines = vec!["LEVEL=12".into()];
        let size = record(&parse(&parser, &request).header, "s").layout.map(|layout| layout.size);
        assert_eq!(size, Some(16), "the user's definition wins");
        project.file("b.h", "#include <stdio.h>\n");
        request.header = project.path().join("b.h");
        let error = fails(&parser, &request);
        assert!(
            error.hints()[0].contains(
                "`stdio.h` is included at b.h:1:10 and was not found: it is no part of the C library"
            ),
            "{error:?}"
        );
    }
}

#[test]
fn requests_that_cannot_be_served() {
    let project = Project::new();
    project.file("a.h", "");
    for parser in parsers() {
        assert!(matches!(fails(&parser, &project.request("no.h")), Error::HeaderNotFound { .. }));
        let mut request = project.request("a.h");
        request.target = "nonsense".into();
        assert!(matches!(fails(&parser, &request), Error::Target { .. }));
    }
}

#[test]
fn without_a_library_the_search_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let broken = dir.path().join("libclang.so");
    fs::write(&broken, b"not a library").unwrap();
    let candidates =
        Candidates { libraries: vec![broken.clone()], searched: vec!["there".into()], sys_path: vec![] };
    let error = Parser::load(&candidates).expect_err("broken");
    let Error::LibclangUnavailable(Search { places, unusable }) = &error else { panic!("{error:?}") };
    assert_eq!(places, &["there"]);
    assert!(unusable[0].starts_with(&broken.display().to_string()));
    assert!(!error.hints().is_empty());
}

/// A library alone in a directory, as PyPI's `libclang` is, has to do with headers from elsewhere; the
/// minimal set has to do for a hosted C library.
#[test]
fn the_minimal_headers_serve() {
    let project = Project::new();
    let includes =
        ["stddef", "stdarg", "stdbool", "stdint", "limits", "float", "iso646", "stdalign", "stdnoreturn"];
    let mut text: String = includes.iter().map(|name| format!("#include <{name}.h>\n")).collect();
    text.push_str("#include <stdio.h>\n#include <stdlib.h>\n#include <inttypes.h>\n#include <pthread.h>\n#include <sys/stat.h>\n");
    text.push_str("void f(FILE *file, va_list list, bool b, max_align_t *m, uint_fast16_t u);\n#define MOST ULLONG_MAX\n#define TINY FLT_MIN_EXP\n#define PATHS PATH_MAX\n");
    project.file("a.h", text);
    for mut parser in parsers() {
        parser.resources = Resources::new(Resource::minimal().unwrap()).unwrap();
        let outcome = parse(&parser, &project.request("a.h"));
        assert_eq!(outcome.diagnostics, []);
        assert_eq!(bound(&outcome.header), ["MOST", "TINY", "PATHS", "f"], "{}", parser.version());
        let mut foreign = project.request("free.h");
        project.file("free.h", "#include <stdint.h>\n#include <stddef.h>\nuint32_t g(wchar_t *w, intmax_t i);\n#define K UINT64_C(5)\n");
        (foreign.target, foreign.native) = ("aarch64-windows-msvc".into(), false);
        assert_eq!(bound(&parse(&parser, &foreign).header), ["K", "g"]);
    }
}
