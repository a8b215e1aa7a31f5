//! A TOML file and typed access to its tables, with the place of every value. Knows no keys.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Error, nearest};
use super::expand;
use super::place::{Origin, Place, Text};

/// A file's text and the name to show for it.
#[derive(Debug)]
pub struct Document {
    /// The file as shown in messages.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
}

impl Document {
    /// Reads a file; `shown` is its name in messages. `None` if it does not exist.
    pub fn read(path: &Path, shown: &Path) -> Result<Option<Self>, Error> {
        let bytes = match fs_err::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::Read(error)),
        };
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(Document { path: shown.to_owned(), text })),
            Err(error) => {
                let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
                Err(Error::NotUtf8 { path: shown.to_owned(), line })
            }
        }
    }

    /// The tree of the file.
    pub fn parse(&self) -> Result<DeTable<'_>, Error> {
        DeTable::parse(&self.text).map(Spanned::into_inner).map_err(|error| Error::Malformed {
            place: Box::new(self.place("", error.span().unwrap_or(0..0))),
            message: error.message().replace('\n', "; "),
        })
    }

    /// The entries of a table of another program, in the order of the file; `prefix` is the table's full name.
    pub fn entries<'a>(&'a self, prefix: &str, table: &'a DeTable<'a>) -> Vec<(String, Node<'a>)> {
        entries_of(self, prefix, table)
    }

    /// The place of a byte range.
    pub fn place(&self, key: &str, span: Range<usize>) -> Place {
        let start = span.start.min(self.text.len());
        let start = (0..=start).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0);
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line_text = self.text[line_start..].lines().next().unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        Place {
            key: key.to_owned(),
            origin: Origin::File { path: self.path.clone(), line },
            column: before[line_start..].chars().count() + 1,
            line_text: line_text.to_owned(),
        }
    }
}

/// A value with its document and full key.
#[derive(Debug, Clone)]
pub struct Node<'a> {
    document: &'a Document,
    /// Full key relative to our table, such as `cache.no_cache`.
    pub key: String,
    key_span: Range<usize>,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Node<'a> {
    /// The place of the value.
    pub fn place(&self) -> Place {
        self.document.place(&self.key, self.value.span())
    }

    /// The place of the key.
    pub fn key_place(&self) -> Place {
        self.document.place(&self.key, self.key_span.clone())
    }

    fn wrong(&self, expected: &'static str) -> Error {
        let found = match self.value.get_ref() {
            DeValue::Array(items) => items
                .iter()
                .find(|item| expected == "a list of strings" && !item.get_ref().is_str())
                .map_or("array".into(), |item| format!("{} in the list", item.get_ref().type_str())),
            other => other.type_str().to_owned(),
        };
        Error::WrongType { place: Box::new(self.place()), expected, found }
    }

    fn item(&self, value: &'a Spanned<DeValue<'a>>) -> Node<'a> {
        Node { document: self.document, key: self.key.clone(), key_span: self.key_span.clone(), value }
    }

    /// A string.
    pub fn text(&self) -> Result<Text, Error> {
        let written = self.value.get_ref().as_str().ok_or_else(|| self.wrong("a string"))?;
        let place = self.place();
        if written.contains('\0') {
            return Err(Error::bad(&place, format!("`{}` holds a NUL character", self.key)));
        }
        Ok(Text { written: written.to_owned(), place })
    }

    /// A list of strings.
    pub fn texts(&self) -> Result<Vec<Text>, Error> {
        let fail = || self.wrong("a list of strings");
        let items = self.value.get_ref().as_array().ok_or_else(fail)?;
        if items.iter().any(|item| !item.get_ref().is_str()) {
            return Err(fail());
        }
        items.iter().map(|item| self.item(item).text()).collect()
    }

    /// A boolean.
    pub fn boolean(&self) -> Result<bool, Error> {
        self.value.get_ref().as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number of zero or more.
    pub fn number(&self) -> Result<u64, Error> {
        let integer = self.value.get_ref().as_integer();
        integer
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok())
            .ok_or_else(|| self.wrong("a whole number"))
    }

    /// Whether it is a list (of tables, for a key that may be both).
    pub fn is_list(&self) -> bool {
        self.value.get_ref().is_array()
    }

    /// Whether it is a table.
    pub fn is_table(&self) -> bool {
        self.value.get_ref().is_table()
    }

    /// A list of tables.
    pub fn nodes(&self) -> Result<Vec<Node<'a>>, Error> {
        let items = self.value.get_ref().as_array().ok_or_else(|| self.wrong("a list of tables"))?;
        Ok(items.iter().map(|item| self.item(item)).collect())
    }

    /// A table whose keys the user chooses, in the order of the file.
    pub fn entries(&self) -> Result<Vec<(String, Node<'a>)>, Error> {
        let table = self.value.get_ref().as_table().ok_or_else(|| self.wrong("a table"))?;
        Ok(entries_of(self.document, &self.key, table))
    }

    /// A table with the given keys and no others.
    pub fn table(&self, known: &[&str]) -> Result<Table<'a>, Error> {
        let found = self.entries()?;
        Table::of(&format!("[{}]", self.shown_key()), found, known)
    }

    /// The key as it is written at the top of the file.
    pub fn shown_key(&self) -> String {
        if self.document.path.ends_with("pyproject.toml") {
            format!("tool.headerkit.{}", self.key)
        } else {
            self.key.clone()
        }
    }

    /// The value as JSON, `${VAR}` left as it is; dates become strings.
    pub fn json(&self) -> Value {
        json(self.value.get_ref())
    }
}

