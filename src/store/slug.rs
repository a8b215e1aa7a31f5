//! Readable directory names for entries. A name helps people and speeds up look-ups; it is never
//! proof of what an entry holds.

use std::fmt;

use super::key::Inputs;
use crate::fsutil;

/// Longest name of an entry, with its numeric suffix.
pub const MAX_LENGTH: usize = 120;
/// Kept free for a numeric suffix such as `-12345`.
const SUFFIX: usize = 6;

/// The name of an entry's directory: one path component that every platform accepts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// The name for a set of inputs: `libclang.mylib.x86_64-linux-gnu.d.DEBUG.i.include`.
    pub fn new(inputs: &Inputs) -> Self {
        let parser = first_part(&inputs.parser, 24);
        let name = inputs.header.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_lowercase();
        let target = cut(&part(&inputs.target), &inputs.target, 32);
        let mut groups = groups(inputs);
        let budget = MAX_LENGTH - SUFFIX;
        let mut stem_text = part(&stem);
        while length(&parser, &stem_text, &target, &groups) > budget {
            let longest = groups.iter_mut().max_by_key(|group| group.text.len());
            match longest.filter(|group| group.text.len() > 8) {
                Some(group) => group.text = group.hash.clone(),
                None => {
                    let rest = length(&parser, "", &target, &groups);
                    stem_text = cut(&stem_text, &stem, budget.saturating_sub(rest));
                    break;
                }
            }
        }
        let mut slug = format!("{parser}.{stem_text}.{target}");
        for group in &groups {
            slug.push_str(&format!(".{}.{}", group.name, group.text));
        }
        Slug(slug)
    }

    /// The name of a directory that exists, whoever chose it.
    pub(super) fn existing(name: &str) -> Self {
        Slug(name.to_owned())
    }

    /// The name with a numeric suffix; the first one has none.
    pub fn numbered(&self, number: usize) -> Slug {
        if number <= 1 { self.clone() } else { Slug(format!("{}-{number}", self.0)) }
    }

    /// The number of a directory name that is this slug with or without a suffix.
    pub fn number_of(&self, name: &str) -> Option<usize> {
        let rest = name.strip_prefix(&self.0)?;
        if rest.is_empty() {
            return Some(1);
        }
        let digits = rest.strip_prefix('-')?;
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        digits.parse().ok().filter(|number| plain && *number >= 2)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A directory name for a writer, which may be called anything.
pub(super) fn writer_dir(writer: &str) -> String {
    first_part(writer, 60)
}

struct Group {
    name: &'static str,
    text: String,
    hash: String,
}

fn groups(inputs: &Inputs) -> Vec<Group> {
    let dirs: Vec<String> = inputs.include_dirs.iter().map(|dir| base_name(dir)).collect();
    [
        ("d", &inputs.defines, &inputs.defines),
        ("i", &dirs, &inputs.include_dirs),
        ("args", &inputs.arguments, &inputs.arguments),
    ]
    .into_iter()
    .filter(|(_, shown, _)| !shown.is_empty())
    .map(|(name, shown, hashed)| Group {
        name,
        text: shown.iter().map(|value| part(value)).collect::<Vec<_>>().join("_"),
        hash: hash8(&hashed.join("\0")),
    })
    .collect()
}

fn base_name(dir: &str) -> String {
    let trimmed = dir.trim_end_matches(['/', '\\']);
    trimmed.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

fn length(parser: &str, stem: &str, target: &str, groups: &[Group]) -> usize {
    let tail: usize = groups.iter().map(|group| group.name.len() + group.text.len() + 2).sum();
    parser.len() + stem.len() + target.len() + 2 + tail
}

/// Only `A-Za-z0-9_=-`, everything else one `-`; a hash if nothing is left.
fn part(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() || c == '_' || c == '=' { c } else { '-' };
        if c != '-' || !result.ends_with('-') {
            result.push(c);
        }
    }
    let trimmed = result.trim_matches('-');
    if trimmed.is_empty() { hash8(text) } else { trimmed.to_owned() }
}

/// A part that stands before the first dot, where Windows looks for device names.
fn first_part(text: &str, limit: usize) -> String {
    let part = cut(&part(text), text, limit);
    if is_device(&part) { format!("{part}-{}", hash8(text)) } else { part }
}

/// Shortens a part, with a hash of the whole text in place of what is cut off.
fn cut(part: &str, text: &str, limit: usize) -> String {
    if part.len() <= limit {
        return part.to_owned();
    }
    let head: String = part.chars().take(limit.saturating_sub(9)).collect();
    format!("{}-{}", head.trim_end_matches('-'), hash8(text))
}

fn is_device(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let numbered = name.len() == 4 && (name.starts_with("com") || name.starts_with("lpt"));
    matches!(name.as_str(), "con" | "prn" | "aux" | "nul")
        || (numbered && name.as_bytes()[3].is_ascii_digit())
}

fn hash8(text: &str) -> String {
    fsutil::sha256(text.as_bytes())[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(header: &str) -> Inputs {
        Inputs {
            parser: "libclang".into(),
            header: header.into(),
            target: "x86_64-linux-gnu".into(),
            ..Inputs::default()
        }
    }

    fn strings(values: &[&str]) -> Vec<String> {
        values.iter().map(|value| (*value).to_owned()).collect()
    }

    #[test]
    fn names_are_readable_and_keep_the_order() {
        assert_eq!(Slug::new(&inputs("include/MyLib.h")).as_str(), "libclang.mylib.x86_64-linux-gnu");
        let full = Inputs {
            defines: strings(&["VERSION=2", "DEBUG"]),
            include_dirs: strings(&["z/include/", "${NNG}/inc", "."]),
            arguments: strings(&["-std=c11"]),
            ..inputs("my lib+.hpp")
        };
        assert_eq!(
            Slug::new(&full).as_str(),
            "libclang.my-lib.x86_64-linux-gnu.d.VERSION=2_DEBUG.i.include_inc_cdb4ee2a.args.std=c11"
        );
    }

    #[test]
    fn any_input_gives_a_short_valid_component() {
        let long = "x".repeat(300);
        let hostile = [
            "",
            ".",
            "..",
            "../../etc/passwd",
            "日本.h",
            "a/con.h",
            "a\\b.h",
            "x\0y\n.h",
            ".h",
            "a..h",
            &long,
            "----.h",
            "C:\\x.h",
        ];
        for text in hostile {
            let inputs = Inputs {
                parser: text.into(),
                header: text.into(),
                target: text.into(),
                include_dirs: vec![text.into()],
                defines: vec![text.into(), long.clone()],
                arguments: vec![text.into()],
                ..Inputs::default()
            };
            for slug in [Slug::new(&inputs).numbered(99_999).to_string(), writer_dir(text)] {
                assert!(slug.len() <= MAX_LENGTH, "{slug}");
                assert!(slug.split('.').all(|part| !part.is_empty()), "{slug}");
                assert!(slug.chars().all(|c| c.is_ascii_alphanumeric() || "_=-.".contains(c)), "{slug}");
            }
        }
        assert_ne!(writer_dir("con"), "con");
        assert_ne!(writer_dir("LPT1"), "LPT1");
        assert_ne!(Slug::new(&inputs("日本.h")), Slug::new(&inputs("中国.h")));
    }

    #[test]
    fn long_parts_are_told_apart_by_their_hash() {
        let a = Slug::new(&inputs(&format!("{}a.h", "x".repeat(200))));
        let b = Slug::new(&inputs(&format!("{}b.h", "x".repeat(200))));
        assert!(a != b && a.as_str().len() <= MAX_LENGTH - SUFFIX);
        let slug = Slug::new(&Inputs { defines: vec!["D".repeat(200)], ..inputs("a.h") });
        assert_eq!(slug.as_str().len(), "libclang.a.x86_64-linux-gnu.d.01234567".len());
    }

    #[test]
    fn numbers_are_read_back() {
        let slug = Slug::new(&inputs("a.h"));
        for number in [1, 2, 17] {
            assert_eq!(slug.number_of(slug.numbered(number).as_str()), Some(number));
        }
        for tail in ["-1", "-02", "-", "-x", ".d.X", "x"] {
            assert_eq!(slug.number_of(&format!("{slug}{tail}")), None, "{tail}");
        }
    }
}
