//! The main file of every parse: it includes the header and declares what tells the target's data model.
//!
//! The header itself is no main file, because `#pragma once` and `#include_next` mean something else
//! there, and because a header may include itself through others.

use std::collections::HashMap;
use std::path::Path;

use super::constants::PREFIX;
use super::ffi::{Cursor, CursorKind, TypeKind};
use crate::ir::Layout;
use crate::parse::macros::DataModel;

/// What the umbrella asks for, by name.
const QUESTIONS: &[(&str, &str)] = &[
    ("char", "char"),
    ("short", "short"),
    ("int", "int"),
    ("long", "long"),
    ("long_long", "long long"),
    ("pointer", "void *"),
    ("long_double", "long double"),
    ("wchar", "__WCHAR_TYPE__"),
    ("va_list", "__builtin_va_list"),
];

/// What the target's types are like.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// Sizes and signs.
    pub data: DataModel,
    /// Layout of `va_list`.
    pub va_list: Option<Layout>,
    /// As [`super::args::CommandLine::enums_are_int`].
    pub enums_are_int: bool,
}

/// The path of the umbrella: beside the header, so that the header is found the same way everywhere.
pub fn path(header: &Path) -> String {
    header.with_file_name("__headerkit_umbrella.c").display().to_string()
}

/// The text of the umbrella.
pub fn text(header: &Path) -> String {
    let mut text = format!("#include \"{}\"\n", include(header));
    for (name, ty) in QUESTIONS {
        text.push_str(&format!("typedef {ty} {PREFIX}{name};\n"));
    }
    text
}

/// The header as an `#include` line can say it. Such lines have no escapes, so a directory whose name they
/// cannot hold is left out: the umbrella lies in it, and clang looks there first.
fn include(header: &Path) -> String {
    let path = header.display().to_string();
    let path = if cfg!(windows) { path.replace('\\', "/") } else { path };
    match header.file_name() {
        Some(name) if path.contains(['"', '\\', '\n']) => name.to_string_lossy().into_owned(),
        _ => path,
    }
}

/// Reads the answers, which are the last declarations of the unit.
pub fn model(top_level: &[Cursor<'_>], enums_are_int: bool) -> Option<Model> {
    let mut answers = HashMap::new();
    for cursor in top_level.iter().rev().take(QUESTIONS.len()) {
        if cursor.kind() == CursorKind::Typedef {
            let name = cursor.spelling();
            answers.insert(name.strip_prefix(PREFIX)?.to_owned(), cursor.typedef_underlying());
        }
    }
    let size = |name: &str| u32::try_from(answers.get(name)?.size()?).ok();
    let signed = |name: &str| match answers.get(name)?.canonical().kind() {
        TypeKind::Int(kind) => Some(kind.is_signed()),
        _ => None,
    };
    let data = DataModel {
        short: size("short")?,
        int: size("int")?,
        long: size("long")?,
        long_long: size("long_long")?,
        pointer: size("pointer")?,
        wchar: size("wchar")?,
        char_signed: signed("char")?,
        wchar_signed: signed("wchar")?,
        long_double: size("long_double")?,
    };
    let va_list = answers.get("va_list").and_then(|ty| Some(Layout { size: ty.size()?, align: ty.align()? }));
    Some(Model { data, va_list, enums_are_int })
}
