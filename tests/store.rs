//! The store's promises: a test or more for each. Processes that race or die are in
//! `store_processes.rs`.
#![cfg(unix)]
// Helpers of tests may unwrap as the tests themselves do.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use headerkit_backend::fsutil::sha256;
use headerkit_backend::roots::Roots;
use headerkit_backend::store::{
    Agreement, Change, Error, Inputs, Layer, Lookup, MergeResult, MissReason, Request, Seen, Source, Store,
    Symbols, WriterId, merge,
};
use tempfile::TempDir;

const IR: &[u8] = b"{\n  \"declarations\": []\n}\n";

/// A project with a header that includes another one of the project.
struct Project {
    dir: TempDir,
    roots: Roots,
}

impl Project {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let roots = Roots::new(dir.path());
        let project = Project { dir, roots };
        project.write("include/a.h", "#include \"b.h\"\n");
        project.write("include/b.h", "int b;\n");
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn store_dir(&self) -> PathBuf {
        self.path(".headerkit")
    }

    fn store(&self) -> Store {
        Store::open(&self.store_dir())
    }

    /// With the digests of what a parse would read now.
    fn parsed(&self, mut seen: Seen) -> Seen {
        for (name, digest) in &mut seen.files {
            *digest = sha256(&fs::read(self.roots.resolve(name)).unwrap());
        }
        seen
    }

    fn source(&self, request: &Request, seen: Seen) -> Source {
        let seen = self.parsed(seen);
        let (header_sha256, dependencies) = self.store().observe(&request.inputs, seen, &self.roots).unwrap();
        Source {
            inputs: request.inputs.clone(),
            header_sha256,
            dependencies,
            diagnostics: serde_json::json!([{"message": "`f` was left out"}]),
            sysroot: serde_json::Value::Null,
            symbols: None,
            libclang_version: Some("19.1.7".into()),
        }
    }

    /// Stores the IR and one output, as a run of the program does.
    fn generate(&self) {
        let store = self.store();
        let source = self.source(&request(), seen());
        store.insert_ir(&source, IR).unwrap();
        store.insert_output(&source, &cffi(), "cdef.txt", b"int b;\n").unwrap();
        store.refresh_index().unwrap();
    }

    fn lookup(&self) -> Lookup {
        self.store().lookup_ir(&request(), &self.roots)
    }

    fn assert_hits(&self) {
        let hit = self.lookup().hit().expect("the IR hits");
        assert_eq!(hit.content, IR);
        let output = self
            .store()
            .lookup_output(&request(), &cffi(), &self.roots, &agreed)
            .hit()
            .expect("the output hits");
        assert_eq!(output.content, b"int b;\n");
    }

    fn miss(&self) -> MissReason {
        let output = self.store().lookup_output(&request(), &cffi(), &self.roots, &agreed);
        assert!(matches!(output, Lookup::Miss(_)), "{output:?}");
        reason(self.lookup())
    }

    fn entry(&self) -> PathBuf {
        self.store_dir().join("ir/libclang.a.x86_64-linux-gnu.d.X=1.i.include")
    }
}

/// Libraries of which nothing is recorded cannot have changed.
fn agreed(_: &Symbols) -> Agreement {
    panic!("no entry has symbols")
}

fn reason(lookup: Lookup) -> MissReason {
    match lookup {
        Lookup::Miss(reason) => reason,
        Lookup::Hit(hit) => panic!("hit {hit:?}"),
    }
}

fn request_for(header: &str, target: &str) -> Request {
    let inputs = Inputs {
        parser: "libclang".into(),
        header: header.into(),
        target: target.into(),
        language: "c".into(),
        scope: "library".into(),
        include_dirs: vec!["include".into()],
        defines: vec!["X=1".into()],
        schema_version: 3,
        ..Inputs::default()
    };
    let older = [2, 1].map(|version| Inputs { schema_version: version, ..inputs.clone() }).into();
    Request { inputs, older }
}

fn request() -> Request {
    request_for("include/a.h", "x86_64-linux-gnu")
}

/// Files that a parse read; [`Project::parsed`] knows their digests.
fn names(files: &[&str]) -> BTreeMap<String, String> {
    files.iter().map(|name| ((*name).to_owned(), String::new())).collect()
}

