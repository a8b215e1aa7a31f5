//! Which declarations are bound, and what comes along.

use super::*;

fn library() -> Project {
    let project = Project::new();
    project
        .file("include/lib/main.h", "#include \"part.h\"\n#include <lib/more.h>\n#include <ext.h>\n#include <time.h>\n#define MAIN 1\nstruct timespec when(ext_t *e, struct tm *t, ext_small s);\n")
        .file("include/lib/part.h", "int part(void);\n#define PART 2\n")
        .file("include/lib/more.h", "int more(void);\n")
        .file("../outside/ext.h", "#include \"deep.h\"\ntypedef struct ext ext_t; struct ext { int x; struct deep d; };\ntypedef struct { char c; } ext_small;\nint ext(void);\n#define EXT 3\n")
        .file("../outside/deep.h", "struct deep { int y; };\nint deep(void);\n");
    project
}

fn request(project: &Project) -> ParseRequest {
    let mut request = project.request("include/lib/main.h");
    let outside = project.path().parent().unwrap().join("outside");
    request.include_dirs = vec![project.path().join("include"), outside.clone()];
    request.roots = vec![("${EXT}".into(), outside)];
    request
}

#[test]
fn library_is_the_default() {
    let project = library();
    for parser in parsers() {
        let header = parse(&parser, &request(&project)).header;
        assert_eq!(bound(&header), ["PART", "MAIN", "part", "more", "when"]);
        assert_eq!(header.defines, ["MAIN", "PART"]);
        assert!(record(&header, "timespec").layout.is_some(), "by value");
        let pointee = record(&header, "tm");
        assert!(pointee.layout.is_some() && !pointee.fields.is_empty(), "pointee");
        assert!(record(&header, "ext").layout.is_some(), "pointee through a typedef");
        assert_eq!(type_of(&header, "ext_small"), "struct{c:char:1}");
        assert_eq!(find(&header, "ext_small").location.to_string(), "${EXT}/ext.h:3:28");
        assert_eq!(find(&header, "tm").location.file, "<bits/types/struct_tm.h>");
    }
}

#[test]
fn header_is_the_named_file() {
    let project = library();
    for parser in parsers() {
        let mut request = request(&project);
        request.scope = Scope::Header;
        assert_eq!(bound(&parse(&parser, &request).header), ["MAIN", "when"]);
    }
}

#[test]
fn own_names_more_headers() {
    let project = library();
    for parser in parsers() {
        let mut request = request(&project);
        request.own = vec!["*/ext.h".into()];
        let header = parse(&parser, &request).header;
        let all = [
            "PART",
            "EXT",
            "MAIN",
            "part",
            "more",
            "deep",
            "deep",
            "ext_t",
            "ext",
            "ext_small",
            "ext",
            "when",
        ];
        assert_eq!(bound(&header), all, "a quote include follows its includer");
        request.own = vec!["[".into()];
        assert!(matches!(fails(&parser, &request), Error::Glob { .. }));
    }
}

#[test]
fn all_is_all() {
    let project = library();
    for parser in parsers() {
        let mut request = request(&project);
        request.scope = Scope::All;
        let header = parse(&parser, &request).header;
        assert!(bound(&header).contains(&"strftime") && bound(&header).contains(&"__time_t"));
        assert!(header.declarations.iter().all(|declaration| declaration.bound));
    }
}

#[test]
fn a_system_directory_is_no_library() {
    let project = Project::new();
    for parser in parsers() {
        let mut request = project.request("a.h");
        (request.header, request.name) = ("/usr/include/time.h".into(), "/usr/include/time.h".into());
        let header = parse(&parser, &request).header;
        let names = bound(&header);
        assert!(names.contains(&"strftime") && !names.contains(&"__time_t"));
    }
}

