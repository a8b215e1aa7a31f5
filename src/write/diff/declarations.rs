//! Declaration by declaration.

use rustc_hash::FxHashSet;

use super::cxx::{self, Category, Entity};
use super::index::{Key, Side, Space, enumerators, key};
use super::records::{self, difference};
use super::report::{Breaks, Change};
use super::types::{Place, Types, Verdict};
use crate::ir::{
    ConstantValue, Declaration, DeclarationKind, Enum, EnumConstant, Function, FunctionType, Header,
    QualType, Record, Type, Typedef, Variable,
};
use crate::write::cxx::value;
use crate::write::declarator::Text;

/// Collects what is said about one declaration.
pub(super) struct Changes<'c> {
    all: &'c mut Vec<Change>,
    name: String,
    location: String,
}

impl<'c> Changes<'c> {
    pub(super) fn new(all: &'c mut Vec<Change>, name: String, location: String) -> Self {
        Changes { all, name, location }
    }

    pub(super) fn push(&mut self, kind: &str, breaks: Breaks, detail: String) {
        self.push_texts(kind, breaks, detail, None, None);
    }

    pub(super) fn push_texts(
        &mut self,
        kind: &str,
        breaks: Breaks,
        detail: String,
        baseline: Option<String>,
        target: Option<String>,
    ) {
        let (kind, name, location) = (kind.to_owned(), self.name.clone(), self.location.clone());
        self.all.push(Change { kind, name, breaks, detail, baseline, target, location });
    }

    /// About a record without tag that is a field of this one.
    pub(super) fn inside(&mut self, field: &str) -> Changes<'_> {
        Changes { name: format!("{}.{field}", self.name), location: self.location.clone(), all: self.all }
    }
}

pub(super) fn compare(old: &[Header], new: &[Header]) -> Vec<Change> {
    let (old, new) = (Side::new(old), Side::new(new));
    let by_value = new.used_by_value();
    let mut comparer = Comparer { types: Types::new(&old, &new), by_value, all: Vec::new() };
    let crossing = [crossing(&old, &new), crossing(&new, &old)];
    let of_c = |one: &&&Declaration, crossing: &FxHashSet<Key>| {
        !matches!(one.kind, DeclarationKind::Cxx(_)) && !key(one).is_some_and(|key| crossing.contains(&key))
    };
    for declaration in old.declarations.iter().filter(|one| of_c(one, &crossing[0])) {
        match key(declaration).map(|key| (key, new.find(key))) {
            Some((_, Some(now))) if declaration.bound || now.bound => comparer.pair(declaration, now),
            Some((key, None)) if declaration.bound => comparer.removed(key, declaration),
            None if declaration.bound => comparer.constants_kept(declaration, false),
            _ => {}
        }
    }
    let of_new = new.declarations.iter().filter(|one| of_c(one, &crossing[1]));
    for declaration in of_new.filter(|declaration| declaration.bound) {
        match key(declaration) {
            Some(key) if old.find(key).is_none() => comparer.added(key, declaration),
            Some(_) => {}
            None => comparer.constants_added(declaration),
        }
    }
    let (old, new) = (entities(&old, &crossing[0]), entities(&new, &crossing[1]));
    cxx::compare(&mut comparer.types, &mut comparer.all, &old, &new, None);
    comparer.all
}

fn entities<'a>(side: &Side<'a>, crossing: &FxHashSet<Key>) -> Vec<Entity<'a>> {
    let mut all = Vec::new();
    for declaration in side.declarations.iter().copied() {
        all.extend(match key(declaration) {
            Some(key) if crossing.contains(&key) => Entity::from_c(declaration),
            _ => Entity::new(declaration),
        });
    }
    all
}

