//! What a module of cffi does without, because its compiler does not know it or no library that it is linked with
//! defines it. Declarations come from a header as libclang reads it; neither is known before a module is built.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Error;
use super::module::LINKING;
use super::undefined::{self, User};

/// What stands before the names of declarations where cffi's source defines what concerns them.
const PARTS: [&str; 5] = ["_cffi_d_", "_cffi_f_", "_cffi_var_", "_cffi_const_", RECORD];
/// The one for records.
const RECORD: &str = "_cffi_checkfld_";
/// What the tables behind all of them begin with.
const TABLE: &str = "static const struct _cffi_";

/// How linkers call what nothing defines: GNU's and LLVM's, Microsoft's.
const UNDEFINED: [&str; 2] = ["undefined", "unresolved external"];

/// How a module's source is to differ from its declarations. Functions, variables, constants and enumerators have
/// their names, `struct s` is a record and `struct s.m` a member of it; `typedef t` is a record without a tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Fit {
    /// Digest of what else the source and the module are made from.
    pub fingerprint: String,
    /// Macros that hide what has their name from cffi's code.
    pub hiding: BTreeSet<String>,
    /// What the compiler does not take.
    pub rejected: BTreeSet<String>,
    /// Functions and variables that nothing defines.
    pub missing: BTreeSet<String>,
}

impl Fit {
    /// What is left out.
    pub fn left_out(&self) -> impl Iterator<Item = &String> {
        self.rejected.iter().chain(&self.missing)
    }

    /// Takes in why a module could not be made, whose source of cffi has this path and text, and this object. Whether it
    /// is worth another try. `has_libraries` says whether the module is linked with any.
    pub fn learn(
        &mut self,
        error: &Error,
        (path, text): (&str, &str),
        object: &Path,
        has_libraries: bool,
    ) -> bool {
        let users = |said: &str| {
            let content = fs_err::read(object).unwrap_or_default();
            declared_users(&content, &words(said).collect())
        };
        match error {
            Error::Failed { step, output, .. } if step.contains(path) => {
                // Behind the user's text it is called by its name alone.
                let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
                self.learn_from_compiler(output, name, text)
            }
            Error::Failed { step, output, .. } if has_libraries && step == LINKING => {
                let is_undefined = |line: &&str| UNDEFINED.iter().any(|word| line.contains(word));
                let lines: Vec<&str> = output.lines().filter(is_undefined).collect();
                let said = lines.join("\n");
                self.learn_from_linker(&users(&said), text)
            }
            Error::Undefined { symbols, .. } if has_libraries => {
                let names: Vec<&str> = symbols.iter().map(|symbol| symbol.name.as_str()).collect();
                self.learn_from_linker(&users(&names.join(" ")), text)
            }
            _ => false,
        }
    }

    /// Of what loses most of its functions, the compiler lacks something else.
    fn learn_from_compiler(&mut self, output: &str, path: &str, text: &str) -> bool {
        let before = self.clone();
        let lines: Vec<&str> = text.lines().collect();
        let blamed: BTreeSet<String> =
            errors(output, path).into_iter().filter_map(|line| blamed(&lines, line)).collect();
        for item in &blamed {
            let (record, name) = item.rsplit_once('.').unwrap_or(("", item));
            // What is said of a record's members follows from what is said of the record.
            if blamed.contains(record) {
                continue;
            }
            if !name.contains(' ') && is_macro(output, name) && self.hiding.insert(name.to_owned()) {
                continue;
            }
            self.rejected.insert(item.clone());
        }
        let functions = functions(text);
        let lost = functions.iter().filter(|name| self.rejected.contains(**name)).count();
        *self != before && lost * 2 <= functions.len()
    }

    /// `users` are declarations with the undefined symbol that their code uses. A module without any function lacks its
    /// library.
    fn learn_from_linker(&mut self, users: &BTreeSet<(String, String)>, text: &str) -> bool {
        let declared = declared(text);
        let before = self.clone();
        for (name, symbol) in users.iter().filter(|(name, _)| declared.contains(name.as_str())) {
            // A macro of that name may use something else than the function.
            if name == symbol || !self.hiding.insert(name.clone()) {
                self.missing.insert(name.clone());
            }
        }
        *self != before && declared.iter().any(|name| !self.missing.contains(*name))
    }

