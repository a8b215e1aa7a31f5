//! C types as `ctypes` expressions.
//!
//! Characters: `const char *` is `c_char_p`, which reads as `bytes`. A `char *` is `POINTER(c_char)`
//! everywhere: what a function returns stays a pointer that can be freed, what a callback gets can be
//! written to. So is what a callback gets with a length, see `callback`. As a parameter it takes string buffers, and `bytes` too, which ctypes lets through for
//! this one pointer type; whether C writes to them, nobody can see. The same goes for `wchar_t`.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

use super::super::symbols::Symbols;
use super::byvalue::Carrier;
use super::hint::Hint;
use super::names::Names;
use super::platform::Platform;
use super::records::Finished;
use super::stub::Stub;
use crate::diagnostics::Diagnostic;
use crate::ir::{
    CallConv, Enum, FloatKind, FunctionType, Header, IntKind, Layout, Location, QualType, Record, Type,
    Typedef,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// A rendered type.
#[derive(Debug, Clone)]
pub(super) struct PyType {
    /// The expression.
    pub text: String,
    /// What it is.
    pub shape: Shape,
    /// What type checkers are told.
    pub hint: Hint,
}

/// What a rendered type can be used for.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// `None`: only behind a pointer or as a result.
    Void,
    /// A function type, which `ctypes` does not tell from a pointer to it.
    Function,
    /// A class without fields: only behind a pointer.
    Incomplete,
    /// A type with values.
    Object(Object),
}

/// Facts about a type with values.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Size and alignment that `ctypes` gives it, in bytes.
    pub layout: Layout,
    /// Alignment in bytes that it gives it from Python 3.13 on, which knows `_align_`.
    pub full_align: u64,
    /// The `ctypes` scalar behind aliases, where it is one that reads as a plain Python value.
    pub scalar: Option<&'static str>,
    /// Why values cannot be passed to and from functions.
    pub refusal: Option<String>,
    /// Whether it stands for a type that `ctypes` lacks.
    pub raw: bool,
}

impl Object {
    /// A type of that layout, without further properties.
    pub fn new(layout: Layout) -> Self {
        Object { layout, full_align: layout.align, scalar: None, refusal: None, raw: false }
    }
}

/// A class of the module: its name and base.
pub(super) struct Class {
    /// Its name.
    pub name: String,
    /// `Structure` or `Union`.
    pub base: &'static str,
    /// Whether C leaves it incomplete.
    pub opaque: bool,
}

/// A record that something names, but needs no more than the name of.
pub(super) struct Pending<'a> {
    pub record: &'a Record,
    pub location: Cow<'a, Location>,
}

/// Turns declarations into text, everything a declaration needs before itself.
pub(super) struct Emitter<'a> {
    pub symbols: Symbols<'a>,
    pub names: Names<'a>,
    pub platform: Platform,
    /// Where the declaration at hand stands.
    pub location: Cow<'a, Location>,
    pub classes: Vec<Class>,
    /// Typedefs and fields, in the order in which Python can run them.
    pub definitions: String,
    pub diagnostics: Vec<Diagnostic>,
    pub pending: VecDeque<Pending<'a>>,
    /// Class names by the address of the record in the IR, which does not move while writing.
    pub class_names: FxHashMap<*const Record, usize>,
    /// Records that have their fields; `None` while at it.
    pub finished: FxHashMap<*const Record, Option<Finished>>,
    /// Whether some record needs the helper for bit-fields.
    pub uses_bits: bool,
    /// Types as type checkers see them.
    pub stub: Stub,
    /// Objects that stand for types in `argtypes` and `restype`: their names and expressions.
    pub converters: BTreeMap<String, String>,
    /// What the self-check compares, a line for each record.
    pub layouts: String,
    typedefs: FxHashMap<&'a str, Option<PyType>>,
    reported: FxHashSet<String>,
}

