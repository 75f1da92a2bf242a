//! What services are told, and where.

use super::*;
use crate::oidc::claims::{Claim, Known, Wanted};
use serde_json::{Map, json};

async fn told(house: &House, service: &Service, who: &Resident, more: &[(&str, &str)]) -> (Value, Value) {
    let code = house.code(service, who, more).await;
    let (status, tokens) = house.redeems(service, &code).await;
    assert_eq!(status, 200, "{tokens}");
    let (status, told) = house.userinfo(tokens["access_token"].as_str().unwrap()).await;
    assert_eq!(status, 200, "{told}");
    (told, house.claims(&tokens["id_token"], "JWT"))
}

#[tokio::test]
async fn scopes_fill_userinfo_and_claims_choose_the_place() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    house.agrees(&erika, &library);
    let scopes = [("scope", "openid profile address age_over_18 resident email")];
    let (userinfo, _) = told(&house, &library, &erika, &scopes).await;
    let expected = json!({
        "sub": userinfo["sub"],
        "name": "Dr. Erika Mustermann", "given_name": "Erika", "family_name": "Mustermann", "title": "Dr.",
        "address": {
            "formatted": "Heidestraße 17\n12345 Birkenfurt\nDE", "street_address": "Heidestraße 17",
            "postal_code": "12345", "locality": "Birkenfurt", "country": "DE"
        },
        "age_over_18": true, "resident": true,
    });
    // No birthdate: this service is not registered for it, whatever `profile` says.
    assert_eq!(userinfo, expected);
    let asked = r#"{"userinfo":{"given_name":{"essential":true},"birthdate":null},
        "id_token":{"age_over_18":null,"verified_claims":{"verification":{"trust_framework":null},
        "claims":{"family_name":null}}}}"#;
    let (userinfo, id_token) = told(&house, &library, &erika, &[("claims", asked)]).await;
    assert_eq!(userinfo, json!({ "sub": userinfo["sub"], "given_name": "Erika" }));
    assert_eq!(id_token["age_over_18"], true);
    assert!(id_token.get("given_name").is_none());
    let verified = &id_token["verified_claims"];
    assert_eq!(verified["claims"], json!({ "family_name": "Mustermann" }));
    assert_eq!(verified["verification"]["trust_framework"], "eidas");
    assert_eq!(verified["verification"]["assurance_level"], "high");
    assert!(verified["verification"]["time"].as_str().unwrap().ends_with('Z'));
    let foreign = r#"{"userinfo":{"verified_claims":{"verification":{"trust_framework":{"value":"de_aml"}},
        "claims":{"family_name":null}}}}"#;
    let (userinfo, _) = told(&house, &library, &erika, &[("claims", foreign)]).await;
    assert!(userinfo.get("verified_claims").is_none());
}

#[tokio::test]
async fn no_two_services_know_the_same_name_unless_they_share_a_sector() {
    let house = House::new();
    let (library, other, erika) = (house.library(), house.library(), house.erika());
    let shared = || house.registers(Registration { sector: Some("schools".into()), ..registration() });
    let public = || house.registers(Registration { subject_type: SubjectType::Public, ..registration() });
    let mut names = Vec::new();
    for service in [&library, &library, &other, &shared(), &shared(), &public(), &public()] {
        let (userinfo, id_token) = told(&house, service, &erika, &[]).await;
        assert_eq!(userinfo["sub"], id_token["sub"]);
        names.push((id_token["sub"].clone(), id_token["sid"].clone()));
    }
    assert_eq!(names[0], names[1]);
    assert_eq!((&names[3].0, &names[5].0), (&names[4].0, &names[6].0));
    let subjects: BTreeSet<&str> = names.iter().map(|(sub, _)| sub.as_str().unwrap()).collect();
    let sessions: BTreeSet<&str> = names.iter().map(|(_, sid)| sid.as_str().unwrap()).collect();
    // The session's name is never shared: it would join what pseudonyms keep apart.
    assert_eq!((subjects.len(), sessions.len()), (4, 6));
}

