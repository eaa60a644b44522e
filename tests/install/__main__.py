"""`make test-install`: the package in a bare Debian 12, and one card made there.

Makes a bare root with debootstrap (kept as an archive in `build/` for the next run), installs the
`.deb` with what Debian has and nothing else, checks what it has put where, makes one card with the
simulated machine over the real PC/SC and USB/IP stacks, boots the root with systemd and follows a
technician's hour there (`inside.py`), and removes the package again. Runs as root; every command
runs in a mount and process namespace of its own. The last line is one JSON object; the exit status
is 0 when every check has passed.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
ARCHIVE: Final = ROOT / "build" / "bare-bookworm.tar"
PACKAGES: Final = ROOT / "build" / "packages"
SIMULATED: Final = "opt/simulated"  #: where the simulators are laid for the test
ONLY_SIMULATORS: Final = ("gmssl", "pycryptodomex")
HOW_TO: Final = ROOT / "docs/how-to/a-technicians-hour.md"
#: What a PC of an office has, and a bare root has not.
BOOTED: Final = ("systemd", "systemd-sysv", "dbus", "polkitd", "iproute2")
REPORT: Final = "var/tmp/report.json"
#: Runs the hour once the root has booted, then ends it, however it went.
UNIT: Final = f"""[Unit]
After=multi-user.target
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
Environment=PYTHONPATH=/{SIMULATED}:/{SIMULATED}/lib LC_ALL=C.UTF-8
WorkingDirectory=/{SIMULATED}
ExecStart=/opt/card-station/bin/python inside.py /{REPORT} {HOW_TO.name}
StandardError=file:/{REPORT}.errors
TimeoutStartSec=840
"""
SECONDS: Final = 900


class InstallError(RuntimeError):
    """A step failed; its last words are in the message."""


def run(command: Sequence[str], **environment: str) -> str:
    """Run a command and return what it wrote to standard output."""
    done = subprocess.run(
        list(command),
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        words = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise InstallError(f"{' '.join(command[:8])}: exit {done.returncode}\n{words}")
    return done.stdout


class BareRoot:
    """A Debian root folder in which commands run with their own `/proc`, and `/dev` of this PC."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *command: str, network: bool = False, **environment: str) -> str:
        """Run a command inside; without `network` there is a loopback device and nothing else."""
        inside = (
            'mount --bind "$0" "$0" && mount -t proc proc "$0/proc" && '
            'mount --rbind /dev "$0/dev" && '
            '{ [ "$1" = yes ] || ip link set lo up; } && shift && exec chroot "$0" "$@"'
        )
        namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
        namespaces += [] if network else ["--net"]
        words = "yes" if network else "no"
        settled = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/root"}
        return run(
            [*namespaces, "sh", "-c", inside, str(self.folder), words, *command],
            **{"DEBIAN_FRONTEND": "noninteractive", **settled, **environment},
        )

    def exists(self, path: str) -> bool:
        """Whether something is there, a link too."""
        return os.path.lexists(self.folder / path.lstrip("/"))


def bare_root(folder: Path) -> BareRoot:
    """Unpack a bare Debian 12, made first where the archive is not there."""
    if not ARCHIVE.exists():
        made = folder / "made"
        run(["debootstrap", "--variant=minbase", "bookworm", str(made), _mirror()])
        ARCHIVE.parent.mkdir(parents=True, exist_ok=True)
        part = ARCHIVE.with_suffix(".part")
        run(["tar", "--create", "--file", str(part), "--directory", str(made), "."])
        part.rename(ARCHIVE)
        shutil.rmtree(made)
    root = folder / "root"
    root.mkdir()
    run(["tar", "--extract", "--file", str(ARCHIVE), "--directory", str(root)])
    lines = [f"deb {uri} {suite} {part}\n" for uri, suite, part in _sources()]
    (root / "etc/apt/sources.list").write_text("".join(lines), encoding="ascii")
    for name in ("resolv.conf", "hosts"):
        shutil.copyfile(f"/etc/{name}", root / "etc" / name)
    return BareRoot(root)


def _sources() -> list[tuple[str, str, str]]:
    # The ones that this PC uses: which mirror is near, and whether there is a proxy, is its affair.
    form = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    told = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    rows = [line.split("|") for line in told.splitlines() if line.count("|") == 2]
    return [(uri, suite, part) for uri, suite, part in rows if suite.startswith("bookworm")]


def _architecture() -> str:
    return run(["dpkg", "--print-architecture"]).strip()


def _mirror() -> str:
    for uri, suite, _ in _sources():
        if suite == "bookworm":
            return uri
    raise InstallError("this PC knows no Debian 12 archive: apt-get update")


def lay_simulators(root: BareRoot) -> None:
    """Copy the simulators beside the installed station, with what only they need."""
    target = root.folder / SIMULATED
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "simulators", target / "simulators", ignore=ignored)
    for name in ONLY_SIMULATORS:
        for file in importlib.metadata.files(name) or []:
            source, inside = Path(str(file.locate())), target / "lib" / file
            if ".." not in file.parts and source.is_file():
                inside.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, inside)


def make_card(root: BareRoot) -> dict[str, Any]:
    """Make one card with the installed station and return the demo's report."""
    lay_simulators(root)
    said = root.run(
        *("/opt/card-station/bin/python", "-m", "simulators", "demo", "--once", "--speed", "0"),
        *("--folder", "/tmp/demo"),  # noqa: S108 - inside the root
        PYTHONPATH=f"/{SIMULATED}:/{SIMULATED}/lib",
    )
    return dict(json.loads(said.strip().splitlines()[-1]))


