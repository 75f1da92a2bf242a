//! The life of a card in one session: PIN, terminal authentication, chip authentication, secured commands.
//!
//! Each stage holds what exists then and nothing else. A refusal that a genuine terminal never meets (a wrong
//! signature, another ephemeral key, a wrong checksum) closes the session for good, until the card is laid on anew.

use jiff::civil::Date;

use super::commands::{Admitted, Session};
use super::content::Content;
use super::keys::CardKeys;
use crate::cvc::apdu::{Response, Status};
use crate::cvc::auxiliary_data::{AuxiliaryData, AuxiliaryError};
use crate::cvc::certificate::{Certificate, CertificateError, Reference};
use crate::cvc::chain::{ChainError, Path};
use crate::cvc::chat::{Right, Rights};
use crate::cvc::chip_authentication::{self, ChipError};
use crate::cvc::key::{KeyError, PublicKey};
use crate::cvc::terminal_authentication;
use crate::domain::dice::{Dice, draw};

/// A card.
pub struct Card {
    content: Content,
    keys: CardKeys,
    trusted: Vec<Certificate>,
    stage: Stage,
}

/// How far a session has come.
enum Stage {
    /// Laid on, nothing shown.
    Fresh,
    /// PACE was done.
    Entered(Box<Entered>),
    /// The terminal has proved who it is.
    TerminalAuthenticated(Box<Admitted>),
    /// The card has proved that it is genuine; from here on everything is secured.
    ChipAuthenticated(Box<Session>),
    /// Over.
    Closed,
}

/// What came of PACE (TR-03110-2 3.2): the card takes it as given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// What was typed.
    pub password: Password,
    /// `ID_PICC`: the compressed ephemeral public key of the card.
    pub id_picc: Vec<u8>,
    /// The rights which the holder confirmed: those of the CHAT that was sent with PACE.
    pub confirmed: Rights,
}

/// With what PACE was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Password {
    /// The holder's secret.
    Pin,
    /// The number printed on the card. A terminal needs a right of its own to read a card with it.
    Can,
}

struct Entered {
    pace: Pace,
    path: Option<Path>,
    challenge: Option<[u8; 8]>,
}

/// What a terminal brings to terminal authentication beside its certificates (TR-03110-3 B.3).
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// `Comp(PK_PCD)`: the x coordinate of the ephemeral key of the chip authentication to come.
    pub ephemeral: &'a [u8],
    /// The object `67` with what is to be compared; empty if nothing is.
    pub auxiliary_data: &'a [u8],
    /// `r || s`.
    pub signature: &'a [u8],
}

/// The card's answer in chip authentication (TR-03110-3 B.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChipProof {
    /// `r_PICC`.
    pub nonce: [u8; 8],
    /// `T_PICC`.
    pub token: [u8; 8],
}

