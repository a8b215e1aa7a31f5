//! The targets that cibuildwheel builds for: its build identifiers, its selectors, its architectures.

use std::str::FromStr;

use pep440_rs::{Version, VersionSpecifiers};

use crate::config::{Cibuildwheel, Error, Text, nearest};
use crate::target::Target;

/// Minor versions of CPython. Later ones than cibuildwheel knows change no target, and stay right when it does.
const MINORS: std::ops::RangeInclusive<u32> = 8..=30;
/// Free-threaded ones exist from here on.
const FREE_THREADED: u32 = 13;
/// Implementations besides CPython, with the endings that they exist for.
const OTHERS: &[(&str, &[&str])] = &[
    ("pp39", PYPY),
    ("pp310", PYPY),
    ("pp311", PYPY),
    ("pp312", PYPY),
    ("gp312_250", GRAALPY),
    ("gp313_253", GRAALPY),
];
const PYPY: &[&str] = &[
    "manylinux_x86_64",
    "manylinux_aarch64",
    "manylinux_i686",
    "macosx_x86_64",
    "macosx_arm64",
    "win_amd64",
];
const GRAALPY: &[&str] =
    &["manylinux_x86_64", "manylinux_aarch64", "macosx_x86_64", "macosx_arm64", "win_amd64"];
const LINUX: &[&str] = &["x86_64", "i686", "aarch64", "ppc64le", "s390x", "armv7l", "riscv64"];
const MACOS: &[&str] = &["x86_64", "arm64", "universal2"];
const WINDOWS: &[&str] = &["x86", "AMD64", "ARM64"];

/// What a configuration builds.
#[derive(Debug, Default)]
pub struct Selection {
    /// Each once; Linux, then macOS, then Windows.
    pub targets: Vec<Target>,
    /// The CPython versions that are built, such as `3.12`; each once.
    pub pythons: Vec<String>,
    /// What cannot be served, by name.
    pub warnings: Vec<String>,
    /// What was assumed.
    pub notes: Vec<String>,
}

/// What cibuildwheel would build on `machine` with each platform in turn.
pub fn select(options: &Cibuildwheel, machine: &Target) -> Result<Selection, Error> {
    let mut selection = Selection::default();
    let is_wanted = |name: &str| options.platform.as_ref().is_none_or(|only| only.written == name);
    let only = options.platform.iter().map(|text| (&text.written, &text.place));
    for (platform, place) in options.platforms.iter().map(|(name, place)| (name, place)).chain(only) {
        if is_wanted(platform) && !["linux", "macos", "windows"].contains(&platform.as_str()) {
            selection.warnings.push(format!(
                "{place}: cibuildwheel's platform `{platform}` is left out: there are no C headers for it here"
            ));
        }
    }
    let python = options.requires_python.as_ref().map(requires_python).transpose()?;
    for (platform, archs) in [("linux", LINUX), ("macos", MACOS), ("windows", WINDOWS)] {
        if !is_wanted(platform) {
            continue;
        }
        let selector = Selector {
            build: patterns(options, "build", platform),
            skip: patterns(options, "skip", platform),
            enable: options.words("enable", platform).into_iter().map(|text| text.written).collect(),
            python: python.as_ref(),
        };
        for Pattern { text, .. } in selector.build.iter().filter(|pattern| !pattern.is_known()) {
            let warning = format!("{}: `{}` selects nothing that is served here", text.place, text.written);
            if !selection.warnings.contains(&warning) {
                selection.warnings.push(warning);
            }
        }
        let mut words = options.words("archs", platform);
        if words.is_empty() {
            words.push(Text::of("archs", "auto", crate::config::Origin::Default));
        }
        let wanted = architectures(&words, platform, archs, machine)?;
        let mut has_any = false;
        for ending in wanted.iter().flat_map(|arch| endings(platform, arch)) {
            let built: Vec<String> =
                identifiers(&ending).into_iter().filter(|identifier| selector.selects(identifier)).collect();
            for version in built.iter().filter_map(|identifier| cpython(identifier)) {
                if !selection.pythons.contains(&version) {
                    selection.pythons.push(version);
                }
            }
            for target in targets_of(&ending).iter().filter(|_| !built.is_empty()) {
                has_any = true;
                if !selection.targets.contains(target) {
                    selection.targets.push(target.clone());
                }
            }
        }
        if has_any && let Some(text) = words.iter().find(|text| text.written.starts_with("auto")) {
            selection.notes.push(format!(
                "cibuildwheel's `archs` is `{}` on {platform}, which depends on the machine: here it is {}",
                text.written,
                wanted.join(", ")
            ));
        }
    }
    if let Some(only) = &options.platform {
        let platform = &only.written;
        selection.notes.push(format!("{} is `{platform}`: other platforms are left out", only.place));
    }
    Ok(selection)
}

