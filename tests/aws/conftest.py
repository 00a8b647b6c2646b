"""The command of the whole-command tests, here too."""

from tests.e2e.conftest import arazzo, golden, stranger

__all__ = ["arazzo", "golden", "stranger"]
