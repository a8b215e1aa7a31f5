//! What a built module needs of the system that loads it.

use object::read::elf::{ElfFile, FileHeader};
use object::read::macho::{LoadCommandVariant, MachHeader, MachOFile};
use object::read::{File, FileKind, NameOrOrdinal, Object, ObjectSymbol};
use object::{Architecture, BinaryFormat};

use crate::target::Target;

/// What a module needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audit {
    /// Minor version of the oldest glibc 2 that has all that is used, and whose systems have the other libraries that
    /// are used. `None` where glibc is not used by version.
    pub glibc_minor: Option<u32>,
    /// Oldest macOS, as major and minor version.
    pub macos: Option<(u32, u32)>,
    /// Libraries that systems need not have (PEP 600's policy).
    pub outside: Vec<String>,
    /// All libraries that it names.
    pub needed: Vec<String>,
    /// The directories where it has them looked for, as it says them (`$ORIGIN/lib:/opt/lib`).
    pub(super) paths: Vec<String>,
    /// Functions and data of the interpreter that it cannot do without.
    pub(super) python: Vec<String>,
    /// Functions and data that it defines for others, without the prefix of Mach-O.
    pub(super) exports: Vec<String>,
    /// What neither Python nor a system library can define, as far as that can be told.
    pub(super) undefined: Vec<String>,
    /// What only a library can define whose symbols have no versions.
    pub(super) unversioned: Vec<String>,
}

/// Libraries that every manylinux system has (PEP 513, PEP 599, PEP 600): those whose symbols all have versions.
const VERSIONED: &[&str] = &[
    "libc.so.6",
    "libm.so.6",
    "libdl.so.2",
    "librt.so.1",
    "libpthread.so.0",
    "libutil.so.1",
    "libnsl.so.1",
    "libresolv.so.2",
    "libgcc_s.so.1",
    "libstdc++.so.6",
];
/// The others that every manylinux system has.
const SYSTEM: &[&str] = &[
    "libz.so.1",
    "libexpat.so.1",
    "libX11.so.6",
    "libXext.so.6",
    "libXrender.so.1",
    "libICE.so.6",
    "libSM.so.6",
    "libGL.so.1",
    "libglib-2.0.so.0",
    "libgobject-2.0.so.0",
    "libgthread-2.0.so.0",
];
/// The first parts of the names of libraries that every Windows has, or every Python there (`vcruntime140`).
const WINDOWS: &str = "api-ms-win- advapi32 bcrypt cfgmgr32 comctl32 comdlg32 crypt32 dbghelp dwmapi gdi32 gdiplus \
    iphlpapi kernel32 msvcrt ncrypt ntdll ole32 oleaut32 opengl32 powrprof psapi rpcrt4 secur32 setupapi shell32 \
    shlwapi ucrtbase user32 userenv uxtheme vcruntime140. vcruntime140_1. version winhttp wininet winmm winspool ws2_32 wtsapi32";
/// The first parts of the names of loaders and of the C library of musl.
const LOADERS: &[&str] = &["ld-linux", "ld64.so", "ld.so", "libc.musl-", "libc.so"];

