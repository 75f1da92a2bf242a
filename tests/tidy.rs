//! The house rules that the compiler does not guard: who may import whom, how long a file may get,
//! where a path, a template or an asset may be named. Every rule is a function from files to findings;
//! `mod finds` at the end proves for each that it finds what it is there for.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

#[path = "tidy/rust_text.rs"]
mod rust_text;

use rust_text::{Literal, PublicFunction, RustText};

/// Imports go down only. A room that is not in this table does not exist yet: give it a row.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("jose", &[]),
    ("cvc", &[]),
    ("xml", &[]),
    ("seal", &[]),
    ("demo", &[]),
    ("domain", &[]),
    ("paths", &["domain"]),
    ("store", &["domain", "seal"]),
    // `seal`: the appliance holds the keys which rooms open rows with.
    ("http", &["domain", "store", "paths", "seal"]),
    ("oidc", PROTOCOL),
    ("passkey", PROTOCOL),
    // The one room that speaks to cards, and in XML.
    ("eid", &["domain", "store", "http", "paths", "jose", "seal", "cvc", "xml"]),
    ("ca", PROTOCOL),
    ("webhook", PROTOCOL),
    ("web", &["oidc", "passkey", "eid", "ca", "webhook", "http", "store", "domain", "paths", "seal"]),
    (
        "app",
        &[
            "web", "demo", "oidc", "passkey", "eid", "ca", "webhook", "http", "store", "domain", "paths",
            "seal", "jose",
        ],
    ),
    (
        "cli",
        &[
            "app", "web", "demo", "oidc", "passkey", "eid", "ca", "webhook", "http", "store", "domain",
            "paths", "seal", "jose", "xml",
        ],
    ),
];
/// Protocol rooms never import one another.
const PROTOCOL: &[&str] = &["domain", "store", "http", "paths", "jose", "seal"];

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

/// Beginnings of literals that are no address of ours: the machine's file system, what page samples link to, and the
/// JSON pointers (RFC 6901) into the ceremony states of the passkey library.
const NO_ADDRESS: &[&str] = &[
    "/proc",
    "/sys",
    "/dev",
    "/etc",
    "/var",
    "/usr",
    "/run",
    "/tmp",
    "/bin",
    "/beispiel",
    "/challenge",
    "/ast/challenge",
];

/// Rooms to which strangers speak in bytes or in markup: each of their parsers has a fuzz target.
const FUZZED: &[&str] = &["cvc", "xml", "eid"];
/// How the name of a parser begins.
const PARSES: &[&str] = &["parse", "decode", "read", "unwrap"];

/// What tools leave behind; the hashes of a lock file spell anything.
const NOT_OURS: &[&str] = &["node_modules", "output", "package-lock.json"];

/// One file of the house; `path` is relative to the root, with `/`.
struct File {
    path: String,
    text: String,
}

impl File {
    fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        let room = inside.split('/').next()?;
        let room = room.strip_suffix(".rs").unwrap_or(room);
        (room != "lib" && room != "main").then_some(room)
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// A whole file of tests inside `src`: `mod tests;` in a file of its own.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }
}

/// The product's own Rust, read: `src` without test files, test modules blanked.
fn product(files: &[File]) -> impl Iterator<Item = (&File, RustText)> {
    files
        .iter()
        .filter(|f| f.is_rust() && f.path.starts_with("src/") && !f.is_test())
        .map(|f| (f, RustText::product(&f.text)))
}

fn floors(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for (file, rust) in product(files) {
        let Some(room) = file.room() else { continue };
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| *name == room) else {
            findings.push(format!("{}: the room {room} has no row in MAY_IMPORT", file.path));
            continue;
        };
        for (line, named) in rust.rooms_named() {
            // Only what is a room: `crate::Something` re-exported at the root does not exist in this house.
            if named != room && !allowed.contains(&named.as_str()) {
                findings.push(format!("{}:{line}: {room} may not import {named}", file.path));
            }
        }
        let inside = file.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let depth = inside.split('/').count();
        for line in rust.lines_with(&"super::".repeat(depth)) {
            findings.push(format!("{}:{line}: leaves its room by super::, say crate::", file.path));
        }
    }
    findings
}

