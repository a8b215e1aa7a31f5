//! The file layer: from the tables of a document to typed values. Decides nothing between layers.

use std::collections::BTreeMap;

use serde_json::Value;
use toml::de::DeTable;

use super::document::{Document, Node, Table};
use super::error::Error;
use super::place::{Place, Text, Valued};
use super::{
    ExtensionTable, HeaderRule, OptionValue, Populate, Provision, WheelConfig, WheelTag, WriterOptions,
};
use crate::target::{PLATFORMS, Target};

/// Keys of `[tool.headerkit]`. The dotted ones are keys of other tables, kept here for suggestions.
pub const TOP: &[&str] = &[
    "backend",
    "writers",
    "headers",
    "exclude",
    "include_dirs",
    "defines",
    "backend_args",
    "language",
    "scope",
    "own",
    "symbols",
    "target",
    "store_dir",
    "output",
    "writer",
    "cache",
    "libclang",
    "auto_install_libclang",
    "inner_backend",
    "backend_path",
    "wheel",
    "extensions",
    "sysroots",
    "plugins",
    "cache.no_cache",
    "cache.no_ir_cache",
    "cache.no_output_cache",
    "cache.populate",
];
/// Keys of a header rule; `pattern` only in the list form.
const HEADER: &[&str] = &[
    "defines",
    "include_dirs",
    "backend_args",
    "extra_args",
    "output",
    "target",
    "writer_options",
    "backend",
];
const CACHE: &[&str] = &["no_cache", "no_ir_cache", "no_output_cache", "populate"];
const POPULATE: &[&str] = &["platforms", "targets", "python_versions", "timeout", "images", "container_args"];
const WHEEL: &[&str] = &["files", "tag", "sbom"];
const EXTENSION: &[&str] = &[
    "name",
    "kind",
    "sources",
    "include_dirs",
    "defines",
    "libraries",
    "library_dirs",
    "cflags",
    "ldflags",
    "pkg_config",
    "language",
    "limited_api",
    "compiler",
    "launcher",
    "cffi",
    "inherit",
    "optional",
    "on",
];
/// The keys of an extension that targets may add to, all lists.
const EXTENSION_ON: &[&str] =
    &["sources", "include_dirs", "defines", "libraries", "library_dirs", "cflags", "ldflags", "pkg_config"];
const EXTENSION_CFFI: &[&str] = &["header", "source", "source_file"];

/// All keys, without those of writers.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    [TOP, HEADER, CACHE, POPULATE, WHEEL, EXTENSION, EXTENSION_ON, EXTENSION_CFFI]
        .into_iter()
        .flatten()
        .map(|key| key.rsplit('.').next().unwrap_or(key))
}

/// What a file says; absent keys are `None` or empty.
#[derive(Debug, Default)]
pub struct FileLayer {
    pub parser: Option<Text>,
    pub writers: Option<Vec<Text>>,
    pub headers: Vec<HeaderRule>,
    pub exclude: Vec<Text>,
    pub include_dirs: Vec<Text>,
    pub defines: Vec<Text>,
    pub arguments: Vec<Text>,
    pub own: Vec<Text>,
    pub symbols: Vec<Text>,
    pub language: Option<Text>,
    pub scope: Option<Text>,
    pub target: Option<Text>,
    pub store_dir: Option<Text>,
    /// In file order.
    pub outputs: Vec<(String, Text)>,
    pub writer_options: BTreeMap<String, WriterOptions>,
    /// Places of the `[tool.headerkit.writer.NAME]` tables.
    pub writer_places: Vec<(String, Place)>,
    pub no_cache: Option<Valued<bool>>,
    pub no_ir_cache: Option<Valued<bool>>,
    pub no_output_cache: Option<Valued<bool>>,
    pub populate: Populate,
    pub libclang: Option<Valued<Provision>>,
    pub inner_backend: Option<Text>,
    pub backend_path: Vec<Text>,
    pub wheel: WheelConfig,
    pub extensions: Vec<ExtensionTable>,
    pub sysroots: BTreeMap<String, Text>,
    pub plugins: Vec<Text>,
}

