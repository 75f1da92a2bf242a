//! Keys: ECDSA in plain form `r || s` (TR-03111 5.2.1) and Diffie-Hellman (TR-03111 4.3).

use std::fmt;

use bp256::BrainpoolP256r1;
use bp384::BrainpoolP384r1;
use zeroize::Zeroizing;

use super::curve::{Curve, Hash};
use super::nist::Nist;
use super::{brainpool, tlv};

/// Why a key is refused or does not do what is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an uncompressed point on the curve.
    #[error("these bytes are no point on the curve")]
    Point,
    /// Not a scalar in 1..n of the curve's length.
    #[error("these bytes are no private key on the curve")]
    Private,
    /// The randomness given yields no key.
    #[error("the randomness given yields no key")]
    Randomness,
    /// Two keys on different curves.
    #[error("the two keys are on different curves")]
    OtherCurve,
    /// The signature is not of the right form, or wrong.
    #[error("the signature is wrong")]
    Signature,
    /// The library refused; nothing in the input explains it.
    #[error("the cryptographic library refused")]
    Library,
}

/// A point on one of our curves, checked.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    curve: Curve,
    point: Vec<u8>,
}

/// A private key and its point. Wiped from memory when dropped.
pub struct PrivateKey {
    secret: Zeroizing<Vec<u8>>,
    public: PublicKey,
}

impl PublicKey {
    /// `point` is uncompressed: `04 || x || y` (TR-03111 3.2.1).
    ///
    /// # Errors
    /// [`KeyError::Point`].
    pub fn from_point(curve: Curve, point: &[u8]) -> Result<Self, KeyError> {
        let form = point.len() == curve.point_length() && point[0] == 0x04;
        let on_curve = form
            && match curve {
                Curve::BrainpoolP256r1 => brainpool::is_point::<BrainpoolP256r1>(point),
                Curve::BrainpoolP384r1 => brainpool::is_point::<BrainpoolP384r1>(point),
                Curve::P256 => Nist::P256.is_point(point),
                Curve::P384 => Nist::P384.is_point(point),
            };
        if on_curve { Ok(Self { curve, point: point.to_vec() }) } else { Err(KeyError::Point) }
    }

    /// Its curve.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The uncompressed point.
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// `Comp(PK)`: the x coordinate (TR-03110-3 A.2.2.3).
    pub fn compressed(&self) -> &[u8] {
        &self.point[1..=self.curve.field_length()]
    }

    /// Checks ECDSA; `signature` is `r || s`.
    ///
    /// # Errors
    /// [`KeyError::Signature`].
    pub fn verify(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        if signature.len() != 2 * self.curve.field_length() {
            return Err(KeyError::Signature);
        }
        let digest = || hash.of(&[message]);
        let right = match self.curve {
            Curve::BrainpoolP256r1 => brainpool::verify::<BrainpoolP256r1>(&self.point, &digest(), signature),
            Curve::BrainpoolP384r1 => brainpool::verify::<BrainpoolP384r1>(&self.point, &digest(), signature),
            Curve::P256 => Nist::P256.verify(&self.point, hash, message, &signature_to_der(signature)),
            Curve::P384 => Nist::P384.verify(&self.point, hash, message, &signature_to_der(signature)),
        };
        if right { Ok(()) } else { Err(KeyError::Signature) }
    }

    /// Checks ECDSA; the signature is the X.509 form, a SEQUENCE of two INTEGERs (RFC 5480 appendix A).
    ///
    /// # Errors
    /// [`KeyError::Signature`].
    pub fn verify_der(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), KeyError> {
        let plain = signature_from_der(self.curve, signature).ok_or(KeyError::Signature)?;
        self.verify(hash, message, &plain)
    }
}

