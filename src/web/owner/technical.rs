//! What only machines care about: how the program proves itself, its keys, its log-out addresses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Owner};
use super::form_page::Choice;
use super::new_service::FORM_BYTES_MAX;
use super::settings::own;
use super::technical_form::{Mistake, Technical};
use super::{Section, SectionLink, owner_tabs, sections};
use crate::domain::id::OrganisationId;
use crate::domain::registration::ClientAuthentication;
use crate::domain::service::Service;
use crate::domain::staff::Role;
use crate::http::{Trouble, redirect};
use crate::oidc::registration::ID_TOKEN_ALGS;
use crate::paths;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::service_change;
use crate::web::visit::Visit;

/// `GET /services/{service}/technical`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let service = own(&owner, &visit)?;
    let form = Technical::of(&service.registration);
    Ok(page(&visit, &owner, &service, (&form, &[]), false))
}

/// `POST /services/{service}/technical`: in force at once; nobody is asked for more.
pub async fn save(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let sent = visit.large_form(&body, FORM_BYTES_MAX)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    let service = own(&owner, &visit)?;
    let form = Technical::read(&sent, &service.registration)?;
    let version: i64 =
        sent.get("version").and_then(|text| text.parse().ok()).ok_or(Trouble::BadRequest("version"))?;
    let to = match form.over(&service.registration) {
        Ok(to) => to,
        Err(mistakes) => return Ok(page(&visit, &owner, &service, (&form, &mistakes), false)),
    };
    if version != service.version {
        return Ok(page(&visit, &owner, &service, (&form, &[]), true));
    }
    visit.app.limits.count_account(owner.member.staff.id.bytes())?;
    service_change::ready_key(&to.id_token_alg, &visit.app).await?;
    let to = Service { registration: to, ..service.clone() };
    let entry = service_change::changed(&service, service.wanted(), to.wanted(), owner.member.actor());
    if service_change::keep(&service, to, entry, owner.member.still(), &visit.app).await? {
        Ok(redirect::see_other(&paths::service(service.id)))
    } else {
        let now = own(&owner, &visit)?;
        Ok(page(&visit, &owner, &now, (&form, &[]), true))
    }
}

fn page(
    visit: &Visit,
    owner: &Owner,
    service: &Service,
    (form, mistakes): (&Technical, &[Mistake]),
    conflict: bool,
) -> HttpResponse {
    let frame = entry::frame(visit).at(paths::service_technical(service.id));
    let status = match (conflict, mistakes.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (_, false) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let staff = &owner.member.staff;
    let page =
        TechnicalPage::new(service, (form, mistakes), conflict, (&staff.name, staff.role), &frame.chrome);
    frame.show(&page, status)
}

/// `templates/owner/technical.html`
#[derive(Template)]
#[template(path = "owner/technical.html")]
pub(crate) struct TechnicalPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) sections: Vec<SectionLink>,
    pub(crate) name: String,
    pub(crate) version: i64,
    /// Somebody else has changed it since.
    pub(crate) conflict: bool,
    pub(crate) methods: Vec<Choice>,
    pub(crate) algs: Vec<Choice>,
    pub(crate) post_logout: String,
    pub(crate) post_logout_mistake: Option<String>,
    pub(crate) backchannel: String,
    pub(crate) backchannel_mistake: bool,
    /// It may prove itself by a key.
    pub(crate) keys: bool,
    pub(crate) jwks: String,
    pub(crate) jwks_uri: String,
    pub(crate) keys_mistake: Option<String>,
    pub(crate) save_url: String,
    pub(crate) back_url: &'static str,
}

impl TechnicalPage {
    fn new(
        service: &Service,
        (form, mistakes): (&Technical, &[Mistake]),
        conflict: bool,
        (staff, role): (&str, Role),
        chrome: &Chrome,
    ) -> Self {
        let public = service.is_public();
        let fits = |method: &ClientAuthentication| (*method == ClientAuthentication::None) == public;
        let choice = |method: ClientAuthentication| Choice {
            value: method.name(),
            words: method_words(method, chrome),
            more: method.name(),
            chosen: method == form.authentication,
        };
        let alg = |alg| Choice { value: alg, words: alg, more: "", chosen: alg == form.id_token_alg };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: owner_tabs(chrome),
            sections: sections(service, role, Section::Technical, chrome),
            name: service.registration.name.clone(),
            version: service.version,
            conflict,
            methods: ClientAuthentication::ALL.into_iter().filter(fits).map(choice).collect(),
            algs: ID_TOKEN_ALGS.map(alg).into(),
            post_logout: form.post_logout.clone(),
            post_logout_mistake: mistakes.iter().find_map(|one| address(one, chrome)),
            backchannel: form.backchannel.clone(),
            backchannel_mistake: mistakes.contains(&Mistake::Backchannel),
            keys: !public,
            jwks: form.jwks.clone(),
            jwks_uri: form.jwks_uri.clone(),
            keys_mistake: mistakes.iter().find_map(|one| keys(one, chrome)),
            save_url: paths::service_technical(service.id),
            back_url: paths::SERVICES,
        }
    }
}

fn method_words(method: ClientAuthentication, chrome: &Chrome) -> &'static str {
    match method {
        ClientAuthentication::None => chrome.t("technical.none"),
        ClientAuthentication::ClientSecretBasic => chrome.t("technical.basic"),
        ClientAuthentication::ClientSecretPost => chrome.t("technical.post"),
        ClientAuthentication::PrivateKeyJwt => chrome.t("technical.key"),
    }
}

fn address(mistake: &Mistake, chrome: &Chrome) -> Option<String> {
    match mistake {
        Mistake::PostLogout(address) => {
            let shown: String = address.chars().take(80).collect();
            Some(chrome.t1("technical.address_wrong", shown))
        }
        Mistake::TooMany => Some(chrome.t("owner.new.too_many").to_owned()),
        _ => None,
    }
}

fn keys(mistake: &Mistake, chrome: &Chrome) -> Option<String> {
    match mistake {
        Mistake::KeysMissing => Some(chrome.t("technical.keys_missing").to_owned()),
        Mistake::KeysBoth => Some(chrome.t("technical.keys_both").to_owned()),
        Mistake::Keys(why) => Some(chrome.t1("technical.keys_wrong", why)),
        Mistake::KeysUri => Some(chrome.t("technical.keys_uri_wrong").to_owned()),
        _ => None,
    }
}

impl Page for TechnicalPage {
    const NAME: &'static str = "owner/technical";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let own = OrganisationId::from_bytes([1; 16]);
        let services = crate::web::account::sample::services(chrome);
        let page = |at: usize, form: Option<Technical>, conflict| {
            let service = Service { organisation: Some(own), ..services[at].clone() };
            let form = form.unwrap_or_else(|| Technical::of(&service.registration));
            let mistakes = form.over(&service.registration).err().unwrap_or_default();
            Self::new(&service, (&form, &mistakes), conflict, (SAMPLE_STAFF, Role::Owner(own)), chrome)
        };
        let wrong = Technical {
            authentication: ClientAuthentication::PrivateKeyJwt,
            post_logout: "http://parken.birkenfurt.example/".to_owned(),
            backchannel: "parken".to_owned(),
            jwks: String::new(),
            jwks_uri: String::new(),
            ..Technical::of(&services[0].registration)
        };
        vec![
            ("server", page(0, None, false)),
            ("mistakes", page(0, Some(wrong), false)),
            ("app", page(1, None, true)),
        ]
    }
}
