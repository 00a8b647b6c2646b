"""Rules about steps that send and receive messages (AsyncAPI, since Arazzo 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from arazzo_runner.errors import SyntaxFault, did_you_mean
from arazzo_runner.lazy import lazy_pattern
from arazzo_runner.validation.definition import Rule, rule
from arazzo_runner.validation.findings import Problem
from arazzo_runner.validation.parts import Part, Subject
from arazzo_runner.values import ABSENT, Json, parse_fragment, resolve_pointer

_ACTIONS: Final = ("send", "receive")
_CHANNEL: Final = lazy_pattern(
    r"\{\$sourceDescriptions\.(?P<source>[A-Za-z0-9_\-]+)\.url\}(?P<pointer>#/.*)", re.DOTALL
)
_QUALIFIED: Final = lazy_pattern(r"\$sourceDescriptions\.([A-Za-z0-9_\-]+)\.(.+)", re.DOTALL)

_EVENTS: Final = {
    "events.yaml": """\
asyncapi: 3.0.0
info: {title: Events, version: 1.0.0}
channels:
  orders:
    address: orders
    messages: {placed: {payload: {type: object}}, failed: {payload: {type: object}}}
  pings: {address: pings, messages: {ping: {payload: {type: object}}}}
operations:
  placeOrder: {action: send, channel: {$ref: '#/channels/orders'}}
