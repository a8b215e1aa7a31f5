"""A parsed header as objects: a light, read-only view of the IR's JSON.

Every member of a JSON object is an attribute of the same name (``class_`` for ``class``); objects inside are views too,
and lists are tuples.
The classes below name the members there are and what one has that is not in the JSON. Sizes and alignments are in
bytes, offsets and widths in bits.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator, Mapping
from typing import Any, Optional, Union

__all__ = [
    "Declaration",
    "Definition",
    "EnumConstant",
    "Field",
    "Header",
    "Layout",
    "Location",
    "Member",
    "Node",
    "Parameter",
    "Type",
    "Value",
]

# Two members are called like the builtins.
_Int = int
_Float = float

Value = Union[int, float, str, bytes]


class Node:
    """Any object of the IR."""

    __slots__ = ("__dict__", "_json")
    _json: Mapping[str, Any]

    def __init__(self, data: Mapping[str, Any]) -> None:
        object.__setattr__(self, "_json", data)
        self.__dict__.update((_attribute(name), _view(name, value)) for name, value in data.items())

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("the header is read-only")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("the header is read-only")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    __hash__ = object.__hash__

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this is a view of."""
        return dict(self._json)

    def __repr__(self) -> str:
        members = ", ".join("{}={!r}".format(name, value) for name, value in self.__dict__.items())
        return "{}({})".format(type(self).__name__, members)


