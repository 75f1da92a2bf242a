//! Codes and refresh tokens: each works once, for one service, for a while.

use super::{is_json_refusal, reader};
use crate::town::http::{Request, encode};
use crate::town::service::{BACK, redemption, refreshing, wish};
use crate::town::{Answer, Town};
use torhaus::domain::registration::ClientAuthentication;
use torhaus::domain::time::Span;
use torhaus::oidc::registration::Wish;

/// Sends one request sixteen times at once.
fn all_at_once(town: &Town, request: &Request) -> Vec<Answer> {
    let gate = std::sync::Barrier::new(16);
    std::thread::scope(|scope| {
        let send = || {
            gate.wait();
            request.send(town.port())
        };
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(send)).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}

fn the_one_success(answers: &[Answer]) -> serde_json::Value {
    let good: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(good.len(), 1, "exactly one");
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        is_json_refusal(answer, 400, "invalid_grant", "a replay");
    }
    good[0].json()
}

#[test]
fn a_code_works_once() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let code = ada.brings_code();
    let login = library.welcomes(&ada, &library.sign_in());
    for again in 0..2 {
        is_json_refusal(&library.redeems(&code), 400, "invalid_grant", "again");
        assert_eq!(library.userinfo(&login.access).status, 401, "RFC 9700 §4.5: what it gave ends ({again})");
        assert_eq!(town.audited("code.replayed"), again + 1);
    }
}

#[test]
fn a_code_works_once_even_sixteen_times_at_once() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    for _ in 0..3 {
        ada.opens(&library.sign_in().url());
        let code = ada.brings_code();
        let answers = all_at_once(&town, &library.request("/token", &redemption(&code)));
        let tokens = the_one_success(&answers);
        let access = tokens["access_token"].as_str().unwrap();
        assert_eq!(library.userinfo(access).status, 401);
        assert_eq!(library.introspects(access).json()["active"], false);
    }
    assert_eq!(town.rows("access_token"), 0);
}

#[test]
fn a_code_fits_one_request_only() {
    let town = Town::open();
    let (library, other) = (town.library(), town.library());
    let mut ada = reader(&town, &library);
    let mut redeem = |act: &dyn Fn(&str) -> Answer| {
        ada.opens(&library.sign_in().url());
        let code = ada.brings_code();
        let answer = act(&code);
        // Whoever tried wrongly with it has spent it.
        if answer.status == 400 && town.number("SELECT count(*) FROM code WHERE used_at IS NULL") == 0 {
            is_json_refusal(&library.redeems(&code), 400, "invalid_grant", "spent");
        }
        answer
    };
    let verifier = "a-verifier-of-somebody-else-which-is-long-enough";
    for (what, code, fields) in [
        ("another address", "invalid_grant", vec![("redirect_uri", "https://library.example/other")]),
        ("no address", "invalid_request", vec![("redirect_uri", "")]),
        ("no verifier", "invalid_grant", vec![("code_verifier", "")]),
        ("another verifier", "invalid_grant", vec![("code_verifier", verifier)]),
        ("a short verifier", "invalid_grant", vec![("code_verifier", "short")]),
        ("no code", "invalid_request", vec![("code", "")]),
        ("another code", "invalid_grant", vec![("code", verifier)]),
        ("no grant type", "invalid_request", vec![("grant_type", "")]),
        ("password", "unsupported_grant_type", vec![("grant_type", "password")]),
        ("implicit", "unsupported_grant_type", vec![("grant_type", "implicit")]),
        ("not registered for it", "unauthorized_client", vec![("grant_type", "refresh_token")]),
        ("nor for that", "unauthorized_client", vec![("grant_type", "client_credentials")]),
    ] {
        let answer = redeem(&|right| library.redeems_with(right, &fields));
        is_json_refusal(&answer, 400, code, what);
    }
    let answer = redeem(&|code| other.redeems(code));
    is_json_refusal(&answer, 400, "invalid_grant", "another service");
    let answer = redeem(&|code| {
        town.clock.turn(Span::seconds(60));
        library.redeems(code)
    });
    is_json_refusal(&answer, 400, "invalid_grant", "after a minute");
    let answer = redeem(&|code| {
        town.clock.turn(Span::seconds(59));
        library.redeems(code)
    });
    assert_eq!(answer.status, 200, "before: {}", answer.text());
}

