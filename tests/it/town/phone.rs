//! An authenticator and its browser in software, for tests and the benchmark: it makes resident ES256
//! (or RS256) keys, answers as `PublicKeyCredential.toJSON()` does, and lies on request.
//!
//! Stands on its own (no item of the crate under test), so that the two sides share no mistake. Its
//! public items are included with `pub mod phone`, hence not all of them are used everywhere.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SystemRandom, fill};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value as Cbor;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use serde_json::{Map, Value, json};

/// Model number of Chromium's test authenticator, the default here.
pub const TEST_MODEL: [u8; 16] = [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8];

/// What the phone sends to vouch for a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Format `none`.
    None,
    /// Format `packed`, signed by the new key.
    SelfPacked,
    /// Format `packed`, signed by a certificate of the phone's maker, see [`Phone::maker`].
    Packed,
    /// A format of this name with a statement nobody understands.
    Foreign(&'static str),
}

/// How the phone behaves; may be changed at any time.
#[derive(Clone, Debug)]
pub struct Manner {
    /// The flag UP.
    pub user_present: bool,
    /// The flag UV.
    pub user_verified: bool,
    /// The flag BE.
    pub backup_eligible: bool,
    /// The flag BS.
    pub backup_state: bool,
    /// Model number.
    pub aaguid: [u8; 16],
    /// Makes RS256 keys of 2048 bits, as older Windows computers do, instead of ES256.
    pub rsa: bool,
    /// Counts its signatures, or always says 0 as synced passkeys do.
    pub counts: bool,
    /// Vouching for new keys.
    pub statement: Statement,
    /// What `getTransports()` says.
    pub transports: Vec<String>,
    /// Length of new credential ids in bytes.
    pub credential_id_bytes: usize,
    /// Answers with a user handle; old security keys do not when they are asked for one credential.
    pub names_user: bool,
}

impl Default for Manner {
    /// A key bound to the device, user verified, no attestation, no counter.
    fn default() -> Self {
        Self {
            user_present: true,
            user_verified: true,
            backup_eligible: false,
            backup_state: false,
            aaguid: TEST_MODEL,
            rsa: false,
            counts: false,
            statement: Statement::None,
            transports: vec!["internal".to_owned(), "hybrid".to_owned()],
            credential_id_bytes: 32,
            names_user: true,
        }
    }
}

impl Manner {
    /// A passkey that is copied to the owner's other devices.
    #[must_use]
    pub fn synced() -> Self {
        Self { backup_eligible: true, backup_state: true, ..Self::default() }
    }
}

/// What the phone, or somebody in between, says instead of the truth.
#[derive(Clone, Debug, Default)]
pub struct Lies {
    /// `clientDataJSON.type`.
    pub ceremony: Option<String>,
    /// `clientDataJSON.challenge`, as bytes.
    pub challenge: Option<Vec<u8>>,
    /// `clientDataJSON.origin`.
    pub origin: Option<String>,
    /// `clientDataJSON.crossOrigin`.
    pub cross_origin: Option<bool>,
    /// `clientDataJSON.topOrigin`.
    pub top_origin: Option<String>,
    /// The RP ID whose hash is signed.
    pub rp_id: Option<String>,
    /// The user handle.
    pub user_handle: Option<Vec<u8>>,
    /// The counter.
    pub counter: Option<u32>,
    /// Turns a bit of the signature over (of the attestation statement, when registering).
    pub spoils_signature: bool,
    /// COSE algorithm of a new key, whatever it is.
    pub algorithm: Option<i64>,
    /// The AAGUID in the maker's certificate.
    pub certified_aaguid: Option<[u8; 16]>,
}

/// A resident key.
pub struct ResidentKey {
    /// Random.
    pub credential_id: Vec<u8>,
    /// For which RP ID.
    pub rp_id: String,
    /// Whose, in the words of the relying party.
    pub user_handle: Vec<u8>,
    /// Signatures made so far, registration included.
    pub counter: u32,
    key: PrivateKey,
}

