//! Prints what a decision allocates. A program of its own, because counting would slow the timed one down.

use std::alloc::System;

use signet_peers::cedar::Cedar;
use signet_peers::rego::{Layout, Rego};
use signet_peers::rules::{Question, Rule, Size, rules};
use signet_peers::signet::Signet;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const LABELS: [usize; 4] = [10, 100, 1_000, 5_000];
/// The tenant the peers are counted with.
const PEERS: Size = Size {
    labels: 200,
    conditions: 20,
};

fn main() -> anyhow::Result<()> {
    println!("Allocations of one decision, the answer's own included; mean over the items.\n");
    println!("| labels x conditions | question | engine | allocations | reallocations | bytes |");
    println!("| --- | --- | --- | ---: | ---: | ---: |");
    for labels in LABELS {
        let size = Size { labels, conditions: 50 };
        let rules = rules(size);
        for question in Question::ALL {
            own(size, &rules, question)?;
        }
    }
    let rules = rules(PEERS);
    for question in Question::ALL {
        own(PEERS, &rules, question)?;
        peers(&rules, question)?;
    }
    Ok(())
}

fn own(size: Size, rules: &[Rule], question: Question) -> anyhow::Result<()> {
    let signet = Signet::new(rules)?;
    let asked = signet.questions(&question.reports(rules), None);
    count(size, question, "signet, complete decision", &asked, |asked| {
        signet.decide(asked)
    })
}

fn peers(rules: &[Rule], question: Question) -> anyhow::Result<()> {
    let reports = question.reports(rules);
    let inputs = reports
        .iter()
        .map(|report| Rego::input(report))
        .collect::<Result<Vec<_>, _>>()?;
    let mut rego = Rego::new(rules, Layout::Indexed)?;
    count(
        PEERS,
        question,
        "regorus 0.14.1, machine, indexed policy",
        &inputs,
        |input| rego.execute(input),
    )?;
    count(
        PEERS,
        question,
        "regorus 0.14.1, compiled, indexed policy",
        &inputs,
        |input| rego.interpret(input),
    )?;
    let cedar = Cedar::new(rules)?;
    let requests = reports
        .iter()
        .map(|report| Cedar::request(report))
        .collect::<Result<Vec<_>, _>>()?;
    count(
        PEERS,
        question,
        "cedar-policy 4.14.1, a permit per label",
        &requests,
        |request| cedar.decide(request),
    )
}

fn count<Q, T>(
    size: Size,
    question: Question,
    engine: &str,
    asked: &[Q],
    mut decide: impl FnMut(&Q) -> anyhow::Result<T>,
) -> anyhow::Result<()> {
    // The first calls may fill caches.
    for question in asked {
        decide(question)?;
    }
    let region = Region::new(ALLOCATOR);
    for question in asked {
        drop(decide(question)?);
    }
    let spent = region.change();
    let each = |sum: usize| sum.div_ceil(asked.len());
    println!(
        "| {} x {} | {} | {engine} | {} | {} | {} |",
        size.labels,
        size.conditions,
        question.name(),
        each(spent.allocations),
        each(spent.reallocations),
        each(spent.bytes_allocated)
    );
    Ok(())
}