/// What is C on one side and C++ on the other, such as a struct that gets its first method.
fn crossing<'a>(side: &Side<'a>, other: &Side) -> FxHashSet<Key<'a>> {
    let named = |one: &Declaration| cxx::identity(one).map(|(category, name, _)| (category, name));
    let foreign: FxHashSet<(Category, String)> =
        other.declarations.iter().filter_map(|one| named(one)).collect();
    let crosses = |one: &&'a Declaration| {
        let key = key(one)?;
        let is_there = other.find(key).is_some();
        let entity = Entity::from_c(one)?;
        (!is_there && foreign.contains(&entity.key())).then_some(key)
    };
    side.declarations.iter().filter_map(crosses).collect()
}

struct Comparer<'a> {
    types: Types<'a>,
    by_value: FxHashSet<Key<'a>>,
    all: Vec<Change>,
}

impl Comparer<'_> {
    fn changes(&mut self, declaration: &Declaration) -> Changes<'_> {
        about(&mut self.all, declaration)
    }

    fn pair(&mut self, old: &Declaration, new: &Declaration) {
        match (&old.kind, &new.kind) {
            (DeclarationKind::Record(a), DeclarationKind::Record(b)) => {
                let by_value = key(new).is_some_and(|key| self.by_value.contains(&key));
                self.records(new, a, b, by_value);
            }
            (DeclarationKind::Enum(a), DeclarationKind::Enum(b)) => self.enums(new, a, b),
            (DeclarationKind::Typedef(a), DeclarationKind::Typedef(b)) => self.typedefs(new, a, b),
            (DeclarationKind::Function(a), DeclarationKind::Function(b)) => self.functions(new, a, b),
            (DeclarationKind::Variable(a), DeclarationKind::Variable(b)) => self.variables(new, a, b),
            (DeclarationKind::Constant(a), DeclarationKind::Constant(b)) => {
                self.values(new, Some(&a.value), Some(&b.value));
            }
            (DeclarationKind::MacroFunction(a), DeclarationKind::MacroFunction(b))
                if a.parameters.len() != b.parameters.len() =>
            {
                let detail = "takes another number of arguments".to_owned();
                let (before, after) = (declared(old), declared(new));
                self.changes(new).push_texts("macro_changed", Breaks::API, detail, before, after);
            }
            _ => {}
        }
        self.constants_kept(old, true);
        self.constants_added(new);
        if old.deprecated != new.deprecated {
            deprecation(&mut self.changes(new), new.deprecated);
        }
    }

    fn records(&mut self, new: &Declaration, a: &Record, b: &Record, by_value: bool) {
        let mut changes = about(&mut self.all, new);
        records::compare(&mut self.types, &mut changes, a, b, by_value);
    }

    fn enums(&mut self, declaration: &Declaration, old: &Enum, new: &Enum) {
        enum_layout(&mut self.changes(declaration), old, new);
    }

    fn typedefs(&mut self, declaration: &Declaration, old: &Typedef, new: &Typedef) {
        if old.align != new.align {
            let shown =
                |align: Option<u64>| align.map_or("the natural one".into(), |align| format!("{align}"));
            let detail = format!("alignment {} is now {}", shown(old.align), shown(new.align));
            self.changes(declaration).push("typedef_changed", Breaks::ABI, detail);
        }
        let old_record = definition(&old.ty, self.types.old);
        let new_record = definition(&new.ty, self.types.new);
        // A typedef is the only name of a record without tag; getting or losing a tag changes nothing about it.
        if let (Some((old, old_inline)), Some((new, new_inline))) = (&old_record, &new_record)
            && (*old_inline || *new_inline)
            && old.record == new.record
        {
            let by_value = self.by_value.contains(&(Space::Typedef, declaration.name().unwrap_or_default()));
            return self.records(declaration, old, new, by_value);
        }
        if let (Type::InlineEnum { definition: old }, Type::InlineEnum { definition: new }) =
            (&old.ty.ty, &new.ty.ty)
        {
            return self.enums(declaration, old, new);
        }
        let verdict = self.types.compare(&old.ty, &new.ty, Place::Value);
        if verdict > Verdict::Same {
            let (before, after) = (spelled(&old.ty), spelled(&new.ty));
            let detail = match verdict {
                Verdict::Alias => "names the same type in another way",
                verdict => records::difference(verdict),
            };
            let (breaks, detail) = (verdict.breaks(), detail.to_owned());
            self.changes(declaration).push_texts(
                "typedef_changed",
                breaks,
                detail,
                Some(before),
                Some(after),
            );
        }
    }

    fn functions(&mut self, declaration: &Declaration, old: &Function, new: &Function) {
        let signature = signature(&mut self.types, &old.ty, &new.ty, false);
        let texts = [old, new].map(|one| Some(prototype(one)));
        let [before, after] = texts;
        if !signature.details.is_empty() {
            let detail = signature.details.join("; ");
            let texts = (before.clone(), after.clone());
            let mut changes = self.changes(declaration);
            changes.push_texts("function_signature_changed", signature.breaks, detail, texts.0, texts.1);
        }
        if let Some(detail) = renamed_parameters(&old.ty, &new.ty) {
            let mut changes = self.changes(declaration);
            changes.push_texts("function_parameter_renamed", Breaks::NOTHING, detail, before, after);
        }
        let [before, after] = [old, new].map(|one| one.symbol.as_deref().unwrap_or(&one.name));
        let linkage = match (old.inline, new.inline) {
            (false, true) => ("has no symbol in the library any more: it is inline".into(), Breaks::ABI),
            (true, false) => ("is not inline any more: the library has to define it".into(), Breaks::NOTHING),
            (false, false) if before != after => (moved_symbol(before, after), Breaks::ABI),
            _ => return,
        };
        self.changes(declaration).push("function_linkage_changed", linkage.1, linkage.0);
    }

    fn variables(&mut self, declaration: &Declaration, old: &Variable, new: &Variable) {
        let verdict = self.types.compare(&old.ty, &new.ty, Place::Value);
        if verdict > Verdict::Same {
            let texts = [old, new].map(|one| Some(declare(&one.ty, &one.name)));
            let [before, after] = texts;
            let (breaks, detail) = (verdict.breaks(), difference(verdict).to_owned());
            self.changes(declaration).push_texts("variable_type_changed", breaks, detail, before, after);
        }
        let [before, after] = [old, new].map(|one| one.symbol.as_deref().unwrap_or(&one.name));
        let linkage = match (old.is_static, new.is_static) {
            (false, true) => ("has no symbol in the library any more: it is static".into(), Breaks::ABI),
            (true, false) => ("is not static any more: the library has to define it".into(), Breaks::NOTHING),
            (false, false) if before != after => (moved_symbol(before, after), Breaks::ABI),
            _ => return self.values(declaration, old.value.as_ref(), new.value.as_ref()),
        };
        self.changes(declaration).push("variable_linkage_changed", linkage.1, linkage.0);
    }

    fn values(
        &mut self,
        declaration: &Declaration,
        old: Option<&ConstantValue>,
        new: Option<&ConstantValue>,
    ) {
        values(&mut self.changes(declaration), old, new);
    }

    fn removed(&mut self, key: Key, declaration: &Declaration) {
        self.constants_kept(declaration, false);
        let has_symbol = match &declaration.kind {
            DeclarationKind::Function(function) => !function.inline,
            DeclarationKind::Variable(variable) => !variable.is_static,
            _ => false,
        };
        let mut breaks = Breaks { abi: has_symbol, api: true };
        let (space, name) = key;
        let mut detail = format!("{} removed", space.noun());
        if let Some((successor, stands_in)) = self.successor(declaration) {
            detail = format!("is {successor} now");
            breaks.api = !stands_in;
        }
        let kind = format!("{}_removed", space.noun());
        let text = declared(declaration);
        about(&mut self.all, declaration).push_texts(&kind, breaks, detail, text, None);
        let _ = name;
    }

    /// What has the name of a removed declaration now, and whether sources may use it in the same way.
    fn successor(&self, declaration: &Declaration) -> Option<(&'static str, bool)> {
        let name = declaration.name()?;
        let has = |space: Space| self.types.new.find((space, name));
        let old_value = match &declaration.kind {
            DeclarationKind::Constant(constant) => Some(&constant.value),
            DeclarationKind::Variable(variable) => variable.value.as_ref(),
            _ => None,
        };
        match &declaration.kind {
            DeclarationKind::Function(_) => has(Space::Macro).map(|_| ("a macro", true)),
            DeclarationKind::MacroFunction(_) => has(Space::Function).map(|_| ("a function", true)),
            DeclarationKind::Constant(_) | DeclarationKind::Variable(_) => {
                if let Some(constant) = self.types.new.enumerator(name) {
                    let same = old_value == Some(&ConstantValue::Int(constant.value));
                    return Some(("an enum constant", same));
                }
                let found = has(Space::Variable).or_else(|| has(Space::Constant))?;
                match &found.kind {
                    DeclarationKind::Constant(constant) => {
                        Some(("a macro", old_value == Some(&constant.value)))
                    }
                    DeclarationKind::Variable(variable) => {
                        Some(("a variable", old_value.is_some() && old_value == variable.value.as_ref()))
                    }
                    _ => None,
                }
            }
            DeclarationKind::Record(_) => has(Space::Struct)
                .map(|_| ("a struct", false))
                .or(has(Space::Union).map(|_| ("a union", false))),
            _ => None,
        }
    }

    fn added(&mut self, key: Key, declaration: &Declaration) {
        let noun = key.0.noun();
        let text = declared(declaration);
        let mut changes = self.changes(declaration);
        changes.push_texts(&format!("{noun}_added"), Breaks::NOTHING, format!("{noun} added"), None, text);
    }

    /// The enum constants of an old declaration; `stays`: whether the declaration is there still, so that a
    /// constant that is gone is news.
    fn constants_kept(&mut self, declaration: &Declaration, stays: bool) {
        let is_unnamed = key(declaration).is_none();
        for old in enumerators(declaration) {
            let text = Some(constant_text(old));
            match self.types.new.enumerator(&old.name) {
                Some(new) if new.value == old.value => {}
                Some(new) => {
                    let detail = format!("`{}` has another value", old.name);
                    let after = Some(constant_text(new));
                    let mut changes = self.changes_of_constant(declaration, old);
                    changes.push_texts("enum_value_changed", Breaks::ABI, detail, text, after);
                }
                None if stays || is_unnamed => {
                    let constant = self.types.new.find((Space::Constant, &old.name));
                    let stands_in = constant.is_some_and(|now| match &now.kind {
                        DeclarationKind::Constant(now) => now.value == ConstantValue::Int(old.value),
                        _ => false,
                    });
                    let (breaks, detail) = match stands_in {
                        true => (Breaks::NOTHING, format!("`{}` is a macro of the same value now", old.name)),
                        false => (Breaks::ALL, format!("`{}` removed", old.name)),
                    };
                    let mut changes = self.changes_of_constant(declaration, old);
                    changes.push_texts("enum_value_removed", breaks, detail, text, None);
                }
                None => {}
            }
        }
    }

    /// The enum constants that a declaration has gained.
    fn constants_added(&mut self, declaration: &Declaration) {
        for new in enumerators(declaration) {
            if self.types.old.enumerator(&new.name).is_none() {
                let detail = format!("`{}` added", new.name);
                let text = Some(constant_text(new));
                let mut changes = self.changes_of_constant(declaration, new);
                changes.push_texts("enum_value_added", Breaks::NOTHING, detail, None, text);
            }
        }
    }

    /// Changes under the name of the enum, or of the constant if the enum has none.
    fn changes_of_constant(&mut self, declaration: &Declaration, constant: &EnumConstant) -> Changes<'_> {
        let changes = about(&mut self.all, declaration);
        match declaration.name() {
            Some(_) => changes,
            None => Changes { name: constant.name.clone(), ..changes },
        }
    }
}

