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
