-- What has been applied to this file, and by which version of the program.
CREATE TABLE schema_migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    checksum   BLOB    NOT NULL, -- SHA-256 of the text as applied
    applied_at INTEGER NOT NULL, -- milliseconds since 1970
    applied_by TEXT    NOT NULL  -- version; named in the remedy when an older program meets this file
) STRICT;

-- INTEGER, TEXT and BLOB only; times in milliseconds since 1970; ids 16 bytes; JSON is text which SQL never reads.

CREATE TABLE setting (
  name TEXT PRIMARY KEY, value TEXT NOT NULL, changed_at INTEGER NOT NULL
) STRICT;

-- Secrets of the appliance itself, sealed by the appliance key.
CREATE TABLE appliance_secret (
  name TEXT PRIMARY KEY, sealed BLOB NOT NULL, created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE signing_key (
  kid TEXT PRIMARY KEY, alg TEXT NOT NULL, state TEXT NOT NULL, sealed BLOB NOT NULL, created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX signing_key_by_alg ON signing_key (alg, state, created_at);

CREATE TABLE authority (
  name TEXT PRIMARY KEY, certificate BLOB NOT NULL, sealed BLOB, created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE service (
  id BLOB PRIMARY KEY, name TEXT NOT NULL, active INTEGER NOT NULL, registration TEXT NOT NULL,
  version INTEGER NOT NULL, created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE person (
  id BLOB PRIMARY KEY, user_handle BLOB NOT NULL UNIQUE, state TEXT NOT NULL, demo INTEGER NOT NULL,
  wrapped_key BLOB NOT NULL, sealed_source BLOB NOT NULL, created_at INTEGER NOT NULL
) STRICT;

-- One row per attribute, sealed by the person's key.
CREATE TABLE attribute (
  person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  name TEXT NOT NULL, sealed BLOB NOT NULL, check_id BLOB NOT NULL,
  PRIMARY KEY (person, name)
) STRICT;

-- Provenance: every check that succeeded; never the data it read.
CREATE TABLE identity_record (
  id BLOB PRIMARY KEY, person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  method TEXT NOT NULL, at INTEGER NOT NULL, document_expires_at INTEGER,
  provider TEXT NOT NULL, transaction_id TEXT NOT NULL, demo INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_record_by_person ON identity_record (person, at);

-- A card's pseudonym, as keyed hash: names the card, leads to the person.
CREATE TABLE card (
  pseudonym_hash BLOB PRIMARY KEY, person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  added_at INTEGER NOT NULL
) STRICT;
CREATE INDEX card_by_person ON card (person);

CREATE TABLE staff (
  id BLOB PRIMARY KEY, user_handle BLOB NOT NULL UNIQUE, role TEXT NOT NULL, name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE invite (
  id BLOB PRIMARY KEY, secret_hash BLOB NOT NULL, role TEXT NOT NULL,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
) STRICT;

CREATE TABLE passkey (
  id BLOB PRIMARY KEY,
  person BLOB REFERENCES person (id) ON DELETE CASCADE,
  staff BLOB REFERENCES staff (id) ON DELETE CASCADE,
  credential_id BLOB NOT NULL UNIQUE, credential BLOB NOT NULL, name TEXT NOT NULL, aaguid BLOB,
  transports TEXT NOT NULL, backup_eligible INTEGER NOT NULL, backup_state INTEGER NOT NULL,
  user_verified INTEGER NOT NULL, attestation TEXT NOT NULL, registered_level TEXT NOT NULL, state TEXT NOT NULL,
  uses INTEGER NOT NULL, created_at INTEGER NOT NULL, last_used_at INTEGER,
  CHECK ((person IS NULL) <> (staff IS NULL))
) STRICT;
CREATE INDEX passkey_by_person ON passkey (person);
CREATE INDEX passkey_by_staff ON passkey (staff);

CREATE TABLE binding (
  id BLOB PRIMARY KEY, person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  passkey BLOB NOT NULL, statement TEXT NOT NULL, issued_at INTEGER NOT NULL
) STRICT;
CREATE INDEX binding_by_passkey ON binding (passkey);

-- Outlives the person and the device: a bare id, so that a verifier learns of it.
CREATE TABLE revoked_binding (
  id BLOB PRIMARY KEY, revoked_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
  cookie_hash BLOB PRIMARY KEY, id BLOB NOT NULL UNIQUE,
  person BLOB REFERENCES person (id) ON DELETE CASCADE,
  staff BLOB REFERENCES staff (id) ON DELETE CASCADE,
  means TEXT NOT NULL, level TEXT NOT NULL,
  authenticated_at INTEGER NOT NULL, seen_at INTEGER NOT NULL, ends_at INTEGER NOT NULL,
  CHECK ((person IS NULL) <> (staff IS NULL))
) STRICT;
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_staff ON session (staff);
CREATE INDEX session_by_end ON session (ends_at);

CREATE TABLE sign_in (
  id BLOB PRIMARY KEY, browser_hash BLOB NOT NULL,
  service BLOB REFERENCES service (id) ON DELETE CASCADE,
  door TEXT, return_address TEXT, ask TEXT, needs TEXT NOT NULL,
  stage TEXT NOT NULL, proof TEXT, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_by_end ON sign_in (expires_at);

-- WebAuthn between options and answer: used once, then gone.
CREATE TABLE ceremony (
  id BLOB PRIMARY KEY, kind TEXT NOT NULL, subject BLOB NOT NULL, browser_hash BLOB NOT NULL,
  state TEXT NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX ceremony_by_end ON ceremony (expires_at);
CREATE INDEX ceremony_by_browser ON ceremony (browser_hash, kind, expires_at);

CREATE TABLE identity_check (
  id BLOB PRIMARY KEY, sign_in BLOB NOT NULL REFERENCES sign_in (id) ON DELETE CASCADE,
  browser_hash BLOB NOT NULL, purpose TEXT NOT NULL, stage TEXT NOT NULL,
  person BLOB, refused TEXT, sealed_result BLOB, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX identity_check_by_sign_in ON identity_check (sign_in);
CREATE INDEX identity_check_by_end ON identity_check (expires_at);

CREATE TABLE demo_card (
  name TEXT PRIMARY KEY, tries_left INTEGER NOT NULL
) STRICT;

CREATE TABLE consent (
  person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  service BLOB NOT NULL REFERENCES service (id) ON DELETE CASCADE,
  data TEXT NOT NULL, remembered INTEGER NOT NULL, given_at INTEGER NOT NULL, told_at INTEGER NOT NULL,
  PRIMARY KEY (person, service)
) STRICT;

-- What a service was granted in one login: the family of its tokens.
CREATE TABLE service_grant (
  id BLOB PRIMARY KEY,
  service BLOB NOT NULL REFERENCES service (id) ON DELETE CASCADE,
  person BLOB NOT NULL REFERENCES person (id) ON DELETE CASCADE,
  session BLOB NOT NULL, facts TEXT NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX service_grant_by_person ON service_grant (person, service);
CREATE INDEX service_grant_by_service ON service_grant (service);
CREATE INDEX service_grant_by_session ON service_grant (session);
CREATE INDEX service_grant_by_end ON service_grant (expires_at);

CREATE TABLE code (
  hash BLOB PRIMARY KEY, grant_id BLOB NOT NULL REFERENCES service_grant (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL, used_at INTEGER
) STRICT;
CREATE INDEX code_by_grant ON code (grant_id);

CREATE TABLE access_token (
  hash BLOB PRIMARY KEY, grant_id BLOB NOT NULL REFERENCES service_grant (id) ON DELETE CASCADE,
  scope TEXT NOT NULL, issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX access_token_by_grant ON access_token (grant_id);
CREATE INDEX access_token_by_end ON access_token (expires_at);

CREATE TABLE refresh_token (
  hash BLOB PRIMARY KEY, grant_id BLOB NOT NULL REFERENCES service_grant (id) ON DELETE CASCADE,
  issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER
) STRICT;
CREATE INDEX refresh_token_by_grant ON refresh_token (grant_id);

CREATE TABLE audit (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, event TEXT NOT NULL, actor TEXT NOT NULL,
  person BLOB, service BLOB, detail TEXT NOT NULL, hash BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_person ON audit (person, number);

CREATE TABLE audit_checkpoint (
  number INTEGER PRIMARY KEY, at INTEGER NOT NULL, hash BLOB NOT NULL, statement TEXT NOT NULL
) STRICT;
