//! The generated module is imported by a real Python, and its layouts are compared with gcc's.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use fs_err as fs;
use serde_json::{Value, json};

use super::super::{Options, Output, WriterKind};
use crate::ir::{DeclarationKind, Header, Record, Type, schema};

/// A header of declarations as the serialized IR has them, locations left out.
fn header(declarations: Value) -> Header {
    header_for("x86_64-linux-gnu", declarations)
}

fn header_for(target: &str, mut declarations: Value) -> Header {
    for (index, declaration) in declarations.as_array_mut().unwrap().iter_mut().enumerate() {
        declaration["location"] = json!({"file": "demo.h", "line": index + 1, "column": 1});
    }
    let document = json!({
        "schema_version": schema::SCHEMA_VERSION, "path": "include/demo.h", "target": target,
        "declarations": declarations,
    });
    schema::from_json(document.to_string().as_bytes()).unwrap()
}

fn written(header: &Header, options: Value) -> Output {
    let options: Options = serde_json::from_value(options).unwrap();
    WriterKind::Ctypes.write(header, &options).unwrap()
}

fn messages(output: &Output) -> Vec<String> {
    output.diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect()
}

/// Runs a script with the module as `m` and `ctypes` as `ct`; returns what it prints.
fn python(directory: &Path, module: &str, script: &str) -> String {
    let file = directory.join("m.py");
    fs::write(&file, module).unwrap();
    let python = std::env::var("HEADERKIT_TEST_PYTHON").unwrap_or_else(|_| "python3".into());
    let output = Command::new(python)
        .args([
            "-W",
            "error",
            "-c",
            &format!("import ctypes as ct, m\nassert m.__verify__() == [], m.__verify__()\n{script}"),
        ])
        .env("PYTHONPATH", directory)
        .current_dir(directory)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{module}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn run(header: &Header, options: Value, script: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    python(directory.path(), &written(header, options).text, script)
}

/// Compiles C with gcc; `false`, loudly, where there is none.
fn gcc(directory: &Path, source: &str, arguments: &[&str]) -> bool {
    fs::write(directory.join("demo.c"), source).unwrap();
    let result = Command::new("gcc").args(["-w", "demo.c"]).args(arguments).current_dir(directory).output();
    let Ok(output) = result else {
        eprintln!("skipped: no gcc");
        return false;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

fn int() -> Value {
    json!({"kind": "int", "int": "int", "size": 4})
}

fn character(is_const: bool) -> Value {
    json!({"kind": "int", "int": "char_s", "size": 1, "const": is_const})
}

fn pointer(to: Value) -> Value {
    json!({"kind": "pointer", "to": to})
}

fn structure(name: &str) -> Value {
    json!({"kind": "record", "record": "struct", "name": name})
}

fn function(name: &str, result: Value, parameters: &[Value]) -> Value {
    let parameters: Vec<Value> = parameters.iter().map(|ty| json!({"type": ty})).collect();
    json!({"kind": "function", "name": name, "type": {"result": result, "parameters": parameters}})
}

fn typedef(name: &str, ty: Value) -> Value {
    json!({"kind": "typedef", "name": name, "type": ty})
}

fn field(name: &str, ty: Value, offset: u64, size: u64) -> Value {
    json!({"name": name, "type": ty, "offset_bits": offset * 8, "size": size, "align": size.clamp(1, 8)})
}

fn record(name: &str, size: u64, align: u64, fields: &[Value]) -> Value {
    json!({
        "kind": "record", "record": "struct", "name": name, "size": size, "align": align, "fields": fields,
    })
}

/// A C program that prints what the Python script below checks, for every field that the IR has.
fn layout_program(header: &Header, source: &str) -> String {
    let mut text = format!(
        "{source}\n#include <stddef.h>\n#include <stdio.h>\n#include <string.h>\n\
         static void dump(void *p, size_t n) {{\n\
         for (size_t i = 0; i < n; i++) printf(\"%02x\", ((unsigned char *)p)[i]);\n puts(\".\"); }}\n\
         int main(void) {{\n"
    );
    for declaration in &header.declarations {
        let DeclarationKind::Record(record) = &declaration.kind else { continue };
        let tag = record.name.clone().unwrap();
        let spelled = format!("{} {tag}", record.record.keyword());
        writeln!(text, "{{ static {spelled} s; printf(\"{tag} size %zu %zu\\n\", sizeof s, _Alignof(s));")
            .unwrap();
        layout_lines(record, &tag, &spelled, &mut text);
        text.push_str("}\n");
    }
    text + "}\n"
}

fn layout_lines(record: &Record, tag: &str, spelled: &str, text: &mut String) {
    for field in &record.fields {
        match (&field.name, &field.ty.ty) {
            (None, Type::InlineRecord { definition }) => layout_lines(definition, tag, spelled, text),
            (None, _) => {}
            (Some(name), ty) if field.bit_width.is_none() => {
                let flexible = matches!(ty, Type::Array { length: None, .. });
                let size = if flexible { "(size_t)0".to_owned() } else { format!("sizeof s.{name}") };
                writeln!(text, "printf(\"{tag} {name} %zu %zu\\n\", offsetof({spelled}, {name}), {size});")
                    .unwrap();
            }
            (Some(name), _) => {
                for (background, value) in [(0, -1), (255, 0x15), (255, 0)] {
                    writeln!(
                        text,
                        "memset(&s, {background}, sizeof s); s.{name} = {value}; \
                         printf(\"{tag} {name} {background} {value} %lld \", (long long)s.{name}); \
                         dump(&s, sizeof s);"
                    )
                    .unwrap();
                }
            }
        }
    }
}

const CHECK_LAYOUTS: &str = r#"
import sys
checked = 0
with open("expected") as file:
    lines = file.readlines()
for line in lines:
    tag, name, *numbers = line.split()
    cls = getattr(m, tag)
    checked += 1
    if name == "size":
        align = int(numbers[1]) if sys.version_info >= (3, 13) else min(int(numbers[1]), 16)
        assert [ct.sizeof(cls), ct.alignment(cls)] == [int(numbers[0]), align], (line, ct.alignment(cls))
    elif len(numbers) == 2:
        place = getattr(cls, name + "_", None) or getattr(cls, name)
        assert [place.offset, place.size] == [int(number) for number in numbers], (line, place)
    else:
        value = cls()
        ct.memset(ct.byref(value), int(numbers[0]), ct.sizeof(cls))
        setattr(value, name, int(numbers[1]))
        assert getattr(value, name) == int(numbers[2]), (line, getattr(value, name))
        assert bytes(value).hex() + "." == numbers[3], (line, bytes(value).hex())
print(checked)
"#;

#[test]
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn layouts_equal_those_of_gcc() {
    let source = include_str!("testdata/layouts.h");
    let header = header(serde_json::from_str(include_str!("testdata/layouts.json")).unwrap());
    let directory = tempfile::tempdir().unwrap();
    let program = layout_program(&header, source);
    if !gcc(directory.path(), &program, &["-o", "demo"]) {
        return;
    }
    let expected = Command::new(directory.path().join("demo")).output().unwrap().stdout;
    fs::write(directory.path().join("expected"), &expected).unwrap();
    let output = written(&header, json!({}));
    let checked: usize = python(directory.path(), &output.text, CHECK_LAYOUTS).parse().unwrap();
    assert!(checked > 100, "{checked}");
    assert_eq!(
        messages(&output),
        [
            "`vec4` is a vector, which ctypes lacks: bound as raw bytes",
            "`over` is aligned to 32 bytes in C, but ctypes puts instances at multiples of 16: take memory that is aligned and `from_buffer`",
            "`holds_over` is aligned to 32 bytes in C, but ctypes puts instances at multiples of 16: take memory that is aligned and `from_buffer`",
            "field `c` of `raw` is `__int128`, which ctypes lacks: bound as raw bytes",
            "field `e` of `raw` is `_Float16`, which ctypes lacks: bound as raw bytes",
        ]
    );
}

#[test]
#[cfg(unix)]
fn functions_are_called_and_missing_ones_explained() {
    let point = structure("point");
    let callback = pointer(json!({
        "kind": "function", "result": pointer(point.clone()), "parameters": [{"type": pointer(character(true))}],
    }));
    let mut renamed = function("renamed", int(), &[]);
    renamed["symbol"] = json!("real_symbol");
    let mut inlined = function("inlined", int(), &[]);
    inlined["inline"] = json!(true);
    let mut old = function("old", int(), &[]);
    old["type"]["unprototyped"] = json!(true);
    let header = header(json!([
        record("point", 16, 8, &[
            field("x", int(), 0, 4), field("y", json!({"kind": "float", "float": "double", "size": 8}), 8, 8),
        ]),
        function("sum", json!({"kind": "float", "float": "double", "size": 8}), std::slice::from_ref(&point)),
        function("make", point.clone(), &[int()]),
        function("upper", json!({"kind": "void"}), &[pointer(character(false))]),
        function("greeting", pointer(character(true)), &[]),
        function("each", int(), &[callback]),
        renamed, inlined, old,
        function("gone", int(), &[]),
        {"kind": "variable", "name": "counter", "type": int()},
        {"kind": "variable", "name": "lost", "type": int()},
        {"kind": "variable", "name": "fixed", "type": int(), "static": true, "value": {"int": 7}},
    ]));
    let source = r#"
        struct point { int x; double y; } origin = {40, 2};
        double sum(struct point p) { return p.x + p.y; }
        struct point make(int x) { struct point p = {x, 0.5}; return p; }
        void upper(char *s) { *s -= 32; }
        const char *greeting(void) { return "hi"; }
        int each(struct point *(*f)(const char *)) { return f("abc")->x; }
        int real_symbol(void) { return 9; }
        int old(a) int a; { return a; }
        int counter = 3;
    "#;
    let directory = tempfile::tempdir().unwrap();
    if !gcc(directory.path(), source, &["-shared", "-fPIC", "-o", "libdemo.so"]) {
        return;
    }
    let output = written(&header, json!({"library": ["no-such-library", "./libdemo.so"], "lib_name": "lib"}));
    assert_eq!(messages(&output), ["inline or static, so that no library defines it: left out `inlined`"]);
    let script = r#"
p = m.point(40, 2)
assert m.sum(p) == 42 and m.make(5).y == 0.5
text = ct.create_string_buffer(b"abc")
m.upper(text)
assert text.value == b"Abc" and m.greeting() == b"hi"
seen = []
callback = m.each.argtypes[0](lambda text: seen.append(text) or ct.addressof(p))
assert m.each(callback) == 40 and seen == [b"abc"]
assert m.renamed() == 9 and m.old(4) == 4 and m.counter.value == 3 and m.fixed == 7
assert m.lib.sum and m.__missing__ == ["gone", "lost"]
for name in ("gone", "lost", "nothing"):
    try:
        getattr(m, name)
    except AttributeError as error:
        print(str(error).replace(m.lib._name, "LIB"))
"#;
    assert_eq!(
        python(directory.path(), &output.text, script),
        "library `LIB` does not define function `gone`\n\
         library `LIB` does not define variable `lost`\n\
         module `m` has no attribute `nothing`"
    );
}

#[test]
fn imports_without_any_library() {
    let header = header(json!([function("f", int(), &[]), {"kind": "variable", "name": "v", "type": int()}]));
    let script = "assert m.__missing__ == ['f', 'v'] and m._lib is None\n\
                  try: m.f\nexcept AttributeError as error: print(error)";
    assert_eq!(
        run(&header, json!({"library": "no-such-library"}), script),
        "no library defines function `f`; tried `no-such-library` (option `library` of [tool.headerkit.writer.ctypes])"
    );
}

#[test]
#[cfg(unix)]
fn names_of_c_never_break_the_module() {
    let header = header(json!([
        {"kind": "constant", "name": "None", "value": {"int": 0}},
        {"kind": "constant", "name": "__debug__", "value": {"int": 1}},
        {"kind": "constant", "name": "_ct", "value": {"int": 2}},
        {"kind": "constant", "name": "_lib", "value": {"int": 3}},
        {"kind": "constant", "name": "_hk_bits", "value": {"int": 4}},
        {"kind": "constant", "name": "getpid", "value": {"int": 5}},
        {"kind": "constant", "name": "class", "value": {"int": 6}},
        {"kind": "constant", "name": "class_", "value": {"int": 7}},
        record("getpid", 4, 4, &[field("x", int(), 0, 4)]),
        record("property", 4, 4, &[
            json!({"name": "b", "type": int(), "offset_bits": 3, "bit_width": 2, "size": 4, "align": 4}),
        ]),
        {"kind": "enum", "name": "import", "underlying": "u_int", "size": 4,
         "constants": [{"name": "lambda", "value": 1}]},
        {"kind": "enum", "name": "tagged", "underlying": "u_int", "size": 4, "constants": []},
        typedef("tagged", pointer(structure("getpid"))),
        typedef("getattr", int()),
        typedef("globals", int()),
        typedef("AttributeError", int()),
        typedef("bool", json!({"kind": "bool"})),
        typedef("a$b", int()),
        function("getpid", int(), &[]),
        function("yield", int(), &[]),
    ]));
    let script = "\
assert (m.None_, m.__debug___, m._ct_, m._lib_, m.__hk_bits) == (0, 1, 2, 3, 4), dir(m)
assert (m.class__, m.class_, m.lambda_) == (6, 7, 1)
assert m.getpid() > 0 and ct.sizeof(m.struct_getpid) == 4 and 'yield_' in m.__missing__
assert m.enum_tagged is ct.c_uint and m.import_ is ct.c_uint and m.tagged._type_ is m.struct_getpid
value = m.property()
value.b = 1
assert bytes(value) == bytes([8, 0, 0, 0]) and m.a_b is ct.c_int and m.bool is ct.c_bool
try: m.yield_
except __builtins__.AttributeError: print('fine')";
    assert_eq!(run(&header, json!({}), script), "fine");
}

#[test]
fn constants_keep_their_values() {
    let text = json!({"string": "tab\t\"quote\" \\ é\u{0}"});
    let header = header(json!([
        {"kind": "constant", "name": "BIG", "value": {"int": 18446744073709551615_u64}},
        {"kind": "constant", "name": "SMALL", "value": {"int": -9223372036854775808_i64}},
        {"kind": "constant", "name": "TENTH", "value": {"float": 0.1}},
        {"kind": "constant", "name": "HUGE", "value": {"float": 1.7976931348623157e308}},
        {"kind": "constant", "name": "TEXT", "value": text},
        {"kind": "constant", "name": "RAW", "value": {"bytes": [255, 0, 10]}},
        {"kind": "constant", "name": "RED", "value": {"int": 9}},
        typedef("color", json!({"kind": "inline_enum", "definition": {
            "underlying": "int", "size": 4, "constants": [{"name": "RED", "value": -1}]}})),
    ]));
    let script = "\
import sys
assert (m.BIG, m.SMALL, m.TENTH, m.HUGE) == (2**64 - 1, -2**63, 0.1, sys.float_info.max)
assert m.TEXT == 'tab\\t\"quote\" \\\\ é\\0'.encode() and m.RAW == bytes([255, 0, 10])
assert m.RED == -1 and m.color is ct.c_int
print('fine')";
    assert_eq!(run(&header, json!({}), script), "fine");
}

#[test]
fn constants_that_are_no_numbers() {
    let constant = |name: &str, value: Value| json!({"kind": "constant", "name": name, "value": value});
    let callback =
        pointer(json!({"kind": "function", "result": {"kind": "void"}, "parameters": [{"type": int()}]}));
    let header = header(json!([
        constant("INFINITE", json!({"float": "inf"})),
        constant("LEAST", json!({"float": "-inf"})),
        constant("NOTHING", json!({"float": "nan"})),
        constant("WIDE", json!({"wide": "w\u{e9}\"\u{1f600}"})),
        constant("DEFAULT", json!({"address": 0})),
        constant("IGNORE", json!({"address": 1})),
        constant("handler", json!({"name": "signal_handler"})),
        constant("install", json!({"name": "signal"})),
        constant("gone", json!({"name": "no_such_function"})),
        constant("body", json!({"name": "in_header"})),
        typedef("signal_handler", callback.clone()),
        function("signal", pointer(json!({"kind": "void"})), &[int(), callback]),
        function("no_such_function", int(), &[]),
        {"kind": "function", "name": "in_header", "type": {"result": int(), "parameters": []}, "inline": true},
    ]));
    // SIGUSR1 is ignored by way of the constant, so that the process survives it.
    let script = "\
import math, os, signal
assert m.INFINITE == math.inf and m.LEAST == -math.inf and math.isnan(m.NOTHING)
assert m.WIDE == 'w\\u00e9\"\\U0001f600' and m.DEFAULT is None
assert m.handler is m.signal_handler and m.install is m.signal
m.install(signal.SIGUSR1, m.IGNORE)
os.kill(os.getpid(), signal.SIGUSR1)
assert m.install(signal.SIGUSR1, m.DEFAULT) == 1
print(m.__missing__, hasattr(m, 'gone'), hasattr(m, 'body'))";
    let options = json!({"library": "libc.so.6"});
    assert_eq!(run(&header, options.clone(), script), "['no_such_function', 'gone'] False False");
    let told = messages(&written(&header, options));
    assert!(
        told.contains(&"macro `body` is left out with `in_header`, for which it stands".into()),
        "{told:?}"
    );
}

#[test]
fn a_label_is_the_name_to_look_up() {
    let labelled = |kind: &str, ty: Value| json!({"kind": kind, "name": format!("my_{kind}"), "type": ty});
    let mut function = labelled("function", json!({"result": int(), "parameters": [{"type": int()}]}));
    function["symbol"] = json!("abs");
    let mut variable = labelled("variable", pointer(json!({"kind": "void"})));
    variable["symbol"] = json!("stdout");
    let header = header(json!([function, variable]));
    let script = "\
stdout = ct.c_void_p.in_dll(ct.CDLL('libc.so.6'), 'stdout')
print(m.my_function(-3), m.my_variable.value == stdout.value, m.__missing__)";
    assert_eq!(run(&header, json!({"library": "libc.so.6"}), script), "3 True []");
}

#[test]
fn types_come_before_their_uses() {
    let array = json!({"kind": "array", "of": structure("node"), "length": 4});
    let by_value = pointer(json!({
        "kind": "function", "result": {"kind": "void"}, "parameters": [{"type": structure("node")}],
    }));
    let header = header(json!([
        typedef("callback", by_value),
        typedef("nodes", array.clone()),
        record("holder", 128, 8, &[field("all", json!({"kind": "typedef", "name": "nodes"}), 0, 128)]),
        record("node", 32, 8, &[
            field("next", pointer(structure("node")), 0, 8),
            field("notify", json!({"kind": "typedef", "name": "callback"}), 8, 8),
            field("peers", pointer(array), 16, 8),
            field("opaque", pointer(structure("opaque")), 24, 8),
        ]),
        {"kind": "record", "record": "struct", "name": "opaque"},
        typedef("handle", pointer(json!({"kind": "inline_record", "definition": {
            "record": "struct", "size": 4, "align": 4, "fields": [field("x", int(), 0, 4)]}}))),
        typedef("handler", json!({"kind": "function", "result": int(), "parameters": [{"type": int()}]})),
        function("install", pointer(json!({"kind": "typedef", "name": "handler"})), &[]),
        typedef("nothing", json!({"kind": "void"})),
        function("any", pointer(json!({"kind": "typedef", "name": "nothing"})), &[
            pointer(json!({"kind": "typedef", "name": "nothing", "const": true})),
        ]),
    ]));
    let script = "\
assert ct.sizeof(m.node) == 32 and ct.sizeof(m.holder) == 128 and m.handle._type_.x.size == 4
assert m.node.next.offset == 0 and issubclass(m.callback, ct._CFuncPtr)
assert m.handler(lambda x: x + 1)(1) == 2
print('fine')";
    assert_eq!(run(&header, json!({}), script), "fine");
}

#[test]
fn what_ctypes_cannot_pass_is_left_out_and_reported() {
    let inline = |kind: &str, fields: Value| {
        json!({"kind": "inline_record", "definition": {
            "record": kind, "size": 4, "align": 4, "fields": fields}})
    };
    let va_list = json!({"kind": "va_list", "layout": {"size": 24, "align": 8}});
    let mut fast = function("fast", int(), &[]);
    fast["type"]["call_conv"] = json!("other");
    let declarations = json!([
        typedef("u", inline("union", json!([field("i", int(), 0, 4)]))),
        typedef(
            "b",
            inline(
                "struct",
                json!([
            {"name": "x", "type": int(), "offset_bits": 0, "bit_width": 3, "size": 4, "align": 4}])
            )
        ),
        function("takes_union", int(), &[json!({"kind": "typedef", "name": "u"})]),
        function("returns_bits", json!({"kind": "typedef", "name": "b"}), &[]),
        function("vprint", int(), &[va_list]),
        fast,
        function("half", int(), &[pointer(json!({"kind": "opaque", "spelling": "odd", "layout": null}))]),
        typedef(
            "cb",
            pointer(json!({
            "kind": "function", "result": int(), "parameters": [{"type": {"kind": "typedef", "name": "u"}}]}))
        ),
    ]);
    let output = written(&header_for("riscv64-linux-gnu", declarations.clone()), json!({}));
    assert!(
        messages(&output)
            .contains(&"function `takes_union` is left out: parameter `1` is a union by value".into())
    );
    let output = written(&header(declarations), json!({}));
    assert!(output.text.contains("_hk_value_u = _hk_ByValue(u, _ct.c_uint32)"));
    assert_eq!(
        messages(&output),
        [
            "a function type is bound as `c_void_p`: parameter `1` is a union by value",
            "function `fast` is left out: its calling convention is unknown to ctypes",
        ]
    );
    assert!(output.text.contains("_hk_function(\"half\", \"half\", _ct.c_int, [_ct.c_void_p])"));
}

#[test]
fn impossible_headers_still_give_a_module() {
    let header = header(json!([
        record("own", 4, 4, &[field("self", structure("own"), 0, 4)]),
        record("far", 4, 4, &[field("x", int(), 100, 4)]),
        record("odd", 3, 0, &[field("x", int(), 1, 4)]),
        typedef("a", json!({"kind": "typedef", "name": "b"})),
        typedef("b", json!({"kind": "typedef", "name": "a"})),
        function("f", json!({"kind": "typedef", "name": "unknown"}), &[structure("unknown")]),
        {"kind": "variable", "name": "big", "type":
            {"kind": "array", "of": int(), "length": 18446744073709551615_u64}},
    ]));
    let script = "print(ct.sizeof(m.own), ct.sizeof(m.far), ct.sizeof(m.odd))";
    assert_eq!(run(&header, json!({}), script), "4 4 3");
}

#[test]
fn targets_decide_about_conventions_and_byte_order() {
    let mut call = function("f", int(), &[]);
    call["type"]["call_conv"] = json!("stdcall");
    let bits = json!({"name": "b", "type": int(), "offset_bits": 3, "bit_width": 2, "size": 4, "align": 4});
    let declarations = json!([call, record("r", 4, 4, &[bits])]);
    let text = |target: &str| written(&header_for(target, declarations.clone()), json!({})).text;
    assert!(text("i686-windows-msvc").contains("\"f\", _ct.c_int, [], _hk_stdcall)"));
    assert!(text("x86_64-windows-msvc").contains("\"f\", _ct.c_int, [])"));
    assert!(!text("x86_64-windows-msvc").contains("\"libdemo\", None]"));
    assert!(!text("i686-linux-gnu").contains("\"f\""));
    assert!(text("x86_64-linux-gnu").contains("\"little\""));
    assert!(text("s390x-linux-gnu").contains("\"big\""));
}

#[test]
fn options_are_checked() {
    for options in [
        json!({"library": ""}),
        json!({"library": 1}),
        json!({"lib_name": "class"}),
        json!({"lib_name": "a-b"}),
        json!({"lib_name": "_hk_x"}),
        json!({"nonsense": 1}),
    ] {
        let options: Options = serde_json::from_value(options).unwrap();
        assert!(WriterKind::Ctypes.check(&options).is_err(), "{options:?}");
    }
}
