//! A real house that rents an eID service: from the enrolment page to the account, and everything that goes wrong.

use super::{Came, Guest, House, START};
use crate::domain::id::CheckId;
use crate::domain::time::Span;
use crate::eid::service::kept;
use crate::eid::service::message::{Minor, write_get_result, write_use_id};
use crate::eid::service::settings::Algorithm;
use crate::eid::service::tests::provider::{Pair, Provider, Reply};
use crate::eid::service::tests::{not_yet, opened, read_card};
use crate::eid::service::ws_security;
use crate::eid::tc_token::TcToken;
use crate::{paths, store};
use actix_web::test::TestRequest;
use serde_json::json;

async fn renting(provider: &Provider) -> House {
    let house = House::real();
    let seen = kept::look(&house.app).unwrap();
    assert!(kept::keep(&provider.settings(), &seen, |_| Ok(()), &house.app).await.unwrap());
    house
}

/// A resident on the page that opens the card program.
struct Visitor<'h> {
    guest: Guest<'h>,
    sign_in: String,
    page: String,
    token: String,
}

impl<'h> Visitor<'h> {
    async fn comes(house: &'h House) -> Self {
        let mut guest = Guest::comes(house);
        let sign_in = guest.stands_at(paths::ACCOUNT).await;
        let begun = guest.posts(&format!("{sign_in}/identity-checks"), &[("purpose", "enrol")]).await;
        assert!(begun.location.starts_with("/eid/"), "{} {}", begun.location, begun.body);
        let page = begun.location;
        let shown = guest.opens(&page).await;
        assert_eq!(shown.status, 200);
        let link = shown.body.split("tcTokenURL=").nth(1).expect("a link to the program");
        let link = link.split('"').next().unwrap();
        let query = format!("a={link}");
        let (_, address) = url::form_urlencoded::parse(query.as_bytes()).next().unwrap();
        let token = address.strip_prefix(super::ORIGIN).expect("an address of ours").to_owned();
        Self { guest, sign_in, page, token }
    }

    /// The card program fetches the token: it has no cookie of the browser.
    async fn fetches(&self) -> TcToken {
        let mut program = Guest::comes(self.guest.house);
        let came = program.opens(&self.token).await;
        assert_eq!(came.status, 200, "{}", came.body);
        TcToken::parse(came.body.as_bytes()).unwrap()
    }

    /// The card program sends the browser back.
    async fn returns(&mut self, token: &TcToken) -> Came {
        self.guest.opens(&path(&token.refresh_address)).await
    }

    fn check(&self) -> CheckId {
        self.page.strip_prefix("/eid/").unwrap().parse().unwrap()
    }

    /// Whether anything of a reading is left.
    fn has_session(&self) -> bool {
        let check = self.check();
        self.guest.house.read(|db| store::eid_session::by_check(check, db)).is_some()
    }

    /// Goes where the house leads, to the page for a new key, and makes one.
    async fn makes_an_account(&mut self) {
        let mut key = self.page.clone();
        loop {
            let came = self.guest.opens(&key).await;
            if came.status == 200 {
                assert!(came.body.contains("create-passkey"), "{}", came.body);
                break;
            }
            assert_eq!(came.status, 303);
            key = came.location;
        }
        let name = json!({ "device_name": "Handy" });
        let came = self.guest.makes_key(&format!("{key}/options"), &key, name).await;
        assert_eq!(came.status, 200, "{}", came.body);
        assert_eq!(self.guest.opens(&self.sign_in).await.location, paths::ACCOUNT);
    }
}

fn path(address: &str) -> String {
    address.strip_prefix(super::ORIGIN).expect("an address of ours").to_owned()
}

