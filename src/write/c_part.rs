//! The part of a C++ header that C can use, for writers whose consumers know C only.
//!
//! References become pointers, enums of namespaces integers, and pointers to classes pointers to `void`;
//! whatever needs more of C++ is left out with a diagnostic.

use std::borrow::Cow;

use crate::diagnostics::Diagnostic;
use crate::ir::{
    Class, ClassKind, Constant, Cxx, CxxItem, CxxType, DeclarationKind, Enum, Field, Function, FunctionType,
    Header, IntKind, Named, NamedType, Parameter, QualType, Record, RecordKind, Type, Typedef,
};
use rustc_hash::{FxHashMap, FxHashSet};

/// A header without C++.
pub(super) struct CPart<'h> {
    /// What C can use.
    pub header: Cow<'h, Header>,
    /// What was left out.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether C++ was left out and nothing that is bound remained.
    pub is_empty: bool,
}

/// Takes the C part out of a header; one without C++ is passed on as it is.
pub(super) fn c_part(header: &Header) -> CPart<'_> {
    let has_cxx = header.declarations.iter().any(|item| matches!(item.kind, DeclarationKind::Cxx(_)));
    if !has_cxx {
        return CPart { header: Cow::Borrowed(header), diagnostics: Vec::new(), is_empty: false };
    }
    let mut converter = Converter::new(header);
    let mut diagnostics = Vec::new();
    let mut declarations = Vec::new();
    for declaration in &header.declarations {
        match converter.declaration(&declaration.kind) {
            Ok(Some(kind)) => declarations.push(crate::ir::Declaration { kind, ..declaration.clone() }),
            Ok(None) => {}
            Err(reason) => {
                if let DeclarationKind::Typedef(typedef) = &declaration.kind {
                    converter.dropped.insert(&typedef.name);
                }
                if declaration.bound {
                    let name = match &declaration.kind {
                        DeclarationKind::Cxx(cxx) => cxx.qualified_name().unwrap_or_default(),
                        _ => declaration.name().unwrap_or_default().to_owned(),
                    };
                    let message = format!("{} `{name}` is left out: {reason}", noun(&declaration.kind));
                    diagnostics.push(Diagnostic::warning(message, &declaration.location));
                }
            }
        }
    }
    let is_macro = |kind: &DeclarationKind| matches!(kind, DeclarationKind::MacroFunction(_));
    let is_empty =
        !diagnostics.is_empty() && !declarations.iter().any(|one| one.bound && !is_macro(&one.kind));
    let header = Cow::Owned(Header {
        path: header.path.clone(),
        target: header.target.clone(),
        include: header.include.clone(),
        defines: header.defines.clone(),
        declarations,
    });
    CPart { header, diagnostics, is_empty }
}

fn noun(kind: &DeclarationKind) -> &'static str {
    match kind {
        DeclarationKind::Cxx(cxx) => cxx.item.noun(),
        DeclarationKind::Record(record) => record.record.keyword(),
        DeclarationKind::Enum(_) => "enum",
        DeclarationKind::Typedef(_) => "typedef",
        DeclarationKind::Function(_) => "function",
        DeclarationKind::Variable(_) => "variable",
        DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => "macro",
    }
}

/// Why C cannot say something.
type Said<T> = Result<T, String>;

struct Converter<'h> {
    /// Classes of the global namespace that C can lay out.
    records: FxHashMap<&'h str, RecordKind>,
    /// Enums by their qualified names.
    enums: FxHashMap<String, &'h Enum>,
    /// Typedefs of namespaces and classes by their qualified names.
    typedefs: FxHashMap<String, &'h Typedef>,
    /// Typedefs of the global namespace that are left out.
    dropped: FxHashSet<&'h str>,
}

