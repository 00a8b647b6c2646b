"""Credentials and signers. Nothing here imports botocore before the first signature."""

from arazzo_runner.auth.aws_credentials import (
    AwsCredentials,
    find_aws_credentials,
    find_aws_region,
)
from arazzo_runner.auth.signers import Signer
from arazzo_runner.auth.sigv4 import CredentialsSource, FrozenCredentials, SigV4Signer

__all__ = [
    "AwsCredentials",
    "CredentialsSource",
    "FrozenCredentials",
    "SigV4Signer",
    "Signer",
    "find_aws_credentials",
    "find_aws_region",
]
