//! The edits of pyproject.toml. What is written is read again: a result that does not say what was meant is an error.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::edit::Edits;
use super::{Error, Wanted, find};
use crate::config::inner;
use crate::generate::writer_infos;

/// Ours among the build requirements.
const DISTRIBUTION: &str = "headerkit-backend";
/// Ours as `build-backend`.
const MODULE: &str = "headerkit_backend";
/// What builds a project without `build-backend` (PEP 517), with the project's directory on `sys.path`.
const LEGACY: &str = "setuptools.build_meta:__legacy__";

/// A parsed pyproject.toml.
pub struct Pyproject<'a> {
    root: DeTable<'a>,
}

type Item<'t, 'a> = &'t Spanned<DeValue<'a>>;

impl<'a> Pyproject<'a> {
    /// Reads it.
    pub fn parse(text: &'a str) -> Result<Self, Error> {
        let parsed =
            DeTable::parse(text).map_err(|error| Error::Malformed(error.message().replace('\n', "; ")))?;
        Ok(Pyproject { root: parsed.into_inner() })
    }

    /// Whether `[tool.headerkit]` is there.
    pub fn has_ours(&self) -> bool {
        self.get(&["tool", "headerkit"]).is_some()
    }

    fn get(&self, path: &[&str]) -> Option<Item<'_, 'a>> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.root.get(*first)?, |item, key| item.get_ref().get(*key))
    }

    fn text(&self, path: &[&str]) -> Option<&str> {
        self.get(path)?.get_ref().as_str()
    }

    fn array(&self, path: &[&str]) -> Option<&[Spanned<DeValue<'a>>]> {
        self.get(path)?.get_ref().as_array().map(|array| array.as_ref())
    }

    /// Whether a header or glob is configured, in either form.
    fn has_header(&self, header: &str) -> bool {
        let path = ["tool", "headerkit", "headers"];
        let pattern = |item: Item<'_, '_>| {
            item.get_ref().get("pattern").and_then(|item| item.get_ref().as_str()) == Some(header)
        };
        self.get(&path).is_some_and(|item| item.get_ref().get(header).is_some())
            || self.array(&path).unwrap_or_default().iter().any(pattern)
    }

    /// Configured headers and the sources of extensions, with the headers below their include directories: patterns.
    fn read_by_builds(&self) -> Vec<String> {
        let strings = |item: &Spanned<DeValue<'_>>, key: &str| -> Vec<String> {
            let items =
                item.get_ref().get(key).and_then(|list| list.get_ref().as_array()).map(|list| list.iter());
            items
                .into_iter()
                .flatten()
                .filter_map(|item| item.get_ref().as_str().map(str::to_owned))
                .collect()
        };
        let headers = self.get(&["tool", "headerkit", "headers"]).map(Spanned::get_ref);
        let tables = headers.and_then(DeValue::as_table).into_iter().flat_map(|table| table.keys());
        let mut found: Vec<String> = tables.map(|key| key.get_ref().to_string()).collect();
        for item in headers.and_then(DeValue::as_array).into_iter().flatten() {
            found.extend(
                item.get_ref().get("pattern").and_then(|item| item.get_ref().as_str()).map(str::to_owned),
            );
        }
        for item in self.array(&["tool", "headerkit", "extensions"]).into_iter().flatten() {
            found.extend(strings(item, "sources").into_iter().filter(|source| !source.starts_with('!')));
            let dirs = ["include_dirs", "include-dirs"].into_iter().flat_map(|key| strings(item, key));
            found.extend(dirs.map(|dir| format!("{}/**/*.h", dir.trim_end_matches('/'))));
        }
        found
    }

    /// The strings of a list.
    fn strings(&self, path: &[&str]) -> Vec<String> {
        let items = self.array(path).unwrap_or_default().iter();
        items.filter_map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
    }
}

/// A project that has no file yet.
pub fn minimal(name: &str) -> String {
    format!(
        "[project]\nname = {}\nversion = \"0.1.0\"\ndescription = \"Python bindings\"\nrequires-python = \">=3.9\"\n",
        quote(name)
    )
}

/// What a backend has to be told of a package beside pyproject.toml, where another directory could be one, too.
pub fn flat(package: &str, backend: &str) -> String {
    match backend.split(['_', '-', '.']).next() {
        Some("setuptools") => {
            format!("\n[tool.setuptools.packages.find]\ninclude = [{}]\n", quote(&format!("{package}*")))
        }
        Some("uv") => "\n[tool.uv.build-backend]\nmodule-root = \"\"\n".into(),
        _ => String::new(),
    }
}

