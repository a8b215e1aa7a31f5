//! Are two uses of a type the same, and if not, who notices?

use super::index::{Side, Space, typedef_name};
use super::records::members;
use super::report::Breaks;
use crate::ir::{
    CxxType, FunctionType, QualType, Record, Template, TemplateArgument, TemplateParameter, Type,
};

/// How much two types differ, least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Not at all.
    Same,
    /// In their names only.
    Alias,
    /// What used the old one may use the new one.
    Compatible,
    /// Sources may have to change; values look the same.
    Source,
    /// Values look different.
    Binary,
}

impl Verdict {
    pub(super) fn breaks(self) -> Breaks {
        match self {
            Verdict::Same | Verdict::Alias | Verdict::Compatible => Breaks::NOTHING,
            Verdict::Source => Breaks::API,
            Verdict::Binary => Breaks::ALL,
        }
    }

    fn binary_if(different: bool) -> Self {
        if different { Verdict::Binary } else { Verdict::Same }
    }
}

/// Where a type stands: what its qualifiers mean there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A parameter; its own qualifiers are the callee's business.
    Parameter,
    /// A result; its own qualifiers mean nothing.
    Result,
    /// A parameter or result of a callback.
    Callback,
    /// A field, a variable or a typedef.
    Value,
    /// What a parameter points to.
    BehindParameter,
    /// What a result points to.
    BehindResult,
    /// Behind any other pointer.
    Behind,
}

impl Place {
    fn pointee(self) -> Place {
        match self {
            Place::Parameter => Place::BehindParameter,
            Place::Result => Place::BehindResult,
            _ => Place::Behind,
        }
    }

    /// What becoming `const` or `volatile` (`gained`), or ceasing to be so (`lost`), means here.
    fn qualifiers(self, gained: bool, lost: bool) -> Verdict {
        match (self, gained, lost) {
            (_, false, false) | (Place::Parameter | Place::Result | Place::Callback, ..) => Verdict::Same,
            (Place::BehindParameter, true, false) | (Place::BehindResult | Place::Value, false, true) => {
                Verdict::Compatible
            }
            _ => Verdict::Source,
        }
    }
}

/// Compares types of two states.
pub(super) struct Types<'a> {
    pub old: &'a Side<'a>,
    pub new: &'a Side<'a>,
    /// Records that are being compared: meeting them again ends the recursion.
    open: Vec<(Record, Record)>,
    /// The parameters of the templates around, outermost first, in both states.
    parameters: [Vec<Option<String>>; 2],
    /// How many parameters each of these templates has.
    depths: Vec<[usize; 2]>,
}

impl<'a> Types<'a> {
    pub(super) fn new(old: &'a Side<'a>, new: &'a Side<'a>) -> Self {
        Types { old, new, open: Vec::new(), parameters: Default::default(), depths: Vec::new() }
    }

    /// Goes into what may be a template.
    pub(super) fn enter(&mut self, old: Option<&Template>, new: Option<&Template>) {
        self.depths.push([self.parameters[0].len(), self.parameters[1].len()]);
        for (names, template) in self.parameters.iter_mut().zip([old, new]) {
            let parameters = template.map_or(&[][..], |template| &template.parameters);
            names.extend(parameters.iter().map(|parameter| parameter.name.clone()));
        }
    }

    /// Leaves what [`Types::enter`] went into.
    pub(super) fn leave(&mut self) {
        let Some(depths) = self.depths.pop() else { return };
        for (names, depth) in self.parameters.iter_mut().zip(depths) {
            names.truncate(depth);
        }
    }

    /// The type with all typedefs resolved and template parameters numbered; `side` is 0 for the old state.
    pub(super) fn canonical(&self, ty: &QualType, side: usize) -> QualType {
        self.canonical_with(ty, side, &[])
    }

    /// The same in a template of these parameters.
    pub(super) fn canonical_with(&self, ty: &QualType, side: usize, own: &[TemplateParameter]) -> QualType {
        let states = if side == 0 { self.old } else { self.new };
        let outer = self.parameters[side].iter().map(Option::as_deref);
        let parameters: Vec<Option<&str>> =
            outer.chain(own.iter().map(|parameter| parameter.name.as_deref())).collect();
        canonical(ty, states, &parameters)
    }

