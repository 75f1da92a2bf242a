//! Every address of the house, as a constant or a typed function. No path literal anywhere else.
//!
//! Constants are the router's patterns; functions make links.

use crate::domain::id::{
    CardId, CheckId, IdentificationId, InviteId, OrganisationId, PasskeyId, PersonId, ReviewId, ServiceId,
    SignInId, WebhookId,
};

/// OpenID Connect Discovery 1.0 §4
pub const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";
/// RFC 8414 §3
pub const OAUTH_SERVER: &str = "/.well-known/oauth-authorization-server";
/// Authorization endpoint.
pub const AUTHORIZE: &str = "/authorize";
/// Token endpoint.
pub const TOKEN: &str = "/token";
/// UserInfo endpoint.
pub const USERINFO: &str = "/userinfo";
/// Public keys.
pub const JWKS: &str = "/jwks";
/// RFC 7662
pub const INTROSPECT: &str = "/introspect";
/// RFC 7009
pub const REVOKE: &str = "/revoke";
/// OpenID Connect RP-Initiated Logout 1.0
pub const END_SESSION: &str = "/end-session";

/// The front door.
pub const HOME: &str = "/";
/// Static files by content hash.
pub const STATIC: &str = "/static/{file}";

/// A sign-in: shows the one next step.
pub const SIGN_IN: &str = "/sign-in/{sign_in}";
/// Options for a passkey login.
pub const SIGN_IN_PASSKEY_OPTIONS: &str = "/sign-in/{sign_in}/passkey/options";
/// The passkey's answer.
pub const SIGN_IN_PASSKEY: &str = "/sign-in/{sign_in}/passkey";
/// "New here": step one.
pub const SIGN_IN_ENROL: &str = "/sign-in/{sign_in}/enrolment";
/// Begin an identity check.
pub const SIGN_IN_CHECKS: &str = "/sign-in/{sign_in}/identity-checks";
/// Step two: make a key.
pub const SIGN_IN_KEY: &str = "/sign-in/{sign_in}/key";
/// Options for making it.
pub const SIGN_IN_KEY_OPTIONS: &str = "/sign-in/{sign_in}/key/options";
/// Not now.
pub const SIGN_IN_KEY_SKIP: &str = "/sign-in/{sign_in}/key/skip";
/// A new card, and an account: shown with a key of the account, or one of the two ways below.
pub const SIGN_IN_NEW_CARD: &str = "/sign-in/{sign_in}/new-card";
/// The key's answer.
pub const SIGN_IN_NEW_CARD_PASSKEY: &str = "/sign-in/{sign_in}/new-card/passkey";
/// A new card, and a transfer code.
pub const SIGN_IN_TRANSFER_CODE: &str = "/sign-in/{sign_in}/transfer-code";
/// A new card, and neither key nor code: a clerk must say whose it is.
pub const SIGN_IN_CARD_REVIEW: &str = "/sign-in/{sign_in}/card-review";
/// Step three.
pub const SIGN_IN_DONE: &str = "/sign-in/{sign_in}/done";
/// The person's decision.
pub const SIGN_IN_CONSENT: &str = "/sign-in/{sign_in}/consent";
/// In a trial: as whom to log in.
pub const SIGN_IN_MADE_UP: &str = "/sign-in/{sign_in}/made-up";
/// Back to the service without logging in.
pub const SIGN_IN_ABANDON: &str = "/sign-in/{sign_in}/abandonment";

/// Where the holder's program speaks to our eID-Server.
pub const EID_PAOS: &str = "/eid/paos";
/// The TC token of a customer's session, for a holder's program that the customer sent here.
pub const EID_SERVICE_TC_TOKEN: &str = "/eid-service/tc-token";
/// The SOAP interface for customers (TR-03130-1), on a listener of its own.
pub const EID_SERVICE: &str = "/eid-service";
/// Reading a card with the holder's own program: how to open it, and how far it got.
pub const EID: &str = "/eid/{check}";
/// How far it got, for the page's script.
pub const EID_PROGRESS: &str = "/eid/{check}/progress";
/// What the holder's program fetches first.
pub const EID_TC_TOKEN: &str = "/eid/{check}/tc-token";
/// Where it sends the browser afterwards.
pub const EID_RETURN: &str = "/eid/{check}/return";
/// Where it sends the browser if it could not reach us.
pub const EID_FAILURE: &str = "/eid/{check}/failure";

