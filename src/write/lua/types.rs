//! Which types LuaJIT can say, and how: every type that is printed passes through [`Types`], which keeps
//! what has to be written differently and why. Records are in `records`.

use std::collections::BTreeMap;

use super::layout::{MAX_BYTES, Platform};
use super::names;
use crate::ir::{
    CallConv, Enum, FloatKind, FunctionType, Header, IntKind, Layout, Parameter, QualType, Record,
    RecordKind, Type,
};
use crate::write::symbols::Symbols;
use rustc_hash::FxHashMap;

/// Why something cannot be said: the end of a sentence about a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsayable(pub String);

impl Unsayable {
    pub(super) fn no_type(spelling: impl std::fmt::Display) -> Self {
        Unsayable(format!("LuaJIT has no type `{spelling}`"))
    }
}

pub(super) type Said<T> = Result<T, Unsayable>;

/// Deeper nesting of types than this is no header's.
const MAX_DEPTH: u32 = 100;

/// How a record is written.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub record: Record,
    /// Why it cannot be passed by value, if so.
    pub by_value: Said<()>,
    /// What it lost.
    pub notes: Vec<String>,
}

/// Rewrites the types of one header into what LuaJIT can say.
pub(super) struct Types<'a> {
    pub(super) symbols: Symbols<'a>,
    pub(super) platform: Platform,
    /// By position in the header; `None` for what cannot be laid out.
    pub(super) records: FxHashMap<usize, Option<Written>>,
    /// `None` while at it.
    typedefs: FxHashMap<&'a str, Option<Said<QualType>>>,
    /// Records of raw bytes that stand for types LuaJIT has not, by tag.
    pub(super) blobs: BTreeMap<String, Layout>,
    /// Enums without a name of their own that are written as their integer type.
    pub(super) unnamed_enums: Vec<&'a Enum>,
    /// What the declaration at hand loses.
    pub(super) notes: Vec<String>,
    depth: u32,
}

impl<'a> Types<'a> {
    pub(super) fn new(header: &'a Header) -> Self {
        Types {
            symbols: Symbols::new(header),
            platform: Platform::of(&header.target),
            records: FxHashMap::default(),
            typedefs: FxHashMap::default(),
            blobs: BTreeMap::new(),
            unnamed_enums: Vec::new(),
            notes: Vec::new(),
            depth: 0,
        }
    }

    /// The type as LuaJIT can say it.
    pub(super) fn say(&mut self, ty: &'a QualType) -> Said<QualType> {
        if self.depth >= MAX_DEPTH {
            return Err(Unsayable("its type is nested too deeply".into()));
        }
        self.depth += 1;
        let said = self.say_type(&ty.ty);
        self.depth -= 1;
        let mut said = said?;
        said.is_const |= ty.is_const;
        said.is_volatile |= ty.is_volatile;
        said.is_restrict |= ty.is_restrict;
        Ok(said)
    }

