-- Cards are read for others as well (TR-03130-1, the server's end): what a customer's session is asked for by, and which
-- signed requests came already.

CREATE TABLE eid_customer_session (
  session BLOB PRIMARY KEY REFERENCES eid_session (id) ON DELETE CASCADE,
  result_hash BLOB NOT NULL UNIQUE,     -- SHA-256 of Session/ID, which is a bearer for the result
  counter INTEGER NOT NULL,             -- the latest RequestCounter; 0 before the first
  sealed BLOB NOT NULL
) STRICT;
CREATE INDEX eid_session_by_customer ON eid_session (customer);

CREATE TABLE eid_customer_message (
  hash BLOB PRIMARY KEY,                -- SHA-256 of what was signed
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX eid_customer_message_by_end ON eid_customer_message (expires_at);
