//! Webhooks: where an organisation is told what happens to its services; the list, and a new one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Owner};
use super::tabs_at;
use crate::domain::audit::{Entry, Event};
use crate::domain::id::{OrganisationId, WebhookId};
use crate::domain::staff::Role;
use crate::domain::webhook::{Happening, State, Webhook};
use crate::http::{Params, Trouble, redirect};
use crate::oidc::registration::is_callable;
use crate::paths;
use crate::store::{self, vault};
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::webhook::sign::SigningSecret;
use std::collections::BTreeSet;

/// Letters of an address at most.
const URL_MAX: usize = 500;

/// `GET /services/webhooks`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let all = Happening::ALL.iter().copied().collect();
    let form = Form { id: WebhookId::draw(visit.app.dice.as_ref()), url: String::new(), happenings: all };
    page(&visit, &owner, &form, None)
}

/// What was entered.
pub(super) struct Form {
    /// Drawn when the form was shown: sent twice, it makes one.
    pub(super) id: WebhookId,
    pub(super) url: String,
    pub(super) happenings: BTreeSet<Happening>,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    Url,
    Happenings,
    TooMany,
}

impl Form {
    /// Address and boxes of a form.
    pub(super) fn read(id: WebhookId, form: &Params) -> Self {
        let ticked = |one: &&Happening| form.get(one.name()) == Some("yes");
        Self {
            id,
            url: form.get("url").unwrap_or("").trim().to_owned(),
            happenings: Happening::ALL.iter().filter(ticked).copied().collect(),
        }
    }

    pub(super) fn lack(&self) -> Option<Lack> {
        if self.url.len() > URL_MAX || !is_callable(&self.url) {
            Some(Lack::Url)
        } else if self.happenings.is_empty() {
            Some(Lack::Happenings)
        } else {
            None
        }
    }
}

/// `POST /services/webhooks`: `webhook` is the id that the form was given, `url`, and what it is told as boxes. Leads to its
/// page, which shows the secret, once.
pub async fn add(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let id: Option<WebhookId> = form.get("webhook").and_then(|id| id.parse().ok());
    let form = Form::read(id.ok_or(Trouble::BadRequest("webhook"))?, &form);
    if let Some(lack) = form.lack() {
        return page(&visit, &owner, &form, Some(lack));
    }
    let app = &visit.app;
    app.limits.count_account(owner.member.staff.id.bytes())?;
    let webhook = Webhook {
        id: form.id,
        organisation: owner.organisation.id,
        url: form.url.clone(),
        happenings: form.happenings.clone(),
        state: State::On,
        failing_since: None,
        created: app.now(),
        version: 1,
    };
    let secret = SigningSecret::draw(app.dice.as_ref());
    let keys = app.keys.keys_for_sealing().map_err(|why| Trouble::fault("seal", &why))?;
    let sealed = vault::seal_webhook(webhook.id, secret.bytes(), &keys, app.dice.as_ref());
    let entry = Entry::new(Event::WebhookMade, owner.member.actor()).with("webhook", webhook.id);
    let (still, kept) = (owner.member.still(), webhook.clone());
    let made = app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let made = store::webhook::insert(&kept, &sealed, db)?;
        if made {
            store::audit::append(&entry, db)?;
        }
        Ok(made)
    });
    if made.await? {
        return super::webhook::page(
            &visit,
            &owner,
            &webhook,
            super::webhook::Outcome::Secret(secret.expose()),
        );
    }
    match app.store.read(|db| store::webhook::by_id(form.id, db))? {
        // Sent twice; its secret was shown.
        Some(there) if there.organisation == owner.organisation.id => {
            Ok(redirect::see_other(&paths::services_webhook(there.id)))
        }
        _ => page(&visit, &owner, &form, Some(Lack::TooMany)),
    }
}

