"""The chart of accounts says whose an account may be and on which side it grows."""

from __future__ import annotations

from uuid import UUID

import pytest

from payouts import accounts
from payouts.accounts import KINDS, AccountKey

SOMEBODY = UUID(int=7)


def test_every_kind_of_the_design_is_in_the_chart() -> None:
    assert set(KINDS) == {
        "processor_pending",
        "processor_available",
        "processor_connected",
        "processor_unmatched",
        "chargeback_receivable",
        "worker_receivable",
        "organisation_available",
        "refund_in_transit",
        "job_budget",
        "job_reserved",
        "worker_pending",
        "worker_available",
        "worker_in_transit",
        "chargeback_reserve",
        "platform_fee",
        "processing_cost",
        "dispute_cost",
        "bad_debt",
        "rounding",
    }


def test_money_of_people_and_jobs_can_never_be_overdrawn() -> None:
    of_others = {"organisation_available", "job_budget", "job_reserved", "worker_available"}
    assert of_others <= set(accounts.BOUNDED)
    assert "processor_available" not in accounts.BOUNDED


def test_an_account_of_the_wrong_owner_cannot_be_named() -> None:
    with pytest.raises(ValueError, match="cannot belong"):
        AccountKey("job_budget", f"worker:{SOMEBODY}", "USD")
    with pytest.raises(ValueError, match="cannot belong"):
        accounts.platform("worker_available", "USD")


def test_fees_accrue_per_job_and_may_be_swept_to_the_platform() -> None:
    assert accounts.job("platform_fee", SOMEBODY, "USD").owner == f"job:{SOMEBODY}"
    assert accounts.platform("platform_fee", "USD").owner == "platform"
