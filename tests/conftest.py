"""Fixtures that several folders use: defined once, or a session would have several of each."""

from tests.support.sagemaker import sagemaker, sagemaker_server

__all__ = ["sagemaker", "sagemaker_server"]
