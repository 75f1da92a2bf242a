//! What may be bound to `$1, $2 …`. Three storage kinds only, so that any engine can keep them.

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef as Raw};

/// A borrowed value in one of the kinds every engine has.
#[derive(Clone, Copy)]
pub enum ValueRef<'v> {
    /// NULL
    Null,
    /// INTEGER: numbers, milliseconds, booleans as 0 and 1
    Int(i64),
    /// TEXT
    Text(&'v str),
    /// BLOB: ids (16 bytes), hashes, sealed bytes
    Blob(&'v [u8]),
}

/// Something that can be bound. A domain type delegates to what it is made of.
pub trait Value {
    /// The value as the engine shall keep it.
    fn value(&self) -> ValueRef<'_>;
}

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> ValueRef<'_> {
        (**self).value()
    }
}

impl<T: Value> Value for Option<T> {
    fn value(&self) -> ValueRef<'_> {
        self.as_ref().map_or(ValueRef::Null, Value::value)
    }
}

impl Value for i64 {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Int(*self)
    }
}

impl Value for i32 {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Int((*self).into())
    }
}

impl Value for u32 {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Int((*self).into())
    }
}

impl Value for bool {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Int((*self).into())
    }
}

impl Value for str {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Text(self)
    }
}

impl Value for String {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Text(self)
    }
}

impl Value for [u8] {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }
}

impl Value for Vec<u8> {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }
}

impl<const N: usize> Value for [u8; N] {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Blob(self)
    }
}

impl ToSql for ValueRef<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => Raw::Null,
            Self::Int(number) => Raw::Integer(*number),
            Self::Text(text) => Raw::Text(text.as_bytes()),
            Self::Blob(bytes) => Raw::Blob(bytes),
        }))
    }
}
