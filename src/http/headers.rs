//! Headers of every answer.

use crate::paths;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};

/// The policy of an answer that is not a page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'";

const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    // Not `no-referrer`: it would make browsers send `Origin: null` with our own forms. Other origins get nothing.
    ("referrer-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("x-permitted-cross-domain-policies", "none"),
];

/// Lays the fixed headers over an answer; what a handler has set stays. `https_only`: browsers shall come by https
/// for a year from now (RFC 6797).
pub fn secure(headers: &mut HeaderMap, https_only: bool) {
    for (name, value) in FIXED {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(NOTHING));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if https_only {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// Where the forms of a page may lead.
#[derive(Clone, Copy, Debug)]
pub enum FormsLead<'a> {
    /// To us only.
    Here,
    /// Through us to a service. Browsers apply `form-action` to every redirect that follows a form, also to those
    /// which the service makes afterwards; so any https address is allowed, and this one if it is not https.
    ToService(&'a str),
}

/// Whom the scripts of a page may speak to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScriptsSpeak {
    /// To us only.
    #[default]
    Here,
    /// Also to the card program on the holder's own machine: the one page that opens it asks whether it runs.
    ToEidClient,
}

/// The policy of a page.
#[must_use]
pub fn page_policy(nonce: &str, forms: FormsLead<'_>, scripts: ScriptsSpeak) -> String {
    let connect = match scripts {
        ScriptsSpeak::Here => "'self'".to_owned(),
        ScriptsSpeak::ToEidClient => format!("'self' {}", paths::EID_CLIENT_ORIGIN),
    };
    let mut action = String::from("'self'");
    if let FormsLead::ToService(address) = forms {
        action.push_str(" https:");
        if let Ok(url) = url::Url::parse(address) {
            match url.scheme() {
                "https" => {}
                "http" => {
                    action.push(' ');
                    action.push_str(&url.origin().ascii_serialization());
                }
                scheme => {
                    action.push(' ');
                    action.push_str(scheme);
                    action.push(':');
                }
            }
        }
    }
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src {connect}; \
         form-action {action}; frame-ancestors 'none'; base-uri 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_lead_to_the_service_that_asks() {
        let policy = |address| page_policy("n", FormsLead::ToService(address), ScriptsSpeak::Here);
        let here = page_policy("n", FormsLead::Here, ScriptsSpeak::default());
        assert!(here.contains("form-action 'self';"));
        assert!(policy("https://app.example/cb").contains("form-action 'self' https:;"));
        assert!(
            policy("http://localhost:3000/cb").contains("form-action 'self' https: http://localhost:3000;")
        );
        assert!(policy("com.example.app:/cb").contains("form-action 'self' https: com.example.app:;"));
        assert!(!policy("x").contains("unsafe"));
    }

    #[test]
    fn scripts_speak_to_us_and_where_it_is_said_to_the_card_program() {
        let policy = |scripts| page_policy("n", FormsLead::Here, scripts);
        assert!(policy(ScriptsSpeak::Here).contains("connect-src 'self';"));
        assert!(
            policy(ScriptsSpeak::ToEidClient)
                .contains("connect-src 'self' http://127.0.0.1:24727; form-action")
        );
        // No more than that differs.
        assert_eq!(
            policy(ScriptsSpeak::ToEidClient).replace(" http://127.0.0.1:24727", ""),
            policy(ScriptsSpeak::Here)
        );
    }
}
