//! The demo town: what it says, what it keeps, what it leaves behind.

use crate::browser::Browser;
use crate::house::{Folder, House, ended, lines, program, signal};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

/// A running demo.
pub struct Town {
    child: Child,
    pub said: Value,
}

impl Town {
    pub fn open(flags: &[&str]) -> Self {
        let mut command = program();
        command.args(["demo", "--json", "--listen", "127.0.0.1:0"]).args(flags);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let first = lines(child.stdout.take().unwrap()).recv_timeout(Duration::from_secs(60)).unwrap();
        Self { child, said: serde_json::from_str(&first).unwrap() }
    }
    pub fn text(&self, name: &str) -> &str {
        self.said[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {}", self.said))
    }
    pub fn address(&self) -> SocketAddr {
        local(self.text("url"))
    }
    pub fn end(&mut self, by: &str) {
        signal(self.child.id(), by);
        assert_eq!(ended(&mut self.child), 0);
    }
    pub fn stop(mut self) {
        self.end("TERM");
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn local(url: &str) -> SocketAddr {
    let url = url::Url::parse(url).unwrap();
    assert_eq!(url.host_str(), Some("localhost"));
    SocketAddr::from(([127, 0, 0, 1], url.port().unwrap()))
}

#[test]
fn the_first_line_says_where_everything_is() {
    let mut town = Town::open(&[]);
    let url = town.text("url").to_owned();
    assert!(url.starts_with("http://localhost:"));
    assert!(town.text("operator_invite_url").starts_with(&format!("{url}/")));
    assert_eq!(town.said.get("eid_url"), Some(&Value::Null));
    assert_eq!(town.text("recovery_key").replace('-', "").len(), 52);
    assert_eq!(town.said["pid"], town.child.id());
    let services = town.said["demo_services"].as_array().unwrap();
    assert_eq!(services.len(), 3);
    for service in services {
        assert!(!service["name"].as_str().unwrap().is_empty());
        let mut browser = Browser::new(local(service["url"].as_str().unwrap()));
        assert_eq!(browser.get("/").status, 200);
        // The service has found the house by discovery and sends people there.
        let way = browser.get("/login");
        assert_eq!(way.status, 303, "{}", way.body);
        assert!(way.header("location").unwrap().starts_with(&format!("{url}/authorize?")));
    }
    let mut browser = Browser::new(town.address());
    assert_eq!(browser.get("/health/ready").status, 200);
    let invite = town.text("operator_invite_url").strip_prefix(&url).unwrap().to_owned();
    assert_eq!(browser.get(&invite).status, 200);
    // Temporary data goes with the demo.
    let data = Path::new(town.text("data_dir")).to_owned();
    assert!(data.join("torhaus.db").is_file());
    assert_eq!(crate::house::mode(&data), 0o700);
    town.end("INT");
    assert!(!data.exists());
}

#[test]
fn a_demo_goes_on_where_it_ended() {
    let folder = Folder::new();
    let dir = folder.join("town");
    let place = dir.to_str().unwrap().to_owned();
    let first = Town::open(&["--data-dir", &place]);
    assert!(first.said["recovery_key"].is_string());
    let house = House { dir, folder };
    let services = |house: &House| {
        let listed = house.run(&["service", "list", "--json"]).fine().json();
        let one = |service: &Value| (service["name"].to_string(), service["client_id"].to_string());
        let mut all: Vec<_> = listed.as_array().unwrap().iter().map(one).collect();
        all.sort();
        all
    };
    let before = services(&house);
    assert_eq!(before.len(), 3);
    let added = house.add(&[]);
    let person = crate::people::resident(&house, "Anneliese");
    let address = first.text("url").to_owned();
    // Commands see where it listens.
    assert_eq!(added["issuer"], address.as_str());
    first.stop();

    let second = Town::open(&["--data-dir", &place]);
    assert_eq!(second.said.get("recovery_key"), Some(&Value::Null), "it was shown once");
    assert_ne!(second.text("url"), address, "another free port");
    let after = services(&house);
    assert_eq!(after.len(), 4);
    assert!(before.iter().all(|service| after.contains(service)), "{before:?} {after:?}");
    assert!(house.run(&["person", "show", &person, "--reveal"]).fine().out.contains("Anneliese"));
    let invited = house.run(&["operator", "invite", "--json"]).fine().json();
    let invited = invited["operator_invite_url"].as_str().unwrap();
    let path = invited
        .strip_prefix(second.text("url"))
        .unwrap_or_else(|| panic!("{invited} is not today's address"));
    assert_eq!(Browser::new(second.address()).get(path).status, 200);
    for service in second.said["demo_services"].as_array().unwrap() {
        let mut browser = Browser::new(local(service["url"].as_str().unwrap()));
        let way = browser.get("/login");
        let way = way.header("location").unwrap();
        let answer = Browser::new(second.address()).get(way.strip_prefix(second.text("url")).unwrap());
        assert_eq!(answer.status, 303, "{way}");
    }
    // A second one would take the services away from the first.
    let twice = house.run(&["demo", "--listen", "127.0.0.1:0"]);
    twice.refused(1, &[&place, "stop that one first"]);
    second.stop();
    assert!(house.dir.join("torhaus.db").is_file(), "a directory that was named stays");
    house.run(&["audit", "verify"]).fine();
}

#[test]
fn a_demo_with_tls_is_trusted_by_its_own_root() {
    let town = Town::open(&["--tls", "local-ca"]);
    let url = town.text("url").to_owned();
    assert!(url.starts_with("https://localhost:"));
    let root = {
        let said = program()
            .args(["ca", "root", "export", "--out", "/dev/null/x", "--data-dir", town.text("data_dir")])
            .output()
            .unwrap();
        assert_eq!(said.status.code(), Some(1), "a place that can not be written");
        let opened = torhaus::app::boot::open_for_command(Path::new(town.text("data_dir"))).unwrap();
        opened.appliance.store.read(|db| Ok(torhaus::ca::root_pem(db))).unwrap().unwrap()
    };
    let mut browser = Browser::trusting(town.address(), &root);
    assert_eq!(browser.get("/health/ready").status, 200);
    assert_eq!(browser.get("/.well-known/openid-configuration").json()["issuer"], url.as_str());
    assert_eq!(browser.get("/ca/root.pem").body.trim(), root.trim());
    // The services reach it over TLS: discovery is their first request.
    for service in town.said["demo_services"].as_array().unwrap() {
        let mut visitor = Browser::new(local(service["url"].as_str().unwrap()));
        let way = visitor.get("/login");
        let way = way.header("location").unwrap_or_else(|| panic!("{}", way.body));
        let answer = browser.get(way.strip_prefix(&url).unwrap());
        assert_eq!(answer.status, 303);
    }
    town.stop();
}

#[test]
fn two_towns_stand_side_by_side() {
    let (one, other) = (Town::open(&[]), Town::open(&[]));
    assert_ne!(one.text("url"), other.text("url"));
    assert_ne!(one.text("data_dir"), other.text("data_dir"));
    for town in [&one, &other] {
        let issuer = Browser::new(town.address()).get("/.well-known/openid-configuration").json();
        assert_eq!(issuer["issuer"], town.text("url"));
    }
    let data = one.text("data_dir").to_owned();
    one.stop();
    assert!(!Path::new(&data).exists());
    assert_eq!(Browser::new(other.address()).get("/health/ready").status, 200);
    other.stop();
}

#[test]
fn people_read_the_same() {
    let mut command = program();
    command.args(["demo", "--listen", "127.0.0.1:0"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (out, err) = (lines(child.stdout.take().unwrap()), lines(child.stderr.take().unwrap()));
    assert_eq!(err.recv_timeout(Duration::from_secs(60)).unwrap(), "torhaus: ready");
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        text += &out.recv_timeout(Duration::from_secs(60)).unwrap();
    }
    for words in ["Front door", "http://localhost:", "Operator", "Recovery key", "123456", "Stadtbibliothek"]
    {
        assert!(text.contains(words), "{words}: {text}");
    }
    signal(child.id(), "TERM");
    assert_eq!(ended(&mut child), 0);
}
