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
use crate::domain::counter::Reason;
use crate::domain::id::{CardId, ReviewId, StaffId};
use crate::domain::sign_in::Door;
use crate::domain::time::Span;
use crate::eid::link::{self, Decided};
use crate::http::{Params, Trouble, redirect};
use crate::paths;
use crate::store::{self, vault};
use crate::web::card_undo::Undo;
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::{counter, doors, words};

/// Why a link may be taken back.
const UNDONE_BECAUSE: [Reason; 3] = [Reason::Mistake, Reason::Misused, Reason::Asked];
/// What a clerk compares, and nothing else is opened.
const COMPARED: [Attribute; 6] = [
    Attribute::GivenNames,
    Attribute::FamilyName,
    Attribute::BirthName,
    Attribute::BirthDate,
    Attribute::BirthPlace,
    Attribute::Address,
];

/// At whose desk it is decided: the pages are the same, what stands around them is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// Operators see the account, too.
    House,
    /// Clerks see nobody whom they have not found by name.
    Counter,
}

impl Desk {
    /// Who may stand there.
    pub(crate) async fn enter(self, visit: &Visit) -> Result<Entered, Trouble> {
        match self {
            Self::House => entry::operator(visit).await,
            Self::Counter => entry::enter(visit, Door::Counter).await,
        }
    }
    pub(crate) const fn list_url(self) -> &'static str {
        match self {
            Self::House => paths::OPERATOR_CARD_REVIEWS,
            Self::Counter => paths::COUNTER_CARD_REVIEWS,
        }
    }
    pub(crate) fn url(self, review: ReviewId) -> String {
        match self {
            Self::House => paths::operator_card_review(review),
            Self::Counter => paths::counter_card_review(review),
        }
    }
    pub(crate) fn tabs(self, chrome: &Chrome) -> Vec<Tab> {
        match self {
            Self::House => tabs(paths::OPERATOR_CARD_REVIEWS, chrome),
            Self::Counter => counter::tabs(counter::Place::Cards, chrome),
        }
    }
    pub(crate) fn part(self, chrome: &Chrome) -> &'static str {
        match self {
            Self::House => chrome.t("operator.part"),
            Self::Counter => chrome.t("counter.part"),
        }
    }
}

/// `GET /operator/card-reviews/{review}`: without any personal data.
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    show_at(Desk::House, &visit).await
}

/// `GET /counter/card-reviews/{review}`
pub async fn show_at_counter(visit: Visit) -> Result<HttpResponse, Trouble> {
    show_at(Desk::Counter, &visit).await
}

async fn show_at(desk: Desk, visit: &Visit) -> Result<HttpResponse, Trouble> {
    match desk.enter(visit).await? {
        Entered::Member(member) => page(desk, &member, visit, Vec::new(), None),
        Entered::Away(answer) => Ok(answer),
    }
}

/// `POST /operator/card-reviews/{review}`: `action=reveal` shows what there is to compare; `confirm` and `refuse`
/// (with `reason`) decide; `undo` (with `reason` and `confirm=yes`) takes back what was confirmed.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    act_at(Desk::House, &visit, &body).await
}

/// `POST /counter/card-reviews/{review}`
pub async fn act_at_counter(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    act_at(Desk::Counter, &visit, &body).await
}

async fn act_at(desk: Desk, visit: &Visit, body: &Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(body)?;
    let member = match desk.enter(visit).await? {
        Entered::Member(member) => member,
        Entered::Away(answer) => return Ok(answer),
    };
    match form.get("action") {
        Some("reveal") => reveal(desk, &member, visit).await,
        Some("confirm") => decide(desk, &member, visit, None).await,
        Some("refuse") => decide(desk, &member, visit, Some(reason(&form)?)).await,
        Some("undo") => undo(desk, &form, &member, visit).await,
        _ => Err(Trouble::BadRequest("action")),
    }
}

/// Why the last click did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    /// Somebody was faster, or the review is forgotten.
    TooLate,
    /// The card leads to somebody by now.
    CardTaken,
    /// No reason was chosen, or the box was not ticked.
    Unsure,
    /// The card has been replaced, taken off or linked otherwise since.
    CardMoved,
}

async fn undo(desk: Desk, form: &Params, member: &Member, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let review = load(visit)?;
    let why = form.get("reason").and_then(Reason::parse).filter(|why| UNDONE_BECAUSE.contains(why));
    let (Some(why), Some("yes")) = (why, form.get("confirm")) else {
        return page(desk, member, visit, Vec::new(), Some(Missed::Unsure));
    };
    if !matches!(review.stage, ReviewStage::Confirmed { .. }) {
        return page(desk, member, visit, Vec::new(), Some(Missed::TooLate));
    }
    let Some(undo) = Undo::ready(&review, &visit.app)? else {
        return page(desk, member, visit, Vec::new(), Some(Missed::CardMoved));
    };
    let (still, staff) = (member.still(), member.staff.id);
    let undone = visit.app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        Ok(undo.keep(staff, why, db)?)
    });
    if undone.await? {
        Ok(redirect::see_other(&desk.url(review.id)))
    } else {
        page(desk, member, visit, Vec::new(), Some(Missed::CardMoved))
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
async fn reveal(desk: Desk, member: &Member, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let (app, review) = (&visit.app, load(visit)?);
    let (id, person) = (review.id, review.person);
    if review.stage != ReviewStage::Open {
        return page(desk, member, visit, Vec::new(), Some(Missed::TooLate));
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
        return page(desk, member, visit, Vec::new(), Some(Missed::TooLate));
    };
    let compared = compare(&known, &read, &visit.frame().chrome);
    page(desk, member, visit, compared, None)
}

async fn decide(
    desk: Desk,
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
        Decided::Done => Ok(redirect::see_other(&desk.url(id))),
        Decided::TooLate => page(desk, member, visit, Vec::new(), Some(Missed::TooLate)),
        Decided::CardTaken => page(desk, member, visit, Vec::new(), Some(Missed::CardTaken)),
    }
}

