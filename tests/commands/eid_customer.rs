//! Customers of a demo's eID service, as an operator takes them and lets them go.

use crate::demo::Town;
use crate::house::{Folder, House};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const LISTEN: &[&str] = &["--tls", "local-ca", "--eid-service-listen", "127.0.0.1:0"];

/// A demo that lets customers in, and its directory.
fn provider(more: &[&str]) -> (Town, House) {
    let folder = Folder::new();
    let dir = folder.join("town");
    let town = Town::open(&[&["--data-dir", dir.to_str().unwrap()], more].concat());
    (town, House { dir, folder })
}

/// A new certificate in a file; gives its path.
fn certificate(house: &House, name: &str) -> String {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["town.example".to_owned()]).unwrap().self_signed(&key).unwrap();
    let path = house.file(name);
    fs::write(&path, made.pem()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn listed(house: &House) -> Value {
    serde_json::from_str(&house.run(&["eid", "customer", "list", "--json"]).fine().out).unwrap()
}

#[test]
fn a_customer_comes_is_listed_and_goes() {
    let (town, house) = provider(LISTEN);
    let (signing, tls) = (certificate(&house, "signing.pem"), certificate(&house, "tls.pem"));
    assert_eq!(listed(&house), json!([]));
    let add = |name: &str, url: &str, signing: &str, more: &[&str]| {
        let fixed = ["eid", "customer", "add", "--name", name, "--url", url];
        let files = ["--signing-certificate", signing, "--tls-certificate", &tls];
        house.run(&[&fixed[..], &files[..], more].concat())
    };
    let url = "https://id.nachbarstadt.example";
    add("Nachbarstadt", "http://id.nachbarstadt.example/x", &signing, &[])
        .refused(2, &["origin", "https://"]);
    add("Nachbarstadt", url, &house.file("none.pem").display().to_string(), &[]).refused(1, &["none.pem"]);
    add("Nachbarstadt", url, &signing, &["--operation", "Shoesize"]).refused(2, &["Shoesize", "GivenNames"]);
    let only = ["--operation", "RestrictedID", "--operation", "GivenNames", "--sessions", "3"];
    add("Nachbarstadt", url, &signing, &only).fine();
    add("Nachbarstadt", url, &signing, &[]).refused(1, &["Nachbarstadt", "already"]);
    add("Landkreis", url, &signing, &[]).refused(1, &["Nachbarstadt", "a key of its own"]);
    let all = listed(&house);
    assert_eq!(
        (&all[0]["name"], &all[0]["url"], &all[0]["sessions"]),
        (&json!("Nachbarstadt"), &json!(url), &json!(3))
    );
    assert_eq!(all[0]["operations"].as_array().unwrap().len(), 2);
    assert!(house.run(&["eid", "customer", "list"]).fine().out.contains(url));

    house.run(&["eid", "customer", "remove", "--name", "Niemand"]).refused(1, &["Niemand", "customer list"]);
    house.run(&["eid", "customer", "remove", "--name", "Nachbarstadt"]).fine();
    assert_eq!(listed(&house), json!([]));
    town.stop();
}

#[test]
fn what_a_customer_must_know_of_us_is_written() {
    let (town, house) = provider(LISTEN);
    let url = town.text("url");
    assert_eq!(town.text("eid_url"), format!("{url}/eid/paos"));
    let out = house.file("for-customers");
    let run = || {
        let said =
            house.run(&["eid", "customer", "provider", "--json", "--out", out.to_str().unwrap()]).fine();
        serde_json::from_str::<Value>(&said.out).unwrap()
    };
    let said = run();
    assert_eq!(said["address"], town.said["eid_service_url"]);
    assert_eq!(said["token_address"], format!("{url}/eid-service/tc-token"));
    for file in ["signing_certificate", "tls_anchor"] {
        let path = Path::new(said[file].as_str().unwrap());
        assert!(CertificateDer::from_pem_slice(&fs::read(path).unwrap()).is_ok(), "{file}");
    }
    let signing = said["signing_certificate"].as_str().unwrap();
    let first = fs::read(signing).unwrap();
    assert_eq!(run(), said);
    assert_eq!(fs::read(signing).unwrap(), first, "the same key again");
    let spoken = house.run(&["eid", "customer", "provider", "--out", out.to_str().unwrap()]).fine().out;
    assert!(spoken.contains(said["address"].as_str().unwrap()), "{spoken}");
    town.stop();
}

#[test]
fn a_real_town_has_no_customers() {
    let house = House::new();
    house.run(&["eid", "customer", "list"]).fine();
    let out = house.file("out");
    let said = house.run(&["eid", "customer", "provider", "--out", out.to_str().unwrap()]);
    said.refused(1, &["test cards only", "torhaus demo"]);
    assert!(!out.exists());
}

#[test]
fn customers_need_a_house_that_speaks_tls() {
    let folder = Folder::new();
    let house = House { dir: folder.join("town"), folder };
    fs::create_dir(&house.dir).unwrap();
    let said = house.run(&["demo", "--listen", "127.0.0.1:0", "--eid-service-listen", "127.0.0.1:0"]);
    said.refused(2, &["--tls local-ca"]);
}
