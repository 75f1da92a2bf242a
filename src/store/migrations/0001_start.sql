-- What has been applied to this file, and by which version of the program.
CREATE TABLE schema_migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    checksum   BLOB    NOT NULL, -- SHA-256 of the text as applied
    applied_at INTEGER NOT NULL, -- milliseconds since 1970
    applied_by TEXT    NOT NULL  -- version; named in the remedy when an older program meets this file
) STRICT;
