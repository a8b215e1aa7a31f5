//! Typed C values: conversions (C17 6.3.1) and arithmetic (6.5) that never overflows unseen.

use super::{DataModel, Stop};
use crate::ir;

/// An integer type. C's ranks are not needed: at equal sizes the unsigned type wins whatever the ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct IntType {
    /// Bytes, from 1 to 8.
    pub size: u32,
    pub signed: bool,
    pub boolean: bool,
}

impl IntType {
    pub fn new(size: u32, signed: bool) -> Self {
        IntType { size, signed, boolean: false }
    }

    fn bits(self) -> u32 {
        self.size * 8
    }

    /// Whether a value of this type can be `value`.
    pub fn holds(self, value: i128) -> bool {
        value == self.wrap(value)
    }

    /// The conversion of an integer to this type (C17 6.3.1.2 and 6.3.1.3; too large for a signed type: as gcc and clang do).
    pub fn wrap(self, value: i128) -> i128 {
        if self.boolean {
            return (value != 0).into();
        }
        let unused = 128 - self.bits();
        if self.signed { (value << unused) >> unused } else { value & ((1 << self.bits()) - 1) }
    }

    /// The integer promotions (C17 6.3.1.1).
    fn promoted(self, model: &DataModel) -> Self {
        let int = IntType::new(model.int, true);
        if self.size < int.size || self.boolean { int } else { self }
    }

    /// The usual arithmetic conversions of two integer types (C17 6.3.1.8).
    fn common(self, other: Self, model: &DataModel) -> Self {
        let (left, right) = (self.promoted(model), other.promoted(model));
        match left.size.cmp(&right.size) {
            std::cmp::Ordering::Greater => left,
            std::cmp::Ordering::Less => right,
            std::cmp::Ordering::Equal => IntType::new(left.size, left.signed && right.signed),
        }
    }
}

/// The floating-point types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum FloatType {
    Float,
    Double,
    /// A `long double` wider than `double`: held rounded, so it can be shown but not calculated with.
    Long,
}

/// A type name, as far as casts and `sizeof` care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    Int(IntType),
    Float(FloatType),
    Pointer,
    /// Any other, with its size in bytes.
    Other(Option<u64>),
}

/// The value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Int(IntType, i128),
    /// An enum constant beyond `int`; its type is the compiler's business.
    Enumerator(i128),
    Float(FloatType, f64),
    /// A string of `char`, without the closing NUL.
    Text(Vec<u8>),
    /// A wide string, without the closing NUL.
    Wide(String),
    /// A pointer cast from this integer.
    Address(i128),
    /// Something else that is no constant of ours: a pointer to something, `void`.
    Opaque,
}

/// The operators that take two arithmetic operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Multiply,
    Divide,
    Remainder,
    Add,
    Subtract,
    ShiftLeft,
    ShiftRight,
    Less,
    Greater,
    LessEqual,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Xor,
    Or,
    LogicalAnd,
    LogicalOr,
}

/// Two operands of one type.
enum Pair {
    Int(IntType, i128, i128),
    Float(FloatType, f64, f64),
}

/// Calculates for one data model.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arithmetic {
    pub model: DataModel,
    /// The expression's value is not used, so that mistakes in it do no harm.
    pub dead: bool,
}

impl Arithmetic {
    pub fn int(&self, value: impl Into<i128>) -> Value {
        Value::Int(IntType::new(self.model.int, true), value.into())
    }

    /// A value in place of one that C does not define.
    fn undefined(&self, ty: IntType, stop: Stop) -> Result<Value, Stop> {
        if self.dead { Ok(Value::Int(ty, 0)) } else { Err(stop) }
    }

    /// The exact result of an operation as a value of the operation's type.
    fn result(&self, ty: IntType, exact: i128) -> Result<Value, Stop> {
        if ty.signed && !ty.holds(exact) {
            return self.undefined(ty, Stop::Unknown);
        }
        Ok(Value::Int(ty, ty.wrap(exact)))
    }

    fn float(&self, ty: FloatType, value: f64) -> Value {
        Value::Float(ty, if ty == FloatType::Float { f64::from(value as f32) } else { value })
    }

    /// Whether a scalar is not zero.
    pub fn truth(&self, value: &Value) -> Result<bool, Stop> {
        match value {
            Value::Int(_, value) | Value::Enumerator(value) | Value::Address(value) => Ok(*value != 0),
            Value::Float(FloatType::Float | FloatType::Double, value) => Ok(*value != 0.0),
            Value::Float(FloatType::Long, _) | Value::Text(_) | Value::Wide(_) | Value::Opaque => {
                Err(Stop::Unknown)
            }
        }
    }

