//! Two states of one function.

use super::super::declarations::{self, Signature};
use super::super::report::Breaks;
use super::class::{functions, is_copy};
use super::entity::{Described, qualifiers};
use super::{Comparer, Entity};
use crate::ir::{Access, CxxFunction, CxxItem, FunctionRole, QualType, TemplateParameterKind};
use crate::write::declarator::spelling;

impl Comparer<'_, '_> {
    /// What overloads differ in, names of types resolved; `side` is 0 for the old state.
    pub(super) fn signature(&self, entity: &Entity, side: usize) -> String {
        let CxxItem::Function(function) = &*entity.item else { return entity.written() };
        let own = entity.template.map_or(&[][..], |template| &template.parameters);
        let canonical = |ty: &QualType| spelling(&self.types.canonical_with(ty, side, own));
        let parameters = function.ty.parameters.iter().map(|parameter| {
            // Qualifiers of the parameter itself are the callee's business (C++ `[dcl.fct]`).
            let bare = self.types.canonical_with(&parameter.ty, side, own).ty;
            spelling(&bare.into())
        });
        let parameters: Vec<String> = parameters.collect();
        let kind = |kind: &TemplateParameterKind| match kind {
            TemplateParameterKind::Type => "typename".to_owned(),
            TemplateParameterKind::Value { ty } => canonical(ty),
            TemplateParameterKind::Template => "template".to_owned(),
        };
        let header: Vec<String> =
            own.iter().map(|parameter| format!("{}{}", kind(&parameter.kind), parameter.pack)).collect();
        // Templates may differ in nothing but the result.
        let has_result = entity.is_template() && !own.is_empty() || function.role == FunctionRole::Conversion;
        let result = if has_result { canonical(&function.ty.result) } else { String::new() };
        format!("<{}>({}) {} {result}", header.join(", "), parameters.join(", "), qualifiers(function))
    }

    pub(super) fn function(&mut self, both: [&Entity; 2], old: &CxxFunction, new: &CxxFunction) {
        let required = |one: &CxxFunction| {
            one.ty.parameters.len().saturating_sub(usize::try_from(one.defaults).unwrap_or(usize::MAX))
        };
        let (old_count, new_count) = (old.ty.parameters.len(), new.ty.parameters.len());
        let takes_old_calls = new_count > old_count && required(new) <= required(old);
        let mut signature = declarations::signature(self.types, &old.ty, &new.ty, takes_old_calls);
        qualifier_notes(&mut signature, old, new);
        let is_linked = |one: &CxxFunction| !one.inline && !one.is_pure;
        let in_library = is_linked(old) && is_linked(new) && !both[1].is_template();
        let other_symbol = in_library && old.symbol != new.symbol;
        if !signature.details.is_empty() {
            // The program holds the code itself.
            let by_program = both[1].is_template() || old.inline && !old.is_virtual;
            signature.breaks.abi = (signature.breaks.abi && !by_program) || other_symbol;
            self.report(both, "signature_changed", signature.breaks, signature.details.join("; "));
        }
        if old.noexcept != new.noexcept {
            let (breaks, detail) = match new.noexcept {
                true if new.is_virtual => (Breaks::API, "is noexcept now, as what overrides it has to be"),
                true => (Breaks::NOTHING, "is noexcept now"),
                false => (Breaks::API, "is not noexcept any more"),
            };
            self.report(both, "noexcept_changed", breaks, detail.into());
        }
        if old.is_final != new.is_final {
            let (breaks, detail) = match new.is_final {
                true => (Breaks::API, "is final now: nothing can override it"),
                false => (Breaks::NOTHING, "is not final any more"),
            };
            self.report(both, "final_changed", breaks, detail.into());
        }
        self.constexpr(both, old.constexpr, new.constexpr);
        if old_count == new_count && required(old) != required(new) {
            let (what, breaks) = match required(new) > required(old) {
                true => ("default_removed", Breaks::API),
                false => ("default_added", Breaks::NOTHING),
            };
            let detail = format!("needs {} arguments instead of {}", required(new), required(old));
            self.report(both, what, breaks, detail);
        }
        if let Some(detail) = declarations::renamed_parameters(&old.ty, &new.ty) {
            self.report(both, "parameter_renamed", Breaks::NOTHING, detail);
        }
        let (breaks, detail) = match (old.inline, new.inline) {
            _ if both[1].is_template() || old.is_deleted || new.is_deleted => return,
            (false, true) if old.is_pure => return,
            (false, true) => (Breaks::ABI, "has no symbol in the library any more: it is inline".to_owned()),
            (true, false) if new.is_pure => return,
            (true, false) => {
                (Breaks::NOTHING, "is not inline any more: the library has to define it".to_owned())
            }
            _ if other_symbol && signature.details.is_empty() => {
                let symbol = |one: &CxxFunction| one.symbol.clone().unwrap_or_default();
                (Breaks::ABI, format!("symbol `{}` is now `{}`", symbol(old), symbol(new)))
            }
            _ => return,
        };
        self.report(both, "linkage_changed", breaks, detail);
    }

