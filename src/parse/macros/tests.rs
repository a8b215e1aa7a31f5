//! Tables of bodies and values.

mod gcc;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::ir::{ConstantValue, Integer};

const LP64: DataModel = DataModel {
    short: 2,
    int: 4,
    long: 8,
    long_long: 8,
    pointer: 8,
    wchar: 4,
    char_signed: true,
    wchar_signed: true,
    long_double: 16,
};

struct Text {
    macros: BTreeMap<String, (Option<Vec<String>>, Vec<u8>)>,
    enums: BTreeMap<String, Integer>,
    declared: BTreeSet<String>,
    model: DataModel,
}

impl Text {
    fn new(model: DataModel) -> Self {
        Text { macros: BTreeMap::new(), enums: BTreeMap::new(), declared: BTreeSet::new(), model }
    }

    /// Reads `#define` lines.
    fn define(&mut self, lines: &str) {
        for line in lines.lines() {
            let Some(rest) = line.strip_prefix("#define ") else { continue };
            let end = rest.find([' ', '(']).unwrap_or(rest.len());
            let (name, rest) = rest.split_at(end);
            let (parameters, body) = match rest.strip_prefix('(') {
                Some(rest) => {
                    let (list, body) = rest.split_once(')').unwrap();
                    let list = list.split(',').map(str::trim).filter(|name| !name.is_empty());
                    (Some(list.map(str::to_owned).collect()), body)
                }
                None => (None, rest),
            };
            self.macros.insert(name.into(), (parameters, body.trim().into()));
        }
    }

    fn value_of(&mut self, body: impl AsRef<[u8]>) -> Evaluation {
        self.macros.insert("TESTED".into(), (None, body.as_ref().to_vec()));
        Expansion::new(self, "TESTED").value()
    }
}

impl Scope for Text {
    fn macro_body(&self, name: &str) -> Option<Body<'_>> {
        let (parameters, text) = self.macros.get(name)?;
        Some(Body { text: text.into(), parameters: parameters.clone().map(Into::into), is_spelled: true })
    }

    fn enum_constant(&self, name: &str) -> Option<Integer> {
        self.enums.get(name).copied()
    }

    fn type_named(&self, name: &str) -> TypeLookup {
        let int = |size, signed| TypeLookup::Int { size, signed };
        match name {
            "int8_t" => int(1, true),
            "uint8_t" => int(1, false),
            "int16_t" => int(2, true),
            "uint16_t" => int(2, false),
            "int32_t" | "enum level" | "sig_atomic_t" => int(4, true),
            "uint32_t" | "unsigned_enum" => int(4, false),
            "int64_t" | "intptr_t" | "ssize_t" | "off_t" | "sqlite_int64" | "sqlite3_int64" => int(8, true),
            "uint64_t" | "uintptr_t" | "size_t" | "sqlite3_uint64" => int(8, false),
            "flag_t" => TypeLookup::Bool,
            "float_t" => TypeLookup::Float { size: 4 },
            "double_t" => TypeLookup::Float { size: 8 },
            "struct point" | "point_t" => TypeLookup::Other { size: Some(12) },
            "callback" | "sqlite3_destructor_type" | "__sighandler_t" | "sighandler_t" => TypeLookup::Pointer,
            _ => TypeLookup::NotAType,
        }
    }

    fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    fn model(&self) -> DataModel {
        self.model
    }
}

fn sample() -> Text {
    let mut text = Text::new(LP64);
    text.define(
        "#define A 1+2\n#define B A*3\n#define NEG -1\n#define EMPTY\n#define STR \"str\"\n#define ALIAS SELF_ENUM\n\
         #define SELF_ENUM SELF_ENUM\n#define LOOP1 LOOP2\n#define LOOP2 LOOP1+1\n#define C64(c) c##UL\n\
         #define UINT64_C(c) C64(c)\n#define MAX(a, b) ((a) > (b) ? (a) : (b))\n#define XSTR(x) #x\n\
         #define STRINGIFY(x) XSTR(x)\n#define MAJOR 3\n#define MINOR 7\n#define CAT(a, b) a##b\n\
         #define SUM(first, ...) (first + SECOND(__VA_ARGS__))\n#define SECOND(a, b) (b)\n#define NOARGS() 5\n\
         #define FIVE NOARGS ()\n#define EXPORT __attribute__((visibility(\"default\")))\n#define NULL ((void*)0)\n\
         #define OPEN (\n#define F(x) x",
    );
    text.enums.insert("RED".into(), Integer::from(5i64));
    text.enums.insert("SELF_ENUM".into(), Integer::from(9i64));
    text.enums.insert("HUGE_ENUM".into(), Integer::from(1i64 << 40));
    text.declared.extend(["printf".to_owned(), "stdin".to_owned()]);
    text
}

