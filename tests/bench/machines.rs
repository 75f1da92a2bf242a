//! What machines ask, under load: wrk with one thread and 16 connections, two seconds a line.

use std::fs;
use std::process::Command;

use super::house::{self, Folder, House};
use super::resident::{CARDS, Resident, Service};
use super::table::{self, Anchor, line};

const CONNECTIONS: &str = "-c16";
const SPAN: &str = "-d2s";

/// A request of wrk.
struct Request<'a> {
    method: &'a str,
    path: &'a str,
    authorization: &'a str,
    body: &'a str,
}

pub fn run() {
    if Command::new("wrk").arg("-v").output().is_err() {
        table::skipped("requests a second", "wrk is missing; `apt-get install wrk`");
        return;
    }
    let (folder, port) = (Folder::new("machines"), house::free_port());
    house::set_up(&folder, port);
    let (id, secret) = house::add_service(&folder);
    let (house, _) = house::serve(&folder, port);
    let service = Service { port, origin: house.origin.clone(), id, secret };
    let token = documents_and_tokens(&service, &house, &folder);
    let introspection = format!("token={token}");
    let basic = service.basic();
    let post = |path, body| Request { method: "POST", path, authorization: &basic, body };
    load(&table::INTROSPECTION_SIGNED, &post("/introspect", &introspection), &house, &folder);
    let (all, anonymous) = house.memory();
    line(&table::LOADED, all, &format!("of which anonymous {anonymous:.1}"));
    drop(house);
    with_people();
}

/// Discovery, JWKS, client_credentials; one such token.
fn documents_and_tokens(service: &Service, house: &House, folder: &Folder) -> String {
    let get = |path| Request { method: "GET", path, authorization: "", body: "" };
    load(&table::DISCOVERY, &get("/.well-known/openid-configuration"), house, folder);
    load(&table::JWKS, &get("/jwks"), house, folder);
    let basic = service.basic();
    let body = "grant_type=client_credentials";
    let request = Request { method: "POST", path: "/token", authorization: &basic, body };
    load(&table::MACHINE_TOKEN, &request, house, folder);
    let mut client = super::browser::Browser::new(house.port);
    let fields = [("grant_type", "client_credentials")];
    let answer = client.form("/token", &[("authorization", &basic)], &fields);
    let answer: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// What needs a person's token. Only a demo has people without a card reader.
fn with_people() {
    let (folder, port) = (Folder::new("people"), house::free_port());
    house::demo_without_limit(&folder, port);
    let (id, secret) = house::add_service(&folder);
    let house = house::demo(&folder, port);
    let service = Service { port, origin: house.origin.clone(), id, secret };
    let mut erika = Resident::new(&service);
    erika.enrol(CARDS[0]);
    let answered = erika.pass();
    let tokens = erika.redeem(&answered);
    let told = erika.userinfo(&tokens);
    assert_eq!(told["family_name"], "Mustermann", "{told}");
    let token = tokens["access_token"].as_str().unwrap();
    let (basic, bearer) = (service.basic(), format!("Bearer {token}"));
    let body = format!("token={token}");
    let request = Request { method: "POST", path: "/introspect", authorization: &basic, body: &body };
    load(&table::INTROSPECTION, &request, &house, &folder);
    let request = Request { method: "GET", path: "/userinfo", authorization: &bearer, body: "" };
    load(&table::USERINFO, &request, &house, &folder);
    let (all, anonymous) = house.memory();
    line(&table::DEMO_LOADED, all, &format!("of which anonymous {anonymous:.1}"));
}

fn load(anchor: &Anchor, request: &Request, house: &House, folder: &Folder) {
    let script = folder.path().join("wrk.lua");
    let mut text = format!("wrk.method = \"{}\"\n", request.method);
    if !request.authorization.is_empty() {
        text.push_str(&format!("wrk.headers[\"Authorization\"] = \"{}\"\n", request.authorization));
    }
    if !request.body.is_empty() {
        text.push_str("wrk.headers[\"Content-Type\"] = \"application/x-www-form-urlencoded\"\n");
        text.push_str(&format!("wrk.body = \"{}\"\n", request.body));
    }
    fs::write(&script, text).unwrap();
    let url = format!("http://127.0.0.1:{}{}", house.port, request.path);
    let script = script.to_str().unwrap();
    let before = house.processor();
    // On our own cores, as it is our child.
    let words = ["-t1", CONNECTIONS, SPAN, "--latency", "-s", script, &url];
    let output = Command::new("wrk").args(words).output().unwrap();
    let used = house.processor() - before;
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("Non-2xx") && !text.contains("Socket errors"), "{url}: {text}");
    let of = |name: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(name))?;
        line.split_whitespace().nth(1).map(str::to_owned)
    };
    let rate: f64 = of("Requests/sec:").and_then(|rate| rate.parse().ok()).unwrap_or(f64::NAN);
    let total = text.lines().find_map(|line| line.trim().split_once(" requests in "));
    let requests: f64 = total.and_then(|(count, _)| count.parse().ok()).unwrap_or(f64::NAN);
    let beside = format!(
        "{:.1} us CPU, p50 {}, p99 {}",
        used.as_secs_f64() * 1e6 / requests,
        of("50%").unwrap_or_default(),
        of("99%").unwrap_or_default()
    );
    line(anchor, rate, &beside);
}
