"""Operators, lock-outs, sessions, tokens and pairing, without a network."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from station.access import Doors, open_doors
from station.access.doors import NOBODY, Means
from station.access.operators import FIRST_WAIT, FREE_TRIES, LONGEST_WAIT, wait_after
from station.access.passwords import code_digest, new_code
from station.access.store import FILE, _connect
from station.core.errors import ConfigError, InputError, NotSupervisorError
from station.core.errors.doors import (
    LoginRefusedError,
    LoginWaitError,
    NotAllowedError,
    NotKnownError,
    OperatorKnownError,
    OperatorUnknownError,
    PairingUnknownError,
    PasswordWeakError,
)
from station.core.people import ApprovalMethod, Role
from tests.rigs.doors import CHEAP, PASSWORD, PlayedClock, let_in, open_rig_doors

PAGE = "https://card.province.example"


@pytest.fixture
def clock() -> PlayedClock:
    return PlayedClock()


@pytest.fixture
def doors(tmp_path: Path, clock: PlayedClock) -> Iterator[Doors]:
    with contextlib.closing(open_rig_doors(tmp_path, clock)) as made:
        yield made


def fail(doors: Doors, times: int, name: str = "wang") -> None:
    for _ in range(times):
        with pytest.raises(LoginRefusedError):
            doors.log_in(name, "wrong-password")


# -- operators -------------------------------------------------------------------------------------


def test_a_person_registers_with_a_code_of_the_administrator(doors: Doors) -> None:
    code = doors.operators.add("li.na", {Role.OPERATOR}, by="account:root")
    with pytest.raises(LoginRefusedError):
        doors.log_in("li.na", "")
    with pytest.raises(LoginRefusedError):
        doors.operators.register("li.na", new_code(), PASSWORD)
    doors.operators.register("li.na", f" {code.lower().replace('-', ' ')} ", PASSWORD)
    assert doors.log_in("li.na", PASSWORD).operator == "li.na"
    with pytest.raises(LoginRefusedError):
        doors.operators.register("li.na", code, "another-password")


def test_before_anybody_has_registered_the_station_knows_that(tmp_path: Path) -> None:
    with contextlib.closing(open_doors(tmp_path, hasher=CHEAP)) as doors:
        code = doors.operators.add("li.na", {Role.OPERATOR}, by="account:root")
        assert not doors.operators.anybody
        doors.operators.register("li.na", code, PASSWORD)
        assert doors.operators.anybody


@pytest.mark.parametrize("password", ["", "short-7", "x" * 129, "my-Wang-password"])
def test_a_weak_password_is_refused_and_the_code_stays(doors: Doors, password: str) -> None:
    code = doors.operators.reset("wang", by="account:root")
    with pytest.raises(PasswordWeakError):
        doors.operators.register("wang", code, password)
    doors.operators.register("wang", code, PASSWORD)


@pytest.mark.parametrize("name", ["", "a b", "x" * 65, "a\r\nb", "<b>"])
def test_only_a_name_is_added(doors: Doors, name: str) -> None:
    with pytest.raises(InputError):
        doors.operators.add(name, {Role.OPERATOR}, by="test")


@pytest.mark.field_case("C4")
def test_a_chinese_name_is_a_name(doors: Doors) -> None:
    let_in(doors, "张三", {Role.OPERATOR})
    assert doors.log_in("张三", PASSWORD).operator == "张三"


@pytest.mark.parametrize("roles", [set(), {Role.LOCAL}, {Role.OPERATOR, Role.CENTRAL}])
def test_a_person_has_roles_of_people_only(doors: Doors, roles: set[Role]) -> None:
    with pytest.raises(InputError):
        doors.operators.add("li.na", roles, by="test")


def test_two_operators_never_share_a_name_or_an_account(doors: Doors) -> None:
    doors.operators.add("li.na", {Role.OPERATOR}, by="test", account="lina")
    for name, account in (("li.na", ""), ("li", "lina")):
        with pytest.raises(OperatorKnownError):
            doors.operators.add(name, {Role.OPERATOR}, by="test", account=account)


def test_a_disabled_operator_is_out_at_once_and_everywhere(doors: Doors) -> None:
    session = doors.log_in("wang", PASSWORD)
    doors.operators.disable("wang", by="account:root")
    assert doors.by_session(session.token, Means.LOGIN, uses=True) == NOBODY
    with pytest.raises(LoginRefusedError):
        doors.log_in("wang", PASSWORD)
    with pytest.raises(LoginRefusedError):
        doors.approve("reprint", "window", "wang", PASSWORD)


def test_a_reset_ends_password_and_sessions(doors: Doors) -> None:
    session = doors.log_in("wang", PASSWORD)
    doors.operators.reset("wang", by="account:root")
    assert doors.by_session(session.token, Means.LOGIN, uses=True) == NOBODY
    with pytest.raises(LoginRefusedError):
        doors.log_in("wang", PASSWORD)


def test_nobody_can_be_disabled_who_is_not_there(doors: Doors) -> None:
    for change in (doors.operators.disable, doors.operators.reset):
        with pytest.raises(OperatorUnknownError):
            change("nobody", by="test")


def test_no_password_code_or_token_is_in_the_file(doors: Doors, tmp_path: Path) -> None:
    code = doors.operators.add("li.na", {Role.OPERATOR}, by="test")
    token = doors.clients.add("hall", Role.PROVINCE_SERVER, by="test")
    session = doors.log_in("wang", PASSWORD)
    kept = b"".join(file.read_bytes() for file in tmp_path.glob(f"{FILE}*"))
    for secret in (PASSWORD, code, code.replace("-", ""), token, session.token, session.csrf):
        assert secret.encode() not in kept
    assert session.token not in repr(session)


@pytest.mark.field_case("F7")
def test_only_this_user_reads_the_file(doors: Doors, tmp_path: Path) -> None:
    assert doors.operators.anybody
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


# -- lock-out --------------------------------------------------------------------------------------


def test_waits_grow_and_end() -> None:
    waits = [wait_after(failures) for failures in range(1, 60)]
    assert waits[: FREE_TRIES - 1] == [0.0] * (FREE_TRIES - 1)
    assert waits[FREE_TRIES - 1 : FREE_TRIES + 2] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_a_guesser_waits_even_with_the_right_password(
    doors: Doors, clock: PlayedClock, name: str
) -> None:
    fail(doors, FREE_TRIES, name)
    with pytest.raises(LoginWaitError):
        doors.log_in(name, PASSWORD)
    clock.pass_by(FIRST_WAIT - 0.1)
    with pytest.raises(LoginWaitError):
        doors.log_in(name, PASSWORD)


def test_a_wait_that_is_over_lets_the_right_password_in(doors: Doors, clock: PlayedClock) -> None:
    fail(doors, FREE_TRIES)
    clock.pass_by(FIRST_WAIT)
    fail(doors, 1)
    clock.pass_by(FIRST_WAIT)
    with pytest.raises(LoginWaitError):
        doors.log_in("wang", PASSWORD)
    clock.pass_by(FIRST_WAIT)
    doors.log_in("wang", PASSWORD)
    fail(doors, FREE_TRIES)


@pytest.mark.parametrize("days", [1, -1])
def test_a_step_of_the_wall_clock_opens_nothing(
    doors: Doors, clock: PlayedClock, days: int
) -> None:
    fail(doors, FREE_TRIES)
    clock.wall += dt.timedelta(days=days)
    with pytest.raises(LoginWaitError):
        doors.log_in("wang", PASSWORD)
    clock.pass_by(FIRST_WAIT)
    doors.log_in("wang", PASSWORD)


def test_a_restart_of_the_daemon_ends_no_wait(
    doors: Doors, clock: PlayedClock, tmp_path: Path
) -> None:
    fail(doors, FREE_TRIES)
    doors.close()
    again = open_rig_doors(tmp_path, clock)
    clock.pass_by(FIRST_WAIT - 1)
    with pytest.raises(LoginWaitError):
        again.log_in("wang", PASSWORD)
    clock.pass_by(1)
    again.log_in("wang", PASSWORD)
    again.close()


def test_a_restart_of_the_pc_begins_the_wait_anew_and_only_once(
    doors: Doors, clock: PlayedClock
) -> None:
    fail(doors, FREE_TRIES)
    clock.boot, clock.reading = "boot-2", 1e6
    for _ in range(2):
        with pytest.raises(LoginWaitError):
            doors.log_in("wang", PASSWORD)
    clock.pass_by(FIRST_WAIT)
    doors.log_in("wang", PASSWORD)


def test_many_guesses_at_once_are_not_more_than_one_after_the_other(doors: Doors) -> None:
    together = threading.Barrier(12)

    def guess(number: int) -> str:
        together.wait(10.0)
        try:
            doors.log_in("wang", f"wrong-password-{number}")
        except (LoginRefusedError, LoginWaitError) as exc:
            return exc.code
        return "in"

    with ThreadPoolExecutor(12) as pool:
        seen = list(pool.map(guess, range(12)))
    assert seen.count("login-refused") == FREE_TRIES
    assert seen.count("login-wait") == 12 - FREE_TRIES


def test_a_guessed_supervisor_waits_in_the_dialog_too(doors: Doors) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(LoginRefusedError):
            doors.approve("reprint", "window", "wang", "wrong-password")
    with pytest.raises(LoginWaitError):
        doors.approve("reprint", "window", "wang", PASSWORD)


# -- second person ---------------------------------------------------------------------------------


def test_a_second_person_agrees_with_an_own_credential(doors: Doors) -> None:
    given = doors.approve("reprint", "window", "wang", PASSWORD)
    assert (given.person, given.method) == ("wang", ApprovalMethod.PASSWORD)


def test_nobody_agrees_to_an_act_of_their_own(doors: Doors) -> None:
    with pytest.raises(NotSupervisorError):
        doors.approve("reprint", "wang", "wang", PASSWORD)


def test_one_who_is_no_supervisor_agrees_to_nothing(doors: Doors) -> None:
    let_in(doors, "li.na", {Role.OPERATOR, Role.TECHNICIAN, Role.AUDITOR})
    for act in ("reprint", "answer", "photo-waiver", "destroy", "anything"):
        with pytest.raises(NotSupervisorError):
            doors.approve(act, "window", "li.na", PASSWORD)
    with pytest.raises(NotSupervisorError):
        doors.approve("anything", "window", "wang", PASSWORD)


def test_a_typed_name_is_no_agreement(doors: Doors) -> None:
    for name, password in (("wang", ""), ("", PASSWORD), ("wang", "x")):
        with pytest.raises((NotSupervisorError, LoginRefusedError)):
            doors.approve("reprint", "window", name, password)


# -- sessions --------------------------------------------------------------------------------------


def test_an_unused_session_locks_and_a_used_one_does_not(doors: Doors, clock: PlayedClock) -> None:
    session = doors.log_in("window", PASSWORD)
    for _ in range(5):
        clock.pass_by(doors.sessions.idle_lock * 0.6)
        assert doors.by_session(session.token, Means.LOGIN, uses=True).name == "window"
    for _ in range(2):  # what a page reads automatically does not keep it open
        clock.pass_by(doors.sessions.idle_lock * 0.6)
        caller = doors.by_session(session.token, Means.LOGIN, uses=False)
    assert caller == NOBODY


def test_a_session_ends_with_the_working_day_the_boot_and_the_log_out(
    doors: Doors, clock: PlayedClock
) -> None:
    session = doors.log_in("window", PASSWORD)
    for _ in range(13 * 12):
        clock.pass_by(300.0)
        caller = doors.by_session(session.token, Means.LOGIN, uses=True)
    assert caller == NOBODY
    session = doors.log_in("window", PASSWORD)
    doors.sessions.close(session.token)
    assert doors.by_session(session.token, Means.LOGIN, uses=True) == NOBODY
    session = doors.log_in("window", PASSWORD)
    clock.boot = "boot-2"
    assert doors.by_session(session.token, Means.LOGIN, uses=True) == NOBODY


def test_a_step_of_the_wall_clock_neither_locks_nor_unlocks(
    doors: Doors, clock: PlayedClock
) -> None:
    session = doors.log_in("window", PASSWORD)
    clock.wall += dt.timedelta(days=400)
    assert doors.by_session(session.token, Means.LOGIN, uses=True).name == "window"
    clock.pass_by(doors.sessions.idle_lock + 1)
    clock.wall -= dt.timedelta(days=800)
    assert doors.by_session(session.token, Means.LOGIN, uses=True) == NOBODY


def test_every_login_has_a_token_of_its_own(doors: Doors) -> None:
    tokens = {doors.log_in("window", PASSWORD).token for _ in range(3)}
    assert len(tokens) == 3
    assert doors.by_session("chosen-by-an-attacker", Means.LOGIN, uses=True) == NOBODY


# -- programs --------------------------------------------------------------------------------------


def test_a_revoked_token_is_refused(doors: Doors) -> None:
    token = doors.clients.add("hall", Role.PROVINCE_SERVER, by="root")
    assert doors.by_token(token, "").roles == {Role.PROVINCE_SERVER}
    (shown,) = doors.clients.all()
    assert shown.used_at
    doors.clients.revoke("hall", by="root")
    assert doors.by_token(token, "") == NOBODY
    with pytest.raises(OperatorUnknownError):
        doors.clients.revoke("hall", by="root")
    assert doors.clients.all()[0].revoked_at


def test_a_program_never_has_a_role_of_people(doors: Doors) -> None:
    for role in (Role.SUPERVISOR, Role.OPERATOR, Role.LOCAL):
        with pytest.raises(InputError):
            doors.clients.add("hall", role, by="root")


def test_a_page_is_paired_by_the_code_that_both_show(doors: Doors) -> None:
    asked = doors.clients.ask(PAGE)
    assert doors.clients.collect(asked.id, PAGE) == ""
    assert [one.code for one in doors.clients.pending()] == [asked.code]
    doors.clients.confirm(asked.code, by="wang")
    token = doors.clients.collect(asked.id, PAGE)
    with pytest.raises(PairingUnknownError):  # handed out once
        doors.clients.collect(asked.id, PAGE)
    assert doors.by_token(token, PAGE).roles == {Role.PROVINCE_PAGE}
    assert doors.clients.is_paired(PAGE)


def test_a_pages_token_works_from_its_own_origin_only(doors: Doors) -> None:
    asked = doors.clients.ask(PAGE)
    doors.clients.confirm(asked.code, by="wang")
    token = doors.clients.collect(asked.id, PAGE)
    for origin in ("", "https://evil.example", f"{PAGE}:8443"):
        assert doors.by_token(token, origin) == NOBODY


def test_another_origin_never_collects_a_token(doors: Doors) -> None:
    asked = doors.clients.ask(PAGE)
    doors.clients.confirm(asked.code, by="wang")
    with pytest.raises(PairingUnknownError):
        doors.clients.collect(asked.id, "https://evil.example")


@pytest.mark.parametrize("origin", ["null", "*", "", "https://u@card.example", "file:///x"])
def test_what_is_no_origin_is_not_paired(doors: Doors, origin: str) -> None:
    with pytest.raises(InputError):
        doors.clients.ask(origin)


def test_an_old_or_refused_wish_is_not_paired(doors: Doors, clock: PlayedClock) -> None:
    asked = doors.clients.ask(PAGE)
    clock.pass_by(301.0)
    with pytest.raises(PairingUnknownError):
        doors.clients.confirm(asked.code, by="wang")
    asked = doors.clients.ask(PAGE)
    doors.clients.refuse(asked.code)
    with pytest.raises(PairingUnknownError):
        doors.clients.confirm(asked.code, by="wang")


def test_a_flood_of_wishes_stays_small(doors: Doors) -> None:
    for number in range(100):
        doors.clients.ask(f"https://p{number}.example")
        doors.clients.ask(PAGE)
    assert len(doors.clients.pending()) <= 8


def test_pages_of_long_or_bracketed_origins_are_paired_side_by_side(doors: Doors) -> None:
    long = "https://" + "a" * 70
    origins = [f"{long}.one.example", f"{long}.two.example", "http://[::1]:8080", "http://[::1]"]
    for origin in origins:
        doors.clients.confirm(doors.clients.ask(origin).code, by="wang.fang")
    assert all(doors.clients.is_paired(origin) for origin in origins)
    assert len({client.name for client in doors.clients.all()}) == len(origins)


def test_a_revoked_page_is_paired_no_more(doors: Doors) -> None:
    asked = doors.clients.ask(PAGE)
    name = doors.clients.confirm(asked.code, by="wang").name
    doors.clients.revoke(name, by="wang")
    assert not doors.clients.is_paired(PAGE)


# -- the rest --------------------------------------------------------------------------------------


def test_nobody_may_do_what_is_not_in_the_table(doors: Doors) -> None:
    caller = doors.by_session(doors.log_in("window", PASSWORD).token, Means.LOGIN, uses=True)
    doors.require(caller, "GET /api/v1/orders")
    with pytest.raises(NotAllowedError):
        doors.require(caller, "GET /api/v1/not-in-the-table")
    with pytest.raises(NotKnownError):
        doors.require(NOBODY, "GET /api/v1/orders")
    doors.require(NOBODY, "GET /api/v1/health")


def test_what_happens_at_the_doors_goes_into_the_history_once(doors: Doors) -> None:
    doors.operators.disable("wang", by="account:root")
    fail(doors, 1, "nobody at all")
    lines: list[tuple[str, str]] = []
    for _ in range(2):
        doors.copy_to_history(lambda actor, kind, data: lines.append((actor, kind)))
    assert lines.count(("account:root", "operator-disabled")) == 1
    assert ("", "login-refused") in lines  # a name that nobody has may be a password: not kept


def test_a_newer_file_is_refused_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_rig_doors(tmp_path).close()
    database = sqlite3.connect(tmp_path / FILE)
    database.execute("PRAGMA user_version = 99").close()
    database.close()
    opened: list[sqlite3.Connection] = []

    def connect(file: Path) -> sqlite3.Connection:
        opened.append(_connect(file))
        return opened[-1]

    monkeypatch.setattr("station.access.store._connect", connect)
    with pytest.raises(ConfigError):
        open_doors(tmp_path)
    for one in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            one.execute("PRAGMA user_version")


def test_a_code_is_read_however_it_is_typed() -> None:
    assert code_digest("0o1i-LABC") == code_digest("00111abc")
