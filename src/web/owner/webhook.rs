//! One webhook: what it is told and what became of that, its secret, a try, its end.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Owner};
use super::tabs_at;
use super::webhooks::{Box3, Form, Lack, boxes, happening, sample, state};
use crate::domain::audit::{Entry, Event};
use crate::domain::dice::draw;
use crate::domain::id::{MessageId, WebhookId};
use crate::domain::staff::Role;
use crate::domain::webhook::{Happening, State, Webhook};
use crate::http::{Params, Trouble, redirect};
use crate::paths;
use crate::store::webhook::Message;
use crate::store::{self, Write, vault};
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::webhook::sign::SigningSecret;

/// Messages on the page.
const SHOWN: u32 = 50;

/// `GET /services/webhooks/{webhook}`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::owner(&visit).await? {
        Ok(owner) => page(&visit, &owner, &own(&owner, &visit)?, Outcome::Nothing),
        Err(answer) => Ok(answer),
    }
}

/// The webhook of the address; of nobody else's it is not even told that it is there.
fn own(owner: &Owner, visit: &Visit) -> Result<Webhook, Trouble> {
    let id: WebhookId = visit.id("webhook")?;
    let found = visit.app.store.read(|db| store::webhook::by_id(id, db))?;
    found.filter(|webhook| webhook.organisation == owner.organisation.id).ok_or(Trouble::NotFound)
}

/// What came of the last click.
pub(super) enum Outcome {
    Nothing,
    /// Shown now and never again.
    Secret(String),
    Wrong(Form, Lack),
    /// Somebody has changed it in between.
    Changed,
    /// It is on its way.
    Sent,
    /// The box was not ticked.
    Unsure,
}

/// `POST /services/webhooks/{webhook}`: `action` is `change` (with `url` and boxes), `off`, `on`, `secret`, `test`, `again`
/// (with `message`) or `remove` (with `confirm=yes`); `version` what was seen.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let webhook = own(&owner, &visit)?;
    let seen: i64 =
        form.get("version").and_then(|text| text.parse().ok()).ok_or(Trouble::BadRequest("version"))?;
    if seen != webhook.version {
        return page(&visit, &owner, &webhook, Outcome::Changed);
    }
    visit.app.limits.count_account(owner.member.staff.id.bytes())?;
    let to = |state| Webhook { state, ..webhook.clone() };
    match form.get("action") {
        Some("change") => change(&webhook, &form, &owner, &visit).await,
        Some("off") => keep(&webhook, to(State::Off), &owner, &visit).await,
        Some("on") => keep(&webhook, to(State::On), &owner, &visit).await,
        Some("secret") => renew(&webhook, &owner, &visit).await,
        Some("test") => test(&webhook, &owner, &visit).await,
        Some("again") => again(&webhook, &form, &owner, &visit).await,
        Some("remove") if form.get("confirm") == Some("yes") => remove(&webhook, &owner, &visit).await,
        Some("remove") => page(&visit, &owner, &webhook, Outcome::Unsure),
        _ => Err(Trouble::BadRequest("action")),
    }
}

/// Does it, if its owner is still there, with a row of the audit if it happened.
async fn write(
    owner: &Owner,
    visit: &Visit,
    entry: Option<Entry>,
    job: impl Fn(&Write) -> Result<bool, store::Fault> + Send + 'static,
) -> Result<bool, Trouble> {
    let still = owner.member.still();
    let written = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let done = job(db)?;
        if let (true, Some(entry)) = (done, &entry) {
            store::audit::append(entry, db)?;
        }
        Ok(done)
    });
    written.await
}

fn noted(event: Event, webhook: &Webhook, owner: &Owner) -> Option<Entry> {
    Some(Entry::new(event, owner.member.actor()).with("webhook", webhook.id))
}

async fn change(
    webhook: &Webhook,
    form: &Params,
    owner: &Owner,
    visit: &Visit,
) -> Result<HttpResponse, Trouble> {
    let form = Form::read(webhook.id, form);
    if let Some(lack) = form.lack() {
        return page(visit, owner, webhook, Outcome::Wrong(form, lack));
    }
    let to = Webhook { url: form.url, happenings: form.happenings, ..webhook.clone() };
    keep(webhook, to, owner, visit).await
}

