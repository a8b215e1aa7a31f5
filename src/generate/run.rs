//! Doing what the plan lacks: parse, write, fill the store, write the files.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::diagnostics::{Diagnostic, Severity};
use crate::fsutil;
use crate::headers::{HeaderUnit, UnitOutput};
use crate::ir::schema;
use crate::parse::{self, ParseRequest};
use crate::progress;
use crate::store::{self, Hit, Lookup, MissReason, Seen, Source, Store};
use crate::write::{UNUSED_PATTERN, WriterKind};

use super::baseline;
use super::plan::{self, OutputPlan, Plan, UnitPlan};
use super::report::{Generated, Report, Skipped};
use super::symbols::{self, Filtered, Libraries};
use super::worker::{self, Done, Job, Setup, Written};
use super::{Error, Session, Writer, reading, store_error_text};

const NOTE: &str = "note";

/// What to do about what cannot be generated, and with the results.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// Go on without the outputs that cannot be made (source distributions) instead of failing.
    pub tolerate_failures: bool,
    /// Which output files to write; the text of all is returned.
    pub files: Files,
    /// Leave the store's indexes to the caller, who stores more before it calls [`Session::refresh_index`].
    pub leaves_index: bool,
}

/// Which output files to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// All.
    All,
    /// Those that can be written: a missing file in a directory that forbids it is a warning.
    Possible,
    /// Those whose path the caller named.
    Named,
    /// None.
    None,
}

/// An output's text, if there is one yet.
type Slot = Option<Made>;

#[derive(Clone)]
struct Made {
    text: Vec<u8>,
    /// Whether it came from the store.
    cached: bool,
    /// As [`Generated::warnings`].
    warnings: usize,
}

/// The outputs that have no text yet, with their positions.
fn missing<'a>(
    planned: &'a UnitPlan,
    texts: &'a mut [Slot],
) -> impl Iterator<Item = (usize, &'a OutputPlan, &'a mut Slot)> {
    let all = planned.outputs.iter().zip(texts).enumerate();
    all.filter(|(_, (_, slot))| slot.is_none()).map(|(index, (output, slot))| (index, output, slot))
}

/// The outputs of one header as text, with where they came from.
struct Outputs {
    texts: Vec<Slot>,
    failure: Option<Error>,
}

/// A run up to the point where headers must be parsed, so that several runs can be parsed together.
pub struct Started {
    all: Vec<Outputs>,
    libraries: Vec<Vec<Option<Libraries>>>,
    report: Report,
    /// The headers that must be parsed.
    to_parse: Vec<usize>,
    /// Those of them that have a job.
    parsed: Vec<usize>,
    /// What the workers have to do.
    pub jobs: Vec<Job>,
    /// The libraries that they may load.
    pub setup: Setup,
}

impl Session {
    /// Generates every output of the plan.
    pub fn run(&self, plan: &Plan, policy: Policy) -> Result<Report, Error> {
        self.attempt(plan, policy)?.checked()
    }

    /// The same, with what there is to tell of other headers where one has failed.
    pub fn attempt(&self, plan: &Plan, policy: Policy) -> Result<Report, Error> {
        let started = self.start(plan, policy)?;
        let done = worker::run(&started.setup, &started.jobs);
        self.complete(plan, started, done, policy)
    }

    /// Does all that needs no parser.
    pub fn start(&self, plan: &Plan, policy: Policy) -> Result<Started, Error> {
        let mut started = Started {
            all: Vec::new(),
            libraries: Vec::new(),
            report: Report::default(),
            to_parse: Vec::new(),
            parsed: Vec::new(),
            jobs: Vec::new(),
            setup: Setup::default(),
        };
        let Started { all, libraries, report, to_parse, .. } = &mut started;
        for (index, (unit, planned)) in self.set.units.iter().zip(&plan.units).enumerate() {
            if progress::is_stopped() {
                return Err(Error::Interrupted);
            }
            let mut outputs = Outputs { texts: vec![None; planned.outputs.len()], failure: None };
            self.take_hits(planned, &mut outputs, report);
            libraries.push(Vec::new());
            if !planned.is_complete() {
                match self.libraries(unit, planned) {
                    Ok(found) => {
                        if !self.write_from_ir(unit, planned, &found, &mut outputs, report)? {
                            to_parse.push(index);
                        }
                        libraries[index] = found;
                    }
                    Err(error) => outputs.failure = Some(error),
                }
            }
            all.push(outputs);
        }
        if !started.to_parse.is_empty() {
            self.plan_jobs(plan, policy, &mut started)?;
        }
        Ok(started)
    }

