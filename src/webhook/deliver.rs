//! Sending what waits.

use super::sign::{SigningSecret, signature};
use crate::domain::time::Timestamp;
use crate::domain::webhook::{GIVE_UP, State, next_try};
use crate::http::courier::Courier;
use crate::http::{Appliance, Trouble};
use crate::store::webhook::Message;
use crate::store::{self, Fault, vault};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long a webhook may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Messages on their way at once, one of each webhook.
const AT_ONCE: u32 = 8;
/// How often it looks whether something waits.
const GLANCE: Duration = Duration::from_secs(1);

/// Sends until told to stop; run once, in the background.
pub async fn walk(app: Arc<Appliance>, courier: Courier, mut stop: watch::Receiver<bool>) {
    loop {
        match round(&app, &courier).await {
            // Where so many were due, more may be.
            Ok(count) if count >= AT_ONCE as usize => continue,
            Ok(_) => {}
            Err(trouble) => tracing::warn!(%trouble, "Webhooks are told later"),
        }
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => {}
            _ = stop.changed() => return,
        }
    }
}

/// Sends what is due now; returns how much that was.
///
/// # Errors
/// The store's.
pub async fn round(app: &Appliance, courier: &Courier) -> Result<usize, Trouble> {
    let now = app.now();
    // Looking costs no write.
    if app.store.read(store::webhook::next_due)?.is_none_or(|due| now < due) {
        return Ok(0);
    }
    let claimed = app.write(|db| store::webhook::claim(AT_ONCE, db).map_err(Trouble::from)).await?;
    let count = claimed.len();
    let mut flying = JoinSet::new();
    for message in claimed {
        // What can not be made ready is a try that failed: it holds up nobody else.
        let request = request(&message, app).unwrap_or_else(|fault| {
            tracing::error!(%fault, message = %message.id, "A message to a webhook could not be signed");
            None
        });
        let courier = courier.clone();
        flying.spawn(async move { (message, send(request, &courier).await) });
    }
    while let Some(landed) = flying.join_next().await {
        // A task that broke leaves its claim, which runs out.
        let Ok((message, answer)) = landed else { continue };
        if let Err(trouble) = keep(message, answer, app).await {
            tracing::warn!(%trouble, "What came of a message to a webhook was not kept; it is sent again");
        }
    }
    Ok(count)
}

/// The signed request; `None`: the webhook is gone, or no secret opens.
fn request(message: &Message, app: &Appliance) -> Result<Option<Request<Full<Bytes>>>, Fault> {
    let now = app.now();
    let (webhook, sealed) = app.store.read(|db| {
        Ok((store::webhook::by_id(message.webhook, db)?, store::webhook::secrets(message.webhook, now, db)?))
    })?;
    let Some(webhook) = webhook else { return Ok(None) };
    let mut secrets = Vec::new();
    for sealed in sealed {
        let plain = vault::open_webhook(message.webhook, &sealed, &app.keys)?;
        secrets.extend(plain.and_then(|plain| SigningSecret::from_bytes(&plain)));
    }
    if secrets.is_empty() {
        return Ok(None);
    }
    let signed = signature(&secrets, message.id, now, &message.body);
    let request = Request::post(&webhook.url)
        .header(CONTENT_TYPE, "application/json")
        .header(USER_AGENT, concat!("torhaus/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", message.id.to_string())
        .header("webhook-timestamp", now.as_seconds().to_string())
        .header("webhook-signature", signed)
        .body(Full::new(Bytes::from(message.body.clone())));
    Ok(request.ok())
}

/// What was answered, or why nothing was; closed words, for the page.
type Answered = Result<u16, &'static str>;

async fn send(request: Option<Request<Full<Bytes>>>, courier: &Courier) -> Answered {
    let request = request.ok_or("request")?;
    match tokio::time::timeout(PATIENCE, courier.ask(request)).await {
        Ok(Ok(answer)) => Ok(answer.status().as_u16()),
        Ok(Err(why)) if why.is_connect() => Err("connect"),
        Ok(Err(_broken)) => Err("broken"),
        Err(_late) => Err("late"),
    }
}

async fn keep(message: Message, answer: Answered, app: &Appliance) -> Result<(), Trouble> {
    let kept = app.write(move |db| -> Result<(), Trouble> {
        let now = Timestamp(db.at());
        let Some(webhook) = store::webhook::by_id(message.webhook, db)? else { return Ok(()) };
        let (status, trouble) = match answer {
            Ok(status) => (Some(u32::from(status)), None),
            Err(why) => (None, Some(why)),
        };
        let (next, state) = match answer {
            Ok(200..=299) => (None, (State::On, None)),
            Ok(410) => (None, (State::Gone, webhook.failing_since)),
            _ => {
                let since = webhook.failing_since.unwrap_or(now);
                let state = if now.since(since) >= GIVE_UP { State::Failed } else { State::On };
                let next = next_try(message.attempts + 1, now);
                // Where nothing else waits, nothing tells any more whether somebody listens: the next message begins anew.
                let quiet = next.is_none() && !store::webhook::others_wait(&message, db)?;
                (next, (state, (!quiet).then_some(since)))
            }
        };
        Ok(store::webhook::tried(&message, (status, trouble), next, state, db)?)
    });
    kept.await
}
