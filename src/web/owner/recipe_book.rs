//! The recipes: programs that towns run and languages that people write in, each with what it needs of a service and the
//! settings to copy.
//!
//! Facts come from each program's documentation ([`Recipe::source`]); the texts are ours. What a page fills in:
//! `@ISSUER@`, `@CLIENT_ID@`, `@SECRET@`, `@SCOPES@`, `@BACK@` (the redirect address), `@BACK_PATH@`, `@ORIGIN@` (of the
//! program).

use crate::domain::redirect_uri::check_redirect_uri;
use crate::domain::registration::{ClientAuthentication, GrantType, Registration};
use crate::domain::service::Service;

/// What a recipe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shelf {
    /// A program that is installed.
    Program,
    /// A language to write one in.
    Language,
}

/// A recipe.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// In its address.
    pub(crate) key: &'static str,
    pub(crate) name: &'static str,
    pub(crate) shelf: Shelf,
    /// Where its settings are: a menu or a file, in the program's own words; may be empty.
    pub(crate) place: &'static str,
    /// The path of its redirect address without the first slash; `None` where the program or its author chooses it.
    pub(crate) path: Option<&'static str>,
    /// How it proves itself; `None`: as it is told.
    pub(crate) authentication: Option<ClientAuthentication>,
    /// It comes with PKCE.
    pub(crate) pkce: bool,
    /// What is copied.
    pub(crate) text: &'static str,
    /// The documentation of the program.
    pub(crate) source: &'static str,
}

const fn program(key: &'static str, name: &'static str, text: &'static str, source: &'static str) -> Recipe {
    Recipe {
        key,
        name,
        shelf: Shelf::Program,
        place: "",
        path: None,
        authentication: Some(ClientAuthentication::ClientSecretBasic),
        pkce: true,
        text,
        source,
    }
}

const fn language(key: &'static str, name: &'static str, text: &'static str, source: &'static str) -> Recipe {
    Recipe { shelf: Shelf::Language, ..program(key, name, text, source) }
}

const KEYCLOAK: &str = include_str!("../../../templates/recipes/keycloak.txt");
const KEYCLOAK_DOCS: &str = "https://www.keycloak.org/docs/latest/server_admin/#_identity_broker_oidc";

