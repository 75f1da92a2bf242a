//! Public keys as JSON: one JWK, and the set that we publish or that a service registers.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, RsaPublicKeyComponents};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::algorithm::Algorithm;
use super::base64url;
use super::verify::{VerifyingKey, json_object};

/// A set with more keys than this is refused.
pub const MAX_KEYS: usize = 100;
/// Longest `kid` that we take from others, in bytes.
const MAX_KID: usize = 256;

/// The public half of a signature key (RFC 7517 4). Read from JSON only if it is usable: known type
/// and curve, right lengths, a point on the curve, `alg` and `use` fitting, nothing private in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Members", into = "Members")]
pub struct Jwk {
    material: Material,
    kid: Option<String>,
    alg: Option<Algorithm>,
    marked_for_signatures: bool,
}

/// A JWK Set (RFC 7517 5) of at most [`MAX_KEYS`] public signature keys.
///
/// Reading with serde is strict: one unusable key refuses the set. [`JwkSet::from_stranger`] is for
/// sets that serve other purposes as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SetMembers<Jwk>")]
pub struct JwkSet {
    keys: Vec<Jwk>,
}

/// Why a JWK or a set is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwkRefused {
    /// Somebody hands out a private key.
    #[error("the JWK carries private members; hand over only the public half, and replace this key")]
    Private,
    /// `kty` is `oct`, a shared secret.
    #[error("the JWK is a shared secret (kty \"oct\"); only public keys are accepted")]
    Symmetric,
    /// A well-formed key for something that we do not do.
    #[error("the JWK's {member} {value:?} is not supported")]
    Unsupported { member: &'static str, value: String },
    /// A member that this type of key needs is missing, or is not base64url.
    #[error("the JWK's member {0:?} is missing or not base64url without padding")]
    Member(&'static str),
    /// Wrong length, or out of the supported range.
    #[error("the JWK's member {0:?} has the wrong size")]
    Size(&'static str),
    /// `alg` does not go with the type of key, or differs from the algorithm asked for.
    #[error("the JWK is not a key for {0}")]
    WrongAlgorithm(Algorithm),
    /// The numbers are no key, e.g. the point is not on the curve.
    #[error("the JWK's numbers are not a valid public key")]
    NotAKey,
    /// The set is too large.
    #[error("a JWK Set may hold at most {MAX_KEYS} keys, this one has {0}")]
    TooMany(usize),
    /// The text is not a JWK Set at all.
    #[error("not a JWK Set: {0}")]
    Json(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Material {
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl Jwk {
    /// The public half of one of our own keys: marked for signatures, named by its thumbprint.
    pub(super) fn ours(material: Material, algorithm: Algorithm) -> Self {
        let kid = Some(material.thumbprint());
        Self { material, kid, alg: Some(algorithm), marked_for_signatures: true }
    }

    /// The name given to the key in its set, if any.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The one algorithm that the key is meant for, if it says so.
    pub fn alg(&self) -> Option<Algorithm> {
        self.alg
    }

    /// RFC 7638 thumbprint: base64url of the SHA-256 of the required members.
    pub fn thumbprint(&self) -> String {
        self.material.thumbprint()
    }

    pub(super) fn parsed(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, JwkRefused> {
        if self.alg.is_some_and(|own| own != algorithm) {
            return Err(JwkRefused::WrongAlgorithm(algorithm));
        }
        self.material.parsed(algorithm)
    }
}

impl JwkSet {
    /// # Errors
    /// More than [`MAX_KEYS`].
    pub fn new(keys: Vec<Jwk>) -> Result<Self, JwkRefused> {
        if keys.len() > MAX_KEYS {
            return Err(JwkRefused::TooMany(keys.len()));
        }
        Ok(Self { keys })
    }

    /// Reads a set that somebody publishes for everybody: keys for encryption and keys of types that
    /// we do not know are left out, as RFC 7517 5 advises. Broken keys and keys that should be
    /// secret still refuse the whole set, because their owner must hear of it.
    ///
    /// # Errors
    /// See [`JwkRefused`].
    pub fn from_stranger(json: &[u8]) -> Result<Self, JwkRefused> {
        // serde would also fill a struct from an array.
        if !json_object(json) {
            return Err(JwkRefused::Json("expected an object with keys".to_owned()));
        }
        let set: SetMembers<Members> =
            serde_json::from_slice(json).map_err(|error| JwkRefused::Json(error.to_string()))?;
        if set.keys.len() > MAX_KEYS {
            return Err(JwkRefused::TooMany(set.keys.len()));
        }
        let mut keys = Vec::with_capacity(set.keys.len());
        for members in set.keys {
            match Jwk::try_from(members) {
                Ok(key) => keys.push(key),
                Err(JwkRefused::Unsupported { .. }) => {}
                Err(refused) => return Err(refused),
            }
        }
        Ok(Self { keys })
    }

    /// The keys in the order of the set.
    pub fn keys(&self) -> &[Jwk] {
        &self.keys
    }

    /// The keys ready for `verify`, for the allowed algorithms only. An RSA key without `alg` gives
    /// one entry for each of RS256 and PS256 that is allowed.
    pub fn verifying_keys(&self, allowed: &[Algorithm]) -> Vec<VerifyingKey> {
        let pairs = self.keys.iter().flat_map(|key| allowed.iter().map(move |alg| (key, *alg)));
        pairs.filter_map(|(key, alg)| VerifyingKey::from_jwk(key, alg).ok()).collect()
    }
}

impl Material {
    fn parsed(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, JwkRefused> {
        let parsed = match (self, algorithm) {
            (Self::P256 { x, y }, Algorithm::Es256) => {
                let point = [&[0x04], x.as_slice(), y.as_slice()].concat();
                ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
            }
            (Self::Ed25519 { x }, Algorithm::EdDsa) => ParsedPublicKey::new(&signature::ED25519, x),
            (Self::Rsa { n, e }, Algorithm::Rs256) => {
                parsed_rsa(n, e, &signature::RSA_PKCS1_2048_8192_SHA256)
            }
            (Self::Rsa { n, e }, Algorithm::Ps256) => parsed_rsa(n, e, &signature::RSA_PSS_2048_8192_SHA256),
            _ => return Err(JwkRefused::WrongAlgorithm(algorithm)),
        };
        parsed.map_err(|_rejected| JwkRefused::NotAKey)
    }

    /// The required members in lexical order without white space, RFC 7638 3 and RFC 8037 2. All
    /// values are base64url, so nothing needs escaping.
    fn thumbprint(&self) -> String {
        let b64 = base64url::encode;
        let json = match self {
            Self::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, b64(x), b64(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, b64(x)),
            Self::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, b64(e), b64(n))
            }
        };
        b64(digest(&SHA256, json.as_bytes()).as_ref())
    }
}

fn parsed_rsa(
    n: &[u8],
    e: &[u8],
    parameters: &'static RsaParameters,
) -> Result<ParsedPublicKey, aws_lc_rs::error::KeyRejected> {
    RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters)
}

#[derive(Deserialize)]
struct SetMembers<T> {
    keys: Vec<T>,
}

impl TryFrom<SetMembers<Jwk>> for JwkSet {
    type Error = JwkRefused;

    fn try_from(set: SetMembers<Jwk>) -> Result<Self, JwkRefused> {
        Self::new(set.keys)
    }
}

/// The JSON form. Members that we do not know (`x5t`, …) are ignored, RFC 7517 4; the private ones of
/// RFC 7518 6.2.2, 6.3.2 and 6.4.1 are named here in order to be refused.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct Members {
    kty: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing)]
    key_ops: Option<Vec<String>>,
    #[serde(skip_serializing)]
    d: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    p: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    q: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    dp: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    dq: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    qi: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    oth: Option<IgnoredAny>,
    #[serde(skip_serializing)]
    k: Option<IgnoredAny>,
}

impl TryFrom<Members> for Jwk {
    type Error = JwkRefused;

    fn try_from(members: Members) -> Result<Self, JwkRefused> {
        members.refuse_secrets()?;
        members.refuse_other_uses()?;
        let material = members.material()?;
        let alg = members.algorithm()?;
        let tried = match (alg, &material) {
            (Some(alg), _) => alg,
            (None, Material::P256 { .. }) => Algorithm::Es256,
            (None, Material::Ed25519 { .. }) => Algorithm::EdDsa,
            (None, Material::Rsa { .. }) => Algorithm::Rs256,
        };
        material.parsed(tried)?;
        if members.kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
            return Err(JwkRefused::Size("kid"));
        }
        let marked_for_signatures = members.usage.is_some();
        Ok(Self { material, kid: members.kid, alg, marked_for_signatures })
    }
}

