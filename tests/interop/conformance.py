"""Calls every operation of the running sandbox with what Schemathesis makes of the curated documents, right and wrong, and checks
each answer: no 5xx; status, media type, headers and body as documented.

    python conformance.py [--examples N] [--quick] [--only SERVICE,...] [--paths N] [--jobs N] [--binary PATH] [--failures FILE]

Forty paths at a time have a sandbox of their own, which starts with the demo company. A table of the services goes to standard output;
failures go to standard error, the first of each kind with a curl command. The exit code is 1 if there are any. Columns: operations;
those that answered 2xx at least once; those that Schemathesis made no request for, since it cannot negate their schema; requests, by
status; answers that never came; failed checks, each with its answer; seconds, summed over what ran at the same time.

What is documented: the curated document folds all successes into one and all errors into another; here they are unfolded again.
A success must have a status that the published document names, and a body of the curated schema. An error that the published document
gives a body must have that body. Any other 4xx, which documents mostly leave out, may have any error body that
the service publishes anywhere, or else the platform's envelope; a Salesforce-hosted service answers with an array. Where a document
names no status at all, any 2xx goes. Documented bytes (application/octet-stream) may have the file's own media type. Times may lack an offset, as in the published examples.
"""

import argparse
import base64
import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import time
from concurrent import futures
from urllib.parse import urlsplit

import requests
import schemathesis
import yaml
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "patch", "head", "options")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
SEED = 20
COLUMNS = ("operations", "with 2xx", "not made", "requests", "2xx", "4xx", "401", "5xx", "unanswered", "failures", "seconds")
PORTION = 40

DATE_TIME = r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-](0\d|1[0-4]):[0-5]\d)?$"
MESSAGE_FIELDS = {"errors", "message", "errormessage", "detail", "summary"}
MESSAGES = {
    "type": "array",
    "minItems": 1,
    "items": {"type": "object", "required": ["Message"], "properties": {"Message": {"type": "string"}}},
}
ENVELOPE = {
    "type": "object",
    "required": ["Success", "Errors", "StatusCode"],
    "properties": {"Success": {"enum": [False]}, "Errors": MESSAGES, "StatusCode": {"type": "string"}},
}
SALESFORCE = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["status", "title", "data"],
        "properties": {"status": {"type": "integer"}, "title": {"enum": ["error"]}, "data": {"type": "string"}},
    },
}


