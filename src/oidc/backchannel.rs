//! The end of a session is told to the services it served (OpenID Connect Back-Channel Logout 1.0).
//!
//! A notice is signed when the session has ended and handed to a bounded outbox; [`deliver`] empties it in the
//! background, each notice once, with little patience: a service that does not listen holds up nobody. What is
//! still in the outbox when the process ends is lost; sessions of services are theirs to limit.

use super::facts::Facts;
use super::{Fault, Provider};
use crate::domain::dice::draw;
use crate::domain::id::ServiceId;
use crate::domain::time::Span;
use crate::http::Appliance;
use crate::http::courier::{Courier, PATIENCE};
use crate::jose::Algorithm;
use crate::store;
use crate::store::grant::Grant;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// The media type of logout tokens (§2.4).
pub const LOGOUT_TOKEN: &str = "logout+jwt";
/// How long a notice is good (§2.4 recommends two minutes at most).
const NOTICE_LIFE: Span = Span::minutes(2);
/// Notices which wait at most; more are dropped, and the log says so.
const OUTBOX: usize = 1000;
/// Notices on their way at once.
const AT_ONCE: usize = 16;

/// The end of one session, for one service.
#[derive(Debug)]
pub struct Notice {
    service: ServiceId,
    address: String,
    token: String,
}

/// Where notices wait.
pub(super) struct Outbox {
    sender: mpsc::Sender<Notice>,
    receiver: Mutex<Option<mpsc::Receiver<Notice>>>,
}

impl Default for Outbox {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(OUTBOX);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: ServiceId,
    iat: i64,
    exp: i64,
    jti: String,
    sub: &'a str,
    sid: &'a str,
    events: Events,
}

#[derive(Serialize)]
struct Events {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    logout: Nothing,
}

#[derive(Serialize)]
struct Nothing {}

impl Provider {
    /// Announces the end of a session: `grants` are those that came out of it ([`super::logout::end`] gives them).
    /// Each service which registered an address hears of it once.
    ///
    /// # Errors
    /// [`Fault`], if the store or a signing key fails.
    pub fn announce(&self, grants: &[Grant], app: &Appliance) -> Result<(), Fault> {
        let mut told = BTreeSet::new();
        for grant in grants.iter().filter(|grant| told.insert(grant.service)) {
            let Some(notice) = self.notice(grant, app)? else { continue };
            let service = notice.service;
            if self.outbox.sender.try_send(notice).is_err() {
                tracing::warn!(%service, "The end of a session could not be announced: too many wait");
            }
        }
        Ok(())
    }
    /// What waits to be announced, for [`deliver`]; once.
    pub fn outbox(&self) -> Option<mpsc::Receiver<Notice>> {
        self.outbox.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn notice(&self, grant: &Grant, app: &Appliance) -> Result<Option<Notice>, Fault> {
        let Some(service) = app.store.read(|db| store::service::by_id(grant.service, db))? else {
            return Ok(None);
        };
        let Some(address) = service.registration.backchannel_logout_uri.clone() else { return Ok(None) };
        let facts = Facts::of(grant)?;
        let algorithm: Algorithm = service
            .registration
            .id_token_alg
            .parse()
            .map_err(|_unknown| Fault::Corrupt("service.registration: id_token_alg"))?;
        let now = app.now();
        let claims = Claims {
            iss: &app.origin,
            aud: service.id,
            iat: now.as_seconds(),
            exp: (now + NOTICE_LIFE).as_seconds(),
            jti: URL_SAFE_NO_PAD.encode(draw::<16>(app.dice.as_ref())),
            sub: &facts.sub,
            sid: &facts.sid,
            events: Events { logout: Nothing {} },
        };
        let token = self.signer(algorithm, app)?.sign(LOGOUT_TOKEN, &claims)?;
        Ok(Some(Notice { service: service.id, address, token }))
    }
}

async fn send(courier: Courier, notice: Notice) {
    let service = notice.service;
    match tokio::time::timeout(PATIENCE, post(&notice, &courier)).await {
        Ok(Ok(status)) if status.is_success() => {}
        Ok(Ok(status)) => {
            tracing::warn!(%service, status = status.as_u16(), "A service refused the end of a session");
        }
        Ok(Err(why)) => {
            tracing::warn!(%service, %why, "A service could not be told the end of a session");
        }
        Err(_late) => tracing::warn!(%service, "A service took too long to hear the end of a session"),
    }
}

async fn post(
    notice: &Notice,
    courier: &Courier,
) -> Result<StatusCode, Box<dyn std::error::Error + Send + Sync>> {
    // A signed token needs no encoding in a form: letters, digits, - _ and dots.
    let body = format!("logout_token={}", notice.token);
    let request = Request::post(&notice.address)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(body)))?;
    Ok(courier.ask(request).await?.status())
}

/// Sends what comes into the outbox until the provider is gone; run once, in the background.
pub async fn deliver(mut outbox: mpsc::Receiver<Notice>, courier: Courier) {
    let mut flying = JoinSet::new();
    while let Some(notice) = outbox.recv().await {
        while flying.try_join_next().is_some() {}
        if flying.len() >= AT_ONCE {
            flying.join_next().await;
        }
        flying.spawn(send(courier.clone(), notice));
    }
    flying.join_all().await;
}
