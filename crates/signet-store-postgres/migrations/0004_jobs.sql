-- Work that outlives the request that asked for it, and uploads that arrive in pieces.
-- `…_ns`: nanoseconds since 1970.

-- `available_ns`: when the job may be leased: while it waits, and while it is leased until the lease ends; absent when
-- it is finished.
CREATE TABLE jobs (
    tenant_id     uuid   NOT NULL,
    queue         text   NOT NULL COLLATE "C",
    name          text   NOT NULL COLLATE "C",
    payload       text   NOT NULL,
    created_ns    bigint NOT NULL,
    attempts      bigint NOT NULL,
    available_ns  bigint,
    lease         uuid,
    result        text,
    keep_until_ns bigint,
    PRIMARY KEY (tenant_id, queue, name),
    CHECK ((available_ns IS NULL) = (result IS NOT NULL)),
    CHECK ((result IS NULL) = (keep_until_ns IS NULL)),
    CHECK (lease IS NULL OR available_ns IS NOT NULL)
);

CREATE INDEX jobs_available ON jobs (queue, available_ns) WHERE available_ns IS NOT NULL;
CREATE INDEX jobs_finished ON jobs (keep_until_ns) WHERE keep_until_ns IS NOT NULL;

CREATE TABLE uploads (
    tenant_id  uuid   NOT NULL,
    upload_id  uuid   NOT NULL,
    version    bigint NOT NULL,
    expires_ns bigint NOT NULL,
    state      text   NOT NULL,
    PRIMARY KEY (tenant_id, upload_id)
);

CREATE INDEX uploads_by_expiry ON uploads (expires_ns);