async fn keep(from: &Webhook, to: Webhook, owner: &Owner, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let (id, seen) = (from.id, from.clone());
    let entry = noted(Event::WebhookChanged, from, owner).map(|entry| entry.with("state", to.state.name()));
    if write(owner, visit, entry, move |db| store::webhook::advance(&seen, &to, db)).await? {
        Ok(redirect::see_other(&paths::services_webhook(id)))
    } else {
        page(visit, owner, &own(owner, visit)?, Outcome::Changed)
    }
}

async fn renew(webhook: &Webhook, owner: &Owner, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let secret = SigningSecret::draw(app.dice.as_ref());
    let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    let sealed = vault::seal_webhook(webhook.id, secret.bytes(), &keys, app.dice.as_ref());
    let (entry, seen) = (noted(Event::WebhookChanged, webhook, owner), webhook.clone());
    let entry = entry.map(|entry| entry.with("secret", "changed"));
    let done = write(owner, visit, entry, move |db| store::webhook::set_secret(&seen, &sealed, db)).await?;
    let outcome = if done { Outcome::Secret(secret.expose()) } else { Outcome::Changed };
    page(visit, owner, &own(owner, visit)?, outcome)
}

async fn test(webhook: &Webhook, owner: &Owner, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let (mark, to): ([u8; 16], _) = (draw(visit.app.dice.as_ref()), webhook.clone());
    write(owner, visit, None, move |db| store::webhook::test_message(&to, &mark, db).map(|()| true)).await?;
    page(visit, owner, webhook, Outcome::Sent)
}

async fn again(
    webhook: &Webhook,
    form: &Params,
    owner: &Owner,
    visit: &Visit,
) -> Result<HttpResponse, Trouble> {
    let message: Option<MessageId> = form.get("message").and_then(|id| id.parse().ok());
    let (message, of) = (message.ok_or(Trouble::BadRequest("message"))?, webhook.id);
    write(owner, visit, None, move |db| store::webhook::again(message, of, db)).await?;
    Ok(redirect::see_other(&paths::services_webhook(of)))
}

async fn remove(webhook: &Webhook, owner: &Owner, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let (id, of) = (webhook.id, webhook.organisation);
    let entry = noted(Event::WebhookRemoved, webhook, owner);
    write(owner, visit, entry, move |db| store::webhook::remove(id, of, db)).await?;
    Ok(redirect::see_other(paths::SERVICES_WEBHOOKS))
}

pub(super) fn page(
    visit: &Visit,
    owner: &Owner,
    webhook: &Webhook,
    outcome: Outcome,
) -> Result<HttpResponse, Trouble> {
    let messages = visit.app.store.read(|db| store::webhook::messages(webhook.id, SHOWN, db))?;
    let status = match outcome {
        Outcome::Nothing | Outcome::Secret(_) | Outcome::Sent => StatusCode::OK,
        Outcome::Wrong(..) | Outcome::Unsure => StatusCode::UNPROCESSABLE_ENTITY,
        Outcome::Changed => StatusCode::CONFLICT,
    };
    let frame = entry::frame(visit).at(paths::services_webhook(webhook.id));
    let page = WebhookPage::new(webhook, &messages, outcome, &owner.member.staff.name, &frame.chrome);
    Ok(frame.show(&page, status))
}

/// One message, in words.
pub(crate) struct MessageLine {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) made: String,
    pub(crate) kind: &'static str,
    pub(crate) state: String,
    /// The next try, or how many there were.
    pub(crate) tries: String,
    pub(crate) over: bool,
}

/// `templates/owner/webhook.html`. Its forms send `action` and `version`.
#[derive(Template)]
#[template(path = "owner/webhook.html")]
pub(crate) struct WebhookPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) version: i64,
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) on: bool,
    pub(crate) url: String,
    pub(crate) boxes: Vec<Box3>,
    pub(crate) url_mistake: bool,
    pub(crate) boxes_mistake: bool,
    pub(crate) secret: Option<String>,
    /// Title and text of what came of the last click.
    pub(crate) notice: Option<(&'static str, String)>,
    pub(crate) unsure: bool,
    pub(crate) messages: Vec<MessageLine>,
    pub(crate) act_url: String,
    pub(crate) back_url: &'static str,
}

