//! Macro expansion (C17 6.10.3): replacement, arguments, `#` and `##`, hide sets against recursion.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::lexer::{Kind, Lexer, splice};
use super::{DEPTH, Scope, Stop, tells_compiler};

/// The names a token may no longer be replaced by.
type Hidden = Rc<BTreeSet<String>>;

/// A token under expansion.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub kind: Kind,
    pub text: Rc<[u8]>,
    spaced: bool,
    hidden: Hidden,
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

    /// What stands for an empty argument beside `##`.
    fn placemarker() -> Self {
        Token { kind: Kind::Other, text: Rc::from([]), spaced: false, hidden: Hidden::default() }
    }

    fn is_placemarker(&self) -> bool {
        self.text.is_empty()
    }
}

/// How many tokens one macro may take; the bound on the work for bodies that double at every step.
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
    let replacement = expander.tokens(&body.text)?;
    if replacement.iter().all(|token| token.kind != Kind::Identifier && !token.is("##")) {
        // Nothing to replace; the tokens count as if they were substituted and looked at.
        replacement.iter().try_for_each(|token| expander.step(0).and(expander.step(token.text.len())))?;
        return Ok(replacement);
    }
    let tokens = expander.substitute(&replacement, None)?;
    let tokens = expander.run(hide(tokens, &Hidden::new(BTreeSet::from([name.to_owned()]))), 0)?;
    Ok(without_pragmas(tokens))
}