pub(super) fn deprecation(changes: &mut Changes, is_deprecated: bool) {
    let (kind, detail) = match is_deprecated {
        true => ("deprecation_added", "is deprecated now"),
        false => ("deprecation_removed", "is not deprecated any more"),
    };
    changes.push(kind, Breaks::NOTHING, detail.into());
}

pub(super) fn enum_layout(changes: &mut Changes, old: &Enum, new: &Enum) {
    let (detail, breaks) = match (old.incomplete, new.incomplete) {
        (false, false) if old.size != new.size => {
            (format!("size {} is now {}", old.size, new.size), Breaks::ABI)
        }
        (false, false) if old.underlying.is_signed() != new.underlying.is_signed() => {
            ("the underlying type has another sign".into(), Breaks::NOTHING)
        }
        (false, true) => ("is opaque now".into(), Breaks::ALL),
        (true, false) => ("is not opaque any more".into(), Breaks::NOTHING),
        _ => return,
    };
    let texts = [old, new].map(|one| Some(one.underlying.spelling().to_owned()));
    let [before, after] = texts;
    changes.push_texts("enum_layout_changed", breaks, detail, before, after);
}

fn moved_symbol(old: &str, new: &str) -> String {
    format!("symbol `{old}` is now `{new}`")
}

/// Compiled programs hold the old value of a constant. Of a string, or of what a name tells to be a version
/// number, they expect nothing.
pub(super) fn values(changes: &mut Changes, old: Option<&ConstantValue>, new: Option<&ConstantValue>) {
    let (Some(old), Some(new)) = (old, new) else { return };
    if old == new {
        return;
    }
    use ConstantValue::{Address, AddressOf, Bytes, Float, Int, Name, String, Wide};
    let (breaks, detail) = match (old, new) {
        (String(_) | Bytes(_), String(_) | Bytes(_)) | (Wide(_), Wide(_)) => {
            (Breaks::NOTHING, "has another value")
        }
        (Name(_), Name(_)) | (AddressOf(_), AddressOf(_)) => (Breaks::ABI, "stands for another declaration"),
        (Int(_), Int(_)) | (Float(_), Float(_)) | (Address(_), Address(_)) => {
            (if is_version(&changes.name) { Breaks::NOTHING } else { Breaks::ABI }, "has another value")
        }
        _ => (Breaks::ALL, "has a value of another type"),
    };
    let texts = (Some(value(old)), Some(value(new)));
    changes.push_texts("constant_changed", breaks, detail.into(), texts.0, texts.1);
}

