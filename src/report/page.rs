//! The page as a whole.

use super::html::{counted, element, escaped};
use super::interface::{self, Category, Entry};
use super::{Interface, Report, coverage, drawing};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Nothing is fetched, whatever a header's comments say.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

pub(super) fn page(report: &Report) -> String {
    let title = escaped(&format!("Bindings of {}", report.project));
    let head = format!(
        "<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>"
    );
    let mut body = element("h1", &[], &title);
    if !report.coverage.is_empty() {
        body.push_str(&element("h2", &[], "Store"));
        body.push_str(&element("p", &[], coverage::summary(&report.coverage)));
        body.push_str(&coverage::matrix(&report.coverage));
    }
    if report.interfaces.is_empty() {
        body.push_str(&element("p", &[], "No header has been read: the store has no IR of any."));
    } else {
        body.push_str(
            "<input id=\"search\" type=\"search\" placeholder=\"Search names\" aria-label=\"Search names\" hidden>",
        );
    }
    for interface in &report.interfaces {
        body.push_str(&element("section", &[], section(interface)));
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n{head}\n</head>\n<body>\n{body}\n<script>\n{SCRIPT}</script>\n\
         </body>\n</html>\n"
    )
}

fn section(interface: &Interface) -> String {
    let targets: Vec<&str> = interface.headers.iter().map(|header| header.target.as_str()).collect();
    let entries = interface::entries(interface);
    let mut text = element("h2", &[], escaped(&interface.name));
    text.push_str(&element(
        "p",
        &[("class", "targets")],
        format!("Read for {}.", escaped(&targets.join(", "))),
    ));
    for category in Category::ALL {
        let own: Vec<&Entry<'_>> = entries.iter().filter(|entry| entry.category == category).collect();
        if own.is_empty() {
            continue;
        }
        let count = element("small", &[], own.len());
        text.push_str(&element("h3", &[], format!("{} {count}", category.title())));
        text.extend(own.iter().map(|entry| self::entry(entry, &targets)));
    }
    text
}

fn entry(entry: &Entry<'_>, targets: &[&str]) -> String {
    let mut badges = only(&entry.targets(), targets);
    if entry.declaration.deprecated {
        badges.push_str(&badge("deprecated", "deprecated"));
    }
    if entry.shapes.len() > 1 {
        badges.push_str(&badge("differs", "layout differs between targets"));
    }
    let name = element("code", &[], escaped(&entry.name));
    let place = element("span", &[("class", "place")], escaped(&entry.declaration.location.to_string()));
    let doc = entry.declaration.doc.as_ref().map(|doc| element("pre", &[("class", "doc")], escaped(doc)));
    let doc = doc.unwrap_or_default();
    let attributes = [("class", "entry"), ("data-name", entry.name.as_str())];
    if entry.category != Category::Records || entry.shapes.is_empty() {
        let texts: String =
            entry.texts.iter().map(|text| self::text(&text.what, &text.targets, entry, targets)).collect();
        return element("div", &attributes, texts + &badges + &place + &doc);
    }
    let size = match entry.shapes.as_slice() {
        [one] => {
            let layout = one.what.1.layout;
            format!("{}, aligned to {}", counted(layout.size, "byte"), layout.align)
        }
        _ => String::new(),
    };
    let size = element("span", &[("class", "size")], size);
    let summary = element("summary", &[], name + &size + &badges + &place);
    let drawings: String = entry.shapes.iter().map(|shape| drawn(shape, entry, targets)).collect();
    element("details", &attributes, summary + &doc + &drawings)
}

fn text(text: &str, own: &[usize], entry: &Entry<'_>, targets: &[&str]) -> String {
    let mut line = element("pre", &[], element("code", &[], escaped(text)));
    // What sets the entry itself apart is said once, behind it.
    if entry.texts.len() > 1 && own.len() < entry.targets().len() {
        line.push_str(&only(own, targets));
    }
    line
}

fn drawn(
    shape: &interface::For<(String, super::layout::Shape)>,
    entry: &Entry<'_>,
    targets: &[&str],
) -> String {
    let mut caption = String::new();
    if entry.shapes.len() > 1 {
        let names: Vec<&str> = shape.targets.iter().map(|target| targets[*target]).collect();
        let layout = shape.what.1.layout;
        let text =
            format!("{}: {}, aligned to {}", names.join(", "), counted(layout.size, "byte"), layout.align);
        caption = element("p", &[("class", "caption")], escaped(&text));
    }
    element("div", &[("class", "variant")], caption + &drawing::drawing(&shape.what.1))
}

/// A badge if these are not all targets.
fn only(own: &[usize], targets: &[&str]) -> String {
    if own.len() == targets.len() {
        return String::new();
    }
    let names: Vec<&str> = own.iter().map(|target| targets[*target]).collect();
    badge("only", &format!("only {}", names.join(", ")))
}

fn badge(class: &str, text: &str) -> String {
    element("span", &[("class", &format!("badge {class}"))], escaped(text))
}