    /// What to tell of the module `extension`.
    pub fn warning(&self, extension: &str, header: &str) -> Option<String> {
        let list = |names: &BTreeSet<String>, why: &str| {
            let names: Vec<String> =
                names.iter().map(|name| format!("`{}`", name.trim_start_matches("typedef "))).collect();
            (!names.is_empty()).then(|| format!("{why} {}", names.join(", ")))
        };
        let reasons = [
            list(&self.missing, "no library that it is linked with defines"),
            list(&self.rejected, "its compiler does not know, or knows otherwise,"),
        ];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        let number = self.left_out().count();
        let declarations = if number == 1 { "declaration" } else { "declarations" };
        (number > 0).then(|| {
            format!("`{extension}` lacks {number} {declarations} of `{header}`: {}", reasons.join("; "))
        })
    }
}

/// The names in a text, in order.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter != '_' && !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// Whether a compiler speaks of a macro of that name.
fn is_macro(output: &str, name: &str) -> bool {
    output.lines().any(|line| line.contains("macro") && words(line).any(|word| word == name))
}

/// What the line defines a part for: part and name.
fn part(line: &str) -> Option<(&'static str, &str)> {
    let is_definition = line.starts_with("static ") || line.starts_with(PARTS[1]);
    PARTS.iter().filter(|_| is_definition).find_map(|part| {
        let (_, rest) = line.split_once(part)?;
        Some((*part, rest.split('(').next()?))
    })
}

/// The functions, variables and constants that cffi's source uses.
fn declared(text: &str) -> BTreeSet<&str> {
    let parts = text.lines().filter_map(part).filter(|(part, _)| *part != RECORD);
    parts.map(|(_, name)| name).collect()
}

/// The same without constants.
fn functions(text: &str) -> BTreeSet<&str> {
    let parts = text.lines().filter_map(part).filter(|(part, _)| PARTS[..3].contains(part));
    parts.map(|(_, name)| name).collect()
}

/// The declarations whose code in an object uses undefined symbols of these names, each with the symbol.
fn declared_users(object: &[u8], undefined: &BTreeSet<&str>) -> BTreeSet<(String, String)> {
    let declaration = |User { name, symbol }: User| {
        let named = PARTS.iter().find_map(|part| name.split_once(part)?.1.split('.').next())?;
        Some((named.to_owned(), symbol))
    };
    undefined::users(object, undefined).into_iter().filter_map(declaration).collect()
}

/// The declaration that a line of cffi's source is about; lines count from one.
fn blamed(lines: &[&str], line: usize) -> Option<String> {
    let text = lines.get(line.checked_sub(1)?)?;
    let before = lines[..line].iter().rev();
    let (part, name) = before.take_while(|line| !line.starts_with(TABLE)).find_map(|line| part(line))?;
    if part != RECORD {
        return Some(name.to_owned());
    }
    let record = name.replacen('_', " ", 1);
    let member = text.split_once("p->").and_then(|(_, rest)| words(rest).next());
    Some(member.map_or(record.clone(), |member| format!("{record}.{member}")))
}

