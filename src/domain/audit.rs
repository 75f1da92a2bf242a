//! What is written into the audit, and in what form it is chained.
//!
//! Personal data can not get in: an entry is made of closed names, ids and numbers only ([`Detail`]).
//! The chain itself is kept by `store::audit`, its checkpoints are signed by `ca`.

use super::id::{
    ApiTokenId, CardId, CheckId, IdentificationId, OrganisationId, PasskeyId, PersonId, ReviewId, ServiceId,
    SessionId, StaffId, WebhookId,
};
use super::time::Timestamp;
use aws_lc_rs::digest::{Context, SHA256};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What happened. Closed list; the text never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$doc])* $name,)* }
        impl Event {
            /// All events.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];
            /// The name used in the store and in catalogue keys.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$name => $text,)* } }
            /// Reads [`Event::name`].
            #[must_use]
            pub fn parse(name: &str) -> Option<Self> { match name { $($text => Some(Self::$name),)* _ => None } }
        }
    };
}

events! {
    /// The data directory was made.
    Setup => "setup",
    /// An identity check succeeded.
    IdentityChecked => "identity.checked",
    /// An identity check was refused.
    IdentityRefused => "identity.refused",
    /// A person's account was made.
    PersonCreated => "person.created",
    /// A new card was linked to a person who has an account.
    CardLinked => "card.linked",
    /// A newer card took the place of this one.
    CardReplaced => "card.replaced",
    /// A clerk or operator undid that a card was linked.
    CardUnlinked => "card.unlinked",
    /// The card whose place an undone one had taken counts again.
    CardRestored => "card.restored",
    /// A person took one of their cards off.
    CardRemoved => "card.removed",
    /// Whose a new card is was laid before a clerk.
    CardReviewAsked => "card.review-asked",
    /// Whose a new card is was asked, and the data led to nobody, or to more than one.
    CardUnmatched => "card.unmatched",
    /// A clerk confirmed whose a new card is.
    CardReviewConfirmed => "card.review-confirmed",
    /// A clerk did not confirm it.
    CardReviewRefused => "card.review-refused",
    /// A clerk wrote down a document that somebody shows at the desk.
    IdentificationAsked => "identification.asked",
    /// A second clerk compared it and confirmed it.
    IdentificationConfirmed => "identification.confirmed",
    /// A second clerk did not confirm it.
    IdentificationRefused => "identification.refused",
    /// A code to make a key was handed out at the desk.
    EnrolmentCodeIssued => "enrolment-code.issued",
    /// A key was made with it.
    EnrolmentCodeUsed => "enrolment-code.used",
    /// It came with a wrong birth date.
    EnrolmentCodeRefused => "enrolment-code.refused",
    /// It was taken back.
    EnrolmentCodeWithdrawn => "enrolment-code.withdrawn",
    /// A person made a transfer code.
    TransferCodeMade => "transfer-code.made",
    /// A transfer code linked a new card.
    TransferCodeUsed => "transfer-code.used",
    /// A transfer code came with a card that does not fit.
    TransferCodeRefused => "transfer-code.refused",
    /// A person withdrew their transfer code.
    TransferCodeWithdrawn => "transfer-code.withdrawn",
    /// The settings of the rented eID service were changed.
    EidServiceChanged => "eid-service.changed",
    /// The settings of the rented eID service were removed.
    EidServiceRemoved => "eid-service.removed",
    /// A person was blocked.
    PersonBlocked => "person.blocked",
    /// A person was released.
    PersonReleased => "person.released",
    /// A person's key was destroyed and every row about them removed.
    PersonDeleted => "person.deleted",
    /// A person took their data along.
    PersonExported => "person.exported",
    /// A clerk looked for somebody by name and birth date.
    PersonSearched => "person.searched",
    /// Somebody with the right to do so looked at a person's data.
    PersonRevealed => "person.revealed",
    /// A passkey was added.
    PasskeyAdded => "passkey.added",
    /// A passkey was removed.
    PasskeyRemoved => "passkey.removed",
    /// A passkey was blocked by a clerk.
    PasskeyBlocked => "passkey.blocked",
    /// A passkey was released by a clerk.
    PasskeyReleased => "passkey.released",
    /// A passkey counted as bound turned up in a backup.
    PasskeySuspended => "passkey.suspended",
    /// A passkey was refused: counter, flags.
    PasskeyRefused => "passkey.refused",
    /// A person binding was issued.
    BindingIssued => "binding.issued",
    /// A person binding was revoked.
    BindingRevoked => "binding.revoked",
    /// Somebody logged in at the house.
    SignedIn => "signed-in",
    /// Somebody logged out.
    SignedOut => "signed-out",
    /// A service got its answer.
    ServiceAnswered => "service.answered",
    /// A person declined.
    ServiceDeclined => "service.declined",
    /// A person agreed to tell a service data.
    ConsentGiven => "consent.given",
    /// A person withdrew it.
    ConsentWithdrawn => "consent.withdrawn",
    /// A code came twice; what it gave was revoked.
    CodeReplayed => "code.replayed",
    /// A refresh token came twice; its family died.
    RefreshReused => "refresh.reused",
    /// A service was registered.
    ServiceAdded => "service.added",
    /// An operator let real people in to a service, or allowed it more.
    ServiceReleased => "service.released",
    /// An owner wants to hand a service over.
    ServiceOffered => "service.offered",
    /// Another organisation took a service.
    ServiceHandedOver => "service.handed-over",
    /// An operator gave a service back to its owner.
    ServiceReturned => "service.returned",
    /// An owner began to try a service with somebody made up.
    ServiceTried => "service.tried",
    /// A service was paused.
    ServicePaused => "service.paused",
    /// A paused service goes on.
    ServiceResumed => "service.resumed",
    /// A service was changed.
    ServiceChanged => "service.changed",
    /// A service was removed.
    ServiceRemoved => "service.removed",
    /// A service got a new secret.
    SecretRotated => "service.secret-rotated",
    /// An owner made a token of the API.
    ApiTokenMade => "api-token.made",
    /// An owner ended one.
    ApiTokenEnded => "api-token.ended",
    /// An owner made a webhook.
    WebhookMade => "webhook.made",
    /// An owner changed one: its address, what it is told, its secret.
    WebhookChanged => "webhook.changed",
    /// An owner removed one.
    WebhookRemoved => "webhook.removed",
    /// An organisation was made.
    OrganisationAdded => "organisation.added",
    /// A member of staff was invited.
    StaffInvited => "staff.invited",
    /// A member of staff took an invitation.
    StaffJoined => "staff.joined",
    /// A member of staff lost their access.
    StaffRemoved => "staff.removed",
    /// The appliance key was replaced.
    ApplianceKeyRotated => "key.appliance-rotated",
    /// A signing key was made.
    SigningKeyAdded => "key.signing-added",
    /// The eID server got a customer.
    EidCustomerAdded => "eid.customer-added",
    /// The eID server lost a customer.
    EidCustomerRemoved => "eid.customer-removed",
    /// Settings of the town were changed.
    SettingsChanged => "settings.changed",
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The resident themself.
    Person(PersonId),
    /// A member of staff.
    Staff(StaffId),
    /// A service, proven by its client authentication.
    Service(ServiceId),
    /// A command on the machine.
    Command,
    /// The house on its own.
    House,
}

