"""One POST against servers of literal bytes: the deadline, and why no connection came about."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from station.core.errors import ConfigError, ConnectionFailure
from station.transport import http
from station.transport.http import CUT, NOT_CONNECTED, TIMED_OUT, TOO_LONG, HttpExchangeError
from station.words import spoken

HEADERS = {"Connection": "close"}
PATIENCE = 10.0
HASTE = 0.4
#: A loaded machine is slow, but a server that never ends would take until `PATIENCE` at least.
SOON = 8.0

Serve = Callable[[socket.socket, threading.Event], None]


@contextlib.contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """Serve one connection in a thread; `serve` gets it, and the event of the test's end."""
    done = threading.Event()

    def run(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            peer, _ = listener.accept()
            with peer:
                serve(peer, done)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        thread = threading.Thread(target=run, args=[listener])
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            done.set()
            thread.join()


def post(
    port: int,
    *,
    timeout: float = PATIENCE,
    context: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
) -> http.HttpAnswer:
    scheme = "http" if context is None else "https"
    return http.post(
        f"{scheme}://{host}:{port}/service",
        b"body",
        HEADERS,
        timeout=timeout,
        max_size=1000,
        context=context,
    )


def read_request(peer: socket.socket) -> bytes:
    """Read a whole request, or a ClientHello: what is left unread would reset the connection."""
    request = peer.recv(65536)
    while not request.startswith(b"\x16") and not request.endswith(b"\r\n\r\nbody"):
        request += peer.recv(65536)
    return request


def answering(raw: bytes) -> Serve:
    def serve(peer: socket.socket, done: threading.Event) -> None:
        del done
        read_request(peer)
        peer.sendall(raw)

    return serve


def repeating(first: bytes, again: bytes) -> Serve:
    def serve(peer: socket.socket, done: threading.Event) -> None:
        read_request(peer)
        peer.sendall(first)
        while not done.wait(0.02):
            peer.sendall(again)

    return serve


def test_a_whole_answer_comes_back() -> None:
    asked: list[bytes] = []

    def serve(peer: socket.socket, done: threading.Event) -> None:
        del done
        asked.append(read_request(peer))
        peer.sendall(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Type: text/xml\r\n"
            b"Content-Length: 3\r\n\r\nabc"
        )

    with listening(serve) as port:
        answer = post(port)
    assert (answer.status, answer.content_type, answer.body) == (500, "text/xml", b"abc")
    assert asked[0].startswith(b"POST /service HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{port}\r\n".encode() in asked[0]
    assert b"Content-Length: 4\r\n" in asked[0]
    assert "abc" not in repr(answer)


@pytest.mark.field_case("E16")
@pytest.mark.parametrize(
    ("first", "again"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"a"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: a\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b""),
    ],
    ids=["status", "header", "headers", "100", "102", "body", "chunks", "silence"],
)
def test_the_time_out_holds_for_the_whole_exchange(first: bytes, again: bytes) -> None:
    """Every byte comes well within the time-out; the whole never does."""
    with listening(repeating(first, again)) as port:
        started = time.monotonic()
        with pytest.raises(HttpExchangeError) as caught:
            post(port, timeout=HASTE)
    assert time.monotonic() - started < SOON
    assert caught.value.reason in ({TIMED_OUT, CUT} if again == b"H" else {TIMED_OUT})


@pytest.mark.field_case("E16")
def test_a_slow_look_up_does_not_outlast_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    closed = threading.Event()

    class Late:
        def close(self) -> None:
            closed.set()

    def connect(*args: object, **kwargs: object) -> Late:
        release.wait(PATIENCE)
        return Late()

    monkeypatch.setattr("httpcore.SyncBackend.connect_tcp", connect)
    with pytest.raises(HttpExchangeError, match=TIMED_OUT):
        post(9, timeout=HASTE)
    release.set()
    assert closed.wait(PATIENCE)  # what came about too late is not left open


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", CUT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nabc", CUT),
        (b"SSH-2.0-x\r\n\r\n", CUT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"a" * 2000, TOO_LONG),
    ],
)
def test_half_an_answer_is_none(raw: bytes, reason: str) -> None:
    with listening(answering(raw)) as port, pytest.raises(HttpExchangeError) as caught:
        post(port)
    assert (caught.value.reason, caught.value.failure) == (reason, None)


def test_a_refused_connection_has_no_particular_reason() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(HttpExchangeError) as caught:
            post(taken.getsockname()[1])
    assert (caught.value.reason, caught.value.failure) == (NOT_CONNECTED, None)


@pytest.mark.field_case("F2")
@pytest.mark.parametrize("host", ["no-such-host.invalid", "a" * 64 + ".invalid"])
def test_an_unknown_host_has_its_own_reason(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(name: object, *args: object, **kwargs: object) -> object:
        str(name).encode("idna")  # as the real one does first
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(HttpExchangeError) as caught:
        post(443, host=host)
    assert caught.value.failure is ConnectionFailure.HOST_UNKNOWN


# --- TLS ---

NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)


