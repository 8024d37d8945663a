"""What the report of an import counts, keeps and hands back."""

from __future__ import annotations

import io
import json
from typing import Any

from consensus.questions import Question
from consensus.terms import Terms
from marketplace.jobs import reading
from marketplace.jobs.intake import checking, repeats, reports
from marketplace.jobs.reading import Format, Row

ONE = {"animal": Question("choice", Terms(classes=("cat", "dog")))}
FORM = checking.Form({"text": "text"}, ONE)


def reported(*rows: Row) -> tuple[reports.Report, list[int]]:
    report = reports.Report()
    drafts = [draft for row in rows if (draft := report.take(row, checking.check(row, FORM)))]
    for repeat in repeats.find(drafts):
        report.leave_out(repeat)
    left_out = {repeat.row for repeat in report.repeats}
    return report, [row.row_number for row in drafts if row.row_number not in left_out]


def a_row(number: int, **data: Any) -> Row:
    return Row(number, data)


def test_rows_are_counted_as_good_repeated_or_bad() -> None:
    report, taken = reported(
        a_row(2, text="a", external_id="1"),
        a_row(3, text="a", external_id="2"),
        a_row(4, text="b", external_id="1"),
        a_row(5, text="c"),
        a_row(6, text="", priority="x"),
    )
    assert taken == [2, 5]
    assert (report.rows_read, report.rows_good, report.duplicates) == (5, 2, 2)
    assert report.problems_count == 2
    assert [(each.row, each.field, each.sentence) for each in report.repeats] == [
        (3, "", "This row has the same data as row 2 and was left out."),
        (4, "external_id", "This row has the same external_id as row 2 and was left out."),
    ]


def test_a_row_left_out_does_not_make_others_repeats() -> None:
    _, taken = reported(
        a_row(2, text="a", external_id="1"),
        a_row(3, text="a", external_id="2"),
        a_row(4, text="b", external_id="2"),
    )
    assert taken == [2, 4]


def test_an_external_id_is_never_taken_for_the_data_of_another_row() -> None:
    first = checking.check(a_row(2, text="a"), FORM)
    assert isinstance(first, checking.TaskDraft)
    _, taken = reported(a_row(2, text="a"), a_row(3, text="b", external_id=first.content_hash))
    assert taken == [2, 3]


def test_all_problems_are_counted_and_the_first_thousand_kept() -> None:
    report, _ = reported(*(a_row(number, text="") for number in range(2, 1502)))
    assert (report.problems_count, len(report.problems)) == (1500, 1000)
    assert len(report.rejected) == 1000


def test_the_rows_kept_for_correction_fit_in_memory() -> None:
    report, _ = reported(*(a_row(number, extra="x" * 60_000) for number in range(2, 202)))
    kept_bytes = sum(len(json.dumps(data)) for data in report.rejected.values())
    assert report.problems_count == 200
    assert 0 < kept_bytes <= reports.REJECTED_BYTES_MAX


def test_the_report_is_plain_json() -> None:
    report, _ = reported(a_row(2, text=""), a_row(3, text="a"), a_row(4, text="a"))
    kept = json.loads(json.dumps(report.as_dict()))
    assert kept["problems"] == [
        {
            "row": 2,
            "field": "text",
            "code": "field_missing",
            "sentence": 'The field "text" is missing or empty.',
        }
    ]
    assert (kept["rows_read"], kept["duplicates"], kept["repeats"][0]["row"]) == (3, 1, 4)


def test_the_rows_with_problems_can_be_corrected_and_imported_again() -> None:
    report, _ = reported(
        a_row(2, text="fine"),
        a_row(3, text="who, what", known="cow", priority="x"),
        a_row(4, text="", known="cat", n=3),
    )
    text = reports.problem_rows_csv(report)
    rows = list(reading.rows(io.BytesIO(text.encode()), Format.CSV))
    assert [row.data["import_row"] for row in rows] == ["3", "4"]
    assert rows[0].data["import_problem"] == (
        "priority is a whole number from -1000 to 1000. known is no answer to this job. "
        "Choose one of the classes of this job: “cat”, “dog”."
    )
    corrected = Row(2, rows[0].data | {"known": "dog", "priority": ""})
    draft = checking.check(corrected, FORM)
    assert isinstance(draft, checking.TaskDraft)
    assert draft.data == {"text": "who, what", "n": ""}


def test_an_unreadable_row_is_listed_without_data() -> None:
    (bad,) = reading.rows(io.BytesIO(b"a,b\n1\n"), Format.CSV)
    report, _ = reported(bad)
    line = reports.problem_rows_csv(report).splitlines()[1]
    assert line == '2,"The first line names 2 columns, but this row has 1."'
