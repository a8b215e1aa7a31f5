//! What a project has: its name, its package, its headers.

use std::path::Path;

use fs_err as fs;

/// Directories that headers are looked for in, in order.
const HEADER_DIRS: &[&str] = &["include", ".", "src", "csrc", "c"];
/// More headers than this are named by a glob.
const FEW: usize = 4;
/// Directories that are no package that a wheel ships.
const NOT_SHIPPED: &[&str] = &["tests", "test", "docs", "doc", "examples", "build", "dist"];
/// Directories of other programs, with headers that are nobody's to bind.
const FOREIGN: &[&str] = &["venv", "env", "node_modules", "target", "site-packages", "zig-cache", "zig-out"];
/// How many directories deep headers of vendored sources are looked for.
const DEPTH: usize = 6;

/// Name of the distribution and of the package for a directory without a project: those of the only package that is
/// there, or else from the directory's own name or, where that has letters that no distribution can have, the first
/// header's.
pub fn names(project: &Path, headers: &[String]) -> (String, String) {
    let own = project.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    if let Some(path) = package(project, &own) {
        let package = path.rsplit('/').next().unwrap_or(&path).to_owned();
        if normalized(&package).is_some() {
            return (package.clone(), package);
        }
    }
    let stem = headers.first().and_then(|header| Path::new(header).file_stem());
    let texts = project.file_name().into_iter().chain(stem).map(|name| name.to_string_lossy());
    let mut name = texts.into_iter().find_map(|text| normalized(&text)).unwrap_or_else(|| "bindings".into());
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "lib");
    }
    let module = module(&name);
    (name, module)
}

/// ASCII letters and digits, all else as hyphens between them; `None` if other letters would be lost, or nothing is left.
fn normalized(text: &str) -> Option<String> {
    if text.chars().any(|c| !c.is_ascii() && c.is_alphanumeric()) {
        return None;
    }
    let text = text.to_ascii_lowercase();
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let name = parts.collect::<Vec<_>>().join("-");
    (!name.is_empty()).then_some(name)
}

fn module(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}

/// The directory of the package that a wheel of the project ships, relative to the project: the one named like the
/// distribution, else the only one there is.
pub fn package(project: &Path, name: &str) -> Option<String> {
    let name = module(name);
    let is_package = |path: &String| project.join(path).join("__init__.py").is_file();
    let named = [format!("src/{name}"), name];
    named.into_iter().find(is_package).or_else(|| {
        let mut found = directories(&project.join("src"), "src/");
        found.extend(directories(project, ""));
        found.retain(is_package);
        (found.len() == 1).then(|| found.remove(0))
    })
}

/// Where a module that lies in no package is meant to be: in the package that has the name of one of its directories,
/// in whatever case.
pub fn in_package(project: &Path, module: &str) -> Option<String> {
    let is_package = |path: &String| project.join(path).join("__init__.py").is_file();
    let parts: Vec<&str> = module.split('/').collect();
    let above = || (1..parts.len()).map(|end| (end, parts[..end].join("/")));
    if !module.ends_with(".py") || above().any(|(_, path)| is_package(&path)) {
        return None;
    }
    let mut packages = directories(&project.join("src"), "src/");
    packages.extend(directories(project, ""));
    packages.retain(is_package);
    above().find_map(|(end, path)| {
        let name = path.rsplit('/').next().unwrap_or(&path);
        let is_meant =
            |package: &&String| package.rsplit('/').next().is_some_and(|own| own.eq_ignore_ascii_case(name));
        packages.iter().find(is_meant).map(|package| format!("{package}/{}", parts[end..].join("/")))
    })
}

fn directories(dir: &Path, prefix: &str) -> Vec<String> {
    let names = children(dir).into_iter().filter(|name| dir.join(name).is_dir());
    names.filter(|name| !NOT_SHIPPED.contains(&name.as_str())).map(|name| format!("{prefix}{name}")).collect()
}

/// The headers that a project most likely wants bindings of: paths, or a glob where there are many.
pub fn suggested_headers(project: &Path) -> Vec<String> {
    for dir in HEADER_DIRS {
        let prefix = if *dir == "." { String::new() } else { format!("{dir}/") };
        let found = headers(&project.join(dir), &prefix);
        if !found.is_empty() {
            return few(found, &format!("{prefix}*.h"));
        }
        if *dir == "include" {
            let found = below(project, dir);
            if !found.is_empty() {
                return few(found, "include/**/*.h");
            }
        }
    }
    vendored(project)
}

/// Headers in the directories of a directory.
fn below(project: &Path, dir: &str) -> Vec<String> {
    let dirs = directories(&project.join(dir), &format!("{dir}/"));
    dirs.iter().flat_map(|dir| headers(&project.join(dir), &format!("{dir}/"))).collect()
}

/// The headers nearest to the project's directory, those of an `include` before all others.
fn vendored(project: &Path) -> Vec<String> {
    let mut level = directories(project, "");
    for _ in 0..DEPTH {
        level.retain(|dir| !FOREIGN.contains(&dir.rsplit('/').next().unwrap_or(dir)));
        level.sort_by_key(|dir| !dir.ends_with("/include"));
        for dir in &level {
            let found = headers(&project.join(dir), &format!("{dir}/"));
            if !found.is_empty() {
                return few(found, &format!("{dir}/*.h"));
            }
            let found = if dir.ends_with("/include") { below(project, dir) } else { Vec::new() };
            if !found.is_empty() {
                return few(found, &format!("{dir}/**/*.h"));
            }
        }
        level = level.iter().flat_map(|dir| directories(&project.join(dir), &format!("{dir}/"))).collect();
    }
    Vec::new()
}

/// Whether a setup.py compiles modules with cffi, which reads a text for API mode.
pub fn has_cffi_modules(project: &Path) -> bool {
    fs::read_to_string(project.join("setup.py")).is_ok_and(|text| text.contains("cffi_modules"))
}

fn few(found: Vec<String>, glob: &str) -> Vec<String> {
    if found.len() > FEW { vec![glob.to_owned()] } else { found }
}

fn headers(dir: &Path, prefix: &str) -> Vec<String> {
    let names = children(dir).into_iter().filter(|name| name.ends_with(".h"));
    names.map(|name| format!("{prefix}{name}")).collect()
}

/// Names in a directory, sorted, without hidden ones.
fn children(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}
