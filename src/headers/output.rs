//! Where outputs go, and where they must not.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::error::{Error, utf8};
use super::pattern::Named;
use super::template::{self, Values};
use super::{HeaderUnit, UnitOutput};
use crate::config::{Config, Text, WriterInfo};
use crate::roots::{normalize, posix};

/// An output with the template it comes from.
pub struct Planned {
    /// The path, the stored name and the options (still empty).
    pub output: UnitOutput,
    /// The template.
    pub template: Text,
}

/// Places outputs of one run.
pub struct Placer<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// Where typed templates start.
    pub cwd: &'a Path,
    /// For their default patterns.
    pub writers: &'a [WriterInfo],
}

impl Placer<'_> {
    /// The output of a writer for a header. `rule` is the template of the header's own rule.
    pub fn place(&self, header: &Named, writer: &str, rule: Option<&Text>) -> Result<Planned, Error> {
        let template = self.template(writer, rule);
        let (dir, name) = match header.name.rsplit_once('/') {
            Some((dir, name)) if !header.outside => (dir, name),
            Some((_, name)) => (".", name),
            None => (".", header.name.as_str()),
        };
        // A header that is named by a variable alone takes its name from the file.
        let file_name = match header.path.file_name() {
            Some(found) if header.outside => utf8(Path::new(found))?,
            _ => name,
        };
        let rendered = template::render(self.config, &template, Values { name: file_name, dir })?;
        let path = if template.is_typed() {
            self.typed(&template, &rendered)
        } else {
            self.below_project(&rendered).map_err(|problem| Error::BadOutput {
                place: Box::new(template.place.clone()),
                output: rendered.clone(),
                header: header.name.clone(),
                problem,
            })?
        };
        let name = match path.strip_prefix(&self.config.project) {
            Ok(relative) => posix(relative),
            Err(_) => posix(&path),
        };
        let output = UnitOutput {
            writer: writer.to_owned(),
            path,
            name,
            named: template.is_typed(),
            options: BTreeMap::new(),
            symbols: None,
        };
        Ok(Planned { output, template })
    }

    /// The output that comes with another one, unless it is configured by itself.
    pub fn companion(&self, planned: &Planned) -> Option<Planned> {
        let Planned { output, template } = planned;
        let known = self.writers.iter().find(|known| known.name == output.writer)?;
        let companion = known.companion.as_ref()?;
        let unwanted = match output.options.get(&companion.option) {
            Some(Value::Bool(wanted)) => !wanted,
            Some(Value::String(wanted)) => wanted == "false",
            _ => false,
        };
        if unwanted || self.config.writers.contains(&companion.writer) {
            return None;
        }
        let name = output.name.strip_suffix(&format!(".{}", companion.extension))?;
        let output = UnitOutput {
            writer: companion.writer.clone(),
            path: output.path.with_extension(&companion.own_extension),
            name: format!("{name}.{}", companion.own_extension),
            named: output.named,
            options: output.options.clone(),
            symbols: output.symbols.clone(),
        };
        Some(Planned { output, template: template.clone() })
    }

    /// Typed > of the rule > global > the writer's own.
    fn template(&self, writer: &str, rule: Option<&Text>) -> Text {
        let global = self.config.outputs.get(writer);
        if let Some(found) = global.filter(|text| text.is_typed()).or(rule).or(global) {
            return found.clone();
        }
        let known = self.writers.iter().find(|known| known.name == writer);
        let pattern = known.map_or_else(
            || format!("{{dir}}/{{stem}}.{writer}.txt"),
            |writer| writer.default_pattern.clone(),
        );
        if let Some(dir) = &self.config.typed.output_dir {
            let name = pattern.rsplit('/').next().unwrap_or(&pattern);
            return Text { written: format!("{}/{name}", dir.written), place: dir.place.clone() };
        }
        Text::of(&format!("output.{writer}"), pattern, crate::config::Origin::Default)
    }

    fn typed(&self, template: &Text, rendered: &str) -> PathBuf {
        // `{dir}` is relative to the project, wherever the command is typed.
        let base = if template.written.starts_with("{dir}") { &self.config.project } else { self.cwd };
        normalize(&base.join(rendered))
    }

    /// The path of a configured output; the error is a predicate.
    fn below_project(&self, rendered: &str) -> Result<PathBuf, String> {
        let drive = rendered.as_bytes().get(1) == Some(&b':') && rendered.as_bytes()[0].is_ascii_alphabetic();
        if rendered.starts_with('/') || drive {
            return Err("is an absolute path".into());
        }
        if rendered.contains('\\') {
            return Err("holds a backslash; directories are separated by `/`".into());
        }
        if rendered.chars().any(char::is_control) {
            return Err("holds a control character".into());
        }
        if rendered.is_empty() || rendered.ends_with('/') || rendered.ends_with("/.") || rendered == "." {
            return Err("names a directory".into());
        }
        if rendered.split('/').any(|part| part == "..") {
            return Err("leaves its directory with `..`".into());
        }
        let relative = normalize(Path::new(rendered));
        let path = self.config.project.join(&relative);
        self.check_reserved(&relative, &path)?;
        self.check_links(&path)?;
        if path.is_dir() {
            return Err("names a directory".into());
        }
        Ok(path)
    }

    fn check_reserved(&self, relative: &Path, path: &Path) -> Result<(), String> {
        if let Some(dir) = reserved(relative) {
            return Err(format!("lies in `{dir}`"));
        }
        let own = ["pyproject.toml", ".headerkit.toml"].iter().any(|name| relative == Path::new(name));
        if own || self.config.file.as_deref() == Some(path) {
            return Err("would overwrite the configuration".into());
        }
        let store = self.config.store_path(self.cwd).ok();
        match store.filter(|store| *store != self.config.project && path.starts_with(store)) {
            Some(_) => Err("lies in the store".into()),
            None => Ok(()),
        }
    }

    /// A symbolic link on the way must not lead out of the project.
    fn check_links(&self, path: &Path) -> Result<(), String> {
        let Some(real) = path.ancestors().skip(1).find_map(|dir| fs_err::canonicalize(dir).ok()) else {
            return Ok(());
        };
        let Ok(project) = fs_err::canonicalize(&self.config.project) else { return Ok(()) };
        match real.strip_prefix(&project) {
            Err(_) => Err("leaves the project through a symbolic link".into()),
            Ok(relative) => match reserved(relative) {
                Some(dir) => Err(format!("lies in `{dir}` through a symbolic link")),
                None => Ok(()),
            },
        }
    }
}

