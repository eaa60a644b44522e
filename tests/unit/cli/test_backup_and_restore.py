"""A backup that only a passphrase opens, and what may take the journal's place again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from station import backup_file
from station.access import open_doors
from station.backup_file import open_backup, read_facts, write_backup
from station.cli import app
from station.core.changes import AddEvent, AddOrder
from station.core.errors import ConfigError
from station.core.orders import OrderReason
from station.core.people import Role
from station.journal import Journal, read_journal
from tests.rigs.journals import journal_in

SECRET = "correct horse battery"  # noqa: S105 - of a test
PERSON = "110101199003070038"
ROOT = Path(__file__).parents[3]


class Window:
    """A state folder with a journal, and the commands on it."""

    def __init__(self, folder: Path) -> None:
        self.state, self.backups = folder / "state", folder / "backups"
        self.backups.mkdir()
        self.config = folder / "station.toml"
        text = (ROOT / "config/station.toml").read_text(encoding="utf-8")
        self.config.write_text(text.replace('"var"', f'"{self.state}"'), encoding="utf-8")
        self.secret = folder / "passphrase"
        self.secret.write_text(SECRET + "\n", encoding="utf-8")
        self.state.mkdir(mode=0o700)
        self.note("first")

    def open(self) -> Journal:
        return journal_in(self.state)

    def note(self, *kinds: str) -> None:
        journal = self.open()
        with journal.transaction("clerk") as change:
            for kind in kinds:
                change.apply(AddEvent("", kind, {}))
        journal.close()

    def accept(self, order: str) -> None:
        journal = self.open()
        with journal.transaction("clerk") as change:
            new = AddOrder(
                order, machine="m", reason=OrderReason.NEW, id_number=PERSON, previous=None
            )
            change.apply(new)
        journal.close()

    def kinds(self) -> list[str]:
        url = f"sqlite:///{self.state}/journal.db"
        journal = read_journal(url, self.state / "seal.key")
        found = [event.kind for event in journal.history.after(0)]
        journal.close()
        return found

    def backup(self, *options: str) -> Path:
        done = self.run("backup", "--into", str(self.backups), *options)
        assert done.exit_code == 0, done.output
        return max(self.backups.glob("*.backup"), key=lambda file: file.stat().st_mtime)

    def restore(self, file: Path, *options: str) -> Result:
        return self.run("restore", str(file), *options)

    def run(self, *arguments: str) -> Result:
        options = ("--passphrase-file", str(self.secret), "--config", str(self.config))
        return CliRunner().invoke(app, [*arguments, *options])


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Window:
    monkeypatch.setattr(backup_file, "SCRYPT_N", 2**14)  # the least that is accepted: tests wait
    monkeypatch.chdir(ROOT)
    return Window(tmp_path)


def test_a_backup_holds_what_was_there_and_shows_nothing_of_it(window: Window) -> None:
    window.accept("o1")
    file = window.backup()
    content = file.read_bytes()
    for secret in (
        b"SQLite format",
        PERSON.encode(),
        (window.state / "seal.key").read_bytes(),
    ):
        assert secret not in content
    assert read_facts(file)["events"] == "2"
    assert file.stat().st_mode & 0o077 == 0
    assert not list(window.state.glob("backup-*"))


def test_operators_come_back_with_the_journal_where_there_are_none(window: Window) -> None:
    doors = open_doors(window.state)
    doors.operators.add("li.na", [Role.OPERATOR], by="root")
    file = window.backup()
    doors.operators.disable("li.na", by="root")
    doors.close()
    assert window.restore(file).exit_code == 0
    kept = open_doors(window.state)
    (there,) = kept.operators.all()
    kept.close()
    assert there.disabled  # an older database does not let in again whoever was disabled

    for path in window.state.iterdir():
        if path.is_file():
            path.unlink()
    assert window.restore(file, "--by", "li.na", "--witness", "wang.fang").exit_code == 0
    back = open_doors(window.state)
    (there,) = back.operators.all()
    back.close()
    assert (there.name, there.disabled) == ("li.na", False)


def test_only_the_newest_backups_are_kept(window: Window) -> None:
    for name in ("20200101T000000Z", "20200102T000000Z"):
        (window.backups / f"card-station-window-1-{name}.backup").touch()
    other = window.backups / "card-station-window-2-20200101T000000Z.backup"
    other.touch()
    newest = window.backup("--keep", "2")
    left = sorted(path.name for path in window.backups.glob("*window-1*"))
    assert left == ["card-station-window-1-20200102T000000Z.backup", newest.name]
    assert other.exists()


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("another passphrase", None),
        ("a bit turned", lambda content: content[:-20] + bytes([content[-20] ^ 1]) + content[-19:]),
        ("cut off", lambda content: content[: -(backup_file.CHUNK + backup_file.TAG)]),
        ("cut off inside", lambda content: content[:-100]),
        ("header changed", lambda content: content.replace(b'"events": "1"', b'"events": "9"', 1)),
        ("appended", lambda content: content + b"x" * 32),
    ],
)
def test_a_backup_that_is_not_the_one_that_was_made_is_refused(
    tmp_path: Path, what: str, change: object
) -> None:
    source, opened, file = tmp_path / "source", tmp_path / "opened", tmp_path / "one.backup"
    source.mkdir()
    opened.mkdir()
    # Two chunks and a part, so that a whole chunk can be missing at the end.
    (source / "journal.db").write_bytes(bytes(2 * backup_file.CHUNK + 10_000))
    write_backup(source, file, SECRET, {"events": "1"})
    secret = SECRET
    if callable(change):
        file.write_bytes(change(file.read_bytes()))
    else:
        secret = "another passphrase"  # noqa: S105
    with pytest.raises(ConfigError, match=r"backup\.not-opened"):
        open_backup(file, secret, opened)
    assert what


def test_a_backup_opens_to_the_same_bytes(tmp_path: Path) -> None:
    source, opened, file = tmp_path / "source", tmp_path / "opened", tmp_path / "one.backup"
    source.mkdir()
    opened.mkdir()
    for size in (0, 1, backup_file.CHUNK, 3 * backup_file.CHUNK + 7):
        (source / f"of-{size}").write_bytes(bytes(i % 251 for i in range(size)))
    write_backup(source, file, SECRET, {})
    open_backup(file, SECRET, opened)
    for path in source.iterdir():
        assert (opened / path.name).read_bytes() == path.read_bytes()
    with pytest.raises(ConfigError, match=r"backup\.exists"):
        write_backup(source, file, SECRET, {})


def test_a_short_passphrase_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"backup\.short"):
        write_backup(tmp_path, tmp_path / "x", "short", {})


def test_an_older_journal_of_the_same_window_is_replaced_unasked(
    window: Window, tmp_path: Path
) -> None:
    shutil.copytree(window.state, tmp_path / "older")
    window.note("second")
    file = window.backup()
    shutil.rmtree(window.state)
    shutil.copytree(tmp_path / "older", window.state)
    done = window.restore(file)
    assert done.exit_code == 0, done.output
    assert window.kinds() == ["first", "second", "journal-restored"]
    (kept,) = window.state.glob("replaced-*")
    assert (kept / "journal.db").exists()
    assert (kept / "seal.key").exists()


@pytest.mark.parametrize("how", ["moved on", "fork", "gone", "damaged", "key gone"])
def test_two_people_must_say_so_where_something_may_have_been_done_since(
    window: Window, tmp_path: Path, how: str
) -> None:
    shutil.copytree(window.state, tmp_path / "older")
    window.note("second")
    file = window.backup()
    journal = window.state / "journal.db"
    if how == "moved on":
        window.note("third")
    elif how == "fork":
        shutil.rmtree(window.state)
        shutil.copytree(tmp_path / "older", window.state)
        window.note("elsewhere")
    elif how == "gone":
        journal.unlink()
    elif how == "damaged":
        journal.write_bytes(b"no database" * 1000)
    else:
        (window.state / "seal.key").unlink()
    before = journal.read_bytes() if journal.exists() else None
    for options in ((), ("--by", "甲"), ("--by", "甲", "--witness", "甲")):
        refused = window.restore(file, *options)
        assert refused.exit_code == 2, refused.output
        assert "两个人" in refused.output
    assert (journal.read_bytes() if journal.exists() else None) == before
    assert not list(window.state.glob("re[ps]*-*"))
    done = window.restore(file, "--by", "甲", "--witness", "乙")
    assert done.exit_code == 0, done.output
    assert window.kinds() == ["first", "second", "journal-restored"]


def test_a_restored_station_feeds_nothing_by_itself(window: Window) -> None:
    window.accept("o1")
    file = window.backup()
    window.note("later")
    assert window.restore(file, "--by", "甲", "--witness", "乙").exit_code == 0
    journal = window.open()
    hold = journal.orders.one("o1").hold
    journal.close()
    assert hold is not None
    assert hold.code == "journal-restored"


def test_a_wrong_passphrase_changes_nothing(window: Window) -> None:
    file = window.backup()
    window.secret.write_text("something else entirely", encoding="utf-8")
    refused = window.restore(file, "--by", "甲", "--witness", "乙")
    assert refused.exit_code == 2
    assert "口令不对" in refused.output
    assert window.kinds() == ["first"]


PASSWORDS = {"li.na": "Of-the-operator-1", "wang.fang": "Of-the-supervisor-1"}


def with_people(window: Window, *roles: Role) -> None:
    doors = open_doors(window.state)
    for (name, password), role in zip(PASSWORDS.items(), roles, strict=True):
        doors.operators.register(name, doors.operators.add(name, [role], by="root"), password)
    doors.close()


@pytest.mark.parametrize("from_backup", [False, True], ids=["their window", "their backup"])
def test_two_people_prove_who_they_are_against_the_windows_operators(
    window: Window, monkeypatch: pytest.MonkeyPatch, from_backup: bool
) -> None:
    with_people(window, Role.OPERATOR, Role.SUPERVISOR)
    file = window.backup()
    window.note("later")
    if from_backup:
        (window.state / "access.db").write_bytes(b"no database" * 999)
        for beside in ("access.db-wal", "access.db-shm"):
            (window.state / beside).unlink(missing_ok=True)
    people = ("--by", "li.na", "--witness", "wang.fang")
    monkeypatch.setenv("STATION_OPERATOR_PASSWORD", PASSWORDS["li.na"])
    monkeypatch.setenv("STATION_APPROVER_PASSWORD", PASSWORDS["li.na"])
    refused = window.restore(file, *people)
    assert refused.exit_code == 1, refused.output
    monkeypatch.setenv("STATION_APPROVER_PASSWORD", PASSWORDS["wang.fang"])
    strangers = window.restore(file, "--by", "li.na", "--witness", "nobody")
    assert strangers.exit_code == 1, strangers.output
    assert window.kinds() == ["first", "later"]
    done = window.restore(file, *people)
    assert done.exit_code == 0, done.output
    journal = read_journal(f"sqlite:///{window.state}/journal.db", window.state / "seal.key")
    (event,) = [one for one in journal.history.after(0) if one.kind == "journal-restored"]
    journal.close()
    said = (event.data["by"], event.data["witness"], event.data["proof"])
    assert said == ("li.na", "wang.fang", "password")
    doors = open_doors(window.state)  # also where it was damaged
    assert {one.name for one in doors.operators.all()} == set(PASSWORDS)
    doors.close()


def test_two_operators_without_a_supervisor_are_not_enough(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_people(window, Role.OPERATOR, Role.TECHNICIAN)
    file = window.backup()
    window.note("later")
    monkeypatch.setenv("STATION_OPERATOR_PASSWORD", PASSWORDS["li.na"])
    monkeypatch.setenv("STATION_APPROVER_PASSWORD", PASSWORDS["wang.fang"])
    refused = window.restore(file, "--by", "li.na", "--witness", "wang.fang")
    assert refused.exit_code == 2, refused.output
    assert "主管" in refused.output
    assert window.kinds() == ["first", "later"]
