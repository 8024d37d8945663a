"""Say which rows of an import become tasks, or what is wrong with each of the others."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from consensus.errors import AnswerRefused
from marketplace.jobs.intake import known
from marketplace.jobs.intake.known import Questions
from marketplace.jobs.interface import parts
from marketplace.jobs.reading import Row, RowProblem

EXTERNAL_ID_CHARACTERS_MAX = 200
EXPLANATION_CHARACTERS_MAX = 2000
PRIORITY_MAX = 1000
ADDRESS_CHARACTERS_MAX = 2000

_UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f\"'<>\\]")

_PLAIN = frozenset({str, int, float})

# Built once: json.dumps makes a new one at each call that asks for more than its defaults.
_encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class TaskDraft(NamedTuple):
    """A good row: a task's data, the same as canonical JSON and its hash, its reserved columns."""

    row_number: int
    data: dict[str, Any]
    data_json: str
    external_id: str | None
    priority: int
    known: dict[str, Any] | None
    explanation: str
    prediction: dict[str, Any] | None
    content_hash: str


@dataclass(frozen=True)
class Form:
    """What the rows of one import are held against.

    `fields` and `questions` are those of the job's interface; a picture or recording must be in
    `media`, or an https address where `remote_images` allows it.
    """

    fields: Mapping[str, str]
    questions: Questions
    media: Container[str] = ()
    remote_images: bool = False


def checker(form: Form) -> Callable[[Row], TaskDraft | list[RowProblem]]:
    """Return the check of one form; it says of each row what `check` says.

    Nearly every row of a large file is plain and good, which is seen at a glance, at a fraction of
    what it costs to say what is wrong with a row.
    """
    shown = tuple(form.fields)
    files = tuple(name for name, kind in form.fields.items() if kind in parts.MEDIA_KINDS)
    is_plain = parts.STRUCTURED_KINDS.isdisjoint(form.fields.values())

    def glance(row: Row) -> TaskDraft | list[RowProblem]:
        data: dict[str, Any] = {}
        external_id = None
        for name, value in row.data.items():
            if name not in parts.RESERVED_FIELDS:
                data[name] = value
                if type(value) not in _PLAIN:
                    return check(row, form)
            elif name == "external_id" and _is_short(value):
                external_id = value or None
            elif value is not None and value != "":
                return check(row, form)
        if row.problem:
            return check(row, form)
        for name in shown:
            if not str(data.get(name, "")).strip():
                return check(row, form)
        for name in files:
            if str(data[name]) not in form.media:
                return check(row, form)
        data_json = canonical(data)
        hashed = _hash(data_json)
        return TaskDraft(row.number, data, data_json, external_id, 0, None, "", None, hashed)

    return glance if is_plain else lambda row: check(row, form)


def check(row: Row, form: Form) -> TaskDraft | list[RowProblem]:
    """Return the task a row describes, or everything that is wrong with it."""
    if row.problem:
        return [row.problem]
    findings = _Findings(row)
    data = _data(findings, form.fields)
    for name, kind in form.fields.items():
        value = row.data.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            findings.add(name, "field_missing", f'The field "{name}" is missing or empty.')
        elif kind in parts.MEDIA_KINDS and name in data and str(value) not in form.media:
            _check_address(findings, name, str(value), form.remote_images)
    data_json = canonical(data)
    draft = TaskDraft(
        row_number=row.number,
        data=data,
        data_json=data_json,
        external_id=_external_id(findings),
        priority=_priority(findings),
        known=_answers(findings, "known", form.questions),
        explanation=_explanation(findings),
        prediction=_answers(findings, "prediction", form.questions),
        content_hash=_hash(data_json),
    )
    return findings.problems or draft


