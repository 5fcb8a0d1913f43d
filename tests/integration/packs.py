# SPDX-License-Identifier: Apache-2.0
"""What the tests of the Bootstrap-Pack share (test_pack*.py)."""
import os

from harness import HASTY_COAP, settings, versioned
from lwm2m_peer import account_values, senml_cbor_decode

PACK_LIFETIME = 111         # what a pack gives; the script of a Bootstrap-Request gives 300
LENGTH_AT = 12              # of the values behind the header of `current`: src/daemon/state_file.c


def configuration(bootstrap, servers=(), coap=HASTY_COAP, **keys):
    return versioned(settings(bootstrap.uri, servers, coap=coap, **keys), "1.2")


def given(server, **keywords):
    """The values of a pack that is as it should be."""
    return account_values(server.uri, **{"lifetime": PACK_LIFETIME, **keywords})


def stored(daemon):
    """{path: value} of `current`."""
    with open(os.path.join(daemon.state_directory, "current"), "rb") as file:
        data = file.read()
    length = int.from_bytes(data[LENGTH_AT:LENGTH_AT + 4], "big")
    return senml_cbor_decode(data[-length:])


def instances(daemon):
    """The paths of the Object Instances in `current`."""
    return {path.rsplit("/", 1)[0] for path in stored(daemon)}


def lifetime(server, number=1):
    """What the number-th Register says."""
    return int(server.wait_registration(number).query["lt"])
