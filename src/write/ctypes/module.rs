//! The module around the types: library, constants, functions, variables.

use std::borrow::Cow;

use super::super::symbols::walk;
use super::super::{FEW, MACRO_FUNCTIONS, every, left_out, macro_functions, quoted};
use super::hint::{Hint, HintKind, Octets};
use super::literals::{constant, string};
use super::support;
use super::types::{Class, Emitter, Shape, enum_type};
use super::{Settings, guess, names};
use crate::diagnostics::Diagnostic;
use crate::ir::{
    Constant, ConstantValue, Declaration, DeclarationKind, Enum, Function, FunctionType, Header, QualType,
    Type, Variable,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// What is made of a header.
pub(super) struct Written {
    /// The module.
    pub module: String,
    /// Its stub.
    pub stub: String,
    pub diagnostics: Vec<Diagnostic>,
}

/// The parts of a module that are not types.
#[derive(Default)]
struct Parts<'a> {
    constants: String,
    enums: String,
    functions: String,
    variables: String,
    /// Macros that are other names.
    aliases: String,
    /// Functions, variables and typedefs that the module has, by their names in C.
    written: FxHashSet<&'a str>,
    /// Variables of the library among them.
    in_library: FxHashMap<&'a str, Hint>,
    /// Whether some function takes a pointer to a function.
    nullable: bool,
    /// Whether some function is called the `stdcall` way.
    stdcall: bool,
    /// Names bound so far, so that nothing is bound twice.
    bound: FxHashSet<String>,
    /// Typedefs, functions and variables: a macro of the same name stands for them.
    shadowing: FxHashSet<&'a str>,
    /// Functions and variables without a symbol.
    without_symbol: Vec<String>,
}

pub(super) fn write(header: &Header, settings: &Settings) -> Written {
    let mut emitter = Emitter::new(header, &settings.lib_name);
    let mut parts = Parts { shadowing: shadowing(header), ..Parts::default() };
    for declaration in &header.declarations {
        emitter.location = Cow::Borrowed(&declaration.location);
        write_constants(&mut emitter, &mut parts, declaration);
    }
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        emitter.location = Cow::Borrowed(&declaration.location);
        write_type(&mut emitter, &mut parts, declaration);
    }
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        emitter.location = Cow::Borrowed(&declaration.location);
        match &declaration.kind {
            DeclarationKind::Function(function) => write_function(&mut emitter, &mut parts, function),
            DeclarationKind::Variable(variable) => write_variable(&mut emitter, &mut parts, variable),
            _ => {}
        }
    }
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        emitter.location = Cow::Borrowed(&declaration.location);
        write_alias(&mut emitter, &mut parts, declaration);
    }
    emitter.finish_pending();
    report_without_symbol(&mut emitter, header, &parts);
    emitter.diagnostics.extend(left_out(header, &macro_functions(header), MACRO_FUNCTIONS));
    for class in &emitter.classes {
        emitter.stub.incomplete(&class.name, class.base, class.opaque);
    }
    let module = assemble(header, settings, &emitter, &parts);
    let stub = emitter.stub.text(&header.path, &settings.lib_name);
    Written { module, stub, diagnostics: emitter.diagnostics }
}

fn shadowing(header: &Header) -> FxHashSet<&str> {
    let kinds = |declaration: &&Declaration| {
        matches!(
            declaration.kind,
            DeclarationKind::Typedef(_) | DeclarationKind::Function(_) | DeclarationKind::Variable(_)
        )
    };
    header.declarations.iter().filter(kinds).filter_map(Declaration::name).collect()
}

fn report_without_symbol<'a>(emitter: &mut Emitter<'a>, header: &'a Header, parts: &Parts) {
    let Some(first) = parts.without_symbol.first() else { return };
    let declared = header.declarations.iter().find(|declaration| declaration.name() == Some(first.as_str()));
    if let Some(declaration) = declared {
        emitter.location = Cow::Borrowed(&declaration.location);
    }
    let names: Vec<&str> = parts.without_symbol.iter().map(String::as_str).collect();
    let more = match names.len().saturating_sub(FEW) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = "inline or static, so that no library defines it: left out";
    emitter.warn(format!("{message} {}{more}", quoted(&names[..names.len().min(FEW)])));
    emitter.diagnostics.extend(every(header, &names, message));
}