/// Where the holder's own program listens on their own machine (TR-03124-1 §2.2.1): not ours, but our pages name it.
pub const EID_CLIENT_ORIGIN: &str = "http://127.0.0.1:24727";
/// Opens it, with the address of a TC token as `tcTokenURL`.
pub const EID_CLIENT: &str = "http://127.0.0.1:24727/eID-Client";
/// The same on a telephone, where a program is opened by a scheme.
pub const EID_CLIENT_MOBILE: &str = "eid://127.0.0.1:24727/eID-Client";
/// Answers, as JSON, if it runs.
pub const EID_CLIENT_STATUS: &str = "http://127.0.0.1:24727/eID-Client?Status=json";

/// The demo card's page.
pub const DEMO_CARD: &str = "/demo-card/{check}";
/// A fresh demo card instead of a blocked one.
pub const DEMO_CARD_RENEWAL: &str = "/demo-card/{check}/renewal";

/// The resident's account.
pub const ACCOUNT: &str = "/account";
/// "My new phone": what to do.
pub const ACCOUNT_NEW_PHONE: &str = "/account/new-phone";
/// Add a device.
pub const ACCOUNT_DEVICES: &str = "/account/devices";
/// Options for adding one.
pub const ACCOUNT_DEVICE_OPTIONS: &str = "/account/devices/options";
/// Block a device: question and answer.
pub const ACCOUNT_DEVICE: &str = "/account/devices/{passkey}";
/// The person binding of a device, as a file.
pub const ACCOUNT_BINDING: &str = "/account/devices/{passkey}/binding";
/// Withdraw a consent: question and answer.
pub const ACCOUNT_SERVICE: &str = "/account/services/{service}";
/// All of one's history.
pub const ACCOUNT_HISTORY: &str = "/account/history";
/// Everything stored, as a page.
pub const ACCOUNT_EXPORT: &str = "/account/export";
/// Everything stored, as JSON.
pub const ACCOUNT_EXPORT_JSON: &str = "/account/export.json";
/// Delete the account: question and answer.
pub const ACCOUNT_DELETION: &str = "/account/deletion";
/// Identify anew.
pub const ACCOUNT_RENEWAL: &str = "/account/renewal";
/// Take a card off: question and answer.
pub const ACCOUNT_CARD: &str = "/account/cards/{card}";
/// The transfer code: make it, withdraw it.
pub const ACCOUNT_TRANSFER_CODE: &str = "/account/transfer-code";
/// Log out of the house.
pub const SESSION: &str = "/session";

