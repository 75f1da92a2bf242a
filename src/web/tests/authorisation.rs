//! Who may do what: every route of the router × everybody who may come, as the table says. A route without a row fails.

use super::owners::{member, registers};
use super::staff::organisation;
use super::{Came, Guest, House};
use crate::domain::id::{PersonId, ServiceId};
use crate::domain::organisation::Organisation;
use crate::domain::staff::Role;
use crate::domain::time::Span;
use crate::{paths, store};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What comes of it, in one letter each:
/// `+` they are let in (the page, or a word on what the form lacks) · `d` sent to a door to log in · `-` told that it is not
/// theirs · `0` nothing is there for them · `=` the same for everybody, whoever they are.
const TABLE: &str = include_str!("authorisation.txt");

/// Who comes: nobody, the resident whose things are asked for, another resident, an operator, owner and viewer of the
/// organisation whose service it is, owner and viewer of another, a clerk.
const WHO: [&str; 9] =
    ["nobody", "erika", "anna", "operator", "owner", "viewer", "other owner", "other viewer", "clerk"];

/// Routes of the router, as name of the path and method.
pub(super) fn routes() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    for part in include_str!("../../app/router.rs").split("resource(paths::").skip(1) {
        let name = part.split(')').next().unwrap().to_owned();
        let own = part.split("resource(").next().unwrap();
        for (word, method) in [
            ("route(get()", "GET"),
            ("route(post()", "POST"),
            ("route(patch()", "PATCH"),
            ("route(delete()", "DELETE"),
            ("route(options()", "OPTIONS"),
        ] {
            if own.contains(word) {
                routes.insert((name.clone(), method.to_owned()));
            }
        }
    }
    assert!(routes.len() > 90, "the router was read: {}", routes.len());
    routes
}

/// Patterns by their names.
pub(super) fn patterns() -> BTreeMap<&'static str, &'static str> {
    let part = |part: &'static str| {
        let (name, rest) = part.split_once(": &str = \"")?;
        Some((name, rest.split_once('"')?.0))
    };
    include_str!("../../paths.rs").split("pub const ").filter_map(part).collect()
}

/// What a form must hold so that nothing but the right of whoever sends it is judged first; it changes nothing.
fn fields(name: &str) -> Vec<(&'static str, &'static str)> {
    match name {
        "SERVICES" => vec![
            ("service", "svc_0000000000000000000000000a"),
            ("kind", "web"),
            ("level", "low"),
            ("age", "any"),
        ],
        "SERVICE_SETTINGS" => vec![
            ("service", "svc_0000000000000000000000000a"),
            ("kind", "web"),
            ("level", "low"),
            ("age", "any"),
            ("version", "0"),
        ],
        _ => Vec::new(),
    }
}

/// Ways that would end the session of whoever goes them, last.
fn ends_sessions(name: &str) -> bool {
    ["SESSION", "OPERATOR_SESSION", "SIGN_OUT", "END_SESSION"].contains(&name)
}

fn letter(came: &Came) -> char {
    // What a script is told.
    if came.status == 422 && came.json()["error"].is_string() {
        return '-';
    }
    match came.status {
        303 if came.location.starts_with("/sign-in/") => 'd',
        403 => '-',
        404 | 410 => '0',
        // 401: a machine did not prove itself, whoever's browser it came from.
        200 | 204 | 303 | 400 | 401 | 409 | 422 => '+',
        other => panic!("{other}: {} {}", came.location, came.body),
    }
}

async fn goes(guest: &mut Guest<'_>, path: &str, name: &str, method: &str) -> Came {
    match method {
        "GET" => guest.opens(path).await,
        // What a page's script sends.
        "POST" if name == "ACCOUNT_DEVICE_OPTIONS" => guest.calls(path, &json!({})).await,
        "POST" if name == "ACCOUNT_DEVICES" => {
            let ceremony = "cer_00000000000000000000000000";
            guest.calls(path, &json!({ "ceremony": ceremony, "credential": {}, "device_name": "" })).await
        }
        "POST" => guest.posts(path, &fields(name)).await,
        other => {
            let request = actix_web::test::TestRequest::default().method(other.parse().unwrap()).uri(path);
            guest.sends(request).await
        }
    }
}

