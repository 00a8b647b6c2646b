"""Commands about the runs that the journal keeps."""

from __future__ import annotations

from arazzo_runner.cli.commands_temporal import CLUSTER
from arazzo_runner.cli.option_groups import (
    CONFIGURATION,
    CREDENTIALS,
    FILE_OF_RUNS,
    INPUTS,
    JSON,
    NO_COLOR,
    OUTPUT,
    RUN_ID,
    SERVERS,
    TIMES,
    UNCERTAIN,
)
from arazzo_runner.cli.options import Argument, Command, Option

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
        *CLUSTER,
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
        *CLUSTER,
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
        *CLUSTER,
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
        *CLUSTER,
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
    options=(*CLUSTER, FILE_OF_RUNS, NO_COLOR),
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
