//! What the house does on its own, in small pieces: sweep what is dead, sign audit checkpoints, renew
//! certificates, notice what another process changed.

use super::data_directory::Boot;
use super::setup::TOWN_SETTING;
use super::tls;
use crate::ca;
use crate::domain::attribute::Attribute;
use crate::domain::service_use::hour;
use crate::domain::time::{Span, Timestamp};
use crate::domain::town::Town;
use crate::eid::refresh::name_hash;
use crate::http::{Appliance, uses};
use crate::store::{self, Fault};
use crate::web::visit::Rooms;
use actix_web::web::Data;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often the house makes its round.
const ROUND: Duration = Duration::from_secs(20);
/// A signer with less than this left is asked to renew itself; it decides.
const SIGNER_MIN: Span = Span::days(90);
/// How often the log is emptied unasked: another process may have deleted somebody while a reader was in the way,
/// or this one may have ended right after a deletion.
const SETTLE: Span = Span::hours(1);
/// People who are named for the counter in one round.
const NAMED_EACH_ROUND: u32 = 500;
/// What is opened for it.
const NAMED_BY: [Attribute; 3] = [Attribute::GivenNames, Attribute::FamilyName, Attribute::BirthDate];
/// So many days before a service's last secret ends, webhooks hear of it.
const WARNINGS: [i64; 2] = [7, 30];
/// How long uses of services are kept.
const USES_KEPT: Span = Span::days(396);
/// How often it looks whether settings changed.
const GLANCE: Duration = Duration::from_secs(1);

/// What the rounds need beside the appliance.
pub struct Rounds {
    /// The appliance.
    pub app: Data<Appliance>,
    /// The rooms.
    pub rooms: Data<Rooms>,
    /// The listener's certificate and when to replace it.
    pub certificate: Option<tls::Current>,
    /// The same for the listener of the eID server's customers.
    pub service_certificate: Option<tls::Current>,
    /// How the house was booted, for reading certificates anew.
    pub boot: Boot,
}

/// Goes round until told to stop.
pub async fn walk(mut rounds: Rounds, mut stop: watch::Receiver<bool>) {
    let mut seen = rounds.app.store.data_version();
    let mut since = ROUND;
    let mut settled = None;
    let mut all_named = false;
    let mut warned = None;
    loop {
        if since >= ROUND {
            since = Duration::ZERO;
            if let Err(fault) = uses::keep(&rounds.app).await {
                tracing::warn!(%fault, "Uses of services are written down later");
            }
            if !all_named {
                match name_people(&rounds.app).await {
                    Ok(named) => all_named = named == 0,
                    Err(fault) => tracing::warn!(%fault, "People are named for the counter later"),
                }
            }
            if let Err(fault) = sweep(&rounds.app).await {
                tracing::warn!(%fault, "Sweep put off");
            }
            if let Err(fault) = checkpoint(&rounds.app, &rounds.rooms).await {
                tracing::warn!(%fault, "Audit checkpoint put off");
            }
            if let Err(fault) = warn_of_secrets(&rounds.app, &mut warned).await {
                tracing::warn!(%fault, "Webhooks hear of secrets later");
            }
            settle(&rounds.app, &mut settled).await;
            renew(&mut rounds);
        }
        tokio::select! {
            () = tokio::time::sleep(GLANCE) => since += GLANCE,
            _ = stop.changed() => return,
        }
        let version = rounds.app.store.data_version();
        if version != seen {
            seen = version;
            refresh_town(&rounds.app);
        }
    }
}

/// Makes people of an earlier version findable at the counter, some a round; how many these were. After none no round
/// needs to look again: this version names everybody in the write that makes or changes them.
pub async fn name_people(app: &Appliance) -> Result<usize, Fault> {
    let named = app.store.read(|db| {
        let mut named = Vec::new();
        for person in store::counter::unnamed(NAMED_EACH_ROUND, db)? {
            let identity = store::vault::open_identity(person, &NAMED_BY, &app.keys, db)?;
            named.push((person, identity.and_then(|identity| name_hash(&identity, app))));
        }
        Ok(named)
    })?;
    let count = named.len();
    if count > 0 {
        let job = move |db: &store::Write<'_>| -> Result<(), Fault> {
            named.iter().try_for_each(|(person, hash)| store::counter::add_name(*person, hash.as_ref(), db))
        };
        app.store.write(app.now().0, job).await?;
    }
    Ok(count)
}

