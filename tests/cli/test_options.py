"""Options as data: every one has help, every text is read or refused by name."""

from __future__ import annotations

import string
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arazzo_runner.cli import option_values
from arazzo_runner.cli.cache import cache_folder
from arazzo_runner.cli.commands import COMMANDS
from arazzo_runner.cli.commands_running import RUN
from arazzo_runner.cli.help import WIDTH, command_help, main_help
from arazzo_runner.cli.main import command_of
from arazzo_runner.cli.options import Command, Option
from arazzo_runner.cli.parsing import parse_arguments
from arazzo_runner.cli.settings import make_settings
from arazzo_runner.errors import UsageError
from arazzo_runner.values import Redactor

ALL = [(command, option) for command in COMMANDS.values() for option in command.options]


@pytest.mark.parametrize(
    ("command", "option"), ALL, ids=[f"{c.name} {o.flags[-1]}" for c, o in ALL]
)
def test_every_option_has_help(command: Command, option: Option) -> None:
    assert len(option.help) > 10
    assert option.group
    assert option.flags[-1].startswith("--")
    assert option.flags[-1] in command_help(command)
    assert option.parse is None or callable(getattr(option_values, option.parse))


def test_help_fits_eighty_columns_and_shows_examples_and_exit_codes() -> None:
    for page in (main_help(), *map(command_help, COMMANDS.values())):
        assert max(map(len, page.splitlines())) <= WIDTH
        assert "Examples:" in page
        assert "Exit codes:" in page


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_examples_are_valid_commands(command: Command) -> None:
    for _, example in command.examples:
        first, *words = example.split()
        name, rest = command_of(words, COMMANDS)
        assert (first, name) == ("arazzo", command.name)
        parse_arguments(command, rest)


def parse(*words: str) -> Any:
    return parse_arguments(RUN, words)


def test_options_stand_anywhere() -> None:
    for words in (
        ("f", "w", "-i", "a=1"),
        ("f", "-i", "a=1", "w"),
        ("-i", "a=1", "f", "w"),
        ("-ia=1", "f", "w"),
        ("--input=a=1", "f", "--", "w"),
    ):
        values = parse(*words)
        assert (values.file, values.workflow_id) == ("f", "w")
        assert [(a.name, a.text) for a in values.input] == [("a", "1")]


def test_a_value_may_begin_with_a_dash() -> None:
    values = parse("f", "-i", "a=-1", "--inputs", "-", "--events", "-", "--header", "X:-v")
    assert (values.inputs, values.events) == ("-", "-")
    assert parse("f", "--inputs", "--weird").inputs == "--weird"


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        ((), "the following arguments are required: FILE", "see 'arazzo run --help'"),
        (("f", "w", "x"), "'x' is one argument too many", "see 'arazzo run --help'"),
        (("f", "--tiemout", "5"), "unknown option --tiemout", "did you mean '--timeout'?"),
        (("f", "--time"), "unknown option --time", None),
        (("f", "--xyzzy=5"), "unknown option --xyzzy", "'arazzo run --help' lists the options"),
        (("f", "-i"), "argument -i/--input: expected one argument", None),
        (("f", "--json=5"), "argument --json: ignored explicit argument '5'", None),
        (("f", "-i", "a"), "-i/--input: 'a' is not NAME=VALUE", None),
        (("f", "--timeout", "soon"), "--timeout: 'soon' is not a time", None),
        (("f", "--timeout", "-5"), "--timeout: '-5' is not a time", None),
        (("f", "--timeout", "0"), "--timeout: must be more than 0", None),
        (("f", "--timeout", "9999h"), "--timeout: '9999h' is more than a year", None),
        (("f", "--max-steps", "0"), "--max-steps: '0' is not a whole number from 1 on", None),
        (("f", "--server", "x"), "--server: 'x' is not NAME=URL", None),
        (("f", "--server", "a=ftp://x"), "--server: 'ftp://x' is not an http or https URL", None),
        (("f", "--server", "a=http://"), "--server: 'http://' is not an http", None),
        (("f", "--server", "a=http://h?q"), "has a query or fragment", None),
        (("f", "--server-var", "a=b"), "--server-var: 'a=b' is not NAME.VAR=VALUE", None),
        (("f", "--header", "x"), "--header: is not NAME:VALUE", None),
        (("f", "--header", "X:a\nb"), "line break", None),
        (("f", "--proxy", "host"), "--proxy: is not the URL of a proxy", None),
        (("f", "--ca-bundle", "/no/such"), "--ca-bundle: there is no file '/no/such'", None),
        (("f", "--aws-region", ""), "--aws-region: '' is not a name", None),
        (("f", "-i", "a=@"), "names no file", None),
    ],
)
def test_wrong_usage_names_the_option(words: tuple[str, ...], message: str, hint: Any) -> None:
    with pytest.raises(UsageError) as caught:
        parse(*words)
    assert message in caught.value.message
    assert caught.value.hint
    if hint is not None:
        assert caught.value.hint == hint


