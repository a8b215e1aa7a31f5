//! Public member functions that have no declaration because Cython needs none, and what tells overloads apart.

use super::Draft;
use crate::diagnostics::Diagnostic;
use crate::ir::{Class, CxxFunction, CxxType, FunctionRole, Location, QualType, RefQualifier, Type};
use crate::write::declarator;
use rustc_hash::FxHashSet;

/// A line of a class, with what tells overloads apart.
pub(super) struct Line {
    pub text: String,
    /// Name and parameters of a function.
    pub signature: Option<String>,
    /// How C++ declares it, briefly, if it takes all the arguments that it can take.
    pub whole: Option<String>,
    pub is_const: bool,
}

/// Why a public member function has no declaration, though nothing is missing from what one can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needless {
    Deleted,
    Move,
    Abstract,
    Alike,
}

impl Needless {
    fn reason(self) -> &'static str {
        match self {
            Needless::Deleted => "deleted",
            Needless::Move => "values are moved by themselves",
            Needless::Abstract => "an abstract class makes no objects",
            Needless::Alike => "the same to Cython as another one",
        }
    }
}

pub(super) fn line(text: String) -> Line {
    Line { text, signature: None, whole: None, is_const: false }
}

impl Draft<'_> {
    /// Tells in one message which member functions have no declaration because Cython needs none.
    pub(super) fn note_needless(
        &mut self,
        class: &Class,
        qualified: &str,
        location: &Location,
        mut needless: Vec<(Needless, String)>,
    ) {
        needless.sort();
        needless.dedup();
        let groups: Vec<String> = needless
            .chunk_by(|one, other| one.0 == other.0)
            .map(|group| {
                let names: Vec<&str> = group.iter().map(|(_, name)| name.as_str()).collect();
                format!("`{}` ({})", names.join("`, `"), group[0].0.reason())
            })
            .collect();
        if !groups.is_empty() {
            let message =
                format!("{} `{qualified}` is declared without {}", class.class.keyword(), groups.join(", "));
            self.diagnostics.push(Diagnostic::note(message, Some(location.clone())));
        }
    }
}

/// Why Cython needs no declaration of a member function.
pub(super) fn needless_member(function: &CxxFunction, class: &Class) -> Option<Needless> {
    let is_constructor = function.role == FunctionRole::Constructor;
    let is_move = (is_constructor || function.operator() == Some("="))
        && matches!(&*function.ty.parameters, [parameter] if is_moved(&parameter.ty, class));
    if function.is_deleted {
        Some(Needless::Deleted)
    } else if is_move {
        Some(Needless::Move)
    } else if is_constructor && class.is_abstract {
        Some(Needless::Abstract)
    } else {
        None
    }
}

/// A member function as C++ declares it, without its result.
pub(super) fn brief(function: &CxxFunction) -> String {
    let types: Vec<String> =
        function.ty.parameters.iter().map(|parameter| declarator::spelling(&parameter.ty)).collect();
    let qualifier = if function.is_const { " const" } else { "" };
    let reference = match function.ref_qualifier {
        Some(RefQualifier::Lvalue) => " &",
        Some(RefQualifier::Rvalue) => " &&",
        None => "",
    };
    format!("{}({}){qualifier}{reference}", function.name, types.join(", "))
}

/// Of functions with equal parameters the one that is not `const`: C++ chooses by the object. What is left out
/// joins `needless`.
pub(super) fn distinct(lines: Vec<Line>, needless: &mut Vec<(Needless, String)>) -> Vec<String> {
    let mutable: FxHashSet<String> =
        lines.iter().filter(|line| !line.is_const).filter_map(|line| line.signature.clone()).collect();
    let mut seen = FxHashSet::default();
    let mut kept = Vec::new();
    for line in lines {
        let is_kept = match line.signature {
            Some(signature) => !(line.is_const && mutable.contains(&signature)) && seen.insert(signature),
            None => true,
        };
        if is_kept {
            kept.push(line.text);
        } else {
            needless.extend(line.whole.map(|whole| (Needless::Alike, whole)));
        }
    }
    kept
}

/// Whether a parameter takes the class itself by `&&`.
fn is_moved(ty: &QualType, class: &Class) -> bool {
    let Type::Cxx { ty } = &ty.ty else { return false };
    let CxxType::Reference { rvalue: true, to } = &**ty else { return false };
    let Type::Cxx { ty } = &to.ty else { return false };
    matches!(&**ty, CxxType::Named(named) if named.name.rsplit("::").next() == Some(&class.name))
}
