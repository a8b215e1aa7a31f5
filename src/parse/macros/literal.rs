//! Values of C literals (C17 6.4.4 and 6.4.5): numbers, characters, strings.

use super::value::{FloatType, IntType, Value};
use super::{DataModel, Stop};

/// The value of a pp-number.
pub(super) fn number(text: &[u8], model: &DataModel) -> Result<Value, Stop> {
    let digits = text.iter().filter(|&&byte| byte != b'\'').map(|&byte| char::from(byte));
    let text: String = digits.collect();
    if text.ends_with("lL") || text.ends_with("Ll") {
        return Err(Stop::NotAValue);
    }
    let lower = text.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        if hex.contains(['.', 'p']) { hex_float(hex, model) } else { integer(hex, 16, model) }
    } else if let Some(binary) = lower.strip_prefix("0b") {
        integer(binary, 2, model)
    } else if lower.contains('.') || exponent(&lower).is_some() {
        decimal_float(&lower, model)
    } else if lower.starts_with('0') {
        integer(&lower, 8, model)
    } else {
        integer(&lower, 10, model)
    }
}

/// Where `e` follows the digits, as it does in `1e9`.
fn exponent(text: &str) -> Option<usize> {
    text.find(|c: char| !c.is_ascii_digit()).filter(|&at| text[at..].starts_with('e'))
}

/// An integer literal in lower case, without the base's prefix. The type is the first of C17 6.4.4.1's list that holds it.
fn integer(text: &str, base: u32, model: &DataModel) -> Result<Value, Stop> {
    let end = text.find(|c: char| !c.is_digit(base.max(10))).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(end);
    let (unsigned, longs) = match suffix {
        "" => (false, 0),
        "u" => (true, 0),
        "l" => (false, 1),
        "ul" | "lu" => (true, 1),
        "ll" => (false, 2),
        "ull" | "llu" => (true, 2),
        _ if suffix.contains('.') => return Err(Stop::NotAValue),
        _ => return Err(Stop::Unknown),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return Err(Stop::NotAValue);
    }
    let value: i128 = u64::from_str_radix(digits, base).map_err(|_| Stop::Unknown)?.into();
    for size in [model.int, model.long, model.long_long].into_iter().skip(longs) {
        for signed in [true, false] {
            let allowed = if signed { !unsigned } else { unsigned || base != 10 };
            let ty = IntType::new(size, signed);
            // Microsoft's compilers take a sign from the suffix alone.
            if allowed && !signed && !unsigned && longs == 2 {
                return Err(Stop::Unknown);
            }
            if allowed && ty.holds(value) {
                return Ok(Value::Int(ty, value));
            }
        }
    }
    Err(Stop::Unknown)
}

fn float_type(suffix: &str, model: &DataModel) -> Result<FloatType, Stop> {
    match suffix {
        "" => Ok(FloatType::Double),
        "f" => Ok(FloatType::Float),
        "l" if model.long_double == 8 => Ok(FloatType::Double),
        "l" => Ok(FloatType::Long),
        _ if suffix.contains('.') => Err(Stop::NotAValue),
        _ => Err(Stop::Unknown),
    }
}

/// The length of the exponent that `text` begins with, which `mark` opens; 0 without one.
fn exponent_length(text: &str, mark: char) -> usize {
    let Some(rest) = text.strip_prefix(mark) else { return 0 };
    let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let digits = unsigned.chars().take_while(char::is_ascii_digit).count();
    if digits == 0 { 0 } else { text.len() - unsigned.len() + digits }
}

fn decimal_float(text: &str, model: &DataModel) -> Result<Value, Stop> {
    let whole = text.chars().take_while(char::is_ascii_digit).count();
    let mut end = whole;
    if text[end..].starts_with('.') {
        end += 1 + text[end + 1..].chars().take_while(char::is_ascii_digit).count();
    }
    end += exponent_length(&text[end..], 'e');
    let (digits, suffix) = text.split_at(end);
    if suffix.starts_with(['e', '+', '-']) {
        return Err(Stop::NotAValue);
    }
    let ty = float_type(suffix, model)?;
    let value = match ty {
        // Rounded once: by way of `double` the last bit could differ.
        FloatType::Float => digits.parse::<f32>().map(f64::from),
        FloatType::Double | FloatType::Long => digits.parse::<f64>(),
    };
    let value = value.map_err(|_| Stop::NotAValue)?;
    let tiny = value.abs() < f64::MIN_POSITIVE && digits.contains(|c| ('1'..='9').contains(&c));
    if ty == FloatType::Long && (tiny || value.is_infinite()) {
        // In the range of `long double` only.
        return Err(Stop::Unknown);
    }
    Ok(Value::Float(ty, value))
}

