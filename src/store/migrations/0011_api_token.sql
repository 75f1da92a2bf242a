-- Tokens of the API: the hash is all that is kept of the text. They go with their maker and with the organisation.
CREATE TABLE api_token (
  id BLOB PRIMARY KEY, hash BLOB NOT NULL UNIQUE,
  organisation BLOB NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  name TEXT NOT NULL, scopes TEXT NOT NULL, -- names with blanks between them
  made_by BLOB NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, last_used_at INTEGER
) STRICT;
CREATE INDEX api_token_by_organisation ON api_token (organisation, created_at);
CREATE INDEX api_token_by_maker ON api_token (made_by);
CREATE INDEX api_token_by_end ON api_token (expires_at);
