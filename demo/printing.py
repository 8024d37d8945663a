"""The report for people."""

from __future__ import annotations

from pathlib import Path

from demo.report import table
from demo.requester import PASSWORD
from demo.story import Story

RULE = "─" * 72


def text(story: Story, written_to: Path) -> str:
    """Return the whole report as plain text."""
    report = story.report
    saved = 1 - report.answers / report.answers_fixed
    parts = [
        RULE,
        "Labels",
        table(
            [
                ("pictures imported (gold among them)", f"{report.tasks}"),
                ("labels settled", f"{report.labels}"),
                ("accuracy against the truth", f"{report.accuracy:.2%}"),
                ("plain majority vote on the same answers", f"{report.accuracy_majority:.2%}"),
                ("answers bought, gold included", f"{report.answers}"),
                ("five answers for each label would be", f"{report.answers_fixed}"),
                ("saved", f"{saved:.1%}"),
            ]
        ),
        "",
        f"Workers: {report.workers} signed up, "
        f"{sum(one.passed for one in story.laborers)} passed the exam, "
        f"{report.workers_removed} stopped by gold",
        *(f"  {one.member.name:<12} {reason}" for one, reason in story.removed),
        "",
        "A dispute",
        f"  The worker: {story.dispute['statement']}",
        f"  The requester: {story.dispute['reply']}",
        f"  The ruling, {story.dispute['state']}: {story.dispute['ruling']}",
        "",
        "Money (USD)",
        table(
            [
                ("deposited by the requester", report.deposited),
                ("earned by workers", report.earned),
                ("fees of the marketplace", report.fees),
                ("refunded to the requester's card", report.refunded),
                ("left on the requester's balance", report.left),
                ("paid out to workers' banks", report.paid_out),
                ("books balanced to the micro", "yes" if report.books_balanced else "NO"),
                ("invariants broken", ", ".join(report.invariants_broken) or "none"),
            ]
        ),
        "",
        f"Wall time: {report.seconds:.0f} s. The same figures are in {written_to}.",
        RULE,
    ]
    return "\n".join(parts)


def sign_ins(story: Story, address: str) -> str:
    """Return where to go and who one may be there."""
    admin_email = story.stage.admin_email
    worker = next(one for one in story.laborers if one.member.kind.name == "careful")
    return "\n".join(
        [
            f"Quorum keeps serving at {address} — stop with Ctrl-C. Everybody's password is:",
            f"  {PASSWORD}",
            f"  requester  {story.requester.email}",
            f"  worker     {worker.email}",
            f"  admin      {admin_email}   (second factor: the command below prints the code)",
            f"  .venv/bin/flask --app wsgi admin code {admin_email}",
        ]
    )