/// A sentence about parameters that have other names. Among parameters that come and go, names only shift.
pub(super) fn renamed_parameters(old: &FunctionType, new: &FunctionType) -> Option<String> {
    let pairs = old.parameters.iter().zip(&new.parameters);
    let renamed: Vec<String> = pairs
        .filter_map(|(old, new)| Some((old.name.as_ref()?, new.name.as_ref()?)))
        .filter(|(old, new)| old != new)
        .map(|(old, new)| format!("`{old}` is now `{new}`"))
        .collect();
    let is_same_count = old.parameters.len() == new.parameters.len();
    (is_same_count && !renamed.is_empty()).then(|| format!("parameter {}", renamed.join(", ")))
}

/// What differs between two prototypes. `takes_old_calls`: further parameters have defaults.
pub(super) fn signature(
    types: &mut Types,
    old: &FunctionType,
    new: &FunctionType,
    takes_old_calls: bool,
) -> Signature {
    let mut signature = Signature::default();
    let verdict = types.compare(&old.result, &new.result, Place::Result);
    signature.note_type("the result", verdict);
    match (old.unprototyped, new.unprototyped) {
        (true, false) => {
            let breaks = if new.parameters.is_empty() { Breaks::NOTHING } else { Breaks::API };
            signature.note("has a prototype now".into(), breaks);
        }
        (false, true) => signature.note("has no prototype any more".into(), Breaks::NOTHING),
        _ if old.parameters.len() != new.parameters.len() => {
            let counts = (new.parameters.len(), old.parameters.len());
            let detail = format!("takes {} parameters instead of {}", counts.0, counts.1);
            signature.note(detail, Breaks { abi: true, api: !takes_old_calls });
        }
        _ => {}
    }
    for (index, (old, new)) in old.parameters.iter().zip(&new.parameters).enumerate() {
        let verdict = types.compare(&old.ty, &new.ty, Place::Parameter);
        let name = new.name.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default();
        signature.note_type(&format!("parameter {}{name}", index + 1), verdict);
    }
    match (old.variadic, new.variadic) {
        // Some targets pass arguments to variadic functions in another way (AAPCS64 on Apple systems).
        (false, true) => signature.note("takes further arguments now".into(), Breaks::ABI),
        (true, false) => signature.note("takes no further arguments any more".into(), Breaks::ALL),
        _ => {}
    }
    if old.call_conv != new.call_conv {
        signature.note("has another calling convention".into(), Breaks::ALL);
    }
    signature
}

