//! Forms come from our own pages: a token bound to the browser, and what the browser itself says of the
//! request's origin (Fetch Metadata). Both must agree.

use super::{Appliance, Browser, Trouble};
use actix_web::HttpRequest;
use aws_lc_rs::constant_time;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The header in which scripts send the token.
pub const HEADER: &str = "x-csrf-token";
/// The field in which forms send it.
pub const FIELD: &str = "csrf";

/// The token of a browser.
#[must_use]
pub fn token(app: &Appliance, browser: &Browser) -> String {
    URL_SAFE_NO_PAD.encode(app.secrets.csrf.hash("csrf", browser.value().as_bytes()))
}

/// Refuses what did not come from our own page. `presented`: the form's field; scripts send the header.
pub fn guard(
    request: &HttpRequest,
    app: &Appliance,
    browser: &Browser,
    presented: Option<&str>,
) -> Result<(), Trouble> {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    if header("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(Trouble::Forged);
    }
    if header("origin").is_some_and(|origin| origin != app.origin) {
        return Err(Trouble::Forged);
    }
    let presented = presented.or_else(|| header(HEADER)).unwrap_or("");
    let expected = token(app, browser);
    // A browser that came without a cookie can not have seen a token of its own.
    let same = constant_time::verify_slices_are_equal(presented.as_bytes(), expected.as_bytes());
    if browser.is_fresh() || same.is_err() {
        return Err(Trouble::Forged);
    }
    Ok(())
}
