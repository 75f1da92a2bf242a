//! The way from a trusted CVCA to the terminal (TR-03110-2 2.5 and 2.7, TR-03110-3 C.2).

use jiff::civil::Date;

use super::certificate::{Certificate, CertificateError, Extensions, Reference};
use super::chat::{Rights, Role};
use super::curve::{Curve, Hash};
use super::key::PublicKey;

/// Most certificates between the trust point and the terminal: links of the CVCA, the document verifier, the terminal.
pub const MAX_CHAIN: usize = 8;

/// Why a chain is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// No trust point has the name that the first certificate gives as its issuer.
    #[error("no trusted root is called {0}")]
    UnknownRoot(Reference),
    /// A trust point is not a CVCA with a key of its own.
    #[error("{0} is not a root")]
    NotARoot(Reference),
    /// A certificate names another issuer than the one before it in the chain.
    #[error("{0} was not issued by the one before it")]
    Order(Reference),
    /// A role that may not be issued by the one before it.
    #[error("{0} has a role that its issuer cannot give")]
    Role(Reference),
    /// A date before or after the certificate's.
    #[error("{0} does not hold today")]
    Date(Reference),
    /// A wrong signature or key.
    #[error("{holder}: {error}")]
    Certificate {
        /// Whose certificate.
        holder: Reference,
        /// What is wrong.
        error: CertificateError,
    },
    /// Does not end with a terminal, or has more than [`MAX_CHAIN`] certificates.
    #[error("the chain does not lead to a terminal")]
    Incomplete,
}

/// A terminal whose chain was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedTerminal {
    /// Its name.
    pub holder: Reference,
    /// Its key.
    pub key: PublicKey,
    /// The hash of its signatures.
    pub hash: Hash,
    /// What every certificate of the chain grants.
    pub rights: Rights,
    /// What its certificate binds: description and sectors.
    pub extensions: Extensions,
}

/// Checks a chain. `chain` is in order: link certificates if any, the document verifier, the terminal.
///
/// # Errors
/// Any of [`ChainError`].
pub fn verify(
    trusted: &[Certificate],
    chain: &[Certificate],
    today: Date,
) -> Result<VerifiedTerminal, ChainError> {
    let (Some(first), Some(last)) = (chain.first(), chain.last()) else { return Err(ChainError::Incomplete) };
    if chain.len() > MAX_CHAIN || last.chat.role != Role::Terminal {
        return Err(ChainError::Incomplete);
    }
    let root = trusted
        .iter()
        .find(|root| root.holder == first.authority)
        .ok_or_else(|| ChainError::UnknownRoot(first.authority.clone()))?;
    let (mut key, mut curve) = root_key(root, today)?;
    let mut issuer = root;
    let mut rights = root.chat.rights;
    for certificate in chain {
        key = step(issuer, &key, curve, certificate, today)?;
        curve = key.curve();
        rights = rights.and(certificate.chat.rights);
        issuer = certificate;
    }
    Ok(VerifiedTerminal {
        holder: last.holder.clone(),
        key,
        hash: last.key.hash,
        rights,
        extensions: last.extensions.clone(),
    })
}

/// The key of a trust point; if it is self-signed, that must hold as well.
fn root_key(root: &Certificate, today: Date) -> Result<(PublicKey, Curve), ChainError> {
    let name = || root.holder.clone();
    let curve = root.key.curve.filter(|_| root.chat.role == Role::Cvca);
    let curve = curve.ok_or_else(|| ChainError::NotARoot(name()))?;
    if !root.holds_on(today) {
        return Err(ChainError::Date(name()));
    }
    let refused = |error| ChainError::Certificate { holder: name(), error };
    let key = root.key.public(curve).map_err(refused)?;
    if root.authority == root.holder {
        root.verify(&key, root.key.hash).map_err(refused)?;
    }
    Ok((key, curve))
}

/// From an issuer to what it issued; gives the holder's key.
fn step(
    issuer: &Certificate,
    issuer_key: &PublicKey,
    inherited: Curve,
    certificate: &Certificate,
    today: Date,
) -> Result<PublicKey, ChainError> {
    let name = || certificate.holder.clone();
    if certificate.authority != issuer.holder {
        return Err(ChainError::Order(name()));
    }
    let may = matches!(
        (issuer.chat.role, certificate.chat.role),
        (Role::Cvca, Role::Cvca | Role::OfficialVerifier | Role::Verifier)
            | (Role::OfficialVerifier | Role::Verifier, Role::Terminal)
    );
    if !may {
        return Err(ChainError::Role(name()));
    }
    if !certificate.holds_on(today) {
        return Err(ChainError::Date(name()));
    }
    let refused = |error| ChainError::Certificate { holder: name(), error };
    certificate.verify(issuer_key, issuer.key.hash).map_err(refused)?;
    certificate.key.public(inherited).map_err(refused)
}
