//! Which types cffi can say, and how: every type that is printed passes through [`Types`], which keeps
//! what has to be written differently and why. Records are in `records`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::layout::Platform;
use super::names::{self, has_complex, has_float, has_int};
use super::open;
use crate::ir::{
    CallConv, Declaration, Enum, FunctionType, Header, Integer, Layout, Parameter, QualType, Record,
    RecordKind, Type, Typedef,
};
use crate::write::declarator::{Text, spelling};
use crate::write::symbols::Symbols;
use rustc_hash::{FxHashMap, FxHashSet};

/// Why something cannot be said: the end of a sentence about a declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsayable(pub String);

impl Unsayable {
    fn no_type(spelling: impl std::fmt::Display) -> Self {
        Unsayable(format!("cffi has no type `{spelling}`"))
    }

    pub(super) fn reserved(name: &str) -> Self {
        Unsayable(format!("cffi cannot read the name `{name}`"))
    }
}

type Said<T> = Result<T, Unsayable>;

/// Deeper nesting of types than this is no header's.
const MAX_DEPTH: u32 = 100;

/// How something is written, with notes on what it lost.
#[derive(Debug, Clone)]
pub(super) struct Written<T> {
    pub what: T,
    pub notes: Vec<String>,
    /// Whether it ends in cffi's `...`: the compiler says its layout.
    pub partial: bool,
}

/// Rewrites the types of one header into what cffi can say. What can stay as it is, is borrowed.
pub(super) struct Types<'a> {
    pub(super) symbols: Symbols<'a>,
    pub(super) platform: Platform,
    /// By position in the header; `None` for what cannot be laid out.
    pub(super) records: FxHashMap<usize, Option<Written<Cow<'a, Record>>>>,
    /// `None` while at it.
    typedefs: FxHashMap<&'a str, Option<Said<Written<Cow<'a, QualType>>>>>,
    /// The record behind `FILE`.
    file: Option<(RecordKind, &'a str)>,
    /// What the record or typedef at hand loses.
    pub(super) notes: Vec<String>,
    /// Constants of enums that are written as integers.
    pub(super) loose_constants: BTreeMap<&'a str, Integer>,
    depth: u32,
    /// Whether a compiler will fill in what is left open.
    pub(super) is_api: bool,
    /// Records that others hold by value, by position in the header; known in API mode only.
    pub(super) embedded: FxHashSet<usize>,
    /// Whether functions are called by libffi under the System V ABI of x86-64.
    is_system_v: bool,
}

impl<'a> Types<'a> {
    pub(super) fn new(header: &'a Header, is_api: bool) -> Self {
        let symbols = Symbols::new(header);
        let file = match symbols.typedef("FILE").map(|file| &file.ty.ty) {
            Some(Type::Record { record, name }) => Some((*record, name.as_str())),
            _ => None,
        };
        Types {
            embedded: if is_api { open::embedded(header, &symbols) } else { FxHashSet::default() },
            symbols,
            platform: Platform::of(&header.target),
            records: FxHashMap::default(),
            typedefs: FxHashMap::default(),
            file,
            notes: Vec::new(),
            loose_constants: BTreeMap::new(),
            depth: 0,
            is_api,
            is_system_v: !is_api
                && header.target.starts_with("x86_64-")
                && !header.target.contains("windows"),
        }
    }

