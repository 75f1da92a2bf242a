//! The API: a town's script does what owners do, with a token, and nothing else.

use super::House;
use super::owners::{decides, hidden, member, registers, service};
use super::staff::organisation;
use crate::app::router;
use crate::domain::api_token::ApiToken;
use crate::domain::id::{ApiTokenId, OrganisationId, ServiceId};
use crate::domain::secret::BearerHash;
use crate::domain::service::Standing;
use crate::domain::service_use::{Outcome, Use};
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::web::tests::Guest;
use crate::{paths, store};
use actix_web::body::to_bytes;
use actix_web::test::{TestRequest, call_service, init_service};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const ALL: [&str; 4] = ["services:read", "services:write", "secrets:write", "use:read"];

/// What came back to a script.
pub(super) struct Told {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

impl Told {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// A script with a token.
pub(super) struct Script<'h> {
    pub(super) house: &'h House,
    pub(super) token: String,
}

impl Script<'_> {
    pub(super) async fn calls(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Told {
        self.sends(method, path, more, body.map(|body| body.to_string().into_bytes())).await
    }

    pub(super) async fn sends(
        &self,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Told {
        let mut request = TestRequest::default().method(method.parse().unwrap()).uri(path);
        if !self.token.is_empty() {
            request = request.insert_header(("authorization", format!("Bearer {}", self.token)));
        }
        if body.is_some() {
            request = request.insert_header(("content-type", "application/json"));
        }
        for (name, value) in more {
            request = request.insert_header((*name, *value));
        }
        if let Some(body) = body {
            request = request.set_payload(body);
        }
        let service = init_service(router::app(self.house.app.clone(), self.house.rooms.clone())).await;
        let answer = call_service(&service, request.to_request()).await.into_parts().1;
        let headers = answer.headers().iter();
        let headers =
            headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body()).await.unwrap();
        let told = Told { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) };
        super::api_description::is_as_described(method, path, &told);
        told
    }

    pub(super) async fn adds(&self, body: &Value) -> Told {
        self.calls("POST", paths::API_SERVICES, &[], Some(body)).await
    }

    pub(super) async fn reads(&self, id: &str) -> Told {
        self.calls("GET", &format!("{}/{id}", paths::API_SERVICES), &[], None).await
    }

    pub(super) async fn changes(&self, id: &str, etag: &str, body: &Value) -> Told {
        self.calls("PATCH", &format!("{}/{id}", paths::API_SERVICES), &[("if-match", etag)], Some(body)).await
    }
}

/// Makes a token as an owner does; gives its text.
pub(super) async fn makes(owner: &mut Guest<'_>, scopes: &[&str]) -> String {
    let new = hidden(&owner.opens(paths::SERVICES_TOKENS).await, "new");
    let boxes = scopes.iter().map(|scope| (*scope, "yes"));
    let fields: Vec<_> = [("action", "make"), ("new", &*new), ("name", "Abgleich"), ("days", "90")]
        .into_iter()
        .chain(boxes)
        .collect();
    let made = owner.posts(paths::SERVICES_TOKENS, &fields).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let (_, rest) = made.body.split_once("data-token>").expect("a token");
    rest.split('<').next().unwrap().to_owned()
}

/// An organisation with an owner and a script.
pub(super) async fn office<'h>(
    house: &'h House,
    name: &'static str,
    scopes: &[&str],
) -> (OrganisationId, Guest<'h>, Script<'h>) {
    let own = organisation(name, house);
    let mut otto = member(Role::Owner(own), house).await;
    let token = makes(&mut otto, scopes).await;
    (own, otto, Script { house, token })
}

pub(super) fn films() -> Value {
    json!({
        "kind": "web",
        "name": "Filmverleih",
        "purpose": "um Filme auszuleihen",
        "redirect_uris": ["https://filme.example/cb"],
    })
}