    /// Finishes a run with what the workers made of its jobs, in order. What failed is told in the report.
    pub fn complete(
        &self,
        plan: &Plan,
        started: Started,
        done: Vec<Result<Done, worker::Failure>>,
        policy: Policy,
    ) -> Result<Report, Error> {
        let Started { mut all, libraries, mut report, to_parse, parsed, jobs, .. } = started;
        for ((&index, job), done) in parsed.iter().zip(&jobs).zip(done) {
            let failure = match done {
                Ok(done) => {
                    let of = (&self.set.units[index], &plan.units[index]);
                    self.take_parsed(of, &libraries[index], (job, done), &mut all[index], &mut report);
                    continue;
                }
                Err(worker::Failure { unavailable: Some(search), .. }) => {
                    self.unavailable(&self.chosen(plan, &to_parse), &search)
                }
                Err(failure) => Error::parse(&self.set.units[index].name, failure),
            };
            all[index].failure = Some(failure);
        }
        if progress::is_stopped() {
            // What was parsed is in the store; no output file is written.
            self.refresh_index(&mut report);
            return Err(Error::Interrupted);
        }
        self.finish(plan, all, policy, &mut report)?;
        self.drop_used_patterns(&mut report);
        // What is true of the header itself, several writers say alike.
        let mut said = HashSet::new();
        for diagnostics in [&mut report.diagnostics, &mut report.stored_diagnostics] {
            diagnostics.retain(|found| said.insert((found.location.clone(), found.message.clone())));
        }
        report.warnings.extend(super::older_note(report.older));
        Ok(report)
    }

    /// Writes the outputs that the store has where that is possible, and nothing else.
    pub fn write_hits(&self, plan: &Plan) -> Result<(), Error> {
        for (unit, planned) in self.set.units.iter().zip(&plan.units) {
            for (output, planned) in unit.outputs.iter().zip(&planned.outputs) {
                if let Lookup::Hit(hit) = &planned.lookup {
                    check_output(output, &hit.content)?;
                    write_possible(output, &hit.content, &mut Report::default())?;
                }
            }
        }
        Ok(())
    }

    fn take_hits(&self, planned: &UnitPlan, outputs: &mut Outputs, report: &mut Report) {
        for (slot, output) in outputs.texts.iter_mut().zip(&planned.outputs) {
            match &output.lookup {
                Lookup::Hit(hit) => {
                    let warnings = note_hit(hit, report);
                    *slot = Some(Made { text: hit.content.clone(), cached: true, warnings });
                    report.older += usize::from(hit.is_older);
                    note_read(&hit.source(), report);
                    if !hit.path.starts_with(self.store_dir()) {
                        // The project's own store had it: the one that was named gets it too.
                        let extension = hit.metadata.artifact.file.trim_start_matches("output.");
                        self.keep(report, !self.config.cache.no_output.value, |store| {
                            store.insert_output(&hit.source(), &output.writer, extension, &hit.content)
                        });
                        self.refresh_index(report);
                    }
                }
                Lookup::Miss(reason @ MissReason::Corrupt { .. }) => {
                    report.warnings.push(format!("{reason}; it is not used"));
                }
                Lookup::Miss(_) => {}
            }
        }
    }

