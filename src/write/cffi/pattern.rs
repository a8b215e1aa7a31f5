//! Regular expressions in the dialect of Python's `re`, matched like `re.search`.

use fancy_regex::Regex;

/// A compiled pattern.
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a Python pattern; the error is a sentence about it.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let translated = Translator { rest: pattern.chars().peekable(), out: String::new() }
            .translate()
            .map_err(|problem| format!("`{pattern}` is not a pattern that works here: {problem}"))?;
        Regex::new(&translated)
            .map(Pattern)
            .map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
    }

    /// Whether the pattern matches anywhere in `text`. A pattern that gives up matches nothing.
    pub(super) fn search(&self, text: &str) -> bool {
        self.0.is_match(text).unwrap_or(false)
    }
}

/// Turns Python's dialect into that of the `fancy_regex` crate.
struct Translator<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    out: String,
}

impl Translator<'_> {
    fn translate(mut self) -> Result<String, String> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' if self.rest.peek() == Some(&'?') => self.group()?,
                '{' => self.repetition(),
                '}' => self.out.push_str("\\}"),
                _ => self.out.push(c),
            }
        }
        Ok(self.out)
    }

    /// After a backslash.
    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let c = self.rest.next().ok_or("it ends in a backslash")?;
        match c {
            'Z' if !in_class => self.out.push_str("\\z"),
            'b' if in_class => self.out.push_str("\\x08"),
            'A' | 'B' | 'b' | 'z' if !in_class => self.out.extend(['\\', c]),
            'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'a' | 'f' | 'n' | 'r' | 't' | 'v' => {
                self.out.extend(['\\', c])
            }
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '0' => self.octal(0),
            '1'..='9' if self.is_octal(c) => self.octal(c.to_digit(8).unwrap_or(0)),
            '1'..='9' if !in_class => self.out.extend(['\\', c]),
            _ if c.is_ascii_alphanumeric() => return Err(format!("`\\{c}` is not supported")),
            _ => self.literal(c),
        }
        Ok(())
    }

    fn code(&mut self, digits: usize) -> Result<(), String> {
        let text: String = (0..digits).map_while(|_| self.rest.next()).collect();
        let code = u32::from_str_radix(&text, 16).ok().filter(|_| text.len() == digits);
        let c = code.and_then(char::from_u32).ok_or_else(|| format!("bad character code `{text}`"))?;
        self.literal(c);
        Ok(())
    }

    /// Three octal digits are a character, fewer refer to a group.
    fn is_octal(&self, first: char) -> bool {
        let following = self.rest.clone().take(2).filter(|c| c.is_digit(8)).count();
        first.is_digit(8) && following == 2
    }

    fn octal(&mut self, mut value: u32) {
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|c| c.to_digit(8)) else { break };
            value = value * 8 + digit;
            self.rest.next();
        }
        self.literal(char::from_u32(value).unwrap_or('\0'));
    }

    /// A character that means itself, in a class or outside.
    fn literal(&mut self, c: char) {
        if c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_' {
            self.out.push_str(&format!("\\x{:02X}", c as u32));
        } else {
            self.out.push(c);
        }
    }

    /// After `[`: Python has neither nested classes nor operations on them, so `[`, `&`, `~` are literal.
    fn class(&mut self) -> Result<(), String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            match self.rest.next().ok_or("a `[` is not closed")? {
                ']' if !first => break,
                '\\' => self.escape(true)?,
                c @ ('[' | ']' | '&' | '~' | '^') => self.literal(c),
                '-' if self.rest.peek() == Some(&'-') => self.literal('-'),
                c => self.out.push(c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// At `(?`.
    fn group(&mut self) -> Result<(), String> {
        self.rest.next();
        let kind = self.rest.next().ok_or("a `(` is not closed")?;
        match kind {
            ':' | '=' | '!' | '>' | '(' => self.out.extend(['(', '?', kind]),
            '#' => while self.rest.next().ok_or("a comment is not closed")? != ')' {},
            '<' => match self.rest.next() {
                Some(sign @ ('=' | '!')) => self.out.extend(['(', '?', '<', sign]),
                _ => return Err("`(?<` is not supported; name a group with `(?P<name>`".into()),
            },
            'P' => match self.rest.next() {
                Some('<') => {
                    let name = self.until('>')?;
                    self.out.push_str(&format!("(?<{name}>"));
                }
                Some('=') => {
                    let name = self.until(')')?;
                    self.out.push_str(&format!("\\k<{name}>"));
                }
                _ => return Err("`(?P` must be followed by `<name>` or `=name`".into()),
            },
            _ => self.flags(kind)?,
        }
        Ok(())
    }

    fn flags(&mut self, first: char) -> Result<(), String> {
        let mut flags = String::new();
        let mut next = Some(first);
        loop {
            match next.ok_or("a `(` is not closed")? {
                // Names are Unicode text; `u` is Python's default.
                'u' => {}
                c @ ('i' | 'm' | 's' | '-') => flags.push(c),
                end @ (':' | ')') => {
                    if !flags.is_empty() || end == ':' {
                        self.out.push_str(&format!("(?{flags}{end}"));
                    }
                    return Ok(());
                }
                c => return Err(format!("the flag `{c}` is not supported")),
            }
            next = self.rest.next();
        }
    }

    fn until(&mut self, end: char) -> Result<String, String> {
        let mut text = String::new();
        loop {
            match self.rest.next().ok_or("a group name is not closed")? {
                c if c == end => return Ok(text),
                c => text.push(c),
            }
        }
    }

    /// After `{`: literal unless a repetition follows; `{,n}` starts at 0.
    fn repetition(&mut self) {
        let body: String = self.rest.clone().take_while(|c| *c != '}').collect();
        let closed = self.rest.clone().nth(body.chars().count()) == Some('}');
        let (low, high) = body.split_once(',').map_or((body.as_str(), None), |(low, high)| (low, Some(high)));
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let counts = number(low) && high.is_none_or(number) && !(low.is_empty() && high.is_none());
        if !closed || !counts {
            self.out.push_str("\\{");
            return;
        }
        self.rest.nth(body.chars().count());
        let low = if low.is_empty() { "0" } else { low };
        match high {
            Some(high) => self.out.push_str(&format!("{{{low},{high}}}")),
            None => self.out.push_str(&format!("{{{low}}}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pattern with names; the expectation comes from Python itself.
    #[test]
    fn patterns_match_as_python_says() {
        let patterns = [
            r"^NNG_FLAG_\w+$",
            "NNG_FLAG",
            r"(?P<a>ab)_(?P=a)",
            r"_T\Z",
            r"(?i)nng_(?!flag)",
            r"(?<=_)FLAG",
            r"^[A-Z&&[]+$",
            r"x{,2}y",
            "a{b",
            r"[]x]",
            r"\<",
            r"(?:A|B)_\d{2}",
            r"(a)?b(?(1)c|d)",
            r"[\d_-]+$",
            r"(?i:flag)_x",
            r"\x41\102",
            "a(?#note)b",
            "[--/]",
            "}",
        ];
        let names = [
            "NNG_FLAG_ALLOC",
            "SOME_NNG_FLAG_EXTRA",
            "nng_flag_x",
            "nng_open",
            "ab_ab",
            "size_T",
            "size_Tx",
            "A_12",
            "B_1",
            "xxy",
            "abc",
            "bd",
            "a{b",
            "<",
            "&[",
            "12_",
            "AB",
            "ab",
            "}",
            "",
        ];
        let script = "import json,re,sys,warnings\n\
            warnings.simplefilter('ignore')\n\
            p,n=json.load(sys.stdin)\n\
            print(json.dumps([[bool(re.search(x,y)) for y in n] for x in p]))";
        let input = serde_json::to_string(&(patterns, names)).unwrap();
        let expected: Vec<Vec<bool>> =
            serde_json::from_str(&super::super::tests::python(script, &input)).unwrap();
        for (pattern, expected) in patterns.iter().zip(expected) {
            let compiled = Pattern::new(pattern).unwrap();
            let found: Vec<bool> = names.iter().map(|name| compiled.search(name)).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_translated_is_refused() {
        for pattern in ["(", "[a", r"\q", "(?x)a", "(?P>a)", "(?<a>b)", "a\\", "(?P<a"] {
            let problem = Pattern::new(pattern).err().unwrap();
            assert!(problem.contains(&format!("`{pattern}`")), "{problem}");
        }
    }
}
