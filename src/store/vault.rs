//! Sealing and opening what rows hold of people: the only way between [`Identity`] and its rows.
//!
//! Appliance key → key per person → one seal per attribute, each bound to its table, row and column.

use super::person::NewPerson;
use super::{Fault, Read};
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::dice::{Dice, draw};
use crate::domain::id::{CheckId, EidSessionId, IdentificationId, PersonId, ReviewId, WebhookId};
use crate::domain::identity_check::CheckResult;
use crate::domain::person::Person;
use crate::seal::{self, ApplianceKeys, Broken, PersonKey, Place, SharedKeys};
use zeroize::Zeroizing;

/// The sealed parts of an identity, ready for [`super::person::refresh_attributes`].
pub type SealedAttributes = Vec<(Attribute, Vec<u8>)>;

const fn key_place(person: &PersonId) -> Place<'_> {
    Place { table: "person", row: person.bytes(), column: "wrapped_key" }
}

const fn source_place(person: &PersonId) -> Place<'_> {
    Place { table: "person", row: person.bytes(), column: "sealed_source" }
}

const fn attribute_place(person: &PersonId, attribute: Attribute) -> Place<'_> {
    Place { table: "attribute", row: person.bytes(), column: attribute.name() }
}

const fn result_place(check: &CheckId) -> Place<'_> {
    Place { table: "identity_check", row: check.bytes(), column: "sealed_result" }
}

/// The place of an appliance secret.
#[must_use]
pub const fn secret_place(name: &str) -> Place<'_> {
    Place { table: "appliance_secret", row: name.as_bytes(), column: "sealed" }
}

const fn session_place(session: &EidSessionId) -> Place<'_> {
    Place { table: "eid_session", row: session.bytes(), column: "sealed" }
}

const fn customer_session_place(session: &EidSessionId) -> Place<'_> {
    Place { table: "eid_customer_session", row: session.bytes(), column: "sealed" }
}

/// Seals the contents of an online authentication while it rests.
#[must_use]
pub fn seal_session(id: EidSessionId, plain: &[u8], keys: &ApplianceKeys, dice: &dyn Dice) -> Vec<u8> {
    keys.seal(&session_place(&id), plain, draw(dice))
}

/// Opens the contents of an online authentication. `None`: the appliance key that sealed it is gone.
pub fn open_session(
    id: EidSessionId,
    sealed: &[u8],
    keys: &SharedKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    match keys.open_with(|keys| keys.open(&session_place(&id), sealed)) {
        Ok(plain) => Ok(Some(plain)),
        Err(Broken::UnknownKey(_)) => Ok(None),
        Err(_tampered) => Err(Fault::corrupt("eid_session", "sealed", id.to_string())),
    }
}

