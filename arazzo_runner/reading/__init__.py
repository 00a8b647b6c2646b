"""Reading: bytes to plain data with places on demand; fetching; a cache of big descriptions."""

from typing import TYPE_CHECKING

from arazzo_runner.lazy import lazy_names
from arazzo_runner.reading.document import Document, parse_document
from arazzo_runner.reading.kept_object import KeptObject
from arazzo_runner.reading.limits import Limits
from arazzo_runner.reading.loader import Fetch, Fetched, Loader, Permit, read_file
from arazzo_runner.reading.uris import file_path, to_uri

if TYPE_CHECKING:
    from arazzo_runner.reading.cache import DescriptionCache

__all__ = [
    "DescriptionCache",
    "Document",
    "Fetch",
    "Fetched",
    "KeptObject",
    "Limits",
    "Loader",
    "Permit",
    "file_path",
    "parse_document",
    "read_file",
    "to_uri",
]

__getattr__ = lazy_names(
    __name__,
    {
        "cache": "DescriptionCache",
    },
)
