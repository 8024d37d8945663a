"""Settings of the machinery, read once from the environment and checked at start."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kernel import servers

ROOT = Path(__file__).resolve().parent.parent
SECRET_BYTES_MIN = 32


@dataclass(frozen=True)
class Settings:
    """Hold what the processes of one installation share."""

    database_url: str
    redis_url: str
    secret_key: str
    local_folder: Path
    storage_folder: Path
    production: bool
    public_url: str
    mail_url: str
    stripe_key: str
    stripe_url: str
    stripe_webhook_secret: str
    stripe_connected_webhook_secret: str
    upload_bytes_max: int
    json_bytes_max: int
    proxies: int
    has_private_servers: bool

    def tend_servers(self) -> None:
        """Start the private servers again should they be gone; nothing where real ones serve."""
        if self.has_private_servers:
            servers.ensure(self.local_folder)

    @property
    def clock_file(self) -> Path | None:
        """Return where the shared test offset lives; production has none."""
        return None if self.production else self.local_folder / "clock-offset"

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read the environment; start or join the private servers where none are named."""
        env = os.environ if environment is None else environment
        production = env.get("QUORUM_ENV", "development") == "production"
        folder = Path(env.get("QUORUM_LOCAL") or ROOT / ".local")
        database_url, redis_url = env.get("DATABASE_URL", ""), env.get("REDIS_URL", "")
        is_private = not (database_url and redis_url) and not production
        if is_private:
            private = servers.ensure(folder)
            database_url = database_url or private.database_url
            redis_url = redis_url or private.redis_url
        settings = cls(
            database_url=database_url,
            redis_url=redis_url,
            secret_key=env.get("SECRET_KEY", "") or ("" if production else _local_secret(folder)),
            local_folder=folder,
            storage_folder=Path(env.get("QUORUM_STORAGE") or folder / "files"),
            production=production,
            public_url=env.get("QUORUM_PUBLIC_URL", "http://127.0.0.1:8000"),
            mail_url=env.get("QUORUM_MAIL_URL", ""),
            stripe_key=env.get("STRIPE_SECRET_KEY", ""),
            stripe_url=env.get("STRIPE_API_URL", "https://api.stripe.com"),
            stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET", ""),
            stripe_connected_webhook_secret=env.get("STRIPE_CONNECTED_WEBHOOK_SECRET", ""),
            upload_bytes_max=int(env.get("QUORUM_UPLOAD_BYTES_MAX", str(2 * 1024**3))),
            json_bytes_max=int(env.get("QUORUM_JSON_BYTES_MAX", str(2 * 1024**2))),
            proxies=int(env.get("QUORUM_PROXIES", "0")),
            has_private_servers=is_private,
        )
        if production:
            _check_production(settings)
        return settings


def _local_secret(folder: Path) -> str:
    """Keep one random secret per checkout, so that restarts do not sign people out."""
    path = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = folder / f"secret.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(SECRET_BYTES_MIN))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def _check_production(settings: Settings) -> None:
    """Refuse a production start on anything that is only good for a desk."""
    wrong = [
        ("DATABASE_URL must name a PostgreSQL server.", not settings.database_url),
        ("REDIS_URL must name a Valkey or Redis server.", not settings.redis_url),
        ("SECRET_KEY must be 32 characters or more.", len(settings.secret_key) < SECRET_BYTES_MIN),
        ("QUORUM_PUBLIC_URL must begin with https://.", settings.public_url[:8] != "https://"),
        ("QUORUM_MAIL_URL must name a mail server.", not settings.mail_url),
        ("STRIPE_SECRET_KEY must be set: no pretend money in production.", not settings.stripe_key),
        ("STRIPE_API_URL must begin with https://.", settings.stripe_url[:8] != "https://"),
        ("STRIPE_WEBHOOK_SECRET must be set.", not settings.stripe_webhook_secret),
        (
            "STRIPE_CONNECTED_WEBHOOK_SECRET must be set.",
            not settings.stripe_connected_webhook_secret,
        ),
    ]
    said = [sentence for sentence, is_wrong in wrong if is_wrong]
    if said:
        raise SystemExit("Quorum does not start in production like this:\n  " + "\n  ".join(said))