#[tokio::test]
async fn a_resident_comes_from_the_enrolment_page_to_the_account() {
    let provider = Provider::new();
    let house = renting(&provider).await;
    let mut erika = Visitor::comes(&house).await;
    provider.signed(&opened(), START);
    let token = erika.fetches().await;
    assert_eq!(token.server_address, "https://eid.example/paos");
    assert_eq!(token.session_identifier.expose(), "0123456789abcdef");
    assert_eq!(token.psk.as_ref().unwrap().expose(), &[7; 16]);
    provider.signed(&read_card(), START);
    let came = erika.returns(&token).await;
    assert_eq!(came.status, 303, "{}", came.body);
    assert!(!erika.has_session(), "what was read is forgotten");
    erika.makes_an_account().await;
    assert!(erika.guest.opens(paths::ACCOUNT).await.body.contains("Erika Mustermann"));
    let person = house.people()[0];
    let checks = house.read(|db| store::person::checks(person, db));
    assert_eq!((checks.len(), checks[0].provider.as_str()), (1, "eid-service"));
    assert!(!house.read(|db| store::person::by_id(person, db)).unwrap().demo);

    // The same card again finds them, and makes nobody new.
    let mut again = Visitor::comes(&house).await;
    provider.signed(&opened(), START + Span::seconds(1));
    let token = again.fetches().await;
    house.pass(Span::seconds(1));
    provider.signed(&read_card(), house.app.now());
    assert_eq!(again.returns(&token).await.status, 303);
    assert_eq!(house.people().len(), 1);
}

#[tokio::test]
async fn without_a_result_the_page_comes_again_by_itself() {
    let provider = Provider::new();
    let house = renting(&provider).await;
    let mut erika = Visitor::comes(&house).await;
    provider.signed(&opened(), START);
    let token = erika.fetches().await;
    provider.signed(&not_yet(), START);
    // The pages wait a little themselves; the clock stands still until it is turned.
    let turn = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        house.pass(Span::seconds(30));
    };
    provider.signed(&not_yet(), START + Span::seconds(30));
    let (came, ()) = tokio::join!(erika.returns(&token), turn);
    let turn = async {
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        house.pass(Span::seconds(30));
    };
    let came = if came.status == 200 { came } else { tokio::join!(erika.returns(&token), turn).0 };
    assert_eq!(came.status, 200, "{}", came.location);
    assert!(erika.has_session() && came.body.contains("Gleich geht es weiter"), "{}", came.body);
    house.pass(Span::seconds(30));
    provider.signed(&read_card(), house.app.now());
    assert_eq!(erika.returns(&token).await.status, 303);
    let counters = provider.counters();
    assert!(counters.windows(2).all(|two| two[0] < two[1]), "{counters:?}");
}

#[tokio::test]
async fn who_returns_twice_at_once_is_read_once() {
    let provider = Provider::new();
    let house = renting(&provider).await;
    let mut erika = Visitor::comes(&house).await;
    provider.signed(&opened(), START);
    let token = erika.fetches().await;
    provider.signed(&read_card(), START);
    let back = path(&token.refresh_address);
    let mut twin = Guest::comes(&house);
    twin.jar.clone_from(&erika.guest.jar);
    let turn = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        house.pass(Span::seconds(30));
    };
    let (one, two, ()) = tokio::join!(erika.guest.opens(&back), twin.opens(&back), turn);
    // The slower one is led on, or asked to wait a little.
    for slower in [&one, &two] {
        assert!(slower.status == 303 || slower.body.contains("Gleich geht es weiter"), "{}", slower.body);
    }
    // A browser has one jar: what the faster answer brought counts.
    if two.location.ends_with("/key") {
        std::mem::swap(&mut erika.guest.jar, &mut twin.jar);
    }
    assert_eq!(provider.counters(), [1], "asked once");
    erika.makes_an_account().await;
    assert_eq!(house.people().len(), 1);
    // And once more, when all is over.
    assert_eq!(erika.guest.opens(&back).await.status, 410);
    assert_eq!(provider.counters(), [1]);
}

