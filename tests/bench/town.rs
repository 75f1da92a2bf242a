//! A town of a million: what a row of it costs, and how long each dashboard takes. The size is a word behind the name,
//! `town 1000000,2000,10000000` (accounts, services, logins); without it, a small town.
//!
//! Rows are made by the product's own functions, sealed and chained as it does, many to a write. A made-up key opens
//! nothing, and its person binding is no statement; both have the size of real ones.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::time::Instant;

use serde_json::json;
use torhaus::app::boot::{self, House as Directory};
use torhaus::app::demo_town::invite;
use torhaus::domain::assurance::{IdentityMethod, Level, Proven};
use torhaus::domain::attribute::{Address, Attribute, Datum, Identity, PartialDate};
use torhaus::domain::audit::{Actor, Entry, Event};
use torhaus::domain::card::{Card, CardState};
use torhaus::domain::consent::Consent;
use torhaus::domain::dice::draw;
use torhaus::domain::id::{BindingId, CardId, CheckId, OrganisationId, PasskeyId, PersonId, ServiceId};
use torhaus::domain::organisation::Organisation;
use torhaus::domain::passkey::{Holder, Passkey, PasskeyState};
use torhaus::domain::person::{Person, PersonState};
use torhaus::domain::service_use::{Kind, Outcome, Use, class, hour};
use torhaus::domain::staff::Role;
use torhaus::domain::time::{Span, Timestamp};
use torhaus::eid::refresh::{match_hash, name_hash};
use torhaus::http::Appliance;
use torhaus::oidc::registration::Wish;
use torhaus::store::{self, Fault, vault};

use super::browser::Browser;
use super::house::{self, Folder, House};
use super::phone::Phone;
use super::resident::{CARDS, Resident, Service, token};
use super::table::{self, line, percentile};

/// Rows of one write.
const PEOPLE_A_WRITE: usize = 20_000;
const LOGINS_A_WRITE: usize = 50_000;
/// How often each page is asked.
const ASKS: usize = 20;
/// Days over which logins lie.
const DAYS: i64 = 395;

/// Accounts, services, logins.
type Size = (usize, usize, usize);

fn size() -> Size {
    let words = std::env::args().find(|word| word.split(',').count() == 3);
    let words = words.unwrap_or_else(|| "10000,200,100000".to_owned());
    let numbers: Vec<usize> = words.split(',').map(|number| number.parse().unwrap()).collect();
    (numbers[0], numbers[1], numbers[2])
}

pub fn run() {
    let size = size();
    let (folder, port) = (Folder::new("town"), house::free_port());
    house::demo_without_limit(&folder, port);
    let (id, secret) = house::add_service(&folder);
    let filled = fill(&folder, size);
    let begun = Instant::now();
    let house = house::demo(&folder, port);
    line(&table::TOWN_START, begun.elapsed().as_secs_f64() * 1e3, &format!("{} accounts", size.0));
    let service = Service { port, origin: house.origin.clone(), id, secret };
    pages(&filled, &service, &house);
    let (resident, own) = house.memory();
    line(&table::TOWN_MEMORY, resident, &format!("{own:.0} MiB of its own"));
}

/// What the pages need to know of it.
struct Filled {
    service: ServiceId,
    organisation: OrganisationId,
    person: PersonId,
    /// Addresses of invitations: operator, owner, clerk.
    invitations: [String; 3],
}

fn fill(folder: &Folder, (people, services, logins): Size) -> Filled {
    let directory = boot::open_for_command(folder.path()).unwrap();
    let app = &directory.appliance;
    let file = directory.directory.database();
    let bytes = || {
        app.store.settle_blocking().unwrap();
        fs::metadata(&file).unwrap().len() as f64
    };
    let now = app.now();
    // Rows of random ids fall all over the file: without it every write would touch all of it on the disk.
    let cache = |db: &store::Write<'_>| db.all("PRAGMA cache_size = -4000000", &[], |row| row.get_i64(0));
    app.store.write_blocking(now.0, cache).unwrap();
    let services = register(services, app);
    let (before, begun) = (bytes(), Instant::now());
    let mut all = Vec::with_capacity(people);
    while all.len() < people {
        let count = PEOPLE_A_WRITE.min(people - all.len());
        all.extend(settle_in(all.len(), count, &services, app));
    }
    let after = bytes();
    let took = begun.elapsed().as_secs_f64();
    line(
        &table::TOWN_ACCOUNT,
        (after - before) / people as f64,
        &format!("{people} accounts made in {took:.0} s"),
    );
    let begun = Instant::now();
    log_in(logins, &all, &services, (now - Span::days(DAYS), now), app);
    let took = begun.elapsed().as_secs_f64();
    let beside = format!("{logins} logins in {took:.0} s; the whole {:.2} GiB", bytes() / f64::from(1 << 30));
    line(&table::TOWN_LOGIN, (bytes() - after) / logins as f64, &beside);
    let (organisation, service) = services[0];
    let roles = [Role::Operator, Role::Owner(organisation), Role::Clerk];
    let invitations = roles.map(|role| invite(role, app).unwrap());
    let filled = Filled { service, organisation, person: all[0].0, invitations };
    close(directory);
    filled
}

