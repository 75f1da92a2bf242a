//! Single calls.

use super::*;
use crate::domain::identity_check::CheckRefused;
use crate::eid::service::client::Progress;
use crate::eid::service::message::ServerInfo;
use crate::eid::service::transport::TransportError;
use crate::eid::service::ws_security::{Guard, SecurityError};
use crate::xml::XmlError;
use crate::xml::signature::{Algorithm, SignatureError, Signer};

/// Asks for a result and gets this text.
async fn get(text: String) -> Result<Progress, ServiceError> {
    let (provider, hands) = (Provider::new(), Hands::new());
    provider.then(move |_request| Reply::Http(200, text));
    client(&provider).get_result(&started().session, 1, &hands).await
}

/// The same for a message of the provider, changed.
async fn get_changed(change: impl Fn(&str) -> String) -> Result<Progress, ServiceError> {
    get(change(&provider::sign(&read_card(), START))).await
}

fn signature(why: SignatureError) -> ServiceError {
    ServiceError::Security(SecurityError::Signature(why))
}

#[tokio::test]
async fn a_card_is_read() {
    let (provider, hands) = (Provider::new(), Hands::new());
    let client = client(&provider);
    let info =
        ServerInfo { version: "x".into(), interface: (2, 4), bugfix: None, rights: Operation::ALL.into() };
    provider
        .signed(&info.write(), START)
        .signed(&opened(), START)
        .signed(&not_yet(), START)
        .signed(&read_card(), START);

    let told = client.server_info(&hands).await.unwrap();
    assert_eq!(told.missing(&Request::for_account([])).count(), 0);
    let session = client.use_id(&Request::for_account([]), &hands).await.unwrap();
    assert_eq!(session.server_address.as_deref(), Some("https://eid.example/paos"), "the configured one");
    assert_eq!(client.get_result(&session.session, 1, &hands).await, Ok(Progress::NotYet));
    let read = client.get_result(&session.session, 2, &hands).await;
    assert_eq!(read, Ok(Progress::Ended(Box::new(Ok(erika())))));
    assert_eq!(provider.counters(), [1, 2]);
    let action = |name: &str| format!("\"http://bsi.bund.de/eid/{name}\"").to_lowercase();
    let actions = ["getServerInfo", "useID", "getResult", "getResult"].map(action);
    assert_eq!(provider.actions(), actions);
}

#[tokio::test]
async fn only_the_signed_answer_of_the_provider_is_taken() {
    let unsigned = get_changed(|text| {
        let (head, rest) = text.split_once("<soap:Header>").unwrap();
        format!("{head}{}", rest.split_once("</soap:Header>").unwrap().1)
    });
    assert_eq!(unsigned.await, Err(signature(SignatureError::Unsigned)));
    let changed = get_changed(|text| text.replace("ERIKA", "MAX")).await;
    assert_eq!(changed, Err(signature(SignatureError::Digest)));
    let stranger = Pair::alone().signing(Algorithm::EcdsaSha256);
    let other = get(ws_security::sign(&read_card(), &stranger, START).unwrap()).await;
    assert_eq!(other, Err(signature(SignatureError::Signature)));
    let ours =
        get(ws_security::sign(&read_card(), &PKI.town.signing(Algorithm::RsaSha256), START).unwrap()).await;
    assert_eq!(ours, Err(signature(SignatureError::Signature)), "our own message sent back");
    for error in [changed, other, ours] {
        assert_eq!(error.unwrap_err().refused(), CheckRefused::ProviderDown);
    }
}

#[tokio::test]
async fn only_a_fresh_answer_is_taken() {
    for (age, wanted) in [
        (Span::minutes(5), None),
        (Span(5 * 60_000 + 1), Some(SecurityError::Stale)),
        (Span::minutes(-5), None),
        (Span(-5 * 60_000 - 1), Some(SecurityError::Future)),
    ] {
        let got = get(provider::sign(&read_card(), START - age)).await;
        assert_eq!(got.err(), wanted.map(ServiceError::Security), "{age:?}");
    }
}