fn int(value: i128) -> Evaluation {
    let integer = i64::try_from(value).map_or_else(|_| Integer::from(value as u64), Integer::from);
    Evaluation::Value(ConstantValue::Int(integer))
}

#[test]
fn integers() {
    let cases: &[(&str, i128)] = &[
        ("1", 1),
        ("B", 7),
        ("-NEG", 1),
        ("(- NEG)", 1),
        ("0x7fffffff + 1u", 0x8000_0000),
        ("0xffffffff + 1", 0),
        ("4294967295 + 1", 4_294_967_296),
        ("~0u", 0xffff_ffff),
        ("~0ul", u64::MAX.into()),
        ("18446744073709551615u", u64::MAX.into()),
        ("-2147483648", -2_147_483_648),
        ("-1 > 0u", 1),
        ("-1 < (unsigned char)1", 1),
        ("-7 / 2", -3),
        ("-7 % 2", -1),
        ("-8 >> 1", -4),
        ("1 << 31", -2_147_483_648),
        ("1u << 31", 2_147_483_648),
        ("-1 << 4", -16),
        ("0b1010", 10),
        ("0B11u", 3),
        ("0777", 511),
        ("0", 0),
        ("1 ? 2 : 3", 2),
        ("0 ? 1 : 0 ? 2 : 3", 3),
        ("0 ? 1/0 : 4", 4),
        ("1 || 1/0", 1),
        ("0 && 1/0", 0),
        ("1 ? -1 : 0u", 0xffff_ffff),
        ("(1, 2)", 2),
        ("!5", 0),
        ("!!5 == 1", 1),
        ("1 | 2 ^ 3 & 4", 3),
        ("(int)3.99", 3),
        ("(int)-3.99", -3),
        ("(unsigned char)300", 44),
        ("(signed char)200", -56),
        ("(char)200", -56),
        ("(uint8_t)-1", 255),
        ("(uint64_t)-1", u64::MAX.into()),
        ("((uint32_t)(-1)) + 0", 0xffff_ffff),
        ("(unsigned_enum)7", 7),
        ("(enum level)7", 7),
        ("(long unsigned int const)5", 5),
        ("(_Bool)256", 1),
        ("(bool)0.5", 1),
        ("(flag_t)2", 1),
        ("sizeof(int)", 4),
        ("sizeof(long double)", 16),
        ("sizeof(char *)", 8),
        ("sizeof(int[3])", 12),
        ("sizeof(const char *[2][MAJOR])", 48),
        ("sizeof(struct point[2])", 24),
        ("sizeof(void (*)(int))", 8),
        ("sizeof(struct point)", 12),
        ("sizeof (point_t) * 2", 24),
        ("sizeof(\"abc\")", 4),
        ("sizeof STR - 1", 3),
        ("sizeof(int) - 5 > 0", 1),
        ("'a'", 97),
        ("'\\n'", 10),
        ("'\\''", 39),
        ("'\"'", 34),
        ("'\\0'", 0),
        ("'\\377'", -1),
        ("'\\x41'", 65),
        ("'abcd'", 0x6162_6364),
        ("L'\\xff'", 255),
        ("L'é'", 0xe9),
        ("u'\\u20ac'", 0x20ac),
        ("U'x'", 120),
        ("RED", 5),
        ("RED | 0x10", 21),
        ("ALIAS", 9),
        ("HUGE_ENUM", 1 << 40),
        ("(int64_t)HUGE_ENUM + 1", (1 << 40) + 1),
        ("UINT64_C(18446744073709551615)", u64::MAX.into()),
        ("MAX(3, MAX(9, 4))", 9),
        ("CAT(1, 2)", 12),
        ("CAT(,7)", 7),
        ("CAT(MA, JOR)", 3),
        ("SUM(1, (2, 8), 3)", 4),
        ("FIVE", 5),
        ("EMPTY 4 EMPTY", 4),
        ("OPEN 4)", 4),
        ("F(F(6))", 6),
        ("__extension__ 1LL", 1),
        ("1 /* one */ + /**/ 1 // more", 2),
        ("1 + \\\n 2", 3),
        ("12\\\r\n3", 123),
        ("__INT_MAX__", 2_147_483_647),
        ("(-__LONG_MAX__ - 1)", i64::MIN.into()),
        ("1.5 < 2", 1),
        ("!0.0", 1),
    ];
    let mut scope = sample();
    for (body, expected) in cases {
        assert_eq!(scope.value_of(body), int(*expected), "{body}");
    }
}

