//! Registering a new credential (§7.1).

use std::time::SystemTime;

use serde_json::Value;
use uuid::Uuid;
use webauthn_rs::prelude::{COSEAlgorithm, Credential, Passkey, RegisterPublicKeyCredential};
use webauthn_rs_core::proto::{
    AttestationConveyancePreference, AuthenticatorTransport, PublicKeyCredentialDescriptor,
    RegistrationState, RequestRegistrationExtensions, UserVerificationPolicy,
};

use super::attestation::{AttestationObject, Found, cannot_be_checked, forgotten};
use super::state::{Registration, State, base64url, with_challenge};
use super::{
    Aaguid, Attestation, Begun, Challenge, MAX_ANSWER_BYTES, MAX_CREDENTIAL_ID_BYTES, PublicKey, Refusal,
    RelyingParty, client_data,
};

/// Who gets the new credential. Not `Debug`: names are not for the log.
#[derive(Clone, Copy)]
pub struct NewUser<'a> {
    /// Random, stable, in no other use: authenticators hand it out at every login (§14.6.1).
    pub handle: Uuid,
    /// Tells accounts apart in the browser's list. Leaves the house: no more than needed.
    pub name: &'a str,
    /// What the browser shows.
    pub display_name: &'a str,
}

/// A new credential, checked; the caller stores it unless the id is known already.
#[derive(Clone, Debug)]
pub struct Registered {
    /// The user for whom the ceremony was begun.
    pub user_handle: Uuid,
    /// Form for the store: JSON, about 500 bytes with a credential id of 32.
    pub credential: Vec<u8>,
    /// At most [`MAX_CREDENTIAL_ID_BYTES`]; must be new to the whole appliance (§7.1 step 26).
    pub credential_id: Vec<u8>,
    /// For the person binding.
    pub public_key: PublicKey,
    /// Model of the authenticator, if it says so; a claim unless the attestation is trusted.
    pub aaguid: Option<Aaguid>,
    /// How it is reached: `internal`, `hybrid`, `usb`, `nfc`, `ble`. A hint.
    pub transports: Vec<String>,
    /// May be copied to other devices; never changes.
    pub backup_eligible: bool,
    /// Is copied at present.
    pub backup_state: bool,
    /// Always true under our policy.
    pub user_verified: bool,
    /// What the maker vouches for.
    pub attestation: Attestation,
}

impl RelyingParty {
    /// Begins a registration. `exclude` are the credentials which the person has already.
    ///
    /// # Errors
    /// [`Refusal::NamelessUser`] if a name is empty.
    pub fn begin_registration(
        &self,
        user: &NewUser,
        exclude: &[Vec<u8>],
        challenge: &Challenge,
    ) -> Result<Begun, Refusal> {
        let extensions =
            RequestRegistrationExtensions { uvm: None, cred_props: Some(true), ..Default::default() };
        let builder = self
            .core
            .new_challenge_register_builder(user.handle.as_bytes(), user.name, user.display_name)?
            .attestation(AttestationConveyancePreference::Direct)
            .user_verification_policy(UserVerificationPolicy::Required)
            .require_resident_key(true)
            .credential_algorithms(vec![COSEAlgorithm::ES256, COSEAlgorithm::RS256])
            .extensions(Some(extensions));
        let (mut options, library) = self.core.generate_challenge_register(builder)?;
        options.public_key.challenge = challenge.to_vec();
        // Not given to the builder: the library reports a hit as "wrong algorithm".
        options.public_key.exclude_credentials = Some(exclude.iter().map(|id| descriptor(id)).collect());
        let state = State::Registration(Registration {
            user_handle: user.handle,
            exclude: exclude.iter().map(|id| base64url(id)).collect(),
            library: with_challenge(library, "/challenge", challenge),
        });
        Ok(Begun { options: json(&options), state: state.write() })
    }

