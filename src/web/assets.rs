//! The static files: embedded in the binary, each under an address that carries its content's hash, so
//! that a browser may keep it for ever and an upgrade is seen at once.
//!
//! The stylesheet is one file on the wire and several in `static/css`, one per component.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::paths;

const STYLESHEET: &str = concat!(
    include_str!("../../static/css/tokens.css"),
    include_str!("../../static/css/base.css"),
    include_str!("../../static/css/type.css"),
    include_str!("../../static/css/icons.css"),
    include_str!("../../static/css/components.css"),
    include_str!("../../static/css/forms.css"),
    include_str!("../../static/css/lists.css"),
    include_str!("../../static/css/house.css"),
    include_str!("../../static/css/resident.css"),
    include_str!("../../static/css/desk.css"),
    include_str!("../../static/css/print.css"),
);

const STYLESHEET_NAME: &str = "torhaus.css";

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Every static file: its name in templates, its type, its bytes.
const FILES: &[(&str, &str, &[u8])] = &[
    (STYLESHEET_NAME, CSS, STYLESHEET.as_bytes()),
    ("eid.js", JS, include_bytes!("../../static/js/eid.js")),
    ("passkey.js", JS, include_bytes!("../../static/js/passkey.js")),
    ("pem.js", JS, include_bytes!("../../static/js/pem.js")),
    ("trial.js", JS, include_bytes!("../../static/js/trial.js")),
    ("favicon.svg", SVG, include_bytes!("../../static/favicon.svg")),
];

/// One static file as it is served.
pub struct Asset {
    name: &'static str,
    /// `/static/torhaus.1a2b3c4d.css`
    pub address: String,
    pub content_type: &'static str,
    pub bytes: Bytes,
    /// With its quotes.
    pub etag: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |&(name, content_type, bytes): &(&'static str, &'static str, &'static [u8])| {
        let bytes = match name {
            STYLESHEET_NAME => Bytes::from(compact(STYLESHEET)),
            _ => Bytes::from_static(bytes),
        };
        let hash = hash8(&bytes);
        let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
        let address = paths::asset(&format!("{stem}.{hash}.{ending}"));
        Asset { name, address, content_type, bytes, etag: format!("\"{hash}\"") }
    };
    FILES.iter().map(asset).collect()
});

/// The address of a file by its name in the table; templates ask through `chrome.asset("…")`.
pub fn address(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map(|asset| asset.address.as_str()).unwrap_or_else(|| {
        tracing::error!(name, "no such static file");
        ""
    })
}

/// All files.
pub fn all() -> &'static [Asset] {
    &ASSETS
}

/// The file under an address, whole path included.
pub fn by_address(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.address == path)
}

/// `GET /static/{file}`: the file, for ever; 304 if the browser has it; 404 for anything else.
pub async fn get(request: HttpRequest) -> HttpResponse {
    let Some(asset) = by_address(request.path()) else {
        return HttpResponse::NotFound().finish();
    };
    let has = request.headers().get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
    let fresh = has.is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == asset.etag));
    let mut answer = if fresh { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((header::ETAG, asset.etag.as_str()))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if fresh { answer.finish() } else { answer.content_type(asset.content_type).body(asset.bytes.clone()) }
}

/// The stylesheet without comments and indentation, which are for its authors.
fn compact(css: &str) -> String {
    let mut out = String::with_capacity(css.len());
    for part in css.split("/*").enumerate().map(|(n, part)| match n {
        0 => part,
        _ => part.split_once("*/").map_or("", |(_, after)| after),
    }) {
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

fn hash8(bytes: &[u8]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_stylesheet_stays_small() {
        let served = compact(STYLESHEET);
        assert!(served.len() < 40 * 1024, "{} bytes", served.len());
        assert!(!served.contains("/*") && served.contains("@layer print{"));
    }

    #[test]
    fn every_stylesheet_part_balances_its_braces() {
        for part in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("static/css")).unwrap() {
            let path = part.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(STYLESHEET.contains(&text), "{} is not part of the stylesheet", path.display());
            assert_eq!(text.matches('{').count(), text.matches('}').count(), "{}", path.display());
        }
    }

    #[test]
    fn every_script_is_in_the_table() {
        let names: BTreeSet<&str> = FILES.iter().map(|file| file.0).collect();
        for script in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("static/js")).unwrap() {
            let name = script.unwrap().file_name().into_string().unwrap();
            assert!(names.contains(name.as_str()), "{name} is never served");
        }
    }

    #[tokio::test]
    async fn a_file_is_kept_for_ever_and_not_sent_twice() {
        let address = address("torhaus.css");
        let answer = get(TestRequest::get().uri(address).to_http_request()).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers().get(header::CONTENT_TYPE).unwrap(), CSS);
        let etag = answer.headers().get(header::ETAG).unwrap().clone();
        let request = TestRequest::get().uri(address).insert_header((header::IF_NONE_MATCH, etag));
        assert_eq!(get(request.to_http_request()).await.status(), 304);
        let other = paths::asset("torhaus.00000000.css");
        let other = TestRequest::get().uri(&other).to_http_request();
        assert_eq!(get(other).await.status(), 404);
    }
}
