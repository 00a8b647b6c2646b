"""Commands, arguments and options as data: parser, help pages and documentation are made of it.

Nothing here imports anything heavy: ``arazzo --help`` reads only this module.
"""

from __future__ import annotations

__all__ = ["COMMANDS", "EXIT_CODES", "Argument", "Command", "Option"]


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
    """A command: what it is for, what it takes, how it is used."""

    __slots__ = ("arguments", "description", "examples", "module", "name", "options", "summary")

    def __init__(
        self,
        name: str,
        *,
        summary: str,
        description: str,
        examples: tuple[tuple[str, str], ...],
        arguments: tuple[Argument, ...],
        options: tuple[Option, ...],
    ) -> None:
        self.name = name
        self.module = f"arazzo_runner.cli.{name}"
        self.summary = summary
        self.description = description
        self.examples = examples
        self.arguments = arguments
        self.options = options


EXIT_CODES = (
    (0, "completed"),
    (1, "the workflow failed, or ended through a failure action"),
    (2, "wrong usage, inputs or credentials"),
    (3, "a document or description could not be read or linked"),
    (4, "stopped by a guard: time limit, steps, depth, size"),
    (130, "interrupted"),
)

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

RECORD = Option(
    "--record",
    metavar="FILE",
    group="Output",
    text="write what was sent and what came as a cassette, secrets masked: see 'arazzo replay'",
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
    options=(
        *INPUTS,
        *SERVERS,
        *CONFIGURATION,
        *CREDENTIALS,
        *TIMES,
        *READING,
        *OUTPUT,
        RECORD,
    ),
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

SIMULATE = Command(
    "simulate",
    summary="run a workflow without its APIs",
    description="Run a workflow with answers made from its descriptions: examples first, else "
    "values that fit the schemas. Inputs that are not given are made too. Answers are chosen so "
    "that the run goes on: success criteria hold, a poll waits twice. Nothing is sent and no time "
    "passes. Every request is shown and checked against its description. The exit code is 1 when "
    "the run cannot complete or a request is not what the description asks.",
    examples=(
        ("is the document runnable?", "arazzo simulate flow.yaml"),
        ("with an input of your own, all details", "arazzo simulate flow.yaml -i petId=5 -v"),
        ("for scripts", "arazzo simulate flow.yaml place-order --seed 7 --json"),
    ),
    arguments=(FILE, WORKFLOW),
    options=(*INPUTS, SEED, *SERVERS[:2], *OFFLINE, *SIMULATED),
)

EXPLORE = Command(
    "explore",
    summary="drive every path of a workflow",
    description="Try every answer that matters at every step: each action, success and failure, "
    "retries used up, absent parts, no answer at all. Nothing is sent. Reports the paths, and what "
    "is wrong: steps and actions never reached, loops without exit, values that are absent when "
    "they are needed, conditions that never change, requests that the description forbids. The "
    "exit code is 1 when a finding is an error.",
    examples=(
        ("all workflows of a file", "arazzo explore flow.yaml"),
        ("one path in detail", "arazzo explore flow.yaml --workflow place-order --path 7"),
        ("a report for others", "arazzo explore flow.yaml --format html > report.html"),
        ("the outcomes as test cases", "arazzo explore flow.yaml --export flow.arazzo-test.yaml"),
    ),
    arguments=(Argument("FILE", "Arazzo documents (YAML or JSON)", many=True),),
    options=(
        Option(
            "--workflow",
            metavar="ID",
            group="Exploration",
            text="only this workflow; by default all of the document",
        ),
        *INPUTS,
        SEED,
        Option(
            "--budget",
            metavar="N",
            parse="count",
            group="Exploration",
            text="give so many answers at most to each workflow (2000)",
        ),
        Option(
            "--path",
            metavar="N",
            parse="count",
            group="Exploration",
            text="show path number N step by step instead of the report",
        ),
        Option(
            "--export",
            metavar="FILE",
            group="Exploration",
            text="write the shortest path of each outcome (or the one of --path) as test cases for "
            "'arazzo test'; - writes to standard output instead of the report",
        ),
        *OFFLINE,
        Option(
            "--format",
            metavar="FORMAT",
            parse="exploration_format",
            group="Output",
            text="text (for people), json, html or markdown",
        ),
        NO_COLOR,
    ),
)

MOCK = Command(
    "mock",
    summary="serve the described operations locally",
    description="Serve the operations of the descriptions that a document refers to over HTTP, "
    "with the answers that 'arazzo simulate' would give: what was sent comes back, a poll waits "
    "twice. Requests are checked against their description. Prints the --server options that send "
    "a run here. Ctrl-C stops it.",
    examples=(
        ("then, elsewhere: arazzo run flow.yaml --server …", "arazzo mock flow.yaml"),
        ("one of ten requests fails, slowly", "arazzo mock flow.yaml --fail 10% --latency 200ms"),
        ("scripted answers", "arazzo mock flow.yaml --scenario failing.yaml --port 8080"),
    ),
    arguments=(FILE,),
    options=(
        Option("--port", metavar="N", parse="port", group="Service",
               text="listen on this port (4010); 0 takes a free one"),
        Option("--host", metavar="ADDRESS", group="Service", text="listen there (127.0.0.1)"),
        Option("--scenario", metavar="FILE", group="Answers",
               text="scripted answers, or a cassette of 'arazzo run --record'"),
        SEED,
        Option("--latency", metavar="TIME", parse="duration", group="Answers",
               text="wait so long before each answer"),
        Option("--fail", metavar="SHARE", parse="share", group="Answers",
               text="answer 503 to this share of the requests, such as 10%"),
        Option("--throttle", metavar="N", parse="count", group="Answers",
               text="answer 429 after each N requests"),
        Option("--no-validate", group="Answers",
               text="answer requests that the description forbids, too"),
        Option("--log", metavar="FILE", group="Output",
               text="add a line of JSON for each request"),
        *OFFLINE,
        Option("-q", "--quiet", group="Output", text="do not show the requests"),
        NO_COLOR,
    ),
)  # fmt: skip

REPLAY = Command(
    "replay",
    summary="run a recorded run again, offline",
    description="Run the workflow of a cassette with the recorded answers, without the network, "
    "and report what has drifted: requests that are no longer the same, another outcome. The exit "
    "code is 1 when something has.",
    examples=(
        ("after arazzo run flow.yaml --record run.yaml", "arazzo replay run.yaml"),
        ("against another version", "arazzo replay run.yaml --against new/flow.yaml"),
    ),
    arguments=(Argument("CASSETTE", "what 'arazzo run --record' wrote"),),
    options=(
        Option("--against", metavar="FILE", group="Replay",
               text="this Arazzo document instead of the one that was recorded"),
        *OFFLINE,
        JSON,
        Option("-v", "--verbose", group="Output", text="show requests, answers and comparisons"),
        NO_COLOR,
    ),
)  # fmt: skip

TEST = Command(
    "test",
    summary="run the test cases of workflows",
    description="Run test cases: inputs, scripted answers, and what is expected of status, "
    "outputs, steps and requests. Nothing is sent; what is not scripted is made from the "
    "descriptions. Folders are searched for *.arazzo-test.yaml. The exit code is 1 when a case "
    "does not hold.",
    examples=(
        ("all cases below this folder", "arazzo test"),
        ("for a build server", "arazzo test tests/ --format junit > report.xml"),
        ("take what comes for right", "arazzo test flow.arazzo-test.yaml --update"),
    ),
    arguments=(Argument("FILE", "files of test cases, or folders", many=True),),
    options=(
        Option("--only", metavar="TEXT", group="Cases", text="cases with this text in their name"),
        Option("--update", group="Cases",
               text="write what came instead into the files, for cases that do not hold"),
        Option("--format", metavar="FORMAT", parse="test_format", group="Output",
               text="text (for people), junit or tap"),
        *OFFLINE,
        NO_COLOR,
    ),
)  # fmt: skip

COMMANDS = {
    command.name: command
    for command in (RUN, LIST, SHOW, SIMULATE, EXPLORE, MOCK, REPLAY, TEST, AUTH)
}
