"""One development server for all tests of a process."""

from collections.abc import Iterator

import pytest

from tests.support.temporal import dev_server


@pytest.fixture(scope="session")
def temporal() -> Iterator[str]:
    """The address of a development server."""
    with dev_server() as address:
        yield address
