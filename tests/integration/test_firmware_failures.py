# SPDX-License-Identifier: Apache-2.0
"""Each Update Result of a failure has its causes; of each there is a line of the journal and a sentence on
D-Bus, nothing stays on the disk, and what was refused is never installed later."""
import re
import subprocess
import time

import pytest

from firmware import (DOWNLOADED, DOWNLOADING, FACE, IDLE, MAX_SIZE, NEW, OLD, SILENCE_S, UPDATING,
                      BackEnd, package, replace)
from harness import NAME
from system_services import HANG, VANISH, Error

BODY = package(3000)
KINDS = {2: "NO_SPACE", 3: "NO_MEMORY", 4: "CONNECTION_LOST", 5: "INTEGRITY", 6: "UNSUPPORTED_PACKAGE",
         7: "INVALID_URI", 8: "FAILED", 9: "UNSUPPORTED_PROTOCOL", 10: "CANCELLED", 11: "DEFERRED"}
# Deadlines: interface.md 7, design.md 14.4
VERIFY_S, INSTALL_S, BOOTED_S, REBOOT_S = 600, 3600, 600, 3600
DENIED = "org.freedesktop.DBus.Error.AccessDenied"


def failed(firmware, result, words="", version=OLD, body=BODY):
    """It has ended with this Result: the server, D-Bus and the journal are told so, and the disk is free."""
    firmware.wait(IDLE, result)
    assert firmware.status() == (IDLE, result)
    firmware.wait_property("UpdateResult", result)
    text = firmware.wait_property("ResultText", lambda value: value != "")
    assert words in text, text
    firmware.daemon.wait_event("FIRMWARE_" + KINDS[result], re.escape(text))
    assert firmware.running_version() == version
    firmware.wait_kept(body, False)
    assert firmware.update() == "4.05"      # what was refused is never installed
    return text


def push(firmware, body=BODY):
    return firmware.push(body).whole()


def install(firmware, body=BODY):
    firmware.downloaded(body)
    assert firmware.update() == "2.04"


# --- 2: no room --------------------------------------------------------------------------------------------


def small_disk(firmware, size):
    """The state directory is a file system of its own."""
    firmware.daemon.wrapper = ["unshare", "--mount", "sh", "-c",
                               f'mount -t tmpfs -o size={size} none "$0" && exec "$@"',
                               firmware.daemon.state_directory]


def inside(firmware, *words):
    """A command in the daemon's own file systems."""
    subprocess.run(["nsenter", f"--mount=/proc/{firmware.daemon.process.pid}/ns/mnt", *words], check=True)


def test_2_too_large_by_size1(make_firmware):
    firmware = make_firmware(max_size=MAX_SIZE).start()
    assert firmware.push(BODY, size1=MAX_SIZE + 1).block(0).code_text == "4.13"
    failed(firmware, 2, "max_size")


def test_2_too_large_by_what_comes(make_firmware):
    firmware = make_firmware(max_size=MAX_SIZE).start()
    body = package(MAX_SIZE + 1)
    assert push(firmware, body) == "4.13"
    failed(firmware, 2, "max_size", body=body)


def test_2_no_room_for_what_is_announced(make_firmware):
    firmware = make_firmware()
    small_disk(firmware, "18m")
    firmware.start()
    body = package(4 << 20)
    assert firmware.push(body, size1=len(body)).blocks(0, 50) == "4.13"
    failed(firmware, 2, body=body)


def test_2_disk_full_in_the_middle(make_firmware):
    """Somebody else fills it: `current` still has its room."""
    firmware = make_firmware()
    small_disk(firmware, "18m")
    firmware.start()
    transfer = firmware.push(package(1 << 20))
    assert transfer.blocks(0, 20) == "2.31"
    inside(firmware, "sh", "-c", f"head -c 3M /dev/zero >'{firmware.daemon.state_directory}/filler'")
    assert transfer.blocks(20) == "4.13"
    failed(firmware, 2, body=transfer.payload)
    assert firmware.server.write("/1/0/5", b"77").code_text == "2.04"


