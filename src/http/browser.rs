//! The browser: a random cookie that says nothing of a person. Sign-ins and forms are bound to it.

use super::Appliance;
use crate::domain::dice::Dice;
use crate::domain::secret::{Bearer, BearerHash};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use std::future::{Ready, ready};

const NAME: &str = "__Host-browser";
/// How long a browser is remembered: a year; it tells nothing and is renewed by nothing.
const DAYS: i64 = 365;

/// Who holds the other end of this connection.
#[derive(Clone, Debug)]
pub struct Browser {
    value: String,
    hash: BearerHash,
    fresh: bool,
}

impl Browser {
    /// A browser as it shall be called from now on; its cookie must be set.
    #[must_use]
    pub fn draw(dice: &dyn Dice) -> Self {
        let bearer = Bearer::draw(dice);
        Self { hash: bearer.hash(), value: bearer.expose().to_owned(), fresh: true }
    }
    /// What the store keeps of it.
    #[must_use]
    pub const fn hash(&self) -> BearerHash {
        self.hash
    }
    /// Came without a cookie.
    #[must_use]
    pub const fn is_fresh(&self) -> bool {
        self.fresh
    }
    /// The cookie's value, for making its CSRF token.
    pub(super) fn value(&self) -> &str {
        &self.value
    }
    /// The cookie to be set, if it was not sent to us.
    #[must_use]
    pub fn cookie(&self) -> Option<Cookie<'static>> {
        self.fresh.then(|| {
            let mut cookie = host_cookie(NAME, self.value.clone());
            cookie.set_max_age(actix_web::cookie::time::Duration::days(DAYS));
            cookie
        })
    }
}

/// A cookie which only this very host sets and gets (RFC 6265bis §4.1.3.2).
#[must_use]
pub fn host_cookie(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value).path("/").secure(true).http_only(true).same_site(SameSite::Lax).finish()
}

/// Whether a cookie has the form of what we set: 43 letters of base64url.
#[must_use]
pub fn well_formed(value: &str) -> bool {
    value.len() == 43 && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl FromRequest for Browser {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(of(request).ok_or_else(|| super::Trouble::fault("http", &"no appliance").into()))
    }
}

/// The browser of a request; drawn anew when it brings no cookie of ours.
pub fn of(request: &HttpRequest) -> Option<Browser> {
    if let Some(cookie) = request.cookie(NAME).filter(|cookie| well_formed(cookie.value())) {
        let value = cookie.value().to_owned();
        return Some(Browser { hash: BearerHash::of(&value), value, fresh: false });
    }
    let app = request.app_data::<web::Data<Appliance>>()?;
    Some(Browser::draw(app.dice.as_ref()))
}
