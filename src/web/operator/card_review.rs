//! Whose is this new card? What a clerk must compare, shown once somebody asks to see it and the audit has it; then
//! the decision.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Entered, Member};
use super::{Tab, tabs};
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{REVIEW_LIFE, Review, ReviewPath, ReviewRefused, ReviewStage};
use crate::domain::id::{CardId, ReviewId, StaffId};
use crate::domain::time::Span;
use crate::eid::link::{self, Decided};
use crate::http::{Params, Trouble, redirect};
use crate::paths;
use crate::store::{self, vault};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{doors, words};

/// What a clerk compares, and nothing else is opened.
const COMPARED: [Attribute; 6] = [
    Attribute::GivenNames,
    Attribute::FamilyName,
    Attribute::BirthName,
    Attribute::BirthDate,
    Attribute::BirthPlace,
    Attribute::Address,
];

/// `GET /operator/card-reviews/{review}`: without any personal data.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    page(&member, &visit, Vec::new(), None)
}

/// `POST /operator/card-reviews/{review}`: `action=reveal` shows what there is to compare; `confirm` and `refuse`
/// (with `reason`) decide.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let member = match entry::operator(&visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    match form.get("action") {
        Some("reveal") => reveal(&member, &visit).await,
        Some("confirm") => decide(&member, &visit, None).await,
        Some("refuse") => decide(&member, &visit, Some(reason(&form)?)).await,
        _ => Err(Trouble::BadRequest("action")),
    }
}

fn reason(form: &Params) -> Result<ReviewRefused, Trouble> {
    form.get("reason").and_then(ReviewRefused::parse).ok_or(Trouble::BadRequest("reason"))
}

fn load(visit: &Visit) -> Result<Review, Trouble> {
    let id: ReviewId = visit.id("review")?;
    visit.app.store.read(|db| store::card_review::by_id(id, visit.app.now(), db))?.ok_or(Trouble::NotFound)
}

/// The audit knows before anything is shown.
async fn reveal(member: &Member, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let (app, review) = (&visit.app, load(visit)?);
    let (id, person) = (review.id, review.person);
    if review.stage != ReviewStage::Open {
        return page(member, visit, Vec::new(), Some(Decided::TooLate));
    }
    let (session, staff) = (member.session.id, member.staff.id);
    let written = app.write(move |db| -> Result<(), Trouble> {
        doors::still_open(session, db)?;
        let entry = Entry::new(Event::PersonRevealed, Actor::Staff(staff)).about(person);
        Ok(store::audit::append(&entry.with("review", id), db)?)
    });
    written.await?;
    let (known, read) = app.store.read(|db| {
        let known = vault::open_identity(person, &COMPARED, &app.keys, db)?;
        let read = match store::card_review::sealed_identity(id, db)? {
            Some(sealed) => vault::open_review((id, person), &sealed, &app.keys, db)?,
            None => None,
        };
        Ok((known, read))
    })?;
    let (Some(known), Some(read)) = (known, read) else {
        return page(member, visit, Vec::new(), Some(Decided::TooLate));
    };
    let compared = compare(&known, &read, &visit.frame().chrome);
    page(member, visit, compared, None)
}

async fn decide(
    member: &Member,
    visit: &Visit,
    refuse: Option<ReviewRefused>,
) -> Result<HttpResponse, Trouble> {
    let (app, review) = (&visit.app, load(visit)?);
    let (id, card) = (review.id, CardId::draw(app.dice.as_ref()));
    let (session, staff) = (member.session.id, member.staff.id);
    let decided = app.write(move |db| -> Result<Decided, Trouble> {
        doors::still_open(session, db)?;
        Ok(match refuse {
            Some(why) => link::decline(&review, staff, why, db)?,
            None => link::confirm(&review, staff, card, db)?,
        })
    });
    match decided.await? {
        Decided::Done => Ok(redirect::see_other(&paths::operator_card_review(id))),
        other => page(member, visit, Vec::new(), Some(other)),
    }
}

fn page(
    member: &Member,
    visit: &Visit,
    compared: Vec<Compared>,
    hitch: Option<Decided>,
) -> Result<HttpResponse, Trouble> {
    let review = load(visit)?;
    let by = match review.stage {
        ReviewStage::Open => None,
        ReviewStage::Confirmed { by, .. } | ReviewStage::Refused { by, .. } => {
            visit.app.store.read(|db| store::staff::by_id(by, db))?.map(|staff| staff.name)
        }
    };
    let mut frame = entry::frame(visit).at(paths::operator_card_review(review.id));
    frame.chrome = frame.chrome.signed_in(&member.staff.name);
    let page = CardReviewPage::new(&review, by.as_deref(), compared, hitch, &frame.chrome);
    let status = if hitch.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(frame.show(&page, status))
}

