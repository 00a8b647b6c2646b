"""Credentials and signers. Nothing here imports botocore before it is needed."""

from arazzo_runner.auth.aws_credentials import (
    AwsCredentials,
    find_aws_credentials,
    find_aws_region,
)
from arazzo_runner.auth.aws_endpoints import AwsEndpoint, aws_endpoint
from arazzo_runner.auth.certificates import ClientCertificate
from arazzo_runner.auth.credential import CallCredentials, Credential, Send, origin_of
from arazzo_runner.auth.signers import Signature, Signer
from arazzo_runner.auth.signing_plan import AwsSettings, SigningPlan, aws_signer, plan_signing
from arazzo_runner.auth.sigv4 import CredentialsSource, FrozenCredentials, SigV4Signer

__all__ = [
    "AwsCredentials",
    "AwsEndpoint",
    "AwsSettings",
    "CallCredentials",
    "ClientCertificate",
    "Credential",
    "CredentialsSource",
    "FrozenCredentials",
    "Send",
    "SigV4Signer",
    "Signature",
    "Signer",
    "SigningPlan",
    "aws_endpoint",
    "aws_signer",
    "find_aws_credentials",
    "find_aws_region",
    "origin_of",
    "plan_signing",
]
