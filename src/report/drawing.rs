//! Records drawn to scale: eight bytes a line, members as wide as they are. What repeats within a long member
//! is left out with a mark that says how much.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::html::{counted, element, escaped};
use super::layout::{Part, PartKind, Shape};

/// Bits of a line.
const LINE: u64 = 64;

/// The drawing of a record and the table of its members.
pub(super) fn drawing(shape: &Shape) -> String {
    let picture = if shape.is_union { strips(shape) } else { lines(shape) };
    let mut text = element("div", &[("class", "shape")], picture + &table(shape));
    for part in &shape.parts {
        if let Some(inside) = &part.inside {
            let caption = element("p", &[], format!("Inside {}:", element("code", &[], escaped(&part.text))));
            text.push_str(&element("div", &[("class", "inside")], caption + &drawing(inside)));
        }
    }
    text
}

/// `12`, or `12:3` for the third bit of a byte.
fn place(bits: u64) -> String {
    match bits % 8 {
        0 => (bits / 8).to_string(),
        bit => format!("{}:{bit}", bits / 8),
    }
}

fn extent(bits: u64) -> String {
    match bits % 8 {
        0 => counted(bits / 8, "byte"),
        _ => counted(bits, "bit"),
    }
}

fn class(part: &Part) -> &'static str {
    match part.kind {
        PartKind::Field => "part field",
        PartKind::BitField => "part bits",
        PartKind::Padding => "part padding",
    }
}

fn label(part: &Part) -> &str {
    if part.name.is_empty() { &part.text } else { &part.name }
}

fn title(part: &Part) -> String {
    format!("{}, offset {}, {}", part.text, place(part.offset), extent(part.width))
}

/// A line of the drawing, in the order of memory.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// Eight bytes.
    Memory(u64),
    /// What follows the eight bytes and is not drawn.
    Elided(u64),
}

impl Line {
    fn position(&self) -> (u64, bool) {
        match self {
            Line::Memory(row) => (*row, false),
            Line::Elided(row) => (*row, true),
        }
    }
}

fn lines(shape: &Shape) -> String {
    // Only lines where something begins or ends are looked at, however long the record is.
    let mut drawn: BTreeMap<(u64, bool), String> = BTreeMap::new();
    for part in shape.parts.iter().filter(|part| part.width > 0) {
        let end = part.offset + part.width;
        let (first, last) = (part.offset / LINE, (end - 1) / LINE);
        let mut rows = vec![first];
        match last - first {
            0 => {}
            1 => rows.push(last),
            2 => rows.extend([first + 1, last]),
            _ => {
                let text =
                    format!("⋮ {} of {}", counted((last - first - 1) * LINE / 8, "more byte"), label(part));
                let cell = element("span", &[("class", "elided")], escaped(&text));
                drawn.entry(Line::Elided(first).position()).or_default().push_str(&cell);
                rows.push(last);
            }
        }
        for row in rows {
            let from = part.offset.max(row * LINE) - row * LINE;
            let to = end.min((row + 1) * LINE) - row * LINE;
            // The first column has the offsets.
            let style = format!("grid-column:{}/{}", from + 2, to + 2);
            let text = if row == first { label(part) } else { "" };
            let attributes = [("class", class(part)), ("style", style.as_str()), ("title", &title(part))];
            let cell = element("span", &attributes, escaped(text));
            drawn.entry(Line::Memory(row).position()).or_default().push_str(&cell);
        }
    }
    let mut text = String::new();
    for ((row, is_elided), cells) in drawn {
        let offset = if is_elided { String::new() } else { (row * LINE / 8).to_string() };
        let offset = element("span", &[("class", "offset")], offset);
        let _ = write!(text, "{}", element("div", &[("class", "line")], offset + &cells));
    }
    element("div", &[("class", "memory")], text)
}

/// The members of a union, each from its beginning.
fn strips(shape: &Shape) -> String {
    let size = shape.layout.size.saturating_mul(8).max(1);
    let strip = |part: &Part| {
        // In hundredths of a percent, so that the page has no rounding of the machine that made it.
        let width = u128::from(part.width) * 10_000 / u128::from(size);
        let style = format!("width:{}.{:02}%", width / 100, width % 100);
        let attributes = [("class", class(part)), ("style", style.as_str()), ("title", &title(part))];
        element("div", &[("class", "strip")], element("span", &attributes, escaped(label(part))))
    };
    element("div", &[("class", "memory")], shape.parts.iter().map(strip).collect::<String>())
}

fn table(shape: &Shape) -> String {
    let head = ["Offset", "Size", "Member"].map(|name| element("th", &[("scope", "col")], name)).concat();
    let row = |part: &Part| {
        let member = match part.kind {
            PartKind::Padding => element("em", &[], escaped(&part.text)),
            _ => element("code", &[], escaped(&part.text)),
        };
        let size = element("td", &[("class", "number")], extent(part.width));
        element(
            "tr",
            &[],
            element("td", &[("class", "number")], place(part.offset)) + &size + &element("td", &[], member),
        )
    };
    let body: String = shape.parts.iter().map(row).collect();
    let table = element("thead", &[], element("tr", &[], head)) + &element("tbody", &[], body);
    element("table", &[("class", "members")], table)
}
