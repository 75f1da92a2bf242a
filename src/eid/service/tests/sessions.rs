//! Sessions in the store: the counter, the pauses, restarts, and two who ask at once.

use super::*;
use crate::domain::assurance::Policy;
use crate::domain::dice::{Dice, draw};
use crate::domain::id::{CheckId, SignInId};
use crate::domain::identity_check::{Check, CheckRefused, CheckStage, Purpose};
use crate::domain::secret::BearerHash;
use crate::domain::sign_in::{Asker, Needs, SignIn, Stage};
use crate::domain::town::Town;
use crate::eid::service::session::{Asked, ask, open};
use crate::http::address::TrustedProxies;
use crate::http::appliance::Secrets;
use crate::http::limit::Limits;
use crate::http::{Appliance, Trouble};
use crate::seal::{ApplianceKeys, LookupKey, SharedKeys};
use crate::store::{self, Store, Write};

/// Real randomness.
struct System;
impl Dice for System {
    fn fill(&self, out: &mut [u8]) {
        aws_lc_rs::rand::fill(out).unwrap();
    }
}

/// A house with an open check.
struct House {
    app: Appliance,
    hands: Hands,
    check: CheckId,
    folder: std::path::PathBuf,
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

impl House {
    fn new() -> Self {
        let name = crate::domain::service::hex(&draw::<16>(&System));
        let folder = std::env::temp_dir().join(format!("torhaus-eid-service-{name}"));
        std::fs::create_dir(&folder).unwrap();
        let key_file = folder.join("appliance.key");
        ApplianceKeys::create(&key_file, [7; 32]).unwrap();
        let hands = Hands::new();
        let lookup = |byte| LookupKey::new([byte; 32]);
        let app = Appliance {
            store: Store::temporary().unwrap(),
            keys: SharedKeys::load(&key_file).unwrap(),
            secrets: Secrets { pseudonym: lookup(1), lookup: lookup(2), csrf: lookup(3) },
            clock: Box::new(hands.clone()),
            dice: Box::new(System),
            origin: "https://id.birkenfurt.example".to_owned(),
            demo: false,
            policy: Policy::default(),
            limits: Limits::new(0),
            uses: crate::http::uses::Uses::default(),
            proxies: TrustedProxies::default(),
            town: std::sync::RwLock::new(Arc::new(Town::default())),
        };
        let (sign_in, check) = (SignInId::draw(&System), CheckId::draw(&System));
        let (browser, expires) = (BearerHash([1; 32]), START + Span::minutes(15));
        let asked = SignIn {
            id: sign_in,
            browser,
            asker: Asker::Door(crate::domain::sign_in::Door::Account),
            needs: Needs::login_only(),
            trial: None,
            stage: Stage::Open,
            opened: START,
            expires,
        };
        let begun = Check {
            id: check,
            sign_in,
            browser,
            purpose: Purpose::Enrol,
            stage: CheckStage::Open,
            identification: None,
            expires,
        };
        let job = move |db: &store::Write<'_>| {
            store::sign_in::insert(&asked, db)?;
            store::identity_check::insert(&begun, db)
        };
        app.store.write_blocking(START.0, job).unwrap();
        Self { app, hands, check, folder }
    }

    /// Opens a session with a provider that opens one.
    async fn opens(&self, provider: &Provider, client: &Client) {
        provider.signed(&opened(), self.hands.now());
        let request = Request::for_account([]);
        let opened = open(client, self.check, &request, &self.app).await.unwrap().unwrap();
        assert_eq!(opened.server_address, "https://eid.example/paos");
        assert_eq!(opened.identifier.expose(), started().psk.id.expose());
        assert_eq!(opened.psk.expose(), started().psk.key.expose());
        assert!(self.row().once.matches(opened.once.expose()));
    }

    fn row(&self) -> crate::domain::eid_session::EidSession {
        self.app.store.read(|db| store::eid_session::by_check(self.check, db)).unwrap().unwrap()
    }

    async fn asks(&self, client: &Client) -> Asked {
        ask(client, &self.row(), &self.app).await.unwrap()
    }

    /// Waits until it may ask again, by its own clock.
    fn waits(&self, asked: &Asked) {
        let Asked::NotYet(again) = asked else { panic!("it is over: {asked:?}") };
        self.hands.pass(again.since(self.hands.now()));
    }
}

#[tokio::test]
async fn no_result_for_more_than_two_minutes_and_then_one() {
    let (house, provider) = (House::new(), Provider::new());
    let client = client(&provider);
    house.opens(&provider, &client).await;
    let begun = house.hands.now();
    let mut pauses = Vec::new();
    while house.hands.now().since(begun) < Span::seconds(130) {
        provider.signed(&not_yet(), house.hands.now());
        let asked = house.asks(&client).await;
        let before = house.hands.now();
        house.waits(&asked);
        pauses.push(house.hands.now().since(before).as_seconds());
    }
    provider.signed(&read_card(), house.hands.now());
    assert_eq!(house.asks(&client).await, Asked::Ended(Box::new(Ok(erika()))));
    assert!(pauses.is_sorted() && pauses.starts_with(&[1, 1, 2, 3, 5, 5]), "{pauses:?}");
    let counters = provider.counters();
    assert!(counters.len() > 25, "{counters:?}");
    assert!(counters.iter().zip(1..).all(|(counter, number)| *counter == number), "{counters:?}");
}

