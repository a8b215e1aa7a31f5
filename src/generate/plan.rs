//! What the store already has.

use std::path::Path;

use crate::config::{Config, Language, Origin, Scope};
use crate::headers::{HeaderUnit, UnitOutput};
use crate::ir::schema;
use crate::store::{Agreement, Inputs, Layer, Lookup, MissReason, Request, Store, Symbols, WriterId};
use crate::target::Target;

use super::{Error, Session, Writer, reading};

/// The answers of the store for every header and writer.
pub struct Plan {
    /// One per header, in configuration order.
    pub units: Vec<UnitPlan>,
}

/// One header.
pub struct UnitPlan {
    /// What the store is asked.
    pub request: Request,
    /// One per output of the header.
    pub outputs: Vec<OutputPlan>,
    /// Whether what only earlier releases have read is read again, if there is a libclang.
    renews: bool,
}

/// One output.
pub struct OutputPlan {
    /// The writer that makes it.
    pub kind: Writer,
    /// The writer as it enters the key.
    pub writer: WriterId,
    /// What the store says.
    pub lookup: Lookup,
}

impl Plan {
    /// Whether the store has every output.
    pub fn is_complete(&self) -> bool {
        self.units.iter().all(UnitPlan::is_complete)
    }
}

impl UnitPlan {
    /// Whether the store has every output of this header.
    pub fn is_complete(&self) -> bool {
        self.outputs.iter().all(|output| matches!(output.lookup, Lookup::Hit(_)))
    }
}

impl Session {
    /// One line per output: hit or miss, and why.
    pub fn describe(&self, plan: &Plan) -> Vec<String> {
        let units = self.set.units.iter().zip(&plan.units);
        let lines = units.flat_map(|(unit, planned)| {
            planned.outputs.iter().map(|output| {
                let answer = match &output.lookup {
                    Lookup::Hit(hit) => format!("hit `{}`", hit.slug),
                    Lookup::Miss(reason) => format!("miss: {reason}"),
                };
                format!("{} ({}): {answer}", unit.name, output.writer.name)
            })
        });
        lines.collect()
    }

    /// What each header asks the store, as keys.
    pub fn request_keys(&self) -> Result<Vec<String>, Error> {
        let key = |unit| Ok(self.inputs(unit)?.request_key().to_string());
        self.set.units.iter().map(key).collect()
    }

    /// Asks the store for everything; reads files and writes none. Starts nothing but the compiler, which is asked
    /// where a library of `symbols` lies.
    pub fn plan(&self) -> Result<Plan, Error> {
        let plan = |unit| self.plan_unit(unit, &self.target_of(unit)?);
        let units = self.set.units.iter().map(plan).collect::<Result<_, _>>()?;
        Ok(Plan { units })
    }

    /// Asks the store for all outputs of one header, for a target.
    pub(super) fn plan_unit(&self, unit: &HeaderUnit, target: &Target) -> Result<UnitPlan, Error> {
        let inputs = Inputs { target: target.to_string(), ..self.inputs(unit)? };
        let older = reading::older(&inputs);
        let request = Request { inputs, older };
        let renews = self.renews && unit.exists;
        let bypass = self.config.cache.bypass();
        let plan = |output: &UnitOutput| {
            let kind = self.writers.get(&output.writer)?.clone();
            let mut writer = kind.id(&output.options);
            let ask = |recorded: &Symbols| self.ask(output, target, recorded);
            let lookup = match (bypass, kind.is_stored()) {
                (Some(Origin::Default), _) => Lookup::Miss(MissReason::NoStore),
                (Some(_), _) => Lookup::Miss(MissReason::Bypassed),
                (None, false) => Lookup::Miss(MissReason::NotKept),
                (None, true) => {
                    let lookup = |store: &_| self.lookup_output(store, &request, (&kind, &writer), &ask);
                    self.first_hit(renews, lookup)
                }
            };
            if let (true, Lookup::Hit(hit)) = (kind.is_absent(), &lookup)
                && let Some(stored) = &hit.metadata.output
            {
                writer = stored.writer_id();
            }
            Some(OutputPlan { kind, writer, lookup })
        };
        let outputs = unit.outputs.iter().filter_map(plan).collect();
        let mut planned = UnitPlan { outputs, request, renews };
        self.blame_ir(&mut planned);
        Ok(planned)
    }

    /// Where the store lacks outputs, the IR that they could be made from may be damaged, which tells more.
    fn blame_ir(&self, planned: &mut UnitPlan) {
        let is_absent =
            |output: &&mut OutputPlan| matches!(output.lookup, Lookup::Miss(MissReason::NoEntry { .. }));
        let mut absent = planned.outputs.iter_mut().filter(is_absent).peekable();
        if absent.peek().is_none() {
            return;
        }
        let ir = self.first_hit(planned.renews, |store| store.lookup_ir(&planned.request, &self.set.roots));
        if let Lookup::Miss(MissReason::Corrupt { slug, why }) = ir {
            let slug = format!("{}/{slug}", Layer::Ir.path());
            absent.for_each(|output| {
                output.lookup = Lookup::Miss(MissReason::Corrupt { slug: slug.clone(), why: why.clone() });
            });
        }
    }

