//! The eID service that the town rents: its settings, whether it answers, and the way out. `eid_service_page` shows it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;

use super::eid_service_page::{EidServicePage, Facts, HandOver, Hitch, Tested};
use super::entry::{self, Entered, Member};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::secret::Secret;
use crate::domain::service::hex;
use crate::eid::makers;
use crate::eid::service::settings::{Algorithm, Field, Mistake};
use crate::eid::service::{Client, ServiceError, ServiceSettings, kept};
use crate::http::{Params, Trouble, redirect};
use crate::paths;
use crate::store::{self, Write};
use crate::web::doors;
use crate::web::visit::Visit;

/// Three certificate chains and two keys, percent-encoded.
const FORM_BYTES_MAX: usize = 80 * 1024;

/// `GET /operator/eid/service`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    let seen = kept::look(&visit.app)?;
    page(&member, &visit, &seen, Shown::default())
}

/// `POST /operator/eid/service`: `action` is `save`, `test` or `remove`.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.large_form(&body, FORM_BYTES_MAX)?;
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    // A demo reads made-up cards and nothing else.
    if visit.rooms.makers.is_demo() {
        return Err(Trouble::NotFound);
    }
    match form.get("action") {
        Some("save") => save(&member, &visit, &form).await,
        Some("test") => test(&member, &visit).await,
        Some("remove") => remove(&member, &visit, &form).await,
        _ => Err(Trouble::BadRequest("action")),
    }
}

async fn save(member: &Member, visit: &Visit, form: &Params) -> Result<HttpResponse, Trouble> {
    let seen = kept::look(&visit.app)?;
    let entered = entered(form, seen.settings.as_ref())?;
    if form.get("seen").unwrap_or("") != seen.mark(&visit.app) {
        return changed_in_between(member, visit, entered);
    }
    let mistakes = entered.check().err().unwrap_or_default();
    if !mistakes.is_empty() {
        return page(member, visit, &seen, Shown { entered: Some(entered), mistakes, ..Shown::default() });
    }
    let changed = seen.settings.as_ref().map_or_else(|| Field::ALL.to_vec(), |kept| entered.differing(kept));
    let entry = Entry::new(Event::EidServiceChanged, Actor::Staff(member.staff.id));
    let entry = changed.into_iter().fold(entry, |entry, field| entry.with(field.name(), "changed"));
    if !kept::keep(&entered, &seen, recorded(member, entry), &visit.app).await? {
        return changed_in_between(member, visit, entered);
    }
    Ok(redirect::see_other(paths::OPERATOR_EID_SERVICE))
}

/// Shows what somebody else has saved, beside what was entered here, which a second click saves.
fn changed_in_between(
    member: &Member,
    visit: &Visit,
    entered: ServiceSettings,
) -> Result<HttpResponse, Trouble> {
    let seen = kept::look(&visit.app)?;
    let others = seen.settings.as_ref().map(|kept| entered.differing(kept)).unwrap_or_default();
    let hitch = Some(Hitch::Changed(others));
    page(member, visit, &seen, Shown { entered: Some(entered), hitch, ..Shown::default() })
}

async fn remove(member: &Member, visit: &Visit, form: &Params) -> Result<HttpResponse, Trouble> {
    let seen = kept::look(&visit.app)?;
    if form.get("confirm") != Some("yes") {
        return page(member, visit, &seen, Shown { hitch: Some(Hitch::Unconfirmed), ..Shown::default() });
    }
    let entry = Entry::new(Event::EidServiceRemoved, Actor::Staff(member.staff.id));
    let same = form.get("seen").unwrap_or("") == seen.mark(&visit.app);
    if same && kept::forget(&seen, recorded(member, entry), &visit.app).await? {
        return Ok(redirect::see_other(paths::OPERATOR_EID_SERVICE));
    }
    let seen = kept::look(&visit.app)?;
    let hitch = seen.settings.is_some().then(|| Hitch::Changed(Vec::new()));
    page(member, visit, &seen, Shown { hitch, ..Shown::default() })
}

