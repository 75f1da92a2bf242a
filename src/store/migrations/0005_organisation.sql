-- Services belong to organisations, whose staff see and change only theirs; what an owner registers waits for the
-- operator before it meets real people.

CREATE TABLE organisation (
  id BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE, created_at INTEGER NOT NULL
) STRICT;

-- Owners without an organisation were never made by any command or page.
DELETE FROM staff WHERE role = 'owner';
DELETE FROM invite WHERE role = 'owner';
ALTER TABLE staff ADD COLUMN organisation BLOB REFERENCES organisation (id) ON DELETE CASCADE;
ALTER TABLE invite ADD COLUMN organisation BLOB REFERENCES organisation (id) ON DELETE CASCADE;
CREATE INDEX staff_by_organisation ON staff (organisation);

-- NULL: the house's own, registered by command.
ALTER TABLE service ADD COLUMN organisation BLOB REFERENCES organisation (id);
-- When an operator first let real people in; NULL: not yet.
ALTER TABLE service ADD COLUMN released_at INTEGER;
-- What its owner wants instead of the registration in force, until an operator allows it; JSON.
ALTER TABLE service ADD COLUMN proposal TEXT;
-- Why an operator gave it back.
ALTER TABLE service ADD COLUMN objection TEXT;
UPDATE service SET released_at = created_at;
CREATE INDEX service_by_organisation ON service (organisation, name);
