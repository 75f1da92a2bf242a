//! The way from a trusted CVCA to the terminal (TR-03110-2 2.5 and 2.7, TR-03110-3 C.2).

use jiff::civil::Date;

use super::certificate::{Certificate, CertificateError, Extensions, Reference};
use super::chat::{Rights, Role};
use super::curve::Hash;
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
    /// The hash by which its certificate binds description and sectors: that of the issuer's signature
    /// (TR-03110-4 2.2.6).
    pub binding_hash: Hash,
    /// What every certificate of the chain grants.
    pub rights: Rights,
    /// What its certificate binds: description and sectors.
    pub extensions: Extensions,
}

/// A chain in the making: a card is given one certificate after the other.
#[derive(Clone, Debug)]
pub struct Path {
    end: Certificate,
    key: PublicKey,
    rights: Rights,
    /// Of the signature under `end`.
    hash: Hash,
    length: usize,
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
    let mut path = Path::begin(trusted, &first.authority, today)?;
    for certificate in chain {
        path.extend(certificate, today)?;
    }
    path.terminal()
}

impl Path {
    /// At the trust point of this name.
    ///
    /// # Errors
    /// [`ChainError::UnknownRoot`], [`ChainError::NotARoot`], [`ChainError::Date`], [`ChainError::Certificate`].
    pub fn begin(trusted: &[Certificate], name: &Reference, today: Date) -> Result<Self, ChainError> {
        let root = trusted.iter().find(|root| root.holder == *name);
        let root = root.ok_or_else(|| ChainError::UnknownRoot(name.clone()))?;
        let key = root_key(root, today)?;
        Ok(Self { end: root.clone(), key, rights: root.chat.rights, hash: root.key.hash, length: 0 })
    }

    /// One certificate on, which the end of the path issued. After an error the path ends where it did.
    ///
    /// # Errors
    /// [`ChainError::Order`], [`ChainError::Role`], [`ChainError::Date`], [`ChainError::Certificate`]; after
    /// [`MAX_CHAIN`] certificates [`ChainError::Incomplete`].
    pub fn extend(&mut self, certificate: &Certificate, today: Date) -> Result<(), ChainError> {
        if self.length == MAX_CHAIN {
            return Err(ChainError::Incomplete);
        }
        let key = step(&self.end, &self.key, certificate, today)?;
        *self = Self {
            key,
            rights: self.rights.and(certificate.chat.rights),
            hash: self.end.key.hash,
            end: certificate.clone(),
            length: self.length + 1,
        };
        Ok(())
    }

    /// The name of who stands at the end.
    pub fn end(&self) -> &Reference {
        &self.end.holder
    }

    /// The terminal at the end.
    ///
    /// # Errors
    /// [`ChainError::Incomplete`] if somebody else stands there.
    pub fn terminal(&self) -> Result<VerifiedTerminal, ChainError> {
        if self.end.chat.role != Role::Terminal {
            return Err(ChainError::Incomplete);
        }
        Ok(VerifiedTerminal {
            holder: self.end.holder.clone(),
            key: self.key.clone(),
            hash: self.end.key.hash,
            binding_hash: self.hash,
            rights: self.rights,
            extensions: self.end.extensions.clone(),
        })
    }
}

/// The key of a trust point; if it is self-signed, that must hold as well.
fn root_key(root: &Certificate, today: Date) -> Result<PublicKey, ChainError> {
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
    Ok(key)
}

/// From an issuer to what it issued; gives the holder's key.
fn step(
    issuer: &Certificate,
    issuer_key: &PublicKey,
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
    certificate.key.public(issuer_key.curve()).map_err(refused)
}
