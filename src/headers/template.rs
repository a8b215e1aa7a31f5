//! Output templates: `{stem}`, `{name}`, `{dir}` and nothing else.

use super::error::Error;
use crate::config::{Config, Piece, Text};

/// What the template variables stand for.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// The file name.
    pub name: &'a str,
    /// The directory relative to the project; `.` for a header outside.
    pub dir: &'a str,
}

/// Fills in a template. What `${VAR}` brings in is not interpreted again.
pub fn render(config: &Config, template: &Text, values: Values<'_>) -> Result<String, Error> {
    let stem = match values.name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => values.name,
    };
    let mut result = String::new();
    for piece in config.pieces(template)? {
        let written = match &piece {
            Piece::Written(written) => written.as_str(),
            Piece::Value(value) => {
                result.push_str(value);
                continue;
            }
        };
        let mut rest = written;
        while let Some(at) = rest.find(['{', '}']) {
            result.push_str(&rest[..at]);
            rest = &rest[at..];
            let Some(end) = rest.strip_prefix('{').and_then(|inner| inner.find(['{', '}'])) else {
                return Err(fail(template, format!("unbalanced `{}`", &rest[..1])));
            };
            let name = &rest[1..=end];
            result.push_str(match (name, rest.as_bytes()[end + 1]) {
                (_, b'{') => return Err(fail(template, "unbalanced `{`".into())),
                ("stem", _) => stem,
                ("name", _) => values.name,
                ("dir", _) => values.dir,
                _ => return Err(fail(template, format!("unknown variable `{{{name}}}`"))),
            });
            rest = &rest[end + 2..];
        }
        result.push_str(rest);
    }
    Ok(result)
}

fn fail(template: &Text, problem: String) -> Error {
    Error::Template { place: Box::new(template.place.clone()), template: template.written.clone(), problem }
}
