//! A revision of the git repository around the working directory, as a tree of files.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{FAILED, Failure};

/// All files of a revision; removed when dropped.
pub(super) struct Revision {
    folder: TempDir,
    /// The working directory seen from the top of the repository.
    prefix: PathBuf,
}

impl Revision {
    /// Writes the files of `revision` as a checkout would, into a temporary directory: what a header includes
    /// has to be as it was then, too. Submodules stay empty.
    pub(super) fn open(revision: &str, cwd: &Path) -> Result<Self, Failure> {
        let place = git(cwd, &["rev-parse", "--show-toplevel", "--show-prefix"], None)?.map_err(|said| {
            failure(
                &format!("`{}` is in no git work tree", cwd.display()),
                &said,
                "run it inside of the repository",
            )
        })?;
        let (top, prefix) = place.split_once('\n').unwrap_or((&place, ""));
        let unknown = |said: String| {
            let hint =
                "`git tag` and `git branch --all` list what there is; a shallow clone lacks most of it";
            failure(&format!("git knows no revision `{revision}`"), &said, hint)
        };
        if revision.starts_with('-') {
            return Err(unknown(String::new()));
        }
        let top = Path::new(top);
        let tree = git(top, &["rev-parse", "--verify", "--quiet", &format!("{revision}^{{tree}}")], None)?
            .map_err(unknown)?;
        let folder = tempfile::Builder::new()
            .prefix("headerkit-")
            .tempdir()
            .map_err(|error| Failure::io("a temporary directory", &error))?;
        let opened = Revision { prefix: prefix.trim_end_matches('\n').into(), folder };
        // An index of its own leaves the repository as it is, and heeds no `export-ignore` as an archive does.
        let index = opened.folder.path().join("index");
        let prefix = format!("--prefix={}/", opened.root().display());
        for arguments in [&["read-tree", tree.trim_end()][..], &["checkout-index", "--all", &prefix]] {
            git(top, arguments, Some(&index))?.map_err(|said| {
                failure(&format!("git cannot check out `{revision}`"), &said, "see its message")
            })?;
        }
        Ok(opened)
    }

    /// The top of the repository as it was.
    pub(super) fn root(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    /// The working directory as it was.
    pub(super) fn cwd(&self) -> PathBuf {
        self.root().join(&self.prefix)
    }
}

/// What git says: its output, or else its message. `Err` if there is no git.
fn git(folder: &Path, arguments: &[&str], index: Option<&Path>) -> Result<Result<String, String>, Failure> {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let output = command.output().map_err(|error| {
        failure("cannot run git", &error.to_string(), "install git, or compare two files")
    })?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}

fn failure(what: &str, said: &str, hint: &str) -> Failure {
    let said: String = said.lines().map(|line| format!("  {line}\n")).collect();
    Failure { text: format!("error: {what}\n{said}hint: {hint}\n"), status: FAILED }
}
