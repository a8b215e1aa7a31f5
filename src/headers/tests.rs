//! Selection on real directories.

use std::path::{Path, PathBuf};

use super::*;
use crate::config::{self, Config, FileChoice, Overrides, Sources, WriterInfo};
use crate::diagnostics::Hint;

struct Project {
    _dir: tempfile::TempDir,
    root: PathBuf,
    environment: Vec<(String, String)>,
}

impl Project {
    /// A project `p` with these files, beside whatever a test adds.
    fn new(files: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(dir.path()).unwrap().join("p");
        fs_err::create_dir_all(&root).unwrap();
        let project = Project { _dir: dir, root, environment: Vec::new() };
        files.iter().for_each(|file| project.touch(file));
        project
    }

    fn touch(&self, file: &str) {
        let path = self.root.join(file);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, "").unwrap();
    }

    fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.into(), value.into()));
    }

    fn config(&self, table: &str, overrides: Overrides) -> Config {
        fs_err::write(self.root.join("pyproject.toml"), format!("[tool.headerkit]\n{table}\n")).unwrap();
        let get = |name: &str| {
            self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let sources = Sources { project: &self.root, file: FileChoice::Auto, overrides, environment: &get };
        config::load(sources, &writers()).unwrap()
    }

    fn select(&self, table: &str) -> Result<HeaderSet, Error> {
        self.typed(table, Overrides::default(), &[], "")
    }

    fn typed(
        &self,
        table: &str,
        overrides: Overrides,
        requested: &[&str],
        cwd: &str,
    ) -> Result<HeaderSet, Error> {
        let requested: Vec<String> = requested.iter().map(|item| item.to_string()).collect();
        let mut config = self.config(table, overrides);
        for item in &requested {
            config.look_up(item, &|name| {
                self.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
            });
        }
        select(&config, &requested, &self.root.join(cwd), &writers())
    }

    fn error(&self, table: &str) -> String {
        self.select(table).unwrap_err().to_string()
    }
}

fn writers() -> Vec<WriterInfo> {
    let info = |name: &str, pattern: &str| WriterInfo {
        name: name.into(),
        default_pattern: pattern.into(),
        by_default: name == "cffi",
        companion: None,
    };
    vec![info("cffi", "{dir}/{stem}.cdef.txt"), info("json", "{dir}/{stem}.json")]
}

fn names(set: &HeaderSet) -> Vec<&str> {
    set.units.iter().map(|unit| unit.name.as_str()).collect()
}

fn outputs(set: &HeaderSet) -> Vec<&str> {
    set.units.iter().flat_map(|unit| &unit.outputs).map(|output| output.name.as_str()).collect()
}

fn dirs(unit: &HeaderUnit) -> Vec<&str> {
    unit.include_dirs.iter().map(|dir| dir.written.as_str()).collect()
}

#[test]
fn globs_stay_in_their_directory_and_are_sorted() {
    let project = Project::new(&[
        "include/b.h",
        "include/a.h",
        "include/net/c.h",
        "include/internal/x.h",
        "include/.hid/y.h",
        ".venv/z.h",
        "include/a.c",
        "vendor/special.h",
        "[odd].h",
    ]);
    for (table, expected) in [
        ("headers.'include/*.h' = {}", "include/a.h include/b.h"),
        ("headers.'include/**/*.h' = {}", "include/a.h include/b.h include/internal/x.h include/net/c.h"),
        (
            "exclude = ['include/internal/**']\nheaders = [{pattern = 'vendor/special.h'}, {pattern = 'include/**/*.h'}]",
            "vendor/special.h include/a.h include/b.h include/net/c.h",
        ),
        ("exclude = ['include/internal']\nheaders.'include/*/*.h' = {}", "include/net/c.h"),
        ("exclude = ['*.h']\nheaders.'include/a.h' = {}", "include/a.h"),
        ("headers.'{include,vendor}/[as]*.h' = {}", "include/a.h vendor/special.h"),
        ("headers.'./include/../include/a.h' = {}", "include/a.h"),
        ("headers.'[odd].h' = {}", "[odd].h"),
        ("headers.'include/.hid/*.h' = {}", "include/.hid/y.h"),
        ("exclude = ['**/*.h']\nheaders.'include/*.h' = {}", ""),
        ("", ""),
    ] {
        assert_eq!(names(&project.select(table).unwrap()).join(" "), expected, "{table}");
    }
}

