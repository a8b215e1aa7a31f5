//! What `ctypes` of the target's Python is like: alignments, byte order, which types are there.

use crate::ir::Layout;

/// Facts about a target that the header's IR does not carry.
pub(super) struct Platform {
    /// Size of a pointer in bytes.
    pub pointer: u64,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// Windows, where `wchar_t` has two bytes and no process-wide symbol table exists.
    pub windows: bool,
    /// macOS, where symbols carry an underscore that look-ups leave out.
    pub macos: bool,
    /// 32-bit x86, the only one with calling conventions that differ.
    pub x86: bool,
    /// How functions are called.
    pub convention: Convention,
    /// Largest alignment that eight-byte scalars get.
    scalar_align: u64,
    /// Alignment of `long double` where it has sixteen bytes.
    long_double_align: u64,
}

/// Calling conventions whose rules for records are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Convention {
    /// x86-64 everywhere but on Windows.
    SystemV,
    /// x86-64 on Windows.
    Microsoft,
    /// AArch64.
    Arm,
    /// Any other one.
    Other,
}

impl Platform {
    /// Reads a canonical target (`arch-os` or `arch-os-env`).
    pub fn new(target: &str) -> Self {
        let mut parts = target.split('-');
        let arch = parts.next().unwrap_or_default();
        let os = parts.next().unwrap_or_default();
        let windows = os == "windows";
        let wide = matches!(arch, "x86_64" | "aarch64" | "riscv64" | "loongarch64" | "sparc64" | "s390x")
            || arch.starts_with("powerpc64")
            || arch.starts_with("mips64");
        let short_long_double = windows || arch == "s390x" || (arch == "aarch64" && os == "macos");
        Platform {
            pointer: if wide { 8 } else { 4 },
            big_endian: matches!(arch, "s390x" | "powerpc64" | "sparc64" | "mips" | "mips64"),
            windows,
            macos: os == "macos",
            x86: arch == "i686",
            convention: match arch {
                "x86_64" if windows => Convention::Microsoft,
                "x86_64" => Convention::SystemV,
                "aarch64" => Convention::Arm,
                _ => Convention::Other,
            },
            scalar_align: if arch == "i686" && !windows { 4 } else { 8 },
            long_double_align: if wide && !short_long_double { 16 } else { 8 },
        }
    }

    /// Alignment in bytes that `ctypes` gives a scalar of that size.
    pub fn scalar_align(&self, size: u64) -> u64 {
        match size {
            16 => self.long_double_align,
            _ if size.is_power_of_two() => size.min(self.scalar_align),
            _ => 4,
        }
    }

    /// Whether `c_longdouble` has that size.
    pub fn has_long_double(&self, size: u64) -> bool {
        size == 8 || (!self.windows && matches!(size, 12 | 16))
    }

    /// A type of that alignment in bytes, or of the largest below it that `ctypes` has, and which one.
    pub fn aligned(&self, align: u64) -> (&'static str, u64) {
        match align {
            16.. if self.long_double_align == 16 => ("_ct.c_longdouble", 16),
            8.. if self.scalar_align == 8 => ("_ct.c_uint64", 8),
            4.. => ("_ct.c_uint32", 4),
            2.. => ("_ct.c_uint16", 2),
            _ => ("_ct.c_ubyte", 1),
        }
    }

    /// Raw bytes of that size, as aligned as integers can make them, the layout `ctypes` gives them and
    /// the integers.
    pub fn blob(&self, layout: Layout) -> (String, Layout, &'static str) {
        let units = [("_ct.c_uint64", 8), ("_ct.c_uint32", 4), ("_ct.c_uint16", 2)];
        let fits = |unit: u64| layout.align >= unit && layout.size.is_multiple_of(unit);
        let (text, unit) = units.into_iter().find(|(_, unit)| fits(*unit)).unwrap_or(("_ct.c_ubyte", 1));
        let result = Layout { size: layout.size, align: self.scalar_align(unit) };
        (format!("{text} * {}", layout.size / unit), result, text)
    }
}
