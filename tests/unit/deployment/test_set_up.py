"""`config/setup/set-up.sh` on PCs that lack packages, rights, a proxy, or a new enough Python.

It runs as it is, in a copy of what it reads; the commands that would change the PC are played and
keep what they were told.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).parents[3]
PROXY: Final = "http://proxy.example.invalid:3128"
#: What a PC has; each is written to a file of its own, first in PATH.
COMMANDS: Final = {
    "dpkg-query": 'for name in $MISSING; do [ "$name" = "$3" ] && exit 1; done; printf installed',
    "apt-get": 'echo "apt-get $* | $DEBIAN_FRONTEND ${http_proxy:-none}" >> "$TOLD"',
    "id": 'echo "$ACCOUNT"',
    # As sudo does: a command in an environment of its own.
    "sudo": '[ "$1" != -n ] || exit "$SUDO"; exec env -i "PATH=$PATH" "TOLD=$TOLD" "$@"',
    "python3": f"""
if [ "$1" = - ]; then exec {sys.executable} -; fi
echo "python3 $*" >> "$TOLD"
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "venv $*" >> "$TOLD"\\n' > .venv/bin/python
chmod +x .venv/bin/python
""",
}


class Pc:
    """A PC with the files of the project, before its set-up."""

    def __init__(self, folder: Path) -> None:
        self.project, self.commands, self.log = folder / "project", folder / "bin", folder / "told"
        shutil.copytree(ROOT / "config/setup", self.project / "config/setup")
        for name in ("requirements.lock", "requirements-dev.lock"):
            (self.project / name).write_text(f"the contents of {name}\n", encoding="ascii")
        self.commands.mkdir()
        for name, script in COMMANDS.items():
            self.have(name, script)

    def have(self, name: str, script: str) -> None:
        (self.commands / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (self.commands / name).chmod(0o700)

    def set_up(
        self,
        purpose: str,
        *,
        missing: str = "",
        root: bool = False,
        sudo: bool = False,
        **environment: str,
    ) -> subprocess.CompletedProcess[str]:
        self.log.write_text("", encoding="ascii")
        kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
        return subprocess.run(
            [str(self.project / "config/setup/set-up.sh"), purpose],
            env={
                **kept,
                "PATH": f"{self.commands}:/usr/bin:/bin",
                "TOLD": str(self.log),
                "MISSING": missing,
                "ACCOUNT": "0" if root else "1000",
                "SUDO": "0" if sudo else "1",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    @property
    def told(self) -> list[str]:
        return self.log.read_text(encoding="ascii").splitlines()


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    return Pc(tmp_path)


def test_a_user_without_root_sets_up_where_the_packages_are_there(pc: Pc) -> None:
    done = pc.set_up("demo")
    assert done.returncode == 0, done.stderr
    venv, dependencies, itself, compiled = pc.told
    assert venv.startswith("python3 -m venv ")
    assert "--require-hashes -r requirements.lock" in dependencies
    assert "-e ." in itself
    assert "compileall" in compiled
    assert "set up in " in done.stdout
    assert " MB" in done.stdout
    # Once set up, nothing is installed, or said, until a lock changes.
    again = pc.set_up("demo")
    assert (again.returncode, again.stdout, pc.told) == (0, "", [])
    (pc.project / "requirements.lock").write_text("another one\n", encoding="ascii")
    assert pc.set_up("demo").returncode == 0
    assert len(pc.told) == 3


def test_the_demo_needs_no_package_and_no_lock_of_the_tests(pc: Pc) -> None:
    done = pc.set_up("demo", missing="chromium prometheus debootstrap", root=True)
    assert done.returncode == 0, done.stderr
    assert not [line for line in pc.told if "apt-get" in line or "requirements-dev.lock" in line]
    done = pc.set_up("test", missing="chromium prometheus debootstrap", root=True)
    assert done.returncode == 0, done.stderr
    assert pc.told[1].split(" | ")[0] == (
        "apt-get install -y --no-install-recommends chromium prometheus -qq"
    )
    assert "-r requirements-dev.lock" in pc.told[2]


def test_what_is_missing_is_named_with_the_line_to_run_where_it_may_not_be_installed(
    pc: Pc,
) -> None:
    done = pc.set_up("demo", missing="swig pcscd")
    assert done.returncode == 1
    assert pc.told == []
    assert not (pc.project / ".venv").exists()
    line = done.stderr.splitlines()[1]
    # The line does what it says: run as it is by somebody who may.
    ran = subprocess.run(
        ["sh", "-c", line],  # noqa: S607
        env={"PATH": f"{pc.commands}:/usr/bin:/bin", "TOLD": str(pc.log), "SUDO": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert pc.told == [
        "apt-get update | noninteractive none",
        "apt-get install -y --no-install-recommends pcscd swig | noninteractive none",
    ]


@pytest.mark.parametrize("root", [True, False])
def test_packages_come_through_the_proxy_of_whoever_sets_up(pc: Pc, root: bool) -> None:
    done = pc.set_up("demo", missing="pcscd", root=root, sudo=not root, http_proxy=PROXY)
    assert done.returncode == 0, done.stderr
    assert pc.told[:2] == [
        f"apt-get update -qq | noninteractive {PROXY}",
        f"apt-get install -y --no-install-recommends pcscd -qq | noninteractive {PROXY}",
    ]


def test_an_older_python_is_refused_before_anything_is_made(pc: Pc) -> None:
    pc.have("python3", "exit 1")
    done = pc.set_up("demo")
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed" in done.stderr
    assert not (pc.project / ".venv").exists()


def test_a_failed_download_is_not_taken_for_a_set_up(pc: Pc) -> None:
    pc.have("python3", COMMANDS["python3"].replace("\\necho", "\\nexit 1\\necho"))
    assert pc.set_up("demo").returncode != 0
    pc.have("python3", COMMANDS["python3"])
    shutil.rmtree(pc.project / ".venv")
    assert pc.set_up("demo").returncode == 0
    assert len(pc.told) == 4
