//! Where a file of the source tree belongs in a wheel.
//!
//! Inner backends map directories as they like (`src/pkg` to `pkg`, `python/` to `pkg/`). The wheel
//! itself is the evidence: a source directory corresponds to a wheel directory if the two share files.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use fs_err as fs;

use super::archive::{Member, WheelArchive};
use super::is_safe_name;

/// What is to be done about an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// The wheel has it, with this content, at this path.
    InWheel(String),
    /// It belongs at this path, where the wheel has nothing or other content.
    Add(String),
    /// It may belong into the wheel, perhaps at this path; nothing shows it for certain.
    Unclear(Option<String>),
    /// The wheel ships no directory that it lies in.
    Nowhere,
}

/// A directory of the wheel that an output may have been meant for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Its path in the wheel.
    pub shipped: String,
    /// The directory of the project that it is made of, if that can be told.
    pub source: Option<String>,
}

impl fmt::Display for Nearest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "`{}`, made of `{source}`", self.shipped),
            None => write!(f, "`{}`", self.shipped),
        }
    }
}

/// A wheel and the source tree that it was made from. Every directory and file of the tree is looked at once, however
/// many places are asked for.
pub struct Places<'a> {
    archive: &'a WheelArchive,
    index: Index<'a>,
    project: &'a Path,
    /// Outputs, which may lie in the tree or not: what is made for another target does not.
    generated: BTreeSet<&'a str>,
    listed: RefCell<HashMap<String, Rc<[Listed]>>>,
    contents: RefCell<HashMap<PathBuf, Option<Member>>>,
}

/// A file of the source tree.
struct Listed {
    name: String,
    path: PathBuf,
    size: u64,
}

impl<'a> Places<'a> {
    /// Of what an archive took from a project that has these outputs.
    pub fn new(
        archive: &'a WheelArchive,
        project: &'a Path,
        generated: impl Iterator<Item = &'a str>,
    ) -> Self {
        let (listed, contents) = (RefCell::default(), RefCell::default());
        let generated = generated.collect();
        Places { archive, index: Index::new(archive), project, generated, listed, contents }
    }

    /// Finds the place of an output, a project-relative path with `/`, that has this text; the source tree need not
    /// have it. Looks at the files directly in the output's directory and in that directory's ancestors, and nowhere
    /// else. Contents count as equal if size and CRC-32 are.
    pub fn of(&self, output: &str, text: &[u8]) -> Placement {
        let mut crc = flate2::Crc::new();
        crc.update(text);
        self.locate(output, Member { size: text.len() as u64, crc32: crc.sum() })
    }

    /// Finds the place of a file of the source tree. What is not a file is nowhere.
    pub fn of_file(&self, name: &str) -> Placement {
        let content = is_safe_name(name).then(|| self.content_of(&self.project.join(name)));
        content.flatten().map_or(Placement::Nowhere, |content| self.locate(name, content))
    }

    fn locate(&self, output: &str, content: Member) -> Placement {
        if !is_safe_name(output) {
            return Placement::Nowhere;
        }
        let (own, _) = split(output);
        let mut searches = ancestors(own).map(|directory| Search {
            places: self,
            output,
            directory,
            is_own: directory == own,
        });
        let found = searches.clone().find_map(|search| Some(search.path(&search.wheel_directory()?)));
        match found {
            Some(path) => match self.archive.members.get(&path) {
                Some(member) if *member == content => Placement::InWheel(path),
                _ => Placement::Add(path),
            },
            None => searches.find_map(|search| search.guess()).unwrap_or_else(|| self.unseen(output, own)),
        }
    }

    /// A module in a directory of which nothing is known but its name. Whether the tree has it does not count: it has none
    /// for other targets.
    fn unseen(&self, output: &str, directory: &str) -> Placement {
        if !is_python(output) {
            return Placement::Nowhere;
        }
        let is_it = |shipped: &&Shipped| {
            shipped.is_called_like(directory)
                && self.parents().all(|parent| {
                    let other = format!("{parent}{}", shipped.directory);
                    other == directory || !self.project.join(other).is_dir()
                })
        };
        let likely = self.index.by_name.values().flatten().find(is_it);
        let is_generated = |name: &str| self.generated.contains(join(directory, name).as_str());
        let is_bare =
            |file: &Listed| file.name.starts_with('.') || !file.path.is_file() || is_generated(&file.name);
        match likely {
            Some(shipped) => Placement::Unclear(Some(shipped.path(split(output).1))),
            None if self.files(directory).iter().all(is_bare) => Placement::Unclear(None),
            None => Placement::Nowhere,
        }
    }

