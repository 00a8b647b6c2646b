"""AWS's services as OpenAPI descriptions, from the service models that botocore ships."""

from arazzo_runner.openapi.aws_describe.description import describe_service, description_text
from arazzo_runner.openapi.aws_describe.service_model import ServiceModel, load_service_model

__all__ = ["ServiceModel", "describe_service", "description_text", "load_service_model"]