enum PrivateKey {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

impl ResidentKey {
    /// The public key: an uncompressed point (65 bytes), or `RSAPublicKey` in DER.
    #[must_use]
    pub fn public_key(&self) -> &[u8] {
        match &self.key {
            PrivateKey::Es256(key) => key.public_key().as_ref(),
            PrivateKey::Rs256(key) => key.public_key().as_ref(),
        }
    }

    const fn algorithm(&self) -> i64 {
        match self.key {
            PrivateKey::Es256(_) => -7,
            PrivateKey::Rs256(_) => -257,
        }
    }
}

/// A certificate authority of a phone maker.
pub struct Maker {
    issuer: Issuer<'static, KeyPair>,
    /// The root certificate, PEM.
    pub root_pem: String,
}

impl Maker {
    /// A maker whose root certificate has this common name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut root = CertificateParams::default();
        root.distinguished_name.push(DnType::CommonName, name);
        root.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().expect("a fresh key");
        let root_pem = root.self_signed(&key).expect("a root certificate").pem();
        Self { issuer: Issuer::new(root, key), root_pem }
    }

    /// A certificate for one batch of phones (§8.2.1), DER, and its key.
    fn certify(&self, aaguid: [u8; 16]) -> (Vec<u8>, PrivateKey) {
        let mut leaf = CertificateParams::default();
        for (kind, text) in [
            (DnType::CountryName, "AT"),
            (DnType::OrganizationName, "Phones of Torhausen"),
            (DnType::OrganizationalUnitName, "Authenticator Attestation"),
            (DnType::CommonName, "Batch 1"),
        ] {
            leaf.distinguished_name.push(kind, text);
        }
        leaf.is_ca = IsCa::ExplicitNoCa;
        let octets = [&[0x04, 16], aaguid.as_slice()].concat();
        leaf.custom_extensions =
            vec![CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 45724, 1, 1, 4], octets)];
        let key = KeyPair::generate().expect("a fresh key");
        let certificate = leaf.signed_by(&key, &self.issuer).expect("a certificate");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key.serialize_der());
        (certificate.der().to_vec(), PrivateKey::Es256(pair.expect("a P-256 key")))
    }
}

/// A phone with its browser.
#[derive(Default)]
pub struct Phone {
    /// How it behaves.
    pub manner: Manner,
    /// What it lies about; nothing by default.
    pub lies: Lies,
    /// Its keys, oldest first.
    pub keys: Vec<ResidentKey>,
    /// Who made it; needed for [`Statement::Packed`].
    pub maker: Option<Maker>,
}

impl Phone {
    /// A phone that behaves like this.
    #[must_use]
    pub fn new(manner: Manner) -> Self {
        Self { manner, ..Self::default() }
    }

