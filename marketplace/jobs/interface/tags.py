"""Read the XML of a task interface into a bounded tree of known tags."""

from __future__ import annotations

import difflib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

import defusedxml
from defusedxml import sax

from kernel import errors

XML_BYTES_MAX = 64 * 1024
NODES_MAX = 200
DEPTH_MAX = 12

# What is shown, what is asked, and what marks regions of an object.
OBJECTS = frozenset(
    {
        *("Text", "HyperText", "Image", "Audio", "Video"),
        *("Paragraphs", "List", "Table", "TimeSeries"),
    }
)
REGION_LABELS = frozenset(
    {
        "Labels",
        "HyperTextLabels",
        "RectangleLabels",
        "PolygonLabels",
        "KeyPointLabels",
        "EllipseLabels",
        "BrushLabels",
        "TimeSeriesLabels",
    }
)
REGIONS = REGION_LABELS | {"Rectangle", "Polygon", "KeyPoint", "Ellipse", "Brush", "VideoRectangle"}
FORMS = frozenset(
    {"Choices", "Taxonomy", "Rating", "Number", "TextArea", "DateTime", "Pairwise", "Ranker"}
)
CONTROLS = FORMS | REGIONS

# What each supported tag may hold; Label Studio ignores loose text, and so do we.
_NOTHING: frozenset[str] = frozenset()
_BLOCKS = OBJECTS | CONTROLS | {"View", "Header", "Style", "Relations"}
CHILDREN: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        OBJECTS | CONTROLS | {"Header", "Style", "Label", "Bucket", "Relation", "Channel"}, _NOTHING
    ),
    **dict.fromkeys(REGION_LABELS, frozenset({"Label"})),
    "View": _BLOCKS,
    "Choices": frozenset({"Choice"}),
    "Taxonomy": frozenset({"Choice"}),
    "Choice": frozenset({"Choice"}),
    "Ranker": frozenset({"Bucket"}),
    "TimeSeries": frozenset({"Channel"}),
    "Relations": frozenset({"Relation"}),
}

# The rest of Label Studio's language: real tags that this version does not draw.
_LATER = """
    AudioPlus BitmaskLabels Bitmask Chat Collapse Dialog Filter Magicwand Markdown MultiChannel
    OcrLabels Panel ParagraphLabels Pdf ReactCode Repeater Shortcut TimelineLabels TopBar
    Typography Vector VectorLabels
"""
UNSUPPORTED = frozenset(_LATER.split())

# Attributes that change what an answer means; dropping them in silence would ask another question.
_CONDITIONS = frozenset({"perItem", "allowNested"})
_VALUES_ALLOWED = {
    ("Choices", "choice"): frozenset({"single", "single-radio", "multiple"}),
    ("Choices", "value"): _NOTHING,
    ("Taxonomy", "value"): _NOTHING,
    ("Taxonomy", "apiUrl"): _NOTHING,
    ("Labels", "value"): _NOTHING,
    ("Text", "valueType"): frozenset({"text"}),
    ("HyperText", "valueType"): frozenset({"text"}),
    ("Paragraphs", "valueType"): frozenset({"json"}),
    ("Text", "encoding"): frozenset({"none"}),
    ("HyperText", "encoding"): frozenset({"none"}),
    ("Image", "valueList"): _NOTHING,
    ("TimeSeries", "valueType"): frozenset({"json"}),
    ("TimeSeries", "timeFormat"): _NOTHING,
}
_OFF = frozenset({"", "false"})


@dataclass(frozen=True)
class Node:
    """One tag of the interface, with the line it stands on."""

    tag: str
    line: int
    attributes: Mapping[str, str]
    children: tuple[Node, ...] = ()

    def get(self, name: str) -> str:
        """Return an attribute without outer blanks, or "" where it is absent."""
        return self.attributes.get(name, "").strip()

    def is_on(self, name: str) -> bool:
        """Tell whether a yes-or-no attribute says yes."""
        return self.get(name).lower() not in _OFF


def read(xml: str) -> Node:
    """Return the root tag of an interface, or refuse with the line of the first mistake."""
    try:
        too_large = len(xml.encode()) > XML_BYTES_MAX
    except UnicodeEncodeError as error:
        sentence = "The interface holds a character that is no text (half a surrogate pair)."
        raise errors.Refused("interface_not_xml", sentence) from error
    if too_large:
        sentence = f"The interface is larger than {XML_BYTES_MAX // 1024} KB. Please shorten it."
        raise errors.Refused("interface_too_large", sentence, bytes_max=XML_BYTES_MAX)
    return _checked(_parsed(xml))