/// Seals what belongs to a customer's session besides.
#[must_use]
pub fn seal_customer_session(
    id: EidSessionId,
    plain: &[u8],
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> Vec<u8> {
    keys.seal(&customer_session_place(&id), plain, draw(dice))
}

/// Opens what belongs to a customer's session besides. `None`: the appliance key that sealed it is gone.
pub fn open_customer_session(
    id: EidSessionId,
    sealed: &[u8],
    keys: &SharedKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    match keys.open_with(|keys| keys.open(&customer_session_place(&id), sealed)) {
        Ok(plain) => Ok(Some(plain)),
        Err(Broken::UnknownKey(_)) => Ok(None),
        Err(_tampered) => Err(Fault::corrupt("eid_customer_session", "sealed", id.to_string())),
    }
}

/// Draws a person's key and source number and seals everything that is known of them.
pub fn new_person(
    person: Person,
    identity: &Identity,
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> (NewPerson, SealedAttributes) {
    new_person_of(Zeroizing::new(draw(dice)), person, identity, keys, dice)
}

/// As [`new_person`], with a source number of one's own: whoever is made up is the same in each trial.
pub fn new_person_of(
    source: Zeroizing<[u8; 32]>,
    person: Person,
    identity: &Identity,
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> (NewPerson, SealedAttributes) {
    let key = PersonKey::draw(draw(dice));
    let wrapped_key = key.wrap(keys, &key_place(&person.id), draw(dice));
    let sealed_source = seal::seal(&key, &source_place(&person.id), &*source, draw(dice));
    let attributes = seal_parts(person.id, identity, &key, dice);
    (NewPerson { person, wrapped_key, sealed_source }, attributes)
}

const fn review_place(review: &ReviewId) -> Place<'_> {
    Place { table: "card_review", row: review.bytes(), column: "sealed_identity" }
}

/// Seals what a new card says until a clerk has decided whose it is: by the key of the person whose account is asked
/// about, so that it goes with them. `None`: the person is gone.
pub fn seal_review(
    (review, person): (ReviewId, PersonId),
    identity: &Identity,
    keys: &SharedKeys,
    dice: &dyn Dice,
    db: &Read,
) -> Result<Option<Vec<u8>>, Fault> {
    let Some((wrapped, _)) = super::person::keys(person, db)? else { return Ok(None) };
    let key = unwrap(person, &wrapped, keys)?;
    let plain = Zeroizing::new(super::values::to_json(identity));
    Ok(Some(seal::seal(&key, &review_place(&review), plain.as_bytes(), draw(dice))))
}

/// Opens what [`seal_review`] sealed. `None`: the person is gone.
pub fn open_review(
    (review, person): (ReviewId, PersonId),
    sealed: &[u8],
    keys: &SharedKeys,
    db: &Read,
) -> Result<Option<Identity>, Fault> {
    let Some((wrapped, _)) = super::person::keys(person, db)? else { return Ok(None) };
    let key = unwrap(person, &wrapped, keys)?;
    let broken = || Fault::corrupt("card_review", "sealed_identity", review.to_string());
    let plain = seal::open(&key, &review_place(&review), sealed).map_err(|_refused| broken())?;
    serde_json::from_slice(&plain).map(Some).map_err(|_invalid| broken())
}

/// Seals a new reading of a person who has a key. `None`: the person is gone.
pub fn seal_identity(
    person: PersonId,
    identity: &Identity,
    keys: &SharedKeys,
    dice: &dyn Dice,
    db: &Read,
) -> Result<Option<SealedAttributes>, Fault> {
    let Some((wrapped, _)) = super::person::keys(person, db)? else { return Ok(None) };
    let key = unwrap(person, &wrapped, keys)?;
    Ok(Some(seal_parts(person, identity, &key, dice)))
}

/// Opens some attributes of a person, and no others. `None`: the person is gone.
pub fn open_identity(
    person: PersonId,
    wanted: &[Attribute],
    keys: &SharedKeys,
    db: &Read,
) -> Result<Option<Identity>, Fault> {
    let Some((wrapped, _)) = super::person::keys(person, db)? else { return Ok(None) };
    let mut identity = Identity::default();
    if wanted.is_empty() {
        return Ok(Some(identity));
    }
    let key = unwrap(person, &wrapped, keys)?;
    for (at, &attribute) in wanted.iter().enumerate() {
        if wanted[..at].contains(&attribute) {
            continue;
        }
        let Some(sealed) = super::person::attribute(person, attribute, db)? else { continue };
        let broken = || Fault::corrupt("attribute", attribute.name(), person.to_string());
        let place = attribute_place(&person, attribute);
        let plain = seal::open(&key, &place, &sealed).map_err(|_refused| broken())?;
        let text = std::str::from_utf8(&plain).map_err(|_invalid| broken())?;
        if !identity.put(attribute, text) {
            return Err(broken());
        }
    }
    Ok(Some(identity))
}

/// The source number of a person's pseudonyms; it never leaves the house. `None`: the person is gone.
pub fn source(person: PersonId, keys: &SharedKeys, db: &Read) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let Some((wrapped, sealed)) = super::person::keys(person, db)? else { return Ok(None) };
    let key = unwrap(person, &wrapped, keys)?;
    let opened = seal::open(&key, &source_place(&person), &sealed);
    opened.map(Some).map_err(|_refused| Fault::corrupt("person", "sealed_source", person.to_string()))
}

/// Wraps a person's key anew under the current appliance key; `None` when it already is.
pub fn rewrap(
    person: PersonId,
    wrapped: &[u8],
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> Result<Option<Vec<u8>>, Fault> {
    if ApplianceKeys::sealed_under(wrapped) == Some(keys.current_id()) {
        return Ok(None);
    }
    let key = PersonKey::unwrap(wrapped, keys, &key_place(&person)).map_err(|_broken| broken_key(person))?;
    Ok(Some(key.wrap(keys, &key_place(&person), draw(dice))))
}

/// Seals what a check read until it becomes an account.
#[must_use]
pub fn seal_result(check: CheckId, result: &CheckResult, keys: &ApplianceKeys, dice: &dyn Dice) -> Vec<u8> {
    let plain = Zeroizing::new(super::values::to_json(result));
    keys.seal(&result_place(&check), plain.as_bytes(), draw(dice))
}

/// Seals what a check read anew under the current appliance key; `None` when it already is.
pub fn reseal_result(
    check: CheckId,
    sealed: &[u8],
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> Result<Option<Vec<u8>>, Fault> {
    reseal(&result_place(&check), sealed, keys, dice)
        .map_err(|_refused| Fault::corrupt("identity_check", "sealed_result", check.to_string()))
}

const fn desk_place(id: &IdentificationId) -> Place<'_> {
    Place { table: "desk_identification", row: id.bytes(), column: "sealed" }
}

/// Seals what a document says which is shown at the desk.
#[must_use]
pub fn seal_document(
    id: IdentificationId,
    identity: &Identity,
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> Vec<u8> {
    let plain = Zeroizing::new(super::values::to_json(identity));
    keys.seal(&desk_place(&id), plain.as_bytes(), draw(dice))
}

/// The same sealed anew under the current appliance key; `None` when it already is.
pub fn reseal_document(
    id: IdentificationId,
    sealed: &[u8],
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> Result<Option<Vec<u8>>, Fault> {
    reseal(&desk_place(&id), sealed, keys, dice)
        .map_err(|_refused| Fault::corrupt("desk_identification", "sealed", id.to_string()))
}

/// Opens what [`seal_document`] sealed. `None`: the appliance key that sealed it is gone.
pub fn open_document(
    id: IdentificationId,
    sealed: &[u8],
    keys: &SharedKeys,
) -> Result<Option<Identity>, Fault> {
    let broken = || Fault::corrupt("desk_identification", "sealed", id.to_string());
    let plain = match keys.open_with(|keys| keys.open(&desk_place(&id), sealed)) {
        Ok(plain) => plain,
        Err(Broken::UnknownKey(_)) => return Ok(None),
        Err(_tampered) => return Err(broken()),
    };
    serde_json::from_slice(&plain).map(Some).map_err(|_invalid| broken())
}

const fn webhook_place(id: &WebhookId) -> Place<'_> {
    Place { table: "webhook", row: id.bytes(), column: "sealed_secret" }
}

/// Seals the secret by which messages to a webhook are signed.
#[must_use]
pub fn seal_webhook(id: WebhookId, secret: &[u8], keys: &ApplianceKeys, dice: &dyn Dice) -> Vec<u8> {
    keys.seal(&webhook_place(&id), secret, draw(dice))
}

/// Opens what [`seal_webhook`] sealed. `None`: the appliance key that sealed it is gone.
pub fn open_webhook(
    id: WebhookId,
    sealed: &[u8],
    keys: &SharedKeys,
) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    match keys.open_with(|keys| keys.open(&webhook_place(&id), sealed)) {
        Ok(plain) => Ok(Some(plain)),
        Err(Broken::UnknownKey(_)) => Ok(None),
        Err(_tampered) => Err(Fault::corrupt("webhook", "sealed_secret", id.to_string())),
    }
}

/// The same sealed anew under the current appliance key; `None` when it already is.
pub fn reseal_webhook(
    id: WebhookId,
    sealed: &[u8],
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> Result<Option<Vec<u8>>, Fault> {
    reseal(&webhook_place(&id), sealed, keys, dice)
        .map_err(|_refused| Fault::corrupt("webhook", "sealed_secret", id.to_string()))
}

/// What lies sealed at a place sealed anew under the current appliance key; `None` when it already is.
fn reseal(
    place: &Place<'_>,
    sealed: &[u8],
    keys: &ApplianceKeys,
    dice: &dyn Dice,
) -> Result<Option<Vec<u8>>, Broken> {
    if ApplianceKeys::sealed_under(sealed) == Some(keys.current_id()) {
        return Ok(None);
    }
    Ok(Some(keys.seal(place, &keys.open(place, sealed)?, draw(dice))))
}

/// Opens what a check read. `None`: the appliance key that sealed it is gone.
pub fn open_result(check: CheckId, sealed: &[u8], keys: &SharedKeys) -> Result<Option<CheckResult>, Fault> {
    let broken = || Fault::corrupt("identity_check", "sealed_result", check.to_string());
    let place = result_place(&check);
    let plain = match keys.open_with(|keys| keys.open(&place, sealed)) {
        Ok(plain) => plain,
        Err(Broken::UnknownKey(_)) => return Ok(None),
        Err(_tampered) => return Err(broken()),
    };
    serde_json::from_slice(&plain).map(Some).map_err(|_invalid| broken())
}

fn unwrap(person: PersonId, wrapped: &[u8], keys: &SharedKeys) -> Result<PersonKey, Fault> {
    let place = key_place(&person);
    let open =
        |keys: &ApplianceKeys| -> Result<PersonKey, Broken> { PersonKey::unwrap(wrapped, keys, &place) };
    keys.open_with(open).map_err(|_broken| broken_key(person))
}

fn broken_key(person: PersonId) -> Fault {
    Fault::corrupt("person", "wrapped_key", person.to_string())
}

fn seal_parts(person: PersonId, identity: &Identity, key: &PersonKey, dice: &dyn Dice) -> SealedAttributes {
    let seal = |(attribute, value): (Attribute, String)| {
        let value = Zeroizing::new(value);
        (attribute, seal::seal(key, &attribute_place(&person, attribute), value.as_bytes(), draw(dice)))
    };
    identity.parts().into_iter().map(seal).collect()
}