#[tokio::test]
async fn nobody_asks_before_it_is_time() {
    let (house, provider) = (House::new(), Provider::new());
    let client = client(&provider);
    house.opens(&provider, &client).await;
    provider.signed(&not_yet(), START);
    let first = house.asks(&client).await;
    assert_eq!(house.asks(&client).await, first);
    assert_eq!(provider.counters(), [1]);
}

#[tokio::test]
async fn of_two_at_once_one_asks() {
    let (house, provider) = (House::new(), Provider::new());
    let client = client(&provider);
    house.opens(&provider, &client).await;
    provider.signed(&read_card(), START);
    let row = house.row();
    let (one, other) = tokio::join!(ask(&client, &row, &house.app), ask(&client, &row, &house.app));
    let both = [one.unwrap(), other.unwrap()];
    let ended = both.iter().filter(|asked| **asked == Asked::Ended(Box::new(Ok(erika())))).count();
    let waiting = both.iter().filter(|asked| matches!(asked, Asked::NotYet(_))).count();
    assert_eq!((ended, waiting), (1, 1), "{both:?}");
    assert_eq!(provider.counters(), [1]);
    // Who comes while the first one settles waits for as long as a call may last.
    assert_eq!(house.asks(&client).await, Asked::NotYet(START + Span::seconds(25)));
}

#[tokio::test]
async fn a_restart_goes_on_with_the_next_number() {
    let (house, provider) = (House::new(), Provider::new());
    let before = client(&provider);
    house.opens(&provider, &before).await;
    provider.signed(&not_yet(), START);
    let asked = house.asks(&before).await;
    drop(before);
    house.waits(&asked);
    let after = client(&provider);
    provider.signed(&read_card(), house.hands.now());
    assert_eq!(house.asks(&after).await, Asked::Ended(Box::new(Ok(erika()))));
    assert_eq!(provider.counters(), [1, 2]);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_again_but_not_for_ever() {
    let (house, provider) = (House::new(), Provider::new());
    let client = client(&provider);
    house.opens(&provider, &client).await;
    provider.then(|_request| Reply::Half).then(|_request| Reply::Gone);
    for _failure in 0..2 {
        let asked = house.asks(&client).await;
        house.waits(&asked);
    }
    provider.signed(&not_yet(), house.hands.now());
    let asked = house.asks(&client).await;
    house.waits(&asked);
    for _failure in 0..2 {
        provider.then(|_request| Reply::Gone);
        let asked = house.asks(&client).await;
        house.waits(&asked);
    }
    provider.then(|_request| Reply::Gone);
    assert_eq!(
        house.asks(&client).await,
        Asked::Ended(Box::new(Err(CheckRefused::ProviderDown))),
        "the third in a row"
    );
    assert_eq!(provider.counters(), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn what_is_not_signed_is_not_asked_for_again() {
    let (house, provider) = (House::new(), Provider::new());
    let client = client(&provider);
    house.opens(&provider, &client).await;
    provider.then(|_request| Reply::Http(200, "<x/>".into()));
    assert_eq!(house.asks(&client).await, Asked::Ended(Box::new(Err(CheckRefused::ProviderDown))));
}

#[tokio::test]
async fn a_session_dies() {
    let (house, provider) = (House::new(), Provider::new());
    let client = client(&provider);
    house.opens(&provider, &client).await;
    house.hands.pass(Span::minutes(15));
    assert_eq!(house.asks(&client).await, Asked::Ended(Box::new(Err(CheckRefused::ClientTrouble))));
    assert!(provider.counters().is_empty());
}

#[tokio::test]
async fn settings_are_kept_sealed_and_nobody_replaces_what_they_did_not_see() {
    let (house, provider) = (House::new(), Provider::new());
    let nothing = |_: &Write| Ok(());
    let first = kept::look(&house.app).unwrap();
    assert!(first.settings.is_none() && first.mark(&house.app).is_empty());
    let mut settings = provider.settings();
    assert!(kept::keep(&settings, &first, nothing, &house.app).await.unwrap());
    assert!(!kept::keep(&settings, &first, nothing, &house.app).await.unwrap(), "another was faster");
    let second = kept::look(&house.app).unwrap();
    assert!(!second.mark(&house.app).is_empty());
    settings.asks_level = false;
    assert!(kept::keep(&settings, &second, nothing, &house.app).await.unwrap(), "replaced");
    assert!(!kept::keep(&settings, &second, nothing, &house.app).await.unwrap(), "replaced before");
    assert!(!kept::forget(&second, nothing, &house.app).await.unwrap(), "others by now");
    let loaded = kept::load(&house.app).unwrap().unwrap();
    assert_eq!(loaded.to_bytes(), settings.to_bytes());
    let sealed = house.app.store.read(|db| store::appliance::secret(kept::NAME, db)).unwrap().unwrap();
    assert!(!sealed.windows(7).any(|part| part == b"PRIVATE"));

    let third = kept::look(&house.app).unwrap();
    assert_ne!(third.mark(&house.app), second.mark(&house.app));
    let fails = |_: &Write| Err(Trouble::NotYours);
    assert!(kept::forget(&third, fails, &house.app).await.is_err());
    assert!(kept::load(&house.app).unwrap().is_some(), "both or neither");
    assert!(kept::forget(&third, nothing, &house.app).await.unwrap());
    assert!(!kept::forget(&third, nothing, &house.app).await.unwrap());
    assert!(kept::load(&house.app).unwrap().is_none());
}
