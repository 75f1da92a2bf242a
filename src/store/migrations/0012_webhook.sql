-- Webhooks of organisations, and what they are still to be told. A message is queued in the write that it tells of.
CREATE TABLE webhook (
  id BLOB PRIMARY KEY,
  organisation BLOB NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
  url TEXT NOT NULL, happenings TEXT NOT NULL, -- names with blanks between them
  state TEXT NOT NULL, failing_since INTEGER,
  sealed_secret BLOB NOT NULL, former_secret BLOB, former_until INTEGER,
  created_at INTEGER NOT NULL, version INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_by_organisation ON webhook (organisation, created_at);

CREATE TABLE webhook_message (
  id BLOB PRIMARY KEY,
  webhook BLOB NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  happening TEXT NOT NULL, body TEXT NOT NULL, made_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL, next_at INTEGER, -- NULL: over
  claimed_until INTEGER NOT NULL,
  status INTEGER, trouble TEXT, tried_at INTEGER
) STRICT;
CREATE INDEX webhook_message_by_webhook ON webhook_message (webhook, made_at);
CREATE INDEX webhook_message_by_next ON webhook_message (next_at);
CREATE INDEX webhook_message_by_age ON webhook_message (made_at);
