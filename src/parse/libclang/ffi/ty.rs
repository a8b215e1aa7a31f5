//! Types.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr;

use clang_sys as cx;

use super::cursor::Cursor;
use super::string;
use super::unit::Unit;
use crate::ir::{CallConv, FloatKind, IntKind, RefQualifier};

/// A type of clang's.
#[derive(Clone, Copy)]
pub struct Type<'u> {
    raw: cx::CXType,
    unit: PhantomData<&'u Unit>,
}

/// The kinds of types that C and C++ have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TypeKind {
    Void,
    Bool,
    Int(IntKind),
    Float(FloatKind),
    Complex,
    Pointer,
    ConstantArray,
    IncompleteArray,
    Function,
    /// `f()` without a prototype.
    FunctionWithoutPrototype,
    Record,
    Enum,
    Typedef,
    Vector,
    Atomic,
    /// A name with its keyword, as libclang before 22 reports it.
    Elaborated,
    /// A type with an attribute such as a calling convention.
    Attributed,
    /// Parentheses, `typeof` and whatever else libclang has no kind for.
    Unexposed,
    LvalueReference,
    RvalueReference,
    MemberPointer,
    NullPtr,
    /// A type that clang deduces, `decltype` and its kin.
    Auto,
    Invalid,
    Other,
}

impl<'u> Type<'u> {
    pub(super) fn from_raw(raw: cx::CXType) -> Self {
        Type { raw, unit: PhantomData }
    }

    /// Its kind.
    pub fn kind(self) -> TypeKind {
        use IntKind::*;
        match self.raw.kind {
            cx::CXType_Void => TypeKind::Void,
            cx::CXType_Bool => TypeKind::Bool,
            cx::CXType_Char_U => TypeKind::Int(CharU),
            cx::CXType_Char_S => TypeKind::Int(CharS),
            cx::CXType_UChar => TypeKind::Int(UChar),
            cx::CXType_SChar => TypeKind::Int(SChar),
            cx::CXType_WChar => TypeKind::Int(WChar),
            cx::CXType_Char16 => TypeKind::Int(Char16),
            cx::CXType_Char32 => TypeKind::Int(Char32),
            cx::CXType_UShort => TypeKind::Int(UShort),
            cx::CXType_UInt => TypeKind::Int(UInt),
            cx::CXType_ULong => TypeKind::Int(ULong),
            cx::CXType_ULongLong => TypeKind::Int(ULongLong),
            cx::CXType_UInt128 => TypeKind::Int(UInt128),
            cx::CXType_Short => TypeKind::Int(Short),
            cx::CXType_Int => TypeKind::Int(Int),
            cx::CXType_Long => TypeKind::Int(Long),
            cx::CXType_LongLong => TypeKind::Int(LongLong),
            cx::CXType_Int128 => TypeKind::Int(Int128),
            cx::CXType_Float => TypeKind::Float(FloatKind::Float),
            cx::CXType_Double => TypeKind::Float(FloatKind::Double),
            cx::CXType_LongDouble => TypeKind::Float(FloatKind::LongDouble),
            cx::CXType_Float128 => TypeKind::Float(FloatKind::Float128),
            cx::CXType_Half | cx::CXType_Float16 => TypeKind::Float(FloatKind::Half),
            cx::CXType_BFloat16 => TypeKind::Float(FloatKind::BFloat16),
            cx::CXType_Complex => TypeKind::Complex,
            cx::CXType_Pointer => TypeKind::Pointer,
            cx::CXType_ConstantArray => TypeKind::ConstantArray,
            // Only a parameter can be an array of variable length here.
            cx::CXType_IncompleteArray | cx::CXType_VariableArray => TypeKind::IncompleteArray,
            cx::CXType_FunctionProto => TypeKind::Function,
            cx::CXType_FunctionNoProto => TypeKind::FunctionWithoutPrototype,
            cx::CXType_Record => TypeKind::Record,
            cx::CXType_Enum => TypeKind::Enum,
            cx::CXType_Typedef => TypeKind::Typedef,
            cx::CXType_Vector | cx::CXType_ExtVector => TypeKind::Vector,
            cx::CXType_Atomic => TypeKind::Atomic,
            cx::CXType_Elaborated => TypeKind::Elaborated,
            cx::CXType_Attributed => TypeKind::Attributed,
            cx::CXType_Unexposed => TypeKind::Unexposed,
            cx::CXType_LValueReference => TypeKind::LvalueReference,
            cx::CXType_RValueReference => TypeKind::RvalueReference,
            cx::CXType_MemberPointer => TypeKind::MemberPointer,
            cx::CXType_NullPtr => TypeKind::NullPtr,
            cx::CXType_Auto => TypeKind::Auto,
            cx::CXType_Invalid => TypeKind::Invalid,
            _ => TypeKind::Other,
        }
    }

    /// As clang spells it; may hold a path for an unnamed record.
    pub fn spelling(self) -> String {
        // SAFETY: the type's unit is alive, here and below.
        string::take(unsafe { cx::clang_getTypeSpelling(self.raw) })
    }

    /// `const`, `volatile` and `restrict`.
    pub fn qualifiers(self) -> (bool, bool, bool) {
        // SAFETY: as above.
        unsafe {
            (
                cx::clang_isConstQualifiedType(self.raw) != 0,
                cx::clang_isVolatileQualifiedType(self.raw) != 0,
                cx::clang_isRestrictQualifiedType(self.raw) != 0,
            )
        }
    }

