//! HTML in the making.

use std::fmt::Display;

/// Text as element content or as a quoted attribute value.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// An element with its attributes, which are escaped, around content that is HTML already.
pub(super) fn element(name: &str, attributes: &[(&str, &str)], content: impl Display) -> String {
    let mut text = format!("<{name}");
    for (attribute, value) in attributes {
        text.push_str(&format!(" {attribute}=\"{}\"", escaped(value)));
    }
    text.push_str(&format!(">{content}</{name}>"));
    text
}

/// `1 byte`, `2 bytes`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
