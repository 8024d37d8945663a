"""An installation that follows its news and keeps no schedule; the books hold after every test."""

from tests.service.installation import books, runtime

__all__ = ["books", "runtime"]