fn seen() -> Seen {
    Seen {
        files: names(&["include/b.h"]),
        absent: vec!["include/config.h".into()],
        system: vec!["stdio.h".into(), "sys/types.h".into()],
        ..Seen::default()
    }
}

fn cffi() -> WriterId {
    WriterId {
        name: "cffi".into(),
        version: "1".into(),
        options: BTreeMap::from([("define_patterns".to_owned(), serde_json::json!(["^A", "^B"]))]),
    }
}

/// All files below a directory, with their content.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for item in fs::read_dir(dir).into_iter().flatten() {
        let path = item.unwrap().path();
        let name = PathBuf::from(path.file_name().unwrap());
        if path.is_dir() && !path.is_symlink() {
            found.extend(files(&path).into_iter().map(|(inner, content)| (name.join(inner), content)));
        } else {
            found.insert(name, fs::read(&path).unwrap_or_default());
        }
    }
    found
}

fn copy_tree(from: &Path, to: &Path) {
    for (name, content) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

fn modified(file: &str, how: Change) -> impl Fn(&MissReason) -> bool {
    let file = file.to_owned();
    move |reason| matches!(reason, MissReason::Changed { file: found, how: way, .. } if *found == file && *way == how)
}

// Promise 1: location-independent.

#[test]
fn a_copy_at_another_place_hits() {
    let project = Project::new();
    project.generate();
    let elsewhere = TempDir::new().unwrap();
    let deep = elsewhere.path().join("mono/packages/päckage");
    copy_tree(project.dir.path(), &deep);
    let copy = Project { roots: Roots::new(&deep), dir: project.dir };
    let store = Store::open(&deep.join(".headerkit"));
    fs::remove_dir_all(copy.path("include")).unwrap();
    assert_eq!(store.lookup_ir(&request(), &copy.roots).hit().unwrap().content, IR);
    assert!(store.lookup_output(&request(), &cffi(), &copy.roots, &agreed).hit().is_some());
}

// Promise 2: depends on what was read.

#[test]
fn a_miss_names_the_file() {
    type Edit = fn(&Project);
    let cases: [(Edit, &str, Change); 8] = [
        (|p| p.write("include/a.h", "int x;\n"), "include/a.h", Change::Edited),
        (|p| p.write("include/b.h", "long b;\n"), "include/b.h", Change::Edited),
        (|p| fs::remove_file(p.path("include/b.h")).unwrap(), "include/b.h", Change::Vanished),
        (|p| fs::remove_file(p.path("include/a.h")).unwrap(), "include/a.h", Change::Vanished),
        (|p| p.write("include/config.h", ""), "include/config.h", Change::Appeared),
        (|p| p.write("include/stdio.h", ""), "include/stdio.h", Change::Appeared),
        (|p| p.write("include/sys/types.h", ""), "include/sys/types.h", Change::Appeared),
        (
            |p| {
                fs::remove_file(p.path("include/b.h")).unwrap();
                fs::create_dir(p.path("include/b.h")).unwrap();
            },
            "include/b.h",
            Change::Unreadable,
        ),
    ];
    for (edit, file, how) in cases {
        let project = Project::new();
        project.generate();
        project.assert_hits();
        edit(&project);
        let reason = project.miss();
        assert!(modified(file, how)(&reason), "{file}: {reason:?}");
        assert!(reason.to_string().contains(file));
    }
}

#[test]
fn an_edited_include_gets_an_entry_of_its_own_and_both_states_hit() {
    let project = Project::new();
    project.generate();
    project.write("include/b.h", "long b;\n");
    let source = project.source(&request(), seen());
    let slug = project.store().insert_ir(&source, b"{\"new\":1}").unwrap();
    assert!(slug.as_str().ends_with("-2"));
    assert_eq!(project.lookup().hit().unwrap().content, b"{\"new\":1}");
    project.write("include/b.h", "int b;\n");
    assert_eq!(project.lookup().hit().unwrap().content, IR);
}

#[test]
fn a_file_that_hides_a_system_header_counts_as_read() {
    // `sys/types.h` of the project was not read, but one edit of a search order away it would be.
    let project = Project::new();
    project.write("include/sys/types.h", "int t;\n");
    project.generate();
    project.assert_hits();
    project.write("include/sys/types.h", "long t;\n");
    assert!(modified("include/sys/types.h", Change::Edited)(&project.miss()));
}

#[test]
fn directories_of_raw_arguments_are_watched_too() {
    for arguments in [&["-isystem", "compat"][..], &["-Icompat"][..]] {
        let project = Project::new();
        fs::create_dir(project.path("compat")).unwrap();
        let mut request = request();
        request.inputs.arguments = arguments.iter().map(|text| text.to_string()).collect();
        project.store().insert_ir(&project.source(&request, seen()), IR).unwrap();
        assert!(project.store().lookup_ir(&request, &project.roots).hit().is_some());
        project.write("compat/stdio.h", "");
        let reason = reason(project.store().lookup_ir(&request, &project.roots));
        assert!(modified("compat/stdio.h", Change::Appeared)(&reason), "{reason:?}");
    }
}

#[test]
fn a_miss_says_what_the_store_has() {
    let project = Project::new();
    project.generate();
    let other = request_for("include/a.h", "aarch64-macos");
    let reason_of = |request: &Request| reason(project.store().lookup_ir(request, &project.roots));
    assert_eq!(
        reason_of(&other),
        MissReason::NoEntry { targets_in_store: vec!["x86_64-linux-gnu".into()], differs: vec![] }
    );
    assert!(reason_of(&other).to_string().contains("x86_64-linux-gnu"));
    let mut defines = request();
    defines.inputs.defines = vec!["X=2".into()];
    assert_eq!(
        reason_of(&defines),
        MissReason::NoEntry { targets_in_store: vec![], differs: vec!["defines".into()] }
    );
    let writer = WriterId { version: "2".into(), ..cffi() };
    assert_eq!(
        reason(project.store().lookup_output(&request(), &writer, &project.roots, &agreed)),
        MissReason::NoEntry { targets_in_store: vec![], differs: vec!["writer version".into()] }
    );
}

/// A header below `${NNG}`, which includes another one there.
fn outside() -> (Project, TempDir, Request) {
    let mut project = Project::new();
    let library = TempDir::new().unwrap();
    fs::write(library.path().join("nng.h"), "#include \"proto.h\"\n").unwrap();
    fs::write(library.path().join("proto.h"), "int p;\n").unwrap();
    project.roots.add("${NNG}", library.path().to_str().unwrap());
    let request = request_for("${NNG}/nng.h", "x86_64-linux-gnu");
    (project, library, request)
}

fn outside_seen() -> Seen {
    Seen { files: names(&["${NNG}/proto.h"]), ..Seen::default() }
}

#[test]
fn an_absent_library_is_served_with_a_note() {
    let (project, library, request) = outside();
    let source = project.source(&request, outside_seen());
    project.store().insert_ir(&source, IR).unwrap();
    let lookup = || project.store().lookup_ir(&request, &project.roots);
    assert!(lookup().hit().unwrap().notes.is_empty());

    fs::remove_file(library.path().join("nng.h")).unwrap();
    let half = reason(lookup());
    assert!(modified("${NNG}/nng.h", Change::Vanished)(&half), "a part of the library is here: {half:?}");

    fs::remove_dir_all(library.path()).unwrap();
    let hit = lookup().hit().unwrap();
    assert!(hit.content == IR && hit.notes.len() == 2 && hit.notes[0].contains("${NNG}/nng.h"));
    let text = fs::read_to_string(hit.path.with_file_name("metadata.json")).unwrap();
    assert!(!text.contains(library.path().to_str().unwrap()));
}

#[test]
fn an_absent_library_with_two_stored_versions_is_ambiguous() {
    let (project, library, request) = outside();
    project.store().insert_ir(&project.source(&request, outside_seen()), IR).unwrap();
    fs::write(library.path().join("proto.h"), "long p;\n").unwrap();
    project.store().insert_ir(&project.source(&request, outside_seen()), b"{}").unwrap();
    fs::remove_dir_all(library.path()).unwrap();
    let lookup = || project.store().lookup_ir(&request, &project.roots);
    let MissReason::Ambiguous { slugs } = reason(lookup()) else { panic!("two different results") };
    assert_eq!(slugs.len(), 2);
    // Once one of them cannot be used, the other one is meant.
    fs::write(project.store_dir().join("ir").join(&slugs[0]).join("ir.json"), "").unwrap();
    assert_eq!(lookup().hit().unwrap().slug, slugs[1]);
}

#[test]
fn a_file_edited_during_the_parse_is_not_stored() {
    let project = Project::new();
    let store = project.store();
    assert!(matches!(store.lookup_ir(&request(), &project.roots), Lookup::Miss(_)));
    project.generate();
    let store = project.store();
    assert!(store.lookup_ir(&request(), &project.roots).hit().is_some());
    project.write("include/b.h", "long b;\n");
    let error = store.observe(&request().inputs, project.parsed(seen()), &project.roots).unwrap_err();
    assert!(matches!(error, Error::Modified { file } if file == "include/b.h"));
}

// Promise 3: never wrong.

#[test]
fn damage_is_a_miss_and_is_repaired() {
    type Damage = fn(&Path);
    let damages: [Damage; 9] = [
        |dir| fs::write(dir.join("ir.json"), &IR[..5]).unwrap(),
        |dir| fs::write(dir.join("ir.json"), "{}").unwrap(),
        |dir| fs::remove_file(dir.join("ir.json")).unwrap(),
        |dir| fs::write(dir.join("metadata.json"), "").unwrap(),
        |dir| fs::write(dir.join("metadata.json"), "<<<<<<< HEAD\n{}\n").unwrap(),
        |dir| fs::remove_file(dir.join("metadata.json")).unwrap(),
        |dir| {
            fs::rename(dir.join("ir.json"), dir.join("../real.json")).unwrap();
            symlink("../real.json", dir.join("ir.json")).unwrap();
        },
        |dir| {
            fs::rename(dir, dir.with_file_name("moved")).unwrap();
            fs::write(dir, "a file").unwrap();
            fs::remove_dir_all(dir.with_file_name("moved")).unwrap();
        },
        |dir| {
            let text = fs::read_to_string(dir.join("metadata.json")).unwrap();
            fs::write(dir.join("metadata.json"), text.replace("include/config.h", "include/konfig.h"))
                .unwrap();
        },
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        let project = Project::new();
        project.generate();
        damage(&project.entry());
        let reason = reason(project.lookup());
        let expected = matches!(reason, MissReason::Corrupt { .. }) || number == 7;
        assert!(expected, "{number}: {reason:?}");
        assert!(!project.store().verify().is_empty(), "{number}");
        let source = project.source(&request(), seen());
        let slug = project.store().insert_ir(&source, IR).unwrap();
        assert_eq!(project.entry().file_name().unwrap().to_str(), Some(slug.as_str()), "{number}");
        project.assert_hits();
    }
}

#[test]
fn an_entry_under_a_foreign_name_hits_and_a_foreign_entry_does_not() {
    let project = Project::new();
    project.generate();
    fs::rename(project.entry(), project.entry().with_file_name("renamed")).unwrap();
    assert_eq!(project.lookup().hit().unwrap().slug, "renamed");
    let source = project.source(&request(), seen());
    assert_eq!(project.store().insert_ir(&source, IR).unwrap().as_str(), "renamed");

    // Another header's entry under this header's name.
    project.write("include/c.h", "int c;\n");
    let other = request_for("include/c.h", "x86_64-linux-gnu");
    project.store().insert_ir(&project.source(&other, Seen::default()), b"{\"c\":1}").unwrap();
    fs::remove_dir_all(project.entry().with_file_name("renamed")).unwrap();
    let foreign = project.entry().with_file_name("libclang.c.x86_64-linux-gnu.d.X=1.i.include");
    fs::rename(foreign, project.entry()).unwrap();
    assert!(matches!(reason(project.lookup()), MissReason::NoEntry { .. }));
    assert!(project.store().insert_ir(&source, IR).unwrap().as_str().ends_with("-2"));
}

#[test]
fn no_hit_depends_on_the_index_and_it_heals() {
    let project = Project::new();
    project.generate();
    let index = project.store_dir().join("ir/index.json");
    let good = fs::read(&index).unwrap();
    for text in [
        None,
        Some("<<<<<<< ours\n"),
        Some("[]"),
        Some("{\"version\":1,\"entries\":{\"../x\":{\"key\":\"0\"}}}"),
    ] {
        match text {
            None => fs::remove_file(&index).unwrap(),
            Some(text) => fs::write(&index, text).unwrap(),
        }
        project.assert_hits();
        assert_eq!(project.store().verify().len(), 1);
        project.store().refresh_index().unwrap();
        assert_eq!(fs::read(&index).unwrap(), good);
    }
    let before = fs::metadata(&index).unwrap().modified().unwrap();
    assert_eq!(project.store().refresh_index().unwrap(), 2);
    assert_eq!(fs::metadata(&index).unwrap().modified().unwrap(), before);
    assert_eq!(project.store().verify(), []);
}

#[test]
fn stores_copied_over_each_other_are_merged() {
    let (one, two) = (Project::new(), Project::new());
    one.generate();
    let arm = request_for("include/a.h", "aarch64-linux-gnu");
    two.store().insert_ir(&two.source(&arm, seen()), b"{\"arm\":1}").unwrap();
    two.store().refresh_index().unwrap();
    copy_tree(&two.store_dir(), &one.store_dir());
    one.assert_hits();
    assert_eq!(one.store().lookup_ir(&arm, &one.roots).hit().unwrap().content, b"{\"arm\":1}");
}

#[test]
fn converted_line_ends_of_a_checkout_are_undone() {
    let project = Project::new();
    project.generate();
    for (name, content) in files(&project.store_dir()) {
        let text = String::from_utf8(content).unwrap().replace('\n', "\r\n");
        fs::write(project.store_dir().join(name), text).unwrap();
    }
    project.assert_hits();
    assert_eq!(project.store().verify(), []);
}

// Promise 4 (see also store_processes.rs): never torn.

#[test]
fn threads_lose_nothing() {
    let project = Project::new();
    let store = project.store();
    let source = project.source(&request(), seen());
    std::thread::scope(|scope| {
        for number in 0..64u8 {
            let (store, mut source) = (&store, source.clone());
            scope.spawn(move || {
                // Sixteen different questions with one name, each asked by four threads.
                source.inputs.scope = format!("scope{}", number % 16);
                store.insert_ir(&source, &[b'0' + number % 16]).unwrap();
                store.refresh_index().unwrap();
            });
        }
    });
    assert_eq!(project.store().entries().len(), 16);
    assert_eq!(project.store().verify(), []);
    for number in 0..16u8 {
        let mut request = request();
        request.inputs.scope = format!("scope{number}");
        let hit = store.lookup_ir(&request, &project.roots).hit().unwrap();
        assert_eq!(hit.content, [b'0' + number]);
    }
}

#[test]
fn leftovers_are_ignored_and_removed_when_old() {
    let project = Project::new();
    project.generate();
    let ir = project.store_dir().join("ir");
    for (name, age) in [(".tmp-old", 7200), (".tmp-young", 60)] {
        fs::create_dir(ir.join(name)).unwrap();
        fs::write(ir.join(name).join("metadata.json"), "{").unwrap();
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
        fs::File::open(ir.join(name)).unwrap().set_modified(time).unwrap();
    }
    project.assert_hits();
    assert_eq!(project.store().entries().len(), 2);
    let arm = request_for("include/a.h", "aarch64-linux-gnu");
    project.store().insert_ir(&project.source(&arm, seen()), IR).unwrap();
    assert!(!ir.join(".tmp-old").exists() && ir.join(".tmp-young").exists());
}

// Promise 5: deterministic.

#[test]
fn equal_inputs_give_equal_bytes_anywhere() {
    let (one, two) = (Project::new(), Project::new());
    one.generate();
    two.generate();
    let stored = files(&one.store_dir());
    assert_eq!(stored, files(&two.store_dir()));
    assert_eq!(stored.len(), 6);
    for (name, content) in &stored {
        let text = String::from_utf8(content.clone()).unwrap();
        assert!(!text.contains(one.dir.path().to_str().unwrap()) && text.ends_with('\n'), "{name:?}");
        let mode = fs::metadata(one.store_dir().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0);
    }
    two.generate();
    assert_eq!(stored, files(&two.store_dir()), "a second run changes nothing");
    assert_eq!(two.store().clear(true, true).unwrap(), 2);
    assert!(files(&two.store_dir()).is_empty());
    two.generate();
    assert_eq!(stored, files(&two.store_dir()), "clear and regenerate");
}

#[test]
fn order_of_what_a_parse_reports_does_not_matter() {
    let project = Project::new();
    let forward = seen();
    let mut backward = seen();
    backward.system.reverse();
    backward.files.extend(names(&["include/a.h"]));
    assert_eq!(project.source(&request(), forward), project.source(&request(), backward));
}

// Promise 6: survives upgrades.

#[test]
fn what_libraries_said_must_hold_where_they_are() {
    let project = Project::new();
    let store = |defined: &[&str], text: &[u8]| {
        let symbols =
            Symbols { defined: defined.iter().map(|name| (*name).to_owned()).collect(), undefined: vec![] };
        let source = Source { symbols: Some(symbols), ..project.source(&request(), seen()) };
        project.store().insert_output(&source, &cffi(), "txt", text).unwrap();
    };
    let ask = |ask: &dyn Fn(&Symbols) -> Agreement| {
        project.store().lookup_output(&request(), &cffi(), &project.roots, ask)
    };
    store(&["f"], b"old");
    let changed = Agreement::Other { libraries: "z".into(), how: Change::Redefined };
    let miss = reason(ask(&|_| changed.clone()));
    assert!(modified("z", Change::Redefined)(&miss), "{miss:?}");
    assert!(miss.to_string().starts_with("`z` defines other symbols of the header since "), "{miss}");
    // Both are kept; each holds where the libraries say the same, and elsewhere the latest does.
    store(&["f", "g"], b"new");
    store(&["f", "g"], b"new");
    assert_eq!(project.store().entries().len(), 2);
    for (count, text) in [(1, &b"old"[..]), (2, b"new")] {
        let same = |recorded: &Symbols| match recorded.defined.len() == count {
            true => Agreement::Same,
            false => changed.clone(),
        };
        let hit = ask(&same).hit().unwrap();
        assert_eq!((hit.content.as_slice(), hit.notes.len()), (text, 0));
    }
    let hit = ask(&|_| Agreement::Absent { libraries: "z".into() }).hit().unwrap();
    assert_eq!(hit.content, b"new");
    assert_eq!(
        hit.notes,
        ["library `z` is not on this machine; the stored result was used unchecked against it"]
    );
}

#[test]
fn entries_of_older_schema_versions_hit_and_the_newest_wins() {
    let project = Project::new();
    let at = |version: u32| {
        let mut request = request();
        request.inputs.schema_version = version;
        project.source(&request, seen())
    };
    let store = project.store();
    store.insert_ir(&at(1), b"one").unwrap();
    store.insert_output(&at(1), &cffi(), "txt", b"from one").unwrap();
    assert_eq!(project.lookup().hit().unwrap().content, b"one");
    let output = project.store().lookup_output(&request(), &cffi(), &project.roots, &agreed).hit().unwrap();
    assert_eq!(output.content, b"from one");
    store.insert_ir(&at(3), b"three").unwrap();
    assert_eq!(project.lookup().hit().unwrap().content, b"three");
    let old = Request { older: vec![], ..request() };
    let mut unknown = old.clone();
    unknown.inputs.schema_version = 2;
    assert!(matches!(
        reason(project.store().lookup_ir(&unknown, &project.roots)),
        MissReason::NoEntry { .. }
    ));
}

#[test]
fn a_newer_release_keeps_its_entries() {
    let project = Project::new();
    project.generate();
    let path = project.entry().join("metadata.json");
    let newer = fs::read_to_string(&path).unwrap().replace("\"format\": 1", "\"format\": 2");
    fs::write(&path, &newer).unwrap();
    assert!(matches!(project.lookup(), Lookup::Miss(_)));
    let source = project.source(&request(), seen());
    assert!(project.store().insert_ir(&source, IR).unwrap().as_str().ends_with("-2"));
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    project.assert_hits();
}

// Promise 7: untrusted.

#[test]
fn names_from_entries_reach_nothing_outside() {
    let project = Project::new();
    let secret = TempDir::new().unwrap();
    fs::write(secret.path().join("key"), "secret").unwrap();
    let mut source = project.source(&request(), seen());
    let digest = headerkit_backend::fsutil::sha256(b"secret");
    for name in [secret.path().join("key").to_str().unwrap(), "../../../../../etc/passwd", "/dev/zero"] {
        let mut hostile = source.dependencies.files[0].clone();
        hostile.name = name.to_owned();
        hostile.sha256 = digest.clone();
        source.dependencies.files = vec![hostile];
        project.store().insert_ir(&source, IR).unwrap();
        assert!(modified(name, Change::Unreachable)(&reason(project.lookup())), "{name}");
    }
}

#[test]
fn links_are_neither_read_nor_written_through() {
    let project = Project::new();
    project.generate();
    let outside = TempDir::new().unwrap();
    // An entry's directory.
    let moved = outside.path().join("entry");
    copy_tree(&project.entry(), &moved);
    fs::remove_dir_all(project.entry()).unwrap();
    symlink(&moved, project.entry()).unwrap();
    assert!(matches!(project.lookup(), Lookup::Miss(_)));
    let source = project.source(&request(), seen());
    project.store().insert_ir(&source, IR).unwrap();
    assert!(!project.entry().is_symlink() && moved.join("ir.json").is_file());
    project.assert_hits();
    // A whole layer.
    let layer = outside.path().join("ir");
    copy_tree(&project.store_dir().join("ir"), &layer);
    fs::remove_dir_all(project.store_dir().join("ir")).unwrap();
    symlink(&layer, project.store_dir().join("ir")).unwrap();
    let before = files(outside.path());
    assert!(matches!(project.lookup(), Lookup::Miss(_)));
    assert!(matches!(project.store().insert_ir(&source, IR), Err(Error::Foreign { .. })));
    assert_eq!(project.store().clear(true, false).unwrap(), 0);
    assert!(!project.store().verify().is_empty());
    assert_eq!(files(outside.path()), before);
    // A source of a merge.
    let target = TempDir::new().unwrap();
    merge(&[project.store_dir()], target.path());
    assert!(!target.path().join("ir").exists());
}

#[test]
fn hostile_names_stay_inside_the_store() {
    let project = Project::new();
    for name in ["../../../x", "/abs", "con", "..", "a/b", "", "x\ny"] {
        let writer = WriterId { name: name.into(), ..WriterId::default() };
        let mut source = project.source(&request(), seen());
        source.inputs.parser = name.into();
        source.inputs.target = name.into();
        source.inputs.defines = vec![name.into()];
        project.store().insert_output(&source, &writer, "../../evil", b"x").unwrap();
    }
    let stored: Vec<_> = files(project.dir.path()).into_keys().collect();
    assert!(stored.iter().all(|path| path.starts_with("include") || path.starts_with(".headerkit/output")));
    assert_eq!(project.store().entries().len(), 7);
    for layer in [Layer::Ir, Layer::output("con")] {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("ir.json"), "").unwrap();
        fs::write(outside.path().join("metadata.json"), "").unwrap();
        for slug in ["..", "../..", "", ".", "x/y", "/", outside.path().to_str().unwrap()] {
            assert!(!project.store().remove(&layer, slug).unwrap());
        }
        assert!(outside.path().join("ir.json").exists());
    }
    assert!(project.path("include/a.h").exists());
}