fn entries_of<'a>(document: &'a Document, prefix: &str, table: &'a DeTable<'a>) -> Vec<(String, Node<'a>)> {
    let mut found: Vec<_> = table.iter().collect();
    // The map is sorted by name; what the user wrote first comes first.
    found.sort_by_key(|(key, _)| key.span().start);
    let join = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    found
        .into_iter()
        .map(|(key, value)| {
            let name = key.get_ref().to_string();
            let node = Node { document, key: join(&name), key_span: key.span(), value };
            (name, node)
        })
        .collect()
}

/// A table with a fixed set of keys, each found under its spelling with underscores.
#[derive(Debug)]
pub struct Table<'a> {
    nodes: BTreeMap<String, Node<'a>>,
}

impl<'a> Table<'a> {
    /// The top-level table of our configuration.
    pub fn top(document: &'a Document, table: &'a DeTable<'a>, known: &[&str]) -> Result<Self, Error> {
        let name =
            if document.path.ends_with("pyproject.toml") { "[tool.headerkit]" } else { "the top level" };
        Table::of(name, entries_of(document, "", table), known)
    }

    fn of(name: &str, found: Vec<(String, Node<'a>)>, known: &[&str]) -> Result<Self, Error> {
        let mut nodes: BTreeMap<String, Node<'a>> = BTreeMap::new();
        for (key, mut node) in found {
            let canonical = key.replace('-', "_");
            // Dotted names only serve suggestions: they are keys of another table.
            if !known.contains(&canonical.as_str()) || canonical.contains('.') {
                return Err(Error::UnknownKey {
                    place: Box::new(node.key_place()),
                    nearest: nearest(&key, known.iter().copied()),
                    known: known.iter().filter(|name| !name.contains('.')).map(|&name| name.into()).collect(),
                    table: name.to_owned(),
                    key,
                });
            }
            if let Some(other) = nodes.get(&canonical) {
                return Err(Error::TwoSpellings {
                    place: Box::new(node.key_place()),
                    other: other.written_key(),
                    key,
                });
            }
            node.key = node
                .key
                .strip_suffix(&key)
                .map(|prefix| format!("{prefix}{canonical}"))
                .unwrap_or(canonical.clone());
            nodes.insert(canonical, node);
        }
        Ok(Table { nodes })
    }

    /// The node of a key.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.nodes.get(key)
    }

    /// A string.
    pub fn text(&self, key: &str) -> Result<Option<Text>, Error> {
        self.get(key).map(Node::text).transpose()
    }

    /// A list of strings; missing is empty.
    pub fn texts(&self, key: &str) -> Result<Vec<Text>, Error> {
        self.get(key).map(Node::texts).transpose().map(Option::unwrap_or_default)
    }

    /// A table of strings whose keys the user chooses; missing is empty.
    pub fn text_map(&self, key: &str) -> Result<Vec<(String, Text)>, Error> {
        let Some(node) = self.get(key) else { return Ok(Vec::new()) };
        node.entries()?.into_iter().map(|(name, value)| Ok((name, value.text()?))).collect()
    }
}

impl Node<'_> {
    fn written_key(&self) -> String {
        self.document.text[self.key_span.clone()].trim_matches(['"', '\'']).to_owned()
    }
}

fn json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::from(number.as_str()), Value::from),
        DeValue::Float(number) => {
            number.as_str().parse::<f64>().map_or_else(|_| Value::from(number.as_str()), Value::from)
        }
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Datetime(date) => Value::from(date.to_string()),
        DeValue::Array(items) => items.iter().map(|item| json(item.get_ref())).collect(),
        DeValue::Table(table) => {
            table.iter().map(|(key, item)| (key.get_ref().to_string(), json(item.get_ref()))).collect()
        }
    }
}

/// The variables that any string below a JSON value mentions.
pub fn mentioned_in_json(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::String(text) => names.extend(expand::mentioned(text).into_iter().map(str::to_owned)),
        Value::Array(items) => items.iter().for_each(|item| mentioned_in_json(item, names)),
        Value::Object(table) => table.values().for_each(|item| mentioned_in_json(item, names)),
        _ => {}
    }
}

/// The variables that any string below a value mentions.
pub fn mentioned(value: &DeValue<'_>, names: &mut Vec<String>) {
    match value {
        DeValue::String(text) => names.extend(expand::mentioned(text).into_iter().map(str::to_owned)),
        DeValue::Array(items) => items.iter().for_each(|item| mentioned(item.get_ref(), names)),
        DeValue::Table(table) => table.values().for_each(|item| mentioned(item.get_ref(), names)),
        _ => {}
    }
}
