//! Webhooks: an organisation's program is told what happens to its services, signed, and again until it listens.

use super::owners::{APP, decides, hidden, member, registers};
use super::staff::organisation;
use super::{Guest, House};
use crate::domain::id::{OrganisationId, ServiceId, WebhookId};
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::domain::webhook::{State, Webhook};
use crate::http::courier::Courier;
use crate::store::webhook::Message;
use crate::webhook::deliver;
use crate::{paths, store};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// What came in: head and body.
type Heard = Arc<Mutex<Vec<(String, String)>>>;

/// A program that listens and answers with a status; it ends with the test.
struct Listener {
    url: String,
    heard: Heard,
    status: Arc<Mutex<u16>>,
}

impl Listener {
    #[expect(clippy::disallowed_methods, reason = "somebody else's program, which ends with the test")]
    async fn opens() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (heard, status) = (Heard::default(), Arc::new(Mutex::new(204)));
        let (into, says) = (Arc::clone(&heard), Arc::clone(&status));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut all = Vec::new();
                let (head, body) = loop {
                    let mut chunk = [0; 4096];
                    let read = stream.read(&mut chunk).await.unwrap();
                    all.extend(&chunk[..read]);
                    let text = String::from_utf8_lossy(&all).into_owned();
                    let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                    let length: usize = header(head, "content-length").parse().unwrap();
                    if read == 0 || body.len() >= length {
                        break (head.to_owned(), body.to_owned());
                    }
                };
                into.lock().unwrap().push((head, body));
                let status = *says.lock().unwrap();
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nlocation: /other\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Self { url, heard, status }
    }

    fn says(&self, status: u16) {
        *self.status.lock().unwrap() = status;
    }

    fn count(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    /// What was told, the last first.
    fn told(&self) -> Vec<Value> {
        self.heard.lock().unwrap().iter().rev().map(|(_, body)| serde_json::from_str(body).unwrap()).collect()
    }

    /// The head of the last request and its body.
    fn last(&self) -> (String, String) {
        self.heard.lock().unwrap().last().unwrap().clone()
    }
}

fn header<'a>(head: &'a str, name: &str) -> &'a str {
    let line = head.lines().find(|line| line.to_lowercase().starts_with(&format!("{name}:")));
    line.map_or("", |line| line.split_once(':').unwrap().1.trim())
}

/// Whether a request is signed with this secret.
fn is_signed(head: &str, body: &str, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let signed = format!("{}.{}.{body}", header(head, "webhook-id"), header(head, "webhook-timestamp"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), signed.as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(tag));
    header(head, "webhook-signature").split(' ').any(|one| one == expected)
}

/// Sends what is due.
async fn sends(house: &House) -> usize {
    let courier = Courier::new(rustls::RootCertStore::empty()).unwrap();
    deliver::round(&house.app, &courier).await.unwrap()
}

async fn sends_all(house: &House) {
    while sends(house).await > 0 {}
}

const ALL: [&str; 12] = [
    "service.added",
    "service.changed",
    "service.released",
    "service.returned",
    "service.paused",
    "service.resumed",
    "service.offered",
    "service.handed_over",
    "service.removed",
    "secret.rotated",
    "secret.expiring",
    "person.left",
];

