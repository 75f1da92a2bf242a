//! One online authentication, as a machine without clock, store or network: a stage and a message give the next stage
//! and the answer (TR-03130-1 §2.4, TR-03112-7 §3.6). Whatever goes wrong ends the session, in the words of the
//! protocol towards the eID-Client and in ours towards the person.

use super::reading::{self, Collected, Item};
use super::terminal::{Asker, Terminal};
use super::trust::CardTrust;
use crate::cvc::auxiliary_data::AuxiliaryData;
use crate::cvc::chat::{Chat, Rights};
use crate::cvc::chip_authentication::{self, SessionKeys};
use crate::cvc::curve::Curve;
use crate::cvc::key::PrivateKey;
use crate::cvc::secure_messaging::{self, Standing};
use crate::cvc::security_infos::SecurityInfos;
use crate::cvc::terminal_authentication;
use crate::domain::dice::Dice;
use crate::domain::eid_session::EidProgress;
use crate::domain::identity_check::CheckRefused;
use crate::eid::answer::Outcome;
use crate::eid::kept_key::KeptKey;
use crate::eid::paos::from_client::{Eac1Output, Eac2Output};
use crate::eid::paos::from_server::{Eac1Input, Eac2Input};
use crate::eid::paos::{FromClient, FromServer, Minor, PaosError, PaosResult};
use crate::eid::request::{Operation, Request, Want};
use crate::xml::read::from_hex;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Where a session stands; each stage holds only what exists then. Sealed whenever it rests.
#[derive(Clone, Serialize, Deserialize)]
pub enum Stage {
    /// Waits for `StartPAOS`.
    Opened,
    /// EAC1 was sent.
    Eac1Sent {
        /// What the card will compare.
        auxiliary_data: Vec<u8>,
    },
    /// EAC2 was sent.
    Eac2Sent {
        /// The ephemeral key of chip authentication.
        ephemeral: KeptKey,
        /// What the holder confirmed.
        granted: [u8; 5],
        /// What the card said of itself before it was believed.
        card_access: Vec<u8>,
    },
    /// The first commands were sent: is the document valid, is it blocked?
    Validity {
        /// Secure messaging.
        channel: Standing,
        /// What the holder confirmed.
        granted: [u8; 5],
        /// The commands.
        items: Vec<Item>,
        /// The card's key for the pseudonym.
        pseudonym_key: Option<u8>,
    },
    /// Commands for the holder's data were sent.
    Data {
        /// Secure messaging.
        channel: Standing,
        /// What the holder confirmed.
        granted: [u8; 5],
        /// The commands.
        items: Vec<Item>,
        /// What was read before.
        collected: Box<Collected>,
    },
    /// It is over.
    Ended(Box<Outcome>),
}

/// A session's contents.
#[derive(Clone, Serialize, Deserialize)]
pub struct Session {
    /// What is asked.
    pub request: Request,
    /// Who asks, if it is not this house.
    #[serde(default)]
    pub asker: Option<Asker>,
    /// Where it stands.
    pub stage: Stage,
}

/// Why a session ends without a result.
#[derive(Debug)]
pub struct Failure {
    /// For the person.
    pub refused: CheckRefused,
    /// For their program.
    pub minor: Minor,
    /// For the log; never with personal data.
    pub why: String,
}

impl Stage {
    /// As a page may show it.
    #[must_use]
    pub const fn progress(&self) -> EidProgress {
        match self {
            Self::Opened => EidProgress::Waiting,
            Self::Eac1Sent { .. } => EidProgress::Asking,
            Self::Eac2Sent { .. } => EidProgress::Proving,
            Self::Validity { .. } | Self::Data { .. } => EidProgress::Reading,
            Self::Ended(_) => EidProgress::Ended,
        }
    }
}

impl Failure {
    pub(super) fn refused(refused: CheckRefused, minor: &str) -> Self {
        Self { refused, minor: Minor::new(minor), why: refused.name().to_owned() }
    }