impl<'h> Converter<'h> {
    fn new(header: &'h Header) -> Self {
        let mut converter = Converter {
            records: FxHashMap::default(),
            enums: FxHashMap::default(),
            typedefs: FxHashMap::default(),
            dropped: FxHashSet::default(),
        };
        for declaration in &header.declarations {
            let DeclarationKind::Cxx(cxx) = &declaration.kind else { continue };
            let Some(name) = cxx.qualified_name().filter(|_| cxx.template.is_none()) else { continue };
            converter.add(&cxx.item, name);
        }
        for declaration in &header.declarations {
            let DeclarationKind::Cxx(cxx) = &declaration.kind else { continue };
            if let CxxItem::Class(class) = &cxx.item
                && cxx.namespace.is_empty()
                && cxx.template.is_none()
                && let Ok(record) = converter.record(class)
            {
                converter.records.insert(&class.name, record.record);
            }
        }
        converter
    }

    fn add(&mut self, item: &'h CxxItem, name: String) {
        match item {
            CxxItem::Enum(found) => drop(self.enums.insert(name, &found.definition)),
            CxxItem::Typedef(found) => drop(self.typedefs.insert(name, found)),
            CxxItem::Class(class) => {
                for member in class.members.iter().filter(|member| member.template.is_none()) {
                    if let Some(own) = member.item.name() {
                        self.add(&member.item, format!("{name}::{own}"));
                    }
                }
            }
            _ => {}
        }
    }

    fn declaration(&self, kind: &'h DeclarationKind) -> Said<Option<DeclarationKind>> {
        Ok(Some(match kind {
            DeclarationKind::Cxx(cxx) => return self.cxx(cxx).map(Some),
            DeclarationKind::Record(record) => {
                let fields = self.fields(record.fields.iter())?;
                DeclarationKind::Record(Record { fields, ..record.clone() })
            }
            DeclarationKind::Typedef(typedef) => {
                let ty = self.ty(&typedef.ty, true)?;
                DeclarationKind::Typedef(Typedef { ty, ..typedef.clone() })
            }
            DeclarationKind::Function(function) => {
                let ty = self.function(&function.ty)?;
                DeclarationKind::Function(Function { ty, ..function.clone() })
            }
            DeclarationKind::Variable(variable) => {
                let ty = self.ty(&variable.ty, true)?;
                DeclarationKind::Variable(crate::ir::Variable { ty, ..variable.clone() })
            }
            DeclarationKind::Enum(_) | DeclarationKind::Constant(_) | DeclarationKind::MacroFunction(_) => {
                kind.clone()
            }
        }))
    }

    fn cxx(&self, cxx: &'h Cxx) -> Said<DeclarationKind> {
        match &cxx.item {
            CxxItem::Function(function) if function.extern_c => {
                let name = function.name.clone();
                let symbol = function.symbol.clone().filter(|symbol| *symbol != name);
                let ty = self.function(&function.ty)?;
                Ok(DeclarationKind::Function(Function { name, ty, inline: function.inline, symbol }))
            }
            CxxItem::Function(_) => Err("it is a C++ function, not `extern \"C\"`".into()),
            CxxItem::Variable(variable) if variable.extern_c => {
                let (name, ty) = (variable.name.clone(), self.ty(&variable.ty, true)?);
                let (is_static, value) = (variable.inline, variable.value.clone());
                let symbol = variable.symbol.clone().filter(|symbol| *symbol != name);
                Ok(DeclarationKind::Variable(crate::ir::Variable { name, ty, is_static, symbol, value }))
            }
            CxxItem::Variable(variable) => match &variable.value {
                Some(value) if cxx.namespace.is_empty() => {
                    let (name, value) = (variable.name.clone(), value.clone());
                    Ok(DeclarationKind::Constant(Constant { name, value }))
                }
                _ => Err("it is a C++ variable, not `extern \"C\"`".into()),
            },
            CxxItem::Class(class)
                if self.records.contains_key(class.name.as_str()) && cxx.namespace.is_empty() =>
            {
                Ok(DeclarationKind::Record(self.record(class)?))
            }
            _ => Err("only C++ has it".into()),
        }
    }

