//! One object file.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::dialect::{Dialect, Notes, PROBE};
use super::extension::{Language, Source};
use super::state::{Digests, Made};
use super::{Error, Toolchain, paths, zig};
use crate::fsutil;
use crate::sysroot;

/// What all objects of a module share.
#[derive(Clone, Copy)]
pub(super) struct Job<'j> {
    pub extension: &'j str,
    pub project: &'j Path,
    pub directory: &'j Path,
    pub toolchain: &'j Toolchain,
    pub digests: &'j Digests,
    /// Directory for headers of Windows by names in another case.
    pub forwarders: &'j Path,
}

/// Where the object of a source lies; sources of one name in several directories have objects of their own. Names are the
/// same in all places: linkers may write them.
pub(super) fn path(directory: &Path, source: &str) -> PathBuf {
    let made_here = Path::new(source).strip_prefix(directory).ok().and_then(Path::to_str);
    let source = made_here.unwrap_or(source);
    let stem = source.rsplit(['/', '\\']).next().unwrap_or(source);
    directory.join(format!("{stem}.{}.o", &fsutil::sha256(source.as_bytes())[..8]))
}

impl Job<'_> {
    /// Whether the object is there and nothing that it was made from has changed.
    pub fn is_current(&self, object: &Path, fingerprint: &str, made: Option<&Made>) -> bool {
        let Some(made) = made.filter(|made| made.fingerprint == fingerprint) else { return false };
        self.digests.hold(self.project, made)
            && fs_err::read(object).is_ok_and(|content| fsutil::sha256(&content) == made.output)
    }

    /// How a compiler says what it includes; nothing of those that write it into a file.
    pub fn notes(&self, compiler: &[String]) -> Result<Option<Notes>, Error> {
        let dialect = self.toolchain.dialect;
        if dialect == Dialect::Gnu {
            return Ok(None);
        }
        let [probe, header] = PROBE.map(|name| self.directory.join(name));
        let include = format!("#include \"{}\"\n", PROBE[1]);
        for (path, content) in [(&probe, include.as_str()), (&header, "")] {
            fsutil::write_atomic(path, content.as_bytes()).map_err(|source| self.io(path, source))?;
        }
        let source = Source { name: text(&probe), language: Language::C };
        let command = dialect.source(&source, &text(&probe.with_extension("part")), "");
        let command: Vec<String> = [compiler, &["-nologo".to_owned()], &command].concat();
        let step = "asking the compiler how it names what it includes";
        let said = self.run(&command, step)?;
        let said = String::from_utf8_lossy(&said);
        Notes::learn(&said).map(Some).ok_or_else(|| self.failed(step, said.into_owned(), &command))
    }

    /// Compiles. The object appears as a whole or not at all.
    pub fn compile(
        &self,
        source: &Source,
        command: &[String],
        fingerprint: String,
        notes: Option<&Notes>,
    ) -> Result<Made, Error> {
        if source.language == Language::Zig {
            return zig::compile(self, source, command, fingerprint);
        }
        let object = path(self.directory, &source.name);
        let unfinished = object.with_extension("part");
        let listed = object.with_extension("d");
        let mut command = command.to_vec();
        command.extend(self.toolchain.dialect.source(source, &text(&unfinished), &text(&listed)));
        let step = format!("compiling `{}`", source.name);
        let said = loop {
            match self.run(&command, &step) {
                Err(Error::Failed { output, .. }) if self.forward(&output)? => {}
                said => break said,
            }
        };
        let said = said.map_err(|mut error| {
            if let (Error::Failed { output, .. }, Some(notes)) = (&mut error, notes) {
                *output = notes.without(output, &source.name);
            }
            error
        })?;
        let said = String::from_utf8_lossy(&said);
        let names: Vec<String> = match notes {
            Some(notes) => notes.files(&said).chain([source.name.as_str()]).map(str::to_owned).collect(),
            // Nothing is included without a preprocessor, and nothing listed.
            None if source.name.ends_with(".s") => vec![source.name.clone()],
            // How it quotes the names is that of make.
            None => {
                let rule = fs_err::read_to_string(&listed).map_err(|source| self.io(&listed, source))?;
                prerequisites(&rule)
            }
        };
        let mut inputs = std::collections::BTreeMap::new();
        for name in names {
            // What vanishes while it is compiled makes the object out of date.
            let digest = self.digests.of(self.project, &name).unwrap_or_default();
            inputs.insert(name, digest);
        }
        let content = fs_err::read(&unfinished).map_err(|source| self.io(&unfinished, source))?;
        fs_err::rename(&unfinished, &object).map_err(|source| self.io(&object, source))?;
        Ok(Made { fingerprint, inputs, output: fsutil::sha256(&content) })
    }

    /// Writes a forwarder for the header of Windows that a compiler misses; whether that is a new one.
    fn forward(&self, output: &str) -> Result<bool, Error> {
        let missing = sysroot::missing(output).map(|name| (name, self.forwarders.join(name)));
        let Some((name, path)) = missing.filter(|(_, path)| !path.exists()) else { return Ok(false) };
        let Some((_, own)) = sysroot::in_other_case(&self.toolchain.any_case, name) else { return Ok(false) };
        let write = || {
            fs_err::create_dir_all(path.parent().unwrap_or(self.forwarders))?;
            fsutil::write_atomic(&path, sysroot::forwarder(&own).as_bytes())
        };
        write().map_err(|source| self.io(&path, source)).map(|_| true)
    }

    /// Makes a file of others with the command for an unfinished file, unless it is made of the very same already.
    /// `wanted` has no output yet. The file appears as a whole or not at all.
    pub fn produce(
        &self,
        path: &Path,
        mut wanted: Made,
        known: &mut Option<Made>,
        step: &str,
        command: &dyn Fn(&str) -> Vec<String>,
    ) -> Result<(), Error> {
        if let Some(made) = known
            && made.fingerprint == wanted.fingerprint
            && made.inputs == wanted.inputs
            && fs_err::read(path).is_ok_and(|content| fsutil::sha256(&content) == made.output)
        {
            return Ok(());
        }
        let unfinished = path.with_extension("part");
        // An archiver would add to what an interrupted build has left.
        drop(std::fs::remove_file(&unfinished));
        let command = command(&text(&unfinished));
        self.run(&command, step)?;
        let mut content = fs_err::read(&unfinished).map_err(|source| self.io(&unfinished, source))?;
        if self.toolchain.is_zig && paths::removed(&mut content, &command) {
            fs_err::write(&unfinished, &content).map_err(|source| self.io(&unfinished, source))?;
        }
        fs_err::rename(&unfinished, path).map_err(|source| self.io(path, source))?;
        wanted.output = fsutil::sha256(&content);
        *known = Some(wanted);
        Ok(())
    }

    /// Runs a compiler in the project's directory; returns what it writes to its standard output.
    pub fn run(&self, command: &[String], step: &str) -> Result<Vec<u8>, Error> {
        let Some((program, arguments)) = command.split_first() else { return Ok(Vec::new()) };
        let output = Command::new(program)
            .args(arguments)
            .envs(self.toolchain.variables.iter().cloned())
            // What compilers say is read, and no language but English is known.
            .envs([("LANGUAGE", "en"), ("VSLANG", "1033")])
            .current_dir(self.project)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| Error::NoProgram {
                extension: self.extension.to_owned(),
                program: program.clone(),
                source,
            })?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        if said.trim().is_empty() {
            said = format!("{program}: {}", output.status);
        }
        Err(self.failed(step, said, command))
    }

    fn failed(&self, step: &str, said: String, command: &[String]) -> Error {
        Error::Failed {
            extension: self.extension.to_owned(),
            step: step.to_owned(),
            output: said.trim_end().to_owned(),
            command: command.join(" "),
        }
    }

    pub fn io(&self, path: &Path, source: std::io::Error) -> Error {
        Error::Io { extension: self.extension.to_owned(), path: path.display().to_string(), source }
    }
}

pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The files behind the colon of a rule of make, as compilers write it: blanks are quoted by a backslash, dollars by
/// another, and lines go on after a backslash.
fn prerequisites(rule: &str) -> Vec<String> {
    // Behind a drive letter of Windows there is no blank.
    let Some(start) = rule.find(": ").or_else(|| rule.find(":\\\n")) else { return Vec::new() };
    let mut names = Vec::new();
    let mut name = String::new();
    let mut letters = rule[start + 1..].chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('\\', Some(' ' | '#')) => name.extend(letters.next()),
            ('\\', Some('\n')) => drop(letters.next()),
            ('\\', Some('\r')) => drop((letters.next(), letters.next())),
            ('$', Some('$')) => name.extend(letters.next()),
            (letter, _) if letter.is_whitespace() => {
                if !name.is_empty() {
                    names.push(std::mem::take(&mut name));
                }
                // Rules without prerequisites, which keep make quiet about removed headers, may follow.
                if letter == '\n' {
                    break;
                }
            }
            (letter, _) => name.push(letter),
        }
    }
    if !name.is_empty() {
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::prerequisites;

    #[test]
    fn names_are_read_as_make_reads_them() {
        let rule =
            "out/a\\ b.o: src/a\\ b.c \\\n  include/x\\#y.h cost$$.h \\\n /usr/include/z.h\n\ninclude/x.h:\n";
        assert_eq!(prerequisites(rule), ["src/a b.c", "include/x#y.h", "cost$.h", "/usr/include/z.h"]);
        assert_eq!(prerequisites("C:\\out\\a.o: C:\\src\\a.c\n"), ["C:\\src\\a.c"]);
        assert!(prerequisites("").is_empty());
    }
}
