# SPDX-License-Identifier: Apache-2.0
"""Object 3 by its back ends: logind, timedated, sysfs and the accounts."""
import os
import time

import pytest
from daemon_clock import Clock
from harness import FILE_SHIM, Bus, factory_server, settings
from lwm2m_peer import GET, LINK, POST, PUT, SILENCE, TEXT, TLV, tlv_decode, tlv_resource
from system_services import HANG, VANISH, Error, Logind, Timedated

ALL = {"reboot": "logind", "factory_reset": "accounts", "set_time": "timedated"}
SYNCHRONIZED = Error("org.freedesktop.timedate1.AutomaticTimeSyncEnabled",
                     "Automatic time synchronization is enabled")
DENIED = Error("org.freedesktop.DBus.Error.AccessDenied", "Permission denied")
UNKNOWN_ZONE = Error("org.freedesktop.DBus.Error.InvalidArgs", "Invalid or not installed time zone 'X'")


@pytest.fixture
def logind(bus):
    service = Logind(bus)
    yield service
    service.close()


@pytest.fixture
def timedated(bus):
    service = Timedated(bus)
    yield service
    service.close()


def start(daemon, server, **device):
    """Registered with an account of the configuration."""
    daemon.environment["TZ"] = ":Europe/Berlin"
    daemon.start({**settings(servers=[factory_server(server.uri)]), "device": device or ALL})
    registration = server.wait_registration()
    daemon.wait_status("registered")
    return registration


def refusal(response):
    return response.code_text, response.text


def test_changed_string_is_notified(daemon, server):
    start(daemon, server, manufacturer="Maker", serial_number="7")
    maker, number = (server.observe(path, accept=TEXT) for path in ("/3/0/0", "/3/0/2"))
    assert (maker.answer.payload, number.answer.payload) == (b"Maker", b"7")
    daemon.configure({**settings(servers=[factory_server(server.uri)]),
                      "device": {"manufacturer": "Other", "serial_number": "7"}})
    daemon.call("Reload")
    assert maker.wait(1).payload == b"Other"
    daemon.configure({**settings(servers=[factory_server(server.uri)]), "device": {"manufacturer": "Other"}})
    daemon.call("Reload")
    assert number.wait(1).code_text == "4.04" and (maker.count(), number.count()) == (1, 1)


def test_string_that_a_file_says(daemon, server, tmp_path):
    version, missing = tmp_path / "version", tmp_path / "missing"
    version.write_text("1.0\n")
    device = {"firmware_version": f"{{file:{version}}}", "model_number": f"M-{{file:{missing}}}"}
    start(daemon, server, **device)
    observed = server.observe("/3/0/3", accept=TEXT)
    assert observed.answer.payload == b"1.0" and server.read("/3/0/1").code_text == "4.04"
    daemon.wait_event("VALUE_LOST", rf"/3/0/1 has no value: {missing} cannot be read \(.*\)\.")
    version.write_text("1.1\n")
    missing.write_text("1\n")
    daemon.call("Reload")
    assert observed.wait(1).payload == b"1.1" and server.read("/3/0/1", accept=TEXT).payload == b"M-1"
    daemon.wait_event("VALUE_BACK", r"/3/0/1 has a value again\.")


def test_string_whose_file_hangs(daemon, server, tmp_path):
    """A Read of it waits, and nobody else."""
    daemon.environment = {"LD_PRELOAD": FILE_SHIM, "ASAN_OPTIONS": "verify_asan_link_order=0"}
    version = tmp_path / "hung"
    version.write_text("1.0\n")
    os.mkfifo(tmp_path / "hung.release")
    start(daemon, server, firmware_version=f"{{file:{version}}}")
    request = server.message(server.session, GET, "/3/0/3", accept=TEXT)
    server.send(server.session, request)
    assert server.read("/3/0/16").code_text == "2.05"
    (tmp_path / "hung.release").write_text("")
    answer = server.wait_for(lambda each: each.token == request.token and each.is_response).message
    assert (answer.code_text, answer.payload) == ("2.05", b"1.0")


# --- Reboot

def test_reboot_comes_after_the_answer_and_the_deregister(daemon, server, logind):
    registration = start(daemon, server)
    answer = server.execute("/3/0/4")
    assert answer.code_text == "2.04"
    answered = server.wait_for(lambda each: each.token == answer.token and each.is_response).time
    reboot = logind.wait_call("Reboot")
    assert logind.asked() == [("CanReboot",), ("Reboot", False)]
    assert registration.deregistered and logind.calls[0].at < answered < reboot.at
    daemon.wait_property("Status", "initial")
    daemon.wait_event("REBOOT", r"LwM2M Server 1 reboots the machine\.")
    assert daemon.stop() == 0 and len(server.registrations) == 1