    /// The type without typedefs and other sugar.
    pub fn canonical(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_getCanonicalType(self.raw) })
    }

    /// The type below an elaborated name.
    pub fn named(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_Type_getNamedType(self.raw) })
    }

    /// The type below an attribute.
    pub fn modified(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_Type_getModifiedType(self.raw) })
    }

    /// The type below `_Atomic`.
    pub fn value(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_Type_getValueType(self.raw) })
    }

    /// What a pointer points to.
    pub fn pointee(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_getPointeeType(self.raw) })
    }

    /// Whether what this points to lies in the target's default address space.
    pub fn has_plain_pointee(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_getAddressSpace(cx::clang_getPointeeType(self.raw)) == 0 }
    }

    /// The element of an array, vector or complex type.
    pub fn element(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_getElementType(self.raw) })
    }

    /// The number of elements of an array or vector.
    pub fn length(self) -> Option<u64> {
        // SAFETY: as above.
        u64::try_from(unsafe { cx::clang_getNumElements(self.raw) }).ok()
    }

    /// The result of a function.
    pub fn result(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_getResultType(self.raw) })
    }

    /// The parameter types of a function; `None` if this is no function type.
    pub fn parameters(self) -> Option<Vec<Type<'u>>> {
        // SAFETY: as above; the index is below the count.
        unsafe {
            let count = u32::try_from(cx::clang_getNumArgTypes(self.raw)).ok()?;
            Some((0..count).map(|index| Type::from_raw(cx::clang_getArgType(self.raw, index))).collect())
        }
    }

    /// `...` at the end; always true for a function without prototype.
    pub fn is_variadic(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_isFunctionTypeVariadic(self.raw) != 0 }
    }

    /// The calling convention of a function.
    pub fn call_conv(self) -> CallConv {
        // SAFETY: as above.
        match unsafe { cx::clang_getFunctionTypeCallingConv(self.raw) } {
            cx::CXCallingConv_C | cx::CXCallingConv_Default | cx::CXCallingConv_Invalid => CallConv::C,
            cx::CXCallingConv_X86StdCall => CallConv::Stdcall,
            cx::CXCallingConv_X86FastCall => CallConv::Fastcall,
            _ => CallConv::Other,
        }
    }

    /// The declaration of a named type.
    pub fn declaration(self) -> Cursor<'u> {
        // SAFETY: as above.
        Cursor::from_raw(unsafe { cx::clang_getTypeDeclaration(self.raw) })
    }

    /// `sizeof` in bytes; `None` for an incomplete type.
    pub fn size(self) -> Option<u64> {
        // SAFETY: as above.
        u64::try_from(unsafe { cx::clang_Type_getSizeOf(self.raw) }).ok()
    }

    /// `_Alignof` in bytes; `None` for an incomplete type.
    pub fn align(self) -> Option<u64> {
        // SAFETY: as above.
        u64::try_from(unsafe { cx::clang_Type_getAlignOf(self.raw) }).ok()
    }

    /// The class of a pointer to a member. It must not depend on a template parameter: libclang 21 and 22 take
    /// every class for one that is declared, and crash.
    pub fn class(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_Type_getClassType(self.raw) })
    }

    /// `&` or `&&` after the parameters of a member function.
    pub fn ref_qualifier(self) -> Option<RefQualifier> {
        // SAFETY: as above.
        match unsafe { cx::clang_Type_getCXXRefQualifier(self.raw) } {
            cx::CXRefQualifier_LValue => Some(RefQualifier::Lvalue),
            cx::CXRefQualifier_RValue => Some(RefQualifier::Rvalue),
            _ => None,
        }
    }

    /// Whether it is a plain old data type.
    pub fn is_pod(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_isPODType(self.raw) != 0 }
    }

    /// The arguments of a template instance, `None` for those that are no types; no list if this is no instance.
    pub fn template_arguments(self) -> Option<Vec<Option<Type<'u>>>> {
        // SAFETY: as above; the index is below the count.
        unsafe {
            let count = u32::try_from(cx::clang_Type_getNumTemplateArguments(self.raw)).ok()?;
            let argument = |index| Type::from_raw(cx::clang_Type_getTemplateArgumentAsType(self.raw, index));
            let is_type = |ty: &Type<'u>| ty.kind() != TypeKind::Invalid;
            Some((0..count).map(|index| Some(argument(index)).filter(is_type)).collect())
        }
    }

    /// The fields of a record in order, unnamed ones included.
    pub fn fields(self) -> Vec<Cursor<'u>> {
        extern "C" fn visit(cursor: cx::CXCursor, data: cx::CXClientData) -> cx::CXVisitorResult {
            // SAFETY: `data` is the vector below.
            unsafe { (*data.cast::<Vec<Cursor<'_>>>()).push(Cursor::from_raw(cursor)) };
            cx::CXVisit_Continue
        }
        let mut found: Vec<Cursor<'u>> = Vec::new();
        // SAFETY: `visit` gets the pointer that it casts back, only during this call.
        unsafe { cx::clang_Type_visitFields(self.raw, visit, ptr::from_mut(&mut found).cast::<c_void>()) };
        found
    }
}
