"""Headers that keep a page to itself: a strict content policy and no sniffing."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob: https:",
        "media-src 'self' blob: https:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
# Pages with a waveform: its library writes its own style sheet, and colours by attribute.
WIDGET_STYLES = "style-src 'self' 'nonce-{nonce}'; style-src-attr 'unsafe-inline'"
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def install(app: Flask) -> None:
    """Send the headers with every answer; keep what people see out of shared caches."""

    app.jinja_env.globals["style_nonce"] = style_nonce

    def add(response: Response) -> Response:
        told = {name.lower() for name, _ in response.headers}
        for name, value in HEADERS.items():
            if name.lower() not in told:
                response.headers.add(name, value)
        if "style_nonce" in g:
            styles = WIDGET_STYLES.format(nonce=g.style_nonce)
            policy = CONTENT_POLICY.replace("style-src 'self'", styles)
            response.headers["Content-Security-Policy"] = policy
        if app.config["SESSION_COOKIE_SECURE"]:
            response.headers.setdefault(
                "Strict-Transport-Security", "max-age=63072000; includeSubDomains"
            )
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    app.after_request(add)


def style_nonce() -> str:
    """Allow the page being built the styles of its widgets; return what names them as ours."""
    if "style_nonce" not in g:
        g.style_nonce = secrets.token_urlsafe(16)
    nonce: str = g.style_nonce
    return nonce
