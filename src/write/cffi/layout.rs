//! The layout that cffi computes for a record in ABI mode, replayed field by field, and the unnamed
//! bit-fields that bring it to a recorded layout where it differs. Knows sizes only, no types.
//!
//! Unnamed bit-fields are the only padding that API mode accepts too: cffi never asks the C compiler
//! about a member without a name.

use crate::ir::{Field, IntKind, Layout, QualType, Type};
use crate::target::Target;

/// What cffi takes from the platform it runs on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Platform {
    /// Size of a pointer in bytes.
    pub pointer: u64,
    /// Size of `long` in bytes.
    pub long: u64,
    /// Largest alignment of a scalar as a struct member.
    max_scalar_align: u64,
    bit_fields: BitFields,
}

/// Which compiler's bit-fields cffi imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BitFields {
    /// Unnamed ones do not align the record.
    Gcc,
    /// They do.
    GccArm,
    /// One storage unit per size of type.
    Msvc,
}

impl Platform {
    /// Of a canonical target; an unknown one is taken for 64-bit Unix.
    pub(super) fn of(target: &str) -> Self {
        let Ok(target) = Target::parse(target) else {
            return Platform { pointer: 8, long: 8, max_scalar_align: 16, bit_fields: BitFields::Gcc };
        };
        let windows = target.os() == "windows";
        let narrow = matches!(
            target.arch(),
            "i686" | "arm" | "armv6" | "armv7" | "wasm32" | "mips" | "mipsel" | "powerpc"
        );
        let arm = matches!(target.arch(), "aarch64" | "arm" | "armv6" | "armv7");
        Platform {
            pointer: if narrow { 4 } else { 8 },
            long: if narrow || windows { 4 } else { 8 },
            // The System V ABI of i386 aligns `double` and `long long` members to 4.
            max_scalar_align: match target.arch() {
                "i686" if !windows => 4,
                "s390x" => 8,
                _ => 16,
            },
            bit_fields: match () {
                () if windows => BitFields::Msvc,
                () if arm && target.os() != "macos" => BitFields::GccArm,
                () => BitFields::Gcc,
            },
        }
    }

    /// Layout of a scalar of `size` bytes.
    pub(super) fn scalar(&self, size: u64) -> Layout {
        // `long double` of i386 has 12 bytes; the largest power of two that divides a size aligns it.
        let natural = 1 << size.trailing_zeros().min(6);
        Layout { size, align: natural.min(self.max_scalar_align) }
    }
}

/// One member as cffi sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Layout of its type.
    pub layout: Layout,
    /// Width in bits of a bit-field.
    pub bits: Option<u64>,
    /// Whether it has a name.
    pub named: bool,
}

/// Where cffi stands inside a record.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    platform: Platform,
    is_union: bool,
    byte: u64,
    bit: u64,
    end: u64,
    align: u64,
    unit_size: u64,
    unit_free: u64,
}

impl Cursor {
    pub(super) fn new(platform: Platform, is_union: bool) -> Self {
        Cursor { platform, is_union, byte: 0, bit: 0, end: 0, align: 1, unit_size: 0, unit_free: 0 }
    }

    /// The first bit that no member has taken.
    pub(super) fn position(&self) -> u64 {
        if self.is_union { 0 } else { self.byte.saturating_mul(8).saturating_add(self.bit) }
    }

    /// Bytes taken so far.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Takes a member in; its offset in bits, or `None` if cffi would refuse it.
    pub(super) fn place(&mut self, member: Member) -> Option<u64> {
        if self.is_union {
            (self.byte, self.bit, self.unit_size, self.unit_free) = (0, 0, 0, 0);
        }
        let align = member.layout.align.max(1);
        let aligns = match (member.bits, self.platform.bit_fields) {
            (None, _) | (_, BitFields::GccArm) => true,
            (Some(_), BitFields::Gcc) => member.named,
            (Some(bits), BitFields::Msvc) => bits > 0,
        };
        if aligns {
            self.align = self.align.max(align);
        }
        let offset = match (member.bits, self.platform.bit_fields) {
            (None, _) => self.place_whole(member.layout.size, align)?,
            (Some(0), BitFields::Msvc) => {
                self.unit_size = 0;
                self.byte.checked_mul(8)?
            }
            (Some(bits), BitFields::Msvc) => self.place_in_unit(member.layout.size, align, bits)?,
            (Some(bits), _) => self.place_bits(member.layout.size, align, bits)?,
        };
        self.end = self.end.max(self.byte.checked_add(u64::from(self.bit > 0))?);
        Some(offset)
    }

