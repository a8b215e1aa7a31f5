//! Declarations of the user's own for a module of cffi: one that is lost is an error, where one of the header's is left out.

use std::path::Path;

use super::fit::Fit;
use super::{Cffi, Error, Extension};
use crate::config::{Origin, Place};

/// What the user's lines are called in the configuration.
const OPTION: &str = "extra_cdef";

/// Fails if a module lacks what a line of [`OPTION`] declares.
pub(super) fn check(extension: &Extension, cffi: &Cffi, fit: &Fit, project: &Path) -> Result<(), Error> {
    for (line, option) in &cffi.extra {
        let (name, why, hint) = if let Some(name) = lost(line, &fit.missing) {
            (
                name,
                "no library that it is linked with defines",
                "name the library that defines it in `libraries`",
            )
        } else if let Some(name) = lost(line, &fit.rejected) {
            (
                name,
                "its compiler does not know, or knows otherwise",
                "include the header that declares it in `source`",
            )
        } else {
            continue;
        };
        let line = line.trim();
        return Err(Error::Setting {
            place: place_of(line, option, project),
            problem: format!(
                "`{}` cannot have `{name}` of `{OPTION}`, which {why}\n  {line}",
                extension.name
            ),
            hint: format!("{hint}, or correct or remove the line"),
        });
    }
    Ok(())
}

/// The first of the names, as [`Fit`] has them, that a line declares.
fn lost<'n>(line: &str, names: impl IntoIterator<Item = &'n String>) -> Option<&'n str> {
    let words = outer_words(line);
    let is_declared = |item: &&str| match item.rsplit_once(' ') {
        None => words.contains(item),
        Some(("typedef", name)) => words.first() == Some(&"typedef") && words.contains(&name),
        // The record itself, not where it is mentioned; its members are the header's where it is not here.
        Some((kind, name)) => {
            let name = name.split('.').next().unwrap_or(name);
            line.contains('{') && words.starts_with(&[kind, name])
        }
    };
    names.into_iter().map(String::as_str).find(is_declared)
}

/// The words of a line but for those of parameters: `(*name)` declares a name.
fn outer_words(line: &str) -> Vec<&str> {
    let (mut words, mut is_outer, mut depth) = (Vec::new(), vec![true], 0);
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_letter = |letter: char| letter == '_' || letter.is_ascii_alphanumeric();
        let length = rest.find(|letter: char| !is_letter(letter)).unwrap_or(rest.len());
        if length > 0 {
            if is_outer[depth] {
                words.push(&rest[..length]);
            }
            rest = &rest[length..];
            continue;
        }
        rest = &rest[first.len_utf8()..];
        match first {
            '(' => {
                is_outer.truncate(depth + 1);
                is_outer.push(is_outer[depth] && rest.trim_start().starts_with('*'));
                depth += 1;
            }
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    words
}

/// Where a line of an option stands: in the file below the option's name.
fn place_of(line: &str, option: &Place, project: &Path) -> String {
    let Origin::File { path, line: first } = &option.origin else { return option.to_string() };
    let text = fs_err::read_to_string(project.join(path)).unwrap_or_default();
    let below = text.lines().skip(first.saturating_sub(1)).position(|written| written.contains(line));
    below.map_or_else(|| option.to_string(), |below| format!("{}:{}", path.display(), first + below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_line_declares_is_told_from_what_it_mentions() {
        let cases = [
            ("int no_such(int status);", "no_such", true),
            ("int no_such(int status);", "status", false),
            ("int (*hook)(int code);", "hook", true),
            ("int (*hook)(int code);", "code", false),
            ("#define LATER ...", "LATER", true),
            ("enum e { A, B };", "B", true),
            ("struct s { int a; ...; };", "struct s.a", true),
            ("int f(struct s *);", "struct s", false),
            ("struct s *f(void);", "struct s", false),
            ("typedef ... t;", "typedef t", true),
        ];
        for (line, name, expected) in cases {
            let names = [name.to_owned()];
            assert_eq!(lost(line, &names).is_some(), expected, "{line} {name}");
        }
    }
}
