//! Services: list, make, read, change, remove.

use super::body::{self, Body, service as shown};
use super::caller::Caller;
use super::problem::Problem;
use crate::domain::api_token::Scope;
use crate::domain::audit::Event;
use crate::domain::id::ServiceId;
use crate::domain::secret::Bearer;
use crate::domain::service::Service;
use crate::http::{Appliance, Params, Trouble};
use crate::oidc::registration::{Registered, Wish};
use crate::web::owner::form::Form;
use crate::web::owner::settings::merged;
use crate::web::service_change;
use crate::{paths, store};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_MATCH, LOCATION};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

/// Services of a page at most, and where nothing is said.
const PAGE_MAX: u32 = 100;
/// Letters of an idempotency key at most.
const KEY_MAX: usize = 200;

/// JSON that nobody keeps on the way.
pub(super) fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).json(body)
}

/// A service with its version as ETag.
fn whole(status: StatusCode, service: &Service, secret: Option<&Bearer>) -> HttpResponse {
    let mut body = shown(service);
    if let (Some(secret), Some(members)) = (secret, body.as_object_mut()) {
        members.insert("client_secret".to_owned(), json!(secret.expose()));
    }
    let mut answer = answer(status, &body);
    answer.headers_mut().insert(ETAG, etag(service));
    answer
}

pub(super) fn etag(service: &Service) -> actix_web::http::header::HeaderValue {
    let text = format!("\"{}\"", service.version);
    // Digits and quotes are a header.
    actix_web::http::header::HeaderValue::from_str(&text)
        .unwrap_or_else(|_never| actix_web::http::header::HeaderValue::from_static("\"0\""))
}

/// `GET /api/v1/services`: by id; `limit` up to 100, `after` the last id of the page before.
pub async fn list(request: HttpRequest, app: Data<Appliance>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::ServicesRead).await?;
    let query = Params::parse(request.query_string().as_bytes()).map_err(Trouble::from)?;
    let limit = match query.get("limit") {
        None => PAGE_MAX,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| (1..=PAGE_MAX).contains(limit));
            limit.ok_or_else(|| Problem::bad_request("limit: 1 to 100"))?
        }
    };
    let after: Option<ServiceId> = match query.get("after") {
        None => None,
        Some(text) => Some(text.parse().map_err(|why| Problem::bad_request(format!("after: {why}")))?),
    };
    let of = caller.organisation.id;
    let mut found = app.store.read(|db| store::service::after(of, after, limit + 1, db))?;
    let more = found.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    if more {
        found.pop();
    }
    let next = found.last().filter(|_| more).map(|last| last.id);
    let services: Vec<Value> = found.iter().map(shown).collect();
    Ok(answer(StatusCode::OK, &json!({ "services": services, "next": next })))
}

/// `POST /api/v1/services`: makes one, which waits for an operator. The same `Idempotency-Key` makes it once: sent again,
/// the service is told without its secret.
pub async fn add(request: HttpRequest, app: Data<Appliance>, sent: Bytes) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::ServicesWrite).await?;
    let sent: Body = body::read(&request, &sent)?;
    let id = id_of(&request, &caller)?;
    let Registered { service, secret } = drafted(&sent, id, &caller)?;
    service_change::ready_key(&service.registration.id_token_alg, &app).await?;
    let entry = caller.entry(Event::ServiceAdded, id);
    if !service_change::add(&service, entry, caller.still(), &app).await? {
        let there = app.store.read(|db| store::service::by_id(id, db))?;
        let own = there.filter(|service| service.organisation == Some(caller.organisation.id));
        return Ok(whole(StatusCode::OK, &own.ok_or_else(Problem::not_found)?, None));
    }
    // Keys take the place of a secret.
    let secret = secret.filter(|_| !service.registration.secrets.is_empty());
    let mut made = whole(StatusCode::CREATED, &service, secret.as_ref());
    let location = paths::api_service(id);
    if let Ok(location) = location.parse() {
        made.headers_mut().insert(LOCATION, location);
    }
    Ok(made)
}