/// What is known of a project besides the text.
#[derive(Debug, Default)]
pub struct Start {
    /// There was no project: the text is ours.
    pub is_new: bool,
    /// There is a setup.py or setup.cfg.
    pub has_setup_py: bool,
    /// That setup.py compiles modules with cffi.
    pub has_cffi_modules: bool,
    /// Our configuration is in a file of its own.
    pub has_own_file: bool,
    /// The directory of a package that will be made.
    pub package: Option<String>,
}

/// The edited text.
pub fn edit(
    project: &Path,
    text: &str,
    wanted: &Wanted,
    start: &Start,
    notes: &mut Vec<String>,
) -> Result<String, Error> {
    let parsed = Pyproject::parse(text)?;
    let mut edits = Edits::new(text);
    let mut ours = build_system(&parsed, &mut edits, wanted, start);
    let name = parsed.text(&["project", "name"]).or_else(|| parsed.text(&["tool", "poetry", "name"]));
    let package = start.package.clone().or_else(|| find::package(project, name.unwrap_or_default()));
    if start.has_own_file {
        if !ours.is_empty() {
            notes.push(format!("`.headerkit.toml` needs:\n{}", ours.concat()));
        }
    } else if parsed.has_ours() {
        extend(&parsed, &mut edits, wanted, &ours, notes);
    } else {
        ours.extend(general(wanted));
        edits.append(&format!("[tool.headerkit]\n{}", ours.concat()));
        for header in &wanted.headers {
            edits.append(&format!("[tool.headerkit.headers.{}]\n", quote(header)));
        }
        if start.has_cffi_modules && wanted.writers.iter().any(|writer| writer == "cffi") {
            edits.append("[tool.headerkit.writer.cffi]\nmode = \"api\"\n");
            notes.push(
                "setup.py compiles modules with cffi (`cffi_modules`), so the text is for API mode: let its script give \
                 that file to `ffi.cdef()`, or have the module compiled here (`[[tool.headerkit.extensions]]`)"
                    .into(),
            );
        }
        let outputs = outputs(wanted, package.as_deref());
        if !outputs.is_empty() {
            edits.append(&format!("[tool.headerkit.output]\n{outputs}"));
        } else if wanted.outputs.is_empty() {
            notes.push(
                "no package was found: bindings are written beside the headers; `-o WRITER:PATH` says where"
                    .into(),
            );
        }
    }
    cache_keys(&parsed, &mut edits, wanted, project.join("setup.py").is_file());
    let new = edits.finish();
    verify(&new, wanted, start.has_own_file)?;
    Ok(new)
}

/// Edits `[build-system]`; returns the lines that our own table needs for it.
fn build_system(
    parsed: &Pyproject<'_>,
    edits: &mut Edits<'_>,
    wanted: &Wanted,
    start: &Start,
) -> Vec<String> {
    let requires = parsed.strings(&["build-system", "requires"]);
    let backend = parsed.text(&["build-system", "build-backend"]);
    let kept = match (&wanted.inner, backend) {
        (Some(name), _) => Some(inner::module_of(name).map_or_else(|| name.clone(), str::to_owned)),
        (None, Some(backend)) if inner::is_ours(backend) => None,
        (None, Some(backend)) => Some(backend.to_owned()),
        (None, None) if start.is_new => Some(inner::DEFAULT.to_owned()),
        // Without `build-backend`, setuptools built what there was.
        (None, None) if start.has_setup_py => Some(LEGACY.to_owned()),
        (None, None) => Some("setuptools.build_meta".to_owned()),
    };
    let mut added = Vec::new();
    if !inner::is_required(&requires, DISTRIBUTION) && !inner::is_required(&requires, "headerkit") {
        added.push(DISTRIBUTION.to_owned());
    }
    let distribution = kept.as_deref().and_then(inner::distribution_of);
    added.extend(distribution.filter(|name| !inner::is_required(&requires, name)).map(str::to_owned));
    let all: Vec<String> = added.iter().chain(&requires).cloned().collect();
    let mut ours = Vec::new();
    // What the requirements say needs no key.
    let said = inner::from_requires(&all).ok().flatten();
    if let Some(kept) = kept.filter(|kept| said != Some(kept) && !has_inner(parsed)) {
        ours.push(format!("inner_backend = {}\n", quote(&kept)));
    }
    if let Some(path) =
        parsed.get(&["build-system", "backend-path"]).filter(|_| backend.is_some_and(|b| !inner::is_ours(b)))
    {
        // PEP 517 demands that the outer backend comes from there; only the inner one does.
        edits.remove_lines(path.span());
        let dirs: Vec<String> =
            parsed.strings(&["build-system", "backend-path"]).iter().map(|dir| quote(dir)).collect();
        ours.push(format!("backend_path = [{}]\n", dirs.join(", ")));
    }
    let quoted: Vec<String> = added.iter().map(|name| quote(name)).collect();
    let backend_line = format!("build-backend = \"{MODULE}\"\n");
    let requires_line = format!("requires = [{}]\n", quoted.join(", "));
    if parsed.get(&["build-system"]).is_none() {
        let block = format!("[build-system]\n{requires_line}{backend_line}");
        edits.open(&block);
        return ours;
    }
    let mut lines = String::new();
    match parsed.get(&["build-system", "requires"]) {
        Some(item) => {
            let first = parsed.array(&["build-system", "requires"]).and_then(|items| items.first());
            let first = first.map(|first| first.span().start);
            edits.prepend(item.span(), first, &quoted);
        }
        None => lines.push_str(&requires_line),
    }
    match parsed.get(&["build-system", "build-backend"]) {
        Some(_) if backend.is_some_and(inner::is_ours) => {}
        Some(item) => edits.replace(item.span(), format!("\"{MODULE}\"")),
        None => lines.push_str(&backend_line),
    }
    if !lines.is_empty() {
        add_keys(parsed, edits, &["build-system"], &lines);
    }
    ours
}

