//! Headers of Windows by names in another case: its file system does not tell `Windows.h` from `windows.h`.

use std::path::{Path, PathBuf};

use crate::target::Target;

/// Whether headers for a target may be written in any case, and this machine tells cases apart.
pub fn any_case_is_meant(target: &Target) -> bool {
    target.os() == "windows" && !cfg!(windows)
}

/// The directory that has a header in another case, and the header's own name below it.
pub fn in_other_case<'d>(dirs: &'d [PathBuf], name: &str) -> Option<(&'d Path, String)> {
    dirs.iter().find_map(|dir| {
        let mut found: Vec<String> = Vec::new();
        for part in name.split('/') {
            let entries = fs_err::read_dir(dir.join(found.join("/"))).ok()?;
            let mut names: Vec<String> = entries
                .flatten()
                .filter_map(|entry| entry.file_name().into_string().ok())
                .filter(|entry| entry.eq_ignore_ascii_case(part))
                .collect();
            names.sort();
            found.push(names.pop()?);
        }
        Some((dir.as_path(), found.join("/")))
    })
}

/// A file that stands for another one under its name in another case.
pub fn forwarder(name: &str) -> String {
    format!("#include <{name}>\n")
}

/// The name in clang's `'x.h' file not found`, wherever that stands in a text.
pub fn missing(text: &str) -> Option<&str> {
    text.split_once("' file not found")?.0.rsplit('\'').next().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::missing;

    #[test]
    fn missing_files_are_recognised() {
        assert_eq!(missing("'a b/c.h' file not found"), Some("a b/c.h"));
        let angled = "'x.h' file not found with <angled> include; use \"quotes\" instead";
        assert_eq!(missing(angled), Some("x.h"));
        assert_eq!(missing("unknown type name 'x'"), None);
    }
}