impl Actor {
    /// As kept in the store: `person per_…`, `command`.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Person(id) => format!("person {id}"),
            Self::Staff(id) => format!("staff {id}"),
            Self::Service(id) => format!("service {id}"),
            Self::Command => "command".into(),
            Self::House => "house".into(),
        }
    }
}

/// A value which can not be personal: an id, a closed name, a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail(String);

macro_rules! details {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Detail { fn from(value: $kind) -> Self { Self(value.to_string()) } }
    )*};
}
details!(
    PasskeyId,
    PersonId,
    OrganisationId,
    ServiceId,
    StaffId,
    CheckId,
    IdentificationId,
    ApiTokenId,
    WebhookId,
    CardId,
    ReviewId,
    SessionId,
    super::id::BindingId,
    super::id::GrantId,
    i64,
    u32,
    usize,
    &'static str
);

impl Detail {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One entry to be written.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: Actor,
    /// Whom it concerns.
    pub person: Option<PersonId>,
    /// Which service it concerns.
    pub service: Option<ServiceId>,
    /// More, by closed names.
    pub details: Vec<(&'static str, Detail)>,
}

impl Entry {
    /// An entry with nothing but its event and actor.
    #[must_use]
    pub fn new(event: Event, actor: Actor) -> Self {
        Self { event, actor, person: None, service: None, details: Vec::new() }
    }
    /// Concerns a person.
    #[must_use]
    pub fn about(mut self, person: PersonId) -> Self {
        self.person = Some(person);
        self
    }
    /// Concerns a service.
    #[must_use]
    pub fn at(mut self, service: ServiceId) -> Self {
        self.service = Some(service);
        self
    }
    /// Adds a detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Detail>) -> Self {
        self.details.push((name, value.into()));
        self
    }
    /// The details as `name=value` lines. Values hold no line break: they are ids, names and numbers.
    #[must_use]
    pub fn detail_text(&self) -> String {
        self.details
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str()))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// A row of the chain, as it is hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Position, from 1 without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// [`Event::name`]; kept as text so that an old chain verifies under a newer list.
    pub event: String,
    /// [`Actor::text`]
    pub actor: String,
    /// Whom it concerns.
    pub person: Option<PersonId>,
    /// Which service it concerns.
    pub service: Option<ServiceId>,
    /// [`Entry::detail_text`]
    pub detail: String,
}