/// An invitation of staff.
pub const INVITE: &str = "/invites/{invite}/{secret}";
/// Options for the key of an invited member of staff.
pub const INVITE_OPTIONS: &str = "/invites/{invite}/{secret}/options";
/// The operator's overview.
pub const OPERATOR: &str = "/operator";
/// All services.
pub const OPERATOR_SERVICES: &str = "/operator/services";
/// One service.
pub const OPERATOR_SERVICE: &str = "/operator/services/{service}";
/// The organisations that answer for services.
pub const OPERATOR_ORGANISATIONS: &str = "/operator/organisations";
/// One organisation: its members and services.
pub const OPERATOR_ORGANISATION: &str = "/operator/organisations/{organisation}";
/// The clerks of the counter.
pub const OPERATOR_CLERKS: &str = "/operator/clerks";
/// People, without personal data.
pub const OPERATOR_PEOPLE: &str = "/operator/people";
/// One person.
pub const OPERATOR_PERSON: &str = "/operator/people/{person}";
/// The eID service that the town rents.
pub const OPERATOR_EID_SERVICE: &str = "/operator/eid/service";
/// Whose are these new cards?
pub const OPERATOR_CARD_REVIEWS: &str = "/operator/card-reviews";
/// One of these questions.
pub const OPERATOR_CARD_REVIEW: &str = "/operator/card-reviews/{review}";
/// The audit.
pub const OPERATOR_AUDIT: &str = "/operator/audit";
/// Log out of the operator's pages.
pub const OPERATOR_SESSION: &str = "/operator/session";
/// The clerk's pages: finding somebody.
pub const COUNTER: &str = "/counter";
/// Somebody at the counter.
pub const COUNTER_PERSON: &str = "/counter/people/{person}";
/// Identifications at the desk; `POST` begins one.
pub const COUNTER_IDENTIFICATIONS: &str = "/counter/identifications";
/// The form for a new one.
pub const COUNTER_IDENTIFICATION_NEW: &str = "/counter/identifications/new";
/// One of them: confirmed by a second clerk, its code handed out.
pub const COUNTER_IDENTIFICATION: &str = "/counter/identifications/{identification}";
/// Whose are these new cards? For clerks.
pub const COUNTER_CARD_REVIEWS: &str = "/counter/card-reviews";
/// One of these questions.
pub const COUNTER_CARD_REVIEW: &str = "/counter/card-reviews/{review}";
/// Where somebody comes to with a code from the counter.
pub const CODE: &str = "/code";
/// The code and the birth date, in a sign-in.
pub const SIGN_IN_CODE: &str = "/sign-in/{sign_in}/code";
/// The service owner's pages.
pub const SERVICES: &str = "/services";
/// The form for a new one.
pub const SERVICES_NEW: &str = "/services/new";
/// The people who answer for them.
pub const SERVICES_TEAM: &str = "/services/team";
/// One service, as its owner sees it.
pub const SERVICE: &str = "/services/{service}";
/// A new secret for it.
pub const SERVICE_SECRET: &str = "/services/{service}/secret";
/// The webhooks.
pub const SERVICES_WEBHOOKS: &str = "/services/webhooks";
/// One of them.
pub const SERVICES_WEBHOOK: &str = "/services/webhooks/{webhook}";
/// The tokens of the API.
pub const SERVICES_TOKENS: &str = "/services/tokens";
/// All that is for scripts.
pub const API: &str = "/api";
/// The description of the API.
pub const API_DESCRIPTION: &str = "/api/openapi.json";
/// An organisation's services, for scripts.
pub const API_SERVICES: &str = "/api/v1/services";
/// One of them.
pub const API_SERVICE: &str = "/api/v1/services/{service}";
/// Its secrets.
pub const API_SERVICE_SECRETS: &str = "/api/v1/services/{service}/secrets";
/// How much it is used.
pub const API_SERVICE_USE: &str = "/api/v1/services/{service}/use";
/// What was changed of it.
pub const API_SERVICE_CHANGES: &str = "/api/v1/services/{service}/changes";
/// Settings of programs to copy, filled with its values.
pub const SERVICE_RECIPES: &str = "/services/{service}/recipes";
/// Trying it: what happens in a login with somebody made up.
pub const SERVICE_TRIAL: &str = "/services/{service}/trial";
/// How far the trial got, for the page's script.
pub const SERVICE_TRIAL_PROGRESS: &str = "/services/{service}/trial/progress";
/// What only machines care about: keys, log-out addresses.
pub const SERVICE_TECHNICAL: &str = "/services/{service}/technical";
/// What was changed of it, when, by whom.
pub const SERVICE_CHANGES: &str = "/services/{service}/changes";
/// Pausing, handing over, removing it.
pub const SERVICE_AFFAIRS: &str = "/services/{service}/affairs";
/// The answer of who is to take it.
pub const SERVICE_HANDOVER: &str = "/services/{service}/handover";
/// How much it is used.
pub const SERVICE_USE: &str = "/services/{service}/use";
/// The same as a file.
pub const SERVICE_USE_CSV: &str = "/services/{service}/use.csv";
/// The form that changes it.
pub const SERVICE_SETTINGS: &str = "/services/{service}/settings";

