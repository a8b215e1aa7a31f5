//! The configuration tables that users are told to write, what must be refused, and who wins.

use super::*;
use crate::diagnostics::Hint;
use serde_json::json;

pub(super) fn writers() -> Vec<WriterInfo> {
    let info = |name: &str, pattern: &str, by_default| WriterInfo {
        name: name.into(),
        default_pattern: pattern.into(),
        by_default,
        companion: None,
    };
    vec![
        info("cffi", "{dir}/{stem}.cdef.txt", true),
        info("ctypes", "{dir}/{stem}_ctypes.py", true),
        info("json", "{dir}/{stem}.json", true),
        info("diff", "{dir}/{stem}_diff.json", false),
    ]
}

fn load_files(
    files: &[(&str, &[u8])],
    choice: FileChoice,
    overrides: Overrides,
    environment: &[(&str, &str)],
) -> Result<Config, Error> {
    let project = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs_err::write(project.path().join(name), content).unwrap();
    }
    let get =
        |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string());
    let sources = Sources { project: project.path(), file: choice, overrides, environment: &get };
    load(sources, &writers())
}

pub(super) fn with(pyproject: &str, overrides: Overrides, env: &[(&str, &str)]) -> Result<Config, Error> {
    load_files(&[("pyproject.toml", pyproject.as_bytes())], FileChoice::Auto, overrides, env)
}

pub(super) fn config(pyproject: &str) -> Result<Config, Error> {
    with(pyproject, Overrides::default(), &[])
}

fn written(texts: &[Text]) -> Vec<&str> {
    texts.iter().map(|text| text.written.as_str()).collect()
}

const BUILD: &str = "[build-system]\nrequires = [\"headerkit\", \"hatchling\"]\nbuild-backend = \"headerkit.build_backend\"\n";

#[test]
fn quick_start_table() {
    let config = config(&format!(
        r#"{BUILD}
[tool.headerkit]
backend = "libclang"
writers = ["cffi"]
target = "aarch64-unknown-linux-gnu"
store_dir = ".headerkit"

[tool.headerkit.headers."include/mylib.h"]
defines = ["VERSION=2"]
include_dirs = ["/usr/local/include"]
"#
    ))
    .unwrap();
    assert_eq!((config.parser.as_str(), &config.writers[..]), ("libclang", &["cffi".to_owned()][..]));
    assert_eq!(config.target().unwrap().unwrap(), "aarch64-unknown-linux-gnu");
    let rule = &config.headers[0];
    assert_eq!(rule.pattern.written, "include/mylib.h");
    assert_eq!(written(&rule.defines), ["VERSION=2"]);
    assert_eq!(written(&rule.include_dirs), ["/usr/local/include"]);
    assert_eq!(config.build_requires, ["headerkit", "hatchling"]);
    assert_eq!(config.build_backend.as_deref(), Some("headerkit.build_backend"));
    assert_eq!(config.store_path(Path::new("/")).unwrap(), config.project.join(".headerkit"));
}

#[test]
fn full_example_declares_a_table_twice() {
    let error = config(&format!(
        r#"{BUILD}
[tool.headerkit]
backend = "libclang"
writers = ["cffi", "ctypes"]

[tool.headerkit.headers."include/mylib.h"]
defines = ["VERSION=2"]

[tool.headerkit]
store_dir = ".headerkit"
"#
    ))
    .unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("pyproject.toml:12:"), "{message}");
    assert!(message.contains("duplicate key") && message.contains("12 | [tool.headerkit]"), "{message}");
    assert!(error.hints()[0].contains("each table and key once"));
}

#[test]
fn several_headers_keep_the_order_of_the_file() {
    let config = config(
        r#"
[tool.headerkit]
backend = "libclang"
writers = ["cffi", "ctypes"]
defines = ["SHARED_DEFINE"]
include_dirs = ["include/common"]

[tool.headerkit.headers."include/utils.h"]
defines = ["UTILS_API", "DEBUG"]
include_dirs = ["include/utils"]

[tool.headerkit.headers."include/core.h"]
defines = ["CORE_API"]

[tool.headerkit.headers."include/platform.h"]
# Uses only global defines and include_dirs
"#,
    )
    .unwrap();
    let patterns: Vec<_> = config.headers.iter().map(|rule| rule.pattern.written.as_str()).collect();
    assert_eq!(patterns, ["include/utils.h", "include/core.h", "include/platform.h"]);
    assert_eq!(written(&config.headers[0].defines), ["UTILS_API", "DEBUG"]);
    assert_eq!(written(&config.defines), ["SHARED_DEFINE"]);
    let place = &config.headers[1].pattern.place;
    assert_eq!(place.to_string(), "pyproject.toml:12:25");
}