#[test]
fn the_body_is_one_well_formed_form() {
    let town = Town::open();
    let library = town.library();
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let code = ada.brings_code();
    let good = encode(&redemption(&code));
    let basic = library.basic().unwrap();
    let form = "application/x-www-form-urlencoded";
    let json = format!(r#"{{"grant_type":"authorization_code","code":"{code}"}}"#);
    for (what, kind, body) in [
        ("JSON", "application/json", json),
        ("no type", "", good.clone()),
        ("text", "text/plain", good.clone()),
        ("multipart", "multipart/form-data; boundary=x", good.clone()),
        ("a parameter twice", form, format!("{good}&code={code}")),
        ("an unknown parameter twice", form, format!("{good}&x=1&x=1")),
        ("not UTF-8", form, format!("{good}&x=%ff")),
        ("broken encoding", form, format!("{good}&x=%")),
        ("40 KB", form, format!("{good}&x={}", "x".repeat(40 * 1024))),
    ] {
        let answer = Request::post("/token", kind, body).with("authorization", &basic).send(town.port());
        is_json_refusal(&answer, 400, "invalid_request", what);
    }
    let too_large = Request::post("/token", form, "x".repeat(200 * 1024)).send(town.port());
    assert_eq!(too_large.status, 413);
    let in_query = Request::post(&format!("/token?{good}"), form, "").with("authorization", &basic);
    is_json_refusal(&in_query.send(town.port()), 400, "invalid_request", "in the query");
    for method in ["GET", "PUT", "DELETE"] {
        assert_eq!(Request::get("/token").method(method).send(town.port()).status, 405, "{method}");
    }
    // None of it has spent the code; a charset beside the type is no harm.
    let kind = "application/x-www-form-urlencoded; charset=UTF-8";
    let answer = Request::post("/token", kind, good).with("authorization", &basic).send(town.port());
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[test]
fn refresh_tokens_go_round() {
    let town = Town::open();
    let library = town.service(&refreshing("Stadtbibliothek", &["name", "address"]));
    let other = town.service(&refreshing("Anwohnerparken", &[]));
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let first = library.welcomes(&ada, &library.sign_in());
    let old = first.refresh.clone().expect("a refresh token");

    town.clock.turn(Span::seconds(30));
    is_json_refusal(&other.refreshes(&old), 400, "invalid_grant", "another service");
    let answer = library.refreshes(&old);
    assert_eq!(answer.status, 200, "{}", answer.text());
    // No nonce: it belongs to the login, not to its prolongation.
    let second = library.checks(&answer.json(), &answer, None);
    let new = second.refresh.clone().expect("the next one");
    assert_ne!((&new, &second.access), (&old, &first.access));
    for claim in ["sub", "auth_time", "sid", "acr", "aud", "iss"] {
        assert_eq!(second.id[claim], first.id[claim], "{claim}");
    }
    assert_eq!(library.userinfo(&first.access).status, 200);

    // Less may be asked, more may not.
    let narrow = [("grant_type", "refresh_token"), ("refresh_token", new.as_str()), ("scope", "openid name")];
    let answer = library.calls("/token", &narrow);
    assert_eq!((answer.status, &answer.json()["scope"]), (200, &serde_json::json!("openid name")));
    let third = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    let wide =
        [("grant_type", "refresh_token"), ("refresh_token", third.as_str()), ("scope", "openid birthdate")];
    is_json_refusal(&library.calls("/token", &wide), 400, "invalid_scope", "more");

    // The second coming of any of them ends the family.
    is_json_refusal(&library.refreshes(&old), 400, "invalid_grant", "reused");
    is_json_refusal(&library.refreshes(&third), 400, "invalid_grant", "the family is dead");
    for access in [&first.access, &second.access] {
        assert_eq!(library.userinfo(access).status, 401);
    }
    assert_eq!(town.audited("refresh.reused"), 1);
}

#[test]
fn a_refresh_token_works_once_even_sixteen_times_at_once() {
    let town = Town::open();
    let library = town.service(&refreshing("Stadtbibliothek", &[]));
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let token = library.welcomes(&ada, &library.sign_in()).refresh.unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let tokens = the_one_success(&all_at_once(&town, &library.request("/token", &fields)));
    let (access, next) = (&tokens["access_token"], &tokens["refresh_token"]);
    assert_eq!(library.userinfo(access.as_str().unwrap()).status, 401);
    is_json_refusal(&library.refreshes(next.as_str().unwrap()), 400, "invalid_grant", "dead as well");
}

#[test]
fn tokens_end_in_time_and_with_the_session() {
    let town = Town::open();
    let mut offline = refreshing("Stadt-App", &["offline_access"]);
    offline.authentication = ClientAuthentication::None;
    let (app, library) = (town.service(&offline), town.service(&refreshing("Stadtbibliothek", &[])));
    let mut ada = reader(&town, &library);
    ada.forgets_session().opens(&library.sign_in().url()).proves_with_passkey();
    let at_library = library.welcomes(&ada, &library.sign_in());
    ada.opens(&app.sign_in().url());
    let at_app = app.welcomes(&ada, &app.sign_in());

    town.clock.turn(Span::minutes(10));
    assert_eq!(library.userinfo(&at_library.access).status, 401, "ten minutes");
    assert_eq!(library.introspects(&at_library.access).json(), serde_json::json!({"active": false}));
    ada.browser.open("/sign-out");
    ada.browser.press("sign-out", &[]);
    let refused = library.refreshes(&at_library.refresh.unwrap());
    is_json_refusal(&refused, 400, "invalid_grant", "the session ended");
    let mut token = at_app.refresh.unwrap();
    for _ in 0..3 {
        town.clock.turn(Span::days(29));
        town.sweep();
        let answer = app.refreshes(&token);
        assert_eq!(answer.status, 200, "outlives the session: {}", answer.text());
        token = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    }
    town.clock.turn(Span::days(31));
    is_json_refusal(&app.refreshes(&token), 400, "invalid_grant", "unused for a month");
}

#[test]
fn a_blocked_person_is_blocked_everywhere() {
    use torhaus::domain::person::PersonState;
    use torhaus::store;
    let town = Town::open();
    let library = town.service(&refreshing("Stadtbibliothek", &[]));
    let mut ada = reader(&town, &library);
    ada.opens(&library.sign_in().url());
    let login = library.welcomes(&ada, &library.sign_in());
    ada.opens(&library.sign_in().url());
    let code = ada.brings_code();

    let app = town.app();
    let person = app.store.read(|db| store::person::page(None, 1, db)).unwrap().remove(0);
    app.store
        .write_blocking(0, move |db| store::person::set_state(&person, PersonState::Blocked, db))
        .unwrap();
    drop(app);
    is_json_refusal(&library.redeems(&code), 400, "invalid_grant", "code");
    is_json_refusal(&library.refreshes(&login.refresh.unwrap()), 400, "invalid_grant", "refresh token");
    assert_eq!(library.userinfo(&login.access).status, 401);
    assert_eq!(library.introspects(&login.access).json()["active"], false);
    ada.opens(&library.sign_in().with("prompt", "none").url());
    assert!(ada.brings().contains_key("error"));
    ada.forgets_session().opens(&library.sign_in().url());
    assert_eq!(ada.tries_passkey().status, 422);
    ada.identifies_as("erika");
    assert!(!ada.browser.at.starts_with("https://library"), "nor with the card");
}

#[test]
fn a_service_speaks_for_itself() {
    use torhaus::domain::registration::GrantType;
    let town = Town::open();
    let machine = Wish {
        grant_types: [GrantType::ClientCredentials].into(),
        redirect_uris: Vec::new(),
        ..wish("Parkscheinautomat", &["name"])
    };
    let (machine, other) = (town.service(&machine), town.library());
    let answer = machine.calls("/token", &[("grant_type", "client_credentials")]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tokens = answer.json();
    assert!(tokens.get("id_token").is_none() && tokens.get("refresh_token").is_none());
    let token = tokens["access_token"].as_str().unwrap();
    let header = jsonwebtoken::decode_header(token).unwrap();
    assert_eq!(header.typ.as_deref(), Some("at+jwt"), "RFC 9068");
    let introspected = machine.introspects(token).json();
    assert_eq!((&introspected["active"], &introspected["sub"]), (&true.into(), &machine.id.as_str().into()));
    assert_eq!(other.introspects(token).json(), serde_json::json!({"active": false}));
    assert_eq!(machine.userinfo(token).status, 401, "no person stands behind it");
    is_json_refusal(&machine.calls("/revoke", &[("token", token)]), 400, "unsupported_token_type", "signed");
    for scope in ["openid", "name", "unknown"] {
        let fields = [("grant_type", "client_credentials"), ("scope", scope)];
        is_json_refusal(&machine.calls("/token", &fields), 400, "invalid_scope", scope);
    }
    // It logs nobody in.
    let asked = machine.sign_in().with("redirect_uri", BACK);
    assert_eq!(Request::get(&asked.path()).send(town.port()).status, 400);
    // An ID token is no access token, nor the reverse.
    let mut ada = reader(&town, &other);
    ada.opens(&other.sign_in().url());
    let login = other.welcomes(&ada, &other.sign_in());
    assert_eq!(other.userinfo(&login.id_token).status, 401);
    assert_eq!(other.introspects(&login.id_token).json(), serde_json::json!({"active": false}));
    let hinted = other.sign_in().with("id_token_hint", token).with("prompt", "none");
    ada.opens(&hinted.url());
    super::is_refusal(&ada.brings(), "invalid_request", &town, "an access token as a hint");
    town.clock.turn(Span::minutes(11));
    assert_eq!(machine.introspects(token).json()["active"], false);
}
