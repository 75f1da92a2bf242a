//! What clerks do with an identification: a second one looks, confirms or refuses; a code is handed out or taken back.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::clerk;
use super::identification::{Hitch, load, page};
use super::letter::{LetterPage, Sheet};
use crate::domain::assurance::IdentityMethod;
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::desk::{Handover, Identification, Objection, Stage, WAIT};
use crate::domain::id::CheckId;
use crate::domain::paper_code::PaperCode;
use crate::eid::refresh::Refresh;
use crate::http::{Params, Trouble, redirect};
use crate::paths;
use crate::store::{self, vault};
use crate::web::operator::entry::Member;
use crate::web::visit::Visit;
use crate::web::{desk, words};

/// `POST /counter/identifications/{identification}`: `action` is `reveal`, `confirm` (with `compared=yes`), `refuse` (with
/// `reason`), both for a second clerk; `issue` (with `handover`) and `withdraw` (with `reason`).
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match clerk(&visit).await? {
        Ok(member) => member,
        Err(answer) => return Ok(answer),
    };
    let found = load(&visit)?;
    match form.get("action") {
        Some("reveal") => reveal(&found, &member, &visit, None).await,
        Some("confirm") if form.get("compared") == Some("yes") => confirm(&found, &member, &visit).await,
        Some("confirm") => reveal(&found, &member, &visit, Some(Hitch::NotCompared)).await,
        Some("refuse") => match reason(&form) {
            Some(why) => refuse(&found, why, &member, &visit).await,
            None => reveal(&found, &member, &visit, Some(Hitch::Unsaid)).await,
        },
        Some("issue") => match form.get("handover").and_then(Handover::parse) {
            Some(handover) => issue(&found, handover, &member, &visit).await,
            None => page(&visit, &member, &found, Vec::new(), Some(Hitch::Unsaid)),
        },
        Some("withdraw") => match reason(&form) {
            Some(why) => withdraw(&found, why, &member, &visit).await,
            None => page(&visit, &member, &found, Vec::new(), Some(Hitch::Unsaid)),
        },
        _ => Err(Trouble::BadRequest("action")),
    }
}

fn reason(form: &Params) -> Option<Objection> {
    form.get("reason").and_then(Objection::parse)
}

/// Whether this clerk is another one than who wrote it down, and it waits for them.
fn is_second(found: &Identification, member: &Member) -> bool {
    found.stage == Stage::Open && found.asked_by != member.staff.id
}

/// A row of the audit about it.
fn noted(event: Event, found: &Identification, member: &Member) -> Entry {
    let entry = Entry::new(event, Actor::Staff(member.staff.id)).with("identification", found.id);
    Entry { person: found.person, ..entry }
}

/// The audit knows before anything is shown.
async fn reveal(
    found: &Identification,
    member: &Member,
    visit: &Visit,
    hitch: Option<Hitch>,
) -> Result<HttpResponse, Trouble> {
    if !is_second(found, member) {
        return page(visit, member, found, Vec::new(), Some(Hitch::TooLate));
    }
    let (still, entry) = (member.still(), noted(Event::PersonRevealed, found, member));
    let written = visit.app.write(move |db| -> Result<(), Trouble> {
        still(db)?;
        Ok(store::audit::append(&entry, db)?)
    });
    written.await?;
    let Some(identity) = document(found, visit)? else {
        return page(visit, member, found, Vec::new(), Some(Hitch::TooLate));
    };
    page(visit, member, found, words::identity(&identity, &visit.frame().chrome), hitch)
}

/// What the document says, as long as it is kept.
fn document(found: &Identification, visit: &Visit) -> Result<Option<Identity>, Trouble> {
    let sealed = visit.app.store.read(|db| store::desk::sealed(found.id, db))?;
    match sealed {
        Some(sealed) => Ok(vault::open_document(found.id, &sealed, &visit.app.keys)?),
        None => Ok(None),
    }
}

