//! Who calls: a token, for whose organisation, in whose name.

use super::problem::Problem;
use crate::domain::api_token::{ApiToken, PREFIX, Scope};
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::ServiceId;
use crate::domain::organisation::Organisation;
use crate::domain::registration::Registration;
use crate::domain::secret::BearerHash;
use crate::domain::service::Service;
use crate::domain::staff::Role;
use crate::domain::time::{Span, Timestamp};
use crate::http::limit::Act;
use crate::http::{Appliance, Trouble, address};
use crate::store::{self, Write};
use crate::web::service_change;
use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;

/// A use is noted this often and not more: reading does not write.
const NOTED: Span = Span::hours(1);

/// One call with a living token that may do what it asks for.
pub(crate) struct Caller {
    pub(crate) app: Data<Appliance>,
    pub(crate) token: ApiToken,
    pub(crate) organisation: Organisation,
}

impl Caller {
    /// The caller of a request, if their token has this scope.
    pub(crate) async fn of(
        request: &HttpRequest,
        app: &Data<Appliance>,
        scope: Scope,
    ) -> Result<Self, Problem> {
        let origin = address::client(request, &app.proxies);
        let Some(presented) = presented(request) else {
            app.limits.count(Act::Fail, origin)?;
            return Err(Problem::unauthorized(request.headers().contains_key(AUTHORIZATION)));
        };
        let (hash, now) = (BearerHash::of(presented), app.now());
        let found = app.store.read(|db| {
            let Some(token) = store::api_token::by_hash(&hash, now, db)? else { return Ok(None) };
            let owner = store::staff::by_id(token.made_by, db)?;
            let owns = owner.is_some_and(|staff| staff.role == Role::Owner(token.organisation));
            let organisation = store::organisation::by_id(token.organisation, db)?;
            Ok(organisation.filter(|_| owns).map(|organisation| (token, organisation)))
        })?;
        let Some((token, organisation)) = found else {
            app.limits.count(Act::Fail, origin)?;
            return Err(Problem::unauthorized(true));
        };
        app.limits.count_api(token.id.bytes())?;
        if token.last_used.is_none_or(|at| now.since(at) >= NOTED) {
            let id = token.id;
            app.write(move |db| store::api_token::used(id, db).map_err(Trouble::from)).await?;
        }
        if !token.scopes.contains(&scope) {
            return Err(Problem::scope(scope.name()));
        }
        Ok(Self { app: app.clone(), token, organisation })
    }

    /// The service of an address, of this organisation; of nobody else's it is not even told that it is there.
    pub(crate) fn service(&self, request: &HttpRequest) -> Result<Service, Problem> {
        let id: ServiceId = request
            .match_info()
            .get("service")
            .and_then(|id| id.parse().ok())
            .ok_or_else(Problem::not_found)?;
        let found = self.app.store.read(|db| store::service::by_id(id, db))?;
        let own = found.filter(|service| service.organisation == Some(self.organisation.id));
        own.ok_or_else(Problem::not_found)
    }

    /// For the inside of a write: the token lives, and its maker is still an owner.
    pub(crate) fn still(&self) -> impl Fn(&Write) -> Result<(), Trouble> + Send + 'static {
        let (token, staff, organisation) = (self.token.id, self.token.made_by, self.organisation.id);
        move |db| {
            let owns = store::staff::by_id(staff, db)?;
            let owns = owns.is_some_and(|staff| staff.role == Role::Owner(organisation));
            let lives = store::api_token::lives(token, Timestamp(db.at()), db)?;
            if owns && lives { Ok(()) } else { Err(Trouble::NotYours) }
        }
    }

    /// A row of the audit about a service: in the name of the token's maker, by this token.
    pub(crate) fn entry(&self, event: Event, service: ServiceId) -> Entry {
        Entry::new(event, self.actor()).at(service).with("token", self.token.id)
    }

    /// The same for a change of what is registered or proposed.
    pub(crate) fn changed(&self, service: &Service, was: &Registration, is: &Registration) -> Entry {
        service_change::changed(service, was, is, self.actor()).with("token", self.token.id)
    }

    const fn actor(&self) -> Actor {
        Actor::Staff(self.token.made_by)
    }
}

/// The token of the one `Authorization` header (RFC 6750 §2.1).
fn presented(request: &HttpRequest) -> Option<&str> {
    let mut all = request.headers().get_all(AUTHORIZATION);
    let (Some(one), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = one.to_str().ok()?.split_once(' ')?;
    let token = token.trim_start();
    (scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PREFIX)).then_some(token)
}
