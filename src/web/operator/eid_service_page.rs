//! What the page of the rented eID service shows.

use askama::Template;

use super::{Tab, tabs};
use crate::domain::secret::Secret;
use crate::domain::time::Span;
use crate::eid::request::Operation;
use crate::eid::service::message::ServerInfo;
use crate::eid::service::settings::{Algorithm, Expiry, Field, KeyError, Mistake, Why};
use crate::eid::service::{ServiceError, ServiceSettings};
use crate::paths;
use crate::web::page::{Chrome, Page};
use crate::web::words;

/// So long before its end a certificate is marked.
pub(crate) const NOTICE: Span = Span::days(30);
/// So long before its end it is urgent: a provider needs days to take a new one.
pub(crate) const URGENT: Span = Span::days(7);

/// What went otherwise than the operator meant.
pub(crate) enum Hitch {
    /// Somebody else saved in between; the fields in which theirs differ from what was entered here.
    Changed(Vec<Field>),
    /// Removing was not confirmed.
    Unconfirmed,
}

/// What a question to the service brought.
pub(crate) enum Tested {
    /// It answers; what we ask of cards and it may not read.
    Answers { info: ServerInfo, missing: Vec<Operation> },
    /// It does not, or not as it should.
    Fails(ServiceError),
}

/// What the provider needs to know of this house.
pub(crate) struct HandOver {
    /// Where browsers come back to.
    pub(crate) origin: String,
    /// SHA-256 of our TLS certificate, hexadecimal; `None`: a proxy speaks TLS for us.
    pub(crate) tls: Option<String>,
}

/// Of what the page is made.
pub(crate) struct Facts<'a> {
    pub(crate) demo: bool,
    pub(crate) kept: Option<&'a ServiceSettings>,
    /// Its certificates, the first that ends first.
    pub(crate) expiries: Vec<Expiry>,
    /// What was just sent and is not kept.
    pub(crate) entered: Option<&'a ServiceSettings>,
    pub(crate) mistakes: &'a [Mistake],
    pub(crate) hitch: Option<&'a Hitch>,
    pub(crate) tested: Option<&'a Tested>,
    /// See [`crate::eid::service::kept::Seen::mark`].
    pub(crate) seen: String,
    pub(crate) hand_over: HandOver,
}

/// A certificate that is kept.
pub(crate) struct CertificateLine {
    pub(crate) field: &'static str,
    pub(crate) subject: String,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    pub(crate) until: String,
    pub(crate) kind: &'static str,
    pub(crate) state: &'static str,
}

/// A field of the form.
pub(crate) struct Input {
    pub(crate) name: &'static str,
    pub(crate) label: &'static str,
    pub(crate) hint: &'static str,
    /// Never a key.
    pub(crate) value: String,
    /// PEM in several lines.
    pub(crate) is_pem: bool,
    pub(crate) is_key: bool,
    pub(crate) required: bool,
    /// Something is kept, and an empty field leaves it.
    pub(crate) keeps: bool,
    pub(crate) mistakes: Vec<String>,
}

/// A message above the form.
pub(crate) struct Notice {
    pub(crate) kind: &'static str,
    pub(crate) title: &'static str,
    pub(crate) more: String,
    /// The technical reason, to quote.
    pub(crate) why: Option<String>,
    pub(crate) facts: Vec<(&'static str, String)>,
}

/// `templates/operator/eid_service.html`. The form sends `action=save`, `test` or `remove` to this very address.
#[derive(Template)]
#[template(path = "operator/eid_service.html")]
pub(crate) struct EidServicePage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) demo: bool,
    /// A service is set up.
    pub(crate) kept: bool,
    pub(crate) notices: Vec<Notice>,
    pub(crate) certificates: Vec<CertificateLine>,
    pub(crate) inputs: Vec<Input>,
    /// Name, and whether it is chosen.
    pub(crate) algorithms: Vec<(&'static str, bool)>,
    pub(crate) asks_level: bool,
    pub(crate) unconfirmed: bool,
    pub(crate) seen: String,
    pub(crate) origin: String,
    pub(crate) tls: Option<String>,
    /// POST.
    pub(crate) action_url: &'static str,
    pub(crate) back_url: &'static str,
}