    /// The type as cffi can say it; `by_value` where its size must be known.
    pub(super) fn say(&mut self, ty: &'a QualType, by_value: bool) -> Said<Cow<'a, QualType>> {
        if self.depth >= MAX_DEPTH {
            return Err(Unsayable("its type is nested too deeply".into()));
        }
        self.depth += 1;
        let said = self.say_type(ty, by_value);
        self.depth -= 1;
        let mut said = said?;
        let QualType { is_const, is_volatile, is_restrict, .. } = *ty;
        if (is_const && !said.is_const)
            || (is_volatile && !said.is_volatile)
            || (is_restrict && !said.is_restrict)
        {
            let said = said.to_mut();
            said.is_const |= is_const;
            said.is_volatile |= is_volatile;
            said.is_restrict |= is_restrict;
        }
        Ok(said)
    }

    /// The type, its qualifiers perhaps dropped.
    fn say_type(&mut self, ty: &'a QualType, by_value: bool) -> Said<Cow<'a, QualType>> {
        let same = Ok(Cow::Borrowed(ty));
        match &ty.ty {
            Type::Void | Type::Bool => same,
            Type::Int { int, .. } if has_int(*int) => same,
            Type::Int { int, .. } => Err(Unsayable::no_type(int.spelling())),
            Type::Float { float, .. } if has_float(*float) => same,
            Type::Float { float, .. } => Err(Unsayable::no_type(float.spelling())),
            Type::Complex { float, .. } if has_complex(*float) => same,
            Type::Complex { float, .. } => Err(Unsayable::no_type(format!("{} _Complex", float.spelling()))),
            Type::Pointer { to } => match self.say(to, false)? {
                Cow::Borrowed(QualType { ty: Type::Typedef { name }, .. })
                    if self.is_api && names::is_compilers_float(name) =>
                {
                    Err(Unsayable(format!("`{name}` is a type of its own to some compilers")))
                }
                Cow::Borrowed(_) => same,
                Cow::Owned(to) => owned(Type::Pointer { to: Box::new(to) }),
            },
            Type::Array { of, length } => match self.say(of, true)? {
                Cow::Borrowed(_) => same,
                Cow::Owned(of) => owned(Type::Array { of: Box::new(of), length: *length }),
            },
            Type::Function(function) => match self.say_function_type(function)? {
                Cow::Borrowed(_) => same,
                Cow::Owned(function) => owned(Type::Function(function)),
            },
            Type::Record { record, name } if self.is_file(*record, name) => {
                owned(Type::Typedef { name: "FILE".into() })
            }
            Type::Record { record, name } => self.check_record(*record, name, by_value).and(same),
            Type::Enum { name } => match self.symbols.enumeration(name) {
                Some(definition) if self.is_plain_enum(definition) && !names::is_reserved(name) => same,
                Some(definition) if !definition.incomplete => owned(integer_of(definition)),
                _ => Err(Unsayable::no_type(format!("enum {name}"))),
            },
            Type::Typedef { name } => self.check_typedef(name, by_value).and(same),
            Type::InlineRecord { definition } => match self.layout_record(definition) {
                Some(Cow::Borrowed(_)) => same,
                Some(Cow::Owned(record)) => owned(Type::InlineRecord { definition: Box::new(record) }),
                None => {
                    Err(Unsayable(format!("cffi cannot lay out its unnamed {}", definition.record.keyword())))
                }
            },
            // Without a tag, C code cannot name the type of a variable or parameter.
            Type::InlineEnum { definition } if !self.is_api && self.is_plain_enum(definition) => same,
            Type::InlineEnum { definition } => {
                self.loosen(definition);
                owned(integer_of(definition))
            }
            Type::Atomic { .. } if self.is_api => Err(Unsayable("cffi has no `_Atomic`".into())),
            Type::Atomic { of } => Ok(Cow::Owned(self.say(of, by_value)?.into_owned())),
            Type::Vector { of, length, .. } => {
                let mut element = Text::default();
                element.declare(of, "");
                let element = element.text;
                Err(Unsayable(format!("cffi has no vector types (here {length} times `{element}`)")))
            }
            Type::VaList { .. } => Err(Unsayable::no_type("va_list")),
            Type::Opaque { spelling, .. } => Err(Unsayable::no_type(spelling)),
            Type::Cxx { .. } => Err(Unsayable::no_type(spelling(ty))),
        }
    }

    fn check_record(&mut self, record: RecordKind, name: &str, by_value: bool) -> Said<()> {
        if self.is_file(record, name) {
            return Ok(());
        }
        if names::is_reserved(name) {
            return Err(Unsayable::reserved(name));
        }
        if by_value && self.record(record, name).is_none() {
            return Err(Unsayable(format!(
                "`{} {name}` has no definition that cffi can use here",
                record.keyword()
            )));
        }
        Ok(())
    }

    /// Whether it is the record behind `FILE`, which cffi declares itself.
    pub(super) fn is_file(&self, record: RecordKind, name: &str) -> bool {
        self.file == Some((record, name))
    }

    fn check_typedef(&mut self, name: &str, by_value: bool) -> Said<()> {
        if self.is_known(name) {
            return Ok(());
        }
        let written = self.typedef(name)?;
        // The size of a typedef hangs on what it stands for, however many names lie between.
        match &written.ty {
            Type::Record { record, name } if by_value => self.check_record(*record, name, true),
            Type::Typedef { name } if by_value => self.check_typedef(name, true),
            _ => Ok(()),
        }
    }

    /// Whether cffi declares the typedef itself.
    pub(super) fn is_known(&self, name: &str) -> bool {
        names::reads_as_type(name)
            && self
                .symbols
                .typedef(name)
                .is_some_and(|typedef| names::is_known_typedef(name, self.symbols.canonical(&typedef.ty.ty)))
    }

    /// What the typedef of that name is written as.
    pub(super) fn typedef(&mut self, name: &str) -> Said<Cow<'a, QualType>> {
        self.typedef_written(name).map(|written| written.what)
    }

    /// The same, with what writing it lost.
    pub(super) fn typedef_written(&mut self, name: &str) -> Said<Written<Cow<'a, QualType>>> {
        match self.typedefs.get(name) {
            Some(Some(said)) => return said.clone(),
            Some(None) => return Err(Unsayable(format!("`{name}` stands for itself"))),
            None => {}
        }
        if names::is_reserved(name) {
            return Err(Unsayable::reserved(name));
        }
        let Some(typedef) = self.symbols.typedef(name) else {
            return Err(Unsayable::no_type(name));
        };
        self.typedefs.insert(&typedef.name, None);
        let outer = std::mem::take(&mut self.notes);
        let said = match self.left_open(typedef) {
            Some(open) => Ok((Cow::Owned(open), true)),
            None => self.say(&typedef.ty, false).map(|what| (what, false)),
        };
        let notes = std::mem::replace(&mut self.notes, outer);
        let said = said.map(|(what, partial)| Written { what, notes, partial });
        self.typedefs.insert(&typedef.name, Some(said.clone()));
        said
    }