    /// `navigator.credentials.create(options)` on a page of `origin`; `options` are those of the relying
    /// party, `{"publicKey": …}`.
    ///
    /// # Panics
    /// If the options are not complete, or the phone has an excluded key or knows no offered algorithm:
    /// a browser would refuse as well.
    pub fn create(&mut self, options: &Value, origin: &str) -> Value {
        let options = &options["publicKey"];
        let rp_id = text(&options["rp"]["id"]);
        let algorithm = if self.manner.rsa { -257 } else { -7 };
        let offers = array(&options["pubKeyCredParams"]);
        assert!(offers.iter().any(|offer| offer["alg"] == json!(algorithm)), "{algorithm} is not offered");
        for excluded in options["excludeCredentials"].as_array().into_iter().flatten() {
            let id = bytes(&excluded["id"]);
            assert!(self.keys.iter().all(|key| key.credential_id != id), "the phone has an excluded key");
        }
        let key = ResidentKey {
            credential_id: random(self.manner.credential_id_bytes),
            rp_id: rp_id.clone(),
            user_handle: bytes(&options["user"]["id"]),
            counter: u32::from(self.manner.counts),
            key: self.draw(),
        };
        let client_data = self.client_data("webauthn.create", options, origin);
        let auth_data = self.auth_data(&key, &rp_id, true);
        let (format, statement) = self.statement(&key, &auth_data, &client_data);
        let attestation_object = cbor(&Cbor::Map(vec![
            (word("fmt"), word(&format)),
            (word("attStmt"), statement),
            (word("authData"), Cbor::Bytes(auth_data.clone())),
        ]));
        let id = base64url(&key.credential_id);
        self.keys.push(key);
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {"credProps": {"rk": true}},
            "response": {
                "clientDataJSON": base64url(&client_data),
                "attestationObject": base64url(&attestation_object),
                "authenticatorData": base64url(&auth_data),
                "publicKeyAlgorithm": algorithm,
                "transports": self.manner.transports,
            },
        })
    }

    /// `navigator.credentials.get(options)` on a page of `origin`, with the newest fitting key.
    ///
    /// # Panics
    /// If the options are not complete, or no key fits: a browser would refuse as well.
    pub fn get(&mut self, options: &Value, origin: &str) -> Value {
        let options = &options["publicKey"];
        let rp_id = text(&options["rpId"]);
        let allowed: Vec<Vec<u8>> = options["allowCredentials"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| bytes(&one["id"]))
            .collect();
        let fits = |key: &ResidentKey| {
            key.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&key.credential_id))
        };
        let at = self.keys.iter().rposition(fits).expect("a key for this site");
        if self.manner.counts {
            self.keys[at].counter += 1;
        }
        let key = &self.keys[at];
        let client_data = self.client_data("webauthn.get", options, origin);
        let auth_data = self.auth_data(key, &rp_id, false);
        let signature = self.spoilt(sign(&key.key, &auth_data, &client_data));
        let id = base64url(&key.credential_id);
        let mut response = json!({
            "clientDataJSON": base64url(&client_data),
            "authenticatorData": base64url(&auth_data),
            "signature": base64url(&signature),
        });
        if self.manner.names_user {
            let handle = self.lies.user_handle.as_deref().unwrap_or(&key.user_handle);
            response["userHandle"] = json!(base64url(handle));
        }
        json!({
            "id": id,
            "rawId": id,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        })
    }

    fn draw(&self) -> PrivateKey {
        if self.manner.rsa {
            PrivateKey::Rs256(RsaKeyPair::generate(KeySize::Rsa2048).expect("a fresh key"))
        } else {
            let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING);
            PrivateKey::Es256(key.expect("a fresh key"))
        }
    }

    fn client_data(&self, ceremony: &str, options: &Value, origin: &str) -> Vec<u8> {
        let challenge = self.lies.challenge.clone().unwrap_or_else(|| bytes(&options["challenge"]));
        let mut data = Map::new();
        data.insert("type".to_owned(), json!(self.lies.ceremony.as_deref().unwrap_or(ceremony)));
        data.insert("challenge".to_owned(), json!(base64url(&challenge)));
        data.insert("origin".to_owned(), json!(self.lies.origin.as_deref().unwrap_or(origin)));
        data.insert("crossOrigin".to_owned(), json!(self.lies.cross_origin.unwrap_or(false)));
        if let Some(top) = &self.lies.top_origin {
            data.insert("topOrigin".to_owned(), json!(top));
        }
        // Browsers add a member like this now and then to keep parsers honest (§5.8.1.1).
        data.insert("other_keys_can_be_added_here".to_owned(), json!("do not compare against a template"));
        serde_json::to_vec(&data).expect("JSON")
    }

    /// §6.1; with the attested credential data of §6.5.1 when `fresh`.
    fn auth_data(&self, key: &ResidentKey, rp_id: &str, fresh: bool) -> Vec<u8> {
        let manner = &self.manner;
        let flags = u8::from(manner.user_present)
            | u8::from(manner.user_verified) << 2
            | u8::from(manner.backup_eligible) << 3
            | u8::from(manner.backup_state) << 4
            | u8::from(fresh) << 6;
        let counter = self.lies.counter.unwrap_or(key.counter);
        let mut data = sha256(self.lies.rp_id.as_deref().unwrap_or(rp_id).as_bytes());
        data.push(flags);
        data.extend(counter.to_be_bytes());
        if fresh {
            data.extend(manner.aaguid);
            let length = u16::try_from(key.credential_id.len()).expect("a short id");
            data.extend(length.to_be_bytes());
            data.extend(&key.credential_id);
            data.extend(self.cose_key(key));
        }
        data
    }

    /// RFC 9053 §7.1.1 and RFC 8230 §4, in the order CTAP2 wants.
    fn cose_key(&self, key: &ResidentKey) -> Vec<u8> {
        let number = |n: i64| Cbor::Integer(n.into());
        let binary = |bytes: &[u8]| Cbor::Bytes(bytes.to_vec());
        let algorithm = (number(3), number(self.lies.algorithm.unwrap_or_else(|| key.algorithm())));
        let public = key.public_key();
        cbor(&Cbor::Map(match key.key {
            PrivateKey::Es256(_) => vec![
                (number(1), number(2)),
                algorithm,
                (number(-1), number(1)),
                (number(-2), binary(&public[1..33])),
                (number(-3), binary(&public[33..])),
            ],
            // The DER of a key of 2048 bits always has its parts at the same places.
            PrivateKey::Rs256(_) => vec![
                (number(1), number(3)),
                algorithm,
                (number(-1), binary(&public[9..265])),
                (number(-2), binary(&public[267..])),
            ],
        }))
    }

    fn statement(&self, key: &ResidentKey, auth_data: &[u8], client_data: &[u8]) -> (String, Cbor) {
        let packed = |algorithm: i64, signature: Vec<u8>| {
            vec![
                (word("alg"), Cbor::Integer(algorithm.into())),
                (word("sig"), Cbor::Bytes(self.spoilt(signature))),
            ]
        };
        match self.manner.statement {
            Statement::None => ("none".to_owned(), Cbor::Map(Vec::new())),
            Statement::SelfPacked => (
                "packed".to_owned(),
                Cbor::Map(packed(key.algorithm(), sign(&key.key, auth_data, client_data))),
            ),
            Statement::Packed => {
                let maker = self.maker.as_ref().expect("a maker to vouch for the phone");
                let (certificate, pair) =
                    maker.certify(self.lies.certified_aaguid.unwrap_or(self.manner.aaguid));
                let mut statement = packed(-7, sign(&pair, auth_data, client_data));
                statement.push((word("x5c"), Cbor::Array(vec![Cbor::Bytes(certificate)])));
                ("packed".to_owned(), Cbor::Map(statement))
            }
            Statement::Foreign(format) => {
                (format.to_owned(), Cbor::Map(vec![(word("seal"), Cbor::Bytes(random(16)))]))
            }
        }
    }

    fn spoilt(&self, mut signature: Vec<u8>) -> Vec<u8> {
        if self.lies.spoils_signature
            && let Some(last) = signature.last_mut()
        {
            *last ^= 1;
        }
        signature
    }
}

/// Signs authenticator data and the hash of the client data.
fn sign(key: &PrivateKey, auth_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let message = [auth_data, &sha256(client_data)].concat();
    let random = SystemRandom::new();
    match key {
        PrivateKey::Es256(key) => key.sign(&random, &message).expect("a signature").as_ref().to_vec(),
        PrivateKey::Rs256(key) => {
            let mut signature = vec![0; key.public_modulus_len()];
            key.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature).expect("a signature");
            signature
        }
    }
}

fn sha256(data: &[u8]) -> Vec<u8> {
    digest(&SHA256, data).as_ref().to_vec()
}

fn random(length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    fill(&mut out).expect("random bytes");
    out
}

fn cbor(value: &Cbor) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(value, &mut out).expect("CBOR");
    out
}

fn word(text: &str) -> Cbor {
    Cbor::Text(text.to_owned())
}

fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn bytes(value: &Value) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text(value)).expect("base64url")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}