impl FileLayer {
    /// Reads our table of a document.
    pub fn read(document: &Document, table: &DeTable<'_>) -> Result<Self, Error> {
        let top = Table::top(document, table, TOP)?;
        let mut layer = FileLayer {
            parser: top.text("backend")?,
            writers: top.get("writers").map(Node::texts).transpose()?,
            headers: top.get("headers").map(headers).transpose()?.unwrap_or_default(),
            exclude: top.texts("exclude")?,
            include_dirs: include_dirs(&top)?,
            defines: defines(&top)?,
            arguments: top.texts("backend_args")?,
            own: top.texts("own")?,
            symbols: top.texts("symbols")?,
            language: top.text("language")?,
            scope: top.text("scope")?,
            target: top.text("target")?,
            store_dir: top.text("store_dir")?,
            outputs: top.text_map("output")?,
            libclang: libclang(&top)?,
            inner_backend: top.text("inner_backend")?,
            backend_path: top.texts("backend_path")?,
            sysroots: sysroots(&top)?,
            plugins: top.texts("plugins")?,
            ..FileLayer::default()
        };
        if let Some(node) = top.get("writer") {
            for (name, options) in node.entries()? {
                layer.writer_places.push((name.clone(), options.key_place()));
                layer.writer_options.insert(name, writer_options(&options)?);
            }
        }
        if let Some(node) = top.get("cache") {
            layer.read_cache(&node.table(CACHE)?)?;
        }
        if let Some(node) = top.get("wheel") {
            layer.wheel = wheel(&node.table(WHEEL)?)?;
        }
        if let Some(node) = top.get("extensions") {
            layer.extensions = node.nodes()?.iter().map(extension).collect::<Result<_, _>>()?;
        }
        Ok(layer)
    }

    fn read_cache(&mut self, cache: &Table<'_>) -> Result<(), Error> {
        let flag = |key| {
            let node: Option<&Node<'_>> = cache.get(key);
            node.map(|node| Ok::<_, Error>(Valued::new(node.boolean()?, node.place().origin))).transpose()
        };
        self.no_cache = flag("no_cache")?;
        self.no_ir_cache = flag("no_ir_cache")?;
        self.no_output_cache = flag("no_output_cache")?;
        if let Some(node) = cache.get("populate") {
            let table = node.table(POPULATE)?;
            self.populate = Populate {
                platforms: table.texts("platforms")?,
                targets: table.texts("targets")?,
                python_versions: table.texts("python_versions")?,
                timeout: table.get("timeout").map(Node::number).transpose()?,
                images: table.text_map("images")?.into_iter().collect(),
                container_args: table.texts("container_args")?,
            };
        }
        Ok(())
    }
}

fn headers(node: &Node<'_>) -> Result<Vec<HeaderRule>, Error> {
    if node.is_list() {
        return node.nodes()?.iter().map(listed_header).collect();
    }
    refuse_name(node)?;
    let mut rules = Vec::new();
    for (name, entry) in node.entries()? {
        let mut place = entry.key_place();
        place.key = "headers".into();
        rules.push(header(&entry.table(HEADER)?, Text { written: name, place })?);
    }
    Ok(rules)
}

/// A header has options, so that its name alone is not enough.
fn refuse_name(node: &Node<'_>) -> Result<(), Error> {
    let Ok(name) = node.text() else { return Ok(()) };
    let table = format!("[{}.{}]", node.shown_key(), Value::from(name.written));
    Err(Error::bad_with(&name.place, "a header is a table, not a string", format!("write `{table}` instead")))
}

fn listed_header(node: &Node<'_>) -> Result<HeaderRule, Error> {
    refuse_name(node)?;
    let known: Vec<&str> = ["pattern"].iter().chain(HEADER).copied().collect();
    let table = node.table(&known)?;
    let pattern = table.text("pattern")?.ok_or_else(|| {
        Error::bad_with(
            &node.place(),
            "an entry of `headers` has no `pattern`",
            "add `pattern = \"include/**/*.h\"`, or the path of one header",
        )
    })?;
    header(&table, pattern)
}

fn header(table: &Table<'_>, pattern: Text) -> Result<HeaderRule, Error> {
    if pattern.written.is_empty() {
        return Err(Error::bad(&pattern.place, "the name of a header is empty"));
    }
    if let Some(parser) = table.text("backend")? {
        super::check_parser(&parser)?;
    }
    let mut arguments = table.texts("backend_args")?;
    arguments.extend(table.texts("extra_args")?);
    let mut options = BTreeMap::new();
    let mut option_places = Vec::new();
    if let Some(node) = table.get("writer_options") {
        for (name, writer) in node.entries()? {
            option_places.push((name.clone(), writer.key_place()));
            options.insert(name, writer_options(&writer)?);
        }
    }
    Ok(HeaderRule {
        pattern,
        defines: defines(table)?,
        include_dirs: include_dirs(table)?,
        arguments,
        output: table.text_map("output")?.into_iter().collect(),
        target: table.text("target")?,
        writer_options: options,
        option_places,
    })
}