/// Removes what is dead, 500 rows a write, so that nobody waits long.
pub async fn sweep(app: &Appliance) -> Result<usize, Fault> {
    let now = app.now();
    // A redeemed code is kept a while longer, so that its replay is known as one.
    let old = now - Span::hours(1);
    let oldest_use = hour(now - USES_KEPT);
    let mut removed = 0;
    loop {
        let some = app
            .store
            .write(now.0, move |db| -> Result<usize, Fault> {
                Ok(store::eid_session::sweep(now, db)?
                    + store::eid_customer::sweep_messages(now, db)?
                    + store::identity_check::sweep(now, db)?
                    + store::ceremony::sweep(now, db)?
                    + store::service_use::forget(oldest_use, db)?
                    + store::trial::sweep(now, db)?
                    + store::sign_in::sweep(now, db)?
                    + store::session::sweep(now, db)?
                    + store::transfer_code::sweep(now, db)?
                    + store::card_review::sweep(now, db)?
                    + store::desk::sweep(now, db)?
                    + store::api_token::sweep(now, db)?
                    + store::webhook::sweep(now, db)?
                    + store::grant::sweep(old, db)?)
            })
            .await?;
        removed += some;
        if some < 500 {
            app.limits.sweep();
            return Ok(removed);
        }
    }
}

/// Queues for webhooks that the last secret of a service ends, some days before; looks each hour. `warned` is when it last
/// did.
pub async fn warn_of_secrets(app: &Appliance, warned: &mut Option<Timestamp>) -> Result<(), Fault> {
    let now = app.now();
    if warned.is_some_and(|at| (Span(0)..Span::hours(1)).contains(&now.since(at))) {
        return Ok(());
    }
    let mut ending = Vec::new();
    for id in app.store.read(store::webhook::services_with_secrets)? {
        let Some(service) = app.store.read(|db| store::service::by_id(id, db))? else { continue };
        let secrets = &service.registration.secrets;
        let Some(last) = secrets.iter().map(|secret| secret.expires).max_by_key(|end| (end.is_none(), *end))
        else {
            continue;
        };
        let Some(ends) = last.filter(|end| now < *end) else { continue };
        let due = WARNINGS.iter().copied().filter(|days| ends.since(now) <= Span::days(*days)).min();
        ending.extend(due.map(|days| (service, ends, days)));
    }
    if !ending.is_empty() {
        let job = move |db: &store::Write<'_>| -> Result<(), Fault> {
            ending.iter().try_for_each(|(service, ends, days)| {
                let text = jiff::Timestamp::from_millisecond(ends.0).map(|at| at.to_string());
                store::webhook::secret_expiring(service, *ends, (*days, &text.unwrap_or_default()), db)
            })
        };
        app.store.write(now.0, job).await?;
    }
    *warned = Some(now);
    Ok(())
}

/// Signs the end of the audit chain when it is due, and renews the signer before its certificate ends.
pub async fn checkpoint(app: &Appliance, rooms: &Rooms) -> Result<(), ca::Fault> {
    let now = app.now();
    let signer = rooms.signer();
    if signer.expires().since(now) < SIGNER_MIN {
        let renewed = ca::ensure_signer(&app.store, &app.keys, app.dice.as_ref(), now).await?;
        rooms.set_signer(renewed);
    }
    ca::checkpoint::take(&app.store, &signer, now).await?;
    Ok(())
}

/// Empties the log if that is owed or was not done for long; `settled` is when it last was.
pub async fn settle(app: &Appliance, settled: &mut Option<Timestamp>) {
    let now = app.now();
    let is_recent = settled.is_some_and(|at| (Span(0)..SETTLE).contains(&now.since(at)));
    if is_recent && !app.store.is_unsettled() {
        return;
    }
    match app.store.settle().await {
        Ok(()) => *settled = Some(now),
        Err(fault) => tracing::warn!(%fault, "The log was not emptied; the next round tries again"),
    }
}

fn renew(rounds: &mut Rounds) {
    if let Some(current) = &mut rounds.certificate
        && renewed(current, &rounds.boot, &rounds.app)
    {
        super::server::tell_of_certificate(Some(current.0.as_ref()), &rounds.rooms);
    }
    if let Some(current) = &mut rounds.service_certificate {
        renewed(current, &super::eid_service::own(&rounds.boot), &rounds.app);
    }
}

/// Replaces a certificate if that is due; whether it was replaced.
fn renewed((certificate, due): &mut tls::Current, boot: &Boot, app: &Appliance) -> bool {
    let now = app.now();
    if due.is_some_and(|due| now < due) {
        return false;
    }
    match tls::reload(boot, app, certificate, now) {
        Ok(next) => {
            *due = next;
            true
        }
        Err(why) => {
            tracing::warn!(%why, "The TLS certificate was not replaced");
            false
        }
    }
}

fn refresh_town(app: &Appliance) {
    let Ok(Some(text)) = app.store.read(|db| store::appliance::setting(TOWN_SETTING, db)) else { return };
    if let Ok(town) = serde_json::from_str::<Town>(&text) {
        *app.town.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(town);
    }
}
