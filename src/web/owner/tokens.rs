//! The tokens of the API: an owner makes one, which is shown once, and ends it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use askama::Template;

use super::entry::{self, Owner};
use super::tabs_at;
use crate::domain::api_token::{ApiToken, LIVES, Scope, shown};
use crate::domain::audit::{Entry, Event};
use crate::domain::id::{ApiTokenId, OrganisationId, StaffId};
use crate::domain::organisation::tidy_name;
use crate::domain::secret::Bearer;
use crate::domain::staff::{Role, Staff};
use crate::domain::time::Span;
use crate::http::{Params, Trouble, redirect};
use crate::web::operator::{SAMPLE_STAFF, Tab};
use crate::web::page::{Chrome, Page};
use crate::web::visit::Visit;
use crate::web::words;
use crate::{paths, store};

/// So long before it ends, a token is marked.
const ENDS_SOON: Span = Span::days(14);

/// `GET /services/tokens`
pub async fn show(visit: Visit) -> Result<HttpResponse, Trouble> {
    match entry::owner(&visit).await? {
        Ok(owner) => page(&visit, &owner, &Form::empty(&visit), Outcome::Nothing),
        Err(answer) => Ok(answer),
    }
}

/// What was entered.
#[derive(Clone, Debug)]
struct Form {
    /// Drawn when the form was shown: sent twice, it makes one token.
    id: ApiTokenId,
    name: String,
    scopes: Vec<Scope>,
    days: i64,
}

impl Form {
    fn empty(visit: &Visit) -> Self {
        Self::of(ApiTokenId::draw(visit.app.dice.as_ref()))
    }

    fn of(id: ApiTokenId) -> Self {
        Self { id, name: String::new(), scopes: vec![Scope::ServicesRead], days: LIVES[1] }
    }
}

/// What came of it.
enum Outcome {
    Nothing,
    /// Shown now and never again.
    Made(String),
    NoName,
    NoScope,
    TooMany,
}

/// `POST /services/tokens`: `action=make` with `new`, the id that the form was given, `name`, scopes as boxes
/// and `days`; `action=end` with `token`.
pub async fn act(visit: Visit, body: Bytes) -> Result<HttpResponse, Trouble> {
    let form = visit.form(&body)?;
    let owner = match entry::owner(&visit).await? {
        Ok(owner) => owner,
        Err(answer) => return Ok(answer),
    };
    match form.get("action") {
        Some("make") => make(&read(&form)?, &owner, &visit).await,
        Some("end") => end(&form, &owner, &visit).await,
        _ => Err(Trouble::BadRequest("action")),
    }
}

fn read(form: &Params) -> Result<Form, Trouble> {
    let days = form.get("days").and_then(|days| days.parse().ok()).filter(|days| LIVES.contains(days));
    let id = form.get("new").and_then(|id| id.parse().ok());
    Ok(Form {
        id: id.ok_or(Trouble::BadRequest("new"))?,
        name: form.get("name").unwrap_or("").to_owned(),
        scopes: Scope::ALL.into_iter().filter(|scope| form.get(scope.name()) == Some("yes")).collect(),
        days: days.ok_or(Trouble::BadRequest("days"))?,
    })
}

async fn make(form: &Form, owner: &Owner, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let Some(name) = tidy_name(&form.name) else { return page(visit, owner, form, Outcome::NoName) };
    if form.scopes.is_empty() {
        return page(visit, owner, form, Outcome::NoScope);
    }
    let app = &visit.app;
    app.limits.count_account(owner.member.staff.id.bytes())?;
    let (text, hash) = shown(&Bearer::draw(app.dice.as_ref()));
    let token = ApiToken {
        id: form.id,
        organisation: owner.organisation.id,
        name,
        scopes: form.scopes.iter().copied().collect(),
        made_by: owner.member.staff.id,
        created: app.now(),
        expires: app.now() + Span::days(form.days),
        last_used: None,
    };
    let entry = Entry::new(Event::ApiTokenMade, owner.member.actor());
    let entry = entry.with("token", token.id).with("organisation", token.organisation);
    let entry = token.scopes.iter().fold(entry, |entry, scope| entry.with("scope", scope.name()));
    let still = owner.member.still();
    let made = app.write(move |db| -> Result<bool, Trouble> {
        still(db)?;
        let made = store::api_token::insert(&token, &hash, db)?;
        if made {
            store::audit::append(&entry, db)?;
        }
        Ok(made)
    });
    if made.await? {
        return page(visit, owner, &Form::empty(visit), Outcome::Made(text));
    }
    let (id, of) = (form.id, owner.organisation.id);
    if app.store.read(|db| store::api_token::of_organisation(of, db))?.iter().any(|token| token.id == id) {
        // The same form once more: its token was shown.
        return Ok(redirect::see_other(paths::SERVICES_TOKENS));
    }
    page(visit, owner, form, Outcome::TooMany)
}

