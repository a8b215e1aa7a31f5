//! Are two uses of a type the same, and if not, who notices?

use super::index::{Side, Space};
use super::records::members;
use super::report::Breaks;
use crate::ir::{FunctionType, QualType, Record, Type};

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
}

impl<'a> Types<'a> {
    pub(super) fn new(old: &'a Side<'a>, new: &'a Side<'a>) -> Self {
        Types { old, new, open: Vec::new() }
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
        let same_name =
            matches!((&old.ty, &new.ty), (Type::Typedef { name: a }, Type::Typedef { name: b }) if a == b);
        if let (true, Type::Typedef { name }) = (same_name, &old.ty)
            && self.is_compared(Space::Typedef, name)
        {
            return qualifiers(old, new, place);
        }
        let is_typedef = |ty: &QualType| matches!(ty.ty, Type::Typedef { .. });
        let renamed = !same_name && (is_typedef(old) || is_typedef(new));
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

/// `restrict` is the callee's promise to itself and left out.
fn qualifiers(old: &QualType, new: &QualType, place: Place) -> Verdict {
    let gained = new.is_const && !old.is_const || new.is_volatile && !old.is_volatile;
    let lost = old.is_const && !new.is_const || old.is_volatile && !new.is_volatile;
    place.qualifiers(gained, lost)
}
