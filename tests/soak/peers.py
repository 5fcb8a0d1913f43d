# SPDX-License-Identifier: Apache-2.0
"""Servers with moods: the same peers as in the other tests, whose manners change while they run."""
import ctypes
import itertools
import os
import random
import threading
import time

from lwm2m_peer import (ACK_ONLY, CHANGED, CREATED, LOCATION_PATH, SENML_CBOR, SILENCE, TLV, Answer,
                        BlackHole, BootstrapServer, LwM2MServer, Message, NoAnswer, Reset, Type, account,
                        closed_port, code, delete, discover, finish, read, server_object, write)

AF_UNSPEC_ADDRESS = bytes(16)
PATIENCE = 3.0          # seconds for an answer of the client
DISABLE_TIMEOUT = 2     # /1/x/5
IDENTITY, KEY = "soak-device", "5ec2e75ec2e75ec2e75ec2e75ec2e75e"

SERVER_MOODS = ["well", "well", "well", "4.00", "4.03", "4.29", "5.03", "4.12", "silent", "late", "separate",
                "acknowledges", "resets", "loses", "closed", "forgets", "doubles",
                "4.08", "4.13", "no-location", "long-location", "garbles", "no-updates"]


def close_port(endpoint, closed):
    """A socket connected elsewhere: for all others the kernel answers as for a closed port."""
    if closed:
        endpoint.socket.connect(("127.0.0.1", 9))
    else:
        ctypes.CDLL(None).connect(endpoint.socket.fileno(), AF_UNSPEC_ADDRESS, len(AF_UNSPEC_ADDRESS))


class MoodyServer(LwM2MServer):
    def __init__(self, number):
        self.number, self.mood = number, "well"
        self._count = itertools.count()
        super().__init__(port=closed_port())
        self.name = f"LwM2M Server {number}"

    def set_mood(self, mood):
        close_port(self, mood == "closed")
        self.silent = mood == "silent"
        self.on_incoming = (lambda record: next(self._count) % 3 != 0) if mood == "loses" else None
        self.on_outgoing = (lambda session, message, data: [(0, data), (0.2, data)]) \
            if mood == "doubles" else None
        if mood == "forgets":
            for registration in self.registrations:
                registration.active = False
        self.mood = mood

    def handle(self, session, message):
        if self.mood == "resets":
            self.send(session, Message(Type.RST, 0, message.mid))
            return SILENCE
        if self.mood == "acknowledges":
            return ACK_ONLY
        if self.mood[0].isdigit():
            return Answer(code(self.mood), b"in a mood")
        if self.mood == "garbles":
            for size in range(0, 40, 4):
                head = bytes([0x60, CREATED]) + session.next_mid.to_bytes(2, "big")
                self.send_bytes(session, head + os.urandom(size))
        if self.mood == "no-updates" and message.path != "/rd":
            return Answer(code("4.04"))
        answer = super().handle(session, message)
        if answer is not SILENCE and self.mood.endswith("-location"):
            answer.options = [] if self.mood == "no-location" else [(LOCATION_PATH, b"x" * 255)] * 20
        if answer is not SILENCE and self.mood in ("late", "separate"):
            answer.separate = Type.CON if self.mood == "separate" else None
            answer.delay = 0.2 if self.mood == "separate" else 1.2
        return answer


class Dead:
    """What does not answer: silence and a closed port."""

    def __init__(self):
        self.hole, self.number = BlackHole(), 9
        self.uris = [self.hole.uri, f"coap://127.0.0.1:{closed_port()}"]
        self.uri = self.uris[1]

    def close(self):
        self.hole.close()


