"""Uses the official Graph client libraries for Python as an application would; only the base URL is another one.

Told by the environment: SIGNET_URL, SIGNET_TENANT, SIGNET_USER_TOKEN, SIGNET_APP_TOKEN, SIGNET_CA_FILE; SSL_CERT_FILE
names the CA to trust, too.
"""

import asyncio
import os
import sys
import traceback
import uuid

from azure.identity import ClientSecretCredential
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.protected_content import ProtectedContent
from msgraph.generated.models.usage_rights import UsageRights
from msgraph.generated.security.data_security_and_governance.sensitivity_labels.compute_rights_and_inheritance.compute_rights_and_inheritance_post_request_body import (
    ComputeRightsAndInheritancePostRequestBody,
)
from msgraph.generated.security.data_security_and_governance.sensitivity_labels.sensitivity_labels_request_builder import (
    SensitivityLabelsRequestBuilder,
)
from msgraph_beta import GraphRequestAdapter as BetaRequestAdapter
from msgraph_beta import GraphServiceClient as BetaServiceClient
from msgraph_beta.generated.models.o_data_errors.o_data_error import ODataError as BetaODataError
from msgraph_beta.generated.models.security.apply_label_action import ApplyLabelAction
from msgraph_beta.generated.models.security.assignment_method import AssignmentMethod
from msgraph_beta.generated.models.security.classification_result import ClassificationResult
from msgraph_beta.generated.models.security.content_info import ContentInfo
from msgraph_beta.generated.models.security.content_state import ContentState
from msgraph_beta.generated.models.security.downgrade_justification import DowngradeJustification
from msgraph_beta.generated.models.security.justify_action import JustifyAction
from msgraph_beta.generated.models.security.key_value_pair import KeyValuePair
from msgraph_beta.generated.models.security.labeling_options import LabelingOptions
from msgraph_beta.generated.models.security.recommend_label_action import RecommendLabelAction
from msgraph_beta.generated.security.information_protection.sensitivity_labels.microsoft_graph_security_evaluate_removal.evaluate_removal_post_request_body import (
    EvaluateRemovalPostRequestBody as OrganisationBody,
)
from msgraph_beta.generated.users.item.security.information_protection.sensitivity_labels.microsoft_graph_security_evaluate_application.evaluate_application_post_request_body import (
    EvaluateApplicationPostRequestBody,
)
from msgraph_beta.generated.users.item.security.information_protection.sensitivity_labels.microsoft_graph_security_evaluate_classification_results.evaluate_classification_results_post_request_body import (
    EvaluateClassificationResultsPostRequestBody,
)
from msgraph_beta.generated.users.item.security.information_protection.sensitivity_labels.microsoft_graph_security_evaluate_removal.evaluate_removal_post_request_body import (
    EvaluateRemovalPostRequestBody,
)
from msgraph_beta.generated.users.item.security.information_protection.sensitivity_labels.microsoft_graph_security_extract_content_label.extract_content_label_post_request_body import (
    ExtractContentLabelPostRequestBody,
)
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from msgraph_core.tasks.page_iterator import PageIterator

URL = os.environ["SIGNET_URL"]
BOB = "bob@contoso.com"
GENERAL = "4e4234dd-377b-42a3-935b-0e42f138fa23"
ALL_EMPLOYEES = "5a2d7f11-6c1e-4d43-9b7a-2f0a6f6c5e05"
FTES_HC = "836ff34f-b604-4a62-a68c-d6be4205d569"
TOP_SECRET = "722a5300-ac39-4c9a-88e3-f54c46676417"
UNKNOWN = "99999999-9999-4999-8999-999999999999"
CREDIT_CARD = "50842eb7-edc8-4019-85dd-5a5c1f2bb085"


class StaticToken(AccessTokenProvider):
    """A token that was got before, for this host only."""

    def __init__(self, token):
        self.token = token
        self.hosts = AllowedHostsValidator(["127.0.0.1", "localhost"])

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.token if self.hosts.is_url_host_valid(uri) else ""

    def get_allowed_hosts_validator(self):
        return self.hosts