"""
}


def _steps(text: str) -> str:
    return (
        "sourceDescriptions: [{name: events, url: events.yaml, type: asyncapi}]\n"
        f"steps:\n- stepId: wait\n  {text}\n"
    )


_ORDERS: Final = "channelPath: '{$sourceDescriptions.events.url}#/channels/orders'"
_PINGS: Final = "channelPath: '{$sourceDescriptions.events.url}#/channels/pings'"

asyncapi_unsupported = Rule(
    "asyncapi-unsupported",
    "hint",
    "A step sends or receives a message, which this engine cannot run yet.",
    "The step is valid. A run of it stops before anything is sent.",
    wrong=_steps(f"{_PINGS}\n  action: receive\n  timeout: 1000"),
    right="steps: [{stepId: list, operationId: listPets}]",
    requirement="ASY-02",
    files=_EVENTS,
)


@rule(
    "async-action",
    on="Linked",
    severity="error",
    summary="The action of a step does not fit what it calls.",
    explanation="""`action` is `send` or `receive`. A step with a `channelPath` needs one; a
    step that calls an OpenAPI operation or a workflow has none.""",
    wrong=_steps(f"{_PINGS}\n  timeout: 1000"),
    right=_steps(f"{_PINGS}\n  action: receive\n  timeout: 1000"),
    requirement="ASY-01, ST-29, A-05",
    files=_EVENTS,
)
def async_action(subject: Subject) -> Iterator[Problem]:
    kinds = _kinds(subject)
    for step in subject.of("Step"):
        action = step.data.get("action")
        if "action" not in step.data:
            if "channelPath" in step.data:
                yield step.problem(
                    "a step with a channelPath has an action",
                    "channelPath",
                    hint="add action: send or action: receive",
                )
            continue
        if action not in _ACTIONS:
            if isinstance(action, str):
                yield step.problem(
                    f"'{action}' is not an action: send or receive",
                    "action",
                    hint=did_you_mean(action, _ACTIONS),
                )
            continue
        what = _not_asynchronous(step, kinds)
        if what:
            yield step.problem(f"a step that calls {what} has no action", "action", key=True)


def _kinds(subject: Subject) -> Mapping[str, str]:
    """The kind of each source: what it is, else what it says it is."""
    kinds = {s.text("name") or "": s.text("type") or "" for s in subject.of("SourceDescription")}
    if subject.linked is not None:
        kinds.update((source.name, source.kind) for source in subject.linked.sources)
    return kinds


def _not_asynchronous(step: Part, kinds: Mapping[str, str]) -> str | None:
    """What a step calls when that has no actions; None when it may be asynchronous."""
    if "workflowId" in step.data:
        return "a workflow"
    written = step.text("operationId") or step.text("operationPath")
    if written is None:
        return None
    named = re.search(r"\$sourceDescriptions\.([A-Za-z0-9_\-]+)", written)
    possible = {kinds.get(named[1], "")} if named else set(kinds.values()) - {"arazzo"}
    return "an OpenAPI operation" if possible == {"openapi"} else None


@rule(
    "async-correlation-id",
    on="Step",
    severity="error",
    summary="A step has a correlationId and does not receive a message.",
    explanation="`correlationId` chooses among messages that arrive: for `action: receive` only.",
    wrong=_steps(f"{_PINGS}\n  action: send\n  correlationId: abc"),
    right=_steps(f"{_PINGS}\n  action: receive\n  timeout: 1000\n  correlationId: abc"),
    requirement="ST-28",
    files=_EVENTS,
)
def async_correlation_id(step: Part) -> Iterator[Problem]:
    if "correlationId" in step.data and step.data.get("action") != "receive":
        yield step.problem("only a step with action: receive has it", "correlationId", key=True)


@rule(
    "async-channel-exists",
    on="Linked",
    severity="error",
    summary="A channelPath does not lead to a channel.",
    explanation="""`channelPath` is the URL of an AsyncAPI source as an embedded expression,
    followed by a JSON Pointer to the channel:
    `{$sourceDescriptions.<name>.url}#/channels/<channel>`.""",
    wrong=_steps("channelPath: '{$sourceDescriptions.events.url}#/channels/order'\n  action: send"),
    right=_steps(f"{_ORDERS}\n  action: send"),
    requirement="ASY-02",
    files=_EVENTS,
)
def async_channel_exists(subject: Subject) -> Iterator[Problem]:
    for step in subject.of("Step"):
        written = step.text("channelPath")
        if not written:
            continue
        match = _CHANNEL.fullmatch(written)
        if match is None:
            yield step.problem(
                f"'{written}' does not name a channel",
                "channelPath",
                hint="write '{$sourceDescriptions.<name>.url}#/channels/<channel>'",
            )
            continue
        data = _documents(subject).get(match["source"])
        if data is None:
            continue
        try:
            tokens = parse_fragment(match["pointer"])
        except SyntaxFault as error:
            yield step.problem(error.message, "channelPath")
            continue
        if resolve_pointer(data, tokens) is ABSENT or tokens[:1] != ("channels",):
            channels = data.get("channels") if isinstance(data, dict) else None
            known = channels if isinstance(channels, dict) else {}
            yield step.problem(
                f"'{match['pointer']}' is not a channel of source description '{match['source']}'",
                "channelPath",
                hint=did_you_mean(tokens[-1], known) if tokens else None,
            )


def _documents(subject: Subject) -> dict[str, Json]:
    """The AsyncAPI descriptions that were read, by the names of their sources."""
    linked = subject.linked
    return {
        s.name: s.document.data for s in (linked.sources if linked else ()) if s.kind == "asyncapi"
    }


@rule(
    "async-action-matches",
    on="Linked",
    severity="error",
    summary="A step sends where its AsyncAPI operation receives, or the other way round.",
    explanation="The `action` of the step is that of the operation in the AsyncAPI description.",
    wrong=_steps(
        "operationId: $sourceDescriptions.events.placeOrder\n  action: receive\n  timeout: 1"
    ),
    right=_steps("operationId: $sourceDescriptions.events.placeOrder\n  action: send"),
    requirement="ASY-01, A-05",
    files=_EVENTS,
)
def async_action_matches(subject: Subject) -> Iterator[Problem]:
    documents = _documents(subject)
    for step in subject.of("Step"):
        match = _QUALIFIED.fullmatch(step.text("operationId") or "")
        action = step.text("action")
        data = documents.get(match[1]) if match else None
        operations = data.get("operations") if isinstance(data, dict) else None
        if match is None or action not in _ACTIONS or not isinstance(operations, dict):
            continue
        operation = operations.get(match[2])
        declared = operation.get("action") if isinstance(operation, dict) else None
        if declared in _ACTIONS and declared != action:
            yield step.problem(f"operation '{match[2]}' has action: {declared}", "action")


@rule(
    "async-success-criteria",
    on="Linked",
    severity="warning",
    summary="A step takes any message of a channel that has several.",
    explanation="""Without `successCriteria` the first message is a success, whatever it says.
    Leave them out only where a channel has one kind of message and nothing in it tells of an
    error.""",
    wrong=_steps(f"{_ORDERS}\n  action: receive\n  timeout: 1000"),
    right=_steps(
        f"{_ORDERS}\n  action: receive\n  timeout: 1000\n"
        "  successCriteria: [{condition: $message.payload#/id != null}]"
    ),
    requirement="ASY-07",
    files=_EVENTS,
)
def async_success_criteria(subject: Subject) -> Iterator[Problem]:
    documents = _documents(subject)
    for step in subject.of("Step"):
        match = _CHANNEL.fullmatch(step.text("channelPath") or "")
        if match is None or step.text("action") != "receive" or "successCriteria" in step.data:
            continue
        try:
            channel = resolve_pointer(
                documents.get(match["source"]), parse_fragment(match["pointer"])
            )
        except SyntaxFault:
            continue
        messages = channel.get("messages") if isinstance(channel, dict) else None
        if isinstance(messages, dict) and len(messages) > 1:
            names = ", ".join(messages)
            yield step.problem(
                f"the channel has several messages ({names}), and any is taken", "channelPath"
            )


@rule(
    "async-timeout",
    on="Step",
    severity="warning",
    summary="A step that receives a message waits without end.",
    explanation="When no message comes within `timeout` milliseconds, the step fails.",
    wrong=_steps(f"{_PINGS}\n  action: receive"),
    right=_steps(f"{_PINGS}\n  action: receive\n  timeout: 1000"),
    requirement="ASY-05",
    files=_EVENTS,
)
def async_timeout(step: Part) -> Iterator[Problem]:
    if step.data.get("action") == "receive" and "timeout" not in step.data:
        yield step.problem("the step waits for a message without end", "action", hint="add timeout")