fn has_inner(parsed: &Pyproject<'_>) -> bool {
    ["inner_backend", "inner-backend"].iter().any(|key| parsed.get(&["tool", "headerkit", key]).is_some())
}

/// The lines of our table that hold for all headers.
fn general(wanted: &Wanted) -> Vec<String> {
    let mut lines = Vec::new();
    if !wanted.writers.is_empty() {
        let names: Vec<String> = wanted.writers.iter().map(|name| quote(name)).collect();
        lines.push(format!("writers = [{}]\n", names.join(", ")));
    }
    let mut roots: Vec<String> = Vec::new();
    for root in wanted.headers.iter().filter_map(|header| include_root(header)).map(quote) {
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    if !roots.is_empty() {
        lines.push(format!("include_dirs = [{}]\n", roots.join(", ")));
    }
    lines
}

/// The directory `include` that a header of the project lies below: the headers there include each other from it.
fn include_root(header: &str) -> Option<&str> {
    let end = if header.starts_with("include/") { 7 } else { header.find("/include/")? + 8 };
    (!header.starts_with(['/', '$'])).then(|| &header[..end])
}

/// The lines of `[tool.headerkit.output]`: as asked for, else into the package, where wheels ship them.
fn outputs(wanted: &Wanted, package: Option<&str>) -> String {
    let stems: Vec<&str> =
        wanted.headers.iter().filter_map(|header| Path::new(header).file_stem()?.to_str()).collect();
    let is_unique = (1..stems.len()).all(|at| !stems[..at].contains(&stems[at]));
    let one = |writer: &String| {
        let typed =
            wanted.outputs.iter().find(|(name, _)| name == writer).map(|(_, template)| template.clone());
        let template = typed.or_else(|| {
            let pattern = writer_infos().into_iter().find(|info| info.name == *writer)?.default_pattern;
            // Headers of one name in several directories keep their directories.
            let inside = if is_unique { pattern.replace("{dir}/", "") } else { pattern };
            Some(format!("{}/{inside}", package?))
        })?;
        Some(format!("{} = {}\n", bare_or_quoted(writer), quote(&template)))
    };
    wanted.writers.iter().filter_map(one).collect()
}

/// Adds to our table what it lacks; what is set stays.
fn extend(
    parsed: &Pyproject<'_>,
    edits: &mut Edits<'_>,
    wanted: &Wanted,
    ours: &[String],
    notes: &mut Vec<String>,
) {
    let mut lines = ours.concat();
    let ours_at = ["tool", "headerkit"];
    let in_ours = |key| parsed.get(&[ours_at[0], ours_at[1], key]);
    match in_ours("writers") {
        None => lines.extend(general(&Wanted { headers: Vec::new(), ..wanted.clone() })),
        Some(_) => {
            let set = parsed.strings(&["tool", "headerkit", "writers"]);
            if wanted.writers.iter().any(|name| !set.contains(name)) {
                notes.push("`writers` is set already and was left alone".into());
            }
        }
    }
    if !lines.is_empty() {
        add_keys(parsed, edits, &ours_at, &lines);
    }
    let headers = in_ours("headers");
    for header in &wanted.headers {
        if parsed.has_header(header) {
            continue;
        }
        if headers.is_some_and(|item| item.get_ref().is_array()) {
            edits.append(&format!("[[tool.headerkit.headers]]\npattern = {}\n", quote(header)));
        } else {
            edits.append(&format!("[tool.headerkit.headers.{}]\n", quote(header)));
        }
    }
    let missing = wanted
        .outputs
        .iter()
        .filter(|(writer, _)| parsed.get(&["tool", "headerkit", "output", writer]).is_none());
    let lines: String =
        missing.map(|(writer, path)| format!("{} = {}\n", bare_or_quoted(writer), quote(path))).collect();
    if !lines.is_empty() {
        add_keys(parsed, edits, &["tool", "headerkit", "output"], &lines);
    }
}

/// uv builds anew when one of these changes.
fn cache_keys(parsed: &Pyproject<'_>, edits: &mut Edits<'_>, wanted: &Wanted, setup_py: bool) {
    let path = ["tool", "uv", "cache-keys"];
    let there = parsed.array(&path).unwrap_or_default();
    let file = |item: &Spanned<DeValue<'_>>| {
        item.get_ref().get("file").and_then(|item| item.get_ref().as_str()).map(str::to_owned)
    };
    let known: Vec<String> = there.iter().filter_map(file).collect();
    let mut read = wanted.headers.clone();
    read.extend(parsed.read_by_builds());
    let mut files: Vec<String> = Vec::new();
    if parsed.get(&path).is_none() && !read.is_empty() {
        files.push("pyproject.toml".into());
        files.extend(setup_py.then(|| "setup.py".into()));
    }
    for header in read.iter().filter(|header| !header.starts_with(['/', '$']) && !header.contains([':', '$']))
    {
        // A header includes its neighbours.
        files.push(include_root(header).map_or_else(|| header.clone(), |root| format!("{root}/**/*.h")));
    }
    let mut elements: Vec<String> = Vec::new();
    for file in files.iter().filter(|file| !known.contains(file)) {
        let element = format!("{{ file = {} }}", quote(file));
        if !elements.contains(&element) {
            elements.push(element);
        }
    }
    if elements.is_empty() {
        return;
    }
    match parsed.get(&path) {
        Some(item) => {
            edits.prepend(item.span(), there.first().map(|first| first.span().start), &elements);
        }
        None => add_keys(parsed, edits, &path[..2], &format!("cache-keys = [{}]\n", elements.join(", "))),
    }
}

