//! From patterns to units: which headers, and for each the settings of every rule that matches it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::error::Error;
use super::output::{Placer, Planned, check_unique};
use super::pattern::{Named, Pattern};
use super::{HeaderSet, HeaderUnit, IncludeDir, UnitOutput, walk};
use crate::config::{Config, HeaderRule, Origin, SYMBOLS, Text, WriterInfo, WriterOptions};
use crate::roots::{Roots, normalize};

/// Selects headers. `requested` are paths and globs typed on the command line, relative to `cwd` (or
/// else to the project); none means all that the configuration names. A requested header that a rule
/// matches gets the rule's settings, so that its key is the one a build computes.
pub fn select(
    config: &Config,
    requested: &[String],
    cwd: &Path,
    writers: &[WriterInfo],
) -> Result<HeaderSet, Error> {
    let cwd = normalize(cwd);
    let selection = Selection::new(config, &cwd, requested.is_empty())?;
    let mut roots = selection.roots()?;
    let headers =
        if requested.is_empty() { selection.configured()? } else { selection.requested(requested)? };
    let placer = Placer { config, cwd: &cwd, writers };
    let mut units = Vec::new();
    let mut plans = Vec::new();
    for header in headers {
        header.add_root(&mut roots, true);
        let (unit, planned) = selection.unit(&header, &placer)?;
        units.push(unit);
        plans.push(planned);
    }
    let all: Vec<(&HeaderUnit, &Planned)> = units
        .iter()
        .zip(&plans)
        .flat_map(|(unit, plans)| plans.iter().map(move |plan| (unit, plan)))
        .collect();
    check_unique(&all)?;
    Ok(HeaderSet { units, roots })
}

/// The settings of one header that the configuration names, without outputs.
pub fn settings(config: &Config, header: &Text) -> Result<HeaderUnit, Error> {
    let selection = Selection::new(config, &config.project, false)?;
    Ok(selection.settings(&Named::of(config, header, &config.project)?)?.0)
}

struct Selection<'a> {
    config: &'a Config,
    cwd: &'a Path,
    /// Rules with their patterns.
    rules: Vec<(&'a HeaderRule, Pattern)>,
    /// `exclude` of the file: narrows globs, not paths written in full.
    exclude: Vec<Pattern>,
    /// `--exclude`: narrows everything.
    exclude_typed: Vec<Pattern>,
}

impl<'a> Selection<'a> {
    /// `all`: every rule is used, so a variable that one needs must be set.
    fn new(config: &'a Config, cwd: &'a Path, all: bool) -> Result<Self, Error> {
        let mut rules = Vec::new();
        for rule in &config.headers {
            match Pattern::of(config, &rule.pattern, &config.project) {
                Ok(pattern) => rules.push((rule, pattern)),
                Err(Error::Config(_)) if !all => {}
                Err(error) => return Err(error),
            }
        }
        let mut exclude = Vec::new();
        let mut exclude_typed = Vec::new();
        for text in &config.exclude {
            let from_project = Pattern::of(config, text, &config.project)?;
            if !text.is_typed() {
                exclude.push(from_project);
                continue;
            }
            exclude_typed.push(from_project);
            if cwd != config.project {
                exclude_typed.push(Pattern::of(config, text, cwd)?);
            }
        }
        Ok(Selection { config, cwd, rules, exclude, exclude_typed })
    }

    /// The roots of the whole configuration, in its order, so that a dependency has the same name
    /// whichever headers are selected. Directories whose variable is not set are left out.
    fn roots(&self) -> Result<Roots, Error> {
        let mut roots = Roots::new(&self.config.project);
        let mut add_dirs = |dirs: &[Text], from: &Path| {
            for dir in dirs {
                if let Ok(Some(dir)) = self.named_dir(dir, from) {
                    dir.add_root(&mut roots, false);
                }
            }
        };
        add_dirs(&self.config.include_dirs, &self.config.project);
        for (rule, _) in &self.rules {
            add_dirs(&rule.include_dirs, &self.config.project);
        }
        add_dirs(&self.config.typed.include_dirs, self.cwd);
        for (_, pattern) in &self.rules {
            pattern.place_on_disk().add_root(&mut roots, matches!(pattern, Pattern::Literal(_)));
        }
        Ok(roots)
    }

