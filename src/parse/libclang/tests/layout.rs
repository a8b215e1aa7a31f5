//! Sizes, alignments and offsets, compared with what the C compiler says.

use super::*;
use crate::diagnostics::Severity;
use crate::ir::Field;

const FIXTURE: &str = r#"
#include <stdint.h>
#include <stddef.h>
#include <time.h>
struct plain { char c; long long ll; short s; };
struct bits { int a : 3; unsigned b : 9; int : 0; unsigned char c : 2; int : 5; long long d : 40; char tail; };
struct __attribute__((packed)) tight { char c; int i; short s; double d; };
struct packed_bits { uint8_t a : 4; uint16_t b : 9; uint32_t c : 19; } __attribute__((packed));
#pragma pack(push, 2)
struct pragma { char c; int i; double d; };
#pragma pack(pop)
struct __attribute__((aligned(32))) wide { char c; };
struct member { char c; int i __attribute__((aligned(16))); char e; };
struct nested { int tag; union { int i; double d; struct { char x; union { long y; char z[3]; }; }; }; char end; };
union choice { char c[5]; int i; struct { short a, b; } pair; };
struct flexible { int count; short items[]; };
struct arrays { int grid[2][3]; char *names[4]; void (*call[2])(int); };
typedef struct { char c; long double ld; } anonymous_t;
typedef int aligned_int __attribute__((aligned(16)));
struct uses { char c; aligned_int a; anonymous_t t; time_t when; struct timespec ts; _Bool b; };
struct first { struct { int in; }; union { float f; int g; }; };
struct empty_tail { int n; struct plain list[0]; };
"#;

/// `label value` lines for everything that has a name in C.
fn expectations(header: &Header) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for declaration in header.declarations.iter().filter(|declaration| declaration.bound) {
        let (c_name, record, align) = match &declaration.kind {
            DeclarationKind::Record(record) => {
                (format!("{} {}", record.record.keyword(), declaration.name().unwrap()), record, None)
            }
            DeclarationKind::Typedef(typedef) => match &typedef.ty.ty {
                Type::InlineRecord { definition } => (typedef.name.clone(), &**definition, typedef.align),
                _ => continue,
            },
            _ => continue,
        };
        let Some(layout) = record.layout else { continue };
        if c_name == "max_align_t" {
            continue; // The compiler's own, with members of its own.
        }
        lines.push((format!("sizeof({c_name})"), layout.size.to_string()));
        lines.push((format!("_Alignof({c_name})"), align.unwrap_or(layout.align).to_string()));
        fields(&c_name, "", 0, &record.fields, &mut lines);
    }
    lines
}

fn fields(c_name: &str, prefix: &str, base: u64, list: &[Field], lines: &mut Vec<(String, String)>) {
    for field in list {
        let offset = base + field.offset_bits;
        match (&field.name, &field.ty.ty) {
            (None, Type::InlineRecord { definition }) => {
                fields(c_name, prefix, offset, &definition.fields, lines);
            }
            (Some(name), ty) if field.bit_width.is_none() => {
                let path = format!("{prefix}{name}");
                lines.push((format!("offsetof({c_name}, {path})"), (offset / 8).to_string()));
                if field.size > 0 {
                    lines.push((format!("sizeof((({c_name} *)0)->{path})"), field.size.to_string()));
                }
                if let Type::InlineRecord { definition } = ty {
                    fields(c_name, &format!("{path}."), offset, &definition.fields, lines);
                }
            }
            _ => {}
        }
    }
}

/// Asserts in C that every expectation holds.
fn check_with_compiler(include: &str, header: &Header) -> usize {
    let lines = expectations(header);
    let mut program = format!("#include <stddef.h>\n#include \"{include}\"\n");
    for (label, value) in &lines {
        program.push_str(&format!("_Static_assert({label} == {value}, \"{label}\");\n"));
    }
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("check.c");
    fs::write(&source, program).unwrap();
    run(Command::new("gcc").args(["-fsyntax-only", "-w"]).arg(&source));
    lines.len()
}

