"""Has cffi write the C source of a module: what to write comes as JSON on standard input."""

import sys

# Where this is started, nothing is to be imported from.
sys.path[:] = [entry for entry in sys.path if entry]

import json
import re


def leave_out(declarations, item):
    """Forgets a function, variable, constant, enumerator, record or member; cffi has no public way to."""
    kind, is_tagged, name = item.rpartition(" ")
    if not is_tagged:
        for kind in ("function", "variable", "constant", "macro"):
            declarations.pop("%s %s" % (kind, name), None)
        for type_, _ in declarations.values():
            kept = [pair for pair in zip(*enumerators(type_)) if pair[0] != name]
            if len(kept) < len(enumerators(type_)[0]):
                type_.enumerators, type_.enumvalues = tuple(zip(*kept)) or ((), ())
        return
    record, is_member, member = name.partition(".")
    kind = "anonymous" if kind == "typedef" else kind
    type_ = declarations["%s %s" % (kind, record)][0]
    lists = ("fldnames", "fldtypes", "fldbitsize", "fldquals")
    if not is_member:
        # It becomes opaque.
        for name in lists:
            setattr(type_, name, None)
        return
    kept = [index for index, name in enumerate(type_.fldnames) if name != member]
    for name in lists:
        setattr(type_, name, tuple(getattr(type_, name)[index] for index in kept))
    type_.partial = True


def enumerators(type_):
    return getattr(type_, "enumerators", ()), getattr(type_, "enumvalues", ())


# What cffi writes about the members of a record, and of all.
MEMBERS = re.compile(
    r"^_CFFI_UNUSED_FN\nstatic void _cffi_checkfld_.*?^}\n|^static const struct _cffi_field_s .*?^};\n", re.M | re.S
)


def without_macros(part):
    """A macro with the name of a member does not stand for the member there: it came after the record."""
    found = re.findall(r'p->(\w+)|^  { "(\w+)", offsetof', part.group(), re.M)
    names = sorted({name for pair in found for name in pair if name})
    before = "".join('#pragma push_macro("%s")\n#undef %s\n' % (name, name) for name in names)
    return before + part.group() + "".join('#pragma pop_macro("%s")\n' % name for name in names)


request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
sys.path[:] = [entry for entry in request["sys_path"] if entry]
try:
    import cffi
except ImportError as error:
    sys.exit("cffi cannot be imported: %s" % error)
ffi = cffi.FFI()
try:
    ffi.cdef(request["cdef"])
    for item in request["left_out"]:
        leave_out(ffi._parser._declarations, item)
    ffi.set_source(request["module"], request["source"])
    ffi.emit_c_code(request["path"])
    with open(request["path"], encoding="utf-8") as stream:
        source = stream.read()
    with open(request["path"], "w", encoding="utf-8") as stream:
        stream.write(MEMBERS.sub(without_macros, source))
except (cffi.CDefError, cffi.FFIError) as error:
    sys.exit(str(error))
except Exception as error:
    sys.exit("%s: %s" % (type(error).__name__, error))
