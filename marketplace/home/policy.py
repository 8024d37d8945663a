"""Who may read the public pages, their own notices, and the administration's pages."""

from __future__ import annotations

from kernel.permissions import is_admin, permission, signed_in
from kernel.web.http import public

READ = public("home:read")
SEE_NOTICES = permission("notice:see", may=signed_in)
TAKE_DATA = permission("own_data:take", may=signed_in)
ADMINISTER = permission("platform:administer", see=is_admin, may=is_admin)
PAY_PRETENDED = permission("pretend_checkout:pay", may=signed_in)