impl WebhookPage {
    fn new(webhook: &Webhook, messages: &[Message], outcome: Outcome, staff: &str, chrome: &Chrome) -> Self {
        let (kind, words) = state(webhook, chrome);
        let notice = match &outcome {
            Outcome::Changed => {
                Some((chrome.t("webhook.changed"), chrome.t("webhook.changed_more").to_owned()))
            }
            Outcome::Sent => Some((chrome.t("webhook.sent"), chrome.t("webhook.sent_more").to_owned())),
            _ => None,
        };
        let unsure = matches!(outcome, Outcome::Unsure);
        let (url, chosen, lack, secret) = match outcome {
            Outcome::Wrong(form, lack) => (form.url, form.happenings, Some(lack), None),
            Outcome::Secret(secret) => (webhook.url.clone(), webhook.happenings.clone(), None, Some(secret)),
            _ => (webhook.url.clone(), webhook.happenings.clone(), None, None),
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs_at(paths::SERVICES_WEBHOOKS, Role::Owner(webhook.organisation), chrome),
            version: webhook.version,
            kind,
            state: words,
            on: webhook.state == State::On,
            url,
            boxes: boxes(&chosen, chrome),
            url_mistake: lack == Some(Lack::Url),
            boxes_mistake: lack == Some(Lack::Happenings),
            secret,
            notice,
            unsure,
            messages: messages.iter().map(|message| message_line(message, chrome)).collect(),
            act_url: paths::services_webhook(webhook.id),
            back_url: paths::SERVICES_WEBHOOKS,
        }
    }
}

fn message_line(message: &Message, chrome: &Chrome) -> MessageLine {
    let what = Happening::parse(&message.happening);
    let what = what.map_or_else(|| chrome.t("webhook.told.test"), |one| happening(one, chrome));
    let (kind, state) = match (message.status, message.trouble.as_deref()) {
        (Some(status @ 200..=299), _) => ("success", chrome.t1("webhook.answer.good", status)),
        (Some(status), _) => ("warning", chrome.t1("webhook.answer.bad", status)),
        (None, Some("connect")) => ("warning", chrome.t("webhook.answer.connect").to_owned()),
        (None, Some("late")) => ("warning", chrome.t("webhook.answer.late").to_owned()),
        (None, Some(_)) => ("warning", chrome.t("webhook.answer.broken").to_owned()),
        (None, None) => ("info", chrome.t("webhook.answer.waits").to_owned()),
    };
    let tries = match message.next {
        Some(next) if message.attempts > 0 => chrome.t1("webhook.next", words::moment(next, chrome)),
        _ => chrome.tn("webhook.tries", u64::from(message.attempts)),
    };
    MessageLine {
        id: message.id.to_string(),
        what: what.to_owned(),
        made: words::relative(message.made, chrome),
        kind,
        state,
        tries,
        over: message.next.is_none(),
    }
}

impl Page for WebhookPage {
    const NAME: &'static str = "owner/webhook";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::domain::time::Span;
        let now = words::now(chrome);
        let message = |number: u8, status: Option<u32>, trouble: Option<&str>, next: bool| Message {
            id: MessageId::from_bytes([number; 16]),
            webhook: WebhookId::from_bytes([91; 16]),
            happening: Happening::ALL[usize::from(number)].name().to_owned(),
            body: String::new(),
            made: now - Span::hours(i64::from(number)),
            attempts: u32::from(number),
            next: next.then(|| now + Span::minutes(30)),
            status,
            trouble: trouble.map(str::to_owned),
            tried: None,
        };
        let messages = [
            message(0, None, None, true),
            message(1, Some(204), None, false),
            message(2, Some(500), None, true),
            message(3, None, Some("connect"), true),
            message(4, None, Some("late"), false),
        ];
        let page = |at, messages: &[Message], outcome| {
            Self::new(&sample(at, chrome), messages, outcome, SAMPLE_STAFF, chrome)
        };
        let wrong = Form { id: WebhookId::from_bytes([91; 16]), url: "x".to_owned(), happenings: [].into() };
        vec![
            ("usual", page(State::On, &messages, Outcome::Nothing)),
            ("secret", page(State::On, &[], Outcome::Secret("whsec_beispiel".to_owned()))),
            ("sent", page(State::On, &messages, Outcome::Sent)),
            ("failed", page(State::Failed, &messages, Outcome::Changed)),
            ("off", page(State::Off, &[], Outcome::Unsure)),
            ("wrong", page(State::On, &[], Outcome::Wrong(wrong, Lack::Url))),
        ]
    }
}
