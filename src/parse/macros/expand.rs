//! Macro expansion (C17 6.10.3): replacement, arguments, `#` and `##`, hide sets against recursion.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::lexer::{Kind, Lexer, splice};
use super::space::Space;
use super::{Body, DEPTH, Scope, Stop, depends_on_place, tells_compiler};

/// The names a token may no longer be replaced by.
type Hidden = Rc<BTreeSet<String>>;

/// A token under expansion.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: Rc<[u8]>,
    space: Space,
    hidden: Hidden,
    /// A name that the preprocessor replaces, but not by the same everywhere, or what a compiler put in its place.
    fleeting: bool,
}

impl Token {
    /// Whether it is this punctuator.
    pub fn is(&self, punctuator: &str) -> bool {
        self.kind == Kind::Punctuator && *self.text == *punctuator.as_bytes()
    }

    /// The name, if it is an identifier.
    pub fn identifier(&self) -> Option<&str> {
        if self.kind != Kind::Identifier {
            return None;
        }
        std::str::from_utf8(&self.text).ok()
    }

    fn new(kind: Kind, text: Rc<[u8]>, space: Space) -> Self {
        Token { kind, text, space, hidden: Hidden::default(), fleeting: false }
    }

    /// Whether it means something else to another compiler or at another place, so that there is no value.
    fn is_elsewhere_different(&self) -> bool {
        self.fleeting && self.identifier().is_some_and(is_fleeting)
    }

    /// What stands for an empty argument beside `##`.
    fn placemarker(space: Space) -> Self {
        Token::new(Kind::Other, Rc::from([]), space)
    }

    fn is_placemarker(&self) -> bool {
        self.text.is_empty()
    }
}

/// Tokens, and the space that what vanished behind them leaves to the next token.
#[derive(Default)]
struct Tokens {
    list: Vec<Token>,
    trailing: Space,
}

impl Tokens {
    fn push(&mut self, mut token: Token) {
        token.space = token.space.after(std::mem::take(&mut self.trailing));
        self.list.push(token);
    }

    /// Adds what stands for an argument, in place of a parameter with that space.
    fn replace(&mut self, parameter: Space, argument: &Tokens) {
        let parameter = parameter.after(std::mem::take(&mut self.trailing));
        let start = self.list.len();
        self.list.extend_from_slice(&argument.list);
        match self.list.get_mut(start) {
            Some(first) => {
                first.space = first.space.in_place_of(parameter);
                self.trailing = argument.trailing;
            }
            None => self.trailing = argument.trailing.in_place_of(parameter),
        }
    }

    /// As a call's argument is put in.
    fn of_argument(self) -> Self {
        Tokens { trailing: self.trailing.of_end(), ..self }
    }

    /// Takes the placemarkers out.
    fn without_placemarkers(mut self) -> Self {
        let mut vanished: Option<Space> = None;
        self.list.retain_mut(|token| {
            let space = vanished.take().map_or(token.space, |before| token.space.after(before));
            token.space = space;
            if token.is_placemarker() {
                vanished = Some(space);
            }
            !token.is_placemarker()
        });
        if let Some(space) = vanished {
            self.trailing = self.trailing.after(space);
        }
        self
    }
}

/// How many tokens one macro may take; the bound on the work for bodies that double at every step. What takes more
/// is no value: a compiler would not come to an end either.
const STEPS: usize = 20_000;
/// How many bytes all these tokens may have.
const BYTES: usize = 1 << 20;

/// The tokens that `name` finally stands for.
pub(super) fn expand(scope: &dyn Scope, name: &str) -> Result<Vec<Token>, Stop> {
    let body = scope.macro_body(name).ok_or(Stop::NotAValue)?;
    if body.parameters.is_some() {
        return Err(Stop::NotAValue);
    }
    let mut expander = Expander { scope, steps: STEPS, bytes: BYTES };
    let replacement = expander.tokens(&body)?;
    if replacement.iter().all(|token| token.kind != Kind::Identifier && !token.is("##")) {
        // Nothing to replace; the tokens count as if they were substituted and looked at.
        replacement.iter().try_for_each(|token| expander.step(0).and(expander.step(token.text.len())))?;
        return Ok(replacement);
    }
    let tokens = expander.substitute(&replacement, None)?.list;
    let tokens = expander.run(hide(tokens, &Hidden::new(BTreeSet::from([name.to_owned()]))), 0)?;
    Ok(without_pragmas(tokens.list))
}

