//! Making a data directory, and using the program wrongly.

use crate::house::{Folder, House, URL, mode, torhaus};
use std::fs;

#[test]
fn setup_makes_a_directory_that_is_closed_to_others() {
    let folder = Folder::new();
    let dir = folder.join("deep/data");
    let place = dir.to_str().unwrap();
    let said =
        torhaus(&["setup", "--data-dir", place, "--public-url", "https://id.birkenfurt.example", "--json"]);
    let said = said.fine().json();
    assert_eq!(said["data_dir"], place);
    assert_eq!(said["public_url"], "https://id.birkenfurt.example");
    let key = said["recovery_key"].as_str().unwrap();
    assert_eq!(key.replace('-', "").len(), 52, "{key}");
    assert_eq!(mode(&dir), 0o700);
    for file in fs::read_dir(&dir).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        // The recovery key is shown and not kept.
        assert!(!String::from_utf8_lossy(&fs::read(&path).unwrap()).contains(key));
    }
    for name in ["appliance.key", "torhaus.toml", "torhaus.db"] {
        assert!(dir.join(name).is_file(), "{name}");
    }
}

#[test]
fn setup_tells_people_what_comes_next() {
    let folder = Folder::new();
    let place = folder.join("data");
    let said = torhaus(&["setup", "--data-dir", place.to_str().unwrap(), "--public-url", URL]).fine();
    for words in ["Recovery key", "torhaus serve --data-dir", "torhaus operator invite"] {
        assert!(said.out.contains(words), "{}", said.out);
    }
}

#[test]
fn setup_never_touches_what_is_there() {
    let house = House::new();
    let before: Vec<_> = ["appliance.key", "torhaus.toml", "torhaus.db"]
        .map(|name| fs::read(house.file(name)).unwrap())
        .into();
    house.run(&["setup", "--public-url", URL]).refused(1, &[house.place(), "choose another"]);
    let after: Vec<_> = ["appliance.key", "torhaus.toml", "torhaus.db"]
        .map(|name| fs::read(house.file(name)).unwrap())
        .into();
    assert!(before == after);

    let folder = Folder::new();
    fs::write(folder.join("letter.txt"), "mine").unwrap();
    let place = folder.join("letter.txt");
    let parent = place.parent().unwrap().to_str().unwrap();
    torhaus(&["setup", "--data-dir", parent, "--public-url", URL]).refused(1, &[parent, "not empty"]);
    assert_eq!(fs::read_to_string(&place).unwrap(), "mine");
    // A file in place of a directory.
    let place = place.to_str().unwrap();
    torhaus(&["setup", "--data-dir", place, "--public-url", URL]).refused(1, &[place, "check the path"]);
    assert_eq!(fs::read_to_string(folder.join("letter.txt")).unwrap(), "mine");
}

#[test]
fn all_mistakes_are_told_together_and_nothing_is_made() {
    let folder = Folder::new();
    let dir = folder.join("data");
    let place = dir.to_str().unwrap();
    let said = torhaus(&[
        "setup",
        "--data-dir",
        place,
        "--public-url",
        "http://id.birkenfurt.example",
        "--tls",
        "files",
        "--tls-certificate",
        "/nowhere/chain.pem",
        "--trusted-proxy",
        "our-proxy",
    ]);
    said.refused(
        2,
        &[
            "http://id.birkenfurt.example",
            "is not https",
            "needs tls_certificate and tls_key",
            "/nowhere/chain.pem",
            "our-proxy",
            "10.0.0.0/8",
        ],
    );
    assert!(!dir.exists());
}

