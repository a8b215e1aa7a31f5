//! Reads expanded tokens as a constant expression (C17 6.5 and 6.6) and evaluates it.

use super::expand::Token;
use super::lexer::Kind;
use super::literal;
use super::value::{Arithmetic, FloatType, IntType, Operator, Type, Value, constant};
use super::{DEPTH, DataModel, Scope, Stop, TypeLookup, depends_on_place, tells_compiler};
use crate::ir;

/// The value that the tokens of an expanded macro stand for.
pub(super) fn evaluate(scope: &dyn Scope, tokens: &[Token]) -> Result<ir::ConstantValue, Stop> {
    // Operators and type words alone, such as `_Complex`, are no value in any language.
    let lone = if let [token] = tokens { token.identifier() } else { None };
    if tokens.is_empty()
        || lone.is_some_and(|name| is_operator_word(name) && !matches!(name, "true" | "false"))
    {
        return Err(Stop::NotAValue);
    }
    if tokens.iter().any(|token| tells_place(token) || depends_on_compiler(token)) {
        return Err(Stop::NotAValue);
    }
    let value = read(scope, tokens)?;
    constant(value)
}

/// The value, whatever it is, of an expression that takes all tokens.
fn read(scope: &dyn Scope, tokens: &[Token]) -> Result<Value, Stop> {
    let model = scope.model();
    let integers = [model.short, model.int, model.long, model.long_long, model.pointer, model.wchar];
    if integers.iter().any(|size| !(1..=8).contains(size)) {
        return Err(Stop::Unknown);
    }
    let mut parser = Parser { scope, tokens, at: 0, depth: 0, arithmetic: Arithmetic { model, dead: false } };
    let value = parser.conditional()?;
    match parser.peek() {
        None => Ok(value),
        // Such as C++'s `and`. A bare comma, on the other hand, makes a list and no value.
        Some(token) if token.identifier().is_some_and(needs_compiler) || token.is("::") => Err(Stop::Unknown),
        Some(_) => Err(Stop::NotAValue),
    }
}

/// Whether a compiler may find a value where [`evaluate`] has not: asking one means to read everything again.
pub(super) fn may_be_value(scope: &dyn Scope, tokens: &[Token]) -> bool {
    // A brace makes no value outside functions.
    if tokens.iter().any(|token| token.is("{") || token.is(";")) {
        return false;
    }
    // clang does not come to an end with it in C, where it begins nothing.
    if tokens.iter().any(|token| token.is("::")) && !is_cxx(scope) {
        return false;
    }
    // What is predefined would have been replaced, but for these.
    if let [token] = tokens
        && let Some(name) = token.identifier().filter(|name| name.starts_with("__"))
    {
        return matches!(name, "__FLT_EVAL_METHOD__" | "__null") || scope.is_declared(name);
    }
    // Of an undeclared tag the size is unknown to everybody.
    let unknown_tag = |pair: &[Token]| match (pair[0].identifier(), pair[1].identifier()) {
        (Some(word), Some(name)) if is_tag_word(word) => {
            scope.type_named(&format!("{word} {name}")) == TypeLookup::NotAType
        }
        _ => false,
    };
    if tokens.windows(2).any(unknown_tag) || tokens.windows(4).any(|group| is_size_of_nothing(scope, group)) {
        return false;
    }
    // A declaration or its beginning. C++ has `int(3)`.
    let first = tokens.first().and_then(Token::identifier).filter(|first| *first != "__extension__");
    let Some(first) = first else { return true };
    let calls = tokens.get(1).is_some_and(|next| next.is("(") || next.is("::"));
    let is_type = is_tag_word(first)
        || super::types::is_type_word(first)
        || matches!(first, "_Complex" | "__complex__" | "_Imaginary" | "_Atomic")
        || scope.type_named(first) != TypeLookup::NotAType;
    !is_specifier(first) && (calls || !is_type)
}

fn is_cxx(scope: &dyn Scope) -> bool {
    scope.macro_body("__cplusplus").is_some()
}