    /// The card or the way to it answered something that it should not.
    pub(super) fn card(why: &str) -> Self {
        Self {
            refused: CheckRefused::ClientTrouble,
            minor: Minor::new(Minor::COMMUNICATION),
            why: why.to_owned(),
        }
    }

    /// The card could not prove that it is genuine.
    fn not_authentic(why: &dyn std::fmt::Display) -> Self {
        Self {
            refused: CheckRefused::NotAuthentic,
            minor: Minor::new(Minor::NO_PERMISSION),
            why: why.to_string(),
        }
    }

    /// We are broken.
    pub(super) fn ours(why: &dyn std::fmt::Display) -> Self {
        Self { refused: CheckRefused::ProviderDown, minor: Minor::new(Minor::INTERNAL), why: why.to_string() }
    }
}

/// Everything beside the session that a step needs.
pub struct Around<'a> {
    /// Who asks.
    pub terminal: &'a Terminal,
    /// Which cards are believed.
    pub trust: &'a CardTrust,
    /// The day in the town's time zone.
    pub today: Date,
    /// Randomness.
    pub dice: &'a dyn Dice,
}

/// Takes one message: the stage after it and the answer to it.
#[must_use]
pub fn step(session: &Session, message: FromClient, around: &Around<'_>) -> (Stage, FromServer) {
    go(session, message, around).unwrap_or_else(fail)
}

/// What a message does that belongs to a session and can not be read inside: it ends it.
#[must_use]
pub fn unreadable(why: &PaosError) -> (Stage, FromServer) {
    let minor = Minor::new(Minor::PARAMETER);
    fail(Failure { refused: CheckRefused::ClientTrouble, minor, why: why.to_string() })
}

fn fail(failure: Failure) -> (Stage, FromServer) {
    tracing::info!(reason = failure.refused.name(), minor = failure.minor.as_str(), why = %failure.why,
        "An online authentication failed");
    let end = FromServer::End(PaosResult::Error(failure.minor));
    (Stage::Ended(Box::new(Err(failure.refused))), end)
}

fn go(session: &Session, message: FromClient, around: &Around<'_>) -> Result<(Stage, FromServer), Failure> {
    let request = &session.request;
    match (&session.stage, message) {
        (Stage::Ended(_), _) => Err(Failure::refused(CheckRefused::ClientTrouble, Minor::TIMEOUT)),
        (_, FromClient::Failed(minor)) => {
            Err(Failure { refused: minor.refused(), why: "the eID-Client says so".to_owned(), minor })
        }
        (Stage::Opened, FromClient::Start { .. }) => eac1(request, around),
        (Stage::Eac1Sent { auxiliary_data }, FromClient::Eac1(output)) => {
            eac2(&output, auxiliary_data, request, around)
        }
        (Stage::Eac2Sent { ephemeral, granted, card_access }, FromClient::Eac2(output)) => {
            authenticated(&output, ephemeral, *granted, card_access, around)
        }
        (Stage::Validity { channel, granted, items, pseudonym_key }, FromClient::Transmitted(apdus)) => {
            let mut channel = secure_messaging::Terminal::resume(channel.clone());
            let responses = responses(&mut channel, items, &apdus)?;
            let sector = around.terminal.sector();
            let is_blocked = |pseudonym: &[u8]| around.trust.blocked.contains(pseudonym);
            reading::judge_validity(items, &responses, sector, is_blocked)?;
            let wanted = reading::data_items(request, rights(*granted)?, *pseudonym_key);
            let open = Open { channel, granted: *granted, collected: Box::default() };
            read_on(open, wanted, request, around)
        }
        (Stage::Data { channel, granted, items, collected }, FromClient::Transmitted(apdus)) => {
            let mut channel = secure_messaging::Terminal::resume(channel.clone());
            let responses = responses(&mut channel, items, &apdus)?;
            let mut collected = collected.clone();
            let more = collected.take(items, responses, around.terminal.sector())?;
            read_on(Open { channel, granted: *granted, collected }, more, request, around)
        }
        _ => Err(Failure {
            refused: CheckRefused::ClientTrouble,
            minor: Minor::new(Minor::UNKNOWN_FUNCTION),
            why: "a message that is not due".to_owned(),
        }),
    }
}