impl<'a> Emitter<'a> {
    pub fn new(header: &'a Header, lib_name: &str) -> Self {
        let names = Names::new(header, lib_name);
        let stub = Stub::new(names.hide_builtins());
        Emitter {
            symbols: Symbols::new(header),
            names,
            platform: Platform::new(&header.target),
            location: Cow::Owned(Location { file: header.path.clone(), line: 1, column: 1 }),
            classes: Vec::new(),
            definitions: String::new(),
            diagnostics: Vec::new(),
            pending: VecDeque::new(),
            class_names: FxHashMap::default(),
            finished: FxHashMap::default(),
            uses_bits: false,
            stub,
            converters: BTreeMap::new(),
            layouts: String::new(),
            typedefs: FxHashMap::default(),
            reported: FxHashSet::default(),
        }
    }

    /// Reports at the declaration at hand, once.
    pub fn warn(&mut self, message: String) {
        if self.reported.insert(format!("{} {message}", self.location)) {
            self.diagnostics.push(Diagnostic::warning(message, &self.location));
        }
    }

    /// A type whose values are needed; `wish` names unnamed records inside. `None` where `ctypes` has
    /// nothing for it.
    pub fn value(&mut self, ty: &'a QualType, wish: &str) -> Option<PyType> {
        self.render(ty, true, wish)
    }

    fn render(&mut self, ty: &'a QualType, complete: bool, wish: &str) -> Option<PyType> {
        match &ty.ty {
            Type::Void => Some(PyType { text: "None".into(), shape: Shape::Void, hint: Hint::void() }),
            Type::Bool => Some(self.scalar("_ct.c_bool", 1)),
            Type::Int { int, size } => Some(self.integer(*int, *size)),
            Type::Float { float, size } => Some(self.float(*float, *size)),
            Type::Complex { float, size } => Some(self.complex(*float, *size)),
            Type::Pointer { to } => self.pointer(to, wish),
            Type::Array { of, length } => self.array(of, *length, wish),
            Type::Function(function) => self.function_type(function, wish),
            Type::Record { record, name } => {
                let definition = self.symbols.record(*record, name)?;
                self.record(definition, complete, wish)
            }
            Type::InlineRecord { definition } => self.record(definition, complete, wish),
            Type::Enum { name } => {
                let definition = self.symbols.enumeration(name)?;
                let integer = self.enumeration(definition);
                let text = self.names.enumeration(name);
                Some(PyType { hint: integer.hint.named(&text), text, ..integer })
            }
            Type::InlineEnum { definition } => Some(self.enumeration(definition)),
            Type::Typedef { name } => {
                let typedef = self.symbols.typedef(name)?;
                self.typedef(typedef, complete)
            }
            Type::Atomic { of } => self.render(of, complete, wish),
            Type::Vector { size, align, .. } => {
                Some(self.blob("a vector", Layout { size: *size, align: *align }))
            }
            Type::VaList { layout } => Some(self.blob("`va_list`", *layout)),
            Type::Cxx { .. } => None,
            Type::Opaque { spelling, layout } => {
                layout.map(|layout| self.blob(&format!("`{spelling}`"), layout))
            }
        }
    }

    fn object(&self, text: String, layout: Layout, hint: Hint) -> PyType {
        PyType { text, shape: Shape::Object(Object::new(layout)), hint }
    }

    fn scalar(&self, text: &'static str, size: u64) -> PyType {
        let layout = Layout { size, align: self.platform.scalar_align(size) };
        let object = Object { scalar: Some(text), ..Object::new(layout) };
        PyType { text: text.into(), shape: Shape::Object(object), hint: Hint::simple(text) }
    }

    /// Raw bytes instead of a type that `ctypes` lacks.
    pub fn blob(&self, what: &str, layout: Layout) -> PyType {
        let (text, layout, unit) = self.platform.blob(layout);
        let object = Object { refusal: Some(what.into()), raw: true, ..Object::new(layout) };
        PyType { text, shape: Shape::Object(object), hint: Hint::array(&Hint::simple(unit)) }
    }