impl EidServicePage {
    pub(crate) fn new(facts: &Facts<'_>, chrome: &Chrome) -> Self {
        let shown = facts.entered.or(facts.kept);
        let algorithm = shown.map_or_else(Algorithm::default, |settings| settings.algorithm);
        let notices =
            [facts.hitch.and_then(|hitch| hitch.notice(chrome)), facts.tested.map(|t| t.notice(chrome))];
        Self {
            chrome: chrome.clone(),
            tabs: tabs(paths::OPERATOR, chrome),
            demo: facts.demo,
            kept: facts.kept.is_some(),
            notices: notices.into_iter().flatten().chain(mistaken(facts, chrome)).collect(),
            certificates: certificates(&facts.expiries, chrome),
            inputs: Field::ALL.into_iter().map(|field| input(field, facts, chrome)).collect(),
            algorithms: Algorithm::ALL.map(|one| (one.name(), one == algorithm)).to_vec(),
            asks_level: shown.is_none_or(|settings| settings.asks_level),
            unconfirmed: matches!(facts.hitch, Some(Hitch::Unconfirmed)),
            seen: facts.seen.clone(),
            origin: facts.hand_over.origin.clone(),
            tls: facts.hand_over.tls.clone(),
            action_url: paths::OPERATOR_EID_SERVICE,
            back_url: paths::OPERATOR,
        }
    }
}

fn mistaken(facts: &Facts<'_>, chrome: &Chrome) -> Option<Notice> {
    let count = u64::try_from(facts.mistakes.len()).ok().filter(|count| *count > 0)?;
    let (title, more) = (chrome.t("operator.eid.mistaken"), chrome.tn("operator.eid.mistaken_more", count));
    Some(Notice { kind: "danger", title, more, why: None, facts: Vec::new() })
}

impl Hitch {
    fn notice(&self, chrome: &Chrome) -> Option<Notice> {
        let Self::Changed(fields) = self else { return None };
        let names: Vec<&str> = fields.iter().map(|field| label(*field, chrome)).collect();
        let facts = match names.is_empty() {
            true => Vec::new(),
            false => vec![(chrome.t("operator.eid.changed_fields"), names.join(", "))],
        };
        let more = chrome.t("operator.eid.changed_more").to_owned();
        Some(Notice { kind: "warning", title: chrome.t("operator.eid.changed"), more, why: None, facts })
    }
}

impl Tested {
    fn notice(&self, chrome: &Chrome) -> Notice {
        match self {
            Self::Fails(why) => {
                let (title, more) = failure(why, chrome);
                let why = Some(why.to_string());
                Notice { kind: "danger", title, more: more.to_owned(), why, facts: Vec::new() }
            }
            Self::Answers { info, missing } => {
                let words = |operations: &mut dyn Iterator<Item = Operation>| {
                    operations.map(Operation::name).collect::<Vec<_>>().join(", ")
                };
                let version = format!("{} ({}.{})", info.version, info.interface.0, info.interface.1);
                let mut facts = vec![
                    (chrome.t("operator.eid.test_version"), version),
                    (chrome.t("operator.eid.test_rights"), words(&mut info.rights.iter().copied())),
                ];
                if missing.is_empty() {
                    let (title, more) =
                        (chrome.t("operator.eid.test_fine"), chrome.t("operator.eid.test_fine_more"));
                    return Notice { kind: "success", title, more: more.to_owned(), why: None, facts };
                }
                facts.push((chrome.t("operator.eid.test_missing"), words(&mut missing.iter().copied())));
                let (title, more) =
                    (chrome.t("operator.eid.test_lacks"), chrome.t("operator.eid.test_lacks_more"));
                Notice { kind: "warning", title, more: more.to_owned(), why: None, facts }
            }
        }
    }
}

/// What is wrong, and what to do about it.
fn failure(why: &ServiceError, chrome: &Chrome) -> (&'static str, &'static str) {
    match why {
        ServiceError::Transport(one) if one.is_silence() => {
            (chrome.t("operator.eid.test_silent"), chrome.t("operator.eid.test_silent_more"))
        }
        ServiceError::Transport(_) => {
            (chrome.t("operator.eid.test_turned_away"), chrome.t("operator.eid.test_turned_away_more"))
        }
        ServiceError::Security(_) => {
            (chrome.t("operator.eid.test_untrusted"), chrome.t("operator.eid.test_untrusted_more"))
        }
        ServiceError::Message(_) => {
            (chrome.t("operator.eid.test_odd"), chrome.t("operator.eid.test_odd_more"))
        }
        ServiceError::Refused(_) => {
            (chrome.t("operator.eid.test_refused"), chrome.t("operator.eid.test_refused_more"))
        }
        ServiceError::Ours | ServiceError::NoServerAddress => {
            (chrome.t("operator.eid.test_ours"), chrome.t("operator.eid.test_ours_more"))
        }
    }
}