/// The directory of git or of a store that a project-relative path lies in. File systems that fold
/// case or drop trailing dots and stream names must not be a way in.
fn reserved(relative: &Path) -> Option<&'static str> {
    relative.components().find_map(|part| {
        let Component::Normal(part) = part else { return None };
        let part = part.to_str()?.split(':').next()?.trim_end_matches(['.', ' ']);
        [".git", ".headerkit"].into_iter().find(|name| part.eq_ignore_ascii_case(name))
    })
}

/// Two outputs must not be one file, and none may overwrite a header.
pub fn check_unique(planned: &[(&HeaderUnit, &Planned)]) -> Result<(), Error> {
    let mut seen: BTreeMap<&Path, (&HeaderUnit, &Planned)> = BTreeMap::new();
    let headers: BTreeMap<&Path, &str> =
        planned.iter().map(|(unit, _)| (unit.path.as_path(), unit.name.as_str())).collect();
    let who = |unit: &HeaderUnit, planned: &Planned| {
        format!("`{}` (writer `{}`)", unit.name, planned.output.writer)
    };
    for &(unit, plan) in planned {
        let place = || Box::new(plan.template.place.clone());
        if let Some(header) = headers.get(plan.output.path.as_path()) {
            return Err(Error::BadOutput {
                place: place(),
                output: plan.output.name.clone(),
                header: unit.name.clone(),
                problem: format!("would overwrite the header `{header}`"),
            });
        }
        if let Some((other, first)) = seen.insert(&plan.output.path, (unit, plan)) {
            return Err(Error::SameOutput {
                place: place(),
                output: plan.output.name.clone(),
                first: who(other, first),
                second: who(unit, plan),
                template: plan.template.written.clone(),
            });
        }
    }
    Ok(())
}
