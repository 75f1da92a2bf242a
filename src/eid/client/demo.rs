//! The made-up people's cards, and their way through the server in this process.

use super::{Client, Decision, Next, Surroundings};
use crate::cvc::certificate::Certificate;
use crate::cvc::curve::Curve;
use crate::cvc::restricted_identification::SectorKey;
use crate::domain::dice::Dice;
use crate::eid::card::people::{DemoPerson, PEOPLE, Trait};
use crate::eid::card::{Card, CardKeys};
use crate::eid::lab::{Lab, LabFault};
use crate::eid::paos::PaosResult;
use crate::eid::server::Server;
use crate::eid::tc_token::TcToken;
use crate::http::{Appliance, Trouble};
use aws_lc_rs::hmac;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most messages of one session: a server that asks for more is broken.
const MAX_MESSAGES: usize = 24;

/// Reads a card: the messages of one session until its end. The result waits at the server.
///
/// # Errors
/// [`Trouble`]: the server or the card is broken.
pub async fn read(
    person: &DemoPerson,
    issue: u32,
    decision: Decision,
    token: &TcToken,
    (server, app): (&Server, &Appliance),
) -> Result<PaosResult, Trouble> {
    let broken = |why: &dyn std::fmt::Display| Trouble::fault("eid", why);
    let lab = server.lab();
    let root = Certificate::parse(lab.root_certificate()).map_err(|why| broken(&why))?;
    let today = app.today();
    let content = person.content(today).map_err(|why| broken(&why))?;
    let keys = card_keys(lab, person.key, issue).map_err(|why| broken(&why))?;
    let around = Surroundings {
        roots: vec![root.clone()],
        origin: app.origin.clone(),
        tls: server.tls().first().copied(),
        today,
        dice: app.dice.as_ref(),
    };
    let mut client = Client::new(Card::new(content, keys, vec![root]), decision, around);
    let mut message = client.start(token);
    for _message in 0..MAX_MESSAGES {
        let answer = server.exchange(message.as_bytes(), app).await?;
        match client.take(answer.as_bytes()).map_err(|why| broken(&why))? {
            Next::Send(next) => message = next,
            Next::Done(result) => return Ok(result),
        }
    }
    Err(broken(&"the server did not come to an end"))
}

/// The keys of a made-up person's card: always the same for the same lab, person and issue, so that the card is
/// known again tomorrow; another issue is a new card, with new pseudonyms.
///
/// # Errors
/// [`LabFault`].
pub fn card_keys(lab: &Lab, person: &str, issue: u32) -> Result<CardKeys, LabFault> {
    let (certificate, signer) = lab.signer();
    let stream = Stream::new(lab.card_seed(), &format!("{issue}:{person}"));
    Ok(CardKeys::make(Curve::BrainpoolP256r1, (certificate, &signer.key()?), &stream)?)
}

/// The pseudonyms of blocked cards of this lab in a sector, for its block list.
///
/// # Errors
/// [`LabFault`].
pub fn blocked(lab: &Lab, sector: &SectorKey) -> Result<Vec<Vec<u8>>, LabFault> {
    let people = PEOPLE.iter().filter(|person| person.particular == Trait::Blocked);
    people.map(|person| Ok(card_keys(lab, person.key, 0)?.revocation_pseudonym(sector)?)).collect()
}

/// Bytes that follow from a seed: HMAC-SHA-256 in counter mode (NIST SP 800-108 §4.1).
struct Stream {
    key: hmac::Key,
    label: String,
    counter: AtomicU64,
}

impl Stream {
    fn new(seed: &[u8; 32], label: &str) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, seed),
            label: label.to_owned(),
            counter: AtomicU64::new(0),
        }
    }
}

impl Dice for Stream {
    fn fill(&self, out: &mut [u8]) {
        for piece in out.chunks_mut(32) {
            let mut context = hmac::Context::with_key(&self.key);
            context.update(&self.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes());
            context.update(self.label.as_bytes());
            let block = context.sign();
            piece.copy_from_slice(&block.as_ref()[..piece.len()]);
        }
    }
}
