# SPDX-License-Identifier: Apache-2.0
"""OMA's cases of Device (/3), step by step, in each version to which they apply; logind and timedated are
stubs on the private bus."""
import pytest

from daemon_clock import Clock
from lwm2m_peer import DELETE, POST, TEXT, TLV, tlv_decode, tlv_instance
from oma import C_3, DEVICE, versions
from system_services import Logind, Timedated

TIME, OFFSET, ZONE = 13, 14, 15
PARIS = bytes.fromhex("C4 0D 51 82 42 8F  C6 0E 2B 30 32 3A 30 30  C8 0F 0C") + b"Europe/Paris"
DEVICE_STRINGS = [DEVICE[name].encode() for name in ("manufacturer", "model_number", "serial_number",
                                                     "firmware_version")]


@pytest.fixture
def server(bench):
    """The LwM2M Server with which a client in configuration C.3 is registered."""
    bench.register(C_3)
    return bench.server


@versions()
def test_1_1_int_241_execute_of_reboot(bench, bus):
    """The machine reboots when logind is asked: the client stops and starts, and registers again."""
    bench.config["device"]["reboot"] = "logind"
    logind = Logind(bus)
    try:
        registration = bench.register(C_3)
        assert bench.server.execute("/3/0/4").code_text == "2.04"
        logind.wait_call("Reboot")
        assert bench.daemon.stop() == 0
        bench.daemon.start()
        again = bench.server.wait_registration(2)
        assert again.query == registration.query
    finally:
        logind.close()


@versions()
def test_1_1_int_651_write_of_time_and_zone(bench, bus):
    """The zone that is written is the machine's already; the clock is set when timedated is asked."""
    bench.config["device"]["set_time"] = "timedated"
    clock = Clock(bench.daemon)
    bench.daemon.environment["TZ"] = ":Europe/Paris"
    timedated = Timedated(bus)

    def read():
        response = bench.server.read("/3/0", accept=TLV)
        assert response.code_text == "2.05"
        values = tlv_decode(response.payload)
        return values, int.from_bytes(values[TIME], "big")

    def write(payload, seconds, number):
        assert bench.server.write("/3/0", payload, TLV, method=POST).code_text == "2.04"
        asked = timedated.wait_call("SetTime", number=number)
        assert asked.arguments[0] == seconds * 1000000
        clock.set(clock.offset + seconds - int(clock.now()))
    try:
        bench.register(C_3)
        before, seconds = read()
        write(PARIS, 1367491215, 1)
        values = clock.read_at(read, 1367491215)
        assert (values[OFFSET], values[ZONE]) == (b"+02:00", b"Europe/Paris")
        write(tlv_instance({number: before[number] for number in (TIME, OFFSET, ZONE)}), seconds, 2)
        assert [call[1] for call in timedated.asked() if call[0] == "SetTimezone"] == ["Europe/Paris"] * 2
        values = clock.read_at(read, seconds)
        assert (values[OFFSET], values[ZONE]) == (before[OFFSET], before[ZONE])
    finally:
        timedated.close()


@versions()
def test_1_1_int_652_read_of_the_firmware_version(server):
    response = server.read("/3/0/3", accept=TEXT)
    assert (response.code_text, response.content_format) == ("2.05", TEXT)
    assert response.payload == DEVICE_STRINGS[3]


@versions()
def test_1_1_int_680_creation_of_a_device(server):
    assert server.create(3, tlv_instance({0: b"x"})).code_text == "4.05"


@versions()
def test_1_1_int_685_deletion_of_the_device(server):
    assert server.operation(DELETE, "/3/0").code_text == "4.05"
    assert server.read("/3/0/0", accept=TEXT).payload == DEVICE_STRINGS[0]
