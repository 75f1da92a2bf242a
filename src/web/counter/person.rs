//! Somebody at the counter: who they are, to compare with their document; their devices; blocking and releasing.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::{Place, clerk, frame, tabs};
use crate::domain::attribute::{Address, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{Card, CardState, LinkedBy, Review, Standing};
use crate::domain::counter::Reason;
use crate::domain::id::{PasskeyId, PersonId};
use crate::domain::passkey::{Holder, PasskeyState};
use crate::domain::person::PersonState;
use crate::http::{Params, Trouble, redirect};
use crate::oidc::logout;
use crate::store::{Fault, Write};
use crate::web::account::cards;
use crate::web::account::dossier::Dossier;
use crate::web::account::history::{HistoryRow, history_rows};
use crate::web::card_undo::UndoForm;
use crate::web::citizen::consent::birth_text;
use crate::web::operator::card_review_words::stage;
use crate::web::operator::entry::Member;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{people, words};
use crate::{paths, store};

/// Rows of the history on the page.
const HISTORY: u32 = 10;

/// `GET /counter/people/{person}`: whom this clerk has found. The audit knows before anything is shown.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match clerk(&visit).await? {
        Ok(member) => member,
        Err(answer) => return Ok(answer),
    };
    let person = before(visit.id("person")?, &member, &visit)?;
    let (still, actor) = (member.still(), Actor::Staff(member.staff.id));
    let written = visit.app.write(move |db| -> Result<(), Trouble> {
        still(db)?;
        Ok(store::audit::append(&Entry::new(Event::PersonRevealed, actor).about(person), db)?)
    });
    written.await?;
    page(&visit, &member, person, false)
}

/// The person, if this clerk has them before them.
pub(super) fn before(person: PersonId, member: &Member, visit: &Visit) -> Result<PersonId, Trouble> {
    let (session, now) = (member.session.id, visit.app.now());
    let open = visit.app.store.read(|db| store::counter::is_open(session, person, now, db))?;
    if open { Ok(person) } else { Err(Trouble::NotFound) }
}

/// `POST /counter/people/{person}`: `action` is `block` or `release`, for a `device` or for the whole person; `reason` is
/// required.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match clerk(&visit).await? {
        Ok(member) => member,
        Err(answer) => return Ok(answer),
    };
    let person = before(visit.id("person")?, &member, &visit)?;
    let block = match form.get("action") {
        Some("block") => true,
        Some("release") => false,
        _ => return Err(Trouble::BadRequest("action")),
    };
    let Some(reason) = form.get("reason").and_then(Reason::parse) else {
        return page(&visit, &member, person, true);
    };
    let device = device(&form)?;
    let act = Act { person, block, reason, actor: Actor::Staff(member.staff.id) };
    let still = member.still();
    let done = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        Ok(match device {
            Some(device) => act.on_device(device, db)?,
            None => act.on_person(db)?,
        })
    });
    if done.await? { Ok(redirect::see_other(&paths::counter_person(person))) } else { Err(Trouble::NotFound) }
}

fn device(form: &Params) -> Result<Option<PasskeyId>, Trouble> {
    let device = form.get("device").map(str::parse);
    device.transpose().map_err(|_wrong| Trouble::BadRequest("device"))
}

struct Act {
    person: PersonId,
    block: bool,
    reason: Reason,
    actor: Actor,
}

impl Act {
    /// `false`: there is no such person. Who is in that state already stays so, and nothing is written.
    fn on_person(&self, db: &Write) -> Result<bool, Fault> {
        let to = if self.block { PersonState::Blocked } else { PersonState::Active };
        let Some(person) = store::person::by_id(self.person, db)? else { return Ok(false) };
        if person.state != to {
            people::set_state_because(&person, to, (self.actor, Some(self.reason)), db)?;
        }
        Ok(true)
    }