/// A pattern of `build` or `skip` with its braces expanded.
struct Pattern {
    text: Text,
    expanded: Vec<String>,
}

impl Pattern {
    fn matches(&self, identifier: &str) -> bool {
        self.expanded.iter().any(|pattern| fnmatch(pattern, identifier))
    }

    fn is_known(&self) -> bool {
        let platforms = [("linux", LINUX), ("macos", MACOS), ("windows", WINDOWS)];
        let mut all = platforms.iter().flat_map(|(platform, archs)| {
            archs.iter().flat_map(|arch| endings(platform, arch)).flat_map(|ending| identifiers(&ending))
        });
        all.any(|identifier| self.matches(&identifier))
    }
}

fn patterns(options: &Cibuildwheel, option: &str, platform: &str) -> Vec<Pattern> {
    let mut words = options.words(option, platform);
    if words.is_empty() && option == "build" {
        words.push(Text::of("build", "*", crate::config::Origin::Default));
    }
    words.into_iter().map(|text| Pattern { expanded: braces(&text.written), text }).collect()
}

struct Selector<'a> {
    build: Vec<Pattern>,
    skip: Vec<Pattern>,
    enable: Vec<String>,
    python: Option<&'a VersionSpecifiers>,
}

impl Selector<'_> {
    fn selects(&self, identifier: &str) -> bool {
        let group = if fnmatch("pp3?-*", identifier) || fnmatch("pp310-*", identifier) {
            Some("pypy-eol")
        } else if identifier.starts_with("pp") {
            Some("pypy")
        } else {
            identifier.starts_with("gp").then_some("graalpy")
        };
        let is_enabled =
            group.is_none_or(|group| self.enable.iter().any(|enabled| enabled == group || enabled == "all"));
        let is_wanted = self.python.is_none_or(|specifiers| {
            // Any patch release counts as far as cibuildwheel is concerned.
            let version = Version::from_str(&format!("3.{}.99", minor(identifier).unwrap_or_default()));
            version.is_ok_and(|version| specifiers.contains(&version))
        });
        let any = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(identifier));
        is_enabled && is_wanted && any(&self.build) && !any(&self.skip)
    }
}

fn requires_python(text: &Text) -> Result<VersionSpecifiers, Error> {
    VersionSpecifiers::from_str(&text.written)
        .map_err(|_| Error::bad(&text.place, format!("`{}` is no version specifier", text.written)))
}

/// `cp312-win32`: 12.
fn minor(identifier: &str) -> Option<u32> {
    let tag = identifier.split('-').next()?.split('_').next()?;
    tag.trim_end_matches('t').get(3..)?.parse().ok()
}

/// The version of CPython that an identifier names, as `--python` takes it.
fn cpython(identifier: &str) -> Option<String> {
    let tag = identifier.strip_prefix("cp")?.split('-').next()?;
    let is_free_threaded = if tag.ends_with('t') { "t" } else { "" };
    Some(format!("3.{}{is_free_threaded}", minor(identifier)?))
}

/// Every identifier with an ending such as `manylinux_x86_64`.
fn identifiers(ending: &str) -> Vec<String> {
    let mut tags: Vec<String> = MINORS.map(|minor| format!("cp3{minor}")).collect();
    tags.extend(MINORS.filter(|minor| *minor >= FREE_THREADED).map(|minor| format!("cp3{minor}t")));
    let others = OTHERS.iter().filter(|(_, endings)| endings.contains(&ending));
    tags.extend(others.map(|(tag, _)| (*tag).to_owned()));
    tags.into_iter().map(|tag| format!("{tag}-{ending}")).collect()
}

