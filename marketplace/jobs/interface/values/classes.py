"""Answers that pick classes: one, several, or paths in a tree of classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketplace.jobs.interface.values import wrong

if TYPE_CHECKING:
    from marketplace.jobs.interface.controls import Control

_SHAPE = 'needs value to be {"choices": ["…"]} and nothing else'


def one(control: Control, value: object, _shown: object) -> str:
    """Return the class chosen."""
    chosen = _list(value, "choices")
    if len(chosen) > 1:
        sentence = f'chooses {len(chosen)} classes, but "{control.name}" takes one'
        wrong.refuse("answer_choices_several", sentence)
    _check_class(control, chosen[0])
    return str(chosen[0])


def several(control: Control, value: object, _shown: object) -> list[str]:
    """Return the classes chosen, in the order the interface shows them."""
    chosen = _list(value, "choices")
    for each in chosen:
        _check_class(control, each)
    if len(set(chosen)) < len(chosen):
        wrong.refuse("answer_choice_repeated", "chooses the same class twice")
    return [each for each in control.classes if each in chosen]


def paths(control: Control, value: object, _shown: object) -> list[list[str]]:
    """Return the paths chosen in a tree of classes, sorted."""
    chosen = _list(value, "taxonomy")
    known = {option.path for option in control.options}
    leaves_only = control.bounds.get("leafsOnly", "").lower() == "true"
    inner = {path[:depth] for path in known for depth in range(1, len(path))}
    for each in chosen:
        is_path = isinstance(each, list) and all(isinstance(part, str) for part in each)
        if not is_path or tuple(each) not in known:
            sentence = f'chooses {wrong.said(each)}, which is no class of "{control.name}"'
            wrong.refuse("answer_class_unknown", sentence)
        if leaves_only and tuple(each) in inner:
            sentence = f"chooses {wrong.said(each)}, but only the last level may be chosen"
            wrong.refuse("answer_class_unknown", sentence)
    most = int(control.bounds.get("maxUsages", "") or len(known))
    if len(chosen) > most:
        wrong.refuse(
            "answer_too_many", f"chooses {len(chosen)} classes; at most {most} are allowed"
        )
    return sorted({tuple(each): each for each in chosen}.values())


def _list(value: object, key: str) -> list[Any]:
    if not isinstance(value, dict) or value.keys() != {key}:
        wrong.refuse("answer_malformed", _SHAPE.replace("choices", key))
    chosen = value[key]
    if not isinstance(chosen, list) or not chosen:
        wrong.refuse("answer_malformed", f"needs {key} to be a list with one class or more")
    return chosen


def _check_class(control: Control, chosen: object) -> None:
    if not isinstance(chosen, str) or chosen not in control.classes:
        sentence = f'chooses {wrong.said(chosen)}, which is no class of "{control.name}"'
        wrong.refuse("answer_class_unknown", sentence)