@pytest.mark.parametrize("answer, wanted", [
    (("s", ("no",)), ("5.00", "CanReboot: no")),
    (("s", ("challenge",)), ("5.00", "CanReboot: challenge")),
    (("s", ("na",)), ("4.05", "cannot be rebooted")),
    (("s", ("YES",)), ("5.00", "CanReboot: YES")),
    (("u", (1,)), ("5.00", "CanReboot: ")),
    (DENIED, ("5.00", "logind refuses: Permission denied")),
    (VANISH, ("5.00", "logind does not answer")),
    (HANG, ("5.00", "logind does not answer")),
], ids=["no", "challenge", "na", "another-word", "a-number", "error", "vanishes", "hangs"])
def test_reboot_that_logind_refuses(daemon, server, logind, answer, wanted):
    registration = start(daemon, server)
    logind.answers["CanReboot"] = answer
    response = server.execute("/3/0/4")
    assert response.code_text == wanted[0] and wanted[1] in response.text
    daemon.wait_event("DEVICE_REFUSED", r"LwM2M Server 1 asks for a reboot, and gets " + wanted[0],
                      path="/3/0/4", server_uri=server.uri)
    assert logind.asked() == [("CanReboot",)]
    assert registration.active and server.read("/3/0/16").code_text == "2.05"


def test_reboot_without_logind(daemon, server):
    start(daemon, server)
    daemon.wait_event("BACK_END_MISSING",
                      r"^device\.reboot is logind, but there is no logind on the system bus")
    assert refusal(server.execute("/3/0/4")) == ("5.00", "there is no logind on the system bus")


def test_refusal_is_told_once_until_something_else_is(daemon, server, logind):
    """A line of the journal is not for a server to ask for as often as it likes."""
    start(daemon, server)
    logind.answers["CanReboot"] = [("s", ("no",)), ("s", ("no",)), ("s", ("challenge",)), ("s", ("no",))]
    for _ in range(5):
        assert server.execute("/3/0/4").code_text == "5.00"
    daemon.wait_log("asks for a reboot", number=3)
    for _ in range(2):
        assert server.write("/3/0/13", b"1700000000").code_text == "5.00"
    assert server.write("/3/0/15", b"Europe/Paris").code_text == "5.00"
    assert server.execute("/3/0/4").code_text == "5.00"
    daemon.call("Restart")
    daemon.wait_log("Registered with LwM2M Server 1", number=2)     # behind everything that was told before
    lines = [line for line in daemon.lines if "asks for a reboot" in line]
    assert [line.split("CanReboot: ")[1].split(")")[0] for line in lines] == ["no", "challenge", "no"]
    assert len([line for line in daemon.lines if "sets time or time zone, and gets 5.00" in line]) == 1


def test_reboot_that_comes_to_nothing_registers_again(daemon, server, logind):
    """logind has agreed, and then refuses all the same: nobody may lose the device."""
    registration = start(daemon, server)
    logind.answers["Reboot"] = DENIED
    assert server.execute("/3/0/4").code_text == "2.04"
    server.wait_registration(2)
    assert registration.deregistered
    daemon.wait_event("REBOOT_FAILED", r"The machine is not rebooted, .* logind refuses: Permission denied")
    daemon.wait_status("registered", number=2)
    # A De-register for another reason reboots nothing.
    daemon.call_server(1, "Disable", "u", (1,))
    server.wait_registration(3)
    daemon.wait_status("registered", number=3)
    assert logind.asked() == [("CanReboot",), ("Reboot", False)]


def test_dead_server_holds_the_reboot_up_for_a_second(daemon, server, peers, logind):
    """So long its answer to the De-register is waited for, and no longer."""
    dead = peers.server()
    servers = [factory_server(server.uri), factory_server(dead.uri, 2)]
    daemon.start({**settings(servers=servers), "device": ALL})
    server.wait_registration()
    dead.wait_registration()
    dead.handle = lambda *_: SILENCE
    asked = time.monotonic()
    assert server.execute("/3/0/4").code_text == "2.04"
    dead.wait_for(lambda message: message.method == "DELETE")
    assert 1 <= logind.wait_call("Reboot").at - asked < 5


def test_reboot_is_asked_for_once(daemon, server, logind):
    """A repetition of the request asks nobody again; another server has to wait for its turn."""
    start(daemon, server)
    logind.answers["CanReboot"] = HANG
    message = server.message(server.session, POST, "/3/0/4")
    server.send(server.session, message)
    logind.wait_call("CanReboot")
    server.send(server.session, message)
    assert refusal(server.execute("/3/0/4")) == ("5.03", "logind is being asked already")
    assert server.read("/3/0/16").code_text == "2.05"     # the loop is not held up
    assert logind.asked() == [("CanReboot",)]
    assert not [line for line in daemon.lines if "asked already" in line]   # as often as a server likes