def adapter(kind, version, token):
    made = kind(BaseBearerTokenAuthenticationProvider(StaticToken(os.environ[token])))
    made.base_url = f"{URL}/{version}"
    return made


user_adapter = adapter(GraphRequestAdapter, "v1.0", "SIGNET_USER_TOKEN")
user = GraphServiceClient(request_adapter=user_adapter)
app = GraphServiceClient(request_adapter=adapter(GraphRequestAdapter, "v1.0", "SIGNET_APP_TOKEN"))
beta_user = BetaServiceClient(request_adapter=adapter(BetaRequestAdapter, "beta", "SIGNET_USER_TOKEN"))
# In the beta library `me` is a method.
beta_app = BetaServiceClient(request_adapter=adapter(BetaRequestAdapter, "beta", "SIGNET_APP_TOKEN"))


def equal(found, expected):
    assert found == expected, f"{found!r} is not {expected!r}"


def metadata(label_id, **attributes):
    return [KeyValuePair(name=f"MSIP_Label_{label_id}_{name}", value=value) for name, value in attributes.items()]


def content(pairs=()):
    return ContentInfo(content_format="File", identifier="c:\\user\\new.docx", state=ContentState.Rest, metadata=list(pairs))


def names(actions):
    return [type(action).__name__ for action in actions]


async def policy_labels_of_a_user_and_of_me():
    for labels in [
        beta_user.me().security.information_protection.sensitivity_labels,
        beta_user.users.by_user_id(BOB).security.information_protection.sensitivity_labels,
        beta_app.users.by_user_id(BOB).security.information_protection.sensitivity_labels,
    ]:
        found = (await labels.get()).value
        assert len(found) > 5, found
        sensitivities = [label.sensitivity for label in found]
        equal(sensitivities, sorted(sensitivities))
        general = next(label for label in found if label.id == GENERAL)
        equal(general.name, "General")
        equal(general.tooltip, "Business data not meant for the public.")
        equal((general.is_active, general.is_appliable, general.has_protection), (True, True, False))
        assert "file" in general.content_formats, general.content_formats
        child = next(label for label in found if label.id == FTES_HC)
        equal(child.parent.name, "HighlyConfidential")
        one = await labels.by_sensitivity_label_id(FTES_HC).get()
        equal((one.id, one.name, one.has_protection), (FTES_HC, "FTEs_HC", True))


async def policy_settings():
    found = await beta_user.me().security.information_protection.label_policy_settings.get()
    equal(found.default_label_id, GENERAL)
    equal((found.is_mandatory, found.is_downgrade_justification_required), (False, True))


async def governance_labels():
    for labels in [
        user.security.data_security_and_governance.sensitivity_labels,
        user.me.data_security_and_governance.sensitivity_labels,
        app.users.by_user_id(BOB).data_security_and_governance.sensitivity_labels,
    ]:
        found = (await labels.get()).value
        priorities = [label.priority for label in found]
        equal(priorities, sorted(priorities, reverse=True))
        general = next(label for label in found if label.id == GENERAL)
        equal((general.name, general.display_name, general.tool_tip), ("General", "General", "Business data not meant for the public."))
        one = await labels.by_sensitivity_label_id(GENERAL).get()
        equal((one.id, one.is_default, one.locale), (GENERAL, True, "en-US"))
        parent = next(label for label in found if label.name == "HighlyConfidential")
        assert any(child.id == FTES_HC for child in parent.sublabels), parent.sublabels


async def evaluate_application():
    labels = beta_user.me().security.information_protection.sensitivity_labels
    body = EvaluateApplicationPostRequestBody(
        content_info=content(),
        labeling_options=LabelingOptions(label_id=FTES_HC, assignment_method=AssignmentMethod.Standard),
    )
    actions = (await labels.microsoft_graph_security_evaluate_application.post(body)).value
    equal(
        names(actions),
        ["AddContentHeaderAction", "AddWatermarkAction", "AddContentFooterAction", "ProtectByTemplateAction", "MetadataAction"],
    )
    equal(actions[0].text, "HIGHLY CONFIDENTIAL")
    equal(actions[3].template_id, "684d0d40-83d4-4ce6-a5e7-0efb9fffb2dc")
    added = {pair.name: pair.value for pair in actions[4].metadata_to_add}
    equal(added[f"MSIP_Label_{FTES_HC}_Enabled"], "true")
    equal(added[f"MSIP_Label_{FTES_HC}_ContentBits"], "15")
    equal(actions[4].metadata_to_remove, [])