class Authority:
    """A root of its own, and what it issues."""

    def __init__(self, folder: Path, name: str = "a province's own") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.root = (
            self._builder(self._name, self._key.public_key(), NOW + DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def pem(self) -> bytes:
        return self.root.public_bytes(serialization.Encoding.PEM)

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, until: dt.datetime
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - 30 * DAY)
            .not_valid_after(until)
        )

    def server(self, *, until: dt.datetime = NOW + DAY, address: str = "127.0.0.1") -> Path:
        """Return a file with a key and a certificate for an address."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = (
            self._builder(subject, key.public_key(), until)
            .add_extension(names, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        file = self._folder / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + made.public_bytes(serialization.Encoding.PEM)
        )
        return file


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def secured(chain: Path) -> Serve:
    def serve(peer: socket.socket, done: threading.Event) -> None:
        del done
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(peer, server_side=True) as tls:
            read_request(tls)
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")

    return serve


def failure_of(serve: Serve, context: ssl.SSLContext) -> ConnectionFailure | None:
    with listening(serve) as port, pytest.raises(HttpExchangeError) as caught:
        post(port, context=context)
    assert spoken(caught.value.reason).startswith(spoken(NOT_CONNECTED))
    return caught.value.failure


@pytest.mark.field_case("F2")
@pytest.mark.parametrize("form", ["pem", "pem after a BOM", "two in pem", "der"])
def test_a_file_of_roots_adds_to_the_built_in_ones(
    authority: Authority, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "root.cer"
    other = Authority(tmp_path, "another province's")
    file.write_bytes(
        {
            "pem": authority.pem(),
            "pem after a BOM": b"\xef\xbb\xbf" + authority.pem(),
            "two in pem": other.pem() + authority.pem(),
            "der": authority.root.public_bytes(serialization.Encoding.DER),
        }[form]
    )
    context = http.trust(file)
    with listening(secured(authority.server())) as port:
        assert post(port, context=context).body == b"OK"
    built_in = len(http.trust(None).get_ca_certs())
    assert len(context.get_ca_certs()) == built_in + (2 if form == "two in pem" else 1)
    assert built_in > 50


@pytest.mark.field_case("F2")
def test_a_root_that_nobody_knows_has_its_own_reason(authority: Authority) -> None:
    failure = failure_of(secured(authority.server()), http.trust(None))
    assert failure is ConnectionFailure.ROOT_UNKNOWN


@pytest.mark.field_case("F2")
def test_an_older_root_of_the_same_name_does_not_count(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "root").write_bytes(Authority(tmp_path).pem())
    failure = failure_of(secured(authority.server()), http.trust(tmp_path / "root"))
    assert failure is ConnectionFailure.ROOT_UNKNOWN


@pytest.mark.field_case("F2")
def test_an_expired_certificate_has_its_own_reason(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(authority.pem())
    expired = authority.server(until=NOW - DAY)
    failure = failure_of(secured(expired), http.trust(tmp_path / "root"))
    assert failure is ConnectionFailure.CERTIFICATE_EXPIRED


@pytest.mark.field_case("F2")
def test_a_certificate_of_another_host_has_its_own_reason(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "root").write_bytes(authority.pem())
    other = authority.server(address="192.0.2.1")
    failure = failure_of(secured(other), http.trust(tmp_path / "root"))
    assert failure is ConnectionFailure.OTHER_HOST


#: RFC 5246, 7.2: alert, TLS 1.0, two bytes, fatal, protocol_version.
PROTOCOL_VERSION_ALERT = bytes.fromhex("15 0301 0002 02 46")
#: RFC 2246, 7.4.1.3: ServerHello of TLS 1.0, no session, TLS_RSA_WITH_AES_128_CBC_SHA.
TLS_1_0_HELLO = bytes.fromhex("16 0301 002A 02 000026 0301" + "00" * 32 + "00 002F 00")


@pytest.mark.field_case("F2")
@pytest.mark.parametrize("answer", [PROTOCOL_VERSION_ALERT, TLS_1_0_HELLO], ids=["alert", "hello"])
def test_a_protocol_that_is_too_old_has_its_own_reason(answer: bytes) -> None:
    failure = failure_of(answering(answer), http.trust(None))
    assert failure is ConnectionFailure.TLS_TOO_OLD


@pytest.mark.field_case("F2")
def test_a_server_without_tls_has_its_own_reason() -> None:
    failure = failure_of(answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"), http.trust(None))
    assert failure is ConnectionFailure.TLS_FAILED


@pytest.mark.parametrize("content", [None, b"", b"not a certificate", "根证书".encode()])
def test_a_file_without_roots_is_a_configuration_fault(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "root.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"root\.pem"):
        http.trust(file)


def test_the_rules_for_certificates_are_those_of_every_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = ssl.create_default_context

    def of_3_13(*, cafile: str) -> ssl.SSLContext:
        context = usual(cafile=cafile)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", of_3_13)
    context = http.trust(None)
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
