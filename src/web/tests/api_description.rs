//! The description of the API against the router, and against each answer that a script gets in any test.

use super::House;
use super::api::{ALL, Script, Told, office};
use crate::domain::id::ServiceId;
use crate::domain::service_use::{Outcome, Use};
use crate::paths;
use crate::web::api::openapi::DESCRIPTION;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What a schema of the description does not allow of a value; as much of JSON Schema as the description uses.
fn unfit(schema: &Value, value: &Value, root: &Value, at: &str) -> Vec<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        return unfit(root.pointer(&reference[1..]).expect(reference), value, root, at);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let good = choices.iter().filter(|one| unfit(one, value, root, at).is_empty()).count();
        return if good == 1 { Vec::new() } else { vec![format!("{at}: fits {good} of oneOf: {value}")] };
    }
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let may = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(some) => some.iter().filter_map(Value::as_str).collect(),
        _ => vec![is],
    };
    let mut out = Vec::new();
    if !may.contains(&is) {
        out.push(format!("{at}: {is}, not {may:?}"));
    }
    if let Some(known) = schema["enum"].as_array()
        && !known.contains(value)
    {
        out.push(format!("{at}: {value} is none of {known:?}"));
    }
    if let (Some(all), Some(items)) = (value.as_array(), schema.get("items")) {
        out.extend(all.iter().enumerate().flat_map(|(n, one)| unfit(items, one, root, &format!("{at}/{n}"))));
    }
    if let (Some(members), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                out.push(format!("{at}: {name} is missing"));
            }
        }
        for (name, value) in members {
            match known.get(name) {
                Some(schema) => out.extend(unfit(schema, value, root, &format!("{at}/{name}"))),
                None => out.push(format!("{at}: {name} is not described")),
            }
        }
    }
    out
}

/// The operation of a call, if there is one.
fn operation<'d>(method: &str, path: &str, root: &'d Value) -> Option<&'d Value> {
    let path = path.split('?').next().unwrap();
    let fits = |pattern: &str| {
        let (known, given): (Vec<&str>, Vec<&str>) =
            (pattern.split('/').collect(), path.split('/').collect());
        known.len() == given.len()
            && known.iter().zip(given).all(|(one, is)| one.starts_with('{') || *one == is)
    };
    let item = root["paths"].as_object().unwrap().iter().find(|(pattern, _)| fits(pattern))?.1;
    item.get(method.to_lowercase())
}

/// Follows a reference into the components.
fn resolved<'d>(one: &'d Value, root: &'d Value) -> &'d Value {
    one["$ref"].as_str().map_or(one, |reference| root.pointer(&reference[1..]).expect(reference))
}

/// Status, headers, kind and members of an answer are those of the description.
pub(super) fn is_as_described(method: &str, path: &str, told: &Told) {
    let root: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let Some(operation) = operation(method, path, &root) else { return };
    let call = format!("{method} {path}: {}", told.status);
    let described = resolved(&operation["responses"][told.status.to_string()], &root);
    assert!(described.is_object(), "{call} is not described: {}", told.body);
    for name in described["headers"].as_object().into_iter().flatten().map(|(name, _)| name.to_lowercase()) {
        assert!(!told.header(&name).is_empty(), "{call} lacks {name}: {:?}", told.headers);
    }
    for name in ["etag", "location", "retry-after", "www-authenticate"] {
        let known = described["headers"].as_object().into_iter().flatten();
        let known = known.map(|(known, _)| known.to_lowercase()).any(|known| known == name);
        assert!(known || told.header(name).is_empty(), "{call} has {name}, which is not described");
    }
    let kind = told.header("content-type").split(';').next().unwrap();
    match described["content"].as_object() {
        None => assert!(kind.is_empty() && told.body.is_null(), "{call} has a body: {}", told.body),
        Some(content) => {
            let schema = content.get(kind).unwrap_or_else(|| panic!("{call} is {kind:?}"));
            let bad = unfit(&schema["schema"], &told.body, &root, "");
            assert!(bad.is_empty(), "{call}: {bad:#?} {}", told.body);
        }
    }
}

#[tokio::test]
async fn the_description_says_what_the_router_has_and_what_is_answered() {
    let house = House::new();
    let (_, _, script) = office(&house, "Amt", &ALL).await;
    let root: Value = serde_json::from_str(DESCRIPTION).unwrap();
    let described: BTreeSet<(String, String)> = root["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (path, method)))
        .filter(|(_, method)| *method != "parameters")
        .map(|(path, method)| (path.clone(), method.to_uppercase()))
        .collect();
    let patterns = super::authorisation::patterns();
    let routed: BTreeSet<(String, String)> = super::authorisation::routes()
        .into_iter()
        .map(|(name, method)| (patterns[name.as_str()].to_owned(), method))
        .filter(|(path, _)| path.starts_with("/api/"))
        .collect();
    assert_eq!(described, routed);
    // Each example is taken, and each answer is as described.
    let example = |path: &str, method: &str| {
        let content = &root["paths"][path][method]["requestBody"]["content"]["application/json"];
        content["example"].clone()
    };
    let one = "/api/v1/services/{service}";
    let made = script.adds(&example("/api/v1/services", "post")).await;
    let id = made.body["id"].as_str().unwrap().to_owned();
    let changed = script.changes(&id, made.header("etag"), &example(one, "patch")).await;
    let secrets = format!("{}/{id}/secrets", paths::API_SERVICES);
    let etag = [("if-match", changed.header("etag"))];
    let body = example(&format!("{one}/secrets"), "post");
    let secret = script.calls("POST", &secrets, &etag, Some(&body)).await;
    let service: ServiceId = id.parse().unwrap();
    house.app.uses.count(Use::new(service, Outcome::Declined, house.app.now()));
    let script = &script;
    let get = |path: String| async move { script.calls("GET", &path, &[], None).await };
    let base = format!("{}/{id}", paths::API_SERVICES);
    let wrong = script.adds(&json!({ "kind": "web", "name": "" })).await;
    for (schema, told) in [
        ("Service", made),
        ("Service", changed),
        ("Secret", secret),
        ("Services", get(paths::API_SERVICES.to_owned()).await),
        ("Service", get(base.clone()).await),
        ("Use", get(format!("{base}/use")).await),
        ("Changes", get(format!("{base}/changes")).await),
        ("Problem", wrong),
        ("Problem", script.reads("svc_0000000000000000000000000a").await),
    ] {
        let bad = unfit(&root["components"]["schemas"][schema], &told.body, &root, schema);
        assert!(bad.is_empty(), "{bad:#?}: {}", told.body);
    }
    let served =
        Script { house: &house, token: String::new() }.calls("GET", paths::API_DESCRIPTION, &[], None).await;
    assert_eq!((served.status, &served.body["servers"][0]["url"]), (200, &json!(super::ORIGIN)));
}