#[test]
fn own_file_and_cache_tables() {
    let own = r#"store_dir = ".headerkit"
[cache]
no_cache = false
no_ir_cache = true
no-output-cache = false
[cache.populate]
platforms = ["linux/amd64", "linux/arm64"]
python_versions = ["3.12", "3.13"]
timeout = 600
[cache.populate.images]
"linux/amd64" = "quay.io/pypa/manylinux_2_28_x86_64"
"linux/arm64" = "quay.io/pypa/manylinux_2_28_aarch64"
"#;
    let files = [("pyproject.toml", BUILD.as_bytes()), (".headerkit.toml", own.as_bytes())];
    let from_own = load_files(&files, FileChoice::Auto, Overrides::default(), &[]).unwrap();
    assert!(from_own.file.as_ref().unwrap().ends_with(".headerkit.toml"));
    assert_eq!(from_own.build_requires.len(), 2);
    assert!(from_own.cache.no_ir.value && !from_own.cache.no_cache.value);
    let line = |line| Origin::File { path: ".headerkit.toml".into(), line };
    assert_eq!((&from_own.cache.no_ir.origin, &from_own.store_dir.origin), (&line(4), &line(1)));
    assert_eq!(written(&from_own.populate.python_versions), ["3.12", "3.13"]);
    assert_eq!((from_own.populate.timeout, from_own.populate.images.len()), (Some(600), 2));

    let same =
        own.replace("[cache", "[tool.headerkit.cache").replace("store_dir", "[tool.headerkit]\nstore_dir");
    assert_eq!(config(&same).unwrap().populate.platforms.len(), 2);

    let both = [("pyproject.toml", same.as_bytes()), (".headerkit.toml", own.as_bytes())];
    let error = load_files(&both, FileChoice::Auto, Overrides::default(), &[]).unwrap_err().to_string();
    assert_eq!(
        error,
        "both `[tool.headerkit] at pyproject.toml:1:7` and `.headerkit.toml` configure this project"
    );
    let none = load_files(&both, FileChoice::None, Overrides::default(), &[]).unwrap();
    assert_eq!((none.file, none.store_dir.origin), (None, Origin::Default));
    let named = FileChoice::Path(".headerkit.toml".into());
    assert!(load_files(&both, named, Overrides::default(), &[]).unwrap().cache.no_ir.value);
    let error = load_files(&both, FileChoice::Path("nope.toml".into()), Overrides::default(), &[]);
    assert_eq!(error.unwrap_err().to_string(), "there is no configuration file `nope.toml`");
}

#[test]
fn globs_outputs_and_writer_options() {
    let config = with(
        r#"
[tool.headerkit]
exclude = ["include/internal/**"]
[[tool.headerkit.headers]]
pattern = "include/**/*.h"
[[tool.headerkit.headers]]
pattern = "vendor/special.h"
defines = ["VENDOR_MODE"]
include_dirs = ["${NNG_INCLUDE_DIR}"]
[tool.headerkit.writer.cffi]
define_patterns = ["NNG_FLAG_\\w+", "NNG_MAXADDRLEN"]
extra_cdef = ['extern "Python" void _async_complete(void *);']
[tool.headerkit.output]
json = "{dir}/{stem}.json"
cffi = "nng/_nng.cdef.txt"
"#,
        Overrides::default(),
        &[("NNG_INCLUDE_DIR", "/opt/nng")],
    )
    .unwrap();
    assert_eq!(config.writers, ["json", "cffi"]);
    assert_eq!(config.headers[1].pattern.written, "vendor/special.h");
    assert_eq!(config.expand(&config.headers[1].include_dirs[0]).unwrap(), "/opt/nng");
    let options = config.writer_options("cffi").unwrap();
    assert_eq!(options["define_patterns"], json!(["NNG_FLAG_\\w+", "NNG_MAXADDRLEN"]));
    assert_eq!(options["extra_cdef"], json!(["extern \"Python\" void _async_complete(void *);"]));
    assert!(config.writer_options("json").unwrap().is_empty());
}