// Promise 8: read-only stores.

#[test]
fn a_store_that_cannot_be_written_reads_and_says_so() {
    let project = Project::new();
    project.generate();
    let before = files(&project.store_dir());
    project.assert_hits();
    project.store().refresh_index().unwrap();
    assert_eq!(files(&project.store_dir()), before, "looking changes nothing");

    // Not even root can write where a file stands in the way.
    fs::remove_dir_all(project.store_dir().join("output")).unwrap();
    fs::write(project.store_dir().join("output"), "").unwrap();
    let source = project.source(&request(), seen());
    let error = project.store().insert_output(&source, &cffi(), "txt", b"x").unwrap_err();
    assert!(matches!(error, Error::Foreign { .. }), "{error:?}");
    assert!(project.lookup().hit().is_some());
    for dir in [project.path("include/a.h").join("store"), "/proc/headerkit".into()] {
        let store = Store::open(&dir);
        assert!(matches!(
            store.lookup_ir(&request(), &project.roots),
            Lookup::Miss(MissReason::NoEntry { .. })
        ));
        let error = store.insert_ir(&source, IR).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{error:?}");
    }
}

#[test]
fn a_missing_store_is_empty_and_looking_does_not_create_it() {
    let project = Project::new();
    assert!(matches!(project.miss(), MissReason::NoEntry { .. }));
    assert_eq!(project.store().refresh_index().unwrap(), 0);
    assert!(project.store().verify().is_empty() && project.store().status().is_empty());
    assert_eq!(project.store().clear(true, true).unwrap(), 0);
    assert!(!project.store_dir().exists());
}

