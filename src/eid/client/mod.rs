//! An eID-Client of our own, with a card of [`super::card`] on its reader: what the demo town's residents hold in place
//! of AusweisApp, a card and a phone (BSI TR-03124-1; TR-03112-7 §3.6). It speaks the same messages and makes the same
//! checks as a stranger's: the terminal's chain against its own roots, the description against the certificate, the
//! address and its TLS certificate against the description.
//!
//! [`Client`] is a machine without network: a message gives the next. [`demo`] lays a made-up person's card on and lets
//! it speak to the server in this process.
//! Absent on purpose: PACE (the one who lays the card on says that the PIN was right), pre-shared keys, readers.

pub mod demo;

use super::card::{Card, Claim, Pace, Password, Refused};
use super::paos::envelope::draw_message_id;
use super::paos::from_client::{Eac1Output, Eac2Output};
use super::paos::from_server::{Eac1Input, Eac2Input};
use super::paos::{FromClient, FromServer, Header, Minor, PaosError, PaosResult};
use super::tc_token::TcToken;
use crate::cvc::certificate::Certificate;
use crate::cvc::chain::{self, ChainError};
use crate::cvc::chat::{Chat, Role};
use crate::cvc::curve::Curve;
use crate::cvc::description;
use crate::cvc::key::PublicKey;
use crate::cvc::security_infos::SecurityInfos;
use crate::domain::dice::Dice;
use crate::eid::kept_key::KeptKey;
use jiff::civil::Date;

/// What the holder does when asked for consent and PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Agrees to everything that is asked, with the right PIN.
    Agree,
    /// Stops.
    Cancel,
}

/// Around the client: what it trusts and how it was reached.
pub struct Surroundings<'a> {
    /// Roots of terminals' certificates.
    pub roots: Vec<Certificate>,
    /// Origin of the address that the TC token came from.
    pub origin: String,
    /// SHA-256 of the TLS certificate seen there; `None` without TLS.
    pub tls: Option<[u8; 32]>,
    /// The day.
    pub today: Date,
    /// Randomness.
    pub dice: &'a dyn Dice,
}

/// The client in one session.
pub struct Client<'a> {
    card: Card,
    decision: Decision,
    around: Surroundings<'a>,
    /// Our last message, which the next of the server answers.
    sent: String,
    auxiliary_data: Vec<u8>,
}

/// What comes after a message of the server.
#[derive(Debug)]
pub enum Next {
    /// Send this.
    Send(String),
    /// It is over: the browser goes to the refresh address.
    Done(PaosResult),
}

impl<'a> Client<'a> {
    /// With a card that was just laid on.
    #[must_use]
    pub fn new(card: Card, decision: Decision, around: Surroundings<'a>) -> Self {
        Self { card, decision, around, sent: String::new(), auxiliary_data: Vec::new() }
    }

    /// The first message.
    #[must_use]
    pub fn start(&mut self, token: &TcToken) -> String {
        let session = token.session_identifier.expose().clone();
        self.say(&FromClient::Start { session }, None)
    }

    /// Takes a message of the server.
    ///
    /// # Errors
    /// [`PaosError`]: it is no message of the protocol, or answers another than our last.
    pub fn take(&mut self, message: &[u8]) -> Result<Next, PaosError> {
        let received = FromServer::parse(message)?;
        if received.header.relates_to.as_deref() != Some(self.sent.as_str()) {
            return Err(PaosError::Unknown("an answer to another message".to_owned()));
        }
        let answer = match received.message {
            FromServer::End(result) => return Ok(Next::Done(result)),
            FromServer::Eac1(input) => self.eac1(&input).map(FromClient::Eac1),
            FromServer::Eac2(input) => self.eac2(&input).map(FromClient::Eac2),
            FromServer::Transmit(commands) => {
                Ok(FromClient::Transmitted(commands.iter().map(|one| self.card.transmit(one)).collect()))
            }
        };
        let answer = answer.unwrap_or_else(|minor| FromClient::Failed(Minor::new(minor)));
        Ok(Next::Send(self.say(&answer, Some(received.header.message_id))))
    }

    fn say(&mut self, message: &FromClient, relates_to: Option<String>) -> String {
        self.sent = draw_message_id(self.around.dice);
        message.write(&Header { message_id: self.sent.clone(), relates_to })
    }