    /// A cast.
    pub fn cast(&self, ty: Type, value: Value) -> Result<Value, Stop> {
        match (ty, value) {
            (Type::Pointer, Value::Int(_, value) | Value::Enumerator(value) | Value::Address(value)) => {
                Ok(Value::Address(IntType::new(self.model.pointer, false).wrap(value)))
            }
            (Type::Pointer | Type::Other(_), _) => Ok(Value::Opaque),
            // gcc extends the sign of an address, clang does not.
            (Type::Int(ty), Value::Address(value))
                if ty.size > self.model.pointer && !IntType::new(self.model.pointer, true).holds(value) =>
            {
                self.undefined(ty, Stop::Unknown)
            }
            (Type::Int(ty), Value::Int(_, value) | Value::Enumerator(value) | Value::Address(value)) => {
                Ok(Value::Int(ty, ty.wrap(value)))
            }
            (Type::Int(ty), value @ Value::Float(..)) if ty.boolean => {
                Ok(Value::Int(ty, self.truth(&value)?.into()))
            }
            (Type::Int(ty), Value::Float(from, value)) => {
                let whole = value.trunc();
                if from == FloatType::Long || whole.is_nan() || whole.abs() > 1e30 || !ty.holds(whole as i128)
                {
                    return self.undefined(ty, Stop::Unknown);
                }
                Ok(Value::Int(ty, whole as i128))
            }
            (Type::Float(ty), Value::Int(_, value) | Value::Enumerator(value)) => Ok(match ty {
                FloatType::Float => Value::Float(ty, f64::from(value as f32)),
                FloatType::Double | FloatType::Long => Value::Float(ty, value as f64),
            }),
            // Through two roundings the last bit may differ from C's.
            (Type::Float(FloatType::Float), Value::Float(FloatType::Long, _)) => Err(Stop::Unknown),
            (Type::Float(ty), Value::Float(_, value)) => Ok(self.float(ty, value)),
            (
                Type::Int(_) | Type::Float(_),
                Value::Text(_) | Value::Wide(_) | Value::Address(_) | Value::Opaque,
            ) => Err(Stop::Unknown),
        }
    }

    /// Unary `+`, `-`, `~` and `!`.
    pub fn unary(&self, operator: u8, operand: Value) -> Result<Value, Stop> {
        if operator == b'!' {
            return Ok(self.int(!self.truth(&operand)?));
        }
        match operand {
            Value::Int(ty, value) => {
                let ty = ty.promoted(&self.model);
                match operator {
                    b'-' => self.result(ty, -value),
                    b'~' => Ok(Value::Int(ty, ty.wrap(!value))),
                    _ => Ok(Value::Int(ty, value)),
                }
            }
            Value::Float(_, _) if operator == b'~' => Err(Stop::NotAValue),
            Value::Float(ty, value) => Ok(Value::Float(ty, if operator == b'-' { -value } else { value })),
            Value::Enumerator(_) | Value::Text(_) | Value::Wide(_) | Value::Address(_) | Value::Opaque => {
                Err(Stop::Unknown)
            }
        }
    }

    /// The usual arithmetic conversions (C17 6.3.1.8).
    fn pair(&self, left: Value, right: Value) -> Result<Pair, Stop> {
        use Value::{Float, Int};
        match (left, right) {
            (Int(left_type, left), Int(right_type, right)) => {
                let ty = left_type.common(right_type, &self.model);
                Ok(Pair::Int(ty, ty.wrap(left), ty.wrap(right)))
            }
            (left @ (Int(..) | Float(..)), right @ (Int(..) | Float(..))) => {
                let type_of = |value: &Value| if let Float(ty, _) = value { Some(*ty) } else { None };
                let ty = type_of(&left).max(type_of(&right)).ok_or(Stop::Unknown)?;
                match (self.cast(Type::Float(ty), left)?, self.cast(Type::Float(ty), right)?) {
                    (Float(_, left), Float(_, right)) => Ok(Pair::Float(ty, left, right)),
                    _ => Err(Stop::Unknown),
                }
            }
            _ => Err(Stop::Unknown),
        }
    }

    /// The chosen branch of `?:`, in the type that both branches give.
    pub fn choose(&self, first: bool, left: Value, right: Value) -> Result<Value, Stop> {
        Ok(match self.pair(left, right)? {
            Pair::Int(ty, left, right) => Value::Int(ty, if first { left } else { right }),
            Pair::Float(ty, left, right) => Value::Float(ty, if first { left } else { right }),
        })
    }

