"""A Cloud Logging on loopback for the real client: pages, filters, tails, counts its calls, and misbehaves by script."""

import bisect
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

import grpc
from google.cloud.audit import audit_log_pb2  # noqa: F401  # an audit payload can only be packed when its type is known
from google.cloud.logging_v2.types import ListLogEntriesRequest, LogEntry, TailLogEntriesRequest
from google.protobuf import any_pb2, json_format
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from tests.logfilter import BadFilter, bounds, nanoseconds, parse

SERVICE = "google.logging.v2.LoggingServiceV2"
RAW = LogEntry.pb(LogEntry()).__class__
STATUSES = tuple(s for s in grpc.StatusCode if s is not grpc.StatusCode.OK)


@dataclass(frozen=True, order=True)
class Row:
    """One entry as the server keeps it; `entry` is its serialized form."""

    ns: int
    number: int
    severity: int = field(compare=False)
    log: str = field(compare=False)
    status: int = field(compare=False)
    text: str = field(compare=False)
    received: int = field(compare=False)
    entry: bytes = field(compare=False)


@dataclass(frozen=True)
class Call:
    """One ListLogEntries as it arrived: which page of its listing it asks for (from 0), and whether that is the last."""

    number: int
    page: int
    last: bool
    request: Any


@dataclass(frozen=True)
class Misdeed:
    """What goes wrong: a status; or "hang", "reset", "expired" or "empty" (no entries, but a token)."""

    status: grpc.StatusCode | None = None
    kind: str = ""
    details: str = "scripted"
    retry_s: int = 0  # how long the server asks to be left alone


@dataclass
class World:
    """What the server holds and how it behaves; `clock` counts the quota's seconds, `now` is the time that answers carry."""

    quota: int = 0  # calls a minute, 0: any number
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    script: Callable[[Call], Misdeed | None] = lambda call: None
    page_size: int = 1000
    refused: frozenset[str] = frozenset()  # resource names that may not be read
    dated: bool = True
    rows: list[Row] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    requests: list[Any] = field(default_factory=list)
    over: int = 0  # calls over the quota
    tokens: dict[str, tuple[Row, int]] = field(default_factory=dict)
    tails: list[deque[bytes]] = field(default_factory=list)
    tail_filters: list[str] = field(default_factory=list)
    tail_status: grpc.StatusCode | None = None
    on_tail: Callable[[], None] = lambda: None  # when a tail has begun
    guard: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)

    def add(self, entries: Iterable[Mapping[str, Any]], tailed: bool = True) -> None:
        """Let entries (as Google's JSON) arrive."""
        for entry in entries:
            known = {name: value for name, value in entry.items() if name != "errorGroups"}  # the client does not know these
            self.add_raw(json_format.ParseDict(known, RAW()), tailed)

    def add_raw(self, message: Any, tailed: bool = True) -> None:
        """Let one entry arrive."""
        ns = message.timestamp.seconds * 10**9 + message.timestamp.nanos
        text = message.text_payload or str(message.json_payload.fields["message"].string_value if message.json_payload else "")
        log = unquote(message.log_name.rpartition("/logs/")[2])
        row = (ns, message.severity, log, message.http_request.status, text, message.receive_timestamp.ToNanoseconds())
        self.put(*row, message.SerializeToString(), tailed)

    def put(
        self, ns: int, severity: int, log: str, status: int, text: str, received: int, entry: bytes, tailed: bool = True
    ) -> None:
        """Let one entry arrive that is serialized already."""
        with self.guard:
            row = Row(ns, len(self.rows), severity, log, status, text, received, entry)
            bisect.insort(self.rows, row)
            for waiting, through in zip(self.tails, self.tail_filters, strict=True):
                if tailed and parse(through)(row):
                    waiting.append(entry)

    def most_in_a_minute(self) -> int:
        """Return the most calls that came within any minute."""
        return max((sum(start <= c < start + 60 for c in self.calls) for start in self.calls), default=0)

    def list_entries(self, request: Any, context: Any) -> bytes:
        """Answer ListLogEntries."""
        self._count(request, context)
        if self.dated:
            context.send_initial_metadata((("date", format_datetime(self.now(), usegmt=True)),))
        found, page = self._find(request, context)
        size = min(request.page_size or 50, self.page_size)
        shown, more = found[:size], len(found) > size
        misdeed = self.script(Call(len(self.calls), page, not more, request))
        if misdeed:
            answer = self._misbehave(misdeed, request, context, page)
            if answer is not None:
                return answer
        token = self._token(shown[-1], page + 1) if more else ""
        return as_response(row.entry for row in shown) + as_field(2, token.encode())

    def tail_entries(self, requests: Iterator[Any], context: Any) -> Iterator[bytes]:
        """Answer TailLogEntries, until the client or the server ends it."""
        request = next(requests)
        if self.tail_status:
            context.abort(self.tail_status, "scripted")
        waiting: deque[bytes] = deque()
        with self.guard:
            self.tails.append(waiting)
            self.tail_filters.append(request.filter)
        self.on_tail()
        try:
            while context.is_active() and not self.closing.is_set() and not self.tail_status:
                taken = [waiting.popleft() for _ in range(min(len(waiting), 1000))]
                if taken:
                    yield as_response(taken)
                else:
                    self.closing.wait(0.01)
            if self.tail_status:
                context.abort(self.tail_status, "scripted")
        finally:
            with self.guard:
                at = next(i for i, one in enumerate(self.tails) if one is waiting)
                del self.tails[at], self.tail_filters[at]

    def _count(self, request: Any, context: Any) -> None:
        with self.guard:
            at = self.clock()
            self.calls.append(at)
            self.requests.append(request)
            recent = sum(c > at - 60 for c in self.calls[-1000:])
            full = bool(self.quota) and recent > self.quota
            self.over += full
        if full:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "Quota exceeded for quota metric 'Read requests'")
        if self.refused & set(request.resource_names):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "Permission denied for all log views")

    def _find(self, request: Any, context: Any) -> tuple[list[Row], int]:
        """Return a page of rows, newest first, and one more; and which page of the listing it is."""
        if request.order_by != "timestamp desc":
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "only 'timestamp desc' is known here")
        try:
            test = parse(request.filter)
        except (BadFilter, ValueError, KeyError) as e:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(e))
        low, high = bounds(request.filter)
        after, page = None, 0
        if request.page_token:
            if request.page_token not in self.tokens:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "page_token is invalid or expired")
            after, page = self.tokens[request.page_token]
        found: list[Row] = []
        with self.guard:
            at = bisect.bisect_left(self.rows, high, key=lambda r: r.ns)
            at = min(at, bisect.bisect_left(self.rows, after)) if after else at
            while at and len(found) <= self.page_size and self.rows[at - 1].ns >= low:
                at -= 1
                if test(self.rows[at]):
                    found.append(self.rows[at])
        return found, page

    def _token(self, last: Row, page: int) -> str:
        token = f"page {page} after {last.ns}.{last.number}"
        self.tokens[token] = (last, page)
        return token

    def _misbehave(self, misdeed: Misdeed, request: Any, context: Any, page: int) -> bytes | None:
        if misdeed.status and misdeed.retry_s:
            told = any_pb2.Any()
            told.Pack(error_details_pb2.RetryInfo(retry_delay={"seconds": misdeed.retry_s}))
            status = status_pb2.Status(code=misdeed.status.value[0], message=misdeed.details, details=[told])
            context.abort_with_status(rpc_status.to_status(status))
        if misdeed.status:
            context.abort(misdeed.status, misdeed.details)
        if misdeed.kind == "expired":
            self.tokens.clear()
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "page_token is invalid or expired")
        if misdeed.kind == "empty":
            after = self.tokens[request.page_token][0] if request.page_token else Row(2**62, 0, 0, "", 0, "", 0, b"")
            return as_field(2, self._token(after, page + 1).encode())
        if misdeed.kind == "reset":
            self.reset()
        while context.is_active() and not self.closing.is_set():  # it hangs until the client gives up
            self.closing.wait(0.01)
        return None

    def reset(self) -> None:
        """Cut every connection; the relay of a running server puts itself here."""


