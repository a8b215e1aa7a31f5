//! Finds the entry that answers a request, or says why there is none.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use super::entry::{self, Metadata, Symbols};
use super::key::{Inputs, RequestKey, WriterId};
use super::layout::Layer;
use super::slug::Slug;
use super::tree::{Change, Stale};
use super::{Source, Store};
use crate::roots::Roots;

/// A question to the store.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is asked, with the schema version that this release writes.
    pub inputs: Inputs,
    /// What earlier releases asked for the same header: their answers serve too, the best one first.
    pub older: Vec<Inputs>,
}

impl Request {
    /// Of the questions whose answers serve, the one that differs least from `stored`; the preferred one in doubt.
    pub fn nearest(&self, stored: &Inputs) -> &Inputs {
        let distance = |inputs: &&Inputs| inputs.differences(stored).len();
        std::iter::once(&self.inputs).chain(&self.older).min_by_key(distance).unwrap_or(&self.inputs)
    }
}

/// The answer.
#[derive(Debug)]
pub enum Lookup {
    /// An entry that holds for this tree.
    Hit(Box<Hit>),
    /// None, and why.
    Miss(MissReason),
}

impl Lookup {
    /// The hit, if it is one.
    pub fn hit(self) -> Option<Hit> {
        match self {
            Lookup::Hit(hit) => Some(*hit),
            Lookup::Miss(_) => None,
        }
    }
}

/// A verified entry.
#[derive(Debug)]
pub struct Hit {
    /// Name of its directory.
    pub slug: String,
    /// Its metadata.
    pub metadata: Metadata,
    /// Path of the artifact; [`Hit::content`] is what was verified.
    pub path: PathBuf,
    /// The artifact's bytes.
    pub content: Vec<u8>,
    /// What the user should know, such as files that are not on this machine. One sentence each.
    pub notes: Vec<String>,
    /// Whether it answers what an earlier release asked ([`Request::older`]).
    pub is_older: bool,
}

impl Hit {
    /// For storing an output made from this IR.
    pub fn source(&self) -> Source {
        Source {
            inputs: self.metadata.inputs.clone(),
            header_sha256: self.metadata.header_sha256.clone(),
            dependencies: self.metadata.dependencies.clone(),
            diagnostics: self.metadata.diagnostics.clone(),
            libclang_version: self.metadata.libclang_version.clone(),
            sysroot: self.metadata.sysroot.clone(),
            symbols: self.metadata.symbols.clone(),
        }
    }
}

/// What this machine's libraries say about an entry's [`Symbols`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Agreement {
    /// The same.
    Same,
    /// Nothing, because these are not here.
    Absent {
        /// The libraries as configured.
        libraries: String,
    },
    /// Something else.
    Other {
        /// The libraries as configured.
        libraries: String,
        /// What happened to them.
        how: Change,
    },
}

/// Why nothing was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissReason {
    /// Nothing was ever stored for this request.
    NoEntry {
        /// Targets for which the same header is stored, if this one's is not.
        targets_in_store: Vec<String>,
        /// In what the most similar entry for the same header and target differs, by the names of inputs;
        /// for outputs also `writer version` and `options`.
        differs: Vec<String>,
    },
    /// The tree is not what the entry was made from.
    Changed {
        /// The entry.
        slug: String,
        /// The first file that differs, by stored name.
        file: String,
        /// In which way.
        how: Change,
    },
    /// The entry itself is damaged; the next insert repairs it.
    Corrupt {
        /// The entry.
        slug: String,
        /// What is wrong with it.
        why: String,
    },
    /// The store is there and cannot be read.
    Unreadable {
        /// The directory.
        path: PathBuf,
        /// The system's words.
        why: String,
    },
    /// The header is not on this machine and several entries might be meant.
    Ambiguous {
        /// Those entries.
        slugs: Vec<String>,
    },
    /// Only an earlier release has read the header, and it can be read again here.
    Older {
        /// That release's entry.
        slug: String,
    },
    /// The user asked not to look.
    Bypassed,
    /// There is no project, and so no store.
    NoStore,
    /// The writer's outputs are never stored.
    NotKept,
}