fn eac1(request: &Request, around: &Around<'_>) -> Result<(Stage, FromServer), Failure> {
    let auxiliary_data = auxiliary_data(request, around.today)?;
    let (required, optional) = (request.chat(Want::Required), request.chat(Want::Allowed));
    if !required.rights.within(around.terminal.rights()) {
        return Err(Failure::ours(&"the terminal's certificate does not allow what is asked"));
    }
    let message = FromServer::Eac1(Eac1Input {
        certificates: around.terminal.certificates(),
        description: around.terminal.description().to_vec(),
        required,
        optional: Chat { rights: optional.rights.and(around.terminal.rights()), ..optional },
        auxiliary_data: auxiliary_data.clone(),
        transaction_info: request.transaction_info.clone(),
    });
    Ok((Stage::Eac1Sent { auxiliary_data }, message))
}

/// The document must always be valid today (TR-03130-1 §2.4.3); age and place only where they are asked.
fn auxiliary_data(request: &Request, today: Date) -> Result<Vec<u8>, Failure> {
    let asked = |operation| request.want(operation) != Want::Prohibited;
    let born_by = match request.age.filter(|_| asked(Operation::AgeVerification)) {
        Some(years) => Some(today.checked_sub(i32::from(years).years()).map_err(|why| Failure::ours(&why))?),
        None => None,
    };
    let community = request.community.as_deref().filter(|_| asked(Operation::PlaceVerification));
    let community = match community {
        Some(digits) => {
            Some(from_hex(digits).ok_or_else(|| Failure::ours(&"a community that is no number"))?)
        }
        None => None,
    };
    let data = AuxiliaryData { born_by, valid_on: Some(today), community };
    data.encode().map_err(|why| Failure::ours(&why))
}

fn eac2(
    output: &Eac1Output,
    auxiliary_data: &[u8],
    request: &Request,
    around: &Around<'_>,
) -> Result<(Stage, FromServer), Failure> {
    if !output.authorities.is_empty() {
        // The card knows other roots than the one our certificates lead to, and we have no link to them.
        return Err(Failure::refused(CheckRefused::TerminalUnknown, Minor::CERTIFICATE_PATH));
    }
    let (required, optional) = (request.chat(Want::Required).rights, request.chat(Want::Allowed).rights);
    let granted = output.chat;
    if !required.within(granted.rights) {
        return Err(Failure::refused(CheckRefused::DataMissing, Minor::NO_PERMISSION));
    }
    // What was not asked was not granted, whatever the program says.
    let granted = Chat { rights: granted.rights.and(required.or(optional)), ..granted };
    let infos = SecurityInfos::parse(&output.card_access)
        .map_err(|_form| Failure::card("EF.CardAccess is not readable"))?;
    let curve = infos.chip_curves.first().copied().unwrap_or(Curve::BrainpoolP256r1);
    let (kept, ephemeral) = KeptKey::draw(curve, around.dice).map_err(|why| Failure::ours(&why))?;
    let signed = terminal_authentication::Session {
        id_picc: &output.id_picc,
        challenge: &output.challenge,
        ephemeral: ephemeral.public(),
        auxiliary_data,
    };
    let signature = signed.sign(around.terminal.key()).map_err(|why| Failure::ours(&why))?;
    let message = FromServer::Eac2(Eac2Input { ephemeral: ephemeral.public().point().to_vec(), signature });
    let stage = Stage::Eac2Sent {
        ephemeral: kept,
        granted: granted.to_bytes(),
        card_access: output.card_access.clone(),
    };
    Ok((stage, message))
}

