//! The page with the form of a service: a new one, or one that is changed.

use askama::Template;

use super::form::{ADDRESSES_TEXT_MAX, Age, Form, Kind, Mistake, SENTENCE_MAX, data_field, reason_field};
use super::owner_tabs;
use crate::domain::assurance::Level;
use crate::domain::attribute::Datum;
use crate::domain::id::ServiceId;
use crate::domain::redirect_uri::WrongAddress;
use crate::paths;
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::words;

/// For what the form is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    New,
    /// A service is changed; what was seen of it, and whether somebody else has changed it since.
    Change {
        version: i64,
        conflict: bool,
    },
}

/// One of several to choose from.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) words: &'static str,
    pub(crate) more: &'static str,
    pub(crate) chosen: bool,
}

/// A datum that may be wanted.
pub(crate) struct DatumChoice {
    pub(crate) field: String,
    pub(crate) reason_field: String,
    pub(crate) words: &'static str,
    /// What it gives away.
    pub(crate) reveals: &'static str,
    /// What would do instead, most of the time.
    pub(crate) less: Option<&'static str>,
    pub(crate) chosen: bool,
    pub(crate) reason: String,
    pub(crate) mistake: bool,
}

/// `templates/owner/form_page.html`
#[derive(Template)]
#[template(path = "owner/form_page.html")]
pub(crate) struct FormPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) organisation: String,
    pub(crate) service: String,
    /// Of a service that is changed: what was seen of it.
    pub(crate) version: Option<i64>,
    /// Somebody else has changed it since.
    pub(crate) conflict: bool,
    pub(crate) name: String,
    pub(crate) name_mistake: bool,
    pub(crate) purpose: String,
    pub(crate) purpose_mistake: bool,
    pub(crate) sentence_max: usize,
    pub(crate) kinds: Vec<Choice>,
    pub(crate) addresses: String,
    pub(crate) addresses_max: usize,
    pub(crate) address_mistakes: Vec<String>,
    pub(crate) levels: Vec<Choice>,
    pub(crate) ages: Vec<Choice>,
    pub(crate) data: Vec<DatumChoice>,
    /// Where each mistake stands, and what it is.
    pub(crate) mistakes: Vec<(String, String)>,
    /// POST.
    pub(crate) send_url: String,
    pub(crate) back_url: String,
}

impl FormPage {
    /// `organisation` and `staff`: whose it is, and the name of who is logged in.
    pub(super) fn new(
        form: &Form,
        mistakes: &[Mistake],
        occasion: Occasion,
        (organisation, staff): (&str, &str),
        chrome: &Chrome,
    ) -> Self {
        let has = |mistake: &Mistake| mistakes.contains(mistake);
        let choice = |value, words, more, chosen| Choice { value, words, more, chosen };
        let address = |one: &&Mistake| {
            matches!(one, Mistake::NoAddress | Mistake::TooManyAddresses | Mistake::Address(..))
        };
        Self {
            chrome: chrome.signed_in(staff),
            tabs: owner_tabs(chrome),
            organisation: organisation.to_owned(),
            service: form.service.to_string(),
            version: match occasion {
                Occasion::New => None,
                Occasion::Change { version, .. } => Some(version),
            },
            conflict: matches!(occasion, Occasion::Change { conflict: true, .. }),
            name: form.name.clone(),
            name_mistake: has(&Mistake::Name),
            purpose: form.purpose.clone(),
            purpose_mistake: has(&Mistake::Purpose),
            sentence_max: SENTENCE_MAX,
            kinds: Kind::ALL
                .map(|kind| {
                    choice(kind.name(), kind_words(kind, chrome), kind_more(kind, chrome), kind == form.kind)
                })
                .into(),
            addresses: form.addresses.clone(),
            addresses_max: ADDRESSES_TEXT_MAX,
            address_mistakes: mistakes.iter().filter(address).map(|one| wrong(one, chrome)).collect(),
            levels: [Level::Low, Level::Substantial, Level::High]
                .map(|level| {
                    choice(
                        level.name(),
                        words::level(level, chrome),
                        level_more(level, chrome),
                        level == form.level,
                    )
                })
                .into(),
            ages: Age::ALL.map(|age| choice(age.name(), age_words(age, chrome), "", age == form.age)).into(),
            data: Datum::ALL.map(|datum| datum_choice(datum, form, mistakes, chrome)).into(),
            mistakes: mistakes.iter().map(|one| (place(one), wrong(one, chrome))).collect(),
            send_url: match occasion {
                Occasion::New => paths::SERVICES.to_owned(),
                Occasion::Change { .. } => paths::service_settings(form.service),
            },
            back_url: match occasion {
                Occasion::New => paths::SERVICES.to_owned(),
                Occasion::Change { .. } => paths::service(form.service),
            },
        }
    }
}

