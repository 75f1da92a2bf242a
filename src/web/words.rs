//! The nouns of the house in the words of people: levels, data, reasons, methods, events, instants.
//!
//! Every match is exhaustive: a new variant without its words does not compile.

use std::collections::BTreeSet;
use std::fmt::Display;

use super::citizen::consent::label;
use super::page::Chrome;
use crate::domain::assurance::{IdentityMethod, Level, Reason};
use crate::domain::attribute::{Attribute, Datum, Identity, PartialDate};
use crate::domain::audit::Event;
use crate::domain::card::UndoReason;
use crate::domain::counter;
use crate::domain::service_use::Kind;
use crate::domain::time::Timestamp;
use crate::eid::request::Operation;

/// The instant as the page machinery wants it; beyond the calendar's end it stays at the end.
pub(crate) fn instant(at: Timestamp) -> jiff::Timestamp {
    let edge = if at.0 < 0 { jiff::Timestamp::MIN } else { jiff::Timestamp::MAX };
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(edge)
}

/// The page's own now, as the nouns want it.
pub(crate) fn now(chrome: &Chrome) -> Timestamp {
    Timestamp(chrome.now.as_millisecond())
}

/// `3. März 2026`
pub(crate) fn day(at: Timestamp, chrome: &Chrome) -> String {
    chrome.date(&instant(at))
}

/// `Sonntag, 22. November 2026, 10:14 Uhr`
pub(crate) fn moment(at: Timestamp, chrome: &Chrome) -> String {
    chrome.moment(&instant(at))
}

/// `gestern, 18:42 Uhr`
pub(crate) fn relative(at: Timestamp, chrome: &Chrome) -> String {
    chrome.relative(&instant(at))
}

/// `10:14`
pub(crate) fn clock(at: Timestamp, chrome: &Chrome) -> String {
    instant(at).to_zoned(chrome.zone.clone()).strftime("%H:%M").to_string()
}

/// `2026-11-22 10:14:05`: for tables of the operator, where seconds count.
pub(crate) fn stamp(at: Timestamp, chrome: &Chrome) -> String {
    instant(at).to_zoned(chrome.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// `niedrig`
pub(crate) fn level(level: Level, chrome: &Chrome) -> &'static str {
    match level {
        Level::Basic => chrome.t("word.level.basic"),
        Level::Low => chrome.t("word.level.low"),
        Level::Substantial => chrome.t("word.level.substantial"),
        Level::High => chrome.t("word.level.high"),
    }
}

/// Why a device's level is not higher, as a sentence.
pub(crate) fn reason(reason: Reason, chrome: &Chrome) -> &'static str {
    match reason {
        Reason::IdentityWeak => chrome.t("word.reason.identity_weak"),
        Reason::IdentityAged => chrome.t("word.reason.identity_aged"),
        Reason::DocumentExpired => chrome.t("word.reason.document_expired"),
        Reason::KeySynced => chrome.t("word.reason.key_synced"),
        Reason::KeyUnattested => chrome.t("word.reason.key_unattested"),
        Reason::NotVerified => chrome.t("word.reason.not_verified"),
        Reason::KeyAddedLow => chrome.t("word.reason.key_added_low"),
        Reason::NoLiveEid => chrome.t("word.reason.no_live_eid"),
    }
}

/// With what somebody was identified: `Online-Ausweis`.
pub(crate) fn method(method: IdentityMethod, chrome: &Chrome) -> &'static str {
    match method {
        IdentityMethod::GermanEid => chrome.t("word.method.german_eid"),
        IdentityMethod::IdAustriaFull | IdentityMethod::IdAustriaBasic => chrome.t("word.method.id_austria"),
        IdentityMethod::EudiWallet => chrome.t("word.method.eudi_wallet"),
        IdentityMethod::Counter => chrome.t("word.method.counter"),
        IdentityMethod::Letter => chrome.t("word.method.letter"),
        IdentityMethod::SelfRegistered => chrome.t("word.method.self_registered"),
    }
}

/// Why a clerk did something: `Gerät verloren`.
pub(crate) fn reason_of(reason: counter::Reason, chrome: &Chrome) -> &'static str {
    use counter::Reason;
    match reason {
        Reason::Lost => chrome.t("counter.reason.lost"),
        Reason::Stolen => chrome.t("counter.reason.stolen"),
        Reason::Asked => chrome.t("counter.reason.asked"),
        Reason::Found => chrome.t("counter.reason.found"),
        Reason::Misused => chrome.t("counter.reason.misused"),
        Reason::Mistake => chrome.t("counter.reason.mistake"),
    }
}

