//! Webhooks, and the messages that wait for them.

use super::values::{self, to_json};
use super::{Fault, Read, Row, Write};
use crate::domain::audit::Entry;
use crate::domain::id::{MessageId, OrganisationId, ServiceId, WebhookId};
use crate::domain::service::Service;
use crate::domain::time::{Span, Timestamp};
use crate::domain::webhook::{Happening, OVERLAP, State, WEBHOOKS_MAX, Webhook, changed};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};

const COLUMNS: &str = "id, organisation, url, happenings, state, failing_since, created_at, version";
/// Messages that are over are kept so long.
const KEPT: Span = Span::days(30);
/// Messages that wait for one webhook at most.
const WAITING_MAX: i64 = 1000;
/// Who sends a message has so long; after it another may.
const CLAIM: Span = Span::minutes(2);

/// An organisation's webhooks, oldest first.
pub fn of_organisation(of: OrganisationId, db: &Read) -> Result<Vec<Webhook>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM webhook WHERE organisation = $1 ORDER BY created_at, id");
    db.all(&sql, &[&of], from_row)
}

/// The webhook of an id.
pub fn by_id(id: WebhookId, db: &Read) -> Result<Option<Webhook>, Fault> {
    db.one(&format!("SELECT {COLUMNS} FROM webhook WHERE id = $1"), &[&id], from_row)
}

/// Keeps a new one. `false`: the organisation has as many as it may have, or there is one of this id.
pub fn insert(webhook: &Webhook, sealed_secret: &[u8], db: &Write) -> Result<bool, Fault> {
    let sql = "SELECT count(*) FROM webhook WHERE organisation = $1";
    let count = db.one(sql, &[&webhook.organisation], |row| row.get_i64(0))?.unwrap_or(0);
    if count >= WEBHOOKS_MAX {
        return Ok(false);
    }
    db.insert_new(
        "INSERT INTO webhook (id, organisation, url, happenings, state, sealed_secret, created_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
        &[
            &webhook.id,
            &webhook.organisation,
            &webhook.url,
            &names(webhook),
            &webhook.state.name(),
            &sealed_secret,
            &webhook.created,
            &webhook.version,
        ],
    )
}

fn names(webhook: &Webhook) -> String {
    webhook.happenings.iter().map(|one| one.name()).collect::<Vec<_>>().join(" ")
}

/// Changes address, happenings and state from what was seen; who is switched on begins anew. `false`: somebody was faster.
pub fn advance(from: &Webhook, to: &Webhook, db: &Write) -> Result<bool, Fault> {
    let changed = db.change(
        "UPDATE webhook SET url = $1, happenings = $2, state = $3, failing_since = NULL, version = version + 1
         WHERE id = $4 AND version = $5",
        &[&to.url, &names(to), &to.state.name(), &from.id, &from.version],
    )?;
    Ok(changed == 1)
}

/// A new secret; the earlier one signs beside it for a while. `false`: somebody was faster.
pub fn set_secret(from: &Webhook, sealed: &[u8], db: &Write) -> Result<bool, Fault> {
    let until = Timestamp(db.at()) + OVERLAP;
    let changed = db.change(
        "UPDATE webhook SET former_secret = sealed_secret, former_until = $1, sealed_secret = $2, version = version + 1
         WHERE id = $3 AND version = $4",
        &[&until, &sealed, &from.id, &from.version],
    )?;
    Ok(changed == 1)
}

/// Removes it with its messages. `false`: the organisation has none of this id.
pub fn remove(id: WebhookId, of: OrganisationId, db: &Write) -> Result<bool, Fault> {
    Ok(db.change("DELETE FROM webhook WHERE id = $1 AND organisation = $2", &[&id, &of])? == 1)
}

/// The sealed secrets that sign now, the newest first.
pub fn secrets(id: WebhookId, now: Timestamp, db: &Read) -> Result<Vec<Vec<u8>>, Fault> {
    let sql = "SELECT sealed_secret, former_secret, former_until FROM webhook WHERE id = $1";
    let found = db.one(sql, &[&id], |row| {
        let former = values::opt_time(row, 2)?.filter(|until| now < *until);
        let former = former.map(|_| row.get_opt_blob(1)).transpose()?.flatten();
        Ok(std::iter::once(row.get_blob(0)?).chain(former).collect())
    })?;
    Ok(found.unwrap_or_default())
}

/// A webhook's sealed secrets: the one that counts, and the one before.
pub type SealedSecrets = (WebhookId, Vec<u8>, Option<Vec<u8>>);

/// All sealed secrets, for sealing them anew.
pub fn all_secrets(db: &Read) -> Result<Vec<SealedSecrets>, Fault> {
    db.all("SELECT id, sealed_secret, former_secret FROM webhook", &[], |row| {
        Ok((values::id(row, 0)?, row.get_blob(1)?, row.get_opt_blob(2)?))
    })
}

