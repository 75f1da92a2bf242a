-- A trial: a service's owner logs made-up people in and sees what happens. All of it goes with the owner's session.

CREATE TABLE trial (
  id BLOB PRIMARY KEY,
  service BLOB NOT NULL REFERENCES service (id) ON DELETE CASCADE,
  session BLOB NOT NULL REFERENCES session (id) ON DELETE CASCADE, -- of the member of staff
  browser_hash BLOB NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  UNIQUE (service, session)
) STRICT;
CREATE INDEX trial_by_session ON trial (session);
CREATE INDEX trial_by_browser ON trial (browser_hash);
CREATE INDEX trial_by_end ON trial (expires_at);

-- What happened in it, in order; JSON.
CREATE TABLE trial_step (
  trial BLOB NOT NULL REFERENCES trial (id) ON DELETE CASCADE,
  number INTEGER NOT NULL, at INTEGER NOT NULL, step TEXT NOT NULL,
  PRIMARY KEY (trial, number)
) STRICT;

-- Until when a trial may be open: a service without one costs no look for it.
ALTER TABLE service ADD COLUMN trial_until INTEGER;
-- Made up for a trial.
ALTER TABLE person ADD COLUMN trial BLOB REFERENCES trial (id) ON DELETE CASCADE;
CREATE INDEX person_by_trial ON person (trial) WHERE trial IS NOT NULL;
ALTER TABLE sign_in ADD COLUMN trial BLOB REFERENCES trial (id) ON DELETE CASCADE;
CREATE INDEX sign_in_by_trial ON sign_in (trial) WHERE trial IS NOT NULL;
