//! Hears of changes that other processes commit.
//!
//! A commit notifies everybody who listens, when it becomes visible. Notifications are lost while the connection is
//! being made again, so whoever connects reads the newest position itself; and nobody relies on them.

use std::sync::OnceLock;
use std::time::Duration;

use signet_store::ChangeSignal;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::task::JoinHandle;

use crate::options::Database;

/// Channel of the notifications, whose payload is the position of the change. Named in `sql/commit_revision.sql`.
const CHANNEL: &str = "signet_changes";

/// How long the connection may be silent before it is asked whether it is still there, and how long it may think.
const SILENCE: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// How long a connection may take to be made.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// Pauses before the connection is made again: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

const LATEST: &str = "SELECT COALESCE(MAX(position), 0) FROM changes";

/// A connection that listens, made when somebody first waits.
#[derive(Debug)]
pub(crate) struct ChangeListener {
    options: PgConnectOptions,
    signal: ChangeSignal,
    task: OnceLock<JoinHandle<()>>,
}

impl ChangeListener {
    pub(crate) fn new(database: &Database) -> Self {
        Self {
            options: database.options.clone().application_name("signet listener"),
            signal: ChangeSignal::default(),
            task: OnceLock::new(),
        }
    }

    /// Wakes those who wait for a position up to this one.
    pub(crate) fn heard(&self, position: u64) {
        self.signal.heard(position);
    }

    /// Returns when a position after this one was heard of, or after `limit`.
    pub(crate) async fn wait(&self, position: u64, limit: Duration) {
        self.task
            .get_or_init(|| tokio::spawn(listen(self.options.clone(), self.signal.clone())));
        self.signal.wait(position, limit).await;
    }

    /// Closes the connection.
    pub(crate) fn stop(&self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}

impl Drop for ChangeListener {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Listens until the task is ended, connecting again whenever the connection is lost.
async fn listen(options: PgConnectOptions, signal: ChangeSignal) {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match connect(&options).await {
            Err(error) => error,
            Ok(mut listener) => {
                let lost = follow(&mut listener, &signal).await;
                if lost.has_listened {
                    pause = FIRST_PAUSE;
                }
                lost.error
            }
        };
        tracing::debug!(%error, "not hearing of changes; they are asked for meanwhile");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// A connection of its own, beside those that carry calls.
async fn connect(options: &PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_LIMIT);
    PgListener::connect_with(&pool.connect_lazy_with(options.clone())).await
}

struct Lost {
    has_listened: bool,
    error: sqlx::Error,
}

async fn follow(listener: &mut PgListener, signal: &ChangeSignal) -> Lost {
    // A lost connection ends here instead of being replaced unseen.
    listener.eager_reconnect(false);
    let mut has_listened = false;
    loop {
        let heard = if has_listened {
            next(listener).await
        } else {
            begin(listener).await.map(Some)
        };
        match heard {
            Ok(position) => position.into_iter().for_each(|position| signal.heard(position)),
            Err(error) => return Lost { has_listened, error },
        }
        has_listened = true;
    }
}

/// Begins to listen and says what has happened until then.
async fn begin(listener: &mut PgListener) -> Result<u64, sqlx::Error> {
    let began = async {
        listener.listen(CHANNEL).await?;
        latest(listener).await
    };
    tokio::time::timeout(ANSWER_LIMIT, began).await.map_err(|_| silent())?
}

/// The next position; absent: a notification that is none of ours.
async fn next(listener: &mut PgListener) -> Result<Option<u64>, sqlx::Error> {
    match tokio::time::timeout(SILENCE, listener.try_recv()).await {
        Ok(Ok(Some(notification))) => Ok(notification.payload().parse().ok()),
        Ok(Ok(None)) => Err(silent()),
        Ok(Err(error)) => Err(error),
        Err(_) => {
            let latest = tokio::time::timeout(ANSWER_LIMIT, latest(listener)).await;
            latest.map_err(|_| silent())?.map(Some)
        }
    }
}

async fn latest(listener: &mut PgListener) -> Result<u64, sqlx::Error> {
    let position: i64 = sqlx::query_scalar(LATEST).fetch_one(listener).await?;
    Ok(u64::try_from(position).unwrap_or(0))
}

fn silent() -> sqlx::Error {
    std::io::Error::from(std::io::ErrorKind::ConnectionReset).into()
}
