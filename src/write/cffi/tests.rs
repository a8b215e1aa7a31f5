//! Every text goes through cffi itself, which must compute the layouts of the IR.

use serde_json::{Value, json};

use super::*;
use crate::ir::schema;

/// Runs Python with `input` on its standard input and returns its standard output.
pub(super) fn python(script: &str, input: &str) -> String {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let python = std::env::var("HEADERKIT_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let mut child = Command::new(&python)
        .args(["-W", "error", "-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run `{python}` (set HEADERKIT_TEST_PYTHON): {error}"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        !errors.contains("No module named 'cffi'"),
        "these tests need cffi: `{python} -m pip install cffi`, or set HEADERKIT_TEST_PYTHON"
    );
    assert!(output.status.success(), "{errors}\n{input}");
    String::from_utf8(output.stdout).unwrap()
}

/// Reads the text as cffi does and reports layouts, types and constants as JSON.
const INSPECT: &str = r#"
import cffi, json, sys
request = json.load(sys.stdin)
ffi = cffi.FFI()
ffi.cdef(request["text"])
lib = ffi.dlopen(None)
layouts = {}
for name in request["types"]:
    fields = {}
    for key, field in getattr(ffi.typeof(name), "fields", None) or ():
        fields[key] = [field.offset * 8 + max(field.bitshift, 0), field.bitsize if field.bitsize >= 0 else None]
    layouts[name] = [ffi.sizeof(name), ffi.alignof(name), fields]
declared = {}
for key, (tp, _) in ffi._parser._declarations.items():
    declared[key] = tp._get_c_name() if hasattr(tp, "_get_c_name") else tp
constants = {name: getattr(lib, name) for name in request["constants"]}
json.dump({"layouts": layouts, "declared": declared, "constants": constants}, sys.stdout)
"#;

struct Seen {
    output: Output,
    report: Value,
}

impl Seen {
    fn declared(&self, key: &str) -> &str {
        self.report["declared"][key].as_str().unwrap_or_else(|| panic!("no {key} in\n{}", self.output.text))
    }

    fn messages(&self) -> Vec<&str> {
        self.output.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect()
    }

    /// Size, alignment and fields of a type equal those of the IR.
    fn assert_layout(&self, name: &str, size: u64, align: u64, fields: Value) {
        assert_eq!(
            self.report["layouts"][name],
            json!([size, align, fields]),
            "{name}\n{}",
            self.output.text
        );
    }
}

fn header(target: &str, declarations: Value) -> Header {
    let mut list = declarations;
    for (line, declaration) in list.as_array_mut().unwrap().iter_mut().enumerate() {
        declaration["location"] = json!({"file": "a.h", "line": line + 1, "column": 1});
    }
    let document = json!({
        "schema_version": 1, "path": "include/a.h", "target": target,
        "defines": ["NNG_A", "NNG_B", "OTHER"], "declarations": list,
    });
    schema::from_json(document.to_string().as_bytes()).unwrap()
}

fn settings(options: Value) -> Settings {
    let options: Options = serde_json::from_value(options).unwrap();
    Settings::read(&options).map_err(|error| error.to_string()).unwrap()
}

fn see_with(options: Value, declarations: Value, types: &[&str], constants: &[&str]) -> Seen {
    let output = write(&header("x86_64-linux-gnu", declarations), &settings(options));
    let request = json!({"text": output.text, "types": types, "constants": constants}).to_string();
    let report = serde_json::from_str(&python(INSPECT, &request)).unwrap();
    Seen { output, report }
}

fn see(declarations: Value, types: &[&str]) -> Seen {
    see_with(json!({}), declarations, types, &[])
}

fn int() -> Value {
    json!({"kind": "int", "int": "int", "size": 4})
}

fn char_() -> Value {
    json!({"kind": "int", "int": "char_s", "size": 1})
}

fn int128() -> Value {
    json!({"kind": "int", "int": "int128", "size": 16})
}

fn va_list() -> Value {
    json!({"kind": "va_list", "layout": {"size": 24, "align": 8}})
}

fn pointer(to: Value) -> Value {
    json!({"kind": "pointer", "to": to})
}

fn tag(name: &str) -> Value {
    json!({"kind": "record", "record": "struct", "name": name})
}

fn named(name: &str) -> Value {
    json!({"kind": "typedef", "name": name})
}

fn function_type(result: Value, parameters: &[(&str, Value)]) -> Value {
    let parameters: Vec<Value> =
        parameters.iter().map(|(name, ty)| json!({"name": name, "type": ty})).collect();
    json!({"kind": "function", "result": result, "parameters": parameters})
}

fn function(name: &str, result: Value, parameters: &[(&str, Value)]) -> Value {
    json!({"kind": "function", "name": name, "type": function_type(result, parameters)})
}

fn typedef(name: &str, ty: Value) -> Value {
    json!({"kind": "typedef", "name": name, "type": ty})
}

/// A field at a byte offset.
fn field(name: &str, ty: Value, offset: u64, size: u64, align: u64) -> Value {
    json!({"name": name, "type": ty, "offset_bits": offset * 8, "size": size, "align": align})
}

fn bits(name: Option<&str>, ty: Value, offset_bits: u64, width: u64, size: u64) -> Value {
    json!({"name": name, "type": ty, "offset_bits": offset_bits, "bit_width": width, "size": size, "align": size})
}

fn record(kind: &str, name: Option<&str>, size: u64, align: u64, fields: Value) -> Value {
    json!({"kind": "record", "record": kind, "name": name, "size": size, "align": align, "fields": fields})
}

fn structure(name: &str, size: u64, align: u64, fields: Value) -> Value {
    record("struct", Some(name), size, align, fields)
}

fn inline(mut definition: Value) -> Value {
    definition.as_object_mut().unwrap().remove("kind");
    json!({"kind": "inline_record", "definition": definition})
}

fn tiny_enum(constants: Value) -> Value {
    json!({"underlying": "u_char", "size": 1, "constants": constants})
}

fn constant(name: &str, value: Value) -> Value {
    json!({"kind": "constant", "name": name, "value": value})
}

#[test]
fn natural_layouts_are_kept_whole() {
    let inner =
        record("struct", None, 2, 1, json!([field("c", char_(), 0, 1, 1), field("d", char_(), 1, 1, 1)]));
    let either = record(
        "union",
        None,
        4,
        4,
        json!([
            field("b", int(), 0, 4, 4),
            {"type": inline(inner), "offset_bits": 0, "size": 2, "align": 1},
        ]),
    );
    let array = json!({"kind": "array", "of": {"kind": "array", "of": int(), "length": 3}, "length": 2});
    let callback = pointer(json!({"kind": "function", "result": int(), "variadic": true,
        "parameters": [{"type": int()}]}));
    let seen = see(
        json!([
            structure(
                "s",
                48,
                8,
                json!([
                    field("a", int(), 0, 4, 4),
                    {"type": inline(either), "offset_bits": 32, "size": 4, "align": 4},
                    field("grid", array, 8, 24, 4),
                    field("fp", callback, 32, 8, 8),
                    field("next", pointer(tag("s")), 40, 8, 8),
                ])
            ),
            structure(
                "flexible",
                4,
                4,
                json!([
                    field("n", int(), 0, 4, 4),
                    field("rest", json!({"kind": "array", "of": int(), "length": null}), 4, 0, 4),
                ])
            ),
            structure(
                "bits",
                12,
                4,
                json!([
                    bits(Some("a"), int(), 0, 3, 4),
                    bits(None, int(), 32, 0, 4),
                    bits(Some("b"), int(), 32, 5, 4),
                    bits(None, int(), 37, 4, 4),
                    bits(Some("c"), char_(), 41, 2, 1),
                    field("d", int(), 8, 4, 4),
                ])
            ),
        ]),
        &["struct s", "struct flexible", "struct bits"],
    );
    seen.assert_layout(
        "struct s",
        48,
        8,
        json!({"a": [0, null], "b": [32, null], "c": [32, null], "d": [40, null],
            "grid": [64, null], "fp": [256, null], "next": [320, null]}),
    );
    seen.assert_layout("struct flexible", 4, 4, json!({"n": [0, null], "rest": [32, null]}));
    seen.assert_layout(
        "struct bits",
        12,
        4,
        json!({"a": [0, 3], "b": [32, 5], "c": [41, 2], "d": [64, null]}),
    );
    assert_eq!(seen.messages(), Vec::<&str>::new());
}

#[test]
fn packed_aligned_and_unsayable_members_keep_size_and_offsets() {
    let packed = structure(
        "packed",
        7,
        1,
        json!([
            field("c", char_(), 0, 1, 1),
            field("i", int(), 1, 4, 4),
            field("z", char_(), 5, 1, 1),
            field("y", char_(), 6, 1, 1)
        ]),
    );
    let seen = see(
        json!([
            packed,
            structure(
                "outer",
                8,
                1,
                json!([field("p", tag("packed"), 0, 7, 1), field("c", char_(), 7, 1, 1)])
            ),
            structure(
                "event",
                12,
                1,
                json!([field("events", int(), 0, 4, 4), field("data", pointer(int()), 4, 8, 8)])
            ),
            structure("aligned", 32, 16, json!([field("a", char_(), 0, 1, 1), field("b", int(), 16, 4, 4)])),
            structure(
                "wide",
                48,
                16,
                json!([
                    field("a", char_(), 0, 1, 1),
                    field("w", int128(), 16, 16, 16),
                    field("b", int(), 32, 4, 4)
                ])
            ),
            record(
                "union",
                Some("u"),
                16,
                16,
                json!([field("w", int128(), 0, 16, 16), field("i", int(), 0, 4, 4)])
            ),
            structure(
                "straddling",
                5,
                1,
                json!([
                    bits(Some("a"), int(), 0, 3, 4),
                    bits(Some("b"), int(), 3, 30, 4),
                    field("c", char_(), 5, 1, 1)
                ])
            ),
        ]),
        &["struct packed", "struct outer", "struct event", "struct aligned", "struct wide", "union u"],
    );
    seen.assert_layout("struct packed", 7, 1, json!({"c": [0, null], "z": [40, null], "y": [48, null]}));
    seen.assert_layout("struct outer", 8, 1, json!({"p": [0, null], "c": [56, null]}));
    seen.assert_layout("struct event", 12, 4, json!({"events": [0, null]}));
    seen.assert_layout("struct aligned", 32, 4, json!({"a": [0, null], "b": [128, null]}));
    seen.assert_layout("struct wide", 48, 4, json!({"a": [0, null], "b": [256, null]}));
    seen.assert_layout("union u", 16, 4, json!({"i": [0, null]}));
    let messages = seen.messages();
    let has = |text: &str| messages.iter().any(|message| message.contains(text));
    assert!(has("struct `packed`: field `i` is left out"), "{messages:?}");
    assert!(has("struct `wide`: field `w` is left out, its bytes stay unnamed: cffi has no type `__int128`"));
    assert!(has("struct `aligned`: its alignment of 16 bytes becomes 4"), "{messages:?}");
    assert_eq!(seen.output.diagnostics[0].location.as_ref().unwrap().line, 1);
}

#[test]
fn only_what_is_needed_comes_in_an_order_that_cffi_accepts() {
    let unbound = |mut declaration: Value| {
        declaration["bound"] = json!(false);
        declaration
    };
    let seen = see(
        json!([
            structure("outer", 4, 4, json!([field("i", named("inner_t"), 0, 4, 4)])),
            function("use", json!({"kind": "void"}), &[("e", pointer(json!({"kind": "enum", "name": "e"})))]),
            unbound(typedef("inner_t", tag("inner"))),
            unbound(structure("inner", 4, 4, json!([field("x", int(), 0, 4, 4)]))),
            unbound(json!({"kind": "enum", "name": "e", "underlying": "u_int", "size": 4,
                "constants": [{"name": "E_A", "value": 3}]})),
            unbound(structure("unused", 4, 4, json!([field("x", int(), 0, 4, 4)]))),
            {"kind": "record", "record": "struct", "name": "opaque"},
            function("get", pointer(tag("opaque")), &[]),
        ]),
        &["struct outer"],
    );
    seen.assert_layout("struct outer", 4, 4, json!({"i": [0, null]}));
    assert!(!seen.output.text.contains("unused"));
    assert!(!seen.output.text.contains("struct opaque {"));
    assert_eq!(seen.declared("function get"), "struct opaque *(*)(void)");
}

#[test]
fn types_that_cffi_knows_are_not_repeated() {
    let unsigned_long = json!({"kind": "int", "int": "u_long", "size": 8});
    let seen = see(
        json!([
            typedef("size_t", unsigned_long),
            typedef("bool", json!({"kind": "int", "int": "u_char", "size": 1})),
            {"kind": "record", "record": "struct", "name": "_IO_FILE", "size": 4, "align": 4,
                "fields": [field("_flags", int(), 0, 4, 4)]},
            typedef("FILE", tag("_IO_FILE")),
            function("f", pointer(named("FILE")), &[
                ("size_t", named("size_t")), ("b", named("bool")), ("s", pointer(tag("_IO_FILE")))]),
        ]),
        &[],
    );
    assert_eq!(seen.declared("typedef bool"), "unsigned char");
    assert_eq!(seen.declared("function f"), "FILE *(*)(size_t, unsigned char, FILE *)");
    assert!(!seen.output.text.contains("typedef unsigned long size_t"));
    assert!(!seen.output.text.contains("_flags"));
}

#[test]
fn functions_that_need_unsayable_types_are_left_out() {
    let logger = pointer(function_type(json!({"kind": "void"}), &[("args", va_list())]));
    let seen = see(
        json!([
            function("vlog", int(), &[("args", va_list())]),
            function("mul", int128(), &[]),
            function("set_logger", int(), &[("log", logger)]),
            function("wide", int(), &[("x", pointer(int128()))]),
            function("by_value", int(), &[("x", tag("opaque"))]),
            {"kind": "record", "record": "struct", "name": "opaque"},
            {"kind": "function", "name": "inline_one", "type": {"result": int(), "parameters": []}, "inline": true},
            {"kind": "function", "name": "old", "type": {"result": int(), "parameters": [], "unprototyped": true}},
            {"kind": "function", "name": "fast",
                "type": {"result": int(), "parameters": [], "call_conv": "fastcall"}},
            {"kind": "function", "name": "windows",
                "type": {"result": pointer(char_()), "parameters": [], "call_conv": "stdcall"}},
        ]),
        &[],
    );
    assert_eq!(seen.declared("function set_logger"), "int(*)(void *)");
    assert_eq!(seen.declared("function wide"), "int(*)(void *)");
    assert_eq!(seen.declared("function old"), "int(*)(void)");
    assert_eq!(seen.declared("function windows"), "char *(__stdcall *)(void)");
    let messages = seen.messages();
    for expected in [
        "function `vlog` is left out: cffi has no type `va_list`",
        "function `mul` is left out: cffi has no type `__int128`",
        "function `set_logger`: parameter `log` is written as `void *`: cffi has no type `va_list`",
        "function `by_value` is left out: `struct opaque` has no definition that cffi can use here",
        "function `fast` is left out: cffi has no `__fastcall`",
        "left out 1 inline or static function or variable: `inline_one`",
    ] {
        assert!(messages.contains(&expected), "{expected}\n{messages:#?}");
    }
}

#[test]
fn enums_of_every_size_have_their_values() {
    let seen = see_with(
        json!({}),
        json!([
            {"kind": "enum", "name": "negative", "underlying": "int", "size": 4,
                "constants": [{"name": "N_A", "value": -2}, {"name": "N_B", "value": 7}]},
            {"kind": "enum", "name": "large", "underlying": "u_long", "size": 8,
                "constants": [{"name": "L_A", "value": u64::MAX}]},
            {"kind": "enum", "name": "tiny", "underlying": "u_char", "size": 1,
                "constants": [{"name": "T_A", "value": 200}]},
            {"kind": "enum", "underlying": "u_int", "size": 4, "constants": [{"name": "U_A", "value": 1}]},
            structure("s", 3, 1, json!([
                field("a", json!({"kind": "enum", "name": "tiny"}), 0, 1, 1),
                field("b", json!({"kind": "inline_enum",
                    "definition": tiny_enum(json!([{"name": "I_A", "value": 9}]))}), 1, 1, 1),
                field("c", char_(), 2, 1, 1),
            ])),
        ]),
        &["struct s", "enum negative", "enum large"],
        &["N_A", "N_B", "L_A", "T_A", "U_A"],
    );
    assert_eq!(seen.report["constants"], json!({"N_A": -2, "N_B": 7, "L_A": u64::MAX, "T_A": 200, "U_A": 1}));
    assert_eq!(seen.report["layouts"]["enum large"][0], 8);
    assert!(
        seen.messages().iter().any(|message| message.contains("enum `tiny` is written as its integer type"))
    );
}

#[test]
fn macros_are_written_once_and_only_integers() {
    let seen = see_with(
        json!({"define_patterns": "^NNG_", "extra_cdef": ["extern \"Python\" void cb(void *);"]}),
        json!([
            constant("PLAIN", json!({"int": -5})),
            constant("HUGE", json!({"int": u64::MAX})),
            constant("NNG_A", json!({"int": 3})),
            constant("E_A", json!({"int": 1})),
            constant("TEXT", json!({"string": "x"})),
            constant("f", json!({"int": 1})),
            {"kind": "macro_function", "name": "MAX", "parameters": ["a", "b"]},
            {"kind": "enum", "underlying": "u_int", "size": 4, "constants": [{"name": "E_A", "value": 1}]},
            function("f", int(), &[]),
        ]),
        &[],
        &["PLAIN", "HUGE", "E_A"],
    );
    assert_eq!(seen.report["constants"], json!({"PLAIN": -5, "HUGE": u64::MAX, "E_A": 1}));
    assert_eq!(seen.declared("macro NNG_A"), "...");
    assert_eq!(seen.declared("macro NNG_B"), "...");
    assert_eq!(seen.output.text.matches("E_A").count(), 1);
    assert!(seen.output.text.ends_with("\nextern \"Python\" void cb(void *);\n"));
    assert_eq!(
        seen.messages(),
        ["left out 1 macro that is not an integer: `TEXT`", "left out 1 function-like macro: `MAX`"]
    );
}

#[test]
fn excluded_declarations_come_along_when_needed_by_value() {
    let seen = see_with(
        json!({"exclude_patterns": ["^internal_", "gone$"]}),
        json!([
            structure("internal_a", 4, 4, json!([field("x", int(), 0, 4, 4)])),
            structure("internal_b", 4, 4, json!([field("x", int(), 0, 4, 4)])),
            structure(
                "public",
                16,
                8,
                json!([
                    field("a", tag("internal_a"), 0, 4, 4),
                    field("b", pointer(tag("internal_b")), 8, 8, 8)
                ])
            ),
            function("is_gone", int(), &[]),
        ]),
        &["struct public"],
        &[],
    );
    assert!(seen.output.text.contains("struct internal_a {"));
    assert!(!seen.output.text.contains("struct internal_b {"));
    assert!(!seen.output.text.contains("is_gone"));
}

#[test]
fn variables_and_awkward_typedefs_are_readable() {
    let constant = |mut ty: Value| {
        ty["const"] = json!(true);
        ty
    };
    let strings = json!({"kind": "array", "length": 2, "of": constant(pointer(constant(char_())))});
    let seen = see(
        json!([
            typedef("fn_t", function_type(int(), &[("x", int())])),
            typedef("void_t", json!({"kind": "void"})),
            typedef("open_t", json!({"kind": "array", "of": int(), "length": null})),
            typedef("ptr_t", pointer(inline(record("struct", None, 4, 4, json!([field("a", int(), 0, 4, 4)]))))),
            {"kind": "variable", "name": "limit", "type": constant(int())},
            {"kind": "variable", "name": "names", "type": strings},
            {"kind": "variable", "name": "list", "type": named("open_t")},
            {"kind": "variable", "name": "hidden", "type": int(), "static": true},
            function("f", pointer(named("void_t")), &[("fn_t", pointer(named("fn_t"))), ("inline", int())]),
            function("offsetof", int(), &[]),
        ]),
        &["ptr_t"],
    );
    assert_eq!(seen.declared("variable limit"), "int");
    assert_eq!(seen.declared("variable names"), "char const *[2]");
    assert_eq!(seen.declared("function f"), "void *(*)(int(*)(int), int)");
    assert!(
        seen.messages().contains(&"function `offsetof` is left out: cffi cannot read the name `offsetof`")
    );
}

#[test]
fn options_say_what_is_wrong_with_them() {
    let read = |options: Value| {
        let options: Options = serde_json::from_value(options).unwrap();
        Settings::read(&options).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let problem = read(json!({"exclude_patterns": ["ok", "(bad"]}));
    assert!(problem.contains("exclude_patterns") && problem.contains("`(bad`"), "{problem}");
    assert!(read(json!({"extra_cdef": 3})).contains("a string or a list of strings"));
    assert!(read(json!({"mode": "both"})).contains("expected \"abi\" or \"api\""));
    assert_eq!(read(json!({"define_patterns": "x", "extra_cdef": "int f(void);"})), "");
}

#[test]
fn the_text_is_stable_and_ends_in_a_newline() {
    let declarations = json!([
        constant("N", json!({"int": 1})),
        structure("s", 4, 4, json!([field("a", int(), 0, 4, 4)])),
        function("f", int(), &[("s", pointer(tag("s")))]),
    ]);
    let output = write(&header("x86_64-linux-gnu", declarations), &settings(json!({})));
    let expected = "/* Generated by headerkit from include/a.h; do not edit. */\n\
        \n#define N 1\n\
        \nstruct s {\n    int a;\n};\n\
        \nint f(struct s *s);\n";
    assert_eq!(output.text, expected);
}

/// API mode asks the C compiler about every named field: what stands in for members that cffi cannot
/// have must not be named, and the alignment must not be checked.
#[test]
fn padded_records_compile_and_load_in_api_mode() {
    let declarations = json!([
        structure(
            "packed",
            6,
            1,
            json!([field("c", char_(), 0, 1, 1), field("i", int(), 1, 4, 4), field("z", char_(), 5, 1, 1)])
        ),
        structure("aligned", 32, 16, json!([field("a", int(), 0, 4, 4), field("b", int(), 16, 4, 4)])),
        record(
            "union",
            Some("u"),
            16,
            16,
            json!([field("w", int128(), 0, 16, 16), field("i", int(), 0, 4, 4)])
        ),
    ]);
    let source = "struct __attribute__((packed)) packed { char c; int i; char z; };\n\
        struct aligned { int a; __attribute__((aligned(16))) int b; };\n\
        union u { __int128 w; int i; };";
    let script = r#"
import cffi, importlib.util, json, os, subprocess, sys, sysconfig, tempfile
request = json.load(sys.stdin)
ffi = cffi.FFI()
ffi.cdef(request["text"])
ffi.set_source("_api_mode", request["source"])
with tempfile.TemporaryDirectory() as folder:
    c, so = os.path.join(folder, "_api_mode.c"), os.path.join(folder, "_api_mode.so")
    ffi.emit_c_code(c)
    link = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-Werror=incompatible-pointer-types",
        "-I", sysconfig.get_paths()["include"], c, "-o", so] + link, check=True)
    spec = importlib.util.spec_from_file_location("_api_mode", so)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    f = module.ffi
    print([(f.sizeof(n), f.alignof(n), sorted(k for k, _ in f.typeof(n).fields))
        for n in ("struct packed", "struct aligned", "union u")])
"#;
    let header = header("x86_64-linux-gnu", declarations);
    for (options, packed) in [(json!({}), "['c', 'z']"), (json!({"mode": "api"}), "['c', 'i', 'z']")] {
        let text = write(&header, &settings(options)).text;
        let seen = python(script, &json!({"text": text, "source": source}).to_string());
        let expected = format!("[(6, 1, {packed}), (32, 16, ['a', 'b']), (16, 16, ['i'])]");
        assert_eq!(seen.lines().last().unwrap(), expected, "{text}");
    }
}

#[test]
fn api_mode_leaves_to_the_compiler_what_it_knows_better() {
    let declarations = json!([
        constant("WHOLE", json!({"int": 3})),
        constant("REAL", json!({"float": 1.5})),
        constant("TEXT", json!({"string": "a"})),
        {"kind": "function", "name": "inlined", "type": function_type(int(), &[]), "inline": true},
        {"kind": "function", "name": "renamed", "type": function_type(int(), &[]), "symbol": "other"},
        {"kind": "variable", "name": "limit", "type": int(), "static": true, "value": {"int": 7}},
        {"kind": "variable", "name": "nameless", "type": inline(record("struct", None, 4, 4, json!([
            field("a", int(), 0, 4, 4),
        ])))},
        structure("flags", 5, 1, json!([
            field("i", int(), 8, 4, 4), bits(Some("b"), char_(), 0, 3, 1),
        ])),
        // Taken apart, the union's members would follow each other.
        structure("outer", 16, 8, json!([field("u", inline(record("struct", None, 16, 8, json!([
            {"type": inline(record("union", None, 16, 8, json!([
                field("p", pointer(int()), 0, 8, 8),
                field("q", json!({"kind": "array", "of": int(), "length": 4}), 0, 16, 4),
            ]))), "offset_bits": 0, "size": 16, "align": 8},
        ]))), 0, 16, 8)])),
    ]);
    let abi = write(&header("x86_64-linux-gnu", declarations.clone()), &settings(json!({})));
    for line in ["#define WHOLE 3", "#define limit 7", "int other(void);"] {
        assert!(abi.text.contains(&format!("{line}\n")), "{line}\n{}", abi.text);
    }
    assert!(!abi.text.contains("inlined") && !abi.text.contains("REAL"));

    let api = see_with(json!({"mode": "api"}), declarations, &[], &[]);
    let lines = [
        "#define WHOLE ...",
        "static const double REAL;",
        "static char *const TEXT;",
        "int inlined(void);",
        "int renamed(void);",
        "struct flags {\n    int i;\n    ...;\n};",
        "struct outer {\n    ...;\n};",
    ];
    for line in lines {
        assert!(api.output.text.contains(line), "{line}\n{}", api.output.text);
    }
    let lost = [
        "variable `nameless` is left out: its type has no name by which cffi's C code could mention it",
        "struct `flags`: bit-field `b` is left out: cffi has none beside its `...`",
        "struct `outer`: field `u` is left out: API mode would lay its unnamed type out differently",
    ];
    assert_eq!(api.messages(), lost);
}

/// What cffi's C code would declare otherwise than the header, so that the compiler rejects it.
#[test]
fn api_mode_says_nothing_that_the_compiler_contradicts() {
    let atomic = |of: Value| json!({"kind": "atomic", "of": of});
    let unnamed = || inline(record("struct", None, 4, 4, json!([field("a", int(), 0, 4, 4)])));
    let float = json!({"kind": "float", "float": "float", "size": 4});
    let choice = json!({"kind": "inline_enum", "definition":
        {"underlying": "u_int", "size": 4, "constants": [{"name": "ONE", "value": 1}]}});
    let mut foreign =
        structure("foreign", 8, 4, json!([field("seen", int(), 0, 4, 4), field("__hidden", int(), 4, 4, 4)]));
    foreign["bound"] = json!(false);
    let declarations = json!([
        typedef("count_t", atomic(int())),
        structure("s", 24, 8, json!([
            field("n", atomic(int()), 0, 4, 4),
            field("p", pointer(atomic(int())), 8, 8, 8),
            field("c", named("count_t"), 16, 4, 4),
        ])),
        function("load", int(), &[("p", pointer(atomic(int())))]),
        {"kind": "variable", "name": "counter", "type": atomic(int())},
        typedef("named_t", pointer(unnamed())),
        function("take", int(), &[("a", pointer(unnamed())), ("b", named("named_t"))]),
        {"kind": "variable", "name": "chosen", "type": choice},
        typedef("_Float32", float),
        function("payload", int(), &[("f", pointer(named("_Float32")))]),
        constant("ARG_MAX", json!({"int": 131072})),
        foreign,
        function("use", int(), &[("f", tag("foreign"))]),
    ]);
    let api = see_with(json!({"mode": "api"}), declarations, &[], &[]).output;
    let lines = [
        "typedef int... count_t;",
        "struct s {\n    int n;\n    count_t c;\n    ...;\n};",
        "int load(void *p);",
        "int take(void *a, named_t b);",
        "extern unsigned int chosen;",
        "#define ONE ...",
        "int payload(void *f);",
        "struct foreign {\n    int seen;\n    ...;\n};",
    ];
    for line in lines {
        assert!(api.text.contains(line), "{line}\n{}", api.text);
    }
    assert!(!api.text.contains("ARG_MAX") && !api.text.contains("counter"), "{}", api.text);
    let lost: Vec<&str> = api.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    for message in [
        "typedef `count_t`: `_Atomic` is lost: cffi reads and writes plainly",
        "struct `s`: field `p` is left out: cffi has no `_Atomic`",
        "variable `counter` is left out: cffi has no `_Atomic`",
        "macro `ARG_MAX` is left out: the headers of `Python.h` undefine it",
        "struct `foreign`: members whose names begin with `__` are left out: macros of `Python.h` may rename them",
    ] {
        assert!(lost.contains(&message), "{message}\n{lost:#?}");
    }
}

#[test]
fn abi_mode_tells_of_qualifiers_and_of_the_members_of_file() {
    let constant = json!({"kind": "int", "int": "int", "size": 4, "const": true});
    let seen = see(
        json!([
            {"kind": "variable", "name": "limit", "type": constant},
            {"kind": "variable", "name": "counter", "type": {"kind": "atomic", "of": int()}},
            structure("_IO_FILE", 4, 4, json!([field("_flags", int(), 0, 4, 4)])),
            typedef("FILE", tag("_IO_FILE")),
        ]),
        &[],
    );
    let told = [
        "variable `limit`: it is written without `const`: ABI mode cannot read what cffi takes for a constant",
        "variable `counter`: `_Atomic` is lost: cffi reads and writes plainly",
        "struct `_IO_FILE`: its members are left out: cffi declares `FILE` itself, as an opaque type",
    ];
    assert_eq!(seen.messages(), told);
    assert_eq!(seen.declared("variable counter"), "int");
}

#[test]
fn layouts_follow_the_target() {
    let long_long = || json!({"kind": "int", "int": "long_long", "size": 8});
    let natural = |target: &str, size: u64, align: u64, offset: u64| {
        let record = structure(
            "s",
            size,
            align,
            json!([field("c", char_(), 0, 1, 1), field("l", long_long(), offset, 8, align)]),
        );
        write(&header(target, json!([record])), &settings(json!({}))).diagnostics.is_empty()
    };
    assert!(natural("i686-linux-gnu", 12, 4, 4));
    assert!(!natural("i686-linux-gnu", 16, 8, 8));
    assert!(natural("i686-windows-msvc", 16, 8, 8));
    assert!(natural("armv7-linux-gnueabihf", 16, 8, 8));
    let mixed = |target: &str, size: u64, offset_bits: u64| {
        let record = structure(
            "s",
            size,
            4,
            json!([bits(Some("a"), char_(), 0, 3, 1), bits(Some("b"), int(), offset_bits, 5, 4)]),
        );
        write(&header(target, json!([record])), &settings(json!({}))).diagnostics.is_empty()
    };
    assert!(mixed("x86_64-linux-gnu", 4, 3));
    assert!(mixed("x86_64-windows-msvc", 8, 32));
}