/// Takes out `_Pragma("...")` (C17 6.10.9), with which headers warn of a macro's use. Others stay where they are not all:
/// gcc takes them for lines of their own, where no expression goes on.
fn without_pragmas(mut tokens: Vec<Token>) -> Vec<Token> {
    let is_pragma = |group: &[Token]| {
        matches!(group, [word, open, text, close] if word.identifier() == Some("_Pragma")
            && open.is("(") && text.kind == Kind::String && close.is(")"))
    };
    if tokens.chunks(4).all(is_pragma) {
        tokens.clear();
    }
    let warns = |text: &[u8]| text.starts_with(b"\"GCC warning") || text.starts_with(b"\"clang ");
    while let Some(at) = tokens.windows(4).position(|group| is_pragma(group) && warns(&group[2].text)) {
        tokens.drain(at..at + 4);
    }
    tokens
}

/// A function-like macro's parameters and what a call gives for them.
struct Call {
    parameters: Vec<String>,
    variadic: bool,
    arguments: Vec<Argument>,
}

struct Argument {
    plain: Vec<Token>,
    expanded: Tokens,
}

impl Call {
    fn argument(&self, token: &Token) -> Option<&Argument> {
        let name = token.identifier()?;
        let position = self.parameters.iter().position(|parameter| parameter == name)?;
        self.arguments.get(position)
    }
}

struct Expander<'s> {
    scope: &'s dyn Scope,
    steps: usize,
    bytes: usize,
}

