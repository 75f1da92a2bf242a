//! What machines call: token, introspection, revocation.

use super::client::{Unserved, authenticated};
use super::{ANY_ORIGIN, broken, json};
use crate::domain::service_use::{Outcome, Use};
use crate::http::{Appliance, Trouble};
use crate::oidc::refusal::{Parameter, TokenRefusal};
use crate::oidc::token::NoTokens;
use crate::oidc::{Provider, introspect as introspection, revoke as revocation, token as tokens, trial};
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};

/// `POST`: tokens for a code, a refresh token, or the service itself.
pub async fn token(
    request: HttpRequest,
    body: Bytes,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> HttpResponse {
    let (form, service) = match authenticated(&request, &body, &app, &provider).await {
        Ok(found) => found,
        Err(unserved) => return unserved.answer(),
    };
    let issued = tokens::issue(&form, &service, &provider, &app).await;
    if service.may_be_tried(app.now())
        && let Err(fault) = trial::issued(&form, &service, &issued, &app).await
    {
        return broken(&fault.into());
    }
    match issued {
        Ok(tokens) => json(StatusCode::OK, &tokens),
        Err(NoTokens::Refused(refused)) => {
            app.uses.count(Use::new(service.id, Outcome::RefusedGrant, app.now()));
            Unserved::from(refused).answer()
        }
        Err(NoTokens::Fault(fault)) => broken(&Trouble::from(fault)),
    }
}

/// `POST`: is this token alive? For services which can prove themselves; a public client has nothing to ask.
pub async fn introspect(
    request: HttpRequest,
    body: Bytes,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> HttpResponse {
    let state = async || {
        let (form, service) = authenticated(&request, &body, &app, &provider).await?;
        if service.is_public() {
            return Err(TokenRefusal::Client { basic: false }.into());
        }
        let token = form.get("token").ok_or(TokenRefusal::Missing(Parameter::Token))?;
        let state = introspection::answer(token, &service, &provider, &app);
        state.map_err(|fault| Unserved::Trouble(fault.into()))
    };
    state().await.map_or_else(|unserved| unserved.answer(), |state| json(StatusCode::OK, &state))
}

/// `POST`: this token is no longer needed.
pub async fn revoke(
    request: HttpRequest,
    body: Bytes,
    app: Data<Appliance>,
    provider: Data<Provider>,
) -> HttpResponse {
    let asked = async || {
        let (form, service) = authenticated(&request, &body, &app, &provider).await?;
        let token = form.get("token").ok_or(TokenRefusal::Missing(Parameter::Token))?;
        Ok((revocation::hash(token)?, service.id))
    };
    let (hash, service) = match asked().await {
        Ok(asked) => asked,
        Err::<_, Unserved>(unserved) => return unserved.answer(),
    };
    match app.write(move |db| revocation::run(&hash, service, db)).await {
        Ok(()) => HttpResponse::Ok().insert_header(ANY_ORIGIN).finish(),
        Err(fault) => broken(&Trouble::from(fault)),
    }
}