    /// The directory of the wheel whose name is most like that of an output's directory, or else the only package.
    pub fn nearest(&self, output: &str) -> Option<Nearest> {
        let files = || {
            self.index.by_name.iter().flat_map(|(name, shipped)| shipped.iter().map(move |file| (name, file)))
        };
        let directories: BTreeSet<&str> =
            files().map(|(_, file)| file.directory).filter(|name| !name.is_empty()).collect();
        let mut packages: BTreeSet<&str> =
            directories.iter().filter_map(|name| name.split('/').next()).collect();
        let own = split(output).0;
        let alike = |directory: &&str| {
            let depth = |own: &str| {
                let both = own.rsplit('/').zip(directory.rsplit('/'));
                both.take_while(|(one, other)| one.eq_ignore_ascii_case(other)).count()
            };
            ancestors(own).map(depth).max().unwrap_or_default()
        };
        let best = directories.into_iter().max_by_key(|name| (alike(name), std::cmp::Reverse(name.len())));
        let shipped = best
            .filter(|name| alike(name) > 0)
            .or_else(|| packages.pop_first().filter(|_| packages.is_empty()))?;
        let shared = |source: &String, is_equal: bool| {
            let mut files = files().filter(|(_, file)| file.directory == shipped);
            files.any(|(name, file)| {
                let content = self.content_of(&self.project.join(source).join(name));
                content.is_some_and(|content| !is_equal || content == file.member)
            })
        };
        let sources = self.parents().map(|parent| format!("{parent}{shipped}"));
        let sources = sources.filter(|source| source != own && shared(source, false));
        // Builds may change files; an equal one says more.
        let source = sources.min_by_key(|source| (!shared(source, true), source.clone()));
        Some(Nearest { shipped: shipped.to_owned(), source })
    }

    /// Where packages may lie: the project's directory, empty, and each directory in it, with a slash at the end.
    fn parents(&self) -> impl Iterator<Item = String> {
        let top = self.files("");
        let names: Vec<String> = top.iter().map(|entry| format!("{}/", entry.name)).collect();
        std::iter::once(String::new()).chain(names)
    }

    /// Files directly in a directory of the project, in no particular order.
    fn files(&self, directory: &str) -> Rc<[Listed]> {
        if let Some(files) = self.listed.borrow().get(directory) {
            return files.clone();
        }
        let entries = fs::read_dir(self.project.join(directory)).into_iter().flatten().flatten();
        let files: Rc<[Listed]> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let size = fs::metadata(&path).ok()?.len();
                Some(Listed { name: entry.file_name().into_string().ok()?, path, size })
            })
            .collect();
        self.listed.borrow_mut().insert(directory.to_owned(), files.clone());
        files
    }

    fn content_of(&self, path: &Path) -> Option<Member> {
        if let Some(content) = self.contents.borrow().get(path) {
            return *content;
        }
        let content = content_of(path);
        self.contents.borrow_mut().insert(path.to_owned(), content);
        content
    }
}

/// The wheel's files by their last component.
struct Index<'a> {
    by_name: BTreeMap<&'a str, Vec<Shipped<'a>>>,
}

struct Shipped<'a> {
    /// `` or `NAME.data/purelib/`.
    root: &'a str,
    /// Directory below the root, empty for the root itself.
    directory: &'a str,
    member: Member,
}

impl Shipped<'_> {
    /// Whether a source directory has the name of this file's directory, up to where packages lie.
    fn is_called_like(&self, directory: &str) -> bool {
        let rest = directory.strip_suffix(self.directory).filter(|_| !self.directory.is_empty());
        rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
    }

    /// The path of another file in this file's directory.
    fn path(&self, name: &str) -> String {
        format!("{}{}/{name}", self.root, self.directory)
    }
}

impl<'a> Index<'a> {
    fn new(archive: &'a WheelArchive) -> Self {
        let mut by_name: BTreeMap<&str, Vec<Shipped>> = BTreeMap::new();
        for (name, member) in &archive.members {
            if let Some((root, path)) = archive.split_root(name) {
                let (directory, file) = split(path);
                by_name.entry(file).or_default().push(Shipped { root, directory, member: *member });
            }
        }
        Index { by_name }
    }
}

/// One source directory, looked up in the wheel.
#[derive(Clone, Copy)]
struct Search<'a> {
    places: &'a Places<'a>,
    output: &'a str,
    directory: &'a str,
    /// Whether the output lies directly in it.
    is_own: bool,
}

