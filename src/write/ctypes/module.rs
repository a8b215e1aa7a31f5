//! The module around the types: library, constants, functions, variables.

use std::borrow::Cow;

use super::super::symbols::walk;
use super::literals::{constant, string};
use super::types::{Emitter, Shape, enum_type};
use super::{Output, Settings};
use crate::ir::{Declaration, DeclarationKind, Enum, Function, Header, QualType, Type, Variable};
use rustc_hash::FxHashSet;

/// The parts of a module that are not types.
#[derive(Default)]
struct Parts<'a> {
    constants: String,
    enums: String,
    functions: String,
    variables: String,
    /// Whether some function is called the `stdcall` way.
    stdcall: bool,
    /// Names bound so far, so that nothing is bound twice.
    bound: FxHashSet<String>,
    /// Typedefs, functions and variables: a macro of the same name stands for them.
    shadowing: FxHashSet<&'a str>,
    /// Functions and variables without a symbol.
    without_symbol: Vec<String>,
}

pub(super) fn write(header: &Header, settings: &Settings) -> Output {
    let mut emitter = Emitter::new(header, &settings.lib_name);
    let mut parts = Parts { shadowing: shadowing(header), ..Parts::default() };
    for declaration in &header.declarations {
        emitter.location = Cow::Borrowed(&declaration.location);
        write_constants(&mut emitter, &mut parts, declaration);
    }
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        emitter.location = Cow::Borrowed(&declaration.location);
        write_type(&mut emitter, declaration);
    }
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        emitter.location = Cow::Borrowed(&declaration.location);
        match &declaration.kind {
            DeclarationKind::Function(function) => write_function(&mut emitter, &mut parts, function),
            DeclarationKind::Variable(variable) => write_variable(&mut emitter, &mut parts, variable),
            _ => {}
        }
    }
    emitter.finish_pending();
    report_without_symbol(&mut emitter, header, &parts);
    let text = assemble(header, settings, &emitter, &parts);
    Output { text, diagnostics: emitter.diagnostics }
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
    let shown: Vec<String> = parts.without_symbol.iter().take(5).map(|name| format!("`{name}`")).collect();
    let more = match parts.without_symbol.len().saturating_sub(shown.len()) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    emitter.warn(format!(
        "inline or static, so that no library defines it: left out {}{more}",
        shown.join(", ")
    ));
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
            format!("{name} = {}\n", enum_type(definition))
        }
        None => "# enum\n".to_owned(),
    };
    for item in &definition.constants {
        let name = emitter.names.ordinary(&item.name);
        parts.bound.insert(name.clone());
        text.push_str(&format!("{name} = {}\n", item.value));
    }
    parts.enums.push_str(&text);
}

fn write_type<'a>(emitter: &mut Emitter<'a>, declaration: &'a Declaration) {
    match &declaration.kind {
        DeclarationKind::Record(record) => {
            emitter.record(record, true, "_record");
        }
        DeclarationKind::Typedef(typedef) => {
            if let Some(known) = emitter.well_known(typedef) {
                let name = emitter.names.ordinary(&typedef.name);
                emitter.definitions.push_str(&format!("{name} = {}\n", known.text));
            } else if emitter.typedef(typedef, false).is_none() {
                emitter.warn(format!("type `{}` is left out: ctypes has nothing like it", typedef.name));
            }
        }
        _ => {}
    }
}

fn write_function<'a>(emitter: &mut Emitter<'a>, parts: &mut Parts, function: &'a Function) {
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
        .and_then(|stdcall| Ok((stdcall, emitter.signature(&function.ty, &wish)?)));
    let (stdcall, (result, parameters)) = match rendered {
        Ok(rendered) => rendered,
        Err(reason) => return emitter.warn(format!("function `{}` is left out: {reason}", function.name)),
    };
    let arguments =
        if function.ty.unprototyped { "None".to_owned() } else { format!("[{}]", parameters.join(", ")) };
    let symbol = symbol(emitter, function);
    let library = if stdcall { ", _hk_stdcall" } else { "" };
    parts.stdcall |= stdcall;
    parts.functions.push_str(&format!(
        "_hk_function({}, {}, {}, {arguments}{library})\n",
        string(&name),
        string(&symbol),
        result.text
    ));
}

/// The name under which a function is looked up.
fn symbol(emitter: &Emitter, function: &Function) -> String {
    match function.symbol.as_deref() {
        None => function.name.clone(),
        Some(symbol) => {
            let symbol = symbol.trim_start_matches('\u{1}');
            let stripped = symbol.strip_prefix('_').filter(|_| emitter.platform.macos);
            stripped.unwrap_or(symbol).to_owned()
        }
    }
}

fn write_variable<'a>(emitter: &mut Emitter<'a>, parts: &mut Parts, variable: &'a Variable) {
    let name = emitter.names.ordinary(&variable.name);
    if !parts.bound.insert(format!("{name}()")) {
        return;
    }
    if variable.is_static {
        match variable.value.as_ref().and_then(constant) {
            Some(value) => parts.constants.push_str(&format!("{name} = {value}\n")),
            None => parts.without_symbol.push(variable.name.clone()),
        }
        return;
    }
    let wish = format!("_{}", variable.name.trim_start_matches('_'));
    let rendered = emitter.value(&variable.ty, &wish);
    match rendered.filter(|rendered| matches!(rendered.shape, Shape::Object(_))) {
        Some(rendered) => parts.variables.push_str(&format!(
            "_hk_variable({}, {}, {})\n",
            string(&name),
            string(&variable.name),
            rendered.text
        )),
        None => {
            emitter.warn(format!("variable `{}` is left out: it has a type that ctypes lacks", variable.name))
        }
    }
}

