-- The decision log. `record` is the whole record but for its sequence; the other columns repeat what it is searched by.
-- Ids are 16 bytes each and there are few indexes, because the log grows with every decision.
-- `time_ns`: nanoseconds since 1970.

CREATE TABLE decisions (
    tenant_id        BLOB    NOT NULL,
    sequence         INTEGER NOT NULL,
    time_ns          INTEGER NOT NULL,
    operation        TEXT    NOT NULL,
    outcome          TEXT    NOT NULL,
    user_id          BLOB,
    application_id   TEXT,
    application_name TEXT,
    label_before     BLOB,
    label_after      BLOB,
    record           TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, sequence)
) STRICT;

CREATE INDEX decisions_by_time ON decisions (tenant_id, time_ns, sequence);
CREATE INDEX decisions_by_user ON decisions (tenant_id, user_id, sequence) WHERE user_id IS NOT NULL;
