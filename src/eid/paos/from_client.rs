//! What an eID-Client says (TR-03112-7 §3.6.4, TR-03112-6 §3.2.12).

use super::result::PaosResult;
use super::{EAC2_PROTOCOL, Header, PaosError, Received, envelope};
use crate::cvc::chat::Chat;
use crate::xml::Element;
use crate::xml::write::{Node, hex_leaf, leaf, node};

/// Longest file or response that is looked at, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Most responses in one message.
pub const MAX_APDUS: usize = 128;
/// Longest session identifier that is looked at.
const MAX_SESSION: usize = 128;
/// Most certification authorities that a card names.
const MAX_AUTHORITIES: usize = 2;

/// A message of an eID-Client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromClient {
    /// `StartPAOS`: here I am, for this session.
    Start {
        /// `SessionIdentifier` of the TC token.
        session: String,
    },
    /// `DIDAuthenticateResponse` to EAC1: the holder agreed, PACE is done.
    Eac1(Eac1Output),
    /// `DIDAuthenticateResponse` to EAC2: terminal and chip authentication are done.
    Eac2(Eac2Output),
    /// `TransmitResponse`: the card's responses, in order.
    Transmitted(Vec<Vec<u8>>),
    /// Any of the answers above with an error in place of its contents.
    Failed(super::Minor),
}

/// `EAC1OutputType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eac1Output {
    /// `CertificateHolderAuthorizationTemplate`: what the holder confirmed.
    pub chat: Chat,
    /// `CertificationAuthorityReference`: roots the card knows, given where the certificates sent lead to none.
    pub authorities: Vec<String>,
    /// `EFCardAccess`.
    pub card_access: Vec<u8>,
    /// `IDPICC`: the card's compressed ephemeral key of PACE.
    pub id_picc: Vec<u8>,
    /// `Challenge`.
    pub challenge: [u8; 8],
}

/// `EAC2OutputType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eac2Output {
    /// `EFCardSecurity`.
    pub card_security: Vec<u8>,
    /// `AuthenticationToken`.
    pub token: [u8; 8],
    /// `Nonce`.
    pub nonce: [u8; 8],
}

impl FromClient {
    /// # Errors
    /// Any of [`PaosError`]: outside, if not even the header is readable; inside, if the message is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Received<Result<Self, PaosError>>, PaosError> {
        envelope::read(bytes, |message| match message.name() {
            "StartPAOS" => start(message),
            "DIDAuthenticateResponse" => match PaosResult::read(message)? {
                PaosResult::Ok => authenticated(message),
                PaosResult::Error(minor) => Ok(Self::Failed(minor)),
            },
            "TransmitResponse" => match PaosResult::read(message)? {
                PaosResult::Ok => transmitted(message),
                PaosResult::Error(minor) => Ok(Self::Failed(minor)),
            },
            other => Err(PaosError::Unknown(other.chars().take(64).collect())),
        })
    }

    /// The whole message, as an eID-Client sends it. A failure is written as an answer to `DIDAuthenticate`.
    #[must_use]
    pub fn write(&self, header: &Header) -> String {
        envelope::write(header, self.node())
    }

    fn node(&self) -> Node {
        let answer = |name| node(name).with("Profile", super::ECARD);
        match self {
            Self::Start { session } => node("iso:StartPAOS")
                .child(leaf("iso:SessionIdentifier", session.as_str()))
                .child(super::from_server::connection())
                .child(
                    node("iso:UserAgent")
                        .child(leaf("iso:Name", "Torhaus"))
                        .child(leaf("iso:VersionMajor", "0"))
                        .child(leaf("iso:VersionMinor", "1"))
                        .child(leaf("iso:VersionSubminor", "0")),
                )
                .child(
                    node("iso:SupportedAPIVersions")
                        .child(leaf("iso:Major", "1"))
                        .child(leaf("iso:Minor", "1"))
                        .child(leaf("iso:Subminor", "5")),
                ),
            Self::Eac1(output) => {
                answer("iso:DIDAuthenticateResponse").child(PaosResult::Ok.write()).child(output.node())
            }
            Self::Eac2(output) => {
                answer("iso:DIDAuthenticateResponse").child(PaosResult::Ok.write()).child(output.node())
            }
            Self::Transmitted(apdus) => answer("iso:TransmitResponse")
                .child(PaosResult::Ok.write())
                .children(apdus.iter().map(|apdu| hex_leaf("iso:OutputAPDU", apdu))),
            Self::Failed(minor) => {
                answer("iso:DIDAuthenticateResponse").child(PaosResult::Error(minor.clone()).write())
            }
        }
    }
}

