//! The appliance key is replaced, and commands write, while people come in.

use crate::browser::{Browser, authorize};
use crate::house::{CALLBACK, House, mode, pause};
use crate::people::{resident, settle};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use torhaus::app::boot;
use torhaus::domain::attribute::Attribute;
use torhaus::seal::ApplianceKeys;
use torhaus::store::vault;

/// Opens sign-ins until told to stop; how many there were. Every answer must be the way to a sign-in.
fn come_in(mut browser: Browser, id: &str, stop: &AtomicBool, most: usize) -> usize {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) && count < most {
        let answer = browser.get(&authorize(id, CALLBACK));
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert!(answer.header("location").unwrap().contains("/sign-in/"), "{:?}", answer.headers);
        count += 1;
    }
    count
}

#[test]
fn the_appliance_key_is_replaced_while_people_come_in() {
    let house = House::new();
    let boot_file = house.file("torhaus.toml");
    let text = fs::read_to_string(&boot_file).unwrap();
    fs::write(&boot_file, text.replace("open_per_minute = 1200", "open_per_minute = 0")).unwrap();
    let made = house.add(&["--id-token-signed-response-alg", "ES256"]);
    let id = made["client_id"].as_str().unwrap().to_owned();
    let early = [resident(&house, "Anneliese"), resident(&house, "Bert")];
    let before = ApplianceKeys::load(&house.file("appliance.key")).unwrap().current_id().to_string();
    let server = house.serve();
    let stop = AtomicBool::new(false);
    let rotating = AtomicBool::new(false);
    let late = thread::scope(|scope| {
        let guests: Vec<_> =
            (0..8).map(|_| scope.spawn(|| come_in(server.browser(), &id, &stop, usize::MAX))).collect();
        // A server that seals by the key of this moment and writes two seconds later.
        let slow = scope.spawn(|| {
            let opened = boot::open_for_command(&house.dir).unwrap();
            let mut made = Vec::new();
            made.push(settle("Clara", &opened.appliance, || {
                rotating.store(true, Ordering::Relaxed);
                pause(2_000);
            }));
            while !stop.load(Ordering::Relaxed) {
                made.push(settle("Dora", &opened.appliance, || pause(50)));
            }
            made
        });
        while !rotating.load(Ordering::Relaxed) {
            pause(5);
        }
        let said = house.run(&["key", "rotate"]).fine();
        assert!(said.out.contains("was replaced"), "{}", said.out);
        stop.store(true, Ordering::Relaxed);
        let opened: usize = guests.into_iter().map(|guest| guest.join().unwrap()).sum();
        assert!(opened > 20, "{opened} sign-ins were opened meanwhile");
        slow.join().unwrap()
    });
    assert!(late.len() > 5);

    let keys = ApplianceKeys::load(&house.file("appliance.key")).unwrap();
    assert!(keys.former_id().is_none() && keys.current_id().to_string() != before);
    assert_eq!(mode(&house.file("appliance.key")), 0o600);
    for person in &early {
        let shown = house.run(&["person", "show", person, "--reveal", "--json"]).fine().json();
        assert_eq!(shown["identity"]["family_name"], "Torwächter");
    }
    let opened = boot::open_for_command(&house.dir).unwrap();
    let app = &opened.appliance;
    for person in late {
        let identity = app.store.read(|db| vault::open_identity(person, &Attribute::ALL, &app.keys, db));
        assert_eq!(identity.unwrap().unwrap().family_name.as_deref(), Some("Torwächter"));
    }
    // The server goes on with the new key, and so does the next one.
    let mut browser = server.browser();
    assert_eq!(browser.get("/ca/bindings/revoked.json").status, 200);
    assert_eq!(browser.walk(&authorize(&id, CALLBACK)).status, 200);
    house.add(&["--id-token-signed-response-alg", "EdDSA"]);
    pause(1100);
    assert!(browser.get("/jwks").body.contains("EdDSA"));
    server.stop();
    house.serve().stop();
    house.run(&["audit", "verify"]).fine();
    assert_eq!(house.number("SELECT count(*) FROM audit WHERE event = 'key.appliance-rotated'"), 1);
}

#[test]
fn root_may_rotate_for_the_user_of_the_server() {
    let house = House::new();
    if !house.give_to_nobody() {
        return;
    }
    house.run_as_nobody(&["service", "list"]).fine();
    house.run(&["key", "rotate"]).fine();
    house.add(&[]);
    house.run_as_nobody(&["service", "list"]).fine();
    house.run_as_nobody(&["audit", "verify"]).fine();
}