impl fmt::Display for MissReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MissReason::NoEntry { targets_in_store, .. } if !targets_in_store.is_empty() => {
                write!(f, "the store has this header only for {}", targets_in_store.join(", "))
            }
            MissReason::NoEntry { differs, .. } if !differs.is_empty() => {
                write!(f, "the store has this header only with other {}", differs.join(", "))
            }
            MissReason::NoEntry { .. } => f.write_str("the store has no entry for this header"),
            MissReason::Changed { file, how: Change::Unreadable, .. } => write!(f, "`{file}` cannot be read"),
            MissReason::Changed { slug, file, how } => {
                write!(f, "`{file}` {how} since `{slug}` was stored")
            }
            MissReason::Corrupt { slug, why } => write!(f, "the stored entry `{slug}` is damaged: {why}"),
            MissReason::Unreadable { path, why } => {
                write!(f, "the store's directory `{}` cannot be read: {why}", path.display())
            }
            MissReason::Ambiguous { slugs } => write!(
                f,
                "the library's headers are not on this machine and several stored entries match ({})",
                slugs.join(", ")
            ),
            MissReason::Older { slug } => write!(f, "an earlier release stored `{slug}`"),
            MissReason::Bypassed => f.write_str("the store was bypassed"),
            MissReason::NoStore => f.write_str("there is no project here, and so no store"),
            MissReason::NotKept => f.write_str("outputs of this writer are not stored"),
        }
    }
}

impl crate::diagnostics::Hint for MissReason {
    fn hints(&self) -> Vec<String> {
        match self {
            MissReason::Ambiguous { .. } => {
                vec![
                    "run `headerkit-backend cache clear` and `generate` where the headers are installed"
                        .into(),
                ]
            }
            _ => Vec::new(),
        }
    }
}

impl Store {
    /// The IR of a header.
    pub fn lookup_ir(&self, request: &Request, roots: &Roots) -> Lookup {
        Search::new(self, Layer::Ir, request, None, roots, &|_| Agreement::Same).run()
    }

    /// A writer's output. No IR is read. `ask` is called for entries that hold but for what libraries said.
    pub fn lookup_output(
        &self,
        request: &Request,
        writer: &WriterId,
        roots: &Roots,
        ask: &dyn Fn(&Symbols) -> Agreement,
    ) -> Lookup {
        Search::new(self, Layer::output(&writer.name), request, Some(writer), roots, ask).run()
    }
}

/// One look-up and what it came across.
struct Search<'a> {
    store: &'a Store,
    layer: Layer,
    request: &'a Request,
    writer: Option<&'a WriterId>,
    roots: &'a Roots,
    ask: &'a dyn Fn(&Symbols) -> Agreement,
    /// Keys of acceptable questions, the preferred one first, as far as they were compared.
    keys: Vec<RequestKey>,
    excused: Vec<Hit>,
    stale: Option<(String, Stale)>,
    /// A damaged entry that is certainly meant.
    corrupt: Option<(String, String)>,
    /// A damaged entry that has the right name.
    suspect: Option<(String, String)>,
}

impl<'a> Search<'a> {
    fn new(
        store: &'a Store,
        layer: Layer,
        request: &'a Request,
        writer: Option<&'a WriterId>,
        roots: &'a Roots,
        ask: &'a dyn Fn(&Symbols) -> Agreement,
    ) -> Self {
        Search {
            store,
            layer,
            request,
            writer,
            roots,
            ask,
            keys: Vec::new(),
            excused: Vec::new(),
            stale: None,
            corrupt: None,
            suspect: None,
        }
    }

    /// Entries with the right name first, so that a hit reads one metadata; then all others, because
    /// names prove nothing.
    fn run(mut self) -> Lookup {
        let slug = Slug::new(&self.request.inputs);
        let names = self.store.names(&self.layer);
        let (mut near, far): (Vec<&String>, Vec<&String>) =
            names.iter().partition(|name| slug.number_of(name).is_some());
        near.sort_by_key(|name| slug.number_of(name));
        for (group, named) in [(near, true), (far, false)] {
            for question in 0..=self.request.older.len() {
                for name in &group {
                    if let Some(hit) = self.visit(name, question, named) {
                        return Lookup::Hit(Box::new(hit));
                    }
                }
            }
        }
        self.finish()
    }

    /// The key of a question, made when it is asked for the first time.
    fn key(&mut self, question: usize) -> &RequestKey {
        let Request { inputs, older } = self.request;
        let further = std::iter::once(inputs).chain(older).take(question + 1).skip(self.keys.len());
        self.keys.extend(further.map(Inputs::request_key));
        &self.keys[question]
    }