    fn say_type(&mut self, ty: &'a Type) -> Said<QualType> {
        let said = match ty {
            Type::Void | Type::Bool => ty.clone(),
            Type::Cxx { .. } => return Err(Unsayable("its type is C++".into())),
            Type::Int { int, size } => match int {
                IntKind::Int128 | IntKind::UInt128 => self.blob(self.platform.number((*size).into())),
                IntKind::WChar | IntKind::Char16 | IntKind::Char32 => unsigned(*size, *int == IntKind::WChar),
                _ => ty.clone(),
            },
            Type::Float { float, size } => match float {
                FloatKind::Float | FloatKind::Double => ty.clone(),
                _ => self.blob(self.platform.number((*size).into())),
            },
            Type::Complex { float, size } => match float {
                FloatKind::Float | FloatKind::Double => ty.clone(),
                _ => {
                    let align = self.platform.number((*size / 2).into()).align;
                    self.blob(Layout { size: (*size).into(), align })
                }
            },
            Type::Pointer { to } => Type::Pointer { to: Box::new(self.say_pointee(to)) },
            Type::Array { of, length } => {
                let of = self.say(of)?;
                if self.layout(&of.ty).is_none() {
                    return Err(Unsayable("the layout of an array's elements is not known".into()));
                }
                Type::Array { of: Box::new(of), length: *length }
            }
            Type::Function(function) => Type::Function(self.say_function(function)?),
            Type::Record { record, name } => {
                Type::Record { record: *record, name: names::readable(name).into_owned() }
            }
            Type::Enum { name } => match self.symbols.enumeration(name) {
                Some(definition) if is_plain_enum(definition) => {
                    Type::Enum { name: names::readable(name).into_owned() }
                }
                Some(definition) => integer_of(definition),
                None => return Err(Unsayable::no_type(format!("enum {name}"))),
            },
            Type::Typedef { name } => return self.say_typedef_name(name),
            Type::InlineRecord { definition } => {
                let keyword = definition.record.keyword();
                let written = self
                    .layout_record(definition)
                    .ok_or_else(|| Unsayable(format!("LuaJIT cannot lay out its unnamed {keyword}")))?;
                self.notes.extend(written.notes);
                Type::InlineRecord { definition: Box::new(written.record) }
            }
            Type::InlineEnum { definition } => {
                self.unnamed_enums.push(definition);
                integer_of(definition)
            }
            Type::Atomic { of } => return self.say(of),
            Type::Vector { of, size, align, .. } => match self.symbols.canonical(&of.ty) {
                Type::Int { size: element, .. } | Type::Float { size: element, .. }
                    if *element <= 8 && size.is_power_of_two() && size == align =>
                {
                    let Type::Vector { length, .. } = ty else { return Err(Unsayable::no_type("vector")) };
                    Type::Vector { of: Box::new(self.say(of)?), length: *length, size: *size, align: *align }
                }
                _ => self.blob(Layout { size: *size, align: *align }),
            },
            Type::VaList { layout } => self.blob(*layout),
            Type::Opaque { layout: Some(layout), .. } => self.blob(*layout),
            Type::Opaque { spelling, .. } => return Err(Unsayable::no_type(spelling)),
        };
        Ok(said.into())
    }

    /// What a pointer points to: `void` where that cannot be said.
    fn say_pointee(&mut self, to: &'a QualType) -> QualType {
        self.say(to).unwrap_or_else(|Unsayable(reason)| {
            self.notes.push(format!("a pointer is written as `void *`: {reason}"));
            QualType {
                ty: Type::Void,
                is_const: to.is_const,
                is_volatile: to.is_volatile,
                is_restrict: false,
            }
        })
    }

    fn say_typedef_name(&mut self, name: &'a str) -> Said<QualType> {
        if self.is_known(name) && !matches!(self.canonical_of(name), Type::VaList { .. }) {
            return Ok(Type::Typedef { name: name.into() }.into());
        }
        if let Type::VaList { layout } = self.canonical_of(name) {
            let layout = *layout;
            return Ok(self.blob(layout).into());
        }
        self.typedef(name)?;
        Ok(Type::Typedef { name: typedef_name(name) }.into())
    }

    fn canonical_of(&self, name: &str) -> &Type {
        self.symbols.typedef(name).map_or(&Type::Void, |typedef| self.symbols.canonical(&typedef.ty.ty))
    }

    /// Whether LuaJIT declares the typedef itself, or it stands for what it has only as a parameter.
    pub(super) fn is_known(&self, name: &str) -> bool {
        let canonical = self.canonical_of(name);
        matches!(canonical, Type::VaList { .. })
            || names::is_known_typedef(name, canonical, self.platform.pointer)
    }

