# SPDX-License-Identifier: Apache-2.0
"""What one server and the client know each other by: the server's end, the keys of the YAML, the Resources
of /0/x."""
from dtls_peer import certificate_modes
from harness import certified, psk


class Psk:
    """The pre-shared key of one server."""
    name, suite = "psk", "PSK"

    def __init__(self, identity, key_hex):
        self.identity, self.key_hex = identity, key_hex

    def terminator(self, peers, port):
        """DTLS in front of the plain peer at this port, and its URI."""
        front = peers.terminator(port, self.identity, self.key_hex)
        return front, front.uri

    def account(self, uri):
        """In the configuration."""
        return psk(uri, self.identity, self.key_hex)

    def resources(self):
        """Of /0/x: {id: value}."""
        return {2: 0, 3: self.identity.encode(), 5: bytes.fromhex(self.key_hex)}


class Certificates:
    """The client's certificate for one server, and how it knows that server: by its name and the CA; in
    LwM2M 1.0, which has no Certificate Usage, by its certificate."""
    name, suite = "certificate", "ECDHE"

    def __init__(self, pki, version, server, device):
        self.pki, self.server, self.device = pki, server, device
        self.expected = server if version == "1.0" else pki.root
        self.usage = None if version == "1.0" else 2

    def terminator(self, peers, port):
        front = peers.terminator(port, "", "", *certificate_modes(self.server, self.pki.intermediate),
                                 "insist", f"ca={self.pki.root.certificate_file}")
        return front, f"coaps://localhost:{front.port}"

    def account(self, uri):
        usage = {} if self.usage is None else {"certificate_usage": self.usage}
        return certified(uri, self.device, server_certificate_file=self.expected.certificate_file, **usage)

    def resources(self):
        usage = {} if self.usage is None else {15: self.usage}
        return {2: 2, 3: self.device.der, 4: self.expected.der, 5: self.device.key.pkcs8, **usage}