/// Puts keys into a table: below its header, or into a table of their own at the end.
fn add_keys(parsed: &Pyproject<'_>, edits: &mut Edits<'_>, table: &[&str], lines: &str) {
    let name = table.join(".");
    match (edits.header_end(&name), parsed.get(table)) {
        (Some(at), Some(_)) => edits.insert_lines(at, lines),
        _ => edits.append(&format!("[{name}]\n{lines}")),
    }
}

/// Reads what would be written: appended tables can contradict inline ones.
fn verify(new: &str, wanted: &Wanted, own_file: bool) -> Result<(), Error> {
    let by_hand = |problem: String| {
        let mut lines =
            format!("[build-system]\nrequires = [\"{DISTRIBUTION}\", ...]\nbuild-backend = \"{MODULE}\"\n");
        if !own_file {
            lines.push_str(&format!("[tool.headerkit]\n{}", general(wanted).concat()));
            let tables =
                wanted.headers.iter().map(|header| format!("[tool.headerkit.headers.{}]\n", quote(header)));
            lines.extend(tables);
        }
        Error::ByHand { problem, lines }
    };
    let parsed = match Pyproject::parse(new) {
        Ok(parsed) => parsed,
        Err(error) => return Err(by_hand(error.to_string())),
    };
    let requires = parsed.strings(&["build-system", "requires"]);
    let is_required =
        inner::is_required(&requires, DISTRIBUTION) || inner::is_required(&requires, "headerkit");
    let is_backend = parsed.text(&["build-system", "build-backend"]).is_some_and(inner::is_ours);
    let has_ours = parsed.has_ours() && wanted.headers.iter().all(|header| parsed.has_header(header));
    let has_keys = wanted.headers.is_empty() || parsed.get(&["tool", "uv", "cache-keys"]).is_some();
    if !is_required || !is_backend || !has_keys || !(own_file || has_ours) {
        return Err(by_hand("a table is not where it seems to be".into()));
    }
    Ok(())
}

fn bare_or_quoted(key: &str) -> String {
    let is_bare = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if is_bare && !key.is_empty() { key.to_owned() } else { quote(key) }
}

/// A TOML string; JSON's escapes are TOML's.
fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
