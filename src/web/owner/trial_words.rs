//! The steps of a trial in the words of an owner: what came, what was decided and why, and what to do about it.

use std::collections::BTreeSet;

use super::secret;
use crate::domain::attribute::Datum;
use crate::domain::redirect_uri::check_redirect_uri;
use crate::domain::service::Service;
use crate::domain::trial::{Finding, Mend, Place, Step};
use crate::store::trial::Noted;
use crate::web::citizen::made_up;
use crate::web::page::Chrome;
use crate::web::words;
use serde_json::Value;

/// Attempts that are shown; earlier ones are of little use.
const ATTEMPTS_MAX: usize = 5;

/// One attempt to log in, from the request on.
pub(crate) struct Attempt {
    /// `10:31:04`
    pub(crate) at: String,
    /// Kind and words of how it went: success, danger, info.
    pub(crate) kind: &'static str,
    pub(crate) verdict: String,
    pub(crate) steps: Vec<StepView>,
}

/// A step.
pub(crate) struct StepView {
    pub(crate) good: bool,
    pub(crate) title: String,
    pub(crate) at: String,
    /// Key, value, and whether it is something technical.
    pub(crate) facts: Vec<(&'static str, String, bool)>,
    /// What went wrong and what to do: title and text.
    pub(crate) trouble: Option<(String, String)>,
    /// The button that mends it.
    pub(crate) mend: Option<MendView>,
    /// Where it is mended by hand.
    pub(crate) link: Option<Link>,
    /// Name, value, meaning.
    pub(crate) claims: Vec<(String, String, &'static str)>,
    /// As it was, folded.
    pub(crate) raw: Vec<(&'static str, String)>,
}

/// The form behind it sends the number of the step.
pub(crate) struct MendView {
    pub(crate) step: i64,
    pub(crate) words: String,
}

/// Where something is mended by hand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Settings,
    Secret,
}

/// All attempts, latest first.
pub(crate) fn attempts(service: &Service, steps: &[Noted], chrome: &Chrome) -> Vec<Attempt> {
    let mut all: Vec<Vec<&Noted>> = Vec::new();
    for noted in steps {
        match all.last_mut() {
            Some(attempt) if !begins(&noted.step) => attempt.push(noted),
            _ => all.push(vec![noted]),
        }
    }
    all.iter().rev().take(ATTEMPTS_MAX).map(|attempt| view(service, attempt, chrome)).collect()
}

fn begins(step: &Step) -> bool {
    match step {
        Step::Asked { .. } => true,
        Step::Refused { place: Place::Authorization, sent, .. } => !sent.is_empty(),
        _ => false,
    }
}

/// Data that are registered and were not asked for in any attempt. `None`: nothing, or nothing was asked yet.
pub(crate) fn unused(service: &Service, steps: &[Noted]) -> Option<BTreeSet<Datum>> {
    let asked: Vec<&BTreeSet<Datum>> = steps
        .iter()
        .filter_map(|noted| match &noted.step {
            Step::Asked { data, .. } => Some(data),
            _ => None,
        })
        .collect();
    let registered = service.registration.data.iter().map(|wanted| wanted.datum);
    let unused: BTreeSet<Datum> =
        registered.filter(|datum| asked.iter().all(|data| !data.contains(datum))).collect();
    (!asked.is_empty() && !unused.is_empty()).then_some(unused)
}

fn view(service: &Service, attempt: &[&Noted], chrome: &Chrome) -> Attempt {
    let is = |found: &dyn Fn(&Step) -> bool| attempt.iter().any(|noted| found(&noted.step));
    let last = attempt.last().map(|noted| &noted.step);
    let (kind, verdict) = match last {
        Some(Step::Refused { .. }) => ("danger", chrome.t("trial.fails").to_owned()),
        Some(Step::Declined) => ("info", chrome.t("trial.declined").to_owned()),
        Some(Step::Answered { .. }) => ("warning", chrome.t("trial.unfetched").to_owned()),
        _ if is(&|step| matches!(step, Step::Redeemed { .. })) => ("success", works(attempt, chrome)),
        _ => ("info", chrome.t("trial.goes_on").to_owned()),
    };
    Attempt {
        at: attempt.first().map(|noted| clock(noted, chrome)).unwrap_or_default(),
        kind,
        verdict,
        steps: attempt.iter().map(|noted| step_view(service, noted, chrome)).collect(),
    }
}

fn works(attempt: &[&Noted], chrome: &Chrome) -> String {
    let answered = attempt.iter().find(|noted| matches!(noted.step, Step::Answered { .. }));
    let redeemed = attempt.iter().find(|noted| matches!(noted.step, Step::Redeemed { .. }));
    match (answered, redeemed) {
        (Some(answered), Some(redeemed)) => {
            let millis = redeemed.at.since(answered.at).0.max(0);
            chrome.t1("trial.works_in", chrome.number(u64::try_from(millis).unwrap_or(0)))
        }
        _ => chrome.t("trial.works").to_owned(),
    }
}

/// `10:31:04`
fn clock(noted: &Noted, chrome: &Chrome) -> String {
    words::instant(noted.at).to_zoned(chrome.zone.clone()).strftime("%H:%M:%S").to_string()
}

fn step_view(service: &Service, noted: &Noted, chrome: &Chrome) -> StepView {
    let base = StepView {
        good: true,
        title: String::new(),
        at: clock(noted, chrome),
        facts: Vec::new(),
        trouble: None,
        mend: None,
        link: None,
        claims: Vec::new(),
        raw: Vec::new(),
    };
    match &noted.step {
        Step::Asked { .. } => asked(&noted.step, base, chrome),
        Step::Proved { .. } => proved(&noted.step, base, chrome),
        Step::Agreed { data } => {
            let data = words::data(data, chrome).unwrap_or_else(|| chrome.t("trial.no_data").to_owned());
            let facts = vec![(chrome.t("trial.data"), data, false)];
            StepView { title: chrome.t("trial.agreed").to_owned(), facts, ..base }
        }
        Step::Declined => {
            let facts = vec![(chrome.t("trial.hears"), "access_denied".to_owned(), true)];
            StepView { title: chrome.t("trial.person_declined").to_owned(), facts, ..base }
        }
        Step::Answered { to } => {
            let facts = vec![(chrome.t("trial.to"), to.clone(), true)];
            StepView { title: chrome.t("trial.answered").to_owned(), facts, ..base }
        }
        Step::Refused { place, code, description, finding, sent } => {
            let title = match place {
                Place::Authorization => chrome.t("trial.refused"),
                Place::Token => chrome.t("trial.refused_token"),
                Place::UserInfo => chrome.t("trial.refused_userinfo"),
            };
            let mend = finding.mend().filter(|mend| is_possible(*mend, finding, service));
            StepView {
                good: false,
                title: title.to_owned(),
                facts: vec![
                    (chrome.t("trial.code"), code.clone(), true),
                    (chrome.t("trial.description"), description.clone(), true),
                ],
                trouble: Some(trouble(finding, chrome)),
                mend: mend
                    .map(|mend| MendView { step: noted.number, words: mend_words(mend, finding, chrome) }),
                link: link(finding, mend.is_some()),
                raw: raw(chrome.t("trial.sent"), sent),
                ..base
            }
        }
        Step::Redeemed { .. } => redeemed(&noted.step, base, chrome),
        Step::Told { claims } => StepView {
            title: chrome.t("trial.told").to_owned(),
            claims: claim_rows(claims, chrome),
            raw: vec![(chrome.t("trial.raw"), claims.clone())],
            ..base
        },
    }
}

fn asked(step: &Step, base: StepView, chrome: &Chrome) -> StepView {
    let Step::Asked { sent, dropped, level, data, pkce } = step else { return base };
    let value = |name: &str| sent.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
    let has = |name: &str| sent.iter().any(|(known, _)| known == name);
    let mut facts = vec![
        (chrome.t("trial.back"), value("redirect_uri").unwrap_or_default(), true),
        (chrome.t("trial.level"), words::level(*level, chrome).to_owned(), false),
        (
            chrome.t("trial.data"),
            words::data(data, chrome).unwrap_or_else(|| chrome.t("trial.no_data").to_owned()),
            false,
        ),
    ];
    let guards: Vec<&str> = [("PKCE", *pkce), ("state", has("state")), ("nonce", has("nonce"))]
        .into_iter()
        .filter_map(|(name, there)| there.then_some(name))
        .collect();
    facts.push((chrome.t("trial.guards"), guards.join(", "), true));
    let trouble = (!dropped.is_empty()).then(|| {
        let scopes = dropped.join(", ");
        let more = if dropped.iter().any(|scope| scope == "email" || scope == "phone") {
            chrome.t("trial.dropped_email")
        } else {
            chrome.t("trial.dropped_more")
        };
        (chrome.t1("trial.dropped", scopes), more.to_owned())
    });
    let link = trouble.as_ref().map(|_| Link::Settings);
    let raw = raw(chrome.t("trial.sent"), sent);
    StepView { title: chrome.t("trial.asked").to_owned(), facts, trouble, link, raw, ..base }
}

fn proved(step: &Step, base: StepView, chrome: &Chrome) -> StepView {
    let Step::Proved { guise, level, reasons, needed, enough } = step else { return base };
    let mut facts = vec![
        (chrome.t("trial.person"), made_up::name(guise.who, chrome).to_owned(), false),
        (chrome.t("trial.key"), made_up::key(guise.key, chrome).to_owned(), false),
        (chrome.t("trial.level"), words::level(*level, chrome).to_owned(), false),
        (chrome.t("trial.needed"), words::level(*needed, chrome).to_owned(), false),
    ];
    if !reasons.is_empty() {
        let reasons: Vec<&str> = reasons.iter().map(|one| words::reason(*one, chrome)).collect();
        facts.push((chrome.t("trial.why"), reasons.join(" "), false));
    }
    let title = if *enough { chrome.t("trial.proved") } else { chrome.t("trial.too_little") };
    StepView { good: *enough, title: title.to_owned(), facts, ..base }
}

fn redeemed(step: &Step, base: StepView, chrome: &Chrome) -> StepView {
    let Step::Redeemed { grant, authentication, scope, header, claims, refreshes } = step else {
        return base;
    };
    let yes_no = if *refreshes { chrome.t("data.yes") } else { chrome.t("data.no") };
    let facts = vec![
        (chrome.t("trial.grant"), grant.clone(), true),
        (chrome.t("trial.authentication"), authentication.clone(), true),
        (chrome.t("trial.scope"), scope.clone(), true),
        (chrome.t("trial.refreshes"), yes_no.to_owned(), false),
    ];
    let mut raw = Vec::new();
    for (title, text) in [(chrome.t("trial.header"), header), (chrome.t("trial.raw"), claims)] {
        if !text.is_empty() {
            raw.push((title, text.clone()));
        }
    }
    let claims = claim_rows(claims, chrome);
    StepView { title: chrome.t("trial.redeemed").to_owned(), facts, claims, raw, ..base }
}

fn raw(title: &'static str, sent: &[(String, String)]) -> Vec<(&'static str, String)> {
    let lines: Vec<String> = sent.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if lines.is_empty() { Vec::new() } else { vec![(title, lines.join("\n"))] }
}

/// Only what the settings of this service allow: a public client is never let in without PKCE.
pub(super) fn is_possible(mend: Mend, finding: &Finding, service: &Service) -> bool {
    match (mend, finding) {
        (Mend::AddAddress, Finding::UnregisteredAddress { sent }) => check_redirect_uri(sent).is_ok(),
        (Mend::AllowNoPkce, _) => !service.is_public() && service.registration.require_pkce,
        (Mend::Authentication, Finding::OtherAuthentication { sent, .. }) => {
            secret::by_secret(sent).is_some()
                && secret::by_secret(service.registration.authentication.name()).is_some()
        }
        (Mend::AllowRefresh, _) => {
            service.registration.min_level <= crate::domain::assurance::Level::Substantial
        }
        _ => false,
    }
}

fn mend_words(mend: Mend, finding: &Finding, chrome: &Chrome) -> String {
    match (mend, finding) {
        (Mend::Authentication, Finding::OtherAuthentication { sent, .. }) => {
            chrome.t1("trial.mend.authentication", sent)
        }
        (Mend::AddAddress | Mend::Authentication, _) => chrome.t("trial.mend.address").to_owned(),
        (Mend::AllowNoPkce, _) => chrome.t("trial.mend.no_pkce").to_owned(),
        (Mend::AllowRefresh, _) => chrome.t("trial.mend.refresh").to_owned(),
    }
}

const fn link(finding: &Finding, mended: bool) -> Option<Link> {
    match finding {
        Finding::WrongSecret => Some(Link::Secret),
        Finding::UnregisteredAddress { .. } if !mended => Some(Link::Settings),
        _ => None,
    }
}

fn trouble(finding: &Finding, chrome: &Chrome) -> (String, String) {
    let (title, more) = match finding {
        Finding::UnregisteredAddress { sent } => {
            return (chrome.t1("trial.unregistered", sent), chrome.t("trial.unregistered_more").to_owned());
        }
        Finding::UnknownClient { sent } => {
            return (
                chrome.t1("trial.unknown_client", sent),
                chrome.t("trial.unknown_client_more").to_owned(),
            );
        }
        Finding::OtherAuthentication { sent, registered } => {
            return (
                chrome.t2("trial.other_authentication", sent, registered),
                chrome.t("trial.other_authentication_more").to_owned(),
            );
        }
        Finding::AddressDiffers { sent, asked } => {
            return (
                chrome.t("trial.address_differs").to_owned(),
                chrome.t2("trial.address_differs_more", sent, asked),
            );
        }
        Finding::GrantNotRegistered { grant } => {
            return (chrome.t1("trial.grant_not_registered", grant), chrome.t("trial.grant_more").to_owned());
        }
        Finding::AddressMissing => (chrome.t("trial.no_address"), chrome.t("trial.no_address_more")),
        Finding::ChallengeMissing => (chrome.t("trial.no_pkce"), chrome.t("trial.no_pkce_more")),
        Finding::NobodyLoggedIn => (chrome.t("trial.silent"), chrome.t("trial.silent_more")),
        Finding::WrongSecret => (chrome.t("trial.wrong_secret"), chrome.t("trial.wrong_secret_more")),
        Finding::CodeUsed => (chrome.t("trial.code_used"), chrome.t("trial.code_used_more")),
        Finding::CodeExpired => (chrome.t("trial.code_expired"), chrome.t("trial.code_expired_more")),
        Finding::CodeUnknown => (chrome.t("trial.code_unknown"), chrome.t("trial.code_unknown_more")),
        Finding::VerifierMissing => (chrome.t("trial.no_verifier"), chrome.t("trial.no_verifier_more")),
        Finding::VerifierWrong => (chrome.t("trial.wrong_verifier"), chrome.t("trial.wrong_verifier_more")),
        Finding::VerifierUnexpected => {
            (chrome.t("trial.stray_verifier"), chrome.t("trial.stray_verifier_more"))
        }
        Finding::Other => (chrome.t("trial.other"), chrome.t("trial.other_more")),
    };
    (title.to_owned(), more.to_owned())
}

/// Name, value and meaning of each claim.
fn claim_rows(claims: &str, chrome: &Chrome) -> Vec<(String, String, &'static str)> {
    let Ok(Value::Object(claims)) = serde_json::from_str(claims) else { return Vec::new() };
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    claims.iter().map(|(name, value)| (name.clone(), text(value), meaning(name, chrome))).collect()
}

fn meaning(claim: &str, chrome: &Chrome) -> &'static str {
    match claim {
        "iss" => chrome.t("trial.claim.iss"),
        "sub" => chrome.t("trial.claim.sub"),
        "aud" => chrome.t("trial.claim.aud"),
        "exp" => chrome.t("trial.claim.exp"),
        "iat" => chrome.t("trial.claim.iat"),
        "auth_time" => chrome.t("trial.claim.auth_time"),
        "nonce" => chrome.t("trial.claim.nonce"),
        "at_hash" => chrome.t("trial.claim.at_hash"),
        "sid" => chrome.t("trial.claim.sid"),
        "acr" => chrome.t("trial.claim.acr"),
        "amr" => chrome.t("trial.claim.amr"),
        "verified_claims" => chrome.t("trial.claim.verified"),
        _ => chrome.t("trial.claim.document"),
    }
}