/// Why a link was undone: `es ist der Ausweis einer anderen Person`.
pub(crate) fn undo_reason(reason: UndoReason, chrome: &Chrome) -> &'static str {
    match reason {
        UndoReason::OtherPerson => chrome.t("card_undo.reason.other_person"),
        UndoReason::Mistake => chrome.t("counter.reason.mistake"),
        UndoReason::Misused => chrome.t("counter.reason.misused"),
    }
}

/// With what somebody proved themself: `Schlüssel fest im Gerät`.
pub(crate) fn proven_with(kind: Kind, chrome: &Chrome) -> &'static str {
    match kind {
        Kind::DeviceKey => chrome.t("word.kind.device_key"),
        Kind::SyncedKey => chrome.t("word.kind.synced_key"),
        Kind::LiveEid => chrome.t("word.kind.live_eid"),
    }
}

/// What a service may be told: `Anschrift`.
pub(crate) fn datum(datum: Datum, chrome: &Chrome) -> &'static str {
    label(datum, chrome.text)
}

/// A set of data on one line; `None` if there is nothing to tell.
pub(crate) fn data(data: &BTreeSet<Datum>, chrome: &Chrome) -> Option<String> {
    let words: Vec<&str> = data.iter().map(|one| datum(*one, chrome)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What the document says, each part with its name, in the order of the document.
pub(crate) fn identity(identity: &Identity, chrome: &Chrome) -> Vec<(&'static str, String)> {
    let value = |attribute| match attribute {
        Attribute::GivenNames => identity.given_names.clone(),
        Attribute::FamilyName => identity.family_name.clone(),
        Attribute::BirthName => identity.birth_name.clone(),
        Attribute::DoctoralDegree => identity.doctoral_degree.clone(),
        Attribute::BirthDate => identity.birth_date.map(|date| birth_date(date, chrome)),
        Attribute::BirthPlace => identity.birth_place.clone(),
        Attribute::Address => identity.address.as_ref().map(crate::domain::attribute::Address::one_line),
        Attribute::DocumentType => identity.document_type.clone(),
    };
    let named = |one| value(one).map(|value| (attribute(one, chrome), value));
    Attribute::ALL.into_iter().filter_map(named).collect()
}

/// One part of what the document says: `Anschrift`.
pub(crate) fn attribute(attribute: Attribute, chrome: &Chrome) -> &'static str {
    match attribute {
        Attribute::GivenNames => chrome.t("word.attribute.given_names"),
        Attribute::FamilyName => chrome.t("word.attribute.family_name"),
        Attribute::BirthName => chrome.t("word.attribute.birth_name"),
        Attribute::DoctoralDegree => chrome.t("word.attribute.doctoral_degree"),
        Attribute::BirthDate => chrome.t("word.attribute.birth_date"),
        Attribute::BirthPlace => chrome.t("word.attribute.birth_place"),
        Attribute::Address => chrome.t("word.attribute.address"),
        Attribute::DocumentType => chrome.t("word.attribute.document_type"),
    }
}

/// Some attributes on one line; `None` if there are none.
pub(crate) fn attributes(of: impl IntoIterator<Item = Attribute>, chrome: &Chrome) -> Option<String> {
    let words: Vec<&str> = of.into_iter().map(|one| attribute(one, chrome)).collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// What may be read of a card or asked of it: `Anschrift`.
pub(crate) fn operation(operation: Operation, chrome: &Chrome) -> &'static str {
    match operation {
        Operation::DocumentType => chrome.t("word.operation.document_type"),
        Operation::IssuingState => chrome.t("word.operation.issuing_state"),
        Operation::DateOfExpiry => chrome.t("word.operation.expiry"),
        Operation::GivenNames => chrome.t("word.operation.given_names"),
        Operation::FamilyNames => chrome.t("word.operation.family_name"),
        Operation::ArtisticName => chrome.t("word.operation.artistic_name"),
        Operation::AcademicTitle => chrome.t("word.operation.title"),
        Operation::DateOfBirth => chrome.t("word.operation.birth_date"),
        Operation::PlaceOfBirth => chrome.t("word.operation.birth_place"),
        Operation::Nationality => chrome.t("word.operation.nationality"),
        Operation::BirthName => chrome.t("word.operation.birth_name"),
        Operation::PlaceOfResidence => chrome.t("word.operation.residence"),
        Operation::CommunityId => chrome.t("word.operation.community"),
        Operation::ResidencePermitI => chrome.t("word.operation.permit"),
        Operation::RestrictedId => chrome.t("word.operation.pseudonym"),
        Operation::AgeVerification => chrome.t("word.operation.age"),
        Operation::PlaceVerification => chrome.t("word.operation.place"),
    }
}

/// `12. August 1964`; where day or month are unknown, what is known: `1964`, `1964-08`.
pub(crate) fn birth_date(date: PartialDate, chrome: &Chrome) -> String {
    let (year, month, day) = date.parts();
    let whole = month.zip(day).and_then(|(month, day)| jiff::civil::Date::new(year, month, day).ok());
    whole.map_or_else(|| date.to_string(), |whole| chrome.text.day(whole))
}

/// The first and last digits of an id: enough to tell rows apart, short enough for a table.
pub(crate) fn short(id: impl Display) -> String {
    let id = id.to_string();
    match (id.get(..8), id.get(id.len().saturating_sub(4)..)) {
        (Some(head), Some(tail)) if id.len() > 14 => format!("{head}…{tail}"),
        _ => id,
    }
}

/// The same digits of an id of ours for the telephone: `7ZZZ-ZZZZ` of `chk_7zzz…zzzz`.
pub(crate) fn spoken(id: impl Display) -> String {
    let short = short(id);
    let digits = short.split_once('_').map_or(short.as_str(), |(_, digits)| digits);
    digits.replace('…', "-").to_uppercase()
}

/// What happened, from the name in the audit; an event of a newer version shows its name.
pub(crate) fn event_named(name: &str, chrome: &Chrome) -> String {
    Event::parse(name).map_or_else(|| name.to_owned(), |known| event(known, chrome).to_owned())
}

/// What happened.
pub(crate) fn event(event: Event, chrome: &Chrome) -> &'static str {
    event_of_person(event, chrome).or_else(|| event_of_house(event, chrome)).unwrap_or(event.name())
}

