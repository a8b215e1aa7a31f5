//! Types as Cython can say them.
//!
//! The declarators are C's, so that a type becomes another one of the IR whose names are Cython's. What
//! Cython has no syntax for gets a helper: a name of ours that C spells as the type.

use std::collections::{BTreeMap, BTreeSet};

use super::cxx_types::{CxxNames, templates};
use super::known::{Known, KnownTypes};
use super::names::{Names, parameter, with_c_name};
use crate::ir::{CallConv, Enum, FloatKind, FunctionType, Header, IntKind, Parameter, QualType, Type};
use crate::write::declarator::Text;
use crate::write::symbols::{Symbols, walk};
use rustc_hash::{FxHashMap, FxHashSet};

/// Why something is left out.
#[derive(Debug)]
pub(super) struct Unsayable(pub String);

/// Where a type stands, so that records without a name can be named after it.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// What to call such a record.
    pub wish: String,
    /// A C expression of the type.
    pub expression: String,
}

impl Site {
    fn element(&self) -> Site {
        Site { expression: format!("{}[0]", self.expression), ..self.clone() }
    }
}

/// Cython's view of the types of one header.
pub(super) struct Types<'a> {
    pub symbols: Symbols<'a>,
    pub names: Names<'a>,
    known: KnownTypes,
    /// Names to cimport by module, with the name they get where that differs.
    pub cimports: BTreeMap<String, BTreeSet<String>>,
    /// Whether `va_list` has to be declared.
    pub needs_va_list: bool,
    /// Declarations of helpers for what is written next.
    pub pending: Vec<String>,
    /// What to tell people about what is written next.
    pub notes: Vec<String>,
    /// Whether what is written next is the system's, whose private members depend on what else is defined.
    pub is_system: bool,
    /// Object-like macros of the bound headers: what else has such a name cannot be said in C.
    pub macros: FxHashSet<&'a str>,
    /// Helpers by what C calls them.
    pub helpers: FxHashMap<String, String>,
    /// What only C++ has.
    pub cxx: CxxNames,
    /// Templates and other classes that Cython cannot say, by qualified names.
    pub left_out: FxHashSet<String>,
    /// All class templates, by qualified names.
    pub templates: Vec<String>,
    /// Enum constants that are declared.
    pub constants: FxHashSet<String>,
}

impl<'a> Types<'a> {
    pub(super) fn new(header: &'a Header, known: KnownTypes) -> Self {
        let mut names = Names::new(header);
        let cxx = CxxNames::new(header, &mut names);
        let (left_out, templates) = templates(header);
        Types {
            symbols: Symbols::new(header),
            names,
            cxx,
            left_out,
            templates,
            known,
            cimports: BTreeMap::new(),
            needs_va_list: false,
            pending: Vec::new(),
            notes: Vec::new(),
            is_system: false,
            macros: header.defines.iter().map(String::as_str).collect(),
            helpers: FxHashMap::default(),
            constants: FxHashSet::default(),
        }
    }

    /// Where Cython has the typedef already.
    pub(super) fn known_typedef(&self, name: &str) -> Option<Known> {
        let declaration = self.symbols.typedef_declaration(name)?;
        let ty = self.symbols.canonical(&self.symbols.typedef(name)?.ty.ty);
        match ty {
            Type::VaList { .. } if name == "va_list" => {
                Some(self.known.stub("va_list").unwrap_or(Known::Builtin))
            }
            ty => self
                .known
                .typedef(name, ty)
                .or_else(|| (!declaration.bound).then(|| self.known.stub(name)).flatten()),
        }
    }

    /// Where Cython has a record of the system already.
    pub(super) fn known_record(&self, record: crate::ir::RecordKind, tag: &str) -> Option<Known> {
        let declaration = self.symbols.record_declaration(record, tag)?;
        if declaration.bound {
            return None;
        }
        self.known.record(record, tag).or_else(|| self.known.stub(tag))
    }

    /// Makes a known type available and gives its name here.
    pub(super) fn use_known(&mut self, known: &Known, name: &str, here: &str) {
        match known {
            Known::Builtin if name == "va_list" => self.needs_va_list = true,
            Known::Builtin => {}
            Known::In(module) => {
                let item = if name == here { name.to_owned() } else { format!("{name} as {here}") };
                self.cimports.entry(module.clone()).or_default().insert(item);
            }
        }
    }

