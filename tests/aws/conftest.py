"""The command of the whole-command tests, here too."""

from tests.e2e.conftest import arazzo, golden

__all__ = ["arazzo", "golden"]
