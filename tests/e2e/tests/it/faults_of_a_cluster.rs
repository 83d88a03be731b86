//! A cluster under load, while parts of it are killed, stopped, cut off, added and removed.

mod load;
mod publication;

use std::time::Duration;

use serde_json::json;
use signet_e2e::{Cluster, LINKS, Setup, Tenant, Trust};

use self::load::{Load, Phase};
use crate::support::contoso_with_corpus;

/// Longest time a request may take; the gateways hold to it.
const DEADLINE: (&str, Duration) = ("5s", Duration::from_secs(5));

/// How long the load goes on after a fault, so that what it does to later requests is seen.
const AFTERWARDS: Duration = Duration::from_secs(6);

/// `contoso` as revision `number` of a test: odd ones are restricted, since a removal must be justified.
fn revision(tenant: &Tenant, number: u64) -> Tenant {
    let mut tenant = tenant.clone();
    for policy in tenant.0["policies"].as_array_mut().expect("policies") {
        policy["settings"]["requireDowngradeJustification"] = json!(load::is_restricted(number));
    }
    tenant.0["displayName"] = json!(format!("Contoso, revision {number}"));
    tenant
}

fn setup(tenant: &Tenant) -> Setup {
    Setup {
        tenants: vec![revision(tenant, 1)],
        settings: vec![("SIGNET_GATEWAY__REQUEST_DEADLINE", DEADLINE.0.to_owned())],
        ..Setup::default()
    }
}

/// Does something to the cluster under load and demands that it is over five seconds later.
fn under_fault(load: &Load, name: &'static str, fault: impl FnOnce()) {
    let phase = Phase::begin(name);
    fault();
    std::thread::sleep(AFTERWARDS);
    load.check(&phase, DEADLINE.1);
}

#[test]
fn faults_cost_nothing_but_time() {
    let (contoso, _drive) = contoso_with_corpus();
    // As in production: nobody is let in without a certificate, and what dies and comes back shows its own again.
    let mut cluster = Cluster::start(&setup(&contoso), Trust::Certificates);
    let load = Load::start(&cluster, 1);
    under_fault(&load, "nothing", || {});
    is_spread_evenly(&cluster);
    for name in ["evaluation-2", "catalog-1", "extraction-1", "gateway-2"] {
        under_fault(&load, "a kill", || cluster.kill(name));
        under_fault(&load, "a start", || cluster.start_again(name));
    }
    under_fault(&load, "a process that hangs", || cluster.freeze("evaluation-3"));
    under_fault(&load, "a process that goes on", || cluster.thaw("evaluation-3"));
    under_fault(&load, "a restart of the database", || {
        cluster.server.stop();
        cluster.server.run();
    });
    under_fault(&load, "a crash of the database", || {
        cluster.server.crash();
        cluster.server.run();
    });
    for pairs in LINKS.chunks(2) {
        under_fault(&load, "cut connections", || {
            pairs.iter().for_each(|(from, to)| cluster.link(from, to).cut());
        });
    }
    for (from, to) in [
        ("gateway-1", "evaluation-1"),
        ("gateway-1", "catalog-1"),
        ("evaluation-1", "catalog-1"),
        ("extraction-1", "catalog-1"),
    ] {
        under_fault(&load, "no way from one to another", || cluster.link(from, to).refuse());
        cluster.link(from, to).restore();
    }
    under_fault(&load, "nothing comes through from one to another", || {
        cluster.link("gateway-1", "evaluation-1").hold();
    });
    cluster.link("gateway-1", "evaluation-1").restore();
    under_fault(&load, "an evaluator more", || cluster.start_again("evaluation-4"));
    under_fault(&load, "an evaluator less", || cluster.end("evaluation-4"));
    for number in 2..=5 {
        under_fault(&load, "a policy", || {
            cluster.apply(&revision(&contoso, number));
            load.published(number);
        });
    }
    load.wait_for_requests(load::REQUESTS);
    let done = load.finish();
    done.check_answers();
    done.check_totals();
    done.check_log(&cluster);
}

/// Evaluators that ran all the time have answered about the same number of calls.
fn is_spread_evenly(cluster: &Cluster) {
    let names = ["evaluation-1", "evaluation-2", "evaluation-3"];
    let counts = names.map(|name| cluster.calls_answered(name, "rpc.evaluation.evaluate_removal"));
    let (total, least, most) = (counts.iter().sum::<u64>(), counts.iter().min(), counts.iter().max());
    let fair = total / 3;
    assert!(total > 100, "too few calls to tell: {counts:?}");
    assert!(least.is_some_and(|least| least * 10 >= fair * 8), "{counts:?}");
    assert!(most.is_some_and(|most| most * 10 <= fair * 12), "{counts:?}");
}

#[test]
fn no_answer_by_an_older_policy_than_the_one_demanded() {
    let (contoso, _drive) = contoso_with_corpus();
    let mut cluster = Cluster::start(&setup(&contoso), Trust::Token);
    let load = Load::start(&cluster, 1);
    let mut number = 1;
    let faults: [fn(&mut Cluster); 16] = [
        |cluster| cluster.kill("evaluation-1"),
        |cluster| cluster.start_again("evaluation-1"),
        |cluster| cluster.kill("catalog-2"),
        |cluster| cluster.start_again("catalog-2"),
        |cluster| cluster.freeze("catalog-1"),
        |cluster| cluster.thaw("catalog-1"),
        |cluster| cluster.link("gateway-1", "evaluation-1").cut(),
        |cluster| cluster.link("evaluation-1", "catalog-1").cut(),
        |cluster| cluster.link("evaluation-1", "catalog-1").refuse(),
        |cluster| cluster.link("catalog-1", "database").cut(),
        |cluster| cluster.link("evaluation-1", "catalog-1").restore(),
        |cluster| cluster.freeze("evaluation-2"),
        |cluster| cluster.thaw("evaluation-2"),
        |cluster| cluster.kill("gateway-2"),
        |cluster| cluster.start_again("gateway-2"),
        |cluster| {
            cluster.server.crash();
            cluster.server.run();
        },
    ];
    let mut turn = 0;
    while load.demanding_answers() < load::DEMANDED {
        number += 1;
        cluster.apply(&revision(&contoso, number));
        load.published(number);
        load.wait_for_answers(300);
        faults[turn % faults.len()](&mut cluster);
        turn += 1;
    }
    let done = load.finish();
    done.check_answers();
    done.check_log(&cluster);
}
