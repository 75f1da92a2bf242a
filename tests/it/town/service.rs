//! A service: a relying party which does everything by hand, so that it can also do it wrong.

use super::http::{Request, encode};
use super::{Answer, Town};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use std::collections::BTreeSet;
use torhaus::domain::registration::{ClientAuthentication, GrantType};
use torhaus::oidc::registration::{Registered, Wish};

/// RFC 7636, appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Where answers go.
pub const BACK: &str = "https://library.example/cb";
/// Where log-outs end.
pub const BYE: &str = "https://library.example/bye";

/// The usual wish of a service: code flow, ES256, these scopes beside `openid`.
pub fn wish(name: &str, scopes: &[&str]) -> Wish {
    let mut wish = Wish::new(name);
    wish.redirect_uris = vec![BACK.to_owned()];
    wish.post_logout_redirect_uris = vec![BYE.to_owned()];
    wish.id_token_alg = "ES256".to_owned();
    wish.scopes = scopes.iter().chain(&["openid"]).map(|&scope| scope.to_owned()).collect();
    wish
}

/// The same with refresh tokens.
pub fn refreshing(name: &str, scopes: &[&str]) -> Wish {
    Wish {
        grant_types: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
        ..wish(name, scopes)
    }
}

/// A registered service.
pub struct Service<'t> {
    /// Where.
    pub town: &'t Town,
    /// `client_id`
    pub id: String,
    /// `client_secret`
    pub secret: Option<String>,
    /// How it proves itself.
    pub authentication: ClientAuthentication,
    scopes: String,
}

/// A request to log in.
#[derive(Clone, Debug)]
pub struct SignIn {
    origin: String,
    params: Vec<(String, String)>,
}

impl SignIn {
    /// With a parameter, in place of the one before.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self = self.without(name);
        self.params.push((name.to_owned(), value.to_owned()));
        self
    }
    /// Without it.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.params.retain(|(known, _)| known != name);
        self
    }
    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
    /// As a query.
    pub fn query(&self) -> String {
        let pairs: Vec<(&str, &str)> =
            self.params.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        encode(&pairs)
    }
    /// Path and query.
    pub fn path(&self) -> String {
        format!("/authorize?{}", self.query())
    }
    /// The whole address.
    pub fn url(&self) -> String {
        format!("{}{}", self.origin, self.path())
    }
}

/// A PKCE challenge.
pub fn challenge(verifier: &str) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref())
}

impl<'t> Service<'t> {
    /// From its registration.
    pub fn new(town: &'t Town, made: &Registered) -> Self {
        let registration = &made.service.registration;
        Self {
            town,
            id: made.service.id.to_string(),
            secret: made.secret.as_ref().map(|secret| secret.expose().to_owned()),
            authentication: registration.authentication,
            scopes: registration.scopes.iter().cloned().collect::<Vec<_>>().join(" "),
        }
    }

    /// A good request to log in.
    pub fn sign_in(&self) -> SignIn {
        let params = [
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", BACK),
            ("scope", self.scopes.as_str()),
            ("state", "a state with ümlauts & signs"),
            ("nonce", "n-0S6_WzA2Mj"),
            ("code_challenge", &challenge(VERIFIER)),
            ("code_challenge_method", "S256"),
        ];
        let params = params.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        SignIn { origin: self.town.origin.clone(), params }
    }

    /// Its way to prove itself, as a header.
    pub fn basic(&self) -> Option<String> {
        let secret = self.secret.as_ref()?;
        Some(format!("Basic {}", STANDARD.encode(format!("{}:{secret}", self.id))))
    }

    /// Calls an endpoint of machines, proving itself as registered.
    pub fn calls(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.request(path, fields).send(self.town.port())
    }

    /// The request of such a call.
    pub fn request(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        let mut fields = fields.to_vec();
        match (self.authentication, &self.secret) {
            (ClientAuthentication::ClientSecretBasic, _) => {
                let header = self.basic().expect("a secret");
                return Request::form(path, &fields).with("authorization", &header);
            }
            (ClientAuthentication::ClientSecretPost, Some(secret)) => {
                fields.push(("client_id", &self.id));
                fields.push(("client_secret", secret));
            }
            _ => fields.push(("client_id", &self.id)),
        }
        Request::form(path, &fields)
    }

    /// Redeems a code as it should.
    pub fn redeems(&self, code: &str) -> Answer {
        self.calls("/token", &redemption(code))
    }

    /// Redeems a code with some fields otherwise; an empty value leaves the field out.
    pub fn redeems_with(&self, code: &str, otherwise: &[(&str, &str)]) -> Answer {
        let mut fields: Vec<(&str, &str)> = redemption(code).to_vec();
        for (name, value) in otherwise {
            fields.retain(|(known, _)| known != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.calls("/token", &fields)
    }

    /// Exchanges a refresh token.
    pub fn refreshes(&self, token: &str) -> Answer {
        self.calls("/token", &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Asks whether a token is alive.
    pub fn introspects(&self, token: &str) -> Answer {
        self.calls("/introspect", &[("token", token)])
    }

    /// Asks for claims.
    pub fn userinfo(&self, token: &str) -> Answer {
        Request::get("/userinfo").with("authorization", &format!("Bearer {token}")).send(self.town.port())
    }
}

/// The fields of a good redemption.
pub fn redemption(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}