fn close(directory: Directory) {
    directory.appliance.store.close();
}

/// Ten services to an organisation.
fn register(count: usize, app: &Appliance) -> Vec<(OrganisationId, ServiceId)> {
    let mut all = Vec::new();
    for number in 0..count.div_ceil(10) {
        let organisation = Organisation {
            id: OrganisationId::draw(app.dice.as_ref()),
            name: format!("Amt {number}"),
            created: app.now(),
        };
        let of = organisation.id;
        let drafts: Vec<_> = (0..10.min(count - number * 10))
            .map(|one| {
                let wish = Wish {
                    office: organisation.name.clone(),
                    purpose: "um Anträge zu stellen".to_owned(),
                    redirect_uris: vec![format!("https://dienst-{number}-{one}.example/cb")],
                    scopes: BTreeSet::from(["openid", "name", "address"].map(str::to_owned)),
                    ..Wish::new(&format!("Dienst {number}-{one}"))
                };
                let mut service =
                    wish.draft(ServiceId::draw(app.dice.as_ref()), Some(of), app).unwrap().service;
                service.released = Some(app.now());
                service
            })
            .collect();
        all.extend(drafts.iter().map(|service| (of, service.id)));
        let written: Result<(), Fault> = app.store.write_blocking(app.now().0, move |db| {
            store::organisation::insert(&organisation, db)?;
            for service in &drafts {
                store::service::insert(service, Actor::Command, db)?;
            }
            Ok(())
        });
        written.unwrap();
    }
    all
}

fn identity(number: usize) -> Identity {
    const GIVEN: [&str; 8] =
        ["ERIKA", "MURAT", "ADA", "KADIR", "OKSANA", "JOSEF", "LIESELOTTE", "MAXIMILIAN"];
    const FAMILY: [&str; 7] =
        ["MUSTERMANN", "YILMAZ", "SCHMIDT", "KOWALENKO", "MÜLLER-LÜDENSCHEIDT", "WEBER", "NOWAK"];
    let text = |text: &str| Some(text.to_owned());
    Identity {
        given_names: text(GIVEN[number % GIVEN.len()]),
        family_name: Some(format!("{} {}", FAMILY[number % FAMILY.len()], letters(number))),
        birth_date: PartialDate::parse(&format!(
            "{}-{:02}-{:02}",
            1930 + number % 75,
            1 + number % 12,
            1 + number % 28
        )),
        birth_place: text("BIRKENFURT"),
        address: Some(Address {
            street: format!("HEIDESTRASSE {}", number % 300),
            postal_code: "12345".to_owned(),
            locality: "BIRKENFURT".to_owned(),
            country: "D".to_owned(),
        }),
        document_type: text("ID"),
        ..Identity::default()
    }
}

/// A number as letters, so that no two are called alike.
fn letters(mut number: usize) -> String {
    let mut out = String::new();
    loop {
        out.push(char::from(b'A' + u8::try_from(number % 26).unwrap()));
        number /= 26;
        if number == 0 {
            return out;
        }
    }
}

