"""Whether the configuration of the OpenTelemetry collector hangs together.

The collector's own `validate` needs the collector, which no registry of packages has; this holds what it would
complain of: parts named in pipelines that are not there, parts nobody names, and addresses callers do not use.
"""

import re
import sys

import yaml


def faults(collector, callers):
    found = []
    pipelines = collector["service"]["pipelines"]
    for kind in ("receivers", "processors", "exporters"):
        known = set(collector.get(kind) or {})
        named = {name for pipeline in pipelines.values() for name in pipeline.get(kind) or []}
        found += [f"a pipeline names {kind[:-1]} `{name}`, which is not there" for name in sorted(named - known)]
        found += [f"{kind[:-1]} `{name}` is in no pipeline" for name in sorted(known - named)]
    for name, pipeline in pipelines.items():
        found += [f"pipeline `{name}` has no {kind}" for kind in ("receivers", "exporters") if not pipeline.get(kind)]
        processors = pipeline.get("processors") or []
        if "memory_limiter" in processors[1:]:
            found.append(f"pipeline `{name}` limits its memory after it has taken some")
    for signal in ("traces", "metrics"):
        if signal not in pipelines:
            found.append(f"there is no pipeline for {signal}, which Signet exports")
    taken = collector["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"].rsplit(":", 1)[1]
    for file in callers:
        with open(file, encoding="utf-8") as text:
            ports = set(re.findall(r"otel-collector:(\d+)", text.read()))
        if ports != {taken}:
            found.append(f"{file} exports to {sorted(ports)}, and the collector listens at {taken}")
    return found


def main():
    collector, *callers = sys.argv[1:]
    with open(collector, encoding="utf-8") as text:
        found = faults(yaml.safe_load(text), callers)
    for fault in found:
        print(f"{collector}: {fault}", file=sys.stderr)
    sys.exit(bool(found))


main()
