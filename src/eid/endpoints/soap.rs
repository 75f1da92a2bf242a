//! The SOAP interface for customers (TR-03130-1 §3; SOAP 1.1 §6). It is served on a listener of its own, which lets in
//! customers only; whose a message is, its signature says.

use crate::eid::facade::Facade;
use crate::http::Appliance;
use crate::http::address::{self, TrustedProxies};
use crate::http::limit::Act;
use crate::paths;
use crate::xml::read::Limits;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, PayloadConfig, ServiceConfig, post, resource};
use actix_web::{HttpRequest, HttpResponse};

/// Everything that the listener serves.
pub fn configure(cfg: &mut ServiceConfig) {
    cfg.app_data(PayloadConfig::new(Limits::MESSAGE.bytes))
        .service(resource(paths::EID_SERVICE).route(post().to(call)));
}

/// `POST /eid-service`: one request, one answer. A fault has the status 500, as SOAP 1.1 wants it.
async fn call(
    request: HttpRequest,
    app: Data<Appliance>,
    facade: Data<Facade>,
    message: Bytes,
) -> HttpResponse {
    // Nobody stands before this listener, so nobody is believed for whom they speak.
    let caller = address::client(&request, &TrustedProxies::default());
    let mut response = match facade.answer(&message, &app).await {
        Ok(answer) => HttpResponse::Ok().body(answer),
        Err(why) => {
            tracing::warn!(%why, "A message to the eID service was refused");
            if why.is_suspicious() && app.limits.count(Act::Fail, caller).is_err() {
                return HttpResponse::TooManyRequests().finish();
            }
            HttpResponse::InternalServerError().body(why.fault())
        }
    };
    let media_type = actix_web::http::header::HeaderValue::from_static("text/xml; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}