#[test]
fn parts_of_a_libc_header_are_bound_with_it() {
    let project = Project::new();
    let all = [
        ("math.h", &["sin", "M_PI", "FP_NAN"][..]),
        ("errno.h", &["ENOENT", "EILSEQ"]),
        ("fcntl.h", &["open", "O_RDONLY", "O_NONBLOCK"]),
        ("signal.h", &["SIGINT", "SIG_BLOCK", "sigaction"]),
        ("sys/socket.h", &["SOCK_STREAM", "AF_INET", "SOL_SOCKET", "SO_REUSEADDR"]),
    ];
    for parser in parsers() {
        for (name, wanted) in all {
            let mut request = project.request("a.h");
            let path = [format!("/usr/include/{name}"), format!("/usr/include/x86_64-linux-gnu/{name}")];
            let path = path.into_iter().find(|path| std::path::Path::new(path).is_file()).unwrap();
            (request.header, request.name) = (path.clone().into(), path);
            let header = parse(&parser, &request).header;
            let names = bound(&header);
            for wanted in wanted {
                assert!(names.contains(wanted), "{wanted} of {name}: {names:?}");
            }
            assert!(!names.contains(&"__time_t") && !names.contains(&"time_t"), "{name}");
        }
    }
}

#[test]
fn parts_of_apples_libc_headers_are_bound_with_them() {
    let project = Project::new();
    let sys = project.path().parent().unwrap().join("sys");
    project
        .file("../sys/stdlib.h", "#include <_stdlib.h>\n")
        .file("../sys/_stdlib.h", "#include <_types.h>\n#include <malloc/_malloc.h>\n#include <alloca.h>\nint atoi(const char *);\n")
        .file("../sys/malloc/_malloc.h", "#include <sys/_types/_size_t.h>\nvoid *malloc(size_t);\n")
        .file("../sys/_types.h", "typedef int shared_t;\n#define SHARED 1\n")
        .file("../sys/sys/_types/_size_t.h", "typedef unsigned long size_t;\n")
        .file("../sys/alloca.h", "#define ALLOCA 1\n")
        .file("../sys/errno.h", "#include <sys/errno.h>\n")
        .file("../sys/sys/errno.h", "#define ENOENT 2\n")
        .file("../sys/uv/errno.h", "#include <errno.h>\n#define UV_ENOENT (-ENOENT)\n")
        .file("all.h", "#include <stdlib.h>\n#include <errno.h>\n")
        .file("own.h", "#include <stdlib.h>\nint own(void);\n")
        .file("uv.h", "#include <uv/errno.h>\n");
    for parser in parsers() {
        let bound = |header: &str, change: &dyn Fn(&mut ParseRequest)| {
            let mut request = project.request(header);
            request.arguments = vec!["-isystem".into(), sys.display().to_string()];
            change(&mut request);
            let header = parse(&parser, &request).header;
            bound(&header).join(" ")
        };
        assert_eq!(bound("all.h", &|request| request.scope = Scope::Umbrella), "ENOENT malloc atoi");
        assert_eq!(bound("own.h", &|request| request.own = vec!["stdlib.h".into()]), "malloc atoi own");
        assert_eq!(bound("own.h", &|_| ()), "own");
        let other = bound("uv.h", &|request| request.scope = Scope::Umbrella);
        assert_eq!(other, "UV_ENOENT", "another library's header of the same name");
        for name in ["stdlib.h", "errno.h"] {
            let wanted = if name == "errno.h" { "ENOENT" } else { "malloc atoi" };
            let itself = bound("own.h", &|request| {
                (request.header, request.name) = (sys.join(name), sys.join(name).display().to_string());
            });
            assert_eq!(itself, wanted, "{name}");
        }
    }
}

#[test]
fn the_directory_called_like_a_header_is_its_own() {
    let project = Project::new();
    project.file("../sys/lib.h", "#include <lib/part.h>\n#include <other.h>\nint whole(void);\n");
    project.file("../sys/lib/part.h", "int part(void);\n").file("../sys/other.h", "int other(void);\n");
    let sys = project.path().parent().unwrap().join("sys");
    for parser in parsers() {
        let mut request = project.request("a.h");
        (request.header, request.name) = (sys.join("lib.h"), "/sys/lib.h".into());
        request.arguments = vec!["-isystem".into(), sys.display().to_string()];
        assert_eq!(bound(&parse(&parser, &request).header), ["part", "whole"]);
    }
}