    fn visit(&mut self, slug: &str, question: usize, named: bool) -> Option<Hit> {
        let loaded = self.store.entry(&self.layer, slug);
        let entry = match &*loaded {
            Ok(entry) => entry,
            Err(defect) => {
                if named {
                    self.suspect.get_or_insert((slug.to_owned(), defect.to_string()));
                }
                return None;
            }
        };
        let metadata = &entry.metadata;
        if entry.request_key != *self.key(question) || !self.same_writer(metadata) {
            return None;
        }
        let checked = self.store.tree.check(metadata, self.roots);
        let notes = match checked.and_then(|notes| self.check_symbols(metadata, notes)) {
            Ok(notes) => notes,
            Err(stale) => {
                self.note_stale(slug, stale);
                return None;
            }
        };
        let content = match entry::artifact(&self.store.tier, &self.layer, slug, &metadata.artifact) {
            Ok(content) => content,
            Err(defect) => {
                self.corrupt.get_or_insert((slug.to_owned(), defect.to_string()));
                return None;
            }
        };
        let path = self.store.tier.entry_dir(&self.layer, slug).join(&metadata.artifact.file);
        let is_older = question > 0;
        let hit = Hit { slug: slug.to_owned(), metadata: metadata.clone(), path, content, notes, is_older };
        if hit.notes.is_empty() {
            return Some(hit);
        }
        // Of those that differ in libraries only, which are not here, the latest is meant.
        self.excused.retain(|earlier| !earlier.metadata.same_files(&hit.metadata));
        self.excused.push(hit);
        None
    }

    /// Adds a note if what libraries said cannot be checked.
    fn check_symbols(&self, metadata: &Metadata, mut notes: Vec<String>) -> Result<Vec<String>, Stale> {
        match metadata.symbols.as_ref().map_or(Agreement::Same, self.ask) {
            Agreement::Same => {}
            Agreement::Absent { libraries } => notes.push(format!(
                "library `{libraries}` is not on this machine; the stored result was used unchecked against it"
            )),
            Agreement::Other { libraries, how } => return Err(Stale { file: libraries, how }),
        }
        Ok(notes)
    }

    fn same_writer(&self, metadata: &Metadata) -> bool {
        metadata.output.as_ref().map(|output| output.writer_id()).as_ref() == self.writer
    }

    /// A changed include tells more than a changed header, and a later entry more than an earlier one.
    fn note_stale(&mut self, slug: &str, stale: Stale) {
        let header = &self.request.inputs.header;
        let keep = self.stale.as_ref().is_some_and(|(_, old)| old.file != *header && stale.file == *header);
        if !keep {
            self.stale = Some((slug.to_owned(), stale));
        }
    }

    /// No entry holds without reservation.
    fn finish(mut self) -> Lookup {
        if let Some(first) = self.excused.first() {
            let inputs = first.metadata.inputs.clone();
            self.excused.retain(|hit| hit.metadata.inputs == inputs);
            let digests: BTreeSet<&str> =
                self.excused.iter().map(|hit| hit.metadata.artifact.sha256.as_str()).collect();
            return if digests.len() == 1 {
                Lookup::Hit(Box::new(self.excused.swap_remove(0)))
            } else {
                let slugs = self.excused.into_iter().map(|hit| hit.slug).collect();
                Lookup::Miss(MissReason::Ambiguous { slugs })
            };
        }
        Lookup::Miss(match (self.corrupt.take(), self.stale.take(), self.suspect.take()) {
            (Some((slug, why)), _, _) | (None, None, Some((slug, why))) => MissReason::Corrupt { slug, why },
            (None, Some((slug, stale)), _) => MissReason::Changed { slug, file: stale.file, how: stale.how },
            (None, None, None) => self.no_entry(),
        })
    }

    /// Describes the most similar entry.
    fn no_entry(&self) -> MissReason {
        if let Some((path, error)) = self.store.unreadable(&self.layer) {
            return MissReason::Unreadable { path, why: error.to_string() };
        }
        let wanted = &self.request.inputs;
        let mut targets = BTreeSet::new();
        let mut nearest: Option<Vec<String>> = None;
        for name in self.store.names(&self.layer).iter() {
            let loaded = self.store.entry(&self.layer, name);
            let Ok(entry) = &*loaded else { continue };
            let inputs = &entry.metadata.inputs;
            if inputs.header != wanted.header {
                continue;
            }
            targets.insert(inputs.target.clone());
            if inputs.target == wanted.target {
                let differs = self.differences(&entry.metadata);
                if nearest.as_ref().is_none_or(|best| differs.len() < best.len()) {
                    nearest = Some(differs);
                }
            }
        }
        if targets.contains(&wanted.target) {
            targets.clear();
        }
        MissReason::NoEntry {
            targets_in_store: targets.into_iter().collect(),
            differs: nearest.unwrap_or_default(),
        }
    }

    fn differences(&self, metadata: &Metadata) -> Vec<String> {
        let differs = self.request.nearest(&metadata.inputs).differences(&metadata.inputs);
        let mut differs: Vec<String> = differs.into_iter().map(str::to_owned).collect();
        if let (Some(writer), Some(output)) = (self.writer, &metadata.output) {
            if writer.version != output.writer_version {
                differs.push("writer version".into());
            }
            if writer.options != output.options {
                differs.push("options".into());
            }
        }
        differs
    }
}
