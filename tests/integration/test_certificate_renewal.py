# SPDX-License-Identifier: Apache-2.0
"""Renewed certificates and keys of the configuration are taken at reload and start; nothing is forgotten."""
import os
import shutil

import pytest

from dtls_peer import certificate_modes
from harness import certified, factory_server, settings
from lwm2m_peer import TEXT
from pki import CLIENT_AUTH

REPLACED = "credential has changed in the configuration: it is replaced"


class Gateway:
    """A daemon whose Bootstrap Server insists on a certificate; its files are copies that a test renews."""

    def __init__(self, daemon, bootstrap, peers, pki):
        self.daemon, self.pki = daemon, pki
        self.modes = ["insist", f"ca={pki.root.certificate_file}"]
        self.front = peers.terminator(bootstrap.port, "", "", *certificate_modes(pki.good), *self.modes)
        self.install(pki.device)
        self.install_server(pki.good)
        self.config = settings(bootstrap.uri)
        self.config["bootstrap"]["server"] = self.account(self.front.uri)

    @staticmethod
    def account(uri, **keys):
        return certified(uri, certificate_file="device.pem", private_key_file="device.key",
                         server_certificate_file="server.pem", **keys)

    def copy(self, path, name):
        shutil.copyfile(path, os.path.join(self.daemon.folder, name))
        os.chmod(os.path.join(self.daemon.folder, name), 0o600)

    def install(self, device, key=True):
        self.copy(device.certificate_file, "device.pem")
        if key:
            self.copy(device.key_file, "device.key")

    def install_server(self, certificate):
        self.copy(certificate.certificate_file, "server.pem")

    def new_device(self, name):
        return self.pki.issue(name, self.pki.root, names=[], extended=[CLIENT_AUTH])

    def subjects(self, front=None):
        return [words[-1] for words in (front or self.front).seen("connected")]


@pytest.fixture
def gateway(daemon, server, bootstrap, peers, pki):
    made = Gateway(daemon, bootstrap, peers, pki)
    daemon.start(made.config)
    daemon.wait_status("registered")
    return made


def take_it(daemon, server, when):
    if when == "start":
        daemon.stop()
        daemon.start()
        server.wait_registration(2)
        daemon.wait_status("registered")
    else:
        daemon.call("Reload")
    assert daemon.wait_log(REPLACED)


@pytest.mark.parametrize("when", ["reload", "start"])
def test_renewed_certificate_and_key(gateway, daemon, server, bootstrap, when):
    """The next bootstrap shows the new one, also after a power cut; no bootstrap and no Register for it."""
    gateway.install(gateway.new_device(f"renewed-at-{when}"))
    take_it(daemon, server, when)
    assert len(bootstrap.first_transmissions()) == 1
    assert len(server.registrations) == (2 if when == "start" else 1)
    daemon.bootstrap()
    bootstrap.wait_run(2)
    daemon.kill()
    daemon.start()
    daemon.wait_status("registered")
    daemon.bootstrap()
    bootstrap.wait_run(3)
    assert [each.endswith(f"renewed-at-{when}") for each in gateway.subjects()] == [False, True, True]


@pytest.mark.parametrize("when", ["reload", "start"])
def test_renewed_server_certificate(gateway, daemon, server, bootstrap, pki, when):
    """The pinned certificate changes here and there."""
    gateway.front.restart(*certificate_modes(pki.renewed), *gateway.modes)
    gateway.install_server(pki.renewed)
    take_it(daemon, server, when)
    assert len(bootstrap.first_transmissions()) == 1
    daemon.bootstrap()
    bootstrap.wait_run(2)


def test_renewed_certificate_of_a_server_of_the_configuration(gateway, daemon, peers, pki):
    """That server gets a new session, the other one notices nothing."""
    first, second = peers.server(), peers.server()
    front = peers.terminator(first.port, "", "", *certificate_modes(pki.good), *gateway.modes)
    daemon.stop()
    daemon.start(settings(servers=[factory_server(front.uri) | gateway.account(front.uri),
                                   factory_server(second.uri, 2)]))
    first.wait_registration()
    second.wait_registration()
    daemon.wait_status("registered")
    assert second.write("/1/1/5", b"61").code_text == "2.04"
    gateway.install(gateway.new_device("renewed-for-a-server"))
    daemon.call("Reload")
    first.wait_registration(2)
    front.wait_event("connected", 2)
    assert gateway.subjects(front)[1].endswith("renewed-for-a-server")
    assert len(second.registrations) == 1 and second.registrations[0].active
    assert second.read("/1/1/5", accept=TEXT).payload == b"61"


def test_renewal_that_is_half_done(gateway, daemon, server, bootstrap):
    """The new certificate beside the old key is refused, and the pair of before stays in force."""
    renewed = gateway.new_device("renewed-in-two-steps")
    gateway.install(renewed, key=False)
    with pytest.raises(Exception, match="InvalidConfiguration"):
        daemon.call("Reload")
    assert "the private key does not belong to the certificate" in daemon.get("ConfigurationProblem")
    daemon.bootstrap()
    bootstrap.wait_run(2)
    gateway.install(renewed)
    daemon.call("Reload")
    daemon.wait_property("ConfigurationProblem", "")
    daemon.bootstrap()
    bootstrap.wait_run(3)
    assert [each.endswith("renewed-in-two-steps") for each in gateway.subjects()] == [False, False, True]
    assert len(server.registrations) >= 1


@pytest.mark.parametrize("file", ["device.pem", "device.key", "server.pem"])
def test_file_that_comes_late_counts_as_unchanged(gateway, daemon, server, bootstrap, file):
    daemon.stop()
    path = os.path.join(daemon.folder, file)
    os.rename(path, f"{path}.away")
    daemon.start()
    server.wait_registration(2)
    daemon.wait_status("registered")
    assert "names a file that does not exist" in daemon.get("ConfigurationProblem")
    daemon.bootstrap()
    bootstrap.wait_run(2)
    os.rename(f"{path}.away", path)
    daemon.call("Reload")
    daemon.wait_property("ConfigurationProblem", "")
    assert len(gateway.subjects()) == 2
