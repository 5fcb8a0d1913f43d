# SPDX-License-Identifier: Apache-2.0
"""Repositories of firmware that can misbehave on purpose: by http (and https), and by CoAP with Block2.

    with HttpRepository() as repository:
        uri = repository.add("image", body, stall=1000)

A package is served to everybody who asks, as `faults` say:
  times=N       so many answers have the faults, the later ones have none; else all
  stall=N       behind N bytes nothing more comes
  cut=N         behind N bytes the connection is closed (CoAP: 5.03)
  status=...    404, 503, ...; of CoAP "4.04", "5.03"
  interim=True  closes the connection behind "103 Early Hints" (http alone)
  location=URI  a redirect, with status 302 unless another is given (http alone)
  total=N       says that it has so many bytes; None: does not say
  etag=...      instead of '"1"'; None: none; a callable is asked for each answer
  date=...      Last-Modified (http alone)
  part=N        answers a Range with at most N bytes of it (http alone)
  more=N        answers a Range with N bytes more than there are (http alone)
  whole=True    answers a Range with the whole (http alone)
  endless=True  bytes without an end, and without a length
  drip=(n, s)   n bytes, then a pause of s seconds, and so on
  size=N        of a block, however large it is asked for (CoAP alone)
"""
import http.server
import itertools
import socket
import ssl
import struct
import threading

from lwm2m_peer import (BLOCK2, CONTENT, ETAG, GET, SILENCE, SIZE2, Answer, Block, Endpoint, code, uint)

PIECE = 16 * 1024       # bytes that are sent at once
ENDLESS = 1 << 40


class Package:
    """A body, how it misbehaves, and how often it still does."""

    def __init__(self, body, times=None, **faults):
        self.body, self.faults, self.left = body, faults, times
        self.lock = threading.Lock()

    def answer(self):
        """The faults of the next answer."""
        with self.lock:
            if self.left == 0:
                return {}
            if self.left is not None:
                self.left -= 1
            return self.faults

    def etag(self, faults):
        etag = faults.get("etag", self.faults.get("etag", '"1"'))
        return etag() if callable(etag) else etag

    def part(self, begin, end, faults):
        """Its bytes, or those of one without an end."""
        return bytes(end - begin) if faults.get("endless") else self.body[begin:end]

    def total(self, faults):
        return ENDLESS if faults.get("endless") else len(self.body)


def numbered():
    """An ETag that is another one each time."""
    numbers = itertools.count(1)
    return lambda: f'"{next(numbers)}"'