#[test]
fn literal_types_follow_the_data_model() {
    let ilp32 = DataModel { long: 4, pointer: 4, long_double: 12, ..LP64 };
    let llp64 = DataModel { long: 4, wchar: 2, wchar_signed: false, long_double: 8, ..LP64 };
    let cases: &[(DataModel, &str, i128)] = &[
        (ilp32, "0xffffffffL > -1", 0),
        (ilp32, "~0ul", 0xffff_ffff),
        (ilp32, "sizeof(long)", 4),
        (ilp32, "3000000000 > -1", 1),
        (llp64, "(unsigned long)-1", 0xffff_ffff),
        (llp64, "L'\\xffff'", 0xffff),
        (llp64, "1.5L + 1 == 2.5", 1),
        (DataModel { char_signed: false, ..LP64 }, "'\\xff'", 255),
        (DataModel { char_signed: false, ..LP64 }, "(char)-1", 255),
        (DataModel { short: 2, int: 2, ..ilp32 }, "(unsigned short)1 > -1", 0),
        (DataModel { short: 2, int: 2, ..ilp32 }, "0x8000 > -1", 0),
    ];
    for (model, body, expected) in cases {
        assert_eq!(Text::new(*model).value_of(body), int(*expected), "{body}");
    }
}

#[test]
fn floats() {
    let cases: &[(&str, f64)] = &[
        ("1.5", 1.5),
        ("-.5e1", -5.0),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("0.1f", 0.1f32 as f64),
        ("0.1L", 0.1),
        ("1 / 4.0", 0.25),
        ("1.0f / 3", (1.0f32 / 3.0) as f64),
        ("(float)0.1", 0.1f32 as f64),
        ("(double)1 / 3", 1.0 / 3.0),
        ("(float_t)16777217", 16777216.0),
        ("0x1.8p1", 3.0),
        ("0x1p-1074", 5e-324),
        ("0x1.fffffffffffffp+1023", f64::MAX),
        ("0x.8p0f", 0.5),
        ("1 ? 1 : 2.0", 1.0),
        ("1.7976931348623157e308", f64::MAX),
    ];
    let mut scope = sample();
    for (body, expected) in cases {
        assert_eq!(scope.value_of(body), Evaluation::Value(ConstantValue::Float(*expected)), "{body}");
    }
}

#[test]
fn strings() {
    let cases: &[(&str, &str)] = &[
        ("\"\"", ""),
        ("\"a\" \"b\"", "ab"),
        ("\"a\" STR \"c\"", "astrc"),
        ("(\"x\")", "x"),
        ("u8\"é\"", "é"),
        ("\"\\x41\" \"1\\101\\n\\0\"", "A1A\n\0"),
        ("\"\\u00e9\\U0001F600\"", "é😀"),
        ("STRINGIFY(MAJOR) \".\" STRINGIFY(MINOR)", "3.7"),
        ("XSTR(a  \"b\\n\" 'c')", "a \"b\\n\" 'c'"),
        ("\"/* no comment */ // none\"", "/* no comment */ // none"),
    ];
    let mut scope = sample();
    for (body, expected) in cases {
        let expected = ConstantValue::String((*expected).into());
        assert_eq!(scope.value_of(body), Evaluation::Value(expected), "{body}");
    }
    let bytes = Evaluation::Value(ConstantValue::Bytes(b"\xff\x80".to_vec()));
    assert_eq!(scope.value_of(b"\"\\xff\" \"\x80\""), bytes);
}

