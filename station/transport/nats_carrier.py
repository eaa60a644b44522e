"""A `station.core.carrier.Carrier` over NATS JetStream.

The client library lives in an event loop of its own thread; the callers of the port block. Several
carriers may share one loop (`CarrierLoop`).

Messages are pulled with requests of our own: `fetch` of the library waits for its whole time even
for what is there already, when it asks with an expiry (nats-py 2.16, `PullSubscription._fetch_n`).

Source: NATS documentation, "JetStream wire API reference", consumer's `MSG.NEXT`; ADR-13.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeoutError
from functools import partial
from typing import Any, Final, TypeVar

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import (
    ConsumerConfig,
    Header,
    KeyValueConfig,
    ObjectInfo,
    StorageType,
    StreamConfig,
)
from nats.js.errors import (
    KeyNotFoundError,
    KeyWrongLastSequenceError,
    NotFoundError,
)
from nats.js.kv import KeyValue

from station.core import fleet
from station.core.carrier import ACK_WAIT, Delivery, Kept, Posting
from station.core.errors import FleetLinkError, FleetMessageError

#: Seconds of one exchange with the server.
PATIENCE: Final = 5.0
RECONNECT: Final = 1  #: seconds between two attempts to connect again
#: Seconds; the server drops a second message with the same id for so long.
DUPLICATES: Final = 120.0
DAY: Final = 86400.0
#: Seconds that a message is kept; presence has one message for each station.
KEEP: Final = {
    fleet.EVENTS_STREAM: 14 * DAY,
    fleet.CHECKPOINTS_STREAM: 90 * DAY,
    fleet.PRESENCE_STREAM: 14 * DAY,
    fleet.INBOX_STREAM: 90 * DAY,
}

T = TypeVar("T")


class CarrierLoop:
    """An event loop in a daemon thread; it lives as long as the process."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="carrier", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Run it there, and block until it has ended.

        Raises:
            FleetLinkError: It has not ended in time, or the carrier's server refuses.
        """
        waiting = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return waiting.result(seconds)
        except (FutureTimeoutError, TimeoutError) as exc:
            waiting.cancel()
            raise FleetLinkError("the carrier does not answer in time") from exc
        except (NatsError, OSError, ValueError) as exc:
            raise FleetLinkError(f"the carrier: {type(exc).__name__}: {exc}") from exc


class NatsDelivery:
    """A message that was pulled; see `station.core.carrier.Delivery`.

    Attributes:
        message: The library's own.
    """

    def __init__(self, loop: CarrierLoop, message: Msg) -> None:
        self._loop = loop
        self.message = message

    @property
    def subject(self) -> str:
        """See `Delivery`."""
        return self.message.subject

    @property
    def body(self) -> bytes:
        """See `Delivery`."""
        return self.message.data

    def done(self) -> None:
        """See `Delivery`."""
        self._loop.run(self.message.ack(), PATIENCE)

    def again(self, seconds: float) -> None:
        """See `Delivery`."""
        self._loop.run(self.message.nak(delay=seconds), PATIENCE)


class NatsCarrier:
    """One connection to the servers; made at the first need, and again after it was lost."""

    def __init__(
        self,
        servers: str,
        *,
        user: str = "",
        password: str = "",
        context: ssl.SSLContext | None = None,
        reply_prefix: str = fleet.REPLIES,
        name: str = "",
        loop: CarrierLoop | None = None,
    ) -> None:
        """Prepare it; nothing is opened yet.

        Args:
            servers: Addresses, with commas between them.
            user: Name at the server; empty where it asks for none.
            password: Its password.
            context: For `tls` addresses.
            reply_prefix: Of the subjects at which answers to this connection arrive.
            name: What the server's own lists show.
            loop: Where it runs; a new one when None.
        """
        self._servers = [one.strip() for one in servers.split(",") if one.strip()]
        self._options: dict[str, Any] = {"inbox_prefix": reply_prefix, "name": name or None}
        if user:
            self._options |= {"user": user, "password": password}
        if context is not None:
            self._options["tls"] = context
        self._loop = loop or CarrierLoop()
        self._connecting = threading.Lock()
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._bucket: KeyValue | None = None
        self._pulls: dict[tuple[str, str], Subscription] = {}

    # -- the port ------------------------------------------------------------------------------

    def prepare(self) -> None:
        """See `Carrier`."""
        self._do(_prepare, 4 * PATIENCE)

    def publish(self, postings: Sequence[Posting]) -> None:
        """See `Carrier`."""

        async def send(stream: JetStreamContext) -> None:
            acknowledged = [
                await stream.publish_async(
                    one.subject, one.body, headers={Header.MSG_ID.value: one.message_id}
                )
                for one in postings
            ]
            await asyncio.gather(*acknowledged)

        self._do(send, PATIENCE + 0.01 * len(postings))

    def receive(
        self, stream: str, consumer: str, subject: str, most: int, wait_seconds: float
    ) -> Sequence[Delivery]:
        """See `Carrier`."""

        async def pull(context: JetStreamContext) -> list[Msg]:
            puller = await self._puller(context, stream, consumer, subject)
            asked = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
            client = self._client
            if client is None:
                raise FleetLinkError("the carrier was closed")
            found = await _ask(client, puller, asked, {"batch": most, "no_wait": True}, 0)
            if found or wait_seconds <= 0:
                return found
            expires: dict[str, object] = {"batch": 1, "expires": int(wait_seconds * 1e9)}
            return await _ask(client, puller, asked, expires, wait_seconds)

        try:
            found = self._do(pull, 2 * PATIENCE + wait_seconds)
        except FleetLinkError:
            # The consumer may be gone with the server's store: it is made again at the next call.
            self._forget(stream, consumer)
            raise
        return [NatsDelivery(self._loop, one) for one in found]

    def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        """See `Carrier`."""

        async def all_of_them() -> None:
            for one in deliveries:
                if isinstance(one, NatsDelivery):
                    await one.message.ack()

        self._loop.run(all_of_them(), PATIENCE + 0.01 * len(deliveries))

    def get(self, key: str) -> Kept | None:
        """See `Carrier`."""

        async def read(stream: JetStreamContext) -> Kept | None:
            try:
                entry = await (await self._bucket_of(stream)).get(key)
            except KeyNotFoundError:
                return None
            return Kept(entry.value or b"", entry.revision or 0)

        return self._do(read)

    def put(self, key: str, body: bytes, revision: int | None = None) -> int:
        """See `Carrier`."""

        async def write(stream: JetStreamContext) -> int:
            bucket = await self._bucket_of(stream)
            if revision is None:
                return await bucket.put(key, body)
            try:
                if revision == 0:
                    return await bucket.create(key, body)
                return await bucket.update(key, body, last=revision)
            except KeyWrongLastSequenceError as exc:
                raise FleetMessageError(f"{key} has another revision") from exc

        return self._do(write)

    def put_all(self, values: Mapping[str, bytes]) -> None:
        """See `Carrier`."""

        async def write(stream: JetStreamContext) -> None:
            bucket = await self._bucket_of(stream)
            await asyncio.gather(*(bucket.put(key, body) for key, body in values.items()))

        self._do(write, PATIENCE + 0.01 * len(values))

    def blob(self, name: str) -> bytes:
        """See `Carrier`."""

        async def read(stream: JetStreamContext) -> bytes:
            found = await (await stream.object_store(fleet.BLOBS)).get_info(name)
            return await _chunks(stream, found)

        return self._do(read, 12 * PATIENCE)

    def put_blob(self, name: str, body: bytes) -> None:
        """See `Carrier`."""

        async def write(stream: JetStreamContext) -> None:
            await (await stream.object_store(fleet.BLOBS)).put(name, body)

        self._do(write, 12 * PATIENCE)

    def close(self) -> None:
        """See `Carrier`."""
        with self._connecting:
            client, self._client, self._stream = self._client, None, None
            self._pulls.clear()
            if client is not None:
                self._loop.run(client.close(), PATIENCE)

    # -- the connection ------------------------------------------------------------------------

    def _do(
        self, work: Callable[[JetStreamContext], Coroutine[Any, Any, T]], seconds: float = PATIENCE
    ) -> T:
        return self._loop.run(work(self._connected()), seconds)

    def _connected(self) -> JetStreamContext:
        with self._connecting:
            client = self._client
            if client is None or client.is_closed:
                self._pulls.clear()
                self._bucket = None
                client = self._client = self._loop.run(self._connect(), PATIENCE)
                self._stream = client.jetstream(timeout=PATIENCE)
            if not client.is_connected or self._stream is None:
                raise FleetLinkError("the carrier is not connected")
            return self._stream

    async def _connect(self) -> Client:
        client = Client()
        try:
            await client.connect(
                self._servers,
                connect_timeout=2,
                reconnect_time_wait=RECONNECT,
                max_reconnect_attempts=-1,  # without end
                allow_reconnect=True,
                error_cb=_told_to_the_caller,
                ping_interval=20,
                **self._options,
            )
        except asyncio.CancelledError:
            await client.close()
            raise
        return client

    async def _bucket_of(self, stream: JetStreamContext) -> KeyValue:
        """Return the bucket, which the library asks the server about at each opening."""
        if self._bucket is None:
            self._bucket = await stream.key_value(fleet.BUCKET)
        return self._bucket

    async def _puller(
        self, context: JetStreamContext, stream: str, consumer: str, subject: str
    ) -> Subscription:
        known = self._pulls.get((stream, consumer))
        if known is not None:
            return known
        wanted = ConsumerConfig(
            # With a name, its filter is in the subject of the request, where rights can name it.
            name=consumer,
            durable_name=consumer,
            filter_subject=subject,
            ack_wait=ACK_WAIT,
            max_deliver=-1,
        )
        try:
            await context.consumer_info(stream, consumer)
        except NotFoundError:
            await context.add_consumer(stream, wanted)
        client = self._client
        if client is None:
            raise FleetLinkError("the carrier was closed")
        made = await client.subscribe(client.new_inbox())
        self._pulls[stream, consumer] = made
        return made

    def _forget(self, stream: str, consumer: str) -> None:
        old = self._pulls.pop((stream, consumer), None)
        client = self._client
        if old is not None and client is not None and client.is_connected:
            self._loop.run(old.unsubscribe(), PATIENCE)


async def _told_to_the_caller(error: Exception) -> None:
    """Do nothing: whoever calls next gets the error, and says it."""
    del error


async def _ask(
    client: Client, puller: Subscription, asked: str, request: dict[str, object], wait: float
) -> list[Msg]:
    """Send one pull request, and collect what comes until the server says that this is all."""
    found: list[Msg] = []
    most = int(str(request["batch"]))
    await client.publish(asked, json.dumps(request).encode(), reply=puller.subject)
    while len(found) < most:
        message = await puller.next_msg(timeout=wait + PATIENCE)
        status = (message.headers or {}).get("Status", "")
        if not status:
            found.append(message)
        elif status in ("404", "408"):  # no messages, or no more in the time
            break
        elif status != "100":  # a sign of life
            raise NatsError(f"pull refused: {status}")
    return found


async def _chunks(stream: JetStreamContext, info: ObjectInfo) -> bytes:
    """Read what an object consists of, chunk by chunk; the library would make a consumer for it.

    A station that may make consumers could have the server send to subjects that are not its own.

    Raises:
        FleetLinkError: The content has another hash than it had when it was put.
    """
    subject, after, found = f"$O.{info.bucket}.C.{info.nuid}", 0, bytearray()
    for _ in range(info.chunks or 0):
        one = await stream.get_msg(
            f"OBJ_{info.bucket}", seq=after + 1, subject=subject, direct=True, next=True
        )
        found += one.data or b""
        after = one.seq or 0
    digest = base64.urlsafe_b64encode(hashlib.sha256(found).digest()).decode()
    if info.digest != f"SHA-256={digest}":
        raise FleetLinkError("the content in the carrier is damaged")
    return bytes(found)


async def _prepare(stream: JetStreamContext) -> None:
    for name, subjects in fleet.STREAM_SUBJECTS.items():
        newest_only = name == fleet.PRESENCE_STREAM
        config = StreamConfig(
            name=name,
            subjects=[subjects],
            storage=StorageType.FILE,
            max_age=KEEP[name],
            duplicate_window=DUPLICATES,
            max_msgs_per_subject=1 if newest_only else -1,
        )
        await _made(stream.stream_info(name), partial(stream.add_stream, config))
    bucket = KeyValueConfig(bucket=fleet.BUCKET, direct=True)
    await _made(stream.key_value(fleet.BUCKET), partial(stream.create_key_value, bucket))
    blobs = partial(stream.create_object_store, fleet.BLOBS)
    await _made(stream.object_store(fleet.BLOBS), blobs)


async def _made(look: Awaitable[object], make: Callable[[], Awaitable[object]]) -> None:
    try:
        await look
    except NotFoundError:
        await make()