def as_field(number: int, content: bytes) -> bytes:
    """Return a length-delimited field of a serialized message, nothing for nothing."""
    size, digits = len(content), bytearray()
    while size > 0x7F:
        digits.append(size & 0x7F | 0x80)
        size >>= 7
    digits.append(size)
    return bytes([number << 3 | 2]) + bytes(digits) + content if content else b""


def as_response(entries: Iterable[bytes]) -> bytes:
    """Return serialized entries as the first field of a response."""
    return b"".join(as_field(1, entry) for entry in entries)


@contextmanager
def serve_logging(world: World, threads: int = 8) -> Iterator[str]:
    """Run the server behind a relay on 127.0.0.1; yield its address."""
    server = grpc.server(ThreadPoolExecutor(threads), options=[("grpc.so_reuseport", 0)])
    methods = {
        "ListLogEntries": grpc.unary_unary_rpc_method_handler(
            world.list_entries, type(ListLogEntriesRequest.pb(ListLogEntriesRequest())).FromString, bytes
        ),
        "TailLogEntries": grpc.stream_stream_rpc_method_handler(
            world.tail_entries, type(TailLogEntriesRequest.pb(TailLogEntriesRequest())).FromString, bytes
        ),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with relay(port) as (address, reset):
            world.reset = reset  # type: ignore[method-assign]
            yield address
    finally:
        world.closing.set()
        server.stop(0).wait()


@contextmanager
def relay(port: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Pass connections on to a port; yield the address and what resets every connection that is open."""
    listening = socket.create_server(("127.0.0.1", 0))
    open_ones: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(1 << 16):
                target.sendall(piece)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listening.accept()
                far = socket.create_connection(("127.0.0.1", port))
                open_ones.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    def reset() -> None:
        while open_ones:
            one = open_ones.pop()
            with suppress(OSError):
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() then sends RST
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"127.0.0.1:{listening.getsockname()[1]}", reset
    finally:
        listening.close()
        reset()


__all__ = ["STATUSES", "Call", "Misdeed", "Row", "World", "nanoseconds", "serve_logging"]