    fn place_whole(&mut self, size: u64, align: u64) -> Option<u64> {
        let start = self.byte.checked_add(u64::from(self.bit > 0))?.checked_next_multiple_of(align)?;
        self.byte = start.checked_add(size)?;
        self.bit = 0;
        self.unit_size = 0;
        start.checked_mul(8)
    }

    fn place_bits(&mut self, size: u64, align: u64, bits: u64) -> Option<u64> {
        if bits > size.checked_mul(8)? {
            return None;
        }
        let unit = self.byte / align * align;
        if bits == 0 {
            if self.byte > unit || self.bit > 0 {
                self.byte = unit.checked_add(align)?;
            }
            self.bit = 0;
            return self.byte.checked_mul(8);
        }
        let taken = (self.byte - unit).saturating_mul(8).saturating_add(self.bit);
        if taken.saturating_add(bits) > size * 8 {
            self.byte = unit.checked_add(align)?;
            self.bit = 0;
        }
        let offset = self.byte.checked_mul(8)?.checked_add(self.bit)?;
        self.bit += bits;
        self.byte = self.byte.checked_add(self.bit / 8)?;
        self.bit %= 8;
        Some(offset)
    }

    fn place_in_unit(&mut self, size: u64, align: u64, bits: u64) -> Option<u64> {
        if bits > size.checked_mul(8)? {
            return None;
        }
        if self.unit_size != size || self.unit_free < bits {
            self.byte = self.byte.checked_next_multiple_of(align)?.checked_add(size)?;
            self.unit_size = size;
            self.unit_free = size * 8;
        }
        let offset = self.byte.checked_mul(8)?.checked_sub(self.unit_free)?;
        self.unit_free -= bits;
        Some(offset)
    }

    /// Size and alignment of the record; cffi makes an empty one a byte long.
    pub(super) fn finish(&self) -> Option<Layout> {
        let size = self.end.checked_next_multiple_of(self.align)?.max(1);
        Some(Layout { size, align: self.align })
    }

    /// Fills up to bit `to` with unnamed bit-fields of units no wider than `align` bytes.
    /// `None` if the position is passed already, or is out of reach for this platform's bit-fields.
    pub(super) fn pad(&mut self, to: u64, align: u64) -> Option<Vec<Field>> {
        let mut fields = Vec::new();
        let mut at = self.position();
        while at < to {
            let (unit, bits) = padding(at, to, align.min(8));
            let layout = Layout { size: unit, align: self.platform.scalar(unit).align };
            let offset = self.place(Member { layout, bits: Some(bits), named: false })?;
            if offset != at || fields.len() >= MAX_PADDING {
                return None;
            }
            fields.push(padding_field(at, unit, bits));
            at += bits;
        }
        (at == to).then_some(fields)
    }
}

/// More members than this are not padding any more.
const MAX_PADDING: usize = 1024;

/// Storage unit in bytes and width in bits of the next piece of padding at bit `at`.
fn padding(at: u64, to: u64, align: u64) -> (u64, u64) {
    if !at.is_multiple_of(8) || to - at < 8 {
        return (1, (8 - at % 8).min(to - at));
    }
    let fits = |unit: &u64| *unit <= align && (at / 8).is_multiple_of(*unit) && to - at >= unit * 8;
    let unit = [8, 4, 2].into_iter().find(fits).unwrap_or(1);
    (unit, unit * 8)
}

fn padding_field(at: u64, unit: u64, bits: u64) -> Field {
    let int = match unit {
        8 => IntKind::ULongLong,
        4 => IntKind::UInt,
        2 => IntKind::UShort,
        _ => IntKind::UChar,
    };
    Field {
        name: None,
        ty: QualType::from(Type::Int { int, size: unit as u32 }),
        offset_bits: at,
        bit_width: Some(bits as u32),
        size: unit,
        align: unit,
        is_mutable: false,
    }
}
