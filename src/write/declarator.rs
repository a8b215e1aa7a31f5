//! C's inside-out declarators: prints types and the declarations that use them, for every writer whose
//! output is C. Says whatever the IR says; what a consumer cannot read is its writer's business.

use std::fmt::Write;

use crate::ir::{
    CallConv, CxxType, Enum, Field, FunctionType, NamedType, QualType, Record, TemplateArgument, Type,
};

const INDENT: &str = "    ";

/// C in the making.
#[derive(Default)]
pub(super) struct Text {
    pub text: String,
    /// Whether C++ reads it, which has other words for some types.
    pub cxx: bool,
    /// Depth of the braces that are open.
    level: usize,
    /// Layout attributes of records, for consumers that need them.
    attributes: Option<fn(&Record, bool) -> Attributes>,
    /// Whether the record whose members are being written is packed.
    in_packed: bool,
    /// Whether lengths of arrays that are no `int` have a suffix.
    suffixed: bool,
}

/// What makes a consumer lay a record out as it is.
#[derive(Default)]
pub(super) struct Attributes {
    /// A first member, with its semicolon, or nothing.
    pub first: String,
    /// What follows the closing brace.
    pub last: String,
}

/// What stands around a type: the declarator so far, from the name outwards.
#[derive(Clone, Copy)]
enum Around {
    /// Neither a name nor anything else.
    Nothing,
    /// A name, an array or a function.
    Something,
    /// A pointer to the type.
    Pointer,
}

impl Text {
    /// For Cython, which takes a number that is no `int` and has no suffix for an object.
    pub(super) fn suffixed() -> Self {
        Text { suffixed: true, ..Text::default() }
    }

    /// No text yet; `attributes` is asked about each record and whether it is written inside a packed one.
    pub(super) fn with_attributes(attributes: fn(&Record, bool) -> Attributes) -> Self {
        Text { attributes: Some(attributes), ..Text::default() }
    }

    /// No text yet, for C++.
    pub(super) fn for_cxx() -> Self {
        Text { cxx: true, ..Text::default() }
    }

    /// `ty` declaring `name`, without the semicolon; an empty name gives the bare type.
    /// Unnamed records and enums are printed in place, their members indented.
    pub(super) fn declare(&mut self, ty: &QualType, name: &str) {
        let around = if name.is_empty() { Around::Nothing } else { Around::Something };
        self.before(ty, Qualifiers::default(), around);
        self.text.push_str(name);
        self.after(&ty.ty);
    }

    /// `name` declared as a function, without the semicolon.
    pub(super) fn declare_function(&mut self, name: &str, function: &FunctionType) {
        self.before(&function.result, Qualifiers::default(), Around::Something);
        self.text.push_str(convention(function.call_conv));
        self.text.push_str(name);
        self.after_function(function);
    }

    /// What precedes the name. Qualifiers of an array belong to its elements (C11 6.7.3), which is why
    /// some are `inherited`.
    fn before(&mut self, ty: &QualType, inherited: Qualifiers, around: Around) {
        let qualifiers = Qualifiers::of(ty).and(inherited);
        if let Some((to, class)) = pointee(&ty.ty) {
            self.before(to, Qualifiers::default(), Around::Pointer);
            match &to.ty {
                Type::Function(function) => {
                    self.text.push('(');
                    self.text.push_str(convention(function.call_conv));
                }
                Type::Array { .. } => self.text.push('('),
                ty if dependent_array(ty).is_some() => self.text.push('('),
                _ => {}
            }
            if let Some(class) = class {
                self.declare(class, "");
                self.text.push_str("::");
            }
            self.text.push_str(sigil(&ty.ty));
            self.qualify(qualifiers);
            if matches!(around, Around::Nothing) {
                self.text.truncate(self.text.trim_end_matches(' ').len());
            }
            return;
        }
        match &ty.ty {
            Type::Array { of, .. } => self.before(of, qualifiers, Around::Something),
            Type::Function(function) => {
                self.before(&function.result, Qualifiers::default(), Around::Something);
                if !matches!(around, Around::Pointer) {
                    self.text.push_str(convention(function.call_conv));
                }
            }
            ty => {
                self.qualify(qualifiers);
                self.spell(ty);
                if !matches!(around, Around::Nothing) {
                    self.text.push(' ');
                }
            }
        }
    }

