"""The public door of the Arazzo engine."""