def test_a_bad_header_is_not_repeated_in_the_message() -> None:
    with pytest.raises(UsageError) as caught:
        parse("f", "--header", "Bearer s3cret-key")
    assert "s3cret-key" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), (".5", 0.5), ("500ms", 0.5), ("30s", 30), ("5m", 300), ("2h", 7200)],
)
def test_durations(text: str, seconds: float) -> None:
    assert option_values.duration(text) == pytest.approx(seconds)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([option.parse for _, option in ALL if option.parse]),
    st.text(alphabet=string.printable + "é:=@\0", max_size=20),
)
def test_any_text_is_read_or_a_value_error(parse: str, text: str) -> None:
    with suppress(ValueError):
        getattr(option_values, parse)(text)


# -- settings ------------------------------------------------------------------------------------


def settings_of(*words: str, redactor: Redactor | None = None) -> Any:
    return make_settings(parse("f", *words), redactor or Redactor())


def test_settings_from_options(tmp_path: Any) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("")
    made = settings_of(
        *("--server", "a=http://h:1/x", "--server-var", "a.region=eu", "--header", "X: 1"),
        *("--aws-profile", "p", "--aws-region", "r", "--aws-service", "s", "--strict"),
        *("--poll-interval", "2s", "--poll-max-interval", "1m", "--poll-timeout", "1h"),
        *("--timeout", "2m", "--http-timeout", "5", "--max-steps", "7", "--ca-bundle", str(file)),
        *("--proxy", "http://p:1", "--offline", "--no-cache", "--document", str(file)),
    )
    assert made.servers == {"a": "http://h:1/x"}
    assert made.server_variables == {"a.region": "eu"}
    assert made.headers == (("X", "1"),)
    assert (made.aws.profile, made.aws.region, made.aws.service) == ("p", "r", "s")
    assert made.aws.sign
    assert made.strict
    assert made.offline
    pacing = made.run.pacing
    assert (pacing.interval, pacing.max_interval, pacing.timeout) == (2, 60, 3600)
    assert (made.run.max_steps, made.run.max_paced_steps) == (7, 7)
    assert (made.timeout, made.http_timeout, made.verify) == (120, 5, str(file))
    assert (made.proxy, made.cache, made.documents) == ("http://p:1", None, (str(file),))


def test_settings_by_default() -> None:
    made = settings_of()
    assert made.run.pacing.interval == 1
    assert made.run.pacing.max_interval == 30
    assert (made.timeout, made.http_timeout, made.verify) == (None, 30, True)
    assert settings_of("--insecure").verify is False
    assert settings_of("--no-sign").aws.sign is False


@pytest.mark.parametrize(
    ("words", "interval", "longest"),
    [
        (("--poll-interval", "60"), 60, 60),
        (("--poll-max-interval", "0.5"), 0.5, 0.5),
        (("--poll-interval", "0"), 0, 30),
    ],
)
def test_one_interval_implies_the_other(words: Any, interval: float, longest: float) -> None:
    pacing = settings_of(*words).run.pacing
    assert (pacing.interval, pacing.max_interval) == (interval, longest)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--insecure", "--ca-bundle", __file__), "contradict"),
        (("--no-sign", "--aws-profile", "p"), "--no-sign and --aws-profile contradict"),
        (("-v", "-q"), "--quiet and --verbose contradict each other"),
        (("--server", "a=http://x", "--server", "a=http://y"), "--server: 'a' is given twice"),
        (("--poll-interval", "9", "--poll-max-interval", "1"), "is longer than"),
    ],
)
def test_contradictions(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings_of(*words)


def test_credentials_on_the_command_line_are_learnt() -> None:
    redactor = Redactor()
    settings_of(
        *("--header", "Authorization: Bearer t0k3n-value", "--header", "Accept: text/html"),
        *("--proxy", "http://user:pass%40word@p:1"),
        redactor=redactor,
    )
    assert redactor.text("t0k3n-value pass@word") == "••• •••"
    assert redactor.text("text/html") == "text/html"


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "arazzo"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "arazzo"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "arazzo"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cache_folder() == tmp_path / "arazzo"