/// Makes a webhook; gives its id and secret.
async fn makes(owner: &mut Guest<'_>, url: &str, told: &[&'static str]) -> (WebhookId, String) {
    let form = owner.opens(paths::SERVICES_WEBHOOKS).await;
    let id = hidden(&form, "webhook");
    let boxes = told.iter().map(|one| (*one, "yes"));
    let fields: Vec<_> = [("webhook", id.as_str()), ("url", url)].into_iter().chain(boxes).collect();
    let made = owner.posts(paths::SERVICES_WEBHOOKS, &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let (_, rest) = made.body.split_once("data-secret>").expect("a secret");
    (id.parse().unwrap(), rest.split('<').next().unwrap().to_owned())
}

/// Presses a button of a webhook's page as it stands now.
async fn presses(owner: &mut Guest<'_>, id: WebhookId, more: &[(&str, &str)]) -> super::Came {
    let page = paths::services_webhook(id);
    let version = hidden(&owner.opens(&page).await, "version");
    let fields: Vec<_> = [("version", version.as_str())].into_iter().chain(more.iter().copied()).collect();
    owner.posts(&page, &fields).await
}

fn webhook(id: WebhookId, house: &House) -> Webhook {
    house.read(|db| store::webhook::by_id(id, db)).expect("a webhook")
}

fn messages(id: WebhookId, house: &House) -> Vec<Message> {
    house.read(|db| store::webhook::messages(id, 100, db))
}

async fn office<'h>(house: &'h House, name: &'static str) -> (OrganisationId, Guest<'h>) {
    let own = organisation(name, house);
    (own, member(Role::Owner(own), house).await)
}

#[tokio::test]
async fn what_happens_to_a_service_is_told_signed_and_once() {
    let house = House::new();
    let (_, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    let (id, secret) = makes(&mut otto, &listener.url, &ALL).await;
    let (service, _) = registers(&mut otto, &[]).await;
    let mut olga = member(Role::Operator, &house).await;
    house.pass(Span::seconds(1));
    decides(&mut olga, service, "release", "").await;
    sends_all(&house).await;
    let told = listener.told();
    let kinds: Vec<&str> = told.iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["service.released", "service.added"]);
    assert_eq!(told[0]["data"], json!({ "service": service }));
    assert_eq!(told[0]["timestamp"], "2026-11-22T09:14:01Z");
    let (head, body) = listener.last();
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n") && is_signed(&head, &body, &secret), "{head}");
    assert!(header(&head, "webhook-id").starts_with("msg_"));
    sends_all(&house).await;
    assert_eq!(listener.count(), 2, "once each");
    let page = otto.opens(&paths::services_webhook(id)).await.body;
    assert!(page.contains("angekommen (204)") && !page.contains(&secret), "{page}");
    // Pausing and removing, by its owner.
    let affairs = paths::service_affairs(service);
    for fields in [&[("action", "pause")][..], &[("action", "remove"), ("confirm", "yes")]] {
        let version = hidden(&otto.opens(&affairs).await, "version");
        let fields: Vec<_> = fields.iter().copied().chain([("version", version.as_str())]).collect();
        house.pass(Span::seconds(1));
        assert_eq!(otto.posts(&affairs, &fields).await.status, 303);
    }
    sends_all(&house).await;
    let kinds: Vec<Value> = listener.told().into_iter().map(|one| one["type"].clone()).collect();
    assert_eq!(kinds[..2], [json!("service.removed"), json!("service.paused")]);
}