/// Why the tokens of an expanded macro stand for no value, as the end of a sentence.
pub(super) fn reason(scope: &dyn Scope, tokens: &[Token]) -> String {
    if tokens.is_empty() {
        return "it expands to nothing".into();
    }
    if tokens.iter().any(tells_place) {
        return "it depends on where it is used".into();
    }
    if tokens.iter().any(depends_on_compiler) {
        return "it depends on which compiler reads it".into();
    }
    if let [token] = tokens
        && let Some(name) = token.identifier()
    {
        return if scope.is_declared(name) {
            format!("it is another name for the function or variable `{name}`")
        } else if is_type(scope, tokens) {
            format!("it is another name for the type `{name}`")
        } else {
            format!("it stands for the word `{name}`")
        };
    }
    if tokens[0].identifier().is_some_and(is_specifier) {
        return "it stands for attributes or specifiers".into();
    }
    if tokens.iter().any(|token| token.is("{") || token.is(";")) {
        return "it stands for code".into();
    }
    if is_type(scope, tokens) {
        return "it stands for a type".into();
    }
    match read(scope, tokens) {
        Ok(Value::Opaque) => "it is a pointer or record".into(),
        _ => "it is no constant expression".into(),
    }
}

/// Whether four tokens are the `sizeof (name)` of something that is not declared.
fn is_size_of_nothing(scope: &dyn Scope, tokens: &[Token]) -> bool {
    let is_keyword = |name: &str| matches!(name, "wchar_t" | "char8_t" | "char16_t" | "char32_t");
    let unknown = |name: &str| {
        !name.starts_with('_')
            && !is_keyword(name)
            && !super::types::is_type_word(name)
            && !scope.is_declared(name)
            && scope.enum_constant(name).is_none()
            && scope.type_named(name) == TypeLookup::NotAType
    };
    tokens[0].identifier() == Some("sizeof")
        && tokens[1].is("(")
        && tokens[2].identifier().is_some_and(unknown)
        && tokens[3].is(")")
}

fn is_tag_word(name: &str) -> bool {
    matches!(name, "struct" | "union" | "enum")
}

/// Whether a declaration may begin with the word that says no type.
fn is_specifier(name: &str) -> bool {
    name.starts_with("__attribute")
        || name.starts_with("__inline")
        || matches!(
            name,
            "static"
                | "extern"
                | "inline"
                | "typedef"
                | "register"
                | "_Noreturn"
                | "_Thread_local"
                | "__thread"
                | "__declspec"
                | "__asm__"
                | "__extension__"
                | "_Alignas"
        )
}

fn is_type(scope: &dyn Scope, tokens: &[Token]) -> bool {
    let arithmetic = Arithmetic { model: scope.model(), dead: true };
    let mut parser = Parser { scope, tokens, at: 0, depth: 0, arithmetic };
    matches!(parser.type_name(), Ok(Some(_))) && parser.peek().is_none()
}

fn tells_place(token: &Token) -> bool {
    token.identifier().is_some_and(depends_on_place)
}

fn depends_on_compiler(token: &Token) -> bool {
    token.identifier().is_some_and(tells_compiler)
}

/// A binary operator and how tightly it binds.
fn binary_operator(token: &Token) -> Option<(Operator, u8)> {
    if token.kind != Kind::Punctuator {
        return None;
    }
    Some(match &*token.text {
        b"*" => (Operator::Multiply, 10),
        b"/" => (Operator::Divide, 10),
        b"%" => (Operator::Remainder, 10),
        b"+" => (Operator::Add, 9),
        b"-" => (Operator::Subtract, 9),
        b"<<" => (Operator::ShiftLeft, 8),
        b">>" => (Operator::ShiftRight, 8),
        b"<" => (Operator::Less, 7),
        b">" => (Operator::Greater, 7),
        b"<=" => (Operator::LessEqual, 7),
        b">=" => (Operator::GreaterEqual, 7),
        b"==" => (Operator::Equal, 6),
        b"!=" => (Operator::NotEqual, 6),
        b"&" => (Operator::And, 5),
        b"^" => (Operator::Xor, 4),
        b"|" => (Operator::Or, 3),
        b"&&" => (Operator::LogicalAnd, 2),
        b"||" => (Operator::LogicalOr, 1),
        _ => return None,
    })
}

