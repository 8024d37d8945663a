"""The web application: one readable list of what it is made of."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, request
from flask_babel import Babel
from flask_smorest import Api
from werkzeug.middleware.proxy_fix import ProxyFix

from kernel.runtime import Runtime
from kernel.settings import ROOT, Settings
from kernel.web import assets, logs, metrics, problems, security
from marketplace import blueprints
from marketplace.accounts.browser import identify

OPENAPI = {
    "API_TITLE": "Quorum",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/api",
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {"description": "Post labeling jobs, do tasks, settle money."},
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "quorum"},
            }
        },
        "security": [{"key": []}, {"session": []}],
    },
}


def create_app(runtime: Runtime) -> Flask:
    """Build the web application over a running installation."""
    app = Flask(
        "quorum",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    configure(app, runtime.settings)
    app.extensions["quorum"] = runtime
    identify.install(app, runtime.settings)
    Babel(app)
    logs.install(app)
    app.before_request(_bound_json)
    metrics.install(app)
    security.install(app)
    assets.install(app, ROOT / "static" / "dist")
    api = Api(app)
    for blueprint in blueprints.API:
        api.register_blueprint(blueprint)
    for blueprint in blueprints.pages(production=runtime.settings.production):
        app.register_blueprint(blueprint)
    problems.install(app)
    return app


def configure(app: Flask, settings: Settings) -> None:
    """Set what Flask and its extensions read from the app's configuration."""
    app.config.update(
        OPENAPI,
        MAX_CONTENT_LENGTH=settings.upload_bytes_max,
        MAX_FORM_MEMORY_SIZE=settings.json_bytes_max,
        BABEL_TRANSLATION_DIRECTORIES=str(Path(ROOT) / "translations"),
        PREFERRED_URL_SCHEME="https" if settings.production else "http",
    )
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )


def _bound_json() -> None:
    """Refuse JSON bodies that are larger than any honest one."""
    if request.is_json:
        request.max_content_length = blueprints.JSON_BYTES_MAX
