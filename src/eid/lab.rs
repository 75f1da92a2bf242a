//! A card PKI of our own, for a demo and for tests: root (CVCA), document verifier, terminal, sector, document signer.
//!
//! It stands in for the country's: whoever's program trusts this root will let us read a *test* card. Its certificates
//! are issued anew each day from keys that rest sealed in the store; nothing of it is accepted by a real card.
//! The root is called as AusweisApp's card simulator expects its root to be called.

use super::kept_key::KeptKey;
use super::server::terminal::{Parts, Terminal, TerminalError};
use super::server::trust::CardTrust;
use crate::cvc::certificate::{Certificate, CertificateError, Extensions, Reference};
use crate::cvc::chat::{Chat, Right, Rights, Role};
use crate::cvc::curve::Curve;
use crate::cvc::data_groups::DataGroup;
use crate::cvc::description::Description;
use crate::cvc::document_signer::{self, DocumentSigner, SignerError};
use crate::cvc::issue::{Request, issue};
use crate::cvc::key::KeyError;
use crate::cvc::restricted_identification::{RestrictedError, SectorKey};
use crate::domain::dice::{Dice, draw};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The curve of everything here, as of the cards in people's pockets.
const CURVE: Curve = Curve::BrainpoolP256r1;
const ROOT: &str = "DETESTeID00005";
const VERIFIER: &str = "DEDVTORHAUS0001";
const TERMINAL: &str = "DETORHAUS000001";
/// A root lives so long.
const ROOT_YEARS: i32 = 20;
/// Days that a terminal's certificate holds, as the country's do.
const TERMINAL_DAYS: i32 = 2;

/// SHA-256 of the certificate of the signer of AusweisApp's simulated cards (1.26.2 and 2.x, valid 2020 to 2030).
/// Whoever trusts it believes anybody's simulator: only ever in a lab.
const SIMULATOR_SIGNER: [u8; 32] = [
    0x55, 0x0B, 0xE0, 0x0E, 0x9F, 0x7E, 0xD6, 0x12, 0x98, 0x43, 0x43, 0xF0, 0x84, 0x9C, 0xF9, 0x29, 0x32,
    0x6C, 0x16, 0xAE, 0xAB, 0x60, 0x84, 0x3D, 0x76, 0x86, 0x20, 0x9C, 0xE1, 0xE9, 0x9E, 0x9E,
];

/// The lab. Serialises with its keys in clear: only ever into something that is sealed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Lab {
    root: KeptKey,
    root_certificate: Vec<u8>,
    verifier: KeptKey,
    terminal: KeptKey,
    sector: KeptKey,
    signer: KeptKey,
    signer_certificate: Vec<u8>,
    /// What the keys of made-up cards are drawn from.
    card_seed: [u8; 32],
    /// Pseudonyms of blocked test cards in our sector.
    #[serde(default)]
    blocked: Vec<Vec<u8>>,
}

