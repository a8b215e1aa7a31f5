//! JSON: everything about each declaration, and which declaration uses which.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Shape, full_name_of, one_line, shape, signature, type_text};
use crate::ir::{
    ConstantValue, Cxx, CxxItem, CxxType, Declaration, DeclarationKind, Field, Header, Member, QualType,
    Record, Type,
};
use crate::write::cxx::{self, Members};
use crate::write::declarator::Text;
use crate::write::symbols::walk;

pub(super) fn write(header: &Header) -> String {
    let bound: Vec<&Declaration> = header.declarations.iter().filter(|one| one.bound).collect();
    let mut used_by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let known: BTreeSet<String> = bound.iter().map(|declaration| reference(declaration)).collect();
    for declaration in &bound {
        let user = reference(declaration);
        for name in uses(declaration) {
            let name = outermost(&name, &known);
            used_by.entry(name).or_default().insert(user.clone());
        }
    }
    let declarations: Vec<Value> = bound.iter().map(|declaration| entry(declaration, &used_by)).collect();
    format!("{:#}\n", json!({"path": header.path, "declarations": declarations}))
}

fn entry(declaration: &Declaration, used_by: &BTreeMap<String, BTreeSet<String>>) -> Value {
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| drop(entry.insert(key.to_owned(), value));
    let (kind, details) = describe(declaration);
    put("kind", kind.into());
    put("name", full_name_of(declaration).into());
    details.into_iter().for_each(|(key, value)| put(key, value));
    put("location", declaration.location.to_string().into());
    if declaration.deprecated {
        put("deprecated", true.into());
    }
    if let Some(doc) = &declaration.doc {
        put("doc", doc.as_str().into());
    }
    let list = |names: BTreeSet<String>| Value::from(names.into_iter().collect::<Vec<_>>());
    put("uses", list(uses(declaration)));
    put("used_by", list(used_by.get(&reference(declaration)).cloned().unwrap_or_default()));
    Value::Object(entry)
}

type Details = Vec<(&'static str, Value)>;

/// The kind of a declaration, and what only that kind has.
fn describe(declaration: &Declaration) -> (&'static str, Details) {
    let c = |write: &dyn Fn(&mut Text)| {
        let mut text = Text::default();
        write(&mut text);
        Value::from(one_line(&text.text))
    };
    match shape(&declaration.kind) {
        Shape::Record(_, record) => (record.record.keyword(), record_details(record)),
        Shape::Enum(_, definition) => {
            let constants = definition.constants.iter();
            let constants: Map<String, Value> =
                constants.map(|one| (one.name.clone(), json!(one.value))).collect();
            let underlying = definition.underlying.spelling();
            ("enum", vec![("underlying", underlying.into()), ("constants", constants.into())])
        }
        Shape::Typedef(_, ty) => ("typedef", vec![("type", type_text(ty).into())]),
        Shape::Callback(_, function) => ("callback", vec![("signature", signature(function, ": ").into())]),
        Shape::Function(name, function) => {
            ("function", vec![("declaration", c(&|text| text.declare_function(name, function)))])
        }
        Shape::Variable(name, ty) => ("variable", vec![("declaration", c(&|text| text.declare(ty, name)))]),
        Shape::Constant(_, value) => ("constant", vec![("value", constant(value))]),
        Shape::Macro(_, parameters) => ("macro", vec![("parameters", parameters.into())]),
        Shape::Cxx(cxx) => (cxx.item.noun(), cxx_details(cxx)),
    }
}

fn constant(value: &ConstantValue) -> Value {
    match value {
        ConstantValue::Int(value) => json!(value),
        ConstantValue::Float(value) if value.is_finite() => json!(value),
        ConstantValue::Float(value) => value.to_string().into(),
        ConstantValue::Address(address) => json!(address),
        ConstantValue::String(text) | ConstantValue::Wide(text) | ConstantValue::Name(text) => {
            text.as_str().into()
        }
        ConstantValue::AddressOf(name) => format!("&{name}").into(),
        ConstantValue::Bytes(bytes) => bytes.escape_ascii().to_string().into(),
    }
}

fn record_details(record: &Record) -> Details {
    let Some(layout) = record.layout else { return vec![("opaque", true.into())] };
    let mut details = vec![("size", layout.size.into()), ("align", layout.align.into())];
    if record.packed {
        details.push(("packed", true.into()));
    }
    details.push(("fields", record.fields.iter().map(field).collect()));
    details
}

/// What a C++ declaration says: as C++ that stands in its namespace, and what that text has not.
fn cxx_details(cxx: &Cxx) -> Details {
    let name = cxx.name().unwrap_or_default();
    let mut details = vec![("declaration", cxx::declaration(cxx, name, Members::None).into())];
    if !cxx.namespace.is_empty() {
        details.push(("namespace", cxx.namespace.join("::").into()));
    }
    details.extend(item_details(&cxx.item));
    details
}

fn item_details(item: &CxxItem) -> Details {
    let mut details: Details = Vec::new();
    let mut flag = |name: &'static str, on: bool| {
        if on {
            details.push((name, true.into()));
        }
    };
    match item {
        CxxItem::Class(class) => {
            flag("opaque", class.incomplete);
            flag("abstract", class.is_abstract);
            flag("pod", class.is_pod);
            if let Some(layout) = class.layout {
                details.extend([("size", layout.size.into()), ("align", layout.align.into())]);
            }
            if !class.incomplete {
                details.push(("members", class.members.iter().map(member).collect()));
            }
        }
        CxxItem::Enum(definition) => {
            flag("scoped", definition.scoped);
            let constants = definition.definition.constants.iter();
            let constants: Map<String, Value> =
                constants.map(|one| (one.name.clone(), json!(one.value))).collect();
            let underlying = definition.definition.underlying.spelling();
            details.extend([("underlying", underlying.into()), ("constants", constants.into())]);
        }
        CxxItem::Function(function) => {
            flag("inline", function.inline);
            if let Some(symbol) = &function.symbol {
                details.push(("symbol", symbol.as_str().into()));
            }
        }
        CxxItem::Variable(variable) => {
            flag("inline", variable.inline);
            if let Some(symbol) = &variable.symbol {
                details.push(("symbol", symbol.as_str().into()));
            }
            if let Some(value) = &variable.value {
                details.push(("value", constant(value)));
            }
        }
        CxxItem::Field(field) => {
            // In a template nothing is known of it.
            if field.align > 0 {
                details.push(("offset_bits", field.offset_bits.into()));
            }
            if let Type::InlineRecord { definition } = &field.ty.ty {
                details.push(("fields", definition.fields.iter().map(self::field).collect()));
            }
        }
        CxxItem::Typedef(_) | CxxItem::Using(_) => {}
    }
    details
}

