//! The description of the API (OpenAPI 3.1), with this house as its server.

use crate::http::Appliance;
use actix_web::HttpResponse;
use actix_web::web::Data;

/// The description; a test compares it with the router and with what the handlers answer.
pub(crate) const DESCRIPTION: &str = include_str!("openapi.json");
/// Stands in it for this house.
const SERVER: &str = "https://id.town.example";

/// `GET /api/openapi.json`
pub async fn show(app: Data<Appliance>) -> HttpResponse {
    let text = DESCRIPTION.replace(SERVER, &app.origin);
    HttpResponse::Ok().content_type("application/json").body(text)
}
