//! What reading one file may cost: at the limit it is read, above it a caller is told to come back, and in the end it is
//! refused. Source: file formats 10, first row.

use std::sync::Arc;
use std::time::Duration;

use signet_domain::error::ErrorReason::{self, ContentLimitExceeded, FileDecryptionDeferred};

use super::world::*;
use crate::config::BudgetConfig;
use crate::deferred::EXTRACT;
use crate::readers::DocumentReader;

/// Small enough to be fetched whole by the first request, so that it costs what it is long.
const CONTRACT: &[u8] = include_bytes!("../../../../tests/cases/extraction/corpus/contract.docx");

/// The labels counted, or why there are none.
type Outcome = Result<usize, ErrorReason>;

/// What a caller is told first, and once a worker has tried.
async fn outcomes(inline: BudgetConfig, background: BudgetConfig) -> [Outcome; 2] {
    let mut world = World::with(|config| {
        config.inline = inline;
        config.background = background;
    });
    world.restart_with(Arc::new(DocumentReader));
    std::fs::write(world.real("bob/a.docx"), CONTRACT).unwrap();
    let first = world.labels("b!bob", "a.docx").await;
    world.service.run_job(EXTRACT).await.unwrap();
    let second = world.labels("b!bob", "a.docx").await;
    [first, second].map(|outcome| outcome.map(|(labels, _)| labels.len()))
}

#[tokio::test]
async fn a_file_may_cost_its_budget_and_no_more() {
    let plenty = World::new().config.background;
    let needed = u64::try_from(CONTRACT.len()).unwrap();
    let bytes = |bytes| BudgetConfig { bytes, ..plenty };
    let requests = |requests| BudgetConfig { requests, ..plenty };
    let processor = |processor_time| BudgetConfig {
        processor_time,
        ..plenty
    };
    let wall = |wall_time| BudgetConfig { wall_time, ..plenty };
    for (what, budget, is_enough) in [
        ("bytes, as many as it takes", bytes(needed), true),
        ("bytes, one short", bytes(needed - 1), false),
        ("bytes, a hundredth", bytes(needed / 100), false),
        ("requests, as many as it takes", requests(1), true),
        ("requests, one short", requests(0), false),
        ("processor time, enough", processor(Duration::from_secs(60)), true),
        ("processor time, none", processor(Duration::ZERO), false),
        ("time, none", wall(Duration::ZERO), false),
    ] {
        let deferred = outcomes(budget, plenty).await;
        let refused = outcomes(budget, budget).await;
        if is_enough {
            assert_eq!(deferred, [Ok(1), Ok(1)], "{what}");
            assert_eq!(refused, [Ok(1), Ok(1)], "{what}");
        } else {
            assert_eq!(deferred, [Err(FileDecryptionDeferred), Ok(1)], "{what}");
            assert_eq!(
                refused,
                [Err(FileDecryptionDeferred), Err(ContentLimitExceeded)],
                "{what}"
            );
        }
    }
}
