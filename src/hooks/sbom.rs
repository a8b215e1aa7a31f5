//! What the bindings and modules of a wheel were made from.

use std::path::Path;

use super::modules::Modules;
use super::{Context, Error};
use crate::generate::{Report, Session};
use crate::roots::Roots;
use crate::wheel::Sbom;

/// What is to be said of a wheel; `None` if nothing in it is ours.
pub(super) fn of(
    context: &Context,
    generated: Option<(&Session, &Report)>,
    modules: &Modules,
) -> Result<Option<Sbom>, Error> {
    let has_bindings = generated.is_some_and(|(_, report)| !report.generated.is_empty());
    if !has_bindings && modules.is_empty() {
        return Ok(None);
    }
    let mut sbom = Sbom::default();
    sbom.tools.insert((env!("CARGO_PKG_NAME").into(), Some(env!("CARGO_PKG_VERSION").into())));
    if let Some((session, report)) = generated {
        let read = report.read.iter();
        sbom.headers =
            read.map(|(name, digest)| (below_root(name, &session.set.roots), digest.clone())).collect();
    }
    modules.describe(&mut sbom, context)?;
    Ok(Some(sbom))
}

/// The name of a header in the document: below the configured directory that holds it, where that is a machine's.
fn below_root(name: &str, roots: &Roots) -> String {
    let root = roots.root_of(name).filter(|root| Path::new(&root.written).has_root());
    let rest = root.and_then(|root| name.strip_prefix(&root.written)?.strip_prefix('/'));
    rest.map_or_else(|| shown(name), str::to_owned)
}

/// The name of a file in the document: where this machine has its files is left out.
pub(super) fn shown(name: &str) -> String {
    let path = Path::new(name);
    if !path.has_root() {
        return name.to_owned();
    }
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