/// Why a card refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not now: something must come before, or came already.
    #[error("the card does not do this now")]
    Order,
    /// Not a certificate.
    #[error("the card refuses the certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// Not one that leads from a root which the card trusts to a terminal.
    #[error("the card refuses the certificate: {0}")]
    Chain(#[from] ChainError),
    /// Not auxiliary data.
    #[error("the card refuses the auxiliary data: {0}")]
    AuxiliaryData(#[from] AuxiliaryError),
    /// The signature is not the terminal's.
    #[error("the card refuses the terminal's signature")]
    Signature,
    /// There is no such key on the card.
    #[error("the card has no such key")]
    NoSuchKey,
    /// The ephemeral key is none on the card's curve.
    #[error("the ephemeral key is none on the card's curve")]
    Ephemeral(KeyError),
    /// The ephemeral key is another than that of terminal authentication.
    #[error("the ephemeral key is another than that of terminal authentication")]
    OtherEphemeral,
    /// The cryptography failed.
    #[error("the card: {0}")]
    Chip(#[from] ChipError),
}

impl Refused {
    /// The status word (TR-03110-3 B.14).
    #[must_use]
    pub const fn status(&self) -> Status {
        match self {
            Self::Order => Status::CONDITIONS,
            Self::Chain(ChainError::UnknownRoot(_)) | Self::NoSuchKey => Status::DATA_NOT_FOUND,
            Self::Certificate(_) | Self::AuxiliaryData(_) | Self::Ephemeral(_) => Status::WRONG_DATA,
            Self::Chain(_) | Self::Signature | Self::OtherEphemeral => Status::VERIFICATION_FAILED,
            Self::Chip(_) => Status::TROUBLE,
        }
    }
}

impl Card {
    /// A card laid on. `trusted` are the roots whose chains it follows.
    #[must_use]
    pub const fn new(content: Content, keys: CardKeys, trusted: Vec<Certificate>) -> Self {
        Self { content, keys, trusted, stage: Stage::Fresh }
    }

    /// Takes it away and lays it on anew.
    pub fn reset(&mut self) {
        self.stage = Stage::Fresh;
    }

    /// EF.CardAccess: for everybody to read.
    #[must_use]
    pub fn card_access(&self) -> &[u8] {
        self.keys.card_access()
    }

    /// The names of the roots it trusts: what it offers as Certification Authority References.
    pub fn authorities(&self) -> impl Iterator<Item = &Reference> {
        self.trusted.iter().map(|root| &root.holder)
    }

    /// PACE was done with the right password.
    ///
    /// # Errors
    /// [`Refused::Order`] unless the card was just laid on.
    pub fn enter(&mut self, pace: Pace) -> Result<(), Refused> {
        let Stage::Fresh = self.stage else { return Err(Refused::Order) };
        self.stage = Stage::Entered(Box::new(Entered { pace, path: None, challenge: None }));
        Ok(())
    }

    /// PSO: VERIFY CERTIFICATE. The certificates come in order: links if any, the document verifier, the terminal. One
    /// that a root issued begins anew. After a refusal the chain stands as it did.
    ///
    /// # Errors
    /// [`Refused::Order`], [`Refused::Certificate`], [`Refused::Chain`].
    pub fn verify_certificate(&mut self, certificate: &[u8], today: Date) -> Result<(), Refused> {
        let Stage::Entered(entered) = &mut self.stage else { return Err(Refused::Order) };
        let certificate = Certificate::parse(certificate)?;
        match &mut entered.path {
            Some(path) if *path.end() == certificate.authority => path.extend(&certificate, today)?,
            path => {
                let mut begun = Path::begin(&self.trusted, &certificate.authority, today)?;
                begun.extend(&certificate, today)?;
                *path = Some(begun);
            }
        }
        Ok(())
    }

    /// GET CHALLENGE: `r_PICC` for one try; a newer one replaces it.
    ///
    /// # Errors
    /// [`Refused::Order`].
    pub fn challenge(&mut self, dice: &dyn Dice) -> Result<[u8; 8], Refused> {
        let Stage::Entered(entered) = &mut self.stage else { return Err(Refused::Order) };
        Ok(*entered.challenge.insert(draw(dice)))
    }

    /// EXTERNAL AUTHENTICATE: the terminal's signature (TR-03110-2 3.3). From then on its rights are those which every
    /// certificate of the chain grants and the holder confirmed. A wrong signature closes the session.
    ///
    /// # Errors
    /// [`Refused::Order`] without a chain to a terminal or without a challenge; [`Refused::AuxiliaryData`],
    /// [`Refused::Ephemeral`], [`Refused::Signature`].
    pub fn authenticate_terminal(&mut self, claim: &Claim<'_>) -> Result<(), Refused> {
        let Stage::Entered(entered) = &mut self.stage else { return Err(Refused::Order) };
        let terminal = entered.path.as_ref().and_then(|path| path.terminal().ok()).ok_or(Refused::Order)?;
        let challenge = entered.challenge.take().ok_or(Refused::Order)?;
        // What was signed is one text without borders: the lengths of its parts are fixed here.
        if claim.ephemeral.len() != self.keys.curve().field_length() {
            return Err(Refused::Ephemeral(KeyError::Point));
        }
        let auxiliary_data = AuxiliaryData::parse(claim.auxiliary_data)?;
        let pace = &entered.pace;
        let input =
            terminal_authentication::input(&pace.id_picc, &challenge, claim.ephemeral, claim.auxiliary_data);
        if terminal.key.verify(terminal.hash, &input, claim.signature).is_err() {
            self.stage = Stage::Closed;
            return Err(Refused::Signature);
        }
        let rights = terminal.rights.and(pace.confirmed);
        let by_number = pace.password == Password::Can && !rights.contains(Right::CanAllowed);
        self.stage = Stage::TerminalAuthenticated(Box::new(Admitted {
            rights: if by_number { Rights::NONE } else { rights },
            extensions: terminal.extensions,
            binding_hash: terminal.binding_hash,
            auxiliary_data,
            ephemeral: claim.ephemeral.to_vec(),
        }));
        Ok(())
    }

    /// EF.CardSecurity: for an authenticated terminal (TR-03110-3 A.1.2.2).
    ///
    /// # Errors
    /// [`Refused::Order`] before terminal authentication.
    pub fn card_security(&self) -> Result<&[u8], Refused> {
        match self.stage {
            Stage::TerminalAuthenticated(_) | Stage::ChipAuthenticated(_) => Ok(self.keys.card_security()),
            Stage::Fresh | Stage::Entered(_) | Stage::Closed => Err(Refused::Order),
        }
    }

    /// Chip authentication (TR-03110-2 3.4) with the key of this number, or the only one there is; `ephemeral` is the
    /// uncompressed point whose x coordinate came with terminal authentication. A refusal closes the session.
    ///
    /// # Errors
    /// [`Refused::Order`], [`Refused::NoSuchKey`], [`Refused::Ephemeral`], [`Refused::OtherEphemeral`],
    /// [`Refused::Chip`].
    pub fn authenticate_chip(
        &mut self,
        key_id: Option<u32>,
        ephemeral: &[u8],
        dice: &dyn Dice,
    ) -> Result<ChipProof, Refused> {
        let admitted = match std::mem::replace(&mut self.stage, Stage::Closed) {
            Stage::TerminalAuthenticated(admitted) => admitted,
            other => {
                self.stage = other;
                return Err(Refused::Order);
            }
        };
        let chip = self.keys.chip(key_id).ok_or(Refused::NoSuchKey)?;
        let ephemeral = PublicKey::from_point(chip.curve(), ephemeral).map_err(Refused::Ephemeral)?;
        if ephemeral.compressed() != admitted.ephemeral {
            return Err(Refused::OtherEphemeral);
        }
        let nonce = draw(dice);
        let (keys, token) = chip_authentication::card(self.keys.protocol(), chip, &ephemeral, &nonce)?;
        self.stage = Stage::ChipAuthenticated(Box::new(Session::new(keys, *admitted)));
        Ok(ChipProof { nonce, token })
    }

    /// Answers a secured command with a secured response. Whatever comes, there is an answer: what is not secured as it
    /// must be gets a bare status word and closes the session; outside of a session the answer is `6982`.
    pub fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        let Stage::ChipAuthenticated(session) = &mut self.stage else {
            return Response::status(Status::SECURITY_STATUS).encode();
        };
        match session.transmit(command, &self.content, &self.keys) {
            Ok(response) => response,
            Err(status) => {
                self.stage = Stage::Closed;
                Response::status(status).encode()
            }
        }
    }
}
