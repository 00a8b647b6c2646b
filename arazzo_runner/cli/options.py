"""Commands, arguments and options as data: parser, help pages and documentation are made of it.

Nothing here imports anything heavy: ``arazzo --help`` reads only this module.
"""

from __future__ import annotations

__all__ = ["COMMANDS", "EXIT_CODES", "Argument", "Command", "Option"]


EXIT_CODES = (
    (0, "completed"),
    (1, "the workflow failed, or ended through a failure action"),
    (2, "wrong usage, inputs or credentials"),
    (3, "a document or description could not be read or linked"),
    (4, "stopped by a guard: time limit, steps, depth, size"),
    (130, "interrupted"),
)


class Argument:
    """A positional argument. An optional one may be left out; ``many`` takes any number."""

    __slots__ = ("help", "many", "name", "optional")

    def __init__(self, name: str, text: str, *, optional: bool = False, many: bool = False) -> None:
        self.name = name
        self.help = text
        self.optional = optional
        self.many = many


class Option:
    """An option. Without ``metavar`` it is a switch.

    ``parse`` names a function of ``cli.option_values`` that reads the text; it is looked up when
    the option is used. ``repeatable`` collects all values in a list.
    """

    __slots__ = ("flags", "group", "help", "metavar", "parse", "repeatable")

    def __init__(
        self,
        *flags: str,
        text: str,
        group: str,
        metavar: str | None = None,
        parse: str | None = None,
        repeatable: bool = False,
    ) -> None:
        self.flags = flags
        self.help = text
        self.group = group
        self.metavar = metavar
        self.parse = parse
        self.repeatable = repeatable

    @property
    def name(self) -> str:
        """The attribute that holds its value: the long flag with underscores."""
        return self.flags[-1].lstrip("-").replace("-", "_")


class Command:
    """A command: what it is for, what it takes, how it is used, how it ends."""

    __slots__ = (
        "arguments",
        "description",
        "examples",
        "exit_codes",
        "module",
        "name",
        "options",
        "summary",
    )

    def __init__(
        self,
        name: str,
        *,
        summary: str,
        description: str,
        examples: tuple[tuple[str, str], ...],
        arguments: tuple[Argument, ...],
        options: tuple[Option, ...],
        exit_codes: tuple[tuple[int, str], ...] = EXIT_CODES,
    ) -> None:
        self.name = name
        self.module = f"arazzo_runner.cli.{name.replace(' ', '_')}"
        self.summary = summary
        self.description = description
        self.examples = examples
        self.arguments = arguments
        self.options = options
        self.exit_codes = exit_codes


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
        text="show requests, answers, every comparison with its values, waits and actions",
    ),
    Option("-q", "--quiet", group="Output", text="show only outputs and errors"),
    NO_COLOR,
)

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
    options=(*INPUTS, *SERVERS, *CONFIGURATION, *CREDENTIALS, *TIMES, *READING, *KEEPING, *OUTPUT),
)

LIST = Command(
    "list",
    summary="list the workflows of a document",
    description="List the workflows of an Arazzo document with their summaries. Only the "
    "document is read, not the descriptions it refers to.",
    examples=(
        ("for people", "arazzo list flow.yaml"),
        ("for scripts", "arazzo list flow.yaml --json"),
    ),
    arguments=(FILE,),
    options=(JSON, NO_COLOR),
)

SHOW = Command(
    "show",
    summary="show what a workflow needs and does",
    description="Show a workflow: its inputs, steps and operations, servers, the credentials it "
    "needs, its outputs, and an example command to paste.",
    examples=(
        ("the only workflow of a file", "arazzo show flow.yaml"),
        ("one of several, for scripts", "arazzo show flow.yaml place-order --json"),
    ),
    arguments=(FILE, WORKFLOW),
    options=(*SERVERS[:2], *CONFIGURATION, *READING, JSON, NO_COLOR),
)

