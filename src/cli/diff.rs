//! `diff`: what differs between two states of an interface.

use std::path::{Path, PathBuf};

use super::args::{Common, Diff, Generate};
use super::render;
use super::revision::Revision;
use super::{FAILED, Failure, settings};
use crate::generate;
use crate::ir::{Header, schema};
use crate::write::diff::{self, Format};

/// One side of the comparison.
struct State {
    name: String,
    headers: Vec<Header>,
}

pub(super) fn run(arguments: &Diff) -> Result<(), Failure> {
    let cwd = settings::cwd()?;
    let [old, new] = match (&arguments.since, arguments.inputs.as_slice()) {
        (Some(revision), headers) => since(arguments, revision, headers, &cwd)?,
        (None, [old, new]) => [state(arguments, old, &cwd)?, state(arguments, new, &cwd)?],
        (None, _) => {
            return Err(Failure::usage(
                "`diff` takes OLD and NEW, or `--since REVISION` and headers; see `headerkit-backend diff --help`",
            ));
        }
    };
    for (old, new) in old.headers.iter().zip(&new.headers) {
        if let Some(warning) = diff::other_target(old, new) {
            render::talk(render::finding(&warning).trim_end());
        }
    }
    let comparison = diff::compare([&old.name, &new.name], &old.headers, &new.headers);
    let format = Format::from_name(&arguments.format).unwrap_or_default();
    render::data(comparison.write(format).as_bytes())
        .map_err(|error| Failure::io("standard output", &error))?;
    if arguments.exit_code && comparison.is_breaking() { Err(Failure::silent()) } else { Ok(()) }
}

/// A revision and the working tree. A header that only one of them has is all new, or all gone.
fn since(arguments: &Diff, revision: &str, headers: &[String], cwd: &Path) -> Result<[State; 2], Failure> {
    let then = Revision::open(revision, cwd)?;
    let is_there =
        |folder: &Path, header: &str| header.contains(['*', '?', '[']) || folder.join(header).is_file();
    let present = |folder: &Path| -> Vec<String> {
        headers.iter().filter(|header| is_there(folder, header)).cloned().collect()
    };
    let [before, now] = [then.cwd(), cwd.to_owned()].map(|folder| present(&folder));
    if let Some(header) = headers.iter().find(|header| !before.contains(header) && !now.contains(header)) {
        return Err(Failure {
            text: format!("error: neither `{revision}` nor the working tree has `{header}`\n"),
            status: FAILED,
        });
    }
    for header in headers.iter().filter(|header| !before.contains(header)) {
        render::talk(&format!("note: `{revision}` has no `{header}`"));
    }
    let names = match headers {
        [header] => [format!("{revision}:{header}"), header.clone()],
        _ => [revision.to_owned(), "working tree".to_owned()],
    };
    let [old_name, new_name] = names;
    let nothing = |present: &[String]| present.is_empty() && !headers.is_empty();
    let old =
        if nothing(&before) { Vec::new() } else { of_revision(arguments, revision, &then, &before, cwd)? };
    let new = if nothing(&now) { Vec::new() } else { parsed(arguments, &arguments.common, &now, cwd)? };
    Ok([State { name: old_name, headers: old }, State { name: new_name, headers: new }])
}

/// What an argument names: an IR document, an entry of the store, a header of a revision, a header.
fn state(arguments: &Diff, text: &str, cwd: &Path) -> Result<State, Failure> {
    let path = cwd.join(text);
    let headers = if let Some(document) = document(arguments, text, &path, cwd)? {
        vec![read(&document)?]
    } else if let (false, Some((revision, header))) = (path.exists(), split(text)) {
        let then = Revision::open(revision, cwd)?;
        // As in git: from the top of the repository, unless it starts with a dot.
        let header = match header.strip_prefix("./") {
            Some(below) => then.cwd().join(below),
            None => then.root().join(header),
        };
        if !header.is_file() {
            let text = format!(
                "error: there is no file `{text}`\nhint: paths start at the top of the repository; write \
                 `{revision}:./PATH` for one from here\n"
            );
            return Err(Failure { text, status: FAILED });
        }
        of_revision(arguments, revision, &then, &[settings::utf8(&header)?.to_owned()], cwd)?
    } else {
        parsed(arguments, &arguments.common, &[text.to_owned()], cwd)?
    };
    Ok(State { name: text.to_owned(), headers })
}

