//! Cursors: declarations and preprocessing entities.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr;

use clang_sys as cx;

use super::string;
use super::ty::Type;
use super::unit::{File, Position, Span, Unit};

/// A node of the syntax tree.
#[derive(Clone, Copy)]
pub struct Cursor<'u> {
    raw: cx::CXCursor,
    unit: PhantomData<&'u Unit>,
}

/// The kinds that matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum CursorKind {
    Struct,
    Union,
    Enum,
    EnumConstant,
    Field,
    Function,
    Variable,
    Parameter,
    Typedef,
    StaticAssert,
    LinkageSpec,
    PackedAttribute,
    AsmLabel,
    MacroDefinition,
    InclusionDirective,
    Other,
}

/// Storage class as far as it decides who may see a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linkage {
    /// `static`.
    Static,
    /// Anything else.
    External,
}

/// What names a struct, union or enum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// Its own tag.
    Name(String),
    /// A typedef only.
    Typedef(String),
    /// Nothing.
    Unnamed,
}

/// What clang computed from an initializer.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluated {
    /// A signed integer.
    Signed(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A floating-point number.
    Float(f64),
    /// A string, up to its first NUL.
    String(Vec<u8>),
}

impl<'u> Cursor<'u> {
    pub(super) fn from_raw(raw: cx::CXCursor) -> Self {
        Cursor { raw, unit: PhantomData }
    }

    pub(super) fn raw(self) -> cx::CXCursor {
        self.raw
    }

    /// Its kind.
    pub fn kind(self) -> CursorKind {
        match self.raw.kind {
            cx::CXCursor_StructDecl => CursorKind::Struct,
            cx::CXCursor_UnionDecl => CursorKind::Union,
            cx::CXCursor_EnumDecl => CursorKind::Enum,
            cx::CXCursor_EnumConstantDecl => CursorKind::EnumConstant,
            cx::CXCursor_FieldDecl => CursorKind::Field,
            cx::CXCursor_FunctionDecl => CursorKind::Function,
            cx::CXCursor_VarDecl => CursorKind::Variable,
            cx::CXCursor_ParmDecl => CursorKind::Parameter,
            cx::CXCursor_TypedefDecl => CursorKind::Typedef,
            cx::CXCursor_StaticAssert => CursorKind::StaticAssert,
            cx::CXCursor_LinkageSpec => CursorKind::LinkageSpec,
            cx::CXCursor_PackedAttr => CursorKind::PackedAttribute,
            cx::CXCursor_AsmLabelAttr => CursorKind::AsmLabel,
            cx::CXCursor_MacroDefinition => CursorKind::MacroDefinition,
            cx::CXCursor_InclusionDirective => CursorKind::InclusionDirective,
            _ => CursorKind::Other,
        }
    }

    /// A number that equal declarations share and others do not: the address of clang's declaration.
    pub fn id(self) -> usize {
        self.raw.data[0] as usize
    }

    /// The direct children.
    pub fn children(self) -> Vec<Cursor<'u>> {
        extern "C" fn visit(
            cursor: cx::CXCursor,
            _: cx::CXCursor,
            data: cx::CXClientData,
        ) -> cx::CXChildVisitResult {
            // SAFETY: `data` is the vector below.
            unsafe { (*data.cast::<Vec<Cursor<'_>>>()).push(Cursor::from_raw(cursor)) };
            cx::CXChildVisit_Continue
        }
        let mut found: Vec<Cursor<'u>> = Vec::new();
        // SAFETY: `visit` gets the pointer that it casts back, only during this call.
        unsafe { cx::clang_visitChildren(self.raw, visit, ptr::from_mut(&mut found).cast::<c_void>()) };
        found
    }

    /// The name; clang invents one for an unnamed tag, see [`Cursor::tag`].
    pub fn spelling(self) -> String {
        // SAFETY: the cursor's unit is alive, here and below.
        string::take(unsafe { cx::clang_getCursorSpelling(self.raw) })
    }

    /// What names a struct, union or enum.
    pub fn tag(self) -> Tag {
        // SAFETY: as above.
        if unsafe { cx::clang_Cursor_isAnonymous(self.raw) } != 0 {
            return Tag::Unnamed;
        }
        // What only a typedef names is spelled without keyword.
        let spelling = self.ty().spelling();
        let name = ["struct ", "union ", "enum "].iter().find_map(|keyword| spelling.strip_prefix(keyword));
        let is_name = |name: &str| !name.is_empty() && !name.contains([' ', '(']);
        match name {
            Some(name) if is_name(name) => Tag::Name(name.to_owned()),
            None if is_name(&spelling) => Tag::Typedef(spelling),
            _ => Tag::Unnamed,
        }
    }

    /// Where it was expanded or stands.
    pub fn position(self) -> Position<'u> {
        // SAFETY: as above.
        Position::from_raw(unsafe { cx::clang_getCursorLocation(self.raw) })
    }