    /// Who asks is looked at, then the holder is asked, then the card does PACE and meets the certificates.
    fn eac1(&mut self, input: &Eac1Input) -> Result<Eac1Output, &'static str> {
        let chain = self.chain(input)?;
        self.look_at_description(input, &chain)?;
        if self.decision == Decision::Cancel {
            return Err(Minor::CANCELLED);
        }
        let confirmed = input.required.rights.or(input.optional.rights);
        let curve = self.curve()?;
        // The card's ephemeral key of PACE, of which only the name remains (TR-03110-2 3.3.2).
        let (_, ephemeral) = KeptKey::draw(curve, self.around.dice).map_err(|_none| Minor::INTERNAL)?;
        let id_picc = ephemeral.public().compressed().to_vec();
        let pace = Pace { password: Password::Pin, id_picc: id_picc.clone(), confirmed };
        self.card.enter(pace).map_err(|_order| Minor::INTERNAL)?;
        let mut authorities = Vec::new();
        for certificate in &chain {
            match self.card.verify_certificate(certificate.as_bytes(), self.around.today) {
                Ok(()) => {}
                Err(Refused::Chain(ChainError::UnknownRoot(_))) => {
                    authorities = self.card.authorities().map(|name| name.as_str().to_owned()).collect();
                    break;
                }
                Err(_refused) => return Err(Minor::NO_PERMISSION),
            }
        }
        let challenge = self.card.challenge(self.around.dice).map_err(|_order| Minor::INTERNAL)?;
        self.auxiliary_data.clone_from(&input.auxiliary_data);
        Ok(Eac1Output {
            chat: Chat { role: Role::Terminal, rights: confirmed },
            authorities,
            card_access: self.card.card_access().to_vec(),
            id_picc,
            challenge,
        })
    }

    /// The certificates in the order of a chain, ending at the one terminal, leading to a root we trust.
    fn chain(&self, input: &Eac1Input) -> Result<Vec<Certificate>, &'static str> {
        let parsed: Result<Vec<_>, _> =
            input.certificates.iter().map(|one| Certificate::parse(one)).collect();
        let mut rest = parsed.map_err(|_form| Minor::PARAMETER)?;
        let mut chain: Vec<Certificate> = Vec::new();
        let at = rest.iter().position(|one| one.chat.role == Role::Terminal).ok_or(Minor::PARAMETER)?;
        chain.push(rest.remove(at));
        while let Some(at) = rest.iter().position(|one| one.holder == chain[0].authority) {
            chain.insert(0, rest.remove(at));
        }
        if !rest.is_empty() {
            return Err(Minor::PARAMETER);
        }
        chain::verify(&self.around.roots, &chain, self.around.today)
            .map_err(|_untrusted| Minor::CERTIFICATE_PATH)?;
        Ok(chain)
    }

    fn look_at_description(&self, input: &Eac1Input, chain: &[Certificate]) -> Result<(), &'static str> {
        let [.., issuer, terminal] = chain else { return Err(Minor::PARAMETER) };
        let bound = terminal.extensions.description.as_deref().unwrap_or_default();
        let description = description::bound(&input.description, issuer.key.hash, bound)
            .map_err(|_other| Minor::PARAMETER)?;
        if description.subject_url.trim_end_matches('/') != self.around.origin {
            return Err(Minor::TRUSTED_CHANNEL);
        }
        let named = |tls: [u8; 32]| description.tls_hashes.iter().any(|hash| hash.as_slice() == tls);
        if self.around.tls.is_none_or(named) { Ok(()) } else { Err(Minor::TRUSTED_CHANNEL) }
    }

    fn eac2(&mut self, input: &Eac2Input) -> Result<Eac2Output, &'static str> {
        let ephemeral =
            PublicKey::from_point(self.curve()?, &input.ephemeral).map_err(|_point| Minor::PARAMETER)?;
        let claim = Claim {
            ephemeral: ephemeral.compressed(),
            auxiliary_data: &self.auxiliary_data,
            signature: &input.signature,
        };
        self.card.authenticate_terminal(&claim).map_err(|_refused| Minor::NO_PERMISSION)?;
        let card_security = self.card.card_security().map_err(|_order| Minor::INTERNAL)?.to_vec();
        let proof = self.card.authenticate_chip(None, &input.ephemeral, self.around.dice);
        let proof = proof.map_err(|_refused| Minor::NO_PERMISSION)?;
        Ok(Eac2Output { card_security, token: proof.token, nonce: proof.nonce })
    }

    /// The curve on which the card does chip authentication.
    fn curve(&self) -> Result<Curve, &'static str> {
        let infos = SecurityInfos::parse(self.card.card_access()).map_err(|_form| Minor::INTERNAL)?;
        infos.chip_curves.first().copied().ok_or(Minor::INTERNAL)
    }
}
