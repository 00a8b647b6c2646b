"""Rebuilds the table of AWS endpoints from botocore's data.

Run at a release, or when the test says that the table is not current::

    python -m arazzo_runner.auth.build_endpoints           # writes aws_endpoints.json
    python -m arazzo_runner.auth.build_endpoints --check   # exit code 1 when it is not current

Reading all service models takes seconds; that is why the table is shipped.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from arazzo_runner.auth.aws_endpoints import TABLE, plain_labels

__all__ = ["build_table", "main"]


def build_table() -> dict[str, Any]:
    """The table, from the installed botocore.

    - ``partitions``: DNS suffixes and the pattern of region names;
    - ``signingNames``: endpoint prefix to signing name, where the two differ;
    - ``globalHosts``: hosts without a region in their name, to signing name and region.
    """
    import botocore
    from botocore.loaders import Loader

    loader = Loader()
    models = _signing_names(loader)
    partitions = [_partition(each) for each in loader.load_data("partitions")["partitions"]]
    names = {prefix: name for prefix, name in models.items() if prefix != name}
    hosts: dict[str, list[str]] = {}
    for partition in loader.load_data("endpoints")["partitions"]:
        regions = re.compile(_strip(partition["regionRegex"]))
        for prefix, service in partition["services"].items():
            for host, scope in _hosts(partition, prefix, service, regions):
                suffix = _suffix_of(host, partitions)
                if suffix is None:  # DynamoDB's `localhost:8000`
                    continue
                name = scope.get("service") or models.get(prefix, prefix)
                labels = plain_labels(host.removesuffix("." + suffix))
                spelt = ".".join(labels[:-1])
                if not regions.fullmatch(labels[-1]):
                    if scope.get("region", host) not in host:
                        hosts[host] = [name, scope["region"]]
                elif spelt != name and spelt not in models:
                    names.setdefault(spelt, name)
    return {
        "botocore": botocore.__version__,
        "partitions": partitions,
        "signingNames": dict(sorted(names.items())),
        "globalHosts": dict(sorted(hosts.items())),
    }


def _signing_names(loader: Any) -> dict[str, str]:
    found = {}
    for service in loader.list_available_services("service-2"):
        metadata = loader.load_service_model(service, "service-2")["metadata"]
        prefix = metadata["endpointPrefix"]
        found[prefix] = metadata.get("signingName", prefix)
    return found


def _partition(data: Mapping[str, Any]) -> dict[str, Any]:
    outputs = data["outputs"]
    return {
        "id": data["id"],
        "suffixes": sorted({outputs["dnsSuffix"], outputs["dualStackDnsSuffix"]}),
        "regionPattern": _strip(data["regionRegex"]),
    }


def _strip(pattern: str) -> str:
    return pattern.removeprefix("^").removesuffix("$").replace("\\-", "-")


def _suffix_of(host: str, partitions: list[dict[str, Any]]) -> str | None:
    suffixes = [suffix for partition in partitions for suffix in partition["suffixes"]]
    return max((each for each in suffixes if host.endswith("." + each)), key=len, default=None)


def _hosts(
    partition: Mapping[str, Any],
    prefix: str,
    service: Mapping[str, Any],
    regions: re.Pattern[str],
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Every host name of a service in a partition, with its credential scope."""
    usual = {**partition["defaults"], **service.get("defaults", {})}
    usual_scope = usual.get("credentialScope", {})
    for region, endpoint in service["endpoints"].items():
        scope = {**usual_scope, **endpoint.get("credentialScope", {})}
        templates = [endpoint["hostname"]] if "hostname" in endpoint else []
        if not templates and regions.fullmatch(region):  # else a name that is no region
            templates.append(usual["hostname"])
        templates += [
            each["hostname"] for each in endpoint.get("variants", ()) if "hostname" in each
        ]
        for template in templates:
            host = template.replace("{service}", prefix).replace("{region}", region)
            yield host.replace("{dnsSuffix}", partition["dnsSuffix"]), scope


def main(arguments: list[str]) -> int:
    """Write the table, or check it. The exit code: 0, or 1 when ``--check`` finds a difference."""
    text = json.dumps(build_table(), indent=1) + "\n"
    path = Path(str(TABLE))
    if "--check" in arguments:
        current = path.read_text(encoding="utf-8") == text
        sys.stdout.write(f"{path} is {'current' if current else 'not current'}\n")
        return 0 if current else 1
    path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"wrote {path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