fn page(
    desk: Desk,
    member: &Member,
    visit: &Visit,
    compared: Vec<Compared>,
    missed: Option<Missed>,
) -> Result<HttpResponse, Trouble> {
    let review = load(visit)?;
    let by = match review.stage {
        ReviewStage::Open => None,
        ReviewStage::Confirmed { by, .. }
        | ReviewStage::Refused { by, .. }
        | ReviewStage::Undone { by, .. } => {
            visit.app.store.read(|db| store::staff::by_id(by, db))?.map(|staff| staff.name)
        }
    };
    let mut frame = entry::frame(visit).at(desk.url(review.id));
    frame.chrome = frame.chrome.signed_in(&member.staff.name);
    let page = CardReviewPage::new(desk, (&review, by.as_deref()), compared, missed, &frame.chrome);
    let status = match missed {
        None => StatusCode::OK,
        Some(Missed::Unsure) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(_) => StatusCode::CONFLICT,
    };
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
        ReviewStage::Undone { .. } => chrome.t("operator.review.undone"),
    }
}

/// The same for machines.
pub(crate) const fn stage_name(stage: &ReviewStage) -> &'static str {
    match stage {
        ReviewStage::Open => "open",
        ReviewStage::Confirmed { .. } => "confirmed",
        ReviewStage::Refused { .. } => "refused",
        ReviewStage::Undone { .. } => "undone",
    }
}

/// Its badge.
pub(crate) const fn stage_kind(stage: &ReviewStage) -> &'static str {
    match stage {
        ReviewStage::Open => "warning",
        ReviewStage::Confirmed { .. } => "success",
        ReviewStage::Refused { .. } => "info",
        ReviewStage::Undone { .. } => "danger",
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
    /// Not for everybody.
    pub(crate) account_url: Option<String>,
    pub(crate) part: &'static str,
    /// It was confirmed, and can be taken back: reasons to choose from.
    pub(crate) undo: Vec<(&'static str, &'static str)>,
    /// No reason was chosen, or the box was not ticked.
    pub(crate) unsure: bool,
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
    /// `by`: the name of who decided. `compared`: what was revealed. `missed`: why the last click did nothing, if it did.
    /// `chrome` has the name of who is logged in.
    pub(crate) fn new(
        desk: Desk,
        (review, by): (&Review, Option<&str>),
        compared: Vec<Compared>,
        missed: Option<Missed>,
        chrome: &Chrome,
    ) -> Self {
        let confirmed = matches!(review.stage, ReviewStage::Confirmed { .. });
        let undo = UNDONE_BECAUSE.map(|why| (why.name(), words::reason_of(why, chrome)));
        Self {
            tabs: desk.tabs(chrome),
            part: desk.part(chrome),
            undo: if confirmed { undo.into() } else { Vec::new() },
            unsure: missed == Some(Missed::Unsure),
            id: review.id.to_string(),
            account: words::short(review.person),
            account_url: (desk == Desk::House).then(|| paths::operator_person(review.person)),
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
            hitch: missed.and_then(|missed| hitch_words(missed, chrome)),
            compared,
            action_url: desk.url(review.id),
            back_url: desk.list_url(),
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
        ReviewStage::Undone { at, why, .. } => vec![
            chrome.t2("operator.review.decided", somebody, words::moment(*at, chrome)),
            words::reason_of(*why, chrome).to_owned(),
        ],
    }
}

fn hitch_words(missed: Missed, chrome: &Chrome) -> Option<Hitch> {
    let (title, more) = match missed {
        // Stands at the form.
        Missed::Unsure => return None,
        Missed::TooLate => (chrome.t("operator.review.late"), chrome.t("operator.review.late_more")),
        Missed::CardTaken => (chrome.t("operator.review.taken"), chrome.t("operator.review.taken_more")),
        Missed::CardMoved => (chrome.t("operator.review.moved"), chrome.t("operator.review.moved_more")),
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
    let undone = decided(116, ReviewStage::Undone { by, at, why: Reason::Mistake });
    vec![open, confirmed, refused, undone]
}

impl Page for CardReviewPage {
    const NAME: &'static str = "operator/card_review";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let chrome = &chrome.signed_in(super::SAMPLE_STAFF);
        let reviews = sample_reviews(chrome);
        let [open, confirmed, refused, undone] = reviews.as_slice() else { return Vec::new() };
        let known = crate::web::account::sample::identity();
        let read = Identity { family_name: Some("Beispiel".to_owned()), ..known.clone() };
        let by = Some(super::SAMPLE_STAFF);
        let page =
            |review, by, compared, missed| Self::new(Desk::House, (review, by), compared, missed, chrome);
        vec![
            ("open", page(open, None, Vec::new(), None)),
            ("revealed", page(open, None, compare(&known, &read, chrome), None)),
            ("taken", page(open, None, Vec::new(), Some(Missed::CardTaken))),
            ("confirmed", page(confirmed, by, Vec::new(), None)),
            ("unsure", page(confirmed, by, Vec::new(), Some(Missed::Unsure))),
            ("refused", page(refused, by, Vec::new(), Some(Missed::TooLate))),
            ("undone", page(undone, by, Vec::new(), Some(Missed::CardMoved))),
            ("at_counter", Self::new(Desk::Counter, (confirmed, by), Vec::new(), None, chrome)),
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