#[test]
fn what_is_no_number_and_no_plain_string() {
    let float = |value| Evaluation::Value(ConstantValue::Float(value));
    let address = |value| Evaluation::Value(ConstantValue::Address(value));
    let wide = |text: &str| Evaluation::Value(ConstantValue::Wide(text.into()));
    let cases = [
        ("1e999", float(f64::INFINITY)),
        ("1e39f", float(f64::INFINITY)),
        ("1.0 / 0.0", float(f64::INFINITY)),
        ("(-__builtin_inff ())", float(f64::NEG_INFINITY)),
        ("__builtin_nanf(\"\")", float(f64::NAN)),
        ("NULL", address(0)),
        ("((callback)-1)", address(u64::MAX)),
        ("((struct point *)16)", address(16)),
        ("(void (*)(void))0", address(0)),
        ("L\"wide\"", wide("wide")),
        ("\"a\" U\"\\x1f600\" U\"\\u00e9\u{e9}\"", wide("a\u{1f600}\u{e9}\u{e9}")),
    ];
    let mut scope = sample();
    for (body, expected) in cases {
        assert_eq!(scope.value_of(body), expected, "{body}");
    }
    assert_eq!(scope.value_of("uint8_t"), Evaluation::NotAValue);
    assert_eq!(Expansion::new(&scope, "TESTED").alias().as_deref(), Some("uint8_t"));
    assert_eq!(scope.value_of("(stdin)"), Evaluation::NotAValue);
    assert_eq!(Expansion::new(&scope, "TESTED").alias(), None);
}

#[test]
fn undefined_names_and_their_lines() {
    let text =
        b"#undef A\n  # undef\tB /* x */\nx #undef C\n#undefine D\n\n#\tundef E\r\n#undef \xc3\xa9\n#undef";
    let expected: &[(u32, &[u8])] = &[(1, b"A"), (2, b"B"), (6, b"E"), (7, b"\xc3\xa9")];
    let found: Vec<(u32, &[u8])> = undef_lines(text).iter().map(|found| (found.line, found.name)).collect();
    assert_eq!(found, expected);
    assert!(undef_lines(text).iter().all(|found| text[found.offset] == b'#'));
}

#[test]
fn no_values() {
    let cases = [
        "",
        "__GNUC__",
        "(__clang_major__ >= 3 ? 1 : 0)",
        "L\"\\xd800\"",
        "/* nothing */",
        "EMPTY",
        "extern",
        "const",
        "EXPORT",
        "__attribute__((x)) extern",
        "unsigned int",
        "uint8_t",
        "struct",
        "struct point",
        "enum level",
        "printf",
        "printf(\"x\")",
        "stdin",
        "do { } while (0)",
        "{ 0 }",
        "(struct point)1",
        "((void)0)",
        "__asm__(\"nop\")",
        "asm",
        "unheard_of",
        "unheard_of(3)",
        "->x",
        "a.b",
        "1 +",
        "+",
        ")",
        "(1",
        "1 2",
        "1, 2",
        "= 5",
        "1 / 0",
        "1 % 0",
        "1.2.3",
        "09",
        "0x",
        "1e",
        "1 % 2.0",
        "~1.0",
        "don't",
        "\"open",
        "@",
        "`",
        "LOOP1",
        "__inline__",
        "__func__",
        "return 1",
        "if (1)",
        "''",
        "*",
        "int *",
        "MAX(1",
        "MAX(1)",
        "F",
        "point_t *",
        "[[nodiscard]]",
        "1 ## 2 3",
        "_Pragma(\"once\")",
        "__declspec(dllexport)",
        "x++",
        "x = 1",
        "const point_t",
        "\u{e9}t\u{e9}",
        "__cdecl",
        "_Complex",
        "noexcept",
        "typeof",
        "static inline",
    ];
    let mut scope = sample();
    for body in cases {
        assert_eq!(scope.value_of(body), Evaluation::NotAValue, "{body}");
    }
    assert_eq!(Expansion::new(&scope, "MAX").value(), Evaluation::NotAValue);
    assert_eq!(Expansion::new(&scope, "NOT_DEFINED").value(), Evaluation::NotAValue);
}

