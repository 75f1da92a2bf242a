//! PACE with generic mapping over brainpoolP256r1 (TR-03110-2 3.2; TR-03110-3 A.3 and B.1; ICAO Doc 9303-11 4.4).
//!
//! Both sides calculate the same, so everything here serves either: the chip has the nonce, the terminal decrypts it.

use aws_lc_rs::cipher::{
    AES_128, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::{cmac, digest};
use bp256::BrainpoolP256r1;
use elliptic_curve::group::Group;
use elliptic_curve::sec1::ToSec1Point;
use elliptic_curve::{NonZeroScalar, ProjectivePoint};
use torhaus::cvc::certificate::encode_key;
use torhaus::cvc::chip_authentication::{Protocol, SessionKeys};
use torhaus::cvc::curve::Curve;
use torhaus::cvc::key::PublicKey;
use torhaus::cvc::oid;
use torhaus::domain::dice::{Dice, draw};
use zeroize::Zeroizing;

/// The only curve here, and its number among the standardised ones.
pub const CURVE: Curve = Curve::BrainpoolP256r1;
/// id-PACE-ECDH-GM-AES-CBC-CMAC-128.
pub const PROTOCOL: &[u8] = oid::PACE_ECDH_GM_AES_128;
/// Bytes of a nonce: one block of the cipher.
pub const NONCE: usize = 16;

type Point = ProjectivePoint<BrainpoolP256r1>;

/// Why a step of PACE is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaceError {
    /// A secret number is not in 1..n, or what comes out is the point at infinity.
    #[error("the numbers lead nowhere")]
    Degenerate,
    /// What was received is no point on the curve.
    #[error("a key is no point on the curve")]
    Point,
    /// The other side does not know the password.
    #[error("the token is wrong")]
    Token,
    /// The library refused.
    #[error("the library refused")]
    Library,
}

/// `K_π`, which encrypts the nonce.
pub struct PasswordKey(Zeroizing<[u8; 16]>);

/// The base point of a key agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generator(Point);

/// An ephemeral key pair on a base point.
pub struct Pair {
    secret: NonZeroScalar<BrainpoolP256r1>,
    public: PublicKey,
}

/// A point which both sides know and nobody else.
pub struct Shared(Point);

impl PasswordKey {
    /// `KDF_π(π) = H(π || 3)`, SHA-1 for AES-128 (TR-03110-3 A.2.3 and A.3.3).
    pub fn new(password: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        context.update(password.as_bytes());
        context.update(&3_u32.to_be_bytes());
        let mut key = Zeroizing::new([0; 16]);
        key.copy_from_slice(&context.finish().as_ref()[..16]);
        Self(key)
    }

    /// The chip's side. CBC from an initial vector of zeros is one block of the bare cipher.
    pub fn encrypt(&self, nonce: &[u8; NONCE]) -> Result<[u8; NONCE], PaceError> {
        let mut block = *nonce;
        let key = EncryptingKey::ecb(self.cipher()?).map_err(|_library| PaceError::Library)?;
        key.less_safe_encrypt(&mut block, EncryptionContext::None).map_err(|_library| PaceError::Library)?;
        Ok(block)
    }

    /// The terminal's side.
    #[cfg_attr(not(test), expect(dead_code, reason = "a chip only encrypts"))]
    pub fn decrypt(&self, nonce: &[u8; NONCE]) -> Result<[u8; NONCE], PaceError> {
        let mut block = *nonce;
        let key = DecryptingKey::ecb(self.cipher()?).map_err(|_library| PaceError::Library)?;
        key.decrypt(&mut block, DecryptionContext::None).map_err(|_library| PaceError::Library)?;
        Ok(block)
    }

    fn cipher(&self) -> Result<UnboundCipherKey, PaceError> {
        UnboundCipherKey::new(&AES_128, self.0.as_slice()).map_err(|_library| PaceError::Library)
    }
}

impl Generator {
    /// `G`, of the curve.
    pub fn standard() -> Self {
        Self(Point::generator())
    }

