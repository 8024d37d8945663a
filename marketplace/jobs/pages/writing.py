"""Write the interface of a job from the few words a form asks for, and read them back."""

from __future__ import annotations

from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from kernel.errors import DomainError, Refused
from marketplace.jobs import interface as interfaces
from marketplace.jobs.interface import Interface

XML = "xml"
CONTROL = "answer"
CLASSES_MIN = 2
QUESTION = "Which class fits?"
SHOWN = {"text": "Text", "image": "Image", "audio": "Audio", "video": "Video"}
MARKED_BY = {"text": "Labels", "image": "RectangleLabels", "audio": "Labels", "video": "Labels"}
ASKED = ("choice", "choices", "marks", "rating", "words")
WITH_CLASSES = frozenset({"choice", "choices", "marks"})
_KIND_ASKED = {"choice": "choice", "choices": "choices", "rating": "rating", "text": "words"}


@dataclass(frozen=True)
class Form:
    """What the form asks for: what a task shows, what it asks, the question and the classes."""

    shows: str = "text"
    asks: str = "choice"
    question: str = ""
    classes: tuple[str, ...] = ()


def starter(shows: str) -> str:
    """Return the interface a draft begins with: a question of yes or no about what is shown."""
    return interface(Form(shows, question=QUESTION, classes=("Yes", "No")))


def interface(form: Form) -> str:
    """Return the XML that shows one thing and asks one question about it.

    Every task then has one field named as what it shows, such as `text` or `image`.
    """
    if form.shows not in SHOWN:
        raise Refused("kind_unknown", "Please choose what a task shows.")
    if form.asks not in ASKED:
        raise Refused("question_kind_unknown", "Please choose what is asked about it.")
    shown = f'  <{SHOWN[form.shows]} name="{form.shows}" value="${form.shows}"/>'
    heading = f"  <Header value={quoteattr(form.question.strip() or QUESTION)}/>"
    return "\n".join(["<View>", heading, shown, *_asking(form), "</View>"])


def read(xml: str) -> Form | None:
    """Return the form an interface was written from, None where a person wrote it otherwise."""
    try:
        shape = interfaces.parse(xml)
    except DomainError:
        return None
    form = _form_of(shape)
    return form if form and interface(form) == xml else None


def lines(text: str) -> tuple[str, ...]:
    """Return the classes somebody wrote one on each line, each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _asking(form: Form) -> list[str]:
    about = f'name="{CONTROL}" toName="{form.shows}"'
    if form.asks == "rating":
        return [f'  <Rating {about} maxRating="5" required="true"/>']
    if form.asks == "words":
        return [f'  <TextArea {about} rows="4" required="true"/>']
    least = 1 if form.asks == "marks" else CLASSES_MIN
    if len(form.classes) < least:
        words = "one class" if least == 1 else "two classes"
        raise Refused("classes_few", f"Please write {words} or more, one on each line.")
    if form.asks == "marks":
        return _marking(form, about)
    single = "single" if form.asks == "choice" else "multiple"
    opening = f'  <Choices {about} choice="{single}" required="true" showInline="true">'
    return [opening, *_options("Choice", form), "  </Choices>"]


def _marking(form: Form, about: str) -> list[str]:
    tag = MARKED_BY[form.shows]
    return [f"  <{tag} {about}>", *_options("Label", form), f"  </{tag}>"]


def _options(tag: str, form: Form) -> list[str]:
    return [f"    <{tag} value={quoteattr(name)}/>" for name in form.classes]


def _form_of(shape: Interface) -> Form | None:
    headings = [node.get("value") for node in shape.root.children if node.tag == "Header"]
    if len(headings) != 1 or len(shape.objects) != 1 or list(shape.controls) != [CONTROL]:
        return None
    [shown], control = shape.objects, shape.controls[CONTROL]
    asks = "marks" if control.marks_regions else _KIND_ASKED.get(control.kind)
    if asks is None or shown not in SHOWN:
        return None
    classes = tuple(option.value for option in control.options) if asks in WITH_CLASSES else ()
    return Form(shown, asks, headings[0] or "", classes)
