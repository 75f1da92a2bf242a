//! Attaching services by command, also while a server runs.

use crate::browser::{Browser, authorize};
use crate::house::{CALLBACK, House, URL, soon};
use serde_json::{Value, json};
use std::fs;

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {value}"))
}

#[test]
fn a_service_is_added_listed_shown_and_removed() {
    let house = House::new();
    let made = house.add(&[]);
    let names: Vec<&String> = made.as_object().unwrap().keys().collect();
    assert_eq!(names, ["client_id", "client_secret", "issuer"]);
    assert_eq!(made["issuer"], URL);
    let id = text(&made, "client_id");
    assert!(id.starts_with("svc_"));

    let listed = house.run(&["service", "list", "--json"]).fine().json();
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(listed[0]["client_id"], id);
    assert_eq!((&listed[0]["state"], &listed[0]["organisation"]), (&json!("open"), &json!(null)));
    assert!(house.run(&["service", "list"]).fine().out.contains(&format!("{id}  Bibliothek")));
    let shown = house.run(&["service", "show", id, "--json"]).fine();
    assert!(!shown.out.contains(text(&made, "client_secret")), "the secret is shown once");
    let shown = shown.json();
    // What the standard says, and what RFC 9700 asks.
    assert_eq!(shown["id_token_signed_response_alg"], "RS256");
    assert_eq!(shown["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(shown["subject_type"], "pairwise");
    assert_eq!(shown["require_pkce"], true);
    assert_eq!(shown["scopes"], json!(["openid"]));
    assert_eq!(shown["grant_types"], json!(["authorization_code"]));
    assert_eq!(shown["min_assurance"], "low");

    house.run(&["service", "remove", id]).fine();
    house.run(&["service", "show", id]).refused(1, &[id, "torhaus service list"]);
    house.run(&["service", "remove", id]).refused(1, &[id]);
    house.run(&["service", "rotate-secret", id]).refused(1, &[id]);
    assert_eq!(house.run(&["service", "list", "--json"]).fine().json(), json!([]));
    house.run(&["service", "show", "library"]).refused(2, &["library", "torhaus service list"]);
    house.run(&["audit", "verify"]).fine();
}

#[test]
fn every_flag_arrives() {
    let house = House::new();
    let made = house.add(&[
        "--redirect-uri",
        "http://localhost:3000/callback",
        "--scope",
        "profile",
        "--scope",
        "address",
        "--scope",
        "offline_access",
        "--id-token-signed-response-alg",
        "EdDSA",
        "--grant-type",
        "authorization_code",
        "--grant-type",
        "refresh_token",
        "--grant-type",
        "client_credentials",
        "--min-assurance",
        "substantial",
        "--post-logout-redirect-uri",
        "https://bibliothek.example/bye",
        "--backchannel-logout-uri",
        "https://bibliothek.example/logout",
        "--token-endpoint-auth-method",
        "client_secret_post",
        "--subject-type",
        "public",
        "--no-pkce",
    ]);
    let shown = house.run(&["service", "show", text(&made, "client_id"), "--json"]).fine().json();
    assert_eq!(shown["redirect_uris"], json!([CALLBACK, "http://localhost:3000/callback"]));
    assert_eq!(shown["scopes"], json!(["address", "offline_access", "openid", "profile"]));
    assert_eq!(shown["id_token_signed_response_alg"], "EdDSA");
    assert_eq!(shown["grant_types"], json!(["authorization_code", "refresh_token", "client_credentials"]));
    assert_eq!(shown["min_assurance"], "substantial");
    assert_eq!(shown["post_logout_redirect_uris"], json!(["https://bibliothek.example/bye"]));
    assert_eq!(shown["backchannel_logout_uri"], "https://bibliothek.example/logout");
    assert_eq!(shown["token_endpoint_auth_method"], "client_secret_post");
    assert_eq!(shown["subject_type"], "public");
    assert_eq!(shown["require_pkce"], false);
    assert_eq!(shown["secrets"], 1);
    for alg in ["RS256", "ES256", "PS256"] {
        let made = house.add(&["--id-token-signed-response-alg", alg]);
        let shown = house.run(&["service", "show", text(&made, "client_id"), "--json"]).fine().json();
        assert_eq!(shown["id_token_signed_response_alg"], alg);
    }
}

#[test]
fn public_and_key_holding_services_have_no_secret() {
    let house = House::new();
    let app = house.add(&["--public", "--redirect-uri", "de.birkenfurt.app:/callback", "--no-pkce"]);
    assert!(app.get("client_secret").is_none());
    let id = text(&app, "client_id");
    let shown = house.run(&["service", "show", id, "--json"]).fine().json();
    assert_eq!(shown["token_endpoint_auth_method"], "none");
    assert_eq!(shown["require_pkce"], true, "a public client always needs PKCE");
    house.run(&["service", "rotate-secret", id]).refused(2, &[id, "no secret"]);

    let jwks = house.folder.join("jwks.json");
    let key = json!({"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    fs::write(&jwks, json!({ "keys": [key] }).to_string()).unwrap();
    let flags = ["--token-endpoint-auth-method", "private_key_jwt", "--jwks", jwks.to_str().unwrap()];
    let made = house.add(&flags);
    assert!(made.get("client_secret").is_none());
    let address = "https://bibliothek.example/jwks";
    let made = house.add(&["--token-endpoint-auth-method", "private_key_jwt", "--jwks-uri", address]);
    assert!(made.get("client_secret").is_none());
    let shown = house.run(&["service", "show", text(&made, "client_id"), "--json"]).fine().json();
    assert_eq!(shown["jwks_uri"], address);
    let made = ["service", "add", "--name", "Bibliothek", "--redirect-uri", CALLBACK];
    let said = house.run(&[&made[..], &flags].concat()).fine();
    assert!(said.out.contains("client_id") && !said.out.contains("client_secret"));
}

#[test]
fn wrong_values_are_named_and_nothing_is_registered() {
    let house = House::new();
    let broken = house.folder.join("broken.json");
    fs::write(&broken, "{\"keys\": 5}").unwrap();
    let broken = broken.to_str().unwrap();
    let base = ["service", "add", "--name", "Bibliothek"];
    let long = format!("https://bibliothek.example/{}", "x".repeat(2100));
    let good = ["--redirect-uri", CALLBACK];
    let addresses = [
        ("/callback", "absolute"),
        ("http://bibliothek.example/cb", "use https"),
        ("https://bibliothek.example/cb#top", "fragment"),
        ("https://u:p@bibliothek.example/", "password"),
        ("javascript:alert(1)", "scheme"),
        ("https://*.example/cb", "character"),
        ("https://bibliothek.example/ü", "character"),
        ("", "absolute"),
        (long.as_str(), "2048"),
    ];
    for (address, remedy) in addresses {
        for flag in ["--redirect-uri", "--post-logout-redirect-uri"] {
            let said = house.run(&[&base[..], &good, &[flag, address]].concat());
            said.refused(2, &[flag, address, remedy]);
        }
    }
    let keys = ["--token-endpoint-auth-method", "private_key_jwt", "--jwks-uri"];
    for address in ["http://bibliothek.example/jwks", "com.example.app:/jwks", "https://u:p@b.example/", ""] {
        let said = house.run(&[&base[..], &good, &keys, &[address]].concat());
        said.refused(2, &["--jwks-uri", address, "https"]);
    }
    let both = ["--jwks", broken, "--jwks-uri", "https://bibliothek.example/jwks"];
    house.run(&[&base[..], &good, &both].concat()).refused(2, &["--jwks", "--jwks-uri", "not both"]);
    let cases: [(&[&str], &[&str]); 14] = [
        (
            &["--backchannel-logout-uri", "http://bibliothek.example/x"],
            &["http://bibliothek.example/x", "https"],
        ),
        (&["--backchannel-logout-uri", "com.example.app:/x"], &["com.example.app:/x", "https"]),
        (&["--scope", "everything"], &["everything", "known are", "profile"]),
        (&["--id-token-signed-response-alg", "none"], &["none", "ES256"]),
        (&["--id-token-signed-response-alg", "HS256"], &["HS256", "ES256"]),
        (&["--grant-type", "password"], &["password", "authorization_code"]),
        (&["--min-assurance", "medium"], &["medium", "substantial"]),
        (&["--token-endpoint-auth-method", "client_secret_jwt"], &["client_secret_jwt", "private_key_jwt"]),
        (
            &["--public", "--token-endpoint-auth-method", "client_secret_basic"],
            &["--public", "client_secret_basic"],
        ),
        (&["--public", "--grant-type", "client_credentials"], &["client_credentials", "no secret"]),
        (&["--token-endpoint-auth-method", "private_key_jwt"], &["--jwks"]),
        (&["--jwks", "/nowhere/jwks.json"], &["/nowhere/jwks.json"]),
        (&["--jwks", broken], &["--jwks"]),
        (&["--subject-type", "random"], &["random", "pairwise"]),
    ];
    for (flags, words) in cases {
        house.run(&[&base[..], &good, flags].concat()).refused(2, words);
    }
    house.run(&base).refused(2, &["--redirect-uri"]);
    house.run(&["service", "add", "--redirect-uri", CALLBACK]).refused(2, &["--name"]);
    let long = "x".repeat(81);
    for name in ["", "  ", "a\nb", long.as_str()] {
        house
            .run(&["service", "add", "--name", name, "--redirect-uri", CALLBACK])
            .refused(2, &["--name", "1 to 80"]);
    }
    assert_eq!(house.run(&["service", "list", "--json"]).fine().json(), json!([]));
}

#[test]
fn a_running_server_knows_a_service_at_once() {
    let house = House::new();
    let server = house.serve();
    let mut browser = server.browser();
    assert_eq!(browser.get(&authorize("svc_00000000000000000000000000", CALLBACK)).status, 400);
    let keys = |browser: &mut Browser, alg: &str| {
        let set = browser.get("/jwks").json();
        set["keys"].as_array().unwrap().iter().filter(|key| key["alg"] == alg).count()
    };
    assert_eq!(keys(&mut browser, "RS256"), 0);

    let made = house.add(&[]);
    let id = text(&made, "client_id");
    let page = browser.walk(&authorize(id, CALLBACK));
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("sign-in-passkey") && page.body.contains("Bibliothek"), "{}", page.body);
    soon("the RS256 key is in the set", || keys(&mut browser, "RS256") == 1);
    // An address that was not registered stays with us.
    let answer = browser.get(&authorize(id, "https://evil.example/callback"));
    assert_eq!((answer.status, answer.header("location")), (400, None));

    house.run(&["service", "remove", id]).fine();
    assert_eq!(browser.get(&authorize(id, CALLBACK)).status, 400);
    server.stop();
}

fn token(browser: &mut Browser, id: &str, secret: &str) -> u16 {
    let form = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    browser.post("/token", &form).status
}

#[test]
fn a_rotated_secret_fails_at_once_or_after_its_overlap() {
    let house = House::new();
    let flags = ["--token-endpoint-auth-method", "client_secret_post", "--grant-type", "client_credentials"];
    let made = house.add(&flags);
    let (id, first) = (text(&made, "client_id"), text(&made, "client_secret"));
    let server = house.serve();
    let mut browser = server.browser();
    assert_eq!(token(&mut browser, id, first), 200);

    let rotated = house.run(&["service", "rotate-secret", id, "--json"]).fine().json();
    let second = text(&rotated, "client_secret");
    assert_eq!(rotated["client_id"], id);
    assert_eq!(token(&mut browser, id, first), 401);
    assert_eq!(token(&mut browser, id, second), 200);

    let said = house.run(&["service", "rotate-secret", id, "--overlap-hours", "24"]).fine();
    let third = said.out.split_whitespace().nth(1).unwrap();
    assert_eq!(token(&mut browser, id, first), 401);
    assert_eq!(token(&mut browser, id, second), 200);
    assert_eq!(token(&mut browser, id, third), 200);
    house.run(&["service", "rotate-secret", id, "--overlap-hours", "-1"]).refused(2, &["-1"]);
    house.run(&["service", "rotate-secret", id, "--overlap-hours", "4294967295"]).fine();
    server.stop();
}

#[test]
fn an_operator_is_invited_by_an_address_that_opens() {
    let house = House::new();
    let server = house.serve();
    let said = house.run(&["operator", "invite", "--json"]).fine().json();
    let address = text(&said, "operator_invite_url");
    let path = address.strip_prefix(URL).unwrap();
    let said = house.run(&["operator", "invite"]).fine();
    let second = said.out.lines().next().unwrap();
    assert!(second.starts_with(&format!("{URL}/invites/inv_")) && second != address);
    assert!(said.out.contains("15 minutes") && said.out.contains('█'), "with a picture to scan");
    // The secret itself is not kept.
    let secret = path.rsplit('/').next().unwrap();
    let kept = fs::read(house.file("torhaus.db")).unwrap();
    assert!(!kept.windows(secret.len()).any(|window| window == secret.as_bytes()));
    assert_eq!(house.number("SELECT count(*) FROM invite WHERE used_at IS NULL"), 2);

    let mut browser = server.browser();
    let page = browser.get(path);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("create-passkey"));
    assert_eq!(browser.get(path).status, 200, "looking does not use it up");
    let turned = if path.ends_with('A') { "B" } else { "A" };
    let wrong = format!("{}{turned}", &path[..path.len() - 1]);
    assert_eq!(browser.get(&wrong).status, 410);
    server.stop();
}