/// What differs between two prototypes.
#[derive(Default)]
pub(super) struct Signature {
    pub(super) details: Vec<String>,
    pub(super) breaks: Breaks,
}

impl Signature {
    pub(super) fn note(&mut self, detail: String, breaks: Breaks) {
        self.details.push(detail);
        self.breaks = self.breaks.or(breaks);
    }

    fn note_type(&mut self, what: &str, verdict: Verdict) {
        if verdict > Verdict::Same {
            self.note(format!("{what} {}", difference(verdict)), verdict.breaks());
        }
    }
}

fn about<'c>(all: &'c mut Vec<Change>, declaration: &Declaration) -> Changes<'c> {
    let name = declaration.name().unwrap_or_default().to_owned();
    Changes { all, name, location: declaration.location.to_string() }
}

/// The record that a typedef names, and whether it is defined there.
fn definition<'t>(ty: &'t QualType, side: &Side<'t>) -> Option<(&'t Record, bool)> {
    match &ty.ty {
        Type::InlineRecord { definition } => Some((definition, true)),
        Type::Record { record, name } => side.record(*record, name).map(|record| (record, false)),
        _ => None,
    }
}

/// Whether a word of a name says that its value is a version.
fn is_version(name: &str) -> bool {
    let words = [
        "MAJOR",
        "MINOR",
        "MICRO",
        "PATCH",
        "PATCHLEVEL",
        "REVISION",
        "RELEASE",
        "BUILD",
        "SONAME",
        "SOVERSION",
    ];
    let upper = name.to_uppercase();
    upper.split('_').any(|word| word.starts_with("VER") || words.contains(&word))
        || upper.ends_with("VERSION")
}