/// Orders candidates: a directory of the same name (the longer the better), else one that shares files
/// with content; among those the one that shares most.
type Score = (usize, usize);

impl Search<'_> {
    /// The output's path below a directory of the wheel, which ends with a slash unless empty.
    fn path(&self, wheel_directory: &str) -> String {
        format!("{wheel_directory}{}", self.output[self.directory.len()..].trim_start_matches('/'))
    }

    /// What the names of files say where no content is shared: builds write versions into `__init__.py`, and an empty
    /// one is like any other.
    fn guess(&self) -> Option<Placement> {
        let files = self.places.files(self.directory);
        let others = files.iter().filter(|file| !self.is_own || file.name != split(self.output).1);
        others.filter(|file| file.path.is_file()).find_map(|file| {
            let shipped = self.places.index.by_name.get(file.name.as_str())?;
            shipped.iter().find_map(|shipped| self.guess_by(file, shipped))
        })
    }

    fn guess_by(&self, file: &Listed, shipped: &Shipped) -> Option<Placement> {
        let is_equal = || self.places.content_of(&file.path) == Some(shipped.member);
        let is_called_alike = shipped.is_called_like(self.directory);
        let is_empty = || is_python(&file.name) && shipped.member.size == 0 && is_equal();
        if shipped.directory.is_empty() || !(is_called_alike || self.is_own && is_empty()) {
            return None;
        }
        let others = self.places.parents().filter_map(|parent| {
            let other = format!("{parent}{}", shipped.directory);
            let path = self.places.project.join(&other).join(&file.name);
            (other != self.directory).then(|| self.places.content_of(&path)).flatten()
        });
        let others: Vec<Member> = others.collect();
        let path = self.path(&shipped.path(""));
        match others.is_empty() && is_called_alike {
            true => Some(Placement::Add(path)),
            false => (!others.contains(&shipped.member)).then_some(Placement::Unclear(Some(path))),
        }
    }

    /// The corresponding directory of the wheel, with its root and a slash at the end unless empty.
    fn wheel_directory(&self) -> Option<String> {
        let mut candidates: BTreeMap<(&str, &str), Score> = BTreeMap::new();
        for Listed { name, path, size } in self.places.files(self.directory).iter() {
            let Some(shipped) = self.places.index.by_name.get(name.as_str()) else { continue };
            if !shipped.iter().any(|file| file.member.size == *size) {
                continue;
            }
            let Some(content) = self.places.content_of(path) else { continue };
            for file in shipped.iter().filter(|file| file.member == content) {
                if let Some(depth) = self.evidence(name, file) {
                    let score = candidates.entry((file.root, file.directory)).or_insert((depth, 0));
                    score.1 += 1;
                }
            }
        }
        let best = candidates.into_iter().max_by_key(|(_, score)| *score);
        best.map(|((root, directory), _)| match directory {
            "" => root.to_owned(),
            _ => format!("{root}{directory}/"),
        })
    }

    /// Whether a shared file shows that the directories correspond: `None`, or the number of path
    /// components that they have in common plus one, or 0 for directories of different names.
    fn evidence(&self, name: &str, shipped: &Shipped) -> Option<usize> {
        let is_module = is_python(name) && name != "__init__.py";
        if shipped.directory.is_empty() {
            // site-packages belongs to everyone: only a module may be put beside a module.
            return (self.is_own && is_module && is_python(self.output)).then_some(1);
        }
        let suffix = self.directory.strip_suffix(shipped.directory);
        match suffix {
            Some("") => Some(1 + shipped.directory.split('/').count()),
            Some(rest) if rest.ends_with('/') => {
                (!self.is_explained(name, shipped)).then(|| 1 + shipped.directory.split('/').count())
            }
            _ => {
                let telling = is_python(name) || (self.is_own && !self.directory.is_empty());
                (telling && shipped.member.size > 0 && !self.is_explained(name, shipped)).then_some(0)
            }
        }
    }

    /// Whether the shipped file has another source of its own: then an equal file here (an empty
    /// `tests/pkg/__init__.py`, a copied license comment) proves nothing.
    fn is_explained(&self, name: &str, shipped: &Shipped) -> bool {
        ["", "src/"].iter().any(|parent| {
            let other = format!("{parent}{}", shipped.directory);
            other != self.directory
                && self.places.content_of(&self.places.project.join(other).join(name)) == Some(shipped.member)
        })
    }
}

/// A directory and those above it, up to the top, which is empty.
fn ancestors(directory: &str) -> impl Iterator<Item = &str> + Clone {
    std::iter::successors(Some(directory), |inner| (!inner.is_empty()).then(|| split(inner).0))
}

