"""What an IR document claims, in the terms in which the compiler can be asked."""

from measure import text


class Facts:
    """Functions, constants and layouts of an IR document."""

    def __init__(self, ir):
        self.functions = {}
        self.variables = set()
        # What the linker calls those that have another name there.
        self.symbols = set()
        self.constants = {}
        # C name of a record: its size and {path of a field: [offset, size], both in bits}.
        self.layouts = {}
        # Those that only come along because the header needs them.
        self.foreign = set()
        for declaration in ir["declarations"]:
            self.add(declaration)
        # Those of them that nothing needs but inline functions, which no library defines.
        self.of_inline = self.foreign - reached(ir["declarations"])

    def add(self, declaration):
        kind, name = declaration["kind"], declaration.get("name")
        self.symbols.update({declaration["symbol"]} if "symbol" in declaration else ())
        if kind == "function":
            self.functions[name] = declaration
        elif kind == "variable":
            self.variables.add(name)
        elif kind == "constant":
            [[form, value]] = declaration["value"].items()
            if form == "int":
                self.constants[name] = value
            elif form in ("float", "string", "bytes"):
                self.constants[name] = text({"float": float, "string": str.encode, "bytes": bytes}[form](value))
        elif kind == "enum":
            for constant in declaration["constants"]:
                self.constants.setdefault(constant["name"], constant["value"])
        elif kind == "record" and "size" in declaration and name != "__va_list_tag":
            self.layouts["{} {}".format(declaration["record"], name)] = layout(declaration)
            if not declaration.get("bound", True):
                self.foreign.add("{} {}".format(declaration["record"], name))
        elif kind == "typedef" and declaration["type"]["kind"] == "inline_record":
            definition = declaration["type"]["definition"]
            if "size" in definition and "align" not in declaration:
                self.layouts[name] = layout(definition)
                if not declaration.get("bound", True):
                    self.foreign.add(name)


def reached(declarations):
    """C names of all types that bound declarations mention, directly or not; inline functions do not count."""
    inner = {}
    for declaration in declarations:
        if declaration["kind"] in ("record", "enum", "typedef") and "name" in declaration:
            inner.setdefault(c_name(declaration), set()).update(mentioned(declaration))
    found, left = set(), set()
    for declaration in declarations:
        if declaration.get("bound", True) and not declaration.get("inline"):
            left |= mentioned(declaration)
    while left:
        found |= left
        left = {name for outer in left for name in inner.get(outer, ())} - found
    return found


def mentioned(part):
    """C names of the types that a part of the document names."""
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    found = {name for one in parts for name in mentioned(one)}
    if isinstance(part, dict) and part.get("kind") in ("record", "enum", "typedef") and "name" in part:
        found.add(c_name(part))
    return found


def c_name(named):
    kind = named["kind"]
    return named["name"] if kind == "typedef" else "{} {}".format(named.get("record", kind), named["name"])


def layout(record):
    fields = {}
    collect(record, 0, "", fields)
    return {"size": record["size"], "fields": fields}


def collect(record, base, prefix, fields):
    for field in record.get("fields", []):
        offset = base + field["offset_bits"]
        inline = field["type"].get("definition") if field["type"]["kind"] == "inline_record" else None
        if "name" not in field:
            if inline:
                collect(inline, offset, prefix, fields)
            continue
        path = prefix + field["name"]
        bits = field.get("bit_width")
        fields[path] = [offset, 8 * field["size"] if bits is None else bits, bits is not None]
        if inline:
            collect(inline, offset, path + ".", fields)


def questions(layouts):
    """C statements that print the same facts; keys are (record, path or None)."""
    asked = {}
    for name, record in layouts.items():
        asked[(name, None)] = '__builtin_printf("%lu\\n", (unsigned long)sizeof({}));'.format(name)
        for path, (_, size, is_bits) in record["fields"].items():
            if is_bits:
                text = "static {0} hk_v; hk_v.{1} = -1; hk_bits(&hk_v, sizeof hk_v);"
            elif size == 0:
                text = '__builtin_printf("%lu 0\\n", 8 * (unsigned long)__builtin_offsetof({0}, {1}));'
            else:
                text = (
                    '__builtin_printf("%lu %lu\\n", 8 * (unsigned long)__builtin_offsetof({0}, {1}), '
                    "8 * (unsigned long)sizeof((({0} *)0)->{1}));"
                )
            asked[(name, path)] = text.format(name, path)
    return asked