    /// What follows the name.
    fn after(&mut self, ty: &Type) {
        if let Some((to, _)) = pointee(ty) {
            let is_array = matches!(to.ty, Type::Array { .. }) || dependent_array(&to.ty).is_some();
            if is_array || matches!(to.ty, Type::Function(_)) {
                self.text.push(')');
            }
            return self.after(&to.ty);
        }
        match ty {
            Type::Array { of, length } => {
                self.text.push('[');
                if let Some(length) = length {
                    self.number(length);
                    if self.suffixed && i32::try_from(*length).is_err() {
                        self.text.push_str("LL");
                    }
                }
                self.text.push(']');
                self.after(&of.ty);
            }
            Type::Function(function) => self.after_function(function),
            ty => self.text.push_str(dependent_array(ty).map_or("", |(_, length)| length)),
        }
    }

    fn after_function(&mut self, function: &FunctionType) {
        self.text.push('(');
        if !function.unprototyped {
            self.parameters(function);
        }
        self.text.push(')');
        self.after(&function.result.ty);
    }

    fn parameters(&mut self, function: &FunctionType) {
        for (index, parameter) in function.parameters.iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.declare(&parameter.ty, parameter.name.as_deref().unwrap_or_default());
        }
        match (function.parameters.is_empty(), function.variadic) {
            (true, true) => self.text.push_str("..."),
            (true, false) if !self.cxx => self.text.push_str("void"),
            (false, true) => self.text.push_str(", ..."),
            (_, false) => {}
        }
    }

    /// `struct tag { ... }`, or without the tag; an incomplete record has no braces.
    pub(super) fn record(&mut self, record: &Record) {
        self.tag(record.record.keyword(), record.name.as_deref());
        if record.layout.is_none() {
            return;
        }
        let Attributes { first, last } =
            self.attributes.map(|of| of(record, self.in_packed)).unwrap_or_default();
        let outer = std::mem::replace(&mut self.in_packed, record.packed);
        self.text.push_str(" {\n");
        self.level += 1;
        if !first.is_empty() {
            self.indent();
            self.text.push_str(&first);
            self.text.push('\n');
        }
        for field in &record.fields {
            self.indent();
            self.field(field);
            self.text.push_str(";\n");
        }
        self.level -= 1;
        self.indent();
        self.text.push('}');
        self.text.push_str(&last);
        self.in_packed = outer;
    }

    /// `enum tag { ... }`, or without the tag; an incomplete enum has no braces.
    pub(super) fn enumeration(&mut self, definition: &Enum) {
        self.tag("enum", definition.name.as_deref());
        if definition.incomplete || definition.constants.is_empty() {
            return;
        }
        self.text.push_str(" {\n");
        self.level += 1;
        for constant in &definition.constants {
            self.indent();
            self.text.push_str(&constant.name);
            self.text.push_str(" = ");
            self.number(constant.value);
            self.text.push_str(",\n");
        }
        self.level -= 1;
        self.indent();
        self.text.push('}');
    }

    fn field(&mut self, field: &Field) {
        self.declare(&field.ty, field.name.as_deref().unwrap_or_default());
        if let Some(width) = field.bit_width {
            self.text.push_str(" : ");
            self.number(width);
        }
    }

    fn spell(&mut self, ty: &Type) {
        match ty {
            Type::Void => self.text.push_str("void"),
            Type::Bool => self.text.push_str(if self.cxx { "bool" } else { "_Bool" }),
            Type::Int { int, .. } => self.text.push_str(int.spelling()),
            Type::Float { float, .. } => self.text.push_str(float.spelling()),
            Type::Complex { float, .. } => self.tag(float.spelling(), Some("_Complex")),
            Type::Record { record, name } => self.tag(record.keyword(), Some(name)),
            Type::Enum { name } => self.tag("enum", Some(name)),
            Type::Typedef { name } => self.text.push_str(name),
            Type::InlineRecord { definition } => self.record(definition),
            Type::InlineEnum { definition } => self.enumeration(definition),
            Type::Vector { of, size, .. } => {
                self.declare(of, "");
                self.text.push_str(" __attribute__((vector_size(");
                self.number(size);
                self.text.push_str(")))");
            }
            Type::Atomic { of } => {
                self.text.push_str("_Atomic(");
                self.declare(of, "");
                self.text.push(')');
            }
            Type::VaList { .. } => self.text.push_str("va_list"),
            Type::Opaque { spelling, .. } => {
                self.text.push_str(dependent_array(ty).map_or(spelling, |(element, _)| element));
            }
            Type::Cxx { ty } => match &**ty {
                CxxType::Named(named) => self.named(named),
                CxxType::Parameter { name } => self.text.push_str(name),
                CxxType::NullPtr => self.text.push_str("std::nullptr_t"),
                CxxType::Reference { .. } | CxxType::MemberPointer { .. } => {}
            },
            // Declarators, not bases.
            Type::Pointer { .. } | Type::Array { .. } | Type::Function(_) => {}
        }
    }

    /// A C++ name with its template arguments.
    fn named(&mut self, named: &NamedType) {
        if let Some(within) = &named.within {
            self.declare(within, "");
            self.text.push_str("::");
        }
        self.text.push_str(&named.name);
        self.arguments(&named.arguments);
    }

    /// `<...>`, or nothing for no arguments.
    pub(super) fn arguments(&mut self, arguments: &[TemplateArgument]) {
        for (index, argument) in arguments.iter().enumerate() {
            self.text.push_str(if index == 0 { "<" } else { ", " });
            match argument {
                TemplateArgument::Type(ty) => self.declare(ty, ""),
                TemplateArgument::Value(value) => self.number(value),
                TemplateArgument::Other(text) => self.text.push_str(text),
            }
        }
        if !arguments.is_empty() {
            self.text.push('>');
        }
    }

    fn tag(&mut self, keyword: &str, name: Option<&str>) {
        self.text.push_str(keyword);
        if let Some(name) = name {
            self.text.push(' ');
            self.text.push_str(name);
        }
    }

    fn qualify(&mut self, qualifiers: Qualifiers) {
        let Qualifiers { is_const, is_volatile, is_restrict } = qualifiers;
        let restrict = if self.cxx { "__restrict " } else { "restrict " };
        for (word, set) in [("const ", is_const), ("volatile ", is_volatile), (restrict, is_restrict)] {
            if set {
                self.text.push_str(word);
            }
        }
    }

    fn number(&mut self, number: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{number}");
    }

    fn indent(&mut self) {
        (0..self.level).for_each(|_| self.text.push_str(INDENT));
    }
}

