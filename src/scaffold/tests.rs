use std::path::Path;

use super::*;

fn wanted() -> Wanted {
    Wanted { headers: vec!["include/foo.h".into()], writers: vec!["ctypes".into()], ..Wanted::default() }
}

fn project(pyproject: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in
        [("pyproject.toml", pyproject), ("include/foo.h", "int f(void);\n"), ("src/foo/__init__.py", "")]
    {
        fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

/// What pyproject.toml becomes; checked to be final.
fn edited(dir: &Path, wanted: &Wanted) -> String {
    let plan = super::plan(dir, wanted).unwrap();
    apply(dir, &plan).unwrap();
    let again = super::plan(dir, wanted).unwrap();
    assert!(again.changes.is_empty(), "{:?}", again.changes);
    fs::read_to_string(dir.join(PYPROJECT)).unwrap()
}

#[test]
fn formatting_and_comments_stay() {
    let text = "# A license.\n[build-system]\nrequires = [\n    \"setuptools>=77\",  # why\n    'wheel',\n]\n\
                build-backend = \"setuptools.build_meta\" # ours\n\n[project]\nname = \"foo\"\nversion='1'\n\n\
                [tool.uv]  # uv\ndev-dependencies = []\n";
    let dir = project(text);
    let new = edited(dir.path(), &wanted());
    let expected = "# A license.\n[build-system]\nrequires = [\n    \"headerkit-backend\",\n    \"setuptools>=77\",  # why\n    \
                    'wheel',\n]\nbuild-backend = \"headerkit_backend\" # ours\n\n[project]\nname = \"foo\"\nversion='1'\n\n\
                    [tool.uv]  # uv\ncache-keys = [{ file = \"pyproject.toml\" }, { file = \"include/**/*.h\" }]\n\
                    dev-dependencies = []\n\n[tool.headerkit]\nwriters = [\"ctypes\"]\ninclude_dirs = [\"include\"]\n\n\
                    [tool.headerkit.headers.\"include/foo.h\"]\n\n[tool.headerkit.output]\nctypes = \"src/foo/{stem}_ctypes.py\"\n";
    assert_eq!(new, expected);
}

#[test]
fn uv_is_told_what_is_configured_already() {
    let configured = "[build-system]\nrequires = [\"headerkit-backend\", \"hatchling\"]\nbuild-backend = \"headerkit_backend\"\n\
                      [project]\nname = \"foo\"\n[tool.headerkit.headers.\"include/a.h\"]\n[tool.headerkit.headers.\"/usr/include/b.h\"]\n\
                      [[tool.headerkit.extensions]]\nname = \"foo\"\nsources = [\"native/*.c\", \"!native/x.c\", \"${DIR}/y.c\"]\n\
                      include-dirs = [\"native/inc/\"]\n";
    let none = Wanted::default();
    let expected = "[tool.uv]\ncache-keys = [{ file = \"pyproject.toml\" }, { file = \"include/**/*.h\" }, \
                    { file = \"native/*.c\" }, { file = \"native/inc/**/*.h\" }]\n";
    let dir = project(configured);
    let new = edited(dir.path(), &none);
    assert!(new.starts_with(configured) && new.ends_with(expected), "{new}");
    let list = configured.replace(
        "[tool.headerkit.headers.\"include/a.h\"]\n[tool.headerkit.headers.\"/usr/include/b.h\"]\n",
        "",
    ) + "[[tool.headerkit.headers]]\npattern = \"src/*.h\"\n[tool.uv]\ncache-keys = [{ file = \"native/*.c\" }]\n";
    let new = edited(project(&list).path(), &none);
    let expected = "cache-keys = [{ file = \"src/*.h\" }, { file = \"native/inc/**/*.h\" }, { file = \"native/*.c\" }]\n";
    assert!(new.ends_with(expected), "{new}");
}

#[test]
fn the_present_backend_becomes_the_inner_one() {
    let head = |lines: &str| format!("[build-system]\n{lines}\n[project]\nname = \"foo\"\n");
    let cases = [
        (
            head("requires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\""),
            "\"headerkit-backend\", \"hatchling\"]",
            None,
        ),
        (
            head("requires = []\nbuild-backend = \"mine\"\nbackend-path = [\".\"]"),
            "[\"headerkit-backend\"]",
            Some("inner_backend = \"mine\"\nbackend_path = [\".\"]\n"),
        ),
        (head("requires = [\"setuptools\"]"), "\"headerkit-backend\", \"setuptools\"]", None),
        (
            head("requires = [\"setuptools\", \"maturin\"]\nbuild-backend = \"maturin\""),
            "\"maturin\"]",
            Some("inner_backend = \"maturin\"\n"),
        ),
        ("[project]\nname = \"foo\"\n".into(), "[\"headerkit-backend\", \"setuptools\"]", None),
    ];
    for (text, requires, ours) in cases {
        let dir = project(&text);
        let new = edited(dir.path(), &wanted());
        assert!(new.contains(requires), "{new}");
        assert!(
            new.contains("build-backend = \"headerkit_backend\"") && !new.contains("backend-path"),
            "{new}"
        );
        let table = format!("[tool.headerkit]\n{}writers", ours.unwrap_or_default());
        assert!(new.contains(&table), "{new}");
    }
}

#[test]
fn another_backend_can_be_chosen() {
    let dir = project("[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n");
    let new = edited(dir.path(), &Wanted { inner: Some("flit_core".into()), ..wanted() });
    assert!(new.contains("requires = [\"headerkit-backend\", \"flit-core\", \"hatchling\"]"), "{new}");
    assert!(new.contains("inner_backend = \"flit_core.buildapi\""), "{new}");
}

#[test]
fn a_configured_project_gets_only_what_it_lacks() {
    let text = "[build-system]\nrequires = [\"headerkit-backend\", \"hatchling\"]\nbuild-backend = \"headerkit_backend\"\n\n\
                [tool.uv]\ncache-keys = [{ file = \"include/**/*.h\" }]\n\
                [tool.headerkit]\nwriters = [\"json\"]\n[[tool.headerkit.headers]]\npattern = \"include/bar.h\"\n";
    let dir = project(text);
    assert_eq!(edited(dir.path(), &Wanted::default()), text);
    let new = edited(dir.path(), &wanted());
    assert!(
        new.starts_with(text) && new.contains("[[tool.headerkit.headers]]\npattern = \"include/foo.h\"\n"),
        "{new}"
    );
}

#[test]
fn a_header_that_is_not_there_is_refused() {
    let dir = project("");
    let with = |header: &str| super::plan(dir.path(), &Wanted { headers: vec![header.into()], ..wanted() });
    assert!(matches!(with("include/bar.h"), Err(Error::NoHeader(header)) if header == "include/bar.h"));
    assert!(with("lib/*.h").is_ok() && with("${LIB}/a.h").is_ok());
}

#[test]
fn line_ends_stay() {
    let dir = project("[project]\r\nname = \"foo\"\r\n");
    let new = edited(dir.path(), &wanted());
    assert_eq!(new.matches('\n').count(), new.matches("\r\n").count(), "{new:?}");
}

#[test]
fn what_cannot_be_edited_is_refused() {
    let dir = project("tool = { headerkit = { writers = [\"json\"] } }\n");
    let error = super::plan(dir.path(), &wanted()).unwrap_err();
    assert!(matches!(error, Error::ByHand { .. }), "{error}");
    let dir =
        project("[project]\nname = \"foo\"\ndescription = \"\"\"\n[tool.uv]\n\"\"\"\n[tool.uv.sources]\n");
    assert!(matches!(super::plan(dir.path(), &wanted()), Err(Error::ByHand { .. })));
    let dir = project("[tool\n");
    assert!(matches!(super::plan(dir.path(), &wanted()), Err(Error::Malformed(_))));
}

#[test]
fn a_new_project_is_named_after_its_directory_or_its_header() {
    let root = tempfile::tempdir().unwrap();
    let cases = [
        ("plain_name", "plain-name", None),
        ("My Project!", "my-project", Some("because `My Project!` cannot be its name")),
        ("3d.tools", "lib3d-tools", Some("`3d.tools`")),
        ("données", "foo", Some("`données`")),
        ("数据", "foo", Some("called `foo`")),
        ("!!", "foo", Some("called `foo`")),
    ];
    for (dir, name, note) in cases {
        let dir = root.path().join(dir);
        fs::create_dir_all(dir.join("include")).unwrap();
        fs::write(dir.join("include/foo.h"), "int f(void);\n").unwrap();
        let plan = super::plan(&dir, &wanted()).unwrap();
        assert!(plan.changes[0].new.contains(&format!("name = \"{name}\"\n")), "{plan:?}");
        let notes = plan.notes.concat();
        assert!(note.map_or(notes.is_empty(), |note| notes.contains(note)), "{notes}");
    }
}