fn include_dirs(table: &Table<'_>) -> Result<Vec<Text>, Error> {
    let dirs = table.texts("include_dirs")?;
    match dirs.iter().find(|dir| dir.written.starts_with("-I")) {
        Some(dir) => Err(Error::bad_with(
            &dir.place,
            format!("`{}` holds the option `{}`, not a directory", dir.place.key, dir.written),
            "name the directory without `-I`; other clang options belong in `backend_args`",
        )),
        None => Ok(dirs),
    }
}

fn defines(table: &Table<'_>) -> Result<Vec<Text>, Error> {
    let defines = table.texts("defines")?;
    check_defines(&defines)?;
    Ok(defines)
}

/// Fails for what cannot be the name of a macro; what a variable begins is not known yet.
pub(super) fn check_defines(defines: &[Text]) -> Result<(), Error> {
    let begins = |first: char| first.is_alphabetic() || "_$".contains(first) || !first.is_ascii();
    match defines.iter().find(|define| !define.written.chars().next().is_some_and(begins)) {
        Some(define) => Err(Error::bad_with(
            &define.place,
            format!("`{}` holds `{}`, which is no macro", define.place.key, define.written),
            "write `NAME` or `NAME=VALUE`, without `-D`; other clang options belong in `backend_args`",
        )),
        None => Ok(()),
    }
}

/// Options of one writer; hyphens become underscores, as in our own keys.
fn writer_options(node: &Node<'_>) -> Result<WriterOptions, Error> {
    let mut options = WriterOptions::new();
    for (key, value) in node.entries()? {
        let canonical = key.replace('-', "_");
        let option = OptionValue { value: value.json(), place: value.place() };
        if options.insert(canonical.clone(), option).is_some() {
            let other = if key == canonical { canonical.replace('_', "-") } else { canonical };
            return Err(Error::TwoSpellings { place: Box::new(value.key_place()), key, other });
        }
    }
    Ok(options)
}

fn libclang(top: &Table<'_>) -> Result<Option<Valued<Provision>>, Error> {
    let old = top.get("auto_install_libclang");
    let Some(text) = top.text("libclang")? else {
        return old
            .map(|node| Ok(Valued::new(Provision::from_flag(node.boolean()?), node.place().origin)))
            .transpose();
    };
    if let Some(old) = old {
        return Err(Error::TwoSpellings {
            place: Box::new(old.key_place()),
            key: "auto_install_libclang".into(),
            other: "libclang".into(),
        });
    }
    let value = match text.written.as_str() {
        "auto" => Provision::Auto,
        "require" => Provision::Require,
        "never" => Provision::Never,
        _ => return Err(one_of(&text, &["auto", "require", "never"])),
    };
    Ok(Some(Valued::new(value, text.place.origin)))
}

fn wheel(table: &Table<'_>) -> Result<WheelConfig, Error> {
    let tag = match table.text("tag")? {
        None => WheelTag::Auto,
        Some(text) => match text.written.as_str() {
            "auto" => WheelTag::Auto,
            "inner" => WheelTag::Inner,
            "platform" => WheelTag::Platform,
            _ => return Err(one_of(&text, &["auto", "inner", "platform"])),
        },
    };
    let sbom = table.get("sbom").map(|node| node.boolean()).transpose()?.unwrap_or(true);
    Ok(WheelConfig { files: table.text_map("files")?.into_iter().collect(), tag, sbom })
}

/// An extension with canonical keys and checked types, otherwise as written.
fn extension(node: &Node<'_>) -> Result<ExtensionTable, Error> {
    let table = node.table(EXTENSION)?;
    let mut values = BTreeMap::new();
    let mut source = None;
    for &key in EXTENSION {
        let Some(value) = table.get(key) else { continue };
        match key {
            "name" | "kind" | "language" | "limited_api" | "compiler" => drop(value.text()?),
            "inherit" | "optional" => drop(value.boolean()?),
            "launcher" if !value.is_list() => drop(value.text()?),
            "cffi" => {
                let cffi = value.table(EXTENSION_CFFI)?;
                source = cffi.get("source").map(Node::place);
                let found = EXTENSION_CFFI.iter().filter_map(|&key| Some((key, cffi.get(key)?)));
                let found = found.map(|(key, value)| Ok((key.to_owned(), value.text()?.written.into())));
                values.insert("cffi".to_owned(), Value::Object(found.collect::<Result<_, Error>>()?));
                continue;
            }
            "on" => {
                let entries = value.entries()?.into_iter();
                let read = entries.map(|(target, node)| Ok((target, additions(&node)?)));
                values.insert("on".to_owned(), Value::Object(read.collect::<Result<_, Error>>()?));
                continue;
            }
            _ => drop(value.texts()?),
        }
        values.insert(key.to_owned(), value.json());
    }
    if !values.contains_key("name") {
        return Err(Error::bad_with(
            &node.place(),
            "an entry of `extensions` has no `name`",
            "add `name = \"package._module\"`",
        ));
    }
    Ok(ExtensionTable { values, place: node.place(), source })
}

