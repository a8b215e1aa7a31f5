//! The stub beside the module: what type checkers and editors read of it.
//!
//! Statements of a stub may stand in any order, so it is collected while the module is written.

use super::hint::{Hint, HintKind};
use super::literals::string;
use super::names;
use crate::ir::ConstantValue;
use rustc_hash::FxHashSet;

/// A field as type checkers see it, and where it lies for the self-check.
#[derive(Debug, Clone)]
pub(super) struct StubField {
    /// Its name in the class.
    pub name: String,
    /// Its annotation.
    pub text: String,
    /// In bits from the start of the record.
    pub offset: u64,
    /// Its size.
    pub extent: Extent,
}

/// Size of a field.
#[derive(Debug, Clone, Copy)]
pub(super) enum Extent {
    /// Of a plain field, in bytes.
    Bytes(u64),
    /// Of a bit-field, in bits.
    Bits(u32),
}

/// The statements collected.
#[derive(Default)]
pub(super) struct Stub {
    /// What stands before the names of builtins: nothing, unless the header takes one of them.
    pub builtins: &'static str,
    constants: String,
    /// Classes and other names of types that hide builtins: mypy takes the builtin before it has seen them.
    hiding: String,
    class_texts: String,
    aliases: String,
    classes: FxHashSet<String>,
    functions: String,
    variables: String,
    other_names: String,
    /// Names that fields of some class hide from its annotations.
    hidden: FxHashSet<String>,
    /// The statements that give them another name.
    unhidden: String,
}

impl Stub {
    /// An empty stub; `hide_builtins` if the header takes names of builtins.
    pub fn new(hide_builtins: bool) -> Self {
        Stub { builtins: if hide_builtins { "_hk_py." } else { "" }, ..Stub::default() }
    }

    /// An integer constant.
    pub fn integer(&mut self, name: &str, value: i128) {
        self.constants.push_str(&format!("{name}: _hk_t.Final = {value}\n"));
    }

    /// A constant.
    pub fn constant(&mut self, name: &str, value: &ConstantValue) {
        let kind = match value {
            ConstantValue::Int(value) => return self.integer(name, value.value()),
            ConstantValue::Address(0) => return self.constants.push_str(&format!("{name}: None\n")),
            ConstantValue::Address(address) => return self.integer(name, i128::from(*address)),
            // Written where it is known what they are.
            ConstantValue::Name(_) | ConstantValue::AddressOf(_) => return,
            ConstantValue::Float(_) => "float",
            ConstantValue::String(_) | ConstantValue::Bytes(_) => "bytes",
            ConstantValue::Wide(_) => "str",
        };
        self.constants.push_str(&format!("{name}: _hk_t.Final[{}{kind}]\n", self.builtins));
    }

    /// Another name of a type.
    pub fn alias(&mut self, name: &str, hint: &Hint) {
        let text = match hint.kind {
            HintKind::Void => format!("{name}: None\n"),
            HintKind::Array(_) => format!("{name}: {}type[{}]\n", self.builtins, hint.instance),
            _ => format!("{name} = {}\n", hint.instance),
        };
        let section = if names::is_builtin(name) { &mut self.hiding } else { &mut self.aliases };
        section.push_str(&text);
    }

    /// A structure or union, its base as `_ct.Structure`.
    pub fn class<'f>(&mut self, name: &str, base: &str, fields: impl Iterator<Item = &'f StubField> + Clone) {
        self.classes.insert(name.to_owned());
        let own: FxHashSet<&str> = fields.clone().map(|field| field.name.as_str()).collect();
        let mut body = String::new();
        for field in fields {
            if names::field_alias(&field.name).is_some() {
                continue;
            }
            let text = self.unhide(&field.text, &own);
            body.push_str(&format!("    {}: {text}\n", field.name));
        }
        let head = format!("class {name}({base}):");
        let section = if names::is_builtin(name) { &mut self.hiding } else { &mut self.class_texts };
        if body.is_empty() {
            section.push_str(&format!("{head} ...\n"));
        } else {
            section.push_str(&format!("{head}\n{body}"));
        }
    }

    /// A structure or union without fields, unless it is there; `opaque` if it cannot be made.
    pub fn incomplete(&mut self, name: &str, base: &str, opaque: bool) {
        if !self.classes.contains(name) {
            let base = if opaque { format!("_hk_Opaque, _ct.{base}") } else { format!("_ct.{base}") };
            self.class(name, &base, std::iter::empty());
        }
    }

    /// An annotation in a class, where fields hide names of the module.
    fn unhide(&mut self, text: &str, fields: &FxHashSet<&str>) -> String {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let attribute = rest[..start].ends_with('.');
            result.push_str(&rest[..start]);
            let end = rest[start..].find(|c| !is_part(c)).map_or(rest.len(), |end| start + end);
            let name = &rest[start..end];
            if !attribute && fields.contains(name) {
                if self.hidden.insert(name.to_owned()) {
                    self.unhidden.push_str(&format!("_hk_the_{name} = {name}\n"));
                }
                result.push_str("_hk_the_");
            }
            result.push_str(name);
            rest = &rest[end..];
        }
        result.push_str(rest);
        result
    }

    /// A function; its parameters are names and annotations, `None` for one without prototype.
    pub fn function(
        &mut self,
        name: &str,
        parameters: Option<&[(String, String)]>,
        variadic: bool,
        result: &str,
    ) {
        let mut all: Vec<String> =
            parameters.unwrap_or_default().iter().map(|(name, text)| format!("{name}: {text}")).collect();
        if !all.is_empty() {
            all.push("/".into());
        }
        if variadic || parameters.is_none() {
            all.push("*_hk_args: _hk_t.Any".into());
        }
        self.functions.push_str(&format!("def {name}({}) -> {result}: ...\n", all.join(", ")));
    }

    /// A variable of the library.
    pub fn variable(&mut self, name: &str, hint: &Hint) {
        self.variables.push_str(&format!("{name}: {}\n", hint.instance));
    }

    /// Another name of a function, variable or type.
    pub fn other_name(&mut self, name: &str, target: &str) {
        self.other_names.push_str(&format!("{name} = {target}\n"));
    }

    /// The text of the stub.
    pub fn text(&self, header: &str, lib_name: &str) -> String {
        let description = string(&format!("Generated by headerkit from {header}; do not edit."));
        let mut text = format!("\"\"{description}\"\"\n{}", PREAMBLE.replace('&', self.builtins));
        if !self.builtins.is_empty() {
            text.push_str("\nimport builtins as _hk_py\n");
        }
        text.push_str(&format!("\n{lib_name}: _ct.CDLL | None\n"));
        for (title, section) in [
            ("Constants", &self.constants),
            ("Types that hide builtins", &self.hiding),
            ("Records", &self.class_texts),
            ("Types", &self.aliases),
            ("Functions", &self.functions),
            ("Variables", &self.variables),
            ("Other names", &self.other_names),
            ("Types that fields hide", &self.unhidden),
        ] {
            if !section.is_empty() {
                text.push_str(&format!("\n# {title}\n\n{section}"));
            }
        }
        text
    }
}