#[test]
fn left_to_the_compiler() {
    let cases = [
        "*(int *)0",
        "&((struct point *)0)->y",
        "(size_t)&((struct point *)0)->y",
        "(struct point){1}",
        "_Generic(1, int: 2)",
        "__builtin_offsetof(struct point, y)",
        "2147483647 + 1",
        "-(-2147483647 - 1)",
        "65536 * 65536",
        "1 << 32",
        "2 << 31",
        "1 >> -1",
        "(-2147483647 - 1) / -1",
        "99999999999999999999",
        "9223372036854775808",
        "0.1L + 1",
        "(int)1e30",
        "(int)0.5L",
        "(int)__builtin_nan(\"\")",
        "\"abc\"[0]",
        "\"abc\" + 1",
        "1 ? \"a\" : \"b\"",
        "({ 1; })",
        "sizeof(int[0])",
        "sizeof 'a'",
        "sizeof(stdin)",
        "'abcde'",
        "'é'",
        "\"\\q\"",
        "R\"(x)\"",
        "1i",
        "10wb",
        "(__int128)1",
        "ns::x",
        "int(3)",
        "true",
        "HUGE_ENUM + 1",
        "2 ?: 3",
        "sizeof(void)",
        "1.0f16",
        "0x1.00000000000001p0",
        "1e-4000L",
        "_Alignof(int)",
        "u8'\\xff'",
    ];
    let mut scope = sample();
    for body in cases {
        assert_eq!(scope.value_of(body), Evaluation::Unknown, "{body}");
    }
}

#[test]
fn what_has_no_value_says_why() {
    let cases = [
        ("(char *)\"text\"", "it is a pointer or record"),
        ("__LINE__", "it depends on where it is used"),
        ("(__GNUC__ * 100 + __GNUC_MINOR__)", "it depends on which compiler reads it"),
        ("__FILE__ \":\"", "it depends on where it is used"),
        ("unsigned long", "it stands for a type"),
        ("struct point *", "it stands for a type"),
        ("int", "it is another name for the type `int`"),
        ("stdin", "it is another name for the function or variable `stdin`"),
        ("nothing", "it stands for the word `nothing`"),
        ("do { } while (0)", "it stands for code"),
        ("static __inline", "it stands for attributes or specifiers"),
        ("__attribute__((pure))", "it stands for attributes or specifiers"),
        ("1, 2", "it is no constant expression"),
    ];
    let mut scope = sample();
    for (body, expected) in cases {
        assert_eq!(scope.value_of(body), Evaluation::NotAValue, "{body}");
        assert_eq!(Expansion::new(&scope, "TESTED").reason().as_deref(), Some(expected), "{body}");
    }
    let value = scope.value_of("_Pragma(\"GCC warning \\\"old\\\"\") 0x100");
    assert_eq!(value, Evaluation::Value(ir::ConstantValue::Int(256i64.into())));
    assert_eq!(scope.value_of("/* guard */"), Evaluation::NotAValue);
    assert_eq!(Expansion::new(&scope, "TESTED").reason(), None);
    assert_eq!(scope.value_of("(intptr_t)(void *)5"), Evaluation::Value(ir::ConstantValue::Int(5i64.into())));
}

/// Only what the compiler can tell is worth a parse.
#[test]
fn who_else_may_know() {
    let mut scope = sample();
    let mut asks = |body: &str| {
        assert_eq!(scope.value_of(body), Evaluation::Unknown, "{body}");
        Expansion::new(&scope, "TESTED").may_be_value()
    };
    for body in [
        "__printf__",
        "uint64_t __attribute__((aligned(8)))",
        "sizeof(struct nowhere)",
        "((struct point){1, 2})",
        "({ 1; })",
        "unsigned __int128",
        "_Complex float",
        "__has_attribute",
        "4 + sizeof(nowhere)",
    ] {
        assert!(!asks(body), "{body}");
    }
    for body in [
        "__FLT_EVAL_METHOD__",
        "__builtin_popcount(7)",
        "__extension__ (__builtin_popcount(7))",
        "int(3)",
        "_Alignof(int)",
        "sizeof(stdin)",
    ] {
        assert!(asks(body), "{body}");
    }
    for body in ["ns::x", "sizeof(ns::inner)", "::x"] {
        assert!(!asks(body), "{body}");
    }
}

