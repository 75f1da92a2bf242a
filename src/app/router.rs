//! The table of contents: every address of the house, in one place. No attribute macros.

use super::troubles;
use crate::eid::{self, endpoints as card};
use crate::http::{Appliance, Trouble};
use crate::oidc::{self, endpoints as openid};
use crate::paths;
use crate::web::visit::Rooms;
use crate::web::{account, api, assets, citizen, counter, operator, owner, public};
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, PayloadConfig, ServiceConfig, delete, get, patch, post, resource};
use actix_web::{App, Error, HttpResponse, Route, body::BoxBody};
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
    let makers: Data<eid::Makers> = Data::from(Arc::clone(&rooms.makers));
    App::new()
        .app_data(appliance)
        .app_data(rooms)
        .app_data(provider)
        .app_data(makers)
        .app_data(PayloadConfig::new(BODY_BYTES_MAX))
        .wrap(from_fn(troubles::finish))
        .configure(protocols)
        .configure(sign_in)
        .configure(identity_checks)
        .configure(own_account)
        .configure(staff)
        .configure(services)
        .configure(for_scripts)
        .configure(at_counter)
        .configure(open)
        .default_service(actix_web::web::to(nowhere))
}

fn options() -> Route {
    Route::new().method(Method::OPTIONS)
}

async fn nowhere() -> Result<HttpResponse, Trouble> {
    Err(Trouble::NotFound)
}

fn protocols(cfg: &mut ServiceConfig) {
    cfg.service(resource(paths::OPENID_CONFIGURATION).route(get().to(openid::metadata)))
        .service(resource(paths::OAUTH_SERVER).route(get().to(openid::metadata)))
        .service(resource(paths::JWKS).route(get().to(openid::jwks)))
        .service(
            resource(paths::AUTHORIZE)
                .route(get().to(openid::authorize))
                .route(post().to(openid::authorize_by_post)),
        )
        .service(
            resource(paths::TOKEN).route(post().to(openid::token)).route(options().to(openid::preflight)),
        )
        .service(
            resource(paths::USERINFO)
                .route(get().to(openid::userinfo))
                .route(post().to(openid::userinfo_by_post))
                .route(options().to(openid::preflight)),
        )
        .service(resource(paths::INTROSPECT).route(post().to(openid::introspect)))
        .service(resource(paths::REVOKE).route(post().to(openid::revoke)))
        .service(
            resource(paths::END_SESSION)
                .route(get().to(openid::end_session))
                .route(post().to(openid::end_session_by_post)),
        );
}

fn sign_in(cfg: &mut ServiceConfig) {
    use citizen::{
        card_review, check, consent, done, enrol, enrolment_code, key, made_up, new_card, sign_in,
        transfer_code,
    };
    cfg.service(resource(paths::SIGN_IN).route(get().to(sign_in::show)))
        .service(resource(paths::SIGN_IN_PASSKEY_OPTIONS).route(post().to(sign_in::options)))
        .service(resource(paths::SIGN_IN_PASSKEY).route(post().to(sign_in::passkey)))
        .service(resource(paths::SIGN_IN_ENROL).route(get().to(enrol::show)))
        .service(resource(paths::SIGN_IN_CHECKS).route(post().to(check::begin)))
        .service(resource(paths::SIGN_IN_KEY_OPTIONS).route(post().to(key::options)))
        .service(resource(paths::SIGN_IN_KEY_SKIP).route(post().to(key::skip)))
        .service(resource(paths::SIGN_IN_KEY).route(get().to(key::show)).route(post().to(key::make)))
        .service(resource(paths::SIGN_IN_NEW_CARD_PASSKEY).route(post().to(new_card::passkey)))
        .service(resource(paths::SIGN_IN_NEW_CARD).route(get().to(new_card::show)))
        .service(
            resource(paths::SIGN_IN_TRANSFER_CODE)
                .route(get().to(transfer_code::show))
                .route(post().to(transfer_code::redeem)),
        )
        .service(
            resource(paths::SIGN_IN_CARD_REVIEW)
                .route(get().to(card_review::show))
                .route(post().to(card_review::ask)),
        )
        .service(resource(paths::CODE).route(get().to(enrolment_code::enter)))
        .service(
            resource(paths::SIGN_IN_CODE)
                .route(get().to(enrolment_code::show))
                .route(post().to(enrolment_code::redeem)),
        )
        .service(resource(paths::SIGN_IN_DONE).route(get().to(done::show)))
        .service(resource(paths::SIGN_IN_CONSENT).route(post().to(consent::answer)))
        .service(resource(paths::SIGN_IN_MADE_UP).route(post().to(made_up::log_in)))
        .service(resource(paths::SIGN_IN_ABANDON).route(get().to(sign_in::abandon)));
}

