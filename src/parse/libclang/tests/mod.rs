//! Parses small headers with every libclang of this machine.

mod constants;
mod cxx;
mod declarations;
mod dependencies;
mod errors;
mod layout;
mod scope;

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use super::Parser;
use super::locate::{Candidates, Places, candidates};
use crate::ir::{Declaration, DeclarationKind, Header, Record, Type};
use crate::parse::{Error, Language, ParseOutcome, ParseRequest, Scope};

/// The interpreter that has what the tests need.
pub fn python() -> Command {
    Command::new(std::env::var("HEADERKIT_TEST_PYTHON").unwrap_or_else(|_| "python3".into()))
}

/// One parser per libclang: the system's and those of [`python`].
pub fn parsers() -> Vec<Parser> {
    let found = candidates(&Places { sys_path: python_path(), ..Places::default() });
    let load = |library: &PathBuf| {
        let one = Candidates { libraries: vec![library.clone()], ..found.clone() };
        Parser::load(&one).ok()
    };
    let parsers: Vec<Parser> = found.libraries.iter().filter_map(load).collect();
    assert!(!parsers.is_empty(), "these tests need libclang; searched: {:?}", found.searched);
    parsers
}

fn python_path() -> Vec<PathBuf> {
    let script = "import sys; print('\\n'.join(sys.path))";
    let output = python().args(["-c", script]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().map(PathBuf::from).collect()
}

/// This machine's target, as far as tests run anywhere.
pub fn host() -> String {
    format!("{}-linux-gnu", std::env::consts::ARCH)
}

/// A project in a temporary directory.
pub struct Project {
    dir: tempfile::TempDir,
}

impl Project {
    pub fn new() -> Self {
        Project { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self) -> PathBuf {
        fs::canonicalize(self.dir.path()).unwrap().join("project")
    }

    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn request(&self, name: &str) -> ParseRequest {
        ParseRequest {
            header: self.path().join(name),
            name: name.into(),
            project: self.path(),
            roots: Vec::new(),
            include_dirs: Vec::new(),
            defines: Vec::new(),
            arguments: Vec::new(),
            target: host(),
            native: true,
            sysroot: None,
            language: Language::C,
            scope: Scope::Library,
            own: Vec::new(),
            code: None,
        }
    }
}

/// Parses one text with every libclang and checks each result.
pub fn each(text: &str, check: impl Fn(&Header, &ParseOutcome)) {
    let project = Project::new();
    project.file("a.h", text);
    for parser in parsers() {
        let outcome = parse(&parser, &project.request("a.h"));
        check(&outcome.header, &outcome);
    }
}

pub fn parse(parser: &Parser, request: &ParseRequest) -> ParseOutcome {
    parser.parse(request).unwrap_or_else(|error| panic!("{}: {error:#?}", parser.version()))
}

pub fn fails(parser: &Parser, request: &ParseRequest) -> Error {
    parser.parse(request).expect_err(parser.version())
}

pub fn find<'h>(header: &'h Header, name: &str) -> &'h Declaration {
    header
        .declarations
        .iter()
        .find(|declaration| declaration.name() == Some(name))
        .unwrap_or_else(|| panic!("`{name}` is not among {:?}", names(header)))
}

pub fn names(header: &Header) -> Vec<&str> {
    header.declarations.iter().map(|declaration| declaration.name().unwrap_or("-")).collect()
}

pub fn bound(header: &Header) -> Vec<&str> {
    let bound = header.declarations.iter().filter(|declaration| declaration.bound);
    bound.map(|declaration| declaration.name().unwrap_or("-")).collect()
}

pub fn record<'h>(header: &'h Header, name: &str) -> &'h Record {
    let records = header.declarations.iter().filter_map(|declaration| match &declaration.kind {
        DeclarationKind::Record(record) => Some(record),
        DeclarationKind::Typedef(typedef) if typedef.name == name => match &typedef.ty.ty {
            Type::InlineRecord { definition } => Some(&**definition),
            _ => None,
        },
        _ => None,
    });
    let is_it = |record: &&Record| record.name.as_deref() == Some(name) || record.name.is_none();
    records.into_iter().find(is_it).unwrap_or_else(|| panic!("no record `{name}`"))
}

/// The JSON of a declaration's type, for comparison with a pattern that is easy to read.
pub fn type_of(header: &Header, name: &str) -> String {
    match &find(header, name).kind {
        DeclarationKind::Typedef(typedef) => spell(&typedef.ty.ty),
        DeclarationKind::Variable(variable) => spell(&variable.ty.ty),
        DeclarationKind::Function(function) => spell(&Type::Function(function.ty.clone())),
        other => panic!("{other:?} has no type"),
    }
}

/// A short spelling of a type.
pub fn spell(ty: &Type) -> String {
    let qual = |ty: &crate::ir::QualType| {
        let mut text = spell(&ty.ty);
        for (flag, word) in [(ty.is_const, " c"), (ty.is_volatile, " v"), (ty.is_restrict, " r")] {
            text.push_str(if flag { word } else { "" });
        }
        text
    };
    match ty {
        Type::Void => "void".into(),
        Type::Bool => "bool".into(),
        Type::Int { int, size } => format!("{}:{size}", int.spelling()),
        Type::Float { float, size } => format!("{}:{size}", float.spelling()),
        Type::Complex { float, size } => format!("complex {}:{size}", float.spelling()),
        Type::Pointer { to } => format!("*({})", qual(to)),
        Type::Array { of, length } => {
            format!("[{}]({})", length.map(|length| length.to_string()).unwrap_or_default(), qual(of))
        }
        Type::Function(function) => {
            let mut parts: Vec<String> = function
                .parameters
                .iter()
                .map(|parameter| {
                    let name = parameter.name.as_ref().map(|name| format!("{name} ")).unwrap_or_default();
                    format!("{name}{}", qual(&parameter.ty))
                })
                .collect();
            parts.extend(function.variadic.then(|| "...".to_owned()));
            parts.extend(function.unprototyped.then(|| "?".to_owned()));
            format!("({})->{}", parts.join(", "), qual(&function.result))
        }
        Type::Record { record, name } => format!("{} {name}", record.keyword()),
        Type::Enum { name } => format!("enum {name}"),
        Type::Typedef { name } => name.clone(),
        Type::InlineRecord { definition } => {
            let fields = definition
                .fields
                .iter()
                .map(|field| format!("{}:{}", field.name.as_deref().unwrap_or("-"), qual(&field.ty)));
            format!("{}{{{}}}", definition.record.keyword(), fields.collect::<Vec<_>>().join("; "))
        }
        Type::InlineEnum { definition } => {
            let constants = definition.constants.iter().map(|constant| constant.name.as_str());
            format!("enum{{{}}}", constants.collect::<Vec<_>>().join(","))
        }
        Type::Vector { of, length, .. } => format!("vector{length}({})", qual(of)),
        Type::Atomic { of } => format!("atomic({})", qual(of)),
        Type::VaList { .. } => "va_list".into(),
        Type::Opaque { spelling, layout } => {
            format!("opaque {spelling}:{:?}", layout.map(|layout| layout.size))
        }
        Type::Cxx { ty } => format!("{ty:?}"),
    }
}

pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

pub fn exists(path: &str) -> bool {
    Path::new(path).exists()
}