#[test]
fn what_only_cxx_has() {
    let mut scope = sample();
    assert_eq!(scope.value_of("1'000'000"), Evaluation::Unknown);
    scope.define("#define __cplusplus 201703L");
    assert_eq!(scope.value_of("1'000'000"), int(1_000_000));
    for body in ["ns::x", "sizeof(ns::inner)", "::x"] {
        assert_eq!(scope.value_of(body), Evaluation::Unknown, "{body}");
        assert!(Expansion::new(&scope, "TESTED").may_be_value(), "{body}");
    }
}

/// Stringizing macros, and what comes out of them with gcc 12 and clang 19.
#[test]
fn space_in_what_is_stringized() {
    let mut scope = Text::new(LP64);
    scope.define(
        "#define Q(s) #s\n#define X(s) Q(s)\n#define VX(...) VQ(__VA_ARGS__)\n#define VQ(...) #__VA_ARGS__\n\
         #define B   5\n#define E\n#define MAJOR 1\n#define MINOR 5\n#define NEG -1\n#define F(x) [x]\n#define G(x) [ x]\n\
         #define TWO  a b\n#define FIRST(x) x+1\n#define LATER(x) x +1\n#define H(x) +#x\n#define I(x) + #x\n\
         #define J(x) [x##1]\n#define K(x) [ x##1]\n#define L2(x, y) [x##y]\n#define CALL() c\n#define Z(x)b",
    );
    let cases = [
        ("X(MAJOR.MINOR.4)", "1.5.4"),
        ("X(A+B)", "A+5"),
        ("X(f(A,B))", "f(A,5)"),
        ("X( A + B )", "A + 5"),
        ("X(A\\\n+/* c */B)", "A+ 5"),
        ("X(-NEG)", "--1"),
        ("X(=TWO=)", "=a b="),
        ("X(F( 2 ))", "[2]"),
        ("X(G(2))", "[ 2]"),
        ("X(1 F(B))", "1 [5]"),
        ("X(a E b)", "a b"),
        ("X(a+E-b)", "a+-b"),
        ("X(a E-b)", "a -b"),
        ("X(a CALL ()-b)", "a c-b"),
        ("X(F(E))", "[]"),
        ("X(G())", "[ ]"),
        ("X(H( a  b ))", "+\"a b\""),
        ("X(I(a))", "+ \"a\""),
        ("X(J( a))", "[a1]"),
        ("X(K(a))", "[ a1]"),
        ("X(L2(, a))", "[a]"),
        ("X(+FIRST())", "++1"),
        ("VX(A,B ,NEG)", "A,5 ,-1"),
        ("Q(B)", "B"),
        ("Q(__LINE__)", "__LINE__"),
        ("Q(\"a\\n\"  'b')", "\"a\\n\" 'b'"),
    ];
    for (body, expected) in cases {
        let expected = ConstantValue::String(expected.into());
        assert_eq!(scope.value_of(body), Evaluation::Value(expected), "{body}");
    }
}

/// Of each of these gcc and clang make strings of their own.
#[test]
fn strings_that_compilers_make_in_different_ways() {
    let mut scope = Text::new(LP64);
    scope.define(
        "#define Q(s) #s\n#define X(s) Q(s)\n#define E\n#define F(x) [x]\n#define LATER(x) x +1\n#define WIDE(x) L ## #x\n#define COMMA(x, ...) (x, ## __VA_ARGS__)",
    );
    for body in ["X(F(a E))", "X(-LATER())", "X(F(E a))", "X(L \"a\")", "X(%:)", "WIDE(a)", "X(COMMA(a))"] {
        assert_eq!(scope.value_of(body), Evaluation::Unknown, "{body}");
        assert!(Expansion::new(&scope, "TESTED").may_be_value(), "{body}");
    }
    // What depends on the place does so as a string too.
    scope.define("#define CAT2(a, b) a##b\n#define CAT(a, b) CAT2(a, b)");
    for body in ["X(__LINE__)", "X(v __GNUC__)", "X(CAT(1, __COUNTER__))"] {
        assert_eq!(scope.value_of(body), Evaluation::NotAValue, "{body}");
        assert!(Expansion::new(&scope, "TESTED").reason().unwrap().contains("depends on"), "{body}");
    }
}

