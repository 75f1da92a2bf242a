//! What anybody may fetch: health, the town's root certificate, revocation lists.

use super::visit::Visit;
use crate::ca;
use crate::http::Trouble;
use actix_web::HttpResponse;
use actix_web::http::header;

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// `GET /health/ready`: the store answers.
pub async fn ready(visit: Visit) -> Result<HttpResponse, Trouble> {
    visit.app.store.read(|db| db.one("SELECT 1", &[], |row| row.get_i64(0)))?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"))
}

fn broken(why: &ca::Fault) -> Trouble {
    Trouble::fault("ca", why)
}

/// `GET /ca/root.pem`
pub async fn root(visit: Visit) -> Result<HttpResponse, Trouble> {
    let pem = visit.app.store.read(|db| Ok(ca::root_pem(db)))?.map_err(|why| broken(&why))?;
    Ok(HttpResponse::Ok()
        .content_type("application/x-pem-file")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(pem))
}

/// `GET /ca/crl/issuing.crl`
pub async fn issuing_crl(visit: Visit) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let list = app.store.read(|db| Ok(ca::issuing_crl(&app.keys, db, app.now())))?;
    Ok(crl(list.map_err(|why| broken(&why))?))
}

/// `GET /ca/crl/root.crl`
pub async fn root_crl(visit: Visit) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let list = app.store.read(|db| Ok(ca::root_crl(&app.keys, db, app.now())))?;
    Ok(crl(list.map_err(|why| broken(&why))?))
}

fn crl(der: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pkix-crl")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(der)
}

/// `GET /ca/bindings/revoked.json`: the signed list of revoked person bindings, good for a day.
pub async fn revoked_bindings(visit: Visit) -> Result<HttpResponse, Trouble> {
    let app = &visit.app;
    let revoked = app.store.read(crate::store::binding::revoked)?;
    let list = ca::revocations(&app.origin, &revoked, &visit.rooms.signer(), app.now());
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(list.map_err(|why| broken(&why))?))
}

/// `GET /robots.txt`: nothing here for crawlers.
pub async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body("User-agent: *\nDisallow: /\n")
}