    fn position(&self, side: usize, name: &str) -> Option<usize> {
        self.parameters[side].iter().rposition(|known| known.as_deref() == Some(name))
    }

    fn cxx(&mut self, old: &CxxType, new: &CxxType, place: Place) -> Verdict {
        use CxxType::*;
        match (old, new) {
            (Reference { to: old, rvalue: a }, Reference { to: new, rvalue: b }) => {
                let other = if a == b { Verdict::Same } else { Verdict::Source };
                other.max(self.compare(old, new, place.pointee()))
            }
            (MemberPointer { class: a, to: old }, MemberPointer { class: b, to: new }) => {
                self.compare(a, b, Place::Behind).max(self.compare(old, new, Place::Behind))
            }
            (NullPtr, NullPtr) => Verdict::Same,
            (Parameter { name: a }, Parameter { name: b }) => {
                match (self.position(0, a), self.position(1, b)) {
                    (None, None) => Verdict::binary_if(a != b),
                    (old, new) => Verdict::binary_if(old != new),
                }
            }
            (Named(old), Named(new)) => {
                let within = match (&old.within, &new.within) {
                    (Some(old), Some(new)) => self.compare(old, new, Place::Value),
                    (None, None) => Verdict::Same,
                    _ => Verdict::Binary,
                };
                let differ = old.name != new.name
                    || old.arguments.len() != new.arguments.len()
                    || old.external && new.external && old.layout != new.layout
                    || within > Verdict::Alias;
                let mut pairs = old.arguments.iter().zip(&new.arguments);
                let other = pairs.any(|pair| match pair {
                    (TemplateArgument::Type(old), TemplateArgument::Type(new)) => {
                        self.compare(old, new, Place::Callback) > Verdict::Alias
                            || old.is_const != new.is_const
                    }
                    (old, new) => old != new,
                });
                Verdict::binary_if(differ || other)
            }
            _ => Verdict::Binary,
        }
    }

    /// Whether a name is declared in both states, and in the interface of one: then it has changes of its own.
    fn is_compared(&self, space: Space, name: &str) -> bool {
        match (self.old.find((space, name)), self.new.find((space, name))) {
            (Some(old), Some(new)) => old.bound || new.bound,
            _ => false,
        }
    }

    /// Whether a name of the old state has become another one: the new state lacks the one, the old the other.
    fn is_renamed(&self, space: Space, old: &str, new: &str) -> bool {
        self.new.find((space, old)).is_none() && self.old.find((space, new)).is_none()
    }

    pub(super) fn compare(&mut self, old: &QualType, new: &QualType, place: Place) -> Verdict {
        let (old_name, new_name) = (typedef_name(&old.ty), typedef_name(&new.ty));
        let same_name = old_name == new_name;
        if let (true, Some(name)) = (same_name, old_name)
            && (self.is_compared(Space::Typedef, name)
                || self.old.is_cxx_typedef(name) && self.new.is_cxx_typedef(name))
        {
            return qualifiers(old, new, place);
        }
        let renamed = !same_name;
        let (old, new) = (self.old.resolve(old), self.new.resolve(new));
        let verdict = qualifiers(&old, &new, place).max(self.unqualified(&old.ty, &new.ty, place));
        if renamed { verdict.max(Verdict::Alias) } else { verdict }
    }

