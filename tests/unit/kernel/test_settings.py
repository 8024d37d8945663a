"""Settings come from the environment, and production does not start on anything half."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.settings import Settings

GOOD = {
    "QUORUM_ENV": "production",
    "DATABASE_URL": "postgresql+psycopg://db/quorum",
    "REDIS_URL": "redis://valkey/0",
    "SECRET_KEY": "x" * 32,
    "QUORUM_PUBLIC_URL": "https://quorum.example",
    "QUORUM_MAIL_URL": "smtp://mail.example",
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_API_URL": "https://api.stripe.com",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
    "STRIPE_CONNECTED_WEBHOOK_SECRET": "whsec_2",
}


def test_production_starts_with_all_it_needs_and_without_a_clock_to_move() -> None:
    settings = Settings.load(GOOD)
    assert settings.production
    assert settings.clock_file is None


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"QUORUM_ENV"}))
def test_production_names_what_is_missing(name: str) -> None:
    with pytest.raises(SystemExit, match=name):
        Settings.load({**GOOD, name: ""})


def test_production_wants_a_long_secret_and_an_encrypted_address() -> None:
    with pytest.raises(SystemExit, match="32 characters") as said:
        Settings.load({**GOOD, "SECRET_KEY": "x" * 31, "QUORUM_PUBLIC_URL": "http://q.example"})
    assert "https://" in str(said.value)


def test_a_desk_keeps_one_secret_across_restarts(tmp_path: Path) -> None:
    desk = {
        "DATABASE_URL": "postgresql+psycopg://db/quorum",
        "REDIS_URL": "redis://valkey/0",
        "QUORUM_LOCAL": str(tmp_path / "local"),
    }
    first, second = Settings.load(desk), Settings.load(desk)
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 32
    assert [path.name for path in (tmp_path / "local").iterdir()] == ["secret"]
    assert (tmp_path / "local" / "secret").stat().st_mode & 0o077 == 0
