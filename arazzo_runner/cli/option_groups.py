"""The options that several commands share, in their groups."""

from __future__ import annotations

from arazzo_runner.cli.options import Argument, Option

FILE = Argument("FILE", "the Arazzo document (YAML or JSON)")
WORKFLOW = Argument(
    "WORKFLOW_ID", "which workflow; may be left out when the file has one", optional=True
)

INPUTS = (
    Option(
        "-i",
        "--input",
        metavar="NAME=VALUE",
        parse="assignment",
        repeatable=True,
        group="Inputs",
        text="an input of the workflow, read by the type its schema gives; NAME=@PATH takes a "
        "file's content, or the file itself where the API wants one (repeat it for several), "
        "NAME:=JSON takes JSON as it is; repeatable",
    ),
    Option(
        "--inputs",
        metavar="FILE",
        group="Inputs",
        text="all inputs as one JSON or YAML object; - reads standard input; -i overrides",
    ),
)

SERVERS = (
    Option(
        "--server",
        metavar="NAME=URL",
        parse="server",
        repeatable=True,
        group="Where requests go",
        text="send the requests of source description NAME to URL; repeatable",
    ),
    Option(
        "--server-var",
        metavar="NAME.VAR=VALUE",
        parse="server_variable",
        repeatable=True,
        group="Where requests go",
        text="set a server variable of source description NAME; repeatable",
    ),
    Option(
        "--proxy",
        metavar="URL",
        parse="proxy",
        group="Where requests go",
        text="send every request through this proxy",
    ),
    Option(
        "--ca-bundle",
        metavar="FILE",
        parse="existing_file",
        group="Where requests go",
        text="trust the certificate authorities of this file",
    ),
    Option(
        "--max-redirects",
        metavar="N",
        parse="number",
        group="Where requests go",
        text="follow so many redirects that the API does not document (10); 0: none",
    ),
    Option("--insecure", group="Where requests go", text="accept any certificate (for tests only)"),
    Option("--offline", group="Where requests go", text="refuse every request and every fetch"),
    Option(
        "--allow-host",
        metavar="HOST",
        parse="allowed_host",
        repeatable=True,
        group="Where requests go",
        text="reach only this host: api.example.com, *.example.com or host:port; for requests, "
        "redirects and documents alike; repeatable",
    ),
    Option(
        "--deny-private",
        group="Where requests go",
        text="refuse private, loopback, link-local and cloud metadata addresses, also when a name "
        "or a redirect leads to one",
    ),
)

CONFIGURATION = (
    Option(
        "--env",
        metavar="NAME",
        parse="word",
        group="Configuration",
        text="use this environment of arazzo.toml instead of its default",
    ),
    Option(
        "--config",
        metavar="FILE",
        parse="existing_file",
        group="Configuration",
        text="read this configuration instead of looking for arazzo.toml from the document's "
        "folder upwards",
    ),
    Option("--no-config", group="Configuration", text="read no configuration"),
)

GIVEN = (
    Option(
        "--auth",
        metavar="SCHEME=VALUE",
        parse="credential",
        repeatable=True,
        group="Credentials",
        text="the credential of a security scheme; SOURCE.SCHEME=VALUE for that of one source, "
        "SCHEME.FIELD=VALUE for a part of it, such as client_id. VALUE is the value itself, or "
        "env:VARIABLE, file:PATH, cmd:COMMAND or keyring:NAME, where it is; repeatable. "
        "'arazzo auth FILE' says what a file needs",
    ),
    Option(
        "--env-file",
        metavar="FILE",
        parse="existing_file",
        repeatable=True,
        group="Credentials",
        text="set the environment variables of this file (NAME=VALUE lines) that are not set yet; "
        "repeatable",
    ),
    Option(
        "--cert",
        metavar="FILE",
        parse="existing_file",
        group="Credentials",
        text="show this client certificate (PEM, its private key in it or in --key)",
    ),
    Option(
        "--key",
        metavar="FILE",
        parse="existing_file",
        group="Credentials",
        text="the private key of --cert (PEM)",
    ),
    Option(
        "--key-password",
        metavar="VALUE",
        group="Credentials",
        text="the password of that private key: itself, or where it is, as for --auth",
    ),
)

CREDENTIALS = (
    *GIVEN,
    Option(
        "--header",
        metavar="NAME:VALUE",
        parse="header",
        repeatable=True,
        group="Credentials",
        text="add a header to every request that does not set it; repeatable",
    ),
    Option(
        "--aws-profile",
        metavar="NAME",
        parse="word",
        group="Credentials",
        text="sign AWS requests with this profile of ~/.aws/config",
    ),
    Option(
        "--aws-region",
        metavar="NAME",
        parse="word",
        group="Credentials",
        text="sign for this AWS region instead of the server's",
    ),
    Option(
        "--aws-service",
        metavar="NAME",
        parse="word",
        group="Credentials",
        text="sign for this AWS service instead of the server's",
    ),
    Option("--no-sign", group="Credentials", text="send AWS requests unsigned"),
)

TIMES = (
    Option(
        "--poll-interval",
        metavar="TIME",
        parse="duration",
        group="Time and limits",
        text="first wait of a step that goes back to itself, doubled each time (1s); 0: no wait",
    ),
    Option(
        "--poll-max-interval",
        metavar="TIME",
        parse="duration",
        group="Time and limits",
        text="longest wait between two polls (30s)",
    ),
    Option(
        "--poll-timeout",
        metavar="TIME",
        parse="positive_duration",
        group="Time and limits",
        text="stop when one poll takes longer",
    ),
    Option(
        "--timeout",
        metavar="TIME",
        parse="positive_duration",
        group="Time and limits",
        text="stop when the whole run takes longer",
    ),
    Option(
        "--http-timeout",
        metavar="TIME",
        parse="positive_duration",
        group="Time and limits",
        text="how long one request may take (30s)",
    ),
    Option(
        "--max-steps",
        metavar="N",
        parse="count",
        group="Time and limits",
        text="stop after so many step attempts (1000; 10000 in polls)",
    ),
)

