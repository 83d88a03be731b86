//! What the semantics promise for every input.

use proptest::prelude::*;
use signet_domain::action::Action;
use signet_domain::content::{ContentInfo, KeyValuePair};
use signet_domain::evaluation::{Decision, Question};
use signet_domain::ids::{LabelId, Revision, TenantId};
use signet_domain::label::AutoLabelingMode;
use signet_domain::query::Actor;
use signet_domain::snapshot::PolicySnapshot;
use signet_domain::tenant::TenantDocument;

use crate::dice::Dice;
use crate::{answer, any_actor, compile, generate};

/// The item after the caller did what it was told: keys removed, then pairs written.
fn carry_out(content: &ContentInfo, decision: &Decision) -> ContentInfo {
    let mut content = content.clone();
    for action in &decision.actions {
        if let Action::Metadata {
            metadata_to_add,
            metadata_to_remove,
        } = action
        {
            content.metadata.retain(|pair| !metadata_to_remove.contains(&pair.name));
            for added in metadata_to_add {
                // Writing a key leaves it there once.
                match content.metadata.iter().position(|pair| pair.name == added.name) {
                    Some(place) => {
                        let mut position = 0;
                        content.metadata.retain(|pair| {
                            position += 1;
                            position - 1 <= place || pair.name != added.name
                        });
                        content.metadata[place].value.clone_from(&added.value);
                    }
                    None => content.metadata.push(added.clone()),
                }
            }
        }
    }
    content
}

/// The header form is rewritten by callers that use it; the properties of single keys are about single keys.
fn without_header_form(mut content: ContentInfo) -> ContentInfo {
    content
        .metadata
        .retain(|pair| !pair.name.eq_ignore_ascii_case("msip_labels"));
    content
}

fn application(dice: &mut Dice, document: &TenantDocument) -> (ContentInfo, Question) {
    let labels = document.labels.len();
    let content = without_header_form(generate::content(dice, labels));
    let labeling = generate::options(dice, labels);
    (content.clone(), Question::Application { content, labeling })
}

fn on(question: &Question, content: ContentInfo) -> Question {
    let mut question = question.clone();
    match &mut question {
        Question::Application { content: item, .. }
        | Question::Classification { content: item, .. }
        | Question::Removal { content: item, .. }
        | Question::Extraction { content: item } => *item = content,
    }
    question
}

