"""Limits count tries in a window and open when there is nobody left to count."""

from __future__ import annotations

import time

import pytest

from kernel.runtime import Runtime
from kernel.web.limits import Limits, TooMany


@pytest.fixture
def limits(runtime: Runtime) -> Limits:
    return Limits(runtime.settings.redis_url)


def test_the_last_try_allowed_is_allowed_and_the_next_is_not(limits: Limits) -> None:
    for _ in range(3):
        limits.check("3 per 15 minutes", "sign_in", "ada")
        limits.hit("3 per 15 minutes", "sign_in", "ada")
    with pytest.raises(TooMany, match="up to 15 minutes") as refusal:
        limits.check("3 per 15 minutes", "sign_in", "ada")
    assert (refusal.value.status, refusal.value.code) == (429, "too_many_requests")


def test_looking_counts_nothing(limits: Limits) -> None:
    for _ in range(5):
        limits.check("1 per 15 minutes", "sign_in", "ada")


def test_names_and_people_are_counted_apart(limits: Limits) -> None:
    limits.hit("1 per 15 minutes", "sign_in", "ada")
    limits.check("1 per 15 minutes", "sign_in", "eve")
    limits.check("1 per 15 minutes", "reset", "ada")


def test_every_process_counts_in_the_same_place(limits: Limits, runtime: Runtime) -> None:
    limits.hit("1 per 1 hour", "sign_in", "ada")
    with pytest.raises(TooMany, match="up to 60 minutes"):
        Limits(runtime.settings.redis_url).check("1 per 1 hour", "sign_in", "ada")


def test_when_the_window_has_passed_one_may_try_again(limits: Limits) -> None:
    limits.hit("1 per 1 second", "sign_in", "ada")
    with pytest.raises(TooMany):
        limits.check("1 per 1 second", "sign_in", "ada")
    time.sleep(2.1)
    limits.check("1 per 1 second", "sign_in", "ada")


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/valkey.sock?db=0"])
def test_a_lost_valkey_opens_the_gate(url: str) -> None:
    lost = Limits(url)
    for _ in range(3):
        lost.hit("1 per 15 minutes", "sign_in", "ada")
        lost.check("1 per 15 minutes", "sign_in", "ada")