/// All of them, in the order of the page.
pub(crate) const RECIPES: &[Recipe] = &[
    Recipe {
        place: "Terminal, occ",
        path: Some("apps/user_oidc/code"),
        authentication: Some(ClientAuthentication::ClientSecretPost),
        ..program(
            "nextcloud",
            "Nextcloud (user_oidc)",
            include_str!("../../../templates/recipes/nextcloud.txt"),
            "https://github.com/nextcloud/user_oidc",
        )
    },
    Recipe {
        place: "Site administration → Plugins → Authentication → OpenID Connect",
        path: Some("auth/oidc/"),
        authentication: Some(ClientAuthentication::ClientSecretPost),
        pkce: false,
        ..program(
            "moodle",
            "Moodle (auth_oidc)",
            include_str!("../../../templates/recipes/moodle.txt"),
            "https://docs.moodle.org/en/OpenID_Connect_authentication",
        )
    },
    Recipe {
        place: "wp-config.php, Settings → OpenID Connect Client",
        path: Some("wp-admin/admin-ajax.php?action=openid-connect-authorize"),
        authentication: Some(ClientAuthentication::ClientSecretPost),
        ..program(
            "wordpress",
            "WordPress (OpenID Connect Generic)",
            include_str!("../../../templates/recipes/wordpress.txt"),
            "https://wordpress.org/plugins/daggerhart-openid-connect-generic/",
        )
    },
    Recipe {
        place: "config/system/additional.php",
        authentication: None,
        ..program(
            "typo3",
            "TYPO3 (causal/oidc)",
            include_str!("../../../templates/recipes/typo3.txt"),
            "https://extensions.typo3.org/extension/oidc",
        )
    },
    Recipe {
        place: "Gemfile, config/initializers",
        path: Some("users/auth/openid_connect/callback"),
        ..program(
            "decidim",
            "Decidim",
            include_str!("../../../templates/recipes/decidim.txt"),
            "https://github.com/omniauth/omniauth_openid_connect",
        )
    },
    Recipe {
        place: "config/secrets.yml",
        path: Some("users/auth/oidc/callback"),
        authentication: None,
        pkce: false,
        ..program(
            "consul",
            "CONSUL Democracy",
            include_str!("../../../templates/recipes/consul.txt"),
            "https://docs.consuldemocracy.org/tech_docs/features/oauth",
        )
    },
    Recipe {
        place: "Terminal, kcadm.sh",
        path: Some("realms/REALM/broker/torhaus/endpoint"),
        ..program("keycloak", "Keycloak (Broker)", KEYCLOAK, KEYCLOAK_DOCS)
    },
    Recipe {
        place: "/etc/oauth2-proxy.cfg, nginx",
        path: Some("oauth2/callback"),
        ..program(
            "nginx",
            "nginx (oauth2-proxy)",
            include_str!("../../../templates/recipes/nginx.txt"),
            "https://oauth2-proxy.github.io/oauth2-proxy/configuration/providers/openid_connect",
        )
    },
    Recipe {
        place: "/etc/apache2/sites-available",
        path: Some("oidc/callback"),
        ..program(
            "apache",
            "Apache (mod_auth_openidc)",
            include_str!("../../../templates/recipes/apache.txt"),
            "https://github.com/OpenIDC/mod_auth_openidc",
        )
    },
    Recipe {
        place: "grafana.ini",
        path: Some("login/generic_oauth"),
        authentication: None,
        ..program(
            "grafana",
            "Grafana",
            include_str!("../../../templates/recipes/grafana.txt"),
            "https://grafana.com/docs/grafana/latest/setup-grafana/configure-security/configure-authentication/generic-oauth/",
        )
    },
    Recipe {
        place: "/etc/gitlab/gitlab.rb",
        path: Some("users/auth/openid_connect/callback"),
        ..program(
            "gitlab",
            "GitLab",
            include_str!("../../../templates/recipes/gitlab.txt"),
            "https://docs.gitlab.com/administration/auth/oidc/",
        )
    },
    Recipe {
        place: "Admin → Settings → Login → OpenID Connect",
        path: Some("auth/oidc/callback"),
        ..program(
            "discourse",
            "Discourse",
            include_str!("../../../templates/recipes/discourse.txt"),
            "https://meta.discourse.org/t/discourse-openid-connect/103632",
        )
    },
    Recipe {
        place: "config.yaml",
        path: Some("upstream/callback/01JDTRHAVS0000000000000000"),
        ..program(
            "matrix",
            "Matrix Authentication Service",
            include_str!("../../../templates/recipes/matrix.txt"),
            "https://element-hq.github.io/matrix-authentication-service/setup/sso.html",
        )
    },
    Recipe {
        place: "Keycloak",
        path: Some("realms/REALM/broker/torhaus/endpoint"),
        ..program("ozg-cloud", "OZG-Cloud (Keycloak)", KEYCLOAK, KEYCLOAK_DOCS)
    },
    language(
        "javascript",
        "JavaScript (openid-client)",
        include_str!("../../../templates/recipes/javascript.txt"),
        "https://github.com/panva/openid-client",
    ),
    language(
        "python",
        "Python (Authlib, Flask)",
        include_str!("../../../templates/recipes/python.txt"),
        "https://docs.authlib.org/",
    ),
    language(
        "php",
        "PHP (jumbojett/openid-connect-php)",
        include_str!("../../../templates/recipes/php.txt"),
        "https://github.com/jumbojett/OpenID-Connect-PHP",
    ),
    language(
        "java",
        "Java (Spring Security)",
        include_str!("../../../templates/recipes/java.txt"),
        "https://docs.spring.io/spring-security/reference/servlet/oauth2/login/core.html",
    ),
    Recipe {
        authentication: Some(ClientAuthentication::ClientSecretPost),
        ..language(
            "csharp",
            "C# (ASP.NET Core)",
            include_str!("../../../templates/recipes/csharp.txt"),
            "https://learn.microsoft.com/aspnet/core/security/authentication/configure-oidc-web-authentication",
        )
    },
    language(
        "go",
        "Go (go-oidc)",
        include_str!("../../../templates/recipes/go.txt"),
        "https://github.com/coreos/go-oidc",
    ),
    language(
        "rust",
        "Rust (openidconnect)",
        include_str!("../../../templates/recipes/rust.txt"),
        "https://docs.rs/openidconnect/",
    ),
    Recipe {
        authentication: Some(ClientAuthentication::None),
        ..language(
            "swift",
            "Swift (AppAuth)",
            include_str!("../../../templates/recipes/swift.txt"),
            "https://github.com/openid/AppAuth-iOS",
        )
    },
    Recipe {
        authentication: Some(ClientAuthentication::None),
        ..language(
            "kotlin",
            "Kotlin (AppAuth)",
            include_str!("../../../templates/recipes/kotlin.txt"),
            "https://github.com/openid/AppAuth-Android",
        )
    },
];

