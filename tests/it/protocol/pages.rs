//! What is true of every answer: headers, and that nothing of the request's envelope gets into it.

use crate::town::http::{Request, exchange};
use crate::town::{Answer, Town, html};
use std::collections::BTreeMap;

/// Every address of the router, with something in its slots.
fn addresses(asset: &str) -> Vec<String> {
    let known: BTreeMap<&str, &str> = include_str!("../../../src/paths.rs")
        .split("pub const ")
        .filter_map(|part| {
            let (name, rest) = part.split_once(": &str = \"")?;
            Some((name, rest.split_once('"')?.0))
        })
        .collect();
    let router = include_str!("../../../src/app/router.rs");
    let mut out = Vec::new();
    for part in router.split("resource(paths::").skip(1) {
        let name = part.split(')').next().unwrap_or_default();
        let mut path = known[name].to_owned();
        for (slot, value) in [
            ("{sign_in}", "sgn_00000000000000000000000000"),
            ("{check}", "chk_00000000000000000000000000"),
            ("{card}", "crd_00000000000000000000000000"),
            ("{review}", "rvw_00000000000000000000000000"),
            ("{webhook}", "whk_00000000000000000000000000"),
            ("{identification}", "idn_00000000000000000000000000"),
            ("{passkey}", "pky_00000000000000000000000000"),
            ("{service}", "svc_00000000000000000000000000"),
            ("{organisation}", "org_00000000000000000000000000"),
            ("{person}", "per_00000000000000000000000000"),
            ("{invite}", "inv_00000000000000000000000000"),
            ("{secret}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            ("{file}", asset),
        ] {
            path = path.replace(slot, value);
        }
        assert!(!path.contains('{'), "a slot nobody filled: {path}");
        out.push(path);
    }
    assert!(out.len() > 30, "the router was read: {}", out.len());
    out
}

/// The name of a static file, as the front page links it.
fn asset(town: &Town) -> String {
    let home = Request::get("/").send(town.port()).text();
    let link = html::tags(&home, "link")
        .into_iter()
        .find_map(|mut link| link.remove("href").filter(|href| href.starts_with("/static/")));
    link.expect("a stylesheet").trim_start_matches("/static/").to_owned()
}

fn is_armoured(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{what}: no policy"));
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{what}: {policy}"
    );
    for bad in ["unsafe", "*", "data: 'self'", "http: "] {
        assert!(!policy.contains(bad), "{what}: {policy}");
    }
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{what}");
    assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{what}");
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{what}");
    assert!(answer.header("permissions-policy").is_some(), "{what}");
    assert_eq!(answer.header("server"), None, "{what}");
    assert!(answer.header("content-type").is_some() || answer.body.is_empty(), "{what}");
    for name in ["content-security-policy", "x-content-type-options", "cache-control", "content-type"] {
        assert!(
            answer.headers.iter().filter(|(known, _)| known == name).count() <= 1,
            "{what}: {name} twice"
        );
    }
    let html = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if html || answer.status >= 300 {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
    }
    if html {
        is_clean_page(answer, policy, what);
    }
    assert_ne!(answer.status, 500, "{what}: {}", answer.text());
}

/// Nothing inline but what the nonce allows; nothing from elsewhere.
fn is_clean_page(answer: &Answer, policy: &str, what: &str) {
    let text = answer.text();
    for script in html::tags(&text, "script") {
        let nonce = script.get("nonce").unwrap_or_else(|| panic!("{what}: a script without a nonce"));
        assert!(policy.contains(&format!("'nonce-{nonce}'")), "{what}");
        assert!(script.get("src").is_none_or(|src| src.starts_with("/static/")), "{what}: {script:?}");
    }
    for link in html::tags(&text, "link") {
        assert!(link["href"].starts_with("/static/"), "{what}: {link:?}");
    }
    for bad in [" style=\"", "<style", " onclick=", " onload=", "javascript:"] {
        assert!(!text.contains(bad), "{what}: {bad}");
    }
}

#[test]
fn every_answer_is_armoured() {
    let town = Town::open();
    for path in addresses(&asset(&town)) {
        for method in ["GET", "POST", "HEAD", "PUT", "OPTIONS"] {
            let answer = Request::get(&path).method(method).send(town.port());
            is_armoured(&answer, &format!("{method} {path}"));
        }
    }
    for path in ["/nothing", "/sign-in/x", "/sign-in/", "/static/nothing.css", "/%00", "/account/nothing"] {
        let answer = Request::get(path).send(town.port());
        is_armoured(&answer, path);
        assert_eq!(answer.status, 404, "{path}");
    }
    let asset = Request::get(&format!("/static/{}", asset(&town))).send(town.port());
    assert!(asset.header("cache-control").is_some_and(|kept| kept.contains("immutable")), "by content hash");
}

