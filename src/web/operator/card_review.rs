//! Whose is this new card? What a clerk must compare, shown once somebody asks to see it and the audit has it; then
//! the decision.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::Tab;
use super::card_desk::Desk;
use super::card_review_words::{self as said, Hitch, Missed};
use super::entry::{Entered, Member};
use crate::domain::attribute::{Attribute, Identity};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::card::{Review, ReviewPath, ReviewRefused, ReviewStage, Standing, UndoReason};
use crate::domain::id::{CardId, ReviewId};
use crate::eid::link::{self, Decided};
use crate::http::{Params, Trouble, redirect};
use crate::paths;
use crate::store::{self, vault};
use crate::web::card_undo::{self, Undo, UndoForm, Undone, Unsure};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;

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

async fn undo(desk: Desk, form: &Params, member: &Member, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let review = load(visit)?;
    if !matches!(review.stage, ReviewStage::Confirmed { .. }) {
        return page(desk, member, visit, Vec::new(), Some(Missed::TooLate));
    }
    let reason = form.get("reason").and_then(UndoReason::parse);
    let ticked = form.get("confirm") == Some("yes");
    let (Some(why), true) = (reason, ticked) else {
        return page(desk, member, visit, Vec::new(), Some(Missed::Unsure(Unsure { reason, ticked })));
    };
    let Some(undo) = Undo::ready(&review, &visit.app)? else {
        return page(desk, member, visit, Vec::new(), Some(Missed::CardMoved));
    };
    let (still, session, staff) = (member.still(), member.session.id, member.staff.id);
    // See [`Desk::Counter`].
    let opens = desk == Desk::Counter && undo.leaves_nameless();
    let undone = visit.app.write(move |db| -> Result<Undone, Trouble> {
        still(db)?;
        let undone = undo.keep(staff, why, db)?;
        if opens && matches!(undone, Undone::Done(_)) {
            store::counter::open(session, review.person, db)?;
        }
        Ok(undone)
    });
    match undone.await? {
        Undone::Done(grants) => {
            if let Err(fault) = visit.rooms.oidc.announce(&grants, &visit.app) {
                // It is undone all the same; making the number logs the fault.
                drop(Trouble::from(fault));
            }
            Ok(redirect::see_other(&desk.url(review.id)))
        }
        Undone::Overtaken => page(desk, member, visit, Vec::new(), Some(Missed::CardMoved)),
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
    let (still, staff) = (member.still(), member.staff.id);
    let written = app.write(move |db| -> Result<(), Trouble> {
        still(db)?;
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
    let (still, staff) = (member.still(), member.staff.id);
    let decided = app.write(move |db| -> Result<Decided, Trouble> {
        still(db)?;
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
    let (person, session, now) = (review.person, member.session.id, visit.app.now());
    let case = visit.app.store.read(|db| {
        let by = match review.stage {
            ReviewStage::Open => None,
            ReviewStage::Confirmed { by, .. }
            | ReviewStage::Refused { by, .. }
            | ReviewStage::Undone { by, .. } => store::staff::by_id(by, db)?.map(|staff| staff.name),
        };
        Ok(Case {
            by,
            standing: review.standing(&store::card::by_person(person, db)?),
            again: store::card_review::was_undone(&review, now, db)?,
            before: store::counter::is_open(session, person, now, db)?,
        })
    })?;
    let mut frame = desk.frame(visit)?.at(desk.url(review.id));
    frame.chrome = frame.chrome.signed_in(&member.staff.name);
    let page = CardReviewPage::new(desk, (&review, &case), compared, missed, &frame.chrome);
    let status = match missed {
        None => StatusCode::OK,
        Some(Missed::Unsure(_)) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(_) => StatusCode::CONFLICT,
    };
    Ok(frame.show(&page, status))
}

/// What is known of a review besides.
#[derive(Clone, Default)]
pub(crate) struct Case {
    /// The name of who decided.
    by: Option<String>,
    /// How the card stands that was linked.
    standing: Option<Standing>,
    /// An earlier link of this card to this account was undone.
    again: bool,
    /// This clerk has the person before them.
    before: bool,
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
    /// It was confirmed, and can be undone.
    pub(crate) undo: Option<UndoForm>,
    /// It was confirmed, and can not be undone any more: why.
    pub(crate) standing: Option<&'static str>,
    /// It was undone.
    pub(crate) undone: bool,
    /// An earlier link of this card to this account was undone.
    pub(crate) again: bool,
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
    /// `compared`: what was revealed. `missed`: why the last click did nothing, if it did. `chrome` has the name of who is
    /// logged in.
    pub(crate) fn new(
        desk: Desk,
        (review, case): (&Review, &Case),
        compared: Vec<Compared>,
        missed: Option<Missed>,
        chrome: &Chrome,
    ) -> Self {
        let answer = match missed {
            Some(Missed::Unsure(answer)) => Some(answer),
            _ => None,
        };
        let form = || UndoForm::new(review, desk.url(review.id), answer, chrome);
        Self {
            tabs: desk.tabs(chrome),
            part: desk.part(chrome),
            undo: (case.standing == Some(Standing::Linked)).then(form),
            standing: case.standing.and_then(|standing| card_undo::standing(standing, chrome)),
            undone: matches!(review.stage, ReviewStage::Undone { .. }),
            again: case.again && review.stage == ReviewStage::Open,
            id: review.id.to_string(),
            account: words::short(review.person),
            account_url: match desk {
                Desk::House => Some(paths::operator_person(review.person)),
                Desk::Counter => case.before.then(|| paths::counter_person(review.person)),
            },
            asked: words::moment(review.asked, chrome),
            until: words::day(review.expires, chrome),
            path: said::path(review.path, chrome),
            path_more: match review.path {
                ReviewPath::Authenticator => chrome.t("operator.review.path_key_more"),
                ReviewPath::Data => chrome.t("operator.review.path_data_more"),
            },
            kind: said::stage_kind(&review.stage),
            stage: said::stage(&review.stage, chrome),
            open: review.stage == ReviewStage::Open,
            decided: said::decided(&review.stage, case.by.as_deref(), chrome),
            hitch: missed.and_then(|missed| said::hitch(missed, chrome)),
            compared,
            action_url: desk.url(review.id),
            back_url: desk.list_url(),
            chrome: chrome.clone(),
        }
    }
}

impl Page for CardReviewPage {
    const NAME: &'static str = "operator/card_review";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let chrome = &chrome.signed_in(super::SAMPLE_STAFF);
        let reviews = said::sample_reviews(chrome);
        let [open, confirmed, refused, undone] = reviews.as_slice() else { return Vec::new() };
        let known = crate::web::account::sample::identity();
        let read = Identity { family_name: Some("Beispiel".to_owned()), ..known.clone() };
        let decided = Case { by: Some(super::SAMPLE_STAFF.to_owned()), ..Case::default() };
        let stands = |standing| Case { standing: Some(standing), ..decided.clone() };
        let again = Case { again: true, ..Case::default() };
        let before = Case { before: true, ..decided.clone() };
        let page = |review, case: &Case, compared, missed| {
            Self::new(Desk::House, (review, case), compared, missed, chrome)
        };
        let at_counter =
            |review, case: &Case| Self::new(Desk::Counter, (review, case), Vec::new(), None, chrome);
        let first = Case::default();
        let nothing = Missed::Unsure(Unsure { reason: None, ticked: false });
        let untold = Missed::Unsure(Unsure { reason: Some(UndoReason::Misused), ticked: false });
        vec![
            ("open", page(open, &first, Vec::new(), None)),
            ("revealed", page(open, &first, compare(&known, &read, chrome), None)),
            ("taken", page(open, &first, Vec::new(), Some(Missed::CardTaken))),
            ("again", page(open, &again, Vec::new(), None)),
            ("confirmed", page(confirmed, &stands(Standing::Linked), Vec::new(), None)),
            ("unsure", page(confirmed, &stands(Standing::Linked), Vec::new(), Some(nothing))),
            ("unticked", page(confirmed, &stands(Standing::Linked), Vec::new(), Some(untold))),
            ("replaced", page(confirmed, &stands(Standing::Replaced), Vec::new(), Some(Missed::CardMoved))),
            ("removed", page(confirmed, &stands(Standing::Removed), Vec::new(), None)),
            ("otherwise", page(confirmed, &stands(Standing::Otherwise), Vec::new(), None)),
            ("refused", page(refused, &decided, Vec::new(), Some(Missed::TooLate))),
            ("undone", page(undone, &decided, Vec::new(), None)),
            ("at_counter", at_counter(confirmed, &stands(Standing::Linked))),
            ("undone_at_counter", at_counter(undone, &before)),
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
            assert_eq!(
                html.contains("value=\"reveal\""),
                ["open", "taken", "again"].contains(&name),
                "{name}"
            );
            let undoable = ["confirmed", "unsure", "unticked", "at_counter"].contains(&name);
            assert_eq!(html.contains("value=\"undo\""), undoable, "{name}");
            assert_eq!(html.contains(paths::OPERATOR), !name.ends_with("at_counter"), "{name}");
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