VALIDATE = Command(
    "validate",
    summary="find what is wrong in documents",
    description="Check Arazzo documents, and what they use of the descriptions they refer to: "
    "structure, references, expressions, conditions, flow, parameters, bodies, answers. Every "
    "finding says where it is and what to do; 'arazzo rules RULE' explains its rule.",
    examples=(
        ("one file", "arazzo validate flow.yaml"),
        ("all documents of a folder", "arazzo validate workflows/"),
        ("write the conforming forms", "arazzo validate flow.yaml --fix"),
        ("for scripts", "arazzo validate flow.yaml --format json"),
        (
            "only what is new fails, warnings included",
            "arazzo validate workflows/ --baseline known.json --fail-on warning",
        ),
    ),
    arguments=(Argument("FILE", "a document, folder or pattern; - is standard input", many=True),),
    options=(
        Option(
            "--format",
            metavar="FORMAT",
            parse="report_format",
            group="Output",
            text="text (for people), json, sarif, junit, github, gitlab or markdown",
        ),
        NO_COLOR,
        Option(
            "--fail-on",
            metavar="SEVERITY",
            parse="severity",
            group="Rules",
            text="exit with 1 when there is an error, a warning or a hint (error)",
        ),
        Option(
            "--select",
            metavar="RULES",
            parse="rule_names",
            group="Rules",
            text="only these rules, separated by commas; * stands for anything",
        ),
        Option(
            "--ignore",
            metavar="RULES",
            parse="rule_names",
            group="Rules",
            text="all rules but these",
        ),
        Option(
            "--baseline",
            metavar="FILE",
            group="Rules",
            text="findings that this file knows do not count",
        ),
        Option(
            "--write-baseline",
            metavar="FILE",
            group="Rules",
            text="write the findings of now as a baseline, and exit with 0",
        ),
        Option(
            "--fix",
            group="Fixes",
            text="write the conforming form where there is one; comments and layout stay",
        ),
        Option("--no-sources", group="Sources", text="do not read the source descriptions"),
        Option(
            "--full-sources",
            group="Sources",
            text="check the source descriptions as a whole, not only what is used of them",
        ),
        Option("--offline", group="Sources", text="fetch nothing from the network"),
        Option("--no-cache", group="Sources", text="neither read nor write parsed descriptions"),
        Option(
            "--jobs",
            metavar="N",
            parse="count",
            group="Speed",
            text="how many processes; by default one, and up to four for many files",
        ),
    ),
    exit_codes=(
        (0, "nothing was found that is as bad as --fail-on says"),
        (1, "something was found that is (by default: an error)"),
        (2, "wrong usage or configuration"),
        (3, "a file could not be read"),
        (130, "interrupted"),
    ),
)

