-- The decision log. `record` is the whole record but for its sequence; the other columns repeat what it is searched by.
-- There are few indexes, because the log grows with every decision. `time_ns`: nanoseconds since 1970.

-- Number of each tenant's newest record. An append holds its tenants' rows until it is committed, so that records
-- become visible in their order and without gaps, whichever replica writes them.
CREATE TABLE decision_counters (
    tenant_id uuid   NOT NULL PRIMARY KEY,
    latest    bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE decisions (
    tenant_id        uuid   NOT NULL,
    sequence         bigint NOT NULL,
    time_ns          bigint NOT NULL,
    operation        text   NOT NULL,
    outcome          text   NOT NULL,
    user_id          uuid,
    application_id   text   COLLATE "C",
    application_name text   COLLATE "C",
    label_before     uuid,
    label_after      uuid,
    record           text   NOT NULL,
    PRIMARY KEY (tenant_id, sequence)
);

CREATE INDEX decisions_by_time ON decisions (tenant_id, time_ns, sequence);
CREATE INDEX decisions_by_user ON decisions (tenant_id, user_id, sequence) WHERE user_id IS NOT NULL;
