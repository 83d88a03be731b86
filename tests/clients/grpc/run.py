"""Signet as an internal consumer uses it: stubs generated from proto/, a plain gRPC channel, rich errors.

Takes from its environment (flags of the same meaning win):
  SIGNET_GRPC            address of gRPC, `http://` in front is allowed
  SIGNET_USER_TOKEN      a user's token with InformationProtectionPolicy.Read
  SIGNET_OPERATOR_TOKEN  an application's token with Signet.Decisions.Read and Signet.Catalog.Manage

Changes the tenant's display name and changes it back. Ends with status 1 and a sentence at the first failure.
"""

import argparse
import importlib
import json
import os
import pathlib
import sys
import tempfile
import time
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from grpc_tools import protoc

PROTO = pathlib.Path(__file__).resolve().parents[3] / "proto"
SERVICES = [
    "signet.catalog.v1.CatalogAdministrationService",
    "signet.catalog.v1.CatalogService",
    "signet.evaluation.v1.DecisionLogService",
    "signet.evaluation.v1.EvaluationService",
    "signet.extraction.v1.ExtractionService",
]
CREDIT_CARD = "50842eb7-edc8-4019-85dd-5a5c1f2bb085"
UNKNOWN_LABEL = "99999999-9999-4999-8999-999999999999"
PATIENCE = 30
BULK_ITEMS = 1_000
FAULTY_ITEM = 617


class Failure(Exception):
    """A check that did not hold."""


def expect(condition, sentence):
    if not condition:
        raise Failure(sentence)


def refused(code, reason, call):
    """The status of a call that must fail with a code and a reason."""
    try:
        call()
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        expect(status is not None, f"wanted {reason}, got {error.code()} without details: {error.details()}")
        info = detail(status, error_details_pb2.ErrorInfo)
        expect(info is not None, f"wanted {reason}, got {error.code()} without ErrorInfo: {error.details()}")
        expect(
            (error.code(), info.reason, info.domain) == (code, reason, "signet"),
            f"wanted {code} {reason}, got {error.code()} {info.reason} of {info.domain}: {error.details()}",
        )
        return status
    raise Failure(f"wanted {reason}, but the call succeeded")


def detail(status, kind):
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    return None


def generated(folder):
    """The stubs of every proto file, generated into a folder and imported: name of the file -> its two modules."""
    files = sorted(path.relative_to(PROTO).as_posix() for path in PROTO.rglob("*.proto"))
    google = pathlib.Path(protoc.__file__).parent / "_proto"
    flags = [f"-I{PROTO}", f"-I{google}", f"--python_out={folder}", f"--grpc_python_out={folder}"]
    expect(protoc.main(["protoc", *flags, *files]) == 0, "the stubs could not be generated from proto/")
    sys.path.insert(0, folder)
    stubs = {}
    for file in files:
        module = file.removesuffix(".proto").replace("/", ".")
        names = (module + "_pb2", module + "_pb2_grpc")
        stubs[pathlib.Path(file).stem, module.split(".")[1]] = [importlib.import_module(name) for name in names]
    return stubs