#[tokio::test]
async fn a_script_makes_changes_and_removes_a_service() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let made = script.adds(&films()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["id"].as_str().unwrap().to_owned();
    assert!(made.body["client_secret"].as_str().unwrap().len() > 40);
    assert_eq!(made.header("location"), format!("{}/{id}", paths::API_SERVICES));
    assert_eq!((made.body["standing"].as_str(), made.header("etag")), (Some("waiting"), "\"1\""));
    let read = script.reads(&id).await;
    assert!(read.status == 200 && read.body.get("client_secret").is_none(), "told once");
    assert_eq!(read.body["registered"]["office"], Value::Null);
    let kept = service(id.parse().unwrap(), &house);
    assert_eq!((kept.registration.office.as_str(), kept.standing()), ("Amt", Standing::Waiting));

    let changed =
        script.changes(&id, "\"1\"", &json!({ "name": "Filme", "max_identity_age_months": 24 })).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.body);
    assert_eq!(changed.body["registered"]["purpose"], "um Filme auszuleihen", "what is not sent stays");
    assert_eq!(changed.body["registered"]["max_identity_age_months"], 24);
    let back =
        script.changes(&id, "\"2\"", &json!({ "max_identity_age_months": null, "paused": true })).await;
    assert_eq!(back.body["registered"]["max_identity_age_months"], Value::Null);
    assert_eq!(back.body["registered"]["paused"], true);

    let path = format!("{}/{id}/secrets", paths::API_SERVICES);
    let body = json!({ "overlap_hours": 24, "life_days": 365 });
    let secret = script.calls("POST", &path, &[("if-match", "\"3\"")], Some(&body)).await;
    assert_eq!(secret.status, 201, "{}", secret.body);
    let kept = service(id.parse().unwrap(), &house);
    assert!(kept.knows_secret(secret.body["client_secret"].as_str().unwrap(), house.app.now()));
    let changes = script.calls("GET", &format!("{}/{id}/changes", paths::API_SERVICES), &[], None).await;
    let versions: Vec<i64> = changes.body["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["version"].as_i64().unwrap())
        .collect();
    assert_eq!(versions, [4, 3, 2, 1]);
    assert!(!changes.body.to_string().contains("sha256"), "no secret, not even its hash");

    let path = format!("{}/{id}", paths::API_SERVICES);
    assert_eq!(script.calls("DELETE", &path, &[("if-match", "\"3\"")], None).await.status, 412);
    assert_eq!(script.calls("DELETE", &path, &[("if-match", "\"4\"")], None).await.status, 204);
    assert_eq!(script.reads(&id).await.status, 404);
    for (event, count) in [("service.added", 1), ("service.changed", 2), ("service.removed", 1)] {
        assert_eq!(house.audited(event), count, "{event}");
    }
    let rows = house.read(|db| store::audit::after(0, 1000, db));
    let row = rows.iter().find(|row| row.row.event == "service.removed").unwrap();
    assert!(row.row.actor.starts_with("staff ") && row.row.detail.contains("token=tok_"), "{:?}", row.row);
}

#[tokio::test]
async fn a_wish_for_more_data_waits_for_an_operator_as_on_the_pages() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let id = script.adds(&films()).await.body["id"].as_str().unwrap().to_owned();
    let mut olga = member(Role::Operator, &house).await;
    decides(&mut olga, id.parse().unwrap(), "release", "").await;
    let wish = json!({ "data": [{ "datum": "address", "reason": "Wir schicken die Filme." }] });
    let asked = script.changes(&id, "\"2\"", &wish).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    assert_eq!(asked.body["registered"]["data"], json!([]));
    assert_eq!(asked.body["proposed"]["data"], wish["data"]);
    assert_eq!(asked.body["awaits_operator"], true);
    decides(&mut olga, id.parse().unwrap(), "release", "").await;
    let let_in = script.reads(&id).await.body;
    assert_eq!((&let_in["registered"]["data"], &let_in["proposed"]), (&wish["data"], &Value::Null));
}

