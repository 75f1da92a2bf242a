//! Torhaus, the gatehouse of a small city: a person proves who they are once with an eID and from then on with a key in
//! their phone; services ask through OpenID Connect. One crate, one program, one SQLite file. This page is the map.
//!
//! # Floors
//!
//! Imports go down only. The compiler does not guard this inside a crate, so `tests/tidy.rs` does.
//!
//! ```text
//! 6  main.rs  cli                        the operator's commands
//! 5  app                                 wiring: data directory, boot, router, server, rounds, rotation
//! 4  web                                 the pages people see
//! 3  oidc  eid  passkey  ca  webhook     protocols; none imports another
//! 2  http                                browser, cookies, CSRF, parameters, limits, trouble
//! 1  store                               reads and writes of the nouns; sealed rows
//! 0  domain  paths                       nouns and their rules; every address
//!    jose  seal  cvc  xml                crafts with their own test vectors; import nothing of ours
//!    demo                                three services as strangers: HTTP is all they know of the house
//! ```
//!
//! * actix is named by `http`, `web`, `app`, `demo` and the `endpoints` of a protocol; rusqlite by `store::engine`.
//! * Clock and randomness are read in [`app::clock`] and nowhere else: `now` and [`domain::dice::Dice`] are arguments.
//! * Every address is in [`paths`], every route in [`app::router`]. A template belongs to one Rust file of the same stem.
//! * Each room opens with a card: what lives there, by which standard, what is absent on purpose.
//!
//! # The test of the layout
//!
//! The central noun is [`domain::sign_in::SignIn`]: *someone asks* → *a person proves* → *the person agrees* → *we answer*.
//! It knows no protocol. A new way to prove (a device key, a wallet) touches no way to ask, and a new way to ask (SAML)
//! touches no way to prove. What a protocol must remember of its request travels through the sign-in as a text that
//! nobody else reads.
//!
//! # The way of a request
//!
//! ```text
//! GET /authorize   oidc::endpoints → request: parse → authorize: admit
//!                  before a ReturnAddress exists every error is our own page; once it exists, every refusal
//!                  travels back through it. Only Service::return_address makes one.
//! 303 /sign-in/…   a row, bound to the browser that opened it; dies after ten minutes; limited per address
//! GET /sign-in/…   web::citizen shows the one next step:
//!                    passkey         options (a ceremony row) → the authenticator's answer → proof
//!                    eid             a check row → the holder's program reads the card at our eID-Server (lab) or at a
//!                                    rented eID service → settle: a known card, a new one or refused
//!                    new card        an account is made, or it is linked: by a key, a transfer code, a clerk
//!                    new person      key made in the same session; account, key, binding, login: one write
//!                  each proof is assessed (domain::assurance) anew against what the service needs
//! POST consent     exactly the data asked for → oidc::answer: a code, bound to service, address and challenge
//! POST /token      client authentication → one write: redeem → signatures outside of the write → JSON
//! ```
//!
//! A handler takes the visit or the appliance and its parsed input. It reads, draws what is random, gives the store one
//! job, and shows or redirects. A *refusal* (the protocol says no) is an enum per act, matched once to wire codes; a
//! *mistake* (a person typed something) is the same page again; a *fault* (we are broken) is logged once with an incident
//! number, which is all the page shows.
//!
//! # The store
//!
//! * One writer thread commits jobs in groups; `Ok` is heard after the disk has it. A job is synchronous and repeatable:
//!   nothing is awaited, signed or fetched while the lock is held. A job that errs rolls back alone.
//! * `&Read` or `&Write` in a signature says whether a function can change anything.
//! * A change of stage is guarded in SQL by the stage that was seen: of two at once one hears `false`.
//! * Commands are processes of their own on the same file. A server sees what they wrote at once, because nothing that a
//!   row says is kept in memory but the signing keys (looked for again when one is missing, else every second), the
//!   appliance key (looked for again when something does not open), the town's settings (every second), and the
//!   signer and TLS certificate which the rounds renew; and counts of uses, which the rounds write down.
//!
//! # Keys
//!
//! ```text
//! appliance.key (file, 0600)  seals the secrets, signing keys and authorities in the store, wraps
//! └ a key per person (row)    seals each attribute, bound to table, row and column
//! ```
//!
//! Deleting a person deletes their key: what backups still hold is noise. What must be found is found by keyed hash.
//! Bearer secrets (codes, tokens, cookies, invitations, client secrets) are kept as hashes only.
//!
//! # Invariants
//!
//! 1. An account exists only with an identity check *and* a key; both come in one write.
//! 2. The level of a login is the weaker of identity and authenticator; `high` only with an eID read in this very login.
//! 3. A key never gives more than the level of the session in which it was made.
//! 4. A card names itself, its account belongs to the person: one card counts, a replaced or removed one opens nothing
//!    and makes no second account. Nothing is linked by data alone without a clerk.
//! 5. A card is read for the browser that began: it comes back with its cookie and a one-time value which only the
//!    holder's program was told. What was read waits sealed, and goes when it is handed over.
//! 6. A code works once, for the service, address and verifier it was made for; a second use revokes what the first gave.
//!    A refresh token that comes back twice ends its family.
//! 7. A service sees its own pseudonym and what the person agreed to, nothing else of them; the source number never
//!    leaves the house.
//! 8. Every act that matters is a row of the audit in the same transaction, chained by hash and signed now and then; never
//!    with personal data in it.
//! 9. A demo is a demo for ever, and a real house opens neither demo cards nor demo people, nor reads test cards.
//! 10. Whoever is made up for a trial exists in it alone: no cookie, no door of ours, no count, no other service; and no
//!     real person takes part in one. A service that no operator has let in knows nobody else.
//! 11. No answer tells whether an account exists. No page names an origin but the configured one: Host is not asked.
//! 12. Nobody is identified at the desk by one clerk alone, and a code from there makes one key, for whoever knows the birth
//!     date; taken home it gives no more than `low`.
//! 13. A token of the API does what its maker may do and its scopes say, for one organisation, and ends with its maker.
//! 14. A command that refuses changes nothing, names the value and the remedy, and exits 1 (failed) or 2 (wrong use).
//!
//! # Absent on purpose
//!
//! Passwords, e-mail and SMS codes, security questions, remembered devices · "first visitor becomes operator" · a second
//! server, cache or queue · global state: two houses fit in one process · SQL outside `store`, an ORM, repository traits ·
//! plugins and feature flags · wildcards in redirect addresses, the implicit and password grants, `alg: none`, shared-key
//! signatures · front-end frameworks, inline scripts, anything from another origin · telemetry.
//!
//! # Words
//!
//! | Word | Means |
//! |---|---|
//! | house, appliance | one installation with its data directory; [`http::Appliance`] is what handlers hold of it |
//! | service | what people log in to: a relying party, a client |
//! | person, resident | whose identity was checked |
//! | staff, operator | who runs the house; comes in by invitation, with a key of their own |
//! | clerk | helps at the counter: finds people by name and birth date, blocks and releases, identifies at the desk |
//! | identification | a document that one clerk wrote down and another confirmed ([`domain::desk`]) |
//! | enrolment code | what the desk hands out, to make one key with |
//! | identity check | one reading of a document, with method, level, time and provenance |
//! | card | what an identity check reads: leads to a person, but is not the person |
//! | holder's program | the eID-Client of TR-03124, AusweisApp for most people: asks for consent and PIN, reads the card |
//! | lab | a test PKI of a demo, in place of the country's: root, document verifier, terminal, document signer |
//! | transfer code | made beforehand, on paper: links a new card whose data fit |
//! | review | a clerk's comparison of an account and a new card |
//! | proof | what a person showed in a sign-in, with the level it reached and why not a higher one |
//! | passkey | a WebAuthn credential; a *bound* one cannot be copied |
//! | person binding | a signed statement that a check and a key belong together; verifiable without us |
//! | pseudonym | the `sub` which one service (or sector) sees |
//! | trial | an owner logs made-up people in to their service, within one browser, and sees each step |
//! | use | how requests to log in to a service ended, counted by the hour |
//! | door | one of our own pages that asks for a login: account, operator, services, counter |
//! | checkpoint | a signature under the audit's hash chain so far |
//! | boot file | `torhaus.toml`: what must be known before the store is open; all else is a row |

pub mod app;
pub mod ca;
pub mod cli;
pub mod cvc;
pub mod demo;
pub mod domain;
pub mod eid;
pub mod http;
pub mod jose;
pub mod oidc;
pub mod passkey;
pub mod paths;
pub mod seal;
pub mod store;
pub mod web;
pub mod webhook;
pub mod xml;
