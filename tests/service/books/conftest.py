"""The same books as the tests of payouts keep, with admins who look at them."""

from __future__ import annotations

import pytest

from kernel.identity import Identity
from kernel.types import new_id
from tests.service.payouts.conftest import _money_alone, books

__all__ = ["_money_alone", "books"]


@pytest.fixture
def admins() -> tuple[Identity, Identity]:
    """Two admins who are two people."""
    return Identity(user_id=new_id(), is_admin=True), Identity(user_id=new_id(), is_admin=True)
