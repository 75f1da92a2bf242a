//! Trials for the gallery.

use crate::domain::assurance::{Level, Reason};
use crate::domain::id::{ServiceId, SessionId, TrialId};
use crate::domain::secret::BearerHash;
use crate::domain::service::Service;
use crate::domain::time::Timestamp;
use crate::domain::trial::{Finding, Guise, MadeUp, MadeUpKey, Place, Step, TRIAL_LIFE, Trial};

pub(super) fn trial(service: ServiceId, now: Timestamp) -> Trial {
    Trial {
        id: TrialId::from_bytes([1; 16]),
        service,
        session: SessionId::from_bytes([1; 16]),
        browser: BearerHash([0; 32]),
        created: now,
        expires: now + TRIAL_LIFE,
    }
}

fn sent(redirect_uri: &str) -> Vec<(String, String)> {
    [
        ("client_id", "svc_05252g5252g5252g5252g5252g"),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "beispiel-state"),
        ("nonce", "beispiel-nonce"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn proved(key: MadeUpKey, level: Level, reasons: Vec<Reason>, enough: bool) -> Step {
    let guise = Guise { who: MadeUp::Resident, key, aged: false };
    Step::Proved { guise, level, reasons, needed: Level::Substantial, enough }
}

/// A login that works, after a key that was not enough.
pub(super) fn works(service: &Service) -> Vec<Step> {
    let back = "https://parken.birkenfurt.example/auth/callback";
    let data: std::collections::BTreeSet<_> =
        service.registration.data.iter().map(|wanted| wanted.datum).take(1).collect();
    let claims = "{\n  \"iss\": \"https://id.birkenfurt.example\",\n  \"sub\": \"p7Yk1vZr0cWq8sJmB4tLx2Qe\",\n  \
                  \"acr\": \"http://eidas.europa.eu/LoA/substantial\",\n  \"auth_time\": 1795339869\n}";
    vec![
        Step::Asked {
            sent: sent(back),
            dropped: vec!["email".to_owned()],
            level: Level::Substantial,
            data: data.clone(),
            pkce: true,
        },
        proved(MadeUpKey::Synced, Level::Low, vec![Reason::KeySynced], false),
        proved(MadeUpKey::Bound, Level::Substantial, Vec::new(), true),
        Step::Agreed { data },
        Step::Answered { to: back.to_owned() },
        Step::Redeemed {
            grant: "authorization_code".to_owned(),
            authentication: "client_secret_basic".to_owned(),
            scope: "openid profile".to_owned(),
            header: "{\n  \"alg\": \"ES256\",\n  \"typ\": \"JWT\"\n}".to_owned(),
            claims: claims.to_owned(),
            refreshes: false,
        },
        Step::Told {
            claims: "{\n  \"sub\": \"p7Yk1vZr0cWq8sJmB4tLx2Qe\",\n  \"name\": \"Marlene Probst\"\n}"
                .to_owned(),
        },
    ]
}

/// Attempts with each kind of trouble.
pub(super) fn refused() -> Vec<Step> {
    let at = |place, sent, finding| Step::Refused {
        place,
        code: "invalid_request".to_owned(),
        description: "redirect_uri is not registered".to_owned(),
        finding,
        sent,
    };
    let back = "https://parken.birkenfurt.example/oidc/callback";
    let token = |finding| at(Place::Token, Vec::new(), finding);
    let text = str::to_owned;
    vec![
        at(Place::Authorization, sent(back), Finding::ChallengeMissing),
        token(Finding::OtherAuthentication {
            sent: text("client_secret_post"),
            registered: text("client_secret_basic"),
        }),
        token(Finding::WrongSecret),
        at(Place::Authorization, sent(back), Finding::UnregisteredAddress { sent: text(back) }),
    ]
}