    /// The type of a typedef whose layout the compiler has to say: a name for an unnamed record or enum, for
    /// an atomic integer, or for a type that cffi does not have, which becomes a record that can be passed on.
    fn left_open(&mut self, typedef: &'a Typedef) -> Option<QualType> {
        if !self.is_api {
            return None;
        }
        match &typedef.ty.ty {
            Type::InlineRecord { definition } => {
                let is_bound = |declaration: &Declaration| declaration.bound;
                let is_bound = self.symbols.typedef_declaration(&typedef.name).is_some_and(is_bound);
                let (written, partial) = self.layout_open(definition, is_bound, false)?;
                let ty = Type::InlineRecord { definition: Box::new(written.into_owned()) };
                (partial || typedef.align.is_some()).then(|| QualType { ty, ..typedef.ty.clone() })
            }
            Type::InlineEnum { definition } if self.is_plain_enum(definition) => Some(typedef.ty.clone()),
            Type::Vector { size, align, .. } => Some(blob(Layout { size: *size, align: *align })),
            Type::Int { int, size } if !has_int(*int) => Some(blob(self.platform.scalar((*size).into()))),
            Type::Float { float, size } if !has_float(*float) => {
                Some(blob(self.platform.scalar((*size).into())))
            }
            Type::Atomic { of } => match self.atomic_integer(&typedef.ty) {
                Some(integer) => Some(integer.clone().into()),
                None => {
                    let value = self.say(of, true).ok()?;
                    self.layout(&value.ty).map(blob)
                }
            },
            _ => None,
        }
    }

