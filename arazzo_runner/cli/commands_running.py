"""Commands that send requests, or say what is needed for it."""

from __future__ import annotations

from arazzo_runner.cli.commands_temporal import CLUSTER, DETACH, ID
from arazzo_runner.cli.option_groups import (
    CONFIGURATION,
    CREDENTIALS,
    FILE,
    GIVEN,
    INPUTS,
    JSON,
    KEEPING,
    NO_COLOR,
    OUTPUT,
    READING,
    RECORD,
    REPORTS,
    SERVERS,
    TIMES,
    WORKFLOW,
)
from arazzo_runner.cli.options import Argument, Command, Option

RUN = Command(
    "run",
    summary="run one workflow",
    description="Run one workflow of an Arazzo document: its steps call the APIs that the "
    "document describes, in the order and under the conditions it gives. Progress goes to "
    "standard error, the workflow's outputs to standard output.\n\n"
    "A TIME is a number of seconds (90, 1.5) or has a unit: 500ms, 30s, 5m, 2h.",
    examples=(
        ("the only workflow of a file", "arazzo run flow.yaml -i petId=5"),
        (
            "against a local server, for scripts",
            (
                "arazzo run flow.yaml place-order --inputs order.json "
                "--server petApi=http://127.0.0.1:8080 --json"
            ),
        ),
        (
            "an AWS workflow with a profile, polling every 10 seconds",
            (
                "arazzo run train.yaml --inputs job.yaml --aws-profile ml --poll-interval 10s "
                "--poll-max-interval 10s"
            ),
        ),
    ),
    arguments=(FILE, WORKFLOW),
    options=(
        *INPUTS,
        *SERVERS,
        *CONFIGURATION,
        *CREDENTIALS,
        *TIMES,
        *READING,
        *KEEPING,
        *CLUSTER,
        DETACH,
        ID,
        *REPORTS,
        *OUTPUT,
        RECORD,
    ),
)

BATCH = Command(
    "batch",
    summary="run one workflow for many rows of inputs",
    description="Run a workflow once for every row: of a CSV file (the first line names the "
    "inputs, an empty cell gives nothing), of JSON lines, or of a JSON array of objects. Standard "
    "output gets a line of JSON for each row. Rows are kept in the journal: after an "
    "interruption, --resume goes on with those that were begun and runs those that were not.\n\n"
    "A host that answers 429 is left alone for the time it asks for, gets fewer requests "
    "afterwards, and the request is sent again.",
    examples=(
        ("a CSV file, 50 at a time", "arazzo batch flow.yaml --inputs rows.csv --concurrency 50"),
        (
            "from another program, at most 10 requests a second",
            "arazzo batch flow.yaml place-order --inputs - --rate 10/s --output results.jsonl",
        ),
        ("the rest of it", "arazzo batch flow.yaml --inputs rows.csv --resume last"),
    ),
    arguments=(FILE, WORKFLOW),
    options=(
        Option(
            "--inputs",
            metavar="ROWS",
            group="Rows",
            text="the file of the rows; - reads standard input",
        ),
        Option(
            "--format",
            metavar="NAME",
            parse="row_format",
            group="Rows",
            text="csv, jsonl or json, where the file's name does not tell",
        ),
        INPUTS[0],
        Option(
            "--concurrency",
            metavar="N",
            parse="count",
            group="How",
            text="how many rows at a time (20)",
        ),
        Option(
            "--rate",
            metavar="N/TIME",
            parse="rate",
            group="How",
            text="at most so many requests to one host: 10/s, 600/m",
        ),
        Option(
            "--max-failures",
            metavar="N",
            parse="count",
            group="How",
            text="begin no more rows after N failed",
        ),
        Option(
            "--share-depends-on",
            group="How",
            text="run the workflows of dependsOn (a login) once for all rows, with the inputs of "
            "the first",
        ),
        Option(
            "--resume",
            metavar="ID",
            parse="word",
            group="How",
            text="go on with this batch ('last': the newest): rows that are done are not repeated",
        ),
        Option(
            "--retry-failed",
            group="How",
            text="with --resume, run the rows that failed once more",
        ),
        *SERVERS,
        *CONFIGURATION,
        *CREDENTIALS,
        *TIMES,
        *READING,
        *(o for o in KEEPING if o.name != "journal_after"),
        *CLUSTER,
        DETACH,
        Option(
            "-o",
            "--output",
            metavar="FILE",
            group="Output",
            text="write the lines of the rows to this file instead of standard output",
        ),
        Option(
            "--order",
            metavar="NAME",
            parse="row_order",
            group="Output",
            text="rows (in their order) or ended (as they end)",
        ),
        Option(
            "--junit",
            metavar="FILE",
            group="Output",
            text="write a JUnit report, each row a test case",
        ),
        Option("-q", "--quiet", group="Output", text="no progress and no summary"),
        NO_COLOR,
    ),
)