fn identity_checks(cfg: &mut ServiceConfig) {
    use citizen::{demo_card, eid};
    cfg.service(resource(paths::EID_PAOS).route(post().to(card::paos)))
        .service(resource(paths::EID_TC_TOKEN).route(get().to(card::tc_token)))
        .service(resource(paths::EID_SERVICE_TC_TOKEN).route(get().to(card::customer_tc_token)))
        .service(resource(paths::EID_PROGRESS).route(get().to(eid::progress)))
        .service(resource(paths::EID_RETURN).route(get().to(eid::come_back)))
        .service(resource(paths::EID_FAILURE).route(get().to(eid::come_back)))
        .service(resource(paths::EID).route(get().to(eid::show)).route(post().to(eid::give_up)))
        .service(
            resource(paths::DEMO_CARD).route(get().to(demo_card::show)).route(post().to(demo_card::present)),
        )
        .service(resource(paths::DEMO_CARD_RENEWAL).route(post().to(demo_card::renew)));
}

fn own_account(cfg: &mut ServiceConfig) {
    use account::{
        add_device, card_removal, consent_withdrawal, deletion, device_removal, devices, export, history,
        new_phone, overview, renewal, transfer_code,
    };
    cfg.service(resource(paths::ACCOUNT).route(get().to(overview::show)))
        .service(resource(paths::ACCOUNT_NEW_PHONE).route(get().to(new_phone::show)))
        .service(resource(paths::ACCOUNT_DEVICE_OPTIONS).route(post().to(add_device::options)))
        .service(
            resource(paths::ACCOUNT_DEVICES)
                .route(get().to(add_device::show))
                .route(post().to(add_device::add)),
        )
        .service(resource(paths::ACCOUNT_BINDING).route(get().to(devices::binding)))
        .service(
            resource(paths::ACCOUNT_DEVICE)
                .route(get().to(device_removal::show))
                .route(post().to(device_removal::remove)),
        )
        .service(
            resource(paths::ACCOUNT_SERVICE)
                .route(get().to(consent_withdrawal::show))
                .route(post().to(consent_withdrawal::withdraw)),
        )
        .service(
            resource(paths::ACCOUNT_CARD)
                .route(get().to(card_removal::show))
                .route(post().to(card_removal::remove)),
        )
        .service(
            resource(paths::ACCOUNT_TRANSFER_CODE)
                .route(get().to(transfer_code::show))
                .route(post().to(transfer_code::act)),
        )
        .service(resource(paths::ACCOUNT_HISTORY).route(get().to(history::show)))
        .service(resource(paths::ACCOUNT_EXPORT).route(get().to(export::show)))
        .service(resource(paths::ACCOUNT_EXPORT_JSON).route(get().to(export::download)))
        .service(
            resource(paths::ACCOUNT_DELETION)
                .route(get().to(deletion::show))
                .route(post().to(deletion::delete)),
        )
        .service(resource(paths::ACCOUNT_RENEWAL).route(post().to(renewal::begin)));
}

fn staff(cfg: &mut ServiceConfig) {
    use operator::{
        audit, card_review, card_reviews, decision, eid_service, entry, invite, organisation, organisations,
        overview, people, person, service, services,
    };
    cfg.service(resource(paths::INVITE_OPTIONS).route(post().to(invite::options)))
        .service(resource(paths::INVITE).route(get().to(invite::show)).route(post().to(invite::join)))
        .service(resource(paths::OPERATOR).route(get().to(overview::show)))
        .service(resource(paths::OPERATOR_SERVICES).route(get().to(services::show)))
        .service(
            resource(paths::OPERATOR_SERVICE).route(get().to(service::show)).route(post().to(decision::act)),
        )
        .service(
            resource(paths::OPERATOR_ORGANISATIONS)
                .route(get().to(organisations::show))
                .route(post().to(organisations::add)),
        )
        .service(
            resource(paths::OPERATOR_ORGANISATION)
                .route(get().to(organisation::show))
                .route(post().to(organisation::act)),
        )
        .service(
            resource(paths::OPERATOR_CLERKS)
                .route(get().to(organisation::clerks))
                .route(post().to(organisation::clerks_act)),
        )
        .service(resource(paths::OPERATOR_PEOPLE).route(get().to(people::show)))
        .service(resource(paths::OPERATOR_PERSON).route(get().to(person::show)).route(post().to(person::act)))
        .service(
            resource(paths::OPERATOR_EID_SERVICE)
                .route(get().to(eid_service::show))
                .route(post().to(eid_service::act)),
        )
        .service(resource(paths::OPERATOR_CARD_REVIEWS).route(get().to(card_reviews::show)))
        .service(
            resource(paths::OPERATOR_CARD_REVIEW)
                .route(get().to(card_review::show))
                .route(post().to(card_review::act)),
        )
        .service(resource(paths::OPERATOR_AUDIT).route(get().to(audit::show)))
        .service(resource(paths::OPERATOR_SESSION).route(post().to(entry::leave)));
}