/// Replaces sealed secrets by the same sealed anew. `false`: changed in between.
pub fn reseal(
    id: WebhookId,
    from: &[u8],
    (to, former): (&[u8], Option<&[u8]>),
    db: &Write,
) -> Result<bool, Fault> {
    let sql =
        "UPDATE webhook SET sealed_secret = $1, former_secret = $2 WHERE id = $3 AND sealed_secret = $4";
    Ok(db.change(sql, &[&to, &former, &id, &from])? == 1)
}

/// Queues what an entry of the audit tells the organisation of its service. Entries that tell nothing cost nothing.
pub(super) fn queue(entry: &Entry, number: i64, db: &Write) -> Result<(), Fault> {
    let (Some(happening), Some(service)) = (Happening::of(entry.event), entry.service) else { return Ok(()) };
    let mut data = json!({ "service": service });
    if happening == Happening::ServiceChanged {
        data["changed"] = json!(changed(entry));
    }
    tell(service, happening, &data, &number.to_be_bytes(), db)
}

/// Queues that somebody left: `sub` is how this service knew them.
pub fn person_left(service: ServiceId, sub: &str, db: &Write) -> Result<(), Fault> {
    // What was audited last: somebody may come back and leave again.
    let number = super::audit::last(db)?.map_or(0, |last| last.row.number);
    let mark = [&number.to_be_bytes()[..], sub.as_bytes()].concat();
    tell(service, Happening::PersonLeft, &json!({ "service": service, "sub": sub }), &mark, db)
}

/// Queues that a secret ends: once for each secret and `days`.
pub fn secret_expiring(
    service: &Service,
    ends: Timestamp,
    (days, text): (i64, &str),
    db: &Write,
) -> Result<(), Fault> {
    let mark = [&ends.0.to_be_bytes()[..], &days.to_be_bytes()].concat();
    let data = json!({ "service": service.id, "expires": text });
    tell(service.id, Happening::SecretExpiring, &data, &mark, db)
}

/// Services of organisations that want to hear of secrets that end.
pub fn services_with_secrets(db: &Read) -> Result<Vec<ServiceId>, Fault> {
    let sql = "SELECT s.id FROM service s WHERE s.organisation IN
                 (SELECT organisation FROM webhook WHERE state = 'on' AND happenings LIKE '%secret.expiring%')";
    db.all(sql, &[], |row| values::id(row, 0))
}

/// Queues a message for each webhook that wants it. The same `mark` makes no second one.
fn tell(
    service: ServiceId,
    happening: Happening,
    data: &Value,
    mark: &[u8],
    db: &Write,
) -> Result<(), Fault> {
    let sql = format!(
        "SELECT {COLUMNS} FROM webhook WHERE state = 'on'
         AND organisation = (SELECT organisation FROM service WHERE id = $1)"
    );
    for webhook in db.all(&sql, &[&service], from_row)? {
        if webhook.happenings.contains(&happening) {
            message(&webhook, happening.name(), data, &[service.bytes(), mark].concat(), db)?;
        }
    }
    Ok(())
}

/// Queues a message that somebody asked for, to try the way.
pub fn test_message(webhook: &Webhook, mark: &[u8], db: &Write) -> Result<(), Fault> {
    message(webhook, "test", &json!({}), mark, db)
}

fn message(webhook: &Webhook, kind: &str, data: &Value, mark: &[u8], db: &Write) -> Result<(), Fault> {
    let sql = "SELECT count(*) FROM webhook_message WHERE webhook = $1 AND next_at IS NOT NULL";
    if db.one(sql, &[&webhook.id], |row| row.get_i64(0))?.unwrap_or(0) >= WAITING_MAX {
        // Whoever has not listened to so many will not miss one more.
        return Ok(());
    }
    // Nothing random is drawn in a write: the id is of what happened.
    let whole = digest(&SHA256, &[webhook.id.bytes(), kind.as_bytes(), mark].concat());
    let mut id = [0; 16];
    id.copy_from_slice(&whole.as_ref()[..16]);
    let at = Timestamp(db.at());
    let stamp = jiff::Timestamp::from_millisecond(at.0).map(|at| at.to_string()).unwrap_or_default();
    let body = to_json(&json!({ "type": kind, "timestamp": stamp, "data": data }));
    db.insert_new(
        "INSERT INTO webhook_message (id, webhook, happening, body, made_at, attempts, next_at, claimed_until)
         VALUES ($1, $2, $3, $4, $5, 0, $5, 0) ON CONFLICT (id) DO NOTHING",
        &[&MessageId::from_bytes(id), &webhook.id, &kind, &body, &at],
    )?;
    Ok(())
}

/// A message with what became of it.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its id, the same at each try.
    pub id: MessageId,
    /// For which webhook.
    pub webhook: WebhookId,
    /// What it tells.
    pub happening: String,
    /// What is sent.
    pub body: String,
    /// When it happened.
    pub made: Timestamp,
    /// Tries so far.
    pub attempts: u32,
    /// The next; `None`: it is over.
    pub next: Option<Timestamp>,
    /// What was answered at the last try.
    pub status: Option<u32>,
    /// Why there was no answer.
    pub trouble: Option<String>,
    /// The last try.
    pub tried: Option<Timestamp>,
}