#[tokio::test]
async fn who_does_not_listen_is_told_again_with_growing_waits() {
    let house = House::new();
    let (_, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    let (id, _) = makes(&mut otto, &listener.url, &ALL).await;
    listener.says(500);
    registers(&mut otto, &[]).await;
    let mut waits = Vec::new();
    for _ in 0..10 {
        assert_eq!(sends(&house).await, 1);
        let message = messages(id, &house).remove(0);
        let Some(next) = message.next else { break };
        assert_eq!(sends(&house).await, 0, "not before its time");
        waits.push(next.since(house.app.now()).0 / 1000);
        house.pass(next.since(house.app.now()));
    }
    assert_eq!(waits, [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]);
    let ids: Vec<String> = listener
        .heard
        .lock()
        .unwrap()
        .iter()
        .map(|(head, _)| header(head, "webhook-id").to_owned())
        .collect();
    assert!(ids.len() == 10 && ids.iter().all(|one| *one == ids[0]), "the same id each time");
    assert_eq!(webhook(id, &house).failing_since, None, "given up: the next one begins anew");
    // By hand once more, and it listens again.
    listener.says(200);
    let message = messages(id, &house).remove(0).id.to_string();
    let mut otto = otto_again(otto, &house).await;
    assert_eq!(presses(&mut otto, id, &[("action", "again"), ("message", &message)]).await.status, 303);
    assert_eq!(sends(&house).await, 1);
    assert_eq!((webhook(id, &house).failing_since, messages(id, &house)[0].next), (None, None));
}

/// Another owner of the same organisation: sessions of staff do not last for days.
async fn otto_again<'h>(_gone: Guest<'h>, house: &'h House) -> Guest<'h> {
    let own = house.read(|db| store::organisation::all(10, db)).remove(0).id;
    member(Role::Owner(own), house).await
}

#[tokio::test]
async fn nobody_is_told_for_ever() {
    let house = House::new();
    let (own, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    let (id, _) = makes(&mut otto, &listener.url, &ALL).await;
    listener.says(410);
    registers(&mut otto, &[]).await;
    sends_all(&house).await;
    assert_eq!(webhook(id, &house).state, State::Gone);
    registers(&mut otto, &[]).await;
    assert_eq!((sends(&house).await, messages(id, &house).len()), (0, 1), "not even queued");
    assert_eq!(presses(&mut otto, id, &[("action", "on")]).await.status, 303);
    listener.says(302);
    registers(&mut otto, &[]).await;
    sends_all(&house).await;
    assert_eq!((listener.count(), webhook(id, &house).state), (2, State::On), "no redirect is followed");
    house.pass(Span::days(5));
    sends_all(&house).await;
    assert_eq!(webhook(id, &house).state, State::Failed);
    let mut vera = member(Role::Owner(own), &house).await;
    assert!(vera.opens(paths::SERVICES_WEBHOOKS).await.body.contains("5 Tagen"));
    // A port where nobody listens.
    let (nowhere, _) = makes(&mut vera, "http://127.0.0.1:9/", &ALL).await;
    registers(&mut vera, &[]).await;
    sends_all(&house).await;
    assert_eq!(messages(nowhere, &house)[0].trouble.as_deref(), Some("connect"));
}

#[tokio::test]
async fn of_two_processes_one_sends_and_a_restart_loses_nothing() {
    let house = House::new();
    let (_, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    makes(&mut otto, &listener.url, &ALL).await;
    registers(&mut otto, &[]).await;
    // Somebody claims it and ends before it is sent.
    let claimed = house.write(|db| store::webhook::claim(8, db));
    assert_eq!(claimed.len(), 1);
    assert_eq!(sends(&house).await, 0, "it is being sent");
    house.pass(Span::minutes(3));
    let (one, two) = tokio::join!(sends(&house), sends(&house));
    assert_eq!((one + two, listener.count()), (1, 1));
}

#[tokio::test]
async fn a_change_that_does_not_happen_tells_nothing() {
    let house = House::new();
    let (_, mut otto) = office(&house, "Amt").await;
    let (id, _) = makes(&mut otto, "http://127.0.0.1:9/", &ALL).await;
    let failed = house.app.store.write_blocking(house.app.now().0, move |db| -> Result<(), store::Fault> {
        use crate::domain::audit::{Actor, Entry, Event};
        let service = ServiceId::from_bytes([4; 16]);
        store::audit::append(&Entry::new(Event::ServicePaused, Actor::House).at(service), db)?;
        Err(store::Fault::corrupt("x", "y", String::new()))
    });
    assert!(failed.is_err() && messages(id, &house).is_empty());
}

#[tokio::test]
async fn a_service_hears_by_its_own_name_for_them_that_somebody_left() {
    let house = House::new();
    let (_, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    makes(&mut otto, &listener.url, &["person.left"]).await;
    let (service, _) = registers(&mut otto, &[("data_name", "1"), ("reason_name", "Für die Karte.")]).await;
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, service, "release", "").await;
    let mut erika = Guest::comes(&house);
    let person = erika.enrols("erika").await;
    let ask = format!(
        "{}?client_id={service}&response_type=code&scope=openid%20name&redirect_uri={APP}&code_challenge_method=S256&code_challenge={}",
        paths::AUTHORIZE,
        "A".repeat(43)
    );
    let mut subs = Vec::new();
    for way in ["withdraw", "delete"] {
        let at = erika.opens(&ask).await.location;
        erika.opens(&at).await;
        let agreed = erika.posts(&format!("{at}/consent"), &[("answer", "agree"), ("remember", "1")]).await;
        assert!(agreed.location.starts_with(APP), "{}", agreed.body);
        if way == "withdraw" {
            erika.opens(&paths::account_service(service)).await;
            erika.posts(&paths::account_service(service), &[]).await;
        } else {
            erika.opens(paths::ACCOUNT_DELETION).await;
            let gone = erika.posts(paths::ACCOUNT_DELETION, &[("confirm", "yes")]).await;
            assert_eq!(gone.status, 200, "{}", gone.body);
        }
        sends_all(&house).await;
        let told = listener.told().remove(0);
        assert_eq!((&told["type"], &told["data"]["service"]), (&json!("person.left"), &json!(service)));
        subs.push(told["data"]["sub"].as_str().unwrap().to_owned());
        assert!(!told.to_string().contains(&person.to_string()), "nobody else's name for them");
    }
    assert!(subs[0] == subs[1] && subs[0].len() == 43);
    assert_eq!(listener.count(), 2);
}

#[tokio::test]
async fn a_secret_that_ends_is_told_twice_before() {
    let house = House::new();
    let (own, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    makes(&mut otto, &listener.url, &["secret.expiring"]).await;
    let (service, _) = registers(&mut otto, &[]).await;
    let page = otto.opens(&paths::service(service)).await;
    let version = hidden(&page, "version");
    let renew = [("overlap", "0"), ("life", "365"), ("version", version.as_str())];
    assert_eq!(otto.posts(&format!("{}/secret", paths::service(service)), &renew).await.status, 200);
    let mut counts = Vec::new();
    for days in [0, 300, 36, 1, 22, 1, 4, 2] {
        house.pass(Span::days(days));
        for _again in 0..2 {
            crate::app::rounds::warn_of_secrets(&house.app, &mut None).await.unwrap();
            sends_all(&house).await;
        }
        counts.push(listener.count());
    }
    assert_eq!(counts, [0, 0, 1, 1, 2, 2, 2, 2]);
    assert_eq!(listener.told()[0]["data"]["expires"], "2027-11-22T09:14:00Z");
    let _own = own;
}

#[tokio::test]
async fn an_owner_changes_switches_renews_and_removes() {
    let house = House::new();
    let (own, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    let (id, secret) = makes(&mut otto, &listener.url, &["service.added"]).await;
    for wrong in [
        "",
        "ftp://a.example/",
        "http://a.example/",
        "https://",
        "javascript:alert(1)",
        "https://a.example/#x",
    ] {
        let change = [("action", "change"), ("url", wrong), ("service.added", "yes")];
        assert_eq!(presses(&mut otto, id, &change).await.status, 422, "{wrong}");
    }
    assert_eq!(
        presses(&mut otto, id, &[("action", "change"), ("url", &listener.url)]).await.status,
        422,
        "nothing told"
    );
    // A test, signed by both secrets after a change of it.
    let shown = presses(&mut otto, id, &[("action", "secret")]).await;
    let (_, rest) = shown.body.split_once("data-secret>").expect("a secret");
    let newer = rest.split('<').next().unwrap().to_owned();
    assert_eq!(presses(&mut otto, id, &[("action", "test")]).await.status, 200);
    sends_all(&house).await;
    let (head, body) = listener.last();
    assert!(is_signed(&head, &body, &secret) && is_signed(&head, &body, &newer));
    assert_eq!(listener.told()[0]["type"], "test");
    house.pass(Span::hours(25));
    let mut otto = member(Role::Owner(own), &house).await;
    presses(&mut otto, id, &[("action", "test")]).await;
    sends_all(&house).await;
    let (head, body) = listener.last();
    assert!(!is_signed(&head, &body, &secret) && is_signed(&head, &body, &newer));
    // Two at once make one change.
    let page = paths::services_webhook(id);
    let version = hidden(&otto.opens(&page).await, "version");
    let off = [("action", "off"), ("version", version.as_str())];
    assert_eq!(otto.posts(&page, &off).await.status, 303);
    assert_eq!(otto.posts(&page, &off).await.status, 409);
    registers(&mut otto, &[]).await;
    assert_eq!(sends(&house).await, 0);
    // Nobody else's.
    let (_, mut other) = office(&house, "Anderes Amt").await;
    assert_eq!(other.opens(&page).await.status, 404);
    let mut vera = member(Role::Viewer(own), &house).await;
    assert_eq!(vera.opens(&page).await.status, 403);
    assert_eq!(presses(&mut otto, id, &[("action", "remove")]).await.status, 422);
    assert_eq!(presses(&mut otto, id, &[("action", "remove"), ("confirm", "yes")]).await.status, 303);
    assert_eq!(otto.opens(&page).await.status, 404);
    let left = house.read(|db| db.all("SELECT id FROM webhook_message", &[], |row| row.get_blob(0)));
    assert!(left.is_empty());
    for (event, count) in [("webhook.made", 1), ("webhook.changed", 2), ("webhook.removed", 1)] {
        assert_eq!(house.audited(event), count, "{event}");
    }
}

#[tokio::test]
async fn one_who_does_not_listen_holds_up_nobody_else() {
    let house = House::new();
    let (_, mut otto) = office(&house, "Amt").await;
    let (_, mut other) = office(&house, "Anderes Amt").await;
    let listener = Listener::opens().await;
    let (deaf, _) = makes(&mut otto, "http://127.0.0.1:9/", &ALL).await;
    makes(&mut other, &listener.url, &ALL).await;
    for number in 0..1100_u32 {
        let to = webhook(deaf, &house);
        house.write(move |db| store::webhook::test_message(&to, &number.to_be_bytes(), db));
    }
    let waiting = house.read(|db| db.all("SELECT id FROM webhook_message", &[], |row| row.get_blob(0)));
    assert_eq!(waiting.len(), 1000, "no more wait than that");
    house.pass(Span::seconds(1));
    registers(&mut other, &[]).await;
    assert_eq!(sends(&house).await, 2, "one of each");
    assert_eq!(listener.count(), 1);
    // A secret that does not open is a failed try of its own webhook alone.
    house.write(move |db| db.change("UPDATE webhook SET sealed_secret = x'00' WHERE id = $1", &[&deaf]));
    registers(&mut other, &[]).await;
    assert_eq!(sends(&house).await, 2);
    assert_eq!(listener.count(), 2);
    let failed = messages(deaf, &house).into_iter().filter(|one| one.trouble.as_deref() == Some("request"));
    assert_eq!(failed.count(), 1);
}

#[tokio::test]
async fn after_a_quiet_time_one_failed_try_does_not_switch_off() {
    let house = House::new();
    let (own, mut otto) = office(&house, "Amt").await;
    let listener = Listener::opens().await;
    let (id, _) = makes(&mut otto, &listener.url, &ALL).await;
    listener.says(500);
    registers(&mut otto, &[]).await;
    while let Some(next) = messages(id, &house)[0].next {
        house.pass(next.since(house.app.now()));
        sends_all(&house).await;
    }
    house.pass(Span::days(20));
    let mut otto = member(Role::Owner(own), &house).await;
    registers(&mut otto, &[]).await;
    sends_all(&house).await;
    assert_eq!(webhook(id, &house).state, State::On);
}
