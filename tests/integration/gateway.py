# SPDX-License-Identifier: Apache-2.0
"""A daemon that knows Objects which others publish, and an LwM2M Server that it is registered with."""
import os

from daemon_clock import Clock
from harness import factory_server, settings, versioned
from lwm2m_peer import SENML_CBOR, SENML_JSON, Type, senml_cbor_decode, senml_json_decode

BENCH, PLAIN, SINGLE = 42800, 42801, 42802

# One Resource of each kind
DEFINITIONS = {
    BENCH: """
object: 42800
name: Bench
version: "1.0"
multiple: true
mandatory: false
resources:
  0: {name: Name, operations: R, type: string, mandatory: true}
  1: {name: Level, operations: RW, type: integer, range: [0, 1000]}
  2: {name: Heat, operations: RW, type: float, range: [-50, 150]}
  3: {name: On, operations: RW, type: boolean}
  4: {name: Data, operations: RW, type: opaque}
  5: {name: Moment, operations: RW, type: time}
  6: {name: Link, operations: RW, type: objlnk}
  7: {name: Count, operations: RW, type: unsigned}
  8: {name: Notes, operations: RW, type: string, multiple: true}
  9: {name: Secret, operations: W, type: string}
  10: {name: Do, operations: E, type: none}
  11: {name: Path, operations: RW, type: corelnk}
""",
    PLAIN: """
object: 42801
name: Plain
version: "1.1"
multiple: true
mandatory: false
resources:
  0: {name: Value, operations: RW, type: integer}
""",
    SINGLE: """
object: 42802
name: Single
version: "1.0"
multiple: false
mandatory: false
resources:
  0: {name: Value, operations: RW, type: integer}
""",
}


def write_definitions(folder, numbers=()):
    """An object directory with DEFINITIONS, and PLAIN again under these numbers."""
    os.makedirs(folder, exist_ok=True)
    texts = DEFINITIONS | {number: DEFINITIONS[PLAIN].replace(str(PLAIN), str(number)) for number in numbers}
    for number, text in texts.items():
        with open(os.path.join(folder, f"{number}.yaml"), "w", encoding="utf-8") as file:
            file.write(text.lstrip())
    return str(folder)


class Gateway:
    """A registered daemon; `clock` skips time that nobody has to wait for."""

    def __init__(self, daemon, server, folder, version="1.1", numbers=(), config=None, clock=True):
        self.daemon, self.server = daemon, server
        self.clock = Clock(daemon) if clock else None
        daemon.arguments.append("--object-directory=" + write_definitions(folder, numbers))
        config = config or settings(servers=[factory_server(server.uri)])
        daemon.start(versioned(config, version))
        self.registration = server.wait_registration()
        daemon.wait_status("registered")
        self.forget()

    def forget(self):
        """Updates and notifications so far count no more."""
        self.updates = len(self.registration.updates)

    def settle(self):
        """Whatever the daemon had to send has come when a Read is answered."""
        assert self.server.read("/3/0/16").code_text == "2.05"

    def wait_announced(self, *present, absent=(), timeout=10.0):
        """Until the newest object list has these links and not those; 2 s of collecting are skipped."""
        def announced():
            lists = [each for each in self.registration.updates if each.payload]
            return (lists or [self.registration.request])[-1].text

        def is_told():
            links = announced().split(",")
            return all(each in links for each in present) and not any(each in links for each in absent)
        if self.clock is not None:
            self.clock.sleep(2)
        try:
            self.server.wait(is_told, timeout, "announcement")
        except TimeoutError as error:
            raise TimeoutError(f"{present} and not {absent}, but {announced()}") from error

    def count_updates(self):
        """Since forget()."""
        return len(self.registration.updates) - self.updates

    def read(self, path, **keywords):
        """{path: value}, or the code."""
        response = self.server.read(path, accept=SENML_CBOR, **keywords)
        return senml_cbor_decode(response.payload) if response.code_text == "2.05" else response.code_text

    def read_composite(self, *paths):
        response = self.server.read_composite(paths, accept=SENML_JSON)
        return senml_json_decode(response.payload) if response.code_text == "2.05" else response.code_text

    def begin(self, method, path, **keywords):
        """A request whose answer ended() waits for."""
        message = self.server.message(self.server.session, method, path, **keywords)
        self.server.send(self.server.session, message)
        return message

    def again(self, message):
        """The same datagram once more."""
        self.server.send(self.server.session, message)

    def ended(self, message, timeout=10.0):
        """The answer, also where it is a message of its own."""
        return self.server.wait_for(lambda each: each.is_response and each.token == message.token,
                                    timeout).message

    def acknowledged(self, message, timeout=10.0):
        self.server.wait_for(lambda each: each.type == Type.ACK and each.mid == message.mid, timeout)
