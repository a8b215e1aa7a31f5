"""What an IR document claims, in the terms in which the compiler can be asked."""


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

    def add(self, declaration):
        kind, name = declaration["kind"], declaration.get("name")
        self.symbols.update({declaration["symbol"]} if "symbol" in declaration else ())
        if kind == "function":
            self.functions[name] = declaration
        elif kind == "variable":
            self.variables.add(name)
        elif kind == "constant" and "int" in declaration["value"]:
            self.constants[name] = declaration["value"]["int"]
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
