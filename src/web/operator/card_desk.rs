//! Whose new cards are is decided at two desks by the same pages: who may stand there, and where its pages are.

use super::entry::{self, Entered};
use super::{Tab, tabs};
use crate::domain::id::ReviewId;
use crate::domain::sign_in::Door;
use crate::http::Trouble;
use crate::paths;
use crate::web::counter;
use crate::web::frame::Frame;
use crate::web::page::Chrome;
use crate::web::visit::Visit;

/// At whose desk it is decided: the pages are the same, what stands around them is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desk {
    /// Operators get to the account from here, which shows them nothing personal.
    House,
    /// Clerks get to nobody whom they have not found by name: who is revealed here may be far away, and a question can be
    /// decided without them. So neither revealing nor confirming opens a counter visit: with it come the person's devices
    /// and history, and the right to block. Whoever has the person before them has their document in the hand and finds
    /// them in one step, which their history then names. Undoing is the exception where it leaves somebody whom nobody
    /// finds by name any more: they are to be identified anew, at this very desk.
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
    /// The frame of its pages.
    pub(crate) fn frame(self, visit: &Visit) -> Result<Frame, Trouble> {
        match self {
            Self::House => Ok(entry::frame(visit)),
            Self::Counter => counter::frame(visit),
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