/// Why a lab can not be made or used.
#[derive(Debug, thiserror::Error)]
pub enum LabFault {
    /// The cryptography refuses.
    #[error("the lab's keys: {0}")]
    Key(#[from] KeyError),
    /// A certificate refuses to be made.
    #[error("the lab's certificates: {0}")]
    Certificate(#[from] CertificateError),
    /// The document signer's certificate refuses to be made.
    #[error("{0}")]
    Signer(#[from] SignerError),
    /// The sector refuses to be made.
    #[error("{0}")]
    Sector(#[from] RestrictedError),
    /// What was issued does not fit together.
    #[error("{0}")]
    Terminal(#[from] TerminalError),
    /// A made-up card refuses to be made.
    #[error("{0}")]
    Card(#[from] super::card::keys::KeysError),
    /// Outside of the years which certificates can say.
    #[error("the lab's certificates can not be dated")]
    Date(#[from] jiff::Error),
}

impl Lab {
    /// Makes one.
    ///
    /// # Errors
    /// [`LabFault`].
    pub fn make(today: Date, dice: &dyn Dice) -> Result<Self, LabFault> {
        let draw_key = || KeptKey::draw(CURVE, dice);
        let (root, root_key) = draw_key()?;
        let (signer, signer_key) = draw_key()?;
        let (from, until) = (today.checked_sub(1.day())?, today.checked_add(ROOT_YEARS.years())?);
        let request = Request {
            authority: Reference::new(ROOT)?,
            holder: Reference::new(ROOT)?,
            chat: Chat { role: Role::Cvca, rights: Rights::ALL },
            effective: from,
            expiration: until,
            extensions: Extensions::default(),
        };
        let root_certificate = issue(&request, root_key.public(), &root_key)?.as_bytes().to_vec();
        let signer_certificate =
            document_signer::issue_for_lab(&signer_key, "Torhaus lab document signer", from, until)?;
        Ok(Self {
            root,
            root_certificate,
            verifier: draw_key()?.0,
            terminal: draw_key()?.0,
            sector: draw_key()?.0,
            signer,
            signer_certificate,
            card_seed: draw(dice),
            blocked: Vec::new(),
        })
    }

    /// The root's certificate: what cards and programs must trust.
    #[must_use]
    pub fn root_certificate(&self) -> &[u8] {
        &self.root_certificate
    }

    /// The signer of the lab's own cards: certificate and key.
    #[must_use]
    pub const fn signer(&self) -> (&Vec<u8>, &KeptKey) {
        (&self.signer_certificate, &self.signer)
    }

    /// What the keys of made-up cards are drawn from.
    #[must_use]
    pub const fn card_seed(&self) -> &[u8; 32] {
        &self.card_seed
    }

    /// The sector in which our pseudonyms hold.
    ///
    /// # Errors
    /// [`LabFault`].
    pub fn sector(&self) -> Result<SectorKey, LabFault> {
        Ok(SectorKey::new(CURVE.hash(), self.sector.key()?.public().clone())?)
    }

    /// Puts cards on the block list, by their pseudonyms in our sector.
    #[must_use]
    pub fn with_blocked(mut self, pseudonyms: Vec<Vec<u8>>) -> Self {
        self.blocked = pseudonyms;
        self
    }

    /// Which cards are believed: our own, and those of AusweisApp's simulator.
    #[must_use]
    pub fn trust(&self) -> CardTrust {
        CardTrust {
            signers: DocumentSigner::trusted(&self.signer_certificate).into_iter().collect(),
            authorities: Vec::new(),
            pinned: vec![SIMULATOR_SIGNER],
            blocked: self.blocked.iter().cloned().collect(),
        }
    }

    /// The terminal of a day: `subject` at `url` is who asks, reached over these TLS certificates (SHA-256).
    ///
    /// # Errors
    /// [`LabFault`].
    pub fn terminal(
        &self,
        subject: &str,
        url: &str,
        tls: &[[u8; 32]],
        today: Date,
    ) -> Result<Terminal, LabFault> {
        let root = Certificate::parse(&self.root_certificate)?;
        let description = description(subject, url, tls).encode();
        let sector = self.sector()?;
        let hash = CURVE.hash();
        let (verifier, terminal) = (self.verifier.key()?, self.terminal.key()?);
        let from = today.checked_sub(1.day())?;
        let verifier_request = Request {
            authority: root.holder.clone(),
            holder: Reference::new(VERIFIER)?,
            chat: Chat { role: Role::Verifier, rights: Rights::ALL },
            effective: from,
            expiration: today.checked_add(30.days())?,
            extensions: Extensions::default(),
        };
        let terminal_request = Request {
            authority: verifier_request.holder.clone(),
            holder: Reference::new(TERMINAL)?,
            chat: Chat { role: Role::Terminal, rights: rights() },
            effective: from,
            expiration: today.checked_add(TERMINAL_DAYS.days())?,
            extensions: Extensions {
                description: Some(hash.of(&[&description])),
                first_sector: Some(sector.hash(hash)),
                second_sector: None,
            },
        };
        let chain = vec![
            issue(&verifier_request, verifier.public(), &self.root.key()?)?,
            issue(&terminal_request, terminal.public(), &verifier)?,
        ];
        Ok(Terminal::new(&[root], Parts { chain, key: terminal, description, sector }, today)?)
    }
}

/// Everything that an eID service may ask of a card; never CAN, PIN management, writing.
fn rights() -> Rights {
    let groups = [
        DataGroup::DocumentType,
        DataGroup::IssuingState,
        DataGroup::DateOfExpiry,
        DataGroup::GivenNames,
        DataGroup::FamilyNames,
        DataGroup::ArtisticName,
        DataGroup::AcademicTitle,
        DataGroup::DateOfBirth,
        DataGroup::PlaceOfBirth,
        DataGroup::Nationality,
        DataGroup::BirthName,
        DataGroup::PlaceOfResidence,
        DataGroup::CommunityId,
        DataGroup::ResidencePermit1,
    ];
    let asked = [Right::AgeVerification, Right::CommunityIdVerification, Right::RestrictedIdentification];
    groups.into_iter().map(Right::Read).chain(asked).collect()
}

fn description(subject: &str, url: &str, tls: &[[u8; 32]]) -> Description {
    Description {
        issuer_name: "Torhaus Testlabor".to_owned(),
        issuer_url: None,
        subject_name: format!("{subject} (Testlabor)"),
        subject_url: url.to_owned(),
        // The headings are those by which AusweisApp finds the purpose to show it apart.
        terms_of_usage: format!(
            "Name, Anschrift und E-Mail-Adresse des Diensteanbieters:\r\n{subject}\r\n\r\n\
             Zweck des Auslesevorgangs:\r\nEinmal ausweisen für das Konto der Stadt\r\n\r\n\
             Dies ist ein Testlabor. Lesen Sie hier keinen echten Ausweis."
        ),
        redirect_url: None,
        tls_hashes: tls.iter().map(|hash| hash.to_vec()).collect(),
    }
}
