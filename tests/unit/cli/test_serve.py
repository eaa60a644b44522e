import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from station.cli.serve import listen


def test_an_answer_is_sent_at_once_and_not_after_nagles_delay() -> None:
    async def accepted() -> int:
        sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def on_connection(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = writer.get_extra_info("socket")
            sent.set_result(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listener = listen("127.0.0.1", 0)
        address = listener.getsockname()
        async with await asyncio.start_server(on_connection, sock=listener):
            _, writer = await asyncio.open_connection(*address)
            found = await asyncio.wait_for(sent, 10.0)
            writer.close()
            await writer.wait_closed()
            return found

    assert asyncio.run(accepted()) == 1


def test_a_taken_port_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(typer.Exit) as ended:
            listen("127.0.0.1", port)
    assert ended.value.exit_code == 2
    assert f"127.0.0.1:{port} 无法使用" in capsys.readouterr().err


def test_an_address_of_the_network_is_not_served_in_clear(tmp_path: Path) -> None:
    config = tmp_path / "station.toml"
    config.write_text(
        f"""
[station]
state_dir = "{tmp_path / "state"}"
[server]
host = "0.0.0.0"
port = 0
[province]
url = "http://127.0.0.1:1"
user = "window"
region = "410700"
[banks.95533]
name = "中国建设银行"
bins = ["622700"]
""",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "station", "serve", "--config", str(config)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stdout) == (2, "")
    assert "station certificates make" in done.stderr
