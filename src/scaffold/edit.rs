//! Edits of a text at known places.

use std::ops::Range;

/// A text and what is to be replaced in it.
pub struct Edits<'a> {
    text: &'a str,
    edits: Vec<(Range<usize>, String)>,
    appended: String,
}

impl<'a> Edits<'a> {
    /// Without any edit.
    pub fn new(text: &'a str) -> Self {
        Edits { text, edits: Vec::new(), appended: String::new() }
    }

    /// Replaces a range, which may be empty. Ranges must not overlap.
    pub fn replace(&mut self, range: Range<usize>, with: impl Into<String>) {
        self.edits.push((range, with.into()));
    }

    /// Puts a table at the end, after an empty line.
    pub fn append(&mut self, block: &str) {
        self.appended.push_str(&format!("\n{block}"));
    }

    /// Puts a table first, where nothing but tables follows, and else last.
    pub fn open(&mut self, block: &str) {
        if self.text.starts_with('[') {
            self.replace(0..0, format!("{block}\n"));
        } else {
            self.append(block);
        }
    }

    /// Inserts elements in front of an array's own; `first` is where its first element starts.
    pub fn prepend(&mut self, array: Range<usize>, first: Option<usize>, elements: &[String]) {
        if elements.is_empty() {
            return;
        }
        let Some(first) = first else {
            return self.replace(array, format!("[{}]", elements.join(", ")));
        };
        // An element on a line of its own stays on one.
        let before = &self.text[array.start + 1..first];
        let gap = before.rfind('\n').map_or(" ", |at| &before[at..]);
        let text: String = elements.iter().map(|element| format!("{element},{gap}")).collect();
        self.replace(first..first, text);
    }

    /// Removes the lines of a key and its value.
    pub fn remove_lines(&mut self, range: Range<usize>) {
        let start = self.text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let end = self.line_end(range.end);
        self.replace(start..end, "");
    }

    /// The offset after the line that `at` is on.
    pub fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |found| at + found + 1)
    }

    /// The offset after the line of a table's header such as `[tool.uv]`.
    pub fn header_end(&self, name: &str) -> Option<usize> {
        let mut at = 0;
        for line in self.text.split_inclusive('\n') {
            at += line.len();
            let header = line.trim().strip_prefix('[').and_then(|rest| rest.split_once(']'));
            let is_name = |written: &str| {
                let parts = written.split('.').map(|part| part.trim().trim_matches(['"', '\'']));
                parts.eq(name.split('.'))
            };
            if header.is_some_and(|(written, _)| !written.starts_with('[') && is_name(written)) {
                return Some(at);
            }
        }
        None
    }

    /// Inserts whole lines at the start of a line.
    pub fn insert_lines(&mut self, at: usize, lines: &str) {
        let unfinished = at > 0 && !self.text[..at].ends_with('\n');
        self.replace(at..at, if unfinished { format!("\n{lines}") } else { lines.to_owned() });
    }

    /// The edited text, with the line ends that the text had.
    pub fn finish(mut self) -> String {
        self.edits.sort_by_key(|(range, _)| range.start);
        let crlf = self.text.contains("\r\n");
        let ends = |new: &str| {
            let new = new.replace("\r\n", "\n");
            if crlf { new.replace('\n', "\r\n") } else { new }
        };
        let mut result = String::new();
        let mut at = 0;
        for (range, new) in &self.edits {
            result.push_str(&self.text[at..range.start]);
            result.push_str(&ends(new));
            at = range.end;
        }
        result.push_str(&self.text[at..]);
        if !self.appended.is_empty() && !result.is_empty() && !result.ends_with('\n') {
            result.push_str(&ends("\n"));
        }
        let appended = if result.is_empty() { self.appended.trim_start() } else { &self.appended };
        result.push_str(&ends(appended));
        result
    }
}
