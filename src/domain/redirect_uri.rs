//! Which addresses a service may register to be answered at.

/// Why an address can not be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongAddress {
    /// Not a URL at all.
    #[error("is not an absolute address; write it as https://…")]
    NotAbsolute,
    /// More than 2048 characters.
    #[error("is longer than 2048 characters")]
    TooLong,
    /// RFC 6749 §3.1.2: no fragment.
    #[error("has a fragment (#…); remove it")]
    Fragment,
    /// A user or a password in the address.
    #[error("has a user name or password in it; remove it")]
    UserInfo,
    /// `http` beyond this machine.
    #[error("uses http; use https (http is only for localhost while developing)")]
    PlainHttp,
    /// A scheme which browsers interpret, or one without a dot (RFC 8252 §7.1).
    #[error(
        "uses a scheme that is not allowed; apps use a scheme with a dot, like com.example.app:/callback"
    )]
    Scheme,
    /// Wildcards, white space, control characters.
    #[error("has a character that is not allowed in an address (blank, *, or not ASCII)")]
    Character,
}

/// Checks an address before it is registered. RFC 9700 §2.1, RFC 8252 §7.
pub fn check_redirect_uri(text: &str) -> Result<(), WrongAddress> {
    if text.len() > 2048 {
        return Err(WrongAddress::TooLong);
    }
    if !text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'*' | b'\\' | b'"' | b'<' | b'>')) {
        return Err(WrongAddress::Character);
    }
    let Ok(url) = url::Url::parse(text) else { return Err(WrongAddress::NotAbsolute) };
    if text.contains('#') {
        return Err(WrongAddress::Fragment);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(WrongAddress::UserInfo);
    }
    match url.scheme() {
        "https" if url.host().is_some() => Ok(()),
        "http" if matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) => Ok(()),
        "http" => Err(WrongAddress::PlainHttp),
        scheme if scheme.contains('.') => Ok(()),
        _ => Err(WrongAddress::Scheme),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_registered() {
        for good in [
            "https://app.example/cb?x=1",
            "http://localhost:3000/",
            "http://127.0.0.1/cb",
            "com.example.app:/callback",
        ] {
            assert_eq!(check_redirect_uri(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("/cb", WrongAddress::NotAbsolute),
            ("http://app.example/", WrongAddress::PlainHttp),
            ("https://app.example/#x", WrongAddress::Fragment),
            ("https://u:p@app.example/", WrongAddress::UserInfo),
            ("javascript:alert(1)", WrongAddress::Scheme),
            ("https://*.example/", WrongAddress::Character),
            ("https://app.example/a b", WrongAddress::Character),
            ("https://straße.example/", WrongAddress::Character),
        ] {
            assert_eq!(check_redirect_uri(bad), Err(why), "{bad}");
        }
    }
}
