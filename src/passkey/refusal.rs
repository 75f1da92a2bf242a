//! Why a ceremony was refused.

use webauthn_rs::prelude::WebauthnError;

/// The protocol says no. Each reason names who or what is at fault; none carries personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The answer is longer than [`super::MAX_ANSWER_BYTES`].
    #[error("the answer is too large")]
    TooLarge,
    /// The answer is not what `PublicKeyCredential.toJSON()` gives, or something inside does not parse.
    #[error("the answer is malformed")]
    Malformed,
    /// The state kept by us belongs to the other ceremony or cannot be read: our fault, not the browser's.
    #[error("the stored state is not one of this ceremony")]
    WrongState,
    /// The stored credential cannot be read: our fault, not the browser's.
    #[error("the stored credential cannot be read")]
    StoredUnreadable,
    /// A name of the new user is empty.
    #[error("the user has no name")]
    NamelessUser,
    /// `clientDataJSON.type` is not that of this ceremony (§7.1 step 7, §7.2 step 11).
    #[error("the answer belongs to another ceremony")]
    WrongCeremony,
    /// The challenge is not ours, or an old one (§7.1 step 8, §7.2 step 12).
    #[error("the challenge is another")]
    WrongChallenge,
    /// Made on another origin (§7.1 step 9, §7.2 step 13).
    #[error("the answer was made on another origin")]
    WrongOrigin,
    /// Made in a frame inside another site (§7.1 steps 10 and 11, §7.2 steps 14 and 15).
    #[error("the answer was made inside another site")]
    CrossOrigin,
    /// The authenticator answered for another RP ID.
    #[error("the answer is meant for another relying party")]
    WrongRelyingParty,
    /// Nobody touched the authenticator.
    #[error("nobody was present at the authenticator")]
    NotPresent,
    /// Neither PIN nor biometric was asked for.
    #[error("the user was not verified")]
    NotUserVerified,
    /// "Backed up" without "may be backed up" (§6.1.3).
    #[error("the backup flags contradict each other")]
    BackupFlagsInvalid,
    /// Backup eligibility differs from registration; the signature was checked and is the credential's.
    #[error("the backup eligibility has changed")]
    BackupEligibilityChanged,
    /// The signature counter did not rise: there may be a copy of the key.
    #[error("the signature counter did not rise")]
    CounterBack,
    /// Not a credential of this state, or the answer names another than the stored one.
    #[error("the credential is unknown")]
    UnknownCredential,
    /// The answer names another user than the credential's owner.
    #[error("the credential belongs to somebody else")]
    WrongOwner,
    /// A login without user name needs the user handle, and it is missing.
    #[error("the answer names no user")]
    NoUserHandle,
    /// The person has this authenticator already.
    #[error("this authenticator is registered already")]
    AlreadyRegistered,
    /// The assertion's signature does not verify.
    #[error("the signature is wrong")]
    BadSignature,
    /// A key of an algorithm or curve which we did not offer.
    #[error("the key's algorithm is not supported")]
    UnsupportedAlgorithm,
    /// An attestation statement that contradicts itself or the key; having none would be fine.
    #[error("the attestation is invalid")]
    AttestationInvalid,
}

impl From<WebauthnError> for Refusal {
    fn from(error: WebauthnError) -> Self {
        use WebauthnError as E;
        match error {
            E::InvalidClientDataType => Self::WrongCeremony,
            E::MismatchedChallenge => Self::WrongChallenge,
            E::InvalidRPOrigin => Self::WrongOrigin,
            E::CredentialCrossOrigin => Self::CrossOrigin,
            E::InvalidRPIDHash => Self::WrongRelyingParty,
            E::UserNotPresent => Self::NotPresent,
            E::UserNotVerified => Self::NotUserVerified,
            // Without a hardware-only policy the library says this only of "backed up but not eligible".
            E::CredentialMayNotBeHardwareBound => Self::BackupFlagsInvalid,
            E::CredentialBackupEligibilityInconsistent => Self::BackupEligibilityChanged,
            E::CredentialPossibleCompromise => Self::CounterBack,
            E::CredentialNotFound => Self::UnknownCredential,
            E::InvalidUsername => Self::NamelessUser,
            E::AuthenticationFailure | E::SignatureInvalid => Self::BadSignature,
            E::CredentialAlteredAlgFromRequest
            | E::COSEKeyInvalidType
            | E::COSEKeyEDUnsupported
            | E::COSEKeyECDSAInvalidCurve
            | E::COSEKeyEDDSAInvalidCurve
            | E::COSEKeyInvalidAlgorithm
            // An RSA key that has not 2048 bits.
            | E::COSEKeyRSANEInvalid
            | E::CredentialInsecureCryptography
            // How the library names an Ed25519 or Ed448 key in a credential.
            | E::SshPublicKeyEDUnsupported => Self::UnsupportedAlgorithm,
            E::AttestationStatementMapInvalid
            | E::AttestationStatementSigMissing
            | E::AttestationStatementSigInvalid
            | E::AttestationStatementVerMissing
            | E::AttestationStatementVerInvalid
            | E::AttestationStatementX5CMissing
            | E::AttestationStatementX5CInvalid
            | E::AttestationStatementAlgMissing
            | E::AttestationStatementAlgMismatch
            | E::AttestationStatementAlgInvalid
            | E::AttestationStatementCertInfoMissing
            | E::AttestationStatementMissingExtension
            | E::AttestationStatementPubAreaMissing
            | E::AttestationCertificateAAGUIDMismatch
            | E::AttestationCertificateNonceMismatch
            | E::AttestationCertificateRequirementsNotMet
            | E::AttestationCredentialSubjectKeyMismatch
            | E::CertificatePublicKeyInvalid
            | E::CertificatePublicKeyAlgorthimMismatch
            | E::X509DerInvalid => Self::AttestationInvalid,
            // The rest are failures to parse.
            _ => Self::Malformed,
        }
    }
}