    fn integer(&self, int: IntKind, size: u32) -> PyType {
        match integer(int, size) {
            Some(text) => self.scalar(text, size.into()),
            None => self.blob(
                &format!("`{}`", int.spelling()),
                Layout { size: size.into(), align: u64::from(size).max(1) },
            ),
        }
    }

    fn float(&self, float: FloatKind, size: u32) -> PyType {
        let text = match float {
            FloatKind::Float => "_ct.c_float",
            FloatKind::Double => "_ct.c_double",
            FloatKind::LongDouble if self.platform.has_long_double(size.into()) => "_ct.c_longdouble",
            _ => {
                let align = if size.is_power_of_two() { size.into() } else { 4 };
                return self.blob(&format!("`{}`", float.spelling()), Layout { size: size.into(), align });
            }
        };
        self.scalar(text, size.into())
    }

    fn complex(&self, float: FloatKind, size: u32) -> PyType {
        let mut element = self.float(float, size / 2);
        element.text.push_str(" * 2");
        element.hint = Hint::array(&element.hint);
        if let Shape::Object(object) = &mut element.shape {
            object.layout.size = size.into();
            object.scalar = None;
            object.refusal = Some(format!("`{} _Complex`", float.spelling()));
        }
        element
    }

    fn enumeration(&self, definition: &Enum) -> PyType {
        let text = enum_type(definition);
        self.scalar(text, definition.size.into())
    }

    fn array(&mut self, of: &'a QualType, length: Option<u64>, wish: &str) -> Option<PyType> {
        let element = self.render(of, true, wish)?;
        let length = length.unwrap_or(0);
        let (text, mut object) = match element.shape {
            Shape::Object(object) => (element.text, object),
            Shape::Void | Shape::Function | Shape::Incomplete => return None,
        };
        object.layout.size = object.layout.size.checked_mul(length)?;
        if object.layout.size > i64::MAX as u64 || length > i64::MAX as u64 {
            return None;
        }
        object.scalar = None;
        let hint = Hint::array(&element.hint);
        Some(PyType { text: format!("{text} * {length}"), shape: Shape::Object(object), hint })
    }

    fn pointer(&mut self, to: &'a QualType, wish: &str) -> Option<PyType> {
        let size = self.platform.pointer;
        let Some(target) = self.render(to, false, wish) else {
            return Some(self.scalar("_ct.c_void_p", size));
        };
        let layout = Layout { size, align: self.platform.scalar_align(size) };
        Some(match &target.shape {
            Shape::Void => self.scalar("_ct.c_void_p", size),
            Shape::Function => self.object(target.text, layout, target.hint),
            Shape::Object(Object { raw: true, .. }) => self.scalar("_ct.c_void_p", size),
            Shape::Object(Object { scalar: Some("_ct.c_char"), .. }) if self.is_const(to) => {
                self.scalar("_ct.c_char_p", size)
            }
            Shape::Object(Object { scalar: Some("_ct.c_wchar"), .. }) if self.is_const(to) => {
                self.scalar("_ct.c_wchar_p", size)
            }
            _ => {
                let hint = Hint::pointer(&target.hint, self.is_const(to));
                self.object(format!("_ct.POINTER({})", target.text), layout, hint)
            }
        })
    }

    /// Whether a type is const, through typedefs.
    fn is_const(&self, ty: &QualType) -> bool {
        let mut ty = ty;
        for _ in 0..64 {
            match &ty.ty {
                _ if ty.is_const => return true,
                Type::Typedef { name } => match self.symbols.typedef(name) {
                    Some(typedef) => ty = &typedef.ty,
                    None => return false,
                },
                _ => return false,
            }
        }
        false
    }