#[test]
fn layouts_equal_the_compilers() {
    let project = Project::new();
    project.file("a.h", FIXTURE);
    for parser in parsers() {
        let header = parse(&parser, &project.request("a.h")).header;
        let path = project.path().join("a.h");
        assert!(check_with_compiler(&path.display().to_string(), &header) > 90);
    }
}

/// Bit-fields have no `offsetof`: all bits of one are set and looked for in memory.
#[test]
fn bit_fields_lie_where_the_compiler_puts_them() {
    let project = Project::new();
    project.file("a.h", FIXTURE);
    for parser in parsers() {
        let header = parse(&parser, &project.request("a.h")).header;
        let mut program = format!(
            "#include <stdio.h>\n#include <string.h>\n#include \"{}\"\nint main(void) {{\n",
            project.path().join("a.h").display()
        );
        let mut expected = String::new();
        for name in ["bits", "packed_bits"] {
            for field in &record(&header, name).fields {
                let (Some(field_name), Some(width)) = (&field.name, field.bit_width) else { continue };
                program.push_str(&format!(
                    "{{ struct {name} v; unsigned char *p = (void *)&v; memset(&v, 0, sizeof v); v.{field_name} = -1;\n\
                     int first = -1, count = 0; for (int i = 0; i < 8 * (int)sizeof v; i++)\n\
                     if (p[i / 8] >> i % 8 & 1) {{ if (first < 0) first = i; count++; }}\n\
                     printf(\"{name}.{field_name} %d %d\\n\", first, count); }}\n"
                ));
                expected.push_str(&format!("{name}.{field_name} {} {width}\n", field.offset_bits));
            }
        }
        program.push_str("return 0; }\n");
        let dir = tempfile::tempdir().unwrap();
        let (source, binary) = (dir.path().join("bits.c"), dir.path().join("bits"));
        fs::write(&source, program).unwrap();
        run(Command::new("gcc").arg("-w").arg(&source).arg("-o").arg(&binary));
        assert_eq!(run(&mut Command::new(binary)), expected);
    }
}

#[test]
fn facts_beside_the_offsets() {
    let project = Project::new();
    project.file("a.h", FIXTURE);
    for parser in parsers() {
        let header = parse(&parser, &project.request("a.h")).header;
        assert!(record(&header, "tight").packed && !record(&header, "plain").packed);
        let bits = &record(&header, "bits").fields;
        let unnamed: Vec<_> = bits.iter().filter(|field| field.name.is_none()).map(|f| f.bit_width).collect();
        assert_eq!(unnamed, [Some(0), Some(5)]);
        let items = record(&header, "flexible").fields.last().unwrap();
        assert_eq!((spell(&items.ty.ty).as_str(), items.size, items.align), ("[](short:2)", 0, 2));
        let DeclarationKind::Typedef(aligned) = &find(&header, "aligned_int").kind else { panic!() };
        assert_eq!(aligned.align, Some(16));
        let DeclarationKind::Typedef(plain) = &find(&header, "anonymous_t").kind else { panic!() };
        assert_eq!(plain.align, None);
        let when = &find(&header, "time_t");
        assert!(!when.bound);
        assert_eq!(type_of(&header, "time_t"), "long:8");
        assert!(record(&header, "timespec").layout.is_some(), "needed by value");
    }
}

#[test]
fn real_headers_have_the_compilers_layouts() {
    let header = |path: &str| {
        if !exists(path) {
            eprintln!("skipped: {path} is not installed");
        }
        exists(path)
    };
    let script = "import sysconfig; print(sysconfig.get_path('include'))";
    let python = format!("{}/Python.h", run(python().args(["-c", script])).trim());
    for path in [
        "/usr/include/zlib.h",
        "/usr/include/sqlite3.h",
        "/usr/include/stdio.h",
        "/usr/include/pthread.h",
        &python,
    ] {
        let project = Project::new();
        for parser in parsers().into_iter().filter(|_| header(path)) {
            let mut request = project.request("a.h");
            (request.header, request.name, request.scope) = (path.into(), path.into(), Scope::All);
            let outcome = parse(&parser, &request);
            assert!(outcome.diagnostics.iter().all(|found| found.severity == Severity::Note), "{path}");
            assert!(check_with_compiler(path, &outcome.header) > 10);
        }
    }
}