    /// Runs the missing writers on stored IR; `false` if there is none.
    fn write_from_ir(
        &self,
        unit: &HeaderUnit,
        planned: &UnitPlan,
        libraries: &[Option<Libraries>],
        outputs: &mut Outputs,
        report: &mut Report,
    ) -> Result<bool, Error> {
        let Lookup::Hit(hit) = self.lookup_ir(planned) else { return Ok(false) };
        let header = match schema::from_json(&hit.content) {
            Ok(header) => header,
            Err(error) => {
                // Its digest is right, so somebody wrote it that way: no reason to trust it, nor to fail.
                report.warnings.push(format!("the stored IR `{}` is not used: {error}", hit.slug));
                return Ok(false);
            }
        };
        note_hit(&hit, report);
        let source = hit.source();
        note_read(&source, report);
        let source = Some(source);
        for (index, output, slot) in missing(planned, &mut outputs.texts) {
            if let Writer::BuiltIn(kind) = &output.kind {
                let Filtered { kept, mut diagnostics, symbols } =
                    symbols::filter(&header, libraries[index].as_ref())
                        .map_err(|source| symbols::error(&unit.outputs[index], source))?;
                let options = baseline::with_content(&output.writer.options, &self.set.roots)?;
                let written = kind.write(&kept, &options)?;
                diagnostics.extend(written.diagnostics);
                let written = Written { text: written.text.into_bytes(), diagnostics, symbols };
                self.keep_output(output, slot, &source, written, report);
                report.older += usize::from(hit.is_older);
            }
        }
        self.write_customs((unit, planned), libraries, &hit.content, &source, outputs, report);
        Ok(true)
    }

    /// Runs the writers of the user's that are missing on an IR.
    fn write_customs(
        &self,
        (unit, planned): (&HeaderUnit, &UnitPlan),
        libraries: &[Option<Libraries>],
        ir: &[u8],
        source: &Option<Source>,
        outputs: &mut Outputs,
        report: &mut Report,
    ) {
        for (index, output, slot) in missing(planned, &mut outputs.texts) {
            let Writer::Custom(custom) = &output.kind else { continue };
            let written = symbols::filter_ir(ir, libraries[index].as_ref())
                .map_err(|source| symbols::error(&unit.outputs[index], source))
                .and_then(|Filtered { kept, diagnostics, symbols }| {
                    let (text, notes) = self.write_custom(custom, &output.writer.options, &kept)?;
                    report.notes.extend(notes);
                    Ok(Written { text, diagnostics, symbols })
                });
            match written {
                Ok(written) => self.keep_output(output, slot, source, written, report),
                Err(error) => outputs.failure = Some(error),
            }
        }
    }

    /// Puts a new output into its slot, and into the store if anything is known of what it was made from.
    fn keep_output(
        &self,
        output: &OutputPlan,
        slot: &mut Slot,
        source: &Option<Source>,
        Written { text, diagnostics, symbols }: Written,
        report: &mut Report,
    ) {
        // A hit on the output reads no IR, so what is true of the header itself is told here, too.
        let mut all: Vec<Value> = source.iter().flat_map(|source| lasting(&source.diagnostics)).collect();
        all.extend(as_json(&diagnostics).as_array().into_iter().flatten().cloned());
        let warnings = all.iter().filter(|found| found["severity"] != NOTE).count();
        if let (Some(source), true) = (source, output.kind.is_stored()) {
            let source = Source { diagnostics: all.into(), symbols, ..source.clone() };
            self.keep(report, !self.config.cache.no_output.value, |store| {
                store.insert_output(&source, &output.writer, output.kind.extension(), &text)
            });
        }
        *slot = Some(Made { text, cached: false, warnings });
        report.diagnostics.extend(diagnostics);
    }

