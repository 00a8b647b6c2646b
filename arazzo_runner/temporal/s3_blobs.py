"""Large payloads in S3, or in a store that speaks its language.

``s3://BUCKET[/PREFIX][?region=REGION][&endpoint=URL]``. Region and credentials are found as for
requests to AWS. The endpoint is for others' stores (MinIO, Ceph …); ``AWS_ENDPOINT_URL_S3`` and
``AWS_ENDPOINT_URL`` give it too.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import OrderedDict
from hashlib import sha256
from math import inf
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from arazzo_runner.auth import (
    AwsSettings,
    CallCredentials,
    Signature,
    SigningPlan,
    aws_signer,
    dns_suffix,
    find_aws_region,
)
from arazzo_runner.errors import (
    CredentialsError,
    PayloadError,
    PayloadNotKept,
    PayloadUnreadable,
    TransportError,
    UsageError,
    did_you_mean,
)
from arazzo_runner.execution.settings import Settings
from arazzo_runner.temporal.blobs import checked
from arazzo_runner.values import Redactor, Request, Response
from arazzo_runner.values.service_errors import service_error

if TYPE_CHECKING:
    from arazzo_runner.execution.http import HttpSettings

__all__ = ["S3Blobs"]

_LARGEST: Final = 2**30  # bytes
_SECONDS: Final = 120.0  # for one transfer
_PAUSES: Final = (0.2, 1.0, 3.0)  # seconds before a transfer is tried again
_SHORT: Final = 600.0  # seconds after which an object is written anew
_REMEMBERED: Final = 1_000  # objects
_PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
_PLAIN: Final = "application/octet-stream"
_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_OPTIONS: Final = ("region", "endpoint")


class S3Blobs:
    """A bucket. Objects are written anew when they are used anew, so that a rule for their age
    counts from the last use; but not those that this process has written a short time ago.

    Args:
        url: what all objects have in common, with a slash at the end.
        place: the same as the user wrote it.
        credentials: sign every request.
        settings: proxy and certificates.
    """

    def __init__(
        self, url: str, place: str, credentials: CallCredentials, settings: Settings
    ) -> None:
        self._url = url
        self._place = place
        self._credentials = credentials
        self._settings = settings
        self._http: HttpSettings | None = None
        self._written: OrderedDict[str, float] = OrderedDict()

    @classmethod
    def at(
        cls, place: str, *, settings: Settings | None = None, redactor: Redactor | None = None
    ) -> S3Blobs:
        """The bucket of an ``s3:`` URL.

        Raises:
            UsageError: it names no bucket, or no region can be found for it.
            CredentialsError: the AWS profile does not exist.
        """
        settings = settings or Settings()
        aws = settings.aws
        url, region = _resolved(place, aws)
        signature = Signature(lambda: aws_signer(SigningPlan("s3", region), aws, redactor=redactor))
        return cls(url, place, CallCredentials([signature], url), settings)

    async def put(self, data: bytes) -> str:
        """As :meth:`.blobs.BlobStore.put`. What goes wrong on the way is tried again."""
        name = sha256(data).hexdigest()
        if time.monotonic() - self._written.get(name, -inf) < _SHORT:
            return name
        headers = (("Content-Type", _PLAIN),)
        await self._ask(
            Request("PUT", self._url + name, headers, data), PayloadNotKept, "written to"
        )
        self._written[name] = time.monotonic()
        self._written.move_to_end(name)
        if len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)
        return name

    async def get(self, name: str) -> bytes:
        """As :meth:`.blobs.BlobStore.get`. What goes wrong on the way is tried again."""
        response = await self._ask(
            Request("GET", self._url + name, ()), PayloadUnreadable, "read from"
        )
        body = response.body
        return checked(body if isinstance(body, bytes) else b"", name, f"'{self._place}'")

    async def _ask(self, request: Request, problem: type[PayloadError], what: str) -> Response:
        """The answer, when it is 2xx.

        Raises:
            PayloadError: there is none, after several tries, or it says no.
        """
        name = request.url.rpartition("/")[2]
        trouble, hint = "", None
        for pause in (*_PAUSES, None):
            try:
                response = await self._send(request)
            except TransportError as error:
                trouble, hint = error.message, error.hint
            except CredentialsError as error:
                trouble, hint = error.message, error.hint
                break
            else:
                if 200 <= response.status < 300:
                    return response
                trouble, hint = _refusal(response)
                if response.status not in _PASSING:
                    break
            if pause is not None:
                await asyncio.sleep(pause)
        raise problem(f"the payload {name} cannot be {what} '{self._place}': {trouble}", hint=hint)

    async def _send(self, request: Request) -> Response:
        from arazzo_runner.execution.http import AsyncHttp

        client = AsyncHttp(self._client_settings())  # loops come and go: none keeps a connection
        try:
            sent = await self._signed(request)
            response = await client.send(sent)
            if self._credentials.answered(sent, response):  # expired, or this clock is wrong
                response = await client.send(await self._signed(request))
            return response
        finally:
            await client.close()

    async def _signed(self, request: Request) -> Request:
        if not self._credentials.ready():
            await asyncio.to_thread(self._credentials.prepare)
        return self._credentials.apply(request)

    def _client_settings(self) -> HttpSettings:
        from arazzo_runner.execution.http import HttpSettings

        if self._http is None:
            self._http = HttpSettings(
                timeout=_SECONDS,
                limit=_LARGEST,
                verify=self._settings.verify,
                proxy=self._settings.proxy,
                redirects=0,
            )
        return self._http


def _resolved(place: str, aws: AwsSettings) -> tuple[str, str]:
    """What the URLs of all objects begin with, and the region to sign for."""
    parts = urlsplit(place)
    options = dict(parse_qsl(parts.query))
    for name in options:
        if name not in _OPTIONS:
            raise UsageError(
                f"'{place}' has an option '{name}' that is not known",
                hint=did_you_mean(name, _OPTIONS) or f"known: {', '.join(_OPTIONS)}",
            )
    bucket = parts.netloc
    if not bucket or "@" in bucket or ":" in bucket:
        raise UsageError(f"'{place}' names no bucket", hint="write s3://BUCKET/PREFIX")
    region = options.get("region") or aws.region or find_aws_region(aws.profile)
    given = [options.get("endpoint"), *map(os.environ.get, _ENDPOINTS)]
    endpoint = next(filter(None, given), "")
    if endpoint and urlsplit(endpoint).scheme not in ("http", "https"):
        raise UsageError(f"'{endpoint}' is no URL of a store", hint="it begins with https://")
    if not region and not endpoint:
        raise UsageError(
            f"the region of '{place}' is not known",
            hint=f"add it: {place}{'&' if parts.query else '?'}region=eu-central-1",
        )
    region = region or "us-east-1"  # others' stores take any
    host = f"s3.{region}.{dns_suffix(region)}"
    if endpoint:
        url = f"{endpoint.rstrip('/')}/{bucket}/"
    elif "." in bucket:  # no certificate is for such a host name
        url = f"https://{host}/{bucket}/"
    else:
        url = f"https://{bucket}.{host}/"
    prefix = quote(unquote(parts.path).strip("/"), safe="/~")
    return (f"{url}{prefix}/" if prefix else url), region


def _refusal(response: Response) -> tuple[str, str | None]:
    """What the answer says, and what to do."""
    error = service_error(response)
    said = f"{response.status} {error.code}" if error and error.code else str(response.status)
    region = response.header("x-amz-bucket-region")
    if 300 <= response.status < 400 and region:
        return said, f"the bucket is in another region: ?region={region}"
    if response.status == 404:
        return said, (
            "every worker and client needs the --blobs that the run was started with, and what is "
            "in it as long as the run's history"
        )
    if response.status == 403:
        return said, "reading needs s3:GetObject, writing s3:PutObject, on what is below the prefix"
    return said, None