/// Words that belong to expressions or types this module leaves to the compiler.
fn is_operator_word(name: &str) -> bool {
    matches!(
        name,
        "_Generic"
            | "typeof"
            | "typeof_unqual"
            | "__typeof"
            | "decltype"
            | "__auto_type"
            | "_Alignof"
            | "alignof"
            | "__alignof"
            | "__real"
            | "__imag"
            | "__int128"
            | "__int128_t"
            | "__uint128_t"
            | "_Complex"
            | "_Imaginary"
            | "_BitInt"
            | "_Pragma"
            | "true"
            | "false"
            | "static_cast"
            | "reinterpret_cast"
            | "const_cast"
            | "typeid"
            | "and"
            | "or"
            | "not"
            | "xor"
            | "bitand"
            | "bitor"
            | "compl"
            | "not_eq"
    )
}

/// Names that may well lead to a constant, but not without a compiler: its extensions, C23, C++, and predefined macros.
fn needs_compiler(name: &str) -> bool {
    const PREFIXES: [&str; 5] = ["__builtin_", "__has_", "_Float", "__float", "_Decimal"];
    let no_value = matches!(
        name,
        "__attribute__"
            | "__inline__"
            | "__restrict__"
            | "__volatile__"
            | "__const__"
            | "__asm__"
            | "__signed__"
            | "__extension__"
            | "__func__"
            | "__FUNCTION__"
            | "__PRETTY_FUNCTION__"
    );
    is_operator_word(name)
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || (is_reserved(name) && !no_value)
}

