//! Logging in with a credential (§7.2).

use uuid::Uuid;
use webauthn_rs::prelude::{
    Credential, DiscoverableAuthentication, DiscoverableKey, Passkey, PublicKeyCredential, WebauthnError,
};
use webauthn_rs_core::crypto::compute_sha256;
use webauthn_rs_core::proto::AllowCredentials;

use super::registration::{json, write_credential};
use super::state::{Authentication, State, base64url, with_challenge};
use super::{
    Begun, Challenge, MAX_ANSWER_BYTES, MAX_CREDENTIAL_ID_BYTES, Refusal, RelyingParty, client_data,
};

/// How the browser offers the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mediation {
    /// In the autofill list of an input; the request waits until somebody chooses (§5.1.4).
    Conditional,
    /// In a dialogue, after a button was pressed.
    Modal,
}

/// An assertion, read but not yet checked: enough to find the row.
#[derive(Clone, Debug)]
pub struct Assertion {
    /// Which user the authenticator named; always there at a login without user name.
    pub user_handle: Option<Uuid>,
    /// Which credential signed.
    pub credential_id: Vec<u8>,
    answer: PublicKeyCredential,
}

/// The row found by [`Assertion::credential_id`].
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// Handle of the user who owns the credential.
    pub owner: Uuid,
    /// [`super::Registered::credential`], or the last [`Authenticated::updated`].
    pub credential: &'a [u8],
}

/// A login that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authenticated {
    /// Owner of the credential.
    pub user_handle: Uuid,
    /// Signature counter of the authenticator; 0 if it has none.
    pub counter: u32,
    /// As fixed at registration.
    pub backup_eligible: bool,
    /// Copied to other devices at present.
    pub backup_state: bool,
    /// The credential turned up in a backup since it was last seen. A means counted as bound to one
    /// device is to be suspended now.
    pub newly_backed_up: bool,
    /// Always true under our policy.
    pub user_verified: bool,
    /// New stored form, if counter or backup state changed. To be written on condition that the row
    /// still has the old one; otherwise two logins raced, and this one counts as [`Refusal::CounterBack`].
    pub updated: Option<Vec<u8>>,
}

impl RelyingParty {
    /// Begins a login without user name: any discoverable credential of this site may answer.
    #[must_use]
    pub fn begin_authentication(&self, mediation: Mediation, challenge: &Challenge) -> Begun {
        self.begin(None, mediation, challenge)
    }

    /// Begins a confirmation by a person who is known already; one of `credentials`, in stored form,
    /// must answer.
    ///
    /// # Errors
    /// [`Refusal::StoredUnreadable`]; [`Refusal::UnknownCredential`] if there are none, because an empty
    /// list would mean "any".
    pub fn begin_authentication_for(
        &self,
        credentials: &[&[u8]],
        challenge: &Challenge,
    ) -> Result<Begun, Refusal> {
        if credentials.is_empty() {
            return Err(Refusal::UnknownCredential);
        }
        let known = credentials.iter().copied().map(read_credential).collect::<Result<_, _>>()?;
        Ok(self.begin(Some(known), Mediation::Modal, challenge))
    }

    fn begin(&self, known: Option<Vec<Credential>>, mediation: Mediation, challenge: &Challenge) -> Begun {
        let (mut options, library) = self
            .login
            .start_discoverable_authentication()
            .expect("only a request for an unknown policy fails, and this one is fixed");
        options.public_key.challenge = challenge.to_vec();
        options.public_key.extensions = None;
        if mediation == Mediation::Modal {
            options.mediation = None;
        }
        let allowed =
            known.as_ref().map(|list| list.iter().map(|credential| base64url(&credential.cred_id)).collect());
        options.public_key.allow_credentials = known.into_iter().flatten().map(allow).collect();
        let library = with_challenge(library, "/ast/challenge", challenge);
        let state = State::Authentication(Authentication { allowed, library });
        Begun { options: json(&options), state: state.write() }
    }

