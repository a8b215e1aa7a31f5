//! The header as a summary for language models, in three sizes.

mod compact;
mod standard;
mod verbose;

use super::cxx::full_name;
use super::declarator::Text;
use super::{Error, Options, Output};
use crate::ir::{
    ConstantValue, Cxx, Declaration, DeclarationKind, Enum, Field, FunctionType, Header, Parameter, QualType,
    Record, RecordKind, Type,
};

/// Version of the output: bump it with every change of the text.
pub(super) const VERSION: u32 = 1;
/// Option names.
pub(super) const OPTIONS: &[&str] = &["verbosity"];

/// Resolved options.
pub(super) struct Settings {
    verbosity: Verbosity,
}

#[derive(Clone, Copy)]
enum Verbosity {
    /// One line per declaration.
    Compact,
    /// YAML by kind of declaration.
    Standard,
    /// JSON with layouts, documentation and cross references.
    Verbose,
}

impl Settings {
    pub(super) fn read(options: &Options) -> Result<Self, Error> {
        let verbosity = match options.get("verbosity").map(|value| value.as_str().unwrap_or_default()) {
            None | Some("compact") => Verbosity::Compact,
            Some("standard") => Verbosity::Standard,
            Some("verbose") => Verbosity::Verbose,
            Some(_) => {
                return Err(Error::BadOption {
                    writer: "prompt",
                    option: "verbosity".into(),
                    problem: "expected `compact`, `standard` or `verbose`".into(),
                });
            }
        };
        Ok(Settings { verbosity })
    }
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    let text = match settings.verbosity {
        Verbosity::Compact => compact::write(header),
        Verbosity::Standard => standard::write(header),
        Verbosity::Verbose => verbose::write(header),
    };
    Output { text, diagnostics: Vec::new() }
}

/// What a declaration is to its user: a typedef is the only name of a record or enum without tag.
enum Shape<'a> {
    Record(&'a str, &'a Record),
    /// An enum, with its name if it has one.
    Enum(Option<&'a str>, &'a Enum),
    Typedef(&'a str, &'a QualType),
    /// A typedef of a function, or of a pointer to one.
    Callback(&'a str, &'a FunctionType),
    Function(&'a str, &'a FunctionType),
    Variable(&'a str, &'a QualType),
    Constant(&'a str, &'a ConstantValue),
    Macro(&'a str, &'a [String]),
    Cxx(&'a Cxx),
}

fn shape(kind: &DeclarationKind) -> Shape<'_> {
    match kind {
        DeclarationKind::Record(record) => Shape::Record(record.name.as_deref().unwrap_or_default(), record),
        DeclarationKind::Enum(definition) => Shape::Enum(definition.name.as_deref(), definition),
        DeclarationKind::Typedef(typedef) => match &typedef.ty.ty {
            Type::InlineRecord { definition } => Shape::Record(&typedef.name, definition),
            Type::InlineEnum { definition } => Shape::Enum(Some(&typedef.name), definition),
            Type::Function(function) => Shape::Callback(&typedef.name, function),
            Type::Pointer { to } => match &to.ty {
                Type::Function(function) => Shape::Callback(&typedef.name, function),
                _ => Shape::Typedef(&typedef.name, &typedef.ty),
            },
            _ => Shape::Typedef(&typedef.name, &typedef.ty),
        },
        DeclarationKind::Function(function) => Shape::Function(&function.name, &function.ty),
        DeclarationKind::Variable(variable) => Shape::Variable(&variable.name, &variable.ty),
        DeclarationKind::Constant(constant) => Shape::Constant(&constant.name, &constant.value),
        DeclarationKind::MacroFunction(function) => Shape::Macro(&function.name, &function.parameters),
        DeclarationKind::Cxx(cxx) => Shape::Cxx(cxx),
    }
}

/// The name of a declaration with its namespaces and the arguments that a specialization is for.
fn full_name_of(declaration: &Declaration) -> Option<String> {
    match &declaration.kind {
        DeclarationKind::Cxx(cxx) => full_name(cxx),
        _ => declaration.name().map(str::to_owned),
    }
}

/// A type in C on one line; the fields of a record without tag as `name:type`.
fn type_text(ty: &QualType) -> String {
    match &ty.ty {
        Type::InlineRecord { definition } => {
            format!("{} {}", definition.record.keyword(), fields(definition))
        }
        Type::Array { of, length } if is_inline(of) => {
            let mut lengths = length.map(|length| length.to_string()).unwrap_or_default();
            let mut element = of;
            while let Type::Array { of, length } = &element.ty {
                lengths.push_str("][");
                lengths.push_str(&length.map(|length| length.to_string()).unwrap_or_default());
                element = of;
            }
            format!("{} [{lengths}]", type_text(element))
        }
        _ => {
            let mut text = Text::default();
            text.declare(ty, "");
            one_line(&text.text)
        }
    }
}

fn is_inline(ty: &QualType) -> bool {
    match &ty.ty {
        Type::InlineRecord { .. } => true,
        Type::Array { of, .. } => is_inline(of),
        _ => false,
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `{a:int, b:int:3, :union {x:int, y:float}}`; unnamed bit-fields only pad and are left out.
fn fields(record: &Record) -> String {
    let fields: Vec<String> = visible_fields(record)
        .map(|field| format!("{}:{}", field.name.as_deref().unwrap_or_default(), field_type(field)))
        .collect();
    format!("{{{}}}", fields.join(", "))
}

fn visible_fields(record: &Record) -> impl Iterator<Item = &Field> {
    record.fields.iter().filter(|field| field.name.is_some() || field.bit_width.is_none())
}

fn field_type(field: &Field) -> String {
    let width = field.bit_width.map(|width| format!(":{width}")).unwrap_or_default();
    format!("{}{width}", type_text(&field.ty))
}

/// `(a:int, char *, ...) -> int`, with `separator` between name and type.
fn signature(function: &FunctionType, separator: &str) -> String {
    let parameter = |parameter: &Parameter| match &parameter.name {
        Some(name) => format!("{name}{separator}{}", type_text(&parameter.ty)),
        None => type_text(&parameter.ty),
    };
    let mut parameters: Vec<String> = function.parameters.iter().map(parameter).collect();
    // Without a prototype nothing is known of the arguments.
    if function.variadic || function.unprototyped {
        parameters.push("...".into());
    }
    format!("({}) -> {}", parameters.join(", "), type_text(&function.result))
}

fn value_text(value: &ConstantValue) -> String {
    match value {
        ConstantValue::Int(value) => value.to_string(),
        // As the IR has it in JSON.
        ConstantValue::Float(value) if value.is_nan() => "nan".into(),
        ConstantValue::Float(value) => format!("{value:?}"),
        ConstantValue::String(text) | ConstantValue::Wide(text) => quoted(text),
        ConstantValue::Address(address) => format!("{address:#x}"),
        ConstantValue::Name(name) => name.clone(),
        ConstantValue::AddressOf(name) => format!("&{name}"),
        ConstantValue::Bytes(bytes) => quoted(&bytes.escape_ascii().to_string()),
    }
}

/// A JSON string, which is a YAML one too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn keyword(record: RecordKind) -> &'static str {
    match record {
        RecordKind::Struct => "STRUCT",
        RecordKind::Union => "UNION",
    }
}