    /// A blocked device opens nothing, and wherever somebody is logged in, that ends; its bindings are revoked for good.
    fn on_device(&self, id: PasskeyId, db: &Write) -> Result<bool, Fault> {
        let holder = Holder::Person(self.person);
        let Some(key) = store::passkey::by_id(id, db)?.filter(|key| key.holder == holder) else {
            return Ok(false);
        };
        let to = if self.block { PasskeyState::Blocked } else { PasskeyState::Active };
        if key.state == to || !store::passkey::set_state(&key, to, db)? {
            return Ok(true);
        }
        if self.block {
            people::revoke_bindings(id, self.person, self.actor, db)?;
            // All of them: a session may have begun with a card in the very browser that was lost.
            for session in store::session::by_holder(holder, db)? {
                logout::end(&session, db)?;
            }
        }
        let event = if self.block { Event::PasskeyBlocked } else { Event::PasskeyReleased };
        let entry = Entry::new(event, self.actor).about(self.person).with("passkey", id);
        store::audit::append(&entry.with("reason", self.reason.name()), db)?;
        Ok(true)
    }
}

fn page(visit: &Visit, member: &Member, person: PersonId, unsaid: bool) -> Result<HttpResponse, Trouble> {
    let dossier = Dossier::load_before(person, i64::MAX, HISTORY, &visit.app)?.ok_or(Trouble::NotFound)?;
    let frame = frame(visit)?.at(paths::counter_person(person));
    let status = if unsaid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(frame.show(&PersonPage::new(&dossier, unsaid, &member.staff.name, &frame.chrome), status))
}

/// A device, in words.
pub(crate) struct DeviceLine {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Badge and word of its state.
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) used: Option<String>,
    pub(crate) blocked: bool,
}

/// `templates/counter/person.html`
#[derive(Template)]
#[template(path = "counter/person.html")]
pub(crate) struct PersonPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) name: String,
    /// To compare with the document.
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) active: bool,
    /// No reason was chosen.
    pub(crate) unsaid: bool,
    pub(crate) devices: Vec<DeviceLine>,
    /// Value and words.
    pub(crate) reasons: Vec<(&'static str, &'static str)>,
    pub(crate) history: Vec<HistoryRow>,
    pub(crate) act_url: String,
    pub(crate) identify_url: String,
    /// New cards about which somebody has to decide, or has decided: words and address.
    pub(crate) reviews: Vec<(String, String)>,
    /// The card that leads to the account, and how it came to it.
    pub(crate) card: Option<(String, String)>,
    /// A clerk linked it, and that can be undone.
    pub(crate) undo: Option<UndoForm>,
    pub(crate) back_url: &'static str,
}

impl PersonPage {
    /// `staff`: the name of who is logged in.
    fn new(dossier: &Dossier, unsaid: bool, staff: &str, chrome: &Chrome) -> Self {
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(Place::Find, chrome),
            name: name(dossier, chrome),
            facts: facts(&dossier.identity, dossier, chrome),
            active: dossier.person.state == PersonState::Active,
            unsaid,
            devices: dossier.passkeys.iter().map(|key| device_line(key, chrome)).collect(),
            reasons: Reason::ALL.map(|reason| (reason.name(), words::reason_of(reason, chrome))).into(),
            history: history_rows(dossier, words::moment, chrome),
            act_url: paths::counter_person(dossier.person.id),
            identify_url: paths::counter_identify(dossier.person.id),
            reviews: dossier
                .reviews
                .iter()
                .map(|review| {
                    let asked = words::day(review.asked, chrome);
                    let text = chrome.t2("counter.card", asked, stage(&review.stage, chrome));
                    (text, paths::counter_card_review(review.id))
                })
                .collect(),
            card: dossier
                .cards
                .iter()
                .find(|card| card.state == CardState::Current)
                .map(|card| (cards::name(card, chrome), how_linked(card, chrome))),
            undo: undo(dossier, chrome),
            back_url: paths::COUNTER,
        }
    }
}

