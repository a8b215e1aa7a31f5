//! C's inside-out declarators: prints types and the declarations that use them, for every writer whose
//! output is C. Says whatever the IR says; what a consumer cannot read is its writer's business.

use crate::ir::{CallConv, Enum, Field, FunctionType, QualType, Record, Type};

const INDENT: &str = "    ";

/// `ty` declaring `name`, without the semicolon; an empty name gives the bare type.
/// Unnamed records and enums are printed in place, their members indented below `level`.
pub(super) fn declare(ty: &QualType, name: &str, level: usize) -> String {
    let mut text = name.to_owned();
    let mut current = ty;
    // Qualifiers of an array belong to its elements (C11 6.7.3).
    let mut inherited = Qualifiers::default();
    let mut behind_pointer = false;
    loop {
        let qualifiers = Qualifiers::of(current).and(inherited);
        inherited = Qualifiers::default();
        match &current.ty {
            Type::Pointer { to } => {
                text = pointer(&text, qualifiers, &to.ty);
                behind_pointer = true;
                current = to;
                continue;
            }
            Type::Array { of, length } => {
                let length = length.map(|length| length.to_string()).unwrap_or_default();
                text = format!("{text}[{length}]");
                inherited = qualifiers;
                current = of;
            }
            Type::Function(function) => {
                let convention = if behind_pointer { "" } else { convention(function.call_conv) };
                text = format!("{convention}{text}({})", parameters(function, level));
                current = &function.result;
            }
            _ => {
                let base = format!("{}{}", qualifiers.prefix(), spelling(&current.ty, level));
                return if text.is_empty() { base } else { format!("{base} {text}") };
            }
        }
        behind_pointer = false;
    }
}

/// `name` declared as a function, without the semicolon.
pub(super) fn declare_function(name: &str, function: &FunctionType, level: usize) -> String {
    declare(&Type::Function(function.clone()).into(), name, level)
}

/// `struct tag { ... }`, or without the tag; an incomplete record has no braces.
pub(super) fn record(record: &Record, level: usize) -> String {
    let mut text = record.record.keyword().to_owned();
    if let Some(name) = &record.name {
        text.push(' ');
        text.push_str(name);
    }
    if record.layout.is_none() {
        return text;
    }
    text.push_str(" {\n");
    for field in &record.fields {
        text.push_str(&INDENT.repeat(level + 1));
        text.push_str(&self::field(field, level + 1));
        text.push_str(";\n");
    }
    text.push_str(&INDENT.repeat(level));
    text.push('}');
    text
}

/// `enum tag { ... }`, or without the tag; an incomplete enum has no braces.
pub(super) fn enumeration(definition: &Enum, level: usize) -> String {
    let mut text = String::from("enum");
    if let Some(name) = &definition.name {
        text.push(' ');
        text.push_str(name);
    }
    if definition.incomplete || definition.constants.is_empty() {
        return text;
    }
    text.push_str(" {\n");
    for constant in &definition.constants {
        let indent = INDENT.repeat(level + 1);
        text.push_str(&format!("{indent}{} = {},\n", constant.name, constant.value));
    }
    text.push_str(&INDENT.repeat(level));
    text.push('}');
    text
}

fn field(field: &Field, level: usize) -> String {
    let declaration = declare(&field.ty, field.name.as_deref().unwrap_or_default(), level);
    match field.bit_width {
        Some(width) => format!("{declaration} : {width}"),
        None => declaration,
    }
}

fn pointer(declarator: &str, qualifiers: Qualifiers, to: &Type) -> String {
    let qualifiers = qualifiers.prefix();
    let text = match declarator.is_empty() {
        true => format!("*{}", qualifiers.trim_end()),
        false => format!("*{qualifiers}{declarator}"),
    };
    match to {
        Type::Function(function) => format!("({}{text})", convention(function.call_conv)),
        Type::Array { .. } => format!("({text})"),
        _ => text,
    }
}

fn convention(convention: CallConv) -> &'static str {
    match convention {
        CallConv::Stdcall => "__stdcall ",
        CallConv::Fastcall => "__fastcall ",
        CallConv::C | CallConv::Other => "",
    }
}

fn parameters(function: &FunctionType, level: usize) -> String {
    if function.unprototyped {
        return String::new();
    }
    let mut list: Vec<String> = function
        .parameters
        .iter()
        .map(|parameter| declare(&parameter.ty, parameter.name.as_deref().unwrap_or_default(), level))
        .collect();
    if function.variadic {
        list.push("...".into());
    }
    if list.is_empty() { "void".into() } else { list.join(", ") }
}

fn spelling(ty: &Type, level: usize) -> String {
    match ty {
        Type::Void => "void".into(),
        Type::Bool => "_Bool".into(),
        Type::Int { int, .. } => int.spelling().into(),
        Type::Float { float, .. } => float.spelling().into(),
        Type::Complex { float, .. } => format!("{} _Complex", float.spelling()),
        Type::Record { record, name } => format!("{} {name}", record.keyword()),
        Type::Enum { name } => format!("enum {name}"),
        Type::Typedef { name } => name.clone(),
        Type::InlineRecord { definition } => record(definition, level),
        Type::InlineEnum { definition } => enumeration(definition, level),
        Type::Vector { of, size, .. } => {
            format!("{} __attribute__((vector_size({size})))", declare(of, "", level))
        }
        Type::Atomic { of } => format!("_Atomic({})", declare(of, "", level)),
        Type::VaList { .. } => "va_list".into(),
        Type::Opaque { spelling, .. } => spelling.clone(),
        Type::Pointer { .. } | Type::Array { .. } | Type::Function(_) => String::new(),
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

    fn prefix(self) -> String {
        let words =
            [("const ", self.is_const), ("volatile ", self.is_volatile), ("restrict ", self.is_restrict)];
        words.into_iter().filter(|(_, set)| *set).map(|(word, _)| word).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{IntKind, Layout, Parameter, RecordKind};

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
            assert_eq!(declare(&ty, "x", 0), expected);
        }
        assert_eq!(declare(&callback(int(), vec![callback(int(), vec![])]), "", 0), "int (*)(int (*)(void))");
        assert_eq!(declare(&constant(pointer(int())), "", 0), "int *const");
        assert_eq!(declare(&array(pointer(int()), Some(2)), "", 0), "int *[2]");
    }

    #[test]
    fn functions_carry_their_conventions_and_ellipsis() {
        let mut variadic = function(int(), vec![int()]);
        variadic.variadic = true;
        assert_eq!(declare_function("f", &variadic, 0), "int f(int, ...)");
        let mut old = function(int(), vec![]);
        old.unprototyped = true;
        assert_eq!(declare_function("f", &old, 0), "int f()");
        let mut windows = function(pointer(int()), vec![]);
        windows.call_conv = CallConv::Stdcall;
        assert_eq!(declare_function("f", &windows, 0), "int *__stdcall f(void)");
        assert_eq!(declare(&pointer(Type::Function(windows).into()), "f", 0), "int *(__stdcall *f)(void)");
        let signal = function(callback(int(), vec![int()]), vec![int()]);
        assert_eq!(declare_function("signal", &signal, 0), "int (*signal(int))(int)");
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
            }],
        };
        let ty = array(Type::InlineRecord { definition: Box::new(inner) }.into(), Some(2));
        assert_eq!(declare(&ty, "u", 1), "union {\n        int a : 3;\n    } u[2]");
    }
}