fn certificates(expiries: &[Expiry], chrome: &Chrome) -> Vec<CertificateLine> {
    let line = |expiry: &Expiry| {
        let left = expiry.at.since(words::now(chrome));
        let (kind, state) = match left {
            left if left <= Span(0) => ("danger", chrome.t("operator.eid.ended")),
            left if left < NOTICE => ("warning", chrome.t("operator.eid.ends_soon")),
            _ => ("success", chrome.t("operator.eid.valid")),
        };
        CertificateLine {
            field: label(expiry.field, chrome),
            subject: expiry.subject.clone(),
            issuer: expiry.issuer.clone(),
            serial: expiry.serial.clone(),
            until: words::day(expiry.at, chrome),
            kind,
            state,
        }
    };
    expiries.iter().map(line).collect()
}

fn input(field: Field, facts: &Facts<'_>, chrome: &Chrome) -> Input {
    let is_key = matches!(field, Field::TlsKey | Field::SigningKey);
    let is_pem = !matches!(field, Field::Address | Field::PaosAddress | Field::TokenAddress);
    let kept = facts.kept.map_or("", |kept| kept.text(field));
    let entered = facts.entered.map(|entered| entered.text(field));
    let value = match (is_pem, entered) {
        // What is kept is listed above; a field shows what was just entered beside it.
        (true, Some(entered)) if !is_key && entered != kept => entered,
        (true, _) => "",
        (false, entered) => entered.unwrap_or(kept),
    };
    let keeps = is_pem && !kept.is_empty();
    Input {
        name: field.name(),
        label: label(field, chrome),
        hint: hint(field, chrome),
        value: value.to_owned(),
        is_pem,
        is_key,
        required: !matches!(field, Field::PaosAddress | Field::TokenAddress) && !keeps,
        keeps,
        mistakes: facts
            .mistakes
            .iter()
            .filter(|one| one.field == field)
            .map(|one| wrong(one.why, chrome))
            .collect(),
    }
}

pub(crate) fn label(field: Field, chrome: &Chrome) -> &'static str {
    match field {
        Field::Address => chrome.t("operator.eid.address"),
        Field::TlsCertificate => chrome.t("operator.eid.tls_certificate"),
        Field::TlsKey => chrome.t("operator.eid.tls_key"),
        Field::ServerAnchors => chrome.t("operator.eid.server_anchors"),
        Field::SigningCertificate => chrome.t("operator.eid.signing_certificate"),
        Field::SigningKey => chrome.t("operator.eid.signing_key"),
        Field::ProviderCertificates => chrome.t("operator.eid.provider_certificates"),
        Field::PaosAddress => chrome.t("operator.eid.paos_address"),
        Field::TokenAddress => chrome.t("operator.eid.token_address"),
    }
}

fn hint(field: Field, chrome: &Chrome) -> &'static str {
    match field {
        Field::Address => chrome.t("operator.eid.address_hint"),
        Field::TlsCertificate => chrome.t("operator.eid.tls_certificate_hint"),
        Field::TlsKey | Field::SigningKey => chrome.t("operator.eid.key_hint"),
        Field::ServerAnchors => chrome.t("operator.eid.server_anchors_hint"),
        Field::SigningCertificate => chrome.t("operator.eid.signing_certificate_hint"),
        Field::ProviderCertificates => chrome.t("operator.eid.provider_certificates_hint"),
        Field::PaosAddress => chrome.t("operator.eid.paos_address_hint"),
        Field::TokenAddress => chrome.t("operator.eid.token_address_hint"),
    }
}

fn wrong(why: Why, chrome: &Chrome) -> String {
    match why {
        Why::Address => chrome.t("operator.eid.wrong_address").to_owned(),
        Why::Certificates => chrome.t("operator.eid.wrong_certificates").to_owned(),
        Why::One => chrome.t("operator.eid.wrong_one").to_owned(),
        Why::Key => chrome.t("operator.eid.wrong_key").to_owned(),
        Why::Anchor => chrome.t("operator.eid.wrong_anchor").to_owned(),
        Why::TlsPair | Why::Signature(KeyError::Mismatch) => chrome.t("operator.eid.wrong_pair").to_owned(),
        Why::Signature(KeyError::Certificate) => chrome.t("operator.eid.wrong_certificates").to_owned(),
        Why::Signature(KeyError::Kind) => chrome.t("operator.eid.wrong_kind").to_owned(),
        Why::Signature(KeyError::Algorithm(one)) => chrome.t1("operator.eid.wrong_algorithm", one.name()),
    }
}