async def a_downgrade_wants_a_reason():
    labels = beta_user.me().security.information_protection.sensitivity_labels
    current = metadata(FTES_HC, Enabled="true", Method="Standard", ContentBits="0")

    def body(justification=None):
        options = LabelingOptions(label_id=GENERAL, downgrade_justification=justification)
        return EvaluateApplicationPostRequestBody(content_info=content(current), labeling_options=options)

    actions = (await labels.microsoft_graph_security_evaluate_application.post(body())).value
    assert [type(action) for action in actions] == [JustifyAction], actions
    reason = DowngradeJustification(is_downgrade_justified=True, justification_message="No longer secret")
    actions = (await labels.microsoft_graph_security_evaluate_application.post(body(reason))).value
    equal(names(actions)[-1], "MetadataAction")
    assert len(actions[-1].metadata_to_remove) == 3, actions[-1].metadata_to_remove


async def evaluate_classification_results():
    labels = beta_user.me().security.information_protection.sensitivity_labels
    body = EvaluateClassificationResultsPostRequestBody(
        content_info=content(),
        classification_results=[ClassificationResult(sensitive_type_id=CREDIT_CARD, count=7, confidence_level=99)],
    )
    (action,) = (await labels.microsoft_graph_security_evaluate_classification_results.post(body)).value
    assert isinstance(action, (ApplyLabelAction, RecommendLabelAction)), action
    equal(action.responsible_sensitive_type_ids, [CREDIT_CARD])
    equal(action.sensitivity_label_id, str(action.additional_data["label"]["id"]))
    equal(names(action.actions)[-1], "MetadataAction")
    nothing = EvaluateClassificationResultsPostRequestBody(content_info=content(), classification_results=[])
    equal((await labels.microsoft_graph_security_evaluate_classification_results.post(nothing)).value, [])


async def evaluate_removal():
    labels = beta_app.security.information_protection.sensitivity_labels
    current = metadata(FTES_HC, Enabled="true", Method="Standard", ContentBits="15")
    reason = DowngradeJustification(is_downgrade_justified=True, justification_message="The information has been declassified.")
    body = OrganisationBody(content_info=content(current), downgrade_justification=reason)
    actions = (await labels.microsoft_graph_security_evaluate_removal.post(body)).value
    equal(
        names(actions),
        ["RemoveContentHeaderAction", "RemoveWatermarkAction", "RemoveContentFooterAction", "RemoveProtectionAction", "MetadataAction"],
    )
    equal(actions[0].ui_element_names, ["MSIPCM_v1_header"])
    equal(actions[4].metadata_to_remove, [pair.name for pair in current])
    mine = beta_user.users.by_user_id(BOB).security.information_protection.sensitivity_labels
    body = EvaluateRemovalPostRequestBody(content_info=content(current))
    (justify,) = (await mine.microsoft_graph_security_evaluate_removal.post(body)).value
    assert isinstance(justify, JustifyAction), justify


async def extract_content_label():
    labels = beta_user.me().security.information_protection.sensitivity_labels
    current = metadata(FTES_HC, Enabled="true", Method="Privileged", SetDate="2024-03-04T22:48:13Z")
    body = ExtractContentLabelPostRequestBody(content_info=content(current))
    found = await labels.microsoft_graph_security_extract_content_label.post(body)
    equal((found.sensitivity_label_id, found.assignment_method), (FTES_HC, AssignmentMethod.Privileged))
    equal(found.created_date_time.isoformat(), "2024-03-04T22:48:13+00:00")
    nothing = ExtractContentLabelPostRequestBody(content_info=content())
    equal(await labels.microsoft_graph_security_extract_content_label.post(nothing), None)