/// Whether a name has the form of compilers' own words, `__word__`.
fn is_reserved(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

/// The compilers' own macros that the headers of the C library build on; their bodies are in no file.
fn predefined(name: &str, model: &DataModel) -> Option<Value> {
    let most = |size: u32| IntType::new(size, true).wrap(i128::from(u64::MAX >> 1 >> (64 - size * 8)));
    let (size, value) = match name {
        "__CHAR_BIT__" => (model.int, 8),
        "__SCHAR_MAX__" => (model.int, 127),
        "__SHRT_MAX__" => (model.int, most(model.short)),
        "__INT_MAX__" => (model.int, most(model.int)),
        "__LONG_MAX__" => (model.long, most(model.long)),
        "__LONG_LONG_MAX__" => (model.long_long, most(model.long_long)),
        _ => return None,
    };
    Some(Value::Int(IntType::new(size, true), value))
}

/// What the calls behind `INFINITY`, `HUGE_VAL` and `NAN` give, for whatever arguments.
fn not_finite(name: &str, model: &DataModel) -> Option<Value> {
    let name = name.strip_prefix("__builtin_")?;
    let names = [("inf", f64::INFINITY), ("huge_val", f64::INFINITY), ("nan", f64::NAN)];
    let (value, suffix) =
        names.into_iter().find_map(|(prefix, value)| Some((value, name.strip_prefix(prefix)?)))?;
    let ty = match suffix {
        "" => FloatType::Double,
        "f" => FloatType::Float,
        "l" if model.long_double > 8 => FloatType::Long,
        _ => return None,
    };
    Some(Value::Float(ty, value))
}

/// A position in the tokens, and what the value there is for.
pub(super) struct Parser<'a> {
    pub(super) scope: &'a dyn Scope,
    pub(super) tokens: &'a [Token],
    pub(super) at: usize,
    depth: usize,
    pub(super) arithmetic: Arithmetic,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next_is(&self, punctuator: &str) -> bool {
        self.peek().is_some_and(|token| token.is(punctuator))
    }

    pub(super) fn take(&mut self, punctuator: &str) -> bool {
        let found = self.next_is(punctuator);
        self.at += usize::from(found);
        found
    }

    pub(super) fn expect(&mut self, punctuator: &str) -> Result<(), Stop> {
        if self.take(punctuator) { Ok(()) } else { Err(Stop::NotAValue) }
    }

    /// Runs `read` on an operand whose value is not used if `dead`.
    fn with_dead<T>(&mut self, dead: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.arithmetic.dead;
        self.arithmetic.dead |= dead;
        let result = read(self);
        self.arithmetic.dead = before;
        result
    }

    /// What is not constant does no harm where it is not evaluated.
    fn not_constant(&self) -> Stop {
        if self.arithmetic.dead { Stop::Unknown } else { Stop::NotAValue }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        if self.depth == DEPTH {
            return Err(Stop::Unknown);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// An expression with commas, as it stands in parentheses.
    fn expression(&mut self) -> Result<Value, Stop> {
        let mut value = self.conditional()?;
        while self.take(",") {
            value = self.conditional()?;
        }
        Ok(value)
    }

    pub(super) fn conditional(&mut self) -> Result<Value, Stop> {
        let condition = self.binary(1)?;
        if !self.take("?") {
            return Ok(condition);
        }
        // gcc's `a ?: b`.
        if self.next_is(":") {
            return Err(Stop::Unknown);
        }
        let first = self.arithmetic.truth(&condition)?;
        let left = self.nested(|parser| parser.with_dead(!first, Self::expression))?;
        self.expect(":")?;
        let right = self.nested(|parser| parser.with_dead(first, Self::conditional))?;
        self.arithmetic.choose(first, left, right)
    }

    fn binary(&mut self, least: u8) -> Result<Value, Stop> {
        let mut left = self.unary()?;
        while let Some((operator, strength)) = self.peek().and_then(binary_operator) {
            if strength < least {
                break;
            }
            self.at += 1;
            let dead = match operator {
                Operator::LogicalAnd => !self.arithmetic.truth(&left)?,
                Operator::LogicalOr => self.arithmetic.truth(&left)?,
                _ => false,
            };
            let right = self.with_dead(dead, |parser| parser.binary(strength + 1))?;
            left = self.arithmetic.binary(operator, left, right)?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Value, Stop> {
        let token = self.peek().ok_or(Stop::NotAValue)?;
        self.at += 1;
        if token.kind == Kind::Punctuator {
            return match &*token.text {
                [operator @ (b'+' | b'-' | b'~' | b'!')] => {
                    let operand = self.nested(Self::unary)?;
                    self.arithmetic.unary(*operator, operand)
                }
                // An address, or what one points to.
                b"&" | b"*" => self.nested(Self::unary).and(Err(Stop::Unknown)),
                b"(" => self.parenthesis(),
                b"&&" | b"::" => Err(Stop::Unknown),
                _ => Err(Stop::NotAValue),
            };
        }
        match token.identifier() {
            Some("__extension__") => self.nested(Self::unary),
            Some("sizeof") => self.nested(Self::size_of),
            _ => {
                let value = self.primary(token)?;
                self.postfix(value)
            }
        }
    }

    /// What follows `(`: a cast, or an expression.
    fn parenthesis(&mut self) -> Result<Value, Stop> {
        // gcc's statement expressions.
        if self.next_is("{") {
            return Err(Stop::Unknown);
        }
        if let Some(ty) = self.type_name()? {
            self.expect(")")?;
            // A compound literal.
            if self.next_is("{") {
                return Err(Stop::Unknown);
            }
            let operand = self.nested(Self::unary)?;
            return self.arithmetic.cast(ty, operand);
        }
        let value = self.nested(Self::expression)?;
        self.expect(")")?;
        self.postfix(value)
    }

    fn postfix(&self, value: Value) -> Result<Value, Stop> {
        // A number has no members: `1.2.3`, put together from macros.
        if self.next_is(".") && matches!(value, Value::Int(..) | Value::Float(..)) {
            return Err(Stop::NotAValue);
        }
        let selects = self.next_is("[") || self.next_is(".") || self.next_is("->");
        if selects { Err(Stop::Unknown) } else { Ok(value) }
    }

    fn size_of(&mut self) -> Result<Value, Stop> {
        let start = self.at;
        let model = self.arithmetic.model;
        let size = if self.take("(")
            && let Some(ty) = self.type_name()?
        {
            self.expect(")")?;
            if self.next_is("{") {
                return Err(Stop::Unknown);
            }
            self.size(ty).ok_or(Stop::Unknown)?
        } else {
            self.at = start;
            // Types of expressions differ between C and C++: `'a'`, `1 == 1`.
            match self.with_dead(true, Self::unary)? {
                Value::Text(bytes) => bytes.len() as u64 + 1,
                _ => return Err(Stop::Unknown),
            }
        };
        let ty = IntType::new(model.pointer, false);
        if ty.holds(size.into()) { Ok(Value::Int(ty, size.into())) } else { Err(Stop::Unknown) }
    }

    /// The size of a type in bytes, if it is known.
    pub(super) fn size(&self, ty: Type) -> Option<u64> {
        let model = &self.arithmetic.model;
        Some(match ty {
            Type::Int(ty) => ty.size.into(),
            Type::Float(FloatType::Float) => 4,
            Type::Float(FloatType::Double) => 8,
            Type::Float(FloatType::Long) => model.long_double.into(),
            Type::Pointer => model.pointer.into(),
            Type::Other(size) => size?,
        })
    }

    fn primary(&mut self, token: &'a Token) -> Result<Value, Stop> {
        match token.kind {
            // C17 has no such separators.
            Kind::Number if token.text.contains(&b'\'') && !is_cxx(self.scope) => Err(Stop::Unknown),
            Kind::Number => literal::number(&token.text, &self.arithmetic.model),
            Kind::Character => literal::character(&token.text, &self.arithmetic.model),
            Kind::String => self.strings(token),
            Kind::RawString => Err(Stop::Unknown),
            Kind::Identifier => self.name(token.identifier().ok_or(Stop::NotAValue)?),
            Kind::Punctuator | Kind::Other => Err(Stop::NotAValue),
        }
    }

    /// Adjacent string literals are one (translation phase 6), which is wide if one of them is.
    fn strings(&mut self, first: &Token) -> Result<Value, Stop> {
        let mut literals = vec![first];
        while let Some(token) =
            self.peek().filter(|token| matches!(token.kind, Kind::String | Kind::RawString))
        {
            self.at += 1;
            if token.kind == Kind::RawString {
                return Err(Stop::Unknown);
            }
            literals.push(token);
        }
        let prefixes = literals.iter().map(|token| literal::prefix(&token.text));
        let mut prefixes = prefixes.filter(|prefix| !prefix.is_empty());
        let prefix = prefixes.next().unwrap_or_default();
        // What different ones mean together, if anything, differs.
        if prefixes.any(|other| other != prefix) {
            return Err(Stop::Unknown);
        }
        if let Some(size) = literal::unit_size(prefix, &self.arithmetic.model) {
            let texts: Result<String, Stop> =
                literals.iter().map(|token| literal::wide_string(&token.text, size)).collect();
            return texts.map(Value::Wide);
        }
        let mut joined = Vec::new();
        for token in literals {
            joined.extend(literal::string(&token.text)?);
        }
        Ok(Value::Text(joined))
    }

    fn name(&mut self, name: &str) -> Result<Value, Stop> {
        if let Some(constant) = self.scope.enum_constant(name) {
            let value = constant.value();
            let int = IntType::new(self.arithmetic.model.int, true);
            return Ok(if int.holds(value) { Value::Int(int, value) } else { Value::Enumerator(value) });
        }
        if let Some(value) = predefined(name, &self.arithmetic.model) {
            return Ok(value);
        }
        if let Some(value) = not_finite(name, &self.arithmetic.model)
            && self.next_is("(")
        {
            self.skip_group()?;
            return Ok(value);
        }
        // C++'s qualified names.
        if needs_compiler(name) || self.next_is("::") {
            return Err(Stop::Unknown);
        }
        if self.scope.is_declared(name) {
            return Err(self.not_constant());
        }
        self.at -= 1;
        if self.type_name()?.is_some() && (self.next_is("(") || self.next_is("{") || self.next_is("::")) {
            // C++'s `int(3)`.
            return Err(Stop::Unknown);
        }
        Err(self.not_constant())
    }
}