/// A hexadecimal float without its `0x`; only those that are exact in their type.
fn hex_float(text: &str, model: &DataModel) -> Result<Value, Stop> {
    let (mantissa, rest) = text.split_at(text.find('p').ok_or(Stop::NotAValue)?);
    let length = exponent_length(rest, 'p');
    let (exponent, suffix) = rest.split_at(length);
    let ty = float_type(suffix, model)?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if length == 0 || digits.is_empty() || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(Stop::NotAValue);
    }
    let digits = u128::from_str_radix(&digits, 16).map_err(|_| Stop::Unknown)?;
    let exponent: i32 = exponent[1..].parse().map_err(|_| Stop::Unknown)?;
    if digits == 0 {
        return Ok(Value::Float(ty, 0.0));
    }
    let odd = digits >> digits.trailing_zeros();
    let scale = i64::from(exponent) - 4 * fraction.len() as i64 + i64::from(digits.trailing_zeros());
    if odd >= 1 << 53 || !(-1074..=1023).contains(&scale) {
        return Err(Stop::Unknown);
    }
    // Two factors, as 2^-1074 is exact but its inverse is not finite.
    let half = scale / 2;
    let value = odd as f64 * 2f64.powi(half as i32) * 2f64.powi((scale - half) as i32);
    let back = value * 2f64.powi(-half as i32) * 2f64.powi((half - scale) as i32);
    let exact = back == odd as f64 && (ty != FloatType::Float || f64::from(value as f32) == value);
    if exact { Ok(Value::Float(ty, value)) } else { Err(Stop::Unknown) }
}

/// Splits `L"..."` into its prefix and what is between the quotes.
fn unquoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = text.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let inner = text.get(open + 1..text.len().checked_sub(1)?)?;
    Some((&text[..open], inner))
}

/// The value of a character constant (C17 6.4.4.4).
pub(super) fn character(text: &[u8], model: &DataModel) -> Result<Value, Stop> {
    let (prefix, inner) = unquoted(text).ok_or(Stop::NotAValue)?;
    let mut units = Vec::new();
    let mut rest = inner;
    while !rest.is_empty() {
        units.push(unit(&mut rest)?);
    }
    let ty = match prefix {
        b"" => return plain_character(&units, model),
        // Neither a token in C17 nor of the same sign in C23, C++17 and C++20.
        b"u8" => return Err(Stop::Unknown),
        b"u" => IntType::new(2, false),
        b"U" => IntType::new(4, false),
        _ => IntType::new(model.wchar, model.wchar_signed),
    };
    let value: i128 = match units.as_slice() {
        [] => return Err(Stop::NotAValue),
        [Unit::Byte(byte)] if byte.is_ascii() => (*byte).into(),
        [Unit::Code(code)] => (*code).into(),
        [Unit::Character(c)] => u32::from(*c).into(),
        units => whole_character(units).ok_or(Stop::Unknown)?,
    };
    if !IntType::new(ty.size, false).holds(value) {
        return Err(Stop::Unknown);
    }
    Ok(Value::Int(ty, ty.wrap(value)))
}

/// The character that several source bytes encode in UTF-8.
fn whole_character(units: &[Unit]) -> Option<i128> {
    let bytes: Option<Vec<u8>> =
        units.iter().map(|unit| if let Unit::Byte(byte) = unit { Some(*byte) } else { None }).collect();
    let text = String::from_utf8(bytes?).ok()?;
    let mut characters = text.chars();
    let first = characters.next()?;
    characters.next().is_none().then(|| u32::from(first).into())
}

/// `'x'`, or several ASCII characters, which gcc and clang take for the digits of a number to base 256.
fn plain_character(units: &[Unit], model: &DataModel) -> Result<Value, Stop> {
    let int = IntType::new(model.int, true);
    let value = match units {
        [] => return Err(Stop::NotAValue),
        [Unit::Byte(byte)] if byte.is_ascii() => (*byte).into(),
        [Unit::Code(code)] if *code <= 0xff => IntType::new(1, model.char_signed).wrap((*code).into()),
        units if units.len() <= 4 => {
            let mut value = 0i128;
            for unit in units {
                match unit {
                    Unit::Byte(byte) if byte.is_ascii() => value = value << 8 | i128::from(*byte),
                    Unit::Code(code @ 0..=0x7f) => value = value << 8 | i128::from(*code),
                    _ => return Err(Stop::Unknown),
                }
            }
            value
        }
        _ => return Err(Stop::Unknown),
    };
    if int.holds(value) { Ok(Value::Int(int, value)) } else { Err(Stop::Unknown) }
}

