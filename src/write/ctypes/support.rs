//! The Python that every module carries. Builtins go by `_hk_py`: the header may declare others of the
//! same name.

pub(super) const START: &str = "\
_hk_globals = globals()
_hk_missing = {}
__missing__ = []  # what the header declares and the library does not define
";

/// The function that finds the library.
pub(super) fn load(use_errno: bool) -> String {
    LOAD.replace("@ERRNO@", if use_errno { ", use_errno=True" } else { "" })
}

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
                    return _ct.CDLL(found@ERRNO@)
            except _hk_py.OSError:
                pass
    return None


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
    try:
        function = library[symbol]
    except (_hk_py.AttributeError, _hk_py.TypeError, _hk_py.ValueError):
        _hk_missing[name] = "function"
        __missing__.append(name)
        return
    carrier = _hk_py.getattr(restype, "_hk_carrier", None)
    if carrier is not None:
        function.errcheck = restype.result
    function.restype = carrier or restype
    if argtypes is not None:
        function.argtypes = argtypes
    _hk_globals[name] = function

"#;

pub(super) const NULLABLE: &str = r#"
class _hk_nullable:
    """A parameter that takes a callback of a type, its address, or None. Called, it makes one of a Python function."""

    def __init__(self, kind):
        self.kind = kind

    def __call__(self, *arguments):
        return self.kind(*arguments)

    def from_param(self, value):
        if _hk_py.isinstance(value, _hk_py.int):
            value = _ct.cast(value, self.kind)
        return None if value is None else self.kind.from_param(value)

"#;

pub(super) const OCTETS: &str = r#"
class _hk_Octets:
    """A parameter that takes a pointer to bytes and all that holds bytes; `bytes` if C only reads them."""

    kinds = (_ct.c_char, _ct.c_byte, _ct.c_ubyte)
    pointers = (_ct.Array, _ct.POINTER(_ct.c_ubyte).__mro__[1])

    def __init__(self, kind, const):
        self.pointer = _ct.POINTER(kind)
        self.readable = (_hk_py.bytes, _ct.c_char_p) if const else ()

    def from_param(self, value):
        if _hk_py.isinstance(value, self.readable):
            return value
        if _hk_py.isinstance(value, self.pointers) and value._type_ in self.kinds:
            return value
        if _hk_py.isinstance(value, self.kinds):
            return _ct.byref(value)
        if _hk_py.isinstance(value, (_hk_py.bytearray, _hk_py.memoryview)):
            return (_ct.c_ubyte * _hk_py.memoryview(value).nbytes).from_buffer(value)
        return self.pointer.from_param(value)

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

    def result(self, result, function, arguments):
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

def _hk_alias(name, target):
    if target in _hk_globals:
        _hk_globals[name] = _hk_globals[target]
    else:
        _hk_missing[name] = _hk_missing[target]
        __missing__.append(name)


"#;

pub(super) const GETATTR: &str = r#"

def __getattr__(name):
    what = _hk_missing.get(name)
    if what is None:
        raise _hk_py.AttributeError(f"module `{__name__}` has no attribute `{name}`")
    if _hk_library is None:
        tried = ", ".join(_hk_py.map(_hk_py.str, _hk_tried))
        raise _hk_py.AttributeError(f"no library of {tried} can be loaded, which {what} `{name}` needs")
    where = f"library `{_hk_library._name}`" if _hk_library._name else "this process"
    raise _hk_py.AttributeError(f"{where} does not define {what} `{name}`")
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
    if _hk_library is None:
        _hk_py.print("no library of", ", ".join(_hk_py.map(_hk_py.str, _hk_tried)), "can be loaded")
    elif __missing__:
        where = f"library `{_hk_library._name}`" if _hk_library._name else "this process"
        _hk_py.print(where, "lacks", ", ".join(__missing__))
    raise _hk_py.SystemExit(1 if wrong else 0)


_hk_layouts = """\
@LAYOUTS@"""

if __name__ == "__main__":
    _hk_main()
"#;