class Sandbox:
    """The program, and how to sign in to it."""

    def __init__(self, binary):
        command = [binary, "--port", "0"]
        quiet = {**os.environ, "RUST_LOG": "off"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=quiet, text=True
        )
        greeting = []
        for line in self.process.stdout:
            greeting.append(line)
            if line.startswith("Ctrl-C"):
                break
        named = dict(re.findall(r"^  (.+?)  +(.+)$", "".join(greeting), re.MULTILINE))
        self.url, self.tokens, self.storefront = named["Platform"], named["Tokens"], named["Storefront"]
        self.client = named["Integration client"].split(" / ")
        self.shopper, self.shop = re.fullmatch(r"(.+), x-storefront (.+)", named["Shopper"]).groups()
        self.api_key = named["API key"]

    def headers(self, service):
        """What a caller of the service sends with every request."""
        if service == "salesforce-discovery-ai":
            return {"X-API-Key": self.api_key}
        if service.startswith("salesforce-") and service != "salesforce-turboengines":
            return {"Authorization": f"Bearer {self.shop_token()}", "x-storefront": self.shop}
        form = {"grant_type": "client_credentials"}
        answer = requests.post(self.tokens, data=form, auth=tuple(self.client), timeout=30)
        answer.raise_for_status()
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def shop_token(self):
        """Signs the shopper in: his name and password, encrypted with a key that the storefront gives."""
        headers = {"x-storefront": self.shop}
        key = requests.get(f"{self.storefront}/users/key", headers=headers, timeout=30).json()["data"]
        name, password = self.shopper.split(" / ")
        plain = json.dumps({"username": name, "password": password}).encode()
        iv, padder = os.urandom(16), PKCS7(128).padder()
        encryptor = Cipher(AES256(bytes.fromhex(key)), CBC(iv)).encryptor()
        secret = encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
        body = base64.b64encode(iv + secret)
        headers["Content-Type"] = "text/plain"
        answer = requests.post(f"{self.storefront}/user/token", headers=headers, data=body, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]["accessToken"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def load(folder, service):
    path = ROOT / "spec" / folder / f"{service}.yaml"
    return yaml.load(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def documented(service):
    """The curated document with the statuses and the errors of the published one."""
    curated, published = load("curated", service), load("published", service)
    # The part of a Salesforce address before /services is the customer's own.
    base = re.sub("^.*(?=/services/)", "", urlsplit(published["servers"][0]["url"]).path.rstrip("/"))
    sources = {re.sub("{.*?}", "{}", base + path): item for path, item in published["paths"].items()}
    errors = Errors(published)
    for path, item in curated["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]
            source = sources.get(re.sub("{.*?}", "{}", path), {}).get(method, {"responses": {}})["responses"]
            success = operation["responses"]["2XX"]
            if "application/octet-stream" in success["content"]:
                success = {**success, "content": {"*/*": {}}}
            statuses = {str(status) for status in source if str(status).startswith("2")}
            if not statuses:
                statuses |= {"2XX", "204"}
            elif "x-conga-status" in operation:
                statuses.add(str(operation["x-conga-status"]))
            responses = {
                status: success if status != "204" else {"description": "No content"} for status in statuses
            }
            for status, response in source.items():
                if str(status).startswith("4") and errors.has_body(response):
                    responses[str(status)] = errors.take(response)
            operation["responses"] = responses
    hosted = any(path.startswith("/services/apexrest/") for path in curated["paths"])
    shapes = errors.shapes() + [SALESFORCE if hosted else ENVELOPE]
    other = {"description": "", "content": {"application/json": {"schema": {"anyOf": shapes}}}}
    for item in curated["paths"].values():
        for method in METHODS:
            if method in item:
                item[method]["responses"]["4XX"] = other
    curated.setdefault("components", {}).setdefault("schemas", {}).update(errors.components)
    return dated(curated)


def dated(value):
    """The document with dates that may lack an offset, as those of the published examples do."""
    if isinstance(value, list):
        return [dated(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("format") == "date-time" and value.get("type") == "string":
        return {**{key: item for key, item in value.items() if key != "format"}, "pattern": DATE_TIME}
    return {key: dated(item) for key, item in value.items()}


class Errors:
    """Errors of a published document, with names of their own, so that they can stand in the curated one."""

    def __init__(self, document):
        self.schemas = document.get("components", {}).get("schemas", {})
        self.components, self.found = {}, {}

    @staticmethod
    def has_body(response):
        return any(content.get("schema") for content in response.get("content", {}).values())

    def take(self, response):
        response = self.renamed(response)
        for content in response["content"].values():
            content["schema"] = self.strict(content["schema"])
            self.found[json.dumps(content["schema"], sort_keys=True)] = content["schema"]
        return response

    def strict(self, schema):
        """The schema as one that other errors do not keep to: few fields are required, so that almost any object would. Not so where it
        has no field for a message."""
        if "$ref" in schema:
            properties = self.components[schema["$ref"].removeprefix("#/components/schemas/")].get("properties", {})
            if not MESSAGE_FIELDS & {name.lower() for name in properties}:
                return schema
            own = {"type": "object", "properties": dict.fromkeys(properties, {}), "minProperties": 1}
            return {"allOf": [schema, {**own, "additionalProperties": False}]}
        if schema.get("type") == "array":
            return {**schema, "items": self.strict(schema["items"]), "minItems": 1}
        return schema

    def shapes(self):
        return list(self.found.values())

    def renamed(self, value):
        if isinstance(value, list):
            return [self.renamed(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "$ref" in value:
            name = value["$ref"].removeprefix("#/components/schemas/")
            if f"published.{name}" not in self.components:
                self.components[f"published.{name}"] = {}
                self.components[f"published.{name}"] = self.renamed(self.schemas[name])
            return {"$ref": f"#/components/schemas/published.{name}"}
        return {key: self.renamed(item) for key, item in value.items()}


def parts(service, arguments):
    """The paths of a service in portions that are tested on their own, to keep memory low and all processors busy."""
    paths = sorted(load("curated", service)["paths"])
    if arguments.paths:
        paths = paths[:: max(1, len(paths) // arguments.paths)]
    count = -(-len(paths) // PORTION)
    size = -(-len(paths) // count)
    return [(service, paths[start : start + size]) for start in range(0, len(paths), size)]


def run(service, paths, arguments):
    """Tests these paths of a service. Returns its row of the table and its failures."""
    start = time.monotonic()
    document = documented(service)
    document["paths"] = {path: document["paths"][path] for path in paths}
    known = Known()
    schemathesis.hook("before_call")(lambda context, case, kwargs: known.lend(case))
    schemathesis.hook("after_call")(lambda context, case, response: known.learn(case, response))
    with Sandbox(arguments.binary) as sandbox:
        config = SchemathesisConfig.from_dict({
            "base-url": sandbox.url,
            "seed": SEED,
            "headers": sandbox.headers(service),
            "continue-on-failure": True,
            "request-timeout": 60,
            "suppress-health-check": ["all"],
            "checks": {"enabled": False, **{check: {"enabled": True} for check in CHECKS}},
            "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": not arguments.quick}},
            "generation": {
                "mode": "all",
                "max-examples": arguments.examples,
                "deterministic": True,
                "database": "none",
                "no-shrink": True,
            },
        })
        schema = schemathesis.openapi.from_dict(document, config=config)
        row = collections.Counter(operations=schema.statistic.operations.total)
        succeeded, failures = set(), {}
        for event in from_schema(schema).execute():
            if isinstance(event, events.NonFatalError) and "does not support" in str(event.value):
                row["not made"] += 1
            elif isinstance(event, events.NonFatalError):
                failures.setdefault(("error", event.label, str(event.value)[:500]), "")
            elif isinstance(event, events.FatalError):
                failures.setdefault(("error", service, repr(event.exception)), "")
            elif isinstance(event, events.ScenarioFinished):
                for interaction in event.recorder.interactions.values():
                    row["requests"] += 1
                    status = interaction.response.status_code if interaction.response else 0
                    row[f"{status // 100}xx" if status else "unanswered"] += 1
                    row["401"] += status == 401
                    if 200 <= status < 300:
                        succeeded.add(event.recorder.label)
                for case, checks in event.recorder.checks.items():
                    for check in checks:
                        if check.failure_info:
                            row["failures"] += 1
                            note(failures, event.recorder, case, check)
        row["with 2xx"] = len(succeeded)
    row["seconds"] = round(time.monotonic() - start)
    return service, row, failures


class Known:
    """Ids that the sandbox gave away, by the path of their collection. Every other request that is meant to go well has such ids in its
    path: of what is made up, there is nothing to be found."""

    def __init__(self):
        self.ids, self.calls = collections.defaultdict(list), 0

    def lend(self, case):
        self.calls += 1
        if self.calls % 2 or (case.meta and not case.meta.generation.mode.is_positive):
            return
        head = ""
        for segment in case.path.strip("/").split("/"):
            if not segment.startswith("{"):
                head += "/" + segment
            elif self.ids[head] and segment[1:-1] in (case.path_parameters or {}):
                case.path_parameters[segment[1:-1]] = self.ids[head][self.calls % len(self.ids[head])]

    def learn(self, case, response):
        if not 200 <= response.status_code < 300 or "json" not in response.headers.get("content-type", [""])[0]:
            return
        head = "/" + "/".join(segment for segment in case.path.strip("/").split("/") if not segment.startswith("{"))
        head = head.removesuffix("/query").removesuffix("/search").removesuffix("/bulk")
        found = self.ids[head]
        try:
            answer = response.json()
        except ValueError:
            return  # for the checks to find
        found += [id for id in self.found(answer) if id not in found]
        del found[:-20]

    def found(self, value):
        if isinstance(value, list):
            return [id for item in value for id in self.found(item)]
        if not isinstance(value, dict):
            return [value] if isinstance(value, str) and re.fullmatch("[0-9a-f]{8}-[0-9a-f-]{27}", value) else []
        own = [value[name] for name in ("Id", "id") if isinstance(value.get(name), str)]
        return own or [id for name in ("Data", "data") for id in self.found(value.get(name))]


def note(failures, recorder, case, check):
    failure = check.failure_info.failure
    text = re.sub(r"\s+", " ", f"{failure.title}: {failure.message}")[:600]
    kind = re.sub(r"'[^']*'|\"[^\"]*\"|[0-9]+", "_", text)[:200]
    interaction = recorder.interactions.get(case)
    response = interaction.response if interaction else None
    detail = {
        "text": text,
        "curl": check.failure_info.code_sample[:1500],
        "status": response.status_code if response else None,
        "answer": (response.content or b"").decode(errors="replace")[:1500] if response else None,
    }
    failures.setdefault((check.name, recorder.label, kind), detail)


def listed(everything):
    return [
        {"service": service, "check": check, "operation": operation, **(detail or {"text": kind})}
        for service, failures in sorted(everything.items())
        for (check, operation, kind), detail in failures.items()
    ]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=10, help="fuzzed requests of each operation, beside those that cover it")
    parser.add_argument("--quick", action="store_true", help="fuzzed requests only")
    parser.add_argument("--only", help="these services alone, separated by commas")
    parser.add_argument("--paths", type=int, help="about so many paths of each service")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="services at the same time")
    parser.add_argument("--binary", default=ROOT / "target/debug/conga-sandbox", help="the sandbox")
    parser.add_argument("--failures", type=pathlib.Path, help="file that all failures are written to, as JSON")
    arguments = parser.parse_args()
    services = sorted(path.stem for path in (ROOT / "spec/curated").glob("*.yaml"))
    if arguments.only:
        services = arguments.only.split(",")
    print("| service |", " | ".join(COLUMNS), "|")
    print("|---|" + "---:|" * len(COLUMNS))
    rows, everything = collections.defaultdict(collections.Counter), collections.defaultdict(dict)
    with futures.ProcessPoolExecutor(arguments.jobs, max_tasks_per_child=1) as pool:
        portions = [portion for service in services for portion in parts(service, arguments)]
        remaining = collections.Counter(service for service, _ in portions)
        waiting = [pool.submit(run, *portion, arguments) for portion in portions]
        for done in futures.as_completed(waiting):
            service, row, failures = done.result()
            rows[service] += row
            everything[service] |= failures
            if arguments.failures:
                arguments.failures.write_text(json.dumps(listed(everything), indent=1))
            remaining[service] -= 1
            if not remaining[service]:
                print(f"| {service} |", " | ".join(str(rows[service][column]) for column in COLUMNS), "|", flush=True)
    total = sum(rows.values(), collections.Counter())
    print("| **all** |", " | ".join(str(total[column]) for column in COLUMNS), "|")
    failures = listed(everything)
    for failure in failures[:50]:
        print(json.dumps(failure, indent=1), file=sys.stderr)
    print(f"schemathesis {schemathesis.__version__}, seed {SEED}, {arguments.examples} examples", file=sys.stderr)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
