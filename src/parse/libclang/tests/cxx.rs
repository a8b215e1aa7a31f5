//! C++ headers.

use std::process::Command;

use fs_err as fs;

use super::{Project, parse, parsers, run};
use crate::ir::{
    Access, Class, Cxx, CxxFunction, CxxItem, CxxType, DeclarationKind, Field, FunctionRole, Header, Member,
    NamedType, RefQualifier, Template, TemplateArgument, Type, schema,
};
use crate::parse::{Language, ParseOutcome};

/// Parses one C++ text with every libclang and checks each result, which must survive being stored.
fn each(text: &str, check: impl Fn(&Header, &ParseOutcome)) {
    each_with(&[], text, check);
}

fn each_with(arguments: &[&str], text: &str, check: impl Fn(&Header, &ParseOutcome)) {
    let project = Project::new();
    project.file("a.hpp", text);
    for parser in parsers() {
        let mut request = project.request("a.hpp");
        request.language = Language::Cxx;
        request.arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let outcome = parse(&parser, &request);
        let stored = schema::from_json(schema::to_json(&outcome.header).unwrap().as_bytes()).unwrap();
        assert_eq!(stored, outcome.header, "{}", parser.version());
        check(&outcome.header, &outcome);
    }
}

fn all(header: &Header) -> Vec<(&Cxx, bool)> {
    let cxx = header.declarations.iter().filter_map(|declaration| match &declaration.kind {
        DeclarationKind::Cxx(cxx) => Some((&**cxx, declaration.bound)),
        _ => None,
    });
    cxx.collect()
}

fn find<'h>(header: &'h Header, name: &str) -> &'h Cxx {
    let is_it = |cxx: &&(&Cxx, bool)| cxx.0.qualified_name().as_deref() == Some(name);
    all(header).iter().find(is_it).unwrap_or_else(|| panic!("no `{name}` in {header:#?}")).0
}

fn class<'h>(header: &'h Header, name: &str) -> &'h Class {
    match &find(header, name).item {
        CxxItem::Class(class) => class,
        other => panic!("`{name}` is {other:?}"),
    }
}

fn member<'c>(class: &'c Class, name: &str) -> &'c Member {
    class
        .members
        .iter()
        .find(|member| member.item.name() == Some(name))
        .unwrap_or_else(|| panic!("{class:#?}"))
}

fn method<'c>(class: &'c Class, name: &str) -> &'c CxxFunction {
    match &member(class, name).item {
        CxxItem::Function(function) => function,
        other => panic!("`{name}` is {other:?}"),
    }
}

fn named(ty: &Type) -> &NamedType {
    match ty {
        Type::Cxx { ty } => match &**ty {
            CxxType::Named(named) => named,
            CxxType::Reference { to, .. } => self::named(&to.ty),
            other => panic!("{other:?}"),
        },
        Type::Pointer { to } => named(&to.ty),
        other => panic!("{other:?}"),
    }
}

