//! `cache status`: what the store has, in numbers and as a matrix.

use serde_json::{Value, json};

use super::args::{Generate, Status};
use super::check::{self, widest};
use super::prune::{counted_bytes, entries};
use super::render::{self, Paint};
use super::{Failure, cache};
use crate::generate::{Cell, State};
use crate::store::{LayerStatus, Store};
use crate::target::Target;

pub(super) fn run(arguments: &Status) -> Result<(), Failure> {
    let store = cache::open_existing(&arguments.common)?;
    let layers = store.status();
    let cells = match cells(arguments, &store) {
        Ok(cells) => cells,
        // A store can be counted whatever is wrong with the headers of the project.
        Err(failure) => {
            render::error(&failure.text);
            Vec::new()
        }
    };
    let text = if arguments.json {
        as_json(&store, &layers, &cells)
    } else {
        let matrix = show(&cells, render::width(), render::painter());
        counts(&store, &layers) + if matrix.is_empty() { "" } else { "\n" } + &matrix
    };
    render::data(text.as_bytes()).map_err(|error| Failure::io("standard output", &error))
}

/// What is configured here, for this machine, the declared targets and those that the store has.
fn cells(arguments: &Status, store: &Store) -> Result<Vec<Cell>, Failure> {
    let wanted = Generate { common: arguments.common.clone(), ..Generate::default() };
    let project = check::project(&wanted, &[])?;
    Ok(project.session.matrix(&with_stored(project.targets, store))?)
}

/// These targets, and behind them the others that the store has.
pub(super) fn with_stored(mut targets: Vec<Target>, store: &Store) -> Vec<Target> {
    for entry in store.entries() {
        let target = entry.metadata.ok().and_then(|metadata| Target::parse(&metadata.inputs.target).ok());
        targets.extend(target.filter(|target| !targets.contains(target)));
    }
    targets
}

fn counts(store: &Store, layers: &[LayerStatus]) -> String {
    let mut text = format!("Cache directory: {}\n", store.dir().display());
    for layer in layers {
        let (number, bytes) = (entries(layer.entries), counted_bytes(layer.bytes));
        text.push_str(&format!("{}: {number}, {bytes}", layer.layer.path()));
        if layer.corrupt > 0 {
            text.push_str(&format!(", {} corrupt", layer.corrupt));
        }
        text.push('\n');
    }
    text
}

fn as_json(store: &Store, layers: &[LayerStatus], cells: &[Cell]) -> String {
    let layer = |layer: &LayerStatus| {
        json!({
            "layer": layer.layer.path(),
            "entries": layer.entries,
            "corrupt": layer.corrupt,
            "bytes": layer.bytes,
        })
    };
    let cell = |cell: &Cell| {
        json!({
            "header": cell.header,
            "writer": cell.writer,
            "target": cell.target.to_string(),
            "state": cell.state.word(),
            "problem": cell.state.problem(),
        })
    };
    let value = json!({
        "store": store.dir().display().to_string(),
        "layers": layers.iter().map(layer).collect::<Vec<Value>>(),
        "outputs": cells.iter().map(cell).collect::<Vec<Value>>(),
    });
    format!("{value:#}\n")
}

/// The outputs of one header and writer, a cell per column.
struct Row<'a> {
    header: &'a str,
    writer: &'a str,
    cells: Vec<Option<&'a State>>,
}

