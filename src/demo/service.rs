//! The three made-up services: who they are, what they ask for and why.

use url::Url;

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// German, the default.
    De,
    /// English.
    En,
}

impl Lang {
    /// The language tag (BCP 47).
    pub const fn code(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// Reads a language tag; unknown ones are `None`.
    pub fn parse(code: &str) -> Option<Self> {
        [Self::De, Self::En].into_iter().find(|lang| lang.code() == code)
    }
}

/// The same words in both languages of the demo.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// German.
    pub de: &'static str,
    /// English.
    pub en: &'static str,
}

impl Text {
    /// The words in one language.
    pub const fn to(self, lang: Lang) -> &'static str {
        match lang {
            Lang::De => self.de,
            Lang::En => self.en,
        }
    }
}

/// One datum a service asks for.
#[derive(Clone, Copy, Debug)]
pub struct Datum {
    /// The claim as OpenID Connect names it, and the scope that asks for it.
    pub claim: &'static str,
    /// What a person calls it.
    pub label: Text,
    /// What the service needs it for.
    pub reason: Text,
}

/// How a service shows the token endpoint who it is (OpenID Connect Core 1.0 §9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuth {
    /// Secret in the `Authorization` header.
    Basic,
    /// Secret in the body.
    Post,
    /// No secret: a public client, held together by PKCE.
    None,
}

impl ClientAuth {
    /// The value of `token_endpoint_auth_method`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Basic => "client_secret_basic",
            Self::Post => "client_secret_post",
            Self::None => "none",
        }
    }
}

/// The one signature algorithm a service accepts for ID tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTokenAlg {
    /// ECDSA on P-256.
    Es256,
    /// RSA PKCS #1, the default of the standard.
    Rs256,
}

impl IdTokenAlg {
    /// The value of `id_token_signed_response_alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// One demo service: everything about it that is fixed before it runs.
#[derive(Debug)]
pub struct Service {
    /// Short name: cookie, accent, log field.
    pub key: &'static str,
    /// What people call the service.
    pub name: Text,
    /// Who runs it.
    pub office: Text,
    /// One sentence on what one gets here.
    pub lead: Text,
    /// What is said to a person who has signed in.
    pub welcome: Text,
    /// The scopes it asks for, `openid` first.
    pub scopes: &'static [&'static str],
    /// The least level it accepts, as an `acr` value; it asks for it and checks it.
    pub acr: Option<&'static str>,
    /// The data behind the scopes, with the reason for each.
    pub data: &'static [Datum],
    /// How it authenticates at the token endpoint.
    pub auth: ClientAuth,
    /// How its ID tokens are signed.
    pub id_token_alg: IdTokenAlg,
    /// The strokes of its sign, in a box of 24 by 24.
    pub sign: &'static str,
}

impl Service {
    /// Whether this is a public client (no secret).
    pub fn is_public(&self) -> bool {
        self.auth == ClientAuth::None
    }
}

/// What the registrar hands a service before it starts.
#[derive(Clone)]
pub struct Registration {
    /// The identifier the provider knows the service by.
    pub client_id: String,
    /// The secret, for confidential clients.
    pub client_secret: Option<String>,
    /// The issuer, letter by letter as the provider publishes it (no slash is added or removed).
    pub issuer: String,
    /// Where this service is reached: scheme, host and port.
    pub base_url: Url,
}

/// Where the provider sends the browser back after a login.
pub fn redirect_uri(base_url: &Url) -> Url {
    at(base_url, "/callback")
}

/// Where the provider sends the browser back after a logout.
pub fn post_logout_redirect_uri(base_url: &Url) -> Url {
    at(base_url, "/signed-out")
}