    /// The integer type behind an `_Atomic` that stands at the outermost level.
    pub(super) fn atomic_integer<'t>(&self, ty: &'t QualType) -> Option<&'t Type>
    where
        'a: 't,
    {
        let Type::Atomic { of } = &ty.ty else { return None };
        let value = self.symbols.canonical(&of.ty);
        match value {
            Type::Bool => Some(value),
            Type::Int { int, .. } if has_int(*int) => Some(value),
            _ => None,
        }
    }

    /// A function type behind a pointer or typedef. cffi lays out records that it takes by value
    /// together with whatever holds the pointer, so it must be able to.
    fn say_function_type(&mut self, function: &'a FunctionType) -> Said<Cow<'a, FunctionType>> {
        self.say_function(function, |types, ty, _| types.say(ty, true))
    }

    /// A function that is called: a pointer to what cffi cannot say becomes `void *`, which C converts
    /// silently; `notes` tells of each.
    pub(super) fn say_called(&mut self, function: &'a FunctionType) -> Said<Cow<'a, FunctionType>> {
        self.say_function(function, |types, ty, index| {
            let said = types.say(ty, true).and_then(|said| types.check_names(&said).map(|()| said));
            said.or_else(|problem| {
                let converted = types.converted(ty).ok_or_else(|| problem.clone())?;
                let place = match index.map(|index| (index + 1, &function.parameters[index].name)) {
                    None => "its result".to_owned(),
                    Some((_, Some(name))) => format!("parameter `{name}`"),
                    Some((number, None)) => format!("parameter {number}"),
                };
                types.notes.push(format!("{place} is written as `void *`: {}", problem.0));
                Ok(Cow::Owned(converted))
            })
        })
    }

    /// Says result and parameters (with their positions) by `say`.
    fn say_function(
        &mut self,
        function: &'a FunctionType,
        say: impl Fn(&mut Self, &'a QualType, Option<usize>) -> Said<Cow<'a, QualType>>,
    ) -> Said<Cow<'a, FunctionType>> {
        self.check_call(function)?;
        let mut written = Cow::Borrowed(function);
        if let Cow::Owned(result) = say(self, &function.result, None)? {
            *written.to_mut().result = result;
        }
        for (index, parameter) in function.parameters.iter().enumerate() {
            if let Cow::Owned(ty) = say(self, &parameter.ty, Some(index))? {
                written.to_mut().parameters[index].ty = ty;
            }
            if !self.can_be_named(parameter) {
                written.to_mut().parameters[index].name = None;
            }
        }
        Ok(written)
    }

    /// Whether the C code of API mode can name a type that [`Types::say`] returned. An unnamed record has a
    /// name there only if a typedef stands for it or for a pointer to it.
    pub(super) fn check_names(&self, ty: &QualType) -> Said<()> {
        if self.is_api && !self.has_name(&ty.ty) {
            return Err(Unsayable("its type has no name by which cffi's C code could mention it".into()));
        }
        Ok(())
    }

    fn has_name(&self, ty: &Type) -> bool {
        match ty {
            Type::InlineRecord { .. } => false,
            Type::Pointer { to } => self.has_name(&to.ty),
            Type::Array { of, .. } => self.has_name(&of.ty),
            Type::Function(function) => {
                self.has_name(&function.result.ty)
                    && function.parameters.iter().all(|parameter| self.has_name(&parameter.ty.ty))
            }
            Type::Typedef { name } => match self.symbols.typedef(name).map(|typedef| &typedef.ty.ty) {
                Some(Type::InlineRecord { .. }) | None => true,
                Some(Type::Pointer { to }) if matches!(to.ty, Type::InlineRecord { .. }) => true,
                Some(ty) => self.has_name(ty),
            },
            _ => true,
        }
    }

    /// `void *` instead of another pointer.
    fn converted(&self, ty: &QualType) -> Option<QualType> {
        let Type::Pointer { to } = self.symbols.canonical(&ty.ty) else { return None };
        let to = Box::new(QualType { ty: Type::Void, is_restrict: false, ..**to });
        Some(QualType { ty: Type::Pointer { to }, ..*ty })
    }

    fn check_call(&self, function: &FunctionType) -> Said<()> {
        match function.call_conv {
            CallConv::C | CallConv::Stdcall => {}
            CallConv::Fastcall => return Err(Unsayable("cffi has no `__fastcall`".into())),
            CallConv::Other => return Err(Unsayable("cffi does not have its calling convention".into())),
        }
        if function.variadic && function.parameters.is_empty() {
            return Err(Unsayable("cffi wants a parameter before `...`".into()));
        }
        let result = self.symbols.as_record(&function.result.ty).filter(|_| self.is_system_v);
        if result.is_some_and(|record| self.symbols.is_lone_long_double(record)) {
            return Err(Unsayable("its result, a struct of one `long double`, would be wrong".into()));
        }
        Ok(())
    }

    fn can_be_named(&self, parameter: &Parameter) -> bool {
        parameter.name.as_deref().is_none_or(|name| {
            !names::is_reserved(name)
                && !names::reads_as_type(name)
                && self.symbols.typedef_declaration(name).is_none()
        })
    }

    /// Whether cffi would give the enum the size it has.
    pub(super) fn is_plain_enum(&self, definition: &Enum) -> bool {
        let values = || definition.constants.iter().map(|constant| constant.value.value());
        let (Some(low), Some(high)) = (values().min(), values().max()) else { return false };
        if definition.constants.iter().any(|constant| names::is_reserved(&constant.name)) {
            return false;
        }
        if self.is_api && definition.name.is_some() {
            return true;
        }
        let fits = |bytes: u64| {
            let bits = 8 * bytes - u64::from(low < 0);
            high < 1i128 << bits && low >= -(1i128 << (8 * bytes - 1))
        };
        let size = [4, self.platform.long].into_iter().find(|bytes| fits(*bytes));
        size == Some(definition.size.into())
    }

    /// Keeps the constants of an enum that is written as an integer.
    pub(super) fn loosen(&mut self, definition: &'a Enum) {
        let constants = definition.constants.iter();
        self.loose_constants.extend(constants.map(|constant| (constant.name.as_str(), constant.value)));
    }

    /// Layout in cffi's eyes of a type that [`Types::say`] returned; a flexible array has no size.
    pub(super) fn layout(&mut self, ty: &Type) -> Option<Layout> {
        let scalar = |size: u32| Some(self.platform.scalar(size.into()));
        match ty {
            Type::Bool => scalar(1),
            Type::Int { size, .. } | Type::Float { size, .. } => scalar(*size),
            Type::Complex { size, .. } => {
                Some(Layout { size: (*size).into(), align: scalar(size / 2)?.align })
            }
            Type::Pointer { .. } => Some(self.platform.scalar(self.platform.pointer)),
            Type::Array { of, length } => {
                let element = self.layout(&of.ty)?;
                let size = element.size.checked_mul(length.unwrap_or(0))?;
                Some(Layout { size, align: element.align })
            }
            Type::Record { record, name } => self.record(*record, name)?.what.layout,
            Type::InlineRecord { definition } => definition.layout,
            Type::Enum { name } => scalar(self.symbols.enumeration(name)?.size),
            Type::InlineEnum { definition } => scalar(definition.size),
            Type::Typedef { name } if self.is_known(name) => match self.symbols.canonical(ty) {
                Type::Typedef { .. } | Type::Record { .. } => None,
                known => self.layout(known),
            },
            Type::Typedef { name } => {
                let written = self.typedef(name).ok()?;
                self.layout(&written.ty)
            }
            _ => None,
        }
    }
}

/// A record about which only the compiler knows more than its layout.
fn blob(layout: Layout) -> QualType {
    let record = Record {
        record: RecordKind::Struct,
        name: None,
        layout: Some(layout),
        packed: false,
        fields: Vec::new(),
    };
    Type::InlineRecord { definition: Box::new(record) }.into()
}

/// The integer that stands for an enum which cffi would size differently.
fn integer_of(definition: &Enum) -> Type {
    Type::Int { int: definition.underlying, size: definition.size }
}

fn owned<'a>(ty: Type) -> Said<Cow<'a, QualType>> {
    Ok(Cow::Owned(ty.into()))
}
