//! What the bindings and modules of a wheel were made from.

use std::path::Path;

use super::modules::Modules;
use super::{Context, Error};
use crate::generate::Report;
use crate::wheel::Sbom;

/// What is to be said of a wheel; `None` if nothing in it is ours.
pub(super) fn of(
    context: &Context,
    report: Option<&Report>,
    modules: &Modules,
) -> Result<Option<Sbom>, Error> {
    let has_bindings = report.is_some_and(|report| !report.generated.is_empty());
    if !has_bindings && modules.is_empty() {
        return Ok(None);
    }
    let mut sbom = Sbom::default();
    sbom.tools.insert((env!("CARGO_PKG_NAME").into(), Some(env!("CARGO_PKG_VERSION").into())));
    let read = report.iter().flat_map(|report| &report.read);
    sbom.headers = read.map(|(name, digest)| (shown(name), digest.clone())).collect();
    modules.describe(&mut sbom, context)?;
    Ok(Some(sbom))
}

/// The name of a file in the document: where this machine has its files is left out.
pub(super) fn shown(name: &str) -> String {
    let path = Path::new(name);
    if !path.has_root() {
        return name.to_owned();
    }
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