impl Expander<'_> {
    fn step(&mut self, bytes: usize) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(1).ok_or(Stop::NotAValue)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Stop::NotAValue)?;
        Ok(())
    }

    /// The replacement list of a definition. The space before its first token belongs to no expansion.
    fn tokens(&mut self, body: &Body<'_>) -> Result<Vec<Token>, Stop> {
        let hidden = Hidden::default();
        let mut tokens = Vec::with_capacity(8);
        for token in Lexer::new(&splice(&body.text)) {
            self.step(token.text.len())?;
            let space = if tokens.is_empty() {
                Space::default()
            } else if body.is_spelled {
                Space::new(token.spaced)
            } else {
                Space::UNKNOWN
            };
            let (kind, text, hidden) = (token.kind, token.text.into(), hidden.clone());
            tokens.push(Token { kind, text, space, hidden, fleeting: !body.is_spelled });
        }
        Ok(tokens)
    }

    /// Replaces all macros in `tokens`.
    fn run(&mut self, mut tokens: Vec<Token>, depth: usize) -> Result<Tokens, Stop> {
        if depth > DEPTH {
            return Err(Stop::NotAValue);
        }
        // The next token is the last.
        tokens.reverse();
        let mut output = Tokens::default();
        while let Some(mut token) = tokens.pop() {
            self.step(token.text.len())?;
            token.fleeting |= token.identifier().is_some_and(is_fleeting);
            let body = match token.identifier() {
                Some(name) if !token.hidden.contains(name) && !is_fleeting(name) => {
                    self.scope.macro_body(name).map(|body| (name, body))
                }
                _ => None,
            };
            let Some((name, body)) = body else {
                output.list.push(token);
                continue;
            };
            let mut hidden;
            let call = match &body.parameters {
                None => {
                    hidden = (*token.hidden).clone();
                    None
                }
                Some(_) if !tokens.last().is_some_and(|next| next.is("(")) => {
                    if let Some(next) = tokens.last_mut() {
                        next.space = next.space.looked_at();
                    }
                    output.list.push(token);
                    continue;
                }
                Some(parameters) => {
                    let (arguments, end) = arguments(&mut tokens, parameters)?;
                    hidden = token.hidden.intersection(&end).cloned().collect();
                    Some(self.call(parameters, arguments, depth)?)
                }
            };
            hidden.insert(name.to_owned());
            if hidden.len() > DEPTH {
                return Err(Stop::NotAValue);
            }
            let replacement = self.tokens(&body)?;
            let Tokens { mut list, mut trailing } = self.substitute(&replacement, call.as_ref())?;
            match list.first_mut() {
                Some(first) => first.space = first.space.in_place_of(token.space),
                None => trailing = trailing.vanished(token.space),
            }
            let next = tokens.last_mut().map_or(&mut output.trailing, |next| &mut next.space);
            *next = next.after(trailing);
            tokens.extend(hide(list, &Rc::new(hidden)).into_iter().rev());
        }
        Ok(output)
    }

    /// Matches arguments with parameters.
    fn call(
        &mut self,
        parameters: &[String],
        arguments: Vec<Vec<Token>>,
        depth: usize,
    ) -> Result<Call, Stop> {
        let variadic = parameters.last().is_some_and(|last| last.ends_with("..."));
        let parameters: Vec<String> = parameters
            .iter()
            .map(|name| match name.strip_suffix("...") {
                Some("") => "__VA_ARGS__".to_owned(),
                Some(name) => name.to_owned(),
                None => name.clone(),
            })
            .collect();
        let mut plain = arguments;
        if parameters.is_empty() && plain.len() == 1 && plain[0].is_empty() {
            plain.clear();
        }
        if variadic && plain.len() + 1 == parameters.len() {
            plain.push(Vec::new());
        }
        if plain.len() != parameters.len() {
            return Err(Stop::NotAValue);
        }
        let mut arguments = Vec::new();
        for plain in plain {
            let expanded = self.run(plain.clone(), depth + 1)?.of_argument();
            arguments.push(Argument { plain, expanded });
        }
        Ok(Call { parameters, variadic, arguments })
    }

    /// A replacement list with its arguments in place; `#` and `##` done.
    fn substitute(&mut self, body: &[Token], call: Option<&Call>) -> Result<Tokens, Stop> {
        let argument = |token: &Token| call.and_then(|call| call.argument(token));
        let mut output = Tokens::default();
        let mut at = 0;
        while let Some(token) = body.get(at) {
            self.step(0)?;
            at += 1;
            if token.identifier() == Some("__VA_OPT__") {
                return Err(Stop::Unknown);
            }
            if token.is("#") && call.is_some() {
                let operand = body.get(at).and_then(argument).ok_or(Stop::Unknown)?;
                at += 1;
                output.push(self.stringize(&operand.plain, token.space)?);
            } else if token.is("##") {
                let right = body.get(at).ok_or(Stop::NotAValue)?;
                at += 1;
                let left = output.list.pop().ok_or(Stop::NotAValue)?;
                // gcc's `, ## __VA_ARGS__` drops the comma, and `# x` may stand to the right of `##`.
                if right.is("#") || (left.is(",") && call.is_some_and(|call| call.variadic)) {
                    return Err(Stop::Unknown);
                }
                let empty = [Token::placemarker(Space::default())];
                let right = match argument(right) {
                    Some(Argument { plain, .. }) if plain.is_empty() => &empty,
                    Some(Argument { plain, .. }) => plain.as_slice(),
                    None => std::slice::from_ref(right),
                };
                let pasted = self.paste(left, &right[0])?;
                output.list.push(pasted);
                self.count(&right[1..])?;
                output.list.extend_from_slice(&right[1..]);
            } else if let Some(argument) = argument(token) {
                if !body.get(at).is_some_and(|next| next.is("##")) {
                    self.count(&argument.expanded.list)?;
                    output.replace(token.space, &argument.expanded);
                } else if let Some((first, rest)) = argument.plain.split_first() {
                    self.count(&argument.plain)?;
                    output.push(Token { space: first.space.in_place_of(token.space), ..first.clone() });
                    output.list.extend_from_slice(rest);
                } else {
                    output.push(Token::placemarker(token.space));
                }
            } else {
                output.push(token.clone());
            }
        }
        Ok(output.without_placemarkers())
    }

    fn count(&mut self, tokens: &[Token]) -> Result<(), Stop> {
        tokens.iter().try_for_each(|token| self.step(token.text.len()))
    }

    /// The `#` operator (C17 6.10.3.2), which has this space before it.
    fn stringize(&mut self, tokens: &[Token], space: Space) -> Result<Token, Stop> {
        if let Some(token) = tokens.iter().find(|token| token.is_elsewhere_different()) {
            return Ok(token.clone());
        }
        // Compilers spell their own macros in different ways: `0x7fffffff` and `2147483647`.
        if tokens.iter().any(|token| token.fleeting) {
            return Err(Stop::Unknown);
        }
        // Microsoft's compilers make one token of `L` and a string that `#` made.
        if tokens.windows(2).any(|pair| pair[0].identifier() == Some("L") && pair[1].kind == Kind::String) {
            return Err(Stop::Unknown);
        }
        let mut text = vec![b'"'];
        for (index, token) in tokens.iter().enumerate() {
            self.step(token.text.len())?;
            if index > 0 && token.space.is_seen().ok_or(Stop::Unknown)? {
                text.push(b' ');
            }
            match token.kind {
                Kind::String | Kind::Character => {
                    for &byte in token.text.iter() {
                        if matches!(byte, b'"' | b'\\') {
                            text.push(b'\\');
                        }
                        text.push(byte);
                    }
                }
                Kind::RawString | Kind::Other => return Err(Stop::Unknown),
                Kind::Number if is_signed_hex(&token.text) => return Err(Stop::Unknown),
                Kind::Identifier | Kind::Number | Kind::Punctuator => text.extend_from_slice(&token.text),
            }
        }
        text.push(b'"');
        Ok(Token::new(Kind::String, text.into(), space))
    }

    /// The `##` operator (C17 6.10.3.3).
    fn paste(&mut self, left: Token, right: &Token) -> Result<Token, Stop> {
        if left.is_placemarker() {
            return Ok(Token { space: right.space.in_place_of(left.space), ..right.clone() });
        }
        if right.is_placemarker() || left.is_elsewhere_different() {
            return Ok(left);
        }
        if right.is_elsewhere_different() {
            return Ok(right.clone());
        }
        let text = [&*left.text, &*right.text].concat();
        self.step(text.len())?;
        // A compiler's own spelling, what is a number to gcc only, and what is a character in C23 only.
        let is_doubtful = text.contains(&b'$') || text.starts_with(b"u8'") || is_signed_hex(&text);
        if left.fleeting || right.fleeting || is_doubtful {
            return Err(Stop::Unknown);
        }
        let mut lexer = Lexer::new(&text);
        match (lexer.next(), lexer.next()) {
            (Some(token), None) if token.kind != Kind::Other && token.text.len() == text.len() => Ok(Token {
                hidden: Rc::new(left.hidden.intersection(&right.hidden).cloned().collect()),
                ..Token::new(token.kind, token.text.into(), left.space)
            }),
            // An error, unless it is a universal character name.
            _ if text.contains(&b'\\') => Err(Stop::Unknown),
            _ => Err(Stop::NotAValue),
        }
    }
}