/// The recipe of a key.
pub(crate) fn by_key(key: &str) -> Option<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.key == key)
}

/// What a service lacks for a recipe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// The redirect address of the program is not registered.
    Address(String),
    /// It proves itself in another way.
    Authentication(ClientAuthentication),
    /// It can not do PKCE.
    Pkce,
}

impl Recipe {
    /// Whether it suits the kind of a service: what has a secret is no app, and a machine logs nobody in.
    pub(crate) fn suits(&self, service: &Service) -> bool {
        let public = self.authentication == Some(ClientAuthentication::None);
        let logs_in = service.registration.grant_types.contains(&GrantType::AuthorizationCode);
        logs_in && public == service.is_public()
    }

    /// The redirect address: the program's own path at the host which is registered, or the first that is.
    pub(crate) fn back(&self, registration: &Registration) -> String {
        let first = registration.redirect_uris.first().map_or("", String::as_str);
        match self.path {
            None => first.to_owned(),
            Some(path) if registration.redirect_uris.iter().any(|known| fits(known, path)) => {
                let fitting = registration.redirect_uris.iter().find(|known| fits(known, path));
                fitting.cloned().unwrap_or_default()
            }
            Some(path) => format!("{}/{path}", origin(first)),
        }
    }

    /// What the service lacks for it.
    pub(crate) fn lacks(&self, registration: &Registration) -> Vec<Lack> {
        let mut lacks = Vec::new();
        let back = self.back(registration);
        if !registration.redirect_uris.contains(&back) {
            lacks.push(Lack::Address(back));
        }
        if let Some(method) = self.authentication.filter(|method| *method != registration.authentication) {
            lacks.push(Lack::Authentication(method));
        }
        if !self.pkce && registration.require_pkce {
            lacks.push(Lack::Pkce);
        }
        lacks
    }

    /// The registration with all of it. `None`: an address can not be registered, or a key would have to become a secret.
    pub(crate) fn applied(&self, registration: &Registration) -> Option<Registration> {
        let mut to = registration.clone();
        for lack in self.lacks(registration) {
            match lack {
                Lack::Address(address) => {
                    check_redirect_uri(&address).ok()?;
                    to.redirect_uris.push(address);
                }
                Lack::Authentication(method) => {
                    super::secret::by_secret(method.name())?;
                    super::secret::by_secret(registration.authentication.name())?;
                    to.authentication = method;
                }
                Lack::Pkce => to.require_pkce = false,
            }
        }
        (to.redirect_uris.len() <= super::form::ADDRESSES_MAX).then_some(to)
    }

    /// The settings of this service.
    pub(crate) fn filled(&self, service: &Service, issuer: &str, secret: &str) -> String {
        let registration = &service.registration;
        let back = self.back(registration);
        // First what every program asks first.
        let mut scopes: Vec<&str> = registration.scopes.iter().map(String::as_str).collect();
        scopes.sort_by_key(|scope| *scope != "openid");
        let path = back.strip_prefix(&origin(&back)).unwrap_or("").to_owned();
        let values = [
            ("@ISSUER@", issuer.to_owned()),
            ("@CLIENT_ID@", service.id.to_string()),
            ("@SECRET@", secret.to_owned()),
            ("@SCOPES@", scopes.join(" ")),
            ("@SCOPES_COMMA@", scopes.join(",")),
            ("@ORIGIN@", origin(&back)),
            ("@BACK_PATH@", path),
            // Last: it is the only one with letters of somebody's choice.
            ("@BACK@", back),
        ];
        values.into_iter().fold(self.text.to_owned(), |text, (name, value)| text.replace(name, &value))
    }
}

/// Whether an address has a path; where a path names a realm, any will do.
fn fits(address: &str, path: &str) -> bool {
    let own = address.strip_prefix(&origin(address)).and_then(|own| own.strip_prefix('/')).unwrap_or("");
    match path.split_once("REALM") {
        Some((before, after)) => own
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .is_some_and(|realm| !realm.is_empty() && !realm.contains('/')),
        None => own.strip_suffix(path).is_some_and(|before| before.is_empty() || before.ends_with('/')),
    }
}