#[test]
fn cibuildwheel_store_variable() {
    let table = r#"
[tool.headerkit]
store_dir = "${HEADERKIT_STORE_DIR}"
[tool.cibuildwheel.linux]
container-engine = { name = "docker", create-args = [
    "--volume", "/tmp/headerkit-store:/headerkit-store"
]}
environment = { HEADERKIT_STORE_DIR = "/headerkit-store" }
"#;
    let set = with(table, Overrides::default(), &[("HEADERKIT_STORE_DIR", "/headerkit-store")]).unwrap();
    assert_eq!(set.store_path(Path::new("/")).unwrap(), Path::new("/headerkit-store"));
    assert_eq!(set.store_dir.origin, Origin::Environment("HEADERKIT_STORE_DIR".into()));
    // Nothing fails until the store is needed.
    let error = config(table).unwrap().store_path(Path::new("/")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "pyproject.toml:3:13: `store_dir` needs the environment variable `HEADERKIT_STORE_DIR`, which is \
         not set\n    3 | store_dir = \"${HEADERKIT_STORE_DIR}\"\n      |             ^"
    );
    let empty = with(table, Overrides::default(), &[("HEADERKIT_STORE_DIR", "")]).unwrap();
    assert!(empty.store_path(Path::new("/")).unwrap_err().to_string().contains("`store_dir` is empty"));
    let fine = "[tool.cibuildwheel.linux]\nbefore-all = \"headerkit --store-dir /headerkit-store -w cffi\"";
    assert!(config(fine).unwrap().file.is_none());
}

#[test]
fn the_version_of_the_project() {
    let table = r#"
[project]
name = "demo"
version = "1.2.3"
[tool.headerkit]
store_dir = "${project.version}/${HOME}"
[[tool.headerkit.extensions]]
name = "demo"
defines = ["VERSION=\"${project.version}\"", "ESCAPED=$${project.version}"]
"#;
    let found = with(table, Overrides::default(), &[("HOME", "h"), ("project.version", "9")]).unwrap();
    assert!(found.store_path(Path::new("/")).unwrap().ends_with("1.2.3/h"));
    let extension = &found.extensions[0];
    let value = found.expand_value(&extension.values["defines"], &extension.place).unwrap();
    assert_eq!(value, json!(["VERSION=\"1.2.3\"", "ESCAPED=${project.version}"]));
    // It is no variable that a container would need.
    assert_eq!(found.variables().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["HOME"]);
    let none = config(&table.replace("version = \"1.2.3\"", "dynamic = [\"version\"]")).unwrap();
    let error = none.store_path(Path::new("/")).unwrap_err();
    assert!(
        error.to_string().contains("needs the version of the project, but [project] states none"),
        "{error}"
    );
    assert!(error.hints()[0].contains("`${VERSION}`"), "{error}");
}

const EVERY_KEY: &str = r#"
[tool.headerkit]
include-dirs = ["include"]
backend-args = ["-std=c11"]
store-dir = "s"
inner-backend = "flit_core.buildapi"
backend-path = ["."]
auto-install-libclang = false
language = "C++"
scope = "header"
own = ["lib/*"]
plugins = ["my.writers"]
[[tool.headerkit.headers]]
pattern = "x.h"
include-dirs = ["a"]
extra-args = ["-DX"]
writer-options = { cffi = { exclude-patterns = ["^_"], indent = 4 } }
[tool.headerkit.cache]
no-cache = true
[tool.headerkit.cache.populate]
python-versions = ["3.12"]
[tool.headerkit.wheel]
tag = "platform"
files = { "a.py" = "pkg/a.py" }
[tool.headerkit.sysroots]
aarch64-linux-gnu = "${SYSROOT}/arm"
[[tool.headerkit.extensions]]
name = "demo.demo"
sources = ["src/**/*.c"]
library-dirs = ["lib"]
cffi = { header = "x.h", source-file = "x.c" }
"#;

