//! What a result depends on.

use super::*;
use crate::fsutil::sha256;

#[test]
fn files_absences_and_system_headers() {
    let project = Project::new();
    project
        .file("include/a.h", "#include \"b.h\"\n#include <c.h>\n#include <stddef.h>\n#include \"errno.h\"\n#if __has_include(<opt.h>)\n#endif\n#if __has_include(\"late.h\")\n#endif\n")
        .file("first/none", "")
        .file("second/b.h", "")
        .file("second/c.h", "")
        .file("second/late.h", "int late;\n");
    for parser in parsers() {
        let mut request = project.request("include/a.h");
        request.include_dirs = vec![project.path().join("first"), project.path().join("second")];
        let found = parse(&parser, &request).dependencies;
        let names: Vec<&str> = found.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["include/a.h", "second/b.h", "second/c.h", "second/late.h"]);
        assert_eq!(found.files[3].sha256, sha256(b"int late;\n"));
        let absent = [
            "first/b.h",
            "first/c.h",
            "first/late.h",
            "first/opt.h",
            "include/b.h",
            "include/errno.h",
            "include/late.h",
            "second/opt.h",
        ];
        assert_eq!(found.absent, absent);
        for name in ["stddef.h", "errno.h", "bits/errno.h"] {
            assert!(found.system.iter().any(|known| known == name), "{name}: {:?}", found.system);
        }
        assert!(!found.system.iter().any(|name| name.starts_with('/') || name.starts_with("__std")));
    }
}

#[test]
fn written_roots_are_files_and_other_places_are_not() {
    let project = Project::new();
    project
        .file("a.h", "#include <r.h>\n#include <other.h>\n")
        .file("../root/r.h", "int r(void);\n")
        .file("../other/other.h", "int other(void);\n");
    let parent = project.path().parent().unwrap().to_path_buf();
    for parser in parsers() {
        let mut request = project.request("a.h");
        request.roots = vec![("${R}".into(), parent.join("root"))];
        request.include_dirs = vec![parent.join("root"), parent.join("other")];
        let outcome = parse(&parser, &request);
        let names: Vec<&str> = outcome.dependencies.files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["${R}/r.h", "a.h"]);
        assert_eq!(outcome.dependencies.system, ["other.h"]);
        let json = serde_json::to_string(&outcome).unwrap();
        assert!(!json.contains(parent.to_str().unwrap()), "no path of this machine");
    }
}

#[test]
fn isystem_below_the_project_is_the_projects() {
    let project = Project::new();
    project.file("a.h", "#include <v.h>\n").file("vendor/v.h", "int v(void);\n");
    for parser in parsers() {
        let mut request = project.request("a.h");
        request.arguments = vec!["-isystem".into(), "vendor".into()];
        let found = parse(&parser, &request).dependencies;
        assert_eq!(
            found.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
            ["a.h", "vendor/v.h"]
        );
    }
}

#[test]
fn outcomes_are_equal_in_another_directory() {
    let text = "#include <stdint.h>\nstruct s { union { int i; }; uint8_t b; };\nint f(struct s *);\n";
    for parser in parsers() {
        let made: Vec<ParseOutcome> = (0..2)
            .map(|_| {
                let project = Project::new();
                project.file("a.h", text);
                parse(&parser, &project.request("a.h"))
            })
            .collect();
        assert_eq!(made[0], made[1]);
    }
}
