//! Wheels of real build backends, completed and read by Python's zipfile and pip.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::rewrite::rewrite_at;
use super::*;

/// Backend module, distribution to install, project table.
pub(crate) const BACKENDS: [(&str, &str, &str); 3] = [
    ("hatchling.build", "hatchling", ""),
    ("flit_core.buildapi", "flit_core", ""),
    ("setuptools.build_meta", "setuptools", "[tool.setuptools]\npackages = [\"demo\"]\n"),
];

pub(crate) fn python() -> String {
    std::env::var("HEADERKIT_TEST_PYTHON").unwrap_or_else(|_| "python3".into())
}

/// Runs Python code in `directory` and returns what it prints.
pub(crate) fn run(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(python())
        .args(arguments)
        .current_dir(directory)
        .env_remove("SOURCE_DATE_EPOCH")
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .output()
        .unwrap_or_else(|error| panic!("set HEADERKIT_TEST_PYTHON: `{}`: {error}", python()));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A project with one package, built by a real backend into `dist`.
pub(crate) fn build(
    hook: &str,
    (module, distribution, table): (&str, &str, &str),
) -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let project = temporary.path();
    let available =
        format!("import importlib.util as u, sys; sys.exit(u.find_spec('{distribution}') is None)");
    let found = Command::new(python()).args(["-c", &available]).status().is_ok_and(|status| status.success());
    assert!(
        found,
        "`{}` has no `{distribution}`: pip install hatchling flit_core setuptools wheel pip into an environment and \
         set HEADERKIT_TEST_PYTHON to its interpreter",
        python()
    );
    let text = format!(
        "[build-system]\nrequires = []\nbuild-backend = \"{module}\"\n[project]\nname = \"demo\"\n\
         version = \"1.0\"\ndescription = \"x\"\n{table}"
    );
    fs::create_dir_all(project.join("demo")).unwrap();
    fs::create_dir_all(project.join("dist")).unwrap();
    fs::write(project.join("pyproject.toml"), text).unwrap();
    fs::write(project.join("demo/__init__.py"), "x = 1\n").unwrap();
    let code = format!(
        "import os, sys\nout = os.dup(1)\nos.dup2(2, 1)\nimport {module} as b\n\
         os.write(out, b.{hook}('dist').encode())"
    );
    let name = run(project, &["-c", &code]);
    let path = project.join("dist").join(name);
    (temporary, path)
}

