-- Tenants, every revision of each, and the order of all changes.
-- Wide columns come last, so that reading the others does not touch their pages.

CREATE TABLE tenants (
    tenant_id    TEXT    NOT NULL PRIMARY KEY,
    revision     INTEGER NOT NULL,
    short_name   TEXT,
    display_name TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revisions (
    tenant_id  TEXT    NOT NULL REFERENCES tenants (tenant_id),
    revision   INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    author     TEXT    NOT NULL,
    note       TEXT,
    document   TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, revision)
) STRICT;

CREATE TABLE changes (
    position   INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant_id  TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    FOREIGN KEY (tenant_id, revision) REFERENCES revisions (tenant_id, revision)
) STRICT;
