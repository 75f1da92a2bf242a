//! Stories of residents, told from the first click to the answer.

mod consent;
mod first_visit;
mod keys;
mod levels;
mod new_card;
mod new_card_review;
mod running;
mod shared;
mod stopped;

const HIGH: &str = "http://eidas.europa.eu/LoA/high";
const LOW: &str = "http://eidas.europa.eu/LoA/low";
