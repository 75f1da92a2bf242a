//! Serving a town: what it answers, over which TLS, how it ends.

use crate::browser::{Answer, Browser, authorize};
use crate::house::{CALLBACK, House, Server, URL, ended, program, signal};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn a_served_house_is_ready_and_names_its_issuer() {
    let house = House::new();
    let server = house.serve();
    let mut browser = server.browser();
    assert_eq!(browser.get("/health/ready").status, 200);
    assert_eq!(browser.get("/health/live").status, 200);
    let metadata = browser.get("/.well-known/openid-configuration").json();
    assert_eq!(metadata["issuer"], URL);
    for (name, value) in metadata.as_object().unwrap() {
        if name.ends_with("_endpoint") || name == "jwks_uri" {
            assert!(value.as_str().unwrap().starts_with(&format!("{URL}/")), "{name}: {value}");
        }
    }
    // The Host header is not asked.
    let other =
        browser.send("GET", "/.well-known/openid-configuration", "X-Forwarded-Host: evil.example\r\n", "");
    assert_eq!(other.unwrap().json()["issuer"], URL);
    assert_eq!(browser.get("/no-such-page").status, 404);
    server.stop();
}

#[test]
fn the_towns_own_ca_secures_the_listener() {
    let house = House::with(&["--public-url", "https://localhost", "--tls", "local-ca"]);
    let root = {
        let key = house.folder.join("root.pem");
        house.run(&["ca", "root", "export", "--out", key.to_str().unwrap()]).fine();
        fs::read_to_string(key).unwrap()
    };
    let server = house.serve();
    let mut browser = Browser::trusting(server.address, &root);
    let served = browser.get("/ca/root.pem");
    assert_eq!(served.status, 200);
    assert!(root.contains(served.body.trim()) && !served.body.contains("PRIVATE"));
    // With what the server hands out, and with nothing else, it is trusted.
    let mut browser = Browser::trusting(server.address, &served.body);
    assert_eq!(browser.get("/health/ready").status, 200);
    assert_eq!(browser.get("/.well-known/openid-configuration").json()["issuer"], "https://localhost");
    let front = browser.get("/");
    assert!(front.header("strict-transport-security").is_some());
    let stranger = House::with(&["--public-url", "https://localhost", "--tls", "local-ca"]);
    let out = stranger.folder.join("root.pem");
    stranger.run(&["ca", "root", "export", "--out", out.to_str().unwrap()]).fine();
    let refused =
        Browser::trusting(server.address, &fs::read_to_string(out).unwrap()).send("GET", "/", "", "");
    assert!(refused.is_err(), "another town's root must not do");
    server.stop();
}

/// A certificate for localhost and its key, as files.
fn certificate(house: &crate::house::Folder, names: &[&str]) -> (String, String, String) {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let (chain, key) = (house.join("chain.pem"), house.join("key.pem"));
    fs::write(&chain, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (chain.to_str().unwrap().to_owned(), key.to_str().unwrap().to_owned(), made.cert.pem())
}

#[test]
fn certificate_and_key_from_files_secure_the_listener() {
    let files = crate::house::Folder::new();
    let (chain, key, root) = certificate(&files, &["localhost"]);
    let flags = [
        "--public-url",
        "https://localhost",
        "--tls",
        "files",
        "--tls-certificate",
        &chain,
        "--tls-key",
        &key,
    ];
    let house = House::with(&flags);
    let server = house.serve();
    assert_eq!(Browser::trusting(server.address, &root).get("/health/ready").status, 200);
    server.stop();
    // Another key does not fit; a missing one is named.
    let other = crate::house::Folder::new();
    let (_, other_key, _) = certificate(&other, &["localhost"]);
    fs::copy(&other_key, &key).unwrap();
    house.run(&["serve"]).refused(1, &["do not fit", "give the key of this certificate"]);
    fs::write(&chain, "no certificate").unwrap();
    house.run(&["serve"]).refused(1, &["certificate", "PEM"]);
    fs::remove_file(&chain).unwrap();
    house.run(&["serve"]).refused(1, &[&chain, "put the file there"]);
    // Commands work all the same: they need no TLS.
    house.run(&["service", "list"]).fine();
}

#[test]
fn a_stopped_server_finishes_what_it_began() {
    let house = House::new();
    let service = house.add(&[
        "--grant-type",
        "client_credentials",
        "--token-endpoint-auth-method",
        "client_secret_post",
    ]);
    let mut server = house.serve();
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        service["client_id"].as_str().unwrap(),
        service["client_secret"].as_str().unwrap()
    );
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = format!(
        "POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        form.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // The server has begun: it asks for the body (RFC 9110 §10.1.1).
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let (first, rest) = form.split_at(10);
    stream.write_all(first.as_bytes()).unwrap();
    server.signal("TERM");
    crate::house::soon("the server takes no more connections", || {
        TcpStream::connect(server.address).is_err()
    });
    stream.write_all(rest.as_bytes()).unwrap();
    let answer = Answer::read(&mut stream).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["token_type"], "Bearer");
    drop(stream);
    assert_eq!(server.ended(), 0);
    assert!(TcpStream::connect(server.address).is_err(), "nobody listens any more");
}