impl Members {
    fn refuse_secrets(&self) -> Result<(), JwkRefused> {
        if self.kty == "oct" || self.k.is_some() {
            return Err(JwkRefused::Symmetric);
        }
        let private = [&self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi, &self.oth];
        if private.into_iter().any(Option::is_some) {
            return Err(JwkRefused::Private);
        }
        Ok(())
    }

    fn refuse_other_uses(&self) -> Result<(), JwkRefused> {
        match (&self.usage, &self.key_ops) {
            (Some(usage), _) if usage != "sig" => Err(unsupported("use", usage)),
            (_, Some(ops)) if !ops.iter().any(|op| op == "verify") => {
                Err(unsupported("key_ops", &ops.join(" ")))
            }
            _ => Ok(()),
        }
    }

    fn material(&self) -> Result<Material, JwkRefused> {
        let curve = self.crv.as_deref();
        match (self.kty.as_str(), curve) {
            ("EC", Some("P-256")) => {
                Ok(Material::P256 { x: coordinate("x", &self.x)?, y: coordinate("y", &self.y)? })
            }
            ("OKP", Some("Ed25519")) => Ok(Material::Ed25519 { x: coordinate("x", &self.x)? }),
            ("EC" | "OKP", Some(other)) => Err(unsupported("crv", other)),
            ("EC" | "OKP", None) => Err(JwkRefused::Member("crv")),
            ("RSA", _) => rsa(bytes("n", &self.n)?, bytes("e", &self.e)?),
            (other, _) => Err(unsupported("kty", other)),
        }
    }