def account_of(target, rng, security_id, server_id, cf):
    """The writes of an account with short times; target: (number, uri)."""
    number, uri = target
    secure = uri.startswith("coaps")
    keys = {"r5": DISABLE_TIMEOUT, "r17": rng.randint(1, 2), "r18": 1, "r19": rng.randint(1, 2),
            "r20": rng.randint(1, 2)}
    return account(uri, number, security_id, server_id, cf, 0 if secure else 3,
                   IDENTITY.encode() if secure else b"", bytes.fromhex(KEY) if secure else b"",
                   lifetime=rng.choice([8, 20, 60]), **keys)


BOOTSTRAP_MOODS = ["good", "good", "good", "good", "good", "corrects", "no-delete", "own-account", "4.03",
                   "4.15", "5.03", "silent", "accepts", "ends", "garbage", "refused-only", "blocks",
                   "goes-on"]


class MoodyBootstrapServer(BootstrapServer):
    """targets: [(Short Server ID, URI)] of living servers; dead: URIs without an answer."""

    def __init__(self, targets, dead):
        self.targets, self.dead, self.mood = targets, dead, "good"
        self.rng = random.Random(0)
        super().__init__(script=self.play, port=closed_port())

    def set_mood(self, mood, rng):
        self.rng = random.Random(rng.random())
        self.silent = mood == "silent"
        self.answer = code(mood) if mood[0].isdigit() else CHANGED
        self.mood = mood

    def accounts(self, base, cf):
        rng = self.rng
        chosen = rng.sample(self.targets, rng.randint(1, len(self.targets)))
        if self.mood != "perfect":
            chosen += [(10 + n, uri) for n, uri in enumerate(self.dead) if rng.random() < 0.25]
        if self.mood == "good" and rng.random() < 0.15:
            chosen = [(10, self.dead[0])]
        steps = []
        for at, target in enumerate(chosen):
            steps += account_of(target, rng, base + at, at, cf)
        return steps

    def steps(self):
        rng, mood = self.rng, self.mood
        cf = rng.choice([TLV, SENML_CBOR])
        steps = [delete("/")] if mood != "no-delete" else []
        steps += [discover("/")] if rng.random() < 0.3 else []
        if mood == "refused-only":
            return steps + [delete("/"), finish()]
        if mood == "corrects":
            steps += [finish(), write("/1/0", server_object(1), cf), finish(), delete("/")]
        steps += self.accounts(0 if mood == "own-account" else 1, cf)
        steps += [read("/1")] if rng.random() < 0.3 else []
        if mood == "ends":
            return steps[:rng.randrange(len(steps))]
        if mood == "blocks":
            for step in steps:
                if "payload" in step.keywords:
                    step.keywords["block_size"] = rng.choice([16, 32, 64])
        if mood == "goes-on":
            return [*steps, finish(), delete("/"), finish(), write("/1/0", server_object(1), cf), finish()]
        return steps + [finish()]

    def play(self, _, run):
        """The script of one session; the client may have left it at any moment."""
        if self.mood == "accepts":
            return
        if self.mood == "garbage":
            self.garble(run.session)
        try:
            pause = self.rng.choice([0, 0, 0.2, 1.0])
            for step in self.steps():
                time.sleep(pause)
                step.keywords.setdefault("timeout", PATIENCE)
                self.step(run, step)
        except (NoAnswer, Reset):
            pass

    def garble(self, session):
        rng = self.rng
        for _ in range(20):
            if rng.random() < 0.5:
                self.send_bytes(session, rng.randbytes(rng.randint(1, 60)))
                continue
            method, path = rng.randint(1, 5), rng.choice(["/0/1", "/1/0", "/", "/1", "/3"])
            payload, content_format = rng.randbytes(rng.randint(1, 40)), rng.choice([TLV, SENML_CBOR, 0, 60])
            self.send(session, self.message(session, method, path, payload, cf=content_format))


def in_background(function, *arguments, **keywords):
    """An action that may meet a client that has just gone."""
    def run():
        try:
            function(*arguments, **keywords)
        except (NoAnswer, Reset, TimeoutError, OSError):
            pass
    threading.Thread(target=run, daemon=True).start()