#[tokio::test]
async fn what_is_wrong_is_named_all_at_once_and_changes_nothing() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let body = json!({
        "kind": "web",
        "name": " ",
        "redirect_uris": ["https://filme.example/cb", "http://filme.example/"],
        "data": [{ "datum": "name", "reason": "" }],
    });
    let wrong = script.adds(&body).await;
    assert_eq!((wrong.status, wrong.header("content-type")), (422, "application/problem+json"));
    let pointers: Vec<&str> =
        wrong.body["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/name", "/purpose", "/redirect_uris/1", "/data/0/reason"]);
    let with = |member: &str, value: Value| {
        let mut body = films();
        body[member] = value;
        body
    };
    for (member, value, pointer) in [
        ("kind", json!("robot"), "/kind"),
        ("min_level", json!("basic"), "/min_level"),
        ("max_identity_age_months", json!(13), "/max_identity_age_months"),
        ("data", json!([{ "datum": "shoe_size", "reason": "x" }]), "/data/0/datum"),
        (
            "data",
            json!([{ "datum": "name", "reason": "x" }, { "datum": "name", "reason": "y" }]),
            "/data/1/datum",
        ),
        ("redirect_uris", json!(["https://a.example/\nhttps://b.example/"]), "/redirect_uris/0"),
        ("redirect_uris", json!([]), "/redirect_uris"),
        ("token_endpoint_auth_method", json!("none"), "/token_endpoint_auth_method"),
        ("token_endpoint_auth_method", json!("private_key_jwt"), "/jwks"),
        ("id_token_signed_response_alg", json!("none"), "/id_token_signed_response_alg"),
        ("post_logout_redirect_uris", json!(["javascript:alert(1)"]), "/post_logout_redirect_uris/0"),
        ("backchannel_logout_uri", json!("ftp://a.example/"), "/backchannel_logout_uri"),
    ] {
        let told = script.adds(&with(member, value)).await;
        assert_eq!(told.status, 422, "{member}: {}", told.body);
        assert_eq!(told.body["errors"][0]["pointer"], pointer, "{member}: {}", told.body);
    }
    for body in
        [with("office", json!("Anderes Amt")), with("released", json!(true)), json!([]), json!({"kind": 7})]
    {
        let told = script.adds(&body).await;
        assert!([400, 422].contains(&told.status), "{}", told.body);
    }
    for raw in [&b"{"[..], b"", b"\xff", b"null", br#"{"kind":"web","kind":"web"}"#] {
        let told = script.sends("POST", paths::API_SERVICES, &[], Some(raw.to_vec())).await;
        assert!([400, 422].contains(&told.status), "{raw:?}: {}", told.body);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(script.sends("POST", paths::API_SERVICES, &form, Some(b"a=b".to_vec())).await.status, 400);
    assert_eq!(house.audited("service.added"), 0);
}

#[tokio::test]
async fn sent_twice_it_makes_one_and_of_two_changes_at_once_one_is_told_so() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let key = [("idempotency-key", "filme-2026")];
    let body = films();
    let add = || script.calls("POST", paths::API_SERVICES, &key, Some(&body));
    let (one, two) = tokio::join!(add(), add());
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 201], "{} {}", one.body, two.body);
    assert_eq!(one.body["id"], two.body["id"]);
    let secrets = [&one, &two].iter().filter(|told| told.body.get("client_secret").is_some()).count();
    assert_eq!(secrets, 1, "told once");
    let id = one.body["id"].as_str().unwrap().to_owned();
    let (left, right) = (json!({ "name": "Links" }), json!({ "name": "Rechts" }));
    let (one, two) = tokio::join!(script.changes(&id, "\"1\"", &left), script.changes(&id, "\"1\"", &right));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    let path = format!("{}/{id}", paths::API_SERVICES);
    assert_eq!(script.calls("PATCH", &path, &[], Some(&left)).await.status, 428);
    // Another organisation's key is another key.
    let (_, _, other) = office(&house, "Anderes Amt", &ALL).await;
    let theirs = other.calls("POST", paths::API_SERVICES, &key, Some(&body)).await;
    assert_eq!(theirs.status, 201);
    assert_ne!(theirs.body["id"].as_str(), Some(id.as_str()));
}

