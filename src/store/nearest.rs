//! What lies between a request and the entry that comes nearest to it.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::entry::Metadata;
use super::key::WriterId;
use super::layout::Layer;
use super::lookup::Request;
use super::tree::Change;
use super::{Store, entry};
use crate::roots::Roots;

/// An entry that does not answer a request, and why.
#[derive(Debug, Clone)]
pub struct Nearest {
    /// Where it lies.
    pub layer: Layer,
    /// Name of its directory.
    pub slug: String,
    /// Its metadata.
    pub metadata: Metadata,
    /// All that keeps it from being served; never empty for a request that misses.
    pub differences: Vec<Difference>,
}

/// One thing in which an entry is not what is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Difference {
    /// An input of the key.
    Input {
        /// As configuration calls it.
        name: &'static str,
        /// What the entry was made with.
        stored: Vec<String>,
        /// What is asked for.
        wanted: Vec<String>,
    },
    /// The writer's own version.
    Writer {
        /// Of the entry.
        stored: String,
        /// Of the writer here.
        wanted: String,
    },
    /// An option of the writer; `None` where it is not set.
    Option {
        /// Its name.
        name: String,
        /// What the entry was made with.
        stored: Option<Value>,
        /// What is asked for.
        wanted: Option<Value>,
    },
    /// A file of the tree.
    File {
        /// Stored name.
        name: String,
        /// What happened to it.
        how: Change,
    },
    /// The entry is damaged.
    Damage(String),
}

impl Difference {
    /// One word for scripts: `define` or `file`, say.
    pub fn kind(&self) -> &str {
        match self {
            Difference::Input { name, .. } => name,
            Difference::Writer { .. } => "writer version",
            Difference::Option { .. } => "option",
            Difference::File { .. } => "file",
            Difference::Damage(_) => "damage",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Input { name, stored, wanted } => write_input(f, name, stored, wanted),
            Difference::Writer { stored, wanted } => {
                write!(f, "the writer has version {wanted} here; the entry was made by version {stored}")
            }
            Difference::Option { name, stored, wanted } => {
                let shown = |value: &Option<Value>| {
                    value.as_ref().map_or_else(|| "not set".into(), |value| format!("`{value}`"))
                };
                write!(
                    f,
                    "the writer's option `{name}` is {}; the entry was made with it {}",
                    shown(wanted),
                    shown(stored)
                )
            }
            Difference::File { name, how } => write!(f, "`{name}` {how} since the entry was stored"),
            Difference::Damage(why) => write!(f, "the entry is damaged: {why}"),
        }
    }
}

fn write_input(f: &mut fmt::Formatter<'_>, name: &str, stored: &[String], wanted: &[String]) -> fmt::Result {
    if !matches!(name, "own" | "include_dirs" | "defines" | "backend_args") {
        let name = name.replace('_', " ");
        return write!(f, "the {name} is {}; the entry is for {}", list(wanted), list(stored));
    }
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|item| !those.contains(item)).cloned().collect()
    };
    let (added, removed) = (without(wanted, stored), without(stored, wanted));
    match (added.is_empty(), removed.is_empty()) {
        (true, true) => write!(
            f,
            "`{name}` has the same items in another order: {}; the entry was made with {}",
            list(wanted),
            list(stored)
        ),
        (false, true) => write!(f, "{} was added to `{name}`", list(&added)),
        (true, false) => write!(f, "{} was removed from `{name}`", list(&removed)),
        (false, false) => {
            write!(f, "`{name}` has {} now; the entry was made with {}", list(&added), list(&removed))
        }
    }
}

fn list(items: &[String]) -> String {
    items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ")
}

impl Store {
    /// The entry of a layer that differs least from a request: of the same header, or else of the same content or
    /// file name. The same target comes before all else. `None` if nothing is alike.
    pub fn nearest(
        &self,
        layer: &Layer,
        request: &Request,
        writer: Option<&WriterId>,
        roots: &Roots,
    ) -> Option<Nearest> {
        let wanted = &request.inputs;
        let base = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        let mut best: Option<((bool, bool, usize), Nearest)> = None;
        for slug in self.names(layer).iter() {
            let loaded = self.entry(layer, slug);
            let Ok(entry) = &*loaded else { continue };
            let metadata = &entry.metadata;
            let is_header = metadata.inputs.header == wanted.header;
            if !is_header && base(&metadata.inputs.header) != base(&wanted.header) {
                continue;
            }
            let differences = self.all_differences(layer, slug, metadata, request, writer, roots);
            let rank = (!is_header, metadata.inputs.target != wanted.target, differences.len());
            if best.as_ref().is_none_or(|(least, _)| rank < *least) {
                let (layer, slug, metadata) = (layer.clone(), slug.clone(), metadata.clone());
                best = Some((rank, Nearest { layer, slug, metadata, differences }));
            }
        }
        best.map(|(_, nearest)| nearest)
    }

    fn all_differences(
        &self,
        layer: &Layer,
        slug: &str,
        metadata: &Metadata,
        request: &Request,
        writer: Option<&WriterId>,
        roots: &Roots,
    ) -> Vec<Difference> {
        let mut found = inputs(metadata, request);
        if let (Some(wanted), Some(stored)) = (writer, metadata.output.as_ref().map(|made| made.writer_id()))
        {
            found.extend(writers(&stored, wanted));
        }
        // Another header's files say nothing about this one.
        if metadata.inputs.header == request.inputs.header {
            let (changes, _) = self.tree.compare(metadata, roots);
            found.extend(
                changes.into_iter().map(|stale| Difference::File { name: stale.file, how: stale.how }),
            );
        }
        if let Err(defect) = entry::artifact(&self.tier, layer, slug, &metadata.artifact) {
            found.push(Difference::Damage(defect.to_string()));
        }
        found
    }
}

/// The inputs of the key that differ from the question that comes nearest.
fn inputs(metadata: &Metadata, request: &Request) -> Vec<Difference> {
    let wanted = request.nearest(&metadata.inputs);
    let pairs = metadata.inputs.fields().into_iter().zip(wanted.fields());
    pairs
        .filter(|((_, stored), (_, wanted))| stored != wanted)
        .map(|((name, stored), (_, wanted))| Difference::Input { name, stored, wanted })
        .collect()
}

/// In what a writer is not the one that made an output.
fn writers(stored: &WriterId, wanted: &WriterId) -> Vec<Difference> {
    let mut found = Vec::new();
    if stored.version != wanted.version {
        found.push(Difference::Writer { stored: stored.version.clone(), wanted: wanted.version.clone() });
    }
    let names: BTreeSet<&String> = stored.options.keys().chain(wanted.options.keys()).collect();
    for name in names {
        let (stored, wanted) = (stored.options.get(name), wanted.options.get(name));
        if stored != wanted {
            let (stored, wanted) = (stored.cloned(), wanted.cloned());
            found.push(Difference::Option { name: name.clone(), stored, wanted });
        }
    }
    found
}
