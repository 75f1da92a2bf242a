//! What an eID-Server says (TR-03112-7 §3.6.4, TR-03112-6 §3.2.12, TR-03112-2 for `StartPAOSResponse`).

use super::result::PaosResult;
use super::{EAC2_PROTOCOL, Header, PaosError, Received, envelope};
use crate::cvc::apdu::EID_APPLICATION;
use crate::cvc::chat::Chat;
use crate::xml::Element;
use crate::xml::write::{Node, hex_leaf, leaf, node};

/// Longest certificate, description or command that is looked at, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Most certificates in one message.
const MAX_CERTIFICATES: usize = 8;

/// A message of an eID-Server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromServer {
    /// `DIDAuthenticate` with `EAC1InputType`: who asks, and for what.
    Eac1(Eac1Input),
    /// `DIDAuthenticate` with `EAC2InputType`: terminal authentication.
    Eac2(Eac2Input),
    /// `Transmit`: protected commands for the card, in order.
    Transmit(Vec<Vec<u8>>),
    /// `StartPAOSResponse`: the end, good or bad.
    End(PaosResult),
}

/// `EAC1InputType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eac1Input {
    /// `Certificate`: the terminal's, its document verifier's, links.
    pub certificates: Vec<Vec<u8>>,
    /// `CertificateDescription`.
    pub description: Vec<u8>,
    /// `RequiredCHAT`.
    pub required: Chat,
    /// `OptionalCHAT`.
    pub optional: Chat,
    /// `AuthenticatedAuxiliaryData`: the object `67`; empty if nothing is compared.
    pub auxiliary_data: Vec<u8>,
    /// `TransactionInfo`: a sentence for the holder.
    pub transaction_info: Option<String>,
}

/// `EAC2InputType`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Eac2Input {
    /// `EphemeralPublicKey`: the uncompressed point.
    pub ephemeral: Vec<u8>,
    /// `Signature`: `r || s`.
    pub signature: Vec<u8>,
}

impl FromServer {
    /// The whole message.
    #[must_use]
    pub fn write(&self, header: &Header) -> String {
        let authenticate = |data| {
            node("iso:DIDAuthenticate").child(connection()).child(leaf("iso:DIDName", "PIN")).child(data)
        };
        let message = match self {
            Self::Eac1(input) => authenticate(input.node()),
            Self::Eac2(input) => authenticate(input.node()),
            Self::Transmit(apdus) => {
                let input = |apdu: &Vec<u8>| node("iso:InputAPDUInfo").child(hex_leaf("iso:InputAPDU", apdu));
                node("iso:Transmit").child(leaf("iso:SlotHandle", SLOT)).children(apdus.iter().map(input))
            }
            Self::End(result) => node("iso:StartPAOSResponse").child(result.write()),
        };
        envelope::write(header, message)
    }

    /// The eID-Client's reading.
    ///
    /// # Errors
    /// Any of [`PaosError`].
    pub fn parse(bytes: &[u8]) -> Result<Received<Self>, PaosError> {
        envelope::read(bytes, |message| match message.name() {
            "DIDAuthenticate" => authenticate(message),
            "Transmit" => {
                let mut apdus = Vec::new();
                for info in message.all("InputAPDUInfo") {
                    if apdus.len() == super::from_client::MAX_APDUS {
                        return Err(message.wrong().into());
                    }
                    apdus.push(info.one("InputAPDU")?.hex(MAX_BYTES)?);
                }
                Ok(Self::Transmit(apdus))
            }
            "StartPAOSResponse" => PaosResult::read(message).map(Self::End),
            other => Err(PaosError::Unknown(other.chars().take(64).collect())),
        })?
        .whole()
    }
}

/// The one slot there is.
const SLOT: &str = "00";

/// `ConnectionHandle`: the eID application in the one slot.
pub(super) fn connection() -> Node {
    node("iso:ConnectionHandle")
        .child(hex_leaf("iso:CardApplication", EID_APPLICATION))
        .child(leaf("iso:SlotHandle", SLOT))
}

impl Eac1Input {
    fn node(&self) -> Node {
        let data = Some(&self.auxiliary_data).filter(|data| !data.is_empty());
        node("iso:AuthenticationProtocolData")
            .with("xsi:type", "iso:EAC1InputType")
            .with("Protocol", EAC2_PROTOCOL)
            .children(self.certificates.iter().map(|one| hex_leaf("iso:Certificate", one)))
            .child(hex_leaf("iso:CertificateDescription", &self.description))
            .child(hex_leaf("iso:RequiredCHAT", &self.required.encode()))
            .child(hex_leaf("iso:OptionalCHAT", &self.optional.encode()))
            .children(data.map(|data| hex_leaf("iso:AuthenticatedAuxiliaryData", data)))
            .children(self.transaction_info.as_ref().map(|info| leaf("iso:TransactionInfo", info.as_str())))
    }
}

impl Eac2Input {
    fn node(&self) -> Node {
        node("iso:AuthenticationProtocolData")
            .with("xsi:type", "iso:EAC2InputType")
            .with("Protocol", EAC2_PROTOCOL)
            .child(hex_leaf("iso:EphemeralPublicKey", &self.ephemeral))
            .child(hex_leaf("iso:Signature", &self.signature))
    }
}

fn authenticate(message: &Element<'_>) -> Result<FromServer, PaosError> {
    let data = message.one("AuthenticationProtocolData")?;
    let kind = data.attribute_of(super::XSI, "type").unwrap_or_default();
    match kind.rsplit(':').next() {
        Some("EAC1InputType") => eac1(&data).map(FromServer::Eac1),
        Some("EAC2InputType") => Ok(FromServer::Eac2(Eac2Input {
            ephemeral: data.one("EphemeralPublicKey")?.hex(256)?,
            signature: data.one("Signature")?.hex(256)?,
        })),
        _ => Err(data.wrong().into()),
    }
}

fn eac1(data: &Element<'_>) -> Result<Eac1Input, PaosError> {
    let mut certificates = Vec::new();
    for certificate in data.all("Certificate") {
        if certificates.len() == MAX_CERTIFICATES {
            return Err(data.wrong().into());
        }
        certificates.push(certificate.hex(MAX_BYTES)?);
    }
    let chat = |name| -> Result<Chat, PaosError> {
        match data.maybe(name)? {
            Some(chat) => Ok(Chat::parse(&chat.hex(64)?)?),
            None => Ok(Chat { role: crate::cvc::chat::Role::Terminal, rights: Default::default() }),
        }
    };
    Ok(Eac1Input {
        certificates,
        description: data.one("CertificateDescription")?.hex(MAX_BYTES)?,
        required: chat("RequiredCHAT")?,
        optional: chat("OptionalCHAT")?,
        auxiliary_data: match data.maybe("AuthenticatedAuxiliaryData")? {
            Some(auxiliary) => auxiliary.hex(256)?,
            None => Vec::new(),
        },
        transaction_info: data.maybe("TransactionInfo")?.map(|info| info.text()).transpose()?,
    })
}