/// What annotations are made of; `&` stands before builtins.
const PREAMBLE: &str = r#"# pyright: reportPrivateUsage=false

import ctypes as _ct
import typing as _hk_t
from _ctypes import CFuncPtr as _hk_CFuncPtr

import typing_extensions as _hk_x

_hk_P = _hk_x.ParamSpec("_hk_P")
_hk_R = _hk_t.TypeVar("_hk_R")
_hk_W = _hk_t.TypeVar("_hk_W")
_hk_T = _hk_t.TypeVar("_hk_T", bound=_ct._CData)

class _hk_Field(_hk_t.Generic[_hk_R, _hk_W]):
    offset: &int
    size: &int
    @_hk_t.overload
    def __get__(self, instance: None, owner: _hk_t.Any = None, /) -> _hk_x.Self: ...
    @_hk_t.overload
    def __get__(self, instance: _hk_t.Any, owner: _hk_t.Any = None, /) -> _hk_R: ...
    def __set__(self, instance: _hk_t.Any, value: _hk_W, /) -> None: ...

class _hk_Function(_hk_CFuncPtr, _hk_t.Generic[_hk_P, _hk_R]):
    @_hk_t.overload
    def __new__(cls) -> _hk_x.Self: ...
    @_hk_t.overload
    def __new__(cls, address: &int, /) -> _hk_x.Self: ...
    @_hk_t.overload
    def __new__(cls, callable: _hk_t.Callable[_hk_P, _hk_R], /) -> _hk_x.Self: ...
    @_hk_t.overload
    def __new__(
        cls, func_spec: &tuple[&str | &int, _ct.CDLL], paramflags: &tuple[_hk_t.Any, ...] | None = ..., /
    ) -> _hk_x.Self: ...
    def __call__(self, *args: _hk_t.Any, **kwargs: _hk_t.Any) -> _hk_R: ...

class _hk_Opaque:
    def __init__(self, *, incomplete: _hk_t.NoReturn) -> None: ...

_hk_Pointer: _hk_t.TypeAlias = _ct._Pointer[_hk_T] | _ct.Array[_hk_T] | _hk_T | _ct._CArgObject | None
_hk_Text: _hk_t.TypeAlias = (
    &bytes | _ct.c_char_p | _ct.Array[_ct.c_char] | _ct._Pointer[_ct.c_char] | _ct._CArgObject | None
)
_hk_WideText: _hk_t.TypeAlias = (
    &str | _ct.c_wchar_p | _ct.Array[_ct.c_wchar] | _ct._Pointer[_ct.c_wchar] | _ct._CArgObject | None
)
_hk_Octets: _hk_t.TypeAlias = (
    &bytearray
    | &memoryview
    | _ct.Array[_ct.c_char]
    | _ct.Array[_ct.c_byte]
    | _ct.Array[_ct.c_ubyte]
    | _ct._Pointer[_ct.c_char]
    | _ct._Pointer[_ct.c_byte]
    | _ct._Pointer[_ct.c_ubyte]
    | _ct.c_char
    | _ct.c_byte
    | _ct.c_ubyte
    | _ct._CArgObject
    | None
)
_hk_ConstOctets: _hk_t.TypeAlias = _hk_Octets | _ct.c_char_p | &bytes
_hk_Address: _hk_t.TypeAlias = (
    &int
    | &bytes
    | &str
    | _ct.Array[_hk_t.Any]
    | _ct._Pointer[_hk_t.Any]
    | _hk_CFuncPtr
    | _ct._CArgObject
    | _ct.c_void_p
    | _ct.c_char_p
    | _ct.c_wchar_p
    | None
)

__missing__: &list[&str]

def __verify__() -> &list[&str]: ...
"#;
