"""Commands that run without the API."""

from __future__ import annotations

from arazzo_runner.cli.option_groups import (
    FILE,
    INPUTS,
    JSON,
    NO_COLOR,
    OFFLINE,
    SEED,
    SERVERS,
    SIMULATED,
    WORKFLOW,
)
from arazzo_runner.cli.options import Argument, Command, Option

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
