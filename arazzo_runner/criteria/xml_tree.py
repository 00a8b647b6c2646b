"""XML texts as lxml trees, read safely. Needs the extra ``xml``."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from arazzo_runner.criteria.limits import EvaluationFault
from arazzo_runner.errors import SyntaxFault

__all__ = ["parse_xml", "require_xml", "shared_tree", "xml_text"]

MAX_CHARACTERS: Final = 64 * 2**20


def require_xml(text: str) -> None:
    """Refuse an XPath expression when the libraries for it are not installed.

    Raises:
        SyntaxFault: with the command that installs them; ``kind`` is ``missing-extra``.
    """
    try:
        import elementpath
        import lxml.etree  # noqa: F401
    except ImportError:
        fault = SyntaxFault(
            "XPath needs two libraries that are not installed",
            text=text,
            hint="pip install 'arazzo-workflow-engine[xml]'",
        )
        fault.kind = "missing-extra"
        raise fault from None
    del elementpath


def parse_xml(value: object) -> Any:
    """The document element of an XML text: no entities, no network, no document type.

    Raises:
        EvaluationFault: not a text, not well-formed, or with a document type declaration.
    """
    from lxml import etree

    if not isinstance(value, str):
        raise EvaluationFault("the value is not XML text")
    if len(value) > MAX_CHARACTERS:
        raise EvaluationFault(f"the XML text is longer than {MAX_CHARACTERS} characters")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(value.lstrip("\ufeff \t\r\n").encode(), parser)
    except (etree.XMLSyntaxError, UnicodeError, ValueError) as error:
        raise EvaluationFault(f"the value is not well-formed XML: {error}") from None
    if root.getroottree().docinfo.doctype:
        raise EvaluationFault("XML with a document type declaration is refused")
    return root


@lru_cache(maxsize=2)
def shared_tree(value: str) -> Any:
    """As :func:`parse_xml`, kept for the next criterion on the same text. Do not change it."""
    return parse_xml(value)


def xml_text(root: Any, like: str) -> str:
    """The tree as text, with a declaration when the text ``like`` has one."""
    from lxml import etree

    declared = like.lstrip("\ufeff \t\r\n").startswith("<?xml")
    text: str = etree.tostring(root.getroottree(), encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}' if declared else text