fn event_of_person(event: Event, chrome: &Chrome) -> Option<&'static str> {
    Some(match event {
        Event::IdentityChecked => chrome.t("event.identity_checked"),
        Event::IdentityRefused => chrome.t("event.identity_refused"),
        Event::PersonCreated => chrome.t("event.person_created"),
        Event::CardLinked => chrome.t("event.card_linked"),
        Event::CardReplaced => chrome.t("event.card_replaced"),
        Event::CardUnlinked => chrome.t("event.card_unlinked"),
        Event::CardRestored => chrome.t("event.card_restored"),
        Event::CardRemoved => chrome.t("event.card_removed"),
        Event::CardReviewAsked => chrome.t("event.card_review_asked"),
        Event::CardUnmatched => chrome.t("event.card_unmatched"),
        Event::CardReviewConfirmed => chrome.t("event.card_review_confirmed"),
        Event::CardReviewRefused => chrome.t("event.card_review_refused"),
        Event::IdentificationAsked => chrome.t("event.identification_asked"),
        Event::IdentificationConfirmed => chrome.t("event.identification_confirmed"),
        Event::IdentificationRefused => chrome.t("event.identification_refused"),
        Event::EnrolmentCodeIssued => chrome.t("event.enrolment_code_issued"),
        Event::EnrolmentCodeUsed => chrome.t("event.enrolment_code_used"),
        Event::EnrolmentCodeRefused => chrome.t("event.enrolment_code_refused"),
        Event::EnrolmentCodeWithdrawn => chrome.t("event.enrolment_code_withdrawn"),
        Event::TransferCodeMade => chrome.t("event.transfer_code_made"),
        Event::TransferCodeUsed => chrome.t("event.transfer_code_used"),
        Event::TransferCodeRefused => chrome.t("event.transfer_code_refused"),
        Event::TransferCodeWithdrawn => chrome.t("event.transfer_code_withdrawn"),
        Event::PersonBlocked => chrome.t("event.person_blocked"),
        Event::PersonReleased => chrome.t("event.person_released"),
        Event::PersonDeleted => chrome.t("event.person_deleted"),
        Event::PersonExported => chrome.t("event.person_exported"),
        Event::PersonRevealed => chrome.t("event.person_revealed"),
        Event::PasskeyAdded => chrome.t("event.passkey_added"),
        Event::PasskeyRemoved => chrome.t("event.passkey_removed"),
        Event::PasskeySuspended => chrome.t("event.passkey_suspended"),
        Event::PasskeyRefused => chrome.t("event.passkey_refused"),
        Event::BindingIssued => chrome.t("event.binding_issued"),
        Event::BindingRevoked => chrome.t("event.binding_revoked"),
        Event::SignedIn => chrome.t("event.signed_in"),
        Event::SignedOut => chrome.t("event.signed_out"),
        Event::ConsentGiven => chrome.t("event.consent_given"),
        Event::ConsentWithdrawn => chrome.t("event.consent_withdrawn"),
        Event::PersonSearched => chrome.t("event.person_searched"),
        Event::PasskeyBlocked => chrome.t("event.passkey_blocked"),
        Event::PasskeyReleased => chrome.t("event.passkey_released"),
        _ => return None,
    })
}

