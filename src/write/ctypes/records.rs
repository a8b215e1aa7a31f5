//! Record classes and their fields.

use std::borrow::Cow;

use super::hint::Hint;
use super::layout::{self, Member, Plan, Request};
use super::names;
use super::platform::Convention;
use super::stub::{Extent, StubField};
use super::types::{BitKind, BitType, Class, Emitter, Object, Pending, PyType, Shape};
use crate::ir::{Field, FloatKind, IntKind, Layout, Record, RecordKind, Type};

/// A record whose fields are written.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    object: Object,
    /// Bit-fields that need properties, those of anonymous members included.
    bits: Vec<Bits>,
    /// All fields, those of anonymous members included, as type checkers see them.
    fields: Vec<StubField>,
}

/// A bit-field read and written by a property.
#[derive(Debug, Clone)]
struct Bits {
    name: String,
    /// In bits from the start of the record.
    offset: u64,
    width: u32,
    kind: BitKind,
}

impl Bits {
    /// The bit-field for type checkers. A property has no place that the class could tell.
    fn typed(&self, native: bool, builtins: &str) -> StubField {
        let value = if self.kind == BitKind::Bool { "bool" } else { "int" };
        let text = match native {
            true => format!("_hk_Field[{builtins}{value}, {builtins}{value}]"),
            false => format!("{builtins}{value}"),
        };
        StubField { name: self.name.clone(), text, offset: self.offset, extent: Extent::Bits(self.width) }
    }
}

/// The fields of a record, rendered.
#[derive(Default)]
struct Rendered {
    plain: Vec<Member>,
    /// Names of anonymous members.
    anonymous: Vec<String>,
    /// Bit-fields of the record itself.
    own_bits: Vec<Bits>,
    /// Bit-fields of its anonymous members that those serve by property.
    inherited: Vec<Bits>,
    /// All fields but the bit-fields of the record itself, as type checkers see them.
    typed: Vec<StubField>,
    /// What keeps values from being passed to functions.
    refusal: Option<String>,
}

impl<'a> Emitter<'a> {
    /// Renders a record: its class, with fields if they are needed now.
    pub(super) fn record(&mut self, record: &'a Record, complete: bool, wish: &str) -> Option<PyType> {
        let class = self.class_of(record, wish);
        let text = self.classes[class].name.clone();
        let hint = Hint::record(&text);
        let Some(layout) = record.layout else {
            return Some(PyType { text, shape: Shape::Incomplete, hint });
        };
        if complete {
            let finished = self.complete(record, layout)?;
            return Some(PyType { text, shape: Shape::Object(finished.object), hint });
        }
        if !self.finished.contains_key(&std::ptr::from_ref(record)) {
            self.pending.push_back(Pending { record, location: self.location.clone() });
        }
        Some(PyType { text, shape: Shape::Incomplete, hint })
    }

    /// Gives an unnamed record the name of the typedef that holds it.
    pub(super) fn name_class(&mut self, record: &'a Record, name: String) {
        let index = self.classes.len();
        if let std::collections::hash_map::Entry::Vacant(entry) =
            self.class_names.entry(std::ptr::from_ref(record))
        {
            entry.insert(index);
            self.classes.push(Class { name, base: base(record.record), opaque: record.layout.is_none() });
        }
    }

    fn class_of(&mut self, record: &'a Record, wish: &str) -> usize {
        if let Some(index) = self.class_names.get(&std::ptr::from_ref(record)) {
            return *index;
        }
        let name = match &record.name {
            Some(tag) => self.names.record(record.record, tag),
            None => self.names.unique(wish),
        };
        self.name_class(record, name);
        self.classes.len() - 1
    }

    /// The layout that `ctypes` gives a type, if values of it can certainly be passed to functions.
    /// Looks at C only, so that it works for records that are not written yet.
    pub(super) fn as_passable(&self, ty: &Type, depth: usize) -> Option<Layout> {
        let scalar = |size: u64| Some(Layout { size, align: self.platform.scalar_align(size) });
        match self.symbols.canonical(ty) {
            Type::Bool => scalar(1),
            Type::Int { int: IntKind::Int128 | IntKind::UInt128, .. } => None,
            Type::Int { size, .. } => scalar((*size).into()),
            Type::Float { float: FloatKind::Float | FloatKind::Double, size } => scalar((*size).into()),
            Type::Pointer { .. } => scalar(self.platform.pointer),
            Type::Enum { name } => scalar(self.symbols.enumeration(name)?.size.into()),
            Type::InlineEnum { definition } => scalar(definition.size.into()),
            Type::Array { of, length: Some(length) } if *length > 0 => {
                let element = self.as_passable(&of.ty, depth + 1)?;
                Some(Layout { size: element.size.checked_mul(*length)?, align: element.align })
            }
            Type::Record { .. } | Type::InlineRecord { .. } if depth < 16 => {
                let record = self.symbols.as_record(ty)?;
                let (mut end, mut align) = (0_u64, 1);
                for field in &record.fields {
                    let own = self.as_passable(&field.ty.ty, depth + 1)?;
                    let offset = end.checked_next_multiple_of(own.align)?;
                    if field.bit_width.is_some() || field.offset_bits != offset * 8 {
                        return None;
                    }
                    (end, align) = (offset.checked_add(own.size)?, align.max(own.align));
                }
                let layout = Layout { size: end.checked_next_multiple_of(align)?, align };
                let plain = record.record == RecordKind::Struct && end > 0;
                (plain && record.layout == Some(layout)).then_some(layout)
            }
            _ => None,
        }
    }