/// The new service that a body comes to, by the owner's rules; or all that is wrong with it.
fn drafted(sent: &Body, id: ServiceId, caller: &Caller) -> Result<Registered, Problem> {
    let mut errors = Vec::new();
    let form = Form { kind: sent.kind(&mut errors), ..Form::empty(id) };
    let authentication = form.kind.authentication();
    let wish = sent.wish(form, &caller.organisation.name, &mut errors);
    // Where there is none, the rest is judged all the same.
    let judged = wish.clone().unwrap_or_else(|| Wish { authentication, ..Wish::new("") });
    let registration = sent.technical(&judged.registration(), &mut errors);
    let (Some(wish), Some(_), true) = (wish, registration, errors.is_empty()) else {
        return Err(Problem::wrong(errors));
    };
    let draft = wish.draft(id, Some(caller.organisation.id), &caller.app);
    let draft = draft.map_err(|why| Problem::from(Trouble::fault("registration", &why)))?;
    let registration = sent.technical(&draft.service.registration, &mut errors);
    let registration = registration.ok_or_else(|| Problem::wrong(errors))?;
    Ok(Registered { service: Service { registration, ..draft.service }, ..draft })
}

/// The id of a new service: drawn, or the same for the same key.
fn id_of(request: &HttpRequest, caller: &Caller) -> Result<ServiceId, Problem> {
    let Some(key) = request.headers().get("idempotency-key") else {
        return Ok(ServiceId::draw(caller.app.dice.as_ref()));
    };
    let key = key.to_str().ok().filter(|key| (1..=KEY_MAX).contains(&key.len()));
    let key =
        key.ok_or_else(|| Problem::bad_request("Idempotency-Key: 1 to 200 visible ASCII characters"))?;
    let mut value = caller.organisation.id.bytes().to_vec();
    value.extend_from_slice(key.as_bytes());
    let hash = caller.app.secrets.lookup.hash("api-service", &value);
    let mut id = [0; 16];
    id.copy_from_slice(&hash[..16]);
    Ok(ServiceId::from_bytes(id))
}

/// `GET /api/v1/services/{service}`
pub async fn show(request: HttpRequest, app: Data<Appliance>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::ServicesRead).await?;
    Ok(whole(StatusCode::OK, &caller.service(&request)?, None))
}

/// Whether the version that a caller has seen is the one that there is.
pub(super) fn seen(request: &HttpRequest, service: &Service) -> Result<bool, Problem> {
    let sent = request.headers().get(IF_MATCH).ok_or_else(Problem::no_version)?;
    Ok(*sent == etag(service))
}

/// Somebody else was faster: what stands now, for a token that may change it.
fn changed(now: &Service) -> Problem {
    Problem::changed(etag(now), Some(shown(now)))
}

/// `PATCH /api/v1/services/{service}`: members that are sent take the place of what is registered (RFC 7396). A wish for
/// more data waits for an operator, all else is in force at once.
pub async fn change(
    request: HttpRequest,
    app: Data<Appliance>,
    sent: Bytes,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::ServicesWrite).await?;
    let service = caller.service(&request)?;
    if !seen(&request, &service)? {
        return Err(changed(&service));
    }
    let sent: Body = body::read(&request, &sent)?;
    let to = patched(&sent, &service, &caller)?;
    service_change::ready_key(&to.registration.id_token_alg, &app).await?;
    let entry = caller.changed(&service, service.wanted(), to.wanted());
    if !service_change::keep(&service, to, entry, caller.still(), &app).await? {
        return Err(changed(&caller.service(&request)?));
    }
    Ok(whole(StatusCode::OK, &caller.service(&request)?, None))
}

/// The service with what was sent of it, or all that is wrong with that.
fn patched(sent: &Body, service: &Service, caller: &Caller) -> Result<Service, Problem> {
    let mut errors = Vec::new();
    sent.no_kind(&mut errors);
    let registration = sent.technical(&service.registration, &mut errors);
    let wish =
        sent.touches_form().then(|| sent.wish(Form::of(service), &caller.organisation.name, &mut errors));
    let (Some(registration), true) = (registration, errors.is_empty()) else {
        return Err(Problem::wrong(errors));
    };
    let kept = Service { registration, ..service.clone() };
    Ok(match wish.flatten() {
        Some(wish) => kept.wished(merged(wish.registration(), &kept.registration)),
        None => kept,
    })
}

/// `DELETE /api/v1/services/{service}`: with its grants and tokens, what people agreed to, its trials.
pub async fn remove(request: HttpRequest, app: Data<Appliance>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::ServicesWrite).await?;
    let service = caller.service(&request)?;
    if !seen(&request, &service)? {
        return Err(changed(&service));
    }
    let entry = caller.entry(Event::ServiceRemoved, service.id);
    if !service_change::remove(&service, entry, caller.still(), &app).await? {
        return Err(changed(&caller.service(&request)?));
    }
    Ok(HttpResponse::NoContent().finish())
}