#[tokio::test]
async fn an_answer_is_taken_once() {
    let (provider, hands) = (Provider::new(), Hands::new());
    let client = client(&provider);
    let (session, result) = (provider::sign(&opened(), START), provider::sign(&read_card(), START));
    for text in [&session, &session, &result, &result] {
        let text = text.clone();
        provider.then(move |_request| Reply::Http(200, text));
    }
    let replayed = Err(ServiceError::Security(SecurityError::Replayed));
    let request = Request::for_account([]);
    assert!(client.use_id(&request, &hands).await.is_ok());
    assert_eq!(client.use_id(&request, &hands).await.map(|_| ()), replayed);
    assert!(client.get_result(&started().session, 1, &hands).await.is_ok());
    assert_eq!(client.get_result(&started().session, 2, &hands).await.map(|_| ()), replayed);
    // Two of one second that say nothing may be the same bytes.
    let quiet = provider::sign(&not_yet(), START);
    for _twice in 0..2 {
        let quiet = quiet.clone();
        provider.then(move |_request| Reply::Http(200, quiet));
        assert_eq!(client.get_result(&started().session, 3, &hands).await, Ok(Progress::NotYet));
    }
}

#[test]
fn what_was_seen_is_forgotten_when_it_is_too_old_anyway() {
    let guard = Guard::new(vec![Signer::from_certificate(&PKI.provider.certificate).unwrap()]);
    let text = provider::sign(&opened(), START);
    let mut now = START;
    let first = guard.open(text.as_bytes(), now).unwrap();
    assert_eq!(guard.once(&first, now), Ok(()));
    now = START + Span::minutes(5);
    assert_eq!(guard.once(&guard.open(text.as_bytes(), now).unwrap(), now), Err(SecurityError::Replayed));
    now = now + Span(1);
    assert_eq!(guard.open(text.as_bytes(), now).err(), Some(SecurityError::Stale), "and so it is not needed");
    assert_eq!(guard.once(&first, now), Ok(()), "forgotten");
}

#[tokio::test]
async fn an_answer_to_something_else_is_no_answer() {
    let missing = |name: &str| ServiceError::Message(XmlError::Missing(name.into()));
    assert_eq!(get(provider::sign(&opened(), START)).await, Err(missing("getResultResponse")));
    let (provider, hands) = (Provider::new(), Hands::new());
    provider.signed(&read_card(), START);
    let opened = client(&provider).use_id(&Request::default(), &hands).await;
    assert_eq!(opened.err(), Some(missing("useIDResponse")));
    let violated =
        crate::xml::write::node("eid:getResultResponse").with("xmlns:eid", "http://bsi.bund.de/eID/");
    assert_eq!(get(provider::sign(&violated, START)).await, Err(missing("Result")));
}

#[tokio::test]
async fn answers_beyond_all_measure() {
    let xml = |error| Err(signature(SignatureError::Xml(error)));
    let bomb = get_changed(|text| text.replace("?>", "?><!DOCTYPE a [<!ENTITY b 'c'>]>")).await;
    assert_eq!(bomb, xml(XmlError::DocumentType));
    let deep = get_changed(|text| text.replace("<eid:GivenNames>", &"<a>".repeat(100))).await;
    assert_eq!(deep, xml(XmlError::TooLarge));
    assert_eq!(get("not XML".into()).await, xml(XmlError::Form));
    let long = get_changed(|text| text.replace("ERIKA", &"A".repeat(300_000))).await;
    assert_eq!(long, Err(ServiceError::Transport(TransportError::TooLong)));
}