/// The first parts of the names of versions, and the last version that the systems of a glibc have, by its minor version.
type Node = (&'static str, &'static [(&'static [u32], u32)]);

/// The last version of each symbol node that the systems of a glibc have, by its minor version: libstdc++, libgcc, zlib.
const NODES: &[Node] = &[
    (
        "GLIBCXX_3.4.",
        &[
            (&[8], 5),
            (&[13], 12),
            (&[19], 17),
            (&[22], 24),
            (&[24], 27),
            (&[28], 31),
            (&[29], 34),
            (&[30], 35),
            (&[33], 39),
        ],
    ),
    (
        "CXXABI_1.3.",
        &[(&[1], 5), (&[3], 12), (&[7], 17), (&[10], 24), (&[11], 27), (&[12], 31), (&[13], 35), (&[15], 39)],
    ),
    (
        "GCC_",
        &[
            (&[4, 2, 0], 5),
            (&[4, 3, 0], 12),
            (&[4, 8, 0], 17),
            (&[7, 0, 0], 27),
            (&[12, 0, 0], 35),
            (&[14, 0, 0], 39),
        ],
    ),
    ("ZLIB_", &[(&[1, 2, 2, 4], 12), (&[1, 2, 5, 2], 17), (&[1, 2, 9], 27), (&[1, 2, 12], 37)]),
];

/// Whether a module or library is for another system, processor or C library than a target's, as far as that can be told.
pub fn is_foreign(module: &[u8], target: &Target) -> bool {
    // Those of macOS with several processors.
    if matches!(FileKind::parse(module), Ok(FileKind::MachOFat32 | FileKind::MachOFat64)) {
        return target.os() != "macos";
    }
    let Ok(file) = File::parse(module) else { return false };
    let format = match target.os() {
        "macos" => BinaryFormat::MachO,
        "windows" => BinaryFormat::Pe,
        _ => BinaryFormat::Elf,
    };
    let architecture = match target.arch() {
        "x86_64" => Architecture::X86_64,
        "aarch64" => Architecture::Aarch64,
        "i686" => Architecture::I386,
        "armv7" => Architecture::Arm,
        "riscv64" => Architecture::Riscv64,
        "powerpc64le" => Architecture::PowerPc64,
        "s390x" => Architecture::S390x,
        _ => file.architecture(),
    };
    let other = if target.is_musl() { "libc.so.6" } else { "libc.musl-" };
    (file.format(), file.architecture()) != (format, architecture)
        || Audit::of(module, target)
            .is_ok_and(|audit| audit.needed.iter().any(|name| name.starts_with(other)))
}

impl Audit {
    /// Reads a module of any system.
    pub(super) fn of(module: &[u8], target: &Target) -> object::read::Result<Self> {
        let mut audit = Audit::default();
        match File::parse(module)? {
            File::Elf32(file) => audit.elf(&file, target)?,
            File::Elf64(file) => audit.elf(&file, target)?,
            File::MachO32(file) => audit.macho(&file)?,
            File::MachO64(file) => audit.macho(&file)?,
            other => audit.linked(&other, "", |name| {
                let name = name.to_ascii_lowercase();
                name.starts_with("python") || WINDOWS.split_whitespace().any(|start| name.starts_with(start))
            })?,
        }
        Ok(audit)
    }

    /// What is exported and imported where every import names its library; no name means any that is loaded. All names
    /// of C start with `prefix`.
    fn linked<'d>(
        &mut self,
        file: &impl Object<'d>,
        prefix: &str,
        is_system: impl Fn(&str) -> bool,
    ) -> object::read::Result<()> {
        for library in file.import_libraries()? {
            self.needed.push(String::from_utf8_lossy(library?.name()).into_owned());
        }
        for import in file.imports()? {
            let import = import?;
            let library = String::from_utf8_lossy(import.library());
            let NameOrOrdinal::Name(name) = import.name() else { continue };
            let name = String::from_utf8_lossy(name);
            let name = name.strip_prefix(prefix).unwrap_or(&name);
            if is_python(name) {
                self.python.push(name.to_owned());
            }
            if !library.is_empty() {
                if !is_system(&library) && !self.outside.iter().any(|other| *other == library) {
                    self.outside.push(library.into_owned());
                }
            } else if !import.is_weak() && !is_python(name) && !is_of_system(name) {
                self.undefined.push(name.to_owned());
            }
        }
        for export in file.exports()? {
            if let NameOrOrdinal::Name(name) = export?.name() {
                self.exports.push(String::from_utf8_lossy(name).into_owned());
            }
        }
        Ok(())
    }

    fn elf<Elf: FileHeader>(&mut self, file: &ElfFile<'_, Elf>, target: &Target) -> object::read::Result<()> {
        let dynamic = file.elf_dynamic_table()?;
        let mut needed = Vec::new();
        for entry in dynamic.iter().filter(|entry| entry.tag == object::elf::DT_NEEDED) {
            needed.push(String::from_utf8_lossy(entry.string(dynamic.strings())?).into_owned());
        }
        let is_path = |tag| matches!(tag, object::elf::DT_RUNPATH | object::elf::DT_RPATH);
        for entry in dynamic.iter().filter(|entry| is_path(entry.tag)) {
            self.paths.push(String::from_utf8_lossy(entry.string(dynamic.strings())?).into_owned());
        }
        let is_loader = |name: &str| LOADERS.iter().any(|start| name.starts_with(start));
        self.needed.clone_from(&needed);
        needed.retain(|name| !VERSIONED.contains(&name.as_str()) && !is_loader(name));
        // All of glibc has versions; libraries without them may define what has none. Elsewhere than on Linux nothing
        // tells what the C library defines from what nobody does.
        let is_linux = target.os() == "linux";
        let is_alone = needed.is_empty() && !target.is_musl();
        self.outside = needed.into_iter().filter(|name| !SYSTEM.contains(&name.as_str())).collect();
        let (endian, data) = (file.endian(), file.data());
        let versions = file.elf_section_table().versions(endian, data)?.unwrap_or_default();
        for symbol in file.dynamic_symbols() {
            let Ok(name) = symbol.name() else { continue };
            if !symbol.is_undefined() {
                if symbol.is_global() {
                    self.exports.push(name.to_owned());
                }
                continue;
            }
            match versions.version(versions.version_index(endian, symbol.index()).index())? {
                Some(version) => self.require(&String::from_utf8_lossy(version.name())),
                None if symbol.is_weak() || name.is_empty() => {}
                None if is_python(name) => self.python.push(name.to_owned()),
                None if is_linux && is_alone => self.undefined.push(name.to_owned()),
                None if is_linux => self.unversioned.push(name.to_owned()),
                None => {}
            }
        }
        Ok(())
    }

    /// Raises what is needed to a version such as `GLIBC_2.17`.
    fn require(&mut self, version: &str) {
        let minor = version.strip_prefix("GLIBC_2.").and_then(|rest| rest.split('.').next()?.parse().ok());
        let other = NODES.iter().find_map(|(node, systems)| {
            let parts = version.strip_prefix(node)?.split('.').map(str::parse);
            let used: Vec<u32> = parts.collect::<Result<_, _>>().ok()?;
            let oldest = systems.iter().find(|(last, _)| used.as_slice() <= *last);
            // What is newer than this table is newer than its last row.
            Some(oldest.map_or_else(|| systems.last().map_or(0, |(_, glibc)| glibc + 1), |(_, glibc)| *glibc))
        });
        if let Some(minor) = minor.or(other) {
            self.glibc_minor = Some(self.glibc_minor.unwrap_or_default().max(minor));
        }
    }

    fn macho<Mach: MachHeader>(&mut self, file: &MachOFile<'_, Mach>) -> object::read::Result<()> {
        self.linked(file, "_", |name| name.starts_with("/usr/lib/") || name.starts_with("/System/"))?;
        for name in &mut self.exports {
            *name = name.strip_prefix('_').unwrap_or(name).to_owned();
        }
        let mut commands = file.macho_load_commands()?;
        while let Some(command) = commands.next()? {
            let minimum = match command.variant()? {
                LoadCommandVariant::BuildVersion(version, _) => version.minos.get(file.endian()),
                // Modules for what is older than macOS 10.14.
                LoadCommandVariant::VersionMin(version) => version.version.get(file.endian()),
                _ => continue,
            };
            self.macos = Some((minimum.major().into(), minimum.minor().into()));
        }
        Ok(())
    }
}

/// Whether every process of macOS has it: dyld's own, and the replaceable operators `new` and `delete` of C++
/// ([replacement.functions]), which are looked up in all libraries and which libSystem brings along.
fn is_of_system(name: &str) -> bool {
    let operators = ["_Znwm", "_Znam", "_ZdlPv", "_ZdaPv"];
    name == "dyld_stub_binder" || operators.iter().any(|operator| name.starts_with(operator))
}

/// Whether the interpreter defines it.
pub(super) fn is_python(name: &str) -> bool {
    name.starts_with("Py") || name.starts_with("_Py")
}

#[cfg(test)]
mod tests {
    use super::Audit;

    #[test]
    fn the_newest_version_decides() {
        let minor = |versions: &[&str]| {
            let mut audit = Audit::default();
            versions.iter().for_each(|version| audit.require(version));
            audit.glibc_minor
        };
        assert_eq!(minor(&["GLIBC_2.2.5", "GLIBC_2.14", "GLIBC_2.4"]), Some(14));
        assert_eq!(minor(&["GLIBC_2.2.5", "GLIBCXX_3.4.30", "CXXABI_1.3"]), Some(35));
        assert_eq!(minor(&["GLIBCXX_3.4.99"]), Some(40));
        assert_eq!(minor(&["ZLIB_1.2.0", "ZLIB_1.2.5.2", "GCC_3.0"]), Some(17));
        assert_eq!(minor(&["ZLIB_1.2.3.4", "ZLIB_1.2.7.1"]), Some(27));
        assert_eq!(minor(&["GCC_13.0.0"]), Some(39));
        assert_eq!(minor(&["OTHER_1.2.0"]), None);
    }
}
