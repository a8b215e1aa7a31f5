//! Cursors: declarations and preprocessing entities.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;
use std::ptr;

use clang_sys as cx;

use super::string;
use super::ty::Type;
use super::unit::{File, Position, Span, Unit};
use crate::ir::Access;

/// A node of the syntax tree.
#[derive(Clone, Copy)]
pub struct Cursor<'u> {
    raw: cx::CXCursor,
    unit: PhantomData<&'u Unit>,
}

/// `CXCursor_ConceptDecl` of libclang 16.
const CONCEPT: cx::CXCursorKind = 604;

/// `CXCursor_FirstExpr`, and the last number before that of the first statement.
const FIRST_EXPRESSION: cx::CXCursorKind = 100;
const LAST_EXPRESSION: cx::CXCursorKind = 199;

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
    FinalAttribute,
    AsmLabel,
    MacroDefinition,
    InclusionDirective,
    Class,
    ClassTemplate,
    PartialSpecialization,
    FunctionTemplate,
    TypeAlias,
    AliasTemplate,
    Namespace,
    TranslationUnit,
    Method,
    Constructor,
    Destructor,
    Conversion,
    Base,
    AccessSpecifier,
    Friend,
    Using,
    TemplateType,
    TemplateValue,
    TemplateTemplate,
    Concept,
    Expression,
    /// A declaration that libclang has no kind for.
    Unexposed,
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