    fn function_type(&mut self, function: &'a FunctionType, wish: &str) -> Option<PyType> {
        let rendered = self
            .convention(function.call_conv)
            .and_then(|stdcall| Ok((stdcall, self.signature(function, wish, false)?)));
        let (stdcall, (result, parameters)) = match rendered {
            Ok(rendered) => rendered,
            Err(reason) => {
                self.warn(format!("a function type is bound as `c_void_p`: {reason}"));
                return None;
            }
        };
        // A Python callback can return an address, but no pointer object.
        let pointer = matches!(self.symbols.canonical(&function.result.ty), Type::Pointer { .. });
        let result = match result.shape {
            Shape::Object(Object { scalar: None, .. }) if pointer => {
                self.scalar("_ct.c_void_p", self.platform.pointer)
            }
            _ => result,
        };
        let factory = if stdcall { "WINFUNCTYPE" } else { "CFUNCTYPE" };
        let hints = parameters.iter().map(|parameter| &parameter.hint);
        let hint = Hint::function(&result.hint, hints, self.stub.builtins);
        let arguments: Vec<String> =
            std::iter::once(result).chain(parameters).map(|argument| argument.text).collect();
        let text = format!("_ct.{factory}({})", arguments.join(", "));
        Some(PyType { text, shape: Shape::Function, hint })
    }

    /// Whether a calling convention is Windows' `stdcall`; `Err` for those that `ctypes` lacks.
    pub fn convention(&self, convention: CallConv) -> Result<bool, String> {
        match convention {
            CallConv::C => Ok(false),
            _ if !self.platform.x86 && convention != CallConv::Other => Ok(false),
            CallConv::Stdcall if self.platform.windows => Ok(true),
            _ => Err("its calling convention is unknown to ctypes".into()),
        }
    }

    /// Result and parameters of a function, or why a call cannot be made. `converts` if objects may
    /// stand for types that `ctypes` cannot pass, as they may not in types of callbacks.
    pub fn signature(
        &mut self,
        function: &'a FunctionType,
        wish: &str,
        converts: bool,
    ) -> Result<(PyType, Vec<PyType>), String> {
        let result =
            self.passed(&function.result, &format!("{wish}_result"), converts, || "it returns".into())?;
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for (index, parameter) in function.parameters.iter().enumerate() {
            let name = parameter.name.clone().unwrap_or_else(|| (index + 1).to_string());
            let what = || format!("parameter `{name}` is");
            let rendered = self.passed(&parameter.ty, &format!("{wish}_{name}"), converts, what)?;
            if matches!(rendered.shape, Shape::Void) {
                return Err(format!("{} of type `void`", what()));
            }
            parameters.push(rendered);
        }
        if !converts {
            self.unterminated(function, &mut parameters);
        }
        Ok((result, parameters))
    }

    fn passed(
        &mut self,
        ty: &'a QualType,
        wish: &str,
        converts: bool,
        what: impl Fn() -> String,
    ) -> Result<PyType, String> {
        // As a parameter, a `va_list` is a pointer or passed like one, on every target.
        if let Type::VaList { .. } = self.symbols.canonical(&ty.ty) {
            return Ok(self.scalar("_ct.c_void_p", self.platform.pointer));
        }
        let passable = self.as_passable(&ty.ty, 0).is_some();
        let rendered = match self.array_element(&ty.ty) {
            Some(element) => self.pointer(element, wish),
            // Fields may come later here, so that a record can hold callbacks that take it.
            None => self.render(ty, !passable, wish),
        };
        let rendered = rendered.ok_or_else(|| format!("{} of a type that ctypes lacks", what()))?;
        match &rendered.shape {
            Shape::Incomplete if passable => Ok(rendered),
            Shape::Incomplete => Err(format!("{} of an incomplete type", what())),
            Shape::Object(Object { refusal: Some(reason), .. }) => {
                let carrier = self.carrier(&ty.ty).filter(|_| converts);
                carrier
                    .map(|carrier| self.converted(&rendered, &carrier))
                    .ok_or_else(|| format!("{} {reason} by value", what()))
            }
            _ => Ok(rendered),
        }
    }

