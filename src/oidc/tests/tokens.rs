//! Codes, refresh tokens, the service's own tokens: once, by the right one, in time.

use super::*;
use crate::oidc::token::Tokens;

fn refresh(token: &Value) -> [(&'static str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token.as_str().unwrap())]
}

#[tokio::test]
async fn the_happy_way() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    house.agrees(&erika, &library);
    house.pass(Span::seconds(7));
    let code = house.code(&library, &erika, &[("scope", "openid profile unheard")]).await;
    let (status, tokens) = house.redeems(&library, &code).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["expires_in"], 600);
    assert_eq!(tokens["scope"], "openid profile");
    let now = house.app.now().as_seconds();
    let id_token = house.claims(&tokens["id_token"], "JWT");
    let access = tokens["access_token"].as_str().unwrap();
    for (name, value) in [
        ("iss", Value::from(ISSUER)),
        ("aud", id(&library).into()),
        ("iat", now.into()),
        ("exp", (now + 600).into()),
        ("auth_time", (now - 7).into()),
        ("nonce", "no".into()),
        ("acr", "http://eidas.europa.eu/LoA/substantial".into()),
        ("amr", serde_json::json!(["hwk", "user", "mfa"])),
        ("at_hash", crate::jose::access_token_hash(access, Algorithm::Es256).into()),
    ] {
        assert_eq!(id_token[name], value, "{name}");
    }
    assert_eq!(id_token["sub"].as_str().unwrap().len(), 43);
    // Nothing of the person: scopes bring claims at UserInfo only.
    assert_eq!(id_token.as_object().unwrap().len(), 11, "{id_token}");
    let (status, told) = house.userinfo(access).await;
    assert_eq!((status, &told["sub"]), (200, &id_token["sub"]));
    assert_eq!(told["name"], "Dr. Erika Mustermann");
    house.pass(Span::minutes(10));
    assert_eq!(house.userinfo(access).await.0, 401);
}