/// The second clerk has compared. Somebody who has an account is identified anew by it; what the document says of somebody
/// new waits for their code.
async fn confirm(found: &Identification, member: &Member, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    if !is_second(found, member) {
        return page(visit, member, found, Vec::new(), Some(Hitch::TooLate));
    }
    let now = app.now();
    let refresh = match (found.person, document(found, visit)?) {
        (_, None) => return page(visit, member, found, Vec::new(), Some(Hitch::TooLate)),
        (None, Some(_)) => None,
        (Some(person), Some(identity)) => {
            let result = desk::result(found, identity, IdentityMethod::Counter, now, app);
            let check = CheckId::draw(app.dice.as_ref());
            match Refresh::at_desk(person, &result, (check, member.staff.id), app)? {
                Some(refresh) => Some(refresh),
                None => return page(visit, member, found, Vec::new(), Some(Hitch::Gone)),
            }
        }
    };
    let expires = if found.person.is_some() { found.document_expires } else { now + WAIT };
    let (still, id, by) = (member.still(), found.id, member.staff.id);
    let (entry, new) = (noted(Event::IdentificationConfirmed, found, member), found.person.is_none());
    let confirmed = app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        if !store::desk::decide(id, Stage::Confirmed, (by, new), expires, db)? {
            return Ok(false);
        }
        store::audit::append(&entry, db)?;
        if let Some(refresh) = &refresh {
            refresh.keep(db)?;
        }
        Ok(true)
    });
    done(confirmed.await?, found, member, visit)
}

async fn refuse(
    found: &Identification,
    why: Objection,
    member: &Member,
    visit: &Visit,
) -> Result<HttpResponse, Trouble> {
    if !is_second(found, member) {
        return page(visit, member, found, Vec::new(), Some(Hitch::TooLate));
    }
    let (still, id, by, expires) = (member.still(), found.id, member.staff.id, visit.app.now() + WAIT);
    let entry = noted(Event::IdentificationRefused, found, member).with("reason", why.name());
    let refused = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let done = store::desk::decide(id, Stage::Refused(why), (by, false), expires, db)?;
        if done {
            store::audit::append(&entry, db)?;
        }
        Ok(done)
    });
    done(refused.await?, found, member, visit)
}

/// A code, shown once on the sheet for the person. An earlier one opens nothing any more.
async fn issue(
    found: &Identification,
    handover: Handover,
    member: &Member,
    visit: &Visit,
) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let now = app.now();
    if !found.may_hand_out(now) {
        return page(visit, member, found, Vec::new(), Some(Hitch::TooLate));
    }
    app.limits.count_account(member.staff.id.bytes())?;
    let identity = match found.person {
        Some(person) => app.store.read(|db| vault::open_identity(person, &Attribute::ALL, &app.keys, db))?,
        None => document(found, visit)?,
    };
    let Some(identity) = identity else {
        return page(visit, member, found, Vec::new(), Some(Hitch::Gone));
    };
    let code = PaperCode::draw(app.dice.as_ref());
    let (hash, ends) = (desk::code_hash(&code, app), now + handover.life());
    let expires = if found.person.is_some() { found.document_expires.max(ends) } else { ends };
    let entry = noted(Event::EnrolmentCodeIssued, found, member).with("handover", handover.name());
    let (still, from) = (member.still(), found.clone());
    let issued = app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let done = store::desk::issue(&from, Stage::Issued(handover), (&hash, ends), expires, db)?;
        if done {
            store::audit::append(&entry, db)?;
        }
        Ok(done)
    });
    if !issued.await? {
        return page(visit, member, found, Vec::new(), Some(Hitch::TooLate));
    }
    let frame = super::frame(visit)?.at(paths::counter_identification(found.id));
    let sheet = Sheet { identity: &identity, code: &code, handover, today: now, until: ends, id: found.id };
    let letter = LetterPage::new(&sheet, &app.origin, &member.staff.name, &frame.chrome);
    Ok(frame.show(&letter, StatusCode::OK))
}

async fn withdraw(
    found: &Identification,
    why: Objection,
    member: &Member,
    visit: &Visit,
) -> Result<HttpResponse, Trouble> {
    let (still, id) = (member.still(), found.id);
    let entry = noted(Event::EnrolmentCodeWithdrawn, found, member).with("reason", why.name());
    let withdrawn = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let done = store::desk::withdraw(id, Stage::Withdrawn(why), db)?;
        if done {
            store::audit::append(&entry, db)?;
        }
        Ok(done)
    });
    done(withdrawn.await?, found, member, visit)
}

fn done(done: bool, found: &Identification, member: &Member, visit: &Visit) -> Result<HttpResponse, Trouble> {
    if done {
        return Ok(redirect::see_other(&paths::counter_identification(found.id)));
    }
    match load(visit) {
        Ok(now) => page(visit, member, &now, Vec::new(), Some(Hitch::TooLate)),
        Err(why) => Err(why),
    }
}