/// Takes out `_Pragma("...")` (C17 6.10.9), with which headers warn of a macro's use.
fn without_pragmas(mut tokens: Vec<Token>) -> Vec<Token> {
    let is_pragma = |group: &[Token]| {
        group[0].identifier() == Some("_Pragma")
            && group[1].is("(")
            && group[2].kind == Kind::String
            && group[3].is(")")
    };
    while let Some(at) = tokens.windows(4).position(is_pragma) {
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
    expanded: Vec<Token>,
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
        self.steps = self.steps.checked_sub(1).ok_or(Stop::Unknown)?;
        self.bytes = self.bytes.checked_sub(bytes).ok_or(Stop::Unknown)?;
        Ok(())
    }

    fn tokens(&mut self, text: &[u8]) -> Result<Vec<Token>, Stop> {
        let hidden = Hidden::default();
        let mut tokens = Vec::with_capacity(8);
        for token in Lexer::new(&splice(text)) {
            self.step(token.text.len())?;
            let hidden = hidden.clone();
            tokens.push(Token { kind: token.kind, text: token.text.into(), spaced: token.spaced, hidden });
        }
        Ok(tokens)
    }

    /// Replaces all macros in `tokens`.
    fn run(&mut self, mut tokens: Vec<Token>, depth: usize) -> Result<Vec<Token>, Stop> {
        if depth > DEPTH {
            return Err(Stop::Unknown);
        }
        // The next token is the last.
        tokens.reverse();
        let mut output = Vec::new();
        while let Some(token) = tokens.pop() {
            self.step(token.text.len())?;
            let body = match token.identifier() {
                Some(name) if !token.hidden.contains(name) && !tells_compiler(name) => {
                    self.scope.macro_body(name).map(|body| (name, body))
                }
                _ => None,
            };
            let Some((name, body)) = body else {
                output.push(token);
                continue;
            };
            let mut hidden;
            let call = match &body.parameters {
                None => {
                    hidden = (*token.hidden).clone();
                    None
                }
                Some(_) if !tokens.last().is_some_and(|next| next.is("(")) => {
                    output.push(token);
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
                return Err(Stop::Unknown);
            }
            let replacement = self.tokens(&body.text)?;
            let replacement = self.substitute(&replacement, call.as_ref())?;
            tokens.extend(hide(replacement, &Rc::new(hidden)).into_iter().rev());
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
            let expanded = self.run(plain.clone(), depth + 1)?;
            arguments.push(Argument { plain, expanded });
        }
        Ok(Call { parameters, variadic, arguments })
    }

    /// A replacement list with its arguments in place; `#` and `##` done.
    fn substitute(&mut self, body: &[Token], call: Option<&Call>) -> Result<Vec<Token>, Stop> {
        let argument = |token: &Token| call.and_then(|call| call.argument(token));
        let mut output: Vec<Token> = Vec::new();
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
                output.push(self.stringize(&operand.plain)?);
            } else if token.is("##") {
                let right = body.get(at).ok_or(Stop::NotAValue)?;
                at += 1;
                let left = output.pop().ok_or(Stop::NotAValue)?;
                // gcc's `, ## __VA_ARGS__` drops the comma, and `# x` may stand to the right of `##`.
                if right.is("#") || (left.is(",") && call.is_some_and(|call| call.variadic)) {
                    return Err(Stop::Unknown);
                }
                let mut right =
                    argument(right).map_or(vec![right.clone()], |argument| argument.plain.clone());
                if right.is_empty() {
                    right.push(Token::placemarker());
                }
                let first = right.remove(0);
                output.push(self.paste(left, first)?);
                self.append(&mut output, &right)?;
            } else if let Some(argument) = argument(token) {
                let pasted = body.get(at).is_some_and(|next| next.is("##"));
                let start = output.len();
                self.append(&mut output, if pasted { &argument.plain } else { &argument.expanded })?;
                match output.get_mut(start) {
                    Some(first) => first.spaced = token.spaced,
                    None if pasted => output.push(Token::placemarker()),
                    None => {}
                }
            } else {
                output.push(token.clone());
            }
        }
        output.retain(|token| !token.is_placemarker());
        Ok(output)
    }

    fn append(&mut self, output: &mut Vec<Token>, tokens: &[Token]) -> Result<(), Stop> {
        for token in tokens {
            self.step(token.text.len())?;
            output.push(token.clone());
        }
        Ok(())
    }

    /// The `#` operator (C17 6.10.3.2).
    fn stringize(&mut self, tokens: &[Token]) -> Result<Token, Stop> {
        let mut text = vec![b'"'];
        for (index, token) in tokens.iter().enumerate() {
            self.step(token.text.len())?;
            if index > 0 && token.spaced {
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
                Kind::Identifier | Kind::Number | Kind::Punctuator => text.extend_from_slice(&token.text),
            }
        }
        text.push(b'"');
        Ok(Token { kind: Kind::String, text: text.into(), spaced: true, hidden: Hidden::default() })
    }

    /// The `##` operator (C17 6.10.3.3).
    fn paste(&mut self, left: Token, right: Token) -> Result<Token, Stop> {
        if left.is_placemarker() {
            return Ok(right);
        }
        if right.is_placemarker() {
            return Ok(left);
        }
        let text = [&*left.text, &*right.text].concat();
        self.step(text.len())?;
        let mut lexer = Lexer::new(&text);
        match (lexer.next(), lexer.next()) {
            (Some(token), None) if token.kind != Kind::Other && token.text.len() == text.len() => Ok(Token {
                kind: token.kind,
                text: token.text.into(),
                spaced: left.spaced,
                hidden: Rc::new(left.hidden.intersection(&right.hidden).cloned().collect()),
            }),
            _ => Err(Stop::Unknown),
        }
    }
}

/// Takes a parenthesised argument list off the end of `tokens`; also gives what its closing parenthesis hides.
/// The commas from the variadic argument on belong to it.
fn arguments(tokens: &mut Vec<Token>, parameters: &[String]) -> Result<(Vec<Vec<Token>>, Hidden), Stop> {
    tokens.pop();
    let variadic = parameters.last().is_some_and(|last| last.ends_with("..."));
    let mut arguments = vec![Vec::new()];
    let mut depth = 0usize;
    while let Some(token) = tokens.pop() {
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