class Consumer:
    """A channel with its stubs and the requests the checks share."""

    def __init__(self, options, stubs):
        self.channel = grpc.insecure_channel(options.address)
        self.user = [("authorization", f"Bearer {options.user_token}")]
        self.operator = [("authorization", f"Bearer {options.operator_token}")]
        self.common, _ = stubs["content", "common"]
        self.subject, _ = stubs["subject", "common"]
        self.label_pb, _ = stubs["label", "common"]
        self.pb, evaluation = stubs["evaluation", "evaluation"]
        self.log_pb, decision_log = stubs["decision_log", "evaluation"]
        self.administration_pb, administration = stubs["administration", "catalog"]
        self.evaluation = evaluation.EvaluationServiceStub(self.channel)
        self.decisions = decision_log.DecisionLogServiceStub(self.channel)
        self.administration = administration.CatalogAdministrationServiceStub(self.channel)

    def options(self, at_least_revision=None):
        me = self.subject.Subject(me=self.subject.Subject.Me())
        return self.pb.EvaluationOptions(subject=me, at_least_revision=at_least_revision)

    def content(self):
        return self.common.ContentInfo(
            format=self.common.CONTENT_FORMAT_FILE, identifier="report.docx", state=self.common.CONTENT_STATE_REST
        )

    def classification(self, at_least_revision=None):
        found = self.pb.ClassificationResult(sensitive_type_id=CREDIT_CARD, count=7, confidence_level=99)
        return self.pb.EvaluateClassificationResultsRequest(
            options=self.options(at_least_revision), content=self.content(), results=[found]
        )

    def application(self, label_id):
        labeling = self.pb.LabelingOptions(
            label_id=label_id, assignment_method=self.common.ASSIGNMENT_METHOD_PRIVILEGED
        )
        return self.pb.EvaluateApplicationRequest(options=self.options(), content=self.content(), labeling=labeling)

    def classify(self, at_least_revision=None, timeout=PATIENCE, metadata=()):
        return self.evaluation.EvaluateClassificationResults(
            self.classification(at_least_revision), metadata=[*self.user, *metadata], timeout=timeout
        ).decision

    def records(self, **query):
        request = self.log_pb.ListDecisionsRequest(query=self.log_pb.DecisionQuery(**query))
        return self.decisions.ListDecisions(request, metadata=self.operator, timeout=PATIENCE).records


def check_health(consumer):
    health = health_pb2_grpc.HealthStub(consumer.channel)
    for service in ["", *SERVICES]:
        request = health_pb2.HealthCheckRequest(service=service)
        answer = health.Check(request, timeout=PATIENCE, wait_for_ready=True)
        expect(answer.status == health_pb2.HealthCheckResponse.SERVING, f"`{service}` is not serving: {answer}")


def check_reflection(consumer):
    database = ProtoReflectionDescriptorDatabase(consumer.channel)
    listed = set(database.get_services())
    missing = {*SERVICES, "grpc.health.v1.Health"} - listed
    expect(not missing, f"reflection does not list {sorted(missing)}, only {sorted(listed)}")
    file = database.FindFileContainingSymbol("signet.evaluation.v1.EvaluationService")
    methods = [method.name for service in file.service for method in service.method]
    known = [method.name for method in consumer.pb.DESCRIPTOR.services_by_name["EvaluationService"].methods]
    expect(methods == known, f"reflection describes {methods}, proto/ has {known}")


def check_evaluation(consumer):
    call = consumer.evaluation.EvaluateClassificationResults.with_call
    response, answered = call(consumer.classification(), metadata=consumer.user, timeout=PATIENCE)
    decision = response.decision
    kinds = [action.WhichOneof("kind") for action in decision.actions]
    expect(kinds in (["apply_label"], ["recommend_label"]), f"seven credit cards led to {kinds}")
    expect(decision.decided_by.revision > 0, "the decision does not say which revision decided")
    request_id = dict(answered.initial_metadata()).get("x-request-id", "")
    expect(len(request_id) == 36, f"the answer has no request id, but {answered.initial_metadata()}")


def check_revision(consumer):
    current = consumer.classify().decided_by.revision
    before = time.monotonic()
    # The refusal has to come from the service, before the caller stops waiting.
    waiting = lambda: consumer.classify(at_least_revision=current + 1_000, timeout=1)
    refused(grpc.StatusCode.UNAVAILABLE, "REVISION_NOT_REACHED", waiting)
    expect(time.monotonic() - before < 1.5, "waiting for a revision took longer than the deadline")

    request = consumer.administration_pb.ExportTenantRequest()
    exported = consumer.administration.ExportTenant(request, metadata=consumer.operator, timeout=PATIENCE)
    changed = {**json.loads(exported.tenant_document), "displayName": "A name for a moment"}
    for document in (json.dumps(changed), exported.tenant_document):
        revision = apply(consumer, document, current)
        expect(revision > current, f"a change made revision {revision} of {current}")
        decided = consumer.classify(at_least_revision=revision).decided_by.revision
        expect(decided >= revision, f"revision {decided} answered a call for at least {revision}")
        current = revision
    stale = lambda: apply(consumer, json.dumps(changed), current - 1)
    refused(grpc.StatusCode.ABORTED, "REVISION_CONFLICT", stale)


