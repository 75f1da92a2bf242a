//! A card that a test makes up: what it says is settled as if a provider had read it just now. So a person can have
//! a second card, a new name or a twin, which the demo's people do not.

use super::Resident;
use torhaus::domain::assurance::IdentityMethod;
use torhaus::domain::attribute::{Address, Attribute, Identity, PartialDate};
use torhaus::domain::id::CheckId;
use torhaus::domain::identity_check::CheckResult;
use torhaus::domain::time::Span;
use torhaus::eid::{Settled, settle};
use torhaus::http::session::{Kind, cookie};
use torhaus::store;

/// What a card says.
#[derive(Clone)]
pub struct Card {
    /// Names the card.
    pub pseudonym: &'static str,
    /// What stands on it.
    pub identity: Identity,
    /// What was asked for and is not on it.
    pub absent: Vec<Attribute>,
}

impl Card {
    /// Erika's.
    pub fn erikas(pseudonym: &'static str) -> Self {
        let text = |text: &str| Some(text.to_owned());
        let identity = Identity {
            given_names: text("ERIKA"),
            family_name: text("MUSTERMANN"),
            birth_date: PartialDate::parse("1964-08-12"),
            birth_place: text("BERLIN"),
            address: Some(Address {
                street: "HEIDESTRAẞE 17".to_owned(),
                postal_code: "12345".to_owned(),
                locality: "BIRKENFURT".to_owned(),
                country: "DE".to_owned(),
            }),
            document_type: text("ID"),
            ..Identity::default()
        };
        Self { pseudonym, identity, absent: Vec::new() }
    }

    /// Somebody else's, born on another day.
    pub fn mallorys(pseudonym: &'static str) -> Self {
        let mut card = Self::erikas(pseudonym).named("MALLORY", "MUSTERMANN");
        card.identity.birth_date = PartialDate::parse("1990-01-02");
        card
    }

    /// With other names.
    #[must_use]
    pub fn named(mut self, given: &str, family: &str) -> Self {
        self.identity.given_names = Some(given.to_owned());
        self.identity.family_name = Some(family.to_owned());
        self
    }

    /// With another street.
    #[must_use]
    pub fn living_at(mut self, street: &str) -> Self {
        if let Some(address) = &mut self.identity.address {
            address.street = street.to_owned();
        }
        self
    }
}

impl Resident<'_> {
    /// Lets a made-up card be read.
    pub fn shows(&mut self, card: &Card) -> &mut Self {
        if !self.browser.offers("demo-card") {
            self.browser.press("identify-eid", &[]);
        }
        let at = self.browser.at.clone();
        let check: CheckId = at.rsplit('/').next().and_then(|id| id.parse().ok()).expect("the card reader");
        let app = self.town.app();
        let (check, sign_in) = app
            .store
            .read(|db| {
                let check = store::identity_check::by_id(check, db)?.expect("an open check");
                let sign_in = store::sign_in::by_id(check.sign_in, db)?.expect("its sign-in");
                Ok((check, sign_in))
            })
            .expect("the store answers");
        let result = CheckResult {
            identity: card.identity.clone(),
            absent: card.absent.clone(),
            method: IdentityMethod::GermanEid,
            at: app.now(),
            document_expires: Some(app.now() + Span::days(3000)),
            card_pseudonym: card.pseudonym.as_bytes().to_vec(),
            transaction: "made up".to_owned(),
            provider: "a test".to_owned(),
            demo: true,
        };
        let runtime = actix_web::rt::Runtime::new().expect("a runtime");
        let settled = runtime.block_on(settle(Ok(result), &check, &sign_in, &app)).expect("it settles");
        let sign_in = format!("/sign-in/{}", sign_in.id);
        let next = match settled {
            Settled::New(browser) => {
                let new = browser.cookie().expect("a new cookie");
                self.browser.jar.insert(new.name().to_owned(), new.value().to_owned());
                format!("{sign_in}/key")
            }
            Settled::Known { login, .. } => {
                if let Some((_, value)) = &login.session {
                    let new = cookie(Kind::Person, value.expose());
                    self.browser.jar.insert(new.name().to_owned(), new.value().to_owned());
                }
                sign_in
            }
            Settled::Asked => format!("{sign_in}/card-review"),
            Settled::Refused(_) => at,
        };
        self.browser.open(&next);
        self
    }
}
