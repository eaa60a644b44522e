"""Messages of the fleet: one form, and nothing else is read."""

from __future__ import annotations

import pytest

from station.core.chain import GENESIS, chain_hash
from station.core.errors import FleetMessageError
from station.core.fleet import (
    BUCKET,
    STREAM_SUBJECTS,
    Assignment,
    Cursor,
    EnrolmentAnswer,
    EnrolmentRequest,
    EventMessage,
    Signed,
    check_station_name,
    checkpoint_subject,
    cursor_key,
    events_subject,
    inbox_consumer,
    inbox_subject,
    presence_subject,
    signed_bytes,
)

EVENT = EventMessage(
    station="zz.hall-2.window-1",
    seq=1,
    order="a1",
    at="2026-11-30T08:00:00.000000+00:00",
    actor="li",
    kind="order-accepted",
    data={"kind": "full"},
    hash=chain_hash(
        GENESIS,
        1,
        "a1",
        "2026-11-30T08:00:00.000000+00:00",
        "li",
        "order-accepted",
        {"kind": "full"},
    ),
)


def test_an_event_has_one_form() -> None:
    assert EVENT.to_json() == (
        b'{"actor":"li","at":"2026-11-30T08:00:00.000000+00:00","data":{"kind":"full"},'
        b'"hash":"' + EVENT.hash.encode() + b'","kind":"order-accepted","order":"a1","seq":1,'
        b'"station":"zz.hall-2.window-1","v":1}'
    )
    assert EventMessage.from_json(EVENT.to_json()) == EVENT


def test_the_chain_is_the_one_that_journals_have() -> None:
    # Computed once with sha256sum over the line of JSON.
    assert EVENT.hash == "89f62aaf944a36e6e1f07c7368c47fcc6d4b714332294972761d84c94b0bf0ef"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not an object"),
        (b'{"seq":1,"hash":"a"}', "version"),
        (b'{"v":2,"seq":1,"hash":"a"}', "version"),
        (b'{"v":1,"seq":1}', "hash"),
        (b'{"v":1,"seq":1,"hash":"a","more":1}', "more"),
        (b'{"v":1,"seq":"1","hash":"a"}', "Cursor.seq"),
        (b'{"v":1,"seq":true,"hash":"a"}', "Cursor.seq"),
        (b'{"v":1,"seq":1,"hash":null}', "Cursor.hash"),
    ],
)
def test_another_form_is_refused(text: bytes, said: str) -> None:
    with pytest.raises(FleetMessageError, match=said):
        Cursor.from_json(text)


def test_details_are_texts() -> None:
    text = EVENT.to_json().replace(b'{"kind":"full"}', b'{"kind":1}')
    with pytest.raises(FleetMessageError, match=r"EventMessage\.data"):
        EventMessage.from_json(text)


def test_a_letter_goes_to_one_station() -> None:
    assert inbox_subject("zz.hall-2.window-1") == "inbox.zz.hall-2.window-1"


@pytest.mark.parametrize(
    "name", ["", "zz", "zz.hall", "zz.hall.w.x", "zz.*.w", "ZZ.h.w", "zz.-h.w"]
)
def test_a_name_that_would_be_another_subject_is_refused(name: str) -> None:
    with pytest.raises(FleetMessageError, match=r"city\.hall\.window"):
        check_station_name(name)


def test_each_subject_has_a_stream() -> None:
    name = "zz.hall-2.window-1"
    subjects = {f(name) for f in (events_subject, presence_subject, checkpoint_subject)}
    firsts = {subject.split(".")[0] for subject in subjects | {inbox_subject(name)}}
    assert {f"{first}.>" for first in firsts} == set(STREAM_SUBJECTS.values())
    assert inbox_consumer(name) == "inbox-zz_hall-2_window-1"
    assert not set(BUCKET + cursor_key(name)) & set("*> ")


def test_what_is_secret_at_enrolment_is_not_shown() -> None:
    asked = EnrolmentRequest("the-code", "zz.hall-2.window-1", "s", "x")
    answer = EnrolmentAnswer("zz.hall-2.window-1", "c", "tls://carrier:4222", "u", "the-word", "")
    assert "the-code" not in repr(asked)
    assert "the-word" not in repr(answer)
    assert EnrolmentRequest.from_json(asked.to_json()) == asked
    assert EnrolmentAnswer.from_json(answer.to_json()) == answer


def test_no_part_of_what_is_signed_can_be_taken_for_another() -> None:
    assert signed_bytes("assign", 'a","b', "c") != signed_bytes("assign", "a", 'b","c')


def test_a_message_never_carries_a_number_in_clear() -> None:
    assert "number" not in Assignment.__annotations__
    assert Signed.from_json(Signed("k", "t", "b", "s").to_json()) == Signed("k", "t", "b", "s")