/// Group order, automatic before recommended, sensitivity: the order candidates are compared in.
fn rank(snapshot: &PolicySnapshot, label: Option<LabelId>) -> Option<(i32, bool, i32)> {
    let label = snapshot.label(label?)?;
    let parent = label.parent_id.and_then(|parent| snapshot.label(parent));
    let is_automatic = label
        .auto_labeling
        .as_ref()
        .is_some_and(|rule| rule.mode == AutoLabelingMode::Automatic);
    Some((
        parent.map_or(label.sensitivity, |parent| parent.sensitivity),
        is_automatic,
        label.sensitivity,
    ))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(feature = "exhaustive") { 20_000 } else { 500 }))]

    /// Inside a group an automatic label beats a more sensitive recommended one, so what never falls is the group,
    /// and the sensitivity among labels of one mode.
    #[test]
    fn a_further_finding_never_lowers_the_chosen_label(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let snapshot = compile(&document);
        let actor = any_actor(&mut dice, &document);
        let mut content = generate::content(&mut dice, document.labels.len());
        content.metadata.clear();
        let mut results = generate::results(&mut dice);
        let chosen = |results: &[_]| {
            let question = Question::Classification { content: content.clone(), results: results.to_vec() };
            rank(&snapshot, answer(&snapshot, actor, &question, &[]).unwrap().label_after)
        };
        let before = chosen(&results);
        results.insert(dice.below(results.len() + 1), generate::result(&mut dice));
        prop_assert!(chosen(&results) >= before);
    }

    #[test]
    fn what_was_applied_needs_nothing_more(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let snapshot = compile(&document);
        let actor = any_actor(&mut dice, &document);
        let (content, question) = application(&mut dice, &document);
        if let Ok(decision) = answer(&snapshot, actor, &question, &[])
            && decision.actions != [Action::Justify]
        {
            let again = on(&question, carry_out(&content, &decision));
            let second = answer(&snapshot, actor, &again, &[]).unwrap();
            prop_assert_eq!(second.actions, []);
            if let Some(label) = decision.label_after {
                prop_assert_eq!(second.current.map(|current| current.label_id), Some(label));
            }
        }
    }

    #[test]
    fn what_was_applied_and_removed_leaves_the_item_as_it_was(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let snapshot = compile(&document);
        let actor = any_actor(&mut dice, &document);
        let (mut content, question) = application(&mut dice, &document);
        let site = format!("{}_SiteId", "MSIP_Label_fffffff0-0000-4000-8000-00000000000a");
        // Nothing of the tenant: neither known labels nor orphans; sets of other tenants stay.
        content.metadata.retain(|pair| !pair.name.to_lowercase().starts_with("msip_label_ab"));
        content.metadata.retain(|pair| pair.value != generate::TENANT);
        content.metadata.push(KeyValuePair::new(site, "29375103-6ce7-4dba-81ec-8e33884c6f0f"));
        if let Ok(decision) = answer(&snapshot, actor, &on(&question, content.clone()), &[]) {
            let labelled = carry_out(&content, &decision);
            prop_assert!(labelled.metadata.len() >= content.metadata.len() + 7);
            let mut justification = generate::justification(&mut dice);
            justification.is_downgrade_justified = true;
            justification.justification_message = Some("done".to_owned());
            let removal = Question::Removal { content: labelled.clone(), downgrade_justification: justification };
            if let Ok(removed) = answer(&snapshot, actor, &removal, &[]) {
                prop_assert_eq!(carry_out(&labelled, &removed).metadata, content.metadata);
            }
        }
    }

    #[test]
    fn the_order_of_the_document_does_not_matter(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let mut shuffled = document.clone();
        dice.shuffle(&mut shuffled.policies);
        dice.shuffle(&mut shuffled.labels);
        dice.shuffle(&mut shuffled.users);
        dice.shuffle(&mut shuffled.groups);
        dice.shuffle(&mut shuffled.sensitive_types);
        let (one, other) = (compile(&document), compile(&shuffled));
        for _ in 0..8 {
            let actor = any_actor(&mut dice, &document);
            let question = generate::question(&mut dice, document.labels.len());
            prop_assert_eq!(answer(&one, actor, &question, &[]), answer(&other, actor, &question, &[]));
        }
    }

    /// Another tenant with the same labels, compiled and asked before and in between, changes no answer; and what it
    /// wrote is foreign where the label is unknown.
    #[test]
    fn other_tenants_do_not_matter(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let alone = compile(&document);
        let mut twin = generate::tenant(&mut dice);
        twin.id = TenantId::parse("29375103-6ce7-4dba-81ec-8e33884c6f0f").unwrap();
        let twin = PolicySnapshot::compile(std::sync::Arc::new(twin), Revision(7));
        for _ in 0..8 {
            let actor = any_actor(&mut dice, &document);
            let question = generate::question(&mut dice, document.labels.len());
            let before = answer(&compile(&document), actor, &question, &[]);
            let _ = answer(&twin, actor, &question, &[]);
            prop_assert_eq!(answer(&alone, actor, &question, &[]), before);
        }
    }

    /// Asking twice gives the same answer, whoever asked in between: caches are invisible.
    #[test]
    fn an_answer_depends_on_the_arguments_alone(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let document = generate::tenant(&mut dice);
        let snapshot = compile(&document);
        let questions: Vec<(Actor, Question)> = (0..10)
            .map(|_| (any_actor(&mut dice, &document), generate::question(&mut dice, document.labels.len())))
            .collect();
        let ask = |(actor, question): &(Actor, Question)| answer(&snapshot, *actor, question, &[]);
        let forwards: Vec<_> = questions.iter().map(ask).collect();
        let mut backwards: Vec<_> = questions.iter().rev().map(ask).collect();
        backwards.reverse();
        prop_assert_eq!(forwards, backwards);
    }
}
