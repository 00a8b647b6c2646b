"""``arazzo aws describe``: the OpenAPI description of an AWS service."""

from __future__ import annotations

import json
import shlex
from argparse import Namespace
from pathlib import Path

from arazzo_runner.cli.files import write_output
from arazzo_runner.cli.screen import Screen
from arazzo_runner.openapi.aws_describe import (
    describe_service,
    description_text,
    load_service_model,
)

__all__ = ["run"]


def run(values: Namespace, screen: Screen) -> int:
    """Write the description; always 0.

    Raises:
        UsageError: there is no such service or operation, or the file cannot be written.
    """
    model = load_service_model(values.service)
    described = describe_service(model, values.operations, with_texts=values.texts)
    if values.output is not None and values.output.endswith(".json"):
        text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    else:
        text = description_text(described, _command(values))
    if values.output is None:
        screen.out_document(text)
        return 0
    write_output(values.output, text, "--output")
    count = len(values.operations or model.operations)
    screen.err(f"wrote {values.output}: {count} operation{'' if count == 1 else 's'}\n")
    return 0


def _command(values: Namespace) -> str:
    """What was typed, without the way to the file: that differs from machine to machine."""
    words = ["arazzo", "aws", "describe", values.service]
    if values.operations:
        words += ["--operations", ",".join(values.operations)]
    words += ["--texts"] if values.texts else []
    words += ["-o", Path(values.output).name] if values.output else []
    return shlex.join(words)