#[test]
fn an_idle_browser_does_not_hold_up_the_end() {
    let house = House::new();
    let mut server = house.serve();
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    let began = Instant::now();
    server.signal("TERM");
    assert_eq!(server.ended(), 0);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
}

#[test]
fn sigint_ends_it_as_well() {
    let house = House::new();
    let mut server = house.serve();
    server.signal("INT");
    assert_eq!(server.ended(), 0);
}

#[test]
fn a_port_in_use_is_told_with_its_remedy() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = crate::house::Folder::new();
    let dir = folder.join("data");
    let place = dir.to_str().unwrap();
    crate::house::torhaus(&["setup", "--data-dir", place, "--public-url", URL, "--listen", &address]).fine();
    let said = crate::house::torhaus(&["serve", "--data-dir", place]);
    said.refused(1, &[&address, "stop it, or choose another", "torhaus.toml"]);
    let said = crate::house::torhaus(&["demo", "--listen", &address]);
    said.refused(1, &[&address, "--listen"]);
}

#[test]
fn one_directory_has_one_server() {
    let house = House::new();
    let server = house.serve();
    house.run(&["serve"]).refused(1, &[house.place(), "stop that one first"]);
    assert_eq!(server.browser().get("/health/ready").status, 200);
    server.stop();
    house.serve().stop();
}

#[test]
fn demo_and_town_do_not_open_each_others_directories() {
    let house = House::new();
    let said = house.run(&["demo", "--listen", "127.0.0.1:0"]);
    said.refused(1, &[house.place(), "real town", "Choose another"]);
    assert_eq!(house.number("SELECT count(*) FROM service"), 0, "nothing was put into the real house");

    let folder = crate::house::Folder::new();
    let place = folder.join("town");
    let mut demo = program();
    demo.args(["demo", "--json", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&place);
    let mut demo = demo.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    crate::house::lines(demo.stdout.take().unwrap()).recv_timeout(Duration::from_secs(60)).unwrap();
    signal(demo.id(), "TERM");
    assert_eq!(ended(&mut demo), 0);
    let place = place.to_str().unwrap();
    let served = crate::house::torhaus(&["serve", "--data-dir", place]);
    served.refused(1, &[place, "is a demo", "torhaus demo --data-dir"]);
    // Neither by another boot file, nor by an edited one.
    let boot = format!("{place}/torhaus.toml");
    let served = crate::house::torhaus(&["serve", "--data-dir", place, "--config", &boot]);
    served.refused(1, &["is a demo"]);
    fs::write(&boot, fs::read_to_string(&boot).unwrap().replace("demo = true", "demo = false")).unwrap();
    crate::house::torhaus(&["serve", "--data-dir", place]).refused(1, &["is a demo"]);
}

#[test]
fn a_boot_file_with_mistakes_is_told_whole() {
    let house = House::new();
    let boot = house.file("torhaus.toml");
    let sound = fs::read_to_string(&boot).unwrap();
    fs::write(
        &boot,
        sound.replace(URL, "http://id.example").replace("trusted_proxies = []", "trusted_proxies = [\"x\"]"),
    )
    .unwrap();
    let boot_text = boot.to_str().unwrap();
    house.run(&["serve"]).refused(1, &[boot_text, "http://id.example", "\"x\"", "10.0.0.0/8"]);
    fs::write(&boot, format!("{sound}\ncolour = \"red\"\n")).unwrap();
    house.run(&["serve"]).refused(1, &[boot_text, "colour"]);
    fs::write(&boot, [0xff, 0xfe, 0]).unwrap();
    house.run(&["serve"]).refused(1, &[boot_text]);
    // Another file in its place.
    let other = house.folder.join("other.toml");
    fs::write(&other, sound).unwrap();
    fs::write(&boot, "").unwrap();
    let mut command: Command = house.command(&["serve", "--config", other.to_str().unwrap()]);
    command.env("TORHAUS_LOG", "warn");
    let server = Server::start(command);
    let service = "svc_nobody";
    let answer: Answer = server.browser().get(&authorize(service, CALLBACK));
    assert_eq!(answer.status, 400);
    server.stop();
}
