//! Comparisons with gcc over generated expressions and over the system's headers.

use std::fmt::Write as _;
use std::process::Command;

use super::*;

const OPERANDS: [&str; 22] = [
    "0",
    "1",
    "-1",
    "7",
    "31",
    "2147483647",
    "4294967295",
    "0x80000000",
    "0xffffffffu",
    "5u",
    "-9L",
    "0xffffffffffffffff",
    "9223372036854775807LL",
    "3ULL",
    "'\\xe9'",
    "(unsigned char)250",
    "(short)-3",
    "(_Bool)9",
    "(uint16_t)70000",
    "2.5",
    "0.1f",
    "(float)1e8",
];
const OPERATORS: [&str; 18] =
    ["*", "/", "%", "+", "-", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "^", "|", "&&", "||"];
const UNARY: [&str; 16] = [
    "-",
    "+",
    "~",
    "!",
    "(char)",
    "(unsigned char)",
    "(short)",
    "(int)",
    "(unsigned)",
    "(int64_t)",
    "(uint64_t)",
    "(float)",
    "(double)",
    "(_Bool)",
    "(uint16_t)",
    "__extension__ ",
];

fn random_expression(random: &mut Random, depth: usize) -> String {
    let part = |random: &mut Random| random_expression(random, depth - 1);
    match if depth == 0 { 0 } else { random.below(8) } {
        0 => OPERANDS[random.below(OPERANDS.len())].to_owned(),
        1 => format!(
            "{}{}",
            UNARY[random.below(UNARY.len())],
            OPERANDS[random.below(OPERANDS.len())].trim_start_matches('-')
        ),
        2 => format!("{}({})", UNARY[random.below(UNARY.len())], part(random)),
        3 => format!("({} ? {} : {})", part(random), part(random), part(random)),
        4 => format!("({})", part(random)),
        _ => format!("{} {} {}", part(random), OPERATORS[random.below(OPERATORS.len())], part(random)),
    }
}

/// What gcc prints for each expression; `None` for those that it refuses. `None` altogether without gcc.
fn ask_gcc(prologue: &str, expressions: &[String]) -> Option<Vec<Option<String>>> {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("t.c");
    let program = dir.path().join("t");
    let mut refused = BTreeSet::new();
    loop {
        let mut text = String::from(prologue);
        text.push_str(
            "\n#include <stdio.h>\n#include <string.h>\n\
             static void s_(long long v) { printf(\"%lld\\n\", v); }\n\
             static void u_(unsigned long long v) { printf(\"%llu\\n\", v); }\n\
             static void f_(double v) { unsigned long long b; memcpy(&b, &v, 8); printf(\"f%llx\\n\", b); }\n\
             static void t_(const char *v, long n) { for (long i = 0; i < n; i++) printf(\"%02x\", (unsigned char)v[i]); puts(\"x\"); }\n\
             static void d_(const char *v) { (void)v; }\n\
             #define P(x) _Generic((x), float: f_, double: f_, long double: f_, unsigned char: u_, unsigned short: u_, unsigned: u_, \
             unsigned long: u_, unsigned long long: u_, _Bool: u_, char *: d_, default: s_)(x)\n",
        );
        let start = text.lines().count() + 1;
        for (index, expression) in expressions.iter().enumerate() {
            // One line each, refused or not: gcc's messages name lines.
            let body = match expression.strip_prefix("string ") {
                _ if refused.contains(&index) => String::new(),
                Some(name) => format!("t_({name} \"\", sizeof({name}) - 1);"),
                None => format!("P(({expression}));"),
            };
            writeln!(text, "void e{index}(void) {{ printf(\"{index} \"); {body} }}").unwrap();
        }
        text.push_str("int main(void) {\n");
        for index in (0..expressions.len()).filter(|index| !refused.contains(index)) {
            writeln!(text, "e{index}();").unwrap();
        }
        text.push_str("}\n");
        fs_err::write(&source, text).unwrap();
        let output = Command::new("gcc")
            .args([
                "-std=gnu17",
                "-w",
                "-O0",
                "-fmax-errors=0",
                "-fno-diagnostics-show-caret",
                "-D_GNU_SOURCE",
                "-o",
            ])
            .args([&program, &source])
            .env("LC_ALL", "C")
            .output();
        let Ok(output) = output else {
            eprintln!("skipped: no gcc");
            return None;
        };
        if output.status.success() {
            break;
        }
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        let before = refused.len();
        for line in message.lines().filter(|line| line.contains("error")) {
            let number = line.split(':').nth(1).and_then(|number| number.parse::<usize>().ok());
            refused.extend(number.and_then(|number| number.checked_sub(start)));
        }
        assert!(refused.len() > before, "{message}");
    }
    let output = Command::new(program).output().unwrap();
    let mut answers = vec![None; expressions.len()];
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (index, answer) = line.split_once(' ').unwrap();
        answers[index.parse::<usize>().unwrap()] = Some(answer.to_owned());
    }
    Some(answers)
}

fn show(value: &ConstantValue) -> String {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "x";
    match value {
        ConstantValue::Int(integer) => integer.to_string(),
        ConstantValue::Float(value) => format!("f{:x}", value.to_bits()),
        ConstantValue::String(text) => hex(text.as_bytes()),
        ConstantValue::Bytes(bytes) => hex(bytes),
        _ => format!("{value:?}"),
    }
}