impl Page for EidServicePage {
    const NAME: &'static str = "operator/eid_service";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        use crate::eid::service::message::Minor;
        let kept = sample();
        let chrome = &chrome.signed_in(super::SAMPLE_STAFF);
        let tls = Some("3f0a".repeat(16));
        let facts = || Facts {
            demo: false,
            kept: Some(&kept),
            expiries: expiries(chrome),
            entered: None,
            mistakes: &[],
            hitch: None,
            tested: None,
            seen: String::new(),
            hand_over: HandOver { origin: "https://konto.birkenfurt.example".to_owned(), tls: tls.clone() },
        };
        let mut entered = sample();
        entered.address = "eid.example".to_owned();
        let mistake = |field, why| Mistake { field, why };
        let mistakes = [
            mistake(Field::Address, Why::Address),
            mistake(Field::SigningKey, Why::Signature(KeyError::Mismatch)),
            mistake(Field::SigningCertificate, Why::Signature(KeyError::Algorithm(Algorithm::RsaSha256))),
        ];
        let rights = Operation::ALL.into_iter().filter(|one| *one != Operation::PlaceOfResidence);
        let info = ServerInfo {
            version: "eID-Server 5.2".to_owned(),
            interface: (2, 4),
            bugfix: None,
            rights: rights.collect(),
        };
        let fine = Tested::Answers { info: info.clone(), missing: Vec::new() };
        let lacks = Tested::Answers { info, missing: vec![Operation::PlaceOfResidence] };
        let fails = Tested::Fails(ServiceError::Refused(Minor::InternalError));
        let (changed, unconfirmed) = (Hitch::Changed(vec![Field::Address]), Hitch::Unconfirmed);
        let page = |facts: Facts<'_>| Self::new(&facts, chrome);
        let none = HandOver { origin: "https://konto.birkenfurt.example".to_owned(), tls: None };
        vec![
            ("usual", page(facts())),
            ("empty", page(Facts { kept: None, expiries: Vec::new(), hand_over: none, ..facts() })),
            ("demo", page(Facts { demo: true, kept: None, expiries: Vec::new(), ..facts() })),
            ("mistakes", page(Facts { entered: Some(&entered), mistakes: &mistakes, ..facts() })),
            ("changed", page(Facts { entered: Some(&entered), hitch: Some(&changed), ..facts() })),
            ("unconfirmed", page(Facts { hitch: Some(&unconfirmed), ..facts() })),
            ("fine", page(Facts { tested: Some(&fine), ..facts() })),
            ("lacks", page(Facts { tested: Some(&lacks), ..facts() })),
            ("fails", page(Facts { tested: Some(&fails), ..facts() })),
        ]
    }
}

/// Settings of a service that does not exist.
fn sample() -> ServiceSettings {
    let pem = || "PEM".to_owned();
    ServiceSettings {
        address: "https://eid.example/eID-Service".to_owned(),
        tls_certificate: pem(),
        tls_key: Secret::new(pem()),
        server_anchors: pem(),
        signing_certificate: pem(),
        signing_key: Secret::new(pem()),
        provider_certificates: pem(),
        algorithm: Algorithm::default(),
        paos_address: None,
        token_address: None,
        asks_level: true,
    }
}

/// Their certificates: one has ended, one will soon.
fn expiries(chrome: &Chrome) -> Vec<Expiry> {
    let expiry = |field, name: &str, days| Expiry {
        field,
        subject: format!("CN={name}, O=Stadt Birkenfurt, C=DE"),
        issuer: "CN=Example Trust CA 3, O=Example Trust, C=DE".to_owned(),
        serial: "4c:1f:09:77".to_owned(),
        at: words::now(chrome) + Span::days(days),
    };
    vec![
        expiry(Field::TlsCertificate, "konto.birkenfurt.example", -1),
        expiry(Field::SigningCertificate, "Birkenfurt eService", 12),
        expiry(Field::ServerAnchors, "Example Trust TLS Root", 900),
        expiry(Field::ProviderCertificates, "eID-Server", 400),
    ]
}
