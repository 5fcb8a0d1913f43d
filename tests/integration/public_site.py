# SPDX-License-Identifier: Apache-2.0
"""A Bootstrap Server of somebody's with one LwM2M Server, gone through twice; what the client then holds."""
from credentials import Psk
from harness import nosec, settings
from state_file import stored

# identity, key; two for the LwM2M Server, for those that change it
BOOTSTRAP_KEY = ("bootstrap-device", "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf")
SERVER_KEYS = [("device", "00112233445566778899aabbccddeeff"),
               ("device-2", "ffeeddccbbaa99887766554433221100")]

BOOTSTRAP = "bootstrap"


def accounts(daemon):
    """{"/0/x" or "/1/x": Short Server ID, or BOOTSTRAP} of what is stored."""
    values, found = stored(daemon), {}
    for instance in {path.rsplit("/", 1)[0] for path in values if path.startswith(("/0/", "/1/"))}:
        is_server = instance.startswith("/1/")
        found[instance] = values[instance + "/0"] if is_server else \
            BOOTSTRAP if values.get(instance + "/1") else values[instance + "/10"]
    return found


class Site:
    """Somebody's Bootstrap Server and one LwM2M Server of theirs; a client that knows the first."""

    def __init__(self, daemon, peers):
        self.daemon, self.peers = daemon, peers
        self.bootstrap, self.server = peers.bootstrap(), peers.server()
        self.bootstrap_key = self.server_key = None
        self.uri, self.bootstrap_uri = self.server.uri, self.bootstrap.uri
        self.own = None     # what the Bootstrap Server is known by, None: NoSec
        self.front, self.version = None, "1.1"
        self.keys = {}      # of `bootstrap:`

    def secure(self, bootstrap_key=BOOTSTRAP_KEY, server_key=SERVER_KEYS[0]):
        """DTLS in front of those of the two that have a key."""
        self.bootstrap_key, self.server_key = bootstrap_key, server_key
        self.know(bootstrap_key and Psk(*bootstrap_key), server_key and Psk(*server_key))

    def know(self, own, credential):
        """DTLS in front of both, with credentials.Psk or Certificates; None for NoSec."""
        self.own = own
        if own:
            _, self.bootstrap_uri = own.terminator(self.peers, self.bootstrap.port)
        if credential:
            self.front, self.uri = credential.terminator(self.peers, self.server.port)

    def account(self):
        """The Bootstrap-Server Account of the configuration."""
        return self.own.account(self.bootstrap_uri) if self.own else nosec(self.bootstrap_uri)

    def start(self, instance_id=0):
        config = settings(**self.keys)
        config["lwm2m_version"] = self.version
        config["bootstrap"]["server"] = {**self.account(), "instance_id": instance_id}
        self.daemon.start(config)

    def assert_registered(self, number):
        """For the number-th time at this start of the daemon, and everything is well."""
        self.daemon.wait_status("registered", number=number)
        self.daemon.wait_property("SubStatus", "idle")
        assert self.daemon.get("LastError") == ("", "") and self.daemon.get("Generation") == "bootstrap"

    def go_through(self, codes, holds, again=None, between=lambda: None):
        """A bootstrap with these codes that leaves these accounts; the daemon is killed, starts and
        registers without another; a second bootstrap, by default with the same codes and accounts."""
        assert self.bootstrap.wait_run().codes == codes
        self.assert_registered(1)
        assert accounts(self.daemon) == holds
        self.daemon.kill()
        self.daemon.start()
        self.assert_registered(1)
        assert len(self.bootstrap.first_transmissions()) == 1
        between()
        self.daemon.bootstrap()
        assert self.bootstrap.wait_run(2).codes == (again or codes)
        self.assert_registered(2)
        assert accounts(self.daemon) == holds
        assert self.daemon.get("BootstrapServerURI") == self.bootstrap_uri


def credentials(key):
    """Identity and key as /0/x/3 and 5 hold them; both empty without one."""
    return (key[0].encode(), bytes.fromhex(key[1])) if key else (b"", b"")


def in_turn(*scripts):
    """The script of each bootstrap; the last one stays."""
    left = list(scripts)

    def script(server, run):
        steps = left.pop(0) if len(left) > 1 else left[0]
        if callable(steps):
            steps(server, run)
        else:
            for step in steps:
                server.step(run, step)
    return script
