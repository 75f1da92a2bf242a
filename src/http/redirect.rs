//! Ways to send a browser on. One encoder for all answers.

use crate::domain::service::ReturnAddress;
use actix_web::HttpResponse;
use actix_web::http::header;

/// `303 See Other`: after a form, never 307, which would send the form on (RFC 9700 §4.12).
#[must_use]
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .finish()
}

/// A registered address with parameters added to its query, encoded once, here and nowhere else.
#[must_use]
pub fn with_params(back: &ReturnAddress, params: &[(&str, &str)]) -> String {
    let base = back.as_str();
    let mut out = String::with_capacity(base.len() + 160);
    out.push_str(base);
    let mut separator = match (base.contains('?'), base.ends_with('?') || base.ends_with('&')) {
        (false, _) => "?",
        (true, true) => "",
        (true, false) => "&",
    };
    for (name, value) in params {
        out.push_str(separator);
        out.extend(url::form_urlencoded::byte_serialize(name.as_bytes()));
        out.push('=');
        out.extend(url::form_urlencoded::byte_serialize(value.as_bytes()));
        separator = "&";
    }
    out
}
