"""moto's server in a process of its own, in which things take time as they do in AWS.

moto's EC2, RDS and SageMaker show the end of every change at once. Here a change shows its way
first (``pending``, ``modifying`` …), for as many looks as ``LOOKS`` says: the backends are patched,
not the answers. Services with moto's own state manager are set through its interface.

    python -m tests.support.moto_process

Prints its port, and ends when standard input does, so that it never outlives who started it.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.instances import Instance, InstanceState
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.rds.models import DBCluster, DBInstance, DBSnapshot, RDSBackend
from moto.s3.models import s3_backends
from moto.sagemaker.models import SageMakerModelBackend
from werkzeug.serving import make_server

LOOKS = 2
EC2_WAYS = {
    "__init__": InstanceState("pending", 0),
    "start": InstanceState("pending", 0),
    "stop": InstanceState("stopping", 64),
    "terminate": InstanceState("shutting-down", 32),
    "reboot": InstanceState("pending", 0),
}


def slow(thing: Any, way: Any) -> None:
    """The next looks at a thing show the way and not the end."""
    thing.looks_left, thing.way, thing.on_the_way = LOOKS, way, False


def look(things: Iterable[Any]) -> None:
    """Somebody looks at things."""
    for thing in things:
        left = getattr(thing, "looks_left", 0)
        thing.on_the_way = left > 0
        thing.looks_left = max(0, left - 1)


def after(owner: Any, name: str, act: Callable[..., None]) -> None:
    """Calls ``act(result, self)`` after a method and gives what the method gave."""
    method = getattr(owner, name)

    def wrapped(self: Any, *args: Any, **named: Any) -> Any:
        result = method(self, *args, **named)
        act(result, self)
        return result

    setattr(owner, name, wrapped)


def way(thing: Any) -> Any:
    return thing.way if getattr(thing, "on_the_way", False) else None


def _arrive(thing: Any, status: str) -> None:
    thing.arrived = status


def slow_instances() -> None:
    """EC2: instances."""
    for name, state in EC2_WAYS.items():
        after(Instance, name, lambda _, self, state=state: slow(self, copy(state)))
    Instance.instance_state = property(lambda self: way(self) or self._state)
    Instance.state = property(lambda self: self.instance_state.name)
    Instance.state_code = property(lambda self: self.instance_state.code)
    for name in ("describe_instances", "get_reservations_by_instance_ids"):
        after(
            EC2Backend,
            name,
            lambda reservations, _: look(i for r in reservations for i in r.instances),
        )


def slow_databases() -> None:
    """RDS: instances, clusters, snapshots."""
    for owner in (DBInstance, DBSnapshot):
        status = property(lambda self: way(self) or self.arrived, _arrive)
        owner.status = status
    DBCluster.status = property(lambda self: way(self) or "available", lambda self, value: None)
    for owner in (DBInstance, DBCluster, DBSnapshot):
        after(owner, "__init__", lambda _, self: slow(self, "creating"))
    changes = {"modify_db_instance": "modifying", "reboot_db_instance": "rebooting"}
    for name, state in changes.items():
        after(RDSBackend, name, lambda thing, _, state=state: slow(thing, state))
    after(RDSBackend, "delete_db_instance", _linger)
    describe = RDSBackend.describe_db_instances
    RDSBackend.describe_db_instances = lambda self, name=None, filters=None: (
        _lingering(self, name) or describe(self, name, filters)
    )
    for name in ("instances", "clusters", "snapshots"):
        after(RDSBackend, f"describe_db_{name}", lambda things, _: look(things))


def _linger(database: Any, backend: Any) -> None:
    """A deleted database is shown for a while."""
    slow(database, "deleting")
    backend.leaving = database


def _lingering(backend: Any, name: str | None) -> list[Any]:
    database = getattr(backend, "leaving", None)
    shown = database is not None and database.db_instance_identifier == name
    return [database] if shown and database.looks_left else []


def slow_machines() -> None:
    """SageMaker: training jobs, endpoints, notebooks."""
    after(SageMakerModelBackend, "create_training_job", _leave_model)
    _slow_answer("describe_training_job", "training_jobs", "TrainingJobStatus", "InProgress")
    _slow_answer("describe_endpoint", "endpoints", "EndpointStatus", "Creating")
    _slow_answer("get_notebook_instance", "notebook_instances", "status", "Pending")


def _leave_model(_: Any, backend: Any) -> None:
    """A training job leaves a model, in a bucket that is there."""
    job = list(backend.training_jobs.values())[-1]
    place = f"{job.output_data_config['S3OutputPath']}/{job.training_job_name}/output/model.tar.gz"
    bucket, _, key = place.removeprefix("s3://").partition("/")
    s3 = s3_backends[backend.account_id]["aws"]
    if bucket in s3.buckets:
        s3.put_object(bucket, key, b"a model")


def _slow_answer(method: str, kept_in: str, name: str, state: str) -> None:
    original = getattr(SageMakerModelBackend, method)

    def described(self: Any, *args: Any, **named: Any) -> Any:
        answer = original(self, *args, **named)
        thing = getattr(self, kept_in)[[*args, *named.values()][0]]
        if not hasattr(thing, "looks_left"):
            slow(thing, state)
        look([thing])
        if not way(thing):
            return answer
        if isinstance(answer, dict):
            return {**answer, name: state}
        shown = copy(answer)
        setattr(shown, name, state)
        return shown

    setattr(SageMakerModelBackend, method, described)


def main() -> None:
    """Serve until standard input ends."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    slow_instances()
    slow_databases()
    slow_machines()
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
