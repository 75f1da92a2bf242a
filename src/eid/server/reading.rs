//! What is asked of the card after chip authentication: the commands, and what their responses mean.

use super::session::Failure;
use crate::cvc::apdu::{Command, Response, Status};
use crate::cvc::chat::Rights;
use crate::cvc::data_groups::{DataGroup, MAX_FILE, Value};
use crate::cvc::oid;
use crate::cvc::restricted_identification::{Sector, SectorKey};
use crate::domain::identity_check::CheckRefused;
use crate::eid::answer::{Answer, EidLevel, Permission, RestrictedId};
use crate::eid::paos::Minor;
use crate::eid::request::{Operation, Request, Want};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One command that was sent; its response comes at the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Item {
    /// SELECT the eID application.
    Select,
    /// Whether the document is valid today.
    Validity,
    /// Choose the card's key of this number for restricted identification.
    Choose(u8),
    /// The pseudonym for the block list.
    Revocation,
    /// Whether the holder is of an age.
    Age,
    /// Whether the holder lives in a place.
    Place,
    /// The pseudonym for the service.
    Pseudonym,
    /// The beginning of a data group, by its number.
    Read(u8),
    /// The next piece of a data group that is longer than one response; the offset it begins at.
    More(u8, u16),
}

/// What a response can hold at most.
const PIECE: u16 = 256;
/// The offset which a command with a short file identifier can still say.
const FIRST_OFFSET: u8 = 255;
/// Most pieces that are fetched in one message.
const MAX_PIECES: usize = 100;

/// What came of the reading so far. Holds personal data: lives sealed, and no longer than the session.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Collected {
    files: BTreeMap<u8, Vec<u8>>,
    absent: Vec<u8>,
    fulfils_age: Option<bool>,
    fulfils_place: Option<bool>,
    pseudonym: Option<Vec<u8>>,
}

/// First: is the document valid, and is it on the block list? `revocation` is the number of the card's key for that.
#[must_use]
pub fn validity_items(revocation: Option<u8>) -> Vec<Item> {
    let mut items = vec![Item::Select, Item::Validity];
    if let Some(key) = revocation {
        items.extend([Item::Choose(key), Item::Revocation]);
    }
    items
}

/// Then: what was asked and granted. `pseudonym` is the number of the card's key for restricted identification.
#[must_use]
pub fn data_items(request: &Request, granted: Rights, pseudonym: Option<u8>) -> Vec<Item> {
    let mut items = Vec::new();
    for operation in Operation::ALL {
        if request.want(operation) == Want::Prohibited || !granted.contains(operation.right()) {
            continue;
        }
        match (operation, operation.data_group()) {
            (_, Some(group)) => items.push(Item::Read(group.number())),
            (Operation::AgeVerification, None) => items.push(Item::Age),
            (Operation::PlaceVerification, None) => items.push(Item::Place),
            (_, None) => {
                if let Some(key) = pseudonym {
                    items.extend([Item::Choose(key), Item::Pseudonym]);
                }
            }
        }
    }
    items
}

impl Item {
    /// The command before it is protected.
    pub(super) fn command(self, sector: &SectorKey) -> Result<Command, Failure> {
        Ok(match self {
            Self::Select => Command::select_eid(),
            Self::Validity => Command::verify(oid::DATE_OF_EXPIRY),
            Self::Age => Command::verify(oid::DATE_OF_BIRTH),
            Self::Place => Command::verify(oid::COMMUNITY_ID),
            Self::Choose(key) => sector.select(key),
            Self::Revocation | Self::Pseudonym => {
                sector.ask(Sector::First).map_err(|why| Failure::ours(&why))?
            }
            Self::Read(group) => Command::read(data_group(group)?),
            Self::More(group, offset) => match u8::try_from(offset) {
                Ok(offset) => Command::read_from(data_group(group)?, offset),
                Err(_large) => Command::read_on(offset).ok_or_else(|| Failure::card("a file is too long"))?,
            },
        })
    }
}

