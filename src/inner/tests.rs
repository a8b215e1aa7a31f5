//! The hook runner against the sample backends of `tests/backends` and a real interpreter.

use super::*;

const SAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/backends");

fn executable() -> PathBuf {
    let name = std::env::var("HEADERKIT_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(&name).args(["-c", "import sys; print(sys.executable)"]).output();
    let output = output.unwrap_or_else(|error| panic!("set HEADERKIT_TEST_PYTHON: `{name}`: {error}"));
    PathBuf::from(String::from_utf8(output.stdout).unwrap().trim())
}

/// The path that a front end would hand over: the interpreter's own, then `extra`.
fn python(extra: &[&str]) -> Python {
    let executable = executable();
    let code = "import sys, json; print(json.dumps(sys.path))";
    let output = Command::new(&executable).args(["-c", code]).output().unwrap();
    let mut sys_path: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    sys_path.extend(extra.iter().map(|&path| path.to_owned()));
    Python { executable, sys_path }
}

/// A sample backend as an installed module, for a project that is an empty directory.
fn sample(spec: &str) -> (tempfile::TempDir, InnerBackend) {
    let project = tempfile::tempdir().unwrap();
    let backend = InnerBackend {
        spec: spec.into(),
        backend_path: Vec::new(),
        python: python(&[SAMPLES]),
        project: project.path().canonicalize().unwrap(),
    };
    (project, backend)
}

fn build_wheel(spec: &str) -> HookOutcome {
    let (_project, backend) = sample(spec);
    backend.call("build_wheel", &[json!("out"), json!({"x": "y"})]).unwrap()
}

fn returned(outcome: HookOutcome) -> Value {
    match outcome {
        HookOutcome::Returned { value, .. } => value,
        other => panic!("{other:?}"),
    }
}

#[test]
fn object_specs_and_arguments_reach_the_hook() {
    assert_eq!(returned(build_wheel("objects:factory.backend")), "out-y.whl");
    match build_wheel("objects:factory.nothing") {
        HookOutcome::BackendUnavailable { summary, missing: None, .. } => {
            assert_eq!(summary, "module `objects` has no `factory.nothing`");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_string_survives_both_ways() {
    let (_project, backend) = sample("objects:factory.backend");
    let text = "\"'\\ \u{0}\u{1f}\u{7f}\n\r\t \u{2028} é 𝄞 \\u00e9 {} %s";
    let arguments = [json!("o"), json!({"x": text}), Value::Null];
    assert_eq!(returned(backend.call("build_wheel", &arguments).unwrap()), format!("o-{text}.whl"));
}

#[test]
fn an_exception_keeps_its_traceback_and_loses_our_frames() {
    let HookOutcome::Raised { traceback, summary } = build_wheel("raises") else { panic!() };
    assert_eq!(summary, "RuntimeError: the build broke");
    assert!(traceback.contains("ValueError: no such thing") && traceback.contains("_helper"), "{traceback}");
    assert!(!traceback.contains("<string>"), "{traceback}");
    let HookOutcome::Raised { summary, .. } = build_wheel("broken_syntax") else { panic!() };
    assert_eq!(summary, "KeyError: 'at import'");
}

#[test]
fn every_way_to_end_the_interpreter_is_told_apart() {
    assert_eq!(build_wheel("exits"), HookOutcome::Exited { code: 3, message: None });
    let (_project, backend) = sample("exits");
    let outcome = backend.call("build_sdist", &[json!("out")]).unwrap();
    assert_eq!(outcome, HookOutcome::Exited { code: 1, message: Some("please install a compiler".into()) });
    let outcome = backend.call("build_editable", &[json!("out")]).unwrap();
    assert_eq!(outcome, HookOutcome::Died { code: Some(4), signal: None });
    #[cfg(unix)]
    assert_eq!(build_wheel("killed"), HookOutcome::Died { code: None, signal: Some(9) });
}

#[test]
fn absent_hooks_are_missing_and_the_probe_says_so_too() {
    let (_project, backend) = sample("minimal");
    assert_eq!(backend.capabilities().unwrap().hooks, ["build_wheel", "build_sdist"]);
    for hook in ["build_editable", "prepare_metadata_for_build_wheel", "get_requires_for_build_wheel"] {
        assert_eq!(backend.call(hook, &[]).unwrap(), HookOutcome::Missing, "{hook}");
    }
}

#[test]
fn a_missing_module_is_named() {
    let HookOutcome::BackendUnavailable { summary, missing, traceback } = build_wheel("broken_import") else {
        panic!()
    };
    assert_eq!(missing.as_deref(), Some("headerkit_test_absent"));
    assert_eq!(summary, "ModuleNotFoundError: No module named 'headerkit_test_absent'");
    assert!(traceback.contains("broken_import.py"), "{traceback}");
    let (_project, backend) = sample("headerkit_test_absent.build");
    let error = backend.capabilities().unwrap_err();
    assert!(error.hints()[0].contains("`headerkit_test_absent`"), "{error:?}");
}

#[test]
fn unsupported_operation_is_told_apart() {
    let (_project, backend) = sample("unsupported");
    let outcome = backend.call("build_sdist", &[json!("out")]).unwrap();
    assert_eq!(outcome, HookOutcome::Unsupported { message: "only from a git checkout".into() });
}

#[test]
fn wrong_types_are_refused() {
    let (_project, backend) = sample("wrong_type");
    for (hook, arguments, expected) in [
        ("get_requires_for_build_wheel", vec![], "returned a list of int, str, not a list of str"),
        ("get_requires_for_build_sdist", vec![], "returned NoneType, not a list of str"),
        ("build_wheel", vec![json!("o")], "returned PurePosixPath, not a str"),
    ] {
        let HookOutcome::Raised { summary, .. } = backend.call(hook, &arguments).unwrap() else { panic!() };
        assert_eq!(summary, format!("`{hook}` of `wrong_type` {expected}"));
    }
}

#[test]
fn shown_warnings_are_kept() {
    let (_project, backend) = sample("warns");
    let HookOutcome::Returned { value, warnings } =
        backend.call("get_requires_for_build_wheel", &[]).unwrap()
    else {
        panic!()
    };
    assert_eq!(value, json!(["one", "two >= 2"]));
    let expected = Warning { category: "UserWarning".into(), message: "this key is deprecated".into() };
    assert_eq!(warnings, [expected]);
}

#[test]
fn what_the_backend_changes_stays_in_its_process() {
    let (_project, backend) = sample("changes");
    let before = std::env::current_dir().unwrap();
    let value = returned(backend.call("build_wheel", &[json!("o")]).unwrap());
    assert_eq!(Path::new(value.as_str().unwrap()), backend.project);
    assert_eq!(std::env::current_dir().unwrap(), before);
    assert!(std::env::var_os("HEADERKIT_TEST_LEAK").is_none());
}

#[test]
fn in_tree_backends_come_from_backend_path_only() {
    let (_project, mut backend) = sample("minimal");
    fs::create_dir(backend.project.join("_build")).unwrap();
    backend.backend_path = vec!["_build".into()];
    let arguments = [json!("o")];
    let HookOutcome::BackendUnavailable { summary, .. } = backend.call("build_wheel", &arguments).unwrap()
    else {
        panic!()
    };
    assert!(summary.contains("`minimal` was imported from") && summary.contains("backend-path"), "{summary}");

    fs::write(backend.project.join("_build/minimal.py"), "def build_wheel(*_): return 'in-tree'\n").unwrap();
    assert_eq!(returned(backend.call("build_wheel", &arguments).unwrap()), "in-tree");

    for (path, missing) in [("..", false), ("/", false), ("absent", true)] {
        backend.backend_path = vec![path.into()];
        let error = backend.call("build_wheel", &arguments).unwrap_err();
        assert_eq!(matches!(error, Error::BackendPathMissing { .. }), missing, "{path}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn backend_path_may_not_leave_through_a_link() {
    let (_project, mut backend) = sample("minimal");
    std::os::unix::fs::symlink(SAMPLES, backend.project.join("link")).unwrap();
    backend.backend_path = vec!["link".into()];
    assert!(matches!(backend.capabilities(), Err(Error::BackendPath { .. })));
}

#[cfg(target_os = "linux")]
#[test]
fn paths_need_not_be_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let (project, mut backend) = sample("minimal");
    backend.project = project.path().join(OsStr::from_bytes(b"caf\xe9"));
    fs::create_dir_all(backend.project.join("_build")).unwrap();
    fs::write(
        backend.project.join("_build/here.py"),
        "import os\ndef build_wheel(*_): return os.path.basename(os.getcwd())\n",
    )
    .unwrap();
    backend.spec = "here".into();
    backend.backend_path = vec!["_build".into()];
    let value = returned(backend.call("build_wheel", &[]).unwrap());
    assert!(value.as_str().unwrap().starts_with("caf\u{fffd}"), "{value}");
}

#[test]
fn the_project_shadows_no_module_and_the_path_is_the_front_ends() {
    let (_project, mut backend) = sample("reports");
    for name in ["json.py", "os.py", "warnings.py", "importlib.py"] {
        fs::write(backend.project.join(name), "raise SystemExit('shadowed')\n").unwrap();
    }
    backend.python.sys_path.insert(0, String::new());
    let text = returned(backend.call("build_wheel", &[json!("o")]).unwrap());
    let seen: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
    let expected: Vec<_> = backend.python.sys_path.iter().filter(|entry| !entry.is_empty()).collect();
    assert_eq!(seen["path"], json!(expected));
    assert_eq!((&seen["argv"], &seen["stdin"]), (&json!([]), &json!("")));
}

#[test]
fn the_front_ends_own_variables_are_scrubbed() {
    let names = ["_PYPROJECT_HOOKS_BUILD_BACKEND", "PEP517_BACKEND_PATH", "PIP_BUILD_TRACKER", "PATH"];
    assert_eq!(scrubbed(names.into_iter().map(OsString::from)), names[..2]);
}

/// Run by `streams_and_environment` in a process of its own, whose streams it can see.
#[test]
#[ignore = "helper of another test"]
fn helper_in_another_process() {
    for spec in ["prints", "killed", "warns"] {
        let _ = build_wheel(spec);
    }
    let (_project, backend) = sample("warns");
    backend.call("get_requires_for_build_wheel", &[]).unwrap();
    let (_project, backend) = sample("reports");
    let call = backend.run("build_wheel", &[json!("o")]).unwrap();
    let control = call.control_dir.expect("HEADERKIT_KEEP_TEMP is set");
    assert!(control.join("output.json").is_file());
    fs::remove_dir_all(control).unwrap();
    println!("RESULT {}", returned(call.outcome).as_str().unwrap());
}

#[test]
fn streams_and_environment() {
    let helper = "inner::tests::helper_in_another_process";
    let temporary = tempfile::tempdir().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", helper, "--nocapture"])
        .env("_PYPROJECT_HOOKS_BUILD_BACKEND", "headerkit_backend")
        .env("PEP517_BUILD_BACKEND", "headerkit_backend")
        .env("PIP_BUILD_TRACKER", "/tmp/tracker")
        .env("HEADERKIT_KEEP_TEMP", "1")
        .env("TMPDIR", temporary.path())
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    for text in
        ["print: building", "fd 1: ", "child: building", "killed: last words", "UserWarning: this key"]
    {
        assert!(stderr.contains(text) && !stdout.contains(text), "{text}\n{stdout}\n{stderr}");
    }
    assert!(stdout.contains(r#""env": ["PIP_BUILD_TRACKER"]"#), "{stdout}");
}