/// Makes accounts, each with a card, a key, its binding and one consent.
fn settle_in(
    from: usize,
    count: usize,
    services: &[(OrganisationId, ServiceId)],
    app: &Appliance,
) -> Vec<(PersonId, PasskeyId)> {
    let (dice, now) = (app.dice.as_ref(), app.now());
    let keys = app.keys.keys_for_sealing().unwrap();
    let mut rows = Vec::with_capacity(count);
    let mut out = Vec::with_capacity(count);
    for number in from..from + count {
        let person = PersonId::draw(dice);
        let identity = identity(number);
        let new = Person {
            id: person,
            user_handle: draw(dice),
            state: PersonState::Active,
            demo: true,
            trial: None,
            created: now,
        };
        let (new, sealed) = vault::new_person(new, &identity, &keys, dice);
        let check = CheckId::draw(dice);
        let card = Card {
            id: CardId::draw(dice),
            person,
            state: CardState::Current,
            added: now,
            last_read: now,
            document_expires: Some(now + Span::days(2000)),
            linked: None,
        };
        let record = store::person::IdentityRecord {
            id: check,
            method: IdentityMethod::GermanEid,
            at: now,
            document_expires: card.document_expires,
            provider: "demo".to_owned(),
            transaction: format!("{number:032}"),
            demo: true,
            card: Some(card.id),
            changed: Vec::new(),
        };
        let key = Passkey {
            id: PasskeyId::draw(dice),
            holder: Holder::Person(person),
            credential_id: draw::<32>(dice).to_vec(),
            // As long as a real one.
            credential: vec![b'x'; 700],
            name: "iPhone".to_owned(),
            aaguid: Some([1; 16]),
            transports: "internal hybrid".to_owned(),
            backup_eligible: true,
            backup_state: true,
            user_verified: true,
            attestation: Proven::Nothing,
            registered_level: Level::High,
            state: PasskeyState::Active,
            created: now,
            last_used: Some(now),
        };
        let binding = store::binding::Binding {
            id: BindingId::draw(dice),
            person,
            passkey: key.id,
            statement: "x".repeat(1400),
            issued: now,
        };
        let consent = Consent {
            person,
            service: services[number % services.len()].1,
            data: [Datum::Name, Datum::Address].into(),
            remembered: true,
            given: now,
        };
        out.push((person, key.id));
        rows.push((
            new,
            sealed,
            record,
            card,
            draw::<32>(dice),
            match_hash(&identity, app),
            name_hash(&identity, app),
            key,
            binding,
            consent,
        ));
    }
    let written: Result<(), Fault> = app.store.write_blocking(now.0, move |db| {
        for (new, sealed, record, card, pseudonym, found_by, named, key, binding, consent) in &rows {
            let person = new.person.id;
            store::person::insert(new, db)?;
            store::card::link(card, pseudonym, db)?;
            store::person::record_check(person, record, db)?;
            store::person::refresh_attributes(person, record.id, sealed, &[] as &[Attribute], db)?;
            store::person_match::set(person, found_by.as_ref(), db)?;
            store::counter::set_name(person, named.as_ref(), db)?;
            store::passkey::insert(key, db)?;
            store::binding::insert(binding, db)?;
            store::consent::give(consent, db)?;
            let entry = |event| Entry::new(event, Actor::Person(person)).about(person);
            store::audit::append(&entry(Event::IdentityChecked).with("check", record.id), db)?;
            store::audit::append(&entry(Event::PersonCreated), db)?;
            store::audit::append(&entry(Event::PasskeyAdded).with("passkey", key.id), db)?;
            store::audit::append(&entry(Event::BindingIssued).with("binding", binding.id), db)?;
        }
        Ok(())
    });
    written.unwrap();
    out
}

/// What stays of a login for good: its row of the audit, and a count.
fn log_in(
    count: usize,
    people: &[(PersonId, PasskeyId)],
    services: &[(OrganisationId, ServiceId)],
    (from, to): (Timestamp, Timestamp),
    app: &Appliance,
) {
    let mut done = 0;
    while done < count {
        let some = LOGINS_A_WRITE.min(count - done);
        let at = |number: usize| {
            let share = i64::try_from(number).unwrap() * (to.0 - from.0) / i64::try_from(count).unwrap();
            Timestamp(from.0 + share)
        };
        let mut entries = Vec::with_capacity(some);
        let mut counts: HashMap<Use, u32> = HashMap::new();
        for number in done..done + some {
            // Everybody comes now and then, and to some services many come.
            let (person, key) = people[number.wrapping_mul(2_654_435_761) % people.len()];
            let service = services[(number * number) % services.len()].1;
            entries.push(
                Entry::new(Event::SignedIn, Actor::Person(person))
                    .about(person)
                    .at(service)
                    .with("passkey", key)
                    .with("level", Level::Low.name()),
            );
            let used = Use {
                level: Some(Level::Low),
                kind: Some(Kind::SyncedKey),
                took: class(Span::seconds(i64::try_from(number % 20).unwrap())),
                ..Use::new(service, Outcome::Answered, at(number))
            };
            debug_assert_eq!(used.hour, hour(at(number)));
            *counts.entry(used).or_default() += 1;
        }
        let counts: Vec<(Use, u32)> = counts.into_iter().collect();
        let written: Result<(), Fault> = app.store.write_blocking(at(done).0, move |db| {
            for entry in &entries {
                store::audit::append(entry, db)?;
            }
            store::service_use::add(&counts, db)
        });
        written.unwrap();
        done += some;
    }
}