#[test]
fn agrees_with_gcc_on_generated_expressions() {
    let mut expressions = Vec::new();
    for left in OPERANDS {
        for right in OPERANDS {
            expressions.extend(OPERATORS.iter().map(|operator| format!("{left} {operator} {right}")));
        }
        for unary in UNARY {
            expressions.push(format!("{unary}({left})"));
            // Shows the type's size and sign.
            expressions.push(format!("{unary}({left}) * 0 - 1"));
        }
    }
    let mut random = Random(1);
    expressions.extend((0..4_000).map(|_| random_expression(&mut random, 3)));
    let mut scope = Text::new(LP64);
    let total = expressions.len();
    let mut known = Vec::new();
    for expression in expressions {
        if let Evaluation::Value(value) = scope.value_of(&expression) {
            known.push((expression, show(&value)));
        }
    }
    eprintln!("{} of {total} have a value", known.len());
    assert!(known.len() * 10 > total * 7);
    let asked: Vec<String> = known.iter().map(|(expression, _)| expression.clone()).collect();
    let Some(answers) = ask_gcc("#include <stdint.h>\n", &asked) else { return };
    for ((expression, ours), theirs) in known.iter().zip(answers) {
        assert_eq!(theirs.as_ref(), Some(ours), "{expression}");
    }
}

/// Whether this, as [`ask_gcc`] gives it, is no infinity or NaN.
fn finite(answer: &str) -> bool {
    let bits = answer.strip_prefix('f').and_then(|bits| u64::from_str_radix(bits, 16).ok());
    bits.is_none_or(|bits| f64::from_bits(bits).is_finite())
}

const HEADERS: &str = "#define _GNU_SOURCE 1\n#include <zlib.h>\n#include <sqlite3.h>\n#include <limits.h>\n#include <stdint.h>\n\
    #include <fcntl.h>\n#include <errno.h>\n#include <signal.h>\n#include <math.h>\n";

fn preprocess(option: &str) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let source = dir.path().join("h.c");
    fs_err::write(&source, HEADERS).unwrap();
    let output = Command::new("gcc").args(["-std=gnu17", "-E", option]).arg(&source).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Enough of a reader for enums in preprocessed text.
fn enums_of(preprocessed: &str, scope: &mut Text) {
    let clean: String =
        preprocessed.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    for part in clean.split("enum").skip(1) {
        let Some((head, rest)) = part.split_once('{') else { continue };
        if head.contains([';', '(', ')', ',']) {
            continue;
        }
        let mut next = 0i64;
        for item in rest.split('}').next().unwrap_or_default().split(',') {
            let (name, value) = item.split_once('=').unwrap_or((item, ""));
            if let Evaluation::Value(ConstantValue::Int(Integer::Signed(value))) = scope.value_of(value) {
                next = value;
            }
            scope.enums.insert(name.trim().to_owned(), Integer::from(next));
            next += 1;
        }
    }
}

#[test]
fn agrees_with_gcc_on_system_headers() {
    let (Some(macros), Some(code)) = (preprocess("-dM"), preprocess("-P")) else {
        eprintln!("skipped: no gcc or no headers");
        return;
    };
    let mut scope = Text::new(LP64);
    enums_of(&code, &mut scope);
    scope.define(&macros);
    scope.macros.remove("TESTED");
    let names: Vec<String> = scope
        .macros
        .iter()
        .filter(|(_, (parameters, _))| parameters.is_none())
        .map(|(name, _)| name.clone())
        .collect();
    let (mut values, mut nothing, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        match Expansion::new(&scope, &name).value() {
            Evaluation::Value(value @ (ConstantValue::String(_) | ConstantValue::Bytes(_))) => {
                values.push((format!("string {name}"), show(&value)));
            }
            Evaluation::Value(ConstantValue::Address(_) | ConstantValue::Wide(_)) => {}
            Evaluation::Value(value) => values.push((name, show(&value))),
            Evaluation::NotAValue => nothing.push(name),
            Evaluation::Unknown => unknown.push(name),
        }
    }
    eprintln!("Value {}, NotAValue {}, Unknown {}: {unknown:?}", values.len(), nothing.len(), unknown.len());
    let asked: Vec<String> = values.iter().map(|(name, _)| name.clone()).collect();
    let answers = ask_gcc(HEADERS, &asked).unwrap();
    let mut refused = Vec::new();
    for ((name, ours), theirs) in values.iter().zip(answers) {
        match theirs {
            Some(theirs) => assert_eq!(&theirs, ours, "{name}: {:?}", scope.macros.get(name)),
            None => refused.push(name),
        }
    }
    eprintln!("gcc refuses {refused:?}");
    // The other way round: what has no value here has no arithmetic value for gcc either.
    let asked: Vec<String> = nothing.iter().map(|name| format!("0 ? ({name}) : ({name}) * 1")).collect();
    let answers = ask_gcc(HEADERS, &asked).unwrap();
    let missed: Vec<_> =
        nothing.iter().zip(answers).filter(|(_, answer)| answer.as_deref().is_some_and(finite)).collect();
    eprintln!("gcc has a value for {missed:?}");
    // Calls of functions, such as `SIGRTMIN` and `errno`.
    assert!(missed.len() <= 10);
    assert!(unknown.len() * 10 < values.len());
}