def test_2_read_only_file_system(make_firmware):
    firmware = make_firmware()
    small_disk(firmware, "18m")
    firmware.start()
    inside(firmware, "mount", "-t", "tmpfs", "-o", "ro", "none", firmware.daemon.state_directory)
    assert push(firmware) == "4.13"
    failed(firmware, 2, "Read-only")


# --- 3, 5, 6: what the back end refuses --------------------------------------------------------------------


REFUSALS = [(2, "The slot has 2 MiB", 2), (3, "512 MiB are needed", 3), (6, "For a Gateway B", 6),
            (7, "Odd", 7), (8, "Not today", 8), (9, "Odd, too", 9), (1, "Done?", 8), (10, "Cancelled?", 8),
            (12, "What", 8), (255, "What?", 8), (5, "", 5), (5, "The signature is by nobody known", 5)]


def test_refused_by_verify(firmware):
    """The words of the back end are in the sentence; a restart brings nothing back."""
    for answer, text, result in REFUSALS:
        firmware.back_end.answers["Verify"] = (answer, "", "", text)
        assert push(firmware) == "2.04"
        failed(firmware, result, text)
    firmware.kill()
    firmware.start()
    assert firmware.status() == (IDLE, 5)
    assert firmware.update() == "4.05"
    assert firmware.daemon.error_of("Install", interface=FACE) == NAME + ".Error.WrongState"
    assert firmware.back_end.asked() == ["Verify"] * len(REFUSALS)


def test_text_of_a_back_end_is_harmless(firmware):
    """Control characters and length: one line of the journal."""
    firmware.back_end.answers["Verify"] = (5, "a\nb", "c\x1b[31m", "first\nsecond\x1b[2J" + "x" * 5000)
    assert push(firmware) == "2.04"
    firmware.wait(IDLE, 5)
    text = firmware.get("ResultText")
    assert text.isprintable() and len(text) < 1024 and "first" in text
    assert all("\x1b" not in line for line in firmware.daemon.lines)
    firmware.back_end.answers["Verify"] = (0, "n" * 1000, "v" * 1000, "")
    firmware.downloaded(BODY)
    assert all(len(firmware.read(number)) <= 255 for number in (6, 7))


# --- 4: the connection is lost -----------------------------------------------------------------------------


def test_4_silent_server(firmware):
    assert firmware.push(BODY).blocks(0, 2) == "2.31"
    firmware.wait(DOWNLOADING)
    firmware.clock.sleep(SILENCE_S + 1)
    failed(firmware, 4)


def test_4_killed_in_the_middle(firmware):
    assert firmware.push(BODY).blocks(0, 2) == "2.31"
    firmware.wait(DOWNLOADING)
    firmware.kill()
    firmware.start()
    failed(firmware, 4)


# --- 7, 9: what cannot be fetched --------------------------------------------------------------------------


URIS = [
    ("no uri", 7), ("http://", 7), ("http://a b/", 7), ("http://[::1", 7), ("coap://127.0.0.1:99999/x", 7),
    ("/relative", 7), ("http:///x", 7), ("coap://127.0.0.1/x#part", 7),
    ("ftp://127.0.0.1/x", 9), ("file:///etc/passwd", 9), ("coap+tcp://127.0.0.1/x", 9),
    ("coaps+tcp://127.0.0.1/x", 9), ("gopher://127.0.0.1/x", 9), ("mqtt://127.0.0.1/x", 9)]


def test_uri_that_cannot_be_fetched(firmware):
    """The Write itself succeeds (facts 2.8)."""
    for uri, result in URIS:
        assert firmware.pull(uri) == "2.04"
        failed(firmware, result)
        assert firmware.reset() == "2.04"
        firmware.wait(IDLE)


# --- 8: the update failed ----------------------------------------------------------------------------------


def test_8_no_back_end_to_verify(firmware):
    firmware.back_end.close()
    assert push(firmware) == "2.04"
    failed(firmware, 8, BackEnd.NAME)


