//! `store verify`.

use serde_json::json;

use super::args::{Generate, Verify};
use super::check::widest;
use super::generate::counted;
use super::prune::entries;
use super::render::{self, Level};
use super::{FAILED, Failure, cache, check, interrupt, settings};
use crate::generate::{Comparison, Reparsed};
use crate::store::{Finding, Store};

pub(super) fn run(arguments: &Verify, level: Level) -> Result<(), Failure> {
    let store = cache::open_existing(&arguments.common)?;
    let findings = store.verify();
    let again = if arguments.reparse { Some(reparse(arguments, level)?) } else { None };
    let rows = again.as_deref().unwrap_or_default();
    let differing = rows.iter().filter(|row| matches!(row.result, Comparison::Different(_))).count();
    let text = if arguments.json {
        as_json(&store, &findings, again.as_deref())
    } else if again.is_some() {
        table(rows, level)
    } else {
        String::new()
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
    if findings.is_empty() && differing == 0 {
        if !arguments.json && level > Level::Quiet {
            let text = format!("{} is sound: {}\n", store.dir().display(), entries(store.entries().len()));
            render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))?;
        }
        return Ok(());
    }
    Err(Failure { text: told(&store, &findings, differing), status: FAILED })
}

fn reparse(arguments: &Verify, level: Level) -> Result<Vec<Reparsed>, Failure> {
    let cwd = settings::cwd()?;
    let wanted = Generate { common: arguments.common.clone(), ..Generate::default() };
    let session = check::project(&wanted, &[])?.session;
    if !session.has_libclang() {
        return Err(Failure {
            text: "error: no libclang was found, so that nothing can be parsed again\nhint: \
                   `headerkit-backend install-libclang` brings one; `headerkit-backend doctor` says where it was looked for\n"
                .into(),
            status: FAILED,
        });
    }
    interrupt::arm();
    let watch = render::watch(level, "header");
    let rows = session.reparse(&cwd);
    drop(watch);
    interrupt::check()?;
    Ok(rows?)
}

fn told(store: &Store, findings: &[Finding], differing: usize) -> String {
    let mut text = String::new();
    if !findings.is_empty() {
        let lines: String = findings
            .iter()
            .map(|found| format!("  {}/{}: {}\n", found.layer.path(), found.slug, found.why))
            .collect();
        text.push_str(&format!(
            "error: {} in {}\n{lines}",
            counted(findings.len(), "problem"),
            store.dir().display()
        ));
        if findings.iter().any(Finding::is_index) {
            text.push_str("hint: `headerkit-backend cache rebuild-index` writes an index anew\n");
        }
        if findings.iter().any(Finding::is_leftover) {
            text.push_str("hint: remove what is left over if nothing is being built; later builds do so after an hour\n");
        }
        if findings.iter().any(|found| !found.is_index() && !found.is_leftover()) {
            text.push_str(
                "hint: run `headerkit-backend generate` to repair entries, or restore them from version control\n",
            );
        }
    }
    if differing > 0 {
        text.push_str(&format!(
            "error: {} of {} not what is made here\nhint: if this machine is right, remove them and run \
             `headerkit-backend generate` or `cache populate`; `store explain HEADER` says what one was made with\n",
            entries(differing),
            store.dir().display()
        ));
    }
    text
}

fn table(rows: &[Reparsed], level: Level) -> String {
    let shown = |row: &&Reparsed| level > Level::Quiet || row.result != Comparison::Same;
    let name = |row: &Reparsed| format!("{}/{}", row.layer.path(), row.slug);
    let names: Vec<String> = rows.iter().map(name).collect();
    let width = widest(names.iter().map(String::as_str));
    let line = |row: &Reparsed| {
        let text = format!(
            "{:width$}  {:12}  {}",
            name(row),
            row.result.word(),
            row.result.reason().unwrap_or_default()
        );
        format!("{}\n", text.trim_end())
    };
    let mut text: String = rows.iter().filter(shown).map(line).collect();
    let count = |word: &str| rows.iter().filter(|row| row.result.word() == word).count();
    let counts: Vec<String> = ["same", "different", "corrupt", "not reparsed"]
        .iter()
        .filter(|word| count(word) > 0)
        .map(|word| format!("{} {word}", count(word)))
        .collect();
    text.push_str(&format!("{}: {}\n", entries(rows.len()), counts.join(", ")));
    text
}

fn as_json(store: &Store, findings: &[Finding], again: Option<&[Reparsed]>) -> String {
    let problems: Vec<_> = findings
        .iter()
        .map(|found| json!({"layer": found.layer.path(), "entry": found.slug, "problem": found.why}))
        .collect();
    let mut value = json!({"store": store.dir().display().to_string(), "problems": problems});
    if let Some(rows) = again {
        let row = |row: &Reparsed| {
            json!({
                "layer": row.layer.path(),
                "entry": row.slug,
                "result": row.result.word(),
                "reason": row.result.reason(),
            })
        };
        value["reparsed"] = rows.iter().map(row).collect();
    }
    format!("{value:#}\n")
}
