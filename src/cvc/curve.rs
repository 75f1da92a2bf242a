//! The curves and hashes in use: TR-03110-3 A.2.1 and TR-03116-2 chapter 3.

use aws_lc_rs::digest;

use super::{oid, tlv};

/// A curve this room can calculate on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curve {
    /// brainpoolP256r1 (RFC 5639): the cards of today.
    BrainpoolP256r1,
    /// brainpoolP384r1 (RFC 5639).
    BrainpoolP384r1,
    /// NIST P-256, secp256r1.
    P256,
    /// NIST P-384, secp384r1.
    P384,
}

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Explicit domain parameters, big-endian; `g` is an uncompressed point. The cofactor of each is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters<'a> {
    /// The prime.
    pub p: &'a [u8],
    /// First coefficient.
    pub a: &'a [u8],
    /// Second coefficient.
    pub b: &'a [u8],
    /// Base point.
    pub g: &'a [u8],
    /// Its order.
    pub n: &'a [u8],
}

impl Hash {
    /// The hash of the parts, one after the other.
    pub fn of(self, parts: &[&[u8]]) -> Vec<u8> {
        let mut context = digest::Context::new(match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        });
        for part in parts {
            context.update(part);
        }
        context.finish().as_ref().to_vec()
    }

    /// Bytes of a hash.
    pub fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// id-TA-ECDSA with this hash (TR-03110-3 A.6.4).
    pub fn ta_oid(self) -> &'static [u8] {
        match self {
            Self::Sha256 => oid::TA_ECDSA_SHA_256,
            Self::Sha384 => oid::TA_ECDSA_SHA_384,
            Self::Sha512 => oid::TA_ECDSA_SHA_512,
        }
    }

    /// The hash of an id-TA-ECDSA identifier; none for SHA-1, SHA-224 and RSA.
    pub fn from_ta_oid(id: &[u8]) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512].into_iter().find(|h| h.ta_oid() == id)
    }

    /// The identifiers of the hash itself and of ECDSA with it (RFC 5754, RFC 5758).
    pub fn x509_oids(self) -> (&'static [u8], &'static [u8]) {
        match self {
            Self::Sha256 => (oid::SHA_256, oid::ECDSA_WITH_SHA_256),
            Self::Sha384 => (oid::SHA_384, oid::ECDSA_WITH_SHA_384),
            Self::Sha512 => (oid::SHA_512, oid::ECDSA_WITH_SHA_512),
        }
    }
}

impl Curve {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::BrainpoolP256r1, Self::BrainpoolP384r1, Self::P256, Self::P384];

    /// Bytes of a coordinate and of a scalar.
    pub fn field_length(self) -> usize {
        match self {
            Self::BrainpoolP256r1 | Self::P256 => 32,
            Self::BrainpoolP384r1 | Self::P384 => 48,
        }
    }

    /// Bytes of an uncompressed point.
    pub fn point_length(self) -> usize {
        1 + 2 * self.field_length()
    }

    /// The hash of the same strength, which goes with the curve (TR-03116-2 chapter 3).
    pub fn hash(self) -> Hash {
        match self {
            Self::BrainpoolP256r1 | Self::P256 => Hash::Sha256,
            Self::BrainpoolP384r1 | Self::P384 => Hash::Sha384,
        }
    }

    /// Its number among the standardised domain parameters (TR-03110-3 A.2.1.1).
    pub fn standardized_id(self) -> u32 {
        match self {
            Self::P256 => 12,
            Self::BrainpoolP256r1 => 13,
            Self::P384 => 15,
            Self::BrainpoolP384r1 => 16,
        }
    }

    /// The identifier of the named curve (RFC 5480, RFC 5639).
    pub fn oid(self) -> &'static [u8] {
        match self {
            Self::BrainpoolP256r1 => oid::BRAINPOOL_P256R1,
            Self::BrainpoolP384r1 => oid::BRAINPOOL_P384R1,
            Self::P256 => oid::P_256,
            Self::P384 => oid::P_384,
        }
    }

    /// The curve whose parameters these are, every one of them: parameters are recognised, never calculated with.
    pub fn from_parameters(given: &Parameters<'_>) -> Option<Self> {
        let same = |x: &[u8], y: &[u8]| trimmed(x) == trimmed(y);
        Self::ALL.into_iter().find(|curve| {
            let own = curve.parameters();
            same(given.p, own.p)
                && same(given.a, own.a)
                && same(given.b, own.b)
                && given.g == own.g
                && same(given.n, own.n)
        })
    }

    /// Its domain parameters.
    pub fn parameters(self) -> Parameters<'static> {
        match self {
            Self::BrainpoolP256r1 => BRAINPOOL_P256R1,
            Self::BrainpoolP384r1 => BRAINPOOL_P384R1,
            Self::P256 => P256,
            Self::P384 => P384,
        }
    }

    /// The curve of an X.509 `AlgorithmIdentifier` for an elliptic curve key: a named curve, explicit parameters
    /// (RFC 3279 2.3.5, as German document signers have them), or standardised parameters (TR-03110-3 A.2.1.1).
    ///
    /// # Errors
    /// [`tlv::TlvError`] about the form. `None` inside if the curve is not one of ours.
    pub fn from_algorithm(algorithm: &tlv::Object<'_>) -> Result<Option<Self>, tlv::TlvError> {
        let mut reader = algorithm.inside()?;
        let id = reader.take(tlv::OID)?.value;
        let parameters = reader.object()?;
        reader.finish()?;
        if id == oid::STANDARDIZED_PARAMETERS && parameters.tag == tlv::INTEGER {
            let number = parameters.small_integer()?;
            return Ok(Self::ALL.into_iter().find(|c| c.standardized_id() == number));
        }
        if id != oid::EC_PUBLIC_KEY {
            return Ok(None);
        }
        match parameters.tag {
            tlv::OID => Ok(Self::ALL.into_iter().find(|c| c.oid() == parameters.value)),
            tlv::SEQUENCE => explicit(&parameters),
            _ => Ok(None),
        }
    }
}