    /// `G' = s·G + H` (TR-03110-3 A.3.4.1).
    pub fn mapped(nonce: &[u8; NONCE], shared: &Shared) -> Result<Self, PaceError> {
        let mut number = Zeroizing::new([0; 32]);
        number[32 - NONCE..].copy_from_slice(nonce);
        let mapped = Point::generator() * *scalar(&number)? + shared.0;
        if bool::from(mapped.is_identity()) { Err(PaceError::Degenerate) } else { Ok(Self(mapped)) }
    }
}

impl Pair {
    /// Draws one, by rejection.
    pub fn draw(generator: &Generator, dice: &dyn Dice) -> Result<Self, PaceError> {
        let mut drawn = std::iter::repeat_with(|| Zeroizing::new(draw::<32>(dice))).take(100);
        let pair = drawn.find_map(|secret| Self::from_bytes(generator, &secret).ok());
        pair.ok_or(PaceError::Degenerate)
    }

    /// Of a known secret.
    pub fn from_bytes(generator: &Generator, secret: &[u8; 32]) -> Result<Self, PaceError> {
        let secret = scalar(secret)?;
        let public = point_bytes(&(generator.0 * *secret));
        let public = PublicKey::from_point(CURVE, &public).map_err(|_infinity| PaceError::Degenerate)?;
        Ok(Self { secret, public })
    }

    /// The public key.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// With the other side's public key. The cofactor is 1, so that a point on the curve is in the group.
    pub fn agree(&self, other: &PublicKey) -> Result<Shared, PaceError> {
        let other = elliptic_curve::PublicKey::<BrainpoolP256r1>::from_sec1_bytes(other.point());
        let other = other.map_err(|_point| PaceError::Point)?.to_projective();
        Ok(Shared(other * *self.secret))
    }
}

impl Shared {
    /// The keys of secure messaging (TR-03110-2 3.2 step 3).
    pub fn keys(&self) -> SessionKeys {
        let point = Zeroizing::new(point_bytes(&self.0));
        SessionKeys::derive(Protocol::Aes128, &point[1..=CURVE.field_length()], &[])
    }
}

/// A public key as it comes over the wire.
pub fn received(point: &[u8]) -> Result<PublicKey, PaceError> {
    PublicKey::from_point(CURVE, point).map_err(|_point| PaceError::Point)
}

/// `T`: what proves to the holder of `ephemeral` that we have the keys (TR-03110-3 A.2.4).
pub fn token(keys: &SessionKeys, ephemeral: &PublicKey) -> Result<[u8; 8], PaceError> {
    let key = cmac::Key::new(cmac::AES_128, keys.authentication()).map_err(|_library| PaceError::Library)?;
    let tag = cmac::sign(&key, &encode_key(PROTOCOL, ephemeral, false));
    let tag = tag.map_err(|_library| PaceError::Library)?;
    tag.as_ref().first_chunk().copied().ok_or(PaceError::Library)
}

/// Whether the other side has the keys: `given` is over our own ephemeral key.
pub fn check(given: &[u8], keys: &SessionKeys, own: &PublicKey) -> Result<(), PaceError> {
    verify_slices_are_equal(&token(keys, own)?, given).map_err(|_differ| PaceError::Token)
}

fn scalar(bytes: &[u8; 32]) -> Result<NonZeroScalar<BrainpoolP256r1>, PaceError> {
    let secret = elliptic_curve::SecretKey::<BrainpoolP256r1>::from_slice(bytes);
    Ok(secret.map_err(|_range| PaceError::Degenerate)?.to_nonzero_scalar())
}

/// Uncompressed.
fn point_bytes(point: &Point) -> Vec<u8> {
    point.to_affine().to_sec1_point(false).as_bytes().to_vec()
}