fn assemble(header: &Header, settings: &Settings, emitter: &Emitter, parts: &Parts) -> String {
    let description = string(&format!("Generated by headerkit from {}; do not edit.", header.path));
    let mut text = format!("\"\"{description}\"\"\n\nimport ctypes as _ct\n\n{CAPTURE}");
    text.push_str(&library(header, settings, emitter));
    if emitter.uses_bits {
        let (order, shift) = if emitter.platform.big_endian {
            ("big", "last * 8 - offset - width")
        } else {
            ("little", "offset - first * 8")
        };
        text.push_str(&BITS.replace("@ORDER@", order).replace("@SHIFT@", shift));
    }
    let classes: String = emitter
        .classes
        .iter()
        .map(|class| format!("class {}(_ct.{}): pass\n", class.name, class.base))
        .collect();
    let stdcall = if parts.stdcall { STDCALL } else { "" };
    let functions = if parts.functions.is_empty() {
        String::new()
    } else {
        format!("{FUNCTION}{stdcall}{}", parts.functions)
    };
    let variables =
        if parts.variables.is_empty() { String::new() } else { format!("{VARIABLE}{}", parts.variables) };
    for (title, section) in [
        ("Constants", &parts.constants),
        ("Enums", &parts.enums),
        ("Records", &classes),
        ("Types", &emitter.definitions),
        ("Functions", &functions),
        ("Variables", &variables),
    ] {
        if !section.is_empty() {
            let gap = if section.starts_with('\n') { "" } else { "\n" };
            text.push_str(&format!("\n# {title}\n{gap}{section}"));
        }
    }
    text.push_str(GETATTR);
    text
}

/// The lines that load the library.
fn library(header: &Header, settings: &Settings, emitter: &Emitter) -> String {
    let mut tried: Vec<String> = settings.library.iter().map(|name| string(name)).collect();
    if tried.is_empty() {
        let file = header.path.rsplit(['/', '\\']).next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        tried.extend([string(stem), string(&format!("lib{stem}"))]);
        if !emitter.platform.windows {
            tried.push("None".into());
        }
    }
    format!(
        "{LOAD}_hk_tried = [{}]\n_hk_library = {} = _hk_load(_hk_tried)\n",
        tried.join(", "),
        settings.lib_name
    )
}

/// Builtins by names of ours: the header may declare others of the same name.
const CAPTURE: &str = "\
_hk_globals, _hk_property, _hk_setattr, _hk_bool = globals(), property, setattr, bool
_hk_absent, _hk_error, _hk_join = (AttributeError, TypeError, ValueError), AttributeError, \", \".join
_hk_missing = {}
__missing__ = []  # what the header declares and the library does not define
";

const LOAD: &str = r#"

def _hk_load(names):
    """The first library that loads. A name with a slash is a path, from this file's directory."""
    from ctypes.util import find_library
    from os.path import dirname, join

    for name in names:
        if name is None:
            paths = [lambda: None]  # the process itself
        elif "/" in name or "\\" in name:
            paths = [lambda: join(dirname(_hk_globals.get("__file__") or ""), name)]
        else:
            paths = [lambda: find_library(name), lambda: name]
            if "." in name:
                paths.reverse()  # looking up a file name is slow and finds nothing
        for path in paths:
            try:
                found = path()
                if found or name is None:
                    return _ct.CDLL(found)
            except OSError:
                pass
    return None


"#;

const BITS: &str = r#"

def _hk_bits(cls, name, offset, width, signed=False, kind=int):
    """A property for a bit-field, read and written in place."""
    first, last = offset // 8, (offset + width + 7) // 8
    shift, mask = @SHIFT@, (1 << width) - 1
    array = _ct.c_ubyte * (last - first)

    def read(self):
        raw = int.from_bytes(array.from_buffer(self, first), "@ORDER@") >> shift & mask
        return kind(raw - (1 << width) if signed and raw >> width - 1 else raw)

    def write(self, value):
        view = array.from_buffer(self, first)
        rest = int.from_bytes(view, "@ORDER@") & ~(mask << shift)
        view[:] = (rest | (kind(value) & mask) << shift).to_bytes(last - first, "@ORDER@")

    _hk_setattr(cls, name, _hk_property(read, write))

"#;

const FUNCTION: &str = r#"

def _hk_function(name, symbol, restype, argtypes, library=_hk_library):
    try:
        function = library[symbol]
    except _hk_absent:
        _hk_missing[name] = "function"
        __missing__.append(name)
        return
    function.restype = restype
    if argtypes is not None:
        function.argtypes = argtypes
    _hk_globals[name] = function


"#;

const STDCALL: &str = "\
_hk_stdcall = _hk_library and _ct.WinDLL(_hk_library._name, handle=_hk_library._handle)

";

const VARIABLE: &str = r#"

def _hk_variable(name, symbol, kind):
    try:
        _hk_globals[name] = kind.in_dll(_hk_library, symbol)
    except _hk_absent:
        _hk_missing[name] = "variable"
        __missing__.append(name)


"#;

const GETATTR: &str = r#"

def __getattr__(name):
    what = _hk_missing.get(name)
    if what is None:
        raise _hk_error(f"module `{__name__}` has no attribute `{name}`")
    if _hk_library is None:
        raise _hk_error(f"no library of {_hk_join(_hk_tried)} can be loaded, which {what} `{name}` needs")
    raise _hk_error(f"library `{_hk_library._name or 'of this process'}` does not define {what} `{name}`")
"#;