/// The IR document that an argument means: a file named `*.json`, or an entry of the store by path or slug.
fn document(arguments: &Diff, text: &str, path: &Path, cwd: &Path) -> Result<Option<PathBuf>, Failure> {
    if path.extension().is_some_and(|extension| extension == "json") && path.is_file() {
        return Ok(Some(path.to_owned()));
    }
    if path.join("ir.json").is_file() {
        return Ok(Some(path.join("ir.json")));
    }
    if path.exists() || text.contains(['/', '\\', ':']) {
        return Ok(None);
    }
    let stores = generate::stores(&settings::load(&arguments.common, cwd)?, cwd)?;
    let entries = stores.iter().map(|store| store.join("ir").join(text).join("ir.json"));
    Ok(entries.into_iter().find(|entry| entry.is_file()))
}

fn read(path: &Path) -> Result<Header, Failure> {
    let bytes = fs_err::read(path).map_err(|error| Failure::io("cannot read the IR", &error))?;
    schema::from_json(&bytes).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Failure {
            text: format!(
                "error: `{}`: {error}{cause}\nhint: `headerkit-backend HEADER -w json` and `inspect ir` write such \
                 documents\n",
                path.display()
            ),
            status: FAILED,
        }
    })
}

/// `REVISION:PATH`; a drive letter is no revision.
fn split(text: &str) -> Option<(&str, &str)> {
    let (revision, path) = text.split_once(':')?;
    let is_drive = revision.len() == 1 && revision.chars().all(|c| c.is_ascii_alphabetic());
    (!revision.is_empty() && !path.is_empty() && !is_drive).then_some((revision, path))
}

/// Headers of a revision, read with the configuration of that time; where it has none, with that of now.
fn of_revision(
    arguments: &Diff,
    revision: &str,
    then: &Revision,
    headers: &[String],
    cwd: &Path,
) -> Result<Vec<Header>, Failure> {
    let cwd_then = then.cwd();
    fs_err::create_dir_all(&cwd_then).map_err(|error| Failure::io("a temporary directory", &error))?;
    let named = |failure: Failure| Failure { text: format!("in `{revision}`:\n{}", failure.text), ..failure };
    let now = settings::load(&arguments.common, cwd)?;
    let mut common = arguments.common.clone();
    if let Some(file) = &now.file {
        // The same place in the tree of then.
        let place = same_place(file, cwd, then);
        let configured = !place.is_file() && common.config.is_some()
            || common.config.is_none()
                && settings::load(&common, &cwd_then).map_err(|error| named(error.into()))?.file.is_none();
        if configured {
            copy(file, &place).map_err(|error| Failure::io("a temporary directory", &error))?;
        }
        if common.config.is_some() {
            common.config = Some(place);
        }
    }
    parsed(arguments, &common, headers, &cwd_then).map_err(named)
}

/// Where a file of the working tree lies in the tree of a revision; one from elsewhere, in its top.
fn same_place(file: &Path, cwd: &Path, then: &Revision) -> PathBuf {
    let depth = then.cwd().components().count() - then.root().components().count();
    let relative = cwd.ancestors().nth(depth).and_then(|top| file.strip_prefix(top).ok());
    then.root().join(relative.unwrap_or_else(|| Path::new(file.file_name().unwrap_or_default())))
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    to.parent().map_or(Ok(()), fs_err::create_dir_all)?;
    fs_err::copy(from, to).map(drop)
}

fn parsed(arguments: &Diff, common: &Common, headers: &[String], cwd: &Path) -> Result<Vec<Header>, Failure> {
    let generate = Generate {
        headers: headers.to_vec(),
        reading: arguments.reading.clone(),
        target: arguments.target.clone(),
        // Any writer: only the IR is wanted, and the defaults of some need settings.
        writers: vec!["json".into()],
        common: common.clone(),
        ..Generate::default()
    };
    let session = settings::session(&generate, cwd)?;
    if session.set.units.is_empty() {
        return Err(Failure::usage("no headers are given, and none are configured"));
    }
    let read = |ir: Vec<u8>| {
        schema::from_json(&ir).map_err(|error| Failure { text: format!("error: {error}\n"), status: FAILED })
    };
    session.ir()?.into_iter().map(read).collect()
}
