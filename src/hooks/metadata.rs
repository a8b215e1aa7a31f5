//! `prepare_metadata_for_build_*`: forwarded; without such a hook, taken from the built wheel.

use std::path::{Path, PathBuf};

use fs_err as fs;
use serde_json::Value;

use super::{Context, Error, wheel};

/// pyproject-hooks looks for a wheel beside the dist-info directory if this file says so, and we do,
/// so that a wheel that had to be built for its metadata is not built again.
const MARKER: &str = "PYPROJECT_HOOKS_ALREADY_BUILT_WHEEL";

pub(super) fn prepare(context: &mut Context, hook: &str, build_hook: &str) -> Result<Value, Error> {
    let directory = context.argument("metadata_directory")?;
    if let Some(name) = context.call(hook, &[directory.to_str()])? {
        return Ok(name);
    }
    let filename = wheel::build_into(context, build_hook, &directory, None)?;
    let path = directory.join(&filename);
    let dist_info = crate::wheel::extract_dist_info(&path, &directory)
        .map_err(|source| Error::Wheel { wheel: filename, source })?;
    let marker = directory.join(MARKER);
    fs::write(&marker, "").map_err(|source| Error::Io { what: marker.display().to_string(), source })?;
    Ok(dist_info.into())
}

/// The wheel that [`prepare`] built for this metadata directory, if it did.
pub(super) fn already_built(metadata_directory: Option<&Path>) -> Option<PathBuf> {
    let folder = metadata_directory?.parent()?;
    folder.join(MARKER).is_file().then_some(())?;
    let mut wheels = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheels.next().filter(|_| wheels.next().is_none())
}