async def labels_inside_a_file():
    drive = await user.me.drive.get()
    items = (await user.drives.by_drive_id(drive.id).items.by_drive_item_id("root").children.get()).value
    by_name = {item.name: item for item in items}
    assert by_name["Projects"].folder is not None and by_name["Contract.docx"].file is not None, by_name
    files = user.drives.by_drive_id(drive.id).items
    found = await files.by_drive_item_id(by_name["Contract.docx"].id).extract_sensitivity_labels.post()
    (label,) = found.labels
    assert uuid.UUID(label.sensitivity_label_id) and uuid.UUID(label.tenant_id), label
    # A path in the place of an id, as some applications write it.
    by_path = await files.by_drive_item_id("root:/Contract.docx:").extract_sensitivity_labels.post()
    equal(by_path.labels[0].sensitivity_label_id, label.sensitivity_label_id)
    equal((await files.by_drive_item_id(by_name["Draft.docx"].id).extract_sensitivity_labels.post()).labels, [])
    beta = await beta_app.drives.by_drive_id(drive.id).items.by_drive_item_id(by_name["Contract.docx"].id).extract_sensitivity_labels.post()
    equal(beta.labels[0].sensitivity_label_id, label.sensitivity_label_id)


async def compute_inheritance():
    labels = user.security.data_security_and_governance.sensitivity_labels
    call = labels.compute_inheritance_with_label_ids_with_locale_with_content_formats
    # The library writes no commas between the parameters, and has no lists of texts.
    for label_ids in [f'["{GENERAL}","{TOP_SECRET}"]', f"{GENERAL},{TOP_SECRET}", TOP_SECRET]:
        for formats in ['["File"]', "File", "File,Email"]:
            found = await call(content_formats=formats, label_ids=label_ids, locale="en-US").get()
            equal((found.id, found.name), (TOP_SECRET, "Top Secret"))
    german = await call(content_formats="File", label_ids=GENERAL, locale="de-DE").get()
    equal((german.display_name, german.locale), ("Allgemein", "de-DE"))


async def compute_rights_and_inheritance():
    labels = user.security.data_security_and_governance.sensitivity_labels
    body = ComputeRightsAndInheritancePostRequestBody(
        delegated_user_email=BOB,
        locale="en-US",
        protected_contents=[
            ProtectedContent(cid="c1", format="File", label_id=ALL_EMPLOYEES),
            ProtectedContent(cid="c2", format="File", label_id=GENERAL),
            ProtectedContent(cid="c3", format="File", label_id=UNKNOWN),
        ],
        supported_content_formats=["File"],
    )
    found = await labels.compute_rights_and_inheritance.post(body)
    equal(found.inherited_label.id, ALL_EMPLOYEES)
    equal([entry.cid for entry in found.content_rights], ["c1", "c2", "c3"])
    equal([label.id for label in found.sensitivity_labels], [ALL_EMPLOYEES, GENERAL])
    assert UsageRights.View in found.content_rights[0].rights, found.content_rights[0].rights
    equal(list(found.content_rights[2].rights), [UsageRights.LabelNotFoundException])


async def rights_of_a_label():
    labels = user.security.data_security_and_governance.sensitivity_labels
    found = await labels.by_sensitivity_label_id(ALL_EMPLOYEES).rights.get()
    assert UsageRights.View in found.value, found.value
    query = SensitivityLabelsRequestBuilder.SensitivityLabelsRequestBuilderGetQueryParameters(
        expand=["rights"], filter=f"(id eq '{ALL_EMPLOYEES}' and ownerEmail eq '{BOB}') or (id eq '{TOP_SECRET}')"
    )
    listed = (await labels.get(RequestConfiguration(query_parameters=query))).value
    equal({label.id: label.rights.owner_email for label in listed}, {ALL_EMPLOYEES: BOB, TOP_SECRET: None})


