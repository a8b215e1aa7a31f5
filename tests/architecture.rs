//! Holds the import table: which module may use which, so that data keeps flowing one way.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Module, and the modules it may import. What stands further down may import what stands further up.
const TABLE: &[(&str, &str)] = &[
    ("ir", ""),
    ("date", ""),
    ("env", ""),
    ("fsutil", ""),
    ("glob", ""),
    ("roots", ""),
    ("diagnostics", "ir"),
    ("target", "diagnostics"),
    ("protocol", ""),
    ("progress", ""),
    ("config", "diagnostics env roots target"),
    ("headers", "config diagnostics glob roots"),
    ("sysroot", "diagnostics env roots target"),
    ("parse", "diagnostics env fsutil glob ir roots sysroot target"),
    ("provision", "diagnostics parse target"),
    ("libraries", "diagnostics ir roots target"),
    ("compile", "config diagnostics env fsutil headers libraries progress sysroot target"),
    ("write", "diagnostics ir target"),
    ("store", "date diagnostics env fsutil roots"),
    ("wheel", "date diagnostics env fsutil roots target"),
    ("sdist", "diagnostics env fsutil roots"),
    ("frontend", "diagnostics env fsutil"),
    ("inner", "diagnostics env roots"),
    (
        "generate",
        "config diagnostics env fsutil headers ir libraries parse progress roots store sysroot target write",
    ),
    ("populate", "config diagnostics generate provision store target"),
    (
        "hooks",
        "compile config diagnostics env fsutil generate headers inner protocol provision roots sdist store sysroot target wheel",
    ),
    ("report", "ir write"),
    ("scaffold", "config diagnostics fsutil generate"),
    (
        "cli",
        "config diagnostics env frontend fsutil generate headers hooks ir parse populate progress protocol provision report roots scaffold store target write",
    ),
    ("main", "cli"),
];

#[test]
fn modules_import_only_what_the_table_allows() {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    collect(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path(), None, &mut imports);
    let table: BTreeMap<&str, BTreeSet<&str>> =
        TABLE.iter().map(|(module, allowed)| (*module, allowed.split_whitespace().collect())).collect();
    let mut wrong = Vec::new();
    for (module, used) in &imports {
        match table.get(module.as_str()) {
            None => wrong.push(format!("module `{module}` is not in the table")),
            Some(allowed) => wrong.extend(
                used.iter()
                    .filter(|name| !allowed.contains(name.as_str()))
                    .map(|name| format!("`{module}` imports `{name}`")),
            ),
        }
    }
    assert!(wrong.is_empty(), "not allowed:\n{}", wrong.join("\n"));
    for module in table.keys() {
        assert!(imports.contains_key(*module), "the table lists `{module}`, which does not exist");
    }
}

#[test]
fn only_the_libclang_wrapper_is_unsafe_and_only_the_command_line_prints() {
    for (path, text) in sources(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path()) {
        let path = path.replace('\\', "/");
        if text.contains("allow(unsafe_code)") {
            assert!(path.contains("/parse/libclang/ffi"), "{path} allows unsafe code");
        }
        if text.contains("allow(clippy::print_st") {
            assert!(path.ends_with("/cli/render.rs"), "{path} prints");
        }
        if !path.contains("/tests") && code(&text).contains("env::var(") {
            assert!(path.ends_with("/src/env.rs"), "{path} reads the environment itself");
        }
    }
}

/// The text without comments and without what only tests compile.
fn code(text: &str) -> String {
    let production = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = production.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn collect(folder: &Path, module: Option<&str>, imports: &mut BTreeMap<String, BTreeSet<String>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let name = module.unwrap_or(&stem).to_owned();
        if path.is_dir() {
            collect(&path, Some(&name), imports);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && name != "lib"
            && stem != "tests"
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let production = code(&text);
            let used = imports.entry(name.clone()).or_default();
            for prefix in ["crate::", "headerkit_backend::"] {
                for part in production.split(prefix).skip(1) {
                    used.extend(first_segments(part).into_iter().filter(|used| *used != name));
                }
            }
        }
    }
}

/// `config::Config` names `config`; `{config, roots::Roots}` names both. Macros and items count as nothing.
fn first_segments(part: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
    };
    let Some(list) = part.strip_prefix('{') else { return vec![word(part)] };
    let mut depth = 0;
    let mut names = vec![String::new()];
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names.iter().map(|name| word(name)).filter(|name| !name.is_empty()).collect()
}
