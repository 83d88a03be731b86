-- The decision log. `record` is the whole record but for its sequence; the other columns repeat what it is
-- searched by.
-- `time_ns`: nanoseconds since 1970.

CREATE TABLE decisions (
    tenant_id        TEXT    NOT NULL,
    sequence         INTEGER NOT NULL,
    record_id        TEXT    NOT NULL,
    time_ns          INTEGER NOT NULL,
    operation        TEXT    NOT NULL,
    outcome          TEXT    NOT NULL,
    user_id          TEXT,
    application_id   TEXT,
    application_name TEXT,
    label_before     TEXT,
    label_after      TEXT,
    record           TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, sequence)
) STRICT;

CREATE UNIQUE INDEX decisions_by_record ON decisions (tenant_id, record_id);
CREATE INDEX decisions_by_time ON decisions (tenant_id, time_ns, sequence);
CREATE INDEX decisions_by_user ON decisions (tenant_id, user_id, sequence) WHERE user_id IS NOT NULL;
