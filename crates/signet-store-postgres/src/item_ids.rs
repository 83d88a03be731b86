//! Item ids in PostgreSQL.

use std::collections::HashMap;

use async_trait::async_trait;
use signet_domain::ids::TenantId;
use signet_store::{ItemIdCandidate, ItemIdRow, ItemIdStore, StoreError};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tracing::instrument;

use crate::PostgresStore;
use crate::error::{is_duplicate, store_error};
use crate::session::{Attempts, Repeat, Session, Statement, bounded, fetch, try_fetch};
use crate::values::{from_text, to_text, to_texts};

type RowsByKey = HashMap<String, ItemIdRow>;

#[async_trait]
impl ItemIdStore for PostgresStore {
    #[instrument(name = "store.item_id.get_or_insert", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn get_or_insert_item_ids(
        &self,
        tenant: TenantId,
        drive_id: &str,
        candidates: Vec<ItemIdCandidate>,
    ) -> Result<Vec<ItemIdRow>, StoreError> {
        let drive = Drive { tenant, drive_id };
        let items = one_per_key(&candidates);
        let known = fetch(&self.pool, Repeat::Safe, || drive.find(&items)).await?;
        let mut rows = drive.rows_by_key(&known)?;
        let is_news = |item: &&ItemIdCandidate| rows.get(&item.source_key).is_none_or(|row| row.path != item.path);
        let news: Vec<ItemIdCandidate> = items.iter().filter(is_news).cloned().collect();
        if !news.is_empty() {
            let written = bounded(self.upsert_item_ids(drive, &news)).await?;
            rows.extend(drive.rows_by_key(&written)?);
        }
        let row_of = |candidate: &ItemIdCandidate| rows.get(&candidate.source_key).cloned();
        Ok(candidates.iter().filter_map(row_of).collect())
    }

    #[instrument(name = "store.item_id.find", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn find_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
    ) -> Result<Option<ItemIdRow>, StoreError> {
        let drive = Drive { tenant, drive_id };
        let statement = || {
            drive
                .bind(sqlx::query(include_str!("sql/find_item_id.sql")))
                .bind(to_text(item_id))
        };
        let rows = fetch(&self.pool, Repeat::Safe, statement).await?;
        rows.first().map(|row| drive.read(row)).transpose()
    }

    #[instrument(name = "store.item_id.rebind", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn rebind_item_id(
        &self,
        tenant: TenantId,
        drive_id: &str,
        item_id: &str,
        source_key: &str,
        path: &str,
    ) -> Result<bool, StoreError> {
        let drive = Drive { tenant, drive_id };
        bounded(async {
            let mut attempts = Attempts::new(Repeat::Safe);
            loop {
                match self.rebind_once(drive, item_id, source_key, path).await {
                    Err(error) if attempts.again(&error).await => {}
                    answer => return answer.map_err(store_error),
                }
            }
        })
        .await
    }

    #[instrument(name = "store.item_id.remove", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn remove_item_id(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        let drive = Drive { tenant, drive_id };
        let statement = || {
            drive
                .bind(sqlx::query(include_str!("sql/remove_item_id.sql")))
                .bind(to_text(item_id))
        };
        // Repeated, it would say that there was nothing to remove.
        let removed = fetch(&self.pool, Repeat::Undone, statement).await?;
        Ok(!removed.is_empty())
    }
}

impl PostgresStore {
    /// Another caller may have inserted an item since it was looked for: its id stays. Two callers that bring the same
    /// id for the same new item at the same time may stumble over the id first; the second attempt finds the item.
    async fn upsert_item_ids(&self, drive: Drive<'_>, items: &[ItemIdCandidate]) -> Result<Vec<PgRow>, StoreError> {
        let upsert = || drive.upsert(items);
        let first = try_fetch(&self.pool, Repeat::Safe, &upsert).await;
        let answer = match first {
            Err(error) if is_duplicate(&error) => try_fetch(&self.pool, Repeat::Safe, &upsert).await,
            answer => answer,
        };
        answer.map_err(|error| {
            if is_duplicate(&error) {
                let what = format!("an item id of drive `{}`", drive.drive_id);
                return StoreError::Conflict { what };
            }
            store_error(error)
        })
    }

    async fn rebind_once(
        &self,
        drive: Drive<'_>,
        item_id: &str,
        source_key: &str,
        path: &str,
    ) -> Result<bool, sqlx::Error> {
        let mut session = Session::open(&self.pool).await?;
        session.begin().await?;
        let forget_other = drive
            .bind(sqlx::query(include_str!("sql/delete_other_item_of_key.sql")))
            .bind(to_text(source_key))
            .bind(to_text(item_id));
        forget_other.execute(&mut *session).await?;
        let move_item = drive
            .bind(sqlx::query(include_str!("sql/move_item_id.sql")))
            .bind(to_text(item_id))
            .bind(to_text(source_key))
            .bind(to_text(path));
        let moved = move_item.execute(&mut *session).await?;
        if moved.rows_affected() == 0 {
            session.rollback().await?;
            return Ok(false);
        }
        session.commit().await?;
        Ok(true)
    }
}

/// One candidate per source key: the first one's id with the last one's path.
fn one_per_key(candidates: &[ItemIdCandidate]) -> Vec<ItemIdCandidate> {
    let mut items: Vec<ItemIdCandidate> = Vec::with_capacity(candidates.len());
    let mut place_of_key = HashMap::new();
    for candidate in candidates {
        let place = *place_of_key.entry(&candidate.source_key).or_insert(items.len());
        match items.get_mut(place) {
            Some(item) => item.path.clone_from(&candidate.path),
            None => items.push(candidate.clone()),
        }
    }
    items
}

#[derive(Clone, Copy)]
struct Drive<'a> {
    tenant: TenantId,
    drive_id: &'a str,
}

impl<'a> Drive<'a> {
    fn bind(self, statement: Statement<'a>) -> Statement<'a> {
        statement.bind(self.tenant.to_string()).bind(to_text(self.drive_id))
    }

    fn find(self, items: &[ItemIdCandidate]) -> Statement<'a> {
        self.bind(sqlx::query(include_str!("sql/find_item_ids.sql")))
            .bind(to_texts(items.iter().map(|item| item.source_key.as_str())))
    }

    fn upsert(self, items: &[ItemIdCandidate]) -> Statement<'a> {
        self.bind(sqlx::query(include_str!("sql/upsert_item_ids.sql")))
            .bind(to_texts(items.iter().map(|item| item.item_id.as_str())))
            .bind(to_texts(items.iter().map(|item| item.source_key.as_str())))
            .bind(to_texts(items.iter().map(|item| item.path.as_str())))
    }

    fn rows_by_key(self, rows: &[PgRow]) -> Result<RowsByKey, StoreError> {
        let read = |row| {
            let row = self.read(row)?;
            Ok((row.source_key.clone(), row))
        };
        rows.iter().map(read).collect()
    }

    fn read(self, row: &PgRow) -> Result<ItemIdRow, StoreError> {
        Ok(ItemIdRow {
            tenant: self.tenant,
            drive_id: self.drive_id.to_owned(),
            item_id: from_text(row.try_get("item_id").map_err(store_error)?),
            source_key: from_text(row.try_get("source_key").map_err(store_error)?),
            path: from_text(row.try_get("path").map_err(store_error)?),
        })
    }
}