/// A type as C++ spells it.
pub(super) fn spelling(ty: &QualType) -> String {
    let mut text = Text::for_cxx();
    text.declare(ty, "");
    text.text
}

/// What a pointer or reference leads to, and the class of a member pointer.
fn pointee(ty: &Type) -> Option<(&QualType, Option<&QualType>)> {
    match ty {
        Type::Pointer { to } => Some((to, None)),
        Type::Cxx { ty } => match &**ty {
            CxxType::Reference { to, .. } => Some((to, None)),
            CxxType::MemberPointer { class, to } => Some((to, Some(class))),
            _ => None,
        },
        _ => None,
    }
}

/// Element and brackets of an array whose length depends on a template parameter, such as `T[N]`.
fn dependent_array(ty: &Type) -> Option<(&str, &str)> {
    let Type::Opaque { spelling, .. } = ty else { return None };
    let (element, _) = spelling.split_once('[').filter(|_| spelling.ends_with(']'))?;
    (!element.contains(['(', '<'])).then(|| (element.trim_end(), &spelling[element.len()..]))
}

/// The sign of a declarator that has a [`pointee`].
fn sigil(ty: &Type) -> &'static str {
    match ty {
        Type::Cxx { ty } => match &**ty {
            CxxType::Reference { rvalue: true, .. } => "&&",
            CxxType::Reference { .. } => "&",
            _ => "*",
        },
        _ => "*",
    }
}

/// A calling convention as compilers of Windows spell it, with a space, or nothing.
pub(super) fn convention(convention: CallConv) -> &'static str {
    match convention {
        CallConv::Stdcall => "__stdcall ",
        CallConv::Fastcall => "__fastcall ",
        CallConv::C | CallConv::Other => "",
    }
}

#[derive(Clone, Copy, Default)]
struct Qualifiers {
    is_const: bool,
    is_volatile: bool,
    is_restrict: bool,
}

impl Qualifiers {
    fn of(ty: &QualType) -> Self {
        Qualifiers { is_const: ty.is_const, is_volatile: ty.is_volatile, is_restrict: ty.is_restrict }
    }

