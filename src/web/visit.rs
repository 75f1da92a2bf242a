//! One request to a page: who asks, and everything an answer may need.

use super::frame::{Frame, browser_of};
use super::operator::overview::TlsSource;
use crate::domain::session::Session;
use crate::http::limit::Act;
use crate::http::session::Kind;
use crate::http::{Appliance, Browser, Params, Trouble, address, csrf, session};
use crate::{ca, eid, oidc, passkey};
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use std::future::{Ready, ready};
use std::str::FromStr;
use std::sync::{Arc, PoisonError, RwLock};

/// The protocol rooms as the pages use them.
pub struct Rooms {
    /// WebAuthn.
    pub passkeys: passkey::RelyingParty,
    /// Who checks identities, if anybody does.
    pub makers: Arc<eid::Makers>,
    /// OpenID Connect.
    pub oidc: Arc<oidc::Provider>,
    /// Signs person bindings.
    pub signer: RwLock<Arc<ca::Signer>>,
    /// The demo's services for its front page: name and address.
    pub demo_services: Vec<(String, String)>,
    /// Where the web server's certificate comes from.
    pub tls: TlsSource,
    /// When this process began.
    pub started: crate::domain::time::Timestamp,
}

impl Rooms {
    /// The signer of the day.
    #[must_use]
    pub fn signer(&self) -> Arc<ca::Signer> {
        Arc::clone(&self.signer.read().unwrap_or_else(PoisonError::into_inner))
    }
    /// Puts a renewed signer in place.
    pub fn set_signer(&self, signer: ca::Signer) {
        *self.signer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(signer);
    }
}

/// A request to a page.
pub struct Visit {
    /// The appliance.
    pub app: Data<Appliance>,
    /// The rooms.
    pub rooms: Data<Rooms>,
    /// The request.
    pub request: HttpRequest,
    /// The browser.
    pub browser: Browser,
}

impl FromRequest for Visit {
    type Error = Trouble;
    type Future = Ready<Result<Self, Trouble>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let visit = || {
            let missing = || Trouble::fault("web", &"the application lacks its data");
            Ok(Self {
                app: request.app_data::<Data<Appliance>>().cloned().ok_or_else(missing)?,
                rooms: request.app_data::<Data<Rooms>>().cloned().ok_or_else(missing)?,
                request: request.clone(),
                browser: browser_of(request)?,
            })
        };
        ready(visit())
    }
}

impl Visit {
    /// The frame of its page.
    #[must_use]
    pub fn frame(&self) -> Frame {
        Frame::of(&self.request, &self.browser, &self.app)
    }
    /// An id in the address; another kind's id is nowhere.
    pub fn id<T: FromStr>(&self, slot: &str) -> Result<T, Trouble> {
        let text = self.request.match_info().get(slot).unwrap_or("");
        text.parse().map_err(|_wrong| Trouble::NotFound)
    }
    /// The query.
    pub fn query(&self) -> Result<Params, Trouble> {
        Ok(Params::parse(self.request.query_string().as_bytes())?)
    }
    /// A form from our own page.
    pub fn form(&self, body: &Bytes) -> Result<Params, Trouble> {
        let form = Params::parse(body)?;
        csrf::guard(&self.request, &self.app, &self.browser, form.get(csrf::FIELD))?;
        Ok(form)
    }
    /// A form from our own page that holds files.
    pub fn large_form(&self, body: &Bytes, most: usize) -> Result<Params, Trouble> {
        let form = Params::parse_up_to(body, most)?;
        csrf::guard(&self.request, &self.app, &self.browser, form.get(csrf::FIELD))?;
        Ok(form)
    }
    /// JSON from a script of our own page.
    pub fn json<T: DeserializeOwned>(&self, body: &Bytes) -> Result<T, Trouble> {
        csrf::guard(&self.request, &self.app, &self.browser, None)?;
        let kind = self.request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
        if kind != Some("application/json") {
            return Err(Trouble::BadRequest("content type"));
        }
        serde_json::from_slice(body).map_err(|_invalid| Trouble::BadRequest("json"))
    }
    /// The living session of a kind.
    pub fn session(&self, kind: Kind) -> Result<Option<Session>, Trouble> {
        session::current(&self.request, &self.app, kind)
    }
    /// Counts an act of this address.
    pub fn count(&self, act: Act) -> Result<(), Trouble> {
        self.app.limits.count(act, address::client(&self.request, &self.app.proxies))
    }
}

/// An answer to a script: where to go on.
#[must_use]
pub fn go_on(location: &str) -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "location": location }))
}

/// An answer to a script: a refusal in words for people.
#[must_use]
pub fn say(words: &str) -> HttpResponse {
    HttpResponse::UnprocessableEntity().json(serde_json::json!({ "error": words }))
}
