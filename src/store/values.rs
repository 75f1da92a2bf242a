//! How the nouns' own types become columns, and back.

use super::{Fault, Row, Value, ValueRef};
use crate::domain::id::{
    ApiTokenId, BindingId, CardId, CeremonyId, CheckId, EidSessionId, GrantId, IdentificationId, InviteId,
    MessageId, OrganisationId, PasskeyId, PersonId, ReviewId, ServiceId, SessionId, SignInId, StaffId,
    TrialId, WebhookId,
};
use crate::domain::passkey::Holder;
use crate::domain::secret::BearerHash;
use crate::domain::time::Timestamp;

/// An id as its 16 bytes.
pub(super) trait Id: Sized {
    fn from_bytes(bytes: [u8; 16]) -> Self;
}

macro_rules! ids {
    ($($id:ty),*) => {$(
        impl Value for $id { fn value(&self) -> ValueRef<'_> { ValueRef::Blob(self.bytes()) } }
        impl Id for $id { fn from_bytes(bytes: [u8; 16]) -> Self { <$id>::from_bytes(bytes) } }
    )*};
}
ids!(
    BindingId,
    CardId,
    CeremonyId,
    CheckId,
    EidSessionId,
    GrantId,
    InviteId,
    OrganisationId,
    TrialId,
    PasskeyId,
    PersonId,
    ReviewId,
    IdentificationId,
    ApiTokenId,
    WebhookId,
    MessageId,
    ServiceId,
    SessionId,
    SignInId,
    StaffId
);

impl Value for Timestamp {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Int(self.0)
    }
}

impl Value for BearerHash {
    fn value(&self) -> ValueRef<'_> {
        ValueRef::Blob(&self.0)
    }
}

/// Reads an array of fixed length.
pub(super) fn array<const N: usize>(row: &Row, column: usize) -> Result<[u8; N], Fault> {
    row.get_blob(column)?.try_into().map_err(|_wrong: Vec<u8>| row.corrupt(column))
}

/// Reads an id.
pub(super) fn id<T: Id>(row: &Row, column: usize) -> Result<T, Fault> {
    Ok(T::from_bytes(array(row, column)?))
}

/// Reads an id which may be missing.
pub(super) fn opt_id<T: Id>(row: &Row, column: usize) -> Result<Option<T>, Fault> {
    row.get_opt_blob(column)?
        .map(|bytes| bytes.try_into().map(T::from_bytes).map_err(|_wrong: Vec<u8>| row.corrupt(column)))
        .transpose()
}

/// Reads an instant.
pub(super) fn time(row: &Row, column: usize) -> Result<Timestamp, Fault> {
    row.get_i64(column).map(Timestamp)
}

/// Reads an instant which may be missing.
pub(super) fn opt_time(row: &Row, column: usize) -> Result<Option<Timestamp>, Fault> {
    Ok(row.get_opt_i64(column)?.map(Timestamp))
}

/// Reads the hash of a bearer secret.
pub(super) fn hash(row: &Row, column: usize) -> Result<BearerHash, Fault> {
    array(row, column).map(BearerHash)
}

/// Reads a name of a closed list.
pub(super) fn name<T>(row: &Row, column: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T, Fault> {
    parse(&row.get_text(column)?).ok_or_else(|| row.corrupt(column))
}

/// Reads a JSON text.
pub(super) fn json<T: serde::de::DeserializeOwned>(row: &Row, column: usize) -> Result<T, Fault> {
    serde_json::from_str(&row.get_text(column)?).map_err(|_broken| row.corrupt(column))
}

/// Reads a JSON text which may be missing.
pub(super) fn opt_json<T: serde::de::DeserializeOwned>(row: &Row, column: usize) -> Result<Option<T>, Fault> {
    let text = row.get_opt_text(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_broken| row.corrupt(column))).transpose()
}

/// Writes a JSON text. The nouns' types serialise without fail: string keys, no floats.
pub(super) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("the nouns serialise")
}

/// Reads the two columns of a holder, of which exactly one is set.
pub(super) fn holder(row: &Row, person: usize, staff: usize) -> Result<Holder, Fault> {
    match (opt_id(row, person)?, opt_id(row, staff)?) {
        (Some(person), None) => Ok(Holder::Person(person)),
        (None, Some(staff)) => Ok(Holder::Staff(staff)),
        _ => Err(row.corrupt(person)),
    }
}

/// The two columns of a holder.
pub(super) const fn holder_columns(holder: Holder) -> (Option<PersonId>, Option<StaffId>) {
    match holder {
        Holder::Person(id) => (Some(id), None),
        Holder::Staff(id) => (None, Some(id)),
    }
}