    fn configured(&self) -> Result<Vec<Named>, Error> {
        let mut headers = Headers::default();
        for (rule, pattern) in &self.rules {
            let place = || Box::new(rule.pattern.place.clone());
            let files = pattern.files()?;
            if files.is_empty() {
                return Err(no_match(&rule.pattern, pattern));
            }
            for file in files {
                if !self.leaves_out(&file.path, pattern) {
                    self.check_exists(&file, &rule.pattern.written, place, file.outside)?;
                    headers.push(file);
                }
            }
        }
        Ok(headers.found)
    }

    fn requested(&self, requested: &[String]) -> Result<Vec<Named>, Error> {
        let mut headers = Headers::default();
        for written in requested {
            let text = Text::of("headers", written, self.config.typed.caller.origin("HEADER", "header_path"));
            let (pattern, files) = self.typed_files(&text)?;
            if files.is_empty() {
                return Err(no_match(&text, &pattern));
            }
            for file in files {
                if self.exclude_typed.iter().any(|exclude| exclude.excludes(&file.path)) {
                    continue;
                }
                if matches!(pattern, Pattern::Glob { .. }) && self.leaves_out(&file.path, &pattern) {
                    continue;
                }
                let rule = self.rules.iter().find_map(|(_, pattern)| self.name_by(pattern, &file.path));
                let may_be_absent = rule.as_ref().is_some_and(|named| named.outside);
                let place = || Box::new(text.place.clone());
                self.check_exists(&file, written, place, may_be_absent)?;
                headers.push(rule.unwrap_or(file));
            }
        }
        Ok(headers.found)
    }

    /// What a typed pattern means: seen from the cwd, or else from the project.
    fn typed_files(&self, text: &Text) -> Result<(Pattern, Vec<Named>), Error> {
        let project = &self.config.project;
        let pattern = Pattern::of(self.config, text, self.cwd)?;
        let files = pattern.files()?;
        let found = match &pattern {
            Pattern::Literal(file) => file.path.exists(),
            Pattern::Glob { .. } => !files.is_empty(),
        };
        if found || self.cwd == project {
            return Ok((pattern, files));
        }
        let other = Pattern::of(self.config, text, project)?;
        let others = other.files()?;
        let better = match &other {
            Pattern::Literal(file) => file.path.exists() || file.outside,
            Pattern::Glob { .. } => !others.is_empty(),
        };
        Ok(if better { (other, others) } else { (pattern, files) })
    }

    /// Whether `exclude` removes a file that a pattern selects.
    fn leaves_out(&self, path: &Path, pattern: &Pattern) -> bool {
        let narrowed = matches!(pattern, Pattern::Glob { .. });
        (narrowed && self.exclude.iter().any(|exclude| exclude.excludes(path)))
            || self.exclude_typed.iter().any(|exclude| exclude.excludes(path))
    }

    /// The name that a rule gives a path, if the rule applies to it.
    fn name_by(&self, pattern: &Pattern, path: &Path) -> Option<Named> {
        let narrowed = matches!(pattern, Pattern::Glob { .. });
        if narrowed && self.exclude.iter().any(|exclude| exclude.excludes(path)) {
            return None;
        }
        pattern.name_of(path)
    }

    fn check_exists(
        &self,
        file: &Named,
        written: &str,
        place: impl Fn() -> Box<crate::config::Place>,
        may_be_absent: bool,
    ) -> Result<(), Error> {
        if file.path.is_file() || self.config.typed.code.is_some() {
            return Ok(());
        }
        if let Err(source) = std::fs::metadata(&file.path)
            && source.kind() == std::io::ErrorKind::PermissionDenied
        {
            return Err(Error::Unreadable { place: place(), name: written.to_owned(), source });
        }
        if file.path.is_dir() {
            return Err(Error::Directory { place: place(), name: written.to_owned() });
        }
        if may_be_absent {
            return Ok(());
        }
        let nearest = walk::nearest(&self.config.project, &file.name);
        Err(Error::Missing { place: place(), name: written.to_owned(), nearest })
    }