/// One attribute, as the account has it and as the new card says it.
pub(crate) struct Compared {
    pub(crate) name: &'static str,
    pub(crate) known: String,
    pub(crate) read: String,
    /// Beyond a doubt: letter by letter.
    pub(crate) same: bool,
}

fn compare(known: &Identity, read: &Identity, chrome: &Chrome) -> Vec<Compared> {
    let (known, read) = (words::identity(known, chrome), words::identity(read, chrome));
    let of = |list: &[(&'static str, String)], name: &str| {
        list.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    };
    let none = || chrome.t("operator.review.nothing").to_owned();
    let row = |attribute| {
        let name = words::attribute(attribute, chrome);
        let (known, read) = (of(&known, name), of(&read, name));
        let same = known == read;
        let value = |value: Option<String>| value.unwrap_or_else(none);
        Compared { name, known: value(known), read: value(read), same }
    };
    COMPARED.into_iter().map(row).collect()
}

/// Why a clerk is needed.
pub(crate) fn path(path: ReviewPath, chrome: &Chrome) -> &'static str {
    match path {
        ReviewPath::Authenticator => chrome.t("operator.review.path_key"),
        ReviewPath::Data => chrome.t("operator.review.path_data"),
    }
}

/// How far it got.
pub(crate) fn stage(stage: &ReviewStage, chrome: &Chrome) -> &'static str {
    match stage {
        ReviewStage::Open => chrome.t("operator.review.open"),
        ReviewStage::Confirmed { .. } => chrome.t("operator.review.confirmed"),
        ReviewStage::Refused { .. } => chrome.t("operator.review.refused"),
    }
}

/// The same for machines.
pub(crate) const fn stage_name(stage: &ReviewStage) -> &'static str {
    match stage {
        ReviewStage::Open => "open",
        ReviewStage::Confirmed { .. } => "confirmed",
        ReviewStage::Refused { .. } => "refused",
    }
}

/// Its badge.
pub(crate) const fn stage_kind(stage: &ReviewStage) -> &'static str {
    match stage {
        ReviewStage::Open => "warning",
        ReviewStage::Confirmed { .. } => "success",
        ReviewStage::Refused { .. } => "info",
    }
}

/// Why the last click did nothing.
pub(crate) struct Hitch {
    pub(crate) title: &'static str,
    pub(crate) more: &'static str,
}

/// `templates/operator/card_review.html`. Its forms send `action`, and `reason` with `refuse`.
#[derive(Template)]
#[template(path = "operator/card_review.html")]
pub(crate) struct CardReviewPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) id: String,
    pub(crate) account: String,
    pub(crate) account_url: String,
    pub(crate) asked: String,
    pub(crate) until: String,
    pub(crate) path: &'static str,
    pub(crate) path_more: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) stage: &'static str,
    pub(crate) open: bool,
    /// Who decided, when, and why not.
    pub(crate) decided: Vec<String>,
    /// Why the last click did nothing.
    pub(crate) hitch: Option<Hitch>,
    /// Empty: not revealed.
    pub(crate) compared: Vec<Compared>,
    /// POST.
    pub(crate) action_url: String,
    pub(crate) back_url: &'static str,
}

impl CardReviewPage {
    /// `by`: the name of who decided. `compared`: what was revealed. `hitch`: what came of the last click, unless it
    /// was done. `chrome` has the name of who is logged in.
    pub(crate) fn new(
        review: &Review,
        by: Option<&str>,
        compared: Vec<Compared>,
        hitch: Option<Decided>,
        chrome: &Chrome,
    ) -> Self {
        Self {
            tabs: tabs(paths::OPERATOR_CARD_REVIEWS, chrome),
            id: review.id.to_string(),
            account: words::short(review.person),
            account_url: paths::operator_person(review.person),
            asked: words::moment(review.asked, chrome),
            until: words::day(review.expires, chrome),
            path: path(review.path, chrome),
            path_more: match review.path {
                ReviewPath::Authenticator => chrome.t("operator.review.path_key_more"),
                ReviewPath::Data => chrome.t("operator.review.path_data_more"),
            },
            kind: stage_kind(&review.stage),
            stage: stage(&review.stage, chrome),
            open: review.stage == ReviewStage::Open,
            decided: decided(&review.stage, by, chrome),
            hitch: hitch.and_then(|hitch| hitch_words(hitch, chrome)),
            compared,
            action_url: paths::operator_card_review(review.id),
            back_url: paths::OPERATOR_CARD_REVIEWS,
            chrome: chrome.clone(),
        }
    }
}