# --- Factory Reset

def test_factory_reset_forgets_the_accounts(daemon, server, bootstrap):
    daemon.start({**settings(bootstrap.uri), "device": ALL})
    registration = server.wait_registration()
    daemon.wait_status("registered")
    assert server.execute("/3/0/5").code_text == "2.04"
    bootstrap.wait_run(2)
    server.wait_deregistered(registration)
    server.wait_registration(2)
    daemon.wait_event("FACTORY_RESET", r"LwM2M Server 1 resets the client to its configuration\.")
    daemon.wait_status("registered", number=2)


# --- Time and time zone

WRITES = {
    "time": ("/3/0/13", b"1700000000", "2.04", [("SetTime", 1700000000000000, False, False)]),
    "zone": ("/3/0/15", b"Asia/Tokyo", "2.04", [("SetTimezone", "Asia/Tokyo", False)]),
    "offset-alone": ("/3/0/14", b"+02:00", "2.04", [("SetTimezone", "Etc/GMT-2", False)]),
    "offset-west": ("/3/0/14", b"-05:00", "2.04", [("SetTimezone", "Etc/GMT+5", False)]),
    "offset-of-half-an-hour": ("/3/0/14", b"+05:30", "4.00", []),
    "offset-that-is-none": ("/3/0/14", b"two hours", "4.00", []),
    "zone-that-is-a-rule": ("/3/0/15", b"CET-1CEST,M3.5.0", "4.00", []),
    "zone-that-is-a-path": ("/3/0/15", b"../../etc/passwd", "4.00", []),
    "empty-zone": ("/3/0/15", b"", "4.00", []),
    "time-before-1970": ("/3/0/13", b"-5", "4.00", []),
    "time-without-end": ("/3/0/13", b"9223372036854775807", "4.00", []),
}


@pytest.mark.parametrize("path, value, wanted, calls", WRITES.values(), ids=WRITES)
def test_write_of_time_and_zone(daemon, server, timedated, path, value, wanted, calls):
    start(daemon, server)
    response = server.write(path, value)
    assert response.code_text == wanted and bool(response.text) == (wanted != "2.04")
    assert timedated.asked() == calls
    if wanted == "2.04":
        daemon.wait_event("DEVICE_SET", short_server_id=1, server_uri=server.uri)
    else:
        assert not daemon.events("DEVICE_SET")


def whole(seconds, offset, zone):
    return (tlv_resource(13, seconds) + tlv_resource(14, offset) + tlv_resource(15, zone))


def test_all_three_at_once(daemon, server, timedated):
    """The zone decides, the offset beside it has only to be one."""
    start(daemon, server)
    values = whole(1367491215, b"+02:00", b"Europe/Paris")
    assert server.write("/3/0", values, TLV, method=POST).code_text == "2.04"
    assert timedated.asked() == [("SetTimezone", "Europe/Paris", False),
                                 ("SetTime", 1367491215000000, False, False)]
    assert server.write("/3/0", whole(1367491215, b"tomorrow", b"Europe/Paris"), TLV,
                        method=POST).code_text == "4.00"
    assert len(timedated.calls) == 2


def test_time_while_it_is_synchronized(daemon, server, timedated):
    """All or nothing: the zone that was set before is the one from before again."""
    start(daemon, server)
    timedated.answers["SetTime"] = SYNCHRONIZED
    wanted = ("5.00", "timedated refuses: Automatic time synchronization is enabled")
    assert refusal(server.write("/3/0/13", b"1700000000")) == wanted
    daemon.wait_event("DEVICE_REFUSED",
        r"LwM2M Server 1 sets time or time zone, and gets 5\.00: timedated refuses: Automatic")
    assert timedated.asked() == [("SetTime", 1700000000000000, False, False)]
    values = whole(1700000000, b"+09:00", b"Asia/Tokyo")
    assert refusal(server.write("/3/0", values, TLV, method=POST)) == wanted
    timedated.wait_call("SetTimezone", number=2)
    assert timedated.asked()[1:] == [("SetTimezone", "Asia/Tokyo", False),
                                     ("SetTime", 1700000000000000, False, False),
                                     ("SetTimezone", "Europe/Berlin", False)]


