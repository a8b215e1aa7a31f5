//! `${VAR}` in strings, and `${project.version}`. `$VAR` is left alone, `$${` is a literal `${`.

use std::collections::BTreeMap;

use super::error::Error;
use super::place::{Origin, Text};

/// The values of the variables that a configuration mentions, as they were when it was read, and the version of
/// the project. A variable that is not in the map was not set.
pub type Variables = BTreeMap<String, String>;

/// What stands for the version in `[project]`; no shell can set a variable of this name.
pub const PROJECT_VERSION: &str = "project.version";

/// A part of a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// As the user wrote it: may hold glob characters or template variables.
    Written(String),
    /// A variable's value, or an escaped `${`: never interpreted again.
    Value(String),
}

/// Splits and expands a string. Strings from the environment or from a default are taken literally.
pub fn pieces(text: &Text, variables: &Variables) -> Result<Vec<Piece>, Error> {
    if matches!(text.place.origin, Origin::Environment(_) | Origin::Default) {
        return Ok(vec![Piece::Written(text.written.clone())]);
    }
    let mut result = Vec::new();
    for part in split(&text.written) {
        result.push(match part {
            Part::Plain(plain) => Piece::Written(plain.to_owned()),
            Part::Escape => Piece::Value("${".into()),
            Part::Variable(name) => {
                let value = variables.get(name).ok_or_else(|| {
                    let place = Box::new(text.place.clone());
                    match name {
                        PROJECT_VERSION => Error::NoVersion { place },
                        _ => Error::UnsetVariable { place, variable: name.to_owned() },
                    }
                })?;
                Piece::Value(value.clone())
            }
            Part::Broken => {
                return Err(Error::bad_with(
                    &text.place,
                    format!("`{}` in `{}` is not closed or has no name", "${", text.place.key),
                    "write `${VAR}` for a variable and `$${` for a literal `${`",
                ));
            }
        });
    }
    Ok(result)
}

/// Joins pieces to the expanded string.
pub fn join(pieces: &[Piece]) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Written(text) | Piece::Value(text) => text.as_str(),
        })
        .collect()
}

/// The variables that a string mentions.
pub fn mentioned(text: &str) -> Vec<&str> {
    split(text)
        .into_iter()
        .filter_map(|part| match part {
            Part::Variable(name) => Some(name),
            _ => None,
        })
        .collect()
}

enum Part<'a> {
    Plain(&'a str),
    Escape,
    Variable(&'a str),
    Broken,
}

fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let escaped = rest[..start].ends_with('$');
        let plain = &rest[..start - usize::from(escaped)];
        if !plain.is_empty() {
            parts.push(Part::Plain(plain));
        }
        let after = &rest[start + 2..];
        if escaped {
            parts.push(Part::Escape);
            rest = after;
            continue;
        }
        match after.find('}') {
            Some(end) if end > 0 => {
                parts.push(Part::Variable(&after[..end]));
                rest = &after[end + 1..];
            }
            _ => {
                parts.push(Part::Broken);
                return parts;
            }
        }
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(written: &str) -> Result<String, Error> {
        let origin = Origin::File { path: "pyproject.toml".into(), line: 1 };
        let variables = Variables::from([("A".into(), "1".into()), ("EMPTY".into(), String::new())]);
        pieces(&Text::of("key", written, origin), &variables).map(|pieces| join(&pieces))
    }

    #[test]
    fn strings_are_expanded() {
        for (written, expected) in [
            ("", ""),
            ("plain $A", "plain $A"),
            ("${A}/x/${A}", "1/x/1"),
            ("<${EMPTY}>", "<>"),
            ("$${A}", "${A}"),
            ("$${A}${A}", "${A}1"),
            ("日${A}本", "日1本"),
        ] {
            assert_eq!(expand(written).unwrap(), expected, "{written}");
        }
        for written in ["${", "a${}", "${A", "${NOPE}"] {
            assert!(expand(written).is_err(), "{written}");
        }
        assert!(
            expand("${NOPE}")
                .unwrap_err()
                .to_string()
                .contains("`key` needs the environment variable `NOPE`")
        );
    }
}