    /// What the typedef of that name is written as.
    pub(super) fn typedef(&mut self, name: &str) -> Said<QualType> {
        match self.typedefs.get(name) {
            Some(Some(said)) => return said.clone(),
            Some(None) => return Err(Unsayable(format!("`{name}` stands for itself"))),
            None => {}
        }
        let Some(typedef) = self.symbols.typedef(name) else { return Err(Unsayable::no_type(name)) };
        if !names::is_identifier(name) {
            return Err(Unsayable(format!("LuaJIT cannot read the name `{name}`")));
        }
        self.typedefs.insert(&typedef.name, None);
        let outer = std::mem::take(&mut self.notes);
        let said = match &typedef.ty.ty {
            // An enum that is named by its typedef keeps its constants.
            Type::InlineEnum { definition } if is_plain_enum(definition) => Ok(typedef.ty.clone()),
            _ => self.say(&typedef.ty),
        };
        self.notes = outer;
        self.typedefs.insert(&typedef.name, Some(said.clone()));
        said
    }

    /// A function type; `Err` if it cannot be called as C calls it.
    pub(super) fn say_function(&mut self, function: &'a FunctionType) -> Said<FunctionType> {
        if function.call_conv == CallConv::Other {
            return Err(Unsayable("LuaJIT does not have its calling convention".into()));
        }
        self.check_by_value(&function.result, "its result")?;
        let result = Box::new(self.say(&function.result)?);
        let mut parameters = Vec::with_capacity(function.parameters.len());
        for (index, parameter) in function.parameters.iter().enumerate() {
            let place = match &parameter.name {
                Some(name) => format!("parameter `{name}`"),
                None => format!("parameter {}", index + 1),
            };
            let is_va_list = matches!(self.symbols.canonical(&parameter.ty.ty), Type::VaList { .. });
            let ty = if is_va_list {
                // LuaJIT has it as a pointer, which is how it is passed where it is an array, too.
                Type::Typedef { name: "va_list".into() }.into()
            } else {
                self.check_by_value(&parameter.ty, &place)?;
                self.say(&parameter.ty)?
            };
            let name = parameter.name.as_ref().filter(|name| self.can_be_named(name)).cloned();
            parameters.push(Parameter { name, ty });
        }
        Ok(FunctionType { result, parameters, ..function.clone() })
    }

    /// A parameter's name says nothing to LuaJIT, so that doubtful ones may go.
    fn can_be_named(&self, name: &str) -> bool {
        names::is_identifier(name) && !names::is_keyword(name) && self.symbols.typedef(name).is_none()
    }

    /// Whether LuaJIT passes a value of that type as C does.
    fn check_by_value(&mut self, ty: &'a QualType, place: &str) -> Said<()> {
        let not = |what: String| Err(Unsayable(format!("{place}: LuaJIT cannot pass {what} by value")));
        match self.canonical(&ty.ty) {
            Type::Int { int: int @ (IntKind::Int128 | IntKind::UInt128), .. } => {
                not(format!("`{}`", int.spelling()))
            }
            Type::Float { float, .. } if !matches!(float, FloatKind::Float | FloatKind::Double) => {
                not(format!("`{}`", float.spelling()))
            }
            Type::Complex { float, .. } if !matches!(float, FloatKind::Float | FloatKind::Double) => {
                not(format!("`{} _Complex`", float.spelling()))
            }
            Type::Vector { .. } => not("vectors".into()),
            Type::VaList { .. } => not("`va_list`".into()),
            Type::Opaque { spelling, .. } => not(format!("`{spelling}`")),
            Type::Record { record, name } => match self.record(*record, name) {
                Some(Written { by_value: Ok(()), .. }) => Ok(()),
                Some(Written { by_value: Err(problem), .. }) => {
                    let problem = problem.0.clone();
                    not(format!("`{} {name}` ({problem})", record.keyword()))
                }
                None => not(format!("`{} {name}`, whose layout is not known,", record.keyword())),
            },
            Type::InlineRecord { definition } => match self.layout_record(definition).map(|w| w.by_value) {
                Some(Ok(())) => Ok(()),
                Some(Err(problem)) => not(format!("its {} ({})", definition.record.keyword(), problem.0)),
                None => not(format!("its {}, whose layout is not known,", definition.record.keyword())),
            },
            _ => Ok(()),
        }
    }

