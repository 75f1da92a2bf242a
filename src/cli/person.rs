//! `torhaus person`: people, without personal data unless asked, and then audited.

use super::Where;
use super::out::{Failure, json, line};
use crate::app::people;
use crate::domain::audit::{Actor, Entry, Event};
use crate::domain::id::PersonId;
use crate::domain::person::{Person, PersonState};
use crate::http::Appliance;
use crate::store::{self, Fault};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Subcommand)]
pub enum Command {
    /// List people: ids and states, nothing personal.
    List {
        #[command(flatten)]
        place: Where,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a person.
    Show {
        #[command(flatten)]
        place: Where,
        /// Their id.
        person: String,
        /// Also what the document says; written into the audit.
        #[arg(long)]
        reveal: bool,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Block a person: nothing opens, nothing is lost.
    Block {
        #[command(flatten)]
        place: Where,
        /// Their id.
        person: String,
        /// Release them instead.
        #[arg(long)]
        release: bool,
    },
    /// Write everything stored about a person; written into the audit.
    Export {
        #[command(flatten)]
        place: Where,
        /// Their id.
        person: String,
        /// You know that this shows personal data.
        #[arg(long)]
        reveal: bool,
        /// Where to; stdout without it.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Delete a person for good.
    Delete {
        #[command(flatten)]
        place: Where,
        /// Their id.
        person: String,
        /// You know that this can not be undone.
        #[arg(long)]
        yes: bool,
    },
}

impl Command {
    pub(super) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List { place, json } => list(&place, json),
            Self::Show { place, person, reveal, json: as_json } => show(&place, &person, reveal, as_json),
            Self::Block { place, person, release } => block(&place, &person, release),
            Self::Export { place, person, reveal, out } => export(&place, &person, reveal, out),
            Self::Delete { place, person, yes } => delete(&place, &person, yes),
        }
    }
}

fn find(text: &str, app: &Appliance) -> Result<Person, Failure> {
    let id = PersonId::parse(text).map_err(|_wrong| {
        Failure::Use(format!("{text:?} is not a person's id; see `torhaus person list`"))
    })?;
    let found = app.store.read(|db| store::person::by_id(id, db))?;
    found.ok_or_else(|| Failure::Failed(format!("there is no person {text}; see `torhaus person list`")))
}

fn described(person: &Person) -> serde_json::Value {
    serde_json::json!({
        "id": person.id,
        "state": person.state.name(),
        "demo": person.demo,
        "created": person.created.as_seconds(),
    })
}

fn list(place: &Where, as_json: bool) -> Result<(), Failure> {
    let house = place.open()?;
    let mut all = Vec::new();
    let mut after = None;
    loop {
        let page = house.appliance.store.read(|db| store::person::page(after, 1000, db))?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        if as_json {
            all.extend(page.iter().map(described));
        } else {
            for person in &page {
                let demo = if person.demo { "  demo" } else { "" };
                line(&format!("{}  {}{demo}", person.id, person.state.name()));
            }
        }
    }
    if as_json {
        json(&all);
    }
    Ok(())
}

fn show(place: &Where, person: &str, reveal: bool, as_json: bool) -> Result<(), Failure> {
    let house = place.open()?;
    let app = &house.appliance;
    let person = find(person, app)?;
    let mut out = described(&person);
    if reveal {
        note(app, &person, Event::PersonRevealed)?;
        out["identity"] = serde_json::to_value(people::identity(person.id, app)?).unwrap_or_default();
    }
    if as_json {
        json(&out);
    } else {
        line(&serde_json::to_string_pretty(&out).unwrap_or_default());
    }
    Ok(())
}

fn note(app: &Appliance, person: &Person, event: Event) -> Result<(), Fault> {
    let id = person.id;
    app.store.write_blocking(app.now().0, move |db| {
        store::audit::append(&Entry::new(event, Actor::Command).about(id), db)
    })
}

fn block(place: &Where, person: &str, release: bool) -> Result<(), Failure> {
    let house = place.open()?;
    let app = &house.appliance;
    let person = find(person, app)?;
    let to = if release { PersonState::Active } else { PersonState::Blocked };
    if person.state == to {
        line(&format!("{} is {} already", person.id, to.name()));
        return Ok(());
    }
    let id = person.id;
    let done = app
        .store
        .write_blocking(app.now().0, move |db| people::set_state(&person, to, Actor::Command, db))?;
    if !done {
        return Err(Failure::Failed("somebody else changed this person in between; try again".to_owned()));
    }
    line(&format!("{id} is {}", to.name()));
    Ok(())
}

fn export(place: &Where, person: &str, reveal: bool, out: Option<PathBuf>) -> Result<(), Failure> {
    if !reveal {
        return Err(Failure::Use(
            "an export shows personal data; say --reveal (it is written into the audit)".into(),
        ));
    }
    let house = place.open()?;
    let app = &house.appliance;
    let person = find(person, app)?;
    note(app, &person, Event::PersonRevealed)?;
    let everything = people::export(person.id, app)?;
    let text = serde_json::to_string_pretty(&everything).unwrap_or_default();
    match out {
        None => line(&text),
        Some(file) => people::write_private(&file, text.as_bytes())
            .map_err(|why| Failure::Failed(format!("{}: {why}", file.display())))?,
    }
    Ok(())
}

fn delete(place: &Where, person: &str, yes: bool) -> Result<(), Failure> {
    if !yes {
        return Err(Failure::Use("deleting can not be undone; say --yes".to_owned()));
    }
    let house = place.open()?;
    let app = &house.appliance;
    let id = find(person, app)?.id;
    let left = people::leaving(id, None, app)?;
    app.store.write_blocking(app.now().0, move |db| people::delete(id, Actor::Command, &left, db))?;
    line(&format!("deleted {id}"));
    if app.store.settle_blocking().is_err() {
        // Closing the store tries once more; a running server clears its log every hour in any case.
        line("the database's log is in use: its old pages are cleared within an hour while the server runs");
    }
    Ok(())
}
