"""Options of runs on Temporal, and the command that carries them out."""

from __future__ import annotations

from arazzo_runner.cli.option_groups import CREDENTIALS, NO_COLOR, SERVERS, TIMES
from arazzo_runner.cli.options import Command, Option

_GROUP = "On Temporal"

CLUSTER = (
    Option(
        "--temporal",
        metavar="HOST:PORT",
        parse="word",
        group=_GROUP,
        text="the Temporal server whose workers carry out runs (extra temporal)",
    ),
    Option(
        "--namespace",
        metavar="NAME",
        parse="word",
        group=_GROUP,
        text="the server's namespace (default)",
    ),
    Option(
        "--queue",
        metavar="NAME",
        parse="word",
        group=_GROUP,
        text="the queue that workers and runs share (arazzo)",
    ),
    Option("--tls", group=_GROUP, text="talk TLS with the server"),
    Option(
        "--tls-ca",
        metavar="FILE",
        parse="existing_file",
        group=_GROUP,
        text="certificates that the server's is checked by (PEM)",
    ),
    Option(
        "--tls-cert",
        metavar="FILE",
        parse="existing_file",
        group=_GROUP,
        text="client certificate shown to the server (PEM)",
    ),
    Option("--tls-key", metavar="FILE", parse="existing_file", group=_GROUP, text="its key (PEM)"),
    Option(
        "--tls-name",
        metavar="NAME",
        parse="word",
        group=_GROUP,
        text="the name that the server's certificate has, where it is not HOST",
    ),
    Option(
        "--api-key",
        metavar="WHERE",
        parse="word",
        group=_GROUP,
        text="API key for the server: env:NAME, file:PATH or keyring:NAME",
    ),
    Option(
        "--codec-key",
        metavar="WHERE",
        parse="word",
        group=_GROUP,
        text="encrypt what the server keeps of runs, with the key at env:NAME or file:PATH; the "
        "same for workers and clients",
    ),
    Option(
        "--blobs",
        metavar="PLACE",
        parse="word",
        group=_GROUP,
        text="keep large values in this folder or under this s3://BUCKET/PREFIX, shared by "
        "workers and clients",
    ),
)

DETACH = Option("--detach", group=_GROUP, text="begin the run and do not wait for it: print its id")
ID = Option(
    "--id",
    metavar="ID",
    parse="word",
    group=_GROUP,
    text="the run's name on the server: a second run of that name is refused",
)

WORKER = Command(
    "worker",
    summary="carry out runs for a Temporal server",
    description="Carry out the runs of a queue of a Temporal server, until Ctrl-C or SIGTERM: then "
    "requests under way are finished (once more stops at once). Any number of workers share the "
    "work; what one leaves behind, however it ends, others go on with. Requests are sent with "
    "the credentials that are found here, on the worker.\n\n"
    "A run is carried out by workers of the version of the engine that began it.",
    examples=(
        (
            "with a development server",
            "arazzo worker --temporal 127.0.0.1:7233",
        ),
        (
            "with credentials, at most 10 requests a second to one host over all workers",
            (
                "arazzo worker --temporal 127.0.0.1:7233 --auth petApi.key=env:PET_KEY "
                "--limit api.example.com=10/s"
            ),
        ),
    ),
    arguments=(),
    options=(
        *CLUSTER,
        Option(
            "--concurrency",
            metavar="N",
            parse="count",
            group="How",
            text="how many requests at a time (100)",
        ),
        Option(
            "--limit",
            metavar="HOST=N/TIME",
            parse="host_rate",
            repeatable=True,
            group="How",
            text="at most so many requests to a host (HOST:PORT where it has one), over all "
            "workers of the queue, each of which is given the same; repeatable",
        ),
        *CREDENTIALS,
        *(o for o in SERVERS if o.name not in ("server", "server_var")),
        *(o for o in TIMES if o.name == "http_timeout"),
        Option("-q", "--quiet", group="Output", text="no messages but errors"),
        NO_COLOR,
    ),
)