    /// Finishes a registration: `state` as it was stored, `answer` the body which the page sent, `now`
    /// for the validity of attestation certificates.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing is to be stored then, and the state is spent.
    pub fn finish_registration(
        &self,
        state: &str,
        answer: &[u8],
        now: SystemTime,
    ) -> Result<Registered, Refusal> {
        let state = State::registration(state)?;
        let Ok(library) = serde_json::from_value::<RegistrationState>(state.library) else {
            return Err(Refusal::WrongState);
        };
        let answer = read_answer(answer)?;
        client_data::check(&answer.response.client_data_json, "webauthn.create", &self.origin)?;
        let Some(object) = AttestationObject::read(&answer.response.attestation_object) else {
            return Err(Refusal::Malformed);
        };

        let mut credential = self.verify(&answer, &object, &library)?;
        if credential.cred_id.len() > MAX_CREDENTIAL_ID_BYTES || credential.cred_id != answer.raw_id {
            return Err(Refusal::Malformed);
        }
        if state.exclude.contains(&base64url(&credential.cred_id)) {
            return Err(Refusal::AlreadyRegistered);
        }
        let public_key = PublicKey::of(&credential.cred)?;

        let (statement, format) = forgotten();
        let statement = std::mem::replace(&mut credential.attestation, statement);
        credential.attestation_format = format;
        let found = Found { format: object.format, aaguid: object.aaguid, statement };
        let transports = known_transports(answer.response.transports);
        // The library keeps transports only where they are attested; as hints they help every time.
        credential.transports = (!transports.is_empty()).then(|| transports.clone());
        Ok(Registered {
            user_handle: state.user_handle,
            credential_id: credential.cred_id.clone(),
            public_key,
            aaguid: found.aaguid,
            transports: transports.iter().map(ToString::to_string).collect(),
            backup_eligible: credential.backup_eligible,
            backup_state: credential.backup_state,
            user_verified: credential.user_verified,
            attestation: self.trust.judge(&found, now),
            credential: write_credential(credential),
        })
    }

    /// Runs the library, without roots: trust is judged afterwards, with `now` as an argument.
    fn verify(
        &self,
        answer: &RegisterPublicKeyCredential,
        object: &AttestationObject,
        state: &RegistrationState,
    ) -> Result<Credential, Refusal> {
        match self.core.register_credential(answer, state, None) {
            Err(error) if cannot_be_checked(&object.format, &error) => {
                let mut bare = answer.clone();
                bare.response.attestation_object = object.without_statement();
                Ok(self.core.register_credential(&bare, state, None)?)
            }
            result => Ok(result?),
        }
    }
}

fn read_answer(answer: &[u8]) -> Result<RegisterPublicKeyCredential, Refusal> {
    if answer.len() > MAX_ANSWER_BYTES {
        return Err(Refusal::TooLarge);
    }
    let answer = super::read_json::<RegisterPublicKeyCredential>(answer);
    answer.filter(|answer| answer.type_ == "public-key").ok_or(Refusal::Malformed)
}

fn descriptor(id: &[u8]) -> PublicKeyCredentialDescriptor {
    PublicKeyCredentialDescriptor { type_: "public-key".to_owned(), id: id.to_vec(), transports: None }
}

fn known_transports(named: Option<Vec<AuthenticatorTransport>>) -> Vec<AuthenticatorTransport> {
    let mut known = Vec::new();
    for transport in named.unwrap_or_default() {
        let odd = matches!(transport, AuthenticatorTransport::Unknown | AuthenticatorTransport::Test);
        if !odd && !known.contains(&transport) {
            known.push(transport);
        }
    }
    known
}

pub(super) fn write_credential(credential: Credential) -> Vec<u8> {
    serde_json::to_vec(&Passkey::from(credential))
        .expect("a credential without certificates always serialises")
}

pub(super) fn json(options: &impl serde::Serialize) -> Value {
    serde_json::to_value(options).expect("options always serialise")
}