def content_hash(data: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a task's data, whatever the order of its fields."""
    return _hash(canonical(data))


def canonical(data: Mapping[str, Any]) -> str:
    """Return a task's data as JSON, the same text whatever the order of its fields."""
    return _encoder.encode(data)


def _is_short(value: object) -> bool:
    return type(value) is str and len(value) <= EXTERNAL_ID_CHARACTERS_MAX


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class _Findings:
    """Gather what is wrong with one row."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.problems: list[RowProblem] = []

    def add(self, name: str, code: str, sentence: str) -> None:
        self.problems.append(RowProblem(self.row.number, name, code, sentence))


def _data(findings: _Findings, kinds: Mapping[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in findings.row.data.items():
        if name in parts.RESERVED_FIELDS or value is None:
            continue
        if kinds.get(name) in parts.STRUCTURED_KINDS:
            data[name] = _structured(findings, name, value)
            if kinds[name] == "series":
                _check_series(findings, name, data[name])
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            sentence = f'The field "{name}" must be a text or a number.'
            findings.add(name, "field_not_plain", sentence)
        else:
            data[name] = value
    return data


def _structured(findings: _Findings, name: str, value: object) -> object:
    """Read a list, a table or a conversation: as it is, or as JSON in the cell of a table."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, list | dict) or not value:
        sentence = f'The field "{name}" must be a list or an object, written as JSON.'
        findings.add(name, "field_not_structured", sentence)
    return value


def _check_series(findings: _Findings, name: str, value: object) -> None:
    """Find fault with what is no table of columns of numbers, all of one length."""
    columns = list(value.values()) if isinstance(value, dict) else []
    is_table = bool(columns) and all(isinstance(each, list) for each in columns)
    lengths = {len(each) for each in columns} if is_table else set()
    numbers = (type(each) in (int, float) for column in columns for each in column)
    if len(lengths) != 1 or lengths == {0} or not all(numbers):
        sentence = f'The field "{name}" must be an object of lists of numbers, all of one length.'
        findings.add(name, "field_not_series", sentence)


def _check_address(findings: _Findings, name: str, value: str, remote_images: bool) -> None:
    if "://" not in value:
        findings.add(name, "image_unknown", f'No uploaded file is called "{value[:80]}".')
    elif not remote_images:
        sentence = "This job shows uploaded files only, so an address is not allowed here."
        findings.add(name, "image_address_not_allowed", sentence)
    elif not _is_plain_https(value):
        sentence = "The address of a file must begin with https:// and hold no blanks or sign-in."
        findings.add(name, "image_address_invalid", sentence)


def _is_plain_https(value: str) -> bool:
    if len(value) > ADDRESS_CHARACTERS_MAX or _UNSAFE_IN_ADDRESS.search(value):
        return False
    try:
        address = urlsplit(value)
        has_odd_port = address.port == 0
    except ValueError:
        return False
    is_anonymous = address.username is None and address.password is None
    return (
        address.scheme == "https" and bool(address.hostname) and is_anonymous and not has_odd_port
    )


def _external_id(findings: _Findings) -> str | None:
    value = findings.row.data.get("external_id")
    if value is None or value == "":
        return None
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    if not is_plain or len(str(value)) > EXTERNAL_ID_CHARACTERS_MAX:
        sentence = f"external_id is a text of at most {EXTERNAL_ID_CHARACTERS_MAX} characters."
        findings.add("external_id", "external_id_invalid", sentence)
    return str(value)


def _priority(findings: _Findings) -> int:
    value = findings.row.data.get("priority")
    if value is None or value == "":
        return 0
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,4}", value.strip()):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > PRIORITY_MAX:
        sentence = f"priority is a whole number from -{PRIORITY_MAX} to {PRIORITY_MAX}."
        findings.add("priority", "priority_invalid", sentence)
        return 0
    return value


def _explanation(findings: _Findings) -> str:
    value = findings.row.data.get("explanation")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > EXPLANATION_CHARACTERS_MAX:
        sentence = f"explanation is a text of at most {EXPLANATION_CHARACTERS_MAX} characters."
        findings.add("explanation", "explanation_invalid", sentence)
        return ""
    return value.strip()


def _answers(findings: _Findings, column: str, questions: Questions) -> dict[str, Any] | None:
    """Read a known answer or a prediction of any kind."""
    value = findings.row.data.get(column)
    if value is None or value in ("", [], {}):
        return None
    try:
        return known.read(value, questions)
    except known.Malformed:
        names = ", ".join(f"“{name}”" for name in questions)
        sentence = f'{column} must be written as {{"control": answer}}, of the controls {names}.'
        findings.add(column, f"{column}_malformed", sentence)
    except AnswerRefused as refusal:
        sentence = f"{column} is no answer to this job. {refusal.sentence}"
        findings.add(column, f"{column}_not_an_option", sentence)
    return None