const MESSAGE: &str = "id, webhook, happening, body, made_at, attempts, next_at, status, trouble, tried_at";

/// The latest messages of a webhook.
pub fn messages(of: WebhookId, limit: u32, db: &Read) -> Result<Vec<Message>, Fault> {
    let sql = format!(
        "SELECT {MESSAGE} FROM webhook_message WHERE webhook = $1 ORDER BY made_at DESC, id LIMIT $2"
    );
    db.all(&sql, &[&of, &limit], message_from_row)
}

/// When the next message is due, if one waits.
pub fn next_due(db: &Read) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT min(m.next_at) FROM webhook_message m JOIN webhook w ON w.id = m.webhook
               WHERE m.next_at IS NOT NULL AND w.state = 'on'";
    Ok(db.one(sql, &[], |row| row.get_opt_i64(0))?.flatten().map(Timestamp))
}

/// Claims messages that are due, the oldest of each webhook, at most `limit`: nobody else sends them for a while, and no
/// webhook with many holds up another.
pub fn claim(limit: u32, db: &Write) -> Result<Vec<Message>, Fault> {
    let sql = format!(
        "SELECT {MESSAGE} FROM webhook_message WHERE id IN
           (SELECT (SELECT m.id FROM webhook_message m
                    WHERE m.webhook = w.id AND m.next_at <= $1 AND m.claimed_until <= $1
                    ORDER BY m.made_at, m.id LIMIT 1)
            FROM webhook w WHERE w.state = 'on'
              AND NOT EXISTS (SELECT 1 FROM webhook_message o WHERE o.webhook = w.id AND o.claimed_until > $1))
         ORDER BY next_at, id LIMIT $2"
    );
    let now = Timestamp(db.at());
    let claimed = db.all(&sql, &[&now, &limit], message_from_row)?;
    for message in &claimed {
        let sql = "UPDATE webhook_message SET claimed_until = $1 WHERE id = $2";
        db.change(sql, &[&(now + CLAIM), &message.id])?;
    }
    Ok(claimed)
}

/// Whether more messages wait for the same webhook.
pub fn others_wait(than: &Message, db: &Read) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM webhook_message WHERE webhook = $1 AND next_at IS NOT NULL AND id <> $2 LIMIT 1";
    Ok(db.one(sql, &[&than.webhook, &than.id], |row| row.get_i64(0))?.is_some())
}

/// What came of a try. `state`: how the webhook stands from now on; `failing_since`: since when all failed.
pub fn tried(
    message: &Message,
    (status, trouble): (Option<u32>, Option<&str>),
    next: Option<Timestamp>,
    (state, failing_since): (State, Option<Timestamp>),
    db: &Write,
) -> Result<(), Fault> {
    db.change(
        "UPDATE webhook_message SET attempts = attempts + 1, status = $1, trouble = $2, next_at = $3, claimed_until = 0,
           tried_at = $4 WHERE id = $5",
        &[&status, &trouble, &next, &db.at(), &message.id],
    )?;
    db.change(
        "UPDATE webhook SET state = $1, failing_since = $2 WHERE id = $3 AND state = 'on'",
        &[&state.name(), &failing_since, &message.webhook],
    )?;
    Ok(())
}

/// Sends a message that is over once more. `false`: it is not over, or not this webhook's.
pub fn again(id: MessageId, of: WebhookId, db: &Write) -> Result<bool, Fault> {
    let sql = "UPDATE webhook_message SET attempts = 0, next_at = $1 WHERE id = $2 AND webhook = $3 AND next_at IS NULL";
    Ok(db.change(sql, &[&db.at(), &id, &of])? == 1)
}

/// Removes some old messages; returns how many.
pub fn sweep(now: Timestamp, db: &Write) -> Result<usize, Fault> {
    db.change(
        "DELETE FROM webhook_message
         WHERE id IN (SELECT id FROM webhook_message WHERE made_at < $1 LIMIT 500)",
        &[&(now - KEPT)],
    )
}

fn from_row(row: &Row) -> Result<Webhook, Fault> {
    let names = row.get_text(3)?;
    let happenings = names.split_whitespace().map(Happening::parse).collect::<Option<_>>();
    Ok(Webhook {
        id: values::id(row, 0)?,
        organisation: values::id(row, 1)?,
        url: row.get_text(2)?,
        happenings: happenings.ok_or_else(|| row.corrupt(3))?,
        state: values::name(row, 4, State::parse)?,
        failing_since: values::opt_time(row, 5)?,
        created: values::time(row, 6)?,
        version: row.get_i64(7)?,
    })
}

fn message_from_row(row: &Row) -> Result<Message, Fault> {
    Ok(Message {
        id: values::id(row, 0)?,
        webhook: values::id(row, 1)?,
        happening: row.get_text(2)?,
        body: row.get_text(3)?,
        made: values::time(row, 4)?,
        attempts: row.get_u32(5)?,
        next: values::opt_time(row, 6)?,
        status: row.get_opt_u32(7)?,
        trouble: row.get_opt_text(8)?,
        tried: values::opt_time(row, 9)?,
    })
}
