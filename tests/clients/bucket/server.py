"""An S3-compatible server on a port of this machine, and a client of another make that works on its bucket.

Prints one JSON object with its address and keys, then obeys one JSON object a line and answers each with one; it ends
when its standard input does. Every request must be signed with the key. What the test itself asks is not counted and
never held back.
"""

import json
import sys
import tempfile
import threading
import zipfile

import boto3
from botocore.config import Config
from moto import settings
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.serving import WSGIRequestHandler, make_server

BUCKET = "documents"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
OWN = "the-test-itself"
MIB = 1024 * 1024


class Watched:
    """The server's application: remembers what is asked, and holds requests back when it is told to."""

    def __init__(self, application):
        self.application = application
        self.changed = threading.Condition()
        self.requests = []
        self.rule = None
        self.held = 0
        self.status = None

    def __call__(self, environ, start_response):
        if OWN in environ.get("HTTP_USER_AGENT", ""):
            return self.application(environ, start_response)
        query = "?" + environ["QUERY_STRING"] if environ.get("QUERY_STRING") else ""
        entry = {"method": environ["REQUEST_METHOD"], "path": environ["PATH_INFO"] + query, "status": 0, "bytes": 0}
        with self.changed:
            self.requests.append(entry)
            status, rule = self.status, self.matching(entry)
        if status:
            entry["status"] = status
            start_response(f"{status} Told", [("Content-Length", "0")])
            return []
        if rule and rule["when"] == "before" and not self.wait(rule):
            return ServiceUnavailable()(environ, start_response)

        def remember(status, headers, *more):
            entry["status"] = int(status.split()[0])
            return start_response(status, headers, *more)

        answer = list(self.application(environ, remember))
        entry["bytes"] = sum(len(piece) for piece in answer)
        if rule and rule["when"] == "after":
            self.wait(rule)
        return answer

    def matching(self, entry):
        """The rule, when this request or one before it is the one that is held."""
        rule = self.rule
        if not rule or rule.get("method", entry["method"]) != entry["method"]:
            return None
        rule["after"] -= 1
        return rule if rule["after"] < 0 else None

    def wait(self, rule):
        """True: go on."""
        with self.changed:
            self.held += 1
            self.changed.wait_for(lambda: self.rule is not rule)
            self.held -= 1
            return rule["goes_on"]

    def hold(self, rule):
        with self.changed:
            if self.rule:
                self.rule["goes_on"] = rule is None
            self.rule = rule
            self.changed.notify_all()

    def drop(self):
        with self.changed:
            if self.rule:
                self.rule["goes_on"] = False
            self.rule = None
            self.changed.notify_all()


class Silent(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *arguments):
        pass


def client(service, port, key, secret):
    config = Config(user_agent_extra=OWN, s3={"addressing_style": "path"}, retries={"max_attempts": 1})
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=config,
    )


def put_large(bucket, command):
    """A package, with something large in front of what is in it."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(command["file"]) as package, zipfile.ZipFile(file, "w") as large:
            with large.open(zipfile.ZipInfo("ppt/media/film.mp4"), "w") as film:
                for number in range(command["mebibytes"]):
                    film.write(number.to_bytes(8, "little") * (MIB // 8))
            for entry in package.infolist():
                large.writestr(entry, package.read(entry))
        file.seek(0)
        bucket.upload_fileobj(file, BUCKET, command["key"])


def obey(application, bucket, command):
    what = command["do"]
    if what == "put":
        bucket.upload_file(command["file"], BUCKET, command["key"])
    elif what == "put_large":
        put_large(bucket, command)
    elif what == "get":
        bucket.download_file(BUCKET, command["key"], command["file"])
    elif what == "keys":
        found = bucket.list_objects_v2(Bucket=BUCKET, Prefix=command["prefix"])
        return {"keys": [entry["Key"] for entry in found.get("Contents", [])]}
    elif what == "unfinished":
        found = bucket.list_multipart_uploads(Bucket=BUCKET)
        return {"keys": [entry["Key"] for entry in found.get("Uploads", [])]}
    elif what == "requests":
        with application.changed:
            made, application.requests = application.requests, []
        return {"requests": made}
    elif what == "hold":
        application.hold(command["rule"])
    elif what == "held":
        return {"held": application.held}
    elif what == "release":
        application.hold(None)
    elif what == "drop":
        application.drop()
    elif what == "status":
        application.status = command["status"]
    else:
        raise ValueError(what)
    return {}


def main():
    application = Watched(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
    people = client("iam", port, "nobody", "nobody")
    people.create_user(UserName="signet")
    people.put_user_policy(UserName="signet", PolicyName="everything", PolicyDocument=json.dumps(POLICY))
    made = people.create_access_key(UserName="signet")["AccessKey"]
    key, secret = made["AccessKeyId"], made["SecretAccessKey"]
    bucket = client("s3", port, key, secret)
    bucket.create_bucket(Bucket=BUCKET)
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    facts = {"url": f"http://127.0.0.1:{port}", "bucket": BUCKET, "key": key, "secret": secret}
    print(json.dumps(facts), flush=True)
    for line in sys.stdin:
        print(json.dumps(obey(application, bucket, json.loads(line))), flush=True)


main()
