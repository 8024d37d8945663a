"""Showing a claimed task: the fields its interface uses, media behind signed addresses, a form."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from kernel.db import UnitOfWork
from kernel.errors import Missing
from kernel.types import decode_pair
from marketplace.assignments.handout.claiming import Claim
from marketplace.assignments.models import Assignment
from marketplace.config import policy
from marketplace.jobs import interface, queries
from marketplace.jobs.interface import Interface, parts
from marketplace.jobs.models import Media, Task


def data_for_worker(uow: UnitOfWork, claim: Claim, secret: str) -> dict[str, Any]:
    """Return the fields a worker sees of a claim; see `data_shown`."""
    shape = queries.interface_of(uow, claim.job_id, claim.interface_version)
    return data_shown(uow, shape, claim.outward_id, claim.data, secret)


def data_shown(
    uow: UnitOfWork, shape: Interface, outward_id: str, data: Mapping[str, Any], secret: str
) -> dict[str, Any]:
    """Return the fields an interface shows, uploaded media as signed addresses that expire.

    The address names the assignment and the field only: a file's name could give gold away.
    """
    shown = {}
    for field, kind in interface.fields(shape).items():
        value = data.get(field, "")
        is_file = kind in parts.MEDIA_KINDS
        shown[field] = media_address(uow, outward_id, field, value, secret) if is_file else value
    return shown


def media_address(uow: UnitOfWork, outward_id: str, field: str, value: Any, secret: str) -> str:
    """Return a signed address for an uploaded file, or a remote address as it is."""
    if str(value).startswith("https://"):
        return str(value)
    expires = int((uow.now + timedelta(seconds=policy().media_address_seconds)).timestamp())
    signature = _sign(secret, outward_id, field, expires)
    return f"/media/{outward_id}/{quote(field)}?expires={expires}&signature={signature}"


def media_behind(
    uow: UnitOfWork, outward_id: str, field: str, given: Mapping[str, str], secret: str
) -> Media:
    """Return the file behind a signed address; a wrong or expired one leads nowhere."""
    expires = given.get("expires", "")
    signature = _sign(secret, outward_id, field, expires)
    is_ours = hmac.compare_digest(signature.encode(), given.get("signature", "").encode())
    # Only what we signed ourselves is sure to be a number.
    if not is_ours or int(expires) <= uow.now.timestamp():
        raise Missing("media_expired", "This address has expired. Please reload the page.")
    job_id, id_ = decode_pair(outward_id)
    assignment = uow.get(Assignment, (job_id, id_), "There is no such file.")
    task = uow.get(Task, (job_id, assignment.task_id), "There is no such file.")
    return uow.get(Media, (job_id, task.data.get(field, "")), "There is no such file.")


def _sign(secret: str, *parts: object) -> str:
    content = "/".join(map(str, parts)).encode()
    return hmac.new(f"media:{secret}".encode(), content, hashlib.sha256).hexdigest()[:32]