/// The worked example of ICAO Doc 9303-11 appendix G.1 (ECDH, generic mapping, brainpoolP256r1), whose password is the
/// machine readable zone. Every number of it is used, so that a wrong digit here would not pass.
#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::unhex;

    fn array<const N: usize>(text: &str) -> [u8; N] {
        unhex(text).try_into().unwrap()
    }

    fn uncompressed(x: &str, y: &str) -> Vec<u8> {
        [vec![4], unhex(x), unhex(y)].concat()
    }

    /// `K_π` is derived from SHA-1 of number, birth date and expiry with their check digits.
    fn example_key() -> PasswordKey {
        PasswordKey(Zeroizing::new(array("89DED1B26624EC1E634C1989302849DD")))
    }

    #[test]
    fn the_password_becomes_a_key() {
        let zone = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, b"T22000129364081251010318");
        let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        context.update(zone.as_ref());
        context.update(&[0, 0, 0, 3]);
        assert_eq!(context.finish().as_ref()[..16], *example_key().0);
    }

    #[test]
    fn the_example_comes_out() {
        let nonce = array("3F00C4D39D153F2B2A214A078D899B22");
        let encrypted = array("95A3A016522EE98D01E76CB6B98B42C3");
        assert_eq!(example_key().encrypt(&nonce).unwrap(), encrypted);
        assert_eq!(example_key().decrypt(&encrypted).unwrap(), nonce);

        let standard = Generator::standard();
        let pair = |generator: &Generator, secret: &str| Pair::from_bytes(generator, &array(secret)).unwrap();
        let terminal = pair(&standard, "7F4EF07B9EA82FD78AD689B38D0BC78CF21F249D953BC46F4C6E19259C010F99");
        let chip = pair(&standard, "498FF49756F2DC1587840041839A85982BE7761D14715FB091EFA7BCE9058560");
        assert_eq!(
            terminal.public().point(),
            uncompressed(
                "7ACF3EFC982EC45565A4B155129EFBC74650DCBFA6362D896FC70262E0C2CC5E",
                "544552DCB6725218799115B55C9BAA6D9F6BC3A9618E70C25AF71777A9C4922D",
            )
        );
        assert_eq!(
            chip.public().point(),
            uncompressed(
                "824FBA91C9CBE26BEF53A0EBE7342A3BF178CEA9F45DE0B70AA601651FBA3F57",
                "30D8C879AAA9C9F73991E61B58F4D52EB87A0A0C709A49DC63719363CCD13C54",
            )
        );
        let shared = chip.agree(terminal.public()).unwrap();
        assert_eq!(shared.0, terminal.agree(chip.public()).unwrap().0);
        assert_eq!(
            point_bytes(&shared.0),
            uncompressed(
                "60332EF2450B5D247EF6D3868397D398852ED6E8CAF6FFEEF6BF85CA57057FD5",
                "0840CA7415BAF3E43BD414D35AA4608B93A2CAF3A4E3EA4E82C9C13D03EB7181",
            )
        );
        let mapped = Generator::mapped(&nonce, &shared).unwrap();
        assert_eq!(
            point_bytes(&mapped.0),
            uncompressed(
                "8CED63C91426D4F0EB1435E7CB1D74A46723A0AF21C89634F65A9AE87A9265E2",
                "8C879506743F8611AC33645C5B985C80B5F09A0B83407C1B6A4D857AE76FE522",
            )
        );

        let terminal = pair(&mapped, "A73FB703AC1436A18E0CFA5ABB3F7BEC7A070E7A6788486BEE230C4A22762595");
        let chip = pair(&mapped, "107CF58696EF6155053340FD633392BA81909DF7B9706F226F32086C7AFF974A");
        assert_eq!(
            terminal.public().compressed(),
            unhex("2DB7A64C0355044EC9DF190514C625CBA2CEA48754887122F3A5EF0D5EDD301C")
        );
        assert_eq!(
            chip.public().compressed(),
            unhex("9E880F842905B8B3181F7AF7CAA9F0EFB743847F44A306D2D28C1D9EC65DF6DB")
        );
        let shared = terminal.agree(chip.public()).unwrap();
        let x = unhex("28768D20701247DAE81804C9E780EDE582A9996DB4A315020B2733197DB84925");
        assert_eq!(point_bytes(&shared.0)[1..33], x);
        let keys = shared.keys();
        assert_eq!(keys.encryption(), unhex("F5F0E35C0D7161EE6724EE513A0D9A7F"));
        assert_eq!(keys.authentication(), unhex("FE251C7858B356B24514B3BD5F4297D1"));
        let of_terminal = token(&keys, chip.public()).unwrap();
        let of_chip = token(&keys, terminal.public()).unwrap();
        assert_eq!(of_terminal, array("C2B0BD78D94BA866"));
        assert_eq!(of_chip, array("3ABB9674BCE93C08"));
        check(&of_terminal, &keys, chip.public()).unwrap();
        assert_eq!(check(&of_chip, &keys, chip.public()), Err(PaceError::Token));
    }
}
