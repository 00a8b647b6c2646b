"""The requests that botocore itself builds: the whole client, stopped before it sends."""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.model import OperationModel
from botocore.serialize import create_serializer

__all__ = ["SERVER", "Built", "flat", "operation_model", "their_request"]

SERVER = "https://aws.test"
_session = botocore.session.Session()


class Built:
    """Method, URL, headers and body as they would go out."""

    def __init__(self, prepared: Any) -> None:
        self.method: str = prepared.method
        self.url: str = prepared.url
        self.headers = {
            key.lower(): value.decode() if isinstance(value, bytes) else value
            for key, value in prepared.headers.items()
        }
        body = prepared.body
        if hasattr(body, "read"):
            body = body.read()
        self.body: bytes = body.encode() if isinstance(body, str) else body or b""


class _Caught(Exception):
    def __init__(self, prepared: Any) -> None:
        super().__init__()
        self.prepared = prepared


def operation_model(service: str, operation: str) -> OperationModel:
    return _session.get_service_model(service).operation_model(operation)


def their_request(service: str, operation: str, values: dict[str, Any]) -> Built:
    """What a client of botocore sends for a call."""
    client = _session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=SERVER,
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        config=Config(
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            inject_host_prefix=False,
            retries={"max_attempts": 0},
        ),
    )

    def catch(request: Any, **_: Any) -> AWSResponse:
        raise _Caught(request)

    client.meta.events.register("before-send", catch)
    try:
        client._make_api_call(operation, dict(values))
    except _Caught as caught:
        return Built(caught.prepared)
    finally:
        client.close()
    raise AssertionError("nothing was sent")


def flat(model: OperationModel, values: dict[str, Any]) -> dict[str, str]:
    """The pairs of the query protocols."""
    serializer = create_serializer(model.service_model.metadata["protocol"])
    body: dict[str, str] = serializer.serialize_to_request(values, model)["body"]
    return body
