//! Which library defines what a header declares, where nobody says it.

use std::path::{Component, Path};

use crate::ir::{DeclarationKind, Header};
use rustc_hash::FxHashSet;

/// Directories that are named after no library.
const SHARED: &[&str] = &["usr", "local", "opt", "include", "inc", "headers", "src", "lib", "third_party"];

/// Functions that a library must have before it is taken for the right one.
const SAMPLE: usize = 8;

/// Names as linkers know them, the likeliest first: those of the directories around the header, `SDL2/SDL.h` and
/// `libusb-1.0/libusb.h`, and the header's own.
pub(super) fn libraries(header: &Header) -> Vec<String> {
    let path = Path::new(&header.path);
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let mut names = Vec::new();
    for dir in directories(path) {
        // As `SDL2/SDL_image.h` is of `SDL2_image`, `gtk-3.0/gtk/gtk.h` of `gtk-3`.
        let family = dir.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
        if let Some(rest) = stem.strip_prefix(family).filter(|_| family != dir && !family.is_empty()) {
            names.push(format!("{dir}{rest}"));
        }
        names.push(dir.to_owned());
        names.extend(dir.strip_suffix(".0").map(str::to_owned));
    }
    names.push(stem.clone().into_owned());
    // As `zlib.h` is of `z`.
    names.extend(stem.strip_suffix("lib").map(str::to_owned));
    let mut known = FxHashSet::default();
    let linked = names.into_iter().map(|name| name.strip_prefix("lib").map(str::to_owned).unwrap_or(name));
    linked.filter(|name| !name.is_empty() && known.insert(name.clone())).collect()
}

/// The directories around a header that may be named after its library, the nearest last.
fn directories(path: &Path) -> Vec<&str> {
    let parts = path.parent().into_iter().flat_map(Path::components).filter_map(|part| match part {
        Component::Normal(name) => name.to_str().filter(|name| !name.contains("-linux-")),
        _ => None,
    });
    let parts: Vec<&str> = parts.collect();
    let start = parts.iter().rposition(|part| SHARED.contains(part)).map_or(0, |last| last + 1);
    // Of deep trees the last two say enough.
    parts[start.max(parts.len().saturating_sub(2))..].to_vec()
}

/// Names and `asm` labels of some of the functions `written`, which a library must define, from all parts of the
/// header.
pub(super) fn sample<'h>(
    header: &'h Header,
    written: &FxHashSet<&str>,
) -> impl Iterator<Item = (&'h str, Option<&'h str>)> {
    let functions: Vec<_> = header
        .declarations
        .iter()
        .filter_map(|declaration| match &declaration.kind {
            DeclarationKind::Function(function) if written.contains(function.name.as_str()) => Some(function),
            _ => None,
        })
        .collect();
    let step = functions.len().div_ceil(SAMPLE).max(1);
    functions.into_iter().step_by(step).map(|function| (function.name.as_str(), function.symbol.as_deref()))
}
