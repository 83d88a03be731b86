//! Connecting to a bucket.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::{ClientOptions, ListResult, ObjectStore, RetryConfig};

use crate::config::BucketConfig;

/// How often a request that may be repeated is made again.
const RETRIES: usize = 3;

/// Listing in pages, which is what keeps memory bounded.
#[async_trait]
pub(crate) trait Pages: Send + Sync {
    /// Objects and folders directly below `prefix` (empty, or with a slash at its end), after the page of a token.
    /// At most `max` entries. The token of the next page, absent on the last one.
    async fn page(
        &self,
        prefix: &str,
        max: usize,
        token: Option<String>,
    ) -> Result<(ListResult, Option<String>), object_store::Error>;
}

struct S3Pages(AmazonS3);

#[async_trait]
impl Pages for S3Pages {
    async fn page(
        &self,
        prefix: &str,
        max: usize,
        token: Option<String>,
    ) -> Result<(ListResult, Option<String>), object_store::Error> {
        let options = PaginatedListOptions {
            delimiter: Some("/".into()),
            max_keys: Some(max),
            page_token: token,
            ..PaginatedListOptions::default()
        };
        let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
        let page = self.0.list_paginated(prefix, options).await?;
        Ok((page.result, page.page_token))
    }
}

/// A bucket's objects and its listings.
pub(super) type Connected = (Arc<dyn ObjectStore>, Arc<dyn Pages>);

/// The bucket's objects and its listings. Nothing is sent yet.
pub(super) fn connect(
    bucket: &str,
    settings: &BucketConfig,
    timeout: Duration,
) -> Result<Connected, object_store::Error> {
    let options = ClientOptions::new()
        .with_allow_http(settings.allow_http)
        .with_connect_timeout(timeout)
        .with_timeout(timeout);
    let retry = RetryConfig {
        max_retries: RETRIES,
        retry_timeout: timeout,
        ..RetryConfig::default()
    };
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&settings.region)
        .with_virtual_hosted_style_request(settings.virtual_hosted)
        .with_client_options(options)
        .with_retry(retry);
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(keys) = &settings.keys {
        builder = builder
            .with_access_key_id(&keys.access_key_id)
            .with_secret_access_key(keys.secret_access_key.expose());
        if let Some(token) = &keys.session_token {
            builder = builder.with_token(token.expose());
        }
    }
    let store = builder.build()?;
    Ok((Arc::new(store.clone()), Arc::new(S3Pages(store))))
}