/// Alive: the process answers.
pub const HEALTH_LIVE: &str = "/health/live";
/// Ready: the store answers.
pub const HEALTH_READY: &str = "/health/ready";
/// The town's root certificate.
pub const CA_ROOT: &str = "/ca/root.pem";
/// Revocation list of the issuing CA.
pub const CA_CRL: &str = "/ca/crl/issuing.crl";
/// Revocation list of the root.
pub const CA_ROOT_CRL: &str = "/ca/crl/root.crl";
/// The signed list of revoked person bindings.
pub const CA_REVOKED_BINDINGS: &str = "/ca/bindings/revoked.json";
/// For crawlers: nothing here.
pub const ROBOTS: &str = "/robots.txt";

/// Fills the one slot of a pattern.
fn fill(pattern: &str, slot: &str, value: &dyn std::fmt::Display) -> String {
    pattern.replacen(slot, &value.to_string(), 1)
}

macro_rules! links {
    ($($name:ident($pattern:ident, $slot:literal, $kind:ty);)*) => {$(
        #[doc = concat!("A link of the pattern [`", stringify!($pattern), "`].")]
        #[must_use]
        pub fn $name(id: $kind) -> String { fill($pattern, $slot, &id) }
    )*};
}

links! {
    sign_in(SIGN_IN, "{sign_in}", SignInId);
    sign_in_passkey_options(SIGN_IN_PASSKEY_OPTIONS, "{sign_in}", SignInId);
    sign_in_passkey(SIGN_IN_PASSKEY, "{sign_in}", SignInId);
    sign_in_enrol(SIGN_IN_ENROL, "{sign_in}", SignInId);
    sign_in_checks(SIGN_IN_CHECKS, "{sign_in}", SignInId);
    sign_in_key(SIGN_IN_KEY, "{sign_in}", SignInId);
    sign_in_key_options(SIGN_IN_KEY_OPTIONS, "{sign_in}", SignInId);
    sign_in_key_skip(SIGN_IN_KEY_SKIP, "{sign_in}", SignInId);
    sign_in_new_card(SIGN_IN_NEW_CARD, "{sign_in}", SignInId);
    sign_in_new_card_passkey(SIGN_IN_NEW_CARD_PASSKEY, "{sign_in}", SignInId);
    sign_in_transfer_code(SIGN_IN_TRANSFER_CODE, "{sign_in}", SignInId);
    sign_in_card_review(SIGN_IN_CARD_REVIEW, "{sign_in}", SignInId);
    sign_in_code(SIGN_IN_CODE, "{sign_in}", SignInId);
    sign_in_done(SIGN_IN_DONE, "{sign_in}", SignInId);
    sign_in_consent(SIGN_IN_CONSENT, "{sign_in}", SignInId);
    sign_in_made_up(SIGN_IN_MADE_UP, "{sign_in}", SignInId);
    sign_in_abandon(SIGN_IN_ABANDON, "{sign_in}", SignInId);
    eid(EID, "{check}", CheckId);
    eid_progress(EID_PROGRESS, "{check}", CheckId);
    demo_card(DEMO_CARD, "{check}", CheckId);
    demo_card_renewal(DEMO_CARD_RENEWAL, "{check}", CheckId);
    account_device(ACCOUNT_DEVICE, "{passkey}", PasskeyId);
    account_binding(ACCOUNT_BINDING, "{passkey}", PasskeyId);
    account_card(ACCOUNT_CARD, "{card}", CardId);
    account_service(ACCOUNT_SERVICE, "{service}", ServiceId);
    operator_service(OPERATOR_SERVICE, "{service}", ServiceId);
    operator_organisation(OPERATOR_ORGANISATION, "{organisation}", OrganisationId);
    operator_card_review(OPERATOR_CARD_REVIEW, "{review}", ReviewId);
    operator_person(OPERATOR_PERSON, "{person}", PersonId);
    counter_person(COUNTER_PERSON, "{person}", PersonId);
    counter_card_review(COUNTER_CARD_REVIEW, "{review}", ReviewId);
    counter_identification(COUNTER_IDENTIFICATION, "{identification}", IdentificationId);
    service(SERVICE, "{service}", ServiceId);
    services_webhook(SERVICES_WEBHOOK, "{webhook}", WebhookId);
    api_service(API_SERVICE, "{service}", ServiceId);
    service_secret(SERVICE_SECRET, "{service}", ServiceId);
    service_technical(SERVICE_TECHNICAL, "{service}", ServiceId);
    service_changes(SERVICE_CHANGES, "{service}", ServiceId);
    service_affairs(SERVICE_AFFAIRS, "{service}", ServiceId);
    service_handover(SERVICE_HANDOVER, "{service}", ServiceId);
    service_recipes(SERVICE_RECIPES, "{service}", ServiceId);
    service_trial(SERVICE_TRIAL, "{service}", ServiceId);
    service_trial_progress(SERVICE_TRIAL_PROGRESS, "{service}", ServiceId);
    service_settings(SERVICE_SETTINGS, "{service}", ServiceId);
    asset(STATIC, "{file}", &str);
}

