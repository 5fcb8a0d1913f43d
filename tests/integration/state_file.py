# SPDX-License-Identifier: Apache-2.0
"""What the state directory holds; the format is src/daemon/state_file.c's."""
import os

from lwm2m_peer import senml_cbor_decode

LENGTH_AT = 12      # of the values, which stand behind the header


def stored(daemon):
    """{path: value} of `current`, {} without one."""
    try:
        with open(os.path.join(daemon.state_directory, "current"), "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return {}
    return senml_cbor_decode(data[-int.from_bytes(data[LENGTH_AT:LENGTH_AT + 4], "big"):])