    fn and(self, other: Self) -> Self {
        Qualifiers {
            is_const: self.is_const || other.is_const,
            is_volatile: self.is_volatile || other.is_volatile,
            is_restrict: self.is_restrict || other.is_restrict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{IntKind, Layout, Parameter, RecordKind};

    fn written(write: impl FnOnce(&mut Text)) -> String {
        let mut text = Text::default();
        write(&mut text);
        text.text
    }

    fn declare(ty: &QualType, name: &str) -> String {
        written(|text| text.declare(ty, name))
    }

    fn declare_function(name: &str, function: &FunctionType) -> String {
        written(|text| text.declare_function(name, function))
    }

    fn int() -> QualType {
        Type::Int { int: IntKind::Int, size: 4 }.into()
    }

    fn pointer(to: QualType) -> QualType {
        Type::Pointer { to: Box::new(to) }.into()
    }

    fn array(of: QualType, length: Option<u64>) -> QualType {
        Type::Array { of: Box::new(of), length }.into()
    }

    fn constant(ty: QualType) -> QualType {
        QualType { is_const: true, ..ty }
    }

    fn function(result: QualType, parameters: Vec<QualType>) -> FunctionType {
        FunctionType {
            result: Box::new(result),
            parameters: parameters.into_iter().map(|ty| Parameter { name: None, ty }).collect(),
            variadic: false,
            unprototyped: false,
            call_conv: CallConv::C,
        }
    }

    fn callback(result: QualType, parameters: Vec<QualType>) -> QualType {
        pointer(Type::Function(function(result, parameters)).into())
    }

    #[test]
    fn declarators_nest_inside_out() {
        let named = |name: &str| QualType::from(Type::Typedef { name: name.into() });
        let cases = [
            (int(), "int x"),
            (array(pointer(constant(named("T"))), Some(3)), "const T *x[3]"),
            (array(constant(pointer(constant(named("T")))), Some(3)), "const T *const x[3]"),
            (pointer(array(int(), Some(2))), "int (*x)[2]"),
            (array(array(int(), Some(3)), Some(2)), "int x[2][3]"),
            (array(int(), None), "int x[]"),
            (constant(array(int(), Some(2))), "const int x[2]"),
            (callback(int(), vec![]), "int (*x)(void)"),
            (array(callback(int(), vec![int()]), Some(4)), "int (*x[4])(int)"),
            (pointer(pointer(array(callback(int(), vec![]), Some(2)))), "int (*(**x)[2])(void)"),
            (callback(callback(int(), vec![int()]), vec![]), "int (*(*x)(void))(int)"),
            (
                QualType { is_restrict: true, ..constant(pointer(constant(int()))) },
                "const int *const restrict x",
            ),
            (pointer(QualType { is_volatile: true, ..int() }), "volatile int *x"),
        ];
        for (ty, expected) in cases {
            assert_eq!(declare(&ty, "x"), expected);
        }
        assert_eq!(declare(&callback(int(), vec![callback(int(), vec![])]), ""), "int (*)(int (*)(void))");
        assert_eq!(declare(&constant(pointer(int())), ""), "int *const");
        assert_eq!(declare(&array(pointer(int()), Some(2)), ""), "int *[2]");
    }

    #[test]
    fn functions_carry_their_conventions_and_ellipsis() {
        let mut variadic = function(int(), vec![int()]);
        variadic.variadic = true;
        assert_eq!(declare_function("f", &variadic), "int f(int, ...)");
        let mut old = function(int(), vec![]);
        old.unprototyped = true;
        assert_eq!(declare_function("f", &old), "int f()");
        let mut windows = function(pointer(int()), vec![]);
        windows.call_conv = CallConv::Stdcall;
        assert_eq!(declare_function("f", &windows), "int *__stdcall f(void)");
        assert_eq!(declare(&pointer(Type::Function(windows).into()), "f"), "int *(__stdcall *f)(void)");
        let signal = function(callback(int(), vec![int()]), vec![int()]);
        assert_eq!(declare_function("signal", &signal), "int (*signal(int))(int)");
    }

    #[test]
    fn unnamed_records_are_printed_in_place() {
        let inner = Record {
            record: RecordKind::Union,
            name: None,
            layout: Some(Layout { size: 4, align: 4 }),
            packed: false,
            fields: vec![Field {
                name: Some("a".into()),
                ty: int(),
                offset_bits: 0,
                bit_width: Some(3),
                size: 4,
                align: 4,
                is_mutable: false,
            }],
        };
        let ty = array(Type::InlineRecord { definition: Box::new(inner) }.into(), Some(2));
        assert_eq!(declare(&ty, "u"), "union {\n    int a : 3;\n} u[2]");
    }
}
