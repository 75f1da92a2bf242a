//! Finding a person by name, birth date and birth place, as keyed hash: the row shows none of them.

use super::values;
use super::{Fault, Read, Write};
use crate::domain::id::PersonId;

/// The one person of these data. `None`: there is nobody, or more than one; whoever asks learns nothing of which.
pub fn only(hash: &[u8; 32], db: &Read) -> Result<Option<PersonId>, Fault> {
    let found: Vec<PersonId> =
        db.all("SELECT person FROM person_match WHERE hash = $1 LIMIT 2", &[hash], |row| values::id(row, 0))?;
    Ok(match found.as_slice() {
        [only] => Some(*only),
        _ => None,
    })
}

/// Keeps by what a person is found from now on; `None`: they are not found any more.
pub fn set(person: PersonId, hash: Option<&[u8; 32]>, db: &Write) -> Result<(), Fault> {
    match hash {
        Some(hash) => db.change(
            "INSERT INTO person_match (person, hash) VALUES ($1, $2)
             ON CONFLICT (person) DO UPDATE SET hash = $2",
            &[&person, hash],
        )?,
        None => db.change("DELETE FROM person_match WHERE person = $1", &[&person])?,
    };
    Ok(())
}