fn declare(ty: &QualType, name: &str) -> String {
    let mut text = Text::default();
    text.declare(ty, name);
    text.text
}

fn spelled(ty: &QualType) -> String {
    declare(ty, "")
}

fn prototype(function: &Function) -> String {
    let mut text = Text::default();
    text.declare_function(&function.name, &function.ty);
    text.text
}

fn constant_text(constant: &EnumConstant) -> String {
    format!("{} = {}", constant.name, constant.value)
}

/// A declaration in C, records and enums without their members.
fn declared(declaration: &Declaration) -> Option<String> {
    Some(match &declaration.kind {
        DeclarationKind::Record(record) => format!("{} {}", record.record.keyword(), record.name.as_ref()?),
        DeclarationKind::Enum(definition) => format!("enum {}", definition.name.as_ref()?),
        DeclarationKind::Typedef(typedef) => format!("typedef {}", declare(&typedef.ty, &typedef.name)),
        DeclarationKind::Function(function) => prototype(function),
        DeclarationKind::Variable(variable) => declare(&variable.ty, &variable.name),
        DeclarationKind::Constant(constant) => {
            format!("#define {} {}", constant.name, value(&constant.value))
        }
        DeclarationKind::MacroFunction(function) => {
            format!("#define {}({})", function.name, function.parameters.join(", "))
        }
        DeclarationKind::Cxx(_) => return None,
    })
}