/// Who it is. After a link was undone nothing may be known of them.
fn name(dossier: &Dossier, chrome: &Chrome) -> String {
    match dossier.identity.display_name() {
        name if name.is_empty() => chrome.t("counter.nameless").to_owned(),
        name => name,
    }
}

/// How a card came to its person, and when.
fn how_linked(card: &Card, chrome: &Chrome) -> String {
    let Some(linked) = card.linked else {
        return chrome.t1("counter.card_since", words::day(card.added, chrome));
    };
    let at = words::day(linked.at, chrome);
    match linked.by {
        LinkedBy::Authenticator => chrome.t1("counter.card_by_device", at),
        LinkedBy::TransferCode => chrome.t1("counter.card_by_code", at),
        LinkedBy::Clerk => chrome.t1("counter.card_by_clerk", at),
    }
}

fn undo(dossier: &Dossier, chrome: &Chrome) -> Option<UndoForm> {
    let stands = |review: &&Review| review.standing(&dossier.cards) == Some(Standing::Linked);
    let review = dossier.reviews.iter().find(stands)?;
    Some(UndoForm::new(review, paths::counter_card_review(review.id), None, chrome))
}

fn facts(identity: &Identity, dossier: &Dossier, chrome: &Chrome) -> Vec<(&'static str, String)> {
    let state = match dossier.person.state {
        PersonState::Active => chrome.t("counter.active"),
        PersonState::Blocked => chrome.t("counter.blocked"),
    };
    let birth = identity.birth_date.map(|date| birth_text(date, chrome));
    let address = identity.address.as_ref().map(Address::one_line);
    let checked = dossier.checks.first().map(|check| {
        chrome.t2("counter.checked_with", words::method(check.method, chrome), words::day(check.at, chrome))
    });
    [
        Some((chrome.t("counter.birth_date"), birth.unwrap_or_else(|| chrome.t("data.unknown").to_owned()))),
        identity.birth_place.clone().map(|place| (chrome.t("counter.birth_place"), place)),
        address.map(|address| (chrome.t("counter.address"), address)),
        checked.map(|checked| (chrome.t("counter.checked"), checked)),
        Some((chrome.t("operator.state"), state.to_owned())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn device_line(key: &crate::domain::passkey::Passkey, chrome: &Chrome) -> DeviceLine {
    let (kind, state) = match key.state {
        PasskeyState::Active => ("success", chrome.t("operator.person.device_active")),
        PasskeyState::Suspended => ("warning", chrome.t("operator.person.device_suspended")),
        PasskeyState::Blocked => ("danger", chrome.t("operator.person.device_blocked")),
    };
    DeviceLine {
        id: key.id.to_string(),
        name: key.name.clone(),
        kind,
        state,
        used: key.last_used.map(|at| words::relative(at, chrome)),
        blocked: key.state == PasskeyState::Blocked,
    }
}

impl Page for PersonPage {
    const NAME: &'static str = "counter/person";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::web::account::sample;
        let mut blocked = sample::dossier(chrome);
        blocked.person.state = PersonState::Blocked;
        blocked.passkeys[1].state = PasskeyState::Blocked;
        let page = |dossier: &Dossier, unsaid| Self::new(dossier, unsaid, SAMPLE_STAFF, chrome);
        let mut linked = sample::dossier(chrome);
        sample::link_by_clerk(&mut linked, words::now(chrome));
        let mut nameless = sample::dossier(chrome);
        sample::undo_link(&mut nameless, words::now(chrome));
        let mut bare = sample::dossier(chrome);
        (bare.cards, bare.reviews) = (vec![], vec![]);
        vec![
            ("active", page(&sample::dossier(chrome), false)),
            ("blocked", page(&blocked, true)),
            ("linked", page(&linked, false)),
            ("bare", page(&bare, false)),
            ("nameless", page(&nameless, false)),
        ]
    }
}