    /// Writes the fields of records that were only named so far.
    pub(super) fn finish_pending(&mut self) {
        while let Some(Pending { record, location }) = self.pending.pop_front() {
            self.location = location;
            if let Some(layout) = record.layout {
                self.complete(record, layout);
            }
        }
    }

    /// Makes sure that a record has its fields; `None` while it is being given them.
    fn complete(&mut self, record: &'a Record, layout: Layout) -> Option<Finished> {
        let key = std::ptr::from_ref(record);
        if let Some(known) = self.finished.get(&key) {
            return known.clone();
        }
        self.finished.insert(key, None);
        let declared = record
            .name
            .as_deref()
            .and_then(|tag| self.symbols.record_declaration(record.record, tag))
            .map(|declaration| Cow::Borrowed(&declaration.location));
        let outer = self.location.clone();
        self.location = declared.unwrap_or_else(|| outer.clone());
        let finished = self.write_fields(record, layout);
        self.location = outer;
        self.finished.insert(key, Some(finished.clone()));
        Some(finished)
    }

    fn write_fields(&mut self, record: &'a Record, layout: Layout) -> Finished {
        let class = self.class_of(record, "_record");
        let name = self.classes[class].name.clone();
        let mut rendered = self.render_fields(record, &name);
        let native = self.with_native_bits(record, &rendered);
        let plan = layout::plan(
            &Request { kind: record.record, layout, native: native.as_deref(), plain: &rendered.plain },
            &self.platform,
        );
        self.report(&name, layout, &plan);
        let mut fields = std::mem::take(&mut rendered.typed);
        fields.extend(rendered.own_bits.iter().map(|bits| bits.typed(plan.native, self.stub.builtins)));
        if plan.opaque {
            rendered.anonymous.clear();
            fields.clear();
        }
        if plan.wrapper.is_some() {
            self.classes[class].base = "Union";
        }
        if plan.align < layout.align {
            // Python 3.13 and later heed it.
            self.definitions.push_str(&format!("{name}._align_ = {}\n", layout.align));
        }
        self.write_class(&name, record.record, &plan, &rendered.anonymous);
        self.layouts.push_str(&check_line(&name, layout, &fields));
        let mut bits = std::mem::take(&mut rendered.inherited);
        if !plan.native {
            bits.append(&mut rendered.own_bits);
        }
        self.write_bits(&name, &bits);
        let aliases = self.write_field_aliases(&name, &fields);
        let base = format!("_ct.{}", self.classes[class].base);
        self.stub.class(&name, &base, fields.iter().chain(&aliases));
        let refusal = match record.record {
            RecordKind::Union => Some("a union".into()),
            RecordKind::Struct if record.fields.iter().any(|field| field.bit_width.is_some()) => {
                Some("a struct with bit-fields".into())
            }
            RecordKind::Struct if layout.size == 0 => Some("an empty struct".into()),
            RecordKind::Struct
                if self.platform.convention == Convention::SystemV
                    && self.symbols.is_lone_long_double(record) =>
            {
                Some("a struct of one `long double`".into())
            }
            RecordKind::Struct if !plan.faithful => Some("a struct of unusual layout".into()),
            RecordKind::Struct => rendered.refusal,
        };
        let given = Layout { size: layout.size, align: plan.align };
        let object = Object { full_align: layout.align.max(plan.align), refusal, ..Object::new(given) };
        Finished { object, bits, fields }
    }

    fn write_bits(&mut self, class: &str, bits: &[Bits]) {
        for Bits { name: field, offset, width, kind } in bits {
            self.uses_bits = true;
            let kind = match kind {
                BitKind::Unsigned => "",
                BitKind::Signed => ", signed=True",
                BitKind::Bool => ", kind=_hk_py.bool",
            };
            let line = format!("_hk_bits({class}, \"{field}\", {offset}, {width}{kind})\n");
            self.definitions.push_str(&line);
        }
    }

