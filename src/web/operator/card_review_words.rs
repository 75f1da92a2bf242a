//! What is said of the question whose a new card is, and of what came of it.

use crate::domain::card::{Link, REVIEW_LIFE, Review, ReviewPath, ReviewRefused, ReviewStage, UndoReason};
use crate::domain::id::{CardId, ReviewId, StaffId};
use crate::domain::time::Span;
use crate::web::card_undo::Unsure;
use crate::web::page::Chrome;
use crate::web::words;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missed {
    /// Somebody was faster, or the review is forgotten.
    TooLate,
    /// The card leads to somebody by now.
    CardTaken,
    /// No reason was chosen, or the box was not ticked.
    Unsure(Unsure),
    /// The card has been replaced, taken off, linked otherwise or read since.
    CardMoved,
}

/// Why the last click did nothing.
pub(crate) struct Hitch {
    pub(crate) title: &'static str,
    pub(crate) more: &'static str,
}

/// Who decided, when, and why not; `by`: their name, if it is known.
pub(crate) fn decided(stage: &ReviewStage, by: Option<&str>, chrome: &Chrome) -> Vec<String> {
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
            words::undo_reason(*why, chrome).to_owned(),
        ],
    }
}

/// The same in words; what stands at a form is not said twice.
pub(crate) fn hitch(missed: Missed, chrome: &Chrome) -> Option<Hitch> {
    let (title, more) = match missed {
        // Stands at the form.
        Missed::Unsure(_) => return None,
        Missed::TooLate => (chrome.t("operator.review.late"), chrome.t("operator.review.late_more")),
        Missed::CardTaken => (chrome.t("operator.review.taken"), chrome.t("operator.review.taken_more")),
        Missed::CardMoved => (chrome.t("operator.review.moved"), chrome.t("operator.review.moved_more")),
    };
    Some(Hitch { title, more })
}

/// One that waits, one confirmed, one not, one undone.
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
    let link = Link { card: CardId::from_bytes([97; 16]), before: None, replaced: None };
    let (confirmed, refused) = (
        decided(114, ReviewStage::Confirmed { by, at, link }),
        decided(115, ReviewStage::Refused { by, at, why }),
    );
    let undone = decided(116, ReviewStage::Undone { by, at, why: UndoReason::OtherPerson });
    vec![open, confirmed, refused, undone]
}
