# SPDX-License-Identifier: Apache-2.0
"""Moments of an update that nobody has asked about: peers that go and come, files that are harmed, a Reload
and a Reset in each State, and what the server is told meanwhile. Nothing is ever stuck."""
import os
import threading
import time

import pytest

from firmware import (AUTOMATIC, DOWNLOADED, DOWNLOADING, IDLE, MAX_DEFER, NEW, OLD, SEVERITY, UPDATING,
                      BackEnd, package)
from lwm2m_peer import TEXT, TLV, Type, tlv_decode
from oma import versions
from system_services import VANISH

BODY = package(3000)


def install(firmware):
    firmware.downloaded(BODY)
    assert firmware.update() == "2.04"


def updating(firmware, reboots=False):
    """Install has begun; what the back end is to answer by and by is released by the function returned."""
    release = threading.Event()
    firmware.back_end.reboots = reboots

    def wait(call):
        release.wait(20)
        return firmware.back_end._install(*call.arguments)
    firmware.back_end.answers["Install"] = wait
    install(firmware)
    firmware.back_end.wait_call("Install")
    firmware.wait(UPDATING)
    assert firmware.status() == (UPDATING, 0)       # its timer is set by then
    del firmware.back_end.answers["Install"]
    return release.set


def settled(firmware, timeout=10.0):
    """(State, Result) once State is 0 or 2."""
    end = time.monotonic() + timeout
    while (status := firmware.status())[0] in (DOWNLOADING, UPDATING):
        assert time.monotonic() < end, f"stuck: {status}{firmware.back_end.explain()}"
        firmware.server.wait(lambda: True, 1)
        time.sleep(0.05)
    return status


# --- peers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reboots", [False, True])
def test_server_that_goes_away_while_it_is_installed(firmware, reboots):
    """Nobody hears of the end; who comes back reads it."""
    release = updating(firmware, reboots)
    firmware.server.silent = True
    release()
    if reboots:
        firmware.logind.wait_call("Reboot", timeout=20)
        firmware.daemon.stop(30)
        firmware.server.silent = False
        firmware.reboot()
    else:
        firmware.wait_property("State", "idle")
        firmware.server.silent = False
        firmware.kill()
        firmware.start()
    firmware.wait(IDLE, 1)
    assert firmware.running_version() == NEW


def test_back_end_that_restarts_while_it_installs(firmware):
    """It has died in the middle; by its id it is asked again when it is back."""
    firmware.back_end.answers["Install"] = VANISH
    install(firmware)
    firmware.back_end.wait_call("Install")
    del firmware.back_end.answers["Install"]
    firmware.back_end.start()
    firmware.wait(IDLE, 1)
    assert firmware.back_end.asked() == ["Verify", "Install", "Install"]
    assert firmware.back_end.version == NEW


def test_bus_that_is_restarted_while_it_is_installed(firmware, bus):
    """The call is lost: by its id it is asked again, or it has failed."""
    updating(firmware)
    firmware.back_end.close()
    firmware.logind.close()
    bus.stop()
    bus.start()
    firmware.back_end.start()
    state, result = settled(firmware, 20)
    assert (state, result, firmware.back_end.version) in ((IDLE, 8, OLD), (IDLE, 1, NEW))


def test_back_end_that_answers_after_its_deadline(firmware):
    """It has failed; what it says later changes nothing."""
    release = updating(firmware)
    firmware.clock.sleep(3601)
    firmware.wait(IDLE, 8)
    release()
    firmware.server.read("/3/0")
    assert firmware.status() == (IDLE, 8)


def test_progress(firmware):
    release = updating(firmware)
    for percent in (10, 50, 200, 40):
        firmware.back_end.progress(percent, "Writing")
        firmware.wait_property("Progress", min(percent, 100))
    release()
    firmware.wait(IDLE, 1)


def test_progress_of_somebody_else(firmware, bus):
    """Only the back end's counts."""
    release = updating(firmware)
    firmware.back_end.progress(10)
    firmware.wait_property("Progress", 10)
    other = BackEnd.__new__(BackEnd)
    other.connection, other._sending, other._serials = bus.connect(), firmware.back_end._sending, iter([9])
    other.progress(77)
    other.connection.close()
    firmware.back_end.progress(20)
    firmware.wait_property("Progress", 20)
    assert (77,) not in [tuple(body) for _, _, _, body in firmware.daemon.signals if body]
    release()
    firmware.wait(IDLE, 1)


