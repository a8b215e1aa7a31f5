//! A libclang that crashes or hangs costs an error message, not the build.
//!
//! A real libclang cannot be made to crash on every machine, so a stand-in is compiled that does nothing else.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const STAND_IN: &str = r#"
#include <stdlib.h>
#include <unistd.h>
typedef struct { const void *data; unsigned flags; } CXString;
CXString clang_getClangVersion(void) { CXString s = { "clang version 19.1.7", 0 }; return s; }
const char *clang_getCString(CXString s) { return s.data; }
void clang_disposeString(CXString s) { (void)s; }
void *clang_createIndex(int a, int b) { (void)a; (void)b; return (void *)1; }
void clang_disposeIndex(void *i) { (void)i; }
/* The loader looks for these too; they are not called before the parse. */
void clang_Type_visitFields(void) {}
void clang_Cursor_Evaluate(void) {}
void clang_EvalResult_getAsUnsigned(void) {}
void clang_getFileContents(void) {}
void clang_Type_getModifiedType(void) {}
void clang_Type_getValueType(void) {}
int clang_parseTranslationUnit2(void *i, const char *f, const char *const *a, int n, void *u, unsigned m, unsigned o, void **t)
{
    (void)i; (void)f; (void)a; (void)n; (void)u; (void)m; (void)o; (void)t;
    if (getenv("STAND_IN_HANGS")) for (;;) pause();
    abort();
}
"#;

#[test]
fn a_crash_is_an_error_that_names_the_header() {
    let folder = tempfile::tempdir().unwrap();
    let output = generate(folder.path(), &[]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let library = library(folder.path());
    let message = "cannot parse `a.h`: libclang crashed (signal: 6 (SIGABRT)";
    assert!(text.contains(message), "{text}");
    assert!(text.contains(&format!("): `{}`, clang version 19.1.7\n", library.display())), "{text}");
    // The version that crashed is not what helps.
    let hint = "hint: let `LIBCLANG_PATH` name another version, or unset it and use `python -m pip install \"libclang-ng>19\"`";
    assert!(text.contains(hint), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_hang_ends_after_the_time_that_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let output = generate(folder.path(), &[("STAND_IN_HANGS", "1"), ("HEADERKIT_PARSE_TIMEOUT", "1")]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("did not finish within 1 s"), "{text}");
    assert!(started.elapsed() < Duration::from_secs(60));
}

fn generate(folder: &Path, environment: &[(&str, &str)]) -> Output {
    std::fs::write(folder.join("a.h"), "int f(void);\n").unwrap();
    Command::new(env!("CARGO_BIN_EXE_headerkit-backend"))
        .args(["a.h", "-w", "cffi", "--no-config"])
        .current_dir(folder)
        .env("LIBCLANG_PATH", stand_in(folder))
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

fn library(folder: &Path) -> PathBuf {
    folder.join("lib").join(if cfg!(target_os = "macos") { "libclang.dylib" } else { "libclang.so" })
}

fn stand_in(folder: &Path) -> PathBuf {
    let source = folder.join("stand_in.c");
    let library = library(folder);
    std::fs::create_dir(folder.join("lib")).unwrap();
    std::fs::write(&source, STAND_IN).unwrap();
    let status =
        Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status().unwrap();
    assert!(status.success(), "the stand-in for libclang does not compile");
    library
}
