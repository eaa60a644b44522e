"""Reads and writes the province's records inside one transaction. Contains no rules."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from simulators.province.numbers import card_number
from simulators.province.people import Person
from simulators.province.rules import ApplicationState, BankResult, CardState, Held, MemberState
from simulators.province.views import Batch, Member, Overview, Temporary, WriteBack

#: Effects on the world, in the order in which the observer shows them.
EFFECTS: Final = (
    "reports_accepted",
    "reports_spoiled",
    "reports_revoked",
    "reports_duplicate",
    "reports_refused",
    "activations",
    "activations_repeated",
    "batches_locked",
    "marks_withdrawn",
    "authentications",
    "secure_messages",
    "certificates_issued",
    "temporary_issued",
    "temporary_collected",
    "bank_checks",
)


class Records:
    """One transaction's view of the database; created by `Store.transaction`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def _insert(self, table: str, values: dict[str, object]) -> int:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        # Table and column names come from this module alone.
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
        return self._db.execute(sql, tuple(values.values())).lastrowid or 0

    def _scalar(self, sql: str, *values: object) -> object:
        row = self._db.execute(sql, values).fetchone()
        return None if row is None else row[0]

    # People and photos

    def count_people(self) -> int:
        """Return how many people there are."""
        return int(str(self._scalar("SELECT count(*) FROM person")))

    def add_person(self, person: Person, ordinal: int) -> None:
        """Add a person; raises `sqlite3.IntegrityError` when the number is taken."""
        values = asdict(person)
        for name in ("bank", "preparation", "withdrawn"):
            del values[name]
        values["case_name"] = values.pop("case")
        self._insert("person", values | {"ordinal": ordinal})

    def overview(self, id_number: str) -> Overview | None:
        """Return one person with everything current about them."""
        sql = "SELECT * FROM overview WHERE id_number = ?"
        row = self._db.execute(sql, (id_number,)).fetchone()
        return None if row is None else Overview.of_row(dict(row))

    def overviews(self) -> Iterator[Overview]:
        """Yield all people in the order of insertion."""
        for row in self._db.execute("SELECT * FROM overview ORDER BY ordinal"):
            yield Overview.of_row(dict(row))

    def photo(self, id_number: str) -> bytes | None:
        """Return the portrait if it was drawn already."""
        jpeg = self._scalar("SELECT jpeg FROM photo WHERE id_number = ?", id_number)
        return jpeg if isinstance(jpeg, bytes) else None

    def keep_photo(self, id_number: str, jpeg: bytes) -> None:
        """Store a drawn portrait; the first one is kept."""
        self._db.execute("INSERT OR IGNORE INTO photo VALUES (?, ?)", (id_number, jpeg))

    def replace_photo(self, id_number: str, jpeg: bytes) -> None:
        """Keep another portrait from now on."""
        self._db.execute("INSERT OR REPLACE INTO photo VALUES (?, ?)", (id_number, jpeg))

    # Certificates

    def certificates(self, public_key: bytes) -> tuple[str, dict[str, str]] | None:
        """Return the owner of the certificates for this key, and the answer that delivered them."""
        sql = "SELECT id_number, answer FROM certificate WHERE public_key = ?"
        row = self._db.execute(sql, (public_key.hex(),)).fetchone()
        return None if row is None else (str(row[0]), json.loads(row[1]))

    def keep_certificates(self, public_key: bytes, id_number: str, answer: dict[str, str]) -> None:
        """Store the answer that was returned for this key."""
        values: dict[str, object] = {"public_key": public_key.hex(), "id_number": id_number}
        self._insert("certificate", values | {"answer": json.dumps(answer)})

    # Cards

    def add_card(
        self,
        number: str,
        id_number: str,
        state: CardState,
        *,
        bank: str,
        issued_on: str,
        card_id: str = "",
        replaces: str | None = None,
    ) -> None:
        """Add a card; a person's other valid card must be cancelled before."""
        values: dict[str, object] = {"number": number, "id_number": id_number, "state": state}
        values |= {"bank": bank, "issued_on": issued_on, "card_id": card_id, "replaces": replaces}
        self._insert("card", values)

    def set_card_state(self, number: str, state: CardState) -> None:
        """Change the state of one card."""
        self._db.execute("UPDATE card SET state = ? WHERE number = ?", (state, number))

    def application_kind(self, application: int) -> str:
        """Return 申请类型 of an application, also of one that is done."""
        return str(self._scalar("SELECT kind FROM application WHERE id = ?", application))

    def take_back_card(self, number: str, restored: CardState) -> None:
        """Cancel a card that was spoiled after all; the one before it has its old state again."""
        self.set_card_state(number, CardState.CANCELLED)
        self._db.execute("UPDATE card SET card_id = '' WHERE number = ?", (number,))
        replaced = self._scalar("SELECT replaces FROM card WHERE number = ?", number)
        self.set_card_state(str(replaced), restored)

    def last_cancelled(self, id_number: str) -> tuple[str, str]:
        """Return number and bank of a person's card that was cancelled last; empty for none."""
        sql = (
            "SELECT number, bank FROM card WHERE id_number = ? AND state = '注销'"
            " ORDER BY rowid DESC LIMIT 1"
        )
        row = self._db.execute(sql, (id_number,)).fetchone()
        return ("", "") if row is None else (str(row[0]), str(row[1]))

    def next_card_number(self) -> str:
        """Return a 卡号 that was never assigned."""
        serial = int(self.meta("next_serial"))
        self.set_meta("next_serial", str(serial + 1))
        return card_number(serial)

    # Temporary cards

    def temporary(self, id_number: str, card_id: str = "") -> Temporary | None:
        """Return a person's temporary card with this id; the newest one when none is named."""
        sql = (
            "SELECT * FROM temporary WHERE id_number = ? AND (card_id = ? OR ? = '')"
            " ORDER BY id DESC LIMIT 1"
        )
        row = self._db.execute(sql, (id_number, card_id, card_id)).fetchone()
        return None if row is None else Temporary.of_row(dict(row))

    def add_temporary(self, id_number: str, number: str, made_on: str, valid_until: str) -> None:
        """Open an application for a temporary card."""
        values: dict[str, object] = {"id_number": id_number, "number": number, "state": "未发放"}
        self._insert("temporary", values | {"made_on": made_on, "valid_until": valid_until})

    def issue_temporary(self, application: str, card_id: str, agent: str) -> None:
        """Register the card that was handed out."""
        sql = "UPDATE temporary SET state = '已发放', card_id = ?, agent = ? WHERE id = ?"
        self._db.execute(sql, (card_id, agent, application))

    def collect_temporary(self, application: str) -> None:
        """Register that the card is back."""
        self._db.execute("UPDATE temporary SET state = '已收回' WHERE id = ?", (application,))

    def activate(self, number: str, at: str) -> None:
        """Record the activation and make the card normal."""
        self._insert("activation", {"card_number": number, "activated_at": at})
        self.set_card_state(number, CardState.NORMAL)

    # Applications and fees

    def add_application(
        self,
        id_number: str,
        *,
        bank: str,
        applied_at: str,
        state: ApplicationState,
        is_marked: bool = False,
        withdrawn: str = "",
        kind: str = "5",
        reason: str = "遗失补卡",
    ) -> None:
        """Add an application for a first card, or for one in place of another."""
        values: dict[str, object] = {"id_number": id_number, "kind": kind, "reason": reason}
        values |= {"bank": bank, "applied_at": applied_at, "state": state}
        values |= {"is_marked": is_marked, "withdrawn": withdrawn}
        self._insert("application", values)

    def set_application_state(self, application: int, state: ApplicationState) -> None:
        """Change the state."""
        sql = "UPDATE application SET state = ? WHERE id = ?"
        self._db.execute(sql, (state, application))

    def set_mark(self, application: int, *, is_marked: bool) -> None:
        """Set or clear 即制卡标注."""
        sql = "UPDATE application SET is_marked = ? WHERE id = ?"
        self._db.execute(sql, (is_marked, application))

    def set_withdrawn(self, application: int, reason: str) -> None:
        """Withdraw the data with a reason, or release it with an empty one."""
        sql = "UPDATE application SET withdrawn = ? WHERE id = ?"
        self._db.execute(sql, (reason, application))

    def set_holder(self, application: int, window: str) -> None:
        """Set the window that holds the lock of this application's batch; empty for none."""
        sql = "UPDATE application SET held_by = ? WHERE id = ?"
        self._db.execute(sql, (window, application))

    def add_fee(self, id_number: str, at: str) -> None:
        """Register a fee."""
        self._insert("fee", {"id_number": id_number, "registered_at": at})

    def use_fee(self, id_number: str, application: int) -> None:
        """Spend the registered fee on this application."""
        sql = "UPDATE fee SET used_by = ? WHERE id_number = ? AND used_by IS NULL"
        self._db.execute(sql, (application, id_number))

    def give_back_fee(self, application: int) -> None:
        """Make the fee of an application available again."""
        self._db.execute("UPDATE fee SET used_by = NULL WHERE used_by = ?", (application,))

    def cancel_fee(self, id_number: str) -> None:
        """Cancel a fee that is not spent."""
        self._db.execute("DELETE FROM fee WHERE id_number = ? AND used_by IS NULL", (id_number,))

    # Batches

    def empty_batch(self, region: str, owner: str, at: str) -> str:
        """Return the number of this window's open batch; opens one if there is none."""
        sql = "SELECT number FROM batch WHERE region = ? AND owner = ? AND is_locked = 0"
        found = self._scalar(sql, region, owner)
        if found is not None:
            return str(found)
        serial = int(str(self._scalar("SELECT count(*) FROM batch"))) + 1
        number = f"{region}{at[:8]}{serial:06d}"
        values = {"number": number, "region": region, "owner": owner, "opened_at": at}
        self._insert("batch", dict(values))
        return number

    def listed_batch(self, region: str, owner: str, at: str) -> str:
        """Open a batch for a list of people, and return its number; nobody else joins it."""
        serial = int(str(self._scalar("SELECT count(*) FROM batch"))) + 1
        number = f"{region}{at[:8]}{serial:06d}"
        values: dict[str, object] = {"number": number, "region": region, "owner": owner}
        self._insert("batch", values | {"is_locked": 1, "opened_at": at})
        return number

    def batch(self, number: str) -> Batch | None:
        """Return one batch."""
        sql = "SELECT number, region, owner, is_locked FROM batch WHERE number = ?"
        row = self._db.execute(sql, (number,)).fetchone()
        return None if row is None else Batch(row[0], row[1], row[2], bool(row[3]))

    def lock_batch(self, number: str, *, bank: str, maker: str) -> None:
        """Close a batch to further people."""
        sql = "UPDATE batch SET is_locked = 1, bank = ?, maker = ? WHERE number = ?"
        self._db.execute(sql, (bank, maker, number))

    def add_member(self, batch: str, ordinal: str, person: Overview, number: str) -> None:
        """Add one line to a batch, with the 卡号 of the card to be made."""
        values: dict[str, object] = {"batch": batch, "ordinal": ordinal}
        values |= {"application": person.application, "id_number": person.id_number}
        values |= {"card_number": number, "state": MemberState.LOCKED}
        self._insert("member", values)

    def member(self, batch: str, id_number: str) -> Member | None:
        """Return one person's line of one batch."""
        sql = "SELECT * FROM member WHERE batch = ? AND id_number = ?"
        row = self._db.execute(sql, (batch, id_number)).fetchone()
        return None if row is None else Member.of_row(dict(row))

    def start_making(self, member: int, made_on: str, valid_until: str) -> None:
        """Fix the dates of the card; from now on a write-back is expected."""
        sql = "UPDATE member SET state = ?, made_on = ?, valid_until = ? WHERE id = ?"
        self._db.execute(sql, (MemberState.MAKING, made_on, valid_until, member))

    def set_member_state(self, member: int, state: MemberState) -> None:
        """Change the state of one line."""
        self._db.execute("UPDATE member SET state = ? WHERE id = ?", (state, member))

    def add_restoration(self, member: int, step: str, at: str) -> None:
        """Record 失败数据处理 or 恢复申请."""
        self._insert("restoration", {"member": member, "step": step, "done_at": at})

    # Lists of many people, and what banks say about them

    def add_roster(self, batch: str, people: Sequence[str]) -> None:
        """Put people on the list of a batch, in this order."""
        for ordinal, id_number in enumerate(people, 1):
            self._insert("roster", {"batch": batch, "ordinal": ordinal, "id_number": id_number})

    def roster(self, batch: str) -> list[tuple[str, str, str, str]]:
        """Return 序号, 社会保障号码, 姓名 and 服务银行 of everybody on the list of a batch."""
        sql = (
            "SELECT r.ordinal, o.id_number, o.name, coalesce(o.bank, o.card_bank, '')"
            " FROM roster r JOIN overview o ON o.id_number = r.id_number"
            " WHERE r.batch = ? ORDER BY r.ordinal"
        )
        return [(str(row[0]), row[1], row[2], row[3]) for row in self._db.execute(sql, (batch,))]

    def send_to_bank(self, batch: str, id_number: str, name: str, bank: str) -> bool:
        """Have a bank check a person, unless it does or the person has passed."""
        sql = (
            "INSERT INTO bank_check (batch, id_number, name, bank, result)"
            " VALUES (?, ?, ?, ?, '校验中') ON CONFLICT (batch, id_number) DO UPDATE SET"
            " name = excluded.name, bank = excluded.bank, result = '校验中', reason = ''"
            " WHERE result = '不通过'"
        )
        return self._db.execute(sql, (batch, id_number, name, bank)).rowcount == 1

    def waiting_at_bank(self) -> list[tuple[str, str, str, str]]:
        """Return batch, number, name and bank of everybody who is being checked."""
        sql = "SELECT batch, id_number, name, bank FROM bank_check WHERE result = '校验中'"
        return [tuple(row) for row in self._db.execute(sql)]

    def set_bank_result(self, batch: str, id_number: str, result: BankResult, reason: str) -> None:
        """Record what a bank says."""
        sql = "UPDATE bank_check SET result = ?, reason = ? WHERE batch = ? AND id_number = ?"
        self._db.execute(sql, (result, reason, batch, id_number))

    def bank_checks(self, batch: str) -> list[tuple[str, str, str]]:
        """Return number, result and reason of everybody who was sent for a batch."""
        sql = "SELECT id_number, result, reason FROM bank_check WHERE batch = ? ORDER BY id"
        return [tuple(row) for row in self._db.execute(sql, (batch,))]

    # Write-backs

    def add_write_back(self, member: Member, report: WriteBack, at: str) -> None:
        """Store one write-back permanently."""
        values: dict[str, object] = asdict(report)
        values |= {"member": member.id, "application": member.application, "received_at": at}
        self._insert("write_back", values)

    def held(self, member: Member) -> Held:
        """Return the state that decides about a further write-back for this application."""
        sql = "SELECT member, outcome, card_id, is_revoked FROM write_back WHERE application = ?"
        rows = self._db.execute(sql, (member.application,)).fetchall()
        valid = [
            row["card_id"] for row in rows if row["outcome"] == "issued" and not row["is_revoked"]
        ]
        # An unreadable blank has no id; one per batch line is counted.
        spoiled = {
            row["card_id"]
            for row in rows
            if row["outcome"] == "spoiled" and (row["card_id"] or row["member"] == member.id)
        }
        state = self._scalar("SELECT state FROM card WHERE number = ?", member.card_number)
        in_use = bool(valid) and state not in {CardState.ISSUED, CardState.CANCELLED}
        return Held(member.state, valid[0] if valid else "", in_use, frozenset(spoiled))

    def revoke_write_back(self, application: int) -> None:
        """Revoke the accepted write-back of an application."""
        sql = "UPDATE write_back SET is_revoked = 1 WHERE application = ? AND outcome = 'issued'"
        self._db.execute(sql, (application,))

    def is_used_elsewhere(self, report: WriteBack, application: int) -> bool:
        """Whether the chip was reported for another application, or the account with another chip.

        A revoked report counts too: that card is permanently spoiled.
        """
        sql = (
            "SELECT 1 FROM write_back WHERE (application <> ? AND card_id = ?)"
            " OR (card_id <> ? AND bank_number = ?)"
        )
        values = (application, report.card_id, report.card_id, report.bank_number)
        return self._scalar(sql, *values) is not None

    def write_backs(self, id_number: str) -> list[dict[str, object]]:
        """Return all write-backs of one person, oldest first."""
        sql = (
            "SELECT w.*, m.batch, m.card_number FROM write_back w JOIN member m ON m.id = w.member"
            " WHERE m.id_number = ? ORDER BY w.id"
        )
        return [dict(row) for row in self._db.execute(sql, (id_number,))]

    def last_write_back(self, member: int, card_id: str) -> tuple[str, str] | None:
        """Return outcome and 卡识别码 of a write-back: this card's, the valid one, or the last."""
        sql = (
            "SELECT outcome, card_id FROM write_back WHERE member = :member ORDER BY"
            " (:card_id <> '' AND card_id = :card_id) DESC,"
            " (outcome = 'issued' AND is_revoked = 0) DESC, id DESC LIMIT 1"
        )
        row = self._db.execute(sql, {"member": member, "card_id": card_id}).fetchone()
        return None if row is None else (str(row[0]), str(row[1]))

    def activations(self, id_number: str) -> list[str]:
        """Return the 卡号 of the person's cards that were activated."""
        sql = (
            "SELECT card_number FROM activation JOIN card ON number = card_number"
            " WHERE id_number = ? ORDER BY activated_at"
        )
        return [str(row[0]) for row in self._db.execute(sql, (id_number,))]

    # The record of calls, and counters

    def add_audit(self, at: str, operation: str, user: str, subject: str, result: str) -> None:
        """Record one call."""
        values: dict[str, object] = {"at": at, "operation": operation, "user": user}
        self._insert("audit", values | {"subject": subject, "result": result})

    def audit(self, limit: int) -> list[dict[str, object]]:
        """Return the last calls, newest first."""
        sql = "SELECT at, operation, user, subject, result FROM audit ORDER BY id DESC LIMIT ?"
        return [dict(row) for row in self._db.execute(sql, (limit,))]

    def calls(self) -> dict[str, int]:
        """Return how often each operation was called, whatever its result."""
        sql = "SELECT operation, count(*) FROM audit GROUP BY operation ORDER BY operation"
        return {str(row[0]): int(row[1]) for row in self._db.execute(sql)}

    def count_effect(self, name: str) -> None:
        """Count one of `EFFECTS`."""
        sql = "INSERT INTO effect VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET count = count + 1"
        self._db.execute(sql, (name,))

    def effects(self) -> dict[str, int]:
        """Return all counters; those that never happened are 0."""
        found = {row[0]: int(row[1]) for row in self._db.execute("SELECT * FROM effect")}
        return {name: found.get(name, 0) for name in EFFECTS}

    def meta(self, name: str) -> str:
        """Return a setting of the database itself."""
        return str(self._scalar("SELECT value FROM meta WHERE name = ?", name))

    def set_meta(self, name: str, value: str) -> None:
        """Change a setting of the database itself."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