@pytest.mark.parametrize("answer, wanted", [
    (UNKNOWN_ZONE, ("4.00", "timedated refuses: Invalid or not installed time zone 'X'")),
    (DENIED, ("5.00", "timedated refuses: Permission denied")),
    (VANISH, ("5.00", "timedated does not answer")),
], ids=["unknown", "denied", "vanishes"])
def test_zone_that_timedated_refuses(daemon, server, timedated, answer, wanted):
    start(daemon, server)
    timedated.answers["SetTimezone"] = answer
    assert refusal(server.write("/3/0/15", b"Europe/X")) == wanted
    assert refusal(server.write("/3/0", whole(1700000000, b"Z", b"Europe/X"), TLV, method=POST))[0] in (
        wanted[0], "5.00")
    assert "SetTime" not in {call.member for call in timedated.calls}


def test_time_without_timedated(daemon, server):
    start(daemon, server)
    daemon.wait_event("BACK_END_MISSING",
                      r"^device\.set_time is timedated, but there is no timedated on the system bus")
    assert refusal(server.write("/3/0/13", b"1700000000")) == (
        "5.00", "there is no timedated on the system bus")


def test_time_is_set_by_one_server_at_a_time(daemon, server, timedated):
    start(daemon, server)
    timedated.answers["SetTime"] = HANG
    server.send(server.session, server.message(server.session, PUT, "/3/0/13", b"1700000000", TEXT))
    timedated.wait_call("SetTime")
    assert refusal(server.write("/3/0/13", b"1700000001")) == ("5.03", "it is being set already")
    assert server.read("/3/0/16").code_text == "2.05"     # the loop is not held up
    assert len(timedated.calls) == 1
    assert not [line for line in daemon.lines if "being set already" in line]   # as often as a server likes


# --- Without back ends, without a bus

def missed(daemon):
    return [line for line in daemon.lines if "but there is no" in line]


def test_back_ends_that_are_there_are_not_missed(daemon, server, logind, timedated, supplies):
    start(daemon, server, power="sysfs", **ALL)
    assert server.read("/3/0/9").code_text == "2.05" and server.execute("/3/0/4").code_text == "2.04"
    assert not missed(daemon) and logind.asked()[0] == ("CanReboot",) and not timedated.calls


def test_back_ends_that_the_bus_would_start_are_not_missed(tmp_path, make_daemon, server):
    """And the daemon has none of them started for that."""
    private, marker = Bus(str(tmp_path)), tmp_path / "started"
    for name in Logind.NAME, Timedated.NAME:
        (tmp_path / f"{name}.service").write_text(
            f"[D-BUS Service]\nName={name}\nExec=/bin/sh -c 'touch {marker}; exit 1'\n")
    with open(private.config, encoding="utf-8") as file:
        text = file.read().replace("<type>system</type>", f"<type>session</type><servicedir>{tmp_path}"
                                                          "</servicedir>")
    with open(private.config, "w", encoding="utf-8") as file:
        file.write(text)
    private.start()
    try:
        daemon = make_daemon(private)
        start(daemon, server)
        assert not missed(daemon) and not marker.exists()
        assert server.execute("/3/0/4").code_text == "5.00" and marker.exists()
        assert daemon.stop() == 0
    finally:
        private.stop()


def test_back_end_that_a_reload_brings_is_missed(daemon, server):
    start(daemon, server, manufacturer="Example")
    assert not missed(daemon)
    daemon.configure({**settings(servers=[factory_server(server.uri)]), "device": {"reboot": "logind"}})
    for _ in range(2):
        daemon.call("Reload")
    daemon.wait_log("^device\\.reboot is logind, but there is no logind")
    assert len(missed(daemon)) == 1


def test_power_without_supplies(daemon, server, tmp_path):
    """Told once; a supply that comes is seen all the same."""
    clock = Clock(daemon)
    supplies = Supplies(tmp_path / "power_supply", empty=True)
    daemon.environment["LWM2M_POWER_SUPPLY_FOLDER"] = supplies.folder
    start(daemon, server, power="sysfs")
    daemon.wait_event("POWER_UNREADABLE", r"^device\.power is sysfs, but there is no power supply in ")
    assert server.read("/3/0/9").code_text == "4.04"
    supplies.fill()
    clock.sleep(10)
    assert server.read("/3/0/9", accept=TEXT).payload == b"63"
    assert len(missed(daemon)) == 1


