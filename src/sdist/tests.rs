//! Source distributions of real build backends, completed and read by Python's tarfile and pip.

use std::process::Command;

use super::*;

/// Backend module, project table.
const BACKENDS: [(&str, &str); 3] = [
    ("hatchling.build", ""),
    ("flit_core.buildapi", ""),
    ("setuptools.build_meta", "[tool.setuptools]\npackages = [\"demo\"]\n"),
];

fn python() -> String {
    std::env::var("HEADERKIT_TEST_PYTHON").unwrap_or_else(|_| "python3".into())
}

fn run(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(python()).args(arguments).current_dir(directory).output();
    let output = output.unwrap_or_else(|error| panic!("set HEADERKIT_TEST_PYTHON: `{}`: {error}", python()));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{arguments:?}: {stderr}\n(needs pip install hatchling flit_core setuptools pip in HEADERKIT_TEST_PYTHON)"
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn build((module, table): (&str, &str)) -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let project = temporary.path();
    let text = format!(
        "[build-system]\nrequires = []\nbuild-backend = \"{module}\"\n[project]\nname = \"demo\"\n\
         version = \"1.0\"\ndescription = \"x\"\n{table}"
    );
    fs::create_dir_all(project.join("demo")).unwrap();
    fs::create_dir_all(project.join("dist")).unwrap();
    fs::write(project.join("pyproject.toml"), text).unwrap();
    fs::write(project.join("demo/__init__.py"), "x = 1\n").unwrap();
    let code = format!(
        "import os\nout = os.dup(1)\nos.dup2(2, 1)\nimport {module} as b\nos.write(out, b.build_sdist('dist').encode())"
    );
    let name = run(project, &["-c", &code]);
    let path = project.join("dist").join(name);
    (temporary, path)
}

fn long() -> String {
    format!(".headerkit/ir/{}/{}.json", "slug".repeat(40), "x".repeat(120))
}

fn files() -> BTreeMap<String, Vec<u8>> {
    [
        ("demo/__init__.py".to_owned(), "x = 1\n"),
        ("include/a.h".to_owned(), "int a;\n"),
        (".headerkit/ir/é.json".to_owned(), "{}"),
        (long(), "long"),
    ]
    .map(|(name, text)| (name, text.as_bytes().to_vec()))
    .into()
}

const INSPECT: &str = r#"
import sys, tarfile
t = tarfile.open(sys.argv[1])
for m in t:
    data = t.extractfile(m).read() if m.isfile() else b''
    print(ascii(m.name), oct(m.mode), m.uid, m.gid, repr(m.uname + m.gname), round(m.mtime), data)
"#;

fn inspect(sdist: &Path) -> Vec<String> {
    let text = run(Path::new("/"), &["-c", INSPECT, sdist.to_str().unwrap()]);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn completed_sdists_unpack_and_build() {
    for backend in BACKENDS {
        let (project, sdist) = build(backend);
        let before = inspect(&sdist);
        let completed = complete_at(&sdist, &files(), Some(1_700_000_000)).unwrap();
        assert_eq!(completed.added, [long(), ".headerkit/ir/é.json".into(), "include/a.h".into()]);
        assert_eq!(completed.differing, [""; 0]);
        let after = inspect(&sdist);
        assert_eq!(after[..before.len()], before[..], "{}", backend.0);
        let added = &after[before.len()..];
        let expected = "'demo-1.0/include/a.h' 0o644 0 0 '' 1700000000 b'int a;\\n'";
        assert_eq!((added.len(), added[2].as_str()), (3, expected));
        assert!(added[0].starts_with(&format!("'demo-1.0/{}'", long())), "{added:?}");
        assert!(added[1].starts_with(r"'demo-1.0/.headerkit/ir/\xe9.json'"), "{added:?}");

        let site = project.path().join("site");
        let arguments = ["-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target"];
        let paths = [site.to_str().unwrap(), sdist.to_str().unwrap()];
        run(project.path(), &[&arguments[..], &paths].concat());
        assert!(site.join("demo/__init__.py").is_file());
    }
}

#[test]
fn completing_is_deterministic_and_idempotent() {
    let (project, sdist) = build(BACKENDS[2]);
    let copy = project.path().join(sdist.file_name().unwrap());
    fs::copy(&sdist, &copy).unwrap();
    let unchanged = fs::read(&sdist).unwrap();
    let held = [("demo/__init__.py".to_owned(), b"other".to_vec())].into();
    let completed = complete(&sdist, &held).unwrap();
    assert_eq!(completed, Completed { added: vec![], differing: vec!["demo/__init__.py".into()] });
    assert_eq!(fs::read(&sdist).unwrap(), unchanged);

    complete_at(&sdist, &files(), None).unwrap();
    complete_at(&copy, &files(), None).unwrap();
    let bytes = fs::read(&sdist).unwrap();
    assert_eq!(bytes, fs::read(copy).unwrap());
    assert_eq!(bytes[..10], unchanged[..10], "gzip header");
    complete_at(&sdist, &files(), None).unwrap();
    assert_eq!(bytes, fs::read(&sdist).unwrap());
    let date = |line: &str| line.split(' ').nth(5).unwrap().to_owned();
    let lines = inspect(&sdist);
    let info = lines.iter().find(|line| line.starts_with("'demo-1.0/PKG-INFO'")).unwrap();
    assert_eq!(date(lines.last().unwrap()), date(info));
}

#[test]
fn odd_archives_are_refused_without_panic() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x-1.tar.gz");
    let write = |stream: &[u8]| {
        let mut encoder = GzBuilder::new().write(Vec::new(), Compression::fast());
        encoder.write_all(stream).unwrap();
        fs::write(&path, encoder.finish().unwrap()).unwrap();
    };
    let mut stream = Vec::new();
    append(&mut stream, "x-1/PKG-INFO", b"1", 0).unwrap();
    let one = stream.clone();
    append(&mut stream, "y-1/PKG-INFO", b"1", 0).unwrap();
    write(&stream);
    assert!(matches!(complete(&path, &files()), Err(Error::Invalid { .. })));
    write(&[]);
    assert!(complete(&path, &files()).is_err());
    let mut trailing = one.clone();
    trailing.extend([0; 2 * BLOCK]);
    trailing.extend([7; BLOCK]);
    write(&trailing);
    assert!(matches!(complete(&path, &files()), Err(Error::Invalid { .. })));
    for length in (0..one.len()).step_by(7) {
        write(&one[..length]);
        let _ = complete(&path, &files());
    }
    fs::write(&path, "no gzip").unwrap();
    assert!(matches!(complete(&path, &files()), Err(Error::Io { .. })));
    for bad in ["../x", "/x", "", "a//b"] {
        let files = [(bad.to_owned(), Vec::new())].into();
        assert!(matches!(complete(&path, &files), Err(Error::BadPath(_))), "{bad}");
    }
}

#[test]
fn pax_lengths_count_themselves() {
    for length in 80..130 {
        let record = pax_record("path", &"x".repeat(length));
        assert_eq!(record.split(' ').next().unwrap(), record.len().to_string());
    }
}