    fn unqualified(&mut self, old: &Type, new: &Type, place: Place) -> Verdict {
        use Type::*;
        match (old, new) {
            (Void, Void) | (Bool, Bool) => Verdict::Same,
            (Pointer { to: old }, Pointer { to: new }) => match (&old.ty, &new.ty) {
                (Void, Void) => qualifiers(old, new, place.pointee()),
                // C converts to and from `void *`, C++ and bindings do not.
                (Void, _) | (_, Void) => Verdict::Source,
                _ => self.compare(old, new, place.pointee()),
            },
            (Array { of: old, length: a }, Array { of: new, length: b }) => {
                Verdict::binary_if(a != b).max(self.compare(old, new, place))
            }
            (Vector { of: old, length: a, .. }, Vector { of: new, length: b, .. }) => {
                Verdict::binary_if(a != b).max(self.compare(old, new, place))
            }
            (Atomic { of: old }, Atomic { of: new }) => self.compare(old, new, place),
            (Function(old), Function(new)) => self.callback(old, new),
            (Record { record: a, name: old }, Record { record: b, name: new }) => {
                if a == b && old == new && self.is_compared((*a).into(), old) {
                    return Verdict::Same;
                }
                let renamed = old != new;
                let verdict = match (self.old.record(*a, old), self.new.record(*b, new)) {
                    _ if a != b => Verdict::Binary,
                    (Some(old), Some(new)) => self.records(old, new),
                    _ => Verdict::Same,
                };
                match renamed {
                    false => verdict,
                    true if self.is_renamed((*a).into(), old, new) => verdict.max(Verdict::Alias),
                    true => verdict.max(Verdict::Source),
                }
            }
            (InlineRecord { definition: old }, InlineRecord { definition: new }) => self.records(old, new),
            (InlineRecord { definition: old }, Record { record, name }) => {
                match self.new.record(*record, name) {
                    Some(new) => self.records(old, new).max(Verdict::Alias),
                    None => Verdict::Source,
                }
            }
            (Record { record, name }, InlineRecord { definition: new }) => {
                match self.old.record(*record, name) {
                    Some(old) => self.records(old, new).max(Verdict::Alias),
                    None => Verdict::Source,
                }
            }
            (Enum { name: old }, Enum { name: new }) if old == new && self.is_compared(Space::Enum, old) => {
                Verdict::Same
            }
            (Enum { name: a }, Enum { name: b }) => {
                let verdict = self.scalars(old, new);
                match a == b {
                    true => verdict,
                    false if self.is_renamed(Space::Enum, a, b) => verdict.max(Verdict::Alias),
                    false => verdict.max(Verdict::Source),
                }
            }
            // An unnamed enum that gets or loses its tag; the constants are compared by name.
            (Enum { .. } | InlineEnum { .. }, Enum { .. } | InlineEnum { .. }) => self.scalars(old, new),
            (Int { int: a, .. }, Int { int: b, .. }) if a == b => self.scalars(old, new),
            (Float { float: a, size: old }, Float { float: b, size: new })
            | (Complex { float: a, size: old }, Complex { float: b, size: new }) => {
                let other = if a == b { Verdict::Same } else { Verdict::Source };
                Verdict::binary_if(old != new).max(other)
            }
            (VaList { layout: old }, VaList { layout: new }) => Verdict::binary_if(old != new),
            (Opaque { spelling: a, layout: old }, Opaque { spelling: b, layout: new }) => {
                Verdict::binary_if(old != new || a != b)
            }
            (Cxx { ty: old }, Cxx { ty: new }) => self.cxx(old, new, place),
            (Pointer { .. }, Cxx { ty }) | (Cxx { ty }, Pointer { .. })
                if matches!(**ty, CxxType::Reference { .. }) =>
            {
                Verdict::Source
            }
            // A struct that has become a class, or the other way round.
            (old, new) if tag(old).is_some() && tag(old) == tag(new) => Verdict::Same,
            _ => self.scalars(old, new).max(Verdict::Source),
        }
    }

    /// Integers and enums, which are alike if their sizes are; anything else is not.
    fn scalars(&self, old: &Type, new: &Type) -> Verdict {
        let size = |ty: &Type, side: &Side| match ty {
            Type::Bool => Some(1),
            Type::Int { size, .. } => Some(*size),
            Type::InlineEnum { definition } => Some(definition.size),
            Type::Enum { name } => side.enumeration(name).map(|definition| definition.size),
            _ => None,
        };
        match (size(old, self.old), size(new, self.new)) {
            (Some(old), Some(new)) => Verdict::binary_if(old != new),
            _ => Verdict::Binary,
        }
    }

    fn callback(&mut self, old: &FunctionType, new: &FunctionType) -> Verdict {
        if old.unprototyped || new.unprototyped {
            let same = old.unprototyped == new.unprototyped;
            let result = self.compare(&old.result, &new.result, Place::Callback);
            return if same { result } else { result.max(Verdict::Source) };
        }
        let different = old.parameters.len() != new.parameters.len()
            || old.variadic != new.variadic
            || old.call_conv != new.call_conv;
        let pairs = old.parameters.iter().zip(&new.parameters);
        let parameters = pairs.map(|(old, new)| self.compare(&old.ty, &new.ty, Place::Callback)).max();
        self.compare(&old.result, &new.result, Place::Callback)
            .max(parameters.unwrap_or(Verdict::Same))
            .max(Verdict::binary_if(different))
    }