AUTH = Command(
    "auth",
    summary="show which credentials are needed and where they come from",
    description="Show which credentials the workflows of a document need, which were found and "
    "where, and how to give the others. Values are never shown. --login gets an OAuth2 token "
    "with a browser (or a device code) and keeps it for later runs; --logout forgets it.\n\n"
    "Exit code 0 whatever is missing; with --strict 2 when something is.",
    examples=(
        ("what does a file need?", "arazzo auth flow.yaml"),
        ("is a key found there?", "arazzo auth flow.yaml --auth petApi.key=keyring:pets"),
        ("log in ahead of a run", "arazzo auth flow.yaml --login oauth --auth oauth.client_id=ID"),
    ),
    arguments=(FILE, WORKFLOW),
    options=(
        Option(
            "--login",
            metavar="SCHEME",
            parse="word",
            group="Tokens",
            text="log in for this security scheme (SOURCE.SCHEME when several sources have it)",
        ),
        Option(
            "--logout",
            metavar="SCHEME",
            parse="word",
            group="Tokens",
            text="forget the tokens kept for this security scheme",
        ),
        *GIVEN,
        *CONFIGURATION,
        *SERVERS,
        TIMES[4],
        *READING,
        JSON,
        NO_COLOR,
    ),
)

AWS_DESCRIBE = Command(
    "aws describe",
    summary="write the OpenAPI description of an AWS service",
    description="Write an OpenAPI 3.1 description of an AWS service, from the service models that "
    "botocore ships: operations, parameters, bodies, errors, the regional server and the "
    "signature. The same botocore writes the same text.",
    examples=(
        ("all of a service", "arazzo aws describe sqs -o openapi/sqs.yml"),
        (
            "only what a workflow uses",
            "arazzo aws describe s3 --operations PutObject,HeadObject -o openapi/s3.yml",
        ),
    ),
    arguments=(Argument("SERVICE", "botocore's name of the service, such as sagemaker or s3"),),
    options=(
        Option(
            "--operations",
            metavar="NAMES",
            parse="words",
            group="What is described",
            text="only these operations, separated by commas",
        ),
        Option(
            "--texts",
            group="What is described",
            text="with AWS's own explanations of operations and members",
        ),
        Option(
            "-o",
            "--output",
            metavar="FILE",
            group="Output",
            text="write to this file (.json for JSON) instead of standard output",
        ),
        NO_COLOR,
    ),
)

AWS_WHOAMI = Command(
    "aws whoami",
    summary="show the AWS identity that would sign requests",
    description="Ask AWS (STS GetCallerIdentity) whose credentials would sign the requests of a "
    "run: the same credentials, profile and region are looked for.",
    examples=(
        ("with the usual credentials", "arazzo aws whoami"),
        ("with a profile, for scripts", "arazzo aws whoami --aws-profile ml --json"),
    ),
    arguments=(),
    options=(
        *(o for o in CREDENTIALS if o.name in ("aws_profile", "aws_region")),
        *(o for o in SERVERS if o.name in ("proxy", "ca_bundle", "insecure")),
        Option(
            "--server",
            metavar="URL",
            parse="url",
            group="Where requests go",
            text="ask this server instead of AWS, an emulation for example",
        ),
        *(o for o in TIMES if o.name == "http_timeout"),
        JSON,
        NO_COLOR,
    ),
)