    fn plan_jobs(&self, plan: &Plan, policy: Policy, started: &mut Started) -> Result<(), Error> {
        let candidates = self.machine.libclang(&self.config.project);
        for &index in &started.to_parse {
            let (unit, planned) = (&self.set.units[index], &plan.units[index]);
            let failure = if candidates.libraries.is_empty() {
                let wanted = self.chosen(plan, &started.to_parse);
                let error = self.unavailable(&wanted, &candidates.search());
                if !policy.tolerate_failures {
                    return Err(error);
                }
                error
            } else if !unit.exists {
                self.header_absent(unit, planned)
            } else if let Some(source) = unreadable(unit) {
                Error::HeaderUnreadable { header: unit.name.clone(), source }
            } else {
                match self.job(unit, planned, &started.libraries[index], &started.all[index]) {
                    Ok(job) => {
                        Self::check_include_dirs(unit, &mut started.report);
                        started.jobs.push(job);
                        started.parsed.push(index);
                        continue;
                    }
                    Err(error @ Error::Sysroot(_)) => error,
                    Err(error) => return Err(error),
                }
            };
            started.all[index].failure = Some(failure);
        }
        started.setup = candidates.into();
        Ok(())
    }

    /// Headers of a plan by index, with their names.
    fn chosen<'s>(&'s self, plan: &'s Plan, units: &[usize]) -> Vec<(&'s str, &'s UnitPlan)> {
        units.iter().map(|&index| (self.set.units[index].name.as_str(), &plan.units[index])).collect()
    }

    /// Warns of include directories that are not there, now that a header is to be parsed.
    fn check_include_dirs(unit: &HeaderUnit, report: &mut Report) {
        for dir in unit.include_dirs.iter().filter(|dir| !dir.path.is_dir()) {
            let text = format!("{}: there is no include directory `{}`", dir.place, dir.written);
            if !report.warnings.contains(&text) {
                report.warnings.push(text);
            }
        }
    }

    fn job(
        &self,
        unit: &HeaderUnit,
        planned: &UnitPlan,
        libraries: &[Option<Libraries>],
        outputs: &Outputs,
    ) -> Result<Job, Error> {
        let mut ir = !self.config.cache.no_cache.value && !self.config.cache.no_ir.value;
        let mut writers = Vec::new();
        for ((output, libraries), text) in planned.outputs.iter().zip(libraries).zip(&outputs.texts) {
            match &output.kind {
                _ if text.is_some() => {}
                Writer::BuiltIn(kind) => writers.push(worker::Task {
                    writer: kind.name().to_owned(),
                    options: baseline::with_content(&output.writer.options, &self.set.roots)?,
                    libraries: libraries.clone(),
                }),
                Writer::Custom(_) => ir = true,
            }
        }
        Ok(Job { request: self.parse_request(unit)?, writers, ir })
    }

    pub(super) fn parse_request(&self, unit: &HeaderUnit) -> Result<ParseRequest, Error> {
        let target = self.target_of(unit)?;
        let native = !self.isolated && target == self.machine.target;
        let roots = self.set.roots.written();
        Ok(ParseRequest {
            header: unit.path.clone(),
            name: unit.name.clone(),
            project: self.config.project.clone(),
            roots: roots.iter().map(|root| (root.written.clone(), root.path.clone())).collect(),
            include_dirs: unit.include_dirs.iter().map(|dir| dir.path.clone()).collect(),
            defines: reading::given(unit, &target),
            arguments: unit.arguments.clone(),
            native,
            sysroot: if native { None } else { self.sysroot(&target, unit)? },
            target: target.to_string(),
            language: parse_language(plan::language(&self.config, unit)),
            scope: parse_scope(plan::scope(&self.config)),
            own: self.config.expand_all(&self.config.own)?,
            code: unit.code.clone(),
        })
    }

    fn take_parsed(
        &self,
        (unit, planned): (&HeaderUnit, &UnitPlan),
        libraries: &[Option<Libraries>],
        (job, done): (&Job, Done),
        outputs: &mut Outputs,
        report: &mut Report,
    ) {
        let inputs = &planned.request.inputs;
        // Without a source nothing is remembered; the outputs are what the user asked for all the same.
        let mut source = None;
        match self.stores[0].observe(inputs, seen(done.dependencies), &self.set.roots) {
            Ok((header_sha256, dependencies)) => {
                source = Some(Source {
                    inputs: inputs.clone(),
                    header_sha256,
                    dependencies,
                    diagnostics: as_json(&done.diagnostics),
                    libclang_version: Some(done.libclang_version),
                    sysroot: origin_of(&job.request),
                    symbols: None,
                });
            }
            Err(_) if self.config.cache.no_cache.value => {}
            Err(error) => warn_store(report, &error),
        }
        if let Some(source) = &source {
            note_read(source, report);
            self.keep(report, !self.config.cache.no_ir.value, |store| store.insert_ir(source, &done.ir));
        }
        if job.request.sysroot.as_ref().is_some_and(|sysroot| sysroot.origin.zig.is_some()) {
            report.kernel_headers.extend(bound_kernel_headers(&done.ir));
        }
        report.diagnostics.extend(done.diagnostics);
        let slots = missing(planned, &mut outputs.texts)
            .filter(|(_, output, _)| matches!(output.kind, Writer::BuiltIn(_)));
        for ((_, output, slot), written) in slots.zip(done.outputs) {
            self.keep_output(output, slot, &source, written, report);
        }
        self.write_customs((unit, planned), libraries, &done.ir, &source, outputs, report);
    }

    /// Inserts into the writable store; a failure is a warning, because the output itself exists.
    fn keep<T>(&self, report: &mut Report, layer: bool, insert: impl Fn(&Store) -> Result<T, store::Error>) {
        if self.config.cache.no_cache.value || !layer {
            return;
        }
        if let Err(error) = insert(&self.stores[0]) {
            warn_store(report, &error);
        }
    }

    fn finish(
        &self,
        plan: &Plan,
        all: Vec<Outputs>,
        policy: Policy,
        report: &mut Report,
    ) -> Result<(), Error> {
        let mut all = all;
        if !policy.tolerate_failures {
            let mut failures = all.iter_mut().filter_map(|outputs| outputs.failure.take());
            report.failure = failures.next().map(|first| first.join(failures));
        }
        // No output is written if one cannot be; what was generated for other headers is in the store.
        let files = if report.failure.is_some() { Files::None } else { policy.files };
        let writes = |output: &UnitOutput| match files {
            Files::All | Files::Possible => true,
            Files::Named => output.named,
            Files::None => false,
        };
        for (unit, Outputs { texts, .. }) in self.set.units.iter().zip(&all) {
            for (output, text) in unit.outputs.iter().zip(texts) {
                if let Some(made) = text
                    && writes(output)
                {
                    check_output(output, &made.text)?;
                }
            }
        }
        let outputs = self.set.units.iter().flat_map(|unit| &unit.outputs).filter(|output| writes(output));
        let dirs: BTreeSet<&Path> = outputs.filter_map(|output| output.path.parent()).collect();
        dirs.into_iter().for_each(fsutil::sweep);
        let mut changed = false;
        if files != Files::None {
            self.remove_stubs(report);
        }
        for ((unit, planned), Outputs { texts, failure }) in self.set.units.iter().zip(&plan.units).zip(all) {
            for ((output, planned), text) in unit.outputs.iter().zip(&planned.outputs).zip(texts) {
                let Some(Made { text, cached, warnings }) = text else {
                    if report.failure.is_some() {
                        continue;
                    }
                    let reason = failure.as_ref().map(first_line).unwrap_or_default();
                    let (header, writer) = (unit.name.clone(), planned.writer.name.clone());
                    report.skipped.push(Skipped { header, writer, reason });
                    continue;
                };
                changed |= !cached;
                let written = match files {
                    Files::Possible => write_possible(output, &text, report)?,
                    _ => writes(output) && write_output(output, &text)?,
                };
                report.generated.push(Generated {
                    header: unit.name.clone(),
                    writer: planned.writer.name.clone(),
                    path: output.path.clone(),
                    name: output.name.clone(),
                    named: output.named,
                    text,
                    cached,
                    is_kept: planned.kind.is_stored(),
                    written,
                    warnings,
                });
            }
            report.failures.extend(failure.map(|failure| (unit.name.clone(), failure)));
        }
        if changed && !policy.leaves_index {
            self.refresh_index(report);
        }
        Ok(())
    }

    /// A pattern for many headers need not match something in each.
    fn drop_used_patterns(&self, report: &mut Report) {
        let outputs = self.set.units.iter().flat_map(|unit| &unit.outputs);
        let lists = outputs.filter_map(|output| output.options.get("exclude_patterns"));
        let lists: Vec<Vec<&str>> = lists
            .map(|list| {
                list.as_array().into_iter().flatten().chain([list]).filter_map(Value::as_str).collect()
            })
            .collect();
        let all = || report.diagnostics.iter().chain(&report.stored_diagnostics);
        let is_used = |found: &Diagnostic| {
            let pattern = found.message.strip_prefix(UNUSED_PATTERN)?.trim_matches([' ', '`']);
            let number = lists.iter().filter(|list| list.contains(&pattern)).count();
            Some(all().filter(|other| other.message == found.message).count() < number)
        };
        let used: HashSet<String> =
            all().filter(|found| is_used(found) == Some(true)).map(|found| found.message.clone()).collect();
        for diagnostics in [&mut report.diagnostics, &mut report.stored_diagnostics] {
            diagnostics.retain(|found| !used.contains(&found.message));
        }
    }

    /// Removes stubs that were made before `stub = false`, and tells it.
    fn remove_stubs(&self, report: &mut Report) {
        for unit in &self.set.units {
            for output in &unit.outputs {
                let is_unwanted = output
                    .options
                    .get("stub")
                    .is_some_and(|wanted| *wanted == Value::Bool(false) || wanted.as_str() == Some("false"));
                let stub = output.path.with_extension("pyi");
                let is_another =
                    self.set.units.iter().flat_map(|unit| &unit.outputs).any(|one| one.path == stub);
                if output.writer == WriterKind::Ctypes.name()
                    && is_unwanted
                    && !is_another
                    && fs_err::read(&stub).is_ok_and(|text| is_generated(&text))
                    && fs_err::remove_file(&stub).is_ok()
                {
                    report.notes.push(format!("removed the stub `{}i`, as `stub = false` says", output.name));
                }
            }
        }
    }

    /// Makes the store's indexes agree with its entries.
    pub fn refresh_index(&self, report: &mut Report) {
        self.keep(report, true, Store::refresh_index);
    }
}

