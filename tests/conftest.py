"""What the whole session shares."""

import signal

from hypothesis import settings

# Imported here, and only here: each importing module would have fixtures of its own.
from tests.support.moto_server import moto, moto_server
from tests.support.sagemaker import sagemaker, sagemaker_server

__all__ = ["moto", "moto_server", "sagemaker", "sagemaker_server"]

# How long an example takes depends on what else the machine does: no test is about that.
settings.register_profile("arazzo", deadline=None)
settings.load_profile("arazzo")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A session started in the background of a shell ignores Ctrl-C, and so would its children,
    # which the tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
