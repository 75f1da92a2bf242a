//! Which cards are believed: passive authentication and the block list.

use crate::cvc::card_security::{self, NotAuthentic};
use crate::cvc::document_signer::{Csca, DocumentSigner};
use crate::cvc::security_infos::SecurityInfos;
use aws_lc_rs::digest;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// Who may sign a card's EF.CardSecurity, and which cards are blocked.
#[derive(Clone, Debug, Default)]
pub struct CardTrust {
    /// Signers that the operator named themselves.
    pub signers: Vec<DocumentSigner>,
    /// Country signing CAs of a master list: any signer with a certificate of theirs is believed.
    pub authorities: Vec<Csca>,
    /// SHA-256 of certificates of signers which a card may bring along; for a lab.
    pub pinned: Vec<[u8; 32]>,
    /// Pseudonyms in our sector of cards that were reported lost or stolen (TR-03110-2 3.5.3).
    pub blocked: BTreeSet<Vec<u8>>,
}

impl CardTrust {
    /// Passive authentication (TR-03130-1 §2.4.3).
    ///
    /// # Errors
    /// Any of [`NotAuthentic`].
    pub fn verify(&self, card_security: &[u8], today: Date) -> Result<SecurityInfos, NotAuthentic> {
        let mut trusted = self.signers.clone();
        trusted.extend(self.carried(card_security, today));
        card_security::verify(card_security, &trusted, today)
    }

    /// The signer whose certificate the card brings along, if there is a reason to believe it.
    fn carried(&self, card_security: &[u8], today: Date) -> Option<DocumentSigner> {
        let certificate = card_security::carried_certificate(card_security).ok()?;
        let hash = digest::digest(&digest::SHA256, certificate);
        if self.pinned.iter().any(|pin| pin.as_slice() == hash.as_ref()) {
            return DocumentSigner::trusted(certificate).ok();
        }
        DocumentSigner::issued(certificate, &self.authorities, today).ok()
    }
}
