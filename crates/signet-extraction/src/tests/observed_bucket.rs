//! A bucket in memory that counts what is asked of it, and may mind nothing of what is demanded.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetRange, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// How a package begins.
const PACKAGE: &[u8] = b"PK\x03\x04";

/// Objects in memory, and objects that would not fit into it.
#[derive(Debug)]
pub(super) struct ObservedBucket {
    pub(super) objects: Arc<InMemory>,
    /// Every object has its bytes behind something of this length that begins as a package does.
    pub(super) hole: u64,
    /// Conditions of a read are not minded, as by some servers that say they are compatible.
    pub(super) is_careless: AtomicBool,
    /// Objects are listed and their bytes are not there, as with a replica that has not caught up.
    pub(super) is_behind: AtomicBool,
    /// Objects may be read and not written.
    pub(super) is_read_only: AtomicBool,
    pub(super) requests: AtomicUsize,
    pub(super) bytes: AtomicU64,
}

impl ObservedBucket {
    pub(super) fn new(objects: &Arc<InMemory>, hole: u64) -> Arc<Self> {
        Arc::new(Self {
            objects: Arc::clone(objects),
            hole,
            is_careless: AtomicBool::new(false),
            is_behind: AtomicBool::new(false),
            is_read_only: AtomicBool::new(false),
            requests: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
        })
    }

    /// Requests and bytes read since the last call of this.
    pub(super) fn cost(&self) -> (usize, u64) {
        (
            self.requests.swap(0, Ordering::SeqCst),
            self.bytes.swap(0, Ordering::SeqCst),
        )
    }

    /// What lies in a range of the object that begins with the hole.
    async fn range(&self, location: &Path, range: Range<u64>) -> Result<Bytes> {
        let whole = self
            .objects
            .get_opts(location, GetOptions::default())
            .await?
            .bytes()
            .await?;
        let holed = range.end.min(self.hole).saturating_sub(range.start);
        let mut bytes = vec![0; usize::try_from(holed).unwrap()];
        if range.start == 0 && bytes.len() >= PACKAGE.len() {
            bytes[..PACKAGE.len()].copy_from_slice(PACKAGE);
        }
        let from = usize::try_from(range.start.max(self.hole) - self.hole).unwrap();
        let to = usize::try_from(range.end.max(self.hole) - self.hole).unwrap();
        bytes.extend(whole.slice(from..to));
        Ok(bytes.into())
    }
}

impl fmt::Display for ObservedBucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("observed")
    }
}

#[async_trait]
impl ObjectStore for ObservedBucket {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        if self.is_read_only.load(Ordering::SeqCst) {
            return Err(object_store::Error::PermissionDenied {
                path: location.to_string(),
                source: "read only".into(),
            });
        }
        self.objects.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        options: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        self.objects.put_multipart_opts(location, options).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let head = options.head;
        if !head && self.is_behind.load(Ordering::SeqCst) {
            return Err(object_store::Error::NotFound {
                path: location.to_string(),
                source: "not there yet".into(),
            });
        }
        let wanted = options.range.clone();
        let question = GetOptions {
            head: true,
            range: None,
            if_match: options.if_match.filter(|_| !self.is_careless.load(Ordering::SeqCst)),
            ..GetOptions::default()
        };
        let mut answer = self.objects.get_opts(location, question).await?;
        answer.meta.size += self.hole;
        let range = match wanted {
            Some(GetRange::Bounded(range)) => range.start..range.end.min(answer.meta.size),
            _ => 0..answer.meta.size,
        };
        answer.range = range.clone();
        if !head {
            let bytes = self.range(location, range).await?;
            self.bytes.fetch_add(bytes.len() as u64, Ordering::SeqCst);
            answer.payload = GetResultPayload::Stream(stream::iter([Ok(bytes)]).boxed());
        }
        Ok(answer)
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.objects.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.objects.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.objects.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.objects.copy_opts(from, to, options).await
    }
}