fn lengths(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for (file, rust) in product(files) {
        let lines = rust.code.trim_end().lines().count();
        if lines > FILE_LINES {
            findings.push(format!("{}: {lines} lines, at most {FILE_LINES}", file.path));
        }
        for (line, name, length) in rust.functions() {
            if length > FUNCTION_LINES {
                findings.push(format!("{}:{line}: fn {name} has {length} lines, at most 70", file.path));
            }
        }
    }
    findings
}

fn fences(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for (file, rust) in product(files) {
        let room = file.room().unwrap_or("");
        // The endpoints of a protocol are one file, or one folder where they are many.
        let endpoints = file.path.ends_with("/endpoints.rs") || file.path.contains("/endpoints/");
        let serves = ["http", "web", "app", "demo"].contains(&room) || endpoints;
        let engine = file.path.starts_with("src/store/engine");
        for line in rust.lines_with("actix_").into_iter().filter(|_| !serves) {
            findings.push(format!("{}:{line}: names actix", file.path));
        }
        for line in rust.lines_with("rusqlite").into_iter().filter(|_| !engine) {
            findings.push(format!("{}:{line}: names rusqlite", file.path));
        }
    }
    findings
}

/// Each template belongs to exactly one Rust file, or to a template that does.
fn templates(files: &[File]) -> Vec<String> {
    let known: BTreeMap<&str, &str> =
        files.iter().filter_map(|f| Some((f.path.strip_prefix("templates/")?, f.text.as_str()))).collect();
    let mut named: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (file, rust) in product(files) {
        for Literal { text, .. } in &rust.literals {
            // askama names it from `templates`, `include_str!` by the way from the file.
            let name = text.rsplit_once("templates/").map_or(text.as_str(), |(_, name)| name);
            if let Some((template, _)) = known.get_key_value(name) {
                named.entry(template).or_default().insert(&file.path);
            }
        }
    }
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = named.keys().copied().collect();
    while let Some(template) = open.pop() {
        if reached.insert(template) {
            let parts = parts_of(known[template]);
            open.extend(parts.iter().filter_map(|p| known.get_key_value(p.as_str()).map(|(k, _)| *k)));
        }
    }
    let mut findings = Vec::new();
    for template in known.keys() {
        match named.get(template) {
            Some(by) if by.len() > 1 => {
                findings.push(format!("templates/{template}: named by {by:?}, one file should own it"));
            }
            None if !reached.contains(template) => {
                findings.push(format!("templates/{template}: named by no Rust file and no used template"));
            }
            _ => {}
        }
    }
    findings
}

/// What a template extends, includes or imports.
fn parts_of(template: &str) -> Vec<String> {
    template
        .split("{%")
        .skip(1)
        .filter_map(|rest| rest.split("%}").next())
        .map(|tag| tag.trim_start_matches(['-', '~', '+']).trim_start())
        .filter(|tag| ["extends", "include", "import"].iter().any(|word| tag.starts_with(word)))
        .filter_map(|tag| tag.split('"').nth(1).map(str::to_owned))
        .collect()
}

/// Every static file is served: it stands in the asset table, or belongs to the demo town.
fn assets(files: &[File]) -> Vec<String> {
    let mut town = Vec::new();
    let mut demo = Vec::new();
    for (file, rust) in product(files) {
        if file.path.starts_with("src/web/assets") {
            town.extend(rust.literals);
        } else if file.path.starts_with("src/demo/") {
            demo.extend(rust.literals);
        }
    }
    let names = |table: &[Literal], asset: &str| {
        table.iter().any(|l| l.text == asset || l.text.ends_with(&format!("/{asset}")))
    };
    let mut findings = Vec::new();
    for asset in files.iter().filter_map(|f| f.path.strip_prefix("static/")) {
        let demo_owns = asset.starts_with("demo") && names(&demo, asset);
        if !demo_owns && !names(&town, asset) {
            findings.push(format!("static/{asset}: not in the asset table src/web/assets.rs"));
        }
    }
    findings
}

fn addresses(files: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for (file, rust) in product(files) {
        if ["paths", "demo"].contains(&file.room().unwrap_or("")) {
            continue;
        }
        for Literal { line, text } in &rust.literals {
            let elsewhere = NO_ADDRESS.iter().any(|p| text == p || text.starts_with(&format!("{p}/")));
            if looks_like_address(text) && !elsewhere {
                findings.push(format!("{}:{line}: {text:?} belongs into src/paths.rs", file.path));
            }
        }
    }
    findings
}

