//! How much a service is used, and what was changed of it.

use super::body::{moment, registration};
use super::caller::Caller;
use super::problem::Problem;
use super::services::answer;
use crate::domain::api_token::Scope;
use crate::domain::service_use::{FEW, hour};
use crate::domain::time::Timestamp;
use crate::http::{Appliance, Params, Trouble, uses};
use crate::store;
use crate::web::owner::usage::by_day;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use jiff::civil::Date;
use serde_json::{Value, json};

/// Days of one answer at most: as long as uses are kept.
const DAYS_MAX: i32 = 396;
/// Changes of one answer at most.
const CHANGES_MAX: u32 = 200;

/// `GET /api/v1/services/{service}/use`: by the day of the town, from `from` to `to` (`YYYY-MM-DD`, both included; the last
/// thirty days, where nothing is said). Counts below five are `null`.
pub async fn uses(request: HttpRequest, app: Data<Appliance>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::UseRead).await?;
    let service = caller.service(&request)?;
    let query = Params::parse(request.query_string().as_bytes()).map_err(Trouble::from)?;
    let zone = jiff::tz::TimeZone::get(&app.town().time_zone);
    let zone = zone.map_err(|why| Problem::from(Trouble::fault("town", &why)))?;
    let today = crate::web::words::instant(app.now()).to_zoned(zone.clone()).date();
    let day = |name: &'static str, or: Date| match query.get(name) {
        None => Ok(or),
        Some(text) => text.parse().map_err(|_wrong| Problem::bad_request(format!("{name}: YYYY-MM-DD"))),
    };
    let to = day("to", today)?;
    let month_ago = to.checked_sub(jiff::Span::new().days(29)).unwrap_or(to);
    let from = day("from", month_ago)?;
    let days = (to - from).get_days();
    if !(0..DAYS_MAX).contains(&days) {
        return Err(Problem::bad_request("from, to: in this order, at most 396 days"));
    }
    let instant = |day: Date| day.to_zoned(zone.clone()).map(|at| Timestamp(at.timestamp().as_millisecond()));
    let ends = (|| Ok::<_, jiff::Error>((instant(from)?, instant(to.tomorrow()?)?)))();
    let (begin, end) = ends.map_err(|_far| Problem::bad_request("from, to: a day of our time"))?;
    // So that who has just logged in is counted.
    uses::keep(&app).await?;
    let id = service.id;
    let counts = app.store.read(|db| store::service_use::of_service(id, (hour(begin), hour(end)), db))?;
    let rows: Vec<Value> = by_day(&counts, &zone)
        .into_iter()
        .map(|((day, outcome, level, kind), count)| {
            let some = |text: &'static str| (!text.is_empty()).then_some(text);
            let uses = (count >= FEW).then_some(count);
            json!({ "day": day.to_string(), "outcome": outcome, "level": some(level), "kind": some(kind), "uses": uses })
        })
        .collect();
    let body = json!({ "from": from.to_string(), "to": to.to_string(), "use": rows });
    Ok(answer(StatusCode::OK, &body))
}

/// `GET /api/v1/services/{service}/changes`: each state since it was made, the latest first.
pub async fn changes(request: HttpRequest, app: Data<Appliance>) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request, &app, Scope::ServicesRead).await?;
    let service = caller.service(&request)?;
    let versions = app.store.read(|db| store::service_version::latest(service.id, CHANGES_MAX, db))?;
    let changes: Vec<Value> = versions
        .iter()
        .map(|version| {
            json!({
                "version": version.version,
                "at": moment(version.at),
                "by": version.actor,
                "released": version.state.released,
                "active": version.state.active,
                "objection": version.state.objection,
                "offered_to": version.state.offered_to,
                "registered": registration(&version.state.registration),
                "proposed": version.state.proposal.as_ref().map(registration),
            })
        })
        .collect();
    Ok(answer(StatusCode::OK, &json!({ "changes": changes })))
}
