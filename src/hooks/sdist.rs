//! `build_sdist`: generate if possible, let the inner backend build, add what a build from it needs.

use serde_json::Value;

use super::{Context, Error};
use crate::sdist;

pub(super) fn build(context: &mut Context) -> Result<Value, Error> {
    let directory = context.argument("sdist_directory")?;
    let session = context.session()?;
    if let Some(session) = &session {
        context.generate(session, true)?;
    }
    let arguments = [("sdist_directory", directory.to_str())];
    let built =
        context.call("build_sdist", &arguments)?.ok_or_else(|| context.missing_hook("build_sdist"))?;
    if let Some(session) = &session {
        let name = built.as_str().unwrap_or_default();
        let files = session
            .source_files()
            .map_err(|source| Error::Io { what: "the files of the source distribution".into(), source })?;
        sdist::complete(&directory.join(name), &files)
            .map_err(|source| Error::Sdist { sdist: name.into(), source })?;
    }
    Ok(built)
}
