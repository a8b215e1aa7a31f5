//! The option `symbols`: outputs without what some libraries do not define.
//!
//! The key of an output has the option as written, and no name of a library's symbols: a build that has the
//! stored output needs no library. But the entry records which symbols of the header were defined, and where
//! the libraries are and say something else, it does not hold.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::UnitPlan;
use super::{Error, Session};
use crate::config::{Origin, Place, SYMBOLS, Text};
use crate::diagnostics::Diagnostic;
use crate::headers::{HeaderUnit, UnitOutput};
use crate::ir::{Header, schema};
use crate::libraries::{self, Defined};
use crate::store::{Agreement, Change, Lookup, Symbols};
use crate::target::Target;

/// The libraries of one output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Libraries {
    /// As written, for messages that are stored.
    names: Vec<String>,
    /// Their files on this machine.
    files: Vec<PathBuf>,
    /// What they are for.
    target: Target,
}

/// What libraries left of a header.
pub struct Filtered<T> {
    /// That.
    pub kept: T,
    /// What is gone.
    pub diagnostics: Vec<Diagnostic>,
    /// What the libraries said, if there are any.
    pub symbols: Option<Symbols>,
}

/// The header without what the libraries do not define; without libraries, as it is.
pub fn filter<'h>(
    header: &'h Header,
    libraries: Option<&Libraries>,
) -> Result<Filtered<Cow<'h, Header>>, libraries::Error> {
    let Some(Libraries { names, files, target }) = libraries else {
        return Ok(Filtered { kept: Cow::Borrowed(header), diagnostics: Vec::new(), symbols: None });
    };
    let defined = Defined::read(files, target)?;
    let libraries::Filtered { header, diagnostics, defined, undefined } =
        libraries::filter(header, &defined, names);
    let symbols = Some(Symbols { defined, undefined });
    Ok(Filtered { kept: Cow::Owned(header), diagnostics, symbols })
}

/// The same for a serialized header, which is one of ours and therefore reads.
pub(super) fn filter_ir<'i>(
    ir: &'i [u8],
    libraries: Option<&Libraries>,
) -> Result<Filtered<Cow<'i, [u8]>>, libraries::Error> {
    if libraries.is_some()
        && let Ok(header) = schema::from_json(ir)
    {
        let Filtered { kept, diagnostics, symbols } = filter(&header, libraries)?;
        if let Ok(text) = schema::to_json(&kept) {
            return Ok(Filtered { kept: Cow::Owned(text.into_bytes()), diagnostics, symbols });
        }
    }
    Ok(Filtered { kept: Cow::Borrowed(ir), diagnostics: Vec::new(), symbols: None })
}

/// What is found where: the answers for libraries that were asked for, each given once.
#[derive(Default)]
pub(super) struct Known(Mutex<BTreeMap<Asked, Arc<Here>>>);

/// Names, what they are relative to, and the target.
type Asked = (Vec<String>, PathBuf, String);

/// What this machine has of some libraries.
enum Here {
    Nothing,
    Unreadable,
    Defined(Defined),
}

impl Known {
    /// `names` expanded, relative to `base`.
    fn get(&self, names: Vec<String>, base: &Path, target: &Target) -> Arc<Here> {
        let mut known = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let entry = known.entry((names, base.to_owned(), target.to_string()));
        entry.or_insert_with_key(|(names, ..)| Arc::new(Here::look(names, base, target))).clone()
    }
}

impl Here {
    fn look(names: &[String], base: &Path, target: &Target) -> Self {
        let files: Result<Vec<_>, _> = names.iter().map(|name| libraries::find(name, base, target)).collect();
        let Ok(files) = files else { return Here::Nothing };
        Defined::read(&files, target).map_or(Here::Unreadable, Here::Defined)
    }
}

/// The error about a library of an output.
pub(super) fn error(output: &UnitOutput, source: libraries::Error) -> Error {
    let place = output.symbols.as_ref().map(|(place, _)| place.clone());
    Error::Symbols { place: Box::new(place.unwrap_or_else(|| Place::of(SYMBOLS, Origin::Default))), source }
}

impl Session {
    /// The libraries of each output that the store lacks, found on this machine.
    pub(super) fn libraries(
        &self,
        unit: &HeaderUnit,
        planned: &UnitPlan,
    ) -> Result<Vec<Option<Libraries>>, Error> {
        let outputs = unit.outputs.iter().zip(&planned.outputs);
        outputs
            .map(|(output, planned)| match planned.lookup {
                Lookup::Hit(_) => Ok(None),
                Lookup::Miss(_) => self.libraries_of(unit, output),
            })
            .collect()
    }

    fn libraries_of(&self, unit: &HeaderUnit, output: &UnitOutput) -> Result<Option<Libraries>, Error> {
        let Some((place, base)) = &output.symbols else { return Ok(None) };
        let target = self.target_of(unit)?;
        let names = names(output);
        let mut files = Vec::new();
        for name in self.expanded(&names, place)? {
            files.push(libraries::find(&name, base, &target).map_err(|source| error(output, source))?);
        }
        Ok(Some(Libraries { names, files, target }))
    }

    /// Whether this machine's libraries say of an output's symbols what an entry for `target` has recorded. Those
    /// that are not here say nothing, as do names with variables that are not set.
    pub(super) fn ask(&self, output: &UnitOutput, target: &Target, recorded: &Symbols) -> Agreement {
        let Some((place, base)) = &output.symbols else { return Agreement::Same };
        let names = names(output);
        let libraries = names.join(", ");
        let Ok(expanded) = self.expanded(&names, place) else { return Agreement::Absent { libraries } };
        let here = self.libraries.get(expanded, base, target);
        let how = match &*here {
            Here::Nothing => return Agreement::Absent { libraries },
            Here::Unreadable => Change::Unreadable,
            Here::Defined(defined) => {
                let same = recorded.defined.iter().all(|symbol| defined.defines(symbol))
                    && !recorded.undefined.iter().any(|symbol| defined.defines(symbol));
                if same {
                    return Agreement::Same;
                }
                Change::Redefined
            }
        };
        Agreement::Other { libraries, how }
    }

    fn expanded(&self, names: &[String], place: &Place) -> Result<Vec<String>, Error> {
        let text = |name: &String| Text { written: name.clone(), place: place.clone() };
        names.iter().map(|name| Ok(self.config.expand(&text(name))?)).collect()
    }
}

/// The libraries of an output as written.
fn names(output: &UnitOutput) -> Vec<String> {
    match output.options.get(SYMBOLS) {
        Some(Value::String(name)) => vec![name.clone()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
