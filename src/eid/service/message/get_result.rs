//! getResult: asks for what was read (TR-03130-1 §3.4).

use super::result::{self, Minor};
use super::sequence::{Sequence, boolean, int};
use super::session::SessionId;
use super::{Act, EID, operations, person};
use crate::eid::answer::{Answer, EidLevel, Permission, PersonalData};
use crate::eid::request::Operation;
use crate::xml::write::{Node, leaf, node};
use crate::xml::{Element, XmlError};
use std::collections::BTreeMap;

/// `getResultRequest`.
#[derive(Clone, Debug)]
pub struct GetResultRequest {
    /// Of which session.
    pub session: SessionId,
    /// Starts with 1 and grows with each request of the session.
    pub counter: i32,
}

impl GetResultRequest {
    /// The element.
    #[must_use]
    pub fn write(&self) -> Node {
        node("eid:getResultRequest")
            .with("xmlns:eid", EID)
            .child(self.session.write())
            .child(leaf("eid:RequestCounter", self.counter.to_string()))
    }

    /// The reading of an eID-Server.
    ///
    /// # Errors
    /// [`XmlError`].
    pub fn parse(element: &Element<'_>) -> Result<Self, XmlError> {
        if !element.is(EID, Act::GetResult.request()) {
            return Err(XmlError::Missing(Act::GetResult.request().to_owned()));
        }
        let mut inside = Sequence::of(element);
        let session = SessionId::parse(&inside.one("Session")?)?;
        let counter = int(&inside.one("RequestCounter")?, i32::MIN)?;
        inside.end()?;
        Ok(Self { session, counter })
    }
}

/// `getResultResponse`.
#[must_use]
pub fn write_get_result(answer: &Result<Answer, Minor>) -> Node {
    let result = result::write(answer.as_ref().map(|_answer| ()));
    let response = node("eid:getResultResponse").with("xmlns:eid", EID);
    let Ok(answer) = answer else { return response.child(result) };
    let fulfils = |name, fulfils: Option<bool>| {
        fulfils.map(|fulfils| node(name).child(leaf("eid:FulfilsRequest", fulfils.to_string())))
    };
    response
        .child(person::write(&answer.data))
        .children(fulfils("eid:FulfilsAgeVerification", answer.fulfils_age))
        .children(fulfils("eid:FulfilsPlaceVerification", answer.fulfils_place))
        .child(operations::write("eid:OperationsAllowedByUser", |one| answer.permission(one).name()))
        .children(answer.level.map(|level| leaf("eid:LevelOfAssuranceResult", level.name())))
        .child(result)
}

/// Reads `getResultResponse`. Beside an error nothing else is looked at.
///
/// # Errors
/// [`XmlError`].
pub fn parse_get_result(element: &Element<'_>) -> Result<Result<Answer, Minor>, XmlError> {
    if !element.is(EID, Act::GetResult.response()) {
        return Err(XmlError::Missing(Act::GetResult.response().to_owned()));
    }
    let mut inside = Sequence::of(element);
    let data = inside.maybe("PersonalData");
    let (age, place) = (inside.maybe("FulfilsAgeVerification"), inside.maybe("FulfilsPlaceVerification"));
    inside.pass(&["PSC", "PSM", "PSMVerified", "PSA", "PSAVerified", "SpecificAttribute"]);
    let operations = inside.maybe("OperationsAllowedByUser");
    inside.pass(&["TransactionAttestationResponse"]);
    let level = inside.maybe("LevelOfAssuranceResult");
    inside.pass(&["EIDTypeResponse"]);
    let result = result::parse(&inside.result()?)?;
    inside.end()?;
    if let Err(minor) = result {
        return Ok(Err(minor));
    }
    let data = data.map(|data| person::parse(&data)).transpose()?.unwrap_or_default();
    let operations = match operations {
        Some(list) => operations::parse(&list, Permission::parse)?,
        None => allowed_by(&data),
    };
    let level =
        level.map(|level| EidLevel::parse(&level.text()?).ok_or_else(|| level.wrong())).transpose()?;
    Ok(Ok(Answer {
        data,
        fulfils_age: age.map(|age| fulfils(&age)).transpose()?,
        fulfils_place: place.map(|place| fulfils(&place)).transpose()?,
        operations,
        level,
    }))
}

fn fulfils(element: &Element<'_>) -> Result<bool, XmlError> {
    let mut inside = Sequence::of(element);
    let fulfils = boolean(&inside.one("FulfilsRequest")?)?;
    inside.end()?;
    Ok(fulfils)
}

/// The schema lets the list be absent: then what is there was allowed.
fn allowed_by(data: &PersonalData) -> BTreeMap<Operation, Permission> {
    let there = Operation::ALL.into_iter().filter(|operation| person::holds(data, *operation));
    there.map(|operation| (operation, Permission::Allowed)).collect()
}