    /// The object by which values are passed that `ctypes` cannot pass itself.
    fn converted(&mut self, rendered: &PyType, carrier: &Carrier) -> PyType {
        let units = carrier.units.join(", ");
        let (name, kind, hint) = if carrier.is_complex {
            let hint = Hint::record(&format!("{}complex", self.stub.builtins));
            let element = carrier.units.first().map_or("", |unit| unit.trim_start_matches("_ct."));
            (format!("_hk_complex_{element}_{}", carrier.units.len()), "_hk_py.complex", hint)
        } else {
            let class = rendered.hint.instance.as_str();
            (format!("_hk_value_{class}"), class, rendered.hint.clone())
        };
        self.converters.insert(name.clone(), format!("_hk_ByValue({kind}, {units})"));
        PyType { text: name, shape: rendered.shape.clone(), hint }
    }

    /// The element of a parameter's array type that a typedef hides; others are pointers already.
    fn array_element(&self, ty: &'a Type) -> Option<&'a QualType> {
        let mut ty = ty;
        for _ in 0..64 {
            match ty {
                Type::Array { of, .. } => return Some(of),
                Type::Typedef { name } => ty = &self.symbols.typedef(name)?.ty.ty,
                _ => return None,
            }
        }
        None
    }

    /// The integer that reads and writes a bit-field: its type, size and whether it is signed.
    pub fn bit_type(&self, ty: &Type) -> Option<BitType> {
        let enumeration = |definition: &Enum| (definition.underlying, definition.size);
        let (int, size) = match self.symbols.canonical(ty) {
            Type::Bool => return Some(BitType { text: "_ct.c_bool", size: 1, kind: BitKind::Bool }),
            Type::Int { int, size } => (*int, *size),
            Type::Enum { name } => enumeration(self.symbols.enumeration(name)?),
            Type::InlineEnum { definition } => enumeration(definition),
            _ => return None,
        };
        let kind = if int.is_signed() { BitKind::Signed } else { BitKind::Unsigned };
        Some(BitType { text: plain_integer(int, size)?, size: size.into(), kind })
    }

    /// Makes sure that a typedef is defined and gives its name.
    pub fn typedef(&mut self, typedef: &'a Typedef, complete: bool) -> Option<PyType> {
        if let Some(known) = self.well_known(typedef) {
            return Some(known);
        }
        match self.typedefs.get(typedef.name.as_str()) {
            Some(None) => return None,
            Some(Some(known)) if !complete || !matches!(known.shape, Shape::Incomplete) => {
                return Some(known.clone());
            }
            Some(Some(_)) => {
                let name = self.names.ordinary(&typedef.name);
                let rendered = self.render(&typedef.ty, true, &name)?;
                return Some(PyType { text: name, ..rendered });
            }
            None => {}
        }
        self.typedefs.insert(&typedef.name, None);
        let previous = self
            .symbols
            .typedef_declaration(&typedef.name)
            .map(|declaration| std::mem::replace(&mut self.location, Cow::Borrowed(&declaration.location)));
        let rendered = self.define(typedef, complete);
        if let Some(previous) = previous {
            self.location = previous;
        }
        match &rendered {
            Some(known) => self.typedefs.insert(&typedef.name, Some(known.clone())),
            None => self.typedefs.remove(typedef.name.as_str()),
        };
        rendered
    }

    fn define(&mut self, typedef: &'a Typedef, complete: bool) -> Option<PyType> {
        let name = self.names.ordinary(&typedef.name);
        let rendered = if let Type::InlineRecord { definition } = &typedef.ty.ty {
            self.name_class(definition, name.clone());
            self.render(&typedef.ty, complete, &name)?
        } else {
            self.render(&typedef.ty, complete, &format!("_{}", name.trim_start_matches('_')))?
        };
        if let Shape::Object(Object { raw: true, refusal: Some(reason), .. }) = &rendered.shape
            && !matches!(typedef.ty.ty, Type::Typedef { .. })
        {
            self.warn(format!("`{}` is {reason}, which ctypes lacks: bound as raw bytes", typedef.name));
        }
        if rendered.text == name {
            return Some(rendered);
        }
        self.definitions.push_str(&format!("{name} = {}\n", rendered.text));
        self.stub.alias(&name, &rendered.hint);
        Some(PyType { hint: rendered.hint.named(&name), text: name, shape: rendered.shape })
    }

    /// Standard typedefs that `ctypes` has types of its own for, if they are what their name says.
    pub fn well_known(&self, typedef: &Typedef) -> Option<PyType> {
        let Type::Int { int, size } = self.symbols.canonical(&typedef.ty.ty) else { return None };
        let pointer = self.platform.pointer as u32;
        let (text, expected, signed) = match typedef.name.as_str() {
            "int8_t" => ("_ct.c_int8", 1, true),
            "int16_t" => ("_ct.c_int16", 2, true),
            "int32_t" => ("_ct.c_int32", 4, true),
            "int64_t" => ("_ct.c_int64", 8, true),
            "uint8_t" => ("_ct.c_uint8", 1, false),
            "uint16_t" => ("_ct.c_uint16", 2, false),
            "uint32_t" => ("_ct.c_uint32", 4, false),
            "uint64_t" => ("_ct.c_uint64", 8, false),
            "size_t" | "uintptr_t" => ("_ct.c_size_t", pointer, false),
            "ssize_t" | "ptrdiff_t" | "intptr_t" => ("_ct.c_ssize_t", pointer, true),
            "wchar_t" => ("_ct.c_wchar", if self.platform.windows { 2 } else { 4 }, int.is_signed()),
            _ => return None,
        };
        (expected == *size && signed == int.is_signed()).then(|| self.scalar(text, expected.into()))
    }
}

/// How a bit-field is read.
pub(super) struct BitType {
    /// Integer type of `ctypes` that may have a width.
    pub text: &'static str,
    /// Its size in bytes.
    pub size: u64,
    /// How its bits are understood.
    pub kind: BitKind,
}

/// How the bits of a bit-field are understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BitKind {
    Unsigned,
    Signed,
    Bool,
}

