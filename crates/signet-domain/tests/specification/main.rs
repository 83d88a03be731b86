//! The engine against the semantics written down once more, and against the properties they promise.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a fault in the specification or the generator should stop the test"
)]

mod dice;
mod generate;
mod naive;
mod properties;

use std::sync::Arc;

use signet_domain::environment::{Clock, IdSource};
use signet_domain::error::DomainError;
use signet_domain::evaluation::{DecideOptions, Decision, Question, decide};
use signet_domain::ids::Revision;
use signet_domain::locale::LocalePreference;
use signet_domain::query::{Actor, Visibility};
use signet_domain::rights::{RightsQuestion, usage_rights};
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::{TenantDocument, validate};
use signet_testkit::environment::{FixedClock, SequentialIds};

use crate::dice::Dice;
use crate::naive::World;

/// Random questions put to each random tenant.
const QUESTIONS: u64 = 8;
/// Random tenants: 100,000 questions when there is time for them, else 4,000.
const TENANTS: u64 = if cfg!(feature = "exhaustive") { 12_500 } else { 500 };

fn compile(document: &TenantDocument) -> PolicySnapshot {
    PolicySnapshot::compile(Arc::new(document.clone()), Revision(1))
}

fn answer(
    snapshot: &PolicySnapshot,
    actor: Actor,
    question: &Question,
    locale: &[String],
) -> Result<Decision, DomainError> {
    let locale = LocalePreference(locale.to_vec());
    decide(
        snapshot,
        &actor,
        question,
        &locale,
        &DecideOptions::default(),
        FixedClock::default().now(),
        &SequentialIds::default(),
    )
}

/// One of the users, or the organisation.
fn any_actor(dice: &mut Dice, document: &TenantDocument) -> Actor {
    match dice.below(document.users.len() + 1) {
        0 => Actor::Organisation,
        user => Actor::User(document.users[user - 1].id),
    }
}

fn any_locale(dice: &mut Dice) -> Vec<String> {
    dice.some(0, 2, |dice| {
        (*dice.one(&["de-de", "de-ch", "fr-ca", "en-gb", "es"])).to_owned()
    })
}

#[test]
fn the_engine_decides_as_the_text_says() {
    let action_id = SequentialIds::default().next_id().to_string();
    let mut answers = [0_u64; 4];
    for seed in 0..TENANTS {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let snapshot = compile(&document);
        for _ in 0..QUESTIONS {
            let actor = any_actor(&mut dice, &document);
            let locale = any_locale(&mut dice);
            let question = generate::question(&mut dice, document.labels.len());
            let world = World {
                tenant: &document,
                user: document.users.iter().find(|user| actor == Actor::User(user.id)),
                locale: &locale,
                now: "2026-03-04T05:06:07Z",
                action_id: &action_id,
            };
            let expected = naive::decide(&world, &question);
            let decided = answer(&snapshot, actor, &question, &locale);
            let kind = match &decided {
                Err(_) => 0,
                Ok(decision) if decision.actions.is_empty() => 1,
                Ok(decision) if decision.change.is_none() => 2,
                Ok(_) => 3,
            };
            answers[kind] += 1;
            let current = naive::current_label(&world, question.content()).map(|label| label.id);
            if let Ok(decision) = &decided {
                let found = decision.current.as_ref().map(|current| current.label_id);
                assert_eq!(found, current, "seed {seed}: {question:?}");
            }
            let decided = decided
                .map(|decision| (decision.actions, decision.change))
                .map_err(|error| error.reason);
            assert_eq!(
                decided,
                expected,
                "seed {seed}: {actor:?} asks {question:#?} in {}",
                json(&document)
            );
        }
    }
    // Every kind of answer was met: refusal, nothing to do, justification, change.
    assert!(answers.iter().all(|count| *count > TENANTS / 16), "{answers:?}");
}

#[test]
fn rights_are_as_the_text_says() {
    let mut denied = 0;
    for seed in 0..TENANTS {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let snapshot = compile(&document);
        for label in document.labels.iter().filter(|label| label.has_protection()) {
            let email = (*dice.one(&generate::ADDRESSES)).to_owned();
            let owner = dice.maybe(50, |dice| (*dice.one(&generate::ADDRESSES)).to_owned());
            let expected = naive::rights(&document, &email, owner.as_deref(), label);
            let visibility = Visibility {
                actor: Actor::Organisation,
                published_only: false,
                enabled: None,
            };
            let asked = RightsQuestion {
                owner_email: owner.clone(),
                user_email: Some(email.clone()),
                acting: None,
            };
            let question = format!("seed {seed}: {email} of {owner:?} for {label:?}");
            match usage_rights(&snapshot, &visibility, label.id, &asked) {
                Ok(rights) => assert_eq!(rights.value, expected, "{question}"),
                Err(error) if error.reason == signet_domain::error::ErrorReason::RightsAccessDenied => {
                    denied += 1;
                    assert_eq!(expected.to_string(), "accessDenied", "{question}");
                }
                // Not defined by an administrator, or with a key that is not ours.
                Err(_) => assert!(
                    expected.to_string().ends_with("ProtectionTypeNotSupportedException") || owner.is_some(),
                    "{question}"
                ),
            }
        }
    }
    assert!(denied > TENANTS / 10);
}

#[test]
fn random_tenants_are_free_of_faults() {
    for seed in 0..200 {
        let document = generate::tenant(&mut Dice::new(seed));
        assert_eq!(validate(&document).0, [], "seed {seed}");
    }
}

fn json(document: &TenantDocument) -> String {
    serde_json::to_string(document).unwrap()
}