fn data_group(number: u8) -> Result<DataGroup, Failure> {
    let known = DataGroup::ALL.into_iter().find(|group| group.number() == number);
    known.ok_or_else(|| Failure::card("no such data group"))
}

/// The status says that it worked.
fn done(response: &Response, what: &'static str) -> Result<(), Failure> {
    if response.status == Status::OK { Ok(()) } else { Err(Failure::card(what)) }
}

/// What a comparison says; anything but yes and no is a failure.
fn compared(response: &Response) -> Result<bool, Failure> {
    match response.status {
        Status::OK => Ok(true),
        Status::VERIFICATION_FAILED => Ok(false),
        _ => Err(Failure::card("a comparison was refused")),
    }
}

/// Judges the first step: the document must be valid today and not on the block list.
pub(super) fn judge_validity(
    items: &[Item],
    responses: &[Response],
    sector: &SectorKey,
    is_blocked: impl Fn(&[u8]) -> bool,
) -> Result<(), Failure> {
    for (item, response) in items.iter().zip(responses) {
        match item {
            Item::Validity if !compared(response)? => {
                return Err(Failure::refused(CheckRefused::CardExpired, Minor::NO_PERMISSION));
            }
            Item::Validity => {}
            Item::Revocation => {
                done(response, "restricted identification was refused")?;
                let pseudonym = sector.pseudonym(Sector::First, &response.data);
                if is_blocked(&pseudonym.map_err(|_form| Failure::card("a pseudonym of another form"))?) {
                    return Err(Failure::refused(CheckRefused::CardBlocked, Minor::NO_PERMISSION));
                }
            }
            _ => done(response, "a command was refused")?,
        }
    }
    Ok(())
}

impl Collected {
    /// Takes the responses to some commands; gives those which are still needed, because a file is longer than one
    /// response.
    pub(super) fn take(
        &mut self,
        items: &[Item],
        responses: Vec<Response>,
        sector: &SectorKey,
    ) -> Result<Vec<Item>, Failure> {
        let mut more = Vec::new();
        for (item, response) in items.iter().zip(responses) {
            match *item {
                Item::Age => self.fulfils_age = Some(compared(&response)?),
                Item::Place => self.fulfils_place = Some(compared(&response)?),
                Item::Pseudonym => {
                    done(&response, "restricted identification was refused")?;
                    let pseudonym = sector.pseudonym(Sector::First, &response.data);
                    self.pseudonym =
                        Some(pseudonym.map_err(|_form| Failure::card("a pseudonym of another form"))?);
                }
                Item::Read(group) => more.extend(self.begin(group, response)?),
                Item::More(group, offset) => self.go_on(group, offset, &response)?,
                Item::Select | Item::Validity | Item::Choose(_) | Item::Revocation => {
                    done(&response, "a command was refused")?;
                }
            }
        }
        if more.len() > MAX_PIECES { Err(Failure::card("the files are too long")) } else { Ok(more) }
    }