#[cfg(unix)]
#[test]
fn linked_directories_are_not_entered() {
    let project = Project::new(&["include/a.h"]);
    std::os::unix::fs::symlink("..", project.root.join("include/loop")).unwrap();
    std::os::unix::fs::symlink("a.h", project.root.join("include/b.h")).unwrap();
    let set = project.select("headers.'**/*.h' = {}").unwrap();
    assert_eq!(names(&set), ["include/a.h", "include/b.h"]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_reported() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new(&["a.h"]);
    let name = std::ffi::OsStr::from_bytes(b"b\xff.h");
    fs_err::write(project.root.join(name), "").unwrap();
    assert!(project.error("headers.'*.h' = {}").contains("b\u{fffd}.h` is not valid UTF-8"));
    assert_eq!(names(&project.select("headers.'a*.h' = {}").unwrap()), ["a.h"]);
}

#[test]
fn rules_add_up_in_their_order() {
    let project = Project::new(&["include/a.h", "include/b.h"]);
    let table = r#"
defines = ["G"]
include_dirs = ["include/common/", "/usr/local/include"]
backend_args = ["-std=c11"]
writers = ["cffi", "json"]
writer.cffi = {one = 1, two = 2}
output.json = "all/{stem}.json"
[[tool.headerkit.headers]]
pattern = "include/*.h"
defines = ["R1", "X=1"]
output = {cffi = "r1/{name}.txt"}
[[tool.headerkit.headers]]
pattern = "include/b.h"
defines = ["X=2", "G"]
include_dirs = ["include/common", "./include"]
extra_args = ["-v"]
target = "linux/arm64"
output = {cffi = "r2/{stem}.txt", json = "{dir}/b.js"}
writer_options.cffi = {two = 3}
"#;
    let set = project.select(table).unwrap();
    assert_eq!(names(&set), ["include/a.h", "include/b.h"]);
    let (a, b) = (&set.units[0], &set.units[1]);
    assert_eq!(a.defines, ["G", "R1", "X=1"]);
    assert_eq!(b.defines, ["G", "R1", "X=1", "X=2"]);
    assert_eq!(dirs(a), ["include/common", "/usr/local/include"]);
    assert_eq!(dirs(b), ["include/common", "/usr/local/include", "include"]);
    assert_eq!(b.include_dirs[2].path, project.root.join("include"));
    assert_eq!(b.arguments, ["-std=c11", "-v"]);
    assert_eq!((a.target.as_deref(), b.target.as_deref()), (None, Some("linux/arm64")));
    assert_eq!(outputs(&set), ["r1/a.h.txt", "all/a.json", "r2/b.txt", "include/b.js"]);
    assert_eq!(b.outputs[0].path, project.root.join("r2/b.txt"));
    assert_eq!(serde_json::json!(a.outputs[0].options), serde_json::json!({"one": 1, "two": 2}));
    assert_eq!(serde_json::json!(b.outputs[0].options), serde_json::json!({"one": 1, "two": 3}));
    assert!(a.outputs[1].options.is_empty());
}

#[test]
fn headers_outside_are_named_as_written() {
    let mut project = Project::new(&["a.h", "../nng/nng/nng.h", "../nng/nng/z.h", "../sibling/s.h"]);
    let nng = project.root.join("../nng").to_string_lossy().into_owned();
    project.set("NNG", &nng);
    project.set("GONE", "/nowhere/at/all");
    project.set("EMPTY", "");
    let table = r#"
include_dirs = ["${NNG}", "${EMPTY}"]
headers = [{pattern = "${NNG}/nng/nng.h"}, {pattern = "../sibling/s.h"}, {pattern = "${GONE}/x.h"},
  {pattern = "/nowhere/y.h"}, {pattern = "${NNG}/*/z*.h", output = {cffi = "z.txt"}}]
"#;
    let set = project.select(table).unwrap();
    assert_eq!(
        names(&set),
        ["${NNG}/nng/nng.h", "../sibling/s.h", "${GONE}/x.h", "/nowhere/y.h", "${NNG}/nng/z.h"]
    );
    let exist: Vec<_> = set.units.iter().map(|unit| unit.exists).collect();
    assert_eq!(exist, [true, true, false, false, true]);
    assert_eq!(outputs(&set), ["nng.cdef.txt", "s.cdef.txt", "x.cdef.txt", "y.cdef.txt", "z.txt"]);
    for unit in &set.units {
        assert_eq!(set.roots.resolve(&unit.name), unit.path);
        assert_eq!(set.roots.name(&unit.path).as_deref(), Some(unit.name.as_str()));
        assert_eq!(dirs(unit), ["${NNG}"]);
    }
    // The same roots, whichever header is asked for.
    let one = project.typed(table, Overrides::default(), &["../sibling/s.h"], "").unwrap();
    assert_eq!(one.roots.written(), set.roots.written());
    // Typed differently, it is still the configured header.
    let typed = project.typed(table, Overrides::default(), &["../nng/nng/nng.h", "${GONE}/x.h"], "").unwrap();
    assert_eq!(typed.units, [set.units[0].clone(), set.units[2].clone()]);
}

#[test]
fn unset_variables_fail_only_where_they_are_used() {
    let project = Project::new(&["a.h"]);
    let table = "headers = [{pattern = '${NOPE}/x.h'}, {pattern = 'a.h', defines = ['A']}]";
    let error = project.error(table);
    assert!(error.starts_with("pyproject.toml:2:23: `headers.pattern` needs"), "{error}");
    assert!(error.contains("variable `NOPE`"), "{error}");
    let set = project.typed(table, Overrides::default(), &["a.h"], "").unwrap();
    assert_eq!(set.units[0].defines, ["A"]);
    let error = project.error("include_dirs = ['${NOPE}']\nheaders.'a.h' = {}");
    assert!(error.contains("`include_dirs` needs the environment variable `NOPE`"), "{error}");
}

#[test]
fn typed_headers_get_the_settings_of_a_build() {
    let project = Project::new(&["include/a.h", "include/sub/b.h", "other/c.h", "../d.h"]);
    let table = "defines = ['G']\ninclude_dirs = ['include']\n[[tool.headerkit.headers]]\npattern = 'include/**/*.h'\ndefines = ['R']";
    let build = project.select(table).unwrap();
    let strings = |items: &[&str]| items.iter().map(|item| item.to_string()).collect::<Vec<_>>();
    // Saying again what the configuration says changes nothing.
    let again = || Overrides {
        defines: strings(&["R"]),
        include_dirs: strings(&["include/"]),
        ..Overrides::default()
    };
    for (requested, cwd) in [
        (vec!["include/a.h", "include/sub/b.h"], ""),
        (vec!["include/**/*.h"], ""),
        (vec!["include/**/*.h"], "other"),
        (vec!["../include/**/*.h"], "other"),
        (vec!["include/a.h", "../include/sub/b.h"], "other"),
    ] {
        let typed = project.typed(table, again_in(again(), cwd), &requested, cwd).unwrap();
        assert_eq!(typed.units, build.units, "{requested:?} in {cwd}");
    }
    let absolute = project.root.join("include/a.h");
    let typed = project.typed(table, Overrides::default(), &[absolute.to_str().unwrap()], "").unwrap();
    assert_eq!(typed.units[0], build.units[0]);

    let outside = project.root.parent().unwrap().join("d.h");
    let outside = outside.to_str().unwrap();
    let typed = project.typed(table, Overrides::default(), &["c.h", "../../d.h"], "other").unwrap();
    assert_eq!(names(&typed), ["other/c.h", outside]);
    assert_eq!(typed.units[0].defines, ["G"]);
    let typed = project.typed(table, Overrides::default(), &[outside, "../d.h"], "").unwrap();
    assert_eq!(names(&typed), [outside]);

    let excluding = Overrides { exclude: strings(&["include/sub/**"]), ..Overrides::default() };
    let typed = project.typed(table, excluding, &["include/a.h", "include/sub/b.h"], "").unwrap();
    assert_eq!(names(&typed), ["include/a.h"]);
}

/// The typed include dir as it is written from another directory.
fn again_in(mut overrides: Overrides, cwd: &str) -> Overrides {
    if !cwd.is_empty() {
        overrides.include_dirs = vec!["../include".into()];
    }
    overrides
}

#[test]
fn typed_outputs_go_anywhere() {
    let project = Project::new(&["include/a.h", "sub/x"]);
    let table = "headers.'include/a.h'.output = {cffi = 'r.txt'}\noutput.cffi = 'g.txt'";
    let out = |template: &str| Overrides {
        outputs: vec![("cffi".into(), template.into())],
        ..Overrides::default()
    };
    let parent = project.root.parent().unwrap().to_str().unwrap().to_owned();
    for (template, cwd, expected) in [
        ("bindings/{stem}.txt", "", "bindings/a.txt".to_owned()),
        ("o.txt", "sub", "sub/o.txt".into()),
        ("{dir}/{stem}.txt", "sub", "include/a.txt".into()),
        ("../o.txt", "", format!("{parent}/o.txt")),
        ("/tmp/o.txt", "", "/tmp/o.txt".into()),
    ] {
        let set = project.typed(table, out(template), &["include/a.h"], cwd).unwrap();
        assert_eq!(outputs(&set), [expected], "{template}");
    }
    assert_eq!(outputs(&project.select(table).unwrap()), ["r.txt"]);
}

#[test]
fn bad_outputs_are_refused() {
    let mut project = Project::new(&["include/a.h", "include/b.h", "d/x"]);
    project.set("ABS", "/etc");
    project.set("BRACES", "{x}");
    for (template, expected) in [
        ("{0}", "unknown variable `{0}` in the output template `{0}`"),
        ("{stem.__class__}", "unknown variable `{stem.__class__}`"),
        ("{}", "unknown variable `{}`"),
        ("{stem", "unbalanced `{`"),
        ("stem}", "unbalanced `}`"),
        ("{{stem}}", "unbalanced `{`"),
        ("../{stem}.txt", "leaves its directory with `..`"),
        ("a/../../x", "leaves its directory"),
        ("/tmp/x", "is an absolute path"),
        ("${ABS}/passwd", "is an absolute path"),
        ("C:/x", "is an absolute path"),
        ("a\\\\..\\\\x", "holds a backslash"),
        ("a\\u0007", "holds a control character"),
        ("", "names a directory"),
        ("out/", "names a directory"),
        ("d", "names a directory"),
        (".git/hooks/x", "lies in `.git`"),
        ("sub/.GIT/x", "lies in `.git`"),
        (".git./x", "lies in `.git`"),
        ("./.headerkit/x", "lies in `.headerkit`"),
        ("pyproject.toml", "would overwrite the configuration"),
        ("{dir}/{name}", "would overwrite the header `include/a.h`"),
        ("${NOPE}/x", "needs the environment variable `NOPE`"),
    ] {
        let error = project.error(&format!("output.cffi = \"{template}\"\nheaders.'include/a.h' = {{}}"));
        assert!(error.contains(expected), "{template}: {error}");
        assert!(error.starts_with("pyproject.toml:2:15: "), "{error}");
    }
    let set = project.select("output.cffi = '${BRACES}/{stem}'\nheaders.'include/a.h' = {}").unwrap();
    assert_eq!(outputs(&set), ["{x}/a"]);
    let error = project.error("store_dir = 'cache'\noutput.cffi = 'cache/x'\nheaders.'include/a.h' = {}");
    assert!(error.contains("lies in the store"), "{error}");

    let same = project.select("output.cffi = 'nng.txt'\nheaders.'include/*.h' = {}").unwrap_err();
    let message = same.to_string();
    assert!(
        message.contains(
            "`nng.txt` is the output of both `include/a.h` (writer `cffi`) and `include/b.h` (writer `cffi`)"
        ),
        "{message}"
    );
    assert!(same.hints()[0].contains("template `nng.txt`"));
    let error = project.error("output = {cffi = '{stem}', json = 'a'}\nheaders.'include/a.h' = {}");
    assert!(error.contains("(writer `cffi`) and `include/a.h` (writer `json`)"), "{error}");
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_outputs_out() {
    let project = Project::new(&["a.h", "inside/x", "../elsewhere/x", ".git/x"]);
    for (link, to) in [("out", "../elsewhere"), ("in", "inside"), ("git", ".git")] {
        std::os::unix::fs::symlink(to, project.root.join(link)).unwrap();
    }
    let table = |dir: &str| format!("output.cffi = '{dir}/sub/{{stem}}.txt'\nheaders.'a.h' = {{}}");
    assert!(project.error(&table("out")).contains("leaves the project through a symbolic link"));
    assert!(project.error(&table("git")).contains("lies in `.git` through a symbolic link"));
    assert_eq!(outputs(&project.select(&table("in")).unwrap()), ["in/sub/a.txt"]);
}

#[test]
fn what_selects_nothing_is_an_error() {
    let project = Project::new(&["include/mylib.h", "src/x.c"]);
    for (table, expected) in [
        (
            "headers.'include/mylb.h' = {}",
            "2:9: there is no header `include/mylb.h`; did you mean `include/mylib.h`?",
        ),
        ("headers.'mylib.h' = {}", "did you mean `include/mylib.h`?"),
        ("headers.'include/zzzzzz.h' = {}", "there is no header `include/zzzzzz.h`\n"),
        ("headers.'src/*.h' = {}", "2:9: no file matches `src/*.h`"),
        ("headers.'nope/**' = {}", "no file matches `nope/**`"),
        ("headers.'include' = {}", "`include` is a directory, not a header"),
        ("headers.'include/[a.h' = {}", "`include/[a.h` is not a valid glob"),
        ("exclude = ['{a']\nheaders.'include/*.h' = {}", "2:12: `{a` is not a valid glob"),
    ] {
        let error = project.error(table);
        assert!(error.contains(expected), "{table}: {error}");
    }
    let error = project.typed("", Overrides::default(), &["include/mylb.h"], "").unwrap_err().to_string();
    assert_eq!(
        error,
        "command line `HEADER`: there is no header `include/mylb.h`; did you mean `include/mylib.h`?"
    );
    let error = project.typed("", Overrides::default(), &["/nope/x.h"], "").unwrap_err().to_string();
    assert!(error.contains("there is no header `/nope/x.h`"), "{error}");
    let error = project.typed("", Overrides::default(), &["nope/*.h"], "").unwrap_err().to_string();
    assert!(error.contains("no file matches `nope/*.h`"), "{error}");
}

#[test]
fn without_a_project_any_header_can_be_given() {
    let project = Project::new(&["x"]);
    let get = |_: &str| None;
    let sources = Sources {
        project: &project.root,
        file: FileChoice::Auto,
        overrides: Overrides::default(),
        environment: &get,
    };
    let config = config::load(sources, &writers()).unwrap();
    assert!(config.file.is_none());
    let header = project.root.parent().unwrap().join("sys.h");
    fs_err::write(&header, "").unwrap();
    let set = select(&config, &[header.to_str().unwrap().into()], &project.root, &writers()).unwrap();
    assert_eq!(Path::new(&set.units[0].name), header);
    assert_eq!(outputs(&set), ["sys.cdef.txt"]);
}