fn looks_like_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('/') else { return false };
    let begins = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '{' || c == '_');
    begins && !rest.contains(char::is_whitespace)
}

fn habits(files: &[File]) -> Vec<String> {
    let unfinished = [concat!("TO", "DO"), concat!("FIX", "ME")];
    let mut findings = Vec::new();
    for file in files {
        for (at, line) in file.text.lines().enumerate() {
            if unfinished.iter().any(|word| line.contains(word)) {
                findings.push(format!("{}:{}: unfinished", file.path, at + 1));
            }
        }
        if !file.is_rust() {
            continue;
        }
        for line in RustText::whole(&file.text).lines_with("[allow(") {
            findings.push(format!("{}:{line}: allow; take expect with a reason", file.path));
        }
        let room = file.path.starts_with("src/") && file.path.ends_with("/mod.rs") && !file.is_test();
        if room && !file.text.starts_with("//!") {
            findings.push(format!("{}: does not begin with its card", file.path));
        }
    }
    findings
}

/// Every parser over bytes, text or markup is called by a fuzz target.
fn fuzzed(files: &[File]) -> Vec<String> {
    let targets = files.iter().filter(|f| f.is_rust() && f.path.starts_with("tests/fuzz/"));
    let targets: Vec<String> = targets.map(|f| RustText::whole(&f.text).code).collect();
    let mut findings = Vec::new();
    for (file, rust) in product(files) {
        if !FUZZED.contains(&file.room().unwrap_or("")) {
            continue;
        }
        let module =
            file.path.trim_end_matches(".rs").trim_end_matches("/mod").rsplit('/').next().unwrap_or("");
        for parser in rust.public_functions().into_iter().filter(is_parser) {
            if !targets.iter().any(|target| calls(target, module, &parser)) {
                let owner = parser.owner.as_deref().unwrap_or(module);
                findings.push(format!(
                    "{}:{}: no target in tests/fuzz calls {owner}::{}",
                    file.path, parser.line, parser.name
                ));
            }
        }
    }
    findings
}

fn is_parser(function: &PublicFunction) -> bool {
    let words = PARSES.iter().any(|word| {
        function.name.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    });
    words && ["&[u8]", "&str", "&Element<"].iter().any(|kind| function.signature.contains(kind))
}

fn calls(target: &str, module: &str, parser: &PublicFunction) -> bool {
    let name = parser.name.as_str();
    let by_value = parser.signature.contains("self,") && target.contains(&format!(".{name}("));
    let qualified = format!("{}::{name}", parser.owner.as_deref().unwrap_or(module));
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.');
    let alone = target
        .match_indices(name)
        .any(|(at, _)| !target[..at].ends_with(in_word) && !target[at + name.len()..].starts_with(in_word));
    // A function that was imported by its name; `parse` says nothing unless its module is there as well.
    let speaks = name.contains('_') || target.contains(&format!("{module}::"));
    by_value || target.contains(&qualified) || parser.owner.is_none() && alone && speaks
}

/// Every dependency has its why in the line above it.
fn whys(manifest: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut section = "";
    let mut above = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
        } else if section.ends_with("dependencies") && !above.starts_with('#') {
            // A line that begins with a name begins a dependency; the rest continues one.
            if line.starts_with(|c: char| c.is_ascii_alphanumeric()) {
                findings.push(format!("Cargo.toml: no why above: {line}"));
            }
        }
        above = line;
    }
    findings
}

/// All text of the house: Rust, templates, static files, scripts. Pictures and the like are there with no text.
fn house() -> Vec<File> {
    let mut files = Vec::new();
    for top in ["src", "templates", "static", "tests", "install.sh"] {
        collect(Path::new(env!("CARGO_MANIFEST_DIR")), top, &mut files);
    }
    assert!(files.iter().any(|f| f.path == "src/lib.rs"), "the house was not found");
    files
}

fn collect(root: &Path, path: &str, files: &mut Vec<File>) {
    let full = root.join(path);
    if full.is_dir() {
        let mut names: Vec<String> = fs::read_dir(&full)
            .expect("a folder of the checkout is readable")
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !NOT_OURS.contains(&name.as_str()) && !name.starts_with('.'))
            .collect();
        names.sort();
        for name in names {
            collect(root, &format!("{path}/{name}"), files);
        }
    } else if let Ok(bytes) = fs::read(&full) {
        files.push(File { path: path.to_owned(), text: String::from_utf8(bytes).unwrap_or_default() });
    }
}

