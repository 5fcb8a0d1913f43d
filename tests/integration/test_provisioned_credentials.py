# SPDX-License-Identifier: Apache-2.0
"""Credentials that come by a bootstrap, in each Security Mode, over each: they serve at once, after a power
cut, and when the next bootstrap brings others."""
import pytest

from credentials import Certificates, Psk
from lwm2m_peer import SENML_CBOR, TLV, finish, security, server_object, write
from public_site import BOOTSTRAP, Site

SERVER_ID = 123


def credential(pki, kind, names):
    """Of the kind, or None for NoSec; names: the server's and the client's certificate, the PSK identity."""
    server, device = names
    return {"nosec": None, "psk": Psk(device, "00112233445566778899aabbccddeeff"),
            "certificate": Certificates(pki, "1.1", getattr(pki, server), getattr(pki, device))}[kind]


def script(site, theirs, cf):
    """The account in two writes, in blocks where certificates are longer than one."""
    keys = security(site.uri, SERVER_ID) | (theirs.resources() if theirs else {})
    return [write("/0/1", keys, cf), write("/1/0", server_object(SERVER_ID), cf), finish()]


@pytest.mark.parametrize("cf", [TLV, SENML_CBOR], ids=["tlv", "senml-cbor"])
@pytest.mark.parametrize("own, theirs", [("psk", "certificate"), ("certificate", "psk"),
                                         ("certificate", "certificate"), ("nosec", "certificate"),
                                         ("certificate", "nosec")])
def test_bootstrap_in_one_mode_provisions_another(daemon, peers, pki, own, theirs, cf):
    site = Site(daemon, peers)
    site.know(credential(pki, own, ("bootstrap_localhost", "bootstrap_device")),
              known := credential(pki, theirs, ("localhost", "device")))
    site.bootstrap.script = script(site, known, cf)

    def renew():
        if theirs == "certificate":     # the next one may be another, whatever the session has seen
            site.bootstrap.script = script(site, credential(pki, theirs, ("localhost", "bootstrap_device")),
                                           cf)
    site.start()
    site.go_through(["2.04"] * 3, {"/0/0": BOOTSTRAP, "/0/1": SERVER_ID, "/1/0": SERVER_ID}, between=renew)
    assert daemon.get("BootstrapSecurityMode") == own
    assert daemon.get_server(SERVER_ID, "SecurityMode") == theirs
    if theirs == "certificate":
        subjects = [words[-1] for words in site.front.seen("connected")]
        assert subjects == ["CN=device", "CN=device", "CN=bootstrap_device"]
