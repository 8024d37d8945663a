"""Write the interface of a job from the few words a form asks for."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from kernel.errors import Refused

KINDS = {"text": "Text", "image": "Image"}
XML = "xml"
CONTROL = "answer"


def interface(kind: str, question: str, classes: str) -> str:
    """Return the XML that shows a text or an image and asks for one of the classes, one a line.

    Every task then has one field named as its kind: `text` or `image`.
    """
    if kind not in KINDS:
        raise Refused("kind_unknown", "Please choose what a task shows.")
    named = dict.fromkeys(line.strip() for line in classes.splitlines() if line.strip())
    if len(named) < 2:
        raise Refused("classes_few", "Please write two classes or more, one on each line.")
    choices = "\n".join(
        f"    <Choice value={quoteattr(name)}{_hotkey(place)}/>"
        for place, name in enumerate(named, start=1)
    )
    return (
        "<View>\n"
        f"  <Header value={quoteattr(question.strip() or 'Which class fits?')}/>\n"
        f'  <{KINDS[kind]} name="{kind}" value="${kind}"/>\n'
        f'  <Choices name="{CONTROL}" toName="{kind}" choice="single" required="true"'
        ' showInline="true">\n'
        f"{choices}\n"
        "  </Choices>\n"
        "</View>"
    )


def _hotkey(place: int) -> str:
    return f' hotkey="{place}"' if place <= 9 else ""