# --- files -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["removed", "truncated"])
@pytest.mark.parametrize("restart", [False, True])
def test_package_that_is_harmed_on_the_disk(firmware, harm, restart):
    """Between Verify and Install: it is not installed as if nothing had been. What the disk has changed in
    it, the back end has to see."""
    firmware.downloaded(BODY)
    file = os.path.join(firmware.daemon.state_directory, firmware.kept(BODY)[0])
    if restart:
        firmware.kill()
    if harm == "removed":
        os.unlink(file)
    else:
        os.truncate(file, 100)
    if restart:
        firmware.start()
    if firmware.status()[0] == DOWNLOADED:
        assert firmware.update() == "2.04"
    state, result = settled(firmware)
    assert state == IDLE and result not in (0, 1) and firmware.back_end.version == OLD


@pytest.mark.parametrize("harm", ["damaged", "empty", "removed"])
@pytest.mark.parametrize("state", [DOWNLOADED, UPDATING])
def test_state_file_that_is_harmed(firmware, harm, state):
    """It begins anew, with nothing on the disk, and an update can be made."""
    if state == DOWNLOADED:
        firmware.downloaded(BODY)
    else:
        updating(firmware)
    firmware.kill()
    file = os.path.join(firmware.daemon.state_directory, "firmware")
    if harm == "damaged":
        with open(file, "r+b") as stream:
            stream.seek(-3, os.SEEK_END)
            last = stream.read(1)
            stream.seek(-3, os.SEEK_END)
            stream.write(bytes([last[0] ^ 0xFF]))
    elif harm == "empty":
        os.truncate(file, 0)
    else:
        os.unlink(file)
    firmware.start()
    assert firmware.status()[0] == IDLE
    firmware.wait_kept(BODY, False)
    firmware.downloaded(package(2000, 3))


# --- Reload and Reset --------------------------------------------------------------------------------------


def without_back_end(firmware):
    firmware.config["firmware_update"]["backend"] = "none"
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    firmware.config["firmware_update"]["backend"] = BackEnd.NAME
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    end = time.monotonic() + 5
    while firmware.server.read("/5/0/3").code_text != "2.05":
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize("state", [DOWNLOADED, UPDATING])
def test_reload_that_takes_the_back_end_away(firmware, state):
    """And brings it back: the Object is there again, and not stuck."""
    if state == DOWNLOADED:
        firmware.downloaded(BODY)
    else:
        updating(firmware)()
    without_back_end(firmware)
    status = settled(firmware)
    assert status[0] in (IDLE, DOWNLOADED)
    if status[0] == DOWNLOADED:
        assert firmware.update() == "2.04"
        assert settled(firmware)[0] == IDLE


@pytest.mark.parametrize("backend", ["none", "org.example.Nobody"])
def test_reload_waits_for_the_end_of_an_installation(firmware, backend):
    """The back end of before ends what it has begun; then the configuration counts."""
    release = updating(firmware)
    firmware.config["firmware_update"]["backend"] = backend
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    assert firmware.status()[0] == UPDATING
    release()
    if backend == "none":
        firmware.server.wait(lambda: firmware.server.read("/5/0/3").code_text == "4.04", 5, "no Object 5")
    else:
        firmware.wait(IDLE, 1)
        assert firmware.push(BODY).blocks() == "2.04"
        firmware.wait(IDLE, 8)      # nobody has that name
    assert len(firmware.back_end.installed) == 1


@pytest.mark.parametrize("state", [DOWNLOADING, DOWNLOADED])
def test_reset_of_the_client(firmware, state):
    """Reset() begins anew: no package."""
    if state == DOWNLOADING:
        assert firmware.push(BODY).blocks(0, 2) == "2.31"
        firmware.wait(DOWNLOADING)
    else:
        firmware.downloaded(BODY)
    firmware.daemon.call("Reset")
    firmware.registered(2)
    assert firmware.status()[0] == IDLE
    firmware.wait_kept(BODY, False)


