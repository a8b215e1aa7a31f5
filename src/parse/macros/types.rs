//! Type names in casts and `sizeof` (C17 6.7.2 and 6.7.7).

use super::eval::Parser;
use super::expand::Token;
use super::lexer::Kind;
use super::value::{FloatType, IntType, Type, Value};
use super::{DataModel, Stop, TypeLookup};

fn is_qualifier(name: &str) -> bool {
    matches!(
        name,
        "const"
            | "volatile"
            | "restrict"
            | "__const"
            | "__const__"
            | "__volatile"
            | "__volatile__"
            | "__restrict"
            | "__restrict__"
            | "__extension__"
    )
}

/// The words that builtin types are made of, in their plain spelling.
fn builtin_word(name: &str) -> Option<&'static str> {
    Some(match name {
        "signed" | "__signed" | "__signed__" => "signed",
        "unsigned" => "unsigned",
        "char" => "char",
        "short" => "short",
        "int" => "int",
        "long" => "long",
        "float" => "float",
        "double" => "double",
        "void" => "void",
        "_Bool" => "_Bool",
        _ => return None,
    })
}

/// Whether a word begins a builtin type.
pub(super) fn is_type_word(name: &str) -> bool {
    builtin_word(name).is_some() || is_qualifier(name)
}

impl Parser<'_> {
    /// A type name, if one begins here; otherwise nothing is taken.
    pub(super) fn type_name(&mut self) -> Result<Option<Type>, Stop> {
        let start = self.at;
        let mut words = Vec::new();
        let mut named = None;
        while let Some(name) = self.peek().and_then(Token::identifier) {
            if is_qualifier(name) {
                self.at += 1;
            } else if let Some(word) = builtin_word(name).filter(|_| named.is_none()) {
                self.at += 1;
                words.push(word);
            } else if matches!(name, "_Complex" | "__int128" | "_Atomic")
                || (name.starts_with("__attribute") && self.at > start)
            {
                return Err(Stop::Unknown);
            } else if named.is_none()
                && words.is_empty()
                && let Some(ty) = self.named_type(name)?
            {
                named = Some(ty);
            } else {
                break;
            }
        }
        let base = match named {
            Some(ty) => ty,
            None if words.is_empty() => {
                // A qualifier alone leaves nothing to read as an expression either.
                self.at = start;
                return Ok(None);
            }
            None => builtin_type(&words, &self.arithmetic.model)?,
        };
        self.declarator(base).map(Some)
    }

    /// A typedef name or tag; takes its tokens.
    fn named_type(&mut self, name: &str) -> Result<Option<Type>, Stop> {
        let found = if matches!(name, "struct" | "union" | "enum") {
            let tag = self.tokens.get(self.at + 1).ok_or(Stop::NotAValue)?;
            let tag = tag.identifier().ok_or(Stop::Unknown)?;
            self.at += 2;
            match self.scope.type_named(&format!("{name} {tag}")) {
                TypeLookup::NotAType if name == "enum" => return Err(Stop::Unknown),
                TypeLookup::NotAType => TypeLookup::Other { size: None },
                found => found,
            }
        } else {
            let found = match self.scope.type_named(name) {
                TypeLookup::NotAType => fallback_type(name),
                found => found,
            };
            if found == TypeLookup::NotAType {
                return Ok(None);
            }
            self.at += 1;
            found
        };
        let model = &self.arithmetic.model;
        Ok(Some(match found {
            TypeLookup::Int { size: size @ 1..=8, signed } => Type::Int(IntType::new(size, signed)),
            TypeLookup::Bool => Type::Int(IntType { size: 1, signed: false, boolean: true }),
            TypeLookup::Float { size: 4 } => Type::Float(FloatType::Float),
            TypeLookup::Float { size: 8 } => Type::Float(FloatType::Double),
            TypeLookup::Float { size } if size == model.long_double => Type::Float(FloatType::Long),
            TypeLookup::Pointer => Type::Pointer,
            TypeLookup::Other { size } => Type::Other(size),
            TypeLookup::Int { .. } | TypeLookup::Float { .. } | TypeLookup::NotAType => {
                return Err(Stop::Unknown);
            }
        }))
    }

    /// The `*` and the like after a type's name.
    fn declarator(&mut self, base: Type) -> Result<Type, Stop> {
        let mut ty = base;
        loop {
            let qualified = self.peek().and_then(Token::identifier).is_some_and(is_qualifier);
            if self.take("*") {
                ty = Type::Pointer;
            } else if qualified {
                self.at += 1;
            } else if self.next_is("&") || self.next_is("&&") {
                return Err(Stop::Unknown);
            } else if self.take("[") {
                // Every bound multiplies the size, in whatever order.
                let Value::Int(_, length) = self.conditional()? else { return Err(Stop::Unknown) };
                self.expect("]")?;
                let length = u64::try_from(length).ok().filter(|length| *length > 0);
                let size = length.zip(self.size(ty)).and_then(|(length, size)| length.checked_mul(size));
                ty = Type::Other(Some(size.ok_or(Stop::Unknown)?));
            } else if self.next_is("(") && self.group_has_star() {
                self.skip_group()?;
                if self.next_is("(") {
                    self.skip_group()?;
                }
                // An array's size would come next.
                return if self.next_is("[") { Err(Stop::Unknown) } else { Ok(Type::Pointer) };
            } else {
                return Ok(ty);
            }
        }
    }

    /// Whether this is the `(*)` of a function pointer, maybe with a calling convention.
    fn group_has_star(&self) -> bool {
        let inside = self.tokens[self.at + 1..].iter();
        let mut rest = inside.skip_while(|token| token.kind == Kind::Identifier);
        rest.next().is_some_and(|token| token.is("*")) && rest.next().is_some_and(|token| token.is(")"))
    }

    pub(super) fn skip_group(&mut self) -> Result<(), Stop> {
        let mut depth = 0usize;
        while let Some(token) = self.peek() {
            self.at += 1;
            if token.is("(") {
                depth += 1;
            } else if token.is(")") {
                depth -= 1;
                if depth == 0 {
                    return Ok(());
                }
            }
        }
        Err(Stop::NotAValue)
    }
}