#[tokio::test]
async fn a_token_does_what_its_scopes_say_for_its_organisation_while_it_lives() {
    let house = House::new();
    let (own, mut otto, whole) = office(&house, "Amt", &ALL).await;
    let id = whole.adds(&films()).await.body["id"].as_str().unwrap().to_owned();
    let base = format!("{}/{id}", paths::API_SERVICES);
    let calls = [
        ("GET", paths::API_SERVICES.to_owned(), "services:read"),
        ("POST", paths::API_SERVICES.to_owned(), "services:write"),
        ("GET", base.clone(), "services:read"),
        ("PATCH", base.clone(), "services:write"),
        ("POST", format!("{base}/secrets"), "secrets:write"),
        ("GET", format!("{base}/use"), "use:read"),
        ("GET", format!("{base}/changes"), "services:read"),
        ("DELETE", base.clone(), "services:write"),
    ];
    for scope in ALL {
        let narrow = Script { house: &house, token: makes(&mut otto, &[scope]).await };
        for (method, path, needed) in &calls {
            let body = json!({});
            let body = ["POST", "PATCH"].contains(method).then_some(&body);
            let told = narrow.calls(method, path, &[], body).await;
            assert_eq!(told.status == 403, scope != *needed, "{scope} {method} {path}: {}", told.body);
            assert_eq!(told.header("www-authenticate").contains("insufficient_scope"), scope != *needed);
        }
    }
    let (_, _, other) = office(&house, "Anderes Amt", &ALL).await;
    for (method, path, _) in calls.iter().filter(|(_, path, _)| path.contains("svc_")) {
        let body = json!({});
        let body = ["POST", "PATCH"].contains(method).then_some(&body);
        assert_eq!(
            other.calls(method, path, &[("if-match", "\"1\"")], body).await.status,
            404,
            "{method} {path}"
        );
    }
    assert_eq!(other.calls("GET", paths::API_SERVICES, &[], None).await.body["services"], json!([]));
    // What is no token, or none any more.
    for token in ["", "x", "tht_", &whole.token[..whole.token.len() - 1], &whole.token.replace("tht_", "")] {
        let nobody = Script { house: &house, token: token.to_owned() };
        let told = nobody.calls("GET", paths::API_SERVICES, &[], None).await;
        assert_eq!((told.status, told.header("content-type")), (401, "application/problem+json"), "{token}");
        assert!(told.header("www-authenticate").starts_with("Bearer realm=\"api\""));
    }
    house.pass(Span::seconds(1));
    let narrow = Script { house: &house, token: makes(&mut otto, &["services:read"]).await };
    let page = otto.opens(paths::SERVICES_TOKENS).await;
    let last = hidden(&page, "token");
    let mut vera = member(Role::Viewer(own), &house).await;
    assert_eq!(vera.opens(paths::SERVICES_TOKENS).await.status, 403);
    for _twice in 0..2 {
        otto.posts(paths::SERVICES_TOKENS, &[("action", "end"), ("token", &last)]).await;
    }
    assert_eq!(house.audited("api-token.ended"), 1);
    assert_eq!(narrow.calls("GET", paths::API_SERVICES, &[], None).await.status, 401);
    assert_eq!(whole.calls("GET", paths::API_SERVICES, &[], None).await.status, 200);
    house.pass(Span::days(90));
    assert_eq!(whole.calls("GET", paths::API_SERVICES, &[], None).await.status, 401, "its time is up");
}

#[tokio::test]
async fn a_token_ends_with_its_makers_access() {
    let house = House::new();
    let (own, _, script) = office(&house, "Amt", &ALL).await;
    assert_eq!(script.adds(&films()).await.status, 201);
    let otto = house.read(|db| store::staff::of_organisation(own, db)).remove(0).id;
    house.write(move |db| store::staff::remove(otto, own, db));
    assert_eq!(script.adds(&films()).await.status, 401);
    let left = house.read(|db| store::api_token::of_organisation(own, db));
    assert!(left.is_empty());
}

#[tokio::test]
async fn tokens_are_made_with_a_name_and_scopes_and_not_without_end() {
    let house = House::new();
    let own = organisation("Amt", &house);
    let mut otto = member(Role::Owner(own), &house).await;
    let new = hidden(&otto.opens(paths::SERVICES_TOKENS).await, "new");
    let make = |name: &'static str, days: &'static str| {
        [("action", "make"), ("new", &*new), ("name", name), ("days", days)]
    };
    assert_eq!(otto.posts(paths::SERVICES_TOKENS, &make(" ", "30")).await.status, 422);
    let unscoped = otto.posts(paths::SERVICES_TOKENS, &make("x", "30")).await;
    assert!(unscoped.status == 422 && unscoped.body.contains("was es darf"), "{}", unscoped.body);
    assert_eq!(otto.posts(paths::SERVICES_TOKENS, &make("x", "3650")).await.status, 400);
    let token = makes(&mut otto, &["use:read"]).await;
    assert!(token.starts_with("tht_") && token.len() > 44);
    assert!(!otto.opens(paths::SERVICES_TOKENS).await.body.contains(&token), "shown once");
    let kept = house.read(|db| db.all("SELECT hash FROM api_token", &[], |row| row.get_blob(0)));
    assert!(kept.iter().all(|hash| hash.len() == 32));
    let one = house.read(|db| store::api_token::of_organisation(own, db)).remove(0);
    for number in 1..50_u8 {
        let token = ApiToken { id: ApiTokenId::from_bytes([number; 16]), ..one.clone() };
        assert!(house.write(move |db| store::api_token::insert(&token, &BearerHash([number; 32]), db)));
    }
    let mut one_more = make("x", "30").to_vec();
    one_more.push(("use:read", "yes"));
    assert_eq!(otto.posts(paths::SERVICES_TOKENS, &one_more).await.status, 409);
}

