//! The routes of a demo service.

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use url::Url;

use super::pages::{self, Frame};
use super::relying_party::{Answer, Wish};
use super::service::Lang;
use super::sessions::Session;
use super::trouble::Trouble;
use super::{DemoService, random};

/// Lists every route of one service. Takes the whole address space of the app it configures.
pub fn configure(cfg: &mut web::ServiceConfig, running: Data<DemoService>) {
    let headers = security_headers(&running);
    cfg.app_data(running).service(
        web::scope("")
            .wrap(headers)
            .route("/", web::get().to(landing))
            .route("/login", web::get().to(login))
            .route("/callback", web::get().to(callback))
            .route("/me", web::get().to(me))
            .route("/me.json", web::get().to(me_json))
            .route("/logout", web::post().to(logout))
            .route("/signed-out", web::get().to(signed_out))
            .route("/style.css", web::get().to(style))
            .default_service(web::to(not_found)),
    );
}

async fn landing(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    let signed_in = with_session(&req, &running, |session| session.visitor.is_some()).unwrap_or_default();
    let page = pages::landing(frame(&req, &running, "/"), signed_in);
    html(&req, &running, StatusCode::OK, page)
}

async fn login(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    let Ok(wish) = web::Query::<Wish>::from_query(req.query_string()) else {
        return trouble(&req, &running, &Trouble::Garbled);
    };
    let (address, pending) = match running.party.begin(&wish, lang(&req, &running)).await {
        Ok(begun) => begun,
        Err(kind) => return trouble(&req, &running, &kind),
    };
    let mut sessions = running.sessions();
    if let Some(session) = session_id(&req, &running).and_then(|id| sessions.get_mut(&id)) {
        session.expect(pending);
        return see_other(address.as_str());
    }
    let mut session = Session::default();
    session.expect(pending);
    let id = random::token();
    sessions.open(id.clone(), session);
    with_cookie(see_other(address.as_str()), session_cookie(&running, id))
}

async fn callback(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    let Ok(answer) = web::Query::<Answer>::from_query(req.query_string()) else {
        return trouble(&req, &running, &Trouble::Garbled);
    };
    let old = session_id(&req, &running).unwrap_or_default();
    let pending = running.sessions().get_mut(&old).and_then(|session| session.take_pending(&answer.state));
    let Some(pending) = pending else { return trouble(&req, &running, &Trouble::NotYours) };
    let visitor = match running.party.finish(pending, answer.into_inner()).await {
        Ok(visitor) => visitor,
        Err(kind) => return trouble(&req, &running, &kind),
    };
    // A new name for the session: one that was known before the login is worth nothing after it.
    let id = random::token();
    let mut sessions = running.sessions();
    let mut session = sessions.close(&old).unwrap_or_default();
    session.visitor = Some(visitor);
    sessions.open(id.clone(), session);
    with_cookie(see_other("/me"), session_cookie(&running, id))
}

async fn me(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    let frame = frame(&req, &running, "/me");
    let page =
        with_session(&req, &running, |session| session.visitor.as_ref().map(|who| pages::me(frame, who)));
    match page.flatten() {
        Some(page) => html(&req, &running, StatusCode::OK, page),
        None => see_other("/"),
    }
}

/// The same for tests: what the service received, as JSON; 401 without a login.
async fn me_json(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    let facts = with_session(&req, &running, |session| {
        session.visitor.as_ref().map(|who| {
            serde_json::json!({
                "sub": who.sub,
                "acr": who.acr,
                "amr": who.id_token_claims.get("amr"),
                "auth_time": who.id_token_claims.get("auth_time"),
                "claims": who.claims,
                "id_token": who.id_token_claims,
            })
        })
    });
    match facts.flatten() {
        Some(facts) => HttpResponse::Ok().json(facts),
        None => HttpResponse::Unauthorized().json(serde_json::json!({ "error": "not_signed_in" })),
    }
}

async fn logout(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    // The Lax cookie keeps other sites out; ports of one host are one site, so the browser's own word
    // keeps the other demo services out.
    let site = req.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        return see_other("/me");
    }
    let old = session_id(&req, &running).unwrap_or_default();
    let Some(visitor) = running.sessions().close(&old).and_then(|session| session.visitor) else {
        return see_other("/signed-out");
    };
    let state = random::token();
    let Some(address) = running.party.farewell(&visitor, &state, lang(&req, &running)).await else {
        return with_cookie(see_other("/signed-out"), expired(session_cookie(&running, String::new())));
    };
    let id = random::token();
    running.sessions().open(id.clone(), Session::leaving(state));
    with_cookie(see_other(address.as_str()), session_cookie(&running, id))
}