/// Whether a path is for scripts.
#[must_use]
pub fn is_of_api(path: &str) -> bool {
    path.strip_prefix(API).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// An invitation's address; `secret` is the bearer which is shown once.
#[must_use]
pub fn invite(id: InviteId, secret: &str) -> String {
    fill(&fill(INVITE, "{invite}", &id), "{secret}", &secret)
}

/// The address of a TC token; `key` is the secret which the browser's page knows.
#[must_use]
pub fn eid_tc_token(id: CheckId, key: &str) -> String {
    format!("{}?key={key}", fill(EID_TC_TOKEN, "{check}", &id))
}

/// Where a browser comes back to; `once` is the one-time value of the session.
#[must_use]
pub fn eid_return(id: CheckId, once: &str) -> String {
    format!("{}?once={once}", fill(EID_RETURN, "{check}", &id))
}

/// Where a browser comes back to if the holder's program could not reach us.
#[must_use]
pub fn eid_failure(id: CheckId, once: &str) -> String {
    format!("{}?once={once}", fill(EID_FAILURE, "{check}", &id))
}

/// Where the key of an invited member of staff gets its options.
#[must_use]
pub fn invite_options(id: InviteId, secret: &str) -> String {
    fill(&fill(INVITE_OPTIONS, "{invite}", &id), "{secret}", &secret)
}

/// The form for identifying somebody who has an account.
#[must_use]
pub fn counter_identify(person: PersonId) -> String {
    format!("{COUNTER_IDENTIFICATION_NEW}?person={person}")
}

/// How much a service was used in so many days.
#[must_use]
pub fn service_use(id: ServiceId, days: i64) -> String {
    format!("{}?days={days}", fill(SERVICE_USE, "{service}", &id))
}

/// The same as a file.
#[must_use]
pub fn service_use_csv(id: ServiceId, days: i64) -> String {
    format!("{}?days={days}", fill(SERVICE_USE_CSV, "{service}", &id))
}

/// The settings of one program, by its key.
#[must_use]
pub fn service_recipe(id: ServiceId, recipe: &str) -> String {
    format!("{}?recipe={recipe}", service_recipes(id))
}

/// "You are logged out": where a log-out ends that leads nowhere else.
pub const SIGNED_OUT: &str = "/signed-out";
/// Asks whether to log out: a service said so in a way that leaves doubt.
pub const SIGN_OUT: &str = "/sign-out";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leaves_no_slot_open() {
        let id = SignInId::from_bytes([3; 16]);
        assert_eq!(sign_in_key(id), format!("/sign-in/{id}/key"));
        let invite = invite(InviteId::from_bytes([3; 16]), "abc");
        assert!(invite.ends_with("/abc") && !invite.contains('{'));
    }
}
