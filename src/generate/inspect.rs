//! What `inspect` shows: the clang command line and the IR of each header.

use super::run::stored_diagnostics;
use super::{Error, Plan, Session, UnitPlan, worker};
use crate::diagnostics::Diagnostic;
use crate::headers::HeaderUnit;
use crate::parse::{self, libclang::Parser};
use crate::store::Lookup;
use crate::target::Target;

impl Session {
    /// What the parser said in detail of headers that the store has, in full only with their IR.
    pub fn stored_details(&self, plan: &Plan) -> Vec<Diagnostic> {
        let hits = plan.units.iter().filter_map(|planned| self.lookup_ir(planned).hit());
        hits.flat_map(|hit| stored_diagnostics(&hit)).filter(Diagnostic::is_detail).collect()
    }

    /// Header and clang command line, for each header.
    pub fn clang_arguments(&self) -> Result<Vec<(String, String)>, Error> {
        let candidates = self.machine.libclang(&self.config.project);
        let failed = |unit: &HeaderUnit, error: parse::Error| match error {
            parse::Error::LibclangUnavailable(search) => self.unavailable(&[], &search),
            other => Error::parse(&unit.name, (&other).into()),
        };
        let Some(first) = self.set.units.first() else { return Ok(Vec::new()) };
        let parser = Parser::load(&candidates).map_err(|error| failed(first, error))?;
        let line = |unit: &HeaderUnit| {
            let request = self.parse_request(unit)?;
            let arguments = parser.arguments(&request).map_err(|error| failed(unit, error))?;
            let reading = if unit.is_behind_python { " behind Python.h" } else { "" };
            Ok((format!("{}{reading}", request.name), arguments.join(" ")))
        };
        self.set.units.iter().map(line).collect()
    }

    /// The IR of each header as stored, parsed where the store lacks it. The store is not changed.
    pub fn ir(&self) -> Result<Vec<Vec<u8>>, Error> {
        let candidates = self.machine.libclang(&self.config.project);
        let setup = candidates.into();
        let plan = self.plan()?;
        let one = |(unit, planned): (&HeaderUnit, &UnitPlan)| {
            if let Lookup::Hit(hit) = self.lookup_ir(planned) {
                return Ok(hit.content);
            }
            let job = worker::Job { request: self.parse_request(unit)?, writers: Vec::new(), ir: true };
            match worker::run(&setup, &[job]).pop() {
                Some(Ok(done)) => Ok(done.ir),
                Some(Err(worker::Failure { unavailable: Some(search), .. })) => {
                    Err(self.unavailable(&[], &search))
                }
                Some(Err(failure)) => Err(Error::parse(&unit.name, failure)),
                None => Ok(Vec::new()),
            }
        };
        self.set.units.iter().zip(&plan.units).map(one).collect()
    }

    /// The IR of each header as stored for a target; empty for one that the store lacks.
    pub fn stored_ir(&self, target: &Target) -> Result<Vec<Vec<u8>>, Error> {
        let stored = |unit: &HeaderUnit| {
            let planned = self.plan_unit(unit, target)?;
            Ok(self.lookup_ir(&planned).hit().map(|hit| hit.content).unwrap_or_default())
        };
        self.set.units.iter().map(stored).collect()
    }
}