fn write_constants(emitter: &mut Emitter, parts: &mut Parts, declaration: &Declaration) {
    let mut inline = |ty: &QualType, parts: &mut Parts<'_>| {
        walk(ty, &mut |ty| {
            if let Type::InlineEnum { definition } = &ty.ty {
                write_enum(emitter, parts, definition);
            }
        });
    };
    match &declaration.kind {
        DeclarationKind::Constant(item) if declaration.bound => {
            let name = emitter.names.ordinary(&item.name);
            match constant(&item.value) {
                Some(value)
                    if !parts.shadowing.contains(item.name.as_str()) && parts.bound.insert(name.clone()) =>
                {
                    parts.constants.push_str(&format!("{name} = {value}\n"));
                    emitter.stub.constant(&name, &item.value);
                }
                _ => {}
            }
        }
        DeclarationKind::Enum(definition) => write_enum(emitter, parts, definition),
        DeclarationKind::Typedef(typedef) => inline(&typedef.ty, parts),
        DeclarationKind::Record(record) => {
            record.fields.iter().for_each(|field| inline(&field.ty, parts));
        }
        DeclarationKind::Variable(variable) => inline(&variable.ty, parts),
        DeclarationKind::Function(function) => {
            inline(&function.ty.result, parts);
            function.ty.parameters.iter().for_each(|parameter| inline(&parameter.ty, parts));
        }
        DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) | DeclarationKind::Cxx(_) => {}
    }
}

fn write_enum(emitter: &mut Emitter, parts: &mut Parts, definition: &Enum) {
    let mut text = match &definition.name {
        Some(tag) => {
            let name = emitter.names.enumeration(tag);
            if !parts.bound.insert(format!("enum {tag}")) {
                return;
            }
            let integer = enum_type(definition);
            emitter.stub.alias(&name, &Hint::simple(integer));
            format!("{name} = {integer}\n")
        }
        None => "# enum\n".to_owned(),
    };
    for item in &definition.constants {
        let name = emitter.names.ordinary(&item.name);
        if parts.bound.insert(name.clone()) {
            emitter.stub.integer(&name, item.value.value());
        }
        text.push_str(&format!("{name} = {}\n", item.value));
    }
    parts.enums.push_str(&text);
}

/// A macro that is another name of something, or a pointer to it, if the module has that.
fn write_alias<'a>(emitter: &mut Emitter<'a>, parts: &mut Parts<'a>, declaration: &'a Declaration) {
    let DeclarationKind::Constant(Constant { name, value }) = &declaration.kind else { return };
    let (target, pointee) = match value {
        ConstantValue::Name(target) => (target, None),
        ConstantValue::AddressOf(target) => (target, Some(parts.in_library.get(target.as_str()))),
        _ => return,
    };
    if parts.shadowing.contains(name.as_str()) {
        return;
    }
    if !parts.written.contains(target.as_str()) || pointee == Some(None) {
        return emitter.warn(format!("macro `{name}` is left out with `{target}`, for which it stands"));
    }
    let [name, target] = [name, target].map(|name| emitter.names.ordinary(name));
    if parts.bound.insert(name.clone()) {
        let make = if pointee.is_some() { ", _ct.pointer" } else { "" };
        parts.aliases.push_str(&format!("_hk_alias({}, {}{make})\n", string(&name), string(&target)));
        match pointee.flatten() {
            Some(pointee) => emitter.stub.variable(&name, &Hint::pointer(pointee, false)),
            None => emitter.stub.other_name(&name, &target),
        }
    }
}

fn write_type<'a>(emitter: &mut Emitter<'a>, parts: &mut Parts<'a>, declaration: &'a Declaration) {
    match &declaration.kind {
        DeclarationKind::Record(record) => {
            emitter.record(record, true, "_record");
        }
        DeclarationKind::Typedef(typedef) => {
            if let Some(known) = emitter.well_known(typedef) {
                let name = emitter.names.ordinary(&typedef.name);
                emitter.definitions.push_str(&format!("{name} = {}\n", known.text));
                emitter.stub.alias(&name, &known.hint);
            } else if emitter.typedef(typedef, false).is_none() {
                return emitter
                    .warn(format!("type `{}` is left out: ctypes has nothing like it", typedef.name));
            }
            parts.written.insert(&typedef.name);
        }
        _ => {}
    }
}