impl PrivateKey {
    /// # Errors
    /// [`KeyError::Private`].
    pub fn from_bytes(curve: Curve, secret: &[u8]) -> Result<Self, KeyError> {
        if secret.len() != curve.field_length() {
            return Err(KeyError::Private);
        }
        let point = match curve {
            Curve::BrainpoolP256r1 => brainpool::public::<BrainpoolP256r1>(secret),
            Curve::BrainpoolP384r1 => brainpool::public::<BrainpoolP384r1>(secret),
            Curve::P256 => Nist::P256.public(secret),
            Curve::P384 => Nist::P384.public(secret),
        };
        let point = point.ok_or(KeyError::Private)?;
        Ok(Self { secret: Zeroizing::new(secret.to_vec()), public: PublicKey { curve, point } })
    }

    /// A new key from the randomness that `fill` writes, by rejection (FIPS 186-5 A.2.2).
    ///
    /// # Errors
    /// [`KeyError::Randomness`] if a hundred draws yield none, which no random source does.
    pub fn draw(curve: Curve, fill: &mut dyn FnMut(&mut [u8])) -> Result<Self, KeyError> {
        let mut candidate = Zeroizing::new(vec![0; curve.field_length()]);
        for _ in 0..100 {
            fill(&mut candidate);
            if let Ok(key) = Self::from_bytes(curve, &candidate) {
                return Ok(key);
            }
        }
        Err(KeyError::Randomness)
    }

    /// Its curve.
    pub fn curve(&self) -> Curve {
        self.public.curve
    }

    /// Its point.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// ECDSA with the curve's own hash, `r || s`. Brainpool: deterministic (RFC 6979).
    ///
    /// # Errors
    /// [`KeyError::Library`].
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let digest = || self.curve().hash().of(&[message]);
        let signature = match self.curve() {
            Curve::BrainpoolP256r1 => {
                brainpool::sign::<BrainpoolP256r1, sha2::Sha256>(&self.secret, &digest())
            }
            Curve::BrainpoolP384r1 => {
                brainpool::sign::<BrainpoolP384r1, sha2::Sha384>(&self.secret, &digest())
            }
            Curve::P256 => Nist::P256.sign(&self.secret, &self.public.point, message),
            Curve::P384 => Nist::P384.sign(&self.secret, &self.public.point, message),
        };
        signature.ok_or(KeyError::Library)
    }

    /// The shared secret: the x coordinate of the common point, as long as the field (TR-03111 4.3.1).
    ///
    /// # Errors
    /// [`KeyError::OtherCurve`]; [`KeyError::Library`].
    pub fn agree(&self, other: &PublicKey) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if other.curve != self.curve() {
            return Err(KeyError::OtherCurve);
        }
        let shared = match self.curve() {
            Curve::BrainpoolP256r1 => brainpool::agree::<BrainpoolP256r1>(&self.secret, &other.point),
            Curve::BrainpoolP384r1 => brainpool::agree::<BrainpoolP384r1>(&self.secret, &other.point),
            Curve::P256 => Nist::P256.agree(&self.secret, &other.point),
            Curve::P384 => Nist::P384.agree(&self.secret, &other.point),
        };
        shared.ok_or(KeyError::Library)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey").field("curve", &self.curve).finish_non_exhaustive()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("curve", &self.curve()).finish_non_exhaustive()
    }
}

/// `r || s` as a SEQUENCE of two INTEGERs.
pub(super) fn signature_to_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    tlv::write(tlv::SEQUENCE, &[&tlv::write_integer(r), &tlv::write_integer(s)])
}

/// A SEQUENCE of two INTEGERs as `r || s`.
fn signature_from_der(curve: Curve, der: &[u8]) -> Option<Vec<u8>> {
    let length = curve.field_length();
    let mut reader = tlv::only(tlv::SEQUENCE, der).ok()?.inside().ok()?;
    let mut plain = vec![0; 2 * length];
    for half in plain.chunks_exact_mut(length) {
        let magnitude = reader.take(tlv::INTEGER).ok()?.magnitude().ok()?;
        let start = length.checked_sub(magnitude.len())?;
        half[start..].copy_from_slice(magnitude);
    }
    reader.finish().ok()?;
    Some(plain)
}