def test_without_back_ends(daemon, server, logind, timedated):
    start(daemon, server, manufacturer="Example")
    for response in (server.execute("/3/0/4"), server.execute("/3/0/5"),
                     server.write("/3/0/13", b"1700000000"), server.write("/3/0/14", b"+02:00"),
                     server.write("/3/0/15", b"Europe/Paris"),
                     server.write("/3/0", whole(1, b"Z", b"UTC"), TLV, method=POST)):
        assert response.code_text == "4.05" and response.text
    for path in ("/3/0/6", "/3/0/7", "/3/0/8", "/3/0/9", "/3/0/20"):
        assert server.read(path).code_text == "4.04"
    assert not logind.calls and not timedated.calls
    assert server.wait_registration().active


def test_without_a_bus(make_daemon, server):
    daemon = make_daemon()
    daemon.start({**settings(servers=[factory_server(server.uri)]), "device": ALL}, arguments=["--no-bus"])
    server.wait_registration()
    for response in server.execute("/3/0/4"), server.write("/3/0/13", b"1700000000"):
        assert refusal(response) == ("5.00", "there is no system bus")


# --- Power supplies

class Supplies:
    """A folder as /sys/class/power_supply."""

    def __init__(self, folder, empty=False):
        self.folder = str(folder)
        os.makedirs(self.folder)
        if not empty:
            self.fill()

    def fill(self):
        self.put("AC", type="Mains", online=1)
        self.put("BAT0", type="Battery", present=1, status="Charging", capacity=63, voltage_now=12300000,
                 current_now=-1500000)

    def put(self, supply, **attributes):
        os.makedirs(os.path.join(self.folder, supply), exist_ok=True)
        for name, value in attributes.items():
            path = os.path.join(self.folder, supply, name)
            with open(path + "~", "w", encoding="ascii") as file:
                file.write(f"{value}\n")
            os.rename(path + "~", path)


@pytest.fixture
def supplies(tmp_path, daemon):
    folder = Supplies(tmp_path / "power_supply")
    daemon.environment["LWM2M_POWER_SUPPLY_FOLDER"] = folder.folder
    return folder


def number(data):
    return int.from_bytes(data, "big", signed=True)


def test_power_supplies(daemon, server, supplies):
    start(daemon, server, power="sysfs")
    response = server.read("/3/0", accept=TLV)
    values = tlv_decode(response.payload)
    assert {key: number(value) for key, value in values[6].items()} == {0: 6, 1: 1}
    assert {key: number(value) for key, value in values[7].items()} == {1: 12300}
    assert {key: number(value) for key, value in values[8].items()} == {1: -1500}
    assert (number(values[9]), number(values[20]), values[11]) == (63, 1, {0: b"\0"})
    assert "</3/0/9>" in server.discover("/3/0").text


@pytest.mark.parametrize("method,path,accept,expected", [
    pytest.param(GET, "/3/0/9", TEXT, ("2.05", b"63"), id="read"),
    pytest.param(GET, "/3/0/9", LINK, ("2.05", b"</3/0/9>"), id="discover"),
    pytest.param(PUT, "/3/0/9?pmin=1", None, ("2.04", b""), id="write-attributes"),
])
def test_a_driver_that_hangs_holds_nobody_up(daemon, server, supplies, method, path, accept, expected):
    os.unlink(os.path.join(supplies.folder, "BAT0", "status"))
    os.mkfifo(os.path.join(supplies.folder, "BAT0", "status"))
    start(daemon, server, power="sysfs")
    request = server.message(server.session, method, path, accept=accept)
    server.send(server.session, request)
    assert server.read("/3/0/16").code_text == "2.05"
    with open(os.path.join(supplies.folder, "BAT0", "status"), "w", encoding="ascii") as driver:
        driver.write("Discharging\n")
    answer = server.wait_for(lambda each: each.token == request.token and each.is_response).message
    assert (answer.code_text, answer.payload) == expected


def test_error_code_is_observed(daemon, server, supplies):
    """Nothing tells that the mains have gone: the observation looks, 10 s apart, and the change is told."""
    clock = Clock(daemon)
    daemon.environment["LWM2M_POWER_SUPPLY_FOLDER"] = supplies.folder
    start(daemon, server, power="sysfs")
    errors = server.observe("/3/0/11", accept=TLV)
    level = server.observe("/3/0/9", accept=TEXT)
    assert tlv_decode(errors.answer.payload) == {11: {0: b"\0"}} and level.answer.payload == b"63"
    supplies.put("AC", online=0)
    supplies.put("BAT0", status="Discharging", capacity=14)
    clock.sleep(10)
    assert tlv_decode(errors.wait(1).payload) == {11: {0: b"\1", 1: b"\2"}}
    assert level.wait(1).payload == b"14"
    supplies.put("AC", online=1)
    supplies.put("BAT0", status="Charging")
    clock.sleep(10)
    assert tlv_decode(errors.wait(2).payload) == {11: {0: b"\0"}}
    assert level.count() == 1