/// Takes an invitation with a new key.
fn joins(address: &str, service: &Service) -> Browser {
    let mut browser = Browser::new(service.port);
    let path = address.strip_prefix(&service.origin).unwrap();
    let csrf = token(&browser.get(path).body);
    let options = browser.json(&format!("{path}/options"), &csrf, &json!({}));
    let credential = Phone::default().create(&options, &service.origin);
    let body = json!({ "ceremony": options["ceremony"], "credential": credential, "staff_name": "Jana" });
    browser.json(path, &csrf, &body);
    browser
}

fn pages(filled: &Filled, service: &Service, house: &House) {
    let [operator, owner, clerk] = &filled.invitations;
    let id = filled.service;
    let of = filled.organisation;
    let person = filled.person;
    let mut olga = joins(operator, service);
    let all = [
        "/operator".to_owned(),
        "/operator/services".to_owned(),
        "/operator/services?name=Dienst+19".to_owned(),
        format!("/operator/services/{id}"),
        "/operator/organisations".to_owned(),
        format!("/operator/organisations/{of}"),
        "/operator/people".to_owned(),
        format!("/operator/people/{person}"),
        "/operator/clerks".to_owned(),
        "/operator/card-reviews".to_owned(),
        "/operator/audit".to_owned(),
        "/operator/audit?before=500".to_owned(),
    ];
    all.iter().for_each(|path| page(path, &mut olga, house));
    let mut otto = joins(owner, service);
    let own = |path: &str| format!("/services/{id}{path}");
    let all = [
        "/services".to_owned(),
        own(""),
        own("/use?days=7"),
        own("/use?days=30"),
        own("/use?days=365"),
        own("/use.csv?days=365"),
        own("/settings"),
        own("/technical"),
        own("/changes"),
        own("/affairs"),
        own("/recipes"),
        own("/trial"),
        "/services/team".to_owned(),
        "/services/tokens".to_owned(),
        "/services/webhooks".to_owned(),
    ];
    all.iter().for_each(|path| page(path, &mut otto, house));
    let mut clara = joins(clerk, service);
    let csrf = token(&clara.get("/counter").body);
    let fields = [
        ("csrf", csrf.as_str()),
        ("given_names", "ERIKA"),
        ("family_name", "MUSTERMANN A"),
        ("birth_date", "1930-01-01"),
    ];
    let begun = (Instant::now(), house.processor());
    let found = clara.form("/counter", &[], &fields);
    assert_eq!(found.status, 303, "{found:?}");
    let used = (house.processor() - begun.1).as_secs_f64() * 1e3;
    line(
        &table::TOWN_PAGE,
        begun.0.elapsed().as_secs_f64() * 1e3,
        &format!("POST /counter, once, {used:.1} ms CPU"),
    );
    for path in ["/counter", &found.location, "/counter/identifications"] {
        page(path, &mut clara, house);
    }
    let mut erika = Resident::new(service);
    erika.enrol(CARDS[0]);
    for path in ["/account", "/account/history", "/account/export", "/account/devices"] {
        page(path, &mut erika.browser, house);
    }
}

/// Clock and CPU of one page.
fn page(path: &str, browser: &mut Browser, house: &House) {
    let before = house.processor();
    let mut times: Vec<f64> = (0..ASKS)
        .map(|_| {
            let begun = Instant::now();
            let answer = browser.get(path);
            assert_eq!(answer.status, 200, "{path}: {}", answer.location);
            begun.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let used = (house.processor() - before).as_secs_f64() * 1e3 / ASKS as f64;
    times.sort_by(f64::total_cmp);
    let beside = format!("{path}: median {:.1} ms, {used:.1} ms CPU", percentile(&times, 50));
    line(&table::TOWN_PAGE, percentile(&times, 99), &beside);
}