#[test]
fn every_key_with_hyphens() {
    let config = config(EVERY_KEY).unwrap();
    assert_eq!(written(&config.include_dirs), ["include"]);
    assert_eq!(written(&config.headers[0].arguments), ["-DX"]);
    assert_eq!(config.headers[0].writer_options["cffi"]["exclude_patterns"].value, json!(["^_"]));
    assert_eq!(config.headers[0].writer_options["cffi"]["indent"].value, json!(4));
    assert_eq!((config.libclang.value, config.scope.value), (Provision::Never, Scope::Header));
    assert_eq!(config.language.as_ref().unwrap().value, Language::Cxx);
    assert!(config.cache.no_cache.value);
    assert_eq!(config.wheel.tag, WheelTag::Platform);
    let extension = &config.extensions[0];
    assert_eq!(extension.values["library_dirs"], json!(["lib"]));
    assert_eq!(extension.values["cffi"], json!({"header": "x.h", "source_file": "x.c"}));
    let same = self::config(&EVERY_KEY.replace("own = [\"lib/*\"]", "own = [\"lib/*\"]\nstore_dir = \"t\""));
    let error = same.unwrap_err().to_string();
    assert!(error.contains("`store_dir` and `store-dir` are the same key"), "{error}");
}

#[test]
fn no_cut_or_garbled_file_panics() {
    for (at, character) in EVERY_KEY.char_indices() {
        let _ = config(&EVERY_KEY[..at]);
        let mut garbled = EVERY_KEY.to_owned();
        garbled.replace_range(at..at + character.len_utf8(), if at % 2 == 0 { "日" } else { "\r" });
        let _ = config(&garbled).map_err(|error| (error.to_string(), error.hints()));
    }
}