async fn end(form: &Params, owner: &Owner, visit: &Visit) -> Result<HttpResponse, Trouble> {
    let id: Option<ApiTokenId> = form.get("token").and_then(|id| id.parse().ok());
    let id = id.ok_or(Trouble::BadRequest("token"))?;
    let (still, of) = (owner.member.still(), owner.organisation.id);
    let entry = Entry::new(Event::ApiTokenEnded, owner.member.actor()).with("token", id);
    let entry = entry.with("organisation", of);
    let ended = visit.app.write(move |db| -> Result<(), Trouble> {
        still(db)?;
        if store::api_token::end(id, of, db)? {
            store::audit::append(&entry, db)?;
        }
        Ok(())
    });
    ended.await?;
    Ok(redirect::see_other(paths::SERVICES_TOKENS))
}

fn page(visit: &Visit, owner: &Owner, form: &Form, outcome: Outcome) -> Result<HttpResponse, Trouble> {
    let of = owner.organisation.id;
    let (tokens, team) = visit.app.store.read(|db| {
        Ok((store::api_token::of_organisation(of, db)?, store::staff::of_organisation(of, db)?))
    })?;
    let status = match outcome {
        Outcome::Nothing | Outcome::Made(_) => StatusCode::OK,
        Outcome::NoName | Outcome::NoScope => StatusCode::UNPROCESSABLE_ENTITY,
        Outcome::TooMany => StatusCode::CONFLICT,
    };
    let frame = entry::frame(visit).at(paths::SERVICES_TOKENS.to_owned());
    let seen = Seen { tokens: &tokens, team: &team, origin: &visit.app.origin, of };
    let page = TokensPage::new(&seen, form, outcome, &owner.member.staff.name, &frame.chrome);
    Ok(frame.show(&page, status))
}

/// What the page is made of.
struct Seen<'a> {
    tokens: &'a [ApiToken],
    team: &'a [Staff],
    origin: &'a str,
    of: OrganisationId,
}

/// One token, in words.
pub(crate) struct TokenLine {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) scopes: String,
    pub(crate) by: String,
    pub(crate) used: String,
    /// Badge and words of until when.
    pub(crate) kind: &'static str,
    pub(crate) until: String,
}

/// One box: field, what it allows, whether it is ticked.
pub(crate) struct ScopeBox {
    pub(crate) name: &'static str,
    pub(crate) id: String,
    pub(crate) words: &'static str,
    pub(crate) on: bool,
}

/// `templates/owner/tokens.html`
#[derive(Template)]
#[template(path = "owner/tokens.html")]
pub(crate) struct TokensPage {
    pub(crate) chrome: Chrome,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) made: Option<String>,
    /// The id that the form gives.
    pub(crate) new: String,
    pub(crate) name: String,
    pub(crate) no_name: bool,
    pub(crate) no_scope: bool,
    pub(crate) too_many: bool,
    pub(crate) scopes: Vec<ScopeBox>,
    /// Days, words, whether chosen.
    pub(crate) lives: Vec<(i64, String, bool)>,
    pub(crate) tokens: Vec<TokenLine>,
    pub(crate) act_url: &'static str,
    pub(crate) description_url: &'static str,
    /// A first call to copy.
    pub(crate) example: String,
}

