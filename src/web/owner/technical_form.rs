//! The form for what only machines care about: log-out addresses, keys, signature; and what is wrong with it.

use crate::domain::registration::{ClientAuthentication, Registration};
use crate::http::{Params, Trouble};
use crate::oidc::registration::{self, ID_TOKEN_ALGS, WrongKeys};
use crate::web::owner::form::ADDRESSES_MAX;

/// What was entered, as it was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Technical {
    pub(crate) authentication: ClientAuthentication,
    pub(crate) id_token_alg: String,
    /// One on each line.
    pub(crate) post_logout: String,
    pub(crate) backchannel: String,
    pub(crate) jwks: String,
    pub(crate) jwks_uri: String,
}

/// What is wrong with it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// An address of a log-out can not be registered.
    PostLogout(String),
    TooMany,
    Backchannel,
    /// Neither keys nor their address, or both.
    KeysMissing,
    KeysBoth,
    /// No set of public keys; why, in the words of the reader.
    Keys(String),
    KeysUri,
}

impl Technical {
    pub(crate) fn of(registration: &Registration) -> Self {
        Self {
            authentication: registration.authentication,
            id_token_alg: registration.id_token_alg.clone(),
            post_logout: registration.post_logout_redirect_uris.join("\n"),
            backchannel: registration.backchannel_logout_uri.clone().unwrap_or_default(),
            jwks: registration.jwks.clone().unwrap_or_default(),
            jwks_uri: registration.jwks_uri.clone().unwrap_or_default(),
        }
    }

    /// Reads what a browser sent; an app without a secret stays one.
    ///
    /// # Errors
    /// [`Trouble::BadRequest`] for what no form of ours sends.
    pub(crate) fn read(form: &Params, registered: &Registration) -> Result<Self, Trouble> {
        let text = |name| form.get(name).unwrap_or("").trim().to_owned();
        let public = registered.authentication == ClientAuthentication::None;
        let method = form.get("authentication").and_then(ClientAuthentication::parse);
        let method = method.filter(|method| (*method == ClientAuthentication::None) == public);
        let alg = form.get("id_token_alg").filter(|alg| ID_TOKEN_ALGS.contains(alg));
        Ok(Self {
            authentication: method.ok_or(Trouble::BadRequest("authentication"))?,
            id_token_alg: alg.ok_or(Trouble::BadRequest("id_token_alg"))?.to_owned(),
            post_logout: text("post_logout_redirect_uris"),
            backchannel: text("backchannel_logout_uri"),
            jwks: text("jwks"),
            jwks_uri: text("jwks_uri"),
        })
    }

    /// The registration it comes to. Secrets end where keys take their place.
    ///
    /// # Errors
    /// Every mistake.
    pub(crate) fn over(&self, registered: &Registration) -> Result<Registration, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let addresses: Vec<String> = self
            .post_logout
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect();
        if addresses.len() > ADDRESSES_MAX {
            mistakes.push(Mistake::TooMany);
        }
        let wrong = |address: &&String| crate::domain::redirect_uri::check_redirect_uri(address).is_err();
        mistakes.extend(addresses.iter().filter(wrong).take(5).cloned().map(Mistake::PostLogout));
        if !self.backchannel.is_empty() && !registration::is_callable(&self.backchannel) {
            mistakes.push(Mistake::Backchannel);
        }
        let by_key = self.authentication == ClientAuthentication::PrivateKeyJwt;
        if by_key {
            mistakes.extend(self.wrong_keys());
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        Ok(Registration {
            authentication: self.authentication,
            id_token_alg: self.id_token_alg.clone(),
            post_logout_redirect_uris: addresses,
            backchannel_logout_uri: some(&self.backchannel),
            jwks: some(&self.jwks).filter(|_| by_key),
            jwks_uri: some(&self.jwks_uri).filter(|_| by_key),
            secrets: if by_key { Vec::new() } else { registered.secrets.clone() },
            ..registered.clone()
        })
    }

    fn wrong_keys(&self) -> Option<Mistake> {
        let text = |text: &'_ str| (!text.is_empty()).then(|| text.to_owned());
        match registration::check_keys(text(&self.jwks).as_deref(), text(&self.jwks_uri).as_deref()) {
            Ok(()) => None,
            Err(WrongKeys::Both) => Some(Mistake::KeysBoth),
            Err(WrongKeys::Neither) => Some(Mistake::KeysMissing),
            Err(WrongKeys::Keys(why)) => Some(Mistake::Keys(why)),
            Err(WrongKeys::Uri) => Some(Mistake::KeysUri),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::service::Service;

    fn entered() -> Technical {
        Technical::of(&Service::sample().registration)
    }

    #[test]
    fn what_is_entered_is_registered() {
        let registered = Service::sample().registration;
        let form = Technical {
            post_logout: "https://a.example/bye\r\n\r\nhttps://b.example/".into(),
            backchannel: "https://a.example/logout".into(),
            id_token_alg: "RS256".into(),
            ..entered()
        };
        let to = form.over(&registered).unwrap();
        assert_eq!(to.post_logout_redirect_uris, ["https://a.example/bye", "https://b.example/"]);
        assert_eq!((to.backchannel_logout_uri.as_deref(), to.jwks), (Some("https://a.example/logout"), None));
        assert_eq!(entered().over(&registered).unwrap(), registered, "unchanged");
    }

    #[test]
    fn each_mistake_is_named() {
        let registered = Service::sample().registration;
        let by_key = |jwks: &str, jwks_uri: &str| Technical {
            authentication: ClientAuthentication::PrivateKeyJwt,
            jwks: jwks.into(),
            jwks_uri: jwks_uri.into(),
            ..entered()
        };
        let wrong = |form: Technical| form.over(&registered).unwrap_err();
        assert_eq!(wrong(by_key("", "")), [Mistake::KeysMissing]);
        assert_eq!(wrong(by_key("{}", "https://a.example/jwks")), [Mistake::KeysBoth]);
        assert_eq!(wrong(by_key("", "http://a.example/jwks")), [Mistake::KeysUri]);
        assert!(matches!(wrong(by_key("x", ""))[..], [Mistake::Keys(_)]));
        let form = Technical {
            post_logout: "http://a.example/\njavascript:alert(1)".into(),
            backchannel: "app.a:/x".into(),
            ..entered()
        };
        assert!(matches!(
            wrong(form)[..],
            [Mistake::PostLogout(_), Mistake::PostLogout(_), Mistake::Backchannel]
        ));
    }

    #[test]
    fn keys_take_the_place_of_secrets() {
        let mut registered = Service::sample().registration;
        registered.secrets = vec![crate::domain::registration::ClientSecret {
            sha256: "x".into(),
            created: crate::domain::time::Timestamp(0),
            expires: None,
        }];
        let form = Technical {
            authentication: ClientAuthentication::PrivateKeyJwt,
            jwks_uri: "https://a.example/jwks".into(),
            ..entered()
        };
        let to = form.over(&registered).unwrap();
        assert!(to.secrets.is_empty() && to.jwks_uri.is_some());
        let back = Technical { authentication: ClientAuthentication::ClientSecretPost, ..Technical::of(&to) };
        assert_eq!(back.over(&to).unwrap().jwks_uri, None);
    }
}