/// How the identifiers of an architecture end.
fn endings(platform: &str, arch: &str) -> Vec<String> {
    match (platform, arch) {
        ("linux", _) => ["manylinux", "musllinux"].map(|libc| format!("{libc}_{arch}")).into(),
        ("macos", _) => vec![format!("macosx_{arch}")],
        (_, "x86") => vec!["win32".into()],
        _ => vec![format!("win_{}", arch.to_ascii_lowercase())],
    }
}

/// What the identifiers with an ending are built for.
fn targets_of(ending: &str) -> Vec<Target> {
    let triples: Vec<String> = match ending.split_once('_') {
        Some(("manylinux", "armv7l")) => vec!["armv7-linux-gnueabihf".into()],
        Some(("manylinux", arch)) => vec![format!("{arch}-linux-gnu")],
        Some(("musllinux", "armv7l")) => vec!["armv7-linux-musleabihf".into()],
        Some(("musllinux", arch)) => vec![format!("{arch}-linux-musl")],
        Some(("macosx", "universal2")) => ["x86_64", "aarch64"].map(|arch| format!("{arch}-macos")).into(),
        Some(("macosx", arch)) => vec![format!("{arch}-macos")],
        Some(("win", arch)) => vec![format!("{arch}-windows-msvc")],
        _ => vec!["i686-windows-msvc".into()],
    };
    triples.iter().filter_map(|triple| Target::parse(triple).ok()).collect()
}

/// What `archs` means for a platform on a machine; in the order of `known`.
fn architectures(
    words: &[Text],
    platform: &str,
    known: &[&'static str],
    machine: &Target,
) -> Result<Vec<&'static str>, Error> {
    let native = native(platform, machine);
    // A 64-bit architecture and the 32-bit one that its machines run.
    let pairs = [("x86_64", "i686"), ("AMD64", "x86"), ("aarch64", "armv7l")];
    let is_narrow = |arch: &str| pairs.iter().any(|(_, narrow)| *narrow == arch);
    let narrow = |arch: &str| pairs.iter().find(|(wide, _)| *wide == arch).map(|(_, narrow)| *narrow);
    let mut found: Vec<&str> = Vec::new();
    for text in words {
        match text.written.as_str() {
            "auto" => {
                found.extend(native);
                found.extend(native.filter(|arch| *arch == "AMD64").and(Some("x86")));
            }
            "native" => found.extend(native),
            "all" => found.extend(known),
            "auto64" => found.extend(native.filter(|arch| !is_narrow(arch))),
            "auto32" => found.extend(native.and_then(|arch| {
                let has_both = platform != "macos";
                if is_narrow(arch) { Some(arch) } else { narrow(arch).filter(|_| has_both) }
            })),
            other => {
                let every = [known, LINUX, MACOS, WINDOWS].concat();
                let Some(arch) = every.iter().find(|arch| arch.eq_ignore_ascii_case(other)) else {
                    let words = every.iter().copied().chain(["auto", "native", "all", "auto64", "auto32"]);
                    let near = nearest(other, words).map(|near| format!("did you mean `{near}`?"));
                    let problem = format!("cibuildwheel has no architecture `{other}`");
                    let hint =
                        near.unwrap_or_else(|| format!("architectures: {}, auto, all", known.join(", ")));
                    return Err(Error::bad_with(&text.place, problem, hint));
                };
                found.push(arch);
            }
        }
    }
    Ok(known.iter().copied().filter(|arch| found.contains(arch)).collect())
}

/// The machine's own architecture under the name that a platform has for it.
fn native(platform: &str, machine: &Target) -> Option<&'static str> {
    let arch = machine.arch();
    match (platform, arch) {
        ("linux", "armv7") => Some("armv7l"),
        ("linux", "powerpc64le") => Some("ppc64le"),
        ("linux", _) => LINUX.iter().copied().find(|known| *known == arch),
        ("macos", "x86_64") => Some("x86_64"),
        ("macos", "aarch64") => Some("arm64"),
        ("windows", "x86_64") => Some("AMD64"),
        ("windows", "i686") => Some("x86"),
        ("windows", "aarch64") => Some("ARM64"),
        _ => None,
    }
}

