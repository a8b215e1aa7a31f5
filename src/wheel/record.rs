//! RECORD: the list of a wheel's files with their digests (PEP 376, PEP 427).
//!
//! Lines that do not change keep their bytes, so that a rewritten RECORD differs only where it must.

use sha2::{Digest, Sha256};

/// A RECORD file that can be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    lines: Vec<Line>,
    newline: &'static str,
    ends_with_newline: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    path: String,
    raw: String,
}

impl Record {
    /// Reads CSV text. What is not a row (a blank line) is dropped.
    pub fn parse(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let end = row_end(rest);
            let raw = rest[..end].trim_end_matches(['\r', '\n']);
            if !raw.is_empty() {
                lines.push(Line { path: fields(raw).swap_remove(0), raw: raw.to_owned() });
            }
            rest = &rest[end..];
        }
        Record {
            lines,
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            ends_with_newline: text.is_empty() || text.ends_with('\n'),
        }
    }

    /// Path, hash (`sha256=...`) and size of every row, the latter two empty where the file says so.
    pub fn rows(&self) -> impl Iterator<Item = (String, String, String)> {
        self.lines.iter().map(|line| {
            let mut fields = fields(&line.raw).into_iter();
            let mut next = || fields.next().unwrap_or_default();
            (next(), next(), next())
        })
    }

    /// Drops the rows for which `keep` is false.
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) {
        self.lines.retain(|line| keep(&line.path));
    }

    /// Sets the row of a file in its place; a new one goes before the first row below `before`.
    pub fn set(&mut self, path: &str, content: &[u8], before: &str) {
        let raw = format!("{},{},{}", quoted(path), record_hash(content), content.len());
        let line = Line { path: path.to_owned(), raw };
        if let Some(old) = self.lines.iter_mut().find(|line| line.path == path) {
            *old = line;
            return;
        }
        let position = self.lines.iter().position(|line| line.path.starts_with(before));
        self.lines.insert(position.unwrap_or(self.lines.len()), line);
    }
}

impl std::fmt::Display for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, line) in self.lines.iter().enumerate() {
            f.write_str(&line.raw)?;
            if index + 1 < self.lines.len() || self.ends_with_newline {
                f.write_str(self.newline)?;
            }
        }
        Ok(())
    }
}

/// A digest as RECORD writes it: `sha256=` and URL-safe base64 without padding.
pub fn record_hash(content: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::from("sha256=");
    for chunk in Sha256::digest(content).chunks(3) {
        let bits =
            chunk.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for digit in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
}

/// Where the first row of a text ends, its line break included. Breaks inside quotes do not count.
fn row_end(text: &str) -> usize {
    let mut in_quotes = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => in_quotes = !in_quotes,
            b'\n' if !in_quotes => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// The fields of one row; at least one.
fn fields(row: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut in_quotes = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if in_quotes && characters.peek() == Some(&'"') => {
                characters.next();
                if let Some(field) = fields.last_mut() {
                    field.push('"');
                }
            }
            '"' => in_quotes = !in_quotes,
            ',' if !in_quotes => fields.push(String::new()),
            other => {
                if let Some(field) = fields.last_mut() {
                    field.push(other);
                }
            }
        }
    }
    fields
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_pep_427() {
        // hashlib.sha256(b"").digest() through base64.urlsafe_b64encode.
        assert_eq!(record_hash(b""), "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }

    #[test]
    fn untouched_lines_and_style_stay() {
        for text in ["a.py,sha256=x,1\r\n\"b,\"\"c.py\",,\r\nd-1.dist-info/RECORD,,\r\n", "a,,\nb,,", ""] {
            assert_eq!(Record::parse(text).to_string(), text);
        }
        let mut record = Record::parse("a.py,sha256=x,1\r\n\"b,\"\"c.py\",,\r\nd-1.dist-info/RECORD,,\r\n");
        assert_eq!(record.rows().nth(1).unwrap().0, "b,\"c.py");
        record.set("n,w.py", b"", "d-1.dist-info/");
        record.set("a.py", b"x", "d-1.dist-info/");
        record.retain(|path| path != "b,\"c.py");
        let text = record.to_string();
        assert!(text.starts_with("a.py,sha256=LXEWQrcmsE"), "{text}");
        let rest = "\r\n\"n,w.py\",sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\r\nd-1.dist-info/RECORD,,\r\n";
        assert!(text.ends_with(rest), "{text}");
    }
}