RULES = Command(
    "rules",
    summary="list the rules of validate, or explain one",
    description="List the rules that validate checks, or show what one of them finds, why it "
    "matters, and an example of what is wrong and what is right.",
    examples=(
        ("all rules", "arazzo rules"),
        ("one rule", "arazzo rules required-field"),
    ),
    arguments=(Argument("RULE", "the id of a rule", optional=True),),
    options=(JSON, NO_COLOR),
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
        *(o for o in KEEPING if o.name not in ("journal_after", "finally")),
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

RUN_ID = Argument("RUN", "the run's id, or how it begins; 'last' is the newest")
FILE_OF_RUNS = Option(
    "--journal",
    metavar="FILE",
    group="Journal",
    text="the file that keeps the runs (ARAZZO_JOURNAL, or the user's own)",
)

RUNS_LIST = Command(
    "runs list",
    summary="list the runs that the journal keeps",
    description="List the runs of the journal, the newest first, with their status as of now: "
    "running, waiting, polling, stopped (nobody carries it out), interrupted, uncertain (nobody "
    "knows whether its last request did its work), completed, ended, failed, cancelled.",
    examples=(
        ("all", "arazzo runs list"),
        ("what can be gone on with, for scripts", "arazzo runs list --status stopped --json"),
    ),
    arguments=(),
    options=(
        Option(
            "--status",
            metavar="STATUS",
            parse="run_status",
            repeatable=True,
            group="Which",
            text="only runs of this status; repeatable",
        ),
        Option(
            "--workflow",
            metavar="WORKFLOW_ID",
            parse="word",
            group="Which",
            text="only runs of this workflow",
        ),
        Option(
            "--batch", metavar="ID", parse="word", group="Which", text="only runs of this batch"
        ),
        Option("--limit", metavar="N", parse="count", group="Which", text="only the N newest"),
        FILE_OF_RUNS,
        JSON,
        NO_COLOR,
    ),
)

RUNS_SHOW = Command(
    "runs show",
    summary="show what a kept run did",
    description="Show a run of the journal as it was seen while it ran: its steps, its outputs, "
    "why it failed, what it waits for. Of a poll, the last look is shown.",
    examples=(
        ("the newest run", "arazzo runs show last"),
        ("follow one that another process carries out", "arazzo runs show 1f0c -f"),
    ),
    arguments=(RUN_ID,),
    options=(
        Option("-f", "--follow", group="Output", text="stay until the run is over or stops"),
        JSON,
        Option("-v", "--verbose", group="Output", text="with requests, comparisons and actions"),
        NO_COLOR,
        FILE_OF_RUNS,
    ),
)

RUNS_RESUME = Command(
    "runs resume",
    summary="go on with a run that was interrupted or killed",
    description="Go on with a run where it was: in the middle of a wait, a retry, a workflow it "
    "runs. It uses the documents and settings that it began with; what is given here goes over "
    "the settings. Secrets were not kept: credentials are found again, secret inputs are given "
    "again with -i or as ARAZZO_INPUT_NAME in the environment.\n\n"
    "A request that was sent and whose answer was never recorded is sent again when it may be "
    "sent twice: by its method, its idempotency key, the description or --idempotent. Otherwise "
    "the run stays where it is and asks (--on-uncertain).",
    examples=(
        ("one run", "arazzo runs resume 1f0c2b"),
        ("all that nobody carries out", "arazzo runs resume --all"),
        ("its request was not carried out", "arazzo runs resume last --on-uncertain resend"),
    ),
    arguments=(Argument("RUN", RUN_ID.help, optional=True),),
    options=(
        Option("--all", group="Which", text="every run that nobody carries out, one by one"),
        *INPUTS,
        *SERVERS,
        *CONFIGURATION,
        *CREDENTIALS,
        *(o for o in TIMES if o.name in ("timeout", "http_timeout")),
        *UNCERTAIN,
        *OUTPUT,
        FILE_OF_RUNS,
    ),
)

RUNS_RETRY = Command(
    "runs retry",
    summary="go on with a failed run from the step that failed",
    description="Go on with a run that failed, from the step that failed, with its outputs so far. "
    "Inputs given here take the place of the run's own, and servers those of its settings.",
    examples=(
        ("as it was", "arazzo runs retry last"),
        ("with another input", "arazzo runs retry 1f0c2b -i size=7"),
    ),
    arguments=(RUN_ID,),
    options=(
        *INPUTS,
        *SERVERS,
        *CONFIGURATION,
        *CREDENTIALS,
        *(o for o in TIMES if o.name in ("timeout", "http_timeout")),
        *OUTPUT,
        FILE_OF_RUNS,
    ),
)

RUNS_CANCEL = Command(
    "runs cancel",
    summary="end a run, also one of another process",
    description="End a run for good. One that another process carries out is ended by that "
    "process, within a few seconds while it waits, otherwise after its request.",
    examples=(("one run", "arazzo runs cancel 1f0c2b"),),
    arguments=(RUN_ID,),
    options=(FILE_OF_RUNS, NO_COLOR),
)

RUNS_RM = Command(
    "runs rm",
    summary="forget runs",
    description="Forget a run, or all that were over some time ago. Runs that are over are "
    "forgotten after 30 days without being told.",
    examples=(
        ("one run", "arazzo runs rm 1f0c2b"),
        ("all that were over a day ago", "arazzo runs rm --older-than 24h"),
    ),
    arguments=(Argument("RUN", RUN_ID.help, optional=True),),
    options=(
        Option(
            "--older-than",
            metavar="TIME",
            parse="duration",
            group="Which",
            text="every run that has been over for so long",
        ),
        FILE_OF_RUNS,
        NO_COLOR,
    ),
)

RUNS_EXPORT = Command(
    "runs export",
    summary="write all that is kept of a run as JSON",
    description="Write all that the journal has of a run as one JSON object: its documents, "
    "settings, events and newest state. Secrets are not in it, because they are not kept.",
    examples=(("for a bug report", "arazzo runs export last -o run.json"),),
    arguments=(RUN_ID,),
    options=(
        Option(
            "-o",
            "--output",
            metavar="FILE",
            group="Output",
            text="write to this file instead of standard output",
        ),
        FILE_OF_RUNS,
        NO_COLOR,
    ),
)

RUNS = (RUNS_LIST, RUNS_SHOW, RUNS_RESUME, RUNS_RETRY, RUNS_CANCEL, RUNS_RM, RUNS_EXPORT)

COMMANDS = {
    command.name: command
    for command in (
        RUN,
        BATCH,
        VALIDATE,
        LIST,
        SHOW,
        AUTH,
        AWS_DESCRIBE,
        AWS_WHOAMI,
        RULES,
        *RUNS,
    )
}
