//! The option `symbols`: outputs without what some libraries do not define.
//!
//! The key of an output has the option as written, and no name of a library's symbols: a build that has the
//! stored output needs no library, and what was committed is what is built.

use std::borrow::Cow;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::plan::UnitPlan;
use super::{Error, Session};
use crate::config::{Origin, Place, SYMBOLS, Text};
use crate::diagnostics::Diagnostic;
use crate::headers::{HeaderUnit, UnitOutput};
use crate::ir::{Header, schema};
use crate::libraries::{self, Defined};
use crate::store::Lookup;
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

/// The header without what the libraries do not define, and what that is; without libraries, as it is.
pub fn filter<'h>(
    header: &'h Header,
    libraries: Option<&Libraries>,
) -> Result<(Cow<'h, Header>, Vec<Diagnostic>), libraries::Error> {
    let Some(Libraries { names, files, target }) = libraries else {
        return Ok((Cow::Borrowed(header), Vec::new()));
    };
    let defined = Defined::read(files, target)?;
    let (kept, diagnostics) = libraries::filter(header, &defined, names);
    Ok((Cow::Owned(kept), diagnostics))
}

/// The same for a serialized header, which is one of ours and therefore reads.
pub(super) fn filter_ir<'i>(
    ir: &'i [u8],
    libraries: Option<&Libraries>,
) -> Result<(Cow<'i, [u8]>, Vec<Diagnostic>), libraries::Error> {
    if libraries.is_some()
        && let Ok(header) = schema::from_json(ir)
    {
        let (kept, diagnostics) = filter(&header, libraries)?;
        if let Ok(text) = schema::to_json(&kept) {
            return Ok((Cow::Owned(text.into_bytes()), diagnostics));
        }
    }
    Ok((Cow::Borrowed(ir), Vec::new()))
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
        let names: Vec<String> = match output.options.get(SYMBOLS) {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let mut files = Vec::new();
        for name in &names {
            let text = Text { written: name.clone(), place: place.clone() };
            let found = libraries::find(&self.config.expand(&text)?, base, &target);
            files.push(found.map_err(|source| error(output, source))?);
        }
        Ok(Some(Libraries { names, files, target }))
    }
}
