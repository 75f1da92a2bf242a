//! Cards that are not as they should be, each of which somebody must refuse.

use clap::ValueEnum;
use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::Value;
use torhaus::cvc::certificate::{Certificate, Extensions, Reference};
use torhaus::cvc::chat::{Chat, Rights, Role};
use torhaus::cvc::curve::Curve;
use torhaus::cvc::document_signer;
use torhaus::cvc::issue::{Request, issue};
use torhaus::cvc::key::PrivateKey;
use torhaus::domain::dice::Dice;
use torhaus::eid::card::CardKeys;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Wrong {
    /// The card checks another challenge than it gave out: to the card every terminal's signature is wrong.
    Challenge,
    /// It follows the chains of another root, whom nobody here knows.
    Root,
    /// EF.CardSecurity is signed by a document signer whom nobody knows.
    Signer,
    /// The files of a genuine card with another key behind them: a copy.
    Copy,
}

/// The root which the card trusts.
pub fn root(
    wrong: Option<Wrong>,
    genuine: Certificate,
    today: Date,
    dice: &dyn Dice,
) -> Result<Certificate, String> {
    let Some(Wrong::Root) = wrong else { return Ok(genuine) };
    let curve = genuine.key.curve.ok_or("a root brings its curve along")?;
    let key = PrivateKey::draw(curve, &mut |out| dice.fill(out)).map_err(|why| why.to_string())?;
    let name = Reference::new("DECVCANOBODY0001").map_err(|why| why.to_string())?;
    let request = Request {
        authority: name.clone(),
        holder: name,
        chat: Chat { role: Role::Cvca, rights: Rights::ALL },
        effective: today.saturating_sub(1.day()),
        expiration: today.saturating_add(1.year()),
        extensions: Extensions::default(),
    };
    issue(&request, key.public(), &key).map_err(|why| why.to_string())
}

/// The keys of a card with which this is wrong.
pub fn keys(
    wrong: Option<Wrong>,
    genuine: CardKeys,
    today: Date,
    dice: &dyn Dice,
) -> Result<CardKeys, String> {
    match wrong {
        None | Some(Wrong::Challenge | Wrong::Root) => Ok(genuine),
        Some(Wrong::Signer) => strangers(genuine.curve(), today, dice),
        Some(Wrong::Copy) => copied(&genuine, strangers(genuine.curve(), today, dice)?),
    }
}

/// A card of another country's maker, one that does not exist.
fn strangers(curve: Curve, today: Date, dice: &dyn Dice) -> Result<CardKeys, String> {
    let signer = PrivateKey::draw(curve, &mut |out| dice.fill(out)).map_err(|why| why.to_string())?;
    let (from, until) = (today.saturating_sub(1.year()), today.saturating_add(10.years()));
    let certificate = document_signer::issue_for_lab(&signer, "Somebody's document signer", from, until);
    let certificate = certificate.map_err(|why| why.to_string())?;
    CardKeys::make(curve, (&certificate, &signer), dice).map_err(|why| why.to_string())
}

/// What can be read of one card, with the key of another.
fn copied(genuine: &CardKeys, other: CardKeys) -> Result<CardKeys, String> {
    let value = |keys: &CardKeys| serde_json::to_value(keys).map_err(|why| why.to_string());
    let (mut copy, mut key) = (value(genuine)?, value(&other)?);
    let chip = key.get_mut("chip").map(Value::take).ok_or("a card has a key for chip authentication")?;
    copy.as_object_mut().ok_or("a card's keys are an object")?.insert("chip".to_owned(), chip);
    serde_json::from_value(copy).map_err(|why| why.to_string())
}
