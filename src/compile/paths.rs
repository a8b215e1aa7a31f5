//! Keeps the paths of the machine that builds out of what compilers write: names of files in `assert`, and debug
//! information.

use std::collections::BTreeMap;
use std::path::Path;

use object::read::{Object, ObjectSection};

use super::extension::Source;
use super::{Identity, Setting};

/// The first versions whose C compiler knows `-ffile-prefix-map`; Apple counts its own.
const MAPPING: [(&str, u32); 2] = [("gcc", 8), ("clang", 12)];

/// Whether a compiler of Unix can be told to write other paths than those it reads.
pub(super) fn are_mapped_by((name, version): &Identity) -> bool {
    let version = version.as_ref().and_then(|version| version.split('.').next()?.parse().ok());
    version
        .is_some_and(|version: u32| MAPPING.iter().any(|(known, first)| known == name && version >= *first))
}

/// Whether an option of a compiler asks for debug information.
pub(super) fn asks_for_debug_information(option: &str) -> bool {
    let of_microsoft = ["-Z7", "/Z7", "-Zi", "/Zi"];
    of_microsoft.contains(&option) || option.starts_with("-g") && option != "-g0"
}

/// Which directories of this machine are to be called how in the object of a source. Commands run in the project's
/// directory with relative names, so that only what lies elsewhere needs that, unless the command `words` names the
/// project itself or asks for debug information, which has the directory.
pub(super) fn maps(
    source: &Source,
    setting: &Setting<'_>,
    zig: Option<&str>,
    words: &[String],
) -> Vec<(String, String)> {
    let mut maps: BTreeMap<String, String> = BTreeMap::new();
    let named = |path: &str| Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    for dir in
        words.iter().filter_map(|word| word.strip_prefix("-I")).filter(|dir| Path::new(dir).is_absolute())
    {
        maps.insert(dir.to_owned(), named(dir).unwrap_or_default());
    }
    let project = setting.project.display().to_string();
    if words.iter().any(|word| asks_for_debug_information(word) || word.contains(&project)) {
        maps.insert(project, ".".into());
    }
    // Sources that cffi writes.
    if let Some(parent) = Path::new(&source.name).parent().filter(|parent| parent.is_absolute()) {
        maps.insert(parent.display().to_string(), ".".into());
    }
    maps.extend(zig.map(|lib| (lib.to_owned(), "zig".into())));
    if !setting.python.include.is_empty() {
        maps.insert(setting.python.include.clone(), "python".into());
    }
    maps.into_iter().filter(|(from, _)| !from.contains('=')).collect()
}

/// Removes from what zig has linked with `command` what no option keeps out: the time of the link, and the directories
/// of libraries as directories to load them from. Returns whether something was changed.
pub(super) fn removed(module: &mut [u8], command: &[String]) -> bool {
    if module.starts_with(b"MZ") {
        without_time(module).is_some()
    } else {
        without_run_path(module, command).is_some()
    }
}

/// Sets the time in the header of a DLL to zero.
fn without_time(module: &mut [u8]) -> Option<()> {
    let start = module.get(0x3c..0x40)?.try_into().ok().map(u32::from_le_bytes)?;
    // Behind the signature, the machine and the number of sections.
    let time = usize::try_from(start).ok()?.checked_add(8)?;
    module.get_mut(time..time.checked_add(4)?)?.fill(0);
    Some(())
}

/// Removes the directories of `-L` from the path where a module for this system looks for libraries, unless an option
/// asks for them there.
fn without_run_path(module: &mut [u8], command: &[String]) -> Option<()> {
    let is_wanted =
        |dir: &str| command.iter().any(|word| word.starts_with("-Wl,-rpath") && word.ends_with(dir));
    let is_left = |dir: &&str| {
        is_wanted(dir)
            || !command.iter().any(|word| word.strip_prefix("-L").is_some_and(|named| named == *dir))
    };
    let file =
        object::File::parse(&*module).ok().filter(|file| file.format() == object::BinaryFormat::Elf)?;
    let range = |name| {
        let (start, size) = file.section_by_name(name)?.file_range()?;
        Some((usize::try_from(start).ok()?, usize::try_from(start.checked_add(size)?).ok()?))
    };
    let ((entries, end), (strings, _)) = (range(".dynamic")?, range(".dynstr")?);
    let (width, is_little) = (if file.is_64() { 8 } else { 4 }, file.is_little_endian());
    let number = |bytes: &[u8]| {
        let digits = |number, byte: &u8| number << 8 | usize::from(*byte);
        if is_little { bytes.iter().rev().fold(0, digits) } else { bytes.iter().fold(0, digits) }
    };
    let tags = module.get(entries..end)?.chunks_exact(2 * width);
    let is_path = |entry: &[u8]| number(&entry[..width]) == 29;
    let (index, entry) = tags.enumerate().find(|(_, entry)| is_path(entry))?;
    let start = strings.checked_add(number(&entry[width..]))?;
    let length = module.get(start..)?.iter().position(|byte| *byte == 0)?;
    let text = String::from_utf8_lossy(module.get(start..start + length)?).into_owned();
    let left = text.split(':').filter(is_left).collect::<Vec<_>>().join(":");
    module[start..start + length].fill(0);
    module[start..start + left.len()].copy_from_slice(left.as_bytes());
    if left.is_empty() {
        let entry = entries + index * 2 * width;
        module.copy_within(entry + 2 * width..end, entry);
        module[end - 2 * width..end].fill(0);
    }
    (left != text).then_some(())
}