/// As wide a table as fits into `width` characters; a list where none does, or there is no terminal.
fn show(cells: &[Cell], width: Option<usize>, paint: Paint) -> String {
    let mut targets: Vec<&Target> = Vec::new();
    for cell in cells {
        if !targets.contains(&&cell.target) {
            targets.push(&cell.target);
        }
    }
    let mut rows: Vec<Row<'_>> = Vec::new();
    for cell in cells {
        let is_same = rows.last().is_some_and(|row| (row.header, row.writer) == (&cell.header, &cell.writer));
        if !is_same {
            let cells = vec![None; targets.len()];
            rows.push(Row { header: &cell.header, writer: &cell.writer, cells });
        }
        let column = targets.iter().position(|target| **target == cell.target);
        if let (Some(row), Some(column)) = (rows.last_mut(), column) {
            row.cells[column] = Some(&cell.state);
        }
    }
    let names: Vec<String> = targets.iter().map(ToString::to_string).collect();
    let Some(width) = width else { return list(&rows, &names, usize::MAX, paint) };
    let left = widest(rows.iter().map(|row| row.header)) + 2 + widest(rows.iter().map(|row| row.writer));
    let full: usize = names.iter().map(|name| 2 + name.len().max(WORD)).sum();
    let numbers = names.len().to_string().len().max(1);
    if rows.is_empty() {
        String::new()
    } else if left + full <= width {
        table(&rows, &names, paint)
    } else if left + names.len() * (2 + numbers) <= width {
        numbered(&rows, &names, paint)
    } else {
        list(&rows, &names, width, paint)
    }
}

/// Characters of the longest word of a state.
const WORD: usize = 9;

/// Sign and color of a state.
fn sign(state: &State) -> (&'static str, &'static str) {
    match state.word() {
        "current" => ("+", "32"),
        "not kept" => (".", "2"),
        "stale" => ("~", "33"),
        "outdated" => ("*", "33"),
        "missing" => ("-", "31"),
        _ => ("!", "31"),
    }
}