    fn begin(&mut self, group: u8, response: Response) -> Result<Vec<Item>, Failure> {
        if response.status.is_absent() {
            self.absent.push(group);
            return Ok(Vec::new());
        }
        if response.status != Status::OK && response.status != Status::END_OF_FILE {
            return Err(Failure::card("a data group was refused"));
        }
        let whole = announced_length(&response.data);
        let have = response.data.len();
        let ended = response.status == Status::END_OF_FILE || have < usize::from(PIECE);
        self.files.insert(group, response.data);
        match whole {
            Some(whole) if whole > have && !ended => {
                if whole > MAX_FILE {
                    return Err(Failure::card("a data group is too long"));
                }
                // The next piece begins one byte before the end of the first: the largest offset that can be said
                // together with the file's name, which makes it the current file for the pieces after it.
                let offsets = (u16::from(FIRST_OFFSET)..).step_by(usize::from(PIECE));
                Ok(offsets
                    .take_while(|at| usize::from(*at) < whole)
                    .map(|at| Item::More(group, at))
                    .collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn go_on(&mut self, group: u8, offset: u16, response: &Response) -> Result<(), Failure> {
        if response.status != Status::OK && response.status != Status::END_OF_FILE {
            return Err(Failure::card("a data group was refused"));
        }
        let file = self.files.entry(group).or_default();
        if file.len() < usize::from(offset) {
            return Err(Failure::card("a data group has a gap"));
        }
        file.truncate(usize::from(offset));
        file.extend_from_slice(&response.data);
        Ok(())
    }

    /// The answer, once everything is there.
    pub(super) fn answer(&self, request: &Request, granted: Rights) -> Result<Answer, Failure> {
        let mut answer = Answer {
            data: Default::default(),
            fulfils_age: self.fulfils_age,
            fulfils_place: self.fulfils_place,
            operations: BTreeMap::new(),
            level: Some(EidLevel::High),
        };
        for operation in Operation::ALL {
            if request.want(operation) == Want::Prohibited || !granted.contains(operation.right()) {
                continue;
            }
            let found = match operation.data_group() {
                Some(group) => self.put(operation, group, &mut answer)?,
                None if operation == Operation::RestrictedId => {
                    let id = |first: &Vec<u8>| RestrictedId { first: first.clone(), second: None };
                    answer.data.restricted_id = self.pseudonym.as_ref().map(id);
                    self.pseudonym.is_some()
                }
                None => true,
            };
            let permission = if found { Permission::Allowed } else { Permission::NotOnChip };
            answer.operations.insert(operation, permission);
        }
        Ok(answer)
    }

    /// Puts what a data group holds where it belongs. `false`: the card does not hold it.
    fn put(&self, operation: Operation, group: DataGroup, answer: &mut Answer) -> Result<bool, Failure> {
        if self.absent.contains(&group.number()) {
            return Ok(false);
        }
        let Some(file) = self.files.get(&group.number()) else { return Ok(false) };
        let value = group.decode(file).map_err(|_form| Failure::card("a data group of another form"))?;
        let data = &mut answer.data;
        match (operation, value) {
            (Operation::DateOfExpiry, Value::Date(day)) => data.date_of_expiry = Some(day),
            (Operation::DateOfBirth, Value::PartialDate(day)) => data.date_of_birth = Some(day),
            (Operation::PlaceOfBirth, Value::Places(places)) => {
                data.place_of_birth = places.into_iter().next();
            }
            (Operation::PlaceOfResidence, Value::Places(places)) => {
                data.place_of_residence = places.into_iter().next();
            }
            (Operation::CommunityId, Value::CommunityId(digits)) => {
                data.community_id = Some(crate::xml::write::to_hex(&digits));
            }
            (operation, Value::Text(text)) => {
                let Some(place) = text_of(operation, data) else { return Ok(false) };
                *place = Some(text);
            }
            // A permit which the card holds compressed: its text is not unpacked here, so there is none to give.
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn text_of(operation: Operation, data: &mut crate::eid::answer::PersonalData) -> Option<&mut Option<String>> {
    Some(match operation {
        Operation::DocumentType => &mut data.document_type,
        Operation::IssuingState => &mut data.issuing_state,
        Operation::GivenNames => &mut data.given_names,
        Operation::FamilyNames => &mut data.family_names,
        Operation::ArtisticName => &mut data.artistic_name,
        Operation::AcademicTitle => &mut data.academic_title,
        Operation::Nationality => &mut data.nationality,
        Operation::BirthName => &mut data.birth_name,
        Operation::ResidencePermitI => &mut data.residence_permit,
        _ => return None,
    })
}

/// How long the object at the beginning of a file says it is, with its tag and length (X.690 8.1.3).
fn announced_length(file: &[u8]) -> Option<usize> {
    match *file {
        [_, short @ 0..=0x7F, ..] => Some(2 + usize::from(short)),
        [_, 0x81, length, ..] => Some(3 + usize::from(length)),
        [_, 0x82, high, low, ..] => Some(4 + usize::from(u16::from_be_bytes([high, low]))),
        _ => None,
    }
}
