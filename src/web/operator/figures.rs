//! What the house says of itself, gathered for one page.

use super::eid_service_page;
use super::overview::{AuditState, Certificate, CertificateKind, Facts, Provider, Today};
use crate::domain::audit::Event;
use crate::domain::time::Timestamp;
use crate::eid::service::rented;
use crate::http::Trouble;
use crate::store::{self, Fault, Read};
use crate::web::page::Chrome;
use crate::web::visit::Visit;
use crate::{ca, web};

/// Everything the overview shows. The disk stays unknown: the standard library can not ask for it, and a page
/// starts no other program; `torhaus doctor` does.
pub(super) fn facts(visit: &Visit, chrome: &Chrome) -> Result<Facts, Trouble> {
    let app = &visit.app;
    let midnight = midnight(chrome);
    let facts = app.store.read(|db| {
        Ok(Facts {
            version: env!("CARGO_PKG_VERSION"),
            started: visit.rooms.started,
            people: unsigned(store::person::count(db)?),
            services: unsigned(store::service::count(db)?),
            operators: unsigned(store::staff::count_operators(db)?),
            reviews: unsigned(store::card_review::waiting(app.now(), db)?),
            waiting: unsigned(store::service::count_waiting(db)?),
            today: today(midnight, db)?,
            audit: audit(db)?,
            certificates: Vec::new(),
            eid_certificates: Vec::new(),
            writer: app.store.stats(),
            disk: None,
            provider: Provider::None,
            tls: visit.rooms.tls,
        })
    })?;
    let soon = app.now() + eid_service_page::NOTICE;
    Ok(Facts {
        certificates: certificates(visit)?,
        provider: provider(visit)?,
        eid_certificates: rented::ending_before(soon, app)?,
        ..facts
    })
}

/// The chain as it stands; the whole of it is verified by command, not for a page.
pub(super) fn audit(db: &Read) -> Result<AuditState, Fault> {
    Ok(AuditState {
        // Rows are numbered without gaps.
        rows: store::audit::last(db)?.map_or(0, |last| unsigned(last.row.number)),
        verified: None,
        checkpoint: store::audit::last_checkpoint(db)?,
    })
}

fn today(midnight: Timestamp, db: &Read) -> Result<Today, Fault> {
    let mut today = Today::default();
    for (event, count) in store::audit::tally(store::audit::first_since(midnight, db)?, db)? {
        let count = unsigned(count);
        match Event::parse(&event) {
            Some(Event::SignedIn) => today.signed_in += count,
            Some(Event::IdentityRefused | Event::PasskeyRefused) => today.refused += count,
            Some(Event::IdentityChecked) => today.identified += count,
            Some(Event::PasskeyRemoved | Event::PasskeySuspended) => today.devices_blocked += count,
            _ => {}
        }
    }
    Ok(today)
}

/// Of the town's own day; the page's now where its calendar ends.
fn midnight(chrome: &Chrome) -> Timestamp {
    let begins = chrome.now.to_zoned(chrome.zone.clone()).start_of_day();
    begins.map_or_else(
        |_beyond| web::words::now(chrome),
        |begins| Timestamp(begins.timestamp().as_millisecond()),
    )
}

fn certificates(visit: &Visit) -> Result<Vec<Certificate>, Trouble> {
    let wanted = [(CertificateKind::Root, ca::ROOT), (CertificateKind::Issuing, ca::ISSUING)];
    let mut found = Vec::new();
    for (kind, name) in wanted {
        let until = visit.app.store.read(|db| Ok(ca::expires(name, db)))?;
        found.push(Certificate { kind, until: until.map_err(|why| Trouble::fault("ca", &why))? });
    }
    Ok(found)
}

fn provider(visit: &Visit) -> Result<Provider, Trouble> {
    let makers = &visit.rooms.makers;
    Ok(match (makers.is_demo(), makers.has_any(&visit.app)?) {
        (true, _) => Provider::Demo,
        (false, true) => Provider::Rented,
        (false, false) => Provider::None,
    })
}

/// A count; below zero there is none.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