fn page(visit: &Visit, owner: &Owner, form: &Form, lack: Option<Lack>) -> Result<HttpResponse, Trouble> {
    let of = owner.organisation.id;
    let all = visit.app.store.read(|db| store::webhook::of_organisation(of, db))?;
    let status = match lack {
        None => StatusCode::OK,
        Some(Lack::TooMany) => StatusCode::CONFLICT,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let frame = entry::frame(visit).at(paths::SERVICES_WEBHOOKS.to_owned());
    let page = WebhooksPage::new(&all, form, lack, (&owner.member.staff.name, of), &frame.chrome);
    Ok(frame.show(&page, status))
}

/// One to tick: name, words, whether it is.
pub(crate) type Box3 = (&'static str, &'static str, bool);

/// What a webhook can be told.
pub(super) fn boxes(chosen: &BTreeSet<Happening>, chrome: &Chrome) -> Vec<Box3> {
    Happening::ALL.iter().map(|one| (one.name(), happening(*one, chrome), chosen.contains(one))).collect()
}

pub(super) fn happening(one: Happening, chrome: &Chrome) -> &'static str {
    match one {
        Happening::ServiceAdded => chrome.t("webhook.told.service_added"),
        Happening::ServiceChanged => chrome.t("webhook.told.service_changed"),
        Happening::ServiceReleased => chrome.t("webhook.told.service_released"),
        Happening::ServiceReturned => chrome.t("webhook.told.service_returned"),
        Happening::ServicePaused => chrome.t("webhook.told.service_paused"),
        Happening::ServiceResumed => chrome.t("webhook.told.service_resumed"),
        Happening::ServiceOffered => chrome.t("webhook.told.service_offered"),
        Happening::ServiceHandedOver => chrome.t("webhook.told.service_handed_over"),
        Happening::ServiceRemoved => chrome.t("webhook.told.service_removed"),
        Happening::SecretRotated => chrome.t("webhook.told.secret_rotated"),
        Happening::SecretExpiring => chrome.t("webhook.told.secret_expiring"),
        Happening::PersonLeft => chrome.t("webhook.told.person_left"),
    }
}

/// Badge and words of how it stands.
pub(super) fn state(webhook: &Webhook, chrome: &Chrome) -> (&'static str, &'static str) {
    match webhook.state {
        State::On if webhook.failing_since.is_some() => ("warning", chrome.t("webhook.state.failing")),
        State::On => ("success", chrome.t("webhook.state.on")),
        State::Off => ("info", chrome.t("webhook.state.off")),
        State::Failed => ("danger", chrome.t("webhook.state.failed")),
        State::Gone => ("danger", chrome.t("webhook.state.gone")),
    }
}

/// One webhook, in words.
pub(crate) struct WebhookLine {
    pub(crate) page_url: String,
    pub(crate) url: String,
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
    pub(crate) created: String,
}

/// `templates/owner/webhooks.html`
#[derive(Template)]
#[template(path = "owner/webhooks.html")]
pub(crate) struct WebhooksPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) webhooks: Vec<WebhookLine>,
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) boxes: Vec<Box3>,
    pub(crate) url_mistake: bool,
    pub(crate) boxes_mistake: bool,
    pub(crate) too_many: bool,
    pub(crate) add_url: &'static str,
}

impl WebhooksPage {
    /// `staff` and `of`: the name of who is logged in, and their organisation.
    fn new(
        all: &[Webhook],
        form: &Form,
        lack: Option<Lack>,
        (staff, of): (&str, OrganisationId),
        chrome: &Chrome,
    ) -> Self {
        let line = |webhook: &Webhook| {
            let (kind, state) = state(webhook, chrome);
            WebhookLine {
                page_url: paths::services_webhook(webhook.id),
                url: webhook.url.clone(),
                kind,
                state,
                created: words::day(webhook.created, chrome),
            }
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs_at(paths::SERVICES_WEBHOOKS, Role::Owner(of), chrome),
            webhooks: all.iter().map(line).collect(),
            id: form.id.to_string(),
            url: form.url.clone(),
            boxes: boxes(&form.happenings, chrome),
            url_mistake: lack == Some(Lack::Url),
            boxes_mistake: lack == Some(Lack::Happenings),
            too_many: lack == Some(Lack::TooMany),
            add_url: paths::SERVICES_WEBHOOKS,
        }
    }
}

/// A made-up one.
pub(super) fn sample(state: State, chrome: &Chrome) -> Webhook {
    Webhook {
        id: WebhookId::from_bytes([91; 16]),
        organisation: OrganisationId::from_bytes([3; 16]),
        url: "https://fachverfahren.example/torhaus".to_owned(),
        happenings: [Happening::ServiceReleased, Happening::PersonLeft].into(),
        state,
        failing_since: None,
        created: words::now(chrome),
        version: 1,
    }
}

impl Page for WebhooksPage {
    const NAME: &'static str = "owner/webhooks";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let failing = Webhook { failing_since: Some(words::now(chrome)), ..sample(State::On, chrome) };
        let all =
            [sample(State::On, chrome), failing, sample(State::Off, chrome), sample(State::Gone, chrome)];
        let form = |url: &str| Form {
            id: WebhookId::from_bytes([92; 16]),
            url: url.to_owned(),
            happenings: Happening::ALL.iter().copied().collect(),
        };
        let of = OrganisationId::from_bytes([3; 16]);
        let page =
            |all: &[Webhook], form: &Form, lack| Self::new(all, form, lack, (SAMPLE_STAFF, of), chrome);
        vec![
            ("some", page(&all, &form(""), None)),
            ("none", page(&[], &form("http://fachverfahren.example/"), Some(Lack::Url))),
            ("too_many", page(&all, &form("https://a.example/"), Some(Lack::TooMany))),
        ]
    }
}
