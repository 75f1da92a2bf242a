//! What happens to people while the house is stopped, started, or changes its keys.

use crate::town::http::Request;
use crate::town::{Town, new_folder};
use torhaus::app::data_directory::{Boot, DirectoryFault, Tls};
use torhaus::app::setup::HouseFault;
use torhaus::app::{boot, rotation};

#[test]
fn a_restart_in_the_middle_is_not_noticed() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let mut ada = town.resident();
    ada.opens(&asked.url());
    town.restart();
    ada.is_new().identifies_as("erika");
    town.restart();
    let page = ada.ceremony("register");
    let begun = ada.begins(&page);
    town.restart();
    let key = ada.phone.create(&begun, &town.origin);
    let made = ada.finishes(&page, &begun, &key);
    ada.goes_where(&made).browser.click("continue");
    town.restart();
    ada.agrees();
    town.restart();
    let login = library.welcomes(&ada, &asked);
    town.restart();
    assert_eq!(library.userinfo(&login.access).status, 200);
    assert_eq!(library.introspects(&login.access).json()["active"], true);
    ada.forgets_session().opens(&asked.url()).proves_with_passkey().agrees();
    assert_eq!(library.welcomes(&ada, &asked).sub(), login.sub());
}

#[test]
fn a_real_house_refuses_what_a_demo_made() {
    let town = Town::open();
    town.resident().enrols(&town.library().sign_in().url(), "erika");
    town.stop();
    let refused = |demo| match boot::open(town.folder(), demo) {
        Ok(_) => panic!("opened"),
        Err(why) => why,
    };
    assert!(matches!(refused(false), HouseFault::Directory(DirectoryFault::IsDemo(_))));

    // Somebody edits the boot file: the store knows better.
    let file = town.folder().join("torhaus.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("demo = true", "demo = false")).unwrap();
    assert!(matches!(refused(false), HouseFault::Directory(DirectoryFault::IsDemo(_))));

    // Somebody edits the store as well: its people are still made up.
    let store = torhaus::store::Store::open(&town.folder().join("torhaus.db")).unwrap();
    store.write_blocking(0, |db| torhaus::store::appliance::set_setting("demo", "0", db)).unwrap();
    store.close();
    assert!(matches!(refused(false), HouseFault::Broken(why) if why.contains("demo cards")));
}

#[test]
fn a_demo_refuses_a_real_house() {
    let folder = new_folder();
    let boot = Boot::new("https://id.birkenfurt.example", ([127, 0, 0, 1], 0).into(), Tls::Off);
    let dice = torhaus::app::clock::SystemDice;
    let now = torhaus::domain::time::Timestamp(1_795_338_840_000);
    torhaus::app::setup::create(&folder, &boot, &Default::default(), &dice, now).unwrap();
    let refused = boot::open(&folder, true).err();
    assert!(matches!(refused, Some(HouseFault::Directory(DirectoryFault::IsReal(_)))), "{refused:?}");
    let again = torhaus::app::setup::create(&folder, &boot, &Default::default(), &dice, now).err();
    assert!(matches!(again, Some(HouseFault::Directory(DirectoryFault::Exists(_)))), "{again:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_real_house_has_no_demo_card() {
    let town = Town::with(|boot| boot.demo = false);
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url());
    assert_eq!(ada.sees().status, 200);
    ada.browser.press("identify-eid", &[]);
    assert_eq!(ada.sees().status, 404);
    let check = "/demo-card/chk_00000000000000000000000000";
    assert_eq!(Request::get(check).send(town.port()).status, 404);
    assert_eq!(town.rows("identity_check"), 0);
}

#[test]
fn the_appliance_key_changes_while_people_log_in() {
    let town = Town::open();
    let library = town.library();
    let asked = library.sign_in();
    let (mut ada, mut murat) = (town.resident(), town.resident());
    ada.enrols(&asked.url(), "erika");
    let before = library.welcomes(&ada, &asked);
    murat.opens(&asked.url()).is_new();

    let house = town.house();
    let rewrapped = std::thread::scope(|scope| {
        let login = scope.spawn(|| {
            for _ in 0..6 {
                ada.forgets_session().opens(&asked.url()).proves_with_passkey().agrees();
                let login = library.welcomes(&ada, &asked);
                assert_eq!(login.user["name"], "Erika Mustermann");
                assert_eq!(login.sub(), before.sub());
            }
        });
        let rewrapped = rotation::rotate(&house).unwrap();
        login.join().expect("nobody noticed");
        rewrapped
    });
    assert!(rewrapped >= 5, "one person, three secrets, a signing key, authorities: {rewrapped}");
    house.appliance.store.close();

    // Old tokens, new people, a second rotation, a restart.
    assert_eq!(library.userinfo(&before.access).json()["name"], "Erika Mustermann");
    murat.identifies_as("murat").makes_key().agrees();
    library.welcomes(&murat, &asked);
    let house = town.house();
    rotation::rotate(&house).unwrap();
    house.appliance.store.close();
    ada.forgets_session().opens(&asked.url()).proves_with_passkey().agrees();
    assert_eq!(library.welcomes(&ada, &asked).sub(), before.sub());
    town.restart();
    assert_eq!(library.userinfo(&before.access).json()["name"], "Erika Mustermann");
    assert_eq!(town.audited("key.appliance-rotated"), 2);
}

#[test]
fn a_reading_that_waits_while_the_appliance_key_changes_is_lost_kindly() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.opens(&town.library().sign_in().url()).is_new().identifies_as("erika");
    let start = ada.browser.at.clone();
    let house = town.house();
    rotation::rotate(&house).unwrap();
    house.appliance.store.close();
    // Somebody else's reading makes the running house look at its key file.
    town.resident().opens(&town.library().sign_in().url()).is_new().identifies_as("murat");
    ada.browser.open(&start);
    assert_ne!(ada.sees().status, 500, "nobody is broken here: {}", ada.sees().heading());
    assert_eq!(town.rows("person"), 0);
    if !ada.browser.offers("create-passkey") {
        ada.is_new().identifies_as("erika");
    }
    ada.makes_key().agrees();
    ada.brings_code();
}