def test_8_no_back_end_to_install(firmware):
    firmware.downloaded(BODY)
    firmware.back_end.close()
    assert firmware.update() == "2.04"
    failed(firmware, 8, BackEnd.NAME)


@pytest.mark.parametrize("member, seconds", [("Verify", VERIFY_S), ("Install", INSTALL_S)])
def test_8_back_end_that_hangs(firmware, member, seconds):
    firmware.back_end.answers[member] = HANG
    if member == "Verify":
        assert push(firmware) == "2.04"
    else:
        install(firmware)
    firmware.back_end.wait_call(member)
    if member == "Verify":      # State is still 1: what it waits for is not the network
        firmware.wait_property("ResultText", "The back end verifies the package.")
    shown = (DOWNLOADING if member == "Verify" else UPDATING, 0)
    assert firmware.status() == shown       # its timer is set by then
    firmware.clock.sleep(seconds - 60)
    assert firmware.status() == shown
    firmware.clock.sleep(61)
    failed(firmware, 8)


def test_8_back_end_that_refuses(firmware):
    """By its own words, and by the bus's."""
    for answer in (Error(DENIED, "Not you"), Error("org.example.Error.Jammed", "It is worn out")):
        for member, begin in (("Verify", push), ("Install", install)):
            firmware.back_end.answers[member] = answer
            begin(firmware)
            failed(firmware, 8, "worn out" if "worn" in answer.text else "")
            firmware.back_end.answers[member] = (0, "image", NEW, "") if member == "Verify" else None


def test_8_back_end_that_dies(firmware):
    """It is waited for as long as for an answer, and asked again where it comes back."""
    verdict = firmware.back_end.answers["Verify"]
    firmware.back_end.answers["Verify"] = VANISH
    assert push(firmware) == "2.04"
    firmware.back_end.wait_call("Verify")
    firmware.back_end.answers["Verify"] = verdict
    firmware.back_end.start()
    firmware.wait(DOWNLOADED)
    assert firmware.back_end.asked() == ["Verify", "Verify"]
    firmware.back_end.answers["Install"] = VANISH
    assert firmware.update() == "2.04"
    firmware.back_end.wait_call("Install")
    assert firmware.status() == (UPDATING, 0)
    firmware.clock.sleep(INSTALL_S + 1)
    failed(firmware, 8)


def test_8_install_says_what_failed(firmware):
    for result, wanted in ((2, 2), (5, 5), (8, 8), (10, 8), (99, 8)):
        firmware.back_end.answers["Install"] = (result, False, "Slot B cannot be written")
        install(firmware)
        failed(firmware, wanted, "Slot B cannot be written")


def test_8_half_an_installation(firmware):
    """The server reads what runs now, and so does the history."""
    def half(call):
        replace(firmware.version_file, "1.5.0")
        return 8, False, "Half of it is installed"
    firmware.back_end.answers["Install"] = half
    install(firmware)
    firmware.wait(IDLE, 8)
    assert firmware.running_version() == "1.5.0"
    assert history(firmware)[0]["VersionAfter"] == "1.5.0"


def test_8_machine_that_may_not_be_rebooted(firmware):
    """Asked before anything is installed."""
    firmware.back_end.reboots = True
    for can in ("no", "challenge", "na"):
        firmware.logind.answers["CanReboot"] = ("s", (can,))
        install(firmware)
        assert "polkit" in failed(firmware, 8, f"CanReboot: {can}")
    assert "Install" not in firmware.back_end.asked()


def test_8_reboot_that_does_not_come(firmware):
    firmware.back_end.reboots = True
    install(firmware)
    firmware.logind.wait_call("Reboot")
    firmware.daemon.get("Status")       # its timers are set by then
    firmware.clock.sleep(REBOOT_S + 1)
    firmware.registered(2)
    failed(firmware, 8)


