-- Identification at the desk: what a document says, sealed, until a second clerk has confirmed it and, for somebody new,
-- until the account is made. The number of the document is a keyed hash.
CREATE TABLE desk_identification (
  id BLOB PRIMARY KEY,
  person BLOB REFERENCES person (id) ON DELETE CASCADE, -- NULL: nobody yet
  stage TEXT NOT NULL,
  more TEXT, -- how the code was handed over, or why not
  asked_by BLOB NOT NULL, asked_at INTEGER NOT NULL,
  decided_by BLOB, decided_at INTEGER,
  document_kind TEXT NOT NULL, document_hash BLOB NOT NULL, document_expires_at INTEGER NOT NULL,
  examined TEXT NOT NULL, -- names with blanks between them
  sealed BLOB, -- until it is confirmed (somebody known) or redeemed (somebody new)
  code_hash BLOB UNIQUE, code_expires_at INTEGER, tries_left INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX desk_identification_by_person ON desk_identification (person);
CREATE INDEX desk_identification_by_document ON desk_identification (document_hash);
CREATE INDEX desk_identification_by_stage ON desk_identification (stage, asked_at);
CREATE INDEX desk_identification_by_end ON desk_identification (expires_at);

-- A check that came from the desk: a bare id, the identification may be forgotten before it.
ALTER TABLE identity_check ADD COLUMN identification BLOB;