    /// The type as Cython says it; `site` says where records without a name stand.
    pub(super) fn say(&mut self, ty: &'a QualType, site: Option<&Site>) -> Result<QualType, Unsayable> {
        let element = site.map(Site::element);
        let said = match &ty.ty {
            Type::Void => Type::Void,
            Type::Bool if self.cxx.is_cxx => {
                self.use_known(&Known::In("libcpp".into()), "bool", "bool");
                named("bool")
            }
            Type::Bool => self.helper("_Bool", "_Bool", "ctypedef bint {}"),
            Type::Int { int: IntKind::Int128, .. } => {
                self.helper("int128", "__int128", "ctypedef long long {}")
            }
            Type::Int { int: IntKind::UInt128, .. } => {
                self.helper("uint128", "unsigned __int128", "ctypedef unsigned long long {}")
            }
            Type::Int { int: IntKind::WChar, .. } => {
                self.use_known(&Known::In("libc.stddef".into()), "wchar_t", "wchar_t");
                named("wchar_t")
            }
            Type::Int { int: IntKind::Char16, .. } => {
                self.helper("char16_t", "char16_t", "ctypedef unsigned short {}")
            }
            Type::Int { int: IntKind::Char32, .. } => {
                self.helper("char32_t", "char32_t", "ctypedef unsigned int {}")
            }
            Type::Int { .. } => ty.ty.clone(),
            Type::Float { float: FloatKind::Float | FloatKind::Double | FloatKind::LongDouble, .. } => {
                ty.ty.clone()
            }
            Type::Float { float, size } => {
                let alike = if *size > 8 { "ctypedef long double {}" } else { "ctypedef float {}" };
                self.helper(float.spelling().trim_start_matches('_'), float.spelling(), alike)
            }
            Type::Complex { float, .. } => match float {
                FloatKind::Float => named("float complex"),
                FloatKind::Double => named("double complex"),
                FloatKind::LongDouble => named("long double complex"),
                _ => self.opaque(&format!("{} _Complex", float.spelling()))?,
            },
            Type::Pointer { to } => {
                let pointer = Type::Pointer { to: Box::new(self.say(to, element.as_ref())?) };
                // Cython has no syntax for a pointer that is volatile itself.
                if ty.is_volatile { self.alike("volatile_pointer", ty, pointer)? } else { pointer }
            }
            Type::Array { of, length } => {
                Type::Array { of: Box::new(self.say(of, element.as_ref())?), length: *length }
            }
            Type::Function(function) => Type::Function(self.say_function(function)?),
            Type::Record { record, name } => {
                let here = self.names.tag(name);
                if let Some(known) = self.known_record(*record, name) {
                    self.use_known(&known, name, &here);
                }
                Type::Typedef { name: here }
            }
            Type::Enum { name } => Type::Typedef { name: self.names.tag(name) },
            Type::Typedef { name } => self.say_typedef(name)?,
            Type::InlineRecord { .. } => self.say_inline_record(ty, site)?,
            Type::InlineEnum { definition } => {
                self.declare_constants(definition);
                Type::Int { int: definition.underlying, size: definition.size }
            }
            Type::Vector { of, size, .. } => {
                let spelling = format!("__attribute__((vector_size({size}))) {}", c_type(of)?);
                self.helper("vector", &spelling, OPAQUE)
            }
            Type::Atomic { of } => self.say_atomic(of)?,
            Type::VaList { .. } => {
                let known = self.known.stub("va_list").unwrap_or(Known::Builtin);
                self.use_known(&known, "va_list", "va_list");
                named("va_list")
            }
            Type::Opaque { spelling, .. } => self.opaque(spelling)?,
            Type::Cxx { ty: cxx } => self.say_cxx(ty, cxx)?,
        };
        let is_pointer = matches!(ty.ty, Type::Pointer { .. });
        // `restrict` changes no type that Cython could get wrong.
        Ok(QualType {
            ty: said,
            is_const: ty.is_const,
            is_volatile: ty.is_volatile && !is_pointer,
            is_restrict: false,
        })
    }

    fn say_typedef(&mut self, name: &str) -> Result<Type, Unsayable> {
        if let Some(known) = self.known_typedef(name) {
            self.use_known(&known, name, name);
            return Ok(named(name));
        }
        match self.typedef_problem(name) {
            Some(problem) => Err(Unsayable(format!("typedef `{name}` cannot be said: {problem}"))),
            None => Ok(Type::Typedef { name: self.names.ordinary(name) }),
        }
    }

    /// Why the typedef has no declaration in Cython.
    pub(super) fn typedef_problem(&self, name: &str) -> Option<String> {
        self.typedef_problem_within(name, 0)
    }

