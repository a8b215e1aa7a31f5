//! Preprocessing tokens of C text (C17 6.4), and the `#define` lines of a file. Knows no values.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr3, memmem};
use rustc_hash::FxHashSet;

/// The kinds of preprocessing tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Identifier,
    /// A pp-number, valid or not.
    Number,
    /// With its prefix and quotes.
    Character,
    /// With its prefix and quotes.
    String,
    /// `R"(...)"`, which is C++ only.
    RawString,
    Punctuator,
    /// A byte that begins no token, a quote without its partner, or the digraph `%:`.
    Other,
}

/// A token as it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'t> {
    pub kind: Kind,
    pub text: &'t [u8],
    /// White space or a comment stands before it.
    pub spaced: bool,
    /// It is the first of its line.
    pub starts_line: bool,
}

/// Joins continued lines (translation phase 2), also those with blanks after the backslash, as gcc and clang do.
pub(super) fn splice(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut joined = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        let continued = line_end(&rest[at + 1..]);
        joined.extend_from_slice(&rest[..at + usize::from(continued.is_none())]);
        rest = &rest[at + 1 + continued.unwrap_or(0)..];
    }
    joined.extend_from_slice(rest);
    Cow::Owned(joined)
}

/// What follows the `*/` of a comment, which may be missing.
fn after_comment(text: &[u8]) -> &[u8] {
    // Stars are frequent in comments, slashes are not.
    let slash = memchr_iter(b'/', text).find(|&at| text[..at].ends_with(b"*"));
    slash.map_or(&[], |at| &text[at + 1..])
}

/// The length of the blanks and the line end that `text` begins with.
fn line_end(text: &[u8]) -> Option<usize> {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c)).count();
    match text.get(blanks) {
        Some(b'\n') => Some(blanks + 1),
        // A carriage return alone ends a line too.
        _ => text[..blanks].iter().position(|&byte| byte == b'\r').map(|position| position + 1),
    }
}

/// Splits text whose lines are already joined.
#[derive(Clone)]
pub(super) struct Lexer<'t> {
    rest: &'t [u8],
    starts_line: bool,
}

impl<'t> Lexer<'t> {
    pub fn new(spliced: &'t [u8]) -> Self {
        let rest = spliced.strip_prefix(b"\xef\xbb\xbf").unwrap_or(spliced);
        Self { rest, starts_line: true }
    }

    /// Skips white space and comments; says whether there were any.
    fn skip_blanks(&mut self) -> bool {
        let before = self.rest.len();
        loop {
            match self.rest {
                [b'\n', ..] => {
                    self.starts_line = true;
                    self.rest = &self.rest[1..];
                }
                [b' ' | b'\t' | b'\r' | 0x0b | 0x0c, ..] => self.rest = &self.rest[1..],
                [b'/', b'/', ..] => {
                    let length = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
                    self.rest = &self.rest[length..];
                }
                [b'/', b'*', comment @ ..] => {
                    self.rest = after_comment(comment);
                }
                _ => return self.rest.len() < before,
            }
        }
    }
}

impl<'t> Iterator for Lexer<'t> {
    type Item = Token<'t>;

    fn next(&mut self) -> Option<Token<'t>> {
        let spaced = self.skip_blanks();
        if self.rest.is_empty() {
            return None;
        }
        let (kind, length) = first_token(self.rest);
        let (text, rest) = self.rest.split_at(length);
        self.rest = rest;
        let starts_line = std::mem::take(&mut self.starts_line);
        Some(Token { kind, text, spaced, starts_line })
    }
}

/// The kind and length of the token that `text`, which is not empty, begins with.
fn first_token(text: &[u8]) -> (Kind, usize) {
    let first = text[0];
    if first.is_ascii_digit() || (first == b'.' && text.get(1).is_some_and(u8::is_ascii_digit)) {
        return (Kind::Number, number_length(text));
    }
    let word = text.iter().take_while(|&&byte| is_word(byte)).count();
    match (&text[..word], text.get(word)) {
        (b"" | b"u8" | b"u" | b"U" | b"L", Some(&quote @ (b'"' | b'\''))) => {
            let kind = if quote == b'"' { Kind::String } else { Kind::Character };
            match quoted_length(&text[word..], quote) {
                Some(length) => (kind, word + length),
                None if word > 0 => (Kind::Identifier, word),
                None => (Kind::Other, 1),
            }
        }
        (b"R" | b"u8R" | b"uR" | b"UR" | b"LR", Some(b'"')) => match raw_length(&text[word..]) {
            Some(length) => (Kind::RawString, word + length),
            None => (Kind::Identifier, word),
        },
        (b"", _) => punctuator(text),
        _ => (Kind::Identifier, word),
    }
}