    /// Gives fields that are keywords a second name, without which only `getattr` reaches them.
    fn write_field_aliases(&mut self, class: &str, fields: &[StubField]) -> Vec<StubField> {
        let mut aliases = Vec::new();
        for field in fields {
            let Some(alias) = names::field_alias(&field.name) else { continue };
            if fields.iter().all(|other| other.name != alias) {
                let line = format!("{class}.{alias} = _hk_py.getattr({class}, \"{}\")\n", field.name);
                self.definitions.push_str(&line);
                aliases.push(StubField { name: alias, ..field.clone() });
            }
        }
        aliases
    }

    fn report(&mut self, name: &str, layout: Layout, plan: &Plan) {
        if plan.opaque && layout.size > 0 {
            self.warn(format!("no field of `{name}` can be bound: they lie where no C compiler puts them"));
        } else if plan.align != layout.align {
            self.warn(format!(
                "`{name}` is aligned to {} bytes in C, but ctypes puts instances at multiples of {}: take memory \
                 that is aligned and `from_buffer`",
                layout.align, plan.align
            ));
        }
    }

    fn write_class(&mut self, name: &str, kind: RecordKind, plan: &Plan, anonymous: &[String]) {
        let Some(unit) = plan.wrapper else {
            return self.write_members(name, plan, anonymous);
        };
        let inner = self.names.unique(&format!("_{}_packed", name.trim_start_matches('_')));
        self.classes.push(Class { name: inner.clone(), base: base(kind), opaque: false });
        self.write_members(&inner, plan, anonymous);
        self.definitions.push_str(&format!(
            "{name}._anonymous_ = [\"_hk_fields\"]\n\
             {name}._fields_ = [\n    (\"_hk_fields\", {inner}),\n    (\"_hk_align\", {unit} * 0),\n]\n"
        ));
    }

    fn write_members(&mut self, name: &str, plan: &Plan, anonymous: &[String]) {
        let text = &mut self.definitions;
        if let Some(pack) = plan.pack {
            // Python 3.14 wants to be told the layout that `_pack_` has always meant.
            text.push_str(&format!("{name}._pack_ = {pack}\n{name}._layout_ = \"ms\"\n"));
        }
        if !anonymous.is_empty() {
            let quoted: Vec<String> = anonymous.iter().map(|name| format!("\"{name}\"")).collect();
            text.push_str(&format!("{name}._anonymous_ = [{}]\n", quoted.join(", ")));
        }
        if plan.members.is_empty() {
            text.push_str(&format!("{name}._fields_ = []\n"));
            return;
        }
        text.push_str(&format!("{name}._fields_ = [\n"));
        for member in &plan.members {
            let bits = member.bits.map(|bits| format!(", {bits}")).unwrap_or_default();
            text.push_str(&format!("    (\"{}\", {}{bits}),\n", member.name, member.text));
        }
        text.push_str("]\n");
    }

    fn render_fields(&mut self, record: &'a Record, class: &str) -> Rendered {
        let mut rendered = Rendered::default();
        for (index, field) in record.fields.iter().enumerate() {
            if let Some(width) = field.bit_width {
                if let (Some(name), Some(ty)) = (&field.name, self.bit_type(&field.ty.ty))
                    && width > 0
                {
                    rendered.own_bits.push(Bits {
                        name: names::field(name),
                        offset: field.offset_bits,
                        width,
                        kind: ty.kind,
                    });
                } else if let Some(name) = &field.name {
                    self.warn(format!("bit-field `{name}` of `{class}` has a type that ctypes lacks"));
                }
                continue;
            }
            let name = match &field.name {
                Some(name) => names::field(name),
                None => format!("_hk_anonymous{index}"),
            };
            let wish = format!("_{}_{}", class.trim_start_matches('_'), name.trim_start_matches("_hk_"));
            let ty = self.field_type(field, &wish, &name, class);
            let Shape::Object(object) = ty.shape else { continue };
            if field.name.is_none() && self.symbols.as_record(&field.ty.ty).is_some() && !object.raw {
                rendered.anonymous.push(name.clone());
                self.inherit(field, &mut rendered);
            } else {
                let (read, assigned) = ty.hint.field(self.stub.builtins);
                let text = format!("_hk_Field[{read}, {assigned}]");
                rendered.typed.push(StubField {
                    name: name.clone(),
                    text,
                    offset: field.offset_bits,
                    extent: Extent::Bytes(object.layout.size),
                });
            }
            if rendered.refusal.is_none() {
                rendered.refusal = object.refusal.map(|reason| format!("a struct with {reason}"));
            }
            rendered.plain.push(Member {
                name,
                text: ty.text,
                offset: field.offset_bits / 8,
                layout: object.layout,
                full_align: object.full_align,
                bits: None,
                continues: false,
            });
        }
        rendered
    }