    fn typedef_problem_within(&self, name: &str, depth: usize) -> Option<String> {
        // A header cannot hold a cycle of typedefs; stored IR is not trusted to know that.
        if depth > 64 {
            return Some("it stands for itself".into());
        }
        let typedef = self.symbols.typedef(name)?;
        if self.is_opaque_typedef(&typedef.ty.ty) {
            return None;
        }
        let mut problem = None;
        walk_parts(&typedef.ty, true, &mut |ty, has_site| {
            let found = match &ty.ty {
                Type::Typedef { name } if self.known_typedef(name).is_none() => {
                    self.typedef_problem_within(name, depth + 1)
                }
                Type::InlineRecord { .. } if !has_site => Some(NO_NAME.to_owned()),
                Type::Function(function) if function.call_conv == CallConv::Other => {
                    Some(CONVENTION.to_owned())
                }
                Type::Atomic { of } | Type::Vector { of, .. } => {
                    c_type(of).err().map(|Unsayable(reason)| reason)
                }
                Type::Opaque { spelling, .. } => spelled(spelling).err().map(|Unsayable(reason)| reason),
                _ => None,
            };
            problem = problem.take().or(found);
        });
        problem
    }

    /// Whether only the name of a typedef of `ty` means something to Cython.
    pub(super) fn is_opaque_typedef(&self, ty: &Type) -> bool {
        match ty {
            Type::Vector { .. } | Type::Opaque { .. } => true,
            Type::Pointer { to } => {
                matches!(&to.ty, Type::Function(function) if function.call_conv == CallConv::Other)
            }
            Type::Function(function) => function.call_conv == CallConv::Other,
            Type::Complex { float, .. } => {
                !matches!(float, FloatKind::Float | FloatKind::Double | FloatKind::LongDouble)
            }
            // The header knows the elements, but what only the array needs of them is not in the IR.
            Type::Array { of, .. } => match self.symbols.canonical(&of.ty) {
                Type::Record { .. } => {
                    self.symbols.as_record(&of.ty).is_none_or(|record| record.layout.is_none())
                }
                element => matches!(element, Type::Array { .. }) && self.is_opaque_typedef(element),
            },
            _ => false,
        }
    }

    /// The function type as Cython says it.
    pub(super) fn say_function(&mut self, function: &'a FunctionType) -> Result<FunctionType, Unsayable> {
        if function.call_conv == CallConv::Other {
            // Cython lets one take the address of what it can call, and would lose the convention.
            return Err(Unsayable(CONVENTION.into()));
        }
        let parameters = function
            .parameters
            .iter()
            .map(|item| {
                let ty = self.say_value(&item.ty)?;
                Ok(Parameter { name: item.name.as_deref().map(parameter), ty })
            })
            .collect::<Result<Vec<_>, Unsayable>>()?;
        Ok(FunctionType {
            result: Box::new(self.say_value(&function.result)?),
            // Cython reads `(void)` as a parameter of that type.
            unprototyped: parameters.is_empty() && !function.variadic,
            parameters,
            variadic: function.variadic,
            call_conv: function.call_conv,
        })
    }

    /// The type of a parameter or result, whose own qualifiers mean nothing to a caller (C11 6.7.6.3p15).
    fn say_value(&mut self, ty: &'a QualType) -> Result<QualType, Unsayable> {
        let said = self.say(ty, None)?;
        Ok(QualType::from(said.ty))
    }

    fn say_inline_record(&mut self, ty: &'a QualType, site: Option<&Site>) -> Result<Type, Unsayable> {
        let Type::InlineRecord { definition } = &ty.ty else { return Ok(Type::Void) };
        let site = site.ok_or_else(|| Unsayable(NO_NAME.into()))?;
        let name = self.names.unique(&site.wish, true);
        let body = self.body(definition, &name, &format!("{}.", site.expression));
        // The comma makes a value of it, which has no qualifiers.
        let expression = if ty.is_const || ty.is_volatile {
            format!("(0, {})", site.expression)
        } else {
            site.expression.clone()
        };
        let introduced = with_c_name(&name, &format!("__typeof__({expression})"));
        self.pending.push(block(&format!("ctypedef {} {introduced}", definition.record.keyword()), &body));
        Ok(Type::Typedef { name })
    }

    fn say_atomic(&mut self, of: &'a QualType) -> Result<Type, Unsayable> {
        let c_name = format!("_Atomic({})", c_type(of)?);
        match self.symbols.canonical(&of.ty) {
            Type::Record { .. } | Type::InlineRecord { .. } => Ok(self.helper("atomic", &c_name, OPAQUE)),
            _ => {
                let said = self.say(of, None)?;
                Ok(self.alias("atomic", &c_name, &said))
            }
        }
    }

    /// A type of ours that C spells as `ty` is, and that Cython treats as `said`.
    fn alike(&mut self, wish: &str, ty: &QualType, said: Type) -> Result<Type, Unsayable> {
        let c_name = format!("__typeof__({})", c_type(ty)?);
        Ok(self.alias(wish, &c_name, &said.into()))
    }

