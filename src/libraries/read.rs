//! Symbol tables: ELF, Mach-O and PE libraries, object files, `ar` archives and import libraries, and
//! the texts that stand for libraries: linker scripts and `.tbd` stubs.

use std::path::{Path, PathBuf};

use object::read::archive::ArchiveFile;
use object::read::coff::ImportFile;
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::read::{File, FileKind, NameOrOrdinal, Object, ObjectSymbol};
use object::{Architecture, BinaryFormat};

use super::{Defined, Error, find};
use crate::target::Target;

/// Linker scripts that name each other must end somewhere.
const MAX_DEPTH: u32 = 8;

/// Collects what files define.
pub(super) struct Reader<'d> {
    target: &'d Target,
    defined: &'d mut Defined,
    depth: u32,
}

impl<'d> Reader<'d> {
    pub(super) fn new(target: &'d Target, defined: &'d mut Defined) -> Self {
        Reader { target, defined, depth: 0 }
    }

    /// Any library.
    pub(super) fn file(&mut self, path: &Path) -> Result<(), Error> {
        let name = path.display().to_string();
        let bytes = fs_err::read(path).map_err(|source| Error::Unreadable { name: name.clone(), source })?;
        let malformed = |problem: String| Error::Malformed { name: name.clone(), problem };
        match FileKind::parse(bytes.as_slice()) {
            Ok(_) => self.binary(&bytes).map_err(|error| malformed(error.to_string())),
            Err(_) => match std::str::from_utf8(&bytes) {
                Ok(text) if text.starts_with("--- !tapi-tbd") => {
                    stub_symbols(text).for_each(|symbol| self.define(symbol, Spelling::Underscore));
                    Ok(())
                }
                Ok(text) if self.depth < MAX_DEPTH => {
                    let inputs = script_inputs(text)
                        .ok_or_else(|| malformed("it is neither a binary nor a linker script".into()))?;
                    self.depth += 1;
                    let done = inputs.iter().try_for_each(|input| self.input(input, path));
                    self.depth -= 1;
                    done
                }
                Ok(_) => Err(malformed("linker scripts name each other too deeply".into())),
                Err(_) => Err(malformed("its format is not known".into())),
            },
        }
    }

    /// A file that a linker script names: by path, by name beside the script, or as `-lNAME`.
    fn input(&mut self, input: &str, script: &Path) -> Result<(), Error> {
        let folder = script.parent().unwrap_or(Path::new("."));
        let name = input.strip_prefix("-l").unwrap_or(input);
        let beside: PathBuf = folder.join(name);
        let path = match beside.is_file() {
            true => beside,
            false => find::find(name, folder, self.target)?,
        };
        self.file(&path)
    }

    fn binary(&mut self, bytes: &[u8]) -> object::read::Result<()> {
        match FileKind::parse(bytes)? {
            FileKind::Archive => self.archive(bytes),
            FileKind::MachOFat32 => self.slices(bytes, MachOFatFile32::parse(bytes)?.arches()),
            FileKind::MachOFat64 => self.slices(bytes, MachOFatFile64::parse(bytes)?.arches()),
            FileKind::CoffImport => {
                let import = ImportFile::parse(bytes)?;
                let spelling = Spelling::coff(import.architecture());
                self.define(&String::from_utf8_lossy(import.symbol()), spelling);
                Ok(())
            }
            _ => self.object(bytes),
        }
    }

    fn object(&mut self, bytes: &[u8]) -> object::read::Result<()> {
        let file = File::parse(bytes)?;
        let spelling = Spelling::of(&file);
        for export in file.exports()? {
            if let NameOrOrdinal::Name(name) = export?.name() {
                self.define(&String::from_utf8_lossy(name), spelling);
            }
        }
        // What is not linked yet exports nothing; what is linked may be stripped.
        if file.kind() == object::ObjectKind::Relocatable {
            let global = file.symbols().filter(|symbol| symbol.is_global() && !symbol.is_undefined());
            global.filter_map(|symbol| symbol.name().ok()).for_each(|name| self.define(name, spelling));
        }
        Ok(())
    }

    fn archive(&mut self, bytes: &[u8]) -> object::read::Result<()> {
        let archive = ArchiveFile::parse(bytes)?;
        if archive.is_thin() {
            // Its members are files elsewhere; the index has their names.
            for symbol in archive.symbols()?.into_iter().flatten() {
                self.define(&String::from_utf8_lossy(symbol?.name()), Spelling::Plain);
            }
            return Ok(());
        }
        let mut unknown = false;
        for member in archive.members() {
            let data = member?.data(bytes)?;
            unknown |= self.binary(data).is_err();
        }
        // Members for link-time optimization hold a compiler's own code: only the index knows them.
        if unknown {
            for symbol in archive.symbols()?.into_iter().flatten() {
                let spelling =
                    if self.target.os() == "macos" { Spelling::Underscore } else { Spelling::Plain };
                self.define(&String::from_utf8_lossy(symbol?.name()), spelling);
            }
        }
        Ok(())
    }