    /// The type of a field that has exactly the field's size; raw bytes if need be.
    fn field_type(&mut self, field: &'a Field, wish: &str, name: &str, class: &str) -> PyType {
        let rendered = self.value(&field.ty, wish);
        let size_fits = |layout: Layout| layout.size == field.size;
        match rendered {
            Some(PyType { text, shape: Shape::Object(object), hint }) if size_fits(object.layout) => {
                if object.raw && !matches!(field.ty.ty, Type::Typedef { .. }) {
                    let reason = object.refusal.as_deref().unwrap_or("of a type");
                    self.warn(format!(
                        "field `{name}` of `{class}` is {reason}, which ctypes lacks: bound as raw bytes"
                    ));
                }
                PyType { text, shape: Shape::Object(object), hint }
            }
            _ => {
                let pointer = matches!(self.symbols.canonical(&field.ty.ty), Type::Pointer { .. });
                let layout = Layout { size: field.size, align: field.align };
                let mut bytes = self.blob("raw bytes", layout);
                if pointer && field.size == self.platform.pointer {
                    bytes.text = "_ct.c_void_p".into();
                    bytes.hint = Hint::simple("_ct.c_void_p");
                }
                self.warn(format!(
                    "field `{name}` of `{class}` has a type that ctypes lacks: bound as `{}`",
                    bytes.text
                ));
                bytes
            }
        }
    }

    /// Takes over the fields of an anonymous member: its bit-fields at their offsets in the record
    /// that holds it, and the types of all.
    fn inherit(&self, field: &Field, rendered: &mut Rendered) {
        let Some(record) = self.symbols.as_record(&field.ty.ty) else { return };
        if let Some(Some(finished)) = self.finished.get(&std::ptr::from_ref(record)) {
            let moved = |bits: &Bits| Bits { offset: bits.offset + field.offset_bits, ..bits.clone() };
            rendered.inherited.extend(finished.bits.iter().map(moved));
            let moved =
                |inner: &StubField| StubField { offset: inner.offset + field.offset_bits, ..inner.clone() };
            rendered.typed.extend(finished.fields.iter().map(moved));
        }
    }

    /// All members with bit-fields among them, if every run of bit-fields is of the simple sort that
    /// each version of `ctypes` places like a C compiler: one type, one storage unit, from its start.
    fn with_native_bits(&self, record: &Record, fields: &Rendered) -> Option<Vec<Member>> {
        let any = record.fields.iter().any(|field| field.bit_width.is_some());
        if !any {
            return Some(fields.plain.clone());
        }
        if record.record == RecordKind::Union || record.packed {
            return None;
        }
        let mut members: Vec<Member> = Vec::new();
        let mut plain = fields.plain.iter();
        let mut run: Option<(BitType, u64, u64)> = None;
        for (index, field) in record.fields.iter().enumerate() {
            let Some(width) = field.bit_width else {
                members.push(plain.next()?.clone());
                run = None;
                continue;
            };
            let ty = self.bit_type(&field.ty.ty)?;
            let continues = match &run {
                None => false,
                Some((unit, _, next)) if unit.text == ty.text && *next == field.offset_bits => true,
                Some(_) => return None,
            };
            let start = match &run {
                Some((_, start, _)) => *start,
                None => field.offset_bits,
            };
            let end = field.offset_bits + u64::from(width);
            // As `c_bool` of one bit, `ctypes` reads and writes the whole byte.
            let odd = width == 0 || ty.kind == BitKind::Bool;
            if odd || start % (ty.size * 8) != 0 || end > start + ty.size * 8 {
                return None;
            }
            let name = match &field.name {
                Some(name) => names::field(name),
                None => format!("_hk_bits{index}"),
            };
            let layout = Layout { size: ty.size, align: self.platform.scalar_align(ty.size) };
            let text = ty.text.to_owned();
            members.push(Member {
                name,
                text,
                offset: start / 8,
                layout,
                full_align: layout.align,
                bits: Some(width),
                continues,
            });
            run = Some((ty, start, end));
        }
        Some(members)
    }
}

fn base(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Struct => "Structure",
        RecordKind::Union => "Union",
    }
}

/// What the self-check of the module compares for a record: name, size, alignment, and for each field
/// `name=offset,size` in bytes or `name=offset:width` in bits.
fn check_line(name: &str, layout: Layout, fields: &[StubField]) -> String {
    let mut line = format!("{name} {} {}", layout.size, layout.align.max(1));
    for field in fields {
        let place = match field.extent {
            Extent::Bytes(size) => format!("{},{size}", field.offset / 8),
            Extent::Bits(width) => format!("{}:{width}", field.offset),
        };
        line.push_str(&format!(" {}={place}", field.name));
    }
    line.push('\n');
    line
}