fn write_function<'a>(emitter: &mut Emitter<'a>, parts: &mut Parts<'a>, function: &'a Function) {
    let name = emitter.names.ordinary(&function.name);
    if !parts.bound.insert(format!("{name}()")) {
        return;
    }
    if function.inline {
        parts.without_symbol.push(function.name.clone());
        return;
    }
    let wish = format!("_{}", function.name.trim_start_matches('_'));
    let rendered = emitter
        .convention(function.ty.call_conv)
        .and_then(|stdcall| Ok((stdcall, emitter.signature(&function.ty, &wish, true)?)));
    let (stdcall, (result, parameters)) = match rendered {
        Ok(rendered) => rendered,
        Err(reason) => return emitter.warn(format!("function `{}` is left out: {reason}", function.name)),
    };
    let hints: Vec<&Hint> = parameters.iter().map(|parameter| &parameter.hint).collect();
    write_prototype(emitter, &name, &function.ty, &result.hint, &hints);
    let texts = parameters.iter().map(|parameter| argument(emitter, parts, &parameter.text, &parameter.hint));
    let texts: Vec<String> = texts.collect();
    let arguments =
        if function.ty.unprototyped { "None".to_owned() } else { format!("[{}]", texts.join(", ")) };
    let symbol = symbol(emitter, &function.name, function.symbol.as_deref());
    parts.written.insert(&function.name);
    let library = if stdcall { ", _hk_stdcall" } else { "" };
    parts.stdcall |= stdcall;
    parts.functions.push_str(&format!(
        "_hk_function({}, {}, {}, {arguments}{library})\n",
        string(&name),
        string(symbol),
        result.text
    ));
}

/// A type as an item of `argtypes`.
fn argument(emitter: &mut Emitter, parts: &mut Parts, text: &str, hint: &Hint) -> String {
    match &hint.kind {
        HintKind::Function => {
            parts.nullable = true;
            format!("_hk_nullable({text})")
        }
        HintKind::Pointer { octets: Some(octets), .. } => match octets.converter() {
            Some(name) => {
                let Octets { element, is_const } = octets;
                let is_const = if *is_const { "True" } else { "False" };
                emitter.converters.insert(name.clone(), format!("_hk_Octets({element}, {is_const})"));
                name
            }
            None => text.to_owned(),
        },
        HintKind::Pointer { is_texts: true, .. } => {
            emitter.converters.insert("_hk_texts".into(), "_hk_Texts()".into());
            "_hk_texts".into()
        }
        _ => text.to_owned(),
    }
}

/// The function in the stub.
fn write_prototype(emitter: &mut Emitter, name: &str, ty: &FunctionType, result: &Hint, hints: &[&Hint]) {
    let mut taken = FxHashSet::default();
    let mut parameters = Vec::with_capacity(hints.len());
    for (index, (parameter, hint)) in ty.parameters.iter().zip(hints).enumerate() {
        let wish = parameter.name.as_deref().map_or_else(|| format!("arg{}", index + 1), names::parameter);
        let name = if taken.insert(wish.clone()) { wish } else { format!("_hk_arg{index}") };
        parameters.push((name, hint.parameter(emitter.stub.builtins)));
    }
    let parameters = Some(parameters.as_slice()).filter(|_| !ty.unprototyped);
    let result = result.read(emitter.stub.builtins);
    emitter.stub.function(name, parameters, ty.variadic, &result);
}

/// The name under which a function or variable with that `asm` label is looked up.
fn symbol<'a>(emitter: &Emitter, name: &'a str, label: Option<&'a str>) -> &'a str {
    let Some(label) = label else { return name };
    let label = label.trim_start_matches('\u{1}');
    label.strip_prefix('_').filter(|_| emitter.platform.macos).unwrap_or(label)
}

fn write_variable<'a>(emitter: &mut Emitter<'a>, parts: &mut Parts<'a>, variable: &'a Variable) {
    let name = emitter.names.ordinary(&variable.name);
    if !parts.bound.insert(format!("{name}()")) {
        return;
    }
    if variable.is_static {
        match variable.value.as_ref().and_then(constant) {
            Some(value) => {
                parts.constants.push_str(&format!("{name} = {value}\n"));
                parts.written.insert(&variable.name);
                if let Some(value) = &variable.value {
                    emitter.stub.constant(&name, value);
                }
            }
            None => parts.without_symbol.push(variable.name.clone()),
        }
        return;
    }
    let wish = format!("_{}", variable.name.trim_start_matches('_'));
    let rendered = emitter.value(&variable.ty, &wish);
    // What C leaves incomplete still has an address.
    match rendered.filter(|rendered| matches!(rendered.shape, Shape::Object(_) | Shape::Incomplete)) {
        Some(rendered) => {
            emitter.stub.variable(&name, &rendered.hint);
            parts.written.insert(&variable.name);
            parts.in_library.insert(&variable.name, rendered.hint);
            parts.variables.push_str(&format!(
                "_hk_variable({}, {}, {})\n",
                string(&name),
                string(symbol(emitter, &variable.name, variable.symbol.as_deref())),
                rendered.text
            ));
        }
        None => {
            emitter.warn(format!("variable `{}` is left out: it has a type that ctypes lacks", variable.name))
        }
    }
}

