//! Lays headers over every answer, and a page over every trouble; scripts are told of it in JSON.

use crate::http::headers;
use crate::http::trouble::{Incident, Trouble};
use crate::http::{Appliance, browser};
use crate::paths;
use crate::web::api::problem::Problem;
use crate::web::citizen::error::ErrorPage;
use crate::web::frame::Frame;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};

/// The one middleware.
pub async fn finish<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let answer = match next.call(request).await {
        Ok(answer) => answer.map_into_boxed_body(),
        Err(error) => return Err(error),
    };
    let (request, mut answer) = answer.into_parts();
    if let Some(trouble) = trouble_of(&answer) {
        answer = if paths::is_of_api(request.path()) {
            problem(trouble, &answer)
        } else {
            page(&request, &trouble, answer)
        };
    }
    // A demo on https://localhost must not bar http://localhost for a year.
    let bind = request.app_data::<Data<Appliance>>().is_some_and(|app| app.is_https() && !app.demo);
    headers::secure(answer.headers_mut(), bind);
    Ok(ServiceResponse::new(request, answer))
}

/// What went wrong, if something did and nobody has said it yet.
fn trouble_of(answer: &HttpResponse) -> Option<Trouble> {
    if let Some(trouble) = answer.extensions().get::<Trouble>() {
        return Some(trouble.clone());
    }
    let kind = answer.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    // JSON and HTML are somebody's own words; plain text is the framework's.
    if !kind.is_empty() && !kind.starts_with("text/plain") {
        return None;
    }
    match answer.status() {
        StatusCode::NOT_FOUND => Some(Trouble::NotFound),
        StatusCode::METHOD_NOT_ALLOWED => Some(Trouble::MethodNotAllowed),
        StatusCode::PAYLOAD_TOO_LARGE => Some(Trouble::TooLarge),
        StatusCode::BAD_REQUEST => Some(Trouble::BadRequest("body")),
        StatusCode::INTERNAL_SERVER_ERROR => Some(Trouble::fault("app", &"an answer without words")),
        _ => None,
    }
}

/// What a script is told; nothing is read of a browser.
fn problem(trouble: Trouble, bare: &HttpResponse) -> HttpResponse {
    let mut answer = Problem::from(trouble).error_response();
    keep(bare, &mut answer);
    answer
}

/// What the bare answer says beyond its status.
fn keep(bare: &HttpResponse, answer: &mut HttpResponse) {
    for name in [header::RETRY_AFTER, header::ALLOW] {
        if let Some(value) = bare.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
}

fn page(request: &HttpRequest, trouble: &Trouble, bare: HttpResponse) -> HttpResponse {
    let Some(app) = request.app_data::<Data<Appliance>>() else { return bare };
    let Some(browser) = browser::of(request) else { return bare };
    let frame = Frame::of(request, &browser, app).at(step(request, trouble));
    let incident = match trouble {
        Trouble::Fault(incident) => incident.clone(),
        _ => Incident::draw(),
    };
    if !matches!(trouble, Trouble::Fault(_)) {
        tracing::info!(%incident, %trouble, status = trouble.status().as_u16(), "Trouble");
    }
    let page = ErrorPage {
        trouble: trouble.clone(),
        incident: incident.to_string(),
        step_url: step(request, trouble),
        chrome: frame.chrome.clone(),
    };
    let mut answer = if wants_json(request) {
        let words = page.sentence();
        HttpResponse::build(trouble.status()).json(serde_json::json!({ "error": words }))
    } else {
        frame.show(&page, trouble.status())
    };
    keep(&bare, &mut answer);
    answer
}

fn wants_json(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with("application/json"))
}

/// Where the next step leads: the same page again where that may help, the account for a sign-in that is over,
/// else the front door.
fn step(request: &HttpRequest, trouble: &Trouble) -> String {
    let here = || match *request.method() {
        Method::GET => request.uri().path_and_query().map(|here| here.as_str().to_owned()),
        _ => same_origin_referer(request),
    };
    // `//elsewhere` would be read as another host.
    let here = || here().filter(|path| !path.starts_with("//") && !path.contains('\\'));
    match trouble {
        Trouble::Fault(_) | Trouble::Busy | Trouble::TooMany(_) | Trouble::Forged => {
            here().unwrap_or_else(|| paths::HOME.to_owned())
        }
        Trouble::SignInOver | Trouble::OtherBrowser => paths::ACCOUNT.to_owned(),
        _ => paths::HOME.to_owned(),
    }
}

/// The page on which the form stood, if it was ours.
fn same_origin_referer(request: &HttpRequest) -> Option<String> {
    let app = request.app_data::<Data<Appliance>>()?;
    let referer = request.headers().get(header::REFERER)?.to_str().ok()?;
    let path = referer.strip_prefix(app.origin.as_str())?;
    // `//host` would lead elsewhere.
    (path.starts_with('/') && !path.starts_with("//")).then(|| path.to_owned())
}
