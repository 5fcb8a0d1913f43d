# SPDX-License-Identifier: Apache-2.0
"""What OMA's interoperability cases begin with: the configurations of the test specification, ETS INT 1.2.1.

A test of a case is called test_<release>_int_<number>[_<number>...]_<words>.
"""
import os

import pytest

from credentials import Certificates, Psk
from harness import ENDPOINT, HAVE_DISCOVER, factory_server, settings, versioned
from lwm2m_peer import SENML_CBOR, TLV, finish, links, security, server_object, write

VERSIONS = ("1.0", "1.1", "1.2")
BOOTSTRAP_PSK = Psk("bootstrap-identity", "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf")
SERVER_PSK = Psk("server-identity", "000102030405060708090a0b0c0d0e0f")
LIFETIME = 86400

DEVICE = {"manufacturer": "Example", "model_number": "Gateway", "serial_number": "0815",
          "firmware_version": "1.2.3"}

# Beyond C.1: Default Minimum and Maximum Period, Disable Timeout
C_3 = {2: 1, 3: 10, 5: 86400}

# C.4: a battery and USB as the kernel shows them, in uV and uA
SUPPLIES = {"battery": {"type": "Battery", "present": 1, "status": "Full", "capacity": 100,
                        "voltage_now": 3800000, "current_now": 125000},
            "usb": {"type": "USB", "online": 1, "voltage_now": 5000000, "current_now": 900000}}


def power_supplies(bench):
    """Gives the client's machine these power supplies."""
    folder = os.path.join(bench.daemon.folder, "power_supply")
    for name, attributes in SUPPLIES.items():
        os.makedirs(os.path.join(folder, name))
        for attribute, value in attributes.items():
            with open(os.path.join(folder, name, attribute), "w", encoding="ascii") as file:
                file.write(f"{value}\n")
    bench.config["device"]["power"] = "sysfs"
    bench.daemon.environment["LWM2M_POWER_SUPPLY_FOLDER"] = folder


needs_discover = pytest.mark.skipif(not HAVE_DISCOVER, reason="built without Bootstrap-Discover")


def versions(*which):
    """The LwM2M versions to which a case applies; all of them without words."""
    return pytest.mark.parametrize("version", which or VERSIONS)


def default_format(version):
    """That of an answer to a Read without Accept."""
    return TLV if version == "1.0" else SENML_CBOR


def certificates(pki, version):
    """Of C.13's Bootstrap-Server Account and of C.17's LwM2M Server."""
    return (Certificates(pki, version, pki.bootstrap_localhost, pki.bootstrap_device),
            Certificates(pki, version, pki.localhost, pki.device))


class Bench:
    """A client in configuration C.13, a Bootstrap-Server Account in /0/1 and nothing else, a Bootstrap
    Server and an LwM2M Server, each behind DTLS with a credential of its own."""

    def __init__(self, daemon, peers, version, credentials=(BOOTSTRAP_PSK, SERVER_PSK)):
        self.daemon, self.peers, self.version = daemon, peers, version
        self.server, self.bootstrap = peers.server(), peers.bootstrap()
        bootstrap, self.credential = credentials
        self.front, self.uri = self.credential.terminator(peers, self.server.port)
        self.outer, bootstrap_uri = bootstrap.terminator(peers, self.bootstrap.port)
        self.config = settings()
        self.config["lwm2m_version"] = version
        self.config["bootstrap"]["server"] = {**bootstrap.account(bootstrap_uri), "instance_id": 1}
        self.config["device"] = dict(DEVICE)

    def security(self, uri=None, ssid=1):
        """C.1's Security instance, of the bench's LwM2M Server."""
        return security(uri or self.uri, ssid) | self.credential.resources()

    def server_object(self, ssid=1, **resources):
        """C.1's Server instance."""
        return server_object(ssid, LIFETIME, storing=False, **resources)

    def objects(self, cf=TLV, **resources):
        """The account of C.1 in /0/0 and /1/0, each written on the level of the Object."""
        return [write("/0", {0: self.security()}, cf), write("/1", {0: self.server_object(**resources)}, cf)]

    def factory(self, uri, ssid=1):
        """Factory Bootstrap: an account of the configuration, beside C.13."""
        entry = factory_server(uri, ssid, LIFETIME) | self.credential.account(uri)
        self.config["servers"] = [*self.config.get("servers", []), entry]
        versioned(self.config, self.version)

    def run(self, script, number=1):
        """Starts the client against a script; the finished Run."""
        self.bootstrap.script = script
        self.daemon.start(self.config)
        return self.bootstrap.wait_run(number)

    def register(self, resources=None):
        """Registered in configuration C.1, or what more of /1/0 is given; the Registration."""
        self.bootstrap.script = [write("/0", {0: self.security()}),
                                 write("/1", {0: self.server_object() | (resources or {})}), finish()]
        self.daemon.start(self.config)
        self.daemon.wait_status("registered")
        return self.server.wait_registration()

    def assert_bootstrap_request(self, number=1):
        """The number-th POST /bs as the specification wants it, and it came through DTLS."""
        record = self.bootstrap.first_transmissions()[number - 1]
        request = record.message
        assert request.query == {"ep": ENDPOINT}
        assert not request.payload and request.content_format is None
        self.outer.wait_event("connected", number)

    def links(self, response, *objects):
        """The links of a Bootstrap-Discover to these Objects, without the URI that may stand in those to /0
        (not in 1.0)."""
        found = links(response.payload)
        assert self.version != "1.0" or ";uri=" not in response.text
        assert found[0] == ('lwm2m="1.0"' if self.version == "1.0" else f"</>;lwm2m={self.version}")
        shown = [link.split(";uri=")[0] for link in found[1:]]
        return [link for link in shown if link.strip("</").split(">")[0].split("/")[0] in objects]

    def assert_registered(self):
        """As in 1.1-int-401: DTLS, Register 2.01, Read of /3/0 2.05."""
        self.front.wait_event("connected")
        registration = self.server.wait_registration()
        assert registration.query["lt"] == str(LIFETIME) and registration.query["lwm2m"] == self.version
        assert self.server.read("/3/0", accept=TLV).code_text == "2.05"
        self.daemon.wait_status("registered")
        assert self.daemon.get_server(1, "SecurityMode") == self.credential.name
        assert self.credential.suite in self.daemon.get_server(1, "Cipher")