/// The kind of a number of libclang's.
fn kind(kind: cx::CXCursorKind) -> CursorKind {
    match kind {
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
        cx::CXCursor_CXXFinalAttr => CursorKind::FinalAttribute,
        cx::CXCursor_AsmLabelAttr => CursorKind::AsmLabel,
        cx::CXCursor_MacroDefinition => CursorKind::MacroDefinition,
        cx::CXCursor_InclusionDirective => CursorKind::InclusionDirective,
        cx::CXCursor_ClassDecl => CursorKind::Class,
        cx::CXCursor_ClassTemplate => CursorKind::ClassTemplate,
        cx::CXCursor_ClassTemplatePartialSpecialization => CursorKind::PartialSpecialization,
        cx::CXCursor_FunctionTemplate => CursorKind::FunctionTemplate,
        cx::CXCursor_TypeAliasDecl => CursorKind::TypeAlias,
        cx::CXCursor_TypeAliasTemplateDecl => CursorKind::AliasTemplate,
        cx::CXCursor_Namespace => CursorKind::Namespace,
        cx::CXCursor_CXXMethod => CursorKind::Method,
        cx::CXCursor_Constructor => CursorKind::Constructor,
        cx::CXCursor_Destructor => CursorKind::Destructor,
        cx::CXCursor_ConversionFunction => CursorKind::Conversion,
        cx::CXCursor_CXXBaseSpecifier => CursorKind::Base,
        cx::CXCursor_CXXAccessSpecifier => CursorKind::AccessSpecifier,
        cx::CXCursor_FriendDecl => CursorKind::Friend,
        cx::CXCursor_UsingDeclaration => CursorKind::Using,
        cx::CXCursor_TemplateTypeParameter => CursorKind::TemplateType,
        cx::CXCursor_NonTypeTemplateParameter => CursorKind::TemplateValue,
        cx::CXCursor_TemplateTemplateParameter => CursorKind::TemplateTemplate,
        cx::CXCursor_UnexposedDecl => CursorKind::Unexposed,
        CONCEPT => CursorKind::Concept,
        // The number was another one before libclang 15.
        300 | 350 => CursorKind::TranslationUnit,
        FIRST_EXPRESSION..=LAST_EXPRESSION => CursorKind::Expression,
        _ => CursorKind::Other,
    }
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
        kind(self.raw.kind)
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
        let is_name = |name: &str| !name.is_empty() && !name.bytes().any(|byte| matches!(byte, b' ' | b'('));
        match name {
            Some(name) if is_name(name) => Tag::Name(name.to_owned()),
            None if is_name(&spelling) => Tag::Typedef(spelling),
            _ => Tag::Unnamed,
        }
    }

    /// What names a struct, union or enum of C++, where no type is spelled with its keyword.
    pub fn cxx_tag(self) -> Tag {
        // SAFETY: as above.
        if unsafe { cx::clang_Cursor_isAnonymous(self.raw) } != 0 {
            return Tag::Unnamed;
        }
        // A class that has only a typedef's name is marked with an `A` in the reference to it.
        let usr = self.usr();
        let named = ["@SA@", "@UA@", "@EA@"].iter().filter_map(|mark| usr.rfind(mark)).max();
        match named.and_then(|start| usr.get(start + 4..)).filter(|name| !name.contains('@')) {
            Some(name) => Tag::Typedef(name.to_owned()),
            None => Tag::Name(self.spelling()),
        }
    }

    /// Clang's reference to the declaration, which is the same in every translation unit.
    pub fn usr(self) -> String {
        // SAFETY: as above.
        string::take(unsafe { cx::clang_getCursorUSR(self.raw) })
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

    /// What a declaration belongs to.
    pub fn semantic_parent(self) -> Cursor<'u> {
        // SAFETY: as above.
        Cursor::from_raw(unsafe { cx::clang_getCursorSemanticParent(self.raw) })
    }

    /// Offset of a field in bits.
    pub fn field_offset(self) -> Option<u64> {
        // SAFETY: as above.
        u64::try_from(unsafe { cx::clang_Cursor_getOffsetOfField(self.raw) }).ok()
    }

    /// Width of a bit-field in bits. It must not depend on a template parameter: libclang 14 and 15 crash.
    pub fn bit_width(self) -> Option<u32> {
        // SAFETY: as above.
        unsafe {
            if cx::clang_Cursor_isBitField(self.raw) == 0 {
                return None;
            }
            u32::try_from(cx::clang_getFieldDeclBitWidth(self.raw)).ok()
        }
    }

    /// Whether the expressions of a field, among them the width of a bit-field, are made of numbers alone.
    pub fn has_plain_width(self) -> bool {
        fn is_plain(cursor: Cursor<'_>) -> bool {
            let parts = cursor.children();
            cursor.raw.kind == cx::CXCursor_IntegerLiteral
                || (!parts.is_empty() && parts.into_iter().all(is_plain))
        }
        self.children().into_iter().filter(|child| child.kind() == CursorKind::Expression).all(is_plain)
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

    /// Whether a namespace is transparent: inline or without name.
    pub fn is_transparent(self) -> bool {
        // SAFETY: as above.
        unsafe {
            cx::clang_Cursor_isInlineNamespace(self.raw) != 0 || cx::clang_Cursor_isAnonymous(self.raw) != 0
        }
    }

    /// Whether an enum is an `enum class`.
    pub fn is_scoped(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_EnumDecl_isScoped(self.raw) != 0 }
    }

    /// The access of a member or base.
    pub fn access(self) -> Access {
        // SAFETY: as above.
        match unsafe { cx::clang_getCXXAccessSpecifier(self.raw) } {
            cx::CX_CXXPrivate => Access::Private,
            cx::CX_CXXProtected => Access::Protected,
            _ => Access::Public,
        }
    }

    /// Whether a base is virtual.
    pub fn is_virtual_base(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_isVirtualBase(self.raw) != 0 }
    }

    /// Whether a class has a pure virtual function.
    pub fn is_abstract(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_CXXRecord_isAbstract(self.raw) != 0 }
    }

    /// `const` after the parameters of a member function.
    pub fn is_const_method(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_CXXMethod_isConst(self.raw) != 0 }
    }

    /// Whether a member function is `static`.
    pub fn is_static_method(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_CXXMethod_isStatic(self.raw) != 0 }
    }

    /// Whether a member function is virtual, said or not.
    pub fn is_virtual(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_CXXMethod_isVirtual(self.raw) != 0 }
    }

    /// `= 0`.
    pub fn is_pure(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_CXXMethod_isPureVirtual(self.raw) != 0 }
    }

    /// `= default`.
    pub fn is_defaulted(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_CXXMethod_isDefaulted(self.raw) != 0 }
    }

    /// `= delete`, or marked as unavailable.
    pub fn is_unavailable(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_getCursorAvailability(self.raw) == cx::CXAvailability_NotAvailable }
    }

    /// Whether a field is `mutable`.
    pub fn is_mutable(self) -> bool {
        // SAFETY: as above.
        unsafe { cx::clang_CXXField_isMutable(self.raw) != 0 }
    }

    /// Whether a function, function template or variable is `constexpr` or `consteval`, by itself or through a macro;
    /// and whether it is the latter.
    pub fn constant_specifier(self) -> (bool, bool) {
        // SAFETY: as above; the policy is disposed once.
        let text = string::take(unsafe {
            let policy = cx::clang_getCursorPrintingPolicy(self.raw);
            for property in [cx::CXPrintingPolicy_TerseOutput, cx::CXPrintingPolicy_SuppressInitializers] {
                cx::clang_PrintingPolicy_setProperty(policy, property, 1);
            }
            let text = cx::clang_getCursorPrettyPrinted(self.raw, policy);
            cx::clang_PrintingPolicy_dispose(policy);
            text
        });
        // Clang prints specifiers before the name; a message of an attribute may stand there, too.
        let name = self.spelling();
        let before = text.split_once(&format!("{name}(")).map_or(text.as_str(), |(before, _)| before);
        let code = before.split('"').step_by(2);
        let mut words = code.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'));
        let found = words.find(|word| matches!(*word, "constexpr" | "consteval"));
        (found.is_some(), found == Some("consteval"))
    }

    /// Whether it overrides a function of a base.
    pub fn overrides(self) -> bool {
        let (mut list, mut count) = (ptr::null_mut(), 0);
        // SAFETY: as above; the list, which may be null, is disposed once.
        unsafe {
            cx::clang_getOverriddenCursors(self.raw, &mut list, &mut count);
            if !list.is_null() {
                cx::clang_disposeOverriddenCursors(list);
            }
        }
        count > 0
    }

    /// Whether a function says that it throws nothing; `None` where it depends on an expression.
    pub fn is_noexcept(self) -> Option<bool> {
        // SAFETY: as above.
        match unsafe { cx::clang_getCursorExceptionSpecificationType(self.raw) } {
            cx::CXCursor_ExceptionSpecificationKind_DynamicNone
            | cx::CXCursor_ExceptionSpecificationKind_BasicNoexcept => Some(true),
            cx::CXCursor_ExceptionSpecificationKind_ComputedNoexcept => None,
            _ => Some(false),
        }
    }

    /// The kind of what a template declares.
    pub fn templated_kind(self) -> CursorKind {
        // SAFETY: as above.
        kind(unsafe { cx::clang_getTemplateCursorKind(self.raw) })
    }

    /// The template that this is a specialization, an instance or a member of an instance of.
    pub fn specialized(self) -> Option<Cursor<'u>> {
        // SAFETY: as above.
        unsafe {
            let raw = cx::clang_getSpecializedCursorTemplate(self.raw);
            (cx::clang_Cursor_isNull(raw) == 0).then(|| Cursor::from_raw(raw))
        }
    }

    /// The linker symbol of a function or variable that depends on no template parameter.
    pub fn mangled(self) -> Option<String> {
        // SAFETY: as above.
        string::take_optional(unsafe { cx::clang_Cursor_getMangling(self.raw) })
            .filter(|symbol| !symbol.is_empty())
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
