//! Rights inside label answers. Source: rest-api 4.5, 5.3 (F13, F14).

use signet_contract::evaluation::ExpandRightsRequest;
use signet_domain::evaluation::UsageRightsIncluded;
use signet_domain::ids::LabelId;
use signet_domain::view::LabelView;

use crate::call::Call;
use crate::graph::error::GraphError;
use crate::graph::labels::RightsByLabel;
use crate::odata::shape::GovernanceShape;

/// Most labels of one request to the evaluation service.
const AT_ONCE: usize = 1_000;

/// Owners a label's rights are wanted for.
type Owners<'o> = dyn Fn(LabelId) -> Vec<Option<String>> + Send + Sync + 'o;

/// The rights a shape asks for; empty when it asks for none. Rights of one label for several owners are one: their
/// union, under the first owner.
pub(crate) async fn rights(
    call: &Call<'_>,
    views: &[LabelView],
    shape: &GovernanceShape,
    owners: &Owners<'_>,
    user_email: Option<String>,
) -> Result<RightsByLabel, GraphError> {
    let mut wanted = Vec::new();
    collect(views, shape, owners, &mut wanted);
    let mut found = RightsByLabel::new();
    for labels in wanted.chunks(AT_ONCE) {
        let request = ExpandRightsRequest {
            subject: call.matched.subject(),
            labels: labels.to_vec(),
            user_email: user_email.clone(),
        };
        let response = call
            .gateway
            .services
            .evaluation
            .expand_rights(&call.context, request)
            .await?;
        for ((label, _), rights) in labels.iter().zip(response.rights) {
            found
                .entry(*label)
                .and_modify(|known| merge(known, rights.as_ref()))
                .or_insert(rights);
        }
    }
    Ok(found)
}

fn collect(
    views: &[LabelView],
    shape: &GovernanceShape,
    owners: &Owners<'_>,
    wanted: &mut Vec<(LabelId, Option<String>)>,
) {
    for view in views {
        if shape.rights.is_some() {
            wanted.extend(owners(view.id()).into_iter().map(|owner| (view.id(), owner)));
        }
        if let Some(below) = shape.sublabels.as_deref() {
            collect(&view.sublabels, below, owners, wanted);
        }
    }
}

fn merge(known: &mut Option<UsageRightsIncluded>, further: Option<&UsageRightsIncluded>) {
    match (known, further) {
        (Some(known), Some(further)) => known.value = known.value.merged(further.value),
        (known @ None, Some(further)) => *known = Some(further.clone()),
        (_, None) => {}
    }
}