#[cfg(unix)]
#[test]
fn links_into_the_library_belong_to_it() {
    let project = Project::new();
    project.file("../lib/main.h", "#include <arch/part.h>\nint whole(void);\n");
    project.file("../lib/part.h", "int part(void);\n").file("../sys/arch/other.h", "");
    let outside = project.path().parent().unwrap().to_path_buf();
    std::os::unix::fs::symlink("../../lib/part.h", outside.join("sys/arch/part.h")).unwrap();
    for parser in parsers() {
        let mut request = project.request("a.h");
        (request.header, request.name) = (outside.join("lib/main.h"), "/lib/main.h".into());
        request.arguments = vec!["-isystem".into(), outside.join("sys").display().to_string()];
        assert_eq!(bound(&parse(&parser, &request).header), ["part", "whole"]);
    }
}

#[cfg(unix)]
#[test]
fn patterns_of_own_headers_count_for_what_links_lead_to() {
    let project = Project::new();
    let outside = project.path().parent().unwrap().join("outside");
    project.file("../outside/real/part.h", "int part(void);\n");
    project.file("../outside/found/other.h", "int other(void);\n");
    std::os::unix::fs::symlink(outside.join("real/part.h"), outside.join("found/part.h")).unwrap();
    project.file("a.h", "#include <part.h>\n#include <other.h>\nint whole(void);\n");
    for parser in parsers() {
        let mut request = project.request("a.h");
        request.arguments = vec!["-isystem".into(), outside.join("found").display().to_string()];
        request.own = vec![outside.join("real/*").display().to_string()];
        assert_eq!(bound(&parse(&parser, &request).header), ["part", "whole"]);
    }
}

#[test]
fn what_something_points_to_is_laid_out() {
    let project = Project::new();
    project.file(
        "../outside/sys.h",
        "struct given; struct far { int x; };\nunion u { struct hidden *h; struct far *f; };\n\
         struct near { union u *u; void (*call)(struct given *g); };\nstruct given { char c; };\n\
         struct unused { int x; };\nstruct hidden;\n",
    );
    project
        .file("a.h", "#include <sys.h>\ntypedef struct near *handle;\nvoid f(handle h, struct hidden *x);\n");
    for parser in parsers() {
        let mut request = project.request("a.h");
        request.include_dirs = vec![project.path().parent().unwrap().join("outside")];
        let header = parse(&parser, &request).header;
        assert_eq!(bound(&header), ["handle", "f"]);
        for name in ["near", "u", "far", "given"] {
            assert!(record(&header, name).layout.is_some(), "{name}");
        }
        assert!(record(&header, "hidden").layout.is_none());
        assert!(!names(&header).contains(&"unused"));
    }
}

#[test]
fn quoting_a_system_header_does_not_bind_it() {
    let project = Project::new();
    project.file("a.h", "#include \"stdio.h\"\nvoid show(FILE *file);\n");
    for parser in parsers() {
        let header = parse(&parser, &project.request("a.h")).header;
        assert_eq!(bound(&header), ["show"]);
    }
}

#[test]
fn a_header_that_includes_itself_through_others_is_fine() {
    let project = Project::new();
    project.file("a.h", "#pragma once\n#include \"b.h\"\nint a(void);\n");
    project.file("b.h", "#pragma once\n#include \"a.h\"\nint b(void);\n");
    for parser in parsers() {
        let outcome = parse(&parser, &project.request("a.h"));
        assert_eq!(names(&outcome.header), ["b", "a"]);
        assert_eq!(outcome.diagnostics, []);
    }
}

#[test]
fn an_umbrella_binds_what_it_includes() {
    let project = library();
    project.file("../outside/sub/near.h", "int near(void);\n");
    let mut request = request(&project);
    request.header = project.path().join("not-there.h");
    request.name = "not-there.h".into();
    request.scope = Scope::Umbrella;
    request.code =
        Some("#include <ext.h>\n#include <stddef.h>\n#include <time.h>\nint here(size_t size);\n".into());
    for parser in parsers() {
        let header = parse(&parser, &request).header;
        let bound = bound(&header);
        assert!(
            ["EXT", "ext", "deep", "here", "strftime"].iter().all(|name| bound.contains(name)),
            "{bound:?}"
        );
        assert!(!bound.contains(&"size_t") && !bound.contains(&"near"), "{bound:?}");
        assert!(header.defines.contains(&"EXT".into()));
    }
}
