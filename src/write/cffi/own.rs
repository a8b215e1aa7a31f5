//! The lines of `extra_cdef`: those that declare a type which `exclude_patterns` excludes stand where the header's own
//! declaration would, before what needs the type; all others at the end.

use super::is_identifier;

/// The lines, in pieces of one declaration each.
pub(super) struct Own<'s> {
    pieces: Vec<Piece<'s>>,
}

struct Piece<'s> {
    text: &'s str,
    /// Whether it stands at its place already.
    is_placed: bool,
}

impl<'s> Own<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        let piece = |text| Piece { text, is_placed: false };
        Own { pieces: pieces(text).into_iter().map(piece).collect() }
    }

    /// Takes the piece that declares a type: `what` is `typedef`, `struct`, `union` or `enum`. Empty if what declares
    /// it was taken for another name already.
    pub(super) fn take(&mut self, what: &str, name: &str) -> Option<&'s str> {
        let piece = self.pieces.iter_mut().find(|piece| declares(piece.text, what, name))?;
        Some(if std::mem::replace(&mut piece.is_placed, true) { "" } else { piece.text.trim() })
    }

    /// Whether some line has the word.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.pieces.iter().any(|piece| words(piece.text).any(|other| other == word))
    }

    /// What was not taken, in order.
    pub(super) fn rest(&self) -> String {
        let rest: String =
            self.pieces.iter().filter(|piece| !piece.is_placed).map(|piece| piece.text).collect();
        rest.trim_start_matches('\n').to_owned()
    }
}

/// The names in a text, in order.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c != '_' && !c.is_ascii_alphanumeric()).filter(|word| is_identifier(word))
}

/// Splits after each semicolon that stands outside of braces, and after each line of the preprocessor.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut start, mut depth, mut at) = (0, 0usize, 0);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        let rest = &text[at..];
        let is_new = text[start..at].trim().is_empty();
        at += match byte {
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'#' if is_new => rest.find('\n').map_or(rest.len(), |end| end + 1),
            // The next byte may be in the middle of a letter only if this one is.
            _ => rest.chars().next().map_or(1, char::len_utf8),
        };
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if (byte == b';' && depth == 0) || (byte == b'#' && is_new) {
            pieces.push(&text[start..at]);
            start = at;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// Whether a piece declares the type.
fn declares(piece: &str, what: &str, name: &str) -> bool {
    let (mut outer, mut depth) = (String::new(), 0usize);
    let code = piece.split("/*").map(|part| part.split_once("*/").map_or(part, |(_, code)| code));
    for letter in code.collect::<String>().chars() {
        depth = if letter == '}' { depth.saturating_sub(1) } else { depth };
        if depth == 0 {
            outer.push(letter);
        }
        depth += usize::from(letter == '{');
    }
    if what != "typedef" {
        let mut parts = outer.split_inclusive('{').filter_map(|part| part.strip_suffix('{'));
        return parts.any(|head| {
            let all: Vec<&str> = words(head).collect();
            all.ends_with(&[what, name])
        });
    }
    let Some(rest) = outer.trim_start().strip_prefix("typedef") else { return false };
    // Of a pointer to a function, the name stands in the parentheses.
    let named = match rest.split_once("(*") {
        Some((_, pointer)) => words(pointer).next(),
        None => words(rest.split('[').next().unwrap_or_default()).last(),
    };
    named == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_declares_what_it_declares() {
        let text = "typedef void *handle; /* a; */\nstruct info {\n  handle h;\n  ...;\n};\n#define N ...\n\
                    typedef int (*cb)(handle);\ntypedef struct { int a; } pair[2];\nint f(pair);\n";
        let mut own = Own::new(text);
        assert_eq!(own.rest(), text);
        assert!(own.mentions("N") && !own.mentions("a;"));
        for absent in [("typedef", "f"), ("struct", "handle"), ("typedef", "info"), ("union", "info")] {
            assert_eq!(own.take(absent.0, absent.1), None, "{absent:?}");
        }
        assert_eq!(own.take("typedef", "handle"), Some("typedef void *handle;"));
        assert_eq!(own.take("struct", "info"), Some("/* a; */\nstruct info {\n  handle h;\n  ...;\n};"));
        assert_eq!(own.take("struct", "info"), Some(""));
        assert_eq!(own.take("typedef", "cb"), Some("typedef int (*cb)(handle);"));
        assert_eq!(own.take("typedef", "pair"), Some("typedef struct { int a; } pair[2];"));
        assert_eq!(own.rest(), "#define N ...\n\nint f(pair);\n");
    }
}