/// Scheme, host and port of an address.
fn origin(address: &str) -> String {
    match url::Url::parse(address) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url.origin().ascii_serialization(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;
    use std::collections::BTreeSet;

    fn service(addresses: &[&str]) -> Service {
        let mut service = Service::sample();
        service.registration.redirect_uris = addresses.iter().map(|&address| address.to_owned()).collect();
        service.registration.grant_types = BTreeSet::from([GrantType::AuthorizationCode]);
        service.registration.scopes = ["openid", "name"].map(str::to_owned).into();
        service
    }

    #[test]
    fn each_recipe_is_found_by_its_key_and_filled_to_the_end() {
        let service = service(&["https://cloud.example/cb"]);
        let keys: BTreeSet<&str> = RECIPES.iter().map(|recipe| recipe.key).collect();
        assert_eq!(keys.len(), RECIPES.len());
        assert!(RECIPES.iter().filter(|recipe| recipe.shelf == Shelf::Program).count() >= 13);
        assert_eq!(RECIPES.iter().filter(|recipe| recipe.shelf == Shelf::Language).count(), 9);
        for recipe in RECIPES {
            assert!(by_key(recipe.key).is_some_and(|found| found.name == recipe.name));
            let text = recipe.filled(&service, "https://id.example", "geheim");
            assert!(!text.contains("@ISSUER") && !text.contains("@BACK") && !text.contains("@SC"), "{text}");
            assert!(text.contains(&service.id.to_string()), "{}", recipe.key);
            assert!(text.contains("https://id.example"), "{}", recipe.key);
            assert!(recipe.source.starts_with("https://"));
        }
    }

    #[test]
    fn the_addresses_of_ours_in_recipes_are_real() {
        let known = [
            paths::OPENID_CONFIGURATION,
            paths::AUTHORIZE,
            paths::TOKEN,
            paths::USERINFO,
            paths::JWKS,
            paths::END_SESSION,
            paths::REVOKE,
        ];
        for recipe in RECIPES {
            for part in recipe.text.split("@ISSUER@").skip(1).filter(|part| part.starts_with('/')) {
                let end = part.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | ',' | ')'));
                let path = &part[..end.unwrap_or(part.len())];
                assert!(known.contains(&path), "{}: {path}", recipe.key);
            }
        }
    }

    #[test]
    fn a_recipe_says_what_is_missing_and_brings_it() {
        let nextcloud = by_key("nextcloud").unwrap();
        let wrong = service(&["https://cloud.example/"]).registration;
        let back = "https://cloud.example/apps/user_oidc/code".to_owned();
        assert_eq!(
            nextcloud.lacks(&wrong),
            [Lack::Address(back.clone()), Lack::Authentication(ClientAuthentication::ClientSecretPost)]
        );
        let right = nextcloud.applied(&wrong).unwrap();
        assert_eq!((right.redirect_uris.last(), nextcloud.lacks(&right)), (Some(&back), Vec::new()));
        let moodle = by_key("moodle").unwrap();
        assert!(moodle.lacks(&wrong).contains(&Lack::Pkce));
        assert!(!moodle.applied(&wrong).unwrap().require_pkce);
    }

    #[test]
    fn a_program_in_a_folder_and_a_realm_of_any_name_fit() {
        let deep = service(&["https://stadt.example/cloud/apps/user_oidc/code"]).registration;
        assert_eq!(by_key("nextcloud").unwrap().back(&deep), deep.redirect_uris[0]);
        let keycloak = by_key("keycloak").unwrap();
        let realm = service(&["https://kc.example/realms/stadt/broker/torhaus/endpoint"]).registration;
        assert_eq!(keycloak.back(&realm), realm.redirect_uris[0]);
        let other = service(&["https://kc.example/realms/a/b/broker/torhaus/endpoint"]).registration;
        assert!(matches!(keycloak.lacks(&other)[..], [Lack::Address(_)]));
    }

    #[test]
    fn an_app_is_offered_recipes_for_apps() {
        let mut app = service(&["app.stadt:/cb"]);
        app.registration.authentication = ClientAuthentication::None;
        let suits = |service: &Service| -> Vec<&str> {
            RECIPES.iter().filter(|recipe| recipe.suits(service)).map(|recipe| recipe.key).collect()
        };
        assert_eq!(suits(&app), ["swift", "kotlin"]);
        assert!(!suits(&service(&["https://a.example/"])).contains(&"swift"));
        let swift = by_key("swift").unwrap();
        assert!(
            swift.lacks(&app.registration).is_empty() && swift.back(&app.registration) == "app.stadt:/cb"
        );
    }
}