/// Where RP-initiated logout returns to.
#[derive(Deserialize)]
struct Return {
    state: Option<String>,
}

async fn signed_out(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    let state =
        web::Query::<Return>::from_query(req.query_string()).ok().and_then(|back| back.into_inner().state);
    let (signed_in, everywhere) = with_session(&req, &running, |session| {
        (session.visitor.is_some(), session.farewell.is_some() && session.farewell == state)
    })
    .unwrap_or_default();
    if signed_in {
        return see_other("/me");
    }
    let page = pages::signed_out(frame(&req, &running, "/signed-out"), everywhere);
    html(&req, &running, StatusCode::OK, page)
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "max-age=300"))
        .body(include_str!("../../static/demo.css"))
}

async fn not_found(req: HttpRequest, running: Data<DemoService>) -> HttpResponse {
    trouble(&req, &running, &Trouble::NotFound)
}

fn trouble(req: &HttpRequest, running: &DemoService, kind: &Trouble) -> HttpResponse {
    html(req, running, kind.status(), pages::trouble(frame(req, running, "/"), kind))
}

fn html(
    req: &HttpRequest,
    running: &DemoService,
    status: StatusCode,
    page: askama::Result<String>,
) -> HttpResponse {
    let page = match page {
        Ok(page) => page,
        Err(error) => {
            tracing::error!(service = running.party.service().key, %error, "demo service: page not rendered");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let response = HttpResponse::build(status).content_type("text/html; charset=utf-8").body(page);
    match wished_lang(req) {
        Some(lang) => {
            with_cookie(response, cookie(running, lang_cookie_name(running), lang.code().to_owned()))
        }
        None => response,
    }
}

fn see_other(address: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((header::LOCATION, address)).finish()
}

fn with_cookie(mut response: HttpResponse, cookie: Cookie<'static>) -> HttpResponse {
    if let Err(error) = response.add_cookie(&cookie) {
        tracing::error!(%error, "demo service: cookie not set");
    }
    response
}

fn with_session<T>(req: &HttpRequest, running: &DemoService, look: impl FnOnce(&Session) -> T) -> Option<T> {
    let id = session_id(req, running)?;
    running.sessions().get(&id).map(look)
}

fn session_id(req: &HttpRequest, running: &DemoService) -> Option<String> {
    req.cookie(&session_cookie_name(running)).map(|cookie| cookie.value().to_owned())
}

/// Cookies know no ports: every service on `localhost` sees them all, so each has names of its own.
fn session_cookie_name(running: &DemoService) -> String {
    format!("demo_{}", running.party.service().key)
}

fn lang_cookie_name(running: &DemoService) -> String {
    format!("demo_{}_lang", running.party.service().key)
}

fn session_cookie(running: &DemoService, id: String) -> Cookie<'static> {
    cookie(running, session_cookie_name(running), id)
}

fn cookie(running: &DemoService, name: String, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(base_url(running).scheme() == "https")
        .finish()
}

fn expired(mut cookie: Cookie<'static>) -> Cookie<'static> {
    cookie.make_removal();
    cookie
}

fn base_url(running: &DemoService) -> &Url {
    &running.party.registration().base_url
}

fn frame(req: &HttpRequest, running: &DemoService, here: &'static str) -> Frame {
    Frame::new(running.party.service(), lang(req, running), here)
}

/// German unless the address or an earlier choice says otherwise.
fn lang(req: &HttpRequest, running: &DemoService) -> Lang {
    let chosen = || Lang::parse(req.cookie(&lang_cookie_name(running))?.value());
    wished_lang(req).or_else(chosen).unwrap_or(Lang::De)
}

fn wished_lang(req: &HttpRequest) -> Option<Lang> {
    let mut pairs = url::form_urlencoded::parse(req.query_string().as_bytes());
    pairs.find(|(name, _)| name == "lang").and_then(|(_, value)| Lang::parse(&value))
}

/// `form-action` names the provider because browsers hold the redirects that follow a form to it, and
/// the logout form is answered with one to the provider.
fn security_headers(running: &DemoService) -> DefaultHeaders {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {}; base-uri 'none'; \
         frame-ancestors 'none'",
        running.party.provider_origin()
    );
    DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, policy))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add((header::REFERRER_POLICY, "no-referrer"))
        .add((header::CACHE_CONTROL, "no-store"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Permissions-Policy", "camera=(), geolocation=(), microphone=(), publickey-credentials-get=()"))
}
