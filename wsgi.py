"""The entry point: `flask --app wsgi …` and `gunicorn wsgi:app`."""

from __future__ import annotations

from kernel import runtime
from kernel.settings import Settings
from kernel.web import logs
from marketplace import serving, wiring
from marketplace.app import create_app
from marketplace.cli import register

logs.configure()
serving.follow_parent()
app = create_app(runtime.start(Settings.load(), wiring.FOLLOW_UPS, wiring.SCHEDULE))
register(app)
