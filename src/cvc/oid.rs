//! Object identifiers, as the contents of their DER encoding (without tag and length).

/// `bsi-de` 0.4.0.127.0.7 and what follows.
macro_rules! bsi {
    ($($arc:expr),*) => { &[0x04, 0x00, 0x7F, 0x00, 0x07, $($arc),*] };
}

/// id-TA 0.4.0.127.0.7.2.2.2: terminal authentication (TR-03110-3 A.1.1.3).
pub const TA: &[u8] = bsi!(2, 2, 2);
/// id-TA-ECDSA-SHA-256 (TR-03110-3 A.6.4).
pub const TA_ECDSA_SHA_256: &[u8] = bsi!(2, 2, 2, 2, 3);
/// id-TA-ECDSA-SHA-384.
pub const TA_ECDSA_SHA_384: &[u8] = bsi!(2, 2, 2, 2, 4);
/// id-TA-ECDSA-SHA-512.
pub const TA_ECDSA_SHA_512: &[u8] = bsi!(2, 2, 2, 2, 5);

/// id-PK-ECDH: a chip's public key for ECDH (TR-03110-3 A.1.1.2).
pub const PK_ECDH: &[u8] = bsi!(2, 2, 1, 2);
/// id-CA-ECDH: the domain parameters of chip authentication (TR-03110-3 A.1.1.2).
pub const CA_ECDH: &[u8] = bsi!(2, 2, 3, 2);
/// id-CA-ECDH-AES-CBC-CMAC-128 (TR-03110-3 A.4).
pub const CA_ECDH_AES_128: &[u8] = bsi!(2, 2, 3, 2, 2);
/// id-CA-ECDH-AES-CBC-CMAC-192.
pub const CA_ECDH_AES_192: &[u8] = bsi!(2, 2, 3, 2, 3);
/// id-CA-ECDH-AES-CBC-CMAC-256.
pub const CA_ECDH_AES_256: &[u8] = bsi!(2, 2, 3, 2, 4);
/// id-PACE: every PACE protocol begins with it (TR-03110-3 A.1.1.1).
pub const PACE: &[u8] = bsi!(2, 2, 4);
/// id-PACE-ECDH-GM-AES-CBC-CMAC-128 (TR-03110-3 A.3).
pub const PACE_ECDH_GM_AES_128: &[u8] = bsi!(2, 2, 4, 2, 2);
/// id-PACE-ECDH-GM-AES-CBC-CMAC-192.
pub const PACE_ECDH_GM_AES_192: &[u8] = bsi!(2, 2, 4, 2, 3);
/// id-PACE-ECDH-GM-AES-CBC-CMAC-256.
pub const PACE_ECDH_GM_AES_256: &[u8] = bsi!(2, 2, 4, 2, 4);

/// id-RI-ECDH: the domain parameters of restricted identification (TR-03110-3 A.1.1.4).
pub const RI_ECDH: &[u8] = bsi!(2, 2, 5, 2);
/// id-RI-ECDH-SHA-256 (TR-03110-3 A.5).
pub const RI_ECDH_SHA_256: &[u8] = bsi!(2, 2, 5, 2, 3);
/// id-RI-ECDH-SHA-384.
pub const RI_ECDH_SHA_384: &[u8] = bsi!(2, 2, 5, 2, 4);
/// id-PT: what only privileged terminals may use (TR-03110-3 A.1.1.8).
pub const PRIVILEGED_TERMINAL: &[u8] = bsi!(2, 2, 8);

/// standardizedDomainParameters 0.4.0.127.0.7.1.2 (TR-03110-3 A.2.1.1).
pub const STANDARDIZED_PARAMETERS: &[u8] = bsi!(1, 2);
/// id-AT: the role of an authentication terminal (TR-03110-4 2.2.3).
pub const AT: &[u8] = bsi!(3, 1, 2, 2);
/// id-description: the certificate extension with the hash of the description (TR-03110-4 2.2.6).
pub const DESCRIPTION: &[u8] = bsi!(3, 1, 3, 1);
/// id-plainFormat: a description in plain text.
pub const DESCRIPTION_PLAIN: &[u8] = bsi!(3, 1, 3, 1, 1);
/// id-sector: the certificate extension with the hashes of the sector keys (TR-03110-4 2.2.6).
pub const SECTOR: &[u8] = bsi!(3, 1, 3, 2);
/// id-DateOfBirth: age verification (TR-03110-4 2.2.7).
pub const DATE_OF_BIRTH: &[u8] = bsi!(3, 1, 4, 1);
/// id-DateOfExpiry: verification of the document's validity.
pub const DATE_OF_EXPIRY: &[u8] = bsi!(3, 1, 4, 2);
/// id-CommunityID: verification of the community.
pub const COMMUNITY_ID: &[u8] = bsi!(3, 1, 4, 3);
/// id-SecurityObject: what EF.CardSecurity carries (TR-03110-3 A.1.2.5).
pub const SECURITY_OBJECT: &[u8] = bsi!(3, 2, 1);

/// id-ecPublicKey 1.2.840.10045.2.1 (RFC 5480).
pub const EC_PUBLIC_KEY: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// prime-field 1.2.840.10045.1.1 (X9.62, RFC 3279).
pub const PRIME_FIELD: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x01, 0x01];
/// prime256v1.
pub const P_256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
/// secp384r1.
pub const P_384: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];
/// brainpoolP256r1 (RFC 5639).
pub const BRAINPOOL_P256R1: &[u8] = &[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07];
/// brainpoolP384r1 (RFC 5639).
pub const BRAINPOOL_P384R1: &[u8] = &[0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0B];

/// ecdsa-with-SHA256 1.2.840.10045.4.3.2 (RFC 5758).
pub const ECDSA_WITH_SHA_256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02];
/// ecdsa-with-SHA384.
pub const ECDSA_WITH_SHA_384: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x03];
/// ecdsa-with-SHA512.
pub const ECDSA_WITH_SHA_512: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x04];
/// id-sha256 2.16.840.1.101.3.4.2.1 (RFC 5754).
pub const SHA_256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// id-sha384.
pub const SHA_384: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02];
/// id-sha512.
pub const SHA_512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];

/// id-signedData 1.2.840.113549.1.7.2 (RFC 5652 5.1).
pub const SIGNED_DATA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02];
/// id-contentType (RFC 5652 11.1).
pub const CONTENT_TYPE: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x03];
/// id-messageDigest (RFC 5652 11.2).
pub const MESSAGE_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x04];
/// id-at-commonName 2.5.4.3 (RFC 5280 A.1).
pub const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
