"""A service model of botocore: its operations and shapes, its protocol, its endpoint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from arazzo_runner.errors import UsageError, did_you_mean
from arazzo_runner.named_tuples import NamedTuple

__all__ = ["PROTOCOLS", "ServiceModel", "load_service_model", "words_of"]

PROTOCOLS: Final = ("json", "rest-json", "rest-xml", "query", "ec2")
_TWO_REGIONS: Final = ("us-east-1", "eu-west-1")
_WORD: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")

Shape = Mapping[str, Any]


class ServiceModel(NamedTuple):
    """What botocore says about a service.

    Attributes:
        name: botocore's name of it, such as ``sagemaker``.
        protocol: one of :data:`PROTOCOLS`, the first of the service's own that is.
        metadata, operations, shapes: as in the model.
        url: of its endpoint, with ``{region}`` where that belongs.
    """

    name: str
    protocol: str
    metadata: Mapping[str, Any]
    operations: Mapping[str, Mapping[str, Any]]
    shapes: Mapping[str, Shape]
    url: str

    def reachable(self, roots: Iterable[str]) -> set[str]:
        """The names of shapes and of all shapes in them."""
        seen: set[str] = set()
        todo = list(roots)
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            shape = self.shapes[name]
            uses = [*shape.get("members", {}).values()]
            uses += [shape[key] for key in ("member", "key", "value") if key in shape]
            todo.extend(use["shape"] for use in uses)
        return seen


def load_service_model(name: str) -> ServiceModel:
    """The model of a service, by botocore's name of it.

    Raises:
        UsageError: botocore has none of that name, or it speaks no protocol that can be described.
    """
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    loader = Loader()
    try:
        data = loader.load_service_model(name, "service-2")
    except UnknownServiceError:
        known = loader.list_available_services("service-2")
        raise UsageError(
            f"botocore has no service '{name}'",
            hint=did_you_mean(name, known) or "names are those of the AWS command line, such as s3",
        ) from None
    metadata = data["metadata"]
    spoken = metadata.get("protocols") or [metadata["protocol"]]
    protocol = next((each for each in spoken if each in PROTOCOLS), None)
    if protocol is None:
        raise UsageError(
            f"the service '{name}' speaks {', '.join(spoken)} only, which OpenAPI cannot describe"
        )
    url = _url(loader, name, metadata)
    return ServiceModel(name, protocol, metadata, data["operations"], data["shapes"], url)


def _url(loader: Any, name: str, metadata: Mapping[str, Any]) -> str:
    """The endpoint by the service's own rules, asked for two regions."""
    from botocore.endpoint_provider import EndpointProvider
    from botocore.exceptions import BotoCoreError

    try:
        rules = loader.load_service_model(name, "endpoint-rule-set-1")
        provider = EndpointProvider(rules, loader.load_data("partitions"))
        one, other = (
            provider.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False).url
            for region in _TWO_REGIONS
        )
    except BotoCoreError:  # the rules want to know more, an account for example
        return f"https://{metadata['endpointPrefix']}.{{region}}.amazonaws.com"
    return str(one if one == other else one.replace(_TWO_REGIONS[0], "{region}"))


def words_of(name: str) -> str:
    """``CreateTrainingJob`` as words: ``Create training job``."""
    words = _WORD.findall(name)
    kept = [word if word.isupper() and len(word) > 1 else word.lower() for word in words]
    text = " ".join(kept) or name
    return text[0].upper() + text[1:]