def _parsed(xml: str) -> Node:
    builder = _TreeBuilder()
    parser = sax.make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(builder)
    try:
        parser.parse(io.StringIO(xml))
    except defusedxml.DefusedXmlException as error:
        sentence = "An interface may not declare a document type or entities (<!DOCTYPE, <!ENTITY)."
        raise errors.Refused("interface_has_entities", sentence) from error
    except SAXParseException as error:
        line, column = error.getLineNumber() or 1, (error.getColumnNumber() or 0) + 1
        sentence = (
            f"This is not well-formed XML: {error.getMessage()} (line {line}, column {column})."
        )
        raise errors.Refused("interface_not_xml", sentence, line=line, column=column) from error
    return builder.roots[0]


class _TreeBuilder(ContentHandler):
    """Build nodes as the parser meets them, and stop it at the first limit passed."""

    def __init__(self) -> None:
        super().__init__()
        self.roots: list[Node] = []
        self._open: list[tuple[str, int, dict[str, str], list[Node]]] = []
        self._nodes = 0
        self._line: Callable[[], int] = lambda: 1

    def setDocumentLocator(self, locator: Locator) -> None:
        self._line = lambda: locator.getLineNumber() or 1

    def startElement(self, name: str, attrs: AttributesImpl) -> None:
        line = self._line()
        self._nodes += 1
        if self._nodes > NODES_MAX:
            refuse(
                "interface_too_many_tags", f"An interface may hold at most {NODES_MAX} tags", line
            )
        if len(self._open) >= DEPTH_MAX:
            refuse("interface_too_deep", f"Tags may be nested at most {DEPTH_MAX} deep", line)
        self._open.append((name, line, dict(attrs.items()), []))

    def endElement(self, name: str) -> None:
        tag, line, attributes, children = self._open.pop()
        node = Node(tag, line, MappingProxyType(attributes), tuple(children))
        (self._open[-1][3] if self._open else self.roots).append(node)


def _checked(root: Node) -> Node:
    _check_tag(root)
    if root.tag != "View":
        sentence = "An interface starts with <View> and ends with </View>"
        refuse("interface_root_not_view", sentence, root.line, tag=root.tag)
    return root


def _check_tag(node: Node, in_taxonomy: bool = False) -> None:
    if node.tag in UNSUPPORTED:
        sentence = f"This tag is not supported yet: {node.tag}"
        refuse("interface_tag_unsupported", sentence, node.line, tag=node.tag)
    if node.tag not in CHILDREN:
        _refuse_unknown(node)
    _check_attributes(node)
    for child in node.children:
        _check_tag(child, in_taxonomy or node.tag == "Taxonomy")
        is_nested = child.tag == node.tag == "Choice" and not in_taxonomy
        if child.tag not in CHILDREN[node.tag] or is_nested:
            sentence = f"{child.tag} cannot stand inside {node.tag}"
            refuse("interface_tag_misplaced", sentence, child.line, tag=child.tag)


def _refuse_unknown(node: Node) -> NoReturn:
    near = difflib.get_close_matches(node.tag[:50], [*CHILDREN, *sorted(UNSUPPORTED)], n=1)
    sentence = f"There is no tag called {node.tag[:50]}"
    sentence += f"; perhaps {near[0]} is meant" if near else ""
    refuse("interface_tag_unknown", sentence, node.line, tag=node.tag[:50])


def _check_attributes(node: Node) -> None:
    for name in node.attributes:
        if _is_supported(node, name):
            continue
        written = " ".join(node.get(name).split())[:50]
        sentence = f'{node.tag} does not support {name}="{written}" yet'
        code = "interface_attribute_unsupported"
        refuse(code, sentence, node.line, tag=node.tag, attribute=name)


def _is_supported(node: Node, name: str) -> bool:
    if name in _CONDITIONS:
        return not node.is_on(name)
    allowed = _VALUES_ALLOWED.get((node.tag, name))
    return allowed is None or node.get(name) in allowed | {""}


def refuse(code: str, sentence: str, line: int, **details: str) -> NoReturn:
    """Refuse the interface, saying on which line."""
    raise errors.Refused(code, f"{sentence} (line {line}).", line=line, **details)