fn member(member: &Member) -> Value {
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| drop(entry.insert(key.to_owned(), value));
    put("kind", member.item.noun().into());
    put("name", member.item.name().into());
    put("access", cxx::access(member.access).into());
    put("declaration", cxx::member(member, Members::None).into());
    item_details(&member.item).into_iter().for_each(|(key, value)| put(key, value));
    put("location", member.location.to_string().into());
    if member.deprecated {
        put("deprecated", true.into());
    }
    if let Some(doc) = &member.doc {
        put("doc", doc.as_str().into());
    }
    Value::Object(entry)
}

fn field(field: &Field) -> Value {
    let mut entry = Map::new();
    entry.insert("name".into(), field.name.clone().into());
    entry.insert("type".into(), type_text(&field.ty).into());
    entry.insert("offset_bits".into(), field.offset_bits.into());
    if let Some(width) = field.bit_width {
        entry.insert("bit_width".into(), width.into());
    }
    if let Type::InlineRecord { definition } = &field.ty.ty {
        entry.insert("fields".into(), definition.fields.iter().map(self::field).collect());
    }
    Value::Object(entry)
}

/// The declaration that a name belongs to: a class, if it is that of a member.
fn outermost(name: &str, known: &BTreeSet<String>) -> String {
    let mut rest = name;
    while !known.contains(rest) {
        match rest.rsplit_once("::") {
            Some((scope, _)) => rest = scope,
            None => return name.to_owned(),
        }
    }
    rest.to_owned()
}

/// How others refer to a declaration: `struct s`, `enum e`, or its bare name.
fn reference(declaration: &Declaration) -> String {
    let name = full_name_of(declaration).unwrap_or_default();
    match &declaration.kind {
        DeclarationKind::Record(record) => format!("{} {name}", record.record.keyword()),
        DeclarationKind::Enum(_) => format!("enum {name}"),
        _ => name,
    }
}

/// The named types that a declaration mentions.
fn uses(declaration: &Declaration) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut collect = |ty: &QualType| {
        walk(ty, &mut |ty| match &ty.ty {
            Type::Record { record, name } => drop(names.insert(format!("{} {name}", record.keyword()))),
            Type::Enum { name } => drop(names.insert(format!("enum {name}"))),
            Type::Typedef { name } => drop(names.insert(name.clone())),
            Type::Cxx { ty } => match &**ty {
                CxxType::Named(named) if named.within.is_none() => drop(names.insert(named.name.clone())),
                _ => {}
            },
            _ => {}
        });
    };
    match &declaration.kind {
        DeclarationKind::Record(record) => record.fields.iter().for_each(|field| collect(&field.ty)),
        DeclarationKind::Typedef(typedef) => collect(&typedef.ty),
        DeclarationKind::Function(function) => {
            collect(&function.ty.result);
            function.ty.parameters.iter().for_each(|parameter| collect(&parameter.ty));
        }
        DeclarationKind::Variable(variable) => collect(&variable.ty),
        DeclarationKind::Cxx(cxx) => cxx.item.types(&mut |ty| collect(ty)),
        DeclarationKind::Enum(_) | DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => {}
    }
    names
}
