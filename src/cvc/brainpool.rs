//! ECDSA and Diffie-Hellman over the brainpool curves, generic over RustCrypto's arithmetic.

use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{EcdsaCurve, Signature, SignatureSize};
use elliptic_curve::array::ArraySize;
use elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use elliptic_curve::{
    AffinePoint, CurveArithmetic, FieldBytesSize, ProjectivePoint, PublicKey, SecretKey, ecdh,
};
use sha2::digest::Digest;
use sha2::digest::block_api::BlockSizeUser;
use zeroize::Zeroizing;

/// The curves here: prime order, points in SEC 1 form.
pub(super) trait Brainpool: EcdsaCurve + CurveArithmetic {}
impl<C: EcdsaCurve + CurveArithmetic> Brainpool for C {}

/// Whether these bytes are a point on the curve other than infinity.
pub(super) fn is_point<C>(point: &[u8]) -> bool
where
    C: Brainpool,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    PublicKey::<C>::from_sec1_bytes(point).is_ok()
}

/// The uncompressed public point; `None` if the scalar is not in 1..n.
pub(super) fn public<C>(secret: &[u8]) -> Option<Vec<u8>>
where
    C: Brainpool,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let secret = SecretKey::<C>::from_slice(secret).ok()?;
    Some(secret.public_key().as_affine().to_sec1_point(false).as_bytes().to_vec())
}

/// The x coordinate of the shared point.
pub(super) fn agree<C>(secret: &[u8], point: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: Brainpool,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
{
    let secret = SecretKey::<C>::from_slice(secret).ok()?;
    let public = PublicKey::<C>::from_sec1_bytes(point).ok()?;
    let scalar = Zeroizing::new(secret.to_nonzero_scalar());
    let shared = ecdh::diffie_hellman::<C>(&*scalar, public.as_affine());
    Some(Zeroizing::new(shared.raw_secret_bytes().to_vec()))
}

/// `r || s` over a digest; the nonce is RFC 6979's, with the hash `D`.
pub(super) fn sign<C, D>(secret: &[u8], digest: &[u8]) -> Option<Vec<u8>>
where
    C: Brainpool,
    D: Digest + BlockSizeUser,
    SignatureSize<C>: ArraySize,
{
    let secret = SecretKey::<C>::from_slice(secret).ok()?;
    let scalar = Zeroizing::new(secret.to_nonzero_scalar());
    let (signature, _) = sign_prehashed_rfc6979::<C, D>(&scalar, digest, &[]);
    Some(signature.to_bytes().to_vec())
}

/// Whether `r || s` is right for the digest.
pub(super) fn verify<C>(point: &[u8], digest: &[u8], signature: &[u8]) -> bool
where
    C: Brainpool,
    AffinePoint<C>: FromSec1Point<C> + ToSec1Point<C>,
    FieldBytesSize<C>: ModulusSize,
    SignatureSize<C>: ArraySize,
{
    let (Ok(public), Ok(signature)) =
        (PublicKey::<C>::from_sec1_bytes(point), Signature::<C>::from_slice(signature))
    else {
        return false;
    };
    verify_prehashed(&ProjectivePoint::<C>::from(*public.as_affine()), digest, &signature).is_ok()
}
