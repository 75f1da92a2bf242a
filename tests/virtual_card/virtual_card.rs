//! A German identity card on a virtual reader: for AusweisApp, which does genuine PACE with it through pcscd and
//! Debian's `vsmartcard-vpcd`. The card waits for the reader, which pcscd's own file points here
//! (`DEVICENAME 127.0.0.1:0x8C7B`): as shipped, vpcd would listen on every address of the machine. What is past
//! chip authentication is the product's own card in software (`eid::card`); here is what a real chip does before: files
//! for everybody, PACE, passwords and their tries.
//!
//! `torhaus eid lab card --person erika --out card.json --data-dir …` writes the card. Each thing that happens is a line
//! on standard output. Absent on purpose: changing the PIN, the eSign and ePassport applications.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use torhaus::app::clock::{SystemClock, SystemDice};
use torhaus::cvc::certificate::Certificate;
use torhaus::domain::time::Clock;
use torhaus::eid::card::people::person;
use torhaus::eid::card::{Card, CardFile};

mod agreement;
mod chip;
mod files;
#[cfg(test)]
mod hex;
mod pace;
mod passwords;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod tests;
mod vpcd;
mod wrong;

use chip::{Around, Chip};
use passwords::Passwords;
use vpcd::Message;
use wrong::Wrong;

/// An identity card on a virtual reader.
#[derive(Parser)]
struct Options {
    /// The card, as `torhaus eid lab card` writes it.
    #[arg(long, value_name = "FILE")]
    card: PathBuf,
    /// Where the card waits for vpcd, on this machine only; the reader's second place is the port after it.
    #[arg(long, default_value_t = 35_963, value_parser = clap::value_parser!(u16).range(1..65_535))]
    port: u16,
    /// What the card takes for today.
    #[arg(long, value_name = "DATE")]
    today: Option<Date>,
    /// The holder's secret.
    #[arg(long, default_value = "123456")]
    pin: String,
    /// The number printed on the card.
    #[arg(long, default_value = "222222")]
    can: String,
    /// What unblocks the PIN.
    #[arg(long, default_value = "1234567890")]
    puk: String,
    /// How many wrong PINs are left; with 1 it is suspended, with 0 blocked.
    #[arg(long, default_value_t = 3)]
    tries: u8,
    /// Something about the card that is not as it should be.
    #[arg(long)]
    wrong: Option<Wrong>,
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            // Nothing can be said where nobody listens.
            let _said = writeln!(io::stderr(), "virtual-card: {why}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), String> {
    let today = options.today.unwrap_or_else(today);
    let card = card(&options, today)?;
    let passwords = Passwords::new([options.pin, options.can, options.puk], options.tries);
    let around =
        Around { today, dice: &SystemDice, wrong_challenge: options.wrong == Some(Wrong::Challenge) };
    let mut chip = Chip::new(card, passwords, around);
    let line = |why: io::Error| format!("the line to the reader: {why}");
    let place = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).map_err(line)?;
    let second = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port + 1)).map_err(line)?;
    say("the card waits for the reader")?;
    thread::spawn(move || second.accept().and_then(|(mut reader, _from)| lie_dumb(&mut reader)));
    let (mut reader, _from) = place.accept().map_err(line)?;
    say("the card is on the reader")?;
    lie(&mut chip, &mut reader).map_err(|why| format!("the reader: {why}"))
}

/// Lies on the reader until the reader goes away.
fn lie(chip: &mut Chip<'_>, reader: &mut TcpStream) -> io::Result<()> {
    while let Some(message) = vpcd::receive(reader)? {
        match message {
            Message::Anew => chip.reset(),
            Message::Atr => vpcd::send(reader, &vpcd::ATR)?,
            Message::Command(command) => {
                let answer = chip.transmit(&command);
                for what in chip.told() {
                    say(&what).map_err(io::Error::other)?;
                }
                vpcd::send(reader, &answer)?;
            }
        }
    }
    Ok(())
}

/// On the reader's second place lies a card which knows no command: that place wants a line of its own, and vpcd does
/// not bear an answer which says that nothing lies there.
fn lie_dumb(reader: &mut TcpStream) -> io::Result<()> {
    const NOT_FOUND: [u8; 2] = [0x6A, 0x82];
    while let Some(message) = vpcd::receive(reader)? {
        match message {
            Message::Anew => {}
            Message::Atr => vpcd::send(reader, &vpcd::ATR)?,
            Message::Command(_) => vpcd::send(reader, &NOT_FOUND)?,
        }
    }
    Ok(())
}

fn card(options: &Options, today: Date) -> Result<Card, String> {
    let file = std::fs::read(&options.card).map_err(|why| format!("{}: {why}", options.card.display()))?;
    let card: CardFile =
        serde_json::from_slice(&file).map_err(|why| format!("{}: {why}", options.card.display()))?;
    let holder = person(&card.person).ok_or_else(|| format!("{} is nobody in the demo", card.person))?;
    let content = holder.content(today).map_err(|why| why.to_string())?;
    let root = Certificate::parse(&card.root).map_err(|why| why.to_string())?;
    let root = wrong::root(options.wrong, root, today, &SystemDice)?;
    let keys = wrong::keys(options.wrong, card.keys, today, &SystemDice)?;
    Ok(Card::new(content, keys, vec![root]))
}

fn today() -> Date {
    let now = jiff::Timestamp::from_millisecond(SystemClock.now().0).unwrap_or_default();
    now.to_zoned(TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC)).date()
}

fn say(what: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}").and_then(|()| out.flush()).map_err(|why| format!("standard output: {why}"))
}
