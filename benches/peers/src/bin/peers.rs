//! Prints what a decision costs in Signet, against its targets and beside its peers.

use anyhow::ensure;
use signet_peers::cedar::Cedar;
use signet_peers::measure::{Timing, shown, time};
use signet_peers::rego::{Layout, Rego};
use signet_peers::rules::{Question, Report, Rule, Size, linear_scan, rules};
use signet_peers::signet::Signet;

/// The allocator of the shipped program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Labels of the tenants, each with [`CONDITIONS`].
const LABELS: [usize; 6] = [10, 50, 100, 500, 1_000, 5_000];
const CONDITIONS: usize = 50;
/// Tenants the peers are measured with; the largest would take them minutes to load.
const PEER_SIZES: [Size; 4] = [
    Size {
        labels: 10,
        conditions: CONDITIONS,
    },
    Size {
        labels: 200,
        conditions: 20,
    },
    Size {
        labels: 500,
        conditions: CONDITIONS,
    },
    Size {
        labels: 1_000,
        conditions: CONDITIONS,
    },
];

fn main() -> anyhow::Result<()> {
    println!(
        "One auto-labelling decision: three types found, {CONDITIONS} conditions a label. Median (best sample).\n"
    );
    let costs = own_costs()?;
    targets(&costs);
    println!("\nThe same decision beside general engines; ratios to Signet's complete decision.\n");
    println!("| labels x conditions | question | engine | per decision | ratio |");
    println!("| --- | --- | --- | ---: | ---: |");
    for size in PEER_SIZES {
        let rules = rules(size);
        for question in Question::ALL {
            beside_peers(size, &rules, question)?;
        }
    }
    Ok(())
}

/// What a decision costs in Signet, by size and question.
struct Cost {
    labels: usize,
    question: Question,
    matching: f64,
    complete: Timing,
}

fn own_costs() -> anyhow::Result<Vec<Cost>> {
    println!("| labels | question | matching alone | decision without actions | complete decision |");
    println!("| ---: | --- | ---: | ---: | ---: |");
    let mut costs = Vec::new();
    for labels in LABELS {
        let rules = rules(Size {
            labels,
            conditions: CONDITIONS,
        });
        let signet = Signet::new(&rules)?;
        for question in Question::ALL {
            let cost = own_cost(&signet, &rules, question)?;
            costs.push(cost);
        }
    }
    Ok(costs)
}

/// Matching is what a decision costs beyond the same decision with nothing found. So that neither makes actions, the
/// item carries the highest label already.
fn own_cost(signet: &Signet, rules: &[Rule], question: Question) -> anyhow::Result<Cost> {
    let reports = question.reports(rules);
    let highest = Some(rules.len());
    let unlabelled = signet.questions(&reports, None);
    let labelled = signet.questions(&reports, highest);
    for (report, (unlabelled, labelled)) in reports.iter().zip(unlabelled.iter().zip(&labelled)) {
        let chosen = Signet::rank(&signet.decide(unlabelled)?);
        ensure!(
            chosen == linear_scan(rules, report),
            "Signet chose another label than the definition"
        );
        ensure!(
            signet.decide(labelled)?.actions.is_empty(),
            "a decision that should have no actions has some"
        );
    }
    let nothing_found = signet.questions(&[Report::new()], highest);
    let complete = time(|turn| signet.decide(in_turn(&unlabelled, turn)));
    let without_actions = time(|turn| signet.decide(in_turn(&labelled, turn)));
    let fixed = time(|turn| signet.decide(in_turn(&nothing_found, turn)));
    let matching = without_actions.best - fixed.best;
    println!(
        "| {} | {} | {} | {} | {} |",
        rules.len(),
        question.name(),
        shown(matching),
        both(without_actions),
        both(complete)
    );
    Ok(Cost {
        labels: rules.len(),
        question,
        matching,
        complete,
    })
}

fn in_turn<T>(all: &[T], turn: usize) -> &T {
    &all[turn % all.len()]
}

