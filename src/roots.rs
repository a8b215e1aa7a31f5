//! Where files lie on this machine and how the store names them.
//!
//! A stored name is project-relative with `/`, or starts with an include dir exactly as the
//! configuration writes it (`${NNG}/nng.h`, `/opt/x/include/x.h`). No machine's path enters a key
//! unless the user wrote it.

use std::path::{Component, Path, PathBuf};

/// The project and the directories outside it that configuration names.
#[derive(Debug, Clone)]
pub struct Roots {
    project: PathBuf,
    written: Vec<Root>,
}

/// A directory outside the project, as written and as found here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// As the configuration writes it, without a trailing slash.
    pub written: String,
    /// Absolute path on this machine.
    pub path: PathBuf,
}

impl Roots {
    /// Roots of a project directory, which must be absolute.
    pub fn new(project: impl Into<PathBuf>) -> Self {
        Roots { project: normalize(&project.into()), written: Vec::new() }
    }

    /// The project directory.
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The roots outside the project, in the order they were added.
    pub fn written(&self) -> &[Root] {
        &self.written
    }

    /// Adds a directory (or the parent directory of a header) as written, with its expansion.
    /// Directories inside the project need no root and are ignored.
    pub fn add(&mut self, written: &str, expanded: &str) {
        let path = normalize(&self.project.join(expanded));
        let written = written.trim_end_matches('/').to_owned();
        let inside = path.starts_with(&self.project) && !written.contains("${");
        if !inside && !self.written.iter().any(|root| root.written == written) {
            self.written.push(Root { written, path });
        }
    }

    /// The absolute path that a stored name means here.
    pub fn resolve(&self, name: &str) -> PathBuf {
        for root in &self.written {
            if let Some(rest) = name.strip_prefix(&root.written) {
                if rest.is_empty() {
                    return root.path.clone();
                }
                if let Some(rest) = rest.strip_prefix('/') {
                    return root.path.join(rest);
                }
            }
        }
        normalize(&self.project.join(name))
    }

    /// The stored name of a file, if it lies below the project or a written root.
    /// A written root wins over the project: what the user named stays named that way.
    pub fn name(&self, path: &Path) -> Option<String> {
        let path = normalize(path);
        for root in &self.written {
            if let Ok(rest) = path.strip_prefix(&root.path) {
                let rest = posix(rest);
                return Some(if rest.is_empty() {
                    root.written.clone()
                } else {
                    format!("{}/{rest}", root.written)
                });
            }
        }
        path.strip_prefix(&self.project).ok().map(posix)
    }

    /// Whether a stored name lies outside the project, so that its absence may be excused.
    pub fn is_outside(&self, name: &str) -> bool {
        self.root_of(name).is_some() || !self.resolve(name).starts_with(&self.project)
    }

    /// The written root that a stored name lies below.
    pub fn root_of(&self, name: &str) -> Option<&Root> {
        self.written.iter().find(|root| {
            name.strip_prefix(&root.written).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// A relative path with `/` whatever the platform.
pub fn posix(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/").replace("//", "/")
}

/// Removes `.` and resolves `..` textually, so that names do not depend on symbolic links.
pub fn normalize(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(result.components().next_back(), Some(Component::Normal(_))) => {
                result.pop();
            }
            Component::ParentDir if result.has_root() => {}
            other => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_inverse() {
        let mut roots = Roots::new("/home/me/project");
        roots.add("${NNG}/", "/opt/nng/include");
        roots.add("../sibling/include", "../sibling/include");
        roots.add("include", "include");
        for (path, name) in [
            ("/home/me/project/include/a.h", "include/a.h"),
            ("/opt/nng/include/nng/nng.h", "${NNG}/nng/nng.h"),
            ("/home/me/sibling/include/s.h", "../sibling/include/s.h"),
        ] {
            assert_eq!(roots.name(Path::new(path)).as_deref(), Some(name));
            assert_eq!(roots.resolve(name), Path::new(path));
        }
        assert_eq!(roots.name(Path::new("/usr/include/stdio.h")), None);
        assert!(roots.is_outside("${NNG}/nng/nng.h") && !roots.is_outside("include/a.h"));
        assert_eq!(roots.written().len(), 2);
    }
}