#[tokio::test]
async fn a_hint_names_the_one_person_who_will_do() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let code = house.code(&library, &erika, &[]).await;
    let (_, tokens) = house.redeems(&library, &code).await;
    let hint = tokens["id_token"].as_str().unwrap();
    house.pass(Span::minutes(11));
    let asked = [("prompt", "none"), ("id_token_hint", hint)];
    let back = returned(&house.asks(&good(&id(&library), &asked), Some(&erika)).await);
    assert!(back.get("code").is_some(), "an expired hint is good");
    // The key of another person's session has the id of a drawn value, too.
    let otto = house.erika();
    let back = returned(&house.asks(&good(&id(&library), &asked), Some(&otto)).await);
    assert_eq!(back.get("error"), Some("login_required"));
    // Shown a page, another person's session counts for nothing there.
    let asked = [("id_token_hint", hint)];
    let answer = house.asks(&good(&id(&library), &asked), Some(&otto)).await;
    let sign_in = location(&answer).rsplit('/').next().unwrap().parse().unwrap();
    let sign_in = house.app.store.read(|db| store::sign_in::by_id(sign_in, db)).unwrap().unwrap();
    assert_eq!(sign_in.stage, crate::domain::sign_in::Stage::Open);
    let proof = crate::domain::sign_in::Proof {
        holder: Holder::Person(otto.person),
        means: Means::LiveEid(CheckId::from_bytes([1; 16])),
        level: Level::High,
        reasons: Vec::new(),
        at: house.app.now(),
        identity_checked: Some(START),
        session: otto.session,
    };
    let prepared =
        crate::oidc::answer::prepare(&house.app, &library, &sign_in, &proof, &BTreeSet::new()).unwrap();
    assert_eq!(prepared.answer().params()[0].1, "access_denied");
    let proof = crate::domain::sign_in::Proof { holder: Holder::Person(erika.person), ..proof };
    let prepared =
        crate::oidc::answer::prepare(&house.app, &library, &sign_in, &proof, &BTreeSet::new()).unwrap();
    assert!(prepared.answer().is_success());
}

#[tokio::test]
async fn bearer_tokens_on_the_wire() {
    let house = House::new();
    let (library, erika) = (house.library(), house.erika());
    let code = house.code(&library, &erika, &[]).await;
    let (_, tokens) = house.redeems(&library, &code).await;
    let token = tokens["access_token"].as_str().unwrap();
    let get = |scheme: &str| {
        TestRequest::get().uri(paths::USERINFO).insert_header(("authorization", format!("{scheme} {token}")))
    };
    let post = || TestRequest::post().uri(paths::USERINFO);
    let form = [("access_token", token)];
    let in_query = TestRequest::get().uri(&uri(paths::USERINFO, &form));
    let wrong = TestRequest::get().uri(paths::USERINFO).insert_header(("authorization", "Bearer x"));
    for (name, request, status, error) in [
        ("get", get("Bearer"), 200, ""),
        ("other case", get("bEARER"), 200, ""),
        ("another scheme", get("Basic"), 401, ""),
        ("post, header", post().insert_header(("authorization", format!("Bearer {token}"))), 200, ""),
        ("post, form", post().set_form(form), 200, ""),
        (
            "both",
            post().set_form(form).insert_header(("authorization", format!("Bearer {token}"))),
            400,
            "invalid_request",
        ),
        ("query", in_query, 400, "invalid_request"),
        ("nothing", TestRequest::get().uri(paths::USERINFO), 401, ""),
        ("unknown", wrong, 401, "invalid_token"),
    ] {
        let answer = house.call(request).await;
        let challenge =
            answer.headers().get("www-authenticate").map(|text| text.to_str().unwrap().to_owned());
        assert_eq!(answer.status(), status, "{name}");
        match (status, error) {
            (200, _) => assert_eq!(challenge, None, "{name}"),
            (_, "") => assert_eq!(challenge.as_deref(), Some("Bearer"), "{name}"),
            _ => assert!(challenge.unwrap().contains(&format!("error=\"{error}\"")), "{name}"),
        }
        assert_eq!(answer.headers().get("access-control-allow-origin").unwrap(), "*");
    }
}

#[test]
fn values_are_whole_or_missing() {
    let tell = |identity: &Identity, locality: &str| {
        let wanted = Wanted { plain: Claim::ALL.into(), verified: BTreeSet::new() };
        let today = jiff::civil::date(2026, 11, 22);
        let known = Known { identity, check: None, level: Level::Low, today, locality };
        let mut out = Map::new();
        known.tell(&wanted, &mut out);
        Value::from(out)
    };
    assert_eq!(tell(&Identity::default(), "Birkenfurt"), json!({}));
    let mut sparse = Identity {
        family_name: Some(" ".into()),
        given_names: Some("Lea".into()),
        birth_date: PartialDate::parse("2008-11"),
        birth_place: Some("Ulm".into()),
        address: Some(Address {
            street: String::new(),
            postal_code: String::new(),
            locality: "MU\u{308}NCHEN".into(),
            country: "DE".into(),
        }),
        ..Identity::default()
    };
    assert_eq!(
        tell(&sparse, "München"),
        json!({
            "name": "Lea", "given_name": "Lea", "birthdate": "2008", "place_of_birth": { "locality": "Ulm" },
            "address": { "formatted": "MU\u{308}NCHEN\nDE", "locality": "MU\u{308}NCHEN", "country": "DE" },
            "age_over_16": true, "age_over_18": false, "resident": true,
        })
    );
    assert_eq!(tell(&sparse, "Munchen")["resident"], false);
    sparse.birth_date = PartialDate::parse("2008-11-22");
    let whole = tell(&sparse, "Ulm");
    assert_eq!((&whole["birthdate"], &whole["age_over_18"]), (&"2008-11-22".into(), &true.into()));
}
