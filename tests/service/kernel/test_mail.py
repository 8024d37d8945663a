"""Letters leave after the commit, each once, and none holds up those behind it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from kernel import chores, keeping, mail
from kernel.chores import REGISTRY
from kernel.db import Database
from kernel.mail import Letter, Mail
from kernel.runtime import Runtime
from tests.service.kernel import post_office
from tests.service.kernel.post_office import PostOffice


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office.opened() as opened:
        yield opened


def write(database: Database, *recipients: str, subject: str = "Hello", body: str = "Hi.") -> None:
    for recipient in recipients:
        with database.unit_of_work() as uow:
            mail.write(uow, recipient, subject, body)


def unsent(database: Database) -> list[str]:
    with database.unit_of_work() as uow:
        return list(uow.session.scalars(select(Letter.recipient).where(Letter.sent_at.is_(None))))


def arrived(office: PostOffice) -> list[str]:
    return [letter["To"] for letter in office.letters]


def test_a_letter_arrives_as_it_was_written_and_once(
    database: Database, office: PostOffice
) -> None:
    write(database, "ada@example.org", subject="Grüße", body="Ünïcode\n.dotted\n")
    sender = Mail(office.url)
    assert (sender.send_all(database), sender.send_all(database)) == (1, 0)
    (letter,) = office.letters
    assert (letter["To"], letter["Subject"]) == ("ada@example.org", "Grüße")
    assert letter["From"] == "Quorum <post@q.example>"
    assert letter.get_content().replace("\r\n", "\n") == "Ünïcode\n.dotted\n"
    assert unsent(database) == []


def test_a_letter_of_a_unit_that_failed_is_never_sent(
    database: Database, office: PostOffice
) -> None:
    with pytest.raises(ZeroDivisionError), database.unit_of_work() as uow:
        mail.write(uow, "ada@example.org", "Hello", "Hi.")
        _ = 1 // 0
    assert Mail(office.url).send_all(database) == 0
    assert office.letters == []


def test_a_subject_is_one_line_whatever_people_call_their_jobs(
    database: Database, office: PostOffice
) -> None:
    write(database, "ada@example.org", subject="Cats\r\nBcc: all@example.org")
    Mail(office.url).send_all(database)
    assert office.letters[0]["Subject"] == "Cats Bcc: all@example.org"
    assert office.letters[0]["Bcc"] is None


def test_a_letter_that_can_never_arrive_does_not_hold_up_the_next(
    database: Database, office: PostOffice
) -> None:
    write(database, "gone@example.org", "ädä@example.org", "no\naddress", "eve@example.org")
    assert Mail(office.url).send_all(database) == 4
    assert arrived(office) == ["eve@example.org"]
    assert unsent(database) == []


def test_a_letter_refused_for_now_is_kept_and_sent_later(
    database: Database, office: PostOffice
) -> None:
    write(database, "busy@example.org")
    sender = Mail(office.url)
    with pytest.raises(OSError, match="later"):
        sender.send_all(database)
    assert unsent(database) == ["busy@example.org"]
    office.is_busy = False
    sender.send_all(database)
    assert arrived(office) == ["busy@example.org"]


def test_no_letter_is_lost_while_the_server_is_away(database: Database) -> None:
    with post_office.opened() as office:
        url = office.url
    write(database, "ada@example.org")
    with pytest.raises(OSError):
        Mail(url).send_all(database)
    assert unsent(database) == ["ada@example.org"]


def test_two_senders_at_once_send_each_letter_once(database: Database, office: PostOffice) -> None:
    people = [f"p{number}@example.org" for number in range(12)]
    write(database, *people)
    with ThreadPoolExecutor(3) as threads:
        sent = list(threads.map(lambda _: Mail(office.url).send_all(database), range(3)))
    assert sum(sent) == 12
    assert sorted(arrived(office)) == sorted(people)


def test_without_a_server_letters_stay_in_the_mailbox(database: Database) -> None:
    write(database, "ada@example.org")
    assert Mail("").send_all(database) == 0
    assert unsent(database) == ["ada@example.org"]


def test_writing_asks_for_the_chore_that_sends(runtime: Runtime) -> None:
    write(runtime.database, "ada@example.org")
    runtime.relay()
    with runtime.database.unit_of_work() as uow:
        assert chores.take_due(uow) == [("mail.send", "")]
    assert REGISTRY["mail.send"].work is keeping.send_letters


def test_the_chore_sends_a_bounded_number_and_comes_back_for_the_rest(
    runtime: Runtime, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "SENT_MAX", 2)
    monkeypatch.setattr(runtime.mail, "_url", office.url)
    write(runtime.database, "a@example.org", "b@example.org", "c@example.org")
    assert keeping.send_letters(runtime, "") is not None
    assert len(office.letters) == 2
    assert keeping.send_letters(runtime, "") is None
    assert len(office.letters) == 3