fn at_counter(cfg: &mut ServiceConfig) {
    use counter::{find, identification, identification_acts, identifications, identify, person};
    use operator::{card_review, card_reviews};
    cfg.service(resource(paths::COUNTER).route(get().to(find::show)).route(post().to(find::search)))
        .service(resource(paths::COUNTER_PERSON).route(get().to(person::show)).route(post().to(person::act)))
        .service(resource(paths::COUNTER_CARD_REVIEWS).route(get().to(card_reviews::show_at_counter)))
        .service(
            resource(paths::COUNTER_CARD_REVIEW)
                .route(get().to(card_review::show_at_counter))
                .route(post().to(card_review::act_at_counter)),
        )
        .service(
            resource(paths::COUNTER_IDENTIFICATIONS)
                .route(get().to(identifications::show))
                .route(post().to(identify::begin)),
        )
        // Before the one with a slot.
        .service(resource(paths::COUNTER_IDENTIFICATION_NEW).route(get().to(identify::show)))
        .service(
            resource(paths::COUNTER_IDENTIFICATION)
                .route(get().to(identification::show))
                .route(post().to(identification_acts::act)),
        );
}

fn services(cfg: &mut ServiceConfig) {
    use owner::{
        affairs, changes, new_service, recipes, secret, service, services, settings, team, technical, tokens,
        trial, trial_acts, usage, webhook, webhooks,
    };
    cfg.service(resource(paths::SERVICES).route(get().to(services::show)).route(post().to(new_service::add)))
        // Before the one with a slot.
        .service(resource(paths::SERVICES_NEW).route(get().to(new_service::show)))
        .service(resource(paths::SERVICES_TEAM).route(get().to(team::show)).route(post().to(team::act)))
        .service(
            resource(paths::SERVICES_WEBHOOKS)
                .route(get().to(webhooks::show))
                .route(post().to(webhooks::add)),
        )
        .service(
            resource(paths::SERVICES_WEBHOOK).route(get().to(webhook::show)).route(post().to(webhook::act)),
        )
        .service(resource(paths::SERVICES_TOKENS).route(get().to(tokens::show)).route(post().to(tokens::act)))
        .service(resource(paths::SERVICE_SECRET).route(post().to(secret::renew)))
        .service(
            resource(paths::SERVICE_RECIPES).route(get().to(recipes::show)).route(post().to(recipes::apply)),
        )
        .service(resource(paths::SERVICE_TRIAL_PROGRESS).route(get().to(trial::progress)))
        .service(
            resource(paths::SERVICE_TRIAL).route(get().to(trial::show)).route(post().to(trial_acts::act)),
        )
        .service(
            resource(paths::SERVICE_SETTINGS)
                .route(get().to(settings::show))
                .route(post().to(settings::save)),
        )
        .service(
            resource(paths::SERVICE_TECHNICAL)
                .route(get().to(technical::show))
                .route(post().to(technical::save)),
        )
        .service(resource(paths::SERVICE_USE).route(get().to(usage::show)))
        .service(resource(paths::SERVICE_USE_CSV).route(get().to(usage::download)))
        .service(resource(paths::SERVICE_CHANGES).route(get().to(changes::show)))
        .service(
            resource(paths::SERVICE_AFFAIRS).route(get().to(affairs::show)).route(post().to(affairs::act)),
        )
        .service(resource(paths::SERVICE_HANDOVER).route(post().to(affairs::answer_offer)))
        .service(resource(paths::SERVICE).route(get().to(service::show)));
}

fn for_scripts(cfg: &mut ServiceConfig) {
    use api::{openapi, reports, secrets, services};
    cfg.service(resource(paths::API_DESCRIPTION).route(get().to(openapi::show)))
        .service(
            resource(paths::API_SERVICES).route(get().to(services::list)).route(post().to(services::add)),
        )
        .service(resource(paths::API_SERVICE_SECRETS).route(post().to(secrets::add)))
        .service(resource(paths::API_SERVICE_USE).route(get().to(reports::uses)))
        .service(resource(paths::API_SERVICE_CHANGES).route(get().to(reports::changes)))
        .service(
            resource(paths::API_SERVICE)
                .route(get().to(services::show))
                .route(patch().to(services::change))
                .route(delete().to(services::remove)),
        );
}

fn open(cfg: &mut ServiceConfig) {
    use citizen::{home, sign_out, signed_out};
    cfg.service(resource(paths::HOME).route(get().to(home::show)))
        .service(resource(paths::STATIC).route(get().to(assets::get)))
        .service(resource(paths::SIGN_OUT).route(get().to(sign_out::show)).route(post().to(sign_out::answer)))
        .service(resource(paths::SESSION).route(post().to(sign_out::answer)))
        .service(resource(paths::SIGNED_OUT).route(get().to(signed_out::show)))
        .service(resource(paths::HEALTH_LIVE).route(get().to(public::live)))
        .service(resource(paths::HEALTH_READY).route(get().to(public::ready)))
        .service(resource(paths::CA_ROOT).route(get().to(public::root)))
        .service(resource(paths::CA_CRL).route(get().to(public::issuing_crl)))
        .service(resource(paths::CA_ROOT_CRL).route(get().to(public::root_crl)))
        .service(resource(paths::CA_REVOKED_BINDINGS).route(get().to(public::revoked_bindings)))
        .service(resource(paths::ROBOTS).route(get().to(public::robots)));
}