    /// Whether the compiler declares the removed function by itself now.
    pub(super) fn is_implicit(&self, old: &Entity) -> bool {
        let (CxxItem::Function(function), Some([class, now])) = (&*old.item, self.classes) else {
            return false;
        };
        let constructs = |one: &CxxFunction| one.role == FunctionRole::Constructor;
        function.role == FunctionRole::Destructor
            || is_copy(class, function)
            || (constructs(function) && function.ty.parameters.is_empty() && !functions(now).any(constructs))
    }

    /// Why something new breaks sources, as the end of a sentence.
    pub(super) fn breaks_by_being_there(&self, new: &Entity) -> Option<&'static str> {
        let (CxxItem::Function(function), Described::Member { .. }) = (&*new.item, new.described) else {
            return None;
        };
        let [old, now] = self.classes?;
        let is_constructor = |one: &CxxFunction| one.role == FunctionRole::Constructor;
        let takes_nothing = |one: &CxxFunction| {
            usize::try_from(one.defaults).is_ok_and(|defaults| one.ty.parameters.len() <= defaults)
        };
        let is_special = function.role == FunctionRole::Destructor || is_copy(now, function);
        if function.is_pure {
            Some(", which what derives from the class has to define")
        } else if function.is_deleted {
            Some(", which forbids its use")
        } else if is_special && new.access != Access::Public {
            Some(", which takes the place of a public one")
        } else if is_constructor(function)
            && !functions(old).any(is_constructor)
            && !functions(now).any(|one| is_constructor(one) && takes_nothing(one))
            && !is_copy(now, function)
        {
            Some(", so that objects are not constructed without arguments any more")
        } else {
            None
        }
    }
}

fn qualifier_notes(signature: &mut Signature, old: &CxxFunction, new: &CxxFunction) {
    let mut note = |was: bool, is: bool, what: &str, gained: Breaks, lost: Breaks| match (was, is) {
        (false, true) => signature.note(format!("is {what} now"), gained),
        (true, false) => signature.note(format!("is not {what} any more"), lost),
        _ => {}
    };
    note(old.is_const, new.is_const, "const", Breaks::ABI, Breaks::ALL);
    note(old.is_volatile, new.is_volatile, "volatile", Breaks::ABI, Breaks::ALL);
    note(old.is_static, new.is_static, "static", Breaks::ABI, Breaks::ALL);
    note(old.is_deleted, new.is_deleted, "deleted", Breaks::ALL, Breaks::NOTHING);
    note(old.is_explicit, new.is_explicit, "explicit", Breaks::API, Breaks::NOTHING);
    note(old.is_virtual, new.is_virtual, "virtual", Breaks::ABI, Breaks::ALL);
    note(old.is_pure, new.is_pure, "pure", Breaks::API, Breaks::NOTHING);
    if old.ref_qualifier != new.ref_qualifier {
        signature.note("has another `&` or `&&` for its object".into(), Breaks::ALL);
    }
}
