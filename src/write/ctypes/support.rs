//! The Python that every module carries. Builtins go by `_hk_py`: the header may declare others of the
//! same name.

use super::platform::Platform;

pub(super) const START: &str = "\
_hk_globals = globals()
_hk_missing = {}
__missing__ = []  # what the header declares and the library does not define
";

/// The functions that find the library.
pub(super) fn load(use_errno: bool, platform: &Platform) -> String {
    let files = match platform {
        Platform { windows: true, .. } => r#"f"{name}.dll", f"lib{name}.dll""#,
        Platform { macos: true, .. } => r#"f"lib{name}.dylib""#,
        _ => r#"f"lib{name}.so""#,
    };
    LOAD.replace("@ERRNO@", if use_errno { ", use_errno=True" } else { "" }).replace("@FILES@", files)
}

const LOAD: &str = r#"

def _hk_load(names, wanted):
    """The first library that loads and has all symbols that are wanted, else the one that has most of them."""
    best, most = None, 0
    for name in names:
        for path in _hk_paths(name):
            try:
                library = _ct.CDLL(path@ERRNO@)
            except _hk_py.OSError:
                continue
            found = [symbol for symbol in wanted if _hk_symbol(library, symbol)]
            if found == wanted:
                return library
            if _hk_py.len(found) > most:
                best, most = library, _hk_py.len(found)
    return best


def _hk_paths(name):
    """Where a library may be. A name with a slash is a path, from this file's directory."""
    from ctypes.util import find_library
    from os.path import dirname, join

    if name is None:
        yield None  # the process itself
    elif "/" in name or "\\" in name:
        yield join(dirname(_hk_globals.get("__file__") or ""), name)
    else:
        if "." in name:
            yield name  # looking up a file name is slow and finds nothing
        yield from (@FILES@,)
        found = find_library(name)
        if found:
            yield found
        if "." not in name:
            yield name


def _hk_symbol(library, symbol):
    """The function of that name; None where a library has none."""
    try:
        return library[symbol]
    except (_hk_py.AttributeError, _hk_py.TypeError, _hk_py.ValueError):
        return None


"#;

/// The metaclasses of records that C leaves incomplete.
pub(super) const OPAQUE: &str = r#"

def _hk_opaque(base):
    """A base for records that C leaves incomplete: they have no size, there are only pointers to them."""

    def check(cls):
        if not _ct.sizeof(cls):  # who knows what is in it may set `_fields_`
            name = cls.__name__
            raise _hk_py.TypeError(
                f"`{name}` cannot be made in Python: the header does not say what is in it. Take a pointer that "
                f"the library returns, or let it fill a `ctypes.POINTER({name})()`"
            )

    class Opaque(_hk_py.type(base)):
        def __call__(cls, *values, **fields):
            check(cls)
            return _hk_py.type(base).__call__(cls, *values, **fields)

        def __mul__(cls, length):
            check(cls)
            return _hk_py.type(base).__mul__(cls, length)

        __rmul__ = __mul__

    return Opaque(base.__name__, (base,), {})


"#;

/// The function that gives a class a bit-field that `ctypes` cannot place.
pub(super) fn bits(big_endian: bool) -> String {
    let (order, shift) = match big_endian {
        true => ("big", "last * 8 - offset - width"),
        false => ("little", "offset - first * 8"),
    };
    BITS.replace("@ORDER@", order).replace("@SHIFT@", shift)
}

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

    _hk_py.setattr(cls, name, _hk_py.property(read, write))

"#;

pub(super) const FUNCTION: &str = r#"

def _hk_function(name, symbol, restype, argtypes, library=_hk_library):
    function = _hk_symbol(library, symbol)
    if function is None:
        _hk_missing[name] = "function"
        __missing__.append(name)
        return
    if _hk_py.hasattr(restype, "_hk_carrier"):
        function = restype.returned_by(_hk_py.type(function))((symbol, library))
    else:
        function.restype = restype
    if argtypes is not None:
        function.argtypes = argtypes
    _hk_globals[name] = function

"#;

pub(super) const NULLABLE: &str = r#"
class _hk_nullable:
    """A parameter that takes a callback of a type, its address, or None. Called, it makes one of a Python function."""

    def __init__(self, kind):
        type_of, instance, integer, convert = _hk_py.type, _hk_py.isinstance, _hk_py.int, kind.from_param

        def from_param(value):
            if type_of(value) is kind or value is None:
                return value
            return convert(_ct.cast(value, kind) if instance(value, integer) else value)

        self.kind, self.from_param = kind, from_param

    def __call__(self, *arguments):
        return self.kind(*arguments)