    /// The type behind typedefs, with the lifetime of the header.
    fn canonical(&self, ty: &'a Type) -> &'a Type {
        self.symbols.canonical(ty)
    }

    /// Raw bytes that stand for a type which LuaJIT has not.
    pub(super) fn blob(&mut self, layout: Layout) -> Type {
        let name = format!("headerkit_bytes_{}_{}", layout.size, layout.align);
        self.blobs.insert(name.clone(), layout);
        Type::Record { record: RecordKind::Struct, name }
    }

    /// Layout in LuaJIT's eyes of a type that [`Types::say`] returned; a flexible array has no size.
    pub(super) fn layout(&mut self, ty: &Type) -> Option<Layout> {
        let number = |size: u32| Some(self.platform.number(size.into()));
        let layout = match ty {
            Type::Bool => number(1),
            Type::Int { size, .. } | Type::Float { size, .. } => number(*size),
            Type::Complex { size, .. } => {
                Some(Layout { size: (*size).into(), align: number(size / 2)?.align })
            }
            Type::Pointer { .. } => Some(self.platform.number(self.platform.pointer)),
            Type::Array { of, length } => {
                let element = self.layout(&of.ty)?;
                let size = element.size.checked_mul(length.unwrap_or(0))?;
                Some(Layout { size, align: element.align })
            }
            Type::Record { name, .. } if self.blobs.contains_key(name) => self.blobs.get(name).copied(),
            Type::Record { record, name } => self.record_said(*record, name)?.record.layout,
            Type::InlineRecord { definition } => definition.layout,
            Type::Enum { .. } | Type::InlineEnum { .. } => number(4),
            Type::Typedef { name } if self.is_known(name) => {
                let canonical = self.canonical_of(name).clone();
                self.layout(&canonical)
            }
            Type::Typedef { name } => {
                let original = self.original_typedef(name);
                let said = self.typedef(&original).ok()?;
                let layout = self.layout(&said.ty)?;
                let align = self.symbols.typedef(&original).and_then(|typedef| typedef.align);
                Some(Layout { align: align.unwrap_or(layout.align), ..layout })
            }
            // LuaJIT aligns nothing further by itself.
            Type::Vector { size, .. } => Some(Layout { size: *size, align: (*size).min(16) }),
            _ => None,
        };
        layout.filter(|layout| layout.size < MAX_BYTES)
    }

    fn record_said(&mut self, record: RecordKind, name: &str) -> Option<&Written> {
        let original = match self.symbols.position(crate::write::symbols::Name::Record(record, name)) {
            Some(_) => name,
            None => name.strip_suffix('_')?,
        };
        self.record(record, original)
    }

    fn original_typedef(&self, name: &str) -> String {
        match self.symbols.typedef(name) {
            Some(_) => name.to_owned(),
            None => name.trim_end_matches('_').to_owned(),
        }
    }
}

/// The name that a typedef is written under: LuaJIT's own cannot be declared to be something else.
pub(super) fn typedef_name(name: &str) -> String {
    if names::is_predeclared(name) { format!("{name}_") } else { names::readable(name).into_owned() }
}

/// Whether LuaJIT would give the enum the size and the values that it has: all its enums have 32 bits.
pub(super) fn is_plain_enum(definition: &Enum) -> bool {
    let constants = &definition.constants;
    let values = || constants.iter().map(|constant| constant.value.value());
    let (Some(low), Some(high)) = (values().min(), values().max()) else { return false };
    let limit = if low < 0 { i32::MAX.into() } else { i128::from(u32::MAX) };
    // The lowest integer has no literal.
    definition.size == 4
        && low > i32::MIN.into()
        && high <= limit
        && constants.iter().all(|constant| {
            names::is_identifier(&constant.name)
                && !names::is_keyword(&constant.name)
                && !names::is_predeclared(&constant.name)
        })
}

/// The integer that stands for an enum.
fn integer_of(definition: &Enum) -> Type {
    Type::Int { int: definition.underlying, size: definition.size }
}

/// The integer of that size.
fn unsigned(size: u32, is_wide: bool) -> Type {
    let int = match size {
        2 => IntKind::UShort,
        _ if is_wide => IntKind::Int,
        _ => IntKind::UInt,
    };
    Type::Int { int, size }
}
