//! Regular expressions in the dialect of Python's `re`, matched like `re.search`.

use std::collections::BTreeSet;

use regress::{Flags, Regex};

/// A letter, digit or underscore of any script, as Python's `\w` means it.
const WORD: &str = r"\p{L}\p{N}_";

/// A compiled pattern.
pub(super) struct Pattern(Regex);

impl Pattern {
    /// Compiles a Python pattern; the error is a sentence about it.
    pub(super) fn new(pattern: &str) -> Result<Self, String> {
        let failed = |problem| format!("`{pattern}` is not a pattern that works here: {problem}");
        let mut translator = Translator::new(pattern);
        translator.translate().map_err(failed)?;
        // Only what is referred to is worth the effort of telling whether it took part.
        if !translator.referred.is_empty() {
            let referred = translator.referred;
            translator = Translator { referred, ..Translator::new(pattern) };
            translator.translate().map_err(failed)?;
        }
        let Translator { out: translated, flags, .. } = translator;
        Regex::with_flags(&translated, flags)
            .map(Pattern)
            .map_err(|error| format!("`{pattern}` is not a regular expression: {error}"))
    }

    /// Whether the pattern matches anywhere in `text`.
    pub(super) fn search(&self, text: &str) -> bool {
        self.0.find(text).is_some()
    }
}

/// Turns Python's dialect into that of ECMAScript with the flag `v`, which the `regress` crate reads.
///
/// Groups are named by their number there, since some constructs need groups of their own. ECMAScript cannot ask
/// whether a group took part in the match: a reference to one that did not matches nothing. Hence a second group at
/// the start of each one that is referred to holds the whole text if the first took part.
struct Translator<'p> {
    rest: std::iter::Peekable<std::str::Chars<'p>>,
    out: String,
    flags: Flags,
    /// Of each capturing group opened so far, its name.
    groups: Vec<String>,
    /// The numbers of the groups that something refers to.
    referred: BTreeSet<usize>,
    open: Vec<Open>,
    /// Atomic groups so far.
    atomic: usize,
    /// Where in `out` what a repetition repeats begins.
    atom: usize,
}

/// A group that is still open.
struct Open {
    /// Where in `out` it begins.
    begin: usize,
    /// What ends it.
    close: String,
    /// What begins the second branch of a conditional group, until it has begun.
    otherwise: Option<String>,
}

impl<'p> Translator<'p> {
    fn new(pattern: &'p str) -> Self {
        Translator {
            rest: pattern.chars().peekable(),
            out: String::new(),
            flags: Flags { unicode_sets: true, ..Flags::default() },
            groups: Vec::new(),
            referred: BTreeSet::new(),
            open: Vec::new(),
            atomic: 0,
            atom: 0,
        }
    }

    fn translate(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.next() {
            let begin = self.out.len();
            match c {
                '*' | '+' | '?' => {
                    self.out.push(c);
                    self.mode();
                    continue;
                }
                '{' if self.repetition() => {
                    self.mode();
                    continue;
                }
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => {
                    if self.rest.next_if_eq(&'?').is_some() {
                        self.group()?;
                    } else {
                        self.capture(String::new());
                    }
                    continue;
                }
                ')' => {
                    self.close();
                    continue;
                }
                '|' => {
                    self.out.push('|');
                    if let Some(otherwise) = self.open.last_mut().and_then(|open| open.otherwise.take()) {
                        self.out.push_str(&otherwise);
                    }
                }
                '{' | '}' | ']' => self.literal(c),
                _ => self.out.push(c),
            }
            self.atom = begin;
        }
        Ok(())
    }

    fn start(&mut self, text: &str, close: &str) {
        self.open.push(Open { begin: self.out.len(), close: close.to_owned(), otherwise: None });
        self.out.push_str(text);
    }

    /// Begins a capturing group, unnamed if the name is empty.
    fn capture(&mut self, name: String) {
        self.groups.push(name);
        let number = self.groups.len();
        let marked = format!("(?<=(?<![^])(?=(?<t{number}>[^]*))[^]*)");
        let mark = if self.referred.contains(&number) { marked.as_str() } else { "" };
        self.start(&format!("(?<g{number}>{mark}"), ")");
    }