    /// The slice for the target; all of them if there is none for it.
    fn slices<F: FatArch>(&mut self, bytes: &[u8], arches: &[F]) -> object::read::Result<()> {
        let wanted = match self.target.arch() {
            "aarch64" => Architecture::Aarch64,
            "x86_64" => Architecture::X86_64,
            "i686" => Architecture::I386,
            _ => Architecture::Unknown,
        };
        let any = !arches.iter().any(|arch| arch.architecture() == wanted);
        for arch in arches.iter().filter(|arch| any || arch.architecture() == wanted) {
            self.binary(arch.data(bytes)?)?;
        }
        Ok(())
    }

    fn define(&mut self, symbol: &str, spelling: Spelling) {
        if let Some(name) = spelling.name(symbol) {
            self.defined.names.insert(name.to_owned());
        }
        self.defined.raw.insert(symbol.to_owned());
    }
}

/// How C names become symbols.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As they are.
    Plain,
    /// With an underscore in front (Mach-O).
    Underscore,
    /// With `__imp_` in front where an import library has the address.
    Coff,
    /// With an underscore in front, too, and `@bytes` behind the names of `__stdcall` functions.
    Coff32,
    /// What a DLL for 32-bit x86 exports, decorated or not.
    Dll32,
}

impl Spelling {
    fn of(file: &File<'_>) -> Self {
        match (file.format(), file.architecture()) {
            (BinaryFormat::MachO, _) => Spelling::Underscore,
            (BinaryFormat::Coff, architecture) => Spelling::coff(architecture),
            (BinaryFormat::Pe, Architecture::I386) => Spelling::Dll32,
            _ => Spelling::Plain,
        }
    }

    fn coff(architecture: Architecture) -> Self {
        if architecture == Architecture::I386 { Spelling::Coff32 } else { Spelling::Coff }
    }

    /// The C name; `None` if it is not one's.
    fn name(self, symbol: &str) -> Option<&str> {
        let without_import = || symbol.strip_prefix("__imp_").unwrap_or(symbol);
        match self {
            Spelling::Plain => Some(symbol),
            Spelling::Underscore => symbol.strip_prefix('_'),
            Spelling::Coff => Some(without_import()),
            Spelling::Coff32 => {
                let symbol = without_import();
                symbol.strip_prefix(['_', '@']).map(without_bytes)
            }
            Spelling::Dll32 => {
                let bare = without_bytes(symbol);
                // Only with the number of bytes is an underscore sure not to be the name's own.
                if bare == symbol {
                    Some(symbol)
                } else {
                    Some(bare.strip_prefix(['_', '@']).unwrap_or(bare))
                }
            }
        }
    }
}

/// `name` of `name@8`.
fn without_bytes(symbol: &str) -> &str {
    match symbol.rsplit_once('@') {
        Some((name, bytes)) if !bytes.is_empty() && bytes.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => symbol,
    }
}

/// The files that a linker script links (`INPUT` and `GROUP`, `AS_NEEDED` inside them); `None` if the
/// text is no such script.
fn script_inputs(text: &str) -> Option<Vec<String>> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = comment.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let spaced = plain.replace('(', " ( ").replace(')', " ) ").replace(',', " ");
    let mut words = spaced.split_whitespace().peekable();
    let mut inputs = None;
    let mut depth = 0u32;
    while let Some(word) = words.next() {
        match word {
            "INPUT" | "GROUP" if words.peek() == Some(&"(") => {
                words.next();
                depth = 1;
                inputs.get_or_insert_with(Vec::new);
            }
            "(" if depth > 0 => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            "AS_NEEDED" if depth > 0 => {}
            file if depth > 0 => inputs.get_or_insert_with(Vec::new).push(file.trim_matches('"').to_owned()),
            _ => {}
        }
    }
    inputs
}

/// The symbols that a text stub of Apple's lists: those of all targets, in the lists of `symbols:` and its kin.
fn stub_symbols(text: &str) -> impl Iterator<Item = &str> {
    text.split(['[', ']']).skip(1).step_by(2).flat_map(|list| list.split([',', '\n'])).filter_map(|item| {
        let name = item.trim().trim_matches(['\'', '"']);
        name.starts_with('_').then_some(name)
    })
}
