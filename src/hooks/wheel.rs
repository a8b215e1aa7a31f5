//! `build_wheel` and `build_editable`: generate, let the inner backend build, complete the wheel.

use std::collections::BTreeMap;
use std::path::Path;

use fs_err as fs;
use serde_json::Value;

use super::modules::{self, Modules};
use super::{Context, Error, metadata, sbom};
use crate::config::WheelTag;
use crate::fsutil;
use crate::generate::{Generated, Report, Session};
use crate::wheel::{self, Additions, Nearest, Placement, Places, Retag, Sbom, WheelArchive};

pub(super) fn build(context: &mut Context, hook: &str) -> Result<Value, Error> {
    let directory = context.argument("wheel_directory")?;
    let prepared = context.argument("metadata_directory").ok();
    if let Some(built) = metadata::already_built(prepared.as_deref()) {
        let name = built.file_name().unwrap_or_default();
        fs::copy(&built, directory.join(name))
            .map_err(|source| Error::Io { what: built.display().to_string(), source })?;
        return Ok(name.to_string_lossy().into());
    }
    build_into(context, hook, &directory, prepared.as_deref()).map(Value::from)
}

/// Builds a finished wheel or editable wheel; returns its file name.
pub(super) fn build_into(
    context: &mut Context,
    hook: &str,
    directory: &Path,
    prepared: Option<&Path>,
) -> Result<String, Error> {
    let session = context.session()?;
    let report = match &session {
        Some(session) => Some(context.generate(session, false)?),
        None => None,
    };
    let generated = session.as_ref().zip(report.as_ref());
    let modules = modules::build(context, generated)?;
    if hook == "build_editable" {
        modules.put_in_place(context)?;
    }
    let directories = [directory.to_str(), prepared.and_then(Path::to_str)];
    let built = context.call(hook, &directories)?.ok_or_else(|| context.missing_hook(hook))?;
    let filename = built.as_str().unwrap_or_default().to_owned();
    // An editable install reads outputs and modules from the source tree, where they have just been written.
    if hook != "build_wheel" || (session.is_none() && modules.is_empty()) {
        return Ok(filename);
    }
    let path = directory.join(&filename);
    // A wheel without its bindings or modules must not pass for a finished one.
    complete(context, generated, &modules, &path).inspect_err(|_| drop(fs::remove_file(&path)))
}

/// Adds what is missing and sets the tag; returns the final file name.
fn complete(
    context: &mut Context,
    generated: Option<(&Session, &Report)>,
    modules: &Modules,
    path: &Path,
) -> Result<String, Error> {
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let failed = |source| Error::Wheel { wheel: name(path), source };
    let archive = wheel::read(path).map_err(failed)?;
    let project = context.config.project.clone();
    let outputs =
        generated.iter().flat_map(|(_, report)| &report.generated).map(|output| output.name.as_str());
    let places = Places::new(&archive, &project, outputs);
    let mut files = BTreeMap::new();
    let mut remove = vec![format!("{}/", crate::generate::DEFAULT_STORE)];
    remove.extend(archive.members().keys().filter(|name| fsutil::is_temporary(name)).cloned());
    let mut retag = modules.tag(context)?;
    let built = modules.files(&archive)?;
    remove.extend(Modules::left_over(&archive, &built));
    let foreign = context.foreign()?;
    let compiled = match &foreign {
        Some(target) => modules::of_inner(&archive, &remove, target)?,
        None => false,
    };
    if let Some((session, report)) = generated {
        files = additions(context, report, modules, (&archive, &places), &mut remove)?;
        let platform = |platform| Retag { platform, abi: None };
        retag = match retag {
            None => platform_tag(context, session, &archive, foreign.map(|_| compiled)).map(platform),
            tag => tag,
        };
    }
    files.extend(built);
    remove.extend(modules.shipped_sources(&places));
    let mut dist_info = BTreeMap::new();
    dist_info.extend(modules.top_level(&archive));
    if context.config.wheel.sbom
        && let Some(sbom) = sbom::of(context, generated, modules)?
    {
        dist_info.insert(Sbom::PATH.to_owned(), sbom.document(archive.filename()));
    }
    Ok(name(&wheel::rewrite(path, &Additions { files, dist_info, retag, remove }).map_err(failed)?))
}