#[tokio::test]
async fn a_form_for_a_token_makes_one_however_often_it_is_sent() {
    let house = House::new();
    let own = organisation("Amt", &house);
    let mut otto = member(Role::Owner(own), &house).await;
    let page = otto.opens(paths::SERVICES_TOKENS).await;
    let id = hidden(&page, "new");
    let fields =
        [("action", "make"), ("new", &*id), ("name", "Abgleich"), ("days", "30"), ("use:read", "yes")];
    let first = otto.posts(paths::SERVICES_TOKENS, &fields).await;
    assert!(first.status == 200 && first.body.contains("data-token>tht_"), "{}", first.body);
    let again = otto.posts(paths::SERVICES_TOKENS, &fields).await;
    assert_eq!((again.status, again.location.as_str()), (303, paths::SERVICES_TOKENS));
    assert_eq!(house.read(|db| store::api_token::of_organisation(own, db)).len(), 1);
    assert_eq!(house.audited("api-token.made"), 1);
}

#[tokio::test]
async fn use_is_told_by_the_day_and_small_counts_are_not() {
    let house = House::new();
    let (_, mut otto, script) = office(&house, "Amt", &ALL).await;
    let (id, _) = registers(&mut otto, &[]).await;
    for _ in 0..7 {
        house.app.uses.count(Use::new(id, Outcome::Declined, house.app.now()));
    }
    for _ in 0..4 {
        house.app.uses.count(Use::new(id, Outcome::RefusedLevel, house.app.now()));
    }
    let path = format!("{}/{id}/use", paths::API_SERVICES);
    let told = script.calls("GET", &path, &[], None).await;
    assert_eq!(told.status, 200, "{}", told.body);
    let uses: Vec<(&str, &Value)> = told.body["use"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["outcome"].as_str().unwrap(), &one["uses"]))
        .collect();
    assert_eq!(uses, [(Outcome::Declined.name(), &json!(7)), (Outcome::RefusedLevel.name(), &Value::Null)]);
    let earlier = script.calls("GET", &format!("{path}?from=2026-10-01&to=2026-10-31"), &[], None).await;
    assert_eq!(earlier.body["use"], json!([]));
    for query in
        ["?from=2026-11-02&to=2026-11-01", "?from=x", "?from=2020-01-01&to=2026-01-01", "?to=9999-12-31"]
    {
        assert_eq!(script.calls("GET", &format!("{path}{query}"), &[], None).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let mut made = BTreeSet::new();
    for number in 0..5 {
        let body = json!({ "kind": "machine", "name": format!("Maschine {number}") });
        made.insert(script.adds(&body).await.body["id"].as_str().unwrap().to_owned());
    }
    let (mut seen, mut after) = (BTreeSet::new(), String::new());
    for _ in 0..3 {
        let page = script.calls("GET", &format!("{}?limit=2{after}", paths::API_SERVICES), &[], None).await;
        seen.extend(
            page.body["services"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page.body["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    assert_eq!(seen, made);
    for wrong in ["limit=0", "limit=101", "limit=x", "after=per_x"] {
        let told = script.calls("GET", &format!("{}?{wrong}", paths::API_SERVICES), &[], None).await;
        assert_eq!(told.status, 400, "{wrong}");
    }
}

#[test]
fn any_body_is_read_or_refused() {
    use actix_web::web::Bytes;
    use proptest::prelude::*;
    let request =
        TestRequest::default().insert_header(("content-type", "application/json")).to_http_request();
    proptest!(|(bytes: Vec<u8>, text: String, number: i64)| {
        let some = [
            bytes,
            json!({ "name": &text, "kind": &text, "data": [{ "datum": &text, "reason": &text }] }).to_string().into_bytes(),
            json!({ "redirect_uris": [&text], "max_identity_age_months": number, "jwks": { &text: number } }).to_string().into_bytes(),
        ];
        for body in some {
            let read = crate::web::api::body::read::<crate::web::api::body::Body>(&request, &Bytes::from(body));
            if let Ok(body) = read {
                let mut errors = Vec::new();
                let form = crate::web::owner::form::Form::empty(ServiceId::from_bytes([1; 16]));
                let wish = body.wish(form, "Amt", &mut errors);
                assert!(wish.is_some() || !errors.is_empty(), "refused without a word");
                let registered = crate::domain::service::Service::sample().registration;
                let before = errors.len();
                let registration = body.technical(&registered, &mut errors);
                assert!(registration.is_some() || errors.len() > before, "refused without a word");
            }
        }
    });
}