#[tokio::test]
async fn token_answers_are_kept_by_nobody() {
    let house = House::new();
    let library = house.library();
    let form = [("grant_type", "client_credentials")];
    let request = TestRequest::post().uri(paths::TOKEN).insert_header(basic(&library, SECRET));
    let answer = house.call(request.set_form(form)).await;
    let header = |name: &str| answer.headers().get(name).unwrap().to_str().unwrap();
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("pragma"), "no-cache");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_code_works_once_for_the_right_one_in_time() {
    let house = House::new();
    let (library, other, erika) = (house.library(), house.library(), house.erika());
    for (name, value) in [
        ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXX"),
        ("code_verifier", ""),
        ("redirect_uri", "https://library.example/cb?fixed=1"),
        ("redirect_uri", "https://library.example/cb/"),
        ("code", "unknown"),
    ] {
        let code = house.code(&library, &erika, &[]).await;
        let form = redemption(&code).map(|(known, old)| (known, if known == name { value } else { old }));
        let (status, body) = house.fetches(&library, &form).await;
        assert_eq!((status, &body["error"]), (400, &"invalid_grant".into()), "{name}={value}");
        // A failed attempt burns the code.
        let (status, _) = house.redeems(&library, &code).await;
        assert_eq!(status == 200, name == "code", "{name}={value}");
    }
    for missing in ["grant_type", "code", "redirect_uri"] {
        let code = house.code(&library, &erika, &[]).await;
        let form = redemption(&code).map(|(known, old)| (known, if known == missing { "" } else { old }));
        let (status, body) = house.fetches(&library, &form).await;
        assert_eq!((status, &body["error"]), (400, &"invalid_request".into()), "{missing}");
    }
    let code = house.code(&library, &erika, &[]).await;
    assert_eq!(house.redeems(&other, &code).await.1["error"], "invalid_grant");
    let code = house.code(&library, &erika, &[]).await;
    house.pass(Span::seconds(60));
    assert_eq!(house.redeems(&library, &code).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_verifier_without_a_challenge_is_a_downgrade() {
    let house = House::new();
    let erika = house.erika();
    let loose = house.registers(Registration { require_pkce: false, ..registration() });
    let bare = [("code_challenge", ""), ("code_challenge_method", "")];
    let code = house.code(&loose, &erika, &bare).await;
    assert_eq!(house.redeems(&loose, &code).await.1["error"], "invalid_grant");
    let code = house.code(&loose, &erika, &bare).await;
    assert_eq!(house.fetches(&loose, &redemption(&code)[..3]).await.0, 200);
    // Who wants PKCE hears of it, and a public client always must.
    let strict = house.library();
    let public =
        Registration { authentication: ClientAuthentication::None, require_pkce: false, ..registration() };
    let public = house.registers(public);
    for service in [&strict, &public] {
        let back = returned(&house.asks(&good(&id(service), &bare), Some(&erika)).await);
        assert_eq!(back.get("error"), Some("invalid_request"));
    }
}

#[tokio::test]
async fn a_replayed_code_ends_what_it_gave() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let code = house.code(&library, &erika, &[]).await;
    let (_, tokens) = house.redeems(&library, &code).await;
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(house.userinfo(access).await.0, 200);
    house.pass(Span::seconds(30));
    for replays in 1..=2 {
        assert_eq!(house.redeems(&library, &code).await.1["error"], "invalid_grant");
        assert_eq!(house.audited("code.replayed"), replays);
    }
    assert_eq!(house.userinfo(access).await.0, 401);
    assert_eq!(house.fetches(&library, &refresh(&tokens["refresh_token"])).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn of_many_at_once_one_redeems_and_its_tokens_die() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let code = house.code(&library, &erika, &[]).await;
    let form = Params::parse(
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(redemption(&code))
            .finish()
            .as_bytes(),
    )
    .unwrap();
    let attempt = || crate::oidc::token::issue(&form, &library, &house.provider, &house.app);
    let (one, two, three, four) = tokio::join!(attempt(), attempt(), attempt(), attempt());
    let good: Vec<Tokens> = [one, two, three, four].into_iter().flatten().collect();
    assert_eq!(good.len(), 1);
    assert_eq!(house.audited("code.replayed"), 3);
    assert_eq!(house.userinfo(&good[0].access_token).await.0, 401);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_a_second_use_ends_the_family() {
    let house = House::new();
    let (library, other, erika) = (house.library(), house.library(), house.erika());
    house.agrees(&erika, &library);
    let code = house.code(&library, &erika, &[("scope", "openid profile")]).await;
    let (_, first) = house.redeems(&library, &code).await;
    house.pass(Span::minutes(9));
    // Bound to its client; asking too much uses nothing up.
    let form = refresh(&first["refresh_token"]);
    assert_eq!(house.fetches(&other, &form).await.1["error"], "invalid_grant");
    let wider = [form[0], form[1], ("scope", "openid address")];
    assert_eq!(house.fetches(&library, &wider).await.1["error"], "invalid_scope");
    let narrow = [form[0], form[1], ("scope", "openid")];
    let (status, second) = house.fetches(&library, &narrow).await;
    assert_eq!((status, &second["scope"]), (200, &"openid".into()), "{second}");
    let (old, new) = (house.claims(&first["id_token"], "JWT"), house.claims(&second["id_token"], "JWT"));
    for name in ["iss", "sub", "aud", "auth_time", "sid", "acr"] {
        assert_eq!(old[name], new[name], "{name}");
    }
    assert!(new.get("nonce").is_none() && new["iat"] != old["iat"]);
    // Without openid there is neither an ID token nor UserInfo.
    let form = refresh(&second["refresh_token"]);
    let bare = [form[0], form[1], ("scope", "profile")];
    let (_, third) = house.fetches(&library, &bare).await;
    assert!(third.get("id_token").is_none());
    assert_eq!(house.userinfo(third["access_token"].as_str().unwrap()).await.0, 403);
    let reused = house.fetches(&library, &refresh(&first["refresh_token"])).await;
    assert_eq!(reused.1["error"], "invalid_grant");
    assert_eq!(house.audited("refresh.reused"), 1);
    assert_eq!(house.fetches(&library, &refresh(&third["refresh_token"])).await.1["error"], "invalid_grant");
    assert_eq!(house.userinfo(second["access_token"].as_str().unwrap()).await.0, 401);
}

#[tokio::test]
async fn refresh_tokens_end_with_the_session_or_with_time() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let tied = house.code(&library, &erika, &[]).await;
    let tied = house.redeems(&library, &tied).await.1;
    let offline = house.code(&library, &erika, &[("scope", "openid offline_access")]).await;
    let mut offline = house.redeems(&library, &offline).await.1;
    let late = house.code(&library, &erika, &[]).await;
    let session = erika.session;
    house.write(move |db| store::session::remove(session, db));
    assert_eq!(house.redeems(&library, &late).await.1["error"], "invalid_grant");
    assert_eq!(house.fetches(&library, &refresh(&tied["refresh_token"])).await.1["error"], "invalid_grant");
    // 29 days are good again and again, until 180 are over.
    for days in (29..180).step_by(29) {
        house.pass(Span::days(29));
        let (status, next) = house.fetches(&library, &refresh(&offline["refresh_token"])).await;
        assert_eq!(status, 200, "{days}");
        offline = next;
    }
    house.pass(Span::days(29));
    assert_eq!(house.fetches(&library, &refresh(&offline["refresh_token"])).await.0, 400);
    // Not registered, not issued.
    let plain = Registration { grant_types: [GrantType::AuthorizationCode].into(), ..registration() };
    let plain = house.registers(plain);
    let erika = house.erika_again(erika.person);
    let code = house.code(&plain, &erika, &[("scope", "openid offline_access")]).await;
    let (_, tokens) = house.redeems(&plain, &code).await;
    assert!(tokens.get("refresh_token").is_none() && tokens["scope"] == "openid");
    let (_, refused) = house.fetches(&plain, &refresh(&offline["refresh_token"])).await;
    assert_eq!(refused["error"], "unauthorized_client");
}

impl House {
    /// Logs a person in once more, by the key they have.
    fn erika_again(&self, person: PersonId) -> Resident {
        let keys = self.app.store.read(|db| store::passkey::by_holder(Holder::Person(person), db)).unwrap();
        self.session(person, Means::Passkey(keys[0].id), Level::Substantial)
    }
}

#[tokio::test]
async fn a_service_speaks_for_itself() {
    let house = House::new();
    let mut machine = registration();
    machine.scopes.insert("parking.read".into());
    let machine = house.registers(machine);
    let (status, tokens) = house.fetches(&machine, &[("grant_type", "client_credentials")]).await;
    assert_eq!((status, &tokens["scope"]), (200, &"parking.read".into()), "{tokens}");
    assert!(tokens.get("id_token").is_none() && tokens.get("refresh_token").is_none());
    let claims = house.claims(&tokens["access_token"], "at+jwt");
    assert_eq!(claims["sub"], id(&machine));
    assert_eq!((&claims["client_id"], &claims["aud"]), (&claims["sub"], &ISSUER.into()));
    // It is no ID token and opens no person.
    let ring = house.provider.ring(&house.app).unwrap();
    let token = tokens["access_token"].as_str().unwrap();
    assert!(crate::oidc::hint::read(token, &ring, ISSUER).is_none());
    assert_eq!(house.userinfo(token).await.0, 401);
    for scope in ["openid", "unheard", "parking.read openid"] {
        let form = [("grant_type", "client_credentials"), ("scope", scope)];
        assert_eq!(house.fetches(&machine, &form).await.1["error"], "invalid_scope", "{scope}");
    }
    let (_, password) = house.fetches(&machine, &[("grant_type", "password")]).await;
    assert_eq!(password["error"], "unsupported_grant_type");
}

#[tokio::test]
async fn introspection_and_revocation_look_only_at_ones_own() {
    let house = House::new();
    let (library, other, erika) = (house.library(), house.library(), house.erika());
    let code = house.code(&library, &erika, &[]).await;
    let (_, tokens) = house.redeems(&library, &code).await;
    let (_, own) = house.fetches(&library, &[("grant_type", "client_credentials")]).await;
    let ask = async |service: &Service, token: &Value, path: &str| {
        let request = TestRequest::post().uri(path).insert_header(basic(service, SECRET));
        read(house.call(request.set_form([("token", token.as_str().unwrap())])).await).await
    };
    for token in [&tokens["access_token"], &tokens["refresh_token"], &own["access_token"]] {
        let (status, state) = ask(&library, token, paths::INTROSPECT).await;
        assert_eq!((status, &state["active"]), (200, &true.into()), "{state}");
        assert_eq!(state["client_id"], id(&library));
        let nothing = serde_json::json!({ "active": false });
        assert_eq!(ask(&other, token, paths::INTROSPECT).await, (200, nothing));
    }
    assert_eq!(ask(&library, &"unknown".into(), paths::INTROSPECT).await.1["active"], false);
    // Revocation by another is heard and does nothing.
    assert_eq!(ask(&other, &tokens["access_token"], paths::REVOKE).await.0, 200);
    let access = tokens["access_token"].as_str().unwrap();
    assert_eq!(house.userinfo(access).await.0, 200);
    assert_eq!(ask(&library, &"unknown".into(), paths::REVOKE).await.0, 200);
    assert_eq!(ask(&library, &own["access_token"], paths::REVOKE).await.1["error"], "unsupported_token_type");
    assert_eq!(ask(&library, &tokens["refresh_token"], paths::REVOKE).await.0, 200);
    assert_eq!(house.userinfo(access).await.0, 401);
    assert_eq!(house.fetches(&library, &refresh(&tokens["refresh_token"])).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_machines_token_that_was_seen_alive_dies_all_the_same() {
    let house = House::new();
    let library = house.library();
    let (_, own) = house.fetches(&library, &[("grant_type", "client_credentials")]).await;
    let token = own["access_token"].as_str().unwrap().to_owned();
    let ask = async |token: &str| {
        let request = TestRequest::post().uri(paths::INTROSPECT).insert_header(basic(&library, SECRET));
        let answer = house.call(request.set_form([("token", token)])).await;
        read(answer).await.1["active"].clone()
    };
    assert_eq!((ask(&token).await, ask(&token).await), (true.into(), true.into()));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let spoilt: String = signature.chars().rev().collect();
    assert_eq!(ask(&format!("{signed}.{spoilt}")).await, false);
    house.pass(Span::minutes(10));
    assert_eq!(ask(&token).await, false);
}

#[tokio::test]
async fn a_blocked_person_gets_no_tokens() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let code = house.code(&library, &erika, &[]).await;
    let (_, tokens) = house.redeems(&library, &code).await;
    let late = house.code(&library, &erika, &[]).await;
    let person = house.app.store.read(|db| store::person::by_id(erika.person, db)).unwrap().unwrap();
    house.write(move |db| store::person::set_state(&person, PersonState::Blocked, db));
    assert_eq!(house.redeems(&library, &late).await.1["error"], "invalid_grant");
    assert_eq!(house.fetches(&library, &refresh(&tokens["refresh_token"])).await.1["error"], "invalid_grant");
    assert_eq!(house.userinfo(tokens["access_token"].as_str().unwrap()).await.0, 401);
}
