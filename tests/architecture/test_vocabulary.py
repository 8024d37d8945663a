"""One word, one meaning: no domain nouns in the kernel, no second words for what has a word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Table

import migrations
from tests.architecture import source

DOMAIN = {
    *("job", "task", "slot", "assignment", "answer", "label", "gold", "exam", "sitting"),
    *("appeal", "dispute", "payout", "deposit", "withdrawal", "ledger", "journal", "posting"),
    *("requester", "skill", "trust", "enrolment", "qualification", "organisation", "worker"),
}
# What the kernel may say, word by word and place by place, and why.
KERNEL_MAY_SAY = {
    "kernel/identity.py": {"worker", "organisation"},  # who asks, and for whom
    "kernel/servers/": {"answer"},  # what a server does that is up
    "kernel/web/": {"answer"},  # HTTP's answer to a request
    "kernel/web/metrics.py": {"label"},  # Prometheus' word
}
OTHER_WORDS = {
    "submission": "answer",
    "response": "answer",
    "verdict": "label",
    "reputation": "skill, trust or standing",
    "rater": "worker",
    "annotator": "worker",
    "annotation": "answer",
    "hit": "task or job",
    "customer": "organisation",
    "client": "organisation",
    "balance_transaction": "journal",
    "manager": "a verb",
    "handler": "a verb",
    "helper": "a verb",
    "hook": "news",
    "signal": "news",
}
FORMAT_ADAPTERS = ("marketplace/mturk/", "marketplace/jobs/interface/", "marketplace/jobs/reading/")
LIBRARY_CLASSES = {"Collector"}
# Money moves and jobs are posted in plain English: those two are banned in names alone.
INNER = re.compile(
    r"\b(chores?|runners?|news|slots?|postings|outbox(es)?|units? of work)\b", re.IGNORECASE
)
INNER_NAME = re.compile(INNER.pattern.replace("news", "news|moves?|posting"), re.IGNORECASE)
REFUSALS = {"Missing", "Denied", "Conflict", "Refused", "Unavailable", "DomainError"}


def test_the_kernel_knows_no_domain_noun() -> None:
    breaches = []
    for path in source.modules("kernel"):
        allowed = {
            word
            for place, words in KERNEL_MAY_SAY.items()
            if str(path).startswith(place)
            for word in words
        }
        for name, node in _names(path):
            said = {_singular(word) for word in source.words(name)} & DOMAIN - allowed
            breaches += [f"{source.at(path, node)} {name}: {word}" for word in sorted(said)]
    assert not breaches, source.told(breaches, "the kernel serves any domain")


def test_what_the_kernel_is_allowed_to_say_it_does_say() -> None:
    for place, allowed in KERNEL_MAY_SAY.items():
        said = {
            _singular(word)
            for path in source.modules("kernel")
            if str(path).startswith(place)
            for name, _ in _names(path)
            for word in source.words(name)
        }
        assert allowed <= said, f"{place} may say {allowed - said} and does not"


def test_tables_and_columns_use_our_words() -> None:
    names = [
        f"{table.name}.{column}"
        for table in migrations.every_model().sorted_tables
        for column in ("", *_columns(table))
    ]
    assert not (breaches := _second_words(names)), source.told(breaches, "use the glossary's word")


def test_classes_and_addresses_use_our_words() -> None:
    names = []
    for path in source.modules():
        if str(path).startswith(FORMAT_ADAPTERS):
            continue
        for node in source.nodes(path):
            if isinstance(node, ast.ClassDef):
                names.append(f"{path}:{node.lineno} {node.name}")
            if isinstance(node, ast.FunctionDef):
                names += [f"{path}:{node.lineno} {address}" for address in _addresses(node)]
    assert not (breaches := _second_words(names)), source.told(breaches, "use the glossary's word")


def test_a_refusal_has_a_stable_code_and_a_whole_sentence_in_plain_words() -> None:
    breaches = []
    for path in source.modules():
        for name, call in source.calls(path):
            if name.split(".")[-1] not in REFUSALS or len(call.args) < 2:
                continue
            code, sentence = _written(call.args[0]), _written(call.args[1])
            if code and not re.fullmatch(r"[a-z0-9_…]+", code):
                breaches.append(f"{source.at(path, call)} code {code!r}")
            if sentence and not re.match(r"^[A-Z“…].*[.?!…]$", sentence, re.DOTALL):
                breaches.append(f"{source.at(path, call)} sentence {sentence!r}")
            if sentence and INNER.search(sentence):
                breaches.append(f"{source.at(path, call)} inner word {sentence!r}")
    assert not breaches, source.told(breaches, "say it so that a person can act on it")


def _names(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Walk every name a module gives or uses, and texts that are names (of tables, of keys)."""
    for node in source.nodes(path):
        if isinstance(node, ast.Name):
            yield node.id, node
        elif isinstance(node, ast.Attribute):
            yield node.attr, node
        elif isinstance(node, ast.arg | ast.keyword) and node.arg:
            yield node.arg, node
        elif isinstance(node, ast.ClassDef | source.Function):
            yield node.name, node
        elif isinstance(node, ast.Constant) and re.fullmatch(r"[a-z_]+", str(node.value)):
            yield str(node.value), node


def _singular(word: str) -> str:
    return word.removesuffix("s")


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns]


def _second_words(names: list[str]) -> list[str]:
    """Return the names that say in another word what the glossary has a word for."""
    found = []
    for name in names:
        said = "_".join(map(_singular, source.words(name.split()[-1])))
        if said.removeprefix("_") in {cls.lower() for cls in LIBRARY_CLASSES}:
            continue
        found += [
            f"{name}: say {word}"
            for other, word in OTHER_WORDS.items()
            if f"_{other}_" in f"_{said}_"
        ]
    return found


def _addresses(function: ast.FunctionDef) -> Iterator[str]:
    """Walk the addresses that decorators give a view."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and source.dotted(decorator.func).startswith(
            "blueprint."
        ):
            yield from (_written(given) for given in decorator.args[:1])


def _written(node: ast.AST) -> str:
    """Return a text as far as the source writes it; what is filled in becomes “…”."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = (_written(part) for part in node.values)
        return "".join(part or "…" for part in parts)
    return ""