def test_reset_of_the_client_while_it_is_installed(firmware):
    """The firmware's files stay (design.md 14.1), and the update ends as it has to."""
    release = updating(firmware, reboots=True)
    firmware.daemon.call("Reset")
    firmware.server.wait_registration(2)
    release()
    firmware.logind.wait_call("Reboot")
    firmware.reboot()
    firmware.wait(IDLE, 1)
    assert firmware.running_version() == NEW


# --- what the server is told -------------------------------------------------------------------------------


def test_pmin_does_not_lose_the_last_state(firmware):
    """Of several within pmin the last one is told."""
    assert firmware.server.write_attributes("/5/0/3", "pmin=2").code_text == "2.04"
    state = firmware.server.observe("/5/0/3", accept=TEXT)
    firmware.downloaded(BODY)
    firmware.server.wait(lambda: state.messages and state.messages[-1].text == "2", 10, "State 2")
    assert all(message.type == Type.CON for message in state.messages)


def test_last_state_change(firmware):
    """/5/0/12 is when State has changed."""
    before = firmware.read(12)
    firmware.clock.set(86400)
    firmware.downloaded(BODY)
    assert 0 <= firmware.read(12) - int(firmware.clock.now()) + 10 <= 10
    assert before == "4.04" or firmware.read(12) > before


@versions("1.1", "1.2")
def test_what_a_server_may_set(make_firmware, version):
    """Severity, Max Defer Period, Automatic Upgrade: their ranges, and they are kept."""
    firmware = make_firmware(version=version).start()
    assert firmware.read(SEVERITY) == 1
    values = {SEVERITY: (b"2", b"3"), MAX_DEFER: (b"3600", b"-1")}
    for number, (good, bad) in values.items():
        assert firmware.server.write(f"/5/0/{number}", bad).code_text == "4.00"
        assert firmware.server.write(f"/5/0/{number}", good).code_text == "2.04"
    firmware.kill()
    firmware.start()
    assert {number: str(firmware.read(number)).encode() for number in values} == {
        number: good for number, (good, _) in values.items()}
    assert firmware.server.write("/5/0/3", b"2").code_text == "4.05"
    assert firmware.server.write("/5/0/5", b"1").code_text == "4.05"


def test_automatic_upgrade(make_firmware):
    """/5/0/14: what is verified is installed, without an Execute; kept over a restart."""
    firmware = make_firmware(version="1.2").start()
    assert firmware.server.write(f"/5/0/{AUTOMATIC}", b"1").code_text == "2.04"
    firmware.kill()
    firmware.start()
    assert firmware.read(AUTOMATIC) == 1
    assert firmware.push(BODY).whole() == "2.04"
    firmware.wait(IDLE, 1)
    assert firmware.running_version() == NEW


@versions()
def test_object_in_each_version(make_firmware, version):
    """Its Resources, and the version in the object list (1.0 says none)."""
    firmware = make_firmware(version=version).start()
    links = firmware.server.registrations[-1].objects
    wanted = {"1.0": [], "1.1": ["</5>;ver=1.1"], "1.2": ["</5>;ver=1.2"]}[version]
    assert "</5/0>" in links and [link for link in links if link.startswith("</5>")] == wanted
    there = set(tlv_decode(firmware.server.read("/5/0", accept=TLV).payload))
    assert {3, 5, 8, 9} <= there and 0 not in there
    assert (SEVERITY in there) == (version != "1.0")
    assert (AUTOMATIC in there) == (version == "1.2")


def test_no_back_end_no_object(make_firmware):
    firmware = make_firmware()
    firmware.config["firmware_update"]["backend"] = "none"
    firmware.start(watch=False)
    assert "</5/0>" not in firmware.server.registrations[-1].objects
    assert firmware.server.read("/5/0/3").code_text == "4.04"
    assert firmware.push(BODY).whole() == "4.04"


def test_execute_with_arguments(firmware):
    """None are defined; a number is not worth a failed update."""
    firmware.downloaded(BODY)
    assert firmware.update(b"0") == "2.04"
    firmware.wait(IDLE, 1)