/// The hash before the first row.
pub const GENESIS: [u8; 32] = [0; 32];

impl Row {
    /// SHA-256 over the previous hash and every field with its length: no two rows share their bytes.
    #[must_use]
    pub fn hash(&self, previous: &[u8; 32]) -> [u8; 32] {
        let mut context = Context::new(&SHA256);
        let mut field = |bytes: &[u8]| {
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        field(b"torhaus audit 1");
        field(previous);
        field(&self.number.to_be_bytes());
        field(&self.at.0.to_be_bytes());
        field(self.event.as_bytes());
        field(self.actor.as_bytes());
        field(self.person.as_ref().map_or(&[][..], |id| id.bytes()));
        field(self.service.as_ref().map_or(&[][..], |id| id.bytes()));
        field(self.detail.as_bytes());
        let mut out = [0; 32];
        out.copy_from_slice(context.finish().as_ref());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_in_the_hash() {
        let row = Row {
            number: 1,
            at: Timestamp(5),
            event: "setup".into(),
            actor: "command".into(),
            person: None,
            service: None,
            detail: String::new(),
        };
        let base = row.hash(&GENESIS);
        let changes: [fn(&mut Row); 7] = [
            |row| row.number = 2,
            |row| row.at = Timestamp(6),
            |row| row.event = "setuq".into(),
            |row| row.actor = "house".into(),
            |row| row.person = Some(PersonId::from_bytes([0; 16])),
            |row| row.service = Some(ServiceId::from_bytes([0; 16])),
            |row| row.detail = "a=b".into(),
        ];
        for change in changes {
            let mut other = row.clone();
            change(&mut other);
            assert_ne!(other.hash(&GENESIS), base);
        }
        assert_ne!(row.hash(&[1; 32]), base);
        // Moving bytes from one field to its neighbour changes the hash.
        let mut moved = row.clone();
        moved.event = "setupcommand".into();
        moved.actor = String::new();
        assert_ne!(moved.hash(&GENESIS), base);
    }

    #[test]
    fn names_read_back() {
        for event in Event::ALL {
            assert_eq!(Event::parse(event.name()), Some(*event));
        }
    }
}
