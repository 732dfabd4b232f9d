//! Reads a database column into a view's field and writes it back.

use cartwake_shared::{
    breaker::Cause,
    cart::MailBasis,
    exclusion::ExclusionReason,
    lifecycle::CartState,
    metric::Metric,
    order::{OrderSource, OrderStatus, PurchaseStatus},
    policy::SiteState,
    reminder::ReminderState,
    time::Timestamp,
    trust::{Audience, Trust},
};

use super::Why;
use crate::base::store::Value;

/// A type that a column is read as.
pub(super) trait Column: Sized {
    /// The field for a stored value; `None` where the value is not of this type.
    fn read(value: &Value) -> Option<Self>;
    /// The stored value for a field.
    fn write(&self) -> Value;
}

impl Column for String {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.clone()),
            Value::Integer(_) | Value::Null => None,
        }
    }

    fn write(&self) -> Value {
        self.into()
    }
}

impl Column for i64 {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(number) => Some(*number),
            Value::Text(_) | Value::Null => None,
        }
    }

    fn write(&self) -> Value {
        (*self).into()
    }
}

impl<T: Column> Column for Option<T> {
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            other => T::read(other).map(Some),
        }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, Column::write)
    }
}

/// Columns that keep a type's code: `Type: kept as, read by, written by`.
macro_rules! coded {
    ($($type:ty: $kept:ty, $read:expr, $write:expr;)+) => {$(
        impl Column for $type {
            fn read(value: &Value) -> Option<Self> {
                let code = <$kept as Column>::read(value)?;
                let read: fn(&$kept) -> Option<Self> = $read;
                read(&code)
            }

            fn write(&self) -> Value {
                let write: fn(&Self) -> $kept = $write;
                write(self).into()
            }
        }
    )+};
}

coded! {
    bool: i64, |code| Some(*code != 0), |fact| i64::from(*fact);
    Timestamp: i64, |code| Some(Self::from_millis(*code)), |at| at.millis();
    CartState: i64, |code| Self::from_code(*code), |state| state.code();
    ReminderState: i64, |code| Self::from_code(*code), |state| state.code();
    Trust: i64, |code| Self::from_code(*code), |trust| trust.code();
    Audience: i64, |code| Self::from_code(*code), |audience| audience.code();
    OrderSource: i64,
        |code| [Self::Page, Self::Server].into_iter().find(|source| source.code() == *code),
        |source| source.code();
    Why: String, |code| Self::from_code(code), |why| why.code().to_owned();
    ExclusionReason: String, |code| Self::from_code(code), |reason| reason.code().to_owned();
    MailBasis: String, |code| Self::parse(code), |basis| basis.code().to_owned();
    OrderStatus: String, |code| Self::parse(code), |status| status.word().to_owned();
    PurchaseStatus: String, |code| Self::parse(code), |status| status.word().to_owned();
    Cause: String, |code| Self::from_code(code), |cause| cause.code().to_owned();
    Metric: String, |code| Self::from_code(code), |metric| metric.code().to_owned();
    SiteState: String, |code| Self::parse(code), |state| state.code().to_owned();
}