/// A wheel `d-1` with these files, made by hand.
pub(crate) fn wheel_of(directory: &Path, files: &[(String, String)]) -> PathBuf {
    let path = directory.join("d-1-py3-none-any.whl");
    let mut zip = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let fixed = [
        ("d-1.dist-info/METADATA", "Name: d\nVersion: 1\n"),
        ("d-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
        (
            "d-1.dist-info/RECORD",
            "d-1.dist-info/METADATA,,\nd-1.dist-info/RECORD.jws,,\nd-1.dist-info/RECORD,,\n",
        ),
    ];
    let files = files.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    for (name, text) in files.chain(fixed) {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn additions() -> Additions {
    let files = [
        ("demo/bindings/b.py", "y = 2\n"),
        ("demo/a,\"quoted\".cdef.txt", "int f(void);\n"),
        ("demo/é.py", "z = 3\n"),
    ];
    Additions {
        files: files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).into(),
        dist_info: [("sboms/x.cdx.json".to_owned(), b"{}".to_vec())].into(),
        retag: Some(Retag { platform: "manylinux_2_17_x86_64.manylinux2014_x86_64".into(), abi: None }),
        remove: vec![".headerkit/".into()],
    }
}

/// Name, date, mode, compressed size and CRC of every member, and RECORD checked against all of them.
const INSPECT: &str = r#"
import base64, csv, hashlib, io, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
info = [n for n in z.namelist() if n.endswith('.dist-info/RECORD')][0]
rows = {r[0]: r[1:] for r in csv.reader(io.StringIO(z.read(info).decode()))}
files = [i for i in z.infolist() if not i.is_dir()]
assert sorted(rows) == sorted(i.filename for i in files), (sorted(rows), z.namelist())
for i in files:
    if i.filename == info: continue
    data = z.read(i)
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
    assert rows[i.filename] == ['sha256=' + digest, str(len(data))], (i.filename, rows[i.filename])
for i in files:
    print(ascii(i.filename), i.date_time, oct(i.external_attr >> 16), i.compress_size, i.CRC, i.create_system)
"#;

fn inspect(wheel: &Path) -> Vec<String> {
    let text = run(wheel.parent().unwrap(), &["-c", INSPECT, wheel.to_str().unwrap()]);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn completed_wheels_are_sound_and_install() {
    for backend in BACKENDS {
        let (project, wheel) = build("build_wheel", backend);
        let before = inspect(&wheel);
        let metadata = read(&wheel).unwrap().read("demo-1.0.dist-info/METADATA").unwrap();
        let new = rewrite_at(&wheel, &additions(), Some(1_700_000_000)).unwrap();
        assert!(!wheel.exists());
        let archive = read(&new).unwrap();
        let tag = "-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
        assert!(new.to_str().unwrap().ends_with(tag), "{new:?}");
        assert_eq!(archive.read("demo-1.0.dist-info/METADATA").unwrap(), metadata);

        let after = inspect(&new);
        let is_new = |line: &&String| {
            ["bindings/b.py", "quoted", "xe9", "sboms/"].iter().any(|part| line.contains(part))
        };
        let changed = |line: &&String| line.contains("/RECORD'") || line.contains("/WHEEL'");
        let kept: Vec<_> = after.iter().filter(|line| !is_new(line) && !changed(line)).collect();
        assert_eq!(
            kept,
            before.iter().filter(|line| !changed(line)).collect::<Vec<_>>(),
            "order, dates, bytes"
        );
        let added: Vec<_> = after.iter().filter(is_new).collect();
        assert_eq!(added.len(), 4);
        for line in added {
            assert!(line.contains("(2023, 11, 14, 22, 13, 20) 0o100644") && line.ends_with(" 3"), "{line}");
        }
        let first_info = after.iter().position(|line| line.contains("dist-info")).unwrap();
        assert!(after[first_info - 1].contains("xe9") && after[first_info].contains("sboms/"), "{after:?}");

        let site = project.path().join("site");
        let site = site.to_str().unwrap();
        run(
            project.path(),
            &["-m", "pip", "install", "-q", "--no-deps", "--target", site, new.to_str().unwrap()],
        );
        let code = format!(
            "import sys; sys.path.insert(0, {site:?}); import demo.bindings.b as b; import importlib.metadata as m; \
             print(b.y, m.version('demo'), m.distribution('demo').read_text('WHEEL').count('Tag: '))"
        );
        assert_eq!(
            run(Path::new("/"), &["-c", &code]),
            format!("2 1.0 {}", archive.tags().expand().len()),
            "{}",
            backend.0
        );
    }
}

#[test]
fn completing_is_deterministic_and_idempotent() {
    let (project, wheel) = build("build_wheel", BACKENDS[0]);
    let copy = project.path().join(wheel.file_name().unwrap());
    fs::copy(&wheel, &copy).unwrap();
    let unchanged = fs::read(&wheel).unwrap();
    let nothing = Additions { remove: vec![".headerkit/".into()], ..Additions::default() };
    assert_eq!(rewrite(&wheel, &nothing).unwrap(), wheel);
    assert_eq!(fs::read(&wheel).unwrap(), unchanged);

    let first = rewrite_at(&wheel, &additions(), None).unwrap();
    let second = rewrite_at(&copy, &additions(), None).unwrap();
    let bytes = fs::read(&first).unwrap();
    assert_eq!(bytes, fs::read(second).unwrap());
    assert_eq!(rewrite_at(&first, &additions(), None).unwrap(), first);
    assert_eq!(fs::read(&first).unwrap(), bytes);
}

/// Whether the inner backend packed a file must not show in the wheel: it may depend on version control.
#[test]
fn a_given_file_is_packed_the_same_way_whether_it_was_there_or_not() {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let wheels = [
        vec![file("a.py", "a"), file("out.py", "text"), file("z.py", "z")],
        vec![file("a.py", "a"), file("z.py", "z")],
    ];
    let finished = wheels.map(|files| {
        let directory = tempfile::tempdir().unwrap();
        let wheel = wheel_of(directory.path(), &files);
        let change =
            Additions { files: [("out.py".to_owned(), b"text".to_vec())].into(), ..Additions::default() };
        fs::read(rewrite_at(&wheel, &change, None).unwrap()).unwrap()
    });
    assert!(finished[0] == finished[1]);
}

#[test]
fn files_are_replaced_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let files = [
        ("demo/__init__.py", "old"),
        (".headerkit/", ""),
        (".headerkit/ir/x", "1"),
        ("z.py", "z"),
        ("d-1.dist-info/RECORD.jws", "s"),
    ];
    let wheel = wheel_of(directory.path(), &files.map(|(a, b)| (a.to_owned(), b.to_owned())));
    let change = Additions {
        files: [("demo/__init__.py".to_owned(), b"new".to_vec())].into(),
        remove: vec![".headerkit/".into()],
        ..Additions::default()
    };
    rewrite(&wheel, &change).unwrap();
    let archive = read(&wheel).unwrap();
    let names = run(directory.path(), &["-m", "zipfile", "-l", wheel.to_str().unwrap()]);
    assert!(!names.contains("headerkit"), "{names}");
    assert_eq!(archive.read("demo/__init__.py").unwrap(), b"new");
    let gone = archive.members().keys().filter(|name| name.contains("headerkit") || name.ends_with(".jws"));
    assert_eq!(gone.count(), 0);
    let record = String::from_utf8(archive.read("d-1.dist-info/RECORD").unwrap()).unwrap();
    assert!(record.contains("demo/__init__.py,sha256=") && !record.contains(".jws"), "{record}");
}

#[test]
fn dist_info_is_extracted() {
    let (project, wheel) = build("build_wheel", BACKENDS[1]);
    let target = project.path().join("metadata");
    assert_eq!(extract_dist_info(&wheel, &target).unwrap(), "demo-1.0.dist-info");
    let code = "import importlib.metadata as m; print([d.version for d in m.distributions(path=['.'])])";
    assert_eq!(run(&target, &["-c", code]), "['1.0']");
    assert!(!target.join("demo").exists());
}

#[test]
fn hostile_wheels_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["../x.py", "/etc/x", "a/../../x", "C:/x", "a\\..\\x", "a//x"] {
        let wheel = wheel_of(directory.path(), &[(name.to_owned(), "1".to_owned())]);
        assert!(matches!(read(&wheel), Err(Error::UnsafeName { .. })), "{name}");
        assert!(extract_dist_info(&wheel, directory.path()).is_err());
    }
    let wheel = wheel_of(directory.path(), &[("e-1.dist-info/WHEEL".to_owned(), "1".to_owned())]);
    assert!(matches!(read(&wheel), Err(Error::Invalid { .. })));
    let sound = fs::read(wheel_of(directory.path(), &[])).unwrap();
    for length in 0..sound.len() {
        fs::write(&wheel, &sound[..length]).unwrap();
        assert!(read(&wheel).is_err());
    }
    for index in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[index] ^= 0xff;
        fs::write(&wheel, bytes).unwrap();
        let _ = rewrite(&wheel, &additions());
        let _ = fs::remove_file(
            directory.path().join("d-1-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"),
        );
    }
    let wheel = wheel_of(directory.path(), &[]);
    for name in ["../x", "/x", "x/", "d-1.dist-info/METADATA"] {
        let bad = Additions { files: [(name.to_owned(), Vec::new())].into(), ..Additions::default() };
        assert!(matches!(rewrite(&wheel, &bad), Err(Error::BadPath(_))), "{name}");
    }
}