/// `SpecifiedECDomain` (X9.62; RFC 3279 2.3.5), a prime field only.
fn explicit(parameters: &tlv::Object<'_>) -> Result<Option<Curve>, tlv::TlvError> {
    let mut reader = parameters.inside()?;
    reader.take(tlv::INTEGER)?;
    let mut field = reader.take(tlv::SEQUENCE)?.inside()?;
    if field.take(tlv::OID)?.value != oid::PRIME_FIELD {
        return Ok(None);
    }
    let p = field.take(tlv::INTEGER)?.magnitude()?;
    let mut curve = reader.take(tlv::SEQUENCE)?.inside()?;
    let a = curve.take(tlv::OCTET_STRING)?.value;
    let b = curve.take(tlv::OCTET_STRING)?.value;
    let g = reader.take(tlv::OCTET_STRING)?.value;
    let n = reader.take(tlv::INTEGER)?.magnitude()?;
    if let Some(cofactor) = reader.optional(tlv::INTEGER)?
        && cofactor.small_integer()? != 1
    {
        return Ok(None);
    }
    Ok(Curve::from_parameters(&Parameters { p, a, b, g, n }))
}

/// Without leading zero bytes.
fn trimmed(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|b| **b == 0).count()..]
}

/// Hexadecimal digits to bytes while compiling.
const fn hex<const N: usize>(digits: &str) -> [u8; N] {
    let digits = digits.as_bytes();
    assert!(digits.len() == 2 * N, "as many digits as the array needs");
    let mut out = [0; N];
    let mut at = 0;
    while at < N {
        out[at] = nibble(digits[2 * at]) << 4 | nibble(digits[2 * at + 1]);
        at += 1;
    }
    out
}

const fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'A'..=b'F' => digit - b'A' + 10,
        _ => panic!("a hexadecimal digit"),
    }
}

/// RFC 5639 3.4.
const BRAINPOOL_P256R1: Parameters<'static> = Parameters {
    p: &hex::<32>("A9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377"),
    a: &hex::<32>("7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9"),
    b: &hex::<32>("26DC5C6CE94A4B44F330B5D9BBD77CBF958416295CF7E1CE6BCCDC18FF8C07B6"),
    g: &hex::<65>(concat!(
        "048BD2AEB9CB7E57CB2C4B482FFC81B7AFB9DE27E1E3BD23C23A4453BD9ACE3262547EF835C3DAC4FD97F8461A14611D",
        "C9C27745132DED8E545C1D54C72F046997"
    )),
    n: &hex::<32>("A9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7"),
};
/// RFC 5639 3.6.
const BRAINPOOL_P384R1: Parameters<'static> = Parameters {
    p: &hex::<48>(
        "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B412B1DA197FB71123ACD3A729901D1A71874700133107EC53",
    ),
    a: &hex::<48>(
        "7BC382C63D8C150C3C72080ACE05AFA0C2BEA28E4FB22787139165EFBA91F90F8AA5814A503AD4EB04A8C7DD22CE2826",
    ),
    b: &hex::<48>(
        "04A8C7DD22CE28268B39B55416F0447C2FB77DE107DCD2A62E880EA53EEB62D57CB4390295DBC9943AB78696FA504C11",
    ),
    g: &hex::<97>(concat!(
        "041D1C64F068CF45FFA2A63A81B7C13F6B8847A3E77EF14FE3DB7FCAFE0CBD10E8E826E03436D646AAEF87B2E247D4AF",
        "1E8ABE1D7520F9C2A45CB1EB8E95CFD55262B70B29FEEC5864E19C054FF99129280E4646217791811142820341263C53",
        "15"
    )),
    n: &hex::<48>(
        "8CB91E82A3386D280F5D6F7E50E641DF152F7109ED5456B31F166E6CAC0425A7CF3AB6AF6B7FC3103B883202E9046565",
    ),
};
/// SEC 2 2.4.2.
const P256: Parameters<'static> = Parameters {
    p: &hex::<32>("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"),
    a: &hex::<32>("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFC"),
    b: &hex::<32>("5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B"),
    g: &hex::<65>(concat!(
        "046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C2964FE342E2FE1A7F9B8EE7EB4A7C0F9E",
        "162BCE33576B315ECECBB6406837BF51F5"
    )),
    n: &hex::<32>("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"),
};
/// SEC 2 2.5.1.
const P384: Parameters<'static> = Parameters {
    p: &hex::<48>(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFF",
    ),
    a: &hex::<48>(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFFFF0000000000000000FFFFFFFC",
    ),
    b: &hex::<48>(
        "B3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF",
    ),
    g: &hex::<97>(concat!(
        "04AA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760A",
        "B73617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E",
        "5F"
    )),
    n: &hex::<48>(
        "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973",
    ),
};