/// Fails if the output's path is the user's own file. Whether it is cannot be told where the text does not say that it
/// is generated: JSON, and what writers of others make.
fn check_output(output: &UnitOutput, text: &[u8]) -> Result<(), Error> {
    if !is_generated(text) {
        return Ok(());
    }
    match fs_err::read(&output.path) {
        Ok(there) if !there.trim_ascii().is_empty() && !is_generated(&there) => {
            Err(Error::OwnFile { path: output.name.clone(), writer: output.writer.clone() })
        }
        _ => Ok(()),
    }
}

/// Whether a text says that it is generated.
fn is_generated(text: &[u8]) -> bool {
    const BEGINNING: usize = 4096;
    let start = text[..text.len().min(BEGINNING)].to_ascii_lowercase();
    memchr::memmem::find(&start, b"generated by headerkit").is_some()
}

/// Writes an output; `false` if it was equal already.
fn write_output(output: &UnitOutput, text: &[u8]) -> Result<bool, Error> {
    fsutil::write_atomic(&output.path, text)
        .map_err(|source| Error::WriteOutput { path: output.name.clone(), source })
}

/// Writes an output; `false` if it was equal already, or if it is missing and may not be written.
fn write_possible(output: &UnitOutput, text: &[u8], report: &mut Report) -> Result<bool, Error> {
    match write_output(output, text) {
        Err(Error::WriteOutput { path, source }) if is_forbidden(&source) && !output.path.exists() => {
            const BEGINNING: &str = "the source tree cannot be written to";
            if !report.warnings.iter().any(|told| told.starts_with(BEGINNING)) {
                report
                    .warnings
                    .push(format!("{BEGINNING}: outputs such as `{path}` are in the wheel only ({source})"));
            }
            Ok(false)
        }
        result => result,
    }
}

