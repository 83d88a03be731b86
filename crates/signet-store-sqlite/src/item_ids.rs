//! Item ids in SQLite.

use std::collections::HashMap;

use async_trait::async_trait;
use signet_domain::ids::TenantId;
use signet_store::{ItemIdCandidate, ItemIdRow, ItemIdStore, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};
use tracing::instrument;

use crate::SqliteStore;
use crate::error::store_error;

/// Items per statement; a statement has room for 32,766 values.
const ITEMS_AT_ONCE: usize = 200;

type RowsByKey = HashMap<String, ItemIdRow>;

#[async_trait]
impl ItemIdStore for SqliteStore {
    #[instrument(name = "store.item_id.get_or_insert", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn get_or_insert_item_ids(
        &self,
        tenant: TenantId,
        drive_id: &str,
        candidates: Vec<ItemIdCandidate>,
    ) -> Result<Vec<ItemIdRow>, StoreError> {
        let drive = Drive { tenant, drive_id };
        let items = one_per_key(&candidates);
        let mut reader = self.readers.acquire().await.map_err(store_error)?;
        let mut rows = drive.rows_by_key(&mut reader, &items).await?;
        drop(reader);
        let is_news = |item: &&ItemIdCandidate| rows.get(&item.source_key).is_none_or(|row| row.path != item.path);
        let news: Vec<ItemIdCandidate> = items.iter().filter(is_news).cloned().collect();
        if !news.is_empty() {
            let mut transaction = self.begin_write().await?;
            drive.upsert(&mut transaction, &news).await?;
            rows = drive.rows_by_key(&mut transaction, &items).await?;
            transaction.commit().await?;
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
        let row = sqlx::query(include_str!("sql/find_item_id.sql"))
            .bind(tenant.to_string())
            .bind(drive_id)
            .bind(item_id)
            .fetch_optional(&self.readers)
            .await
            .map_err(store_error)?;
        row.map(|row| Drive { tenant, drive_id }.read(&row)).transpose()
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
        let mut transaction = self.begin_write().await?;
        sqlx::query(include_str!("sql/delete_other_item_of_key.sql"))
            .bind(tenant.to_string())
            .bind(drive_id)
            .bind(source_key)
            .bind(item_id)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        let moved = sqlx::query(include_str!("sql/move_item_id.sql"))
            .bind(tenant.to_string())
            .bind(drive_id)
            .bind(item_id)
            .bind(source_key)
            .bind(path)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        if moved.rows_affected() == 0 {
            transaction.rollback().await?;
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    #[instrument(name = "store.item_id.remove", level = "debug", skip_all, fields(tenant.id = %tenant))]
    async fn remove_item_id(&self, tenant: TenantId, drive_id: &str, item_id: &str) -> Result<bool, StoreError> {
        let mut transaction = self.begin_write().await?;
        let removed = sqlx::query("DELETE FROM item_ids WHERE tenant_id = $1 AND drive_id = $2 AND item_id = $3")
            .bind(tenant.to_string())
            .bind(drive_id)
            .bind(item_id)
            .execute(&mut *transaction)
            .await
            .map_err(store_error)?;
        transaction.commit().await?;
        Ok(removed.rows_affected() > 0)
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

/// Rows of the items of a drive with these keys.
pub(crate) fn rows_query<'a>(
    tenant: TenantId,
    drive_id: &str,
    keys: impl Iterator<Item = &'a str>,
) -> QueryBuilder<Sqlite> {
    let mut query = QueryBuilder::new("WITH wanted (source_key) AS (");
    query.push_values(keys, |mut value, key| {
        value.push_bind(key.to_owned());
    });
    // A join, not `IN`: for a list of keys SQLite would read the whole drive.
    query.push(
        ") SELECT item_ids.item_id, item_ids.source_key, item_ids.path FROM wanted JOIN item_ids \
         ON item_ids.source_key = wanted.source_key AND item_ids.tenant_id = ",
    );
    query.push_bind(tenant.to_string());
    query.push(" AND item_ids.drive_id = ").push_bind(drive_id.to_owned());
    query
}

#[derive(Clone, Copy)]
struct Drive<'a> {
    tenant: TenantId,
    drive_id: &'a str,
}

impl Drive<'_> {
    async fn rows_by_key(
        self,
        connection: &mut SqliteConnection,
        items: &[ItemIdCandidate],
    ) -> Result<RowsByKey, StoreError> {
        let mut found = HashMap::with_capacity(items.len());
        for chunk in items.chunks(ITEMS_AT_ONCE) {
            let keys = chunk.iter().map(|item| item.source_key.as_str());
            let mut query = rows_query(self.tenant, self.drive_id, keys);
            let rows = query.build().fetch_all(&mut *connection).await.map_err(store_error)?;
            for row in &rows {
                let row = self.read(row)?;
                found.insert(row.source_key.clone(), row);
            }
        }
        Ok(found)
    }

    /// Another caller may have inserted an item since it was looked for: its id stays.
    async fn upsert(self, connection: &mut SqliteConnection, items: &[ItemIdCandidate]) -> Result<(), StoreError> {
        for chunk in items.chunks(ITEMS_AT_ONCE) {
            let mut query =
                QueryBuilder::<Sqlite>::new("INSERT INTO item_ids (tenant_id, drive_id, item_id, source_key, path) ");
            query.push_values(chunk, |mut row, item| {
                row.push_bind(self.tenant.to_string())
                    .push_bind(self.drive_id)
                    .push_bind(&item.item_id)
                    .push_bind(&item.source_key)
                    .push_bind(&item.path);
            });
            query.push(" ON CONFLICT (tenant_id, drive_id, source_key) DO UPDATE SET path = excluded.path");
            let result = query.build().execute(&mut *connection).await;
            result.map_err(|error| self.upsert_error(error))?;
        }
        Ok(())
    }

    fn upsert_error(self, error: sqlx::Error) -> StoreError {
        if error
            .as_database_error()
            .is_some_and(|database| database.is_unique_violation())
        {
            return StoreError::Conflict {
                what: format!("an item id of drive `{}`", self.drive_id),
            };
        }
        store_error(error)
    }

    fn read(self, row: &SqliteRow) -> Result<ItemIdRow, StoreError> {
        Ok(ItemIdRow {
            tenant: self.tenant,
            drive_id: self.drive_id.to_owned(),
            item_id: row.try_get("item_id").map_err(store_error)?,
            source_key: row.try_get("source_key").map_err(store_error)?,
            path: row.try_get("path").map_err(store_error)?,
        })
    }
}