/// The addresses of things that are there.
fn things(
    person: PersonId,
    service: ServiceId,
    own: &Organisation,
    house: &House,
) -> Vec<(&'static str, String)> {
    let keys = house.read(|db| store::passkey::by_holder(crate::domain::passkey::Holder::Person(person), db));
    let cards = house.read(|db| store::card::by_person(person, db));
    vec![
        ("{service}", service.to_string()),
        ("{organisation}", own.id.to_string()),
        ("{person}", person.to_string()),
        ("{passkey}", keys[0].id.to_string()),
        ("{card}", cards[0].id.to_string()),
        ("{sign_in}", "sgn_00000000000000000000000000".to_owned()),
        ("{check}", "chk_00000000000000000000000000".to_owned()),
        ("{review}", "rvw_00000000000000000000000000".to_owned()),
        ("{webhook}", "whk_00000000000000000000000000".to_owned()),
        ("{identification}", "idn_00000000000000000000000000".to_owned()),
        ("{invite}", "inv_00000000000000000000000000".to_owned()),
        ("{secret}", "A".repeat(43)),
        ("{file}", "torhaus.css".to_owned()),
    ]
}

/// The table as it is.
async fn table(house: &House) -> String {
    let own = organisation("Amt", house);
    let other = organisation("Anderes Amt", house);
    let own = house.read(|db| store::organisation::by_id(own, db)).unwrap();
    let mut erika = Guest::comes(house);
    let person = erika.enrols("erika").await;
    let mut anna = Guest::comes(house);
    anna.enrols("ada").await;
    let mut owner = member(Role::Owner(own.id), house).await;
    let (service, _) = registers(&mut owner, &[]).await;
    let things = things(person, service, &own, house);
    let mut guests = [
        Guest::comes(house),
        erika,
        anna,
        member(Role::Operator, house).await,
        owner,
        member(Role::Viewer(own.id), house).await,
        member(Role::Owner(other), house).await,
        member(Role::Viewer(other), house).await,
        member(Role::Clerk, house).await,
    ];
    let patterns = patterns();
    let mut routes: Vec<(String, String)> = routes().into_iter().collect();
    routes.sort_by_key(|(name, _)| ends_sessions(name));
    let mut lines = BTreeSet::new();
    for (name, method) in routes {
        let filled = |path: String, (slot, value): &(&str, String)| path.replace(slot, value);
        let path = things.iter().fold(patterns[name.as_str()].to_owned(), filled);
        assert!(!path.contains('{'), "a slot nobody filled: {path}");
        // Limits of acts are another matter.
        house.pass(Span::seconds(8));
        let mut letters = String::new();
        for guest in &mut guests {
            if guest.csrf.is_empty() {
                guest.opens(paths::HOME).await;
            }
            letters.push(letter(&goes(guest, &path, &name, &method).await));
        }
        if letters.chars().all(|one| letters.starts_with(one)) {
            letters = "=".to_owned();
        }
        lines.insert(format!("{name} {method} {letters}"));
    }
    lines.into_iter().fold(String::new(), |mut all, line| {
        let _never_fails = writeln!(all, "{line}");
        all
    })
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_nothing_else() {
    let is = table(&House::new()).await;
    let says: Vec<&str> = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let is: Vec<&str> = is.lines().collect();
    let wrong: Vec<String> = is
        .iter()
        .filter(|line| !says.contains(line))
        .map(|line| format!("is:   {line}"))
        .chain(says.iter().filter(|line| !is.contains(line)).map(|line| format!("says: {line}")))
        .collect();
    assert!(wrong.is_empty(), "{WHO:?}\n{}", wrong.join("\n"));
}