#[test]
fn every_page_on_the_way_is_armoured() {
    let town = Town::open();
    let mut wish = crate::town::service::wish("Stadtbibliothek", &["name", "address"]);
    wish.min_level = torhaus::domain::assurance::Level::High;
    let office = town.service(&wish);
    let url = office.sign_in().url();
    let mut ada = town.resident();
    let check = |ada: &crate::town::Resident<'_>, page: &str| {
        is_armoured(ada.sees(), page);
        assert_eq!(ada.sees().status, 200, "{page}");
    };
    ada.opens(&url);
    check(&ada, "sign-in");
    ada.is_new();
    check(&ada, "enrolment");
    ada.browser.press("identify-eid", &[]);
    check(&ada, "demo card");
    ada.identifies_as("erika");
    check(&ada, "key");
    let made = ada.tries_to_make_key();
    ada.goes_where(&made);
    check(&ada, "done");
    ada.browser.click("continue");
    check(&ada, "consent");
    let policy = ada.sees().header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("form-action 'self' https:;"), "{policy}");
    ada.forgets_session().opens(&url).proves_with_passkey();
    check(&ada, "level too low");
    ada.identifies_as("hilde");
    check(&ada, "card refused");
    ada.browser.open("/sign-out");
    check(&ada, "sign out");
    ada.browser.open("/signed-out");
    check(&ada, "signed out");
}

#[test]
fn the_host_header_gets_into_no_answer() {
    let town = Town::open();
    for path in addresses(&asset(&town)) {
        for header in
            ["host", "x-forwarded-host", "forwarded", "x-original-url", "x-rewrite-url", "x-forwarded-prefix"]
        {
            let value = if header == "forwarded" { "host=evil.example;proto=https" } else { "evil.example" };
            let answer = Request::get(&path).with(header, value).send(town.port());
            assert!(
                !answer.everything().contains("evil.example"),
                "{header} at {path}: {}",
                answer.everything()
            );
        }
    }
    // Absolute form (RFC 9112 §3.2.2), and a path that looks like another host.
    for target in [
        "http://evil.example/nothing",
        "http://evil.example/authorize",
        "//evil.example/",
        "//evil.example/%2e%2e",
        "/\\evil.example/",
    ] {
        let raw = format!("GET {target} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n");
        let answer = exchange(town.port(), raw.as_bytes());
        let text = answer.text();
        for link in html::tags(&text, "a").into_iter().chain(html::tags(&text, "form")) {
            for name in ["href", "action"] {
                let leads = link.get(name).map(String::as_str).unwrap_or_default();
                let away =
                    leads.starts_with("//") || leads.starts_with("/\\") || leads.contains("://evil.example");
                assert!(!away, "{target} makes a link to {leads}");
            }
        }
        assert!(answer.header("location").is_none(), "{target}");
    }
}

#[test]
fn forwarded_headers_of_strangers_do_not_count() {
    let town = Town::with(|boot| boot.open_per_minute = 5);
    let library = town.library();
    let path = library.sign_in().path();
    let opened =
        |n: u32| Request::get(&path).with("x-forwarded-for", &format!("198.51.100.{n}")).send(town.port());
    let answers: Vec<_> = (1..=20).map(opened).collect();
    let limited: Vec<_> = answers.iter().filter(|answer| answer.status == 429).collect();
    assert!(limited.len() >= 14, "one address stays one address: {}", limited.len());
    for answer in limited {
        is_armoured(answer, "429");
        assert!(
            answer.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok_and(|wait| wait > 0))
        );
    }
    assert!(town.rows("sign_in") <= 6);

    let behind = Town::with(|boot| {
        boot.open_per_minute = 5;
        boot.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
    });
    let path = behind.library().sign_in().path();
    for n in 1..=20 {
        let request = Request::get(&path).with("x-forwarded-for", &format!("198.51.100.{n}"));
        assert_eq!(request.send(behind.port()).status, 303, "a proxy which is trusted speaks for many");
    }
    // What the client itself wrote before does not count.
    let spoofing = |n: u32| {
        let value = format!("198.51.100.{n}, 203.0.113.9");
        Request::get(&path).with("x-forwarded-for", &value).send(behind.port()).status
    };
    assert!((30..50).map(spoofing).filter(|status| *status == 429).count() >= 14);
}

#[test]
fn closed_doors_are_closed() {
    let town = Town::open();
    let mut ada = town.resident();
    ada.enrols(&town.library().sign_in().url(), "erika");
    let csrf = {
        ada.browser.open("/sign-out");
        ada.browser.csrf()
    };
    let before = (town.rows("person"), town.rows("passkey"), town.rows("service"), town.rows("staff"));
    for path in addresses(&asset(&town)) {
        let (own, staff) =
            (path.starts_with("/account"), ["/operator", "/services"].iter().any(|at| path.starts_with(at)));
        if !own && !staff {
            continue;
        }
        let form =
            || Request::form(&path, &[("csrf", &csrf), ("answer", "yes")]).with("origin", &town.origin);
        let mut seen = vec![("a stranger", Request::get(&path).send(town.port()))];
        seen.push(("a stranger's form", form().send(town.port())));
        if staff {
            seen.push(("a resident", ada.browser.send(Request::get(&path))));
            seen.push(("a resident's form", ada.browser.send(form())));
        }
        for (who, answer) in seen {
            // Leaving ends before a door which is closed as well.
            let to_the_door = answer.status == 303
                && (["/sign-in/", "/signed-out"].iter().any(|at| answer.location().starts_with(at))
                    || ["/", "/operator"].contains(&answer.location()));
            assert!(to_the_door || matches!(answer.status, 400..=499), "{who} at {path}: {}", answer.status);
            assert!(!answer.text().contains("Mustermann"), "{who} at {path}");
        }
    }
    let after = (town.rows("person"), town.rows("passkey"), town.rows("service"), town.rows("staff"));
    assert_eq!(after, before);
    ada.browser.open("/account");
    assert_eq!(ada.sees().status, 200);
    assert!(ada.sees().text().contains("Mustermann"), "her own door opens");
    is_armoured(ada.sees(), "account");
}
