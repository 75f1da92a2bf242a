//! The list of a resident's cards: which one leads to the account, which ones did.

use super::dossier::Dossier;
use crate::domain::card::{Card, CardState};
use crate::paths;
use crate::web::page::Chrome;
use crate::web::words;

/// One card, in words. It has no number: the house never reads one.
pub(crate) struct CardRow {
    pub(crate) name: String,
    /// Why it opens nothing; `None`: it opens.
    pub(crate) stopped: Option<&'static str>,
    /// First and last reading, end of the document.
    pub(crate) facts: String,
    /// The question page.
    pub(crate) remove_url: String,
}

/// The card that counts, then earlier ones; those which the person took off are not shown.
pub(crate) fn card_rows(dossier: &Dossier, chrome: &Chrome) -> Vec<CardRow> {
    dossier
        .cards
        .iter()
        .filter(|card| card.state != CardState::Removed)
        .map(|card| row(card, chrome))
        .collect()
}

fn row(card: &Card, chrome: &Chrome) -> CardRow {
    CardRow {
        name: name(card, chrome),
        stopped: (card.state == CardState::Replaced).then(|| chrome.t("account.card.replaced")),
        facts: facts(card, chrome),
        remove_url: paths::account_card(card.id),
    }
}

/// `Ausweis, gültig bis 14. Januar 2027`: how one's cards are told apart.
pub(crate) fn name(card: &Card, chrome: &Chrome) -> String {
    match card.document_expires {
        Some(end) => chrome.t1("account.card.until", words::day(end, chrome)),
        None => chrome.t("account.card.endless").to_owned(),
    }
}

fn facts(card: &Card, chrome: &Chrome) -> String {
    let last = words::relative(card.last_read, chrome);
    chrome.t2("account.card.facts", words::day(card.added, chrome), last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::account::sample;
    use crate::web::text::Language;

    #[test]
    fn the_card_that_counts_comes_first_and_removed_ones_not_at_all() {
        let chrome = Chrome::sample(Language::De);
        let mut dossier = sample::dossier(&chrome);
        let rows = card_rows(&dossier, &chrome);
        assert_eq!(rows.iter().map(|row| row.stopped.is_some()).collect::<Vec<_>>(), [false, true]);
        assert!(rows[0].name.contains("14. Januar 2027"), "{}", rows[0].name);
        dossier.cards[1].state = CardState::Removed;
        assert_eq!(card_rows(&dossier, &chrome).len(), 1);
    }
}
