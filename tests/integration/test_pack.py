# SPDX-License-Identifier: Apache-2.0
"""The Bootstrap-Pack of LwM2M 1.2, as a Bootstrap Server sees it."""
import os

import pytest

from harness import ENDPOINT, HASTY_COAP, settings, versioned
from lwm2m_peer import (ACCEPT, GET, SENML_CBOR, SILENCE, account, account_values, code, finish, pack)


def configuration(bootstrap, **keys):
    return versioned(settings(bootstrap.uri, **keys), "1.2")


def test_pack_is_a_whole_bootstrap(daemon, server, peers):
    """No Bootstrap-Request, no Finish: the answer is in force."""
    bootstrap = peers.bootstrap(pack=pack(account_values(server.uri)))
    daemon.start(configuration(bootstrap))
    server.wait_registration()
    daemon.wait_status("registered")
    request, = bootstrap.pack_requests()
    assert request.message.query == {"ep": ENDPOINT, "acc": "</0/0>"}
    assert request.message.uint(ACCEPT) == SENML_CBOR
    assert not bootstrap.bootstrap_requests()