"#;

pub(super) const OCTETS: &str = r#"
class _hk_Octets:
    """A parameter that takes a pointer to bytes and all that holds bytes; `bytes` if C only reads them."""

    kinds = (_ct.c_char, _ct.c_byte, _ct.c_ubyte)
    pointer = _ct.POINTER(_ct.c_ubyte).__mro__[1]

    def __init__(self, kind, const):
        self.convert = convert = _ct.POINTER(kind).from_param
        self.readable = readable = (_hk_py.bytes, _ct.c_char_p) if const else ()
        # Every call comes here: what is there already is asked for first, and by local names.
        type_of, instance, array, kinds, other = _hk_py.type, _hk_py.isinstance, _ct.Array, self.kinds, self.other
        ready = {type_of(None), *_hk_py.map(_ct.POINTER, kinds), *readable}
        reference = type_of(_ct.byref(_ct.c_ubyte()))

        def from_param(value):
            found = type_of(value)
            if found in ready or instance(value, array) and value._type_ in kinds:
                return value
            return convert(value) if found is reference else other(value)

        self.from_param = from_param

    def other(self, value):
        if _hk_py.isinstance(value, self.readable):
            return value
        if _hk_py.isinstance(value, self.pointer) and value._type_ in self.kinds:
            return value
        if _hk_py.isinstance(value, self.kinds):
            return _ct.byref(value)
        if _hk_py.isinstance(value, (_hk_py.bytearray, _hk_py.memoryview)):
            return (_ct.c_ubyte * _hk_py.memoryview(value).nbytes).from_buffer(value)
        return self.convert(value)

"#;

pub(super) const TEXTS: &str = r#"
class _hk_Texts:
    """A parameter that takes what points to a `char *`, be it a `POINTER(c_char)` or a `c_char_p`."""

    convert = _ct.POINTER(_ct.POINTER(_ct.c_char)).from_param

    def from_param(self, value):
        try:
            return self.convert(value)
        except _hk_py.TypeError:
            if _hk_py.isinstance(value, _ct.c_char_p):
                return _ct.byref(value)
            # Of an array or pointer, or of what `byref` made.
            if _hk_py.getattr(value, "_type_", None) is _ct.c_char_p:
                return value
            if _hk_py.isinstance(_hk_py.getattr(value, "_obj", None), _ct.c_char_p):
                return value
            raise

"#;

pub(super) const BY_VALUE: &str = r#"
class _hk_ByValue:
    """A type of values that ctypes cannot pass, by way of a structure that C passes like them."""

    def __init__(self, kind, *units):
        fields = [(f"_{number}", unit) for number, unit in _hk_py.enumerate(units)]
        self.kind = kind
        self._hk_carrier = _hk_py.type("carrier", (_ct.Structure,), {"_fields_": fields})

    def from_param(self, value):
        if self.kind is _hk_py.complex:
            value = _hk_py.complex(value)
            return self._hk_carrier(value.real, value.imag)
        if not _hk_py.isinstance(value, self.kind):
            raise _hk_py.TypeError(f"expected {self.kind.__name__}, not {_hk_py.type(value).__name__}")
        return self._hk_carrier.from_buffer_copy(value)

    def returned_by(self, base):
        """A type of functions that return such values; an `errcheck` of the user's is given them, too."""

        class Function(base):
            _flags_ = base._flags_
            _restype_ = self._hk_carrier

            def __init__(function, *arguments):
                del function.errcheck

            def set_check(function, check):
                if not _hk_py.callable(check):
                    raise _hk_py.TypeError("the errcheck attribute must be callable")
                function._hk_errcheck = check
                base.errcheck.__set__(function, lambda result, *rest: check(self.result(result), *rest))

            def drop_check(function):
                function._hk_errcheck = None
                base.errcheck.__set__(function, lambda result, *rest: self.result(result))

            errcheck = _hk_py.property(lambda function: function._hk_errcheck, set_check, drop_check)

        return Function

    def result(self, result):
        if self.kind is _hk_py.complex:
            return _hk_py.complex(result._0, result._1)
        return self.kind.from_buffer_copy(result)

