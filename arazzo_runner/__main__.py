"""``python -m arazzo_runner`` is the command ``arazzo``."""

from arazzo_runner.cli.main import entry_point

if __name__ == "__main__":
    entry_point()