    /// `left operator right`. For `&&` and `||` the caller has seen to the operand that is not evaluated.
    pub fn binary(&self, operator: Operator, left: Value, right: Value) -> Result<Value, Stop> {
        match operator {
            Operator::LogicalAnd => return Ok(self.int(self.truth(&left)? && self.truth(&right)?)),
            Operator::LogicalOr => return Ok(self.int(self.truth(&left)? || self.truth(&right)?)),
            Operator::ShiftLeft | Operator::ShiftRight => return self.shift(operator, left, right),
            _ => {}
        }
        match self.pair(left, right)? {
            Pair::Int(ty, left, right) => match compare(operator, &left, &right) {
                Some(truth) => Ok(self.int(truth)),
                None => self.whole(operator, ty, left, right),
            },
            // Neither a sum nor a comparison of rounded values is sure to be that of the exact ones.
            Pair::Float(FloatType::Long, _, _) => Err(Stop::Unknown),
            Pair::Float(ty, left, right) => match compare(operator, &left, &right) {
                Some(truth) => Ok(self.int(truth)),
                None => self.fraction(operator, ty, left, right),
            },
        }
    }

    fn whole(&self, operator: Operator, ty: IntType, left: i128, right: i128) -> Result<Value, Stop> {
        if matches!(operator, Operator::Divide | Operator::Remainder) {
            if right == 0 {
                return self.undefined(ty, Stop::NotAValue);
            }
            // The remainder of an overflowing division is not defined either.
            if !ty.holds(left / right) {
                return self.undefined(ty, Stop::Unknown);
            }
        }
        let exact = match operator {
            // Of two unsigned factors of 64 bits only the low half counts.
            Operator::Multiply => left.wrapping_mul(right),
            Operator::Divide => left / right,
            Operator::Remainder => left % right,
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            Operator::And => left & right,
            Operator::Xor => left ^ right,
            Operator::Or => left | right,
            _ => return Err(Stop::Unknown),
        };
        self.result(ty, exact)
    }

    fn fraction(&self, operator: Operator, ty: FloatType, left: f64, right: f64) -> Result<Value, Stop> {
        let double = match operator {
            Operator::Multiply => left * right,
            Operator::Divide => left / right,
            Operator::Add => left + right,
            Operator::Subtract => left - right,
            _ => return Err(Stop::NotAValue),
        };
        // For these four operations rounding by way of `double` gives `float`'s own result.
        Ok(self.float(ty, double))
    }

    /// Shifts (C17 6.5.7). A signed left operand may shift into the sign bit, and negative ones may shift at all, as gcc
    /// and clang allow; bits that would get lost are left to the compiler.
    fn shift(&self, operator: Operator, left: Value, right: Value) -> Result<Value, Stop> {
        let (Value::Int(ty, left), Value::Int(_, right)) = (left, right) else {
            return Err(Stop::Unknown);
        };
        let ty = ty.promoted(&self.model);
        let Some(count) = u32::try_from(right).ok().filter(|&count| count < ty.bits()) else {
            return self.undefined(ty, Stop::Unknown);
        };
        if operator == Operator::ShiftRight {
            return Ok(Value::Int(ty, left >> count));
        }
        // Wide enough: at most 64 bits move by at most 63.
        let exact = left << count;
        let unsigned = IntType::new(ty.size, false);
        if ty.signed && left >= 0 && unsigned.holds(exact) {
            return Ok(Value::Int(ty, ty.wrap(exact)));
        }
        self.result(ty, exact)
    }
}

fn compare<T: PartialOrd>(operator: Operator, left: &T, right: &T) -> Option<bool> {
    Some(match operator {
        Operator::Less => left < right,
        Operator::Greater => left > right,
        Operator::LessEqual => left <= right,
        Operator::GreaterEqual => left >= right,
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        _ => return None,
    })
}

/// The value as the IR holds it.
pub(super) fn constant(value: Value) -> Result<ir::ConstantValue, Stop> {
    match value {
        Value::Int(_, value) | Value::Enumerator(value) => {
            let signed = i64::try_from(value).map(ir::Integer::from);
            let integer = signed.or_else(|_| u64::try_from(value).map(ir::Integer::from));
            integer.map(ir::ConstantValue::Int).map_err(|_| Stop::Unknown)
        }
        Value::Float(_, value) => Ok(ir::ConstantValue::Float(value)),
        Value::Address(address) => {
            u64::try_from(address).map(ir::ConstantValue::Address).map_err(|_| Stop::Unknown)
        }
        Value::Wide(text) => Ok(ir::ConstantValue::Wide(text)),
        Value::Opaque => Err(Stop::NotAValue),
        Value::Text(bytes) => Ok(match String::from_utf8(bytes) {
            Ok(text) => ir::ConstantValue::String(text),
            Err(error) => ir::ConstantValue::Bytes(error.into_bytes()),
        }),
    }
}