    /// The file of [`Cursor::position`], which costs a fraction.
    pub fn file(self) -> Option<File<'u>> {
        // SAFETY: as above.
        File::at(unsafe { cx::clang_getCursorLocation(self.raw) })
    }

    /// The bytes that it covers, if they lie in one file.
    pub fn span(self) -> Option<Span<'u>> {
        // SAFETY: as above.
        unsafe { Span::from_raw(cx::clang_getCursorExtent(self.raw)) }
    }

    /// Whether the declaration has attributes, among them `aligned` and assembler labels.
    pub fn has_attributes(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_Cursor_hasAttrs(self.raw) != 0 }
    }

    /// Its type.
    pub fn ty(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_getCursorType(self.raw) })
    }

    /// The type a typedef stands for.
    pub fn typedef_underlying(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_getTypedefDeclUnderlyingType(self.raw) })
    }

    /// The definition of what is declared, if the unit has one.
    pub fn definition(self) -> Option<Cursor<'u>> {
        // SAFETY: as above.
        unsafe {
            let raw = cx::clang_getCursorDefinition(self.raw);
            (cx::clang_Cursor_isNull(raw) == 0).then(|| Cursor::from_raw(raw))
        }
    }

    /// The first declaration of what is declared.
    pub fn canonical(self) -> Cursor<'u> {
        // SAFETY: as above.
        Cursor::from_raw(unsafe { cx::clang_getCanonicalCursor(self.raw) })
    }

    /// Whether this is the definition.
    pub fn is_definition(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_isCursorDefinition(self.raw) != 0 }
    }

    /// What a declaration is written in.
    pub fn lexical_parent(self) -> Cursor<'u> {
        // SAFETY: as above.
        Cursor::from_raw(unsafe { cx::clang_getCursorLexicalParent(self.raw) })
    }

    /// Offset of a field in bits.
    pub fn field_offset(self) -> Option<u64> {
        // SAFETY: as above.
        u64::try_from(unsafe { cx::clang_Cursor_getOffsetOfField(self.raw) }).ok()
    }

    /// Width of a bit-field in bits.
    pub fn bit_width(self) -> Option<u32> {
        // SAFETY: as above.
        unsafe {
            if cx::clang_Cursor_isBitField(self.raw) == 0 {
                return None;
            }
            u32::try_from(cx::clang_getFieldDeclBitWidth(self.raw)).ok()
        }
    }

    /// The integer type behind an enum.
    pub fn enum_integer_type(self) -> Type<'u> {
        // SAFETY: as above.
        Type::from_raw(unsafe { cx::clang_getEnumDeclIntegerType(self.raw) })
    }

    /// An enum constant's value for a signed and for an unsigned underlying type.
    pub fn enum_values(self) -> (i64, u64) {
        // SAFETY: as above.
        unsafe {
            (
                cx::clang_getEnumConstantDeclValue(self.raw),
                cx::clang_getEnumConstantDeclUnsignedValue(self.raw),
            )
        }
    }

    /// The parameters of a function.
    pub fn arguments(self) -> Vec<Cursor<'u>> {
        // SAFETY: as above; the index is below the count.
        unsafe {
            let count = u32::try_from(cx::clang_Cursor_getNumArguments(self.raw)).unwrap_or(0);
            (0..count).map(|index| Cursor::from_raw(cx::clang_Cursor_getArgument(self.raw, index))).collect()
        }
    }

    /// Whether a function is `inline`.
    pub fn is_inline(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_Cursor_isFunctionInlined(self.raw) != 0 }
    }

    /// `static` or not.
    pub fn linkage(self) -> Linkage {
        // SAFETY: as above.
        match unsafe { cx::clang_Cursor_getStorageClass(self.raw) } {
            cx::CX_SC_Static => Linkage::Static,
            _ => Linkage::External,
        }
    }

    /// Whether it is marked deprecated.
    pub fn is_deprecated(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_getCursorAvailability(self.raw) == cx::CXAvailability_Deprecated }
    }

    /// The doc comment with its markers.
    pub fn raw_comment(self) -> Option<String> {
        // SAFETY: as above.
        string::take_optional(unsafe { cx::clang_Cursor_getRawCommentText(self.raw) })
    }

    /// Whether a macro takes arguments.
    pub fn is_macro_function(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_Cursor_isMacroFunctionLike(self.raw) != 0 }
    }

    /// The file that an `#include` found.
    pub fn included_file(self) -> Option<File<'u>> {
        // SAFETY: as above.
        File::from_raw(unsafe { cx::clang_getIncludedFile(self.raw) })
    }

    /// The value of a variable's initializer. The variable must not be wider than 64 bits.
    pub fn evaluate(self) -> Option<Evaluated> {
        // SAFETY: as above; the result is disposed once, after its string was copied.
        unsafe {
            let result = cx::clang_Cursor_Evaluate(self.raw);
            if result.is_null() {
                return None;
            }
            let value = match cx::clang_EvalResult_getKind(result) {
                cx::CXEval_Int if cx::clang_EvalResult_isUnsignedInt(result) != 0 => {
                    Some(Evaluated::Unsigned(cx::clang_EvalResult_getAsUnsigned(result)))
                }
                cx::CXEval_Int => Some(Evaluated::Signed(cx::clang_EvalResult_getAsLongLong(result))),
                cx::CXEval_Float => Some(Evaluated::Float(cx::clang_EvalResult_getAsDouble(result))),
                cx::CXEval_StrLiteral => {
                    let text = cx::clang_EvalResult_getAsStr(result);
                    (!text.is_null()).then(|| Evaluated::String(CStr::from_ptr(text).to_bytes().to_vec()))
                }
                _ => None,
            };
            cx::clang_EvalResult_dispose(result);
            value
        }
    }
}
