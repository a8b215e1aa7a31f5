//! What stands behind enums.

use super::ffi::{Cursor, CursorKind, TypeKind};
use crate::ir::{IntKind, Integer};

/// The type of an enum's values.
pub struct Representation {
    /// The integer type.
    pub kind: IntKind,
    /// Its size in bytes.
    pub size: u32,
    /// Whether clang has it without a sign, and the target's compiler does not.
    is_signed_there: bool,
}

impl Representation {
    /// Of an enum. With `enums_are_int` clang compiles for mingw what is meant for Microsoft's compiler, for which a type
    /// that the enum does not name is `int`, whatever its constants are. (libclang does not tell whether one is named:
    /// C11 6.7.2.2p3 makes `int` of the constants where none is, unless one does not fit, which other compilers take.)
    pub fn of(cursor: Cursor<'_>, enums_are_int: bool) -> Representation {
        let integer = cursor.enum_integer_type().canonical();
        let kind = match integer.kind() {
            TypeKind::Int(int) => int,
            TypeKind::Bool => IntKind::UChar,
            _ => IntKind::Int,
        };
        let size = integer.size().and_then(|size| u32::try_from(size).ok()).unwrap_or(4);
        let mut children = cursor.children().into_iter();
        let is_signed_there = enums_are_int
            && kind == IntKind::UInt
            && children.any(|child| {
                child.kind() == CursorKind::EnumConstant
                    && (child.ty().kind() == TypeKind::Int(IntKind::Int)
                        || i32::try_from(child.enum_values().1).is_err())
            });
        let kind = if is_signed_there { IntKind::Int } else { kind };
        Representation { kind, size, is_signed_there }
    }

    /// The value of a constant of it.
    pub fn value(&self, constant: Cursor<'_>) -> Integer {
        let (signed, unsigned) = constant.enum_values();
        match self.kind.is_signed() {
            // The bits are kept (C11 6.3.1.3p3 leaves it to the compiler, which says so).
            true if self.is_signed_there => Integer::from(i64::from(unsigned as u32 as i32)),
            true => Integer::from(signed),
            false => Integer::from(unsigned),
        }
    }
}
