"""Credentials and signers. Nothing here imports botocore before it is needed."""

from arazzo_runner.auth.aws_credentials import (
    AwsCredentials,
    find_aws_credentials,
    find_aws_region,
)
from arazzo_runner.auth.aws_endpoints import AwsEndpoint, aws_endpoint, dns_suffix
from arazzo_runner.auth.aws_signature import Signature
from arazzo_runner.auth.certificates import ClientCertificate
from arazzo_runner.auth.context import Context
from arazzo_runner.auth.credential import CallCredentials, Credential, Send, origin_of
from arazzo_runner.auth.given import Given, find_given
from arazzo_runner.auth.making import how_to_give, make_credential
from arazzo_runner.auth.places import Place
from arazzo_runner.auth.schemes import describe_scheme, place_of
from arazzo_runner.auth.signers import Signer
from arazzo_runner.auth.signing_plan import AwsSettings, SigningPlan, aws_signer, plan_signing
from arazzo_runner.auth.sigv4 import CredentialsSource, FrozenCredentials, SigV4Signer

__all__ = [
    "AwsCredentials",
    "AwsEndpoint",
    "AwsSettings",
    "CallCredentials",
    "ClientCertificate",
    "Context",
    "Credential",
    "CredentialsSource",
    "FrozenCredentials",
    "Given",
    "Place",
    "Send",
    "SigV4Signer",
    "Signature",
    "Signer",
    "SigningPlan",
    "aws_endpoint",
    "aws_signer",
    "describe_scheme",
    "dns_suffix",
    "find_aws_credentials",
    "find_aws_region",
    "find_given",
    "how_to_give",
    "make_credential",
    "origin_of",
    "place_of",
    "plan_signing",
]