#[test]
fn a_public_url_is_an_https_origin_or_localhost() {
    let folder = Folder::new();
    let dir = folder.join("data");
    let place = dir.to_str().unwrap();
    for (url, remedy) in [
        ("id.birkenfurt.example", "https://"),
        ("https://id.birkenfurt.example/login", "no path"),
        ("https://ID.birkenfurt.example", "small letters"),
        ("ftp://id.birkenfurt.example", "https://"),
        ("http://192.0.2.1", "https"),
        ("", "https://"),
    ] {
        let said = torhaus(&["setup", "--data-dir", place, "--public-url", url]);
        said.refused(2, &[&format!("{url:?}"), remedy]);
        assert!(!dir.exists(), "{url}");
    }
    let mismatch = ["setup", "--data-dir", place, "--public-url", URL, "--tls", "local-ca"];
    torhaus(&mismatch).refused(2, &[URL, "TLS is on"]);
    // A slash at the end is how browsers copy an address.
    torhaus(&["setup", "--data-dir", place, "--public-url", "https://id.birkenfurt.example/"]).fine();
}

#[test]
fn wrong_use_is_told_with_exit_code_2() {
    let cases: [(&[&str], &str); 11] = [
        (&["unlock"], "unlock"),
        (&["serve", "--colour"], "--colour"),
        (&[], "Usage"),
        (&["service"], "Usage"),
        (&["setup", "--data-dir", "/tmp/x"], "--public-url"),
        (&["setup", "--data-dir", "/tmp/x", "--public-url", URL, "--tls", "magic"], "magic"),
        (&["setup", "--data-dir", "/tmp/x", "--public-url", URL, "--listen", "here"], "here"),
        (&["demo", "--tls", "files"], "--tls files"),
        (&["doctor"], "--data-dir"),
        (&["serve", "--data-dir", "/tmp/x", "--log", "torhaus=loud"], "torhaus=loud"),
        (&["serve", "--data-dir", "/tmp/x", "--log-format", "xml"], "xml"),
    ];
    for (arguments, word) in cases {
        torhaus(arguments).refused(2, &[word]);
    }
}

#[test]
fn a_place_without_a_house_is_told_how_to_make_one() {
    let folder = Folder::new();
    let commands: [&[&str]; 6] = [
        &["serve"],
        &["doctor"],
        &["service", "list"],
        &["audit", "verify"],
        &["operator", "invite"],
        &["key", "rotate"],
    ];
    for place in [folder.join("nowhere"), folder.join("")] {
        let place = place.to_str().unwrap();
        for command in commands {
            let said = torhaus(&[command, &["--data-dir", place]].concat());
            said.refused(1, &[place, "torhaus setup --data-dir"]);
        }
    }
    assert!(!folder.join("nowhere").exists());
    assert_eq!(fs::read_dir(folder.join("")).unwrap().count(), 0);
}

#[test]
fn version_and_help_go_to_standard_output() {
    let said = torhaus(&["version"]).fine();
    assert_eq!(said.out, format!("torhaus {}\n", env!("CARGO_PKG_VERSION")));
    let said = torhaus(&["version", "--json"]).fine().json();
    assert_eq!(said["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(said["name"], "torhaus");
    let said = torhaus(&["--help"]).fine();
    for command in ["demo", "serve", "setup", "operator", "service", "person", "doctor", "gallery"] {
        assert!(said.out.contains(command), "{command}");
    }
}

#[test]
fn the_gallery_writes_every_page_in_every_language() {
    let folder = Folder::new();
    let out = folder.join("gallery");
    torhaus(&["gallery", "--out", out.to_str().unwrap()]).fine();
    let mut counts = Vec::new();
    for language in fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.ends_with("static"))
    {
        let pages: Vec<_> = fs::read_dir(&language).unwrap().map(|entry| entry.unwrap().path()).collect();
        for page in &pages {
            let html = fs::read_to_string(page).unwrap();
            assert!(html.starts_with("<!") && html.contains("../static/"), "{}", page.display());
        }
        counts.push(pages.len());
    }
    assert_eq!(counts.len(), 3, "three languages");
    assert!(counts[0] >= 15 && counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    assert!(fs::read_dir(out.join("static")).unwrap().count() >= 3);
    // A place that can not be written.
    let file = folder.join("file");
    fs::write(&file, "").unwrap();
    torhaus(&["gallery", "--out", file.to_str().unwrap()]).refused(1, &[file.to_str().unwrap()]);
}