/// Why a header's file cannot be read, which parsers tell as if it were not there.
fn unreadable(unit: &HeaderUnit) -> Option<io::Error> {
    if unit.code.is_some() {
        return None;
    }
    std::fs::File::open(&unit.path).err().filter(|error| error.kind() == io::ErrorKind::PermissionDenied)
}

fn is_forbidden(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn warn_store(report: &mut Report, error: &store::Error) {
    // A store that cannot be written fails for every entry alike.
    if matches!(error, store::Error::Write { .. }) && std::mem::replace(&mut report.is_unwritable, true) {
        return;
    }
    report.is_unstored = true;
    let text = format!("the store was not updated: {}", store_error_text(error));
    if !report.warnings.contains(&text) {
        report.warnings.push(text);
    }
}

/// Passes on what an entry says of what it was made from; returns the number of its warnings.
fn note_hit(hit: &Hit, report: &mut Report) -> usize {
    for note in &hit.notes {
        if !report.notes.contains(note) {
            report.notes.push(note.clone());
        }
    }
    let found = stored_diagnostics(hit);
    let warnings = found.iter().filter(|found| found.severity > Severity::Note).count();
    report.stored_diagnostics.extend(found);
    warnings
}

/// Stored diagnostics are data from the store: what does not parse is not worth a failure.
pub(super) fn stored_diagnostics(hit: &Hit) -> Vec<Diagnostic> {
    let text = hit.metadata.diagnostics.to_string();
    serde_json::from_slice(text.as_bytes()).unwrap_or_default()
}

fn note_read(source: &Source, report: &mut Report) {
    report.read.insert(source.inputs.header.clone(), source.header_sha256.clone());
    let files = source.dependencies.files.iter().chain(&source.dependencies.bound);
    report.read.extend(files.map(|file| (file.name.clone(), file.sha256.clone())));
}

/// Where the system headers of a request come from, if not from the machine that parses.
fn origin_of(request: &ParseRequest) -> Value {
    let origin = request.sysroot.as_ref().map(|sysroot| &sysroot.origin);
    serde_json::to_value(origin).unwrap_or_default()
}

/// Headers of the Linux kernel that have bound declarations, in an IR as stored: each on a line of its own.
fn bound_kernel_headers(ir: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(ir);
    let bound = text.lines().filter(|line| !line.contains("\"bound\":false"));
    let file = |line: &str| Some(line.split_once("\"file\":\"<linux/")?.1.split_once('>')?.0.to_owned());
    bound.filter_map(file).map(|name| format!("linux/{name}")).collect()
}

/// Of a header's diagnostics all but details.
fn lasting(diagnostics: &Value) -> impl Iterator<Item = Value> {
    let all = diagnostics.as_array().into_iter().flatten();
    all.filter(|found| found["severity"] != NOTE || found["location"].is_null()).cloned()
}

fn as_json(diagnostics: &[Diagnostic]) -> Value {
    serde_json::to_value(diagnostics).unwrap_or_default()
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn seen(found: parse::Dependencies) -> Seen {
    let digests =
        |files: Vec<parse::FileDigest>| files.into_iter().map(|file| (file.name, file.sha256)).collect();
    Seen {
        files: digests(found.files),
        bound: digests(found.bound),
        absent: found.absent,
        system: found.system,
    }
}

fn parse_scope(scope: crate::config::Scope) -> parse::Scope {
    match scope {
        crate::config::Scope::Header => parse::Scope::Header,
        crate::config::Scope::Library => parse::Scope::Library,
        crate::config::Scope::Umbrella => parse::Scope::Umbrella,
        crate::config::Scope::All => parse::Scope::All,
    }
}

fn parse_language(language: crate::config::Language) -> parse::Language {
    match language {
        crate::config::Language::C => parse::Language::C,
        crate::config::Language::Cxx => parse::Language::Cxx,
    }
}