#[tokio::test]
async fn another_browser_and_another_value_get_nothing() {
    let provider = Provider::new();
    let house = renting(&provider).await;
    let mut erika = Visitor::comes(&house).await;
    provider.signed(&opened(), START);
    let token = erika.fetches().await;
    let back = path(&token.refresh_address);
    for wrong in [paths::eid_return(erika.check(), "wrong"), back.split('?').next().unwrap().to_owned()] {
        assert_eq!(erika.guest.opens(&wrong).await.status, 409, "{wrong}");
    }
    assert!(provider.counters().is_empty(), "the service is not asked");
    // The card program looks where it will send the browser: nothing has happened by that.
    let looks =
        TestRequest::get().uri(&back).insert_header(("user-agent", "AusweisApp2/1.26.2 (TR-03124/1.3)"));
    assert_eq!(Guest::comes(&house).sends(looks).await.status, 204);
    assert!(erika.has_session());
    let mut stranger = Guest::comes(&house);
    assert_eq!(stranger.opens(&back).await.status, 403);
    assert!(!stranger.jar.contains_key("__Host-torhaus"));
    // Somebody else had the address: it is worth nothing by now, and the card can be read again.
    assert!(!erika.has_session());
    assert_eq!(erika.returns(&token).await.status, 409);
    assert!(provider.counters().is_empty());
    house.pass(Span::seconds(1));
    provider.signed(&opened(), house.app.now());
    let token = erika.fetches().await;
    provider.signed(&read_card(), house.app.now());
    assert_eq!(erika.returns(&token).await.status, 303, "nothing is lost");
}

#[tokio::test]
async fn each_refusal_has_its_page_and_leaves_nothing() {
    let provider = Provider::new();
    let house = renting(&provider).await;
    for (minor, words) in [
        (Minor::DeniedDocument, "konnte nicht geprüft werden"),
        (Minor::MissingTerminalRights, "unsere Berechtigung"),
        (Minor::InternalError, "gerade nicht geprüft"),
    ] {
        let mut erika = Visitor::comes(&house).await;
        house.pass(Span::seconds(1));
        provider.signed(&opened(), house.app.now());
        let token = erika.fetches().await;
        provider.signed(&write_get_result(&Err(minor.clone())), house.app.now());
        let came = erika.returns(&token).await;
        assert_eq!(came.location, erika.page, "{}", came.body);
        let page = erika.guest.opens(&came.location).await;
        assert!(page.body.contains(words), "{minor:?}: {}", page.body);
        assert!(!erika.has_session());
    }
    assert!(house.people().is_empty());
}

#[tokio::test]
async fn a_service_that_is_down_or_refuses_leads_back_with_words() {
    let provider = Provider::new();
    let house = renting(&provider).await;
    for first in [None, Some(write_use_id(&Err(Minor::InternalError)))] {
        let mut erika = Visitor::comes(&house).await;
        match &first {
            None => provider.then(|_| Reply::Gone),
            Some(refusal) => provider.signed(refusal, house.app.now()),
        };
        let mut program = Guest::comes(&house);
        let came = program.opens(&erika.token).await;
        // TR-03124-1 2.5.2: without a token the program shows its own error, or goes where it is told to.
        assert!(
            came.status >= 500 || came.body.contains("CommunicationErrorAddress"),
            "{} {}",
            came.status,
            came.body
        );
        // In the browser it can be tried again, or given up.
        assert_eq!(erika.guest.opens(&erika.page).await.status, 200);
        house.pass(Span::seconds(1));
        provider.signed(&opened(), house.app.now());
        let token = erika.fetches().await;
        // Down at the result, again and again.
        for _ in 0..3 {
            provider.then(|_| Reply::Gone);
        }
        let turn = async {
            for _ in 0..12 {
                tokio::time::sleep(std::time::Duration::from_millis(400)).await;
                house.pass(Span::seconds(2));
            }
        };
        let (came, ()) = tokio::join!(erika.returns(&token), turn);
        let came = if came.status == 200 { erika.returns(&token).await } else { came };
        assert_eq!(came.location, erika.page, "{}", came.body);
        let page = erika.guest.opens(&came.location).await;
        assert!(page.body.contains("gerade nicht geprüft"), "{}", page.body);
    }
}

#[tokio::test]
async fn an_answer_signed_by_somebody_else_identifies_nobody() {
    let provider = Provider::new();
    let house = renting(&provider).await;
    let mut erika = Visitor::comes(&house).await;
    provider.signed(&opened(), START);
    let token = erika.fetches().await;
    let forger = Pair::alone().signing(Algorithm::EcdsaSha256);
    let forged = ws_security::sign(&read_card(), &forger, START).unwrap();
    provider.then(move |_| Reply::Http(200, forged));
    let came = erika.returns(&token).await;
    assert_eq!(came.location, erika.page);
    assert!(erika.guest.opens(&erika.page).await.body.contains("gerade nicht geprüft"));
    assert!(!erika.has_session() && house.people().is_empty());
}