impl TokensPage {
    fn new(seen: &Seen<'_>, form: &Form, outcome: Outcome, staff: &str, chrome: &Chrome) -> Self {
        let (no_name, no_scope) = (matches!(outcome, Outcome::NoName), matches!(outcome, Outcome::NoScope));
        let too_many = matches!(outcome, Outcome::TooMany);
        let made = if let Outcome::Made(text) = outcome { Some(text) } else { None };
        let token = made.as_deref().unwrap_or("tht_…");
        let example =
            format!("curl -H 'Authorization: Bearer {token}' {}{}", seen.origin, paths::API_SERVICES);
        Self {
            chrome: chrome.signed_in(staff),
            tabs: tabs_at(paths::SERVICES_TOKENS, Role::Owner(seen.of), chrome),
            made,
            new: form.id.to_string(),
            name: form.name.clone(),
            no_name,
            no_scope,
            too_many,
            scopes: Scope::ALL
                .map(|scope| ScopeBox {
                    name: scope.name(),
                    id: scope.name().replace(':', "-"),
                    words: scope_words(scope, chrome),
                    on: form.scopes.contains(&scope),
                })
                .into(),
            lives: LIVES
                .map(|days| (days, chrome.tn("use.days", days.unsigned_abs()), days == form.days))
                .into(),
            tokens: seen.tokens.iter().map(|token| token_line(token, seen.team, chrome)).collect(),
            act_url: paths::SERVICES_TOKENS,
            description_url: paths::API_DESCRIPTION,
            example,
        }
    }
}

fn scope_words(scope: Scope, chrome: &Chrome) -> &'static str {
    match scope {
        Scope::ServicesRead => chrome.t("token.scope.services_read"),
        Scope::ServicesWrite => chrome.t("token.scope.services_write"),
        Scope::SecretsWrite => chrome.t("token.scope.secrets_write"),
        Scope::UseRead => chrome.t("token.scope.use_read"),
    }
}

fn token_line(token: &ApiToken, team: &[Staff], chrome: &Chrome) -> TokenLine {
    let now = words::now(chrome);
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.name()).collect();
    let by = team.iter().find(|staff| staff.id == token.made_by);
    let (kind, until) = if now >= token.expires {
        ("danger", chrome.t1("token.ended", words::day(token.expires, chrome)))
    } else if now + ENDS_SOON > token.expires {
        ("warning", chrome.t1("token.until", words::day(token.expires, chrome)))
    } else {
        ("success", chrome.t1("token.until", words::day(token.expires, chrome)))
    };
    TokenLine {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: scopes.join(", "),
        by: by.map_or_else(|| chrome.t("operator.actor.staff").to_owned(), |staff| staff.name.clone()),
        used: token
            .last_used
            .map_or_else(|| chrome.t("operator.never").to_owned(), |at| words::day(at, chrome)),
        kind,
        until,
    }
}

impl Page for TokensPage {
    const NAME: &'static str = "owner/tokens";

    fn samples(chrome: &Chrome) -> Vec<(&'static str, Self)> {
        let (now, of) = (words::now(chrome), OrganisationId::from_bytes([3; 16]));
        let token = |days: i64, used: Option<i64>| ApiToken {
            id: ApiTokenId::from_bytes([u8::try_from(days + 40).unwrap_or(1); 16]),
            organisation: of,
            name: "Fachverfahren".to_owned(),
            scopes: [Scope::ServicesRead, Scope::UseRead].into(),
            made_by: StaffId::from_bytes([5; 16]),
            created: now - Span::days(30),
            expires: now + Span::days(days),
            last_used: used.map(|days| now - Span::days(days)),
        };
        let tokens = [token(60, Some(0)), token(5, None), token(-2, Some(9))];
        let page = |tokens: &[ApiToken], outcome| {
            let seen = Seen { tokens, team: &[], origin: "https://id.birkenfurt.example", of };
            let form = Form::of(ApiTokenId::from_bytes([4; 16]));
            Self::new(&seen, &form, outcome, SAMPLE_STAFF, chrome)
        };
        vec![
            ("some", page(&tokens, Outcome::Nothing)),
            ("none", page(&[], Outcome::NoName)),
            ("made", page(&tokens, Outcome::Made("tht_beispiel".to_owned()))),
            ("no_scope", page(&[], Outcome::NoScope)),
            ("too_many", page(&tokens, Outcome::TooMany)),
        ]
    }
}
