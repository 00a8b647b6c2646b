"""References to secrets: where a value is, instead of the value itself.

============= ================================================================================
``env:NAME``  the environment variable NAME
``file:PATH`` the content of a file, without the line break at its end; ``~`` is the home folder
``cmd:WORDS`` what a command prints, likewise; no shell: write ``cmd:sh -c '...'`` for one
``keyring:X`` the system keyring's entry X of the service ``arazzo``; ``keyring:SERVICE/X`` of
              another service (needs the extra ``keyring``)
``literal:X`` X itself, whatever it begins with
anything else the value itself
============= ================================================================================
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from arazzo_runner.errors import CredentialsError
from arazzo_runner.values import Redactor

__all__ = ["describe_reference", "is_literal", "read_reference"]

_LARGEST = 2**20  # bytes of a secret
_COMMAND_SECONDS = 60.0


def read_reference(
    text: str, *, redactor: Redactor | None, environ: Mapping[str, str] | None = None
) -> str:
    """The value that a reference leads to. May block: a command runs, a keyring asks.

    Args:
        text: a reference, as the module's table says.
        redactor: learns the value before anything can print it; None for what is no secret.
        environ: what ``env:`` reads; by default the process's environment.

    Raises:
        CredentialsError: there is nothing, or it cannot be read; never with the value in it.
    """
    kind, separator, rest = text.partition(":")
    read = _READERS.get(kind) if separator else None
    if read is None:
        value = text
    else:
        value = read(rest, os.environ if environ is None else environ)
        if not value:
            raise CredentialsError(f"{describe_reference(text)} is empty")
    if redactor is not None:
        redactor.add(value)
    return value


def is_literal(text: str) -> bool:
    """Whether the text is a secret itself, not where one is."""
    kind, separator, _ = text.partition(":")
    return not separator or kind not in _READERS or kind == "literal"


def describe_reference(text: str) -> str:
    """Where a value comes from, in words that may be shown."""
    if is_literal(text):
        return "a value given"
    kind, _, rest = text.partition(":")
    if kind == "cmd":
        return f"the command '{_program(rest)}'"
    what = {"env": "the environment variable", "file": "the file", "keyring": "the keyring entry"}
    return f"{what[kind]} '{rest}'"


def _program(command: str) -> str:
    """The first word of a command: its arguments may be secrets."""
    return command.split(maxsplit=1)[0] if command.strip() else ""


def _literal(rest: str, _environ: Mapping[str, str]) -> str:
    return rest


def _env(name: str, environ: Mapping[str, str]) -> str:
    value = environ.get(name)
    if value is None:
        raise CredentialsError(
            f"the environment variable '{name}' is not set",
            hint=f"set it, or give it with --env-file FILE: {name}=VALUE" if name else None,
        )
    return value


def _file(path: str, _environ: Mapping[str, str]) -> str:
    try:
        with Path(path).expanduser().open("rb") as stream:
            raw = stream.read(_LARGEST + 1)
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise CredentialsError(f"cannot read the credential file '{path}': {why}") from None
    return _text(raw, f"the file '{path}'")


def _cmd(command: str, environ: Mapping[str, str]) -> str:
    import shlex
    import subprocess

    what = f"the command '{_program(command)}'"
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise CredentialsError(f"{what} cannot be read: {str(error).lower()}") from None
    if not words:
        raise CredentialsError("cmd: names no command")
    try:
        done = subprocess.run(  # noqa: S603 - the caller's own command, never a document's
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_COMMAND_SECONDS,
            check=False,
            env=dict(environ),
        )
    except subprocess.TimeoutExpired:
        raise CredentialsError(f"{what} took longer than {_COMMAND_SECONDS:g} s") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CredentialsError(f"{what} cannot be run: {why}") from None
    if done.returncode:
        raise CredentialsError(  # what it said may be a secret
            f"{what} ended with exit code {done.returncode}",
            hint="run it by itself to see what it says",
        )
    return _text(done.stdout, what)


def _text(raw: bytes, what: str) -> str:
    """The text without the line break at its end."""
    if len(raw) > _LARGEST:
        raise CredentialsError(f"{what} gives more than {_LARGEST // 2**20} MiB: not a credential")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CredentialsError(f"{what} gives bytes that are not UTF-8") from None
    return text.removesuffix("\n").removesuffix("\r")


def _keyring(name: str, _environ: Mapping[str, str]) -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise CredentialsError(
            f"keyring:{name} needs the library keyring",
            hint="install it: pip install 'arazzo-workflow-engine[keyring]'",
        ) from None
    service, slash, entry = name.partition("/")
    if not slash:
        service, entry = "arazzo", name
    try:
        value: str | None = keyring.get_password(service, entry)
    except (KeyringError, RuntimeError, OSError) as error:
        raise CredentialsError(f"the system keyring cannot be used: {error}") from None
    if value is None:
        raise CredentialsError(
            f"the system keyring has no entry '{entry}' of the service '{service}'",
            hint=f"add it: keyring set {service} {entry}",
        )
    return value


_READERS: dict[str, Callable[[str, Mapping[str, str]], str]] = {
    "env": _env,
    "file": _file,
    "cmd": _cmd,
    "keyring": _keyring,
    "literal": _literal,
}