/// Whether the byte can stand in an identifier: the usual ones, `$`, and the bytes of other scripts.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn number_length(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let next_is_word = text.get(at + 1).is_some_and(|&next| is_word(next));
        at += match byte {
            b'e' | b'E' | b'p' | b'P' if matches!(text.get(at + 1), Some(b'+' | b'-')) => 2,
            b'.' => 1,
            b'\'' if next_is_word => 2,
            _ if is_word(byte) => 1,
            _ => break,
        };
    }
    at
}

/// The length up to the closing quote; `None` if the line ends first.
fn quoted_length(text: &[u8], quote: u8) -> Option<usize> {
    let mut at = 1;
    loop {
        match *text.get(at)? {
            b'\n' => return None,
            b'\\' => at += 2,
            byte if byte == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The length of `"delimiter(...)delimiter"`.
fn raw_length(text: &[u8]) -> Option<usize> {
    let open = text.iter().take(18).position(|&byte| byte == b'(')?;
    let delimiter = &text[1..open];
    if delimiter.iter().any(|byte| byte.is_ascii_whitespace() || matches!(byte, b')' | b'\\' | b'"')) {
        return None;
    }
    let closing = [b")", delimiter, b"\""].concat();
    let end = text[open..].windows(closing.len()).position(|window| window == closing)?;
    Some(open + end + closing.len())
}

fn punctuator(text: &[u8]) -> (Kind, usize) {
    // Another spelling of `#`, for which nothing here looks.
    if text.starts_with(b"%:") {
        return (Kind::Other, 2);
    }
    let length = match text {
        [b'<', b'<', b'=', ..] | [b'>', b'>', b'=', ..] | [b'.', b'.', b'.', ..] | [b'<', b'=', b'>', ..] => {
            3
        }
        [b'-', b'>', ..] => 2,
        [first @ (b'+' | b'-' | b'<' | b'>' | b'=' | b'&' | b'|' | b'#' | b':'), second, ..]
            if first == second =>
        {
            2
        }
        [b'<' | b'>' | b'!' | b'*' | b'/' | b'%' | b'+' | b'-' | b'&' | b'^' | b'|', b'=', ..] => 2,
        _ => 1,
    };
    let known = b"[](){}.&*+-~!/%<>^|?:;=,#".contains(&text[0]);
    (if known { Kind::Punctuator } else { Kind::Other }, length)
}

/// The object-like macros that the texts define, whatever their conditionals say: in order of first
/// appearance, without repetition.
pub fn defined_names<'t>(texts: impl Iterator<Item = &'t [u8]>) -> Vec<String> {
    let texts: Vec<Cow<'_, [u8]>> = texts.map(splice).collect();
    let mut seen = FxHashSet::default();
    let mut names = Vec::new();
    for text in &texts {
        let mut lexer = Lexer::new(text);
        let mut special = usize::MAX;
        loop {
            lexer.skip_plain_lines(&mut special);
            let Some(token) = lexer.next() else { break };
            if token.text == b"#"
                && token.starts_line
                && let Some(name) = lexer.clone().defined_name()
                && seen.insert(name)
            {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// A line that looks like an `#undef`.
pub struct UndefLine<'t> {
    /// The macro.
    pub name: &'t [u8],
    /// The line, from 1.
    pub line: u32,
    /// Where the `#` is, in bytes.
    pub offset: usize,
}

/// The `#undef` lines of a file, whatever `#if` and comments say.
pub fn undef_lines(text: &[u8]) -> Vec<UndefLine<'_>> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let word = |text: &[u8]| text.iter().take_while(|byte| is_word(**byte)).count();
    let mut found = Vec::new();
    let (mut rest, mut line, mut counted) = (text, 1, 0);
    while let Some(sharp) = memchr(b'#', rest) {
        let at = text.len() - rest.len() + sharp;
        rest = &rest[sharp + 1..];
        let directive = rest.trim_ascii_start();
        let Some(after) = directive.strip_prefix(b"undef") else { continue };
        let is_first = text[..at].iter().rev().find(|byte| !is_blank(byte)).is_none_or(|byte| *byte == b'\n');
        let name = after.trim_ascii_start();
        let name = &name[..word(name)];
        if is_first && after.first().is_some_and(is_blank) && !name.is_empty() {
            line += memchr_iter(b'\n', &text[counted..at]).count();
            counted = at;
            found.push(UndefLine { name, line: u32::try_from(line).unwrap_or(u32::MAX), offset: at });
        }
    }
    found
}

/// The macros that `#pragma pop_macro` may change, whatever `#if` and comments say.
pub fn popped_names(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const PRAGMA: &[u8] = b"pop_macro";
    memmem::find_iter(text, PRAGMA).map(|at| {
        let mut words = text[at + PRAGMA.len()..].split(|byte| !is_word(*byte));
        words.find(|word| !word.is_empty()).unwrap_or_default()
    })
}

/// Where the directives of a text begin, in bytes: at each `#` that is neither in a comment nor in a line that
/// continues another one.
pub fn directives(text: &[u8]) -> FxHashSet<usize> {
    let offset = |token: &Token<'_>| token.text.as_ptr().addr() - text.as_ptr().addr();
    let continues = |at: usize| {
        let end = text[..at].iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        text[..end].trim_ascii_end().ends_with(b"\\")
    };
    let sharps = Lexer::new(text).filter(|token| token.starts_line && token.text == b"#");
    sharps.map(|token| offset(&token)).filter(|at| !continues(*at)).collect()
}

impl<'t> Lexer<'t> {
    /// Skips lines in which no directive, comment or literal begins, and the rest of one after a token.
    /// `special` counts the bytes from the next comment or literal on; until there it is not searched again.
    fn skip_plain_lines(&mut self, special: &mut usize) {
        if self.rest.len() < *special {
            let next = memchr3(b'/', b'"', b'\'', self.rest);
            *special = next.map_or(0, |at| self.rest.len() - at);
        }
        while !(self.starts_line && self.is_at_directive()) {
            let plain = &self.rest[..self.rest.len() - *special];
            let Some(end) = memchr(b'\n', plain) else { break };
            self.rest = &self.rest[end + 1..];
            self.starts_line = true;
        }
    }

    fn is_at_directive(&self) -> bool {
        let is_blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c);
        self.rest.iter().find(|byte| !is_blank(byte)) == Some(&b'#')
    }

    /// The object-like macro that a directive defines whose `#` was just read.
    fn defined_name(&mut self) -> Option<&'t str> {
        let mut on_line = || self.next().filter(|next| !next.starts_line);
        on_line().filter(|next| next.text == b"define")?;
        let name = on_line().filter(|next| next.kind == Kind::Identifier)?;
        let function_like = on_line().is_some_and(|next| next.text == b"(" && !next.spaced);
        std::str::from_utf8(name.text).ok().filter(|_| !function_like)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::macros::tests::Random;

    fn names_in(text: &[u8]) -> Vec<String> {
        defined_names([text].into_iter())
    }

    /// What `defined_names` says, without its short cuts.
    fn names_token_by_token(text: &[u8]) -> Vec<String> {
        let text = splice(text);
        let tokens: Vec<_> = Lexer::new(&text).collect();
        let mut names = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            let line: Vec<_> = tokens[at + 1..].iter().take_while(|next| !next.starts_line).take(3).collect();
            let is_define = token.starts_line
                && token.text == b"#"
                && line.first().is_some_and(|word| word.text == b"define");
            let takes_arguments = line.get(2).is_some_and(|next| next.text == b"(" && !next.spaced);
            let Some(name) =
                line.get(1).filter(|name| is_define && !takes_arguments && name.kind == Kind::Identifier)
            else {
                continue;
            };
            let name = std::str::from_utf8(name.text).map(str::to_owned);
            names.extend(name.ok().filter(|name| !names.contains(name)));
        }
        names
    }

    #[test]
    fn short_cuts_change_no_names() {
        let pieces: &[&[u8]] = &[
            b"\n",
            b"\n#",
            b"\n  #",
            b"#",
            b"define ",
            b" X",
            b"Y",
            b"(",
            b"\"",
            b"'",
            b"/",
            b"*",
            b"//",
            b"/*",
            b"*/",
            b"R\"(",
            b")\"",
            b"\\",
            b"\\\n",
            b"\r\n",
            b"1",
            b"'0",
            b"\x0b",
            b".",
            b"\n#define A",
            b"\n#define B ",
            b"R",
            b"\xc3\xa4",
            b" ",
        ];
        let mut random = Random(3);
        for _ in 0..60_000 {
            let text: Vec<u8> =
                (0..random.below(20)).flat_map(|_| pieces[random.below(pieces.len())].to_vec()).collect();
            assert_eq!(names_in(&text), names_token_by_token(&text), "{}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn names_of_defines() {
        let text = b"\xef\xbb\xbf#define FIRST 1\n  #  define /* c */ SPACED\\\n 2\n/* #define IN_COMMENT 1\n#define IN_COMMENT2 */\n\
            // #define IN_LINE \\\n#define CONTINUED_COMMENT\n#define F(x) x\n#define G (x)\n#define FIRST 3\n\
            const char *s = \"\\\n#define IN_STRING 1\\\n\";\n#if 0\n#error don't\n#def\\\nine SPLIT 1\n#endif\n\
            int n = 1'000; /*\n#define AFTER_SEPARATOR */\nx #define NOT_FIRST 1\n#undef GONE\n#define\nNEXT_LINE\n#define LAST";
        assert_eq!(names_in(text), ["FIRST", "SPACED", "G", "SPLIT", "LAST"]);
        assert_eq!(names_in(b""), Vec::<String>::new());
        assert_eq!(names_in(b"#define A\r\n#define B 1\r\n"), ["A", "B"]);
    }
}
