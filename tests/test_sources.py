"""What the sources of the package never do, read from the sources themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY

PACKAGE = REPOSITORY / "arazzo_runner"
MODULES = sorted(PACKAGE.rglob("*.py"))

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
FORBIDDEN_IMPORTS = {
    "pickle",
    "marshal",
    "shelve",
    "dill",
    "cloudpickle",
    "code",
    "codeop",
    "ctypes",
}
FORBIDDEN_ATTRIBUTES = {
    # (module, name): what turns text into programs, or runs a shell
    *(("yaml", name) for name in ("load", "load_all", "full_load", "unsafe_load", "FullLoader")),
    *(("yaml", name) for name in ("UnsafeLoader", "Loader", "CLoader")),
    *(("os", name) for name in ("system", "popen", "execv", "execvp", "spawnl")),
    ("subprocess", "getoutput"),
    ("subprocess", "getstatusoutput"),
}
# Who may open a connection or fetch a URL; everybody else goes through them.
NETWORK = {
    "httpx",
    "httpcore",
    "aiohttp",
    "requests",
    "urllib3",
    "http.client",
    "ftplib",
    "smtplib",
}
NETWORK_MODULES = {
    "auth",  # a browser's answer, the metadata service through botocore
    "execution",
    "simulation",  # serves, on loopback
    "testing.py",
}


def violations(tree: ast.Module, module: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                yield f"{node.func.id}()"
            for keyword in node.keywords:
                shell = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                if keyword.arg == "shell" and shell:
                    yield "shell=True"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (node.value.id, node.attr) in FORBIDDEN_ATTRIBUTES:
                yield f"{node.value.id}.{node.attr}"
            if (node.value.id, node.attr) == ("request", "urlopen"):
                yield "urlopen"
        for name in imported(node):
            if name.partition(".")[0] in FORBIDDEN_IMPORTS:
                yield f"import {name}"
            opens = name in NETWORK or name.partition(".")[0] in NETWORK
            if opens and module.partition("/")[0] not in NETWORK_MODULES:
                yield f"import {name} (network)"
            if name.startswith("urllib.request.url"):
                yield f"import {name}"


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_nothing_dangerous(file: Path) -> None:
    module = file.relative_to(PACKAGE).as_posix()
    found = sorted(set(violations(ast.parse(file.read_text(encoding="utf-8")), module)))
    assert found == []


def test_violations_are_seen() -> None:
    text = (
        "import pickle, httpx\nfrom urllib.request import urlopen\nfrom marshal import loads\n"
        "eval('1')\nyaml.load(x)\nos.system('x')\nrun('x', shell=True)\nrequest.urlopen(u)\n"
    )
    assert sorted(set(violations(ast.parse(text), "openapi/x.py"))) == [
        "eval()",
        "import httpx (network)",
        "import marshal",
        "import marshal.loads",
        "import pickle",
        "import urllib.request.urlopen",
        "os.system",
        "shell=True",
        "urlopen",
        "yaml.load",
    ]
