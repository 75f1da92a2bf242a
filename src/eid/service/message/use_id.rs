//! useID: opens a session (TR-03130-1 §3.3).

use super::result::{self, Minor};
use super::sequence::{Sequence, int};
use super::session::{Psk, SessionId};
use super::{Act, EID, operations};
use crate::eid::answer::EidLevel;
use crate::eid::request::{Operation, Request, Want};
use crate::xml::write::{Node, leaf, node};
use crate::xml::{Element, XmlError};
use url::Url;

/// Characters of a `TransactionInfo` and of an address at most.
const MAX_TEXT: usize = 2048;

/// `useIDRequest`.
#[derive(Clone, Debug)]
pub struct UseIdRequest {
    /// What is asked of the card.
    pub request: Request,
    /// `LevelOfAssuranceRequest`.
    pub level: Option<EidLevel>,
    /// A key which the eService chose.
    pub psk: Option<Psk>,
}

impl UseIdRequest {
    /// The element.
    #[must_use]
    pub fn write(&self) -> Node {
        let asked = &self.request;
        let age =
            asked.age.map(|age| node("eid:AgeVerificationRequest").child(leaf("eid:Age", age.to_string())));
        let place = asked.community.as_ref().map(|community| {
            node("eid:PlaceVerificationRequest").child(leaf("eid:CommunityID", community.as_str()))
        });
        node("eid:useIDRequest")
            .with("xmlns:eid", EID)
            .child(operations::write("eid:UseOperations", |operation| asked.want(operation).name()))
            .children(age)
            .children(place)
            .children(asked.transaction_info.as_ref().map(|info| leaf("eid:TransactionInfo", info.as_str())))
            .children(self.level.map(|level| leaf("eid:LevelOfAssuranceRequest", level.name())))
            .children(self.psk.as_ref().map(Psk::write))
    }

    /// The reading of an eID-Server. What it could not fulfil is refused, not passed over.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn parse(element: &Element<'_>) -> Result<Self, XmlError> {
        if !element.is(EID, Act::UseId.request()) {
            return Err(XmlError::Missing(Act::UseId.request().to_owned()));
        }
        let mut inside = Sequence::of(element);
        let wants = operations::parse(&inside.one("UseOperations")?, Want::parse)?;
        let mut request = wants.into_iter().fold(Request::default(), |all, (one, want)| all.with(one, want));
        if let Some(age) = inside.maybe("AgeVerificationRequest") {
            request.age = Some(parse_age(&age)?);
        }
        if let Some(place) = inside.maybe("PlaceVerificationRequest") {
            request.community = Some(parse_community(&place)?);
        }
        if let Some(info) = inside.maybe("TransactionInfo") {
            let text = info.raw_text()?;
            if text.len() > MAX_TEXT {
                return Err(info.wrong());
            }
            request.transaction_info = Some(text);
        }
        if let Some(attestation) = inside.maybe("TransactionAttestationRequest") {
            return Err(attestation.wrong());
        }
        let level = inside.maybe("LevelOfAssuranceRequest");
        let level =
            level.map(|level| EidLevel::parse(&level.text()?).ok_or_else(|| level.wrong())).transpose()?;
        if let Some(kinds) = inside.maybe("EIDTypeRequest") {
            check_kinds(&kinds)?;
        }
        let psk = inside.maybe("PSK").map(|psk| Psk::parse(&psk)).transpose()?;
        inside.end()?;
        Ok(Self { request, level, psk })
    }

    /// Whether an age or a place is to be verified that was not given, or the other way round.
    #[must_use]
    pub fn misses_argument(&self) -> bool {
        let asked = |operation| self.request.want(operation) != Want::Prohibited;
        asked(Operation::AgeVerification) && self.request.age.is_none()
            || asked(Operation::PlaceVerification) && self.request.community.is_none()
    }
}

fn parse_age(element: &Element<'_>) -> Result<u8, XmlError> {
    let mut inside = Sequence::of(element);
    let age = inside.one("Age")?;
    inside.end()?;
    u8::try_from(int(&age, 0)?).ok().ok_or_else(|| age.wrong())
}

/// `0`, a country of three digits, then as far as given: land, region with a leading 0, district, community with one.
fn parse_community(element: &Element<'_>) -> Result<String, XmlError> {
    let mut inside = Sequence::of(element);
    let id = inside.one("CommunityID")?;
    inside.end()?;
    let text = id.text()?;
    let zeros = [0, 6, 10].iter().all(|at| text.as_bytes().get(*at).is_none_or(|digit| *digit == b'0'));
    let right = [4, 6, 8, 10, 14].contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    if right && zeros { Ok(text) } else { Err(id.wrong()) }
}

/// `EIDTypeRequest`: here only cards are read, so who will not have cards gets nothing.
fn check_kinds(element: &Element<'_>) -> Result<(), XmlError> {
    let mut inside = Sequence::of(element);
    for kind in ["CardCertified", "SECertified", "SEEndorsed", "HWKeyStore"] {
        let Some(asked) = inside.maybe(kind) else { continue };
        match asked.text()?.as_str() {
            "ALLOWED" => {}
            "DENIED" if kind != "CardCertified" => {}
            _ => return Err(asked.wrong()),
        }
    }
    inside.end()
}

/// A session that was opened.
#[derive(Clone, Debug)]
pub struct Started {
    /// By which its result is asked for.
    pub session: SessionId,
    /// `eCardServerAddress`: where the holder's program goes, if not to the address that was agreed.
    pub server_address: Option<String>,
    /// Name and key for the TC token.
    pub psk: Psk,
}

/// `useIDResponse`.
#[must_use]
pub fn write_use_id(answer: &Result<Started, Minor>) -> Node {
    let started = answer.as_ref().ok();
    let address = started.and_then(|started| started.server_address.as_deref());
    node("eid:useIDResponse")
        .with("xmlns:eid", EID)
        .children(started.map(|started| started.session.write()))
        .children(address.map(|address| leaf("eid:eCardServerAddress", address)))
        .children(started.map(|started| started.psk.write()))
        .child(result::write(answer.as_ref().map(|_started| ())))
}

/// Reads `useIDResponse`. Beside an error nothing else is looked at: some servers fill in what the schema demands.
///
/// # Errors
/// [`XmlError`].
pub fn parse_use_id(element: &Element<'_>) -> Result<Result<Started, Minor>, XmlError> {
    if !element.is(EID, Act::UseId.response()) {
        return Err(XmlError::Missing(Act::UseId.response().to_owned()));
    }
    let mut inside = Sequence::of(element);
    let (session, address) = (inside.maybe("Session"), inside.maybe("eCardServerAddress"));
    let psk = inside.maybe("PSK");
    let result = result::parse(&inside.result()?)?;
    inside.end()?;
    if let Err(minor) = result {
        return Ok(Err(minor));
    }
    let missing = |name: &str| XmlError::Missing(name.to_owned());
    Ok(Ok(Started {
        session: SessionId::parse(&session.ok_or_else(|| missing("Session"))?)?,
        server_address: address.map(|address| parse_address(&address)).transpose()?,
        psk: Psk::parse(&psk.ok_or_else(|| missing("PSK"))?)?,
    }))
}

/// An address that goes into the TC token as it is: HTTPS (TR-03124-1 §2.3).
fn parse_address(element: &Element<'_>) -> Result<String, XmlError> {
    let text = element.text()?;
    let https = Url::parse(&text).is_ok_and(|url| url.scheme() == "https" && url.username().is_empty());
    if https && text.len() <= MAX_TEXT { Ok(text) } else { Err(element.wrong()) }
}
