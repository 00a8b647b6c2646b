"""The AWS workflows of the corpus: what each expects to find, and what it has to come to.

``docs/aws.md`` shows this table; ``test_published_workflows`` runs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tests.support.moto_server import ACCOUNT, Moto
from tests.support.sagemaker import training_job

__all__ = ["CASES", "Case"]

Inputs = Mapping[str, Any]
Prepare = Callable[[Moto], Inputs]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Worker"
PASSWORD = "correct-horse-battery"


_MISSING = "moto does not have "


class Case(NamedTuple):
    """A workflow of the corpus.

    ``prepare`` makes what the workflow expects to be there and gives its inputs. ``outputs`` are
    those that it has to have, a type for those that moto chooses. ``looks`` is how often a step
    has to have run: a loop that waits really waits. ``why`` says why moto cannot come to the end.
    """

    name: str
    prepare: Prepare
    outputs: Mapping[str, Any] = {}
    looks: Mapping[str, int] = {}
    why: str = ""

    @property
    def file(self) -> str:
        """The document, relative to the corpus."""
        service, _, name = self.name.partition(" ")
        return f"api-evangelist/amazon-{service}/arazzo/amazon-{service}-{name}-workflow.yml"

    @property
    def moto_lacks(self) -> str:
        """The operation that moto does not have."""
        return self.why.removeprefix(_MISSING) if self.why.startswith(_MISSING) else ""


def _given(**inputs: Any) -> Prepare:
    return lambda moto: inputs


# -- EC2 -----------------------------------------------------------------------------------------


IMAGE = "ami-12c6146b"  # one that moto has from the start


def _instance(moto: Moto, state: str = "running") -> str:
    """An instance that has come to rest."""
    ec2 = moto.client("ec2")
    made = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)
    identifier = made["Instances"][0]["InstanceId"]
    while True:
        found = ec2.describe_instances(InstanceIds=[identifier])
        if found["Reservations"][0]["Instances"][0]["State"]["Name"] == state:
            return str(identifier)


def _address(moto: Moto) -> str:
    return str(moto.client("ec2").allocate_address(Domain="vpc")["AllocationId"])


def _group(moto: Moto) -> str:
    ec2 = moto.client("ec2")
    return str(ec2.create_security_group(GroupName="web", Description="web")["GroupId"])


def _launch(moto: Moto) -> Inputs:
    return {"imageId": IMAGE, "instanceType": "t3.micro"}


def _saved_image(moto: Moto) -> str:
    ec2 = moto.client("ec2")
    return str(ec2.create_image(InstanceId=_instance(moto), Name="saved")["ImageId"])


def _named_group(moto: Moto) -> Inputs:
    return _launch(moto) | {"groupName": "web", "groupDescription": "web", "keyName": "key"}


def _key(moto: Moto) -> Inputs:
    moto.client("ec2").create_key_pair(KeyName="old")
    return {"oldKeyName": "old", "newKeyName": "new"}


EC2 = [
    Case(
        "ec2 allocate-and-associate-eip",
        lambda moto: {"allocationId": _address(moto), "instanceId": _instance(moto)},
        {"associateStatus": 200, "instanceState": "running"},
    ),
    Case(
        "ec2 audit-security-group-usage",
        lambda moto: {"groupId": _group(moto)},
    ),
    Case(
        "ec2 bind-eip-to-new-instance",
        lambda moto: _launch(moto) | {"allocationId": _address(moto)},
        {"instanceId": str, "associateStatus": 200},
        {"pollRunning": 3},
    ),
    Case(
        "ec2 clone-instance-via-image",
        lambda moto: {
            "sourceInstanceId": _instance(moto),
            "imageName": "copy",
            "instanceType": "t3.micro",
        },
        {"imageId": str, "cloneInstanceId": str},
    ),
    Case(
        "ec2 deprovision-secured-instance",
        lambda moto: {"instanceId": _instance(moto), "groupId": _group(moto)},
        {"finalState": "terminated", "deleteStatus": 200},
        {"pollTerminated": 3},
    ),
    Case(
        "ec2 deregister-image-and-cleanup",
        lambda moto: {"imageId": _saved_image(moto)},
        {"deregisterStatus": 200, "verifyStatus": 200},
    ),
    Case(
        "ec2 harden-existing-security-group",
        lambda moto: {
            "groupId": _group(moto),
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIp": "10.0.0.0/8",
        },
        {"authorizeStatus": 200},
    ),
    Case(
        "ec2 launch-and-await-running",
        _launch,
        {"instanceId": str, "finalState": "running"},
        {"pollState": 3},
    ),
    Case(
        "ec2 launch-secured-instance",
        _named_group,
        why="the document gives the name of the new group as its id, which AWS refuses too",
    ),
    Case(
        "ec2 paginate-instances-then-tag-image",
        lambda moto: {"imageName": _instance(moto)},
        {"imageId": str},
    ),
    Case("ec2 place-instance-in-zone", _launch, {"instanceId": str}),
    Case(
        "ec2 prepare-key-and-launch",
        lambda moto: _launch(moto) | {"keyName": "key"},
        {"instanceId": str},
    ),
    Case(
        "ec2 rebuild-image-from-launch-template",
        lambda moto: _launch(moto) | {"launchTemplateName": "web"},
        {"instanceId": str},
    ),
    Case(
        "ec2 release-eip-on-terminate",
        lambda moto: {"instanceId": _instance(moto), "allocationId": _address(moto)},
        {"finalState": "terminated", "releaseStatus": 200},
        {"pollTerminated": 3},
    ),
    Case(
        "ec2 request-spot-and-track",
        _given(spotPrice="0.10", instanceCount=1),
        {"requestStatus": 200, "trackStatus": 200},
    ),
    Case(
        "ec2 restart-and-verify-instance",
        lambda moto: {"instanceId": _instance(moto)},
        {"finalState": "running", "statusCheck": 200},
        {"pollRunning": 3},
    ),
    Case("ec2 rotate-key-pair", _key, {"createStatus": 200, "deleteStatus": 200}),
    Case(
        "ec2 stop-and-create-image",
        lambda moto: {"instanceId": _instance(moto), "imageName": "copy"},
        {"imageId": str},
        {"pollStopped": 3},
    ),
    Case(
        "ec2 stop-start-instance-cycle",
        lambda moto: {"instanceId": _instance(moto)},
        {"finalState": "running"},
        {"pollStopped": 3, "pollRunning": 3},
    ),
]

# -- RDS -----------------------------------------------------------------------------------------

NEW_DATABASE = {
    "dbInstanceIdentifier": "db",
    "dbInstanceClass": "db.t3.micro",
    "engine": "mysql",
    "masterUsername": "admin",
    "masterUserPassword": PASSWORD,
    "allocatedStorage": 20,
}
NEW_CLUSTER = {
    "dbClusterIdentifier": "cluster",
    "engine": "aurora-mysql",
    "masterUsername": "admin",
    "masterUserPassword": PASSWORD,
}


def _database(**more: Any) -> Prepare:
    """A database that has come to rest."""

    def prepare(moto: Moto) -> Inputs:
        rds = moto.client("rds")
        rds.create_db_instance(
            DBInstanceIdentifier="db",
            DBInstanceClass="db.t3.micro",
            Engine="mysql",
            EngineVersion="8.0.35",
            MasterUsername="admin",
            MasterUserPassword=PASSWORD,
            AllocatedStorage=20,
        )
        while (
            rds.describe_db_instances(DBInstanceIdentifier="db")["DBInstances"][0][
                "DBInstanceStatus"
            ]
            != "available"
        ):
            pass
        return {"dbInstanceIdentifier": "db", **more}

    return prepare


def _database_and_snapshot(moto: Moto) -> Inputs:
    _database()(moto)
    rds = moto.client("rds")
    rds.create_db_snapshot(DBSnapshotIdentifier="shot", DBInstanceIdentifier="db")
    while rds.describe_db_snapshots()["DBSnapshots"][0]["Status"] != "available":
        pass
    return {"dbInstanceIdentifier": "db", "dbSnapshotIdentifier": "shot"}


def _cluster(**more: Any) -> Prepare:
    def prepare(moto: Moto) -> Inputs:
        rds = moto.client("rds")
        rds.create_db_cluster(
            DBClusterIdentifier="cluster",
            Engine="aurora-mysql",
            MasterUsername="admin",
            MasterUserPassword=PASSWORD,
        )
        while rds.describe_db_clusters()["DBClusters"][0]["Status"] != "available":
            pass
        return {"dbClusterIdentifier": "cluster", **more}

    return prepare


def _cluster_with_member(moto: Moto) -> Inputs:
    inputs = _cluster(dbInstanceIdentifier="member", finalDbSnapshotIdentifier="last")(moto)
    rds = moto.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="member",
        DBClusterIdentifier="cluster",
        DBInstanceClass="db.r5.large",
        Engine="aurora-mysql",
    )
    return inputs


RDS = [
    Case(
        "rds add-aurora-replica-instance",
        _cluster(
            # The document does not say the cluster, without which there is no Aurora instance.
            dbInstanceIdentifier="reader",
            dbInstanceClass="db.r5.large",
            engine="mysql",
        ),
        {"readerId": "reader", "status": "available", "endpointAddress": str},
        {"pollReader": 3},
    ),
    Case("rds clean-up-snapshot", _database_and_snapshot, {"snapshotType": "manual"}),
    Case(
        "rds clone-instance-from-snapshot-restore",
        lambda moto: {
            "sourceDbInstanceIdentifier": _database()(moto)["dbInstanceIdentifier"],
            "dbSnapshotIdentifier": "shot",
            "targetDbInstanceIdentifier": "copy",
            "masterUsername": "admin",
            "masterUserPassword": PASSWORD,
        },
        {"snapshotId": "shot", "targetId": "copy", "status": "available", "endpointAddress": str},
        {"pollSnapshot": 3, "pollTarget": 3},
    ),
    Case(
        "rds convert-to-multi-az",
        _database(),
        {"status": "available", "multiAZ": "true"},
        {"pollInstance": 3},
    ),
    Case(
        "rds delete-aurora-cluster",
        _cluster_with_member,
        {"clusterStatus": "available", "memberStatus": "deleting"},
    ),
    Case(
        "rds enable-backup-retention",
        _database(backupRetentionPeriod=7),
        {"status": "available", "appliedRetention": "7"},
        {"pollInstance": 3},
    ),
    Case(
        "rds modify-instance-class",
        _database(dbInstanceClass="db.m5.large"),
        {"status": "available", "appliedClass": "db.m5.large"},
        {"pollInstance": 3},
    ),
    Case(
        "rds provision-aurora-cluster",
        _given(**NEW_CLUSTER),
        {"clusterId": "cluster", "status": "available", "endpoint": str, "readerEndpoint": str},
        {"pollCluster": 3},
    ),
    Case(
        "rds provision-db-instance",
        _given(**NEW_DATABASE),
        {
            "instanceId": "db",
            "status": "available",
            "endpointAddress": str,
            "endpointPort": "3306",
        },
        {"pollInstance": 3},
    ),
    Case(
        "rds reboot-instance",
        _database(),
        {"status": "available", "endpointAddress": str},
        {"pollInstance": 3},
    ),
    Case(
        "rds rotate-master-password",
        _database(masterUserPassword=PASSWORD + "-2"),
        {"status": "available", "masterUsername": "admin"},
        {"pollInstance": 3},
    ),
    Case(
        "rds scale-instance-storage",
        _database(allocatedStorage=40),
        {"status": "available", "appliedStorage": "40"},
        {"pollInstance": 3},
    ),
    Case(
        "rds snapshot-db-instance",
        _database(dbSnapshotIdentifier="shot"),
        {"snapshotId": "shot", "status": "available", "snapshotCreateTime": str},
        {"pollSnapshot": 3},
    ),
    Case(
        "rds snapshot-then-delete-instance",
        _database(dbSnapshotIdentifier="shot", finalDbSnapshotIdentifier="last"),
        {"snapshotId": "shot", "snapshotStatus": "available"},
        {"pollSnapshot": 3},
    ),
    Case(
        "rds upgrade-engine-version",
        _database(engine="mysql", engineVersion="8.0.36"),
        {"status": "available", "appliedVersion": "8.0.36"},
        {"pollInstance": 3},
        why=_MISSING + "DescribeDBEngineVersions",
    ),
    Case(
        "rds verify-engine-then-provision",
        _given(**NEW_DATABASE, engineVersion="8.0.36"),
        {"instanceId": "db", "status": "available", "engineVersion": "8.0.36"},
        {"pollInstance": 3},
        why=_MISSING + "DescribeDBEngineVersions",
    ),
]

# -- Rekognition ---------------------------------------------------------------------------------

PICTURE = {"bucket": "pictures", "name": "face.jpg"}


REKOGNITION = [
    Case(
        "rekognition celebrity-scene-context",
        _given(**PICTURE),
        why=_MISSING + "RecognizeCelebrities",
    ),
    Case(
        "rekognition custom-labels-and-moderate",
        _given(
            projectVersionArn=f"arn:aws:rekognition:us-east-1:{ACCOUNT}:project/p/version/v/1",
            **PICTURE,
        ),
        why=_MISSING + "DetectModerationLabels",
    ),
    Case(
        "rekognition detect-then-compare-faces",
        _given(sourceBucket="b", sourceName="s.jpg", targetBucket="b", targetName="t.jpg"),
        why=_MISSING + "DetectFaces",
    ),
    Case(
        "rekognition enroll-and-search-face",
        _given(
            collectionId="people",
            enrollBucket="b",
            enrollName="e.jpg",
            externalImageId="e",
            queryBucket="b",
            queryName="q.jpg",
        ),
        why=_MISSING + "CreateCollection",
    ),
    Case("rekognition face-liveness-session", _given(), why=_MISSING + "CreateFaceLivenessSession"),
    Case(
        "rekognition label-and-moderate-image",
        _given(**PICTURE),
        why=_MISSING + "DetectModerationLabels",
    ),
    Case(
        "rekognition quality-gated-enrollment",
        _given(collectionId="people", externalImageId="e", **PICTURE),
        why=_MISSING + "DetectFaces",
    ),
    Case(
        "rekognition reuse-or-create-collection-enroll",
        _given(collectionId="people", enrollBucket="b", enrollName="e.jpg"),
        why=_MISSING + "ListCollections",
    ),
    Case(
        "rekognition text-and-moderation-screen",
        _given(**PICTURE),
        why=_MISSING + "DetectModerationLabels",
    ),
    Case(
        "rekognition verify-face-against-collection",
        _given(collectionId="people", probeBucket="b", probeName="p.jpg"),
        why=_MISSING + "DetectFaces",
    ),
    Case(
        "rekognition video-label-detection-job",
        _given(videoBucket="b", videoName="v.mp4"),
        why=_MISSING + "StartLabelDetection",
    ),
]

# -- SageMaker -----------------------------------------------------------------------------------

TRAINING = {
    "trainingJobName": "job",
    "trainingImage": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/image:1",
    "roleArn": ROLE,
    "s3OutputPath": "s3://bucket/models",
    "instanceType": "ml.m5.large",
    "instanceCount": 1,
    "volumeSizeInGB": 10,
    "maxRuntimeInSeconds": 3600,
}
HOSTING = {
    "endpointConfigName": "config",
    "variantName": "all",
    "initialInstanceCount": 1,
    "instanceType": "ml.m5.large",
    "endpointName": "endpoint",
}
DEPLOYED = {"modelArn": str, "endpointArn": str, "endpointStatus": "InService"}


def _model(moto: Moto) -> str:
    moto.client("sagemaker").create_model(
        ModelName="model",
        PrimaryContainer={"Image": "image:1", "ModelDataUrl": "s3://bucket/model.tar.gz"},
        ExecutionRoleArn=ROLE,
    )
    return "model"


def _endpoint(moto: Moto) -> Inputs:
    sagemaker = moto.client("sagemaker")
    variant = {"VariantName": "all", "ModelName": _model(moto), "InitialInstanceCount": 1}
    sagemaker.create_endpoint_config(
        EndpointConfigName="config",
        ProductionVariants=[{**variant, "InstanceType": "ml.m5.large"}],
    )
    sagemaker.create_endpoint(EndpointName="endpoint", EndpointConfigName="config")
    return {}


def _trained(moto: Moto) -> Inputs:
    moto.client("sagemaker").create_training_job(**training_job("job"))
    return {"modelName": "model", "inferenceImage": "image:1", "executionRoleArn": ROLE}


SAGEMAKER = [
    Case(
        "sagemaker audit-endpoint-fleet",
        _endpoint,
        {"newestEndpointName": "endpoint", "endpointStatus": str, "productionVariants": list},
    ),
    Case(
        "sagemaker deploy-existing-model",
        lambda moto: {"modelName": _model(moto), **HOSTING},
        DEPLOYED,
        {"pollEndpoint": 3},
    ),
    Case(
        "sagemaker deploy-model-to-endpoint",
        _given(
            modelName="model",
            image="image:1",
            modelDataUrl="s3://bucket/model.tar.gz",
            executionRoleArn=ROLE,
            **HOSTING,
        ),
        DEPLOYED,
        {"pollEndpoint": 3},
    ),
    Case(
        "sagemaker inventory-models",
        lambda moto: {"maxResults": len([_model(moto)])},
        {"newestModelName": "model", "modelDataUrl": "s3://bucket/model.tar.gz"},
    ),
    Case(
        "sagemaker provision-notebook-instance",
        _given(notebookInstanceName="book", instanceType="ml.t3.medium", roleArn=ROLE),
        {"notebookInstanceArn": str, "notebookInstanceStatus": "InService", "url": str},
        {"pollNotebookInstance": 3},
    ),
    Case(
        "sagemaker register-latest-completed-training",
        _trained,
        {"latestTrainingJobName": "job", "modelArtifacts": str, "modelArn": str},
    ),
    Case(
        "sagemaker train-and-poll-job",
        _given(**TRAINING),
        {
            "trainingJobArn": str,
            "trainingJobStatus": "Completed",
            "modelArtifacts": "s3://bucket/models/job/output/model.tar.gz",
        },
        {"pollTrainingJob": 3},
    ),
    Case(
        "sagemaker train-then-deploy",
        _given(
            **TRAINING,
            **{name: value for name, value in HOSTING.items() if name != "instanceType"},
            hostingInstanceType="ml.m5.large",
            modelName="model",
            inferenceImage="image:1",
        ),
        {**DEPLOYED, "modelArtifacts": str},
        {"pollTrainingJob": 3, "pollEndpoint": 3},
    ),
]

CASES = [*EC2, *RDS, *REKOGNITION, *SAGEMAKER]