"#;

pub(super) const STDCALL: &str = "
_hk_stdcall = _hk_library and _ct.WinDLL(_hk_library._name, handle=_hk_library._handle)
";

pub(super) const VARIABLE: &str = r#"

def _hk_variable(name, symbol, kind):
    try:
        _hk_globals[name] = kind.in_dll(_hk_library, symbol)
    except (_hk_py.AttributeError, _hk_py.TypeError, _hk_py.ValueError):
        _hk_missing[name] = "variable"
        __missing__.append(name)


"#;

pub(super) const ALIAS: &str = r#"

def _hk_alias(name, target, make=lambda value: value):
    if target in _hk_globals:
        _hk_globals[name] = make(_hk_globals[target])
    else:
        _hk_missing[name] = _hk_missing[target]
        __missing__.append(name)


"#;

pub(super) const GETATTR: &str = r#"

def __getattr__(name):
    import sys
    from opcode import opname

    if name not in _hk_missing:
        raise _hk_py.AttributeError(f"module `{__name__}` has no attribute `{name}`")
    message = _hk_lack(f"{_hk_missing[name]} `{name}`")
    caller = sys._getframe().f_back
    # `from ... import` says of an AttributeError only that it cannot import the name.
    if caller and caller.f_lasti >= 0 and opname[caller.f_code.co_code[caller.f_lasti]] == "IMPORT_FROM":
        raise _hk_py.ImportError(message, name=__name__, path=_hk_globals.get("__file__"))
    raise _hk_py.AttributeError(message)


def _hk_lack(what):
    """The message that says where something was looked for."""
    if _hk_library is not None and _hk_library._name:
        return f"library `{_hk_library._name}` does not define {what}"
    tried = ", ".join("this process" if name is None else f"`{name}`" for name in _hk_tried)
    return f"no library defines {what}; tried {tried} (option `library` of [tool.headerkit.writer.ctypes])"
"#;

/// The self-check; `layouts` as `Emitter::layouts` has them.
pub(super) fn verify(layouts: &str, big_endian: bool) -> String {
    let order = if big_endian { "big" } else { "little" };
    let place = if big_endian { "size * 8 - first - width" } else { "first" };
    VERIFY.replace("@LAYOUTS@", layouts).replace("@ORDER@", order).replace("@PLACE@", place)
}

const VERIFY: &str = r#"

def __verify__():
    """What of the layouts differs from the C compiler's; empty if all is well."""
    from sys import version_info

    wrong = []

    def check(what, found, expected):
        if found != expected:
            wrong.append(f"{what} is {found} and should be {expected}")

    for line in _hk_layouts.splitlines():
        name, size, align, *fields = line.split(" ")
        cls, size, align = _hk_globals[name], int(size), int(align)
        check(f"size of `{name}`", _ct.sizeof(cls), size)
        if _ct.alignment(cls) > align or version_info >= (3, 13):  # `_align_` is new there
            check(f"alignment of `{name}`", _ct.alignment(cls), align)
        for text in fields:
            field, _, place = text.partition("=")
            if "," in place:
                found = _hk_py.getattr(cls, field)
                check(f"offset and size of `{name}.{field}`", f"{found.offset},{found.size}", place)
                continue
            value = cls()
            _hk_py.setattr(value, field, -1)
            bits = int.from_bytes(_hk_py.bytes(value), "@ORDER@")
            first, width = _hk_py.map(int, place.split(":"))
            check(f"bits of `{name}.{field}`", f"{bits:#x}", f"{(1 << width) - 1 << @PLACE@:#x}")
    return wrong


def _hk_main():
    wrong = __verify__()
    for line in wrong:
        _hk_py.print(line)
    if __missing__:
        more = _hk_py.len(__missing__) - 5
        names = ", ".join(__missing__[:5]) + (f" and {more} more, as `__missing__` lists them" if more > 0 else "")
        _hk_py.print(_hk_lack(names))
    # A library may be older than the header; the process, without any of its functions, is no library.
    found = [value for value in _hk_globals.values() if _hk_py.isinstance(value, _ct._CFuncPtr)]
    has_library = found or _hk_library is not None and _hk_library._name
    raise _hk_py.SystemExit(1 if wrong or __missing__ and not has_library else 0)


_hk_layouts = """\
@LAYOUTS@"""

if __name__ == "__main__":
    _hk_main()
"#;