// Merging, clearing, numbers.

#[test]
fn merging_loses_nothing() {
    let (one, two) = (Project::new(), Project::new());
    one.generate();
    two.generate();
    two.write("include/b.h", "long b;\n");
    two.store().insert_ir(&two.source(&request(), seen()), b"{\"long\":1}").unwrap();
    let target = TempDir::new().unwrap();
    let target = target.path().join("new");
    let sources = [one.store_dir(), two.store_dir()];
    let before = files(&two.store_dir());
    let counters =
        |new, skipped, overwritten| MergeResult { new, skipped, overwritten, ..MergeResult::default() };
    assert_eq!(merge(&sources, &target), counters(3, 2, 0));
    assert_eq!(merge(&sources, &target), counters(0, 5, 0));
    assert_eq!(merge(std::slice::from_ref(&target), &target), counters(0, 3, 0));
    assert_eq!(files(&two.store_dir()), before);
    assert_eq!(Store::open(&target).verify(), []);
    for (project, content) in [(&one, IR), (&two, b"{\"long\":1}".as_slice())] {
        let hit = Store::open(&target).lookup_ir(&request(), &project.roots).hit().unwrap();
        assert_eq!(hit.content, content);
    }
    // Equal names, different keys: the second one gets a number.
    let three = Project::new();
    let mut scope = request();
    scope.inputs.scope = "all".into();
    three.store().insert_ir(&three.source(&scope, seen()), b"{\"all\":1}").unwrap();
    assert_eq!(merge(&[three.store_dir()], &target), counters(1, 0, 0));
    let nothing = TempDir::new().unwrap();
    assert_eq!(merge(&[nothing.path().to_owned()], &target).empty, [nothing.path()]);
    assert_eq!(Store::open(&target).lookup_ir(&scope, &three.roots).hit().unwrap().content, b"{\"all\":1}");
    assert_eq!(Store::open(&target).entries().len(), 4);
}

