//! Functions, variables, typedefs, enums and types.

use super::*;
use crate::ir::{CallConv, ConstantValue, Enum, IntKind, Integer};

fn enumeration(declaration: &Declaration) -> &Enum {
    match &declaration.kind {
        DeclarationKind::Enum(found) => found,
        other => panic!("{other:?} is no enum"),
    }
}

fn function<'h>(header: &'h Header, name: &str) -> &'h crate::ir::Function {
    match &find(header, name).kind {
        DeclarationKind::Function(found) => found,
        other => panic!("{other:?} is no function"),
    }
}

#[test]
fn types() {
    let text = "
        #include <stddef.h>
        typedef _Bool t_bool; typedef unsigned char t_uchar; typedef __int128 t_int128;
        typedef long double t_ld; typedef double _Complex t_complex; typedef __float128 t_quad;
        typedef const char *const *t_ptr; typedef volatile int *restrict t_restrict;
        typedef int t_array[2][3]; typedef int (*t_parray)[3];
        typedef size_t (*t_fn)(size_t count, void (*done)(size_t), ...);
        typedef size_t t_function(const size_t);
        typedef int t_vector __attribute__((vector_size(16)));
        typedef _Atomic(int) t_atomic; typedef __typeof__(1L) t_typeof;
        typedef int (*t_table[4])(int x);
        extern const char *const names[]; extern int (*hook)(const char *text);
    ";
    each(text, |header, _| {
        for (name, expected) in [
            ("t_bool", "bool"),
            ("t_uchar", "unsigned char:1"),
            ("t_int128", "__int128:16"),
            ("t_ld", "long double:16"),
            ("t_complex", "complex double:16"),
            ("t_quad", "__float128:16"),
            ("t_ptr", "*(*(char:1 c) c)"),
            ("t_restrict", "*(int:4 v)"),
            ("t_array", "[2]([3](int:4))"),
            ("t_parray", "*([3](int:4))"),
            ("t_fn", "*((count size_t, done *((size_t)->void), ...)->size_t)"),
            ("t_function", "(size_t)->size_t"),
            ("t_vector", "vector4(int:4)"),
            ("t_atomic", "atomic(int:4)"),
            ("t_typeof", "long:8"),
            ("t_table", "[4](*((x int:4)->int:4))"),
            ("names", "[](*(char:1 c) c)"),
            ("hook", "*((text *(char:1 c))->int:4)"),
        ] {
            assert_eq!(type_of(header, name), expected, "{name}");
        }
        let size_t = find(header, "size_t");
        assert!(!size_t.bound && size_t.location.file == "<stddef.h>");
    });
}

#[test]
fn what_cannot_be_said_is_opaque_and_reported() {
    let text = "struct s { int (^block)(void); };\ntypedef _BitInt(7) odd;\nint f(odd *p);\n";
    let project = Project::new();
    project.file("a.h", text);
    for parser in parsers() {
        let mut request = project.request("a.h");
        request.arguments.push("-fblocks".into());
        let outcome = parse(&parser, &request);
        let opaque: Vec<String> =
            record(&outcome.header, "s").fields.iter().map(|f| spell(&f.ty.ty)).collect();
        assert_eq!(opaque, ["opaque int (^)(void):Some(8)"]);
        assert_eq!(type_of(&outcome.header, "odd"), "opaque _BitInt(7):Some(1)");
        let places: Vec<String> =
            outcome.diagnostics.iter().map(|found| found.location.as_ref().unwrap().to_string()).collect();
        assert_eq!(places, ["a.h:2:20", "a.h:1:8"]);
    }
}