fn targets(costs: &[Cost]) {
    println!("\n| target | question | measured | |");
    println!("| --- | --- | ---: | --- |");
    for question in Question::ALL {
        let at = |labels: usize| {
            costs
                .iter()
                .find(|cost| cost.labels == labels && cost.question == question)
        };
        let (Some(small), Some(middle), Some(large)) = (at(50), at(500), at(5_000)) else {
            continue;
        };
        let growth = large.complete.best / small.complete.best;
        let rows = [
            (
                "matching alone under 1 µs at 500 labels",
                shown(middle.matching),
                middle.matching < 1e3,
            ),
            (
                "complete decision under 5 µs at 500 labels",
                shown(middle.complete.median),
                middle.complete.median < 5e3,
            ),
            (
                "at 5,000 labels at most twice as slow as at 50",
                format!("{growth:.2} times"),
                growth <= 2.0,
            ),
        ];
        for (target, measured, met) in rows {
            println!(
                "| {target} | {} | {measured} | {} |",
                question.name(),
                if met { "met" } else { "MISSED" }
            );
        }
    }
}

fn beside_peers(size: Size, rules: &[Rule], question: Question) -> anyhow::Result<()> {
    let reports = question.reports(rules);
    let expected = reports.iter().map(|report| linear_scan(rules, report)).collect();
    let mut table = Table {
        size,
        question,
        expected,
        signet: None,
    };
    let signet = Signet::new(rules)?;
    let asked = signet.questions(&reports, None);
    table.row("signet, complete decision", &asked, |asked| {
        Ok(Signet::rank(&signet.decide(asked)?))
    })?;
    table.row("plain Rust, linear scan", &reports, |report| {
        Ok(linear_scan(std::hint::black_box(rules), report))
    })?;
    rego(&mut table, rules, &reports)?;
    let cedar = Cedar::new(rules)?;
    let requests = reports
        .iter()
        .map(|report| Cedar::request(report))
        .collect::<Result<Vec<_>, _>>()?;
    table.row("cedar-policy 4.14.1, a permit per label", &requests, |request| {
        cedar.decide(request)
    })
}

fn rego(table: &mut Table, rules: &[Rule], reports: &[Report]) -> anyhow::Result<()> {
    let inputs = reports
        .iter()
        .map(|report| Rego::input(report))
        .collect::<Result<Vec<_>, _>>()?;
    let mut indexed = Rego::new(rules, Layout::Indexed)?;
    table.row("regorus 0.14.1, machine, indexed policy", &inputs, |input| {
        indexed.execute(input)
    })?;
    table.row("regorus 0.14.1, compiled, indexed policy", &inputs, |input| {
        indexed.interpret(input)
    })?;
    let mut linear = Rego::new(rules, Layout::Linear)?;
    table.row("regorus 0.14.1, machine, linear policy", &inputs, |input| {
        linear.execute(input)
    })?;
    table.row("regorus 0.14.1, compiled, linear policy", &inputs, |input| {
        linear.interpret(input)
    })
}

/// The engines of one question; all must give the expected answers.
struct Table {
    size: Size,
    question: Question,
    expected: Vec<Option<usize>>,
    signet: Option<f64>,
}

impl Table {
    fn row<Q>(
        &mut self,
        name: &str,
        asked: &[Q],
        mut decide: impl FnMut(&Q) -> anyhow::Result<Option<usize>>,
    ) -> anyhow::Result<()> {
        for (question, expected) in asked.iter().zip(&self.expected) {
            let answer = decide(question)?;
            ensure!(
                answer == *expected,
                "{name} chose {answer:?}, the definition {expected:?}"
            );
        }
        let timing = time(|turn| decide(in_turn(asked, turn)));
        let ratio = timing.median / *self.signet.get_or_insert(timing.median);
        let Size { labels, conditions } = self.size;
        let digits = usize::from(ratio < 10.0);
        println!(
            "| {labels} x {conditions} | {} | {name} | {} | {ratio:.digits$} |",
            self.question.name(),
            both(timing)
        );
        Ok(())
    }
}

fn both(timing: Timing) -> String {
    format!("{} ({})", shown(timing.median), shown(timing.best))
}