/// The class of every pointer to a member that a parameter, a field or a result of the header is.
fn member_classes(header: &Header) -> Vec<String> {
    let mut classes = Vec::new();
    for (cxx, _) in all(header) {
        cxx.item.types(&mut |ty| {
            let Type::Cxx { ty } = &ty.ty else { return };
            let CxxType::MemberPointer { class, .. } = &**ty else { return };
            classes.push(match &class.ty {
                Type::Opaque { spelling, .. } => format!("opaque {spelling}"),
                Type::Record { name, .. } => name.clone(),
                Type::Cxx { ty } => match &**ty {
                    CxxType::Parameter { name } => format!("parameter {name}"),
                    CxxType::Named(named) => named.name.clone(),
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            });
        });
    }
    classes
}

/// Some libclangs crash when they are asked for a class that depends on a template parameter.
#[test]
fn pointers_to_members_of_what_depends_on_template_parameters() {
    let text = "struct K { int a; };\n\
        template <class T> struct Box { T v; };\n\
        template <int N> struct Row {};\n\
        template <class C> void f1(void (C::*g)());\n\
        template <class C> void f2(int C::*const m);\n\
        template <class C, class R, class... A> void f3(R (C::*g)(A...) const, R (K::*k)(C *));\n\
        template <class C> void f4(int Box<C>::*m, int Box<C *>::*p, int Box<int>::*i);\n\
        template <class C> void f5(int C::Inner::*m, typename C::X (C::Inner::*g)(C));\n\
        template <int N> void f6(int Row<N>::*m);\n\
        template <template <class> class C> void f7(int C<int>::*m);\n\
        template <class T> struct S {\n\
            struct In { int x; };\n\
            void (S::*own)(); T (S<T>::*same)(T); int S<T *>::*other; int In::*in; T K::*k; void (T::*cb)();\n\
        };\n\
        void f8(int K::*m);\n";
    each(text, |header, _| {
        let classes = member_classes(header);
        let expected = [
            ["parameter C", "parameter C", "parameter C", "K"].as_slice(),
            &["opaque Box<C>", "opaque Box<C *>", "Box"],
            &["opaque C::Inner", "opaque C::Inner", "opaque Row<N>", "opaque C<int>"],
            &["S", "S", "opaque S<T *>", "S::In", "K", "parameter T", "K"],
        ];
        assert_eq!(classes, expected.concat());
    });
}

/// Some libclangs crash when they are asked for a width that depends on a template parameter.
#[test]
fn bit_fields_whose_width_depends_on_template_parameters() {
    let text =
        "template <int N> struct Bits { int a : 3; int b : N; int c : sizeof(int[N]); int d : (2 + 2); };\n";
    each(text, |header, _| {
        let fields = class(header, "Bits").members.iter().filter_map(|member| match &member.item {
            CxxItem::Field(field) => Some(field.bit_width),
            _ => None,
        });
        let widths: Vec<_> = fields.collect();
        assert_eq!(widths, [Some(3), None, None, Some(4)]);
    });
}

#[test]
fn what_c_could_hold_stays_what_it_is_in_c() {
    let text = "struct s { int x; }; typedef struct { int y; } t; enum e { A };\n\
                extern \"C\" { int f(struct s *); extern int v; }\n\
                struct m { int get(); }; struct n { struct s s; class c *c; }; struct w { struct m m; };";
    each(text, |header, _| {
        let kinds: Vec<&str> = header
            .declarations
            .iter()
            .filter(|declaration| !matches!(declaration.kind, DeclarationKind::Cxx(_)))
            .filter_map(|declaration| declaration.name())
            .collect();
        assert_eq!(kinds, ["s", "t", "e", "f", "v", "n"]);
        let names: Vec<_> = all(header).iter().map(|(cxx, _)| cxx.qualified_name().unwrap()).collect();
        assert!(["m", "w", "c"].iter().all(|name| names.contains(&(*name).to_owned())), "{names:?}");
    });
}

#[test]
fn members_say_all_that_is_declared() {
    let text = "struct B { virtual ~B(); virtual int pure() = 0; };\nstruct B2 {};\n\
           class C : public B, private virtual B2 {\n\
           public: explicit C(int a, int b = 2); C(const C &) = delete; C &operator=(C &&) = default;\n\
           int pure() override; int r() const & noexcept; int r() &&; static int s(); operator bool() const;\n\
           template <typename T> T t(T v);\n\
           protected: int p; private: int q; static const int k = 7; friend class D; };";
    each(text, |header, _| {
        assert!(class(header, "B").is_abstract && method(class(header, "B"), "pure").is_pure);
        let found = class(header, "C");
        assert_eq!((found.bases[0].access, found.bases[0].is_virtual), (Access::Public, false));
        assert_eq!((found.bases[1].access, found.bases[1].is_virtual), (Access::Private, true));
        let constructors: Vec<&CxxFunction> = found
            .members
            .iter()
            .filter_map(|member| match &member.item {
                CxxItem::Function(function) if function.role == FunctionRole::Constructor => {
                    Some(&**function)
                }
                _ => None,
            })
            .collect();
        assert!(constructors[0].is_explicit && constructors[0].defaults == 1 && constructors[1].is_deleted);
        assert!(method(found, "operator=").is_defaulted);
        assert_eq!(method(found, "operator=").operator(), Some("="));
        assert!(method(found, "pure").is_override && method(found, "pure").is_virtual);
        let r = method(found, "r");
        assert!(r.is_const && r.noexcept && r.ref_qualifier == Some(RefQualifier::Lvalue));
        assert!(method(found, "s").is_static && method(found, "s").role == FunctionRole::Function);
        assert_eq!(method(found, "operator bool").role, FunctionRole::Conversion);
        assert_eq!(member(found, "t").template.as_ref().map(|template| template.parameters.len()), Some(1));
        assert_eq!(
            (member(found, "p").access, member(found, "q").access),
            (Access::Protected, Access::Private)
        );
        assert!(matches!(&member(found, "k").item, CxxItem::Variable(variable) if variable.value.is_some()));
        assert!(!found.members.iter().any(|member| member.item.name() == Some("D")));
    });
}

#[test]
fn final_constexpr_and_mutable_are_told() {
    let text = "#define CONST constexpr\n\
        struct B { virtual int f(); virtual int g(); };\n\
        struct F final : B { int f() final; int g() override; mutable int cache; int plain; int constexpr_not();\n\
          constexpr F() {} static constexpr int k = 3; static const int c = 4; CONST int m(int a = 2) const { return a; } };\n\
        template <class T> struct T1 final { CONST T get(T v) { return v; } mutable T t; T no(); virtual void v() final; };\n\
        template <class T> constexpr T id(T v) { return v; }\n template <class T> T other(T v = T()) { return v; }\n\
        namespace n { CONST int twice(int v) { return 2 * v; } [[deprecated(\"no constexpr\")]] inline int plain(int v) { return v; }\n\
          constexpr double pi = 3.5; const int seven = 7; CONST int CONST_TABLE[2] = {1, 2}; }";
    each(text, |header, _| {
        let field = |name: &str, field: &str| match &member(class(header, name), field).item {
            CxxItem::Field(field) => field.is_mutable,
            other => panic!("{other:?}"),
        };
        let variable = |item: &CxxItem| match item {
            CxxItem::Variable(variable) => variable.constexpr,
            other => panic!("{other:?}"),
        };
        let function = |name: &str| match &find(header, name).item {
            CxxItem::Function(function) => function.constexpr,
            other => panic!("{other:?}"),
        };
        let found = class(header, "F");
        assert!(found.is_final && !class(header, "B").is_final && class(header, "T1").is_final);
        let finals = ["f", "g"].map(|name| (method(found, name).is_final, method(found, name).is_override));
        assert_eq!(finals, [(true, true), (false, true)]);
        assert!(method(class(header, "T1"), "v").is_final && !method(class(header, "B"), "f").is_final);
        assert!(field("F", "cache") && !field("F", "plain") && field("T1", "t"));
        assert!(method(found, "F").constexpr && method(found, "m").constexpr);
        assert!(!method(found, "constexpr_not").constexpr && !method(found, "f").constexpr);
        assert!(method(class(header, "T1"), "get").constexpr && !method(class(header, "T1"), "no").constexpr);
        assert!(variable(&member(found, "k").item) && !variable(&member(found, "c").item));
        assert!(function("n::twice") && !function("n::plain") && function("id") && !function("other"));
        assert!(variable(&find(header, "n::pi").item) && !variable(&find(header, "n::seven").item));
        assert!(variable(&find(header, "n::CONST_TABLE").item));
    });
}

#[test]
fn consteval_is_more_than_constexpr() {
    let text = "struct S { consteval int now() const { return 1; } constexpr int any() const { return 2; } };\n\
        consteval int f(int v) { return v; }\n template <class T> consteval T id(T v) { return v; }\n\
        template <class T> constexpr T other(T v) { return v; }";
    each_with(&["-std=c++20"], text, |header, _| {
        let both = |function: &CxxFunction| (function.constexpr, function.consteval);
        let found = ["now", "any"].map(|name| both(method(class(header, "S"), name)));
        assert_eq!(found, [(true, true), (true, false)]);
        let found = ["f", "id", "other"].map(|name| match &find(header, name).item {
            CxxItem::Function(function) => both(function),
            other => panic!("{other:?}"),
        });
        assert_eq!(found, [(true, true), (true, true), (true, false)]);
    });
}

#[test]
fn names_are_qualified_and_namespaces_seen_through() {
    let text = "namespace a { inline namespace v1 { struct S { struct N {}; typedef int I; }; } namespace { int u(); } }\n\
                namespace a::b { enum class E : char { X }; a::S f(S::N *, E, S::I); }\n\
                namespace a::b { int g(); } using a::b::g;";
    each(text, |header, _| {
        let CxxItem::Function(function) = &find(header, "a::b::f").item else { panic!() };
        let parameter = |index: usize| named(&function.ty.parameters[index].ty.ty).name.as_str();
        assert_eq!(named(&function.ty.result.ty).name, "a::S");
        assert_eq!([parameter(0), parameter(1), parameter(2)], ["a::S::N", "a::b::E", "a::S::I"]);
        assert_eq!(find(header, "a::u").namespace, ["a"]);
        assert_eq!(find(header, "a::b::g").namespace, ["a", "b"]);
        assert!(matches!(&find(header, "g").item, CxxItem::Using(using) if using.target == "a::b::g"));
    });
}

#[test]
fn templates_keep_their_parameters_and_instances_their_arguments() {
    let text = "template <typename T, int N = 3, typename... R> struct Box { T v; Box *next; T get(); struct In { T t; }; In in; };\n\
                template <> struct Box<int, 1> { int w; };\n\
                template <typename T> using Alias = Box<T, 2>; using Four = Box<char, 4>;\n\
                template <typename T> T id(T t); template struct Box<long, 9>;\n\
                Four f(Alias<int>, Four::In, Box<short, 5> *);";
    each(text, |header, outcome| {
        let boxes: Vec<&Template> = all(header)
            .iter()
            .filter(|(cxx, _)| cxx.name() == Some("Box"))
            .filter_map(|(cxx, _)| cxx.template.as_ref())
            .collect();
        assert_eq!(boxes.len(), 2, "{:#?}", all(header));
        let [t, n, r] = boxes[0].parameters.as_slice() else { panic!() };
        assert!(!t.default && n.default && r.pack && boxes[1].arguments.len() == 2);
        let pattern = class(header, "Box");
        let CxxItem::Field(field) = &member(pattern, "v").item else { panic!() };
        assert!(
            matches!(&field.ty.ty, Type::Cxx { ty } if matches!(&**ty, CxxType::Parameter { name } if name == "T"))
        );
        let CxxItem::Field(next) = &member(pattern, "next").item else { panic!() };
        assert_eq!(named(&next.ty.ty).arguments.len(), 3);
        let CxxItem::Function(function) = &find(header, "f").item else { panic!() };
        let parameter = |index: usize| named(&function.ty.parameters[index].ty.ty);
        let value = |value: i64| TemplateArgument::Value(value.into());
        assert_eq!(parameter(0).arguments[1], value(2));
        assert!(
            parameter(1).name == "In"
                && named(&parameter(1).within.as_ref().unwrap().ty).arguments[1] == value(4)
        );
        assert_eq!(parameter(2).arguments[1], value(5));
        assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
    });
}

#[test]
fn the_standard_library_is_known_by_name_only() {
    let text = "#include <map>\n#include <string>\n#include <vector>\n#include <cstdint>\n\
                namespace x { std::map<std::string, std::vector<int>> f(std::vector<int>::iterator, std::size_t, std::uint8_t); }";
    each(text, |header, outcome| {
        let CxxItem::Function(function) = &find(header, "x::f").item else { panic!() };
        let result = named(&function.ty.result.ty);
        assert!(result.external && result.name == "std::map" && result.arguments.len() == 2);
        let iterator = named(&function.ty.parameters[0].ty.ty);
        assert_eq!((iterator.name.as_str(), iterator.external), ("iterator", true));
        assert_eq!(function.ty.parameters[1].ty.ty, Type::Typedef { name: "size_t".into() });
        assert_eq!(all(header).len(), 1, "{:#?}", all(header));
        assert!(outcome.diagnostics.is_empty(), "{:?}", outcome.diagnostics);
    });
}

/// A class with its fields' offsets in bytes, its size and its alignment.
type ClassLayout = (String, Vec<(String, u64)>, [u64; 2]);

/// Every field of every class that is no template, as `class.field offset size`, and every class's layout.
fn layouts(header: &Header) -> Vec<ClassLayout> {
    let mut found = Vec::new();
    for (cxx, _) in all(header).into_iter().filter(|(cxx, _)| cxx.template.is_none()) {
        if let (CxxItem::Class(class), Some(name)) = (&cxx.item, cxx.qualified_name()) {
            collect(class, name, &mut found);
        }
    }
    found
}

fn collect(class: &Class, name: String, found: &mut Vec<ClassLayout>) {
    let mut fields = Vec::new();
    for member in class.members.iter().filter(|member| member.template.is_none()) {
        match &member.item {
            CxxItem::Class(nested) => collect(nested, format!("{name}::{}", nested.name), found),
            CxxItem::Field(Field { name: Some(field), bit_width: None, offset_bits, ty, .. }) if !matches!(&ty.ty, Type::Cxx { ty } if matches!(**ty, CxxType::Reference { .. })) =>
            {
                fields.push((field.clone(), offset_bits / 8));
            }
            _ => {}
        }
    }
    if let Some(layout) = class.layout {
        found.push((name, fields, [layout.size, layout.align]));
    }
}

#[test]
fn layouts_are_those_of_the_compiler() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/headers/cxx");
    let headers = ["layout", "inheritance", "classes", "nested", "references", "std_types", "static_members"];
    for (name, parser) in
        headers.iter().flat_map(|name| parsers().into_iter().map(move |parser| (name, parser)))
    {
        let project = Project::new();
        project.file("a.hpp", fs::read(folder.join(format!("{name}.hpp"))).unwrap());
        let mut request = project.request("a.hpp");
        request.language = Language::Cxx;
        let found = layouts(&parse(&parser, &request).header);
        let mut program =
            String::from("#include <cstddef>\n#include <cstdio>\n#include \"a.hpp\"\nint main() {\n");
        let mut expected = String::new();
        for (class, fields, [size, align]) in &found {
            program.push_str(&format!("std::printf(\"%zu %zu\\n\", sizeof({class}), alignof({class}));\n"));
            expected.push_str(&format!("{size} {align}\n"));
            for (field, offset) in fields {
                // `offsetof` knows no classes with virtual bases.
                program.push_str(&format!(
                    "{{ alignas({class}) static char room[sizeof({class})]; auto *o = reinterpret_cast<{class} *>(room); \
                     std::printf(\"{field} %zu\\n\", std::size_t((char *)&o->{field} - room)); }}\n"
                ));
                expected.push_str(&format!("{field} {offset}\n"));
            }
        }
        program.push_str("}\n");
        project.file("main.cpp", &program);
        let binary = project.path().join("main");
        let mut compiler = Command::new("g++");
        compiler.args(["-std=gnu++17", "-fno-access-control", "-w", "-O0", "main.cpp", "-o", "main"]);
        run(compiler.current_dir(project.path()));
        assert_eq!(run(&mut Command::new(binary)), expected, "{name} with {}", parser.version());
        assert!(!found.is_empty());
    }
}
