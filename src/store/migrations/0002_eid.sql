-- One online authentication with a card, from the TC token to the result. Nothing of it outlives its end: the row goes
-- when the result was handed over, or when its time is up.
CREATE TABLE eid_session (
  id BLOB PRIMARY KEY,
  identifier_hash BLOB NOT NULL UNIQUE, -- SHA-256 of the SessionIdentifier, which is a bearer
  message_hash BLOB UNIQUE,             -- SHA-256 of the MessageID that waits for its answer
  once_hash BLOB NOT NULL,              -- SHA-256 of the one-time value in the address the browser comes back to
  check_id BLOB REFERENCES identity_check (id) ON DELETE CASCADE,
  customer TEXT,                        -- for whom else, if not for a check of this house
  stage TEXT NOT NULL, version INTEGER NOT NULL,
  sealed BLOB NOT NULL, expires_at INTEGER NOT NULL,
  CHECK ((check_id IS NULL) <> (customer IS NULL))
) STRICT;
CREATE INDEX eid_session_by_check ON eid_session (check_id);
CREATE INDEX eid_session_by_end ON eid_session (expires_at);
