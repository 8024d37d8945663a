"""Comparing what is held with what is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.types import new_id
from qualification import eligibility
from qualification.eligibility import BuiltIn, Facts, Guard, Reason, Requirement
from workers.models import Worker
from workers.states import Standing

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def a_worker(**changes: Any) -> Worker:
    content: dict[str, Any] = {
        "id": new_id(),
        "handle": "A",
        "country": "DE",
        "languages": ["de", "en"],
        "adult_consent": False,
        "state": Standing.GOOD,
        "state_at": NOW,
        "state_reason": "",
        "created_at": NOW,
    }
    return Worker(**{**content, **changes})


def judged(asked: Requirement, facts: Facts | None = None, **worker: Any) -> list[Reason]:
    return eligibility.judge(a_worker(**worker), {}, [asked], facts or Facts())


@pytest.mark.parametrize(
    ("comparison", "asked", "passing", "failing"),
    [
        ("<", 80, 79, 80),
        ("<=", 80, 80, 81),
        (">", 80, 81, 80),
        (">=", 80, 80, 79),
        ("=", 80, 80, 81),
        ("!=", 80, 81, 80),
        ("in", [1, 2], 2, 3),
        ("not_in", [1, 2], 3, 2),
    ],
)
def test_each_comparison_compares(comparison: str, asked: Any, passing: int, failing: int) -> None:
    assert eligibility.holds(frozenset([passing]), comparison, asked)
    assert not eligibility.holds(frozenset([failing]), comparison, asked)
    assert not eligibility.holds(frozenset(), comparison, asked)


def test_exists_and_not_exists_ask_for_holding_only() -> None:
    assert eligibility.holds(frozenset([0]), "exists", None)
    assert not eligibility.holds(frozenset(), "exists", None)
    assert eligibility.holds(frozenset(), "not_exists", None)
    assert not eligibility.holds(frozenset([0]), "not_exists", None)


def test_one_language_of_several_is_enough() -> None:
    asked = Requirement(BuiltIn.LANGUAGES, "in", ["fr", "en"])
    assert judged(asked) == []
    assert [reason.code for reason in judged(asked, languages=["pl"])] == ["languages_differs"]


def test_another_country_is_told_which_countries_are_asked_for() -> None:
    [reason] = judged(Requirement(BuiltIn.LOCALE, "in", ["US", "GB"]))
    assert reason.sentence == (
        "This job is for people in these countries: one of US, GB. Your country is DE."
    )


@pytest.mark.parametrize(
    "asked",
    [Requirement(BuiltIn.ADULT_CONSENT, "exists"), Requirement(BuiltIn.ADULT_CONSENT, "=", 1)],
)
def test_adult_content_needs_consent(asked: Requirement) -> None:
    assert judged(asked, adult_consent=True) == []
    assert [reason.code for reason in judged(asked)] == ["adult_consent_differs"]


def test_approved_answers_are_counted() -> None:
    asked = Requirement(BuiltIn.ANSWERS_APPROVED, ">=", 100)
    assert judged(asked, Facts(answers_approved=100, answers_decided=120)) == []
    [reason] = judged(asked, Facts(answers_approved=99, answers_decided=120))
    assert reason.sentence.endswith("approved answers: 100 or more. You have 99.")


def test_an_approval_rate_is_compared_exactly() -> None:
    asked = Requirement(BuiltIn.APPROVAL_RATE, ">=", 95, count_min=20)
    assert judged(asked, Facts(95, 100)) == []
    [reason] = judged(asked, Facts(9_499, 10_000))
    assert reason.code == "approval_rate_differs"
    assert "95 or more" in reason.sentence


def test_a_newcomer_is_admitted_while_there_is_room_for_newcomers() -> None:
    asked = Requirement(BuiltIn.APPROVAL_RATE, ">=", 95, count_min=20)
    assert judged(asked, Facts(0, 19)) == []
    [reason] = judged(asked, Facts(0, 19, admits_newcomers=False))
    assert reason.code == "newcomers_full"
    assert "after 1 more" in reason.sentence
    assert eligibility.is_newcomer([asked], Facts(0, 19))
    assert not eligibility.is_newcomer([asked], Facts(0, 20))


def test_a_guard_stands_against_its_act_and_those_after_it() -> None:
    found = [Reason("a", "A.", Guard.DISCOVER), Reason("b", "B.", Guard.ACCEPT)]
    codes = {act: [reason.code for reason in eligibility.blocking(found, act)] for act in Guard}
    assert codes == {Guard.DISCOVER: ["a"], Guard.PREVIEW: ["a"], Guard.ACCEPT: ["a", "b"]}