    /// The record that C sees in a class, if it passes both in the same way.
    fn record(&self, class: &'h Class) -> Said<Record> {
        if !class.is_pod || !class.bases.is_empty() || class.layout.is_none() {
            return Err("it is no C type".into());
        }
        let record = if class.class == ClassKind::Union { RecordKind::Union } else { RecordKind::Struct };
        let fields = class.members.iter().filter_map(|member| match &member.item {
            CxxItem::Field(field) => Some(field),
            _ => None,
        });
        let fields = self.fields(fields)?;
        Ok(Record {
            record,
            name: Some(class.name.clone()),
            layout: class.layout,
            packed: class.packed,
            fields,
        })
    }

    fn fields<'f>(&self, fields: impl Iterator<Item = &'f Field>) -> Said<Vec<Field>> {
        fields.map(|field| Ok(Field { ty: self.ty(&field.ty, true)?, ..field.clone() })).collect()
    }

    fn function(&self, function: &FunctionType) -> Said<FunctionType> {
        let parameters = function
            .parameters
            .iter()
            .map(|item| Ok(Parameter { name: item.name.clone(), ty: self.ty(&item.ty, true)? }))
            .collect::<Said<Vec<_>>>()?;
        let result = Box::new(self.ty(&function.result, true)?);
        Ok(FunctionType { result, parameters, ..function.clone() })
    }

    /// The type without C++; a class that is only pointed to becomes `void`.
    fn ty(&self, ty: &QualType, by_value: bool) -> Said<QualType> {
        let said = match &ty.ty {
            Type::Pointer { to } => Type::Pointer { to: Box::new(self.ty(to, false)?) },
            Type::Array { of, length } => Type::Array { of: Box::new(self.ty(of, true)?), length: *length },
            Type::Function(function) => Type::Function(self.function(function)?),
            Type::Atomic { of } => Type::Atomic { of: Box::new(self.ty(of, by_value)?) },
            Type::InlineRecord { definition } => {
                let fields = self.fields(definition.fields.iter())?;
                Type::InlineRecord { definition: Box::new(Record { fields, ..(**definition).clone() }) }
            }
            Type::Typedef { name } if self.dropped.contains(name.as_str()) => {
                if by_value {
                    return Err(format!("`{name}` is a C++ type"));
                }
                Type::Void
            }
            Type::Int { int: IntKind::Char16, size } => Type::Int { int: IntKind::UShort, size: *size },
            Type::Int { int: IntKind::Char32, size } => Type::Int { int: IntKind::UInt, size: *size },
            Type::Cxx { ty } => self.cxx_type(ty, by_value)?,
            other => other.clone(),
        };
        let is_function = matches!(said, Type::Function(_));
        Ok(QualType { ty: said, is_const: ty.is_const && !is_function, ..ty.clone() })
    }

    fn cxx_type(&self, ty: &CxxType, by_value: bool) -> Said<Type> {
        match ty {
            CxxType::Reference { to, .. } => Ok(Type::Pointer { to: Box::new(self.ty(to, false)?) }),
            CxxType::NullPtr => Ok(Type::Pointer { to: Box::new(Type::Void.into()) }),
            CxxType::Named(named) => self.named(named, by_value),
            CxxType::MemberPointer { .. } | CxxType::Parameter { .. } => {
                Err("it has a type that only C++ has".into())
            }
        }
    }

    fn named(&self, named: &NamedType, by_value: bool) -> Said<Type> {
        let is_plain = named.arguments.is_empty() && named.within.is_none() && !named.external;
        match named.what {
            Named::Class if is_plain => {
                if let Some(record) = self.records.get(named.name.as_str()) {
                    return Ok(Type::Record { record: *record, name: named.name.clone() });
                }
            }
            Named::Enum if is_plain => {
                if let Some(found) = self.enums.get(&named.name) {
                    return Ok(Type::Int { int: found.underlying, size: found.size });
                }
            }
            Named::Typedef if is_plain => {
                if let Some(found) = self.typedefs.get(&named.name) {
                    return Ok(self.ty(&found.ty, by_value)?.ty);
                }
            }
            _ => {}
        }
        if by_value { Err(format!("`{}` is a C++ type", named.name)) } else { Ok(Type::Void) }
    }
}