impl Eac1Output {
    fn node(&self) -> Node {
        node("iso:AuthenticationProtocolData")
            .with("xsi:type", "iso:EAC1OutputType")
            .with("Protocol", EAC2_PROTOCOL)
            .child(hex_leaf("iso:CertificateHolderAuthorizationTemplate", &self.chat.encode()))
            .children(
                self.authorities
                    .iter()
                    .map(|name| leaf("iso:CertificationAuthorityReference", name.as_str())),
            )
            .child(hex_leaf("iso:EFCardAccess", &self.card_access))
            .child(hex_leaf("iso:IDPICC", &self.id_picc))
            .child(hex_leaf("iso:Challenge", &self.challenge))
    }
}

impl Eac2Output {
    fn node(&self) -> Node {
        node("iso:AuthenticationProtocolData")
            .with("xsi:type", "iso:EAC2OutputType")
            .with("Protocol", EAC2_PROTOCOL)
            .child(hex_leaf("iso:EFCardSecurity", &self.card_security))
            .child(hex_leaf("iso:AuthenticationToken", &self.token))
            .child(hex_leaf("iso:Nonce", &self.nonce))
    }
}

fn start(message: &Element<'_>) -> Result<FromClient, PaosError> {
    let session = message.one("SessionIdentifier")?;
    let text = session.text()?;
    if text.is_empty() || text.len() > MAX_SESSION || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(session.wrong().into());
    }
    Ok(FromClient::Start { session: text })
}

/// Which of the two it is, its type says (`xsi:type`), whose prefix is the sender's choice.
fn authenticated(message: &Element<'_>) -> Result<FromClient, PaosError> {
    let data = message.one("AuthenticationProtocolData")?;
    let kind = data.attribute_of(super::XSI, "type").unwrap_or_default();
    match kind.rsplit(':').next() {
        Some("EAC1OutputType") => eac1(&data).map(FromClient::Eac1),
        Some("EAC2OutputType") => eac2(&data).map(FromClient::Eac2),
        _ => Err(data.wrong().into()),
    }
}

fn eac1(data: &Element<'_>) -> Result<Eac1Output, PaosError> {
    let authorities = data
        .all("CertificationAuthorityReference")
        .take(MAX_AUTHORITIES)
        .map(|name| name.text().map(|text| text.chars().take(16).collect()))
        .collect::<Result<_, _>>()?;
    Ok(Eac1Output {
        chat: Chat::parse(&data.one("CertificateHolderAuthorizationTemplate")?.hex(64)?)?,
        authorities,
        card_access: data.one("EFCardAccess")?.hex(MAX_BYTES)?,
        id_picc: data.one("IDPICC")?.hex(256)?,
        challenge: eight(&data.one("Challenge")?)?,
    })
}

fn eac2(data: &Element<'_>) -> Result<Eac2Output, PaosError> {
    Ok(Eac2Output {
        card_security: data.one("EFCardSecurity")?.hex(MAX_BYTES)?,
        token: eight(&data.one("AuthenticationToken")?)?,
        nonce: eight(&data.one("Nonce")?)?,
    })
}

fn transmitted(message: &Element<'_>) -> Result<FromClient, PaosError> {
    let mut apdus = Vec::new();
    for apdu in message.all("OutputAPDU") {
        if apdus.len() == MAX_APDUS {
            return Err(message.wrong().into());
        }
        apdus.push(apdu.hex(MAX_BYTES)?);
    }
    Ok(FromClient::Transmitted(apdus))
}

fn eight(element: &Element<'_>) -> Result<[u8; 8], PaosError> {
    element.hex(8)?.try_into().ok().ok_or_else(|| element.wrong().into())
}