/// Keywords of C++ and of Microsoft's C that a C header may define itself.
fn fallback_type(name: &str) -> TypeLookup {
    match name {
        "bool" => TypeLookup::Bool,
        "__int8" => TypeLookup::Int { size: 1, signed: true },
        "__int16" => TypeLookup::Int { size: 2, signed: true },
        "__int32" => TypeLookup::Int { size: 4, signed: true },
        "__int64" => TypeLookup::Int { size: 8, signed: true },
        _ => TypeLookup::NotAType,
    }
}

/// The type that builtin words, in any order, name (C17 6.7.2).
fn builtin_type(words: &[&str], model: &DataModel) -> Result<Type, Stop> {
    let mut words = words.to_vec();
    words.sort_unstable();
    let unsigned = words.contains(&"unsigned");
    let explicit = unsigned || words.contains(&"signed");
    if words.iter().filter(|word| matches!(**word, "signed" | "unsigned")).count() > 1 {
        return Err(Stop::NotAValue);
    }
    words.retain(|word| !matches!(*word, "signed" | "unsigned"));
    let size = match words.as_slice() {
        [] | ["int"] => model.int,
        ["char"] => 1,
        ["short"] | ["int", "short"] => model.short,
        ["long"] | ["int", "long"] => model.long,
        ["long", "long"] | ["int", "long", "long"] => model.long_long,
        _ if explicit => return Err(Stop::NotAValue),
        ["_Bool"] => return Ok(Type::Int(IntType { size: 1, signed: false, boolean: true })),
        ["float"] => return Ok(Type::Float(FloatType::Float)),
        ["double"] => return Ok(Type::Float(FloatType::Double)),
        ["double", "long"] if model.long_double == 8 => return Ok(Type::Float(FloatType::Double)),
        ["double", "long"] => return Ok(Type::Float(FloatType::Long)),
        ["void"] => return Ok(Type::Other(None)),
        _ => return Err(Stop::NotAValue),
    };
    let signed = if words == ["char"] && !explicit { model.char_signed } else { !unsigned };
    Ok(Type::Int(IntType::new(size, signed)))
}