/// Expands `{a,b}` and `{1..3}` as shells do; a brace without a comma or a range is itself.
fn braces(pattern: &str) -> Vec<String> {
    let Some((before, inner, after)) = outermost(pattern) else { return vec![pattern.to_owned()] };
    let parts = top_level(inner);
    let range = inner.split_once("..").and_then(|(from, to)| {
        let (from, to) = (from.parse::<u32>().ok()?, to.parse::<u32>().ok()?);
        // A selector names Pythons: a range of more is a slip, and not worth its memory.
        (from <= to && to - from < 1000)
            .then(|| (from..=to).map(|number| number.to_string()).collect::<Vec<_>>())
    });
    let middles = match (parts.len(), range) {
        (1, Some(range)) => range,
        (1, None) => {
            return braces(after).into_iter().map(|rest| format!("{before}{{{inner}}}{rest}")).collect();
        }
        _ => parts.into_iter().flat_map(braces).collect(),
    };
    let rests = braces(after);
    middles
        .iter()
        .flat_map(|middle| rests.iter().map(move |rest| format!("{before}{middle}{rest}")))
        .collect()
}

/// Text before, inside and after the first pair of braces.
fn outermost(text: &str) -> Option<(&str, &str, &str)> {
    let start = text.find('{')?;
    let mut depth = 0;
    for (at, c) in text[start..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let end = start + at;
            return Some((&text[..start], &text[start + 1..end], &text[end + 1..]));
        }
    }
    None
}

/// Splits at the commas that are in no inner braces.
fn top_level(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// Python's `fnmatch.fnmatchcase`: `*`, `?`, `[seq]`, `[!seq]`.
fn fnmatch(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => match class(&pattern[p..], text[t]) {
                Some((length, true)) => Some(length),
                Some((_, false)) => None,
                None => (text[t] == '[').then_some(1),
            },
            Some(&c) => (c == text[t]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(length), _) => (p, t) = (p + length, t + 1),
            // The last star takes one character more.
            (None, Some((at, from))) => {
                (p, t) = (at + 1, from + 1);
                star = Some((at, from + 1));
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Length of a class that starts a pattern, and whether it holds the character.
fn class(pattern: &[char], c: char) -> Option<(usize, bool)> {
    let is_negated = pattern.get(1) == Some(&'!');
    let start = if is_negated { 2 } else { 1 };
    // A bracket at once is a member.
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|c| *c == ']')?;
    let members = &pattern[start..end];
    let mut is_member = false;
    let mut at = 0;
    while at < members.len() {
        if members.get(at + 1) == Some(&'-') && at + 2 < members.len() {
            is_member |= (members[at]..=members[at + 2]).contains(&c);
            at += 3;
        } else {
            is_member |= members[at] == c;
            at += 1;
        }
    }
    Some((end + 1, is_member != is_negated))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_expand_as_in_shells() {
        for (pattern, expected) in [
            ("cp3{9,10}-*", "cp39-* cp310-*"),
            ("cp3{9..11}-*", "cp39-* cp310-* cp311-*"),
            ("{a,b{c,d}}{1,2}", "a1 a2 bc1 bc2 bd1 bd2"),
            ("{a}{b,c}", "{a}b {a}c"),
            ("{a,}b", "ab b"),
            ("a{", "a{"),
        ] {
            assert_eq!(braces(pattern).join(" "), expected, "{pattern}");
        }
    }

    #[test]
    fn patterns_match_as_python_has_it() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("cp31?-*_x86_64", "cp312-manylinux_x86_64", true),
            ("cp31?-*", "cp39-manylinux_x86_64", false),
            ("cp3[1-3]*", "cp312", true),
            ("cp3[!1]*", "cp312", false),
            ("cp3[!1]*", "cp39", true),
            ("*-*-", "a-b-c", false),
            ("[", "[", true),
            ("*musllinux*", "cp39-musllinux_i686", true),
        ] {
            assert_eq!(fnmatch(pattern, text), expected, "{pattern} {text}");
        }
    }
}
