//! Typed ids: 16 random bytes whose text form carries the kind (`svc_…`), so that an id pasted into the wrong
//! place does not parse. Random, not ordered by time: an id never tells when something was made.

use super::dice::{Dice, draw};

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {expected}_… id")]
pub struct WrongId {
    /// The prefix which was expected.
    pub expected: &'static str,
}

/// Crockford's alphabet in lower case: no i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// 128 bits in digits of five.
const DIGITS: usize = 26;

fn encode(bytes: [u8; 16]) -> String {
    let mut value = u128::from_be_bytes(bytes);
    let mut out = [b'0'; DIGITS];
    for digit in out.iter_mut().rev() {
        *digit = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    out.iter().map(|&digit| char::from(digit)).collect()
}

fn decode(text: &str) -> Option<[u8; 16]> {
    if text.len() != DIGITS {
        return None;
    }
    let mut value: u128 = 0;
    for (place, digit) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&known| known == digit)? as u128;
        // The first digit holds only the three uppermost bits.
        if place == 0 && digit > 7 {
            return None;
        }
        value = (value << 5) | digit;
    }
    Some(value.to_be_bytes())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $prefix:literal,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The kind, as its text form begins.
            pub const PREFIX: &'static str = $prefix;
            /// Draws a new id.
            #[must_use]
            pub fn draw(dice: &dyn Dice) -> Self { Self(draw(dice)) }
            /// The 16 bytes as kept in the store.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; 16] { &self.0 }
            /// From the store's 16 bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self { Self(bytes) }
            /// Parses the text form; another kind's id is refused.
            pub fn parse(text: &str) -> Result<Self, WrongId> {
                text.strip_prefix(concat!($prefix, "_")).and_then(decode).map(Self)
                    .ok_or(WrongId { expected: $prefix })
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "_{}"), encode(self.0))
            }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { write!(f, "{self}") }
        }
        impl std::str::FromStr for $name {
            type Err = WrongId;
            fn from_str(text: &str) -> Result<Self, WrongId> { Self::parse(text) }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> { to.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A person: a resident.
    PersonId => "per",
    /// A service which asks people to log in.
    ServiceId => "svc",
    /// One sign-in, from the asking to the answer.
    SignInId => "sgn",
    /// A logged-in browser.
    SessionId => "ses",
    /// A passkey.
    PasskeyId => "pky",
    /// One check of identity.
    CheckId => "chk",
    /// A card that leads to a person.
    CardId => "crd",
    /// A clerk's look at whose a new card is.
    ReviewId => "rvw",
    /// A webhook of an organisation.
    WebhookId => "whk",
    /// A message to a webhook.
    MessageId => "msg",
    /// A token of the API.
    ApiTokenId => "tok",
    /// An identification at the desk.
    IdentificationId => "idn",
    /// One online authentication with a card.
    EidSessionId => "eid",
    /// A person binding.
    BindingId => "bnd",
    /// What a service was granted: a family of tokens.
    GrantId => "grt",
    /// A ceremony of WebAuthn between options and answer.
    CeremonyId => "cer",
    /// An organisation that answers for services.
    OrganisationId => "org",
    /// A member of staff: operator or service owner.
    StaffId => "stf",
    /// An invitation of staff.
    InviteId => "inv",
    /// An owner's trial of a service.
    TrialId => "trl",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_another_kind_does_not_parse() {
        for bytes in [[0; 16], [255; 16], [7; 16]] {
            let id = ServiceId::from_bytes(bytes);
            assert_eq!(ServiceId::parse(&id.to_string()), Ok(id));
            assert!(PersonId::parse(&id.to_string()).is_err());
        }
    }

    #[test]
    fn one_id_has_one_spelling() {
        let id = ServiceId::from_bytes([255; 16]).to_string();
        assert!(ServiceId::parse(&id.to_uppercase()).is_err());
        assert!(ServiceId::parse(&format!("{id} ")).is_err());
        assert!(ServiceId::parse("svc_8zzzzzzzzzzzzzzzzzzzzzzzzz").is_err(), "more than 128 bits");
        assert!(ServiceId::parse("svc_").is_err());
    }
}
