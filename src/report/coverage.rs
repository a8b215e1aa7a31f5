//! The matrix of headers, writers and targets.

use super::html::{element, escaped};

/// One output for one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The header as configured.
    pub header: String,
    /// Name of the writer.
    pub writer: String,
    /// Canonical target.
    pub target: String,
    /// What the store has.
    pub state: State,
}

/// What the store has of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// The output as it has to be.
    Stored,
    /// Nothing, because outputs of this writer are not stored.
    NotKept,
    /// Nothing that can be used, and why.
    Missing(String),
}

/// The matrix, a row for each header and writer and a column for each target, in order of appearance.
pub(super) fn matrix(cells: &[Cell]) -> String {
    let mut rows: Vec<(&str, &str)> = Vec::new();
    let mut targets: Vec<&str> = Vec::new();
    for cell in cells {
        let row = (cell.header.as_str(), cell.writer.as_str());
        if !rows.contains(&row) {
            rows.push(row);
        }
        if !targets.contains(&cell.target.as_str()) {
            targets.push(&cell.target);
        }
    }
    let mut head =
        element("th", &[("scope", "col")], "Header") + &element("th", &[("scope", "col")], "Writer");
    for target in &targets {
        let name = element("span", &[], escaped(target));
        head.push_str(&element("th", &[("scope", "col"), ("class", "target")], name));
    }
    let mut body = String::new();
    for row @ (header, writer) in rows {
        let mut line =
            element("th", &[("scope", "row")], escaped(header)) + &element("td", &[], escaped(writer));
        for target in &targets {
            let found = cells
                .iter()
                .find(|cell| (cell.header.as_str(), cell.writer.as_str()) == row && cell.target == *target);
            let (class, sign, title) = match found.map(|cell| &cell.state) {
                Some(State::Stored) => ("stored", "✓", "stored"),
                Some(State::NotKept) => ("unkept", "–", "outputs of this writer are not stored"),
                Some(State::Missing(reason)) => ("missing", "✗", reason.as_str()),
                None => ("unkept", "", "not wanted"),
            };
            let title = format!("{header}, {writer}, {target}: {title}");
            line.push_str(&element("td", &[("class", class), ("title", &title)], sign));
        }
        body.push_str(&element("tr", &[], line));
    }
    let table = element("thead", &[], element("tr", &[], head)) + &element("tbody", &[], body);
    element("div", &[("class", "wide")], element("table", &[("class", "matrix")], table))
}

/// `12 of 14 outputs stored`, not counting what is not kept.
pub(super) fn summary(cells: &[Cell]) -> String {
    let wanted = cells.iter().filter(|cell| cell.state != State::NotKept).count();
    let stored = cells.iter().filter(|cell| cell.state == State::Stored).count();
    format!("{stored} of {wanted} outputs stored")
}
