//! What the clerk's pages and the resident's have in common of an identification at the desk.

use crate::domain::attribute::Identity;
use crate::domain::desk::{DocumentKind, Examined, Handover, Identification, Objection};
use crate::domain::identity_check::CheckResult;
use crate::domain::paper_code::PaperCode;
use crate::domain::time::Timestamp;
use crate::http::Appliance;
use crate::web::page::Chrome;

/// The name of the provider behind such checks.
const PROVIDER: &str = "counter";

/// What a clerk has read off a document, as any identity check gives it.
pub(crate) fn result(
    identification: &Identification,
    identity: Identity,
    method: crate::domain::assurance::IdentityMethod,
    at: Timestamp,
    app: &Appliance,
) -> CheckResult {
    CheckResult {
        identity,
        absent: Vec::new(),
        method,
        at,
        document_expires: Some(identification.document_expires),
        // No card was read.
        card_pseudonym: Vec::new(),
        transaction: identification.id.to_string(),
        provider: PROVIDER.to_owned(),
        demo: app.demo,
    }
}

/// The hash under which a code is kept.
pub(crate) fn code_hash(code: &PaperCode, app: &Appliance) -> [u8; 32] {
    app.secrets.lookup.hash("enrolment-code", code.digits())
}

/// By what a document is known again: its kind, the country and the number.
pub(crate) fn document_hash(kind: DocumentKind, country: &str, number: &str, app: &Appliance) -> [u8; 32] {
    app.secrets.lookup.hash("document", format!("{}\0{country}\0{number}", kind.name()).as_bytes())
}

pub(crate) fn kind(kind: DocumentKind, chrome: &Chrome) -> &'static str {
    match kind {
        DocumentKind::IdentityCard => chrome.t("desk.kind.identity_card"),
        DocumentKind::Passport => chrome.t("desk.kind.passport"),
        DocumentKind::ResidencePermit => chrome.t("desk.kind.residence_permit"),
        DocumentKind::ForeignIdentityCard => chrome.t("desk.kind.foreign_identity_card"),
    }
}

pub(crate) fn examined(examined: Examined, chrome: &Chrome) -> &'static str {
    match examined {
        Examined::Face => chrome.t("desk.examined.face"),
        Examined::Features => chrome.t("desk.examined.features"),
        Examined::Validity => chrome.t("desk.examined.validity"),
        Examined::Machine => chrome.t("desk.examined.machine"),
    }
}

pub(crate) fn objection(why: Objection, chrome: &Chrome) -> &'static str {
    match why {
        Objection::OtherPerson => chrome.t("desk.objection.other_person"),
        Objection::Document => chrome.t("desk.objection.document"),
        Objection::Data => chrome.t("desk.objection.data"),
        Objection::Asked => chrome.t("desk.objection.asked"),
        Objection::Lost => chrome.t("desk.objection.lost"),
    }
}

pub(crate) fn handover(handover: Handover, chrome: &Chrome) -> &'static str {
    match handover {
        Handover::Spot => chrome.t("desk.handover.spot"),
        Handover::Letter => chrome.t("desk.handover.letter"),
    }
}
