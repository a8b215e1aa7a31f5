//! Template headers.

use super::super::report::Breaks;
use crate::ir::{Template, TemplateParameter, TemplateParameterKind};

/// What differs between two headers, and what that breaks. Names of parameters mean nothing.
pub(super) fn difference(old: Option<&Template>, new: Option<&Template>) -> Option<(Breaks, String)> {
    let (old, new) = (parameters(old), parameters(new));
    if old.is_empty() != new.is_empty() {
        let detail = if old.is_empty() { "is a template now" } else { "is no template any more" };
        return Some((Breaks::ALL, detail.into()));
    }
    if old.iter().zip(new).any(|(old, new)| !same(old, new)) {
        return Some((Breaks::ALL, "has other template parameters".into()));
    }
    if old.len() != new.len() {
        let detail = format!("has {} template parameters instead of {}", new.len(), old.len());
        let optional = new.get(old.len()..).unwrap_or_default();
        let is_optional = !optional.is_empty() && optional.iter().all(|one| one.default || one.pack);
        return Some((if is_optional { Breaks::ABI } else { Breaks::ALL }, detail));
    }
    let lost = old.iter().zip(new).any(|(old, new)| old.default && !new.default);
    lost.then(|| (Breaks::API, "a template parameter has no default any more".into()))
}

fn parameters(template: Option<&Template>) -> &[TemplateParameter] {
    template.map_or(&[], |template| &template.parameters)
}

fn same(old: &TemplateParameter, new: &TemplateParameter) -> bool {
    use TemplateParameterKind::Value;
    let same_kind = match (&old.kind, &new.kind) {
        (Value { ty: old }, Value { ty: new }) => old == new,
        (old, new) => std::mem::discriminant(old) == std::mem::discriminant(new),
    };
    same_kind && old.pack == new.pack
}
