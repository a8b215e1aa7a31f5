//! Values that `ctypes` passes wrongly or not at all: unions, records with bit-fields, complex numbers.
//!
//! A structure of plain scalars stands in for them that the calling convention passes in the same
//! registers or the same memory. Where a convention is not known here, functions are left out.

use super::platform::Convention;
use super::types::Emitter;
use crate::ir::{Enum, FloatKind, Layout, Type};

/// What the structure is made of.
#[derive(Debug, PartialEq)]
pub(super) struct Carrier {
    /// Types of its fields.
    pub units: Vec<&'static str>,
    /// Whether it stands for a complex number, of two fields.
    pub is_complex: bool,
}

/// A scalar inside a value.
struct Leaf {
    /// In bytes.
    offset: u64,
    size: u64,
    is_float: bool,
}

/// The most scalars that are looked at, and the most units of a structure.
const LIMIT: usize = 512;

impl Emitter<'_> {
    /// The stand-in for values of a type as arguments and results.
    pub fn carrier(&self, ty: &Type) -> Option<Carrier> {
        let (layout, is_complex) = match self.symbols.canonical(ty) {
            Type::Complex { float: FloatKind::Float | FloatKind::Double, size } => {
                let size = u64::from(*size);
                (Layout { size, align: size / 2 }, true)
            }
            ty => (self.symbols.as_record(ty)?.layout?, false),
        };
        let mut leaves = Vec::new();
        self.leaves(ty, 0, 0, &mut leaves)?;
        let fits = layout.size > 0
            && matches!(layout.align, 1 | 2 | 4 | 8)
            && layout.size.is_multiple_of(layout.align)
            && layout.size / layout.align <= LIMIT as u64;
        let units = match self.platform.convention {
            _ if !fits => None,
            Convention::SystemV => system_v(layout, &leaves),
            Convention::Microsoft if is_complex => None,
            Convention::Microsoft => integers(layout.align, layout.size),
            Convention::Arm => arm(layout, &leaves),
            Convention::Other => None,
        }?;
        Some(Carrier { units, is_complex })
    }

    /// Collects the scalars of a type at an offset in bits; `None` if one of them is of a kind that has
    /// rules of its own, or lies where its alignment forbids it.
    fn leaves(&self, ty: &Type, offset: u64, depth: usize, found: &mut Vec<Leaf>) -> Option<()> {
        let mut push = |size: u64, is_float| {
            found.push(Leaf { offset: offset / 8, size, is_float });
            let aligned = matches!(size, 1 | 2 | 4 | 8) && offset.is_multiple_of(size * 8);
            (aligned && found.len() <= LIMIT).then_some(())
        };
        let enumeration = |definition: &Enum| u64::from(definition.size);
        match self.symbols.canonical(ty) {
            Type::Bool => push(1, false),
            Type::Int { size, .. } => push((*size).into(), false),
            Type::Pointer { .. } => push(self.platform.pointer, false),
            Type::Enum { name } => push(enumeration(self.symbols.enumeration(name)?), false),
            Type::InlineEnum { definition } => push(enumeration(definition), false),
            Type::Float { float: FloatKind::Float | FloatKind::Double, size } => push((*size).into(), true),
            Type::Complex { float: FloatKind::Float | FloatKind::Double, size } => {
                let half = u64::from(*size) / 2;
                push(half, true)?;
                found.push(Leaf { offset: offset / 8 + half, size: half, is_float: true });
                Some(())
            }
            Type::Array { length: None, .. } => Some(()),
            Type::Array { of, length: Some(length) } => {
                let size = self.size_of(&of.ty)?;
                for index in 0..*length {
                    let start = size.checked_mul(index)?.checked_mul(8)?.checked_add(offset)?;
                    self.leaves(&of.ty, start, depth + 1, found)?;
                }
                Some(())
            }
            Type::Record { .. } | Type::InlineRecord { .. } if depth < 16 => {
                let record = self.symbols.as_record(ty)?;
                record.layout.filter(|_| !record.packed)?;
                for field in &record.fields {
                    let start = offset.checked_add(field.offset_bits)?;
                    match field.bit_width {
                        None => self.leaves(&field.ty.ty, start, depth + 1, found)?,
                        Some(width) if field.name.is_some() => {
                            let end = start.checked_add(width.into())?.div_ceil(8);
                            found.push(Leaf { offset: start / 8, size: end - start / 8, is_float: false });
                        }
                        Some(_) => {}
                    }
                }
                Some(())
            }
            _ => None,
        }
    }

    fn size_of(&self, ty: &Type) -> Option<u64> {
        Some(match self.symbols.canonical(ty) {
            Type::Bool => 1,
            Type::Int { size, .. } | Type::Float { size, .. } | Type::Complex { size, .. } => (*size).into(),
            Type::Pointer { .. } => self.platform.pointer,
            Type::Enum { name } => self.symbols.enumeration(name)?.size.into(),
            Type::InlineEnum { definition } => definition.size.into(),
            Type::Array { of, length: Some(length) } => self.size_of(&of.ty)?.checked_mul(*length)?,
            Type::Record { .. } | Type::InlineRecord { .. } => self.symbols.as_record(ty)?.layout?.size,
            _ => return None,
        })
    }
}

/// Integers of one size.
fn integers(align: u64, size: u64) -> Option<Vec<&'static str>> {
    let unit = match align {
        1 => "_ct.c_uint8",
        2 => "_ct.c_uint16",
        4 => "_ct.c_uint32",
        _ => "_ct.c_uint64",
    };
    Some(vec![unit; usize::try_from(size / align).ok()?])
}

/// System V x86-64: in memory above 16 bytes; below it, eight bytes go to a vector register if all in
/// them is floating, else to a general one.
fn system_v(layout: Layout, leaves: &[Leaf]) -> Option<Vec<&'static str>> {
    if layout.size > 16 {
        return integers(layout.align, layout.size);
    }
    let mut units = Vec::new();
    for start in (0..layout.size).step_by(8) {
        let end = layout.size.min(start + 8);
        let mut inside =
            leaves.iter().filter(|leaf| leaf.offset < end && leaf.offset + leaf.size > start).peekable();
        inside.peek()?;
        let unit = if !inside.all(|leaf| leaf.is_float) {
            units.extend(integers(layout.align, end - start)?);
            continue;
        } else if layout.align == 8 {
            "_ct.c_double"
        } else {
            "_ct.c_float"
        };
        units.extend(vec![unit; usize::try_from((end - start) / layout.align).ok()?]);
    }
    Some(units)
}

/// AArch64: up to four floating members of one type go to vector registers each, all else like integers.
fn arm(layout: Layout, leaves: &[Leaf]) -> Option<Vec<&'static str>> {
    let size = leaves.first()?.size;
    let equal = leaves.iter().all(|leaf| leaf.is_float && leaf.size == size);
    if equal && layout.size.is_multiple_of(size) && layout.size / size <= 4 {
        let unit = if size == 8 { "_ct.c_double" } else { "_ct.c_float" };
        return Some(vec![unit; usize::try_from(layout.size / size).ok()?]);
    }
    integers(layout.align, layout.size)
}
