//! Logging out at the request of a service.

use super::*;
use crate::jose::SigningKey;

struct Evening {
    house: House,
    library: Service,
    erika: Resident,
    hint: String,
    access: String,
}

impl Evening {
    async fn begin() -> Self {
        let house = House::new();
        let (library, erika) = (house.library(), house.erika());
        let code = house.code(&library, &erika, &[]).await;
        let (_, tokens) = house.redeems(&library, &code).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let (hint, access) = (text("id_token"), text("access_token"));
        Self { house, library, erika, hint, access }
    }
    async fn asks(&self, query: &[(&str, &str)], with_cookie: bool) -> String {
        let mut request = TestRequest::get().uri(&uri(paths::END_SESSION, query));
        if with_cookie {
            request = request.cookie(self.erika.cookie.clone());
        }
        location(&self.house.call(request).await).to_owned()
    }
    fn is_logged_in(&self) -> bool {
        let found = self.house.app.store.read(|db| store::session::by_id(self.erika.session, db));
        found.unwrap().is_some()
    }
}

#[tokio::test]
async fn what_is_in_doubt_is_asked_about() {
    let evening = Evening::begin().await;
    let stranger = SigningKey::generate(Algorithm::Es256).unwrap();
    let claims = evening.house.claims(&evening.hint.clone().into(), "JWT");
    let forged = stranger.sign("JWT", &claims).unwrap();
    let (_, rest) = evening.hint.split_once('.').unwrap();
    let (payload, _) = rest.split_once('.').unwrap();
    let unsigned = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#));
    let signer = evening.house.provider.signer(Algorithm::Es256, &evening.house.app).unwrap();
    let mut other = claims.clone();
    other["sid"] = "another-session".into();
    let other = signer.sign("JWT", &other).unwrap();
    let (hint, with_query) = (evening.hint.as_str(), format!("{BYE}?foo=bar"));
    let to = |address| ("post_logout_redirect_uri", address);
    let client = id(&evening.library);
    for (name, query) in [
        ("nothing", &[][..]),
        ("only state", &[("state", "x")]),
        ("no hint", &[to(BYE)]),
        ("client but no hint", &[to(BYE), ("client_id", &client)]),
        ("not registered", &[("id_token_hint", hint), to("https://evil.example/")]),
        ("query added", &[("id_token_hint", hint), to(&with_query)]),
        ("unsigned", &[("id_token_hint", &unsigned), to(BYE)]),
        ("signed by a stranger", &[("id_token_hint", &forged), to(BYE)]),
        ("another session", &[("id_token_hint", &other), to(BYE)]),
        (
            "another client",
            &[("id_token_hint", hint), to(BYE), ("client_id", "svc_00000000000000000000000000")],
        ),
    ] {
        assert_eq!(evening.asks(query, true).await, paths::SIGN_OUT, "{name}");
        assert!(evening.is_logged_in(), "{name}");
        let nobody = evening.asks(query, false).await;
        assert!(nobody == paths::SIGNED_OUT || name == "another session", "{name}: {nobody}");
    }
    let twice = format!("{}&state=1&state=2", uri(paths::END_SESSION, &[]));
    assert_eq!(evening.house.call(TestRequest::get().uri(&twice)).await.status(), 400);
}

#[tokio::test]
async fn a_good_hint_ends_the_session_and_goes_on() {
    for (more, back) in [
        (
            &[("post_logout_redirect_uri", BYE), ("state", "a&b")][..],
            "https://library.example/bye?state=a%26b",
        ),
        (&[("post_logout_redirect_uri", BYE)], BYE),
        (&[], paths::SIGNED_OUT),
    ] {
        let evening = Evening::begin().await;
        let offline = [("scope", "openid offline_access")];
        let offline = evening.house.code(&evening.library, &evening.erika, &offline).await;
        let (_, offline) = evening.house.redeems(&evening.library, &offline).await;
        // An expired ID token is a good hint.
        evening.house.pass(Span::minutes(9));
        let client = id(&evening.library);
        let mut query = vec![("id_token_hint", evening.hint.as_str()), ("client_id", client.as_str())];
        query.extend(more);
        assert_eq!(evening.asks(&query, true).await, back);
        assert!(!evening.is_logged_in());
        assert_eq!(evening.house.audited("signed-out"), 1);
        // Tokens go with the session, except of what outlives it.
        assert_eq!(evening.house.userinfo(&evening.access).await.0, 401);
        assert_eq!(evening.house.userinfo(offline["access_token"].as_str().unwrap()).await.0, 200);
        let silent = [("prompt", "none")];
        let answer = evening.house.asks(&good(&client, &silent), Some(&evening.erika)).await;
        assert_eq!(returned(&answer).get("error"), Some("login_required"));
        // Again, without a session: the service still gets its person back.
        assert_eq!(evening.asks(&query, false).await, back);
        assert_eq!(evening.house.audited("signed-out"), 1);
    }
}

#[tokio::test]
async fn a_posted_request_comes_again_with_our_cookies() {
    let evening = Evening::begin().await;
    let form = [("id_token_hint", evening.hint.as_str()), ("post_logout_redirect_uri", BYE)];
    let answer = evening.house.call(TestRequest::post().uri(paths::END_SESSION).set_form(form)).await;
    assert_eq!(answer.status(), 303);
    assert_eq!(location(&answer), uri(paths::END_SESSION, &form));
    assert!(evening.is_logged_in());
}
