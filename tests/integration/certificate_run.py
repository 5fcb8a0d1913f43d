# SPDX-License-Identifier: Apache-2.0
"""Plays the rows of certificate_rows.py, sixteen accounts of one daemon at a time."""
import dataclasses
import os

from dtls_peer import Terminator, certificate_modes
from harness import HASTY_COAP, Bus, Daemon, settings
from lwm2m_peer import BootstrapServer, LwM2MServer, finish, security, server_object, write

ACCOUNTS = 16       # that a daemon takes
ENDED = ("registered", "failed")


@dataclasses.dataclass
class Outcome:
    """What became of a row."""
    error: tuple        # LastError
    state: str
    cipher: str
    connected: list     # words of the server's event, [] without one
    hello: list


class Batch:
    """Rows that one daemon plays side by side; they share trust_store."""

    def __init__(self, folder, pki, rows):
        self.pki, self.rows = pki, rows
        self.bus = Bus(str(folder)).start()
        self.daemon = Daemon(str(folder), self.bus)
        self.server = LwM2MServer()
        self.fronts = [self._front(row) for row in rows]

    def _front(self, row):
        """What the account leads to."""
        if row.mode == 3:
            return None
        modes = [self._mode(*mode.partition("=")) for mode in row.modes]
        if row.sends:
            modes += certificate_modes(*(getattr(self.pki, name) for name in row.sends))
        return Terminator(self.server.port, *row.server_psk, *modes)

    def _mode(self, name, sign, value):
        """With the file of a certificate or key that is named as in pki.py."""
        if name == "ca":
            value = getattr(self.pki, value).certificate_file
        elif name == "other-key":
            value = getattr(self.pki, value).key_file
        return name + sign + value

    def _security(self, ssid, row, front):
        """The Security Object Instance."""
        optional = {"r14": row.server_name} if row.server_name else {}
        if row.suites:
            optional["r16"] = dict(enumerate(row.suites))
        if row.mode == 3:
            return security(self.server.uri, ssid)
        if row.mode == 0:
            return security(front.uri, ssid, mode=0, identity=row.identity.encode(),
                            key=bytes.fromhex(row.key), **optional)
        device = row.case.device and getattr(self.pki, row.case.device)
        return security(f"coaps://{row.case.host}:{front.port}", ssid, mode=2,
                        r3=device.der if device else b"", r5=device.key.pkcs8 if device else b"",
                        r4=getattr(self.pki, row.anchor).hash(row.matching), r13=row.matching,
                        r15=row.usage, **optional)

    def play(self, trust_store):
        """{row: Outcome}"""
        script = []
        for index, (row, front) in enumerate(zip(self.rows, self.fronts)):
            ssid = index + 1
            script += [write(f"/0/{ssid}", self._security(ssid, row, front)),
                       write(f"/1/{index}", server_object(ssid, r16=False, r17=1, r18=1, r20=1))]
        bootstrap = BootstrapServer([*script, finish()])
        try:
            self.daemon.start({**settings(bootstrap.uri, coap=HASTY_COAP), "trust_store": trust_store})
            bootstrap.wait_run()
            assert set(bootstrap.runs[0].codes) == {"2.04"}, bootstrap.runs[0].codes
            return {row: self._outcome(index) for index, row in enumerate(self.rows)}
        finally:
            bootstrap.close()

    def _outcome(self, index):
        daemon, ssid, front = self.daemon, index + 1, self.fronts[index]
        state = daemon.wait_server(ssid, "State", lambda value: value in ENDED)
        connected, hello = ((front.seen(event) if front else []) for event in ("connected", "ClientHello"))
        return Outcome(daemon.get_server(ssid, "LastError"), state, daemon.get_server(ssid, "Cipher"),
                       connected[-1] if connected else [], hello[-1] if hello else [])

    def close(self):
        end = self.daemon.close()
        for each in (*filter(None, self.fronts), self.server):
            each.close()
        self.bus.stop()
        print(self.daemon.report())
        assert end == 0, f"orderly stop: {end}"


def play(rows, folder, pki):
    """{row: Outcome} of all rows."""
    outcomes = {}
    for trusts in (True, False):
        chosen = [row for row in rows if (row.case is None or row.case.trusts) == trusts]
        for start in range(0, len(chosen), ACCOUNTS):
            place = folder / f"{'trusting' if trusts else 'alone'}{start}"
            os.mkdir(place)
            batch = Batch(place, pki, chosen[start:start + ACCOUNTS])
            try:
                outcomes |= batch.play(pki.root.certificate_file if trusts else "none")
            finally:
                batch.close()
    return outcomes