#[test]
fn what_is_refused_and_how() {
    let cases: &[(&str, &str)] = &[
        (
            "witers = ['cffi']",
            "2:1: unknown key `witers` in [tool.headerkit]; did you mean `writers`?\n    2 | witers",
        ),
        ("no_cache = true", "unknown key `no_cache` in [tool.headerkit]; did you mean `cache.no_cache`?"),
        ("zzz = 1", "2:1: unknown key `zzz` in [tool.headerkit]\n"),
        ("rename = {}", "unknown key `rename`"),
        ("'cache.no_cache' = true", "unknown key `cache.no_cache`"),
        (
            "cache = {no_cahe = true}",
            "unknown key `no_cahe` in [tool.headerkit.cache]; did you mean `no_cache`?",
        ),
        ("cache.populate.platfroms = []", "in [tool.headerkit.cache.populate]; did you mean `platforms`?"),
        ("headers.'a.h'.define = []", "in [tool.headerkit.headers.a.h]; did you mean `defines`?"),
        ("headers.'a.h'.pattern = 'x'", "unknown key `pattern`"),
        ("headers = [{defines = []}]", "2:12: an entry of `headers` has no `pattern`"),
        ("headers = 'a.h'", "2:11: a header is a table, not a string"),
        ("headers = ['a.h']", "2:12: a header is a table, not a string"),
        ("headers = [['a.h']]", "`headers` must be a table, found array"),
        ("headers.'' = {}", "the name of a header is empty"),
        ("writers = 'cffi'", "2:11: `writers` must be a list of strings, found string"),
        ("defines = ['A', 1]", "`defines` must be a list of strings, found integer in the list"),
        ("defines = ['-DA']", "`defines` holds `-DA`, which is no macro"),
        ("include_dirs = ['-Iinclude']", "not a directory"),
        ("store_dir = 1", "2:13: `store_dir` must be a string, found integer"),
        ("cache.no_cache = 'yes'", "`cache.no_cache` must be true or false, found string"),
        ("cache.populate.timeout = -1", "`cache.populate.timeout` must be a whole number"),
        ("backend = 'tree-sitter'", "`backend` must be `libclang`, not `tree-sitter`"),
        ("headers.'a.h'.backend = 'hatchling.build'", "`backend` must be `libclang`"),
        (
            "scope = 'libary'",
            "`scope` must be one of `header`, `library`, `umbrella`, `all`, not `libary`; did you mean `library`?",
        ),
        ("language = 'rust'", "`language` must be one of `c`, `c++`"),
        ("libclang = 'always'", "`libclang` must be one of `auto`, `require`, `never`"),
        (
            "libclang = 'auto'\nauto_install_libclang = true",
            "`auto_install_libclang` and `libclang` are the same key",
        ),
        ("wheel.tag = 'any'", "`wheel.tag` must be one of"),
        ("writers = ['cfi']", "2:12: unknown writer `cfi`; did you mean `cffi`?"),
        ("output.ctype = 'x'", "unknown writer `ctype`; did you mean `ctypes`?"),
        ("headers.'a.h'.output.jsn = 'x'", "unknown writer `jsn`; did you mean `json`?"),
        ("writer.cfii.x = 1", "unknown writer `cfii`; did you mean `cffi`?"),
        ("writer.cffi = {a-b = 1, a_b = 2}", "`a_b` and `a-b` are the same key"),
        ("headers.'a.h'.writer_options.cfi = {}", "unknown writer `cfi`"),
        ("writers = ['../x']\nwriter.'../x'.command = ['x']", "cannot be the name of a writer"),
        ("extensions = [{sources = []}]", "an entry of `extensions` has no `name`"),
        ("extensions = [{name = 'a', soruces = []}]", "did you mean `sources`?"),
        ("extensions = [{name = 'a', sources = 'x.c'}]", "must be a list of strings, found string"),
        ("extensions = [{name = 'a', cffi = {heeader = 'x'}}]", "did you mean `header`?"),
        ("sysroots = ['x']", "`sysroots` must be a table, found array"),
        ("sysroots.'aarch64-linxu-gnu' = 'x'", "2:10: `aarch64-linxu-gnu` is no target"),
        ("sysroots.aarch64-linux-gnuu = 'x'", "2:10: `aarch64-linux-gnuu` is no target"),
        ("sysroots = {'linux/arm64' = 'x', aarch64-linux-gnu = 'y'}", "are the same key"),
        ("writers = ['${W}']", "`writers` needs the environment variable `W`"),
        ("writers = [", "pyproject.toml:"),
        ("writers = ['日本', 'cfi']", "2:12: `日本` cannot be the name of a writer"),
        ("writer.tsv.command = 'tool x'", "`writer.tsv.command` must be a list of strings, found string"),
        ("writer.tsv.command = []", "`command` names no program"),
        ("writer.tsv.output_extension = '../x'", "is no file name extension"),
        ("writer.tsv.cache_output = 'no'", "`writer.tsv.cache_output` must be true or false, found string"),
        (
            "headers.'a.h'.writer_options.tsv = {command = ['x']}",
            "`command` is a setting of the writer itself, not an option",
        ),
    ];
    for (line, expected) in cases {
        let error = existing(config(&format!("[tool.headerkit]\n{line}\n"))).unwrap_err().to_string();
        assert!(error.contains(expected), "{line}\n{error}");
        assert!(error.starts_with("pyproject.toml:"), "{error}");
    }
    let text = "[tool.headerkit.sysroots]\naarch64-unknown-linxu-gnu = 'x'";
    assert_eq!(config(text).unwrap_err().hints(), ["did you mean `aarch64-linux-gnu`?"]);
    for (line, hint) in [
        ("headers = ['a.h']", "write `[tool.headerkit.headers.\"a.h\"]` instead"),
        ("headers.'a.h'.output = 'x.py'", "each writer has its own: `output = {cffi = \"...\"}`"),
        ("writer = 'cffi'", "`writers` lists the writers to run; "),
        ("headers.include/a.h = {}", "put in quotes: `\"include/mylib.h\"`"),
    ] {
        let hints = config(&format!("[tool.headerkit]\n{line}")).unwrap_err().hints().join("\n");
        assert!(hints.contains(hint), "{line}\n{hints}");
    }
    for (text, expected) in [
        ("[tool]\nheaderkit = 1", "pyproject.toml:2:13: `tool.headerkit` must be a table, found integer"),
        ("tool = 1", "`tool` must be a table"),
        ("[build-system]\nrequires = 'x'", "2:12: `build-system.requires` must be a list of strings"),
    ] {
        let error = config(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let error = config("[tool.headerkit]\nstore_dir = \"a\\u0000b\"").unwrap_err().to_string();
    assert!(error.contains("`store_dir` holds a NUL character"), "{error}");
    let files: [(&str, &[u8]); 1] = [("pyproject.toml", b"[tool.x]\na = '\xff'")];
    let error = load_files(&files, FileChoice::Auto, Overrides::default(), &[]).unwrap_err().to_string();
    assert_eq!(error, "pyproject.toml:2: the file is not valid UTF-8, which TOML requires");
    let files: [(&str, &[u8]); 1] = [(".headerkit.toml", b"wirters = []")];
    let error = load_files(&files, FileChoice::Auto, Overrides::default(), &[]).unwrap_err().to_string();
    assert!(error.starts_with(".headerkit.toml:1:1: unknown key `wirters` in the top level;"), "{error}");
}

#[test]
fn the_strongest_layer_wins() {
    let file = "[tool.headerkit]\ntarget = 'f'\nstore_dir = 'f'\ncache.no_cache = true\nlibclang = 'require'";
    let environment =
        [("HEADERKIT_TARGET", "e"), ("HEADERKIT_STORE_DIR", "e"), ("HEADERKIT_NO_CACHE", "off")];
    let flag = |name: &str| Origin::CommandLine(name.into());
    let overrides = Overrides {
        target: Some(Valued::new("c".into(), flag("--target"))),
        store_dir: Some(Valued::new("c".into(), flag("--store-dir"))),
        no_cache: Some(Valued::new(true, Origin::ConfigSetting("no-cache".into()))),
        ..Overrides::default()
    };
    let resolved = |text: &str, overrides, environment: &[(&str, &str)]| {
        let config = with(text, overrides, environment).unwrap();
        let store = &config.store_dir;
        (
            config.target().unwrap().unwrap_or_default(),
            store.value.written.clone(),
            store.origin.to_string(),
            config.cache.no_cache.value,
            config.cache.no_cache.origin.to_string(),
        )
    };
    let expect = |target: &str, store: &str, from: &str, flag, flag_from: &str| {
        (target.to_owned(), store.to_owned(), from.to_owned(), flag, flag_from.to_owned())
    };
    let nothing = Overrides::default;
    assert_eq!(
        resolved(file, overrides, &environment),
        expect("c", "c", "command line `--store-dir`", true, "config setting `no-cache`")
    );
    assert_eq!(
        resolved(file, nothing(), &environment),
        expect(
            "e",
            "e",
            "environment variable `HEADERKIT_STORE_DIR`",
            false,
            "environment variable `HEADERKIT_NO_CACHE`"
        )
    );
    assert_eq!(
        resolved(file, nothing(), &[("HEADERKIT_TARGET", "")]),
        expect("f", "f", "pyproject.toml:3", true, "pyproject.toml:4")
    );
    assert_eq!(resolved("", nothing(), &[]), expect("", ".headerkit", "default", false, "default"));

    for (value, expected) in [("1", Provision::Require), ("0", Provision::Never), ("", Provision::Require)] {
        let config = with(file, nothing(), &[("HEADERKIT_AUTO_INSTALL_LIBCLANG", value)]).unwrap();
        assert_eq!(config.libclang.value, expected, "{value}");
    }
    let error = with(file, nothing(), &[("HEADERKIT_NO_IR_CACHE", "maybe")]).unwrap_err().to_string();
    assert_eq!(error, "environment variable `HEADERKIT_NO_IR_CACHE`: `maybe` is neither on nor off");
}

/// A configuration all of whose writers are built in.
fn existing(config: Result<Config, Error>) -> Result<Config, Error> {
    let config = config?;
    match config.custom_writers.keys().next() {
        Some(name) => Err(config.unknown_writer(name, &["cffi", "ctypes", "json", "diff"], "")),
        None => Ok(config),
    }
}

#[test]
fn settings_of_a_writer_are_no_options() {
    let table = "[tool.headerkit.writer.tsv]\ncommand = ['tool', '${V}']\noutput-extension = '.tsv'\n\
                 cache_version = 2\ncache_output = false\ncolumns = ['a']\n";
    let found = with(table, Overrides::default(), &[("V", "v")]).unwrap();
    let writer = &found.custom_writers["tsv"];
    assert_eq!(found.expand_all(writer.command.as_ref().unwrap()).unwrap(), ["tool", "v"]);
    let settings = (writer.output_extension.as_deref(), writer.cache_version.as_deref(), writer.cache_output);
    assert_eq!(settings, (Some("tsv"), Some("2"), Some(false)));
    assert_eq!(json!(found.writer_options("tsv").unwrap()), json!({"columns": ["a"]}));
    let typed = |key: &str| Overrides {
        writer_options: vec![("tsv".into(), key.into(), json!(["x"]))],
        ..Overrides::default()
    };
    let found = with(table, typed("columns"), &[("V", "v")]).unwrap();
    assert_eq!(json!(found.writer_options("tsv").unwrap()), json!({"columns": ["x"]}));
    let error = with(table, typed("command"), &[]).unwrap_err().to_string();
    assert!(error.contains("`command` is a setting of the writer itself"), "{error}");
}

#[test]
fn writers_are_chosen() {
    let typed = |writers: &[&str], outputs: &[&str]| Overrides {
        writers: writers.iter().map(|name| name.to_string()).collect(),
        outputs: outputs.iter().map(|name| (name.to_string(), "x".to_owned())).collect(),
        ..Overrides::default()
    };
    for (table, overrides, expected) in [
        ("", typed(&[], &[]), "cffi ctypes json"),
        ("writer.mine.command = ['./mine']", typed(&[], &[]), "cffi ctypes json mine"),
        ("output.json = 'x'\noutput.diff = 'y'", typed(&[], &[]), "json diff"),
        ("headers.'a.h'.output.json = 'x'", typed(&[], &[]), "json"),
        ("writers = ['json', 'cffi', 'json']\noutput.diff = 'x'", typed(&[], &[]), "json cffi"),
        ("writers = []", typed(&[], &[]), ""),
        ("writers = ['json']", typed(&["cffi"], &[]), "cffi"),
        ("writers = ['json']", typed(&["cffi"], &["cffi", "ctypes"]), "cffi ctypes"),
        ("writers = ['mine', 'cffi']\nwriter.mine.command = ['./mine']", typed(&[], &[]), "mine cffi"),
        ("writers = ['other']\nplugins = ['my.writers']", typed(&[], &[]), "other"),
    ] {
        let config = with(&format!("[tool.headerkit]\n{table}"), overrides, &[]).unwrap();
        assert_eq!(config.writers.join(" "), expected, "{table}");
    }
    let error = existing(with("", typed(&["cfi"], &[]), &[])).unwrap_err().to_string();
    assert_eq!(error, "command line `-w`: unknown writer `cfi`; did you mean `cffi`?");
}

#[test]
fn typed_lists_are_added_and_typed_options_replace() {
    let strings = |items: &[&str]| items.iter().map(|item| item.to_string()).collect::<Vec<_>>();
    let option = |key: &str, value: &str| ("cffi".to_owned(), key.to_owned(), json!(value));
    let overrides = Overrides {
        include_dirs: strings(&["b"]),
        exclude: strings(&["y"]),
        writer_options: vec![option("extra-cdef", "1"), option("extra_cdef", "2"), option("one", "${V}")],
        ..Overrides::default()
    };
    let table =
        "[tool.headerkit]\ninclude_dirs = ['a']\nexclude = ['x']\nwriter.cffi = {one = 'f', two = '$${V}'}";
    let config = with(table, overrides, &[("V", "v")]).unwrap();
    assert_eq!((written(&config.include_dirs), written(&config.exclude)), (vec!["a"], vec!["x", "y"]));
    assert_eq!(written(&config.typed.include_dirs), ["b"]);
    let options = config.writer_options("cffi").unwrap();
    assert_eq!(json!(options), json!({"extra_cdef": ["1", "2"], "one": "v", "two": "${V}"}));
}

#[test]
fn the_readme_has_every_key() {
    let readme = include_str!("../../README.md");
    for key in super::read::keys() {
        let ways = [format!("`{key}`"), format!("{key} = "), format!("{key}."), format!(".{key}]")];
        let is_said = |line: &str| ways.iter().any(|way| line.contains(way));
        assert!(readme.lines().any(is_said), "README.md lacks the key `{key}`");
    }
    // Those at the top have a row or a table of their own.
    for key in super::read::TOP.iter().filter(|key| !key.contains('.')) {
        let row = |line: &str| line.starts_with(&format!("| `{key}` |"));
        let table = |line: &str| {
            line.contains(&format!("[tool.headerkit.{key}"))
                || line.contains(&format!("[[tool.headerkit.{key}"))
        };
        assert!(readme.lines().any(|line| row(line) || table(line)), "README.md has no row for `{key}`");
    }
}
