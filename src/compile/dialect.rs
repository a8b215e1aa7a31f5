//! The two ways to tell compilers, linkers and archivers what to do: that of Unix, and that of Microsoft.
//!
//! Microsoft's programs take `-` for the `/` of their manuals; LLVM's, which run elsewhere too, would take a path that
//! starts with `/` for an option.

use std::path::Path;

use super::Platform;
use super::extension::{Language, Source};
use super::toolchain::{OF_LIBC, words};
use crate::target::Target;

/// Whose options a compiler takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Those of gcc, as clang and zig do.
    Gnu,
    /// Those of Microsoft's cl, which it is.
    Cl,
    /// Those of Microsoft's cl, as clang does where it is called so.
    ClangCl,
}

impl Dialect {
    /// The dialect of a program, by the name of its file, such as `CL.EXE` and `clang-cl-19`.
    pub fn of(program: &str) -> Self {
        let name = file_name(program).to_ascii_lowercase();
        match name.strip_suffix(".exe").unwrap_or(&name) {
            "cl" => Dialect::Cl,
            name if name.contains("clang-cl") => Dialect::ClangCl,
            _ => Dialect::Gnu,
        }
    }

    /// What all sources are compiled with; `is_zig` says whose options beyond those of gcc count.
    pub fn compile(self, language: Language, platform: &Platform, is_zig: bool) -> Vec<String> {
        // Python for Windows has the C runtime as a DLL.
        let mut flags = words(match self {
            Dialect::Gnu if platform.target.os() == "windows" => "-O2 -DNDEBUG -fwrapv",
            Dialect::Gnu => "-O2 -DNDEBUG -fwrapv -fPIC -fvisibility=hidden",
            Dialect::Cl => "-nologo -O2 -DNDEBUG -MD -Brepro -utf-8",
            Dialect::ClangCl => "-nologo -O2 -DNDEBUG -MD -Brepro -utf-8 -clang:-fwrapv",
        });
        if is_zig {
            // Zig adds checks whose runtime library a module does not have.
            flags.push("-fno-sanitize=all".into());
            // It writes debug information unasked.
            flags.push("-g0".into());
        }
        if self != Dialect::Gnu && language == Language::Cxx {
            flags.push("-EHsc".into());
        }
        if self == Dialect::ClangCl {
            flags.push(format!("--target={}", platform.target.clang_triple()));
        }
        flags
    }

    /// Makes an error of a call of a function that is not declared.
    pub fn no_undeclared(self) -> &'static str {
        match self {
            Dialect::Cl => "-we4013",
            Dialect::Gnu | Dialect::ClangCl => "-Werror=implicit-function-declaration",
        }
    }

    /// Compiles a source into an object, and tells which files are read: in the file `listed`, or in what it says.
    pub fn source(self, source: &Source, object: &str, listed: &str) -> Vec<String> {
        let name = &source.name;
        if self == Dialect::Gnu {
            return ["-MD", "-MF", listed, "-c", name, "-o", object].map(str::to_owned).into();
        }
        let language = if source.language == Language::Cxx { "-Tp" } else { "-Tc" };
        let mut arguments = words("-showIncludes -c");
        arguments.push(format!("-Fo{object}"));
        if source.language == Language::Assembler {
            // Clang knows it by its name, and takes what stands behind the dashes for no option.
            arguments.extend(["--".to_owned(), name.clone()]);
            return arguments;
        }
        // A path of Unix such as `/opt/a.c` could be an option; caches of objects know but the other way.
        match name.starts_with('/') {
            true => arguments.push(format!("{language}{name}")),
            false => arguments.extend([language.to_ascii_uppercase(), name.clone()]),
        }
        arguments
    }

    /// Links a library for other programs, where the dialect is Microsoft's.
    pub fn link(target: &Target) -> Vec<String> {
        let mut flags = words("-nologo -dll -Brepro -incremental:no -opt:ref -manifest:no");
        flags.push(format!("-machine:{}", machine(target)));
        flags
    }

    /// Names the result of a link.
    pub fn linked(self, path: &str) -> Vec<String> {
        match self {
            Dialect::Gnu => vec!["-o".into(), path.into()],
            // Nobody links with a module, but the linker writes what that would take.
            _ => vec![format!("-out:{path}"), format!("-implib:{path}.lib")],
        }
    }

    /// Makes a static library of the objects that follow.
    pub fn archived(self, path: &str) -> Vec<String> {
        match self {
            Dialect::Gnu => vec!["rcs".into(), path.into()],
            _ => vec!["-nologo".into(), format!("-out:{path}")],
        }
    }

    /// The file of a static library.
    pub fn archive(self, name: &str) -> String {
        match self {
            Dialect::Gnu => format!("lib{name}.a"),
            _ => format!("{name}.lib"),
        }
    }

    /// Has libraries looked for in a directory.
    pub fn directory(self, directory: &str) -> String {
        let option = if self == Dialect::Gnu { "-L" } else { "-libpath:" };
        format!("{option}{directory}")
    }

    /// Has headers looked for in a directory when no other has them.
    pub fn last_directory(self, directory: &Path) -> [String; 2] {
        let option = if self == Dialect::Gnu { "-idirafter" } else { "-imsvc" };
        [option.to_owned(), directory.display().to_string()]
    }

    /// Has what lies below a directory called otherwise in what is written.
    pub fn map(self, from: &str, to: &str) -> String {
        let option = if self == Dialect::Gnu { "-ffile-prefix-map" } else { "-clang:-ffile-prefix-map" };
        format!("{option}={from}={to}")
    }

    /// Links with a library; nothing for what every program is linked with.
    pub fn library(self, name: &str) -> Option<String> {
        match self {
            Dialect::Gnu => Some(format!("-l{name}")),
            // Microsoft's C runtime has them all.
            _ if OF_LIBC.contains(&name) => None,
            _ if name.to_ascii_lowercase().ends_with(".lib") => Some(name.to_owned()),
            _ => Some(format!("{name}.lib")),
        }
    }

    /// The linker that comes with a compiler of Microsoft's dialect, by its name: `lld-link-19` with `clang-cl-19`.
    pub fn linker(self, program: &str) -> String {
        let name = file_name(program).to_ascii_lowercase();
        match self {
            Dialect::ClangCl => name.replace("clang-cl", "lld-link"),
            _ => name.replace("cl", "link"),
        }
    }
}