fn is_python(name: &str) -> bool {
    name.ends_with(".py") || name.ends_with(".pyi")
}

/// Directory (empty at the top) and last component of a path with `/`.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The path of a file in a directory, which is empty at the top.
fn join(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// Size and CRC-32 of a file, or `None` if it is not one.
fn content_of(path: &Path) -> Option<Member> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut file = fs::File::open(path).ok()?;
    let mut crc = flate2::Crc::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut size = 0;
    loop {
        let read = file.read(&mut buffer).ok()?;
        if read == 0 {
            return Some(Member { size, crc32: crc.sum() });
        }
        crc.update(&buffer[..read]);
        size += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wheel::tests::wheel_of;
    use Placement::{Add, InWheel, Nowhere, Unclear};

    /// Source files, shipped files, output, expected place. `name=text` gives the content.
    fn check(tree: &[&str], wheel: &[&str], output: &str, expected: Placement) {
        let content = |entry: &str| {
            let (name, text) = entry.split_once('=').unwrap_or((entry, entry));
            (name.to_owned(), text.to_owned())
        };
        let project = tempfile::tempdir().unwrap();
        for (name, text) in tree.iter().map(|entry| content(entry)) {
            crate::fsutil::write_atomic(&project.path().join(name), text.as_bytes()).unwrap();
        }
        let files: Vec<_> = wheel.iter().map(|entry| content(entry)).collect();
        let path = wheel_of(project.path(), &files);
        let archive = crate::wheel::read(&path).unwrap();
        let text = tree.iter().map(|entry| content(entry)).find(|(name, _)| name == output);
        let text = text.map_or_else(|| "1".to_owned(), |(_, text)| text);
        let places = Places::new(&archive, project.path(), std::iter::once(output));
        assert_eq!(places.of(output, text.as_bytes()), expected, "{tree:?} {wheel:?} {output}");
    }

    #[test]
    fn directories_of_one_name_correspond() {
        let init = "pkg/__init__.py=";
        check(&["pkg/__init__.py=", "pkg/x.py=1"], &[init], "pkg/x.py", Add("pkg/x.py".into()));
        check(&["src/pkg/__init__.py=", "src/pkg/x.py=1"], &[init], "src/pkg/x.py", Add("pkg/x.py".into()));
        check(
            &["pkg/__init__.py=", "pkg/x.py=1"],
            &[init, "pkg/x.py=1"],
            "pkg/x.py",
            InWheel("pkg/x.py".into()),
        );
        check(&["pkg/__init__.py=", "pkg/x.py=1"], &[init, "pkg/x.py=0"], "pkg/x.py", Add("pkg/x.py".into()));
        let deep = ["src/pkg/__init__.py=", "src/pkg/b/c/x.cdef.txt=1"];
        check(&deep, &[init], "src/pkg/b/c/x.cdef.txt", Add("pkg/b/c/x.cdef.txt".into()));
        check(
            &deep,
            &["d-1.data/purelib/pkg/__init__.py="],
            deep[1].split('=').next().unwrap(),
            Add("d-1.data/purelib/pkg/b/c/x.cdef.txt".into()),
        );
    }

    #[test]
    fn the_longest_common_name_wins() {
        let tree = ["src/a/pkg/__init__.py=", "src/a/pkg/x.py=1"];
        check(&tree, &["pkg/__init__.py=", "a/pkg/__init__.py="], "src/a/pkg/x.py", Add("a/pkg/x.py".into()));
    }

    #[test]
    fn remapped_packages_need_content() {
        let tree = ["lib/__init__.py=code", "lib/gen/x.py=1"];
        check(&tree, &["pkg/__init__.py=code"], "lib/gen/x.py", Add("pkg/gen/x.py".into()));
        let tree = ["lib/__init__.py=", "lib/x.py=1"];
        check(&tree, &["pkg/__init__.py="], "lib/x.py", Unclear(Some("pkg/x.py".into())));
        check(
            &["tables/a.bin=1", "tables/x.py=1"],
            &["pkg/data/a.bin=1"],
            "tables/x.py",
            Add("pkg/data/x.py".into()),
        );
        check(&["gen/x.py=1"], &["pkg/x.py=1"], "gen/x.py", InWheel("pkg/x.py".into()));
    }

    #[test]
    fn a_copy_of_a_shipped_file_proves_nothing() {
        let tree = ["src/pkg/__init__.py=# license", "tools/__init__.py=# license", "tools/x.py=1"];
        check(&tree, &["pkg/__init__.py=# license"], "tools/x.py", Nowhere);
        let tree = ["src/pkg/__init__.py=", "tests/pkg/__init__.py=", "tests/pkg/x.py=1"];
        check(&tree, &["pkg/__init__.py="], "tests/pkg/x.py", Nowhere);
        check(&["README.md=hi", "x.py=1"], &["pkg/README.md=hi"], "x.py", Nowhere);
    }

    #[test]
    fn the_root_takes_modules_beside_modules() {
        let tree = ["src/mod.py=m", "src/x.py=1", "src/x.txt=1", "src/b/x.py=1"];
        check(&tree, &["mod.py=m"], "src/x.py", Add("x.py".into()));
        check(&tree, &["mod.py=m"], "src/x.txt", Nowhere);
        check(&tree, &["mod.py=m"], "src/b/x.py", Unclear(None));
        check(&["LICENSE=l", "x.py=1"], &["LICENSE=l"], "x.py", Nowhere);
    }

    #[test]
    fn dist_info_and_data_are_no_place() {
        let tree = ["licenses/LICENSE=l", "licenses/x.py=1"];
        check(&tree, &["d-1.dist-info/licenses/LICENSE=l"], "licenses/x.py", Nowhere);
        check(&tree, &["d-1.data/data/licenses/LICENSE=l"], "licenses/x.py", Nowhere);
        check(&tree, &["pkg/__init__.py=1"], "../x.py", Nowhere);
        check(&tree, &["pkg/__init__.py=1"], "absent.py", Nowhere);
    }

    #[test]
    fn what_the_tree_lacks_lies_where_it_would() {
        let init = "pkg/__init__.py=";
        check(&["src/pkg/__init__.py="], &[init], "src/pkg/x.py", Add("pkg/x.py".into()));
        check(&["src/pkg/__init__.py="], &[init, "pkg/x.py=1"], "src/pkg/x.py", InWheel("pkg/x.py".into()));
        check(&["src/pkg/__init__.py="], &[init], "src/pkg/deep/er/x.txt", Add("pkg/deep/er/x.txt".into()));
        check(&["src/mod.py=m"], &["mod.py=m"], "src/x.pyi", Add("x.pyi".into()));
        check(&["src/pkg/__init__.py=", "docs/a.md=1"], &[init], "docs/x.json", Nowhere);
        check(&["src/pkg/__init__.py=", "include/a.h=1"], &[init], "include/x.py", Nowhere);
    }

    #[test]
    fn names_serve_where_the_build_changes_contents() {
        let written = "pkg/__init__.py=version = 2";
        let tree = ["src/pkg/__init__.py=version = 1"];
        check(&tree, &[written], "src/pkg/x.py", Add("pkg/x.py".into()));
        check(&tree, &[written], "src/pkg/gen/x.txt", Add("pkg/gen/x.txt".into()));
        let twice = ["src/pkg/__init__.py=version = 1", "tests/pkg/__init__.py="];
        check(&twice, &[written], "tests/pkg/x.py", Unclear(Some("pkg/x.py".into())));
        let copied = ["python/pkg/__init__.py=", "tests/__init__.py="];
        check(&copied, &["pkg/__init__.py="], "tests/x.py", Nowhere);
        let read = ["include/x.h=1", "src/pkg/__init__.py=version = 1"];
        check(&read, &[written], "include/x.py", Nowhere);
    }

    #[test]
    fn a_module_that_nothing_places_is_unclear() {
        let init = "ns/pkg/a.py=a";
        check(&["src/ns/pkg/a.py=a"], &[init], "src/ns/bound/x.py", Unclear(None));
        check(&["src/ns/pkg/a.py=a"], &[init], "build/x.cdef.txt", Nowhere);
        check(&["src/ns/pkg/a.py=a", "gen/.gitignore=*"], &[init], "gen/x.py", Unclear(None));
        // As little is known of it if the tree has it, which depends on the target.
        check(&["src/ns/pkg/a.py=a", "gen/x.py=1"], &[init], "gen/x.py", Unclear(None));
        check(&["src/ns/pkg/a.py=a", "gen/x.py=1", "gen/y.py=1"], &[init], "gen/x.py", Nowhere);
        let template = ["src/pkg/__init__.py.in=@V@"];
        check(&template, &["pkg/__init__.py=1"], "src/pkg/x.py", Unclear(Some("pkg/x.py".into())));
        let elsewhere = ["include/pkg/pkg.h=1", "python/pkg/__init__.py=1"];
        check(&elsewhere, &["pkg/__init__.py=1"], "include/pkg/x.py", Nowhere);
    }
}