READING = (
    Option(
        "--check-responses",
        metavar="warn|error",
        parse="check_mode",
        group="Reading",
        text="hold every answer against its description: status, headers, body; warn, or fail "
        "the step",
    ),
    Option(
        "--strict",
        group="Reading",
        text="refuse what the specification forbids instead of warning about it",
    ),
    Option(
        "--document",
        metavar="FILE",
        parse="existing_file",
        repeatable=True,
        group="Reading",
        text="one more document that sources may refer to by its $self; repeatable",
    ),
    Option(
        "--allow-files-under",
        metavar="FOLDER",
        parse="existing_folder",
        repeatable=True,
        group="Reading",
        text="documents may refer only to files below this folder; repeatable",
    ),
    Option("--no-cache", group="Reading", text="neither read nor write parsed descriptions"),
)

JOURNAL = Option(
    "--journal",
    metavar="FILE",
    group="Keeping runs",
    text="keep the run in this file from its beginning, so that it survives being killed",
)
UNCERTAIN = (
    Option(
        "--on-uncertain",
        metavar="WHAT",
        parse="on_uncertain",
        group="Keeping runs",
        text="when a run was killed, its last request may have done its work and may not be sent "
        "twice: ask (stop with a question), fail, resend, or skip (it did)",
    ),
    Option(
        "--idempotent",
        metavar="NAME",
        parse="word",
        repeatable=True,
        group="Keeping runs",
        text="requests of this operation or step may be sent twice; repeatable",
    ),
    Option(
        "--probe",
        metavar="STEP=OPERATION",
        parse="probe",
        repeatable=True,
        group="Keeping runs",
        text="the operation that tells (2xx, 404) whether the request of STEP did its work; "
        "repeatable",
    ),
)
KEEPING = (
    JOURNAL,
    Option("--no-journal", group="Keeping runs", text="keep nothing, however long the run waits"),
    Option(
        "--journal-after",
        metavar="TIME",
        parse="duration",
        group="Keeping runs",
        text="without --journal, keep runs that wait longer than this in the user's journal (10s)",
    ),
    *UNCERTAIN,
    Option(
        "--idempotency-key",
        metavar="HEADER",
        parse="header_name",
        group="Keeping runs",
        text="send a key in this header with every POST and PATCH: the same for every attempt of "
        "one execution of a step",
    ),
    Option(
        "--finally",
        metavar="WORKFLOW_ID",
        parse="word",
        group="Keeping runs",
        text="run this workflow of the document afterwards, however the run ends; outputs so far "
        "are its inputs by name",
    ),
)

JSON = Option("--json", group="Output", text="one JSON object on standard output")
NO_COLOR = Option("--no-color", group="Output", text="no colours; NO_COLOR does the same")

REPORTS = (
    Option(
        "--html",
        metavar="FILE",
        group="Reports",
        text="write one page for people: flow, timeline, every request, answer and comparison",
    ),
    Option(
        "--junit",
        metavar="FILE",
        group="Reports",
        text="write a JUnit report for CI: a step is a test case",
    ),
    Option(
        "--har",
        metavar="FILE",
        group="Reports",
        text="write every request and answer as HAR, for browsers' network panels",
    ),
    Option(
        "--trace",
        metavar="FILE",
        group="Reports",
        text="write all that happened as JSON of a stable shape; 'arazzo diff' compares two; - "
        "writes any one of the reports to standard output, instead of the outputs",
    ),
    Option(
        "--otel",
        group="Reports",
        text="send spans and metrics to an OpenTelemetry collector, and traceparent to the servers "
        "(extra otel; set up by OTEL_EXPORTER_OTLP_ENDPOINT and its like)",
    ),
)

OUTPUT = (
    Option(
        "--dry-run",
        group="Output",
        text="send nothing: show every request of the straight path and a curl command for it; "
        "inputs that are not given are made up from their schema",
    ),
    JSON,
    Option(
        "--download-dir",
        metavar="DIR",
        group="Output",
        text="write binary answers to files in DIR, of any size, named after their step; outputs "
        "then show the path",
    ),
    Option(
        "--events",
        metavar="FILE",
        group="Output",
        text="write every record of the run as a line of JSON while it happens; - writes to "
        "standard output, instead of the outputs",
    ),
    Option(
        "-v",
        "--verbose",
        group="Output",
        counted=True,
        text="show requests, answers, every comparison with its values, waits and actions; -vv "
        "headers and whole bodies too",
    ),
    Option("-q", "--quiet", group="Output", text="show only outputs and errors"),
    NO_COLOR,
)

RECORD = Option(
    "--record",
    metavar="FILE",
    group="Output",
    text="write what was sent and what came as a cassette, secrets masked: see 'arazzo replay'",
)

RUN_ID = Argument("RUN", "the run's id, or how it begins; 'last' is the newest")
FILE_OF_RUNS = Option(
    "--journal",
    metavar="FILE",
    group="Journal",
    text="the file that keeps the runs (ARAZZO_JOURNAL, or the user's own)",
)

SEED = Option(
    "--seed",
    metavar="N",
    parse="number",
    group="Made values",
    text="make other values; the same number makes the same ones again (0)",
)

OFFLINE = tuple(option for option in READING if option.name != "check_responses")
"""How documents are read by commands that send nothing."""
SIMULATED = tuple(option for option in OUTPUT if option.name != "dry_run")