fn datum_choice(datum: Datum, form: &Form, mistakes: &[Mistake], chrome: &Chrome) -> DatumChoice {
    let (reveals, less) = match datum {
        Datum::Name => (chrome.t("owner.new.name_reveals"), Some(chrome.t("owner.new.name_less"))),
        Datum::BirthDate => (chrome.t("owner.new.birth_reveals"), Some(chrome.t("owner.new.birth_less"))),
        Datum::BirthPlace => (chrome.t("owner.new.place_reveals"), Some(chrome.t("owner.new.place_less"))),
        Datum::Address => (chrome.t("owner.new.address_reveals"), Some(chrome.t("owner.new.address_less"))),
        Datum::AgeOver16 | Datum::AgeOver18 | Datum::Resident => (chrome.t("owner.new.yes_no"), None),
    };
    DatumChoice {
        field: data_field(datum),
        reason_field: reason_field(datum),
        words: match datum {
            Datum::AgeOver16 => chrome.t("owner.new.age_over_16"),
            Datum::AgeOver18 => chrome.t("owner.new.age_over_18"),
            Datum::Resident => chrome.t("owner.new.resident"),
            // What residents read of it says "you".
            Datum::Name | Datum::BirthDate | Datum::BirthPlace | Datum::Address => {
                words::datum(datum, chrome)
            }
        },
        reveals,
        less,
        chosen: form.data.contains_key(&datum),
        reason: form.data.get(&datum).cloned().unwrap_or_default(),
        mistake: mistakes.contains(&Mistake::Reason(datum)),
    }
}

fn kind_words(kind: Kind, chrome: &Chrome) -> &'static str {
    match kind {
        Kind::Web => chrome.t("owner.new.web"),
        Kind::Proxy => chrome.t("owner.new.proxy"),
        Kind::SinglePage => chrome.t("owner.new.single_page"),
        Kind::Native => chrome.t("owner.new.native"),
        Kind::Machine => chrome.t("owner.new.machine"),
    }
}

fn kind_more(kind: Kind, chrome: &Chrome) -> &'static str {
    match kind {
        Kind::Web => chrome.t("owner.new.web_more"),
        Kind::Proxy => chrome.t("owner.new.proxy_more"),
        Kind::SinglePage => chrome.t("owner.new.single_page_more"),
        Kind::Native => chrome.t("owner.new.native_more"),
        Kind::Machine => chrome.t("owner.new.machine_more"),
    }
}

fn level_more(level: Level, chrome: &Chrome) -> &'static str {
    match level {
        Level::Substantial => chrome.t("owner.new.substantial_more"),
        Level::High => chrome.t("owner.new.high_more"),
        Level::Basic | Level::Low => chrome.t("owner.new.low_more"),
    }
}

fn age_words(age: Age, chrome: &Chrome) -> &'static str {
    match age {
        Age::Any => chrome.t("owner.new.age_any"),
        Age::Year => chrome.t("owner.new.age_year"),
        Age::TwoYears => chrome.t("owner.new.age_two_years"),
    }
}

/// The id of the field where a mistake stands.
fn place(mistake: &Mistake) -> String {
    match mistake {
        Mistake::Name => "name".to_owned(),
        Mistake::Purpose => "purpose".to_owned(),
        Mistake::NoAddress | Mistake::TooManyAddresses | Mistake::Address(..) => "redirect_uris".to_owned(),
        Mistake::Reason(datum) => reason_field(*datum),
    }
}

fn wrong(mistake: &Mistake, chrome: &Chrome) -> String {
    match mistake {
        Mistake::Name => chrome.t("owner.new.name_wrong").to_owned(),
        Mistake::Purpose => chrome.t("owner.new.purpose_wrong").to_owned(),
        Mistake::NoAddress => chrome.t("owner.new.no_address").to_owned(),
        Mistake::TooManyAddresses => chrome.t("owner.new.too_many").to_owned(),
        Mistake::Address(address, why) => {
            // Whatever was pasted: its beginning is enough to find it again.
            let shown: String = address.chars().take(80).collect();
            let why = match why {
                WrongAddress::NotAbsolute => chrome.t("owner.new.address_not_absolute"),
                WrongAddress::TooLong => chrome.t("owner.new.address_too_long"),
                WrongAddress::Fragment => chrome.t("owner.new.address_fragment"),
                WrongAddress::UserInfo => chrome.t("owner.new.address_user"),
                WrongAddress::PlainHttp => chrome.t("owner.new.address_http"),
                WrongAddress::Scheme => chrome.t("owner.new.address_scheme"),
                WrongAddress::Character => chrome.t("owner.new.address_character"),
            };
            format!("{shown}: {why}")
        }
        Mistake::Reason(datum) => chrome.t1("owner.new.reason_wrong", words::datum(*datum, chrome)),
    }
}

impl Page for FormPage {
    const NAME: &'static str = "owner/form_page";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let empty = Form::empty(ServiceId::from_bytes([5; 16]));
        let wrong = Form {
            name: "Sondernutzung Straße".to_owned(),
            purpose: "um Tische auf den Gehweg zu stellen".to_owned(),
            addresses: "http://strasse.birkenfurt.example/callback".to_owned(),
            level: Level::Substantial,
            data: [
                (Datum::Name, "Die Genehmigung lautet auf die Person.".to_owned()),
                (Datum::BirthDate, String::new()),
            ]
            .into(),
            ..empty.clone()
        };
        let mistakes = wrong.wish("").err().unwrap_or_default();
        let page = |form: &Form, mistakes: &[Mistake], occasion| {
            Self::new(form, mistakes, occasion, ("Straßenverkehrsbehörde", SAMPLE_STAFF), chrome)
        };
        let change = |conflict| Occasion::Change { version: 3, conflict };
        let right =
            Form { addresses: "https://strasse.birkenfurt.example/callback".to_owned(), ..wrong.clone() };
        vec![
            ("new", page(&empty, &[], Occasion::New)),
            ("mistakes", page(&wrong, &mistakes, Occasion::New)),
            ("change", page(&right, &[], change(false))),
            ("conflict", page(&right, &[], change(true))),
        ]
    }
}
