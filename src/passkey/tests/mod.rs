//! Ada's phone against the relying party of Torhausen.

mod attestation;
mod garbage;
mod lies;
mod truth;

use std::time::{Duration, SystemTime};

use serde_json::Value;
use url::Url;
use uuid::Uuid;

use super::phone::Phone;
use super::{
    Assertion, AttestationTrust, Authenticated, Begun, Challenge, Mediation, NewUser, Refusal, Registered,
    RelyingParty, Stored, read_assertion,
};

const ORIGIN: &str = "https://id.torhausen.example";
const ADA: Uuid = Uuid::from_u128(0xada0_0000_0000_4000_8000_0000_0000_0001);
const BEN: Uuid = Uuid::from_u128(0xbe40_0000_0000_4000_8000_0000_0000_0002);

/// The gatehouse, with the clock stopped in 2026 and a challenge of its own for each ceremony.
struct Gate {
    party: RelyingParty,
    drawn: u8,
}

impl Gate {
    fn new() -> Self {
        Self::trusting(AttestationTrust::default())
    }

    fn trusting(trust: AttestationTrust) -> Self {
        let origin = Url::parse(ORIGIN).expect("an address");
        let party = RelyingParty::new("id.torhausen.example", "Torhausen", &origin, trust);
        Self { party: party.expect("a relying party"), drawn: 0 }
    }

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000)
    }

    fn draw(&mut self) -> Challenge {
        self.drawn += 1;
        [self.drawn; 32]
    }

    fn invites(&mut self, handle: Uuid) -> Begun {
        let user = NewUser { handle, name: "ada@torhausen", display_name: "Ada" };
        let challenge = self.draw();
        self.party.begin_registration(&user, &[], &challenge).expect("options")
    }

    fn registers(&mut self, phone: &mut Phone) -> Result<Registered, Refusal> {
        let begun = self.invites(ADA);
        let answer = phone.create(&begun.options, ORIGIN);
        self.takes_key(&begun, &answer)
    }

    fn takes_key(&self, begun: &Begun, answer: &Value) -> Result<Registered, Refusal> {
        self.party.finish_registration(&begun.state, answer.to_string().as_bytes(), Self::now())
    }

    fn asks(&mut self) -> Begun {
        let challenge = self.draw();
        self.party.begin_authentication(Mediation::Modal, &challenge)
    }

    fn logs_in(&mut self, phone: &mut Phone, stored: &[u8]) -> Result<Authenticated, Refusal> {
        let begun = self.asks();
        let answer = phone.get(&begun.options, ORIGIN);
        self.takes(&begun, &answer, stored)
    }

    fn takes(&self, begun: &Begun, answer: &Value, stored: &[u8]) -> Result<Authenticated, Refusal> {
        let assertion = reads(answer)?;
        let stored = Stored { owner: ADA, credential: stored };
        self.party.finish_authentication(&begun.state, &assertion, &stored)
    }
}

fn reads(answer: &Value) -> Result<Assertion, Refusal> {
    read_assertion(answer.to_string().as_bytes())
}