/// The integer type of an enum.
pub(super) fn enum_type(definition: &Enum) -> &'static str {
    plain_integer(definition.underlying, definition.size).unwrap_or("_ct.c_int")
}

fn integer(int: IntKind, size: u32) -> Option<&'static str> {
    match int {
        IntKind::CharS | IntKind::CharU => Some("_ct.c_char"),
        IntKind::WChar => Some("_ct.c_wchar"),
        _ => plain_integer(int, size),
    }
}

/// The type of a number: characters are small integers here.
fn plain_integer(int: IntKind, size: u32) -> Option<&'static str> {
    Some(match int {
        IntKind::CharS | IntKind::SChar => "_ct.c_byte",
        IntKind::CharU | IntKind::UChar => "_ct.c_ubyte",
        IntKind::Short => "_ct.c_short",
        IntKind::UShort => "_ct.c_ushort",
        IntKind::Int => "_ct.c_int",
        IntKind::UInt => "_ct.c_uint",
        IntKind::Long => "_ct.c_long",
        IntKind::ULong => "_ct.c_ulong",
        IntKind::LongLong => "_ct.c_longlong",
        IntKind::ULongLong => "_ct.c_ulonglong",
        IntKind::WChar if size == 2 => "_ct.c_uint16",
        IntKind::WChar => "_ct.c_int32",
        IntKind::Char16 => "_ct.c_uint16",
        IntKind::Char32 => "_ct.c_uint32",
        IntKind::Int128 | IntKind::UInt128 => return None,
    })
}