fn decided(stage: &ReviewStage, by: Option<&str>, chrome: &Chrome) -> Vec<String> {
    let somebody = by.unwrap_or_else(|| chrome.t("operator.actor.staff"));
    match stage {
        ReviewStage::Open => Vec::new(),
        ReviewStage::Confirmed { at, .. } => {
            vec![chrome.t2("operator.review.decided", somebody, words::moment(*at, chrome))]
        }
        ReviewStage::Refused { at, why, .. } => vec![
            chrome.t2("operator.review.decided", somebody, words::moment(*at, chrome)),
            match why {
                ReviewRefused::OtherPerson => chrome.t("operator.review.other_person"),
                ReviewRefused::Unclear => chrome.t("operator.review.unclear"),
            }
            .to_owned(),
        ],
    }
}

fn hitch_words(hitch: Decided, chrome: &Chrome) -> Option<Hitch> {
    let (title, more) = match hitch {
        Decided::Done => return None,
        Decided::TooLate => (chrome.t("operator.review.late"), chrome.t("operator.review.late_more")),
        Decided::CardTaken => (chrome.t("operator.review.taken"), chrome.t("operator.review.taken_more")),
    };
    Some(Hitch { title, more })
}

/// One that waits, one confirmed, one not.
pub(crate) fn sample_reviews(chrome: &Chrome) -> Vec<Review> {
    let now = words::now(chrome);
    let open = crate::web::account::sample::review(now);
    let by = StaffId::from_bytes([5; 16]);
    let decided = |id: u8, stage| Review {
        id: ReviewId::from_bytes([id; 16]),
        path: ReviewPath::Authenticator,
        stage,
        asked: now - Span::days(4),
        expires: now + REVIEW_LIFE,
        ..open.clone()
    };
    let at = now - Span::days(3);
    let why = ReviewRefused::Unclear;
    let (confirmed, refused) =
        (decided(114, ReviewStage::Confirmed { by, at }), decided(115, ReviewStage::Refused { by, at, why }));
    vec![open, confirmed, refused]
}

impl Page for CardReviewPage {
    const NAME: &'static str = "operator/card_review";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let chrome = &chrome.signed_in(super::SAMPLE_STAFF);
        let reviews = sample_reviews(chrome);
        let [open, confirmed, refused] = reviews.as_slice() else { return Vec::new() };
        let known = crate::web::account::sample::identity();
        let read = Identity { family_name: Some("Beispiel".to_owned()), ..known.clone() };
        let by = Some(super::SAMPLE_STAFF);
        let late = Some(Decided::TooLate);
        let taken = Some(Decided::CardTaken);
        vec![
            ("open", Self::new(open, None, Vec::new(), None, chrome)),
            ("revealed", Self::new(open, None, compare(&known, &read, chrome), None, chrome)),
            ("taken", Self::new(open, None, Vec::new(), taken, chrome)),
            ("confirmed", Self::new(confirmed, by, Vec::new(), None, chrome)),
            ("refused", Self::new(refused, by, Vec::new(), late, chrome)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn nothing_personal_and_no_decision_before_it_is_revealed() {
        let chrome = Chrome::sample(Language::De);
        for (name, page) in CardReviewPage::samples(&chrome) {
            let html = page.render().unwrap();
            let revealed = name == "revealed";
            for personal in ["Erika", "Mustermann", "Beispiel", "1964", "Heidestra"] {
                assert_eq!(html.contains(personal), revealed, "{name}: {personal}");
            }
            assert_eq!(html.contains("value=\"confirm\""), revealed, "{name}");
            assert_eq!(html.contains("value=\"refuse\""), revealed, "{name}");
            assert_eq!(html.contains("value=\"reveal\""), ["open", "taken"].contains(&name), "{name}");
        }
    }

    #[test]
    fn what_differs_is_marked() {
        let chrome = Chrome::sample(Language::De);
        let known = crate::web::account::sample::identity();
        let read = Identity { birth_name: None, ..known.clone() };
        let rows = compare(&known, &read, &chrome);
        let differ: Vec<&str> = rows.iter().filter(|row| !row.same).map(|row| row.name).collect();
        assert_eq!(differ, ["Geburtsname"]);
        assert_eq!(rows.len(), COMPARED.len());
    }
}
