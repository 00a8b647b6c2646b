"""Rebuilds the table of AWS endpoints from botocore's data.

Run at a release, or when the test says that the table is not current::

    python -m arazzo_runner.auth.build_endpoints           # writes aws_endpoints.json
    python -m arazzo_runner.auth.build_endpoints --check   # exit code 1 when botocore disagrees

Reading all service models takes seconds; that is why the table is shipped.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from arazzo_runner.auth.aws_endpoints import TABLE, plain_labels
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["KnownEndpoint", "build_table", "differences", "known_endpoints", "main"]


def build_table() -> dict[str, Any]:
    """The table, from the installed botocore: its list of endpoints, then every service's rules.

    - ``partitions``: DNS suffixes and the pattern of region names;
    - ``signingNames``: endpoint prefix to signing name, where the two differ;
    - ``globalHosts``: hosts without a region in their name, to signing name and region;
    - ``services``: what botocore knew, so that it can be told what is new since.
    """
    import botocore
    from botocore.loaders import Loader

    loader = Loader()
    models = _signing_names(loader)
    partitions = [_partition(each) for each in loader.load_data("partitions")["partitions"]]
    table = _Table(partitions, models)
    for endpoint in known_endpoints(loader):
        table.add(endpoint, from_rules=True)
    for partition in loader.load_data("endpoints")["partitions"]:
        regions = re.compile(_strip(partition["regionRegex"]))
        for prefix, service in partition["services"].items():
            for host, scope in _hosts(partition, prefix, service, regions):
                name = scope.get("service") or models.get(prefix, prefix)
                known = KnownEndpoint(prefix, host, name, scope.get("region", ""), fixed=True)
                table.add(known, from_rules=False)
    return {
        "botocore": botocore.__version__,
        "partitions": partitions,
        "signingNames": dict(sorted(table.names.items())),
        "globalHosts": table.hosts(),
        "services": loader.list_available_services("service-2"),
    }


class KnownEndpoint(NamedTuple):
    """A host and what botocore signs requests to it for. ``fixed`` says that the service demands
    this region, whatever the region of the caller.
    """

    service: str
    host: str
    signing_name: str
    region: str
    fixed: bool


def known_endpoints(loader: Any) -> Iterator[KnownEndpoint]:
    """What the rules of every service say, in two regions of every partition, plain, FIPS and
    dual-stack. Accounts, buckets and other things that rules may ask for are not given.
    """
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import BotoCoreError

    data = loader.load_data("partitions")
    regions = [
        region
        for partition in data["partitions"]
        for region in [r for r in partition["regions"] if not r.endswith("-global")][:2]
    ]
    for service in loader.list_available_services("service-2"):
        metadata = loader.load_service_model(service, "service-2")["metadata"]
        try:
            rules = loader.load_service_model(service, "endpoint-rule-set-1")
        except BotoCoreError:  # a service without rules
            continue
        provider = EndpointProvider(rules, data)
        usual = metadata.get("signingName", metadata["endpointPrefix"])
        for region, fips, dual in product(regions, (False, True), (False, True)):
            with suppress(BotoCoreError):  # not offered there
                found = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
                schemes = found.properties.get("authSchemes", ())
                scheme: dict[str, str] = next((s for s in schemes if s["name"] == "sigv4"), {})
                name = scheme.get("signingName", usual)
                host = urlsplit(found.url).hostname or ""
                fixed = "signingRegion" in scheme
                yield KnownEndpoint(service, host, name, scheme.get("signingRegion", region), fixed)


class _Table:
    """What is to be shipped: only what a host's name does not say itself."""

    def __init__(self, partitions: list[dict[str, Any]], models: Mapping[str, str]) -> None:
        self.names = {prefix: name for prefix, name in models.items() if prefix != name}
        self._hosts: dict[str, tuple[str, list[str]]] = {}
        self._partitions = partitions
        self._models = models
        self._regions = re.compile("|".join(each["regionPattern"] for each in partitions))

    def hosts(self) -> dict[str, list[str]]:
        """Hosts without a region; those of FIPS only where they differ from the plain ones."""
        kept = {host: found for host, (plain, found) in self._hosts.items() if host == plain}
        for host, (plain, found) in self._hosts.items():
            if kept.setdefault(plain, found) != found:
                kept[host] = found
        return dict(sorted(kept.items()))

    def add(self, endpoint: KnownEndpoint, *, from_rules: bool) -> None:
        """Take over what is not known yet. The rules know better than the prefix of a model."""
        suffix = _suffix_of(endpoint.host, self._partitions)
        if suffix is None:  # DynamoDB's `localhost:8000`
            return
        labels = plain_labels(endpoint.host.removesuffix("." + suffix))
        at = next((i for i, label in enumerate(labels) if self._regions.fullmatch(label)), None)
        if at is None:
            if endpoint.fixed and endpoint.region and endpoint.region not in endpoint.host:
                found = [endpoint.signing_name, endpoint.region]
                self._hosts.setdefault(endpoint.host, (".".join((*labels, suffix)), found))
            return
        if len(labels) > at + 1:  # names after the region are a matter of code
            return
        spelt = ".".join(labels[:at])
        known = self._models.get(spelt)
        if endpoint.signing_name not in (spelt, known) and (known is None or from_rules):
            self.names.setdefault(spelt, endpoint.signing_name)


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
    """Write the table, or check it. The exit code: 0, or 1 when ``--check`` finds a difference.

    What a newer botocore adds is no difference: its new services are told.
    """
    built = build_table()
    path = Path(str(TABLE))
    if "--check" not in arguments:
        path.write_text(json.dumps(built, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"wrote {path}\n")
        return 0
    shipped = json.loads(path.read_text(encoding="utf-8"))
    new = sorted(set(built["services"]) - set(shipped.get("services", ())))
    changed = list(differences(shipped, built, new))
    sys.stdout.write("".join(f"{line}\n" for line in changed))
    state = "not current" if changed else "current"
    told = f"; new since botocore {shipped['botocore']}: {', '.join(new)}" if new else ""
    sys.stdout.write(f"{path} is {state}{told}\n")
    return 1 if changed else 0


def differences(
    shipped: Mapping[str, Any], built: Mapping[str, Any], new: Sequence[str] = ()
) -> Iterator[str]:
    """What the shipped table says otherwise than the built one, or does not know of a service that
    is not new. What is gone is no difference: nobody asks for it.
    """
    for part in ("signingNames", "globalHosts"):
        known = shipped.get(part, {})
        for key, value in built[part].items():
            name = value[0] if isinstance(value, list) else value
            if key in known and known[key] != value:
                yield f"{part}: {key} is {known[key]}, botocore says {value}"
            elif key not in known and name not in new and key.partition(".")[0] not in new:
                yield f"{part}: {key} is missing, botocore says {value}"
    known_partitions = {each["id"]: each for each in shipped.get("partitions", ())}
    for partition in built["partitions"]:
        if known_partitions.get(partition["id"], partition) != partition:
            yield f"partitions: {partition['id']} has changed"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