/// What the inner backend left out, by path in the wheel. What it packed and nobody needs goes to `remove`.
fn additions(
    context: &mut Context,
    report: &Report,
    modules: &Modules,
    (archive, places): (&WheelArchive, &Places),
    remove: &mut Vec<String>,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let explicit = context.config.wheel.files.clone();
    // An empty place is none.
    let is_kept_out = |name: &str| explicit.get(name).is_some_and(|place| place.written.is_empty());
    let mut files = BTreeMap::new();
    for output in &report.generated {
        let placement = places.of(&output.name, &output.text);
        let module = report.generated.iter().find(|module| output.is_stub_of(module));
        if is_kept_out(&output.name) || module.is_some_and(|module| is_kept_out(&module.name)) {
            if let Placement::InWheel(path) = placement {
                remove.push(path);
            }
            continue;
        }
        if explicit.contains_key(&output.name) {
            // What the inner backend has packed may be another target's.
            if let Placement::InWheel(path) | Placement::Add(path) = placement
                && archive.members().contains_key(&path)
            {
                files.insert(path, output.text.clone());
            }
            continue;
        }
        // A stub lies beside its module.
        let place = module.and_then(|module| explicit.get(&module.name));
        if let Some(place) = place.filter(|place| place.written.ends_with(".py")) {
            files.insert(format!("{}i", context.config.expand(place)?), output.text.clone());
            continue;
        }
        // The text that a module was made from is in the wheel only if a path was chosen for it.
        if modules.contain(output) && !context.config.outputs.contains_key(&output.writer) {
            if let Placement::InWheel(path) = placement {
                remove.push(path);
            }
            continue;
        }
        match placement {
            // Even what the inner backend has packed goes through our hands: whether it did so may depend on
            // version control, and the wheel's bytes must not.
            Placement::InWheel(path) | Placement::Add(path) => {
                files.insert(path, output.text.clone());
            }
            Placement::Nowhere | Placement::Unclear(_) if modules.contain(output) || module.is_some() => {}
            Placement::Unclear(likely) => {
                return Err(Error::unplaced(output, likely, places.nearest(&output.name)));
            }
            Placement::Nowhere => {
                context.messages.warnings.push(not_shipped(output, places.nearest(&output.name)));
            }
        }
    }
    for (file, place) in explicit.iter().filter(|(file, _)| !is_kept_out(file)) {
        let content = match report.generated.iter().find(|output| output.name == *file) {
            Some(output) => output.text.clone(),
            None => fs::read(context.config.project.join(file))
                .map_err(|source| Error::WheelFile { file: file.clone(), source })?,
        };
        let place = context.config.expand(place)?;
        if archive.members().contains_key(&place) && !files.contains_key(&place) {
            context.messages.warnings.push(format!(
                "headerkit: `{place}` of the wheel is replaced by `{file}`, as [tool.headerkit.wheel] files says"
            ));
        }
        files.insert(place, content);
    }
    Ok(files)
}

/// What is said of an output that lies in no directory that the wheel ships.
fn not_shipped(Generated { name, writer, .. }: &Generated, nearest: Option<Nearest>) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    let source = nearest.as_ref().map_or("...", |nearest| nearest.source.as_deref().unwrap_or("..."));
    let package = nearest.as_ref().map_or("package", |nearest| &nearest.shipped);
    let near = nearest.as_ref().map(|nearest| format!(" (the nearest that it ships is {nearest})"));
    format!(
        "headerkit: output `{name}` is in no directory that the wheel ships{}, so it is not in the wheel; set its path into a \
         package: [tool.headerkit.output] {writer} = \"{source}/{file}\", or place it: [tool.headerkit.wheel] files = \
         {{\"{name}\" = \"{package}/{file}\"}}",
        near.unwrap_or_default(),
    )
}

/// The platform tag that replaces `any`, where bindings are true for one target only, and that of this machine in a
/// `foreign` wheel: one for another target, which has modules of the inner backend or has not.
fn platform_tag(
    context: &mut Context,
    session: &Session,
    archive: &WheelArchive,
    foreign: Option<bool>,
) -> Option<String> {
    let tags = archive.tags();
    let keep = match context.config.wheel.tag {
        WheelTag::Inner => true,
        _ if !tags.is_any() => foreign.is_none_or(|has_modules| has_modules && tags.is_for(&session.target)),
        WheelTag::Auto => session.is_universal(),
        WheelTag::Platform => false,
    };
    if keep {
        return None;
    }
    let tag = match foreign {
        // What they need of a system is known to whoever has compiled them.
        Some(true) => wheel::compiled_platform_tag(&session.target, None, None, false),
        _ => wheel::platform_tag(&session.target),
    };
    if tag.is_none() {
        context.messages.warnings.push(format!(
            "headerkit: the wheel keeps the tag `{}` although its bindings are true for {} only, because no \
             platform tag is known for that target",
            archive.tags().platform.join("."),
            session.target
        ));
    }
    tag
}