/// What Microsoft's linker calls an architecture, and its command prompts do.
pub(super) fn machine(target: &Target) -> &'static str {
    match target.arch() {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        _ => "x86",
    }
}

pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// How a compiler of Microsoft's says which files it includes: a text of the user's language, then the path.
pub(super) struct Notes(String);

/// What is compiled to learn that text, and what it includes.
pub(super) const PROBE: [&str; 2] = ["probe.c", "headerkit_probe.h"];

impl Notes {
    /// Learns it from what a compiler says of [`PROBE`]; `None` if it says nothing of the header.
    pub fn learn(said: &str) -> Option<Self> {
        let line = said.lines().map(str::trim_end).find(|line| line.ends_with(PROBE[1]))?;
        // The path is absolute, and blanks precede it.
        let is_absolute = |path: &str| {
            let drive = path.as_bytes().get(1..3);
            path.starts_with(['/', '\\']) || drive.is_some_and(|drive| drive == b":\\" || drive == b":/")
        };
        let starts = line.match_indices(' ').map(|(blank, _)| blank + 1);
        let start = starts.into_iter().find(|start| is_absolute(&line[*start..]))?;
        Some(Notes(line[..start].trim_end().to_owned()))
    }

    /// The files that were included.
    pub fn files<'s>(&self, said: &'s str) -> impl Iterator<Item = &'s str> {
        said.lines().filter_map(|line| line.strip_prefix(&self.0)).map(str::trim)
    }

    /// What was said besides: cl tells the name of its source first.
    pub fn without(&self, said: &str, source: &str) -> String {
        let is_other = |line: &&str| !line.starts_with(&self.0) && line.trim_end() != file_name(source);
        said.lines().filter(is_other).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

    use super::*;

    #[test]
    fn programs_are_known_by_their_names() {
        let dialects = |names: &[&str]| names.iter().map(|name| Dialect::of(name)).collect::<Vec<_>>();
        let cl = ["cl", "C:\\VC\\bin\\Hostx64\\arm64\\CL.EXE", "cl.exe"];
        assert_eq!(dialects(&cl), [Dialect::Cl; 3]);
        let clang = ["clang-cl", "/usr/bin/clang-cl-19", "x86_64-pc-windows-msvc-clang-cl"];
        assert_eq!(dialects(&clang), [Dialect::ClangCl; 3]);
        assert_eq!(dialects(&["clang", "/cl/gcc", "tcl", "", "zig"]), [Dialect::Gnu; 5]);
        assert_eq!(Dialect::Cl.linker(cl[1]), "link.exe");
        assert_eq!(Dialect::ClangCl.linker(clang[1]), "lld-link-19");
    }

    /// The options of clang-cl are tried by the tests that run it; cl has no others, and none that are clang's own.
    #[test]
    fn cl_is_told_what_clang_cl_is_told() {
        let native = Target::parse("x86_64-windows-msvc").unwrap();
        let platform = Platform::new(&native, None).unwrap();
        for language in [Language::C, Language::Cxx] {
            let [cl, mut clang] =
                [Dialect::Cl, Dialect::ClangCl].map(|dialect| dialect.compile(language, &platform, false));
            clang.retain(|flag| !flag.starts_with("--target=") && !flag.starts_with("-clang:"));
            assert_eq!(cl, clang);
        }
        assert_eq!(Dialect::Cl.no_undeclared(), "-we4013");
    }

    /// What releases of cl say in other languages; here they cannot be run.
    #[test]
    fn includes_are_told_in_every_language() {
        let texts = [
            "Note: including file:",
            "Hinweis: Einlesen der Datei:",
            "Remarque : inclusion du fichier :",
            "Nota: file incluso",
            "メモ: インクルード ファイル:",
            "注意: 包含檔案:",
        ];
        for text in texts {
            for path in ["C:\\Users\\me a\\", "\\\\host\\share\\", "d:/b/", "/b/"] {
                let notes = Notes::learn(&format!("probe.c\r\n{text} {path}headerkit_probe.h\r\n")).unwrap();
                let said = format!("a.c\r\n{text} C:\\a b\\x.h\r\n{text}   y.h\r\na.c(1): error C1\r\n");
                assert_eq!(notes.files(&said).collect::<Vec<_>>(), ["C:\\a b\\x.h", "y.h"], "{text}");
                assert_eq!(notes.without(&said, "src/a.c"), "a.c(1): error C1", "{text}");
            }
        }
        assert!(Notes::learn("probe.c\r\n").is_none());
    }
}