/// Services, who answers for them, keys.
fn event_of_house(event: Event, chrome: &Chrome) -> Option<&'static str> {
    Some(match event {
        Event::Setup => chrome.t("event.setup"),
        Event::WebhookMade => chrome.t("event.webhook_made"),
        Event::WebhookChanged => chrome.t("event.webhook_changed"),
        Event::WebhookRemoved => chrome.t("event.webhook_removed"),
        Event::ApiTokenMade => chrome.t("event.api_token_made"),
        Event::ApiTokenEnded => chrome.t("event.api_token_ended"),
        Event::EidServiceChanged => chrome.t("event.eid_service_changed"),
        Event::EidServiceRemoved => chrome.t("event.eid_service_removed"),
        Event::ServiceAnswered => chrome.t("event.service_answered"),
        Event::ServiceDeclined => chrome.t("event.service_declined"),
        Event::CodeReplayed => chrome.t("event.code_replayed"),
        Event::RefreshReused => chrome.t("event.refresh_reused"),
        Event::ServiceAdded => chrome.t("event.service_added"),
        Event::ServiceReleased => chrome.t("event.service_released"),
        Event::ServiceReturned => chrome.t("event.service_returned"),
        Event::ServiceOffered => chrome.t("event.service_offered"),
        Event::ServiceHandedOver => chrome.t("event.service_handed_over"),
        Event::ServiceTried => chrome.t("event.service_tried"),
        Event::ServicePaused => chrome.t("event.service_paused"),
        Event::ServiceResumed => chrome.t("event.service_resumed"),
        Event::ServiceChanged => chrome.t("event.service_changed"),
        Event::ServiceRemoved => chrome.t("event.service_removed"),
        Event::SecretRotated => chrome.t("event.secret_rotated"),
        Event::OrganisationAdded => chrome.t("event.organisation_added"),
        Event::StaffInvited => chrome.t("event.staff_invited"),
        Event::StaffJoined => chrome.t("event.staff_joined"),
        Event::StaffRemoved => chrome.t("event.staff_removed"),
        Event::ApplianceKeyRotated => chrome.t("event.appliance_key_rotated"),
        Event::SigningKeyAdded => chrome.t("event.signing_key_added"),
        Event::EidCustomerAdded => chrome.t("event.eid_customer_added"),
        Event::EidCustomerRemoved => chrome.t("event.eid_customer_removed"),
        Event::SettingsChanged => chrome.t("event.settings_changed"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::text::Language;

    #[test]
    fn every_event_has_words_of_its_own_in_every_language() {
        for language in Language::ALL {
            let chrome = Chrome::sample(language);
            let mut seen = BTreeSet::new();
            for known in Event::ALL {
                let words = event(*known, &chrome);
                assert!(
                    words.contains(char::is_uppercase) && !words.contains("event."),
                    "{known:?}: {words}"
                );
                assert!(seen.insert(words), "{known:?} says the same as another: {words}");
                assert_eq!(event_named(known.name(), &chrome), words);
            }
            assert_eq!(event_named("of.tomorrow", &chrome), "of.tomorrow");
        }
    }

    #[test]
    fn what_is_read_has_words_of_its_own_in_every_language() {
        for language in Language::ALL {
            let chrome = Chrome::sample(language);
            let words: BTreeSet<&str> = Operation::ALL.map(|one| operation(one, &chrome)).into();
            assert_eq!(words.len(), Operation::ALL.len(), "{}", language.tag());
            assert!(words.iter().all(|words| !words.starts_with("word.")));
        }
    }

    #[test]
    fn birth_dates_show_what_is_known() {
        let chrome = Chrome::sample(Language::De);
        let say = |text| birth_date(PartialDate::parse(text).unwrap(), &chrome);
        assert_eq!(say("1964-08-12"), "12. August 1964");
        assert_eq!(say("1964-08"), "1964-08");
        assert_eq!(say("1964"), "1964");
    }

    #[test]
    fn the_words_of_data_and_instants() {
        let chrome = Chrome::sample(Language::De);
        assert_eq!(data(&BTreeSet::new(), &chrome), None);
        let set = BTreeSet::from([Datum::Address, Datum::Name]);
        assert_eq!(data(&set, &chrome).unwrap(), "Name, Anschrift");
        assert_eq!(instant(Timestamp(i64::MAX)), jiff::Timestamp::MAX);
        assert_eq!(instant(Timestamp(i64::MIN)), jiff::Timestamp::MIN);
        assert_eq!(now(&chrome).as_seconds(), 1_795_338_840);
    }

    #[test]
    fn ids_are_shortened_in_the_middle() {
        let id = crate::domain::id::PersonId::from_bytes([255; 16]);
        assert_eq!(short(id), "per_7zzz…zzzz");
        assert_eq!(spoken(id), "7ZZZ-ZZZZ");
        assert_eq!(short("house"), "house");
    }
}
