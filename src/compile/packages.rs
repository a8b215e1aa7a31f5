//! `pkg_config` of an extension: flags that installed libraries ask for.

use std::path::Path;
use std::process::{Command, Stdio};

use super::toolchain::words;
use super::{Error, Extension, Platform};
use crate::env;

impl Extension {
    /// The extension with the flags of its packages, which precede its own, and with what its libraries have to be
    /// linked with.
    pub fn with_packages(&self, project: &Path, platform: &Platform) -> Result<Extension, Error> {
        let mut extension = self.with_own_packages(project, platform)?;
        for archive in &mut extension.archives {
            *archive = archive.with_own_packages(project, platform)?;
            extension.libraries.extend(archive.libraries.iter().cloned());
            extension.library_dirs.extend(archive.library_dirs.iter().cloned());
            extension.ldflags.extend(archive.ldflags.iter().cloned());
        }
        Ok(extension)
    }

    /// For another system they are asked of a pkg-config that was told where that system's are.
    fn with_own_packages(&self, project: &Path, platform: &Platform) -> Result<Extension, Error> {
        let mut extension = self.clone();
        if self.packages.is_empty() {
            return Ok(extension);
        }
        let is_told = [env::PKG_CONFIG, env::PKG_CONFIG_LIBDIR].iter().any(|name| env::get(name).is_some());
        if !platform.is_native && !is_told {
            let target = platform.target.to_string();
            return Err(Error::ForeignPackages { extension: extension.name, target });
        }
        extension.cflags = [self.ask(project, "--cflags")?, extension.cflags].concat();
        let (mut libraries, mut dirs, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for word in self.ask(project, "--libs")? {
            if let Some(library) = word.strip_prefix("-l") {
                libraries.push(library.to_owned());
            } else if let Some(dir) = word.strip_prefix("-L") {
                dirs.push(dir.to_owned());
            } else {
                others.push(word);
            }
        }
        // What the extension names itself may use what the packages bring.
        extension.libraries.extend(libraries);
        extension.library_dirs.extend(dirs);
        extension.ldflags = [others, extension.ldflags].concat();
        Ok(extension)
    }

    /// The words that pkg-config answers with.
    fn ask(&self, project: &Path, question: &str) -> Result<Vec<String>, Error> {
        let failed = |program: &str, problem: String, is_missing| Error::Packages {
            extension: self.name.clone(),
            program: program.to_owned(),
            problem,
            is_missing,
        };
        let named = env::get(env::PKG_CONFIG).map(|text| words(&text)).filter(|words| !words.is_empty());
        let command = named.unwrap_or_else(|| vec!["pkg-config".to_owned()]);
        let Some((program, arguments)) = command.split_first() else { return Ok(Vec::new()) };
        let output = Command::new(program)
            .args(arguments)
            .arg(question)
            .args(&self.packages)
            .current_dir(project)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| failed(program, error.to_string(), true))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            return Err(failed(program, said, false));
        }
        Ok(unescaped(&String::from_utf8_lossy(&output.stdout)))
    }
}

/// Words separated by blanks; a backslash keeps what follows it.
fn unescaped(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => word.get_or_insert_default().extend(letters.next()),
            letter if letter.is_whitespace() => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn a_backslash_keeps_what_follows() {
        assert_eq!(unescaped("-I/a\\ b -DX=\\\"1\\\"  -lz \n"), ["-I/a b", "-DX=\"1\"", "-lz"]);
        assert!(unescaped("\n").is_empty());
    }
}