    fn algorithm(&self) -> Result<Option<Algorithm>, JwkRefused> {
        let Some(name) = &self.alg else { return Ok(None) };
        name.parse().map(Some).map_err(|_unknown| unsupported("alg", name))
    }
}

impl From<Jwk> for Members {
    fn from(jwk: Jwk) -> Self {
        let b64 = |bytes: &[u8]| Some(base64url::encode(bytes));
        let key = match &jwk.material {
            Material::P256 { x, y } => Self {
                kty: "EC".to_owned(),
                crv: Some("P-256".to_owned()),
                x: b64(x),
                y: b64(y),
                ..Self::default()
            },
            Material::Ed25519 { x } => {
                Self { kty: "OKP".to_owned(), crv: Some("Ed25519".to_owned()), x: b64(x), ..Self::default() }
            }
            Material::Rsa { n, e } => Self { kty: "RSA".to_owned(), n: b64(n), e: b64(e), ..Self::default() },
        };
        Self {
            usage: jwk.marked_for_signatures.then(|| "sig".to_owned()),
            alg: jwk.alg.map(|alg| alg.name().to_owned()),
            kid: jwk.kid,
            ..key
        }
    }
}

fn unsupported(member: &'static str, value: &str) -> JwkRefused {
    // The value is shown to whoever registers the key; a long one would only hide the message.
    JwkRefused::Unsupported { member, value: value.chars().take(40).collect() }
}

fn bytes(member: &'static str, value: &Option<String>) -> Result<Vec<u8>, JwkRefused> {
    let text = value.as_deref().ok_or(JwkRefused::Member(member))?;
    base64url::decode(text).ok_or(JwkRefused::Member(member))
}

/// Full width with leading zeros, RFC 7518 6.2.1.2.
fn coordinate(member: &'static str, value: &Option<String>) -> Result<[u8; 32], JwkRefused> {
    <[u8; 32]>::try_from(bytes(member, value)?).map_err(|_wrong_length| JwkRefused::Size(member))
}

/// 2048 to 4096 bits without leading zeros (RFC 7518 6.3.1, 3.3); a small odd exponent above 1, so
/// that a registered key cannot make verification slow.
fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Material, JwkRefused> {
    let long_enough = n.len() > 256 || (n.len() == 256 && n[0] >= 0x80);
    if !long_enough || n.len() > 512 || n[0] == 0 {
        return Err(JwkRefused::Size("n"));
    }
    let odd_above_one = e.last().is_some_and(|last| last % 2 == 1) && e != [1];
    if e.len() > 4 || !odd_above_one || e[0] == 0 {
        return Err(JwkRefused::Size("e"));
    }
    Ok(Material::Rsa { n, e })
}