class Stock:
    """What both kinds have: packages by name, and who has asked."""

    def __init__(self):
        self.packages = {}
        self.asked = []         # (name, offset of the first byte)
        self.news = threading.Condition()

    def uri(self, name):
        return f"{self.root}/{name}"

    def add(self, name, body=b"", **faults):
        """Its URI."""
        self.packages[name] = Package(body, **faults)
        return self.uri(name)

    def note(self, name, offset):
        with self.news:
            self.asked.append((name, offset))
            self.news.notify_all()

    def wait_asked(self, number=1, timeout=10.0):
        """(name, offset) of the number-th request."""
        with self.news:
            if not self.news.wait_for(lambda: len(self.asked) >= number, timeout):
                raise TimeoutError(f"asked only {self.asked}")
            return self.asked[number - 1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


# --- http --------------------------------------------------------------------------------------------------


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def do_GET(self):
        repository = self.server.repository
        name = self.path.partition("?")[0].lstrip("/")
        package = repository.packages.get(name)
        with repository.news:
            repository.requests.append((self.path, dict(self.headers)))
        if package is None:
            repository.note(name, 0)
            self.send_error(404)
            return
        faults = package.answer()
        etag, total = package.etag(faults), package.total(faults)
        begin = self._begin(faults, etag, total)
        repository.note(name, begin)
        if "interim" in faults:
            self.wfile.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
            self.close_connection = True
            return
        status = faults.get("status", 302 if "location" in faults else 206 if begin else 200)
        self.send_response(status)
        if status in (200, 206):
            self._send_package(package, faults, etag, begin, total)
        else:
            for header, key in (("Location", "location"), ("Retry-After", "retry")):
                if key in faults:
                    self.send_header(header, faults[key])
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _begin(self, faults, etag, total):
        """The first byte that is asked for, where it can be had."""
        wanted = self.headers.get("Range", "")
        given = self.headers.get("If-Range")
        if not wanted.startswith("bytes=") or faults.get("whole"):
            return 0
        begin = int(wanted[6:].partition("-")[0])
        return begin if given in (None, etag, faults.get("date")) and begin < total else 0

    def _send_package(self, package, faults, etag, begin, total):
        for header, value in (("ETag", etag), ("Last-Modified", faults.get("date"))):
            if value is not None:
                self.send_header(header, value)
        said = faults.get("total", None if faults.get("endless") else total)
        end = min(total, begin + faults.get("part", total)) if begin else total
        more = bytes(faults.get("more", 0)) if begin else b""
        if end < total or more:
            said = end + len(more)
        if said is not None:
            self.send_header("Content-Length", str(said - begin))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{total}")
        self.end_headers()
        try:
            self._send_body(package, faults, begin, end)
            self.wfile.write(more)
        except OSError:
            self.close_connection = True    # the client has hung up

    def _send_body(self, package, faults, begin, total):
        end = min(total, *(faults[key] for key in ("stall", "cut") if key in faults), total)
        size, pause = faults.get("drip", (PIECE, 0))
        for at in range(begin, end, size):
            self.wfile.write(package.part(at, min(at + size, end), faults))
            self.server.over.wait(pause)
            if self.server.over.is_set():
                break
        if "stall" in faults:
            self.server.over.wait()
        if "stall" in faults or "cut" in faults or self.server.over.is_set():
            self.close_connection = True
            if "cut" in faults:     # with a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class HttpRepository(Stock):
    """`requests` has (path with query, headers) of each. With a certificate of pki.py, and those that are
    sent behind it, it speaks TLS, and its name is localhost."""

    def __init__(self, certificate=None, *chain, host="127.0.0.1"):
        super().__init__()
        self.requests = []
        self.server = http.server.ThreadingHTTPServer((host, 0), _Handler)
        self.server.daemon_threads, self.server.repository = True, self
        self.server.block_on_close = False
        self.server.handle_error = lambda *_: None      # of a client that refuses our certificate
        self.server.over = threading.Event()
        self.port, scheme = self.server.server_address[1], "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.chain_file(*chain), certificate.key_file)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
            scheme, host = "https", "localhost"
        self.root = f"{scheme}://{host}:{self.port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True)
        self._thread.start()

    def close(self):
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


# --- CoAP --------------------------------------------------------------------------------------------------


class _CoapServer(Endpoint):
    def __init__(self, stock, **keywords):
        self.stock = stock
        self._faults = {}       # (address, name) -> those of the transfer that is under way
        super().__init__(**{"name": "repository", **keywords})

    def handle(self, session, message):
        name = message.path.lstrip("/")
        package = self.stock.packages.get(name)
        block = message.block(BLOCK2) or Block(0, False, 1024)
        if message.code != GET or package is None:
            self.stock.note(name, 0)
            return Answer(code("4.04") if message.code == GET else code("4.05"))
        key = session.address, name
        if key not in self._faults or block.num == 0:
            self._faults[key] = package.answer()
            self.stock.note(name, block.num * block.size)
        return self._block(package, self._faults[key], block)

    @staticmethod
    def _block(package, faults, block):
        size = min(block.size, faults.get("size", 1024))
        begin, total = block.num * block.size, package.total(faults)
        end = min(begin + size, total)
        if "status" in faults:
            return Answer(code(faults["status"]))
        if end > faults.get("stall", end):
            return SILENCE
        if end > faults.get("cut", end):
            return Answer(code("5.03"))
        options = [(BLOCK2, Block(begin // size, end < total, size).encode())]
        etag, said = package.etag(faults), faults.get("total", None if faults.get("endless") else total)
        if etag is not None:
            options.append((ETAG, etag.encode()[:8]))
        if said is not None:
            options.append((SIZE2, uint(said)))
        _, delay = faults.get("drip", (0, 0))
        return Answer(CONTENT, package.part(begin, end, faults), options, delay=delay)


class CoapRepository(Stock):
    """`port` is that of plain CoAP; a Terminator may stand in front of it, and then `root` is its URI."""

    def __init__(self, **keywords):
        super().__init__()
        self.server = _CoapServer(self, **keywords)
        self.port, self.root = self.server.port, self.server.uri

    def close(self):
        self.server.close()