/// Literals that one compiler takes for something else, or refuses.
#[test]
fn literals_that_are_not_the_same_everywhere() {
    let mut scope = sample();
    for body in [
        "0x8000000000000000LL",
        "L\"a\" u\"b\"",
        "u8'a'",
        "u8\"a\" L\"b\"",
        "u\"\\x12345\"",
        "5 _Pragma(\"message(\\\"a\\\")\")",
        "CAT(1, $x)",
    ] {
        assert_eq!(scope.value_of(body), Evaluation::Unknown, "{body}");
    }
    assert_eq!(scope.value_of("0x8000000000000000ULL"), int(1 << 63));
    assert_eq!(scope.value_of("1Ll"), Evaluation::NotAValue);
    // gcc extends the sign of a pointer of 32 bits, clang does not.
    assert_eq!(scope.value_of("(long long)(void *)-1"), int(-1));
    scope.model = DataModel { long: 4, pointer: 4, ..LP64 };
    assert_eq!(scope.value_of("(long long)(void *)-1"), Evaluation::Unknown);
    assert_eq!(scope.value_of("(long long)(void *)1"), int(1));
    assert_eq!(scope.value_of("(long)(void *)-1"), int(-1));
}

#[test]
fn bombs_end() {
    let mut scope = Text::new(LP64);
    for level in 0..60 {
        scope.define(&format!("#define X{level} X{n} + X{n}\n#define E{level} E{n} E{n}", n = level + 1));
    }
    scope.define("#define E60\n#define X60 1\n#define G(x) G2(x x)\n#define G2(x) x x");
    for body in ["X0", "E0", &"G(".repeat(40), &format!("{}1{}", "G(".repeat(60), ")".repeat(60))] {
        assert!(!matches!(scope.value_of(body), Evaluation::Value(_)), "{}", &body[..2]);
    }
    for level in 0..100 {
        scope.define(&format!("#define C{level} C{}", level + 1));
    }
    assert_eq!(scope.value_of("C0"), Evaluation::NotAValue);
    for deep in [
        "(",
        "-",
        "~ ",
        "1?",
        "sizeof ",
        "(int)",
        "1||1&&1|1^1&1==1<1<<1+1*(",
        "{",
        "f(",
        "int (",
        "&",
        "1?1:",
    ] {
        let body = deep.repeat(3_000);
        assert!(!matches!(scope.value_of(&body), Evaluation::Value(_)), "{deep}");
    }
    // Right below the limit.
    let nested = format!("{}1{}", "1||0&&1|1^1&1==1<1<<1+1*(".repeat(60), ")".repeat(60));
    assert_eq!(scope.value_of(&nested), int(1));
}

#[test]
fn any_bytes_do_not_panic() {
    let pieces: [&[u8]; 44] = [
        b"1",
        b"0x",
        b"'",
        b"\"",
        b"\\",
        b"(",
        b")",
        b"+",
        b"-",
        b"#",
        b"##",
        b"\n",
        b"\r",
        b"/*",
        b"*/",
        b"//",
        b"\xff",
        b"\0",
        b"e",
        b"p",
        b".",
        b"L",
        b"u8",
        b"R\"",
        b"sizeof",
        b"int",
        b"*",
        b"?",
        b":",
        b",",
        b"<<",
        b"~",
        b"A",
        b"MAX",
        b"CAT",
        b"f",
        b"9",
        b"struct",
        b"99999999999999999999",
        b"1e9",
        b"[",
        b"&",
        b"%",
        b"/",
    ];
    let mut scope = sample();
    let mut random = Random(7);
    for _ in 0..30_000 {
        let body: Vec<u8> =
            (0..random.below(12)).flat_map(|_| pieces[random.below(pieces.len())].to_vec()).collect();
        scope.value_of(&body);
        defined_names([&[b"#define ", &body[..], b"\n#define X 1\n"].concat()[..]].into_iter());
    }
}

/// A small generator, the same on every run.
pub(in crate::parse) struct Random(pub u64);

impl Random {
    pub(in crate::parse) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }
}