fn assemble(header: &Header, settings: &Settings, emitter: &Emitter, parts: &Parts) -> String {
    let description = string(&format!("Generated by headerkit from {}; do not edit.", header.path));
    let mut text = format!(
        "\"\"{description}\"\"\n\nimport builtins as _hk_py\nimport ctypes as _ct\n\n{}",
        support::START
    );
    text.push_str(&library(header, settings, emitter, parts));
    if emitter.uses_bits {
        text.push_str(&support::bits(emitter.platform.big_endian));
    }
    let mut classes = String::new();
    for base in ["Structure", "Union"] {
        if emitter.classes.iter().any(|class| class.opaque && class.base == base) {
            classes.push_str(if classes.is_empty() { support::OPAQUE } else { "" });
            classes.push_str(&format!("_hk_Opaque{base} = _hk_opaque(_ct.{base})\n"));
        }
    }
    for Class { name, base, opaque } in &emitter.classes {
        let prefix = if *opaque { "_hk_Opaque" } else { "_ct." };
        classes.push_str(&format!("class {name}({prefix}{base}): pass\n"));
    }
    let mut functions = String::new();
    if !parts.functions.is_empty() {
        functions.push_str(support::FUNCTION);
        functions.push_str(if parts.nullable { support::NULLABLE } else { "" });
        for (class, text) in [
            ("_hk_Octets(", support::OCTETS),
            ("_hk_Texts(", support::TEXTS),
            ("_hk_ByValue(", support::BY_VALUE),
        ] {
            if emitter.converters.values().any(|made| made.starts_with(class)) {
                functions.push_str(text);
            }
        }
        for (name, made) in &emitter.converters {
            functions.push_str(&format!("{name} = {made}\n"));
        }
        functions.push_str(if parts.stdcall { support::STDCALL } else { "" });
        functions.push('\n');
        functions.push_str(&parts.functions);
    }
    let variables = match parts.variables.is_empty() {
        true => String::new(),
        false => format!("{}{}", support::VARIABLE, parts.variables),
    };
    let aliases = match parts.aliases.is_empty() {
        true => String::new(),
        false => format!("{}{}", support::ALIAS, parts.aliases),
    };
    for (title, section) in [
        ("Constants", &parts.constants),
        ("Enums", &parts.enums),
        ("Records", &classes),
        ("Types", &emitter.definitions),
        ("Functions", &functions),
        ("Variables", &variables),
        ("Other names", &aliases),
    ] {
        if !section.is_empty() {
            let gap = if section.starts_with('\n') { "" } else { "\n" };
            text.push_str(&format!("\n# {title}\n{gap}{section}"));
        }
    }
    text.push_str(support::GETATTR);
    text.push_str(&support::verify(&emitter.layouts, emitter.platform.big_endian));
    text
}

/// The lines that load the library.
fn library(header: &Header, settings: &Settings, emitter: &Emitter, parts: &Parts) -> String {
    let list = |names: Vec<String>| names.join(", ");
    let mut tried: Vec<String> = settings.library.iter().map(|name| string(name)).collect();
    let mut wanted = Vec::new();
    if tried.is_empty() {
        tried.extend(guess::libraries(header).iter().map(|name| string(name)));
        if !emitter.platform.windows {
            tried.push("None".into());
        }
        wanted = guess::sample(header, &parts.written)
            .map(|(name, label)| string(symbol(emitter, name, label)))
            .collect();
    }
    format!(
        "{}_hk_tried = [{}]\n_hk_library = {} = _hk_load(_hk_tried, [{}])\n",
        support::load(settings.use_errno, &emitter.platform),
        list(tried),
        settings.lib_name,
        list(wanted)
    )
}