/// The lines of the source at `path` that a compiler's errors are about. Errors in macros of headers are followed by
/// notes on where those are used.
fn errors(output: &str, path: &str) -> BTreeSet<usize> {
    let place = |line: &str| -> Option<usize> {
        let rest = line.split_once(path)?.1.strip_prefix([':', '('])?;
        rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
    };
    let mut found = BTreeSet::new();
    let mut is_open = false;
    for line in output.lines() {
        let place = place(line);
        let is_error = [": error", ": fatal error"].iter().any(|kind| line.contains(kind));
        if is_error {
            found.extend(place);
            is_open = place.is_none();
        } else if line.contains(": warning") {
            is_open = false;
        } else if is_open && line.contains("note:") {
            found.extend(place);
            is_open = place.is_none();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "static int _cffi_const_E(unsigned long long *o)\n{\n  int n = (E) <= 0;\n}\n\
        static void _cffi_checkfld_struct_s(struct s *p)\n{\n  (void)((p->m) | 0);\n}\n\
        struct _cffi_align_struct_s { char x; struct s y; };\n\
        static int _cffi_d_f(int x0)\n{\n  return f(x0);\n}\nstatic PyObject *\n_cffi_f_f(PyObject *self)\n{\n}\n\
        static int(*_cffi_var_v(void))[3]\n{\n  return &(v);\n}\nstatic const struct _cffi_global_s _cffi_globals[] = {\n  \
        { 0 }\n";

    #[test]
    fn lines_are_about_declarations() {
        let lines: Vec<&str> = SOURCE.lines().collect();
        let about = |line| blamed(&lines, line);
        let names =
            [(3, "E"), (5, "struct s"), (7, "struct s.m"), (9, "struct s"), (12, "f"), (15, "f"), (19, "v")];
        for (line, name) in names {
            assert_eq!(about(line).as_deref(), Some(name), "{line}");
        }
        assert_eq!([about(23), about(0), about(99)], [None, None, None]);
        assert_eq!(declared(SOURCE).into_iter().collect::<Vec<_>>(), ["E", "f", "v"]);
    }

    #[test]
    fn every_compiler_says_where() {
        let gcc = "a.c: In function '_cffi_d_f':\na.c:7:3: warning: odd\nh.h:1:2: error: no\na.c:12:10: note: in \
                   expansion of macro 'f'\na.c:19:1: error: no 'v'\na.c:3:1: note: more\n";
        assert_eq!(errors(gcc, "a.c").into_iter().collect::<Vec<_>>(), [12, 19]);
        let microsoft = "a.c(12): error C2065: 'f': undeclared identifier\na.c(3): warning C4047: odd\n";
        assert_eq!(errors(microsoft, "a.c").into_iter().collect::<Vec<_>>(), [12]);
        let mut fit = Fit::default();
        assert!(fit.learn_from_compiler(gcc, "a.c", SOURCE));
        assert_eq!(
            (fit.hiding.len(), fit.rejected.iter().map(String::as_str).collect::<Vec<_>>()),
            (1, vec!["v"])
        );
        assert!(!fit.learn_from_compiler("h.h:1:2: error: no\n", "a.c", SOURCE));
        let both = "a.c:12:1: error: no\na.c:19:1: error: no\n";
        assert!(!Fit::default().learn_from_compiler(both, "a.c", SOURCE), "all functions are too many");
    }

    #[test]
    fn what_nothing_defines_is_told() {
        let users = |pairs: &[(&str, &str)]| {
            let owned = pairs.iter().map(|(name, symbol)| ((*name).to_owned(), (*symbol).to_owned()));
            owned.collect::<BTreeSet<_>>()
        };
        let mut fit = Fit::default();
        assert!(fit.learn_from_linker(&users(&[("f", "f"), ("v", "other")]), SOURCE));
        assert!(fit.missing.contains("f") && fit.hiding.contains("v") && fit.missing.len() == 1);
        assert!(fit.learn_from_linker(&users(&[("v", "other")]), SOURCE) && fit.missing.contains("v"));
        assert!(!fit.learn_from_linker(&users(&[("E", "E")]), SOURCE), "nothing is left");
        assert!(!Fit::default().learn_from_linker(&users(&[("of another source", "f")]), SOURCE));
        let fit = Fit {
            missing: ["f".to_owned()].into(),
            rejected: ["typedef t".to_owned()].into(),
            ..Fit::default()
        };
        assert_eq!(
            fit.warning("m", "a.h").unwrap(),
            "`m` lacks 2 declarations of `a.h`: no library that it is linked with defines `f`; its compiler does not \
             know, or knows otherwise, `t`"
        );
        assert_eq!(Fit::default().warning("m", "a.h"), None);
    }
}