    fn alias(&mut self, wish: &str, c_name: &str, said: &QualType) -> Type {
        if let Some(name) = self.helpers.get(c_name) {
            return Type::Typedef { name: name.clone() };
        }
        let name = self.names.unique(wish, true);
        let mut text = Text::suffixed();
        text.text.push_str("ctypedef ");
        text.declare(said, &with_c_name(&name, c_name));
        self.pending.push(text.text);
        self.helpers.insert(c_name.to_owned(), name.clone());
        Type::Typedef { name }
    }

    fn opaque(&mut self, spelling: &str) -> Result<Type, Unsayable> {
        spelled(spelling)?;
        Ok(self.helper("opaque", spelling, OPAQUE))
    }

    /// A type of ours that C spells `c_name`, declared by `template` with the name for `{}`.
    fn helper(&mut self, wish: &str, c_name: &str, template: &str) -> Type {
        if let Some(name) = self.helpers.get(c_name) {
            return Type::Typedef { name: name.clone() };
        }
        let name = self.names.unique(wish, true);
        self.pending.push(template.replacen("{}", &with_c_name(&name, c_name), 1));
        self.helpers.insert(c_name.to_owned(), name.clone());
        Type::Typedef { name }
    }

    /// Declares the constants of an enum that has no name.
    pub(super) fn declare_constants(&mut self, definition: &Enum) {
        let constants: Vec<_> = definition
            .constants
            .iter()
            .filter(|constant| self.constants.insert(constant.name.clone()))
            .collect();
        let lines: Vec<String> = constants
            .iter()
            .filter(|constant| i32::try_from(constant.value.value()).is_ok())
            .map(|constant| self.names.declared(&constant.name))
            .collect();
        if !lines.is_empty() {
            self.pending.push(block("enum", &lines));
        }
        for constant in constants {
            // Cython takes the constants of an enum without name for `int`s.
            if let Some(ty) = wide_type(constant.value.value()) {
                self.pending.push(format!("const {ty} {}", self.names.declared(&constant.name)));
            }
        }
    }
}

const NO_NAME: &str = "a record without a name stands where C cannot name its type";
const CONVENTION: &str = "Cython has no word for its calling convention";
/// A type whose values can only be copied.
const OPAQUE: &str = "ctypedef struct {}:\n    pass";

/// The type for a constant that does not fit an `int`.
pub(super) fn wide_type(value: i128) -> Option<&'static str> {
    match value {
        value if i32::try_from(value).is_ok() => None,
        value if i64::try_from(value).is_ok() => Some("long long"),
        _ => Some("unsigned long long"),
    }
}

/// A head with indented lines below it.
pub(super) fn block(head: &str, lines: &[String]) -> String {
    let mut text = format!("{head}:");
    for line in lines {
        text.push_str("\n    ");
        text.push_str(&line.replace('\n', "\n    "));
    }
    if lines.is_empty() {
        text.push_str("\n    pass");
    }
    text
}

fn named(name: &str) -> Type {
    Type::Typedef { name: name.to_owned() }
}

/// The type as C spells it.
fn c_type(ty: &QualType) -> Result<String, Unsayable> {
    let mut nameless = false;
    walk(ty, &mut |ty| {
        nameless |= matches!(ty.ty, Type::InlineRecord { .. } | Type::InlineEnum { .. });
    });
    if nameless {
        return Err(Unsayable(NO_NAME.into()));
    }
    let mut text = Text::suffixed();
    text.declare(ty, "");
    Ok(text.text)
}

/// Whether clang's spelling is one that C compilers read in front of any declarator.
fn spelled(spelling: &str) -> Result<(), Unsayable> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ' ' | '(' | ')');
    if spelling.chars().all(plain) && !spelling.contains("unnamed") {
        Ok(())
    } else {
        Err(Unsayable(format!("Cython has no type `{spelling}`")))
    }
}

/// Calls `visit` on every type inside `ty` that has to be said for it, with whether C can name it by an
/// expression there.
fn walk_parts<'t>(ty: &'t QualType, has_site: bool, visit: &mut dyn FnMut(&'t QualType, bool)) {
    visit(ty, has_site);
    match &ty.ty {
        Type::Pointer { to } => walk_parts(to, has_site, visit),
        Type::Array { of, .. } => walk_parts(of, has_site, visit),
        Type::Function(function) => {
            walk_parts(&function.result, false, visit);
            function.parameters.iter().for_each(|parameter| walk_parts(&parameter.ty, false, visit));
        }
        _ => {}
    }
}
