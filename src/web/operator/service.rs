//! One service: every setting in words, and the technical values to copy.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::decision::WHY_MAX;
use super::entry::{self, Entered, Member};
use super::services::{kind, standing};
use super::{Tab, tabs};
use crate::domain::registration::{ClientAuthentication, GrantType, SubjectType};
use crate::domain::service::Service;
use crate::domain::time::Span;
use crate::http::Trouble;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// `GET /operator/services/{service}`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    page(&visit, &member, None)
}

/// What went otherwise than an operator meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hitch {
    /// Somebody has changed the service in between.
    Changed,
    /// It was given back without a word why.
    NoReason,
}

pub(super) fn page(visit: &Visit, member: &Member, hitch: Option<Hitch>) -> Result<HttpResponse, Trouble> {
    let id = visit.id("service")?;
    let service = visit.app.store.read(|db| store::service::by_id(id, db))?.ok_or(Trouble::NotFound)?;
    let frame = entry::frame(visit).at(paths::operator_service(id));
    let status = match hitch {
        None => StatusCode::OK,
        Some(Hitch::Changed) => StatusCode::CONFLICT,
        Some(Hitch::NoReason) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok(frame.show(&ServicePage::new(&service, hitch, &member.staff.name, &frame.chrome), status))
}

/// What residents and officials understand, then what machines do; shown to operators and owners alike.
pub(crate) struct ServiceFacts {
    pub(crate) plain: Vec<(&'static str, String)>,
    /// The data it may ask, each with the reason residents read.
    pub(crate) data: Vec<(&'static str, String)>,
    pub(crate) technical: Vec<(&'static str, String)>,
}

/// Everything its owner registered, without the secrets' hashes.
pub(crate) fn service_facts(service: &Service, chrome: &Chrome) -> ServiceFacts {
    let reason = |text: &str| match text {
        "" => chrome.t("operator.service.no_reason").to_owned(),
        text => text.to_owned(),
    };
    let data = service.registration.data.iter();
    ServiceFacts {
        plain: plain(service, chrome),
        data: data.map(|one| (words::datum(one.datum, chrome), reason(&one.reason))).collect(),
        technical: technical(service, chrome),
    }
}

fn plain(service: &Service, chrome: &Chrome) -> Vec<(&'static str, String)> {
    let registration = &service.registration;
    let age = match registration.max_identity_age {
        Some(age) => chrome.tn("operator.days", days(age)),
        None => chrome.t("operator.service.any_age").to_owned(),
    };
    let pseudonym = match (registration.subject_type, &registration.sector) {
        (SubjectType::Public, _) => chrome.t("operator.service.pseudonym_public").to_owned(),
        (SubjectType::Pairwise, Some(sector)) => chrome.t1("operator.service.pseudonym_sector", sector),
        (SubjectType::Pairwise, None) => chrome.t("operator.service.pseudonym_own").to_owned(),
    };
    let mut facts = vec![
        (chrome.t("operator.service.office"), registration.office.clone()),
        (chrome.t("operator.service.purpose"), registration.purpose.clone()),
        (chrome.t("operator.service.kind"), kind(service, chrome).to_owned()),
        (chrome.t("operator.service.level"), words::level(registration.min_level, chrome).to_owned()),
        (chrome.t("operator.service.age"), age),
        (chrome.t("operator.service.pseudonym"), pseudonym),
        (chrome.t("operator.service.since"), words::day(service.created, chrome)),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    facts
}

fn days(span: Span) -> u64 {
    u64::try_from(span.0 / Span::days(1).0).unwrap_or(0)
}

/// Values as the standards name them; several on lines of their own.
fn technical(service: &Service, chrome: &Chrome) -> Vec<(&'static str, String)> {
    let registration = &service.registration;
    let grants: Vec<&str> = registration.grant_types.iter().map(|grant: &GrantType| grant.name()).collect();
    let scopes: Vec<&str> = registration.scopes.iter().map(String::as_str).collect();
    let several =
        |key, values: &[String]| values.iter().map(|value| (key, value.clone())).collect::<Vec<_>>();
    let mut facts = vec![(chrome.t("operator.service.client_id"), service.id.to_string())];
    facts.extend(several(chrome.t("operator.service.redirect"), &registration.redirect_uris));
    facts.extend(several(chrome.t("operator.service.post_logout"), &registration.post_logout_redirect_uris));
    let logout = registration.backchannel_logout_uri.as_slice();
    facts.extend(several(chrome.t("operator.service.backchannel"), logout));
    facts.extend([
        (chrome.t("operator.service.authentication"), registration.authentication.name().to_owned()),
        (chrome.t("operator.service.grants"), grants.join(" ")),
        (chrome.t("operator.service.scopes"), scopes.join(" ")),
        (chrome.t("operator.service.alg"), registration.id_token_alg.clone()),
        (chrome.t("operator.service.pkce"), pkce(service, chrome).to_owned()),
    ]);
    facts.extend(secrets(service, chrome));
    facts
}

fn pkce(service: &Service, chrome: &Chrome) -> &'static str {
    let required = service.registration.require_pkce || service.is_public();
    if required { chrome.t("operator.service.required") } else { chrome.t("operator.service.optional") }
}

/// When each secret was made and ends; never the secret.
fn secrets(service: &Service, chrome: &Chrome) -> Vec<(&'static str, String)> {
    let registration = &service.registration;
    let key = chrome.t("operator.service.secret");
    let line = |secret: &crate::domain::registration::ClientSecret| {
        let made = words::day(secret.created, chrome);
        let text = match secret.expires {
            Some(end) => chrome.t2("operator.service.secret_until", made, words::day(end, chrome)),
            None => chrome.t1("operator.service.secret_made", made),
        };
        (key, text)
    };
    let own_key = match (registration.authentication, &registration.jwks, &registration.jwks_uri) {
        (ClientAuthentication::PrivateKeyJwt, Some(_), _) => {
            Some((key, chrome.t("operator.service.own_key").to_owned()))
        }
        (ClientAuthentication::PrivateKeyJwt, None, Some(address)) => {
            Some((key, format!("{}: {address}", chrome.t("operator.service.own_key"))))
        }
        _ => None,
    };
    registration.secrets.iter().map(line).chain(own_key).collect()
}

/// `templates/operator/service.html`
#[derive(Template)]
#[template(path = "operator/service.html")]
pub(crate) struct ServicePage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) name: String,
    /// Badge and words of how it stands.
    pub(crate) badge: &'static str,
    pub(crate) state: &'static str,
    /// What was seen; a decision about anything else is refused.
    pub(crate) version: i64,
    pub(crate) changed: bool,
    pub(crate) why_missing: bool,
    pub(crate) why_max: usize,
    pub(crate) objection: Option<String>,
    /// Something waits to be decided.
    pub(crate) waits: bool,
    pub(crate) may_pause: bool,
    pub(crate) may_resume: bool,
    /// What is registered, or is proposed and waits.
    pub(crate) facts: ServiceFacts,
    /// POST.
    pub(crate) action_url: String,
    pub(crate) back_url: &'static str,
}

impl ServicePage {
    /// `staff`: the name of who is logged in.
    fn new(service: &Service, hitch: Option<Hitch>, staff: &str, chrome: &Chrome) -> Self {
        let (badge, state) = standing(service, chrome);
        let wanted = match &service.proposal {
            Some(proposal) => Service { registration: proposal.clone(), ..service.clone() },
            None => service.clone(),
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs(paths::OPERATOR_SERVICES, chrome),
            name: service.registration.name.clone(),
            badge,
            state,
            version: service.version,
            changed: hitch == Some(Hitch::Changed),
            why_missing: hitch == Some(Hitch::NoReason),
            why_max: WHY_MAX,
            objection: service.objection.clone(),
            waits: service.awaits_operator(),
            may_pause: service.is_open(),
            may_resume: !service.active,
            facts: service_facts(&wanted, chrome),
            action_url: paths::operator_service(service.id),
            back_url: paths::OPERATOR_SERVICES,
        }
    }
}

impl Page for ServicePage {
    const NAME: &'static str = "operator/service";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let services = crate::web::account::sample::services(chrome);
        let page = |service: &Service, hitch| Self::new(service, hitch, super::SAMPLE_STAFF, chrome);
        let waiting = Service { released: None, ..services[0].clone() };
        let returned = waiting.returned("Genügt „über 18“?".to_owned());
        vec![
            ("server", page(&services[0], None)),
            ("app", page(&services[1], None)),
            ("waiting", page(&waiting, None)),
            ("no_reason", page(&waiting, Some(Hitch::NoReason))),
            ("changed", page(&waiting, Some(Hitch::Changed))),
            ("returned", page(&returned, None)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Timestamp;
    use crate::web::text::Language;

    #[test]
    fn settings_are_shown_and_hashes_of_secrets_are_not() {
        let chrome = Chrome::sample(Language::En);
        let mut service = crate::web::account::sample::services(&chrome).remove(0);
        let mut ending = service.registration.secrets[0].clone();
        ending.expires = Some(Timestamp(1_800_000_000_000));
        service.registration.secrets.push(ending);
        let html = ServicePage::new(&service, None, "x", &chrome).render().unwrap();
        for shown in [
            service.id.to_string().as_str(),
            "https://parken.birkenfurt.example/anmeldung/antwort",
            "client_secret_basic",
            "authorization_code refresh_token",
            "ES256",
            "365 days",
            "2027",
        ] {
            assert!(html.contains(shown), "{shown}");
        }
        assert!(!html.contains(&service.registration.secrets[0].sha256));
    }

    #[test]
    fn a_public_client_needs_pkce_whatever_was_registered() {
        let chrome = Chrome::sample(Language::En);
        let mut service = crate::web::account::sample::services(&chrome).remove(1);
        service.registration.require_pkce = false;
        assert_eq!(pkce(&service, &chrome), chrome.t("operator.service.required"));
    }
}
