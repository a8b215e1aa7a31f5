"""Asks a consumer what it made of an output. Runs in a fresh interpreter, prints JSON.

    measure.py ctypes OUTPUT QUESTIONS
    measure.py cffi-abi OUTPUT QUESTIONS [LIBRARY...]
    measure.py cffi-api MODULE QUESTIONS            FOLDER is the current directory

QUESTIONS is a file with the names of records and their fields (without inner ones), of constants and of
functions. Answers have the same form; what the consumer does not know is missing. A constant is an integer, or a
text as `text` makes it of a floating-point number or a string.
"""

import importlib
import importlib.util
import json
import keyword
import math
import struct
import sys


def main():
    kind, output, *rest = sys.argv[1:]
    with open(rest[0], encoding="utf-8") as stream:
        questions = json.load(stream)
    answers = {"ctypes": ctypes_module, "cffi-abi": cffi_abi, "cffi-api": cffi_api}[kind](output, questions, rest[1:])
    json.dump(answers, sys.stdout)


def text(value):
    """What stands for a floating-point number (f:BITS) or a string (s:BYTES), both in hexadecimal."""
    if isinstance(value, bytes):
        return "s:" + value.hex()
    return "f:nan" if math.isnan(value) else "f:" + struct.pack(">d", value).hex()


def constant(value):
    return int(value) if isinstance(value, int) else text(value)


def ctypes_module(output, questions, _):
    import ctypes

    spec = importlib.util.spec_from_file_location("hk_output", output)
    module = importlib.util.module_from_spec(spec)
    sys.modules["hk_output"] = module
    spec.loader.exec_module(module)
    absent = set(getattr(module, "__missing__", []))
    records = {}
    for name, fields in questions["layouts"].items():
        kind, _, tag = name.rpartition(" ")
        records_named = [one for one in named(module, kind + "_" + tag, tag) if is_record(ctypes, one)]
        if not records_named:
            continue
        # A typedef or another tag can have either name; the fields tell which one is meant.
        record = max(records_named, key=lambda one: sum(hasattr(one, field) for field in fields))
        records[name] = {"size": ctypes.sizeof(record), "fields": {}}
        for field, is_bits in fields.items():
            place = ctypes_field(ctypes, record, field, is_bits)
            if place:
                records[name]["fields"][field] = place
    constants = {}
    for name in questions["constants"]:
        values = [value for value in named(module, name) if isinstance(value, (int, float, bytes))]
        if values:
            constants[name] = constant(values[0])
    absent = {name for name in questions["functions"] if {name, name + "_"} & absent}
    declared = [name for name in questions["functions"] if name in absent or any(True for _ in named(module, name))]
    resolved = [name for name in declared if name not in absent]
    return {"layouts": records, "constants": constants, "declared": declared, "resolved": resolved}


def named(module, *names):
    """The attributes of those names; words of Python's have an underscore behind them."""
    for name in (name.replace("$", "_") for name in names):
        for spelled in (name, name + "_" * keyword.iskeyword(name)):
            if hasattr(module, spelled):
                yield getattr(module, spelled)


def is_record(ctypes, value):
    return isinstance(value, type) and issubclass(value, (ctypes.Structure, ctypes.Union))


def ctypes_field(ctypes, record, field, is_bits):
    # Names that mean something to ctypes have an underscore behind them.
    field = next((name for name in (field, field + "_", field.replace("$", "_")) if hasattr(record, name)), None)
    if field is None:
        return None
    descriptor = getattr(record, field)
    if is_bits:
        instance = record()
        try:
            setattr(instance, field, -1)
        except (TypeError, ValueError, OverflowError):
            setattr(instance, field, True)
        number = int.from_bytes(bytes(instance), "little")
        return [(number & -number).bit_length() - 1, bin(number).count("1")]
    if not hasattr(descriptor, "offset"):
        return [None, None]  # a property; its place cannot be asked for
    return [8 * descriptor.offset, 8 * descriptor.size]


def cffi_abi(output, questions, libraries):
    import cffi

    ffi = cffi.FFI()
    with open(output, encoding="utf-8") as stream:
        ffi.cdef(stream.read())
    known = {key.partition(" ")[2] for key in ffi._parser._declarations if key.startswith(("function ", "variable "))}
    declared = [name for name in questions["functions"] if name in known]
    opened = [ffi.dlopen(name) for name in libraries] or [ffi.dlopen(None)]
    resolved = [name for name in declared if any(has(library, name) for library in opened)]
    typeof = lambda name: cffi_type(ffi, name)
    return cffi_answers(ffi, typeof, opened[0], questions, declared, resolved)


def cffi_type(ffi, name):
    """As `ffi.typeof`, which parses the names of all types once more for each question."""
    known = ffi._parser._declarations
    with ffi._lock:
        return ffi._get_cached_btype(known[name if name in known else "typedef " + name][0])


def has(library, name):
    try:
        getattr(library, name)
    except AttributeError:
        return False
    return True


def cffi_api(module, questions, _):
    sys.path.insert(0, ".")
    built = importlib.import_module(module)
    known = set(dir(built.lib))
    declared = [name for name in questions["functions"] if name in known]
    for name in declared:
        getattr(built.lib, name)
    return cffi_answers(built.ffi, built.ffi.typeof, built.lib, questions, declared, declared)


def cffi_answers(ffi, typeof, library, questions, declared, resolved):
    constants = {}
    for name in questions["constants"]:
        try:
            value = getattr(library, name)
        except AttributeError:
            continue
        # A module says where a string begins, not how long it is.
        if isinstance(value, ffi.CData) and name in questions["lengths"]:
            value = ffi.unpack(ffi.cast("char *", value), questions["lengths"][name])
        if isinstance(value, (int, float, bytes)):
            constants[name] = constant(value)
    records, errors = {}, []
    for name in questions["layouts"]:
        try:
            record = typeof(name)
        except Exception:  # cffi has several for what it does not know
            continue
        try:
            fields = record.fields
        except Exception as error:  # the API mode looks at a record when it is first used
            errors.append("{}: {}".format(name, error))
            continue
        if record.kind in ("struct", "union") and fields is not None:
            records[name] = {"size": ffi.sizeof(record), "fields": {}}
            cffi_fields(ffi, record, 0, records[name]["fields"])
    answers = {"layouts": records, "constants": constants, "declared": declared, "resolved": resolved}
    return dict(answers, errors=errors)


def cffi_fields(ffi, record, base, found):
    for name, field in record.fields or ():
        offset = base + 8 * field.offset
        if not name:
            if field.bitsize < 0:
                cffi_fields(ffi, field.type, offset, found)
        elif field.bitsize >= 0:
            found[name] = [offset + field.bitshift, field.bitsize]
        else:
            flexible = field.type.kind == "array" and field.type.length is None
            found[name] = [offset, 0 if flexible else 8 * ffi.sizeof(field.type)]


if __name__ == "__main__":
    main()
