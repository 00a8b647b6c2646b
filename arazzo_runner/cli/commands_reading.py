"""Commands that read documents and send nothing."""

from __future__ import annotations

from arazzo_runner.cli.option_groups import (
    CONFIGURATION,
    FILE,
    JSON,
    NO_COLOR,
    READING,
    SERVERS,
    WORKFLOW,
)
from arazzo_runner.cli.options import Argument, Command, Option

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

GRAPH = Command(
    "graph",
    summary="draw the flow of workflows",
    description="Draw steps, the actions that lead from one to another with their conditions, "
    "loops, and the workflows that are called. Without WORKFLOW_ID all workflows of the document "
    "are drawn.",
    examples=(
        ("a picture for a README", "arazzo graph flow.yaml -o flow.svg"),
        ("text for Markdown on GitHub or GitLab", "arazzo graph flow.yaml place-order"),
        ("a page to click through", "arazzo graph flow.yaml -o flow.html"),
    ),
    arguments=(
        FILE,
        Argument("WORKFLOW_ID", "only this workflow and those it comes to", optional=True),
    ),
    options=(
        Option(
            "--format",
            metavar="FORMAT",
            choices=("mermaid", "svg", "html"),
            group="Output",
            text="mermaid, svg or html; by default what the ending of --output says, else mermaid",
        ),
        Option(
            "-o",
            "--output",
            metavar="FILE",
            group="Output",
            text="write to this file instead of standard output",
        ),
        NO_COLOR,
        *SERVERS[:2],
        *READING,
    ),
)

DIFF = Command(
    "diff",
    summary="compare two traces, or two documents",
    description="Tell what changed in flow, requests, answers and outputs between two traces "
    "(written by 'run --trace'), or between two Arazzo documents. Times and names of runs are not "
    "compared. Exit code 0: nothing changed; 1: something did.",
    examples=(
        ("did the service change since the last good run?", "arazzo diff good.json now.json"),
        ("what does a new edition do differently?", "arazzo diff old.yaml new.yaml --json"),
    ),
    arguments=(
        Argument("BEFORE", "a trace or an Arazzo document"),
        Argument("AFTER", "another one of the same kind"),
    ),
    options=(JSON, NO_COLOR),
)

DOCS = Command(
    "docs",
    summary="write documentation of workflows",
    description="Write pages about the workflows of a document or of a folder with documents: what "
    "they are for, inputs, steps with their operations, the flow as a picture, credentials, and "
    "how to run them. Each page is written as HTML and as Markdown, with an index.",
    examples=(
        ("one document", "arazzo docs flow.yaml -o site"),
        ("all documents of a folder", "arazzo docs workflows -o site"),
    ),
    arguments=(Argument("FILE", "an Arazzo document, or a folder that has some"),),
    options=(
        Option(
            "-o",
            "--output",
            metavar="FOLDER",
            group="Output",
            text="the folder to write to (site)",
        ),
        NO_COLOR,
        *SERVERS[:2],
        *READING,
    ),
)

COMPLETION = Command(
    "completion",
    summary="print a completion script for a shell",
    description="Print a script that completes commands, options and files. Put the line of the "
    "example into the shell's start file.",
    examples=(
        ("bash, in ~/.bashrc: source <(arazzo completion bash)", "arazzo completion bash"),
        (
            "zsh, in ~/.zshrc: source <(arazzo completion zsh)",
            "arazzo completion zsh",
        ),
        ("fish, in config.fish: arazzo completion fish | source", "arazzo completion fish"),
    ),
    arguments=(Argument("SHELL", "bash, zsh or fish", choices=("bash", "zsh", "fish")),),
    options=(NO_COLOR,),
)
