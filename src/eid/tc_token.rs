//! The TC token (TR-03124-1 §2.3 and annex): what the holder's program fetches first, and all that it needs to know.

use super::paos::PAOS;
use crate::domain::secret::Secret;
use crate::xml::XmlError;
use crate::xml::read::{self, Limits, from_hex};
use crate::xml::write::{leaf, node};
use zeroize::Zeroizing;

/// Longest address or identifier that is looked at.
const MAX_TEXT: usize = 2048;

/// A TC token.
#[derive(Clone, Debug)]
pub struct TcToken {
    /// Where the eID-Server listens.
    pub server_address: String,
    /// Which session.
    pub session_identifier: Secret<String>,
    /// Where the browser goes afterwards.
    pub refresh_address: String,
    /// Where it goes if there was no connection.
    pub communication_error_address: String,
    /// Key of the path protection (RFC 4279); none in the attached model.
    pub psk: Option<Secret<Vec<u8>>>,
}

impl TcToken {
    /// The document, elements in the order of the schema.
    #[must_use]
    pub fn write(&self) -> String {
        let psk = self.psk.as_ref().map(|psk| {
            let hex = Zeroizing::new(crate::xml::write::to_hex(psk.expose()));
            node("PathSecurity-Parameters").child(leaf("PSK", hex.as_str()))
        });
        node("TCTokenType")
            .child(leaf("ServerAddress", self.server_address.as_str()))
            .child(leaf("SessionIdentifier", self.session_identifier.expose().as_str()))
            .child(leaf("RefreshAddress", self.refresh_address.as_str()))
            .child(leaf("CommunicationErrorAddress", self.communication_error_address.as_str()))
            .child(leaf("Binding", PAOS))
            .children(psk.is_some().then(|| leaf("PathSecurity-Protocol", "urn:ietf:rfc:4279")))
            .children(psk)
            .document()
    }

    /// A token that says only where to go because no session could be opened (TR-03124-1 §2.3.1).
    #[must_use]
    pub fn write_failure(communication_error_address: &str) -> String {
        node("TCTokenType").child(leaf("CommunicationErrorAddress", communication_error_address)).document()
    }

    /// The reading of an eID-Client.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, XmlError> {
        let document = read::parse_bytes(bytes, Limits::MESSAGE)?;
        let token = document.root();
        if token.name() != "TCTokenType" {
            return Err(token.wrong());
        }
        let text = |name: &str| -> Result<String, XmlError> {
            let element = token.one(name)?;
            let text = element.text()?;
            if text.is_empty() || text.len() > MAX_TEXT { Err(element.wrong()) } else { Ok(text) }
        };
        if text("Binding")? != PAOS {
            return Err(token.one("Binding")?.wrong());
        }
        let psk = match token.maybe("PathSecurity-Parameters")? {
            Some(parameters) => {
                let key = parameters.one("PSK")?;
                Some(Secret::new(from_hex(&key.text()?).ok_or_else(|| key.wrong())?))
            }
            None => None,
        };
        Ok(Self {
            server_address: text("ServerAddress")?,
            session_identifier: Secret::new(text("SessionIdentifier")?),
            refresh_address: text("RefreshAddress")?,
            communication_error_address: text("CommunicationErrorAddress")?,
            psk,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back() {
        let token = |psk| TcToken {
            server_address: "https://id.example/eid/paos".to_owned(),
            session_identifier: Secret::new("ab".repeat(32)),
            refresh_address: "https://id.example/r?a=1&b=2".to_owned(),
            communication_error_address: "https://id.example/e".to_owned(),
            psk,
        };
        for psk in [None, Some(Secret::new(vec![1, 2, 3]))] {
            let written = token(psk).write();
            let read = TcToken::parse(written.as_bytes()).unwrap();
            assert_eq!(read.write(), written);
        }
        assert!(!token(None).write().contains("PathSecurity"));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let whole = "<TCTokenType><ServerAddress>a</ServerAddress></TCTokenType>";
        for bad in ["", "<x/>", "<!DOCTYPE a><TCTokenType/>", whole] {
            assert!(TcToken::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