fn left<'a>(rows: &'a [Row<'_>]) -> impl Fn(&str, &str) -> String + use<'a> {
    let header = widest(rows.iter().map(|row| row.header));
    let writer = widest(rows.iter().map(|row| row.writer));
    move |one: &str, other: &str| format!("{one:header$}  {other:writer$}")
}

fn table(rows: &[Row<'_>], names: &[String], paint: Paint) -> String {
    let left = left(rows);
    let head: String = names.iter().map(|name| format!("  {name:WORD$}")).collect();
    let mut text = format!("{}{}\n", left("", ""), head.trim_end());
    for row in rows {
        text.push_str(&left(row.header, row.writer));
        for (state, name) in row.cells.iter().zip(names) {
            let width = name.len().max(WORD);
            let word = state.map_or("", State::word);
            let padded = format!("{word:width$}");
            text.push_str("  ");
            text.push_str(&state.map_or(padded.clone(), |state| paint(&padded, sign(state).1)));
        }
        text.push('\n');
    }
    text
}

fn numbered(rows: &[Row<'_>], names: &[String], paint: Paint) -> String {
    let left = left(rows);
    let width = names.len().to_string().len();
    let head: String = (1..=names.len()).map(|number| format!("  {number:>width$}")).collect();
    let mut text = format!("{}{head}\n", left("", ""));
    let mut signs: Vec<(&str, &str)> = Vec::new();
    for row in rows {
        text.push_str(&left(row.header, row.writer));
        for state in &row.cells {
            let (sign, color) = state.map_or((" ", ""), sign);
            text.push_str("  ");
            let padded = format!("{sign:>width$}");
            text.push_str(&if color.is_empty() { padded } else { paint(&padded, color) });
            signs.extend(state.map(|state| (sign, state.word())).filter(|pair| !signs.contains(pair)));
        }
        text.push('\n');
    }
    text.push('\n');
    for (number, name) in (1..).zip(names) {
        text.push_str(&format!("{number:>width$}  {name}\n"));
    }
    let meaning: Vec<String> = signs.iter().map(|(sign, word)| format!("{sign} {word}")).collect();
    text + &meaning.join("   ") + "\n"
}

/// The targets that each state of each header and writer has, broken into lines of at most `width` characters where
/// there is room for a target.
fn list(rows: &[Row<'_>], names: &[String], width: usize, paint: Paint) -> String {
    let mut text = String::new();
    let left = left(rows);
    for row in rows {
        let mut states: Vec<(&State, Vec<&str>)> = Vec::new();
        for (state, name) in row.cells.iter().zip(names) {
            let Some(state) = state else { continue };
            match states.iter_mut().find(|(known, _)| known.word() == state.word()) {
                Some((_, targets)) => targets.push(name),
                None => states.push((state, vec![name])),
            }
        }
        for (state, targets) in states {
            let word = format!("{:WORD$}", state.word());
            let head = left(row.header, row.writer);
            let indent = head.chars().count() + 2 + WORD + 2;
            text.push_str(&format!("{head}  {}  ", paint(&word, sign(state).1)));
            let mut column = indent;
            for (number, target) in targets.iter().enumerate() {
                let end = if number + 1 < targets.len() { "," } else { "" };
                let length = target.len() + end.len();
                if column > indent && column + 1 + length > width {
                    text.push_str(&format!("\n{:indent$}", ""));
                    column = indent;
                } else if column > indent {
                    text.push(' ');
                    column += 1;
                }
                text.push_str(&format!("{target}{end}"));
                column += length;
            }
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::MissReason;

    fn cells() -> Vec<Cell> {
        let cell = |header: &str, target: &str, state| Cell {
            header: header.into(),
            writer: "cffi".into(),
            target: Target::parse(target).unwrap(),
            state,
            is_older: false,
        };
        let missing = State::Missing(MissReason::NoEntry { targets_in_store: vec![], differs: vec![] });
        vec![
            cell("a.h", "linux/amd64", State::Current),
            cell("a.h", "macos/arm64", missing.clone()),
            cell("b.h", "linux/amd64", State::Current),
            cell("b.h", "macos/arm64", State::Current),
        ]
    }

    fn plain(text: &str, _: &str) -> String {
        text.to_owned()
    }

    #[test]
    fn the_form_depends_on_the_width() {
        let wide = show(&cells(), Some(80), plain);
        assert!(wide.starts_with("           x86_64-linux-gnu  aarch64-macos\n"), "{wide}");
        assert!(wide.contains("a.h  cffi  current           missing"), "{wide}");
        let narrow = show(&cells(), Some(30), plain);
        assert!(narrow.contains("a.h  cffi  +  -\nb.h  cffi  +  +\n\n1  x86_64-linux-gnu\n"), "{narrow}");
        assert!(narrow.ends_with("+ current   - missing\n"), "{narrow}");
        for width in [Some(5), None] {
            let list = show(&cells(), width, plain);
            assert!(list.contains("a.h  cffi  missing    aarch64-macos\n"), "{list}");
            let gap = if width.is_some() { "\n                      " } else { " " };
            let both = format!("b.h  cffi  current    x86_64-linux-gnu,{gap}aarch64-macos\n");
            assert!(list.contains(&both), "{list}");
        }
        for width in [0, 10, 30, 80] {
            let text = show(&cells(), Some(width), plain);
            let is_list = !text.contains("\n\n") && !text.starts_with(' ');
            assert!(
                is_list || text.lines().all(|line| line.trim_end().len() <= width.max(21)),
                "{width}: {text}"
            );
        }
    }

    #[test]
    fn many_targets_fit_into_a_terminal() {
        let cell = |target: &&str| Cell {
            header: "include/library.h".into(),
            writer: "ctypes".into(),
            target: Target::parse(target).unwrap(),
            state: State::Current,
            is_older: false,
        };
        let cells: Vec<Cell> = crate::target::PLATFORMS.iter().map(cell).collect();
        let text = show(&cells, Some(80), plain);
        assert!(text.lines().count() > 1 && text.lines().all(|line| line.len() <= 80), "{text}");
        let whole = show(&cells, None, plain);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&text), words(&whole));
        assert_eq!(whole.lines().count(), 1);
    }

    #[test]
    fn nothing_configured_is_shown_as_nothing() {
        assert_eq!(show(&[], Some(80), plain), "");
        assert_eq!(show(&[], None, plain), "");
    }

    #[test]
    fn colors_do_not_change_the_width() {
        let paint: Paint = |text, color| format!("\u{1b}[{color}m{text}\u{1b}[0m");
        let colored = show(&cells(), Some(80), paint);
        let mut bare = String::new();
        let mut rest = colored.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            bare.push_str(before);
            rest = after.split_once('m').unwrap().1;
        }
        bare.push_str(rest);
        assert_eq!(bare, show(&cells(), Some(80), plain));
    }
}
