//! A card in a file: how a demo's command hands a made-up person's card to a card reader of a test.

use serde::{Deserialize, Serialize};

use super::keys::CardKeys;

/// What a virtual card needs. Serialises with its keys in clear: only ever into a file which its owner alone can read,
/// and only of a made-up person.
#[derive(Serialize, Deserialize)]
pub struct CardFile {
    /// Whose card: the key of one of [`super::people::PEOPLE`].
    pub person: String,
    /// The root whose chains it follows: a card-verifiable certificate.
    pub root: Vec<u8>,
    /// Its keys, and the files in which it names them.
    pub keys: CardKeys,
}
