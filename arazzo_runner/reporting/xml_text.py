"""Texts in XML reports: whatever they hold, the document is well-formed.

``xml.sax.saxutils`` imports an HTTP client with TLS, and the pattern takes 4 ms to compile: both
only when something is written.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["XML_DECLARATION", "legal", "xml_attribute", "xml_content"]

XML_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'

_NOT_XML: Final = "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"


def legal(text: str) -> str:
    """The text with U+FFFD for every character that XML 1.0 §2.2 does not allow."""
    return re.sub(_NOT_XML, "\ufffd", text)


def xml_attribute(text: str) -> str:
    """The text as the value of an attribute, in quotes."""
    from xml.sax.saxutils import quoteattr

    return quoteattr(legal(text))


def xml_content(text: str) -> str:
    """The text between tags."""
    from xml.sax.saxutils import escape

    return escape(legal(text))