    fn lookup_output(
        &self,
        store: &Store,
        request: &Request,
        (kind, writer): (&Writer, &WriterId),
        ask: &dyn Fn(&Symbols) -> Agreement,
    ) -> Lookup {
        if !kind.is_absent() {
            return store.lookup_output(request, writer, &self.set.roots, ask);
        }
        let mut answer = Lookup::Miss(MissReason::Bypassed);
        for version in store.versions(&Layer::output(&writer.name)) {
            answer =
                store.lookup_output(request, &WriterId { version, ..writer.clone() }, &self.set.roots, ask);
            if matches!(answer, Lookup::Hit(_)) {
                break;
            }
        }
        answer
    }

    /// Whether the system headers of a header's target are known, which parsing it needs.
    pub fn check_sysroot(&self, unit: &HeaderUnit) -> Result<(), Error> {
        self.parse_request(unit).map(drop)
    }

    /// Whether a header must be parsed: an output is missing, and so is the IR to make it from.
    pub fn must_parse(&self, plan: &Plan) -> bool {
        plan.units.iter().any(|unit| self.needs_parse(unit))
    }

    /// The same for one header.
    pub fn needs_parse(&self, unit: &UnitPlan) -> bool {
        !unit.is_complete() && matches!(self.lookup_ir(unit), Lookup::Miss(_))
    }

    pub(super) fn lookup_ir(&self, unit: &UnitPlan) -> Lookup {
        if self.config.cache.no_cache.value || self.config.cache.no_ir.value {
            return Lookup::Miss(MissReason::Bypassed);
        }
        self.first_hit(unit.renews, |store| store.lookup_ir(&unit.request, &self.set.roots))
    }

    /// The first store that has it; if none has, what the first store says. What an earlier release stored is a miss
    /// where it is to be made again and can be.
    fn first_hit(&self, renews: bool, lookup: impl Fn(&Store) -> Lookup) -> Lookup {
        let mut first = None;
        for store in &self.stores {
            match lookup(store) {
                Lookup::Hit(hit) if hit.is_older && renews && self.has_libclang() => {
                    first = first.or(Some(Lookup::Miss(MissReason::Older { slug: hit.slug })));
                }
                Lookup::Hit(hit) => return Lookup::Hit(hit),
                miss => first = first.or(Some(miss)),
            }
        }
        first.unwrap_or(Lookup::Miss(MissReason::Bypassed))
    }

    pub(super) fn inputs(&self, unit: &HeaderUnit) -> Result<Inputs, Error> {
        Ok(Inputs {
            parser: self.config.parser.clone(),
            header: unit.name.clone(),
            target: self.target_of(unit)?.to_string(),
            language: language(&self.config, unit).name().into(),
            scope: scope(&self.config).name().into(),
            own: self.config.expand_all(&self.config.own)?,
            include_dirs: unit.include_dirs.iter().map(|dir| dir.written.clone()).collect(),
            defines: reading::asked(unit),
            arguments: unit.arguments.clone(),
            schema_version: schema::SCHEMA_VERSION,
        })
    }
}

/// The scope; a text given in place of a header stands for what it includes.
pub(super) fn scope(config: &Config) -> Scope {
    match config.scope.value {
        Scope::Library if config.typed.code.is_some() => Scope::Umbrella,
        scope => scope,
    }
}

/// The language of a header: as configured, as its clang arguments say, or as its name implies.
pub(super) fn language(config: &Config, unit: &HeaderUnit) -> Language {
    if let Some(language) = &config.language {
        return language.value;
    }
    let mut arguments = unit.arguments.iter().map(String::as_str).peekable();
    let mut said = None;
    while let Some(argument) = arguments.next() {
        let language = match argument.strip_prefix("-x") {
            Some("") => arguments.peek().copied(),
            other => other,
        };
        said = match language {
            Some("c++" | "c++-header") => Some(Language::Cxx),
            Some("c" | "c-header") => Some(Language::C),
            _ if argument.starts_with("-std=c++") || argument.starts_with("-std=gnu++") => {
                Some(Language::Cxx)
            }
            _ => said,
        };
    }
    let extension = Path::new(&unit.name).extension().and_then(|extension| extension.to_str());
    said.unwrap_or(match extension {
        Some("hpp" | "hh" | "hxx" | "h++" | "H") => Language::Cxx,
        _ => Language::C,
    })
}
