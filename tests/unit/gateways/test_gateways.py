import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import station.gateways
from station.core.errors import ConfigError
from station.gateways import gateway_names, load_gateway

FOLDER = Path(station.gateways.__path__[0])


@pytest.fixture
def another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(station.gateways, "__path__", [*station.gateways.__path__, str(tmp_path)])
    return tmp_path


@pytest.fixture(autouse=True)
def forget_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("copied", "bare"):
        monkeypatch.delitem(sys.modules, f"station.gateways.{name}", raising=False)


def test_every_folder_is_found_and_loads() -> None:
    assert "henan" in gateway_names()
    assert "kit" not in gateway_names()
    for name in gateway_names():
        assert load_gateway(name).name == name


def test_an_unknown_name_says_which_are_known() -> None:
    with pytest.raises(ConfigError, match="henan"):
        load_gateway("atlantis")


def test_a_copied_folder_is_found_and_refused_until_it_says_its_own_name(
    another_folder: Path,
) -> None:
    shutil.copytree(FOLDER / "henan", another_folder / "copied")
    assert "copied" in gateway_names()
    with pytest.raises(ConfigError, match="copied"):
        load_gateway("copied")


def test_a_folder_without_a_gateway_is_refused(another_folder: Path) -> None:
    (another_folder / "bare").mkdir()
    (another_folder / "bare" / "__init__.py").write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="must export GATEWAY"):
        load_gateway("bare")


@pytest.mark.parametrize("name", gateway_names())
def test_opening_a_gateway_loads_no_http_library(name: str) -> None:
    """The station's start pays for it at the first exchange, off the critical path."""
    script = (
        "import sys\n"
        "from station.core.gateways import GatewaySettings\n"
        "from station.gateways import load_gateway\n"
        f"load_gateway({name!r}).open(GatewaySettings('http://h/x', 'u', 'p', '410702', 1.0))\n"
        "sys.exit(bool({'httpx', 'httpcore'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=FOLDER.parents[1], timeout=60, check=False
    )
    assert done.returncode == 0
