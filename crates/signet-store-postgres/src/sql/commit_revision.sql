WITH advanced AS (
    -- Only from the revision the change was compared with; nothing follows when somebody else was faster.
    INSERT INTO tenants (tenant_id, revision, short_name, display_name)
    VALUES ($1::uuid, $2::bigint + 1, $3, $4)
    ON CONFLICT (tenant_id) DO UPDATE SET
        revision = excluded.revision,
        short_name = excluded.short_name,
        display_name = excluded.display_name
    WHERE tenants.revision = $2
    RETURNING tenant_id, revision
),
stored AS (
    INSERT INTO revisions (tenant_id, revision, created_at, author, note, document)
    SELECT tenant_id, revision, $5, $6, $7, $8 FROM advanced
),
counted AS (
    -- An upsert, since it goes on from the newest row however long it waited for it.
    INSERT INTO change_counter (only_row, position)
    SELECT TRUE, 1 FROM advanced
    ON CONFLICT (only_row) DO UPDATE SET position = change_counter.position + 1
    RETURNING position
),
placed AS (
    INSERT INTO changes (position, tenant_id, revision, created_at)
    SELECT counted.position, advanced.tenant_id, advanced.revision, $5 FROM counted CROSS JOIN advanced
    RETURNING position
)
SELECT position, pg_notify('signet_changes', position::text)::text AS notified FROM placed
