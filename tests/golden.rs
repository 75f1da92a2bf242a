//! Every page sample in every language: what must hold of each page, whatever it shows.

use std::collections::{BTreeMap, BTreeSet};

use torhaus::web::gallery;
use torhaus::web::gallery::Sample;
use torhaus::web::text::Language;

#[test]
fn every_page_is_a_whole_document_in_its_language() {
    for page in gallery() {
        let html = page.html.as_str();
        assert!(html.starts_with("<!doctype html>"), "{}", place(&page));
        assert!(html.contains(&format!("<html lang=\"{}\"", page.language.html_lang())), "{}", place(&page));
        assert_eq!(count(html, "<h1"), 1, "{}: one first heading", place(&page));
        assert_eq!(count(html, "<main"), 1, "{}: one main", place(&page));
        assert_eq!(count(html, "<title>"), 1, "{}: one title", place(&page));
        assert!(html.len() < 48 * 1024, "{}: {} bytes", place(&page), html.len());
    }
}

#[test]
fn headings_never_skip_a_level() {
    for page in gallery() {
        let mut last = 0;
        for after in page.html.split("<h").skip(1) {
            let Some(level) = after.chars().next().and_then(|c| c.to_digit(10)) else { continue };
            assert!(level <= last + 1, "{}: h{level} follows h{last}", place(&page));
            last = level;
        }
    }
}

#[test]
fn tags_close_in_the_order_they_open() {
    for page in gallery() {
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(&page.html) {
            let name = name_of(tag);
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "{}: </{name}>", place(&page));
            } else if !tag.ends_with('/') && !VOID.contains(&name) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{}: {open:?} stay open", place(&page));
    }
}

#[test]
fn no_key_no_placeholder_and_no_empty_address_is_shown() {
    let german = include_str!("../templates/text/de.txt");
    let keys: BTreeSet<&str> = german.lines().filter_map(|l| Some(l.split_once(" = ")?.0)).collect();
    for page in gallery() {
        for place_holder in ["{0}", "{1}", "{2}"] {
            assert!(!page.html.contains(place_holder), "{}: {place_holder}", place(&page));
        }
        let words = page.html.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_'));
        for word in words {
            assert!(!keys.contains(word), "{}: shows the key {word}", place(&page));
        }
        for empty in ["href=\"\"", "href=\"#\"", "action=\"\"", "src=\"\""] {
            assert!(!page.html.contains(empty), "{}: {empty}", place(&page));
        }
    }
}

#[test]
fn nothing_inline_that_the_content_security_policy_forbids() {
    for page in gallery() {
        for tag in tags(&page.html) {
            let name = name_of(tag);
            assert_ne!(name, "style", "{}", place(&page));
            for attribute in attributes(tag) {
                let inline = attribute == "style" || (attribute.starts_with("on") && name != "path");
                assert!(!inline, "{}: {attribute} in <{tag}>", place(&page));
            }
            if name == "script" && !tag.starts_with('/') {
                assert!(tag.contains("src=") && tag.contains("nonce="), "{}: <{tag}>", place(&page));
            }
        }
    }
}

#[test]
fn every_field_has_its_label_and_no_id_stands_twice() {
    for page in gallery() {
        let mut ids = BTreeSet::new();
        for tag in tags(&page.html) {
            if let Some(id) = value(tag, "id") {
                assert!(ids.insert(id), "{}: id {id} stands twice", place(&page));
            }
        }
        for tag in tags(&page.html).filter(|tag| !tag.starts_with('/')) {
            if ["input", "select", "textarea"].contains(&name_of(tag)) && value(tag, "type") != Some("hidden")
            {
                let id = value(tag, "id").unwrap_or_else(|| panic!("{}: <{tag}> has no id", place(&page)));
                assert!(page.html.contains(&format!("for=\"{id}\"")), "{}: {id} has no label", place(&page));
            }
            for reference in ["for", "aria-describedby", "aria-labelledby"] {
                for id in value(tag, reference).unwrap_or_default().split_whitespace() {
                    assert!(ids.contains(id), "{}: {reference}=\"{id}\" leads nowhere", place(&page));
                }
            }
        }
    }
}

#[test]
fn every_post_carries_the_token_against_forgery() {
    for page in gallery() {
        for form in page.html.split("<form").skip(1).map(|f| f.split("</form>").next().unwrap_or_default()) {
            if form.contains("method=\"post\"") {
                assert!(form.contains("name=\"csrf\""), "{}: <form{form}", place(&page));
            }
        }
    }
}

#[test]
fn pages_are_told_apart_by_their_titles() {
    for language in Language::ALL {
        let mut pages: BTreeMap<String, String> = BTreeMap::new();
        for page in gallery().into_iter().filter(|page| page.language == language) {
            let title = page.html.split("<title>").nth(1).and_then(|t| t.split("</title>").next());
            let title = title.unwrap_or_default().to_owned();
            let stem = page.name.split('.').next().unwrap_or_default().to_owned();
            let other = pages.insert(title.clone(), stem.clone());
            assert!(other.is_none_or(|o| o == stem), "{}: title {title:?} is taken", place(&page));
        }
    }
}

const VOID: [&str; 7] = ["meta", "link", "input", "br", "img", "hr", "!doctype"];

fn place(page: &Sample) -> String {
    format!("{} ({})", page.name, page.language.tag())
}

fn count(html: &str, what: &str) -> usize {
    html.matches(what).count()
}

/// What stands between `<` and `>`; our own pages never write `>` inside an attribute.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|after| Some(after.split_once('>')?.0))
}

fn name_of(tag: &str) -> &str {
    tag.trim_start_matches('/').split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default()
}

fn value<'a>(tag: &'a str, attribute: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {attribute}=\""))?.1.split('"').next()
}

/// The names of a tag's attributes: the words before `="`, and those without a value.
fn attributes(tag: &str) -> impl Iterator<Item = &str> {
    let outside = tag.split('"').step_by(2);
    outside.flat_map(str::split_whitespace).map(|word| word.trim_end_matches('='))
}
