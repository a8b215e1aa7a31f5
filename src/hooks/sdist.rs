//! `build_sdist`: generate if possible, let the inner backend build, add what a build from it needs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Context, Error};
use crate::compile::Extension;
use crate::sdist;

pub(super) fn build(context: &mut Context) -> Result<Value, Error> {
    let directory = context.argument("sdist_directory")?;
    let session = context.session()?;
    if let Some(session) = &session {
        context.generate(session, true)?;
    }
    let built = context.call("build_sdist", &[directory.to_str()])?;
    let built = built.ok_or_else(|| context.missing_hook("build_sdist"))?;
    let extensions = Extension::all(&context.config, None)?;
    if session.is_some() || !extensions.is_empty() {
        let name = built.as_str().unwrap_or_default();
        let failed = |source| Error::Io { what: "the files of the source distribution".into(), source };
        let mut files = match &session {
            Some(session) => session.source_files().map_err(failed)?,
            None => BTreeMap::new(),
        };
        for extension in &extensions {
            for name in extension.outside_sources() {
                context.messages.warnings.push(format!(
                    "headerkit: the source distribution cannot be built: `{name}` of the extension `{}` lies outside the \
                     project, and is not in it",
                    extension.name
                ));
            }
            for name in extension.source_files(&context.config)? {
                let content = fs_err::read(context.config.project.join(&name)).map_err(failed)?;
                files.insert(name, content);
            }
        }
        sdist::complete(&directory.join(name), &files)
            .map_err(|source| Error::Sdist { sdist: name.into(), source })?;
    }
    Ok(built)
}