fn at(base_url: &Url, path: &str) -> Url {
    let mut url = base_url.clone();
    url.set_path(path);
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// The demo services of the demo town.
pub static SERVICES: [Service; 3] = [PARKING, LIBRARY, ADDRESS];

const NAME: Text = Text { de: "Name", en: "Name" };
const POSTAL_ADDRESS: Text = Text { de: "Anschrift", en: "Address" };

const PARKING: Service = Service {
    key: "parking",
    name: Text { de: "Bewohnerparkausweis", en: "Resident parking permit" },
    office: Text { de: "Straßenverkehrsbehörde", en: "Road Traffic Office" },
    lead: Text {
        de: "Parken Sie in Ihrem Viertel, ohne lange zu suchen. Den Ausweis bekommen Sie hier in wenigen Minuten.",
        en: "Park in your own neighbourhood without a long search. You get the permit here in a few minutes.",
    },
    welcome: Text {
        de: "Ihr Antrag ist ausgefüllt. Name und Anschrift kommen geprüft von der Stadt, Sie müssen nichts abtippen.",
        en: "Your application is filled in. Name and address come verified from the town, there is nothing to type.",
    },
    scopes: &["openid", "name", "address"],
    acr: Some("http://eidas.europa.eu/LoA/low"),
    data: &[
        Datum {
            claim: "name",
            label: NAME,
            reason: Text {
                de: "Der Parkausweis wird auf Sie ausgestellt.",
                en: "The permit is issued to you.",
            },
        },
        Datum {
            claim: "address",
            label: POSTAL_ADDRESS,
            reason: Text {
                de: "Sie zeigt, dass Sie in der Parkzone wohnen.",
                en: "It shows that you live in the parking zone.",
            },
        },
    ],
    auth: ClientAuth::Basic,
    id_token_alg: IdTokenAlg::Es256,
    sign: "M4 17v-4.5l2-6h12l2 6V17zM4 12.5h16M5.5 17v2M18.5 17v2M7.5 14.8v.1M16.5 14.8v.1",
};

const LIBRARY: Service = Service {
    key: "library",
    name: Text { de: "Stadtbibliothek", en: "Town library" },
    office: Text { de: "Stadtbibliothek Birkenfurt", en: "Birkenfurt Town Library" },
    lead: Text {
        de: "Leihen Sie Filme und Spiele auch dann aus, wenn sie erst ab 18 Jahren freigegeben sind.",
        en: "Borrow films and games, including those rated for adults only.",
    },
    welcome: Text {
        de: "Mehr wissen wir nicht über Sie: keinen Namen, keine Anschrift, kein Geburtsdatum.",
        en: "This is all we know about you: no name, no address, no date of birth.",
    },
    scopes: &["openid", "age_over_18"],
    acr: None,
    data: &[Datum {
        claim: "age_over_18",
        label: Text { de: "Mindestens 18 Jahre alt", en: "At least 18 years old" },
        reason: Text {
            de: "Filme und Spiele ab 18 geben wir nur an Erwachsene. Ihr Geburtsdatum brauchen wir dafür nicht.",
            en: "We lend titles rated 18 to adults only. For that we do not need your date of birth.",
        },
    }],
    auth: ClientAuth::None,
    id_token_alg: IdTokenAlg::Es256,
    sign: "M12 6.5C9.5 4.5 6 4.5 3.5 5.5v13c2.5-1 6-1 8.5 1 2.5-2 6-2 8.5-1v-13c-2.5-1-6-1-8.5 1zM12 6.5v13",
};

const ADDRESS: Service = Service {
    key: "address",
    name: Text { de: "Adresse ändern", en: "Change of address" },
    office: Text { de: "Bürgerbüro", en: "Citizens’ Office" },
    lead: Text {
        de: "Sie sind umgezogen? Melden Sie Ihre neue Wohnung hier an, ohne Termin und ohne Wartenummer.",
        en: "You have moved? Register your new home here, without an appointment.",
    },
    welcome: Text {
        de: "Wir haben Sie im Melderegister gefunden. Im nächsten Schritt würden Sie die neue Anschrift eintragen.",
        en: "We have found you in the register. The next step would be to enter your new address.",
    },
    scopes: &["openid", "name", "address", "birthdate"],
    acr: Some("http://eidas.europa.eu/LoA/substantial"),
    data: &[
        Datum {
            claim: "name",
            label: NAME,
            reason: Text {
                de: "So finden wir Ihren Eintrag im Melderegister.",
                en: "It leads us to your entry in the register of residents.",
            },
        },
        Datum {
            claim: "address",
            label: POSTAL_ADDRESS,
            reason: Text {
                de: "Das ist die bisherige Anschrift, die wir ersetzen.",
                en: "This is the old address, which we replace.",
            },
        },
        Datum {
            claim: "birthdate",
            label: Text { de: "Geburtsdatum", en: "Date of birth" },
            reason: Text {
                de: "Damit wir Sie nicht mit jemandem gleichen Namens verwechseln.",
                en: "So that we do not mistake you for somebody of the same name.",
            },
        },
    ],
    auth: ClientAuth::Post,
    id_token_alg: IdTokenAlg::Rs256,
    sign: "M4 11.5 12 4.5l8 7M6 10v9.500h12V10M10 19.500v-5h4v5",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_its_reason() {
        for service in &SERVICES {
            assert_eq!(service.scopes[0], "openid");
            let claims: Vec<_> = service.data.iter().map(|datum| datum.claim).collect();
            assert_eq!(claims, service.scopes[1..], "{}", service.key);
        }
    }

    #[test]
    fn return_addresses_stand_at_the_root_of_the_service() {
        let base = Url::parse("http://localhost:8081").unwrap();
        assert_eq!(redirect_uri(&base).as_str(), "http://localhost:8081/callback");
        assert_eq!(post_logout_redirect_uri(&base).as_str(), "http://localhost:8081/signed-out");
    }
}