#[tokio::test]
async fn a_provider_that_fails() {
    let (provider, hands) = (Provider::new(), Hands::new());
    let checked = provider.settings().check().ok().unwrap();
    let client = Client::with_patience(checked, Duration::from_millis(400)).unwrap();
    let fault = "<soap:Fault><faultstring>not signed, not read</faultstring></soap:Fault>";
    provider
        .then(|_request| Reply::Http(500, fault.into()))
        .then(|_request| Reply::Http(404, String::new()))
        .then(|_request| Reply::Http(302, String::new()))
        .then(|_request| Reply::Half)
        .then(|_request| Reply::Gone)
        .then(|_request| Reply::Slow(Duration::from_millis(900)));
    for error in [
        TransportError::Fault,
        TransportError::Status(404),
        TransportError::Status(302),
        TransportError::Broken,
        TransportError::Broken,
        TransportError::Timeout,
    ] {
        let got = client.get_result(&started().session, 1, &hands).await;
        assert_eq!(got, Err(ServiceError::Transport(error)));
        assert!(got.unwrap_err().may_pass());
    }
}

#[tokio::test]
async fn both_sides_of_the_connection_are_known() {
    let (provider, hands) = (Provider::new(), Hands::new());
    let stranger = Pair::alone();
    let mut other_client = provider.settings();
    other_client.tls_certificate = stranger.certificate_pem.clone();
    other_client.tls_key = Secret::new(stranger.key_pem.clone());
    let mut other_server = provider.settings();
    other_server.server_anchors = stranger.certificate_pem.clone();
    let mut nobody = provider.settings();
    nobody.address = "https://127.0.0.1:1/".into();
    for settings in [other_client, other_server, nobody] {
        let client = Client::new(settings.check().ok().unwrap()).unwrap();
        let refused = client.server_info(&hands).await.unwrap_err();
        assert!(
            matches!(refused, ServiceError::Transport(TransportError::Connect | TransportError::Broken)),
            "{refused:?}"
        );
    }
    assert!(provider.actions().is_empty(), "nobody was let in");
}

#[tokio::test]
async fn refusals_of_the_provider() {
    let (provider, hands) = (Provider::new(), Hands::new());
    let client = client(&provider);
    for minor in
        [Minor::TooManyOpenSessions, Minor::MissingTerminalRights, Minor::InvalidPsk, Minor::InternalError]
    {
        provider.signed(&write_use_id(&Err(minor.clone())), START);
        let got = client.use_id(&Request::default(), &hands).await;
        assert_eq!(got.err(), Some(ServiceError::Refused(minor)));
    }
    for (minor, refused) in [
        (Minor::InvalidCounter, CheckRefused::ProviderDown),
        (Minor::InvalidSession, CheckRefused::ClientTrouble),
        (Minor::InvalidDocument, CheckRefused::NotAuthentic),
    ] {
        provider.signed(&write_get_result(&Err(minor)), START);
        let got = client.get_result(&started().session, 1, &hands).await;
        assert_eq!(got, Ok(Progress::Ended(Box::new(Err(refused)))));
    }
}

#[tokio::test]
async fn less_than_the_level_that_was_asked_is_nothing() {
    for level in [None, Some(EidLevel::Normal), Some(EidLevel::Substantial)] {
        let lower = write_get_result(&Ok(Answer { level, ..erika() }));
        let got = get(provider::sign(&lower, START)).await;
        assert_eq!(got, Ok(Progress::Ended(Box::new(Err(CheckRefused::ProviderDown)))), "{level:?}");
    }
    let (provider, hands) = (Provider::new(), Hands::new());
    let mut settings = provider.settings();
    (settings.asks_level, settings.paos_address) = (false, None);
    let client = Client::new(settings.check().ok().unwrap()).unwrap();
    let silent = Answer { level: None, ..erika() };
    provider.signed(&opened(), START).signed(&write_get_result(&Ok(silent.clone())), START);
    let nowhere = client.use_id(&Request::default(), &hands).await;
    assert_eq!(nowhere.err(), Some(ServiceError::NoServerAddress));
    let got = client.get_result(&started().session, 1, &hands).await;
    assert_eq!(got, Ok(Progress::Ended(Box::new(Ok(silent)))), "a service of version 2.0 knows no levels");
}