#[test]
fn commands_and_server_write_at_the_same_time() {
    const GUESTS: usize = 5;
    const EACH: usize = 100;
    let house = House::new();
    let made = house.add(&["--id-token-signed-response-alg", "ES256"]);
    let id = made["client_id"].as_str().unwrap().to_owned();
    let server = house.serve();
    let stop = AtomicBool::new(false);
    let opened = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..GUESTS {
            scope.spawn(|| {
                opened.fetch_add(come_in(server.browser(), &id, &stop, EACH), Ordering::Relaxed);
            });
        }
        for _ in 0..10 {
            house.add(&["--id-token-signed-response-alg", "ES256"]);
        }
    });
    assert_eq!(opened.load(Ordering::Relaxed), GUESTS * EACH);
    let kept = usize::try_from(house.number("SELECT count(*) FROM sign_in")).unwrap();
    assert_eq!(kept, GUESTS * EACH);
    assert_eq!(house.number("SELECT count(*) FROM service"), 11);
    house.run(&["audit", "verify"]).fine();
    server.stop();
    house.run(&["audit", "verify"]).fine();
}

#[test]
fn what_waits_at_the_desk_and_what_signs_for_webhooks_outlives_the_key() {
    use torhaus::domain::attribute::Identity;
    use torhaus::domain::desk::{DocumentKind, Identification, Stage};
    use torhaus::domain::id::{IdentificationId, OrganisationId, StaffId, WebhookId};
    use torhaus::domain::organisation::Organisation;
    use torhaus::domain::time::{Span, Timestamp};
    use torhaus::domain::webhook::{State, Webhook};
    use torhaus::store::{self, Fault};

    let house = House::new();
    let opened = boot::open_for_command(&house.dir).unwrap();
    let app = &opened.appliance;
    let (now, keys) = (app.now(), app.keys.keys_for_sealing().unwrap());
    let identification = Identification {
        id: IdentificationId::from_bytes([1; 16]),
        person: None,
        stage: Stage::Open,
        asked_by: StaffId::from_bytes([2; 16]),
        asked: now,
        decided_by: None,
        decided: None,
        kind: DocumentKind::Passport,
        document: [3; 32],
        document_expires: now + Span::days(900),
        examined: Vec::new(),
        code_expires: None,
        expires: now + Span::hours(1),
    };
    let organisation =
        Organisation { id: OrganisationId::from_bytes([4; 16]), name: "Amt".into(), created: Timestamp(0) };
    let webhook = Webhook {
        id: WebhookId::from_bytes([5; 16]),
        organisation: organisation.id,
        url: "https://a.example/".into(),
        happenings: [].into(),
        state: State::On,
        failing_since: None,
        created: now,
        version: 1,
    };
    let ruth = Identity { given_names: Some("Ruth".into()), ..Identity::default() };
    let (desk, hook) = (identification.id, webhook.id);
    let document = vault::seal_document(desk, &ruth, &keys, app.dice.as_ref());
    let secrets =
        [[6; 32], [7; 32]].map(|secret| vault::seal_webhook(hook, &secret, &keys, app.dice.as_ref()));
    let written: Result<(), Fault> = app.store.write_blocking(now.0, move |db| {
        store::desk::insert(&identification, &document, db)?;
        store::organisation::insert(&organisation, db)?;
        store::webhook::insert(&webhook, &secrets[0], db)?;
        store::webhook::set_secret(&webhook, &secrets[1], db)?;
        Ok(())
    });
    written.unwrap();
    app.store.close();
    let said = house.run(&["key", "rotate"]).fine();
    assert!(said.out.contains("was replaced"), "{}", said.out);
    let opened = boot::open_for_command(&house.dir).unwrap();
    let app = &opened.appliance;
    let sealed = app.store.read(|db| store::desk::sealed(desk, db)).unwrap().unwrap();
    assert_eq!(vault::open_document(desk, &sealed, &app.keys).unwrap(), Some(ruth));
    let sealed = app.store.read(|db| store::webhook::secrets(hook, app.now(), db)).unwrap();
    let plain: Vec<_> = sealed
        .iter()
        .map(|one| vault::open_webhook(hook, one, &app.keys).unwrap().unwrap().to_vec())
        .collect();
    assert_eq!(plain, [vec![7; 32], vec![6; 32]], "the one that counts, and the one before");
}
