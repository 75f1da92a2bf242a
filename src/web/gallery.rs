//! Every page with made-up content, in every language: for the tests, and for `torhaus gallery`.

use super::citizen;
use super::page::{Chrome, Page};
use super::text::Language;

/// One page in one language.
pub struct Sample {
    /// `citizen/sign_in`, or `citizen/sign_in.account` for a variant.
    pub name: String,
    pub language: Language,
    pub html: String,
}

/// All samples of all pages in all languages.
pub fn gallery() -> Vec<Sample> {
    let mut samples = Vec::new();
    for language in Language::ALL {
        let chrome = Chrome::sample(language);
        add::<citizen::sign_in::SignInPage>(&chrome, &mut samples);
        add::<citizen::enrol::EnrolPage>(&chrome, &mut samples);
        add::<citizen::demo_card::DemoCardPage>(&chrome, &mut samples);
        add::<citizen::card_refused::CardRefusedPage>(&chrome, &mut samples);
        add::<citizen::key::KeyPage>(&chrome, &mut samples);
        add::<citizen::done::DonePage>(&chrome, &mut samples);
        add::<citizen::consent::ConsentPage>(&chrome, &mut samples);
        add::<citizen::level_too_low::LevelTooLowPage>(&chrome, &mut samples);
        add::<citizen::sign_out::SignOutPage>(&chrome, &mut samples);
        add::<citizen::signed_out::SignedOutPage>(&chrome, &mut samples);
        add::<citizen::error::ErrorPage>(&chrome, &mut samples);
    }
    samples
}

/// # Panics
/// If a sample does not render, which is a mistake in its template.
fn add<P: Page>(chrome: &Chrome, samples: &mut Vec<Sample>) {
    for (n, (variant, page)) in P::samples(chrome).into_iter().enumerate() {
        let name = if n == 0 { P::NAME.to_owned() } else { format!("{}.{variant}", P::NAME) };
        let html = page.render().unwrap_or_else(|error| panic!("{name} does not render: {error}"));
        samples.push(Sample { name, language: chrome.language(), html });
    }
}
