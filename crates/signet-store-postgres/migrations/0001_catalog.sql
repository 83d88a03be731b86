-- Tenants, every revision of each, and the order of all changes.

CREATE TABLE tenants (
    tenant_id    uuid   NOT NULL PRIMARY KEY,
    revision     bigint NOT NULL,
    short_name   text,
    display_name text   NOT NULL
);

-- `created_at` is RFC 3339 text, since PostgreSQL keeps no nanoseconds.
CREATE TABLE revisions (
    tenant_id  uuid   NOT NULL REFERENCES tenants (tenant_id),
    revision   bigint NOT NULL,
    created_at text   NOT NULL,
    author     text   NOT NULL,
    note       text,
    document   text   NOT NULL,
    PRIMARY KEY (tenant_id, revision)
);

-- One row. Every change takes its position from here and holds the row until it is committed, so that positions become
-- visible in their order and without gaps, which those of a sequence would not.
CREATE TABLE change_counter (
    only_row boolean NOT NULL PRIMARY KEY CHECK (only_row),
    position bigint  NOT NULL
);

CREATE TABLE changes (
    position   bigint NOT NULL PRIMARY KEY,
    tenant_id  uuid   NOT NULL,
    revision   bigint NOT NULL,
    created_at text   NOT NULL,
    FOREIGN KEY (tenant_id, revision) REFERENCES revisions (tenant_id, revision)
);