#[test]
fn functions() {
    let text = "
        #include <stdarg.h>
        int plain(int a[3], void callback(int code), const char *restrict text);
        int old();
        int none(void);
        int variadic(const char *format, ...) __attribute__((format(printf, 1, 2)));
        void list(const char *format, va_list arguments);
        void noreturn_(void) __attribute__((noreturn));
        static inline int small(void) { return 1; }
        int renamed(void) __asm__(\"other\");
        int late(void); int late(void) __asm__(\"other\");
        int gone(void) __attribute__((deprecated(\"no\")));
        typedef int row[4]; void matrix(row *rows, row one, int n, int vla[n][n]);
        void plain_again(int); void plain_again(int);
        struct here; void local(struct here *h, struct there *t);
        __attribute__((ms_abi)) int windows(int);
        typedef void (*with_list)(va_list);
        void list_pointer(va_list *arguments);
        typedef row rows[2]; typedef const rows fixed;
        void fixed_row(const row one, const int two[2][3], volatile row three, fixed four);
    ";
    each(text, |header, _| {
        for (name, expected) in [
            ("plain", "(a *(int:4), callback *((code int:4)->void), text *(char:1 c) r)->int:4"),
            ("old", "(?)->int:4"),
            ("none", "()->int:4"),
            ("variadic", "(format *(char:1 c), ...)->int:4"),
            ("list", "(format *(char:1 c), arguments va_list)->void"),
            ("noreturn_", "()->void"),
            ("matrix", "(rows *(row), one *(int:4), n int:4, vla *([](int:4)))->void"),
            ("local", "(h *(struct here), t *(struct there))->void"),
            ("with_list", "*((va_list)->void)"),
            ("list_pointer", "(arguments *(va_list))->void"),
            ("fixed_row", "(one *(int:4 c), two *([3](int:4 c)), three *(int:4 v), four *(row c))->void"),
        ] {
            assert_eq!(type_of(header, name), expected, "{name}");
        }
        assert!(function(header, "small").inline && !function(header, "plain").inline);
        assert_eq!(function(header, "renamed").symbol.as_deref(), Some("other"));
        assert_eq!(function(header, "late").symbol.as_deref(), Some("other"));
        assert_eq!(function(header, "plain").symbol, None);
        assert!(find(header, "gone").deprecated && !find(header, "old").deprecated);
        assert_eq!(names(header).iter().filter(|name| **name == "plain_again").count(), 1);
        if cfg!(target_arch = "x86_64") {
            assert_eq!(function(header, "windows").ty.call_conv, CallConv::Other);
        }
        let there = record(header, "there");
        assert!(there.layout.is_none() && there.fields.is_empty());
    });
}

#[test]
fn calling_conventions() {
    let text = "int __attribute__((stdcall)) s(int);\ntypedef void (__attribute__((fastcall)) *f)(long);\n";
    let project = Project::new();
    project.file("a.h", text);
    for parser in parsers() {
        let mut request = project.request("a.h");
        (request.target, request.native) = ("i686-windows-gnu".into(), false);
        let header = parse(&parser, &request).header;
        assert_eq!(function(&header, "s").ty.call_conv, CallConv::Stdcall);
        let DeclarationKind::Typedef(typedef) = &find(&header, "f").kind else { panic!() };
        let Type::Pointer { to } = &typedef.ty.ty else { panic!("{typedef:?}") };
        let Type::Function(function) = &to.ty else { panic!("{typedef:?}") };
        assert_eq!(function.call_conv, CallConv::Fastcall);
        assert_eq!(spell(&to.ty), "(long:4)->void");
    }
}

#[test]
fn variables() {
    let text = "
        extern int counter; int counter;
        static const unsigned long long big = 18446744073709551615ull;
        static const double half = 0.5; static const char word[] = \"hi\";
        static const char *const pointer = \"there\"; extern const int unknown;
    ";
    each(text, |header, _| {
        let value = |name: &str| match &find(header, name).kind {
            DeclarationKind::Variable(variable) => (variable.is_static, variable.value.clone()),
            other => panic!("{other:?}"),
        };
        assert_eq!(value("counter"), (false, None));
        assert_eq!(value("big"), (true, Some(ConstantValue::Int(Integer::from(u64::MAX)))));
        assert_eq!(value("half"), (true, Some(ConstantValue::Float(0.5))));
        assert_eq!(value("pointer"), (true, Some(ConstantValue::String("there".into()))));
        assert_eq!(value("unknown"), (false, None));
        assert_eq!(names(header).iter().filter(|name| **name == "counter").count(), 1);
    });
}

#[test]
fn enums() {
    let text = "
        enum plain { A = -1, B };
        enum wide { W = 0xFFFFFFFFFFFFFFFF, X = 1 };
        enum packed { P = 200 } __attribute__((packed));
        enum { TOP = 7, TOP2 };
        typedef enum { T1, T2 } named;
        enum { V1 } variable, second;
        struct holder { enum { H1 } kind; enum inner { I1 } i; enum { ALONE = 3 }; named n; };
        enum later; void use(enum later *pointer);
    ";
    let project = Project::new();
    project.file("a.h", text);
    for parser in parsers() {
        let header = &parse(&parser, &project.request("a.h")).header;
        let plain = enumeration(find(header, "plain"));
        assert_eq!((plain.underlying, plain.size), (IntKind::Int, 4));
        assert_eq!(plain.constants[0].value, Integer::Signed(-1));
        let wide = enumeration(find(header, "wide"));
        assert_eq!((wide.size, wide.constants[0].value), (8, Integer::Unsigned(u64::MAX)));
        let packed = enumeration(find(header, "packed"));
        assert_eq!(
            (packed.underlying, packed.size, packed.constants[0].value.value()),
            (IntKind::UChar, 1, 200)
        );
        assert_eq!(type_of(header, "named"), "enum{T1,T2}");
        assert_eq!(type_of(header, "variable"), "enum{V1}");
        assert_eq!(type_of(header, "second"), "unsigned int:4");
        let unnamed: Vec<Vec<&str>> = header
            .declarations
            .iter()
            .filter(|declaration| declaration.name().is_none())
            .map(|declaration| enumeration(declaration).constants.iter().map(|c| c.name.as_str()).collect())
            .collect();
        assert_eq!(unnamed, [vec!["TOP", "TOP2"], vec!["ALONE"]]);
        let fields: Vec<String> = record(header, "holder").fields.iter().map(|f| spell(&f.ty.ty)).collect();
        assert_eq!(fields, ["enum{H1}", "enum inner", "named"]);
        assert!(find(header, "inner").bound);
        assert!(enumeration(find(header, "later")).incomplete);
    }
}

#[test]
fn unnamed_records_are_written_once() {
    let text = "
        typedef struct { int x; struct { int y; } in; union { int u; float f; }; } T;
        typedef struct { T *next; } *P;
        typedef union { int a; } U, *UP;
        T make(UP pointer); struct { int v; } global;
        struct outer { struct inner { int z; } i; struct inner *p; };
    ";
    each(text, |header, _| {
        assert_eq!(names(header), ["T", "P", "U", "UP", "make", "global", "inner", "outer"]);
        assert_eq!(type_of(header, "T"), "struct{x:int:4; in:struct{y:int:4}; -:union{u:int:4; f:float:4}}");
        assert_eq!(type_of(header, "P"), "*(struct{next:*(T)})");
        assert_eq!(type_of(header, "U"), "union{a:int:4}");
        assert_eq!(type_of(header, "UP"), "*(U)");
        assert_eq!(type_of(header, "make"), "(pointer UP)->T");
        assert_eq!(type_of(header, "global"), "struct{v:int:4}");
        assert!(!crate::ir::schema::to_json(header).unwrap().contains("unnamed"));
    });
}

#[test]
fn declarations_of_one_name_are_merged() {
    let text = "
        struct node; typedef struct node node; struct user { node *n; };
        struct node { int value; }; struct node; node *get(void); typedef struct node node;
        #define MAKE(name) struct name##_s; typedef struct name##_s *name
        MAKE(handle);
    ";
    each(text, |header, _| {
        assert_eq!(names(header), ["MAKE", "node", "user", "node", "get", "handle_s", "handle"]);
        assert_eq!(record(header, "node").fields.len(), 1);
    });
}

#[test]
fn comments_come_along_without_markers() {
    let text = "/** Does it.\n *\n * Twice. */\nint f(void);\n/// Short.\nstruct s { int x; };\n/* no doc */\nint g(void);\n";
    each(text, |header, _| {
        assert_eq!(find(header, "f").doc.as_deref(), Some("Does it.\n\nTwice."));
        assert_eq!(find(header, "s").doc.as_deref(), Some("Short."));
        assert_eq!(find(header, "g").doc, None);
    });
}

#[test]
fn bytes_that_are_not_utf8_do_no_harm() {
    let project = Project::new();
    project.file("a.h", b"/** caf\xe9 */\nint f(void);\n#define WORD \"caf\xe9\"\n#define N 1 /* \xe9 */\n");
    for parser in parsers() {
        let header = parse(&parser, &project.request("a.h")).header;
        assert_eq!(names(&header), ["WORD", "N", "f"]);
    }
}
