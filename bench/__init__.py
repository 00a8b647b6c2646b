"""Measurements against floors and targets: ``python -m bench`` (see ``--help``)."""
