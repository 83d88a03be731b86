-- Work that outlives the request that asked for it, and uploads that arrive in pieces.
-- `…_ns`: nanoseconds since 1970.

-- `available_ns`: when the job may be leased: while it waits, and while it is leased until the lease ends; absent when
-- it is finished.
CREATE TABLE jobs (
    tenant_id     TEXT    NOT NULL,
    queue         TEXT    NOT NULL,
    name          TEXT    NOT NULL,
    payload       TEXT    NOT NULL,
    created_ns    INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    available_ns  INTEGER,
    lease         BLOB,
    result        TEXT,
    keep_until_ns INTEGER,
    PRIMARY KEY (tenant_id, queue, name),
    CHECK ((available_ns IS NULL) = (result IS NOT NULL)),
    CHECK ((result IS NULL) = (keep_until_ns IS NULL)),
    CHECK (lease IS NULL OR available_ns IS NOT NULL)
) STRICT;

CREATE INDEX jobs_available ON jobs (queue, available_ns) WHERE available_ns IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (keep_until_ns) WHERE keep_until_ns IS NOT NULL;

CREATE TABLE uploads (
    tenant_id  TEXT    NOT NULL,
    upload_id  BLOB    NOT NULL,
    version    INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    PRIMARY KEY (tenant_id, upload_id)
) STRICT;

CREATE INDEX uploads_by_expiry ON uploads (expires_ns);
