# SPDX-License-Identifier: Apache-2.0
"""Sixteen services that publish at once, come and go; tests/soak/publishers.py does it for a minute."""
from crowd import OBJECTS, Crowd
from gateway import Gateway
from harness import factory_server, settings
from lwm2m_peer import SENML_CBOR

SECONDS = 6


def test_no_wrong_value(daemon, server, tmp_path, bus):
    config = settings(servers=[factory_server(server.uri)])
    gateway = Gateway(daemon, server, tmp_path / "objects", numbers=OBJECTS, config=config)
    crowd = Crowd(gateway, bus, seed=1)
    everybody = crowd.run(SECONDS)
    crowd.check_full()
    assert crowd.looks > 20 and server.read("/3/0", accept=SENML_CBOR).code_text == "2.05"
    crowd.leave(*everybody)
