//! Macros.

use std::collections::BTreeMap;

use super::*;
use crate::ir::ConstantValue;
use crate::parse::macros::tests::Random;

fn constants(header: &Header) -> Vec<(String, String)> {
    let constant = |declaration: &Declaration| match &declaration.kind {
        DeclarationKind::Constant(constant) => {
            let value = match &constant.value {
                ConstantValue::Int(value) => value.to_string(),
                ConstantValue::Float(value) => value.to_string(),
                ConstantValue::String(text) => format!("{text:?}"),
                ConstantValue::Bytes(bytes) => format!("{bytes:?}"),
                ConstantValue::Wide(text) => format!("L{text:?}"),
                ConstantValue::Address(address) => format!("{address:#x}"),
                ConstantValue::Name(name) => name.clone(),
                ConstantValue::AddressOf(name) => format!("&{name}"),
            };
            Some((constant.name.clone(), value))
        }
        _ => None,
    };
    header.declarations.iter().filter_map(constant).collect()
}

#[test]
fn values() {
    let text = "
        #include <limits.h>
        #include <stdint.h>
        enum e { ONE = 1 }; struct s { int a, b; }; int function(void);
        #define PLAIN 42
        #define HEX 0xFFFFFFFFFFFFFFFFull
        #define NEGATIVE (-PLAIN)
        #define TEXT \"a\" \"b\"
        #define REAL 1.5
        #define CAST ((uint8_t)0x1FF)
        #define SIZE sizeof(struct s)
        #define ENUM (ONE << 4)
        #define CHAR 'A'
        #define LIMIT INT_MAX
        #define BUILTIN __INT_MAX__
        #define OFFSET __builtin_offsetof(struct s, b)
        #define FUNCTION function
        #define TYPE struct s
        #define EMPTY
        #define OPEN {
        #define CALL(a, ...) ((a) + 1)
        #define CALLED CALL(3)
        #define TWICE 1
        #undef TWICE
        #define TWICE 2
        #define GONE 1
        #undef GONE
        #define TERNARY (sizeof(int) == 4 ? 10 : 20)
        #define TYPEOF ((__typeof__(1UL))5)
    ";
    each(text, |header, outcome| {
        let expected = [
            ("PLAIN", "42"),
            ("HEX", "18446744073709551615"),
            ("NEGATIVE", "-42"),
            ("TEXT", "\"ab\""),
            ("REAL", "1.5"),
            ("CAST", "255"),
            ("SIZE", "8"),
            ("ENUM", "16"),
            ("CHAR", "65"),
            ("LIMIT", "2147483647"),
            ("BUILTIN", "2147483647"),
            ("OFFSET", "4"),
            ("FUNCTION", "function"),
            ("CALLED", "4"),
            ("TWICE", "2"),
            ("TERNARY", "10"),
            ("TYPEOF", "5"),
        ];
        assert_eq!(constants(header), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let DeclarationKind::MacroFunction(call) = &find(header, "CALL").kind else { panic!() };
        assert_eq!(call.parameters, ["a", "..."]);
        let told: Vec<String> = outcome
            .diagnostics
            .iter()
            .map(|found| {
                let line = found.location.as_ref().map_or(0, |location| location.line);
                format!("{line}: {}", found.message)
            })
            .collect();
        assert_eq!(
            told,
            [
                "18: macro `TYPE` is not bound: it stands for a type",
                "20: macro `OPEN` is not bound: it stands for code",
                "0: `a.h`: 2 macros have no value and are not bound",
            ]
        );
        assert!(header.defines.contains(&"GONE".to_owned()) && !header.defines.contains(&"CALL".to_owned()));
    });
}

/// Pulls in what the probe has to tell: nothing else may change.
#[test]
fn the_probe_tells_what_is_undefined_in_between() {
    let text = "#define A \"x\"\n#define B 7\n#include \"off.h\"\n#define C 1\n#define USES_B B\n\
        #define D 1\n#define F(x) x\n#define W L\"w\"\n#include \"twice.h\"\n#include \"twice.h\"\n";
    let project = Project::new();
    project
        .file("a.h", text)
        .file("off.h", "#undef B\n#ifdef A\n#undef NOTHING\n#endif\n#ifdef NO\n#undef A\n#endif\n")
        .file("twice.h", "#ifdef D\n#undef D\n#undef F\n#define G 2\n#endif\n");
    for parser in parsers() {
        let header = parse(&parser, &project.request("a.h")).header;
        let expected = [("A", "\"x\""), ("C", "1"), ("W", "L\"w\""), ("G", "2")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(constants(&header), expected, "{}", parser.version());
        assert!(header.declarations.iter().all(|declaration| declaration.name() != Some("F")));
    }
}

/// A header that is included again may do what it skipped before, and another header may have the last word.
#[test]
fn the_last_word_on_a_macro_counts() {
    let project = Project::new();
    let text = "#include \"off.h\"\n#define A 1\n#define B 2\n#define TAKEN 1\n#define KEPT 1\n#include \"off.h\"\n#include <taken.h>\n";
    project.file("lib/a.h", text).file("lib/off.h", "#ifdef A\n#undef A\n#endif\n");
    let elsewhere = Project::new();
    elsewhere.file("taken.h", "#undef TAKEN\n#define TAKEN 2\n");
    for parser in parsers() {
        let mut request = project.request("lib/a.h");
        request.arguments = vec!["-isystem".into(), elsewhere.path().display().to_string()];
        let header = parse(&parser, &request).header;
        let expected = [("B", "2"), ("KEPT", "1")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(constants(&header), expected, "{}", parser.version());
    }
}

#[test]
fn lines_are_skipped_in_one_inclusion_and_not_in_the_next() {
    let project = Project::new();
    project
        .file("a.h", "#include \"off.h\"\n#define A 1\n#define B 2\n#include \"off.h\"\n")
        .file("off.h", "#ifdef A\n#undef A\n#endif\n");
    for parser in parsers() {
        let header = parse(&parser, &project.request("a.h")).header;
        assert_eq!(constants(&header), [("B".to_owned(), "2".to_owned())], "{}", parser.version());
    }
}

/// What is in force at the end, whatever includes, conditionals, guards and pragmas do: gcc's `-dM` says it.
#[test]
fn gcc_agrees_on_what_is_defined_at_the_end() {
    let names = ["M0", "M1", "M2", "M3"];
    let files = ["a.h", "b.h", "c.h", "d.h"];
    let mut random = Random(11);
    let parsers = parsers();
    let (mut defined, mut sure) = (0, 0);
    for round in 0..120 {
        let project = Project::new();
        for (index, file) in files.iter().enumerate() {
            let mut text = String::new();
            let is_guarded = random.below(2) == 0;
            if is_guarded {
                text.push_str(&format!("#ifndef G{index}\n#define G{index}\n"));
            }
            for _ in 0..random.below(9) + 1 {
                let name = names[random.below(names.len())];
                text.push_str(&match random.below(14) {
                    0..=3 => format!("#undef {name}\n#define {name} {}\n", random.below(90)),
                    4 | 5 => format!("#undef {name}\n"),
                    6 | 7 => format!("#include \"{}\"\n", files[(index + 1 + random.below(2)).min(3)]),
                    8 => format!("#ifdef {name}\n#undef {name}\n#else\n#define {name} 100\n#endif\n"),
                    9 => format!("#if {}\n#undef {name}\n#endif\n", random.below(2)),
                    10 => format!("/* what is not said:\n#undef {name}\n*/\n"),
                    11 => format!("#undef L_{name}\n#define L_{name} 5 + \\\n#undef {name}\n"),
                    12 if round % 4 == 0 => {
                        let pragma = ["push_macro", "pop_macro"][random.below(2)];
                        format!("#pragma {pragma}(\"{name}\")\n")
                    }
                    _ => format!("#undef L_{name}\n#define L_{name} {name}\n"),
                });
            }
            if is_guarded {
                text.push_str("#endif\n");
            }
            // Only what is guarded may include itself.
            project.file(file, if is_guarded { text } else { text.replace("\"d.h\"", "\"e.h\"") });
        }
        project.file("e.h", "#undef M1\n");
        let mut request = project.request("a.h");
        if round % 3 == 0 {
            project.file("first.h", "#define M0 7\n#define M1 8\n#define L_M2 9\n");
            request.arguments = vec!["-include".into(), project.path().join("first.h").display().to_string()];
        }
        let mut gcc = Command::new("gcc");
        gcc.args(["-E", "-dM", "-w"]).args(&request.arguments).arg(project.path().join("a.h"));
        let macros = run(&mut gcc);
        let bodies: BTreeMap<&str, &str> =
            macros.lines().filter_map(|line| line.strip_prefix("#define ")?.split_once(' ')).collect();
        let value = |name: &str| {
            let body = *bodies.get(name)?;
            let body = bodies.get(body).copied().unwrap_or(body);
            body.parse::<u32>().is_ok().then(|| body.to_owned())
        };
        let own = names.iter().flat_map(|name| [(*name).to_owned(), format!("L_{name}")]);
        let expected: BTreeMap<String, String> =
            own.filter_map(|name| Some((name.clone(), value(&name)?))).collect();
        let parser = &parsers[round % parsers.len()];
        let header = parse(parser, &request).header;
        let found: BTreeMap<String, String> = constants(&header).into_iter().collect();
        assert_eq!(found, expected, "round {round}, {}", parser.version());
        defined += expected.len();
        sure += usize::from(expected.len() < 2 * names.len());
    }
    assert!(defined > 100 && sure > 60, "{defined} {sure}");
}

#[test]
fn defines_and_the_target_decide_values() {
    let project = Project::new();
    project.file(
        "a.h",
        "#ifdef ON\n#define LEVEL ON\n#endif\n#define WORD sizeof(long)\n#define SIGN ((char)-1)\n",
    );
    for parser in parsers() {
        let mut request = project.request("a.h");
        request.defines = vec!["ON=3".into()];
        let of = |request: &ParseRequest| constants(&parse(&parser, request).header);
        let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        if cfg!(target_arch = "x86_64") {
            assert_eq!(of(&request), pairs(&[("LEVEL", "3"), ("WORD", "8"), ("SIGN", "-1")]));
        }
        (request.target, request.native) = ("armv7-linux-gnueabihf".into(), false);
        assert_eq!(of(&request), pairs(&[("LEVEL", "3"), ("WORD", "4"), ("SIGN", "255")]));
    }
}