#[test]
fn merging_repairs_the_target_and_names_what_is_broken() {
    let (one, two) = (Project::new(), Project::new());
    one.generate();
    two.generate();
    fs::write(one.entry().join("ir.json"), "broken").unwrap();
    let missing = one.path("nowhere");
    let result = merge(&[one.store_dir(), missing], &two.store_dir());
    assert_eq!((result.new, result.skipped, result.overwritten, result.errors.len()), (0, 1, 0, 2));
    assert!(result.errors[0].contains("libclang.a.") && result.errors[1].contains("nowhere"));
    let result = merge(&[two.store_dir()], &one.store_dir());
    assert_eq!((result.new, result.skipped, result.overwritten, result.errors.len()), (0, 1, 1, 0));
    one.assert_hits();
}

#[test]
fn clearing_and_counting() {
    let project = Project::new();
    project.generate();
    fs::write(project.store_dir().join("ir/notes.txt"), "mine").unwrap();
    let status = project.store().status();
    assert_eq!(status.len(), 2);
    assert_eq!((&status[0].layer, status[0].entries, status[0].bytes), (&Layer::Ir, 1, IR.len() as u64));
    assert_eq!(project.store().verify().len(), 1, "a stray file is reported");
    assert_eq!(project.store().clear(true, false).unwrap(), 1);
    assert!(project.store_dir().join("ir/notes.txt").exists());
    assert!(!project.store_dir().join("ir/index.json").exists());
    let output = project.store().lookup_output(&request(), &cffi(), &project.roots, &agreed).hit().unwrap();
    assert_eq!(output.content, b"int b;\n");
    assert_eq!(output.metadata.diagnostics[0]["message"], "`f` was left out");
    assert_eq!(output.source().inputs, request().inputs);
    let slug = output.slug;
    assert!(project.store().remove(&Layer::output("cffi"), &slug).unwrap());
    assert!(project.store().lookup_output(&request(), &cffi(), &project.roots, &agreed).hit().is_none());
}
