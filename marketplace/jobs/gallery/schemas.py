"""The shapes in which ready interfaces come out."""

from __future__ import annotations

from marshmallow import fields

from kernel.web.fields import In, Out


class DraftIn(In):
    """Receive for which organisation a draft is begun."""

    organisation_id = fields.UUID(required=True)


class FormRowOut(Out):
    """Show a sample task with a sensible answer."""

    data = fields.Dict(keys=fields.String())
    result = fields.List(fields.Dict(), metadata={"description": "Label Studio result items"})


class FormOut(Out):
    """Show what a ready interface is for."""

    name = fields.String()
    title = fields.String()
    group = fields.String()
    summary = fields.String()
    expected_seconds = fields.Integer()


class FormsOut(Out):
    """Show all ready interfaces."""

    items = fields.List(fields.Nested(FormOut))


class FormDetailsOut(FormOut):
    """Show a ready interface whole: what a draft begins with, and sample tasks."""

    guidelines = fields.String()
    interface = fields.String(attribute="xml")
    rows = fields.List(fields.Nested(FormRowOut))