def test_reboot_that_is_an_operators(firmware):
    """Without logind: who looks sees that it is installed, and what to do."""
    firmware.config["device"]["reboot"] = "none"
    firmware.daemon.configure(firmware.config)
    firmware.daemon.call("Reload")
    firmware.back_end.reboots = True
    install(firmware)
    firmware.wait_property("ResultText", lambda text: "reboot the machine" in text)
    assert firmware.get("Progress") == 100 and firmware.status() == (UPDATING, 0)
    firmware.reboot()
    firmware.wait(IDLE, 1)


def test_8_image_that_does_not_boot(firmware):
    firmware.back_end.reboots = True
    install(firmware)
    firmware.logind.wait_call("Reboot")
    firmware.reboot(boots=False)
    failed(firmware, 8, "old image")


@pytest.mark.parametrize("answer", [HANG, VANISH, Error(DENIED, "Not you"), (5, "Half of it"), (12, "")])
def test_8_nobody_says_what_has_booted(firmware, answer):
    """Booted() that fails in each way; the version that runs is what it is."""
    firmware.back_end.reboots = True
    install(firmware)
    firmware.logind.wait_call("Reboot")
    firmware.back_end.answers["Booted"] = answer
    firmware.reboot(boots=False)
    firmware.back_end.wait_call("Booted")
    if answer in (HANG, VANISH):    # who has left the bus may come back
        assert firmware.status() == (UPDATING, 0)       # its timer is set by then
        firmware.clock.sleep(BOOTED_S + 1)
    failed(firmware, 5 if answer == (5, "Half of it") else 8)


def test_restart_is_no_reboot(firmware):
    """The daemon that waits for the machine is restarted: nobody asks what has booted."""
    firmware.back_end.reboots = True
    install(firmware)
    firmware.logind.wait_call("Reboot")
    firmware.kill()
    firmware.daemon.start()
    firmware.logind.wait_call("Reboot", number=2)
    assert firmware.back_end.asked().count("Booted") == 0
    firmware.reboot()
    firmware.wait(IDLE, 1)


# --- 10, 11 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [DOWNLOADING, DOWNLOADED])
@pytest.mark.parametrize("who", ["server", "operator"])
def test_10_cancelled(firmware, state, who):
    if state == DOWNLOADING:
        assert firmware.push(BODY).blocks(0, 2) == "2.31"
        firmware.wait(DOWNLOADING)
    else:
        firmware.downloaded(BODY)
    if who == "server":
        assert firmware.cancel() == "2.04"
    else:
        firmware.daemon.call("Cancel", interface=FACE)
    failed(firmware, 10)


def test_cancel_in_a_wrong_state(firmware):
    """Idle, and while it is installed: 4.05, WrongState."""
    wrong = NAME + ".Error.WrongState"
    assert firmware.cancel() == "4.05"
    assert firmware.daemon.error_of("Cancel", interface=FACE) == wrong
    firmware.back_end.answers["Install"] = HANG
    install(firmware)
    firmware.wait(UPDATING)
    assert firmware.cancel() == "4.05"
    assert firmware.daemon.error_of("Cancel", interface=FACE) == wrong
    assert firmware.daemon.error_of("Install", interface=FACE) == wrong


def test_version_1_0_has_no_cancel_and_no_result_10(make_firmware):
    firmware = make_firmware(version="1.0").start()
    assert firmware.push(BODY).blocks(0, 2) == "2.31"
    firmware.wait(DOWNLOADING)
    assert firmware.cancel() == "4.04"
    firmware.daemon.call("Cancel", interface=FACE)
    firmware.wait(IDLE, 0)


def window(firmware, hours):
    """An hour that begins so many hours after the daemon's now."""
    begin = time.localtime(firmware.clock.now() + hours * 3600)
    end = time.localtime(firmware.clock.now() + (hours + 1) * 3600)
    return f"{time.strftime('%H:%M', begin)}-{time.strftime('%H:%M', end)}"


def outside(make_firmware, hours=3):
    firmware = make_firmware()
    firmware.config["firmware_update"]["install_window"] = window(firmware, hours)
    return firmware.start()


