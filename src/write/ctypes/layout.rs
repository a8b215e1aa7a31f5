//! How a record's fields are said so that `ctypes` lays them out as the C compiler does.
//!
//! Nothing is left to chance at import: the placement that `ctypes` would do is repeated here, and the
//! first way of writing the fields that comes out right is taken.

use super::platform::Platform;
use crate::ir::{Layout, RecordKind};

/// An entry of `_fields_`, with the place that C gives it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// Its Python name.
    pub name: String,
    /// Its type as an expression.
    pub text: String,
    /// Offset in bytes; for a bit-field that of its storage unit.
    pub offset: u64,
    /// Size and alignment that `ctypes` gives the type.
    pub layout: Layout,
    /// Alignment that Python 3.13 and later give it, in bytes.
    pub full_align: u64,
    /// Width in bits of a bit-field.
    pub bits: Option<u32>,
    /// Whether it shares the storage unit of the bit-field before it.
    pub continues: bool,
}

impl Member {
    /// The member as Python 3.13 and later align it.
    fn fully_aligned(&self) -> Self {
        let layout = Layout { align: self.full_align, ..self.layout };
        Member { layout, ..self.clone() }
    }
}

/// The fields of a record in every form that might do.
pub(super) struct Request<'a> {
    /// `struct` or `union`.
    pub kind: RecordKind,
    /// Size and alignment in C.
    pub layout: Layout,
    /// All fields with bit-fields left to `ctypes`, where it can be trusted with them.
    pub native: Option<&'a [Member]>,
    /// The fields that are no bit-fields.
    pub plain: &'a [Member],
}

/// The form chosen.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    /// Value of `_pack_`.
    pub pack: Option<u64>,
    /// The entries of `_fields_`.
    pub members: Vec<Member>,
    /// Alignment in bytes that results.
    pub align: u64,
    /// The members sit in a class of their own, in a union with a member of this type: packed members in
    /// an aligned record.
    pub wrapper: Option<&'static str>,
    /// Whether bit-fields are members; otherwise they need properties.
    pub native: bool,
    /// Whether `ctypes` sees just the fields that C sees, so that values can be passed to functions.
    pub faithful: bool,
    /// Whether no form keeps the fields: the record is only bytes.
    pub opaque: bool,
}

const PACKS: [Option<u64>; 5] = [None, Some(8), Some(4), Some(2), Some(1)];

/// Chooses the form for a record.
pub(super) fn plan(request: &Request, platform: &Platform) -> Plan {
    let done = |pack, members: Vec<Member>, align| Plan {
        pack,
        members,
        align,
        wrapper: None,
        native: false,
        faithful: false,
        opaque: false,
    };
    let Request { kind, layout, native, plain } = *request;
    if let Some(members) = native
        && placed(kind, members, None, layout) == Some(layout)
    {
        let faithful = members.iter().all(|member| member.bits.is_none());
        return Plan { native: true, faithful, ..done(None, members.to_vec(), layout.align) };
    }
    for pack in PACKS {
        if placed(kind, plain, pack, layout) == Some(layout) {
            return done(pack, plain.to_vec(), layout.align);
        }
    }
    let padded: Vec<Plan> = PACKS
        .into_iter()
        .filter_map(|pack| {
            let members = padded(request, pack, platform)?;
            let result = placed(kind, &members, pack, layout)?;
            (result.size == layout.size).then(|| done(pack, members, result.align))
        })
        .collect();
    // The most aligned one that is not aligned too much, the least packed among equals.
    let best = padded.into_iter().rev().max_by_key(|plan| (plan.align <= layout.align, plan.align));
    match best {
        Some(mut plan) => {
            let (unit, align) = platform.aligned(layout.align);
            if plan.align < align {
                plan.wrapper = Some(unit);
                plan.align = align;
            }
            plan
        }
        None => opaque(layout, platform),
    }
}

/// The record as bytes, for fields that no C compiler could have placed.
fn opaque(layout: Layout, platform: &Platform) -> Plan {
    let (text, result, _) = platform.blob(layout);
    Plan {
        pack: None,
        members: vec![filler("_hk_storage", text, 0, result)],
        align: result.align,
        wrapper: None,
        native: false,
        faithful: false,
        opaque: true,
    }
}

/// The layout that `ctypes` comes to, if it puts every member where C has it whether it knows `_align_`
/// or not.
fn placed(kind: RecordKind, members: &[Member], pack: Option<u64>, goal: Layout) -> Option<Layout> {
    if members.iter().any(|member| member.full_align != member.layout.align) {
        let full: Vec<Member> = members.iter().map(Member::fully_aligned).collect();
        natural(kind, &full, pack).filter(|full| full.size == goal.size && full.align <= goal.align)?;
    }
    natural(kind, members, pack)
}

/// The layout that `ctypes` comes to, if it puts every member where C has it.
fn natural(kind: RecordKind, members: &[Member], pack: Option<u64>) -> Option<Layout> {
    let (mut end, mut align) = (0_u64, 1);
    for member in members.iter().filter(|member| !member.continues) {
        let own = capped(member.layout.align, pack);
        align = align.max(own);
        let offset = match kind {
            RecordKind::Struct => end.checked_next_multiple_of(own)?,
            RecordKind::Union => 0,
        };
        if offset != member.offset {
            return None;
        }
        end = end.max(offset.checked_add(member.layout.size)?);
    }
    Some(Layout { size: end.checked_next_multiple_of(align)?, align })
}

/// The plain members with fillers before, between and behind them.
fn padded(request: &Request, pack: Option<u64>, platform: &Platform) -> Option<Vec<Member>> {
    let Layout { size, align } = request.layout;
    let bytes = |name: &str, from: u64, to: u64| {
        let layout = Layout { size: to - from, align: 1 };
        filler(name, format!("_ct.c_ubyte * {}", to - from), from, layout)
    };
    let mut members = Vec::new();
    let mut reached = 1;
    let mut end = 0;
    for member in request.plain {
        let own = capped(member.layout.align, pack);
        reached = reached.max(own);
        if request.kind == RecordKind::Struct {
            let next = u64::next_multiple_of(end, own);
            if next > member.offset || member.offset % own != 0 {
                return None;
            }
            if next < member.offset {
                members.push(bytes(&format!("_hk_pad{}", members.len()), end, member.offset));
            }
        }
        end = end.max(member.offset.checked_add(member.layout.size)?);
        members.push(member.clone());
    }
    if end > size {
        return None;
    }
    let (unit, align) = platform.aligned(capped(align, pack));
    match request.kind {
        RecordKind::Union => members.push(bytes("_hk_storage", 0, size)),
        RecordKind::Struct if end.next_multiple_of(reached.max(align)) < size => {
            members.push(bytes(&format!("_hk_pad{}", members.len()), end, size));
            end = size;
        }
        RecordKind::Struct => {}
    }
    if reached < align {
        let offset = if request.kind == RecordKind::Struct { end.next_multiple_of(align) } else { 0 };
        members.push(filler("_hk_align", format!("{unit} * 0"), offset, Layout { size: 0, align }));
    }
    Some(members)
}

fn filler(name: &str, text: String, offset: u64, layout: Layout) -> Member {
    Member { name: name.into(), text, offset, layout, full_align: layout.align, bits: None, continues: false }
}

fn capped(align: u64, pack: Option<u64>) -> u64 {
    pack.map_or(align, |pack| align.min(pack)).max(1)
}