fn authenticated(
    output: &Eac2Output,
    ephemeral: &KeptKey,
    granted: [u8; 5],
    card_access: &[u8],
    around: &Around<'_>,
) -> Result<(Stage, FromServer), Failure> {
    let infos = around.trust.verify(&output.card_security, around.today);
    let infos = infos.map_err(|why| Failure::not_authentic(&why))?;
    let claimed = SecurityInfos::parse(card_access).map_err(|why| Failure::not_authentic(&why))?;
    if !infos.confirms(&claimed) {
        return Err(Failure::not_authentic(&"EF.CardAccess is not what EF.CardSecurity confirms"));
    }
    let keys = session_keys(output, &infos, &ephemeral.key().map_err(|why| Failure::ours(&why))?)?;
    let key_number = |authorized_only| {
        let key = infos.restricted_keys.iter().find(|key| key.authorized_only == authorized_only);
        key.and_then(|key| u8::try_from(key.key_id).ok())
    };
    let revocation = key_number(false);
    if revocation.is_none() && !around.trust.blocked.is_empty() {
        return Err(Failure::not_authentic(&"the card has no key for the block list"));
    }
    let mut channel = secure_messaging::Terminal::new(keys);
    let items = reading::validity_items(revocation);
    let message = transmit(&mut channel, &items, around)?;
    let pseudonym_key = key_number(true);
    Ok((Stage::Validity { channel: standing(&channel)?, granted, items, pseudonym_key }, message))
}

/// Chip authentication with whichever of the card's keys made the token.
fn session_keys(
    output: &Eac2Output,
    infos: &SecurityInfos,
    ephemeral: &PrivateKey,
) -> Result<SessionKeys, Failure> {
    let fitting = infos.chip_keys.iter().filter(|chip| chip.key.curve() == ephemeral.curve());
    for chip in fitting {
        let keys =
            chip_authentication::terminal(chip.protocol, ephemeral, &chip.key, &output.nonce, &output.token);
        if let Ok(keys) = keys {
            return Ok(keys);
        }
    }
    Err(Failure::not_authentic(&"the card's authentication token is wrong"))
}

/// A card that is being read.
struct Open {
    channel: secure_messaging::Terminal,
    granted: [u8; 5],
    collected: Box<Collected>,
}

/// Sends the next commands, or ends well where there are none.
fn read_on(
    mut open: Open,
    items: Vec<Item>,
    request: &Request,
    around: &Around<'_>,
) -> Result<(Stage, FromServer), Failure> {
    if items.is_empty() {
        let answer = open.collected.answer(request, rights(open.granted)?)?;
        return Ok((Stage::Ended(Box::new(Ok(answer))), FromServer::End(PaosResult::Ok)));
    }
    let message = transmit(&mut open.channel, &items, around)?;
    let Open { channel, granted, collected } = open;
    Ok((Stage::Data { channel: standing(&channel)?, granted, items, collected }, message))
}

fn transmit(
    channel: &mut secure_messaging::Terminal,
    items: &[Item],
    around: &Around<'_>,
) -> Result<FromServer, Failure> {
    let mut apdus = Vec::with_capacity(items.len());
    for item in items {
        let command = item.command(around.terminal.sector())?;
        apdus.push(channel.wrap(&command).map_err(|why| Failure::ours(&why))?);
    }
    Ok(FromServer::Transmit(apdus))
}

fn responses(
    channel: &mut secure_messaging::Terminal,
    items: &[Item],
    apdus: &[Vec<u8>],
) -> Result<Vec<crate::cvc::apdu::Response>, Failure> {
    if apdus.len() != items.len() {
        return Err(Failure::card("not as many responses as commands"));
    }
    apdus.iter().map(|apdu| channel.unwrap(apdu).map_err(|why| Failure::card(&why.to_string()))).collect()
}

fn standing(channel: &secure_messaging::Terminal) -> Result<Standing, Failure> {
    channel.standing().ok_or_else(|| Failure::ours(&"secure messaging is closed"))
}

fn rights(chat: [u8; 5]) -> Result<Rights, Failure> {
    Chat::from_bytes(&chat).map(|chat| chat.rights).map_err(|why| Failure::ours(&why))
}
