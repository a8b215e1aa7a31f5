//! The layout that LuaJIT computes for a record (`cp_struct_layout` in `lj_cparse.c`), replayed member by
//! member. Knows sizes only, no types.

use crate::ir::Layout;
use crate::target::Target;

/// What LuaJIT takes from the platform it runs on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Platform {
    /// Size of a pointer in bytes.
    pub pointer: u64,
    /// Whether symbols carry an underscore that look-ups leave out.
    pub underscore: bool,
    /// Largest alignment of a number as a struct member, in bytes.
    max_number_align: u64,
}

impl Platform {
    /// Of a canonical target; an unknown one is taken for 64-bit Unix.
    pub(super) fn of(target: &str) -> Self {
        let Ok(target) = Target::parse(target) else {
            return Platform { pointer: 8, underscore: false, max_number_align: 16 };
        };
        let narrow = matches!(
            target.arch(),
            "i686" | "arm" | "armv6" | "armv7" | "wasm32" | "mips" | "mipsel" | "powerpc"
        );
        // The System V ABI of i386 aligns `double` and `long long` members to 4.
        let loose = target.arch() == "i686" && target.os() != "windows";
        Platform {
            pointer: if narrow { 4 } else { 8 },
            underscore: target.os() == "macos",
            max_number_align: if loose { 4 } else { 16 },
        }
    }

    /// Layout of a number of `size` bytes.
    pub(super) fn number(&self, size: u64) -> Layout {
        let natural = 1 << size.trailing_zeros().min(4);
        Layout { size, align: natural.min(self.max_number_align) }
    }
}

/// One member as LuaJIT sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    /// Layout of its type.
    pub layout: Layout,
    /// Width in bits of a bit-field.
    pub bits: Option<u64>,
}

/// Where LuaJIT stands inside a record.
#[derive(Debug, Clone)]
pub(super) struct Cursor {
    is_union: bool,
    packed: bool,
    bit: u64,
    widest: u64,
    align: u64,
}

impl Cursor {
    /// At the start of a record whose attributes are `packed` and `aligned(align)`.
    pub(super) fn new(is_union: bool, packed: bool, align: u64) -> Self {
        Cursor { is_union, packed, bit: 0, widest: 0, align }
    }

    /// The first bit that no member has taken.
    pub(super) fn position(&self) -> u64 {
        self.bit
    }

    /// Takes a member in; its offset in bits, or `None` if LuaJIT would refuse it.
    pub(super) fn place(&mut self, member: Member) -> Option<u64> {
        let align = if self.packed { 1 } else { member.layout.align.max(1) };
        self.align = self.align.max(align);
        let container = member.layout.size.checked_mul(8).filter(|bits| *bits < MAX_BYTES * 8)?;
        let aligned = self.bit.checked_next_multiple_of(align * 8)?;
        let (offset, taken) = match member.bits {
            None => (aligned, container),
            Some(bits) if bits > container => return None,
            Some(bits) => {
                let moves = bits == 0 || (!self.packed && self.bit % (align * 8) + bits > container);
                (if moves { aligned } else { self.bit }, bits)
            }
        };
        if self.is_union {
            self.widest = self.widest.max(taken);
            return Some(0);
        }
        self.bit = offset.checked_add(taken)?;
        Some(offset)
    }

    /// Size and alignment of the record.
    pub(super) fn finish(&self) -> Option<Layout> {
        let bits = if self.is_union { self.widest } else { self.bit };
        let size = bits.div_ceil(8).checked_next_multiple_of(self.align)?;
        (size < MAX_BYTES).then_some(Layout { size, align: self.align })
    }
}

/// LuaJIT has no types of this size or more, in bytes.
pub(super) const MAX_BYTES: u64 = 0x2000_0000;