    /// Whether two definitions say the same; an incomplete one says nothing.
    fn records(&mut self, old: &Record, new: &Record) -> Verdict {
        let (Some(old_layout), Some(new_layout)) = (old.layout, new.layout) else { return Verdict::Same };
        if old.record != new.record || old_layout != new_layout {
            return Verdict::Binary;
        }
        if self.open.iter().any(|(a, b)| a == old && b == new) {
            return Verdict::Same;
        }
        self.open.push((old.clone(), new.clone()));
        let (old, new) = (members(old), members(new));
        let mut verdict = Verdict::binary_if(old.len() != new.len());
        for (old, new) in old.iter().zip(&new) {
            if old.offset_bits != new.offset_bits || old.field.bit_width != new.field.bit_width {
                verdict = Verdict::Binary;
            } else if old.name != new.name {
                verdict = verdict.max(Verdict::Source);
            }
            verdict = verdict.max(self.compare(&old.field.ty, &new.field.ty, Place::Value));
        }
        self.open.pop();
        verdict
    }
}

/// The name of a record or enum of C or C++ that is no instance of a template.
fn tag(ty: &Type) -> Option<&str> {
    match ty {
        Type::Record { name, .. } | Type::Enum { name } => Some(name),
        Type::Cxx { ty } => match &**ty {
            CxxType::Named(named) if named.arguments.is_empty() && named.within.is_none() => {
                Some(&named.name)
            }
            _ => None,
        },
        _ => None,
    }
}

fn canonical(ty: &QualType, side: &Side, parameters: &[Option<&str>]) -> QualType {
    let again = |ty: &QualType| canonical(ty, side, parameters);
    let boxed = |ty: &QualType| Box::new(again(ty));
    let mut resolved = side.resolve(ty);
    resolved.is_restrict = false;
    if let Some(name) = tag(&resolved.ty) {
        resolved.ty = Type::Typedef { name: name.to_owned() };
        return resolved;
    }
    resolved.ty = match &resolved.ty {
        Type::Pointer { to } => Type::Pointer { to: boxed(to) },
        Type::Array { of, length } => Type::Array { of: boxed(of), length: *length },
        Type::Atomic { of } => Type::Atomic { of: boxed(of) },
        Type::Function(function) => {
            let mut function = function.clone();
            function.result = boxed(&function.result);
            for parameter in &mut function.parameters {
                parameter.name = None;
                parameter.ty = again(&parameter.ty).ty.into();
            }
            Type::Function(function)
        }
        Type::Cxx { ty } => Type::Cxx {
            ty: Box::new(match &**ty {
                CxxType::Reference { to, rvalue } => CxxType::Reference { to: again(to), rvalue: *rvalue },
                CxxType::MemberPointer { class, to } => {
                    CxxType::MemberPointer { class: again(class), to: again(to) }
                }
                CxxType::Named(named) => {
                    let mut named = named.clone();
                    named.within = named.within.as_ref().map(again);
                    for argument in &mut named.arguments {
                        if let TemplateArgument::Type(ty) = argument {
                            *ty = again(ty);
                        }
                    }
                    CxxType::Named(named)
                }
                CxxType::Parameter { name } => {
                    match parameters.iter().rposition(|known| *known == Some(name)) {
                        Some(position) => CxxType::Parameter { name: format!("${position}") },
                        None => CxxType::Parameter { name: name.clone() },
                    }
                }
                CxxType::NullPtr => CxxType::NullPtr,
            }),
        },
        other => other.clone(),
    };
    resolved
}

/// `restrict` is the callee's promise to itself and left out.
fn qualifiers(old: &QualType, new: &QualType, place: Place) -> Verdict {
    let gained = new.is_const && !old.is_const || new.is_volatile && !old.is_volatile;
    let lost = old.is_const && !new.is_const || old.is_volatile && !new.is_volatile;
    place.qualifiers(gained, lost)
}