    /// Finishes a login: `state` as it was stored, `stored` the row of `assertion.credential_id`.
    ///
    /// # Errors
    /// A [`Refusal`]; nobody is logged in then, and the state is spent. Before
    /// [`Refusal::BackupEligibilityChanged`] and [`Refusal::CounterBack`] the signature was verified, so
    /// these two, and only these, may be held against the credential.
    pub fn finish_authentication(
        &self,
        state: &str,
        assertion: &Assertion,
        stored: &Stored,
    ) -> Result<Authenticated, Refusal> {
        let state = State::authentication(state)?;
        let Ok(library) = serde_json::from_value::<DiscoverableAuthentication>(state.library) else {
            return Err(Refusal::WrongState);
        };
        let mut credential = read_credential(stored.credential)?;
        identify(assertion, stored.owner, &credential, state.allowed.as_deref())?;
        let response = &assertion.answer.response;
        client_data::check(&response.client_data_json, "webauthn.get", &self.origin)?;

        let key = DiscoverableKey::from(Passkey::from(credential.clone()));
        let result = match self.login.finish_discoverable_authentication_v2(&assertion.answer, library, &key)
        {
            Ok(result) => result,
            // The library compares these flags before it looks at the signature.
            Err(
                error @ (WebauthnError::CredentialBackupEligibilityInconsistent
                | WebauthnError::CredentialMayNotBeHardwareBound),
            ) => return Err(signed(&assertion.answer, &credential).err().unwrap_or(error.into())),
            Err(error) => return Err(error.into()),
        };
        // The library checks "backed up" against eligibility of the stored credential, which is equal here.
        let newly_backed_up = result.backup_state() && !credential.backup_state;
        let changed =
            credential.counter != result.counter() || credential.backup_state != result.backup_state();
        credential.counter = result.counter();
        credential.backup_state = result.backup_state();
        Ok(Authenticated {
            user_handle: stored.owner,
            counter: result.counter(),
            backup_eligible: result.backup_eligible(),
            backup_state: result.backup_state(),
            newly_backed_up,
            user_verified: result.user_verified(),
            updated: changed.then(|| write_credential(credential)),
        })
    }
}

/// Reads an assertion, the body which the page sent.
///
/// # Errors
/// [`Refusal::TooLarge`], [`Refusal::Malformed`]; [`Refusal::UnknownCredential`] if the user handle is
/// not one of ours.
pub fn read_assertion(answer: &[u8]) -> Result<Assertion, Refusal> {
    if answer.len() > MAX_ANSWER_BYTES {
        return Err(Refusal::TooLarge);
    }
    let Some(answer) = super::read_json::<PublicKeyCredential>(answer) else {
        return Err(Refusal::Malformed);
    };
    let credential_id = answer.raw_id.clone();
    if answer.type_ != "public-key"
        || credential_id.is_empty()
        || credential_id.len() > MAX_CREDENTIAL_ID_BYTES
    {
        return Err(Refusal::Malformed);
    }
    let user_handle = match answer.response.user_handle.as_deref() {
        None | Some([]) => None,
        Some(bytes) => match Uuid::from_slice(bytes) {
            Ok(handle) => Some(handle),
            Err(_) => return Err(Refusal::UnknownCredential),
        },
    };
    Ok(Assertion { user_handle, credential_id, answer })
}

/// §7.2 steps 5 and 6: is this the credential, may it answer, and whose is it?
fn identify(
    assertion: &Assertion,
    owner: Uuid,
    stored: &Credential,
    allowed: Option<&[String]>,
) -> Result<(), Refusal> {
    if stored.cred_id != assertion.credential_id {
        return Err(Refusal::UnknownCredential);
    }
    match (allowed, assertion.user_handle) {
        (None, None) => Err(Refusal::NoUserHandle),
        (_, Some(handle)) if handle != owner => Err(Refusal::WrongOwner),
        (Some(ids), _) if !ids.contains(&base64url(&assertion.credential_id)) => {
            Err(Refusal::UnknownCredential)
        }
        _ => Ok(()),
    }
}

/// Verifies the signature alone, over authenticator data and client data hash (§7.2 steps 20 and 21).
fn signed(answer: &PublicKeyCredential, credential: &Credential) -> Result<(), Refusal> {
    let hash = compute_sha256(&answer.response.client_data_json);
    let message = [answer.response.authenticator_data.as_slice(), &hash].concat();
    match credential.cred.verify_signature(&answer.response.signature, &message) {
        Ok(true) => Ok(()),
        _ => Err(Refusal::BadSignature),
    }
}

fn allow(credential: Credential) -> AllowCredentials {
    AllowCredentials {
        type_: "public-key".to_owned(),
        id: credential.cred_id,
        transports: credential.transports,
    }
}

fn read_credential(stored: &[u8]) -> Result<Credential, Refusal> {
    match serde_json::from_slice::<Passkey>(stored) {
        Ok(passkey) => Ok(passkey.into()),
        Err(_) => Err(Refusal::StoredUnreadable),
    }
}