    /// After `)`.
    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return self.out.push(')') };
        if let Some(otherwise) = open.otherwise {
            self.out.push('|');
            self.out.push_str(&otherwise);
        }
        self.out.push_str(&open.close);
        self.atom = open.begin;
    }

    /// After a repetition, which may be lazy or possessive.
    fn mode(&mut self) {
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        } else if self.rest.next_if_eq(&'+').is_some() {
            let [begin, end] = self.atomic();
            self.out.insert_str(self.atom, &begin);
            self.out.push_str(&end);
        }
    }

    /// What stands around something that is to give up nothing of what it has matched, as a look-ahead does.
    fn atomic(&mut self) -> [String; 2] {
        self.atomic += 1;
        [format!("(?:(?=(?<a{}>", self.atomic), format!("))\\k<a{}>)", self.atomic)]
    }

    /// The number of the group that a number or a name means; it is referred to from now on.
    fn number(&mut self, group: &str) -> Result<usize, String> {
        let number = match group.parse() {
            Ok(number) => Some(number).filter(|number| (1..=self.groups.len()).contains(number)),
            Err(_) => self.groups.iter().position(|name| name == group).map(|index| index + 1),
        };
        self.referred.extend(number);
        number.ok_or_else(|| format!("no group `{group}` comes before the reference to it"))
    }

    /// What matches where a group has taken part, and where it has not.
    fn taken(number: usize) -> [String; 2] {
        ["=", "!"].map(|sign| format!("(?<{sign}(?<![^])(?=\\k<t{number}>(?![^]))[^]*)"))
    }

    fn reference(&mut self, group: &str) -> Result<(), String> {
        let number = self.number(group)?;
        let [taken, _] = Self::taken(number);
        self.out.push_str(&format!("(?:{taken}\\k<g{number}>)"));
        Ok(())
    }

    /// After a backslash.
    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let c = self.rest.next().ok_or("it ends in a backslash")?;
        match c {
            'A' if !in_class => self.out.push_str("(?<![^])"),
            'Z' | 'z' if !in_class => self.out.push_str("(?![^])"),
            'b' if in_class => self.out.push_str("\\x08"),
            // Those of ECMAScript know ASCII alone.
            'b' => self.out.push_str(&format!("(?:(?<=[{WORD}])(?![{WORD}])|(?<![{WORD}])(?=[{WORD}]))")),
            'B' if !in_class => {
                self.out.push_str(&format!("(?:(?<=[{WORD}])(?=[{WORD}])|(?<![{WORD}])(?![{WORD}]))"));
            }
            'w' => self.out.push_str(&format!("[{WORD}]")),
            'W' => self.out.push_str(&format!("[^{WORD}]")),
            'd' => self.out.push_str("\\p{Nd}"),
            'D' => self.out.push_str("\\P{Nd}"),
            's' | 'S' | 'f' | 'n' | 'r' | 't' | 'v' => self.out.extend(['\\', c]),
            'a' => self.out.push_str("\\x07"),
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            '0' => self.octal(0),
            '1'..='9' if self.is_octal(c) => self.octal(c.to_digit(8).unwrap_or(0)),
            '1'..='9' if !in_class => {
                let mut number = c.to_string();
                number.extend(self.rest.next_if(char::is_ascii_digit));
                self.reference(&number)?;
            }
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
                '-' if !first && !matches!(self.rest.peek(), Some('-' | ']')) => self.out.push('-'),
                c => self.literal(c),
            }
            first = false;
        }
        self.out.push(']');
        Ok(())
    }

    /// After `(?`.
    fn group(&mut self) -> Result<(), String> {
        let kind = self.rest.next().ok_or("a `(` is not closed")?;
        match kind {
            ':' => self.start("(?:", ")"),
            // ECMAScript repeats no look-around by itself.
            '=' | '!' => self.start(&format!("(?:(?{kind}"), "))"),
            '#' => while self.rest.next().ok_or("a comment is not closed")? != ')' {},
            '>' => {
                let [begin, end] = self.atomic();
                self.start(&begin, &end);
            }
            '(' => {
                let group = self.until(')')?;
                let [taken, otherwise] = Self::taken(self.number(&group)?);
                self.start(&format!("(?:{taken}"), ")");
                self.open.last_mut().into_iter().for_each(|open| open.otherwise = Some(otherwise.clone()));
            }
            '<' => match self.rest.next() {
                Some(sign @ ('=' | '!')) => self.start(&format!("(?:(?<{sign}"), "))"),
                _ => return Err("`(?<` is not supported; name a group with `(?P<name>`".into()),
            },
            'P' => match self.rest.next() {
                Some('<') => {
                    let name = self.until('>')?;
                    self.capture(name);
                }
                Some('=') => {
                    let name = self.until(')')?;
                    self.reference(&name)?;
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
                ':' => {
                    self.start(&format!("(?{flags}:"), ")");
                    return Ok(());
                }
                ')' if !self.out.is_empty() || flags.contains('-') => {
                    return Err("flags for all of it must stand at its start".into());
                }
                ')' => {
                    self.flags.icase |= flags.contains('i');
                    self.flags.multiline |= flags.contains('m');
                    self.flags.dot_all |= flags.contains('s');
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

    /// After `{`: whether a repetition follows, or the brace is literal; `{,n}` starts at 0.
    fn repetition(&mut self) -> bool {
        let body: String = self.rest.clone().take_while(|c| *c != '}').collect();
        let closed = self.rest.clone().nth(body.chars().count()) == Some('}');
        let (low, high) = body.split_once(',').map_or((body.as_str(), None), |(low, high)| (low, Some(high)));
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let counts = number(low) && high.is_none_or(number) && !(low.is_empty() && high.is_none());
        if !closed || !counts {
            return false;
        }
        self.rest.nth(body.chars().count());
        let low = if low.is_empty() { "0" } else { low };
        match high {
            Some(high) => self.out.push_str(&format!("{{{low},{high}}}")),
            None => self.out.push_str(&format!("{{{low}}}")),
        }
        true
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
            "a]b",
            r"(a)|(?P<n>b)\1",
            r"(?P<n>a)?b(?(n)c)$",
            r"(?:(a)|b)\1",
            r"^x*?y|^(?:a){1,2}?b",
            r"\bFLAG|\Bb\B",
            r"^[\w]+$",
            r"^\W|[^\W_]\d",
            r"^[^\W\d_]+$",
            r"(?s:.)_[a\-z-]",
            r"(((((((((((x)))))))))))\11y",
            r"(a)(?=b)",
            r"(?<!a)b",
            r"(?<=x)?y|(?!a)*_1",
            r"(?im)^FLAG$",
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
            "b",
            "aa",
            "größe",
            "größe_1",
            "-",
            "a]b",
            "x_-",
            "FLAG",
            "}",
            "",
        ];
        let script = "import json,re,sys,warnings\n\
            warnings.simplefilter('ignore')\n\
            p,n=json.load(sys.stdin)\n\
            print(json.dumps([[bool(re.search(x,y)) for y in n] for x in p]))";
        let input = serde_json::to_string(&(&patterns[..], &names[..])).unwrap();
        let expected: Vec<Vec<bool>> =
            serde_json::from_str(&super::super::tests::python(script, &input)).unwrap();
        for (pattern, expected) in patterns.iter().zip(expected) {
            let compiled = Pattern::new(pattern).unwrap();
            let found: Vec<bool> = names.iter().map(|name| compiled.search(name)).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    /// Python has these since 3.11, so that not every Python here can be asked.
    #[test]
    fn atomic_parts_give_nothing_back() {
        for (pattern, name, expected) in [
            ("(?>x+)xy", "xxxy", false),
            ("(?>x|xx)y", "xy", true),
            ("^(?>x|xx)y", "xxy", false),
            ("^(?:ab|a)*+b", "aab", false),
            ("^(?:ab|a)*b", "aab", true),
            ("x++y", "xxy", true),
            ("x{1,2}+x", "xx", false),
            ("^[ab]?+b", "b", false),
            (r"^\d*+1|a", "1", false),
        ] {
            assert_eq!(Pattern::new(pattern).unwrap().search(name), expected, "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_translated_is_refused() {
        for pattern in
            ["(", "[a", r"\q", "(?x)a", "(?P>a)", "(?<a>b)", "a\\", "(?P<a", r"(a)\2", "a(?i)b", "(?(1)a|b)"]
        {
            let problem = Pattern::new(pattern).err().unwrap();
            assert!(problem.contains(&format!("`{pattern}`")), "{problem}");
        }
    }
}
