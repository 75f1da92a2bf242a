//! The pages people see. Floor 4: shows what the protocol rooms and the store know; decides nothing.
//!
//! How a page is made:
//! * its struct stands in `web/<who>/<page>.rs`, its template in `templates/<who>/<page>.html`; the struct
//!   carries a [`page::Chrome`] in the field `chrome` and only what is shown, every address as a field;
//! * it implements [`page::Page`] with samples of all its variants and is added in [`gallery()`];
//! * the template extends `layout/citizen.html` (blocks `title`, `scripts`, `scene`, `gate`, `after`) or
//!   `layout/desk.html` (blocks `title`, `part`, `nav`, `content`) and imports `parts/macros.html`;
//! * every word is `chrome.t(…)` with a literal key from `templates/text/*.txt`, in all languages; in Rust
//!   too, keys stand as literals in a call of `t`, `t1`, `t2`, `t3` or `tn`, so that the tests find them;
//! * a handler answers with [`page::html`].
//!
//! Absent on purpose: inline styles and scripts (the CSP forbids them), a framework, a bundler, any
//! address of another host.

pub mod account;
pub mod api;
pub mod assets;
pub(crate) mod card_undo;
pub mod ceremony;
pub mod citizen;
pub mod counter;
pub mod dates;
pub(crate) mod desk;
pub(crate) mod doors;
pub mod frame;
pub mod gallery;
pub mod language;
pub mod operator;
pub mod owner;
pub mod page;
pub mod people;
pub mod public;
pub(crate) mod qr;
pub(crate) mod service_change;
#[cfg(test)]
mod tests;
pub mod text;
pub mod visit;
pub(crate) mod words;

pub use gallery::gallery;