/// Whether this is a number like `0x1e+1`: one token in C, a sum to Microsoft's compilers.
fn is_signed_hex(text: &[u8]) -> bool {
    let is_hex = text.starts_with(b"0x") || text.starts_with(b"0X");
    is_hex && text.windows(2).any(|pair| matches!(pair, [b'e' | b'E', b'+' | b'-']))
}

/// Whether the preprocessor replaces a name by something that is not the same everywhere.
fn is_fleeting(name: &str) -> bool {
    tells_compiler(name) || depends_on_place(name) || name.starts_with("__has_") || name == "_Pragma"
}

/// Takes a parenthesised argument list off the end of `tokens`; also gives what its closing parenthesis hides.
/// The commas from the variadic argument on belong to it.
fn arguments(tokens: &mut Vec<Token>, parameters: &[String]) -> Result<(Vec<Vec<Token>>, Hidden), Stop> {
    tokens.pop();
    let variadic = parameters.last().is_some_and(|last| last.ends_with("..."));
    let mut arguments = vec![Vec::new()];
    let mut depth = 0usize;
    while let Some(mut token) = tokens.pop() {
        if token.is(")") {
            if depth == 0 {
                return Ok((arguments, token.hidden));
            }
            depth -= 1;
        } else if token.is("(") {
            depth += 1;
        } else if token.is(",") && depth == 0 && !(variadic && arguments.len() == parameters.len()) {
            arguments.push(Vec::new());
            continue;
        }
        if let Some(last) = arguments.last_mut() {
            if last.is_empty() {
                token.space = token.space.of_first();
            }
            last.push(token);
        }
    }
    Err(Stop::NotAValue)
}

fn hide(mut tokens: Vec<Token>, hidden: &Hidden) -> Vec<Token> {
    for token in &mut tokens {
        token.hidden = if token.hidden.is_empty() {
            hidden.clone()
        } else {
            Rc::new(token.hidden.union(hidden).cloned().collect())
        };
    }
    tokens
}