    /// All but the outputs of a header, and the rules that apply to it.
    fn settings(&self, header: &Named) -> Result<(HeaderUnit, Vec<&HeaderRule>), Error> {
        let config = self.config;
        let applies = |pattern: &Pattern| self.name_by(pattern, &header.path).is_some();
        let rules: Vec<&HeaderRule> =
            self.rules.iter().filter(|(_, pattern)| applies(pattern)).map(|(rule, _)| *rule).collect();
        let mut unit = HeaderUnit {
            name: header.name.clone(),
            path: header.path.clone(),
            include_dirs: Vec::new(),
            defines: Vec::new(),
            arguments: Vec::new(),
            is_behind_python: false,
            target: None,
            outputs: Vec::new(),
            exists: config.typed.code.is_some() || header.path.is_file(),
            code: config.typed.code.clone(),
        };
        self.add(&mut unit, [&config.include_dirs, &config.defines, &config.arguments], &config.project)?;
        for rule in &rules {
            self.add(&mut unit, [&rule.include_dirs, &rule.defines, &rule.arguments], &config.project)?;
            if let Some(target) = &rule.target {
                unit.target = Some(config.expand(target)?);
            }
        }
        let typed = &config.typed;
        self.add(&mut unit, [&typed.include_dirs, &typed.defines, &typed.arguments], self.cwd)?;
        Ok((unit, rules))
    }

    fn unit(&self, header: &Named, placer: &Placer<'_>) -> Result<(HeaderUnit, Vec<Planned>), Error> {
        let (config, (mut unit, rules)) = (self.config, self.settings(header)?);
        let mut plans = Vec::new();
        for writer in &config.writers {
            let template = rules.iter().rev().find_map(|rule| rule.output.get(writer));
            let mut plan = placer.place(header, writer, template)?;
            plan.output.options = config.writer_options(writer)?;
            let mut tables: Vec<&WriterOptions> = config.writer_options.get(writer).into_iter().collect();
            for options in rules.iter().filter_map(|rule| rule.writer_options.get(writer)) {
                plan.output.options.extend(config.expand_options(options)?);
                tables.push(options);
            }
            self.set_symbols(&mut plan.output, &tables);
            let companion = placer.companion(&plan);
            for plan in std::iter::once(plan).chain(companion) {
                unit.outputs.push(plan.output.clone());
                plans.push(plan);
            }
        }
        Ok((unit, plans))
    }

    /// Notes where `symbols` is set: for the writer, or else for all of them.
    fn set_symbols(&self, output: &mut UnitOutput, tables: &[&WriterOptions]) {
        let own = tables.iter().rev().find_map(|options| options.get(SYMBOLS)).map(|option| &option.place);
        let place = match (own, self.config.symbols.first()) {
            (Some(place), _) => place,
            (None, Some(first)) => {
                let all = self.config.symbols.iter().map(|text| Value::String(text.written.clone()));
                output.options.insert(SYMBOLS.into(), Value::Array(all.collect()));
                &first.place
            }
            (None, None) => return,
        };
        let base =
            if matches!(place.origin, Origin::CommandLine(_)) { self.cwd } else { &self.config.project };
        output.symbols = Some((place.clone(), base.to_owned()));
    }

    /// Appends include dirs, defines and arguments. What changes nothing is left out, so that saying
    /// on the command line what the configuration says already leads to the same key.
    fn add(&self, unit: &mut HeaderUnit, lists: [&Vec<Text>; 3], from: &Path) -> Result<(), Error> {
        let [dirs, defines, arguments] = lists;
        for dir in dirs {
            let Some(Named { name, path, .. }) = self.named_dir(dir, from)? else { continue };
            if !unit.include_dirs.iter().any(|known| known.written == name) {
                unit.include_dirs.push(IncludeDir { written: name, path, place: dir.place.clone() });
            }
        }
        for define in self.config.expand_all(defines)? {
            let latest = unit.defines.iter().rfind(|known| macro_name(known) == macro_name(&define));
            if latest != Some(&define) {
                unit.defines.push(define);
            }
        }
        unit.arguments.extend(self.config.expand_all(arguments)?);
        Ok(())
    }

    /// An include directory; one that expands to nothing is none.
    fn named_dir(&self, dir: &Text, from: &Path) -> Result<Option<Named>, Error> {
        if self.config.expand(dir)?.is_empty() {
            return Ok(None);
        }
        Named::of(self.config, dir, from).map(Some)
    }
}

fn macro_name(define: &str) -> &str {
    define.split(['=', '(']).next().unwrap_or(define)
}

fn no_match(text: &Text, pattern: &Pattern) -> Error {
    Error::NoMatch {
        place: Box::new(text.place.clone()),
        pattern: text.written.clone(),
        searched: pattern.place_on_disk().name.clone(),
    }
}

/// Headers in the order found, each once.
#[derive(Default)]
struct Headers {
    found: Vec<Named>,
    paths: BTreeSet<std::path::PathBuf>,
}

impl Headers {
    fn push(&mut self, header: Named) {
        if self.paths.insert(header.path.clone()) {
            self.found.push(header);
        }
    }
}