def follow_the_hour(root: BareRoot, report: dict[str, Any]) -> bool:
    """Boot the root with systemd and have `inside.py` run there; the steps go into the report."""
    apt = ("apt-get", "install", "--yes", "--no-install-recommends", "-qq")
    root.run(*apt, *BOOTED, network=True)
    for file in (HOW_TO, ROOT / "tests/install/inside.py"):
        shutil.copyfile(file, root.folder / SIMULATED / file.name)
    units = root.folder / "etc/systemd/system"
    (units / "hour.service").write_text(UNIT, encoding="ascii")
    wants = units / "multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "hour.service").symlink_to("../hour.service")
    # Neither registered with this PC's systemd, nor in a unit of it where it has none.
    placed = [] if Path("/run/systemd/system").is_dir() else ["--keep-unit"]
    machine = f"--machine=card-station-install-{os.getpid()}"
    options = ("--quiet", "--register=no", machine, "--private-network", "--boot")
    run(["systemd-nspawn", *placed, *options, f"--directory={root.folder}"])
    made = root.folder / REPORT
    if not made.exists():
        errors = made.with_name(f"{made.name}.errors").read_text(encoding="utf-8")
        raise InstallError(f"no report: {errors[-2000:]}")
    told = json.loads(made.read_text(encoding="utf-8"))
    report["hour"] = told["passed"]
    if told["failure"]:
        raise InstallError(told["failure"])
    return len(told["passed"]) > 0


def checks(
    root: BareRoot, deb: Path, report: dict[str, Any]
) -> list[tuple[str, Callable[[], bool]]]:
    """Return what is checked, in order; each adds what it found to the report."""

    def install() -> bool:
        shutil.copyfile(deb, root.folder / "tmp" / deb.name)
        root.run("apt-get", "update", "-qq", network=True)
        options = ("install", "--yes", "--no-install-recommends", "-qq")
        root.run("apt-get", *options, f"/tmp/{deb.name}", network=True)  # noqa: S108 - inside
        report["installed_mb"] = int(root.run("du", "-sm", "/opt/card-station").split()[0])
        return root.exists("/opt/card-station/bin/python")

    def version() -> bool:
        return root.run("station", "--version").strip() == f"card-station {deb.name.split('_')[1]}"

    def account() -> bool:
        facts = root.run("stat", "-c", "%U %a", "/var/lib/card-station", "/etc/card-station")
        return facts.split() == ["card-station", "700", "root", "750"]

    def described() -> bool:
        asked = "_STATION_COMPLETE=complete_bash COMP_WORDS='station printer cap' COMP_CWORD=2"
        pages = ("/usr/share/man/man1/station.1.gz", "/usr/share/man/man1/station-printer.1.gz")
        found = all(map(root.exists, pages))
        return found and root.run("sh", "-c", f"{asked} station").split() == ["capture"]

    def as_its_account() -> bool:
        # As root the command must not leave a file of root's in the state folder.
        said = root.run("sh", "-c", "station doctor; echo exit $?")
        return "exit 1" in said and "/etc/card-station/station.toml" in said

    def virtual_reader() -> bool:
        options = ("install", "--yes", "--no-install-recommends", "-qq", "vsmartcard-vpcd")
        root.run("apt-get", *options, network=True)
        return True

    def card() -> bool:
        made = make_card(root)
        report["card"] = {name: made[name] for name in ("state", "effects", "links")}
        return bool(made["state"] == "released" and made["links"]["chip"].startswith("pcsc:"))

    def removed() -> bool:
        root.run("apt-get", "purge", "--yes", "-qq", "card-station")
        left = ("/opt/card-station", "/etc/card-station", "/usr/bin/station")
        return root.exists("/var/lib/card-station") and not any(map(root.exists, left))

    return [
        ("installs", install),
        (
            "no compiler on the target",
            lambda: not any(map(root.exists, ("/usr/bin/gcc", "/usr/bin/cc"))),
        ),
        ("version", version),
        ("man pages and completion", described),
        ("account and folders", account),
        ("commands run as its account", as_its_account),
        ("virtual reader", virtual_reader),
        ("one card", card),
        ("a technician's hour, with systemd", lambda: follow_the_hour(root, report)),
        ("purge leaves only the ledger", removed),
    ]


def main() -> int:
    """Run every check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--deb", type=Path, help="the newest one in build/packages if not given")
    chosen = parser.parse_args()
    deb = chosen.deb or max(
        PACKAGES.glob(f"*_{_architecture()}.deb"), key=lambda file: file.stat().st_mtime
    )
    report: dict[str, Any] = {"deb": deb.name, "deb_mb": round(deb.stat().st_size / 1e6, 1)}
    started = time.monotonic()
    passed: list[str] = []
    failed: list[str] = []
    with tempfile.TemporaryDirectory(prefix="card-station-install-") as made:
        root = bare_root(Path(made))
        for name, check in checks(root, deb, report):
            try:
                good = check()
            except (InstallError, subprocess.TimeoutExpired) as exc:
                sys.stderr.write(f"{name}: {exc}\n")
                good = False
            (passed if good else failed).append(name)
            if not good:
                break
    report |= {"passed": passed, "failed": failed, "seconds": round(time.monotonic() - started, 1)}
    sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