def apply(consumer, document, follows):
    expected = consumer.administration_pb.ExpectedRevision(exactly=follows)
    request = consumer.administration_pb.ApplyTenantRequest(tenant_document=document, expected=expected)
    return consumer.administration.ApplyTenant(request, metadata=consumer.operator, timeout=PATIENCE).revision


def check_administration(consumer):
    pb, stub = consumer.administration_pb, consumer.administration
    as_operator = {"metadata": consumer.operator, "timeout": PATIENCE}
    newest = stub.ListRevisions(pb.ListRevisionsRequest(page_size=1), **as_operator).revisions[0].revision
    following = stub.FollowRevisions(pb.FollowRevisionsRequest(after_revision=newest), **as_operator)
    label_id = str(uuid.uuid4())
    label = consumer.label_pb.Label(
        id=label_id, name=f"Passing {label_id}", sensitivity=2_000_000_000, is_enabled=True,
        applicable_to=[consumer.common.CONTENT_FORMAT_FILE],
    )
    request = pb.CreateLabelRequest(label=label, expected_revision=newest)
    created = stub.CreateLabel(request, **as_operator)
    expect([change.id for change in created.changes] == [label_id], f"a new label changed {created.changes}")
    again = lambda: stub.CreateLabel(pb.CreateLabelRequest(label=label, expected_revision=created.revision), **as_operator)
    status = refused(grpc.StatusCode.INVALID_ARGUMENT, "TENANT_DOCUMENT_INVALID", again)
    fields = [violation.field for violation in detail(status, error_details_pb2.BadRequest).field_violations]
    expect(fields == ["label.id", "label.name", "label.sensitivity"], f"the faults were named at {fields}")
    stale = pb.DeleteLabelRequest(label_id=label_id, expected_revision=newest)
    refused(grpc.StatusCode.ABORTED, "REVISION_CONFLICT", lambda: stub.DeleteLabel(stale, **as_operator))
    expected = pb.ExpectedRevision(exactly=created.revision)
    back = stub.RollbackTenant(pb.RollbackTenantRequest(to_revision=newest, expected=expected), **as_operator)
    followed = [next(following).revision for _ in range(2)]
    following.cancel()
    expect([info.revision for info in followed] == [created.revision, back.revision], f"followed {followed}")
    expect(followed[1].note == f"rollback to revision {newest}", f"the history says `{followed[1].note}`")
    diff = stub.DiffRevisions(pb.DiffRevisionsRequest(from_revision=newest, to_revision=back.revision), **as_operator)
    expect(not diff.changes, f"after the rollback there are differences: {diff.changes}")
    as_user = lambda: stub.ListRevisions(pb.ListRevisionsRequest(page_size=1), metadata=consumer.user, timeout=PATIENCE)
    refused(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING", as_user)


def check_errors(consumer):
    evaluate = consumer.evaluation.EvaluateApplication
    as_user = {"metadata": consumer.user, "timeout": PATIENCE}
    unknown = lambda: evaluate(consumer.application(UNKNOWN_LABEL), **as_user)
    refused(grpc.StatusCode.NOT_FOUND, "LABEL_NOT_FOUND", unknown)
    malformed = lambda: evaluate(consumer.application("no UUID"), **as_user)
    status = refused(grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT", malformed)
    fields = [violation.field for violation in detail(status, error_details_pb2.BadRequest).field_violations]
    expect(fields == ["labeling.label_id"], f"the fault was named at {fields}")
    target = detail(status, error_details_pb2.ErrorInfo).metadata["target"]
    expect(target == "labeling.label_id", f"the target is `{target}`")


def check_identity(consumer):
    evaluate = consumer.evaluation.EvaluateClassificationResults
    with_token = lambda token: evaluate(
        consumer.classification(), metadata=[("authorization", token)] if token else None, timeout=PATIENCE
    )
    refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING", lambda: with_token(None))
    refused(grpc.StatusCode.UNAUTHENTICATED, "TOKEN_INVALID", lambda: with_token("Bearer nonsense"))
    as_operator = lambda: with_token(consumer.operator[0][1])
    refused(grpc.StatusCode.PERMISSION_DENIED, "PERMISSION_MISSING", as_operator)


def check_bulk(consumer):
    Message = consumer.pb.EvaluateManyRequest

    def messages():
        revision = consumer.classify().decided_by.revision
        yield Message(start=Message.Start(at_least_revision=revision))
        for number in range(BULK_ITEMS):
            item = Message.Item(id=f"item-{number}")
            if number == FAULTY_ITEM:
                item.application.CopyFrom(consumer.application(UNKNOWN_LABEL))
            else:
                item.classification_results.CopyFrom(consumer.classification())
            yield Message(item=item)

    answers = list(consumer.evaluation.EvaluateMany(messages(), metadata=consumer.user, timeout=PATIENCE))
    wanted = [f"item-{number}" for number in range(BULK_ITEMS)]
    expect([answer.id for answer in answers] == wanted, "the answers are not those of the items, in their order")
    failed = [number for number, answer in enumerate(answers) if answer.WhichOneof("result") != "decision"]
    expect(failed == [FAULTY_ITEM], f"item {FAULTY_ITEM} should have failed alone, these did: {failed}")
    error = answers[FAULTY_ITEM].error
    reason = type(error).DESCRIPTOR.fields_by_name["reason"].enum_type.values_by_number[error.reason].name
    expect(reason == "ERROR_REASON_LABEL_NOT_FOUND", f"the item failed with {reason}: {error.message}")


def check_decision_log(consumer):
    before = consumer.records(descending=True, page_size=1)
    last = before[0].sequence if before else 0
    query = consumer.log_pb.DecisionQuery(after_sequence=last)
    request = consumer.log_pb.FollowDecisionsRequest(query=query)
    following = consumer.decisions.FollowDecisions(request, metadata=consumer.operator, timeout=PATIENCE)
    ours = str(uuid.uuid4())
    consumer.classify(metadata=[("client-request-id", ours)])
    followed = next(answer.record for answer in following if answer.record.client_request_id == ours)
    following.cancel()
    expect(followed.sequence > last, f"the record after {last} has the number {followed.sequence}")
    listed = consumer.records(after_sequence=followed.sequence - 1, page_size=1)
    expect(listed == [followed], "the list and the stream show different records")


CHECKS = [
    check_health,
    check_reflection,
    check_identity,
    check_evaluation,
    check_errors,
    check_revision,
    check_administration,
    check_bulk,
    check_decision_log,
]


def arguments():
    parser = argparse.ArgumentParser(description="Checks Signet's gRPC services as a consumer of them.")
    for flag in ("grpc", "user-token", "operator-token"):
        variable = "SIGNET_" + flag.upper().replace("-", "_")
        value = os.environ.get(variable)
        parser.add_argument(f"--{flag}", default=value, required=value is None, help=f"default: ${variable}")
    options = parser.parse_args()
    options.address = options.grpc.removeprefix("http://")
    return options


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as folder:
        consumer = Consumer(options, generated(folder))
        for check in CHECKS:
            name = check.__name__.removeprefix("check_").replace("_", " ")
            try:
                check(consumer)
            except (Failure, grpc.RpcError) as failure:
                sys.exit(f"{name}: {failure}")
            print(f"ok: {name}")
    print("all checks passed")


if __name__ == "__main__":
    main()