/// What one target adds to the lists of an extension.
fn additions(node: &Node<'_>) -> Result<Value, Error> {
    let table = node.table(EXTENSION_ON)?;
    let found = EXTENSION_ON.iter().filter_map(|&key| Some((key, table.get(key)?)));
    let found = found.map(|(key, value)| value.texts().map(|_| (key.to_owned(), value.json())));
    Ok(Value::Object(found.collect::<Result<_, Error>>()?))
}

/// Directories by target, each target under one spelling.
fn sysroots(top: &Table<'_>) -> Result<BTreeMap<String, Text>, Error> {
    let mut found: BTreeMap<String, Text> = BTreeMap::new();
    for (key, node) in top.get("sysroots").map(Node::entries).transpose()?.unwrap_or_default() {
        let Some(target) = Target::parse(&key).ok().filter(Target::has_known_env) else {
            let known = PLATFORMS.iter().filter_map(|name| Target::parse(name).ok());
            let known: Vec<String> = known.map(|target| target.to_string()).collect();
            let names = known.iter().map(String::as_str).chain(PLATFORMS.iter().copied());
            let hint = super::error::nearest(&key, names).map_or_else(
                || "write it as ARCH-OS-ENV, for example `aarch64-linux-gnu`, or as `linux/arm64`".into(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Error::bad_with(
                &node.key_place(),
                format!("`{key}` is no target, which the keys of `sysroots` are"),
                hint,
            ));
        };
        let is_same = |other: &&String| Target::parse(other).is_ok_and(|other| other == target);
        if let Some(other) = found.keys().find(is_same) {
            let (place, other) = (Box::new(node.key_place()), other.clone());
            return Err(Error::TwoSpellings { place, key, other });
        }
        found.insert(key, node.text()?);
    }
    Ok(found)
}

/// An error for a string that is not one of a few words.
pub(super) fn one_of(text: &Text, words: &[&str]) -> Error {
    let list: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let mut problem =
        format!("`{}` must be one of {}, not `{}`", text.place.key, list.join(", "), text.written);
    if let Some(near) = super::error::nearest(&text.written, words.iter().copied()) {
        problem.push_str(&format!("; did you mean `{near}`?"));
    }
    Error::bad(&text.place, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key in both spellings, and no other: the schema is what editors and validators go by.
    #[test]
    fn the_shipped_schema_has_the_keys_that_are_read() {
        let text = include_str!("../../shim/headerkit_backend/schemas/config.schema.json");
        let schema: Value = serde_json::from_str(text).unwrap();
        let listed: Vec<&str> = ["pattern"].iter().chain(HEADER).copied().collect();
        for (pointer, known) in [
            ("", TOP),
            ("/definitions/header", HEADER),
            ("/definitions/listed_header", &listed),
            ("/properties/cache", CACHE),
            ("/properties/cache/properties/populate", POPULATE),
            ("/properties/wheel", WHEEL),
            ("/definitions/extension", EXTENSION),
            ("/definitions/extension/properties/cffi", EXTENSION_CFFI),
            ("/definitions/extension_on", EXTENSION_ON),
        ] {
            let table = schema.pointer(pointer).unwrap();
            let mut expected: Vec<String> = known
                .iter()
                .filter(|key| !key.contains('.'))
                .flat_map(|key| [key.to_string(), key.replace('_', "-")])
                .collect();
            expected.sort();
            expected.dedup();
            let mut found: Vec<&String> = table["properties"].as_object().unwrap().keys().collect();
            found.sort();
            assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{pointer}");
            assert_eq!(table["additionalProperties"], false, "{pointer}");
            for (key, value) in table["properties"].as_object().unwrap() {
                assert!(value["description"].is_string() || value["$ref"].is_string(), "{pointer}: {key}");
                assert_eq!(value, &table["properties"][key.replace('-', "_")], "{pointer}: {key}");
            }
        }
    }
}
