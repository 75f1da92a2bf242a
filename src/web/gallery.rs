//! Every page with made-up content, in every language: for the tests, and for `torhaus gallery`.

use super::page::{Chrome, Page};
use super::text::Language;
use super::{account, citizen, counter, operator, owner};

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
        add::<citizen::home::HomePage>(&chrome, &mut samples);
        add::<citizen::sign_in::SignInPage>(&chrome, &mut samples);
        add::<citizen::enrol::EnrolPage>(&chrome, &mut samples);
        add::<citizen::demo_card::DemoCardPage>(&chrome, &mut samples);
        add::<citizen::eid::EidPage>(&chrome, &mut samples);
        add::<citizen::eid_wait::EidWaitPage>(&chrome, &mut samples);
        add::<citizen::eid_elsewhere::EidElsewherePage>(&chrome, &mut samples);
        add::<citizen::card_refused::CardRefusedPage>(&chrome, &mut samples);
        add::<citizen::key::KeyPage>(&chrome, &mut samples);
        add::<citizen::new_card::NewCardPage>(&chrome, &mut samples);
        add::<citizen::transfer_code::TransferCodePage>(&chrome, &mut samples);
        add::<citizen::enrolment_code::EnrolmentCodePage>(&chrome, &mut samples);
        add::<citizen::card_review::CardReviewPage>(&chrome, &mut samples);
        add::<citizen::done::DonePage>(&chrome, &mut samples);
        add::<citizen::consent::ConsentPage>(&chrome, &mut samples);
        add::<citizen::level_too_low::LevelTooLowPage>(&chrome, &mut samples);
        add::<citizen::made_up::MadeUpPage>(&chrome, &mut samples);
        add::<citizen::sign_out::SignOutPage>(&chrome, &mut samples);
        add::<citizen::signed_out::SignedOutPage>(&chrome, &mut samples);
        add::<citizen::error::ErrorPage>(&chrome, &mut samples);
        account(&chrome, &mut samples);
        staff(&chrome, &mut samples);
    }
    samples
}

fn account(chrome: &Chrome, samples: &mut Vec<Sample>) {
    add::<account::overview::OverviewPage>(chrome, samples);
    add::<account::new_phone::NewPhonePage>(chrome, samples);
    add::<account::add_device::AddDevicePage>(chrome, samples);
    add::<account::device_removal::DeviceRemovalPage>(chrome, samples);
    add::<account::card_removal::CardRemovalPage>(chrome, samples);
    add::<account::transfer_code::AccountTransferCodePage>(chrome, samples);
    add::<account::consent_withdrawal::ConsentWithdrawalPage>(chrome, samples);
    add::<account::history::HistoryPage>(chrome, samples);
    add::<account::export::ExportPage>(chrome, samples);
    add::<account::deletion::DeletionPage>(chrome, samples);
    add::<account::deleted::DeletedPage>(chrome, samples);
}

fn staff(chrome: &Chrome, samples: &mut Vec<Sample>) {
    add::<operator::sign_in::StaffSignInPage>(chrome, samples);
    add::<operator::invite::InvitePage>(chrome, samples);
    add::<operator::invite_gone::InviteGonePage>(chrome, samples);
    add::<operator::eid_service_page::EidServicePage>(chrome, samples);
    add::<operator::overview::OverviewPage>(chrome, samples);
    add::<operator::organisations::OrganisationsPage>(chrome, samples);
    add::<operator::organisation::OrganisationPage>(chrome, samples);
    add::<operator::services::ServicesPage>(chrome, samples);
    add::<operator::service::ServicePage>(chrome, samples);
    add::<operator::people::PeoplePage>(chrome, samples);
    add::<operator::person::PersonPage>(chrome, samples);
    add::<operator::card_reviews::CardReviewsPage>(chrome, samples);
    add::<operator::card_review::CardReviewPage>(chrome, samples);
    add::<operator::audit::AuditPage>(chrome, samples);
    add::<counter::find::FindPage>(chrome, samples);
    add::<counter::person::PersonPage>(chrome, samples);
    add::<counter::identify::IdentifyPage>(chrome, samples);
    add::<counter::identifications::IdentificationsPage>(chrome, samples);
    add::<counter::identification::IdentificationPage>(chrome, samples);
    add::<counter::letter::LetterPage>(chrome, samples);
    add::<owner::tokens::TokensPage>(chrome, samples);
    add::<owner::webhooks::WebhooksPage>(chrome, samples);
    add::<owner::webhook::WebhookPage>(chrome, samples);
    add::<owner::form_page::FormPage>(chrome, samples);
    add::<owner::registered::RegisteredPage>(chrome, samples);
    add::<owner::services::ServicesPage>(chrome, samples);
    add::<owner::service::ServicePage>(chrome, samples);
    add::<owner::technical::TechnicalPage>(chrome, samples);
    add::<owner::changes::ChangesPage>(chrome, samples);
    add::<owner::usage::UsePage>(chrome, samples);
    add::<owner::affairs::AffairsPage>(chrome, samples);
    add::<owner::recipes::RecipesPage>(chrome, samples);
    add::<owner::trial::TrialPage>(chrome, samples);
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