class Location(Node):
    """Where something stands: a project-relative path, or ``<name>`` for a system header. Line and column start at 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return "{}:{}:{}".format(self.file, self.line, self.column)


class Layout(Node):
    """``sizeof`` and ``_Alignof``."""

    size: int
    align: int


class Type(Node):
    """A type with its qualifiers. ``kind`` decides which of the other members there are.

    ``void``, ``bool``, ``va_list`` (layout), ``int`` (int, size), ``float`` and ``complex`` (float, size), ``pointer``
    (to), ``array`` (of, length), ``function`` (result, parameters, variadic, unprototyped, call_conv), ``record``
    (record, name), ``enum`` and ``typedef`` (name), ``inline_record`` and ``inline_enum`` (definition), ``vector``
    (of, length, size, align), ``atomic`` (of), ``opaque`` (spelling, layout).
    """

    kind: str = "function"
    const: bool = False
    volatile: bool = False
    restrict: bool = False
    int: Optional[str] = None
    float: Optional[str] = None
    size: Optional[_Int] = None
    align: Optional[_Int] = None
    to: Type
    of: Type
    length: Optional[_Int] = None
    result: Type
    parameters: tuple[Parameter, ...] = ()
    variadic: bool = False
    unprototyped: bool = False
    call_conv: str = "c"
    record: Optional[str] = None
    name: Optional[str] = None
    definition: Definition
    layout: Optional[Layout] = None
    spelling: Optional[str] = None

    def __str__(self) -> str:
        return self.declare()

    def declare(self, name: str = "") -> str:
        """The C declaration of something of this type: ``int (*name)(void)``."""
        qualifiers = [word for word in ("const", "volatile", "restrict") if getattr(self, word)]
        if self.kind == "pointer":
            inner = "*" + " ".join(qualifiers + [name] if name else qualifiers)
            return self.to.declare("(" + inner + ")" if self.to.kind in ("array", "function") else inner)
        if self.kind == "array":
            return self.of.declare("{}[{}]".format(name, "" if self.length is None else self.length))
        if self.kind == "function":
            parameters = [parameter.type.declare(parameter.name or "") for parameter in self.parameters]
            if self.variadic:
                parameters.append("...")
            empty = "" if self.unprototyped else "void"
            return self.result.declare("{}({})".format(name, ", ".join(parameters) or empty))
        words = qualifiers + [self._base()] + ([name] if name else [])
        return " ".join(words)

    def _base(self) -> str:
        if self.kind in ("int", "float", "complex"):
            word = _SPELLINGS.get(self.int or self.float or "", self.int or self.float or "")
            return word + " _Complex" if self.kind == "complex" else word
        if self.kind == "record":
            return "{} {}".format(self.record, self.name)
        if self.kind == "enum":
            return "enum {}".format(self.name)
        if self.kind in ("inline_record", "inline_enum"):
            return self.definition.body()
        if self.kind == "atomic":
            return "_Atomic({})".format(self.of.declare())
        if self.kind == "vector":
            return "{} __attribute__((vector_size({})))".format(self.of.declare(), self.size)
        fixed = {"void": "void", "bool": "_Bool", "va_list": "va_list"}
        return fixed.get(self.kind) or self.name or self.spelling or self.kind


_SPELLINGS = {
    "char_s": "char",
    "char_u": "char",
    "s_char": "signed char",
    "u_char": "unsigned char",
    "short": "short",
    "u_short": "unsigned short",
    "u_int": "unsigned int",
    "u_long": "unsigned long",
    "long_long": "long long",
    "u_long_long": "unsigned long long",
    "int128": "__int128",
    "u_int128": "unsigned __int128",
    "w_char": "wchar_t",
    "char16": "char16_t",
    "char32": "char32_t",
    "half": "_Float16",
    "b_float16": "__bf16",
    "long_double": "long double",
    "float128": "__float128",
}


class Parameter(Node):
    """A parameter; arrays and functions are pointers already."""

    name: Optional[str] = None
    type: Type


class Field(Node):
    """A member of a struct or union. Without a name: an unnamed bit-field, or an anonymous struct or union."""

    name: Optional[str] = None
    type: Type
    offset_bits: int
    bit_width: Optional[int] = None
    size: int
    align: int


class EnumConstant(Node):
    """A constant of an enum."""

    name: str
    value: int


class Definition(Node):
    """A struct or union (``record``, ``fields``, ``packed``; ``size`` only if complete) or an enum (``underlying``,
    ``constants``, ``incomplete``)."""

    name: Optional[str] = None
    record: Optional[str] = None
    size: Optional[int] = None
    align: Optional[int] = None
    packed: bool = False
    fields: tuple[Field, ...] = ()
    underlying: Optional[str] = None
    incomplete: bool = False
    constants: tuple[EnumConstant, ...] = ()

    def body(self) -> str:
        """The definition as C, on one line."""
        if self.record is None:
            members = ", ".join("{} = {}".format(one.name, one.value) for one in self.constants)
            return " ".join(word for word in ("enum", self.name, "{ " + members + " }") if word)
        members = " ".join(_member(field) for field in self.fields)
        return " ".join(word for word in (self.record, self.name, "{ " + members + " }") if word)


def _member(field: Field) -> str:
    width = "" if field.bit_width is None else " : {}".format(field.bit_width)
    return field.type.declare(field.name or "") + width + ";"


class Declaration(Definition):
    """One declaration. ``kind`` is ``record``, ``enum``, ``typedef`` (type), ``function`` (type, inline, symbol),
    ``variable`` (type, static, value), ``constant`` (value: a macro) or ``macro_function`` (parameters: their names).

    ``bound`` is false for what is not of the library itself and only there because something else needs it.

    Of C++ the kind is ``cxx``, and ``cxx`` says which: ``class`` (class_, bases, members), ``enum``, ``typedef``,
    ``function`` (role), ``variable`` or ``using`` (target).
    """

    kind: str
    location: Location
    bound: bool = True
    deprecated: bool = False
    doc: Optional[str] = None
    type: Type
    inline: bool = False
    static: bool = False
    symbol: Optional[str] = None
    value: Optional[Value] = None
    parameters: tuple[str, ...] = ()
    cxx: Optional[str] = None
    namespace: tuple[str, ...] = ()
    class_: Optional[str] = None
    bases: tuple[Node, ...] = ()
    members: tuple[Member, ...] = ()
    role: Optional[str] = None
    target: Optional[str] = None
    template: Optional[Node] = None


class Member(Declaration):
    """A member of a class: as a declaration of C++, or a ``field`` with its offset and width."""

    kind: str = "cxx"
    access: str = "public"
    offset_bits: int
    bit_width: Optional[int] = None


class Header(Node):
    """A parsed header. ``defines`` are the names of all object-like macros in its text."""

    schema_version: int
    path: str
    target: str = ""
    include: Optional[str] = None
    defines: tuple[str, ...] = ()
    declarations: tuple[Declaration, ...] = ()

    def __iter__(self) -> Iterator[Declaration]:
        """The declarations of the library itself."""
        return (declaration for declaration in self.declarations if declaration.bound)

    @classmethod
    def from_json(cls, text: Union[str, bytes]) -> Header:
        """Reads what the ``json`` writer and the store's ``ir.json`` hold."""
        return cls(json.loads(text))


_CLASSES: dict[str, type[Node]] = {
    "declarations": Declaration,
    "location": Location,
    "layout": Layout,
    "type": Type,
    "to": Type,
    "of": Type,
    "result": Type,
    "definition": Definition,
    "fields": Field,
    "parameters": Parameter,
    "constants": EnumConstant,
    "members": Member,
}


def _attribute(name: str) -> str:
    return name + "_" if keyword.iskeyword(name) else name


def _view(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_view(name, item) for item in value)
    if not isinstance(value, dict):
        return value
    if name == "value" and len(value) == 1:
        # A macro's or variable's value is tagged with its kind.
        ((kind, plain),) = value.items()
        return bytes(plain) if kind == "bytes" else plain
    return _CLASSES.get(name, Node)(value)