/// The encoding prefix of a string literal.
pub(super) fn prefix(text: &[u8]) -> &[u8] {
    unquoted(text).map_or(b"", |(prefix, _)| prefix)
}

/// The bytes of a unit of wide strings with that prefix; `None` for prefixes of `char`.
pub(super) fn unit_size(prefix: &[u8], model: &DataModel) -> Option<u32> {
    match prefix {
        b"" | b"u8" => None,
        b"u" => Some(2),
        b"U" => Some(4),
        _ => Some(model.wchar),
    }
}

/// The text of a string literal that stands in a wide string with units of that size, with or without a prefix of
/// its own.
pub(super) fn wide_string(text: &[u8], unit_size: u32) -> Result<String, Stop> {
    let (_, inner) = unquoted(text).ok_or(Stop::NotAValue)?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let character = match unit(&mut rest)? {
            Unit::Byte(byte) => {
                bytes.push(byte);
                continue;
            }
            Unit::Code(code) if !IntType::new(unit_size, false).holds(code.into()) => {
                return Err(Stop::Unknown);
            }
            // Half of a surrogate pair is a code unit, but no text.
            Unit::Code(code) => char::from_u32(code).ok_or(Stop::NotAValue)?,
            Unit::Character(c) => c,
        };
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    String::from_utf8(bytes).map_err(|_| Stop::NotAValue)
}

/// The bytes of a string literal that is not wide.
pub(super) fn string(text: &[u8]) -> Result<Vec<u8>, Stop> {
    let (_, inner) = unquoted(text).ok_or(Stop::NotAValue)?;
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        match unit(&mut rest)? {
            Unit::Byte(byte) => bytes.push(byte),
            Unit::Code(code) => bytes.push(u8::try_from(code).map_err(|_| Stop::Unknown)?),
            Unit::Character(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(bytes)
}

/// One element of a character or string literal.
#[derive(Debug, Clone, Copy)]
enum Unit {
    /// A byte as it stands in the source.
    Byte(u8),
    /// The number of an octal, hexadecimal or simple escape.
    Code(u32),
    /// `\u` or `\U`.
    Character(char),
}

/// Takes one element off `rest`, which is not empty.
fn unit(rest: &mut &[u8]) -> Result<Unit, Stop> {
    let text = *rest;
    if text[0] != b'\\' {
        *rest = &text[1..];
        return Ok(Unit::Byte(text[0]));
    }
    let letter = *text.get(1).ok_or(Stop::NotAValue)?;
    let simple = match letter {
        b'a' => Some(7),
        b'b' => Some(8),
        b't' => Some(9),
        b'n' => Some(10),
        b'v' => Some(11),
        b'f' => Some(12),
        b'r' => Some(13),
        b'e' | b'E' => Some(27),
        b'\\' | b'\'' | b'"' | b'?' => Some(letter.into()),
        _ => None,
    };
    if let Some(code) = simple {
        *rest = &text[2..];
        return Ok(Unit::Code(code));
    }
    let (start, most, base) = match letter {
        b'0'..=b'7' => (1, 3, 8),
        b'x' => (2, usize::MAX, 16),
        b'u' => (2, 4, 16),
        b'U' => (2, 8, 16),
        // What an unknown escape means is the compiler's business.
        _ => return Err(Stop::Unknown),
    };
    let length = text[start..].iter().take(most).take_while(|&&byte| char::from(byte).is_digit(base)).count();
    let digits: String = text[start..start + length].iter().map(|&byte| char::from(byte)).collect();
    let code = u32::from_str_radix(&digits, base).map_err(|_| Stop::Unknown)?;
    *rest = &text[start + length..];
    match letter {
        b'u' | b'U' if length < most => Err(Stop::Unknown),
        b'u' | b'U' => char::from_u32(code).map(Unit::Character).ok_or(Stop::Unknown),
        _ => Ok(Unit::Code(code)),
    }
}
