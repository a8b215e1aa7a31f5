//! The store under many processes, and under processes that are killed. The test binary runs itself
//! again; an environment variable says which part a child plays.
// Helpers of tests may unwrap as the tests themselves do.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use headerkit_backend::roots::Roots;
use headerkit_backend::store::{Inputs, Request, Seen, Source, Store};
use tempfile::TempDir;

const ROLE: &str = "STORE_TEST_ROLE";
const PROJECT: &str = "STORE_TEST_PROJECT";

/// Question number `number`; all have the same name in the store.
fn request(number: usize) -> Request {
    let inputs = Inputs {
        parser: "libclang".into(),
        header: "a.h".into(),
        target: "x86_64-linux-gnu".into(),
        scope: format!("scope{number}"),
        schema_version: 1,
        ..Inputs::default()
    };
    Request { inputs, older: vec![] }
}

fn content(number: usize) -> Vec<u8> {
    format!("entry {number}\n").repeat(1000).into_bytes()
}

fn insert(store: &Store, project: &Path, number: usize) {
    let inputs = request(number).inputs;
    let (header_sha256, dependencies) =
        store.observe(&inputs, Seen::default(), &Roots::new(project)).unwrap();
    let source = Source {
        inputs,
        header_sha256,
        dependencies,
        diagnostics: serde_json::Value::Null,
        sysroot: serde_json::Value::Null,
        symbols: None,
        libclang_version: None,
    };
    store.insert_ir(&source, &content(number)).unwrap();
}

fn assert_reads(store: &Store, project: &Path, number: usize) {
    let lookup = store.lookup_ir(&request(number), &Roots::new(project));
    let hit = lookup.hit().unwrap_or_else(|| panic!("entry {number} is lost"));
    assert_eq!(hit.content, content(number));
}

fn project() -> TempDir {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("a.h"), "int a;\n").unwrap();
    dir
}

fn spawn(role: &str, project: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(ROLE, role)
        .env(PROJECT, project)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Does nothing unless it is started by one of the tests below.
#[test]
fn child() {
    let (Ok(role), Some(project)) = (std::env::var(ROLE), std::env::var_os(PROJECT)) else { return };
    let project = Path::new(&project);
    let dir = project.join("store");
    match role.split_once(':') {
        Some(("once", number)) => {
            let store = Store::open(&dir);
            insert(&store, project, number.parse().unwrap());
            store.refresh_index().unwrap();
        }
        Some(("loop", first)) => {
            for number in first.parse::<usize>().unwrap().. {
                let store = Store::open(&dir);
                insert(&store, project, number);
                println!("\ndone {number}");
                store.refresh_index().unwrap();
            }
        }
        _ => panic!("role {role}"),
    }
}

#[test]
fn processes_lose_nothing() {
    let project = project();
    // 48 different questions, 16 of them asked by two processes.
    let children: Vec<Child> =
        (0..64).map(|number| spawn(&format!("once:{}", number % 48), project.path())).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let store = Store::open(&project.path().join("store"));
    assert_eq!(store.verify(), [], "also that the index is right");
    assert_eq!(store.entries().len(), 48);
    (0..48).for_each(|number| assert_reads(&store, project.path(), number));
}

#[test]
fn processes_repair_one_entry_together() {
    let project = project();
    let dir = project.path().join("store");
    for round in 0..5 {
        insert(&Store::open(&dir), project.path(), 0);
        let broken = Store::open(&dir).entries().remove(0).slug;
        std::fs::write(dir.join("ir").join(&broken).join("metadata.json"), "{").unwrap();
        let children: Vec<Child> = (0..8)
            .map(|number| {
                spawn(&format!("once:{}", if number % 2 == 0 { 0 } else { number }), project.path())
            })
            .collect();
        for mut child in children {
            assert!(child.wait().unwrap().success());
        }
        let store = Store::open(&dir);
        assert_eq!(store.verify(), [], "round {round}");
        [0, 1, 3, 5, 7].iter().for_each(|number| assert_reads(&store, project.path(), *number));
        assert_eq!(store.entries().len(), 5);
        store.clear(true, true).unwrap();
    }
}

#[test]
fn a_killed_process_leaves_a_store_that_reads() {
    let project = project();
    let dir = project.path().join("store");
    let mut done: Vec<usize> = Vec::new();
    let mut state = 12345_u64;
    for round in 0..200 {
        // The store is emptied now and then, so that its size does not slow the test down.
        if round % 20 == 0 {
            Store::open(&dir).clear(true, true).unwrap();
            done.clear();
        }
        let first = done.last().map_or(0, |number| number + 1);
        let mut child = spawn(&format!("loop:{first}"), project.path());
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((state >> 33) % 25_000));
        child.kill().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let lines = output.lines().map_while(Result::ok);
        done.extend(lines.filter_map(|line| line.strip_prefix("done ")?.parse::<usize>().ok()));
        child.wait().unwrap();

        let store = Store::open(&dir);
        for entry in store.entries() {
            assert!(entry.metadata.is_ok(), "round {round}: {entry:?}");
        }
        done.iter().for_each(|number| assert_reads(&store, project.path(), *number));
    }
    assert!(!done.is_empty());
    let store = Store::open(&dir);
    store.refresh_index().unwrap();
    let findings = store.verify();
    assert!(findings.iter().all(|finding| finding.why.contains("left over")), "{findings:?}");
}

#[test]
fn the_date_is_stored_only_if_one_is_set() {
    for (epoch, expected) in
        [(None, None), (Some("1700000000"), Some("2023-11-14T22:13:20Z")), (Some("x"), None)]
    {
        let project = project();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child"]).env(ROLE, "once:0").env(PROJECT, project.path());
        command.env_remove("SOURCE_DATE_EPOCH").stdout(Stdio::null());
        if let Some(epoch) = epoch {
            command.env("SOURCE_DATE_EPOCH", epoch);
        }
        assert!(command.status().unwrap().success());
        let entries = Store::open(&project.path().join("store")).entries();
        assert_eq!(entries[0].metadata.as_ref().unwrap().created.as_deref(), expected);
    }
}
