# SPDX-License-Identifier: Apache-2.0
"""Bootstrap Servers that accept the request and fall silent: a row a case (misbehaviour.py says what a row
is)."""
import pytest

from lwm2m_peer import PUT, TLV, delete, discover, finish, read, write
from misbehaviour import DISCOVERED, Fails, Keeps, Row, anew, datagram, good, nothing, run_row

SILENT = Fails("ServerSilent", "sent no Bootstrap-Finish within 1 s of its last operation")


def halves(at):
    """The two writes of an account with their codes."""
    return good(at)[:2]


def first_block(at):
    message = at.bootstrap.block_message(at.session, PUT, "/0/1", TLV, bytes(100), 0, 64)
    return at.bootstrap.exchange(at.session, message).code_text


ROWS = {
    "after-the-2.04": Row(script=nothing, ends=SILENT),
    "after-the-2.04-to-a-known-client": Row(script=nothing, known=True, ends=SILENT.of_a_known_client()),
    "after-a-delete": Row(script=lambda at: [(delete("/"), "2.02")], ends=SILENT),
    "after-delete-of-everything-a-known-client-has": Row(
        script=lambda at: [(delete("/"), "2.02")], known=True, ends=SILENT.of_a_known_client()),
    "after-a-discover": Row(script=lambda at: [(discover(), DISCOVERED)], ends=SILENT),
    "after-a-read": Row(script=lambda at: [(read("/1", accept=TLV), "2.05")], ends=SILENT),
    "after-the-first-write": Row(script=lambda at: halves(at)[:1], ends=SILENT),
    "after-the-last-write": Row(script=halves, ends=SILENT),
    "after-the-last-write-to-a-known-client": Row(
        script=lambda at: [(delete("/"), "2.02"), *halves(at)], known=True, ends=SILENT.of_a_known_client()),
    "after-a-refused-write": Row(script=lambda at: [(write("/4242/0", {0: 1}), "4.00")], ends=SILENT),
    "after-the-first-block": Row(script=lambda at: [(first_block, "2.31")], ends=SILENT),
    "after-a-4.06": Row(script=lambda at: [(finish(), "4.06")],
                        ends=Fails("InconsistentConfiguration", "hold no usable LwM2M Server account")),
    "after-a-4.06-that-names-a-path": Row(
        script=lambda at: [(write("/1/0", {0: 1}), "2.04"), (finish(), "4.06")],
        ends=Fails("InconsistentConfiguration", "/1/0/1 (Lifetime) is missing")),
    "after-a-4.06-to-a-known-client": Row(
        script=lambda at: [(delete("/1"), "2.02"), (finish(), "4.06")], known=True,
        ends=Keeps("InconsistentConfiguration", "and did not correct them within 1 s")),
    "after-two-4.06": Row(
        script=lambda at: [(anew(finish()), "4.06 4.06")],
        ends=Fails("InconsistentConfiguration", "finished with accounts that cannot work")),
    "after-garbage": Row(script=lambda at: [(datagram(b"\x00garbage"), "RST")], ends=SILENT),
    "corrects-after-a-4.06": Row(script=lambda at: [(finish(), "4.06"), *good(at)]),
}


@pytest.mark.parametrize("name", ROWS)
def test_silence(daemon, server, peers, name):
    run_row(ROWS[name], daemon, server, peers)