async fn test(member: &Member, visit: &Visit) -> Result<HttpResponse, Trouble> {
    visit.app.limits.count_account(member.staff.id.bytes())?;
    let seen = kept::look(&visit.app)?;
    let Some(settings) = &seen.settings else { return Err(Trouble::BadRequest("action")) };
    let answered = match settings.check() {
        // Settings that an older version took.
        Err(_mistakes) => Err(ServiceError::Ours),
        Ok(checked) => match Client::new(checked) {
            Ok(client) => client.server_info(visit.app.clock.as_ref()).await,
            Err(why) => Err(why),
        },
    };
    let tested = Some(match answered {
        Ok(info) => Tested::Answers { missing: info.missing(&makers::wanted(&visit.app)?).collect(), info },
        Err(why) => {
            tracing::warn!(%why, "An operator's test of the eID service failed");
            Tested::Fails(why)
        }
    });
    page(member, visit, &seen, Shown { tested, ..Shown::default() })
}

/// In the write that changes the settings: the session still stands, and the audit knows.
fn recorded(member: &Member, entry: Entry) -> impl Fn(&Write) -> Result<(), Trouble> + Send + 'static {
    let session = member.session.id;
    move |db| {
        doors::still_open(session, db)?;
        Ok(store::audit::append(&entry, db)?)
    }
}

/// The form's settings. A field for certificates or a key that was left empty keeps what is there.
fn entered(form: &Params, kept: Option<&ServiceSettings>) -> Result<ServiceSettings, Trouble> {
    let text = |field: Field| form.get(field.name()).map(str::trim).filter(|text| !text.is_empty());
    let pem = |field: Field| {
        let before = || kept.map_or("", |kept| kept.text(field));
        text(field).map_or_else(|| before().to_owned(), str::to_owned)
    };
    let algorithm =
        form.get("algorithm").and_then(Algorithm::parse).ok_or(Trouble::BadRequest("algorithm"))?;
    Ok(ServiceSettings {
        address: text(Field::Address).unwrap_or_default().to_owned(),
        tls_certificate: pem(Field::TlsCertificate),
        tls_key: Secret::new(pem(Field::TlsKey)),
        server_anchors: pem(Field::ServerAnchors),
        signing_certificate: pem(Field::SigningCertificate),
        signing_key: Secret::new(pem(Field::SigningKey)),
        provider_certificates: pem(Field::ProviderCertificates),
        algorithm,
        paos_address: text(Field::PaosAddress).map(str::to_owned),
        token_address: text(Field::TokenAddress).map(str::to_owned),
        asks_level: form.get("asks_level").is_some(),
    })
}

/// What is particular about one showing of the page.
#[derive(Default)]
struct Shown {
    entered: Option<ServiceSettings>,
    mistakes: Vec<Mistake>,
    hitch: Option<Hitch>,
    tested: Option<Tested>,
}

fn page(member: &Member, visit: &Visit, seen: &kept::Seen, shown: Shown) -> Result<HttpResponse, Trouble> {
    let status = match (&shown.hitch, shown.mistakes.is_empty()) {
        (Some(Hitch::Changed(_)), _) => StatusCode::CONFLICT,
        (Some(Hitch::Unconfirmed), _) | (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (None, true) => StatusCode::OK,
    };
    let mut frame = entry::frame(visit).at(paths::OPERATOR_EID_SERVICE.to_owned());
    frame.chrome = frame.chrome.signed_in(&member.staff.name);
    let facts = Facts {
        demo: visit.rooms.makers.is_demo(),
        kept: seen.settings.as_ref(),
        expiries: seen.settings.as_ref().map(ServiceSettings::expiries).unwrap_or_default(),
        entered: shown.entered.as_ref(),
        mistakes: &shown.mistakes,
        hitch: shown.hitch.as_ref(),
        tested: shown.tested.as_ref(),
        seen: seen.mark(&visit.app),
        hand_over: HandOver {
            origin: visit.app.origin.clone(),
            tls: visit.rooms.makers.tls().map(|hash| hex(&hash)),
        },
    };
    Ok(frame.show(&EidServicePage::new(&facts, &frame.chrome), status))
}
