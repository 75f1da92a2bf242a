//! Attestation: what the maker of an authenticator says about a new key, and whether we believe it (§6.5).

use std::collections::BTreeSet;
use std::time::SystemTime;

use ciborium::Value;
use webauthn_rs::prelude::{
    AttestationCaList, AttestationFormat, AttestationMetadata, ParsedAttestation, ParsedAttestationData,
    WebauthnError,
};
use webauthn_rs_core::attestation::verify_attestation_ca_chain;
use x509_parser::pem::Pem;

use super::Aaguid;

/// What the attestation of a new credential proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attestation {
    /// None was given.
    None,
    /// Signed by the new key itself: says nothing about the authenticator.
    SelfSigned,
    /// In order, or of a kind we cannot check, but leading to no root we trust.
    Untrusted {
        /// Statement format, as registered with IANA: `packed`, `tpm` …
        format: String,
    },
    /// Leads to a trusted root, and the model is admitted.
    Trusted {
        /// Statement format.
        format: String,
        /// Subject of the root certificate.
        root: String,
    },
}

/// Which attestations count. The default trusts nothing.
#[derive(Clone, Debug, Default)]
pub struct AttestationTrust {
    roots: Vec<Root>,
    only: Option<BTreeSet<Aaguid>>,
    revoked: BTreeSet<Aaguid>,
}

#[derive(Clone, Debug)]
struct Root {
    subject: String,
    /// Holds this one root. The library looks a root up by subject and stops at the first; makers do
    /// publish several roots of one name, so each is tried on its own.
    list: AttestationCaList,
}

/// The configured roots cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("attestation root {number} is not a certificate in PEM form: {reason}")]
pub struct BadRoot {
    /// Which one, counted from 1.
    pub number: usize,
    /// What is wrong with it.
    pub reason: String,
}

impl AttestationTrust {
    /// Reads root certificates: PEM, one after the other; empty text means none.
    ///
    /// # Errors
    /// [`BadRoot`] for the first one that is not a certificate.
    pub fn from_pem(roots: &str) -> Result<Self, BadRoot> {
        let mut trust = Self::default();
        for (index, pem) in Pem::iter_from_buffer(roots.as_bytes()).enumerate() {
            let bad = |reason: String| BadRoot { number: index + 1, reason };
            let pem = pem.map_err(|error| bad(error.to_string()))?;
            let certificate = pem.parse_x509().map_err(|error| bad(error.to_string()))?;
            let subject = certificate.subject().to_string();
            let list = AttestationCaList::try_from(armour(&pem.contents).as_bytes())
                .map_err(|error| bad(error.to_string()))?;
            trust.roots.push(Root { subject, list });
        }
        Ok(trust)
    }

    /// Trusts these models only, whoever attests them.
    #[must_use]
    pub fn only_models(mut self, models: impl IntoIterator<Item = Aaguid>) -> Self {
        self.only = Some(models.into_iter().collect());
        self
    }

    /// Never trusts these models: their maker has withdrawn them.
    #[must_use]
    pub fn revoked_models(mut self, models: impl IntoIterator<Item = Aaguid>) -> Self {
        self.revoked.extend(models);
        self
    }

    /// Judges a statement which the library has found to be in order. `now` decides the validity of the
    /// certificates.
    pub(super) fn judge(&self, found: &Found, now: SystemTime) -> Attestation {
        match found.statement.data {
            ParsedAttestationData::None if found.format == "none" => return Attestation::None,
            ParsedAttestationData::Self_ => return Attestation::SelfSigned,
            _ => {}
        }
        let format = found.format.clone();
        let root = self.roots.iter().find(|root| {
            matches!(verify_attestation_ca_chain(&found.statement.data, &root.list, now), Ok(Some(_)))
        });
        match root {
            Some(root) if self.admits(found) => Attestation::Trusted { format, root: root.subject.clone() },
            _ => Attestation::Untrusted { format },
        }
    }

    /// All formats but `fido-u2f` sign over the AAGUID; that one has none and passes no model rule.
    fn admits(&self, found: &Found) -> bool {
        let by_model = match (&found.aaguid, &self.only) {
            (Some(model), only) => {
                !self.revoked.contains(model) && only.as_ref().is_none_or(|only| only.contains(model))
            }
            (None, only) => only.is_none(),
        };
        // A key in software may carry an attestation of the same maker.
        let in_hardware = match found.statement.metadata {
            AttestationMetadata::AndroidKey { is_km_tee, is_attest_tee } => is_km_tee && is_attest_tee,
            _ => true,
        };
        by_model && in_hardware
    }
}

/// What came with a new credential.
pub(super) struct Found {
    /// The format the browser sent, whether or not the library can check it.
    pub format: String,
    pub aaguid: Option<Aaguid>,
    pub statement: ParsedAttestation,
}

/// The attestation object, read by ourselves for what the library drops.
pub(super) struct AttestationObject {
    pub format: String,
    /// Absent when the authenticator keeps its model to itself (sixteen zero bytes).
    pub aaguid: Option<Aaguid>,
    auth_data: Vec<u8>,
}

impl AttestationObject {
    /// Reads the CBOR map (§6.5.4); the AAGUID lies at bytes 37 to 52 of the authenticator data (§6.5.1).
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let Value::Map(entries) = ciborium::from_reader(bytes).ok()? else { return None };
        let member = |name: &str| entries.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, v)| v);
        let auth_data = member("authData")?.as_bytes()?.clone();
        let aaguid: Aaguid = auth_data.get(37..53)?.try_into().ok()?;
        Some(Self {
            format: member("fmt")?.as_text()?.to_owned(),
            aaguid: (aaguid != [0; 16]).then_some(aaguid),
            auth_data,
        })
    }

    /// The same key without its statement, as a browser sends it when no attestation is asked for
    /// (§5.1.3, "none").
    pub fn without_statement(&self) -> Vec<u8> {
        let text = |text: &str| Value::Text(text.to_owned());
        let object = Value::Map(vec![
            (text("fmt"), text("none")),
            (text("attStmt"), Value::Map(Vec::new())),
            (text("authData"), Value::Bytes(self.auth_data.clone())),
        ]);
        let mut out = Vec::new();
        ciborium::into_writer(&object, &mut out).expect("writing to memory does not fail");
        out
    }
}

/// Whether the library gave up on a statement because it does not know its kind, rather than because
/// something in it is wrong. Such a key is registered as unattested: we ask for attestation, we do not
/// demand it. Windows Hello would otherwise be shut out (version 0.6.2 hashes no TPM statement), and so
/// would keys in a `StrongBox` (it knows no third security level and reports a bad certificate).
pub(super) fn cannot_be_checked(format: &str, error: &WebauthnError) -> bool {
    match error {
        WebauthnError::AttestationNotSupported
        | WebauthnError::AttestationStatementVerUnsupported
        | WebauthnError::AttestationTpmPubAreaHashUnknown
        | WebauthnError::COSEKeyInvalidAlgorithm
        | WebauthnError::COSEKeyInvalidType
        | WebauthnError::CredentialInsecureCryptography => format != "none",
        WebauthnError::AttestationStatementX5CInvalid => format == "android-key",
        _ => false,
    }
}

/// The stored form of a statement after it was judged: nothing. Chains are large, some name a single
/// device, and the judgement is kept instead.
pub(super) fn forgotten() -> (ParsedAttestation, AttestationFormat) {
    (ParsedAttestation::default(), AttestationFormat::None)
}

fn armour(der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
