//! Which replicas there are, asked again and again.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::replica::Replica;
use super::target::Target;
use super::{Pool, line};

/// Shortest pause between two questions to the resolver.
const SHORTEST: Duration = Duration::from_millis(100);

/// Longest answer waited for.
const LONGEST: Duration = Duration::from_secs(5);

/// Most replicas of one name; what a resolver says beyond is not used.
const MOST: usize = 256;

/// Tells the addresses behind a name.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of all replicas now, in any order.
    ///
    /// # Errors
    /// When nothing can be said; the replicas known so far are kept then.
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// What the system is configured to ask: the hosts file, then DNS. All addresses of a headless service are answered.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, port)).await?.collect())
    }
}

/// Keeps the replicas of a pool those the resolver tells, until dropped.
pub(super) async fn follow(pool: Arc<Pool>, targets: Vec<Target>, stop: CancellationToken) {
    let targets: Vec<Arc<Target>> = targets.into_iter().map(Arc::new).collect();
    let mut known: Vec<Vec<SocketAddr>> = vec![Vec::new(); targets.len()];
    let fixed = targets.iter().all(|target| address_in(target).is_some());
    loop {
        for (target, known) in targets.iter().zip(&mut known) {
            match addresses(&pool, target).await {
                // No address at all is no news: replicas that are gone are noticed by their connections.
                Ok(found) if !found.is_empty() => *known = found,
                Ok(_) => tracing::debug!(upstream = pool.name, host = target.host, "the name has no address"),
                Err(error) => tracing::debug!(upstream = pool.name, host = target.host, %error, "cannot resolve"),
            }
        }
        update(&pool, &targets, &known, &stop);
        if fixed {
            return std::future::pending().await;
        }
        let interval = pool.options.resolve_interval;
        let _either = timeout(interval, pool.look_again.notified()).await;
        tokio::time::sleep(SHORTEST.min(interval)).await;
    }
}

fn address_in(target: &Target) -> Option<SocketAddr> {
    let address: IpAddr = target.host.parse().ok()?;
    Some(SocketAddr::new(address, target.port))
}

async fn addresses(pool: &Pool, target: &Target) -> io::Result<Vec<SocketAddr>> {
    if let Some(address) = address_in(target) {
        return Ok(vec![address]);
    }
    let mut found = timeout(LONGEST, pool.options.resolver.resolve(&target.host, target.port)).await??;
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    Ok(found)
}

/// Brings new replicas in and lets go of those that are no longer told.
fn update(pool: &Arc<Pool>, targets: &[Arc<Target>], known: &[Vec<SocketAddr>], stop: &CancellationToken) {
    let before = pool.replicas.load_full();
    let mut after: Vec<Arc<Replica>> = Vec::new();
    for (target, addresses) in targets.iter().zip(known) {
        for address in addresses {
            let same = |replica: &&Arc<Replica>| replica.is(target, *address);
            if after.iter().any(|replica| same(&replica)) {
                continue;
            }
            let kept = before.iter().find(same).cloned();
            after.push(kept.unwrap_or_else(|| Replica::new(Arc::clone(target), *address, stop.child_token())));
        }
    }
    let is_in = |list: &[Arc<Replica>], replica: &Arc<Replica>| list.iter().any(|other| Arc::ptr_eq(other, replica));
    let gone: Vec<_> = before.iter().filter(|replica| !is_in(&after, replica)).collect();
    let new: Vec<_> = after
        .iter()
        .filter(|replica| !is_in(&before, replica))
        .cloned()
        .collect();
    if gone.is_empty() && new.is_empty() {
        return;
    }
    tracing::info!(upstream = pool.name, replicas = after.len(), "the replicas changed");
    pool.replicas.store(Arc::new(after));
    for replica in gone {
        replica.leave();
    }
    for replica in new {
        for _ in 0..pool.options.connections.max(1) {
            let keeping = line::keep(Arc::clone(pool), Arc::clone(&replica));
            tokio::spawn(replica.left().run_until_cancelled_owned(keeping));
        }
    }
    pool.note_change();
}