def test_11_outside_of_the_window(make_firmware):
    """State 2, Result 11; at the window it is installed."""
    firmware = outside(make_firmware)
    install(firmware)
    firmware.wait(DOWNLOADED, 11)
    assert firmware.get("ResultText") and firmware.running_version() == OLD
    firmware.daemon.wait_event("FIRMWARE_DEFERRED", "window")
    firmware.clock.set(3 * 3600 + 60)
    firmware.wait(IDLE, 1)
    assert firmware.running_version() == NEW


def test_11_survives_a_restart(make_firmware):
    firmware = outside(make_firmware)
    install(firmware)
    firmware.wait(DOWNLOADED, 11)
    firmware.kill()
    firmware.start()
    assert firmware.status() == (DOWNLOADED, 11)
    firmware.clock.set(3 * 3600 + 60)
    firmware.wait(IDLE, 1)


def test_11_max_defer_period(make_firmware):
    """It waits no longer than the server allows; with 0 it waits for nothing."""
    firmware = outside(make_firmware)
    assert firmware.server.write("/5/0/13", b"600").code_text == "2.04"
    install(firmware)
    firmware.wait(DOWNLOADED, 11)
    firmware.clock.sleep(500)
    assert firmware.status() == (DOWNLOADED, 11)
    firmware.clock.set(-86400 * 2 + 3600)   # nor is it longer because somebody sets the clock
    assert firmware.status() == (DOWNLOADED, 11)
    firmware.clock.sleep(101)
    firmware.wait(IDLE, 1)
    assert firmware.server.write("/5/0/13", b"0").code_text == "2.04"
    install(firmware)
    firmware.wait(IDLE, 1)
    assert firmware.shown().count((DOWNLOADED, 11)) == 1


def test_11_installed_by_an_operator(make_firmware):
    firmware = outside(make_firmware)
    install(firmware)
    firmware.wait(DOWNLOADED, 11)
    firmware.daemon.call("Install", interface=FACE)
    firmware.wait(IDLE, 1)


def test_11_by_the_back_end(firmware):
    """It may say so, too; the next Execute installs it."""
    firmware.back_end.answers["Install"] = (11, False, "The mains are off")
    install(firmware)
    firmware.wait(DOWNLOADED, 11)
    assert firmware.running_version() == OLD
    del firmware.back_end.answers["Install"]
    assert firmware.update() == "2.04"
    firmware.wait(IDLE, 1)


# --- the history ------------------------------------------------------------------------------------------


def history(firmware):
    return [{name: value for name, (_, value) in each.items()}
            for each in firmware.daemon.call("GetHistory", interface=FACE)[0]]


def test_history_of_an_update_that_is_on(firmware):
    """What has come of it so far; the back end knows it by the same ID."""
    firmware.downloaded(BODY)
    update = history(firmware)[0]
    assert (update["End"], update["Size"], update["PackageName"], update["PackageVersion"]) == (
        0, len(BODY), "image", NEW)
    assert firmware.update() == "2.04"
    firmware.wait(IDLE, 1)
    assert history(firmware)[0]["ID"] == firmware.back_end.wait_call("Install").arguments[0]


def test_history(firmware):
    """The last 20, newest first, over a restart."""
    for number in range(22):
        firmware.back_end.answers["Verify"] = (5, "image", f"{number}", "Bad")
        assert push(firmware, BODY[:100 + number]) == "2.04"
        firmware.wait(IDLE, 5)
        firmware.wait_property("UpdateResult", 5)
    firmware.kill()
    firmware.start()
    updates = history(firmware)
    assert len(updates) == 20
    assert [each["PackageVersion"] for each in updates] == [str(21 - number) for number in range(20)]
    assert all(each["UpdateResult"] == 5 and each["Delivery"] == "push" for each in updates)
    assert updates[0]["Size"] == 121 and updates[0]["VersionBefore"] == updates[0]["VersionAfter"] == OLD