async def pages_and_counts():
    labels = user.security.data_security_and_governance.sensitivity_labels
    whole = [label.id for label in (await labels.get()).value]
    query = SensitivityLabelsRequestBuilder.SensitivityLabelsRequestBuilderGetQueryParameters(top=2, count=True, select=["id", "name"])
    first = await labels.get(RequestConfiguration(query_parameters=query))
    equal((len(first.value), first.odata_count), (2, len(whole)))
    assert first.odata_next_link.startswith(f"{URL}/v1.0/"), first.odata_next_link
    seen = []

    def keep(label):
        seen.append(label.id)
        return True

    await PageIterator(first, user_adapter).iterate(keep)
    equal(seen, whole)
    equal(await labels.count.get(), len(whole))


async def errors_arrive_as_the_library_has_them():
    try:
        await user.security.data_security_and_governance.sensitivity_labels.by_sensitivity_label_id(UNKNOWN).get()
    except ODataError as error:
        equal((error.response_status_code, error.error.code), (404, "itemNotFound"))
        assert error.error.message, error
        assert uuid.UUID(error.error.inner_error.request_id), error
        assert error.error.inner_error.date, error
    else:
        raise AssertionError("an unknown label is found")
    body = EvaluateApplicationPostRequestBody(content_info=content(), labeling_options=LabelingOptions(label_id=UNKNOWN))
    try:
        await beta_user.me().security.information_protection.sensitivity_labels.microsoft_graph_security_evaluate_application.post(body)
    except BetaODataError as error:
        equal((error.response_status_code, error.error.code), (404, "itemNotFound"))
    else:
        raise AssertionError("an unknown label is applied")
    try:
        await app.me.data_security_and_governance.sensitivity_labels.get()
    except ODataError as error:
        equal((error.response_status_code, error.error.code), (400, "BadRequest"))
    else:
        raise AssertionError("an application is somebody")


async def several_requests_in_one():
    labels = user.security.data_security_and_governance.sensitivity_labels
    batch = BatchRequestContent()
    items = [
        BatchRequestItem(labels.by_sensitivity_label_id(label_id).to_get_request_information())
        for label_id in [GENERAL, TOP_SECRET, UNKNOWN]
    ]
    for item in items:
        batch.add_request(item.id, item)
    answers = await user.batch.post(batch)
    statuses = answers.get_response_status_codes()
    equal([statuses[item.id] for item in items], [200, 200, 404])
    # The library loses JSON bodies of batches, so there is no more to compare.
    assert answers.get_response_by_id(items[0].id).content_type.startswith("application/json")


async def a_credential_gets_tokens_from_the_issuer():
    credential = ClientSecretCredential(
        os.environ["SIGNET_TENANT"],
        "11111111-aaaa-4bbb-8ccc-222222222222",
        "any secret",
        authority=URL,
        disable_instance_discovery=True,
        connection_verify=os.environ["SIGNET_CA_FILE"],
    )
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=["127.0.0.1", "localhost"]
    )
    made = GraphRequestAdapter(provider)
    made.base_url = f"{URL}/v1.0"
    found = await GraphServiceClient(request_adapter=made).security.data_security_and_governance.sensitivity_labels.get()
    assert any(label.id == GENERAL for label in found.value), found.value


CHECKS = [
    policy_labels_of_a_user_and_of_me,
    policy_settings,
    governance_labels,
    evaluate_application,
    a_downgrade_wants_a_reason,
    evaluate_classification_results,
    evaluate_removal,
    extract_content_label,
    labels_inside_a_file,
    compute_inheritance,
    compute_rights_and_inheritance,
    rights_of_a_label,
    pages_and_counts,
    errors_arrive_as_the_library_has_them,
    several_requests_in_one,
    a_credential_gets_tokens_from_the_issuer,
]


async def main():
    failed = 0
    for check in CHECKS:
        try:
            await check()
            print(f"ok      {check.__name__}")
        except Exception:  # Every check is tried, whatever happens to the others.
            failed += 1
            print(f"FAILED  {check.__name__}")
            traceback.print_exc(file=sys.stdout)
    if failed:
        sys.exit(f"{failed} of {len(CHECKS)} checks failed")
    print("all checks passed")


asyncio.run(main())