#[track_caller]
fn clean(findings: Vec<String>) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn imports_go_down_only() {
    clean(floors(&house()));
}

#[test]
fn files_and_functions_stay_short() {
    clean(lengths(&house()));
}

#[test]
fn actix_and_rusqlite_stay_behind_their_fences() {
    clean(fences(&house()));
}

#[test]
fn each_template_has_one_owner() {
    clean(templates(&house()));
}

#[test]
fn each_static_file_is_served() {
    clean(assets(&house()));
}

#[test]
fn addresses_live_in_paths() {
    clean(addresses(&house()));
}

#[test]
fn habits_are_kept() {
    clean(habits(&house()));
}

#[test]
fn each_parser_is_fuzzed() {
    clean(fuzzed(&house()));
}

#[test]
fn each_dependency_says_why() {
    clean(whys(include_str!("../Cargo.toml")));
}

/// Each rule finds what it is there for, and lets pass what is right.
mod finds {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.to_owned(), text: text.to_owned() }
    }

    #[track_caller]
    fn expect(findings: Vec<String>, parts: &[&str]) {
        assert_eq!(findings.len(), parts.len(), "{findings:#?}");
        for (finding, part) in findings.iter().zip(parts) {
            assert!(finding.contains(part), "{finding:?} lacks {part:?}");
        }
    }

    #[test]
    fn an_import_that_goes_up() {
        let files = [
            file("src/store/person.rs", "use crate::domain::Person;\nuse crate::http::Cookie;\n"),
            file("src/oidc/token.rs", "use crate::{domain::{id, time}, passkey::x, store as s};\n"),
            file("src/domain/id.rs", "fn f() { let _ = crate::paths::x(); } // crate::web is only prose\n"),
            file("src/ca/mod.rs", "#[cfg(test)]\nmod tests {\n use crate::app::Boot;\n}\nuse super::web;\n"),
            file("src/eid/card.rs", "use super::super::passkey;\n"),
            file("src/attic/mod.rs", ""),
            file("src/main.rs", "use crate::cli;\n"),
        ];
        expect(
            floors(&files),
            &[
                "src/store/person.rs:2: store may not import http",
                "src/oidc/token.rs:1: oidc may not import passkey",
                "src/domain/id.rs:1: domain may not import paths",
                "src/ca/mod.rs:5: leaves its room",
                "src/eid/card.rs:1: leaves its room",
                "src/attic/mod.rs: the room attic has no row",
            ],
        );
    }

    #[test]
    fn a_long_file_and_a_long_function() {
        let long_file = "static A: u8 = 1;\n".repeat(501);
        let with_tests = format!("fn a() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "// x\n".repeat(600));
        let body = "    call(\"}\");\n".repeat(71);
        let long_function = format!("fn short() -> u8 {{ 1 }}\nfn long<'a>(c: char) {{\n{body}}}\n");
        let files =
            [file("src/a.rs", &long_file), file("src/b.rs", &with_tests), file("src/c.rs", &long_function)];
        expect(lengths(&files), &["src/a.rs: 501 lines", "src/c.rs:2: fn long has 71 lines"]);
    }

    #[test]
    fn actix_and_rusqlite_elsewhere() {
        let files = [
            file("src/oidc/token.rs", "use actix_web::web;\n"),
            file("src/oidc/endpoints.rs", "use actix_web::web;\n"),
            file("src/web/page.rs", "use actix_web::HttpResponse;\n"),
            file("src/store/person.rs", "fn f(c: &rusqlite::Connection) {}\n"),
            file("src/store/engine/sqlite.rs", "use rusqlite::Connection;\n"),
        ];
        expect(
            fences(&files),
            &["src/oidc/token.rs:1: names actix", "src/store/person.rs:1: names rusqlite"],
        );
    }

    #[test]
    fn a_template_nobody_or_everybody_owns() {
        let files = [
            file("templates/a.html", "{% extends \"layout/base.html\" %}{%- import \"parts/m.html\" as m %}"),
            file("templates/layout/base.html", ""),
            file("templates/parts/m.html", ""),
            file("templates/shared.html", ""),
            file("templates/orphan.html", "{% include \"parts/of_orphan.html\" %}"),
            file("templates/parts/of_orphan.html", ""),
            file("templates/text/de.txt", ""),
            file("src/web/text.rs", "const T: &str = include_str!(\"../../templates/text/de.txt\");"),
            file(
                "src/web/a.rs",
                "#[template(path = \"a.html\")]\nstruct A;\nconst S: &str = \"shared.html\";",
            ),
            file("src/web/b.rs", "#[template(path = \"shared.html\")]\nstruct B;"),
        ];
        expect(
            templates(&files),
            &["orphan.html: named by no", "parts/of_orphan.html: named by no", "shared.html: named by {"],
        );
    }

    #[test]
    fn an_asset_outside_the_table() {
        let files = [
            file("static/css/base.css", ""),
            file("static/css/lost.css", ""),
            file("static/demo/library.css", ""),
            file("static/demo/lost.css", ""),
            file("src/web/assets.rs", "const A: &[u8] = include_bytes!(\"../../static/css/base.css\");"),
            file("src/demo/mod.rs", "const A: &[u8] = include_bytes!(\"../../static/demo/library.css\");"),
        ];
        expect(assets(&files), &["static/css/lost.css", "static/demo/lost.css"]);
    }

    #[test]
    fn an_address_outside_paths() {
        let text = "fn f() { g(\"/token\"); g(\"/\"); g(\"/proc/self/status\"); g(\"/beispiel\"); g(\"/ or\"); g(r\"/x/{id}\"); }";
        let tested = "#[cfg(test)]\nmod tests { const A: &str = \"/token\"; }";
        let files = [
            file("src/oidc/endpoints.rs", text),
            file("src/oidc/claims.rs", tested),
            file("src/paths.rs", text),
            file("src/demo/library.rs", text),
        ];
        expect(addresses(&files), &["endpoints.rs:1: \"/token\"", "endpoints.rs:1: \"/x/{id}\""]);
    }

    #[test]
    fn a_bad_habit() {
        let unfinished = format!("//! Card.\n// {}: later\n", concat!("TO", "DO"));
        let files = [
            file("src/web/mod.rs", &unfinished),
            file("src/web/page.rs", "#[allow(dead_code)]\nfn f() { let _ = \"#[allow(x)]\"; }\n"),
            file("src/http/mod.rs", "use std::fmt;\n"),
        ];
        expect(
            habits(&files),
            &["web/mod.rs:2: unfinished", "page.rs:1: allow", "http/mod.rs: does not begin"],
        );
    }

    #[test]
    fn a_parser_without_a_target() {
        let card = "impl<'a> Card<'a> {\n    pub fn parse(bytes: &'a [u8]) -> Self {}\n    pub fn unwrap(&mut self, bytes: &[u8]) {}\n\
            \n    pub fn read(group: u8) {}\n    pub fn parsed(text: &str) {}\n}\nimpl Try for Lost {\n    pub fn decode(self, text: &str) {}\n}\n\
            pub fn parse(text: &str) {}\npub(super) fn parse_own(text: &str) {}\n";
        let files = [
            file("src/cvc/card.rs", card),
            file(
                "src/eid/paos/mod.rs",
                "pub fn read_start(\n    text: &str,\n) {}\npub const fn parse_name(text: &str) {}\n",
            ),
            file("src/oidc/request.rs", "pub fn parse(text: &str) {}\n"),
            file(
                "tests/fuzz/cvc.rs",
                "fn f() { Card::parse(b); card.unwrap(b); parse(b); parsed.decoded(); }\n",
            ),
            file(
                "tests/fuzz/eid.rs",
                "use torhaus::eid::paos::read_start;\nfn f() { read_start(t); } // paos::parse_name\n",
            ),
        ];
        expect(
            fuzzed(&files),
            &["card.rs:9: no target in tests/fuzz calls Lost::decode", "card.rs:11: no", "paos/mod.rs:4: no"],
        );
    }

    #[test]
    fn a_dependency_without_its_why() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\n# Because.\na = { version = \"1\", features = [\n  \"z\",\n] }\nb = \"2\"\n[dev-dependencies]\nc = \"3\"\n[lints.rust]\nd = \"deny\"\n";
        expect(whys(manifest), &["b = \"2\"", "c = \"3\""]);
    }
}
