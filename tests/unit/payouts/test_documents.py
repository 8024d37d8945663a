"""The page about money names every account, journal guard and invariant there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from payouts import accounts, invariants
from payouts.books import truths

PAGE = (Path(__file__).parents[3] / "docs" / "money.md").read_text()
OURS = invariants.names(truths.MONEY)  # those about work stand on the page about quality


@pytest.mark.parametrize("kind", accounts.KINDS)
def test_every_account_kind_is_on_the_page(kind: str) -> None:
    assert f"`{kind}`" in PAGE


@pytest.mark.parametrize("name", OURS)
def test_every_invariant_is_on_the_page_with_its_sentence(name: str) -> None:
    invariant = invariants.REGISTRY[name]
    halts = "yes" if invariant.halts else "no"
    assert f"| `{name}` | {invariant.sentence} | {halts} |" in PAGE
