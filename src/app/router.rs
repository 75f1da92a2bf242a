//! The table of contents: every address of the house, in one place. No attribute macros.

use super::troubles;
use crate::http::{Appliance, Trouble};
use crate::oidc::{self, endpoints as openid};
use crate::web::visit::Rooms;
use crate::web::{account, assets, citizen, operator, owner, public};
use crate::{paths, web as pages};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{Data, PayloadConfig, ServiceConfig, get, post, resource};
use actix_web::{App, Error, HttpResponse, body::BoxBody};
use std::sync::Arc;

/// No body is larger: a passkey's answer with its attestation is the largest.
const BODY_BYTES_MAX: usize = 80 * 1024;

/// The application of one worker.
pub fn app(
    appliance: Data<Appliance>,
    rooms: Data<Rooms>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let provider: Data<oidc::Provider> = Data::from(Arc::clone(&rooms.oidc));
    App::new()
        .app_data(appliance)
        .app_data(rooms)
        .app_data(provider)
        .app_data(PayloadConfig::new(BODY_BYTES_MAX))
        .wrap(from_fn(troubles::finish))
        .configure(protocols)
        .configure(sign_in)
        .configure(account_pages)
        .configure(staff)
        .configure(open)
        .default_service(actix_web::web::to(nowhere))
}

async fn nowhere() -> Result<HttpResponse, Trouble> {
    Err(Trouble::NotFound)
}

fn protocols(cfg: &mut ServiceConfig) {
    cfg.service(resource(paths::OPENID_CONFIGURATION).route(get().to(openid::discovery)))
        .service(resource(paths::OAUTH_SERVER).route(get().to(openid::discovery)))
        .service(resource(paths::JWKS).route(get().to(openid::jwks)))
        .service(
            resource(paths::AUTHORIZE)
                .route(get().to(openid::authorize))
                .route(post().to(openid::authorize_post)),
        );
}

fn sign_in(cfg: &mut ServiceConfig) {
    use citizen::{check, consent, demo_card, done, enrol, key, sign_in};
    cfg.service(resource(paths::SIGN_IN).route(get().to(sign_in::show)))
        .service(resource(paths::SIGN_IN_PASSKEY_OPTIONS).route(post().to(sign_in::options)))
        .service(resource(paths::SIGN_IN_PASSKEY).route(post().to(sign_in::passkey)))
        .service(resource(paths::SIGN_IN_ENROL).route(get().to(enrol::show)))
        .service(resource(paths::SIGN_IN_CHECKS).route(post().to(check::begin)))
        .service(resource(paths::SIGN_IN_KEY_OPTIONS).route(post().to(key::options)))
        .service(resource(paths::SIGN_IN_KEY_SKIP).route(post().to(key::skip)))
        .service(resource(paths::SIGN_IN_KEY).route(get().to(key::show)).route(post().to(key::make)))
        .service(resource(paths::SIGN_IN_DONE).route(get().to(done::show)))
        .service(resource(paths::SIGN_IN_CONSENT).route(post().to(consent::answer)))
        .service(resource(paths::SIGN_IN_ABANDON).route(get().to(sign_in::abandon)))
        .service(
            resource(paths::DEMO_CARD).route(get().to(demo_card::show)).route(post().to(demo_card::present)),
        )
        .service(resource(paths::DEMO_CARD_RENEWAL).route(post().to(demo_card::renew)));
}
