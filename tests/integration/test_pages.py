# SPDX-License-Identifier: Apache-2.0
"""The examples of the man pages: each configuration is valid, all of org.lwm2m.Client1(5) run."""
import glob
import os
import re
import shutil
import subprocess
import sys

import pytest

from harness import CLIENTD, factory_server, settings, yaml
from lwm2m_peer import account, finish
from pages import ROOT, block_with, literal_blocks, shell

MAN = os.path.join(ROOT, "man")
DBUS_PAGE = os.path.join(MAN, "org.lwm2m.Client1.5.rst")
DEFINITIONS = "--object-directory=" + os.path.join(ROOT, "data", "objects")

# How a block begins that is a configuration, or a part of one.
CONFIGURATION = re.compile(
    r"(endpoint|lwm2m_version|bootstrap|servers|trust_store|state_encryption|coap|queue_mode|registration|"
    r"objects|connectivity_monitoring|metrics_file|device):")
ACCOUNT = "servers:\n  - {short_server_id: 1, uri: 'coap://192.0.2.1', security_mode: nosec}\n"


def configurations():
    """(page, configuration) for each block of the pages that is one."""
    for path in sorted(glob.glob(os.path.join(MAN, "*.rst"))):
        for number, block in enumerate(literal_blocks(path)):
            if CONFIGURATION.match(block):
                yield pytest.param(block, id=f"{os.path.basename(path)}-{number}")


@pytest.mark.parametrize("text", configurations())
def test_configuration_is_valid(tmp_path, pki, text):
    """With the files and credentials that it names, and an account where it shows another part alone."""
    if "uri:" not in text:
        text += ACCOUNT
    files = {"certificate_file": pki.device.certificate_file, "private_key_file": pki.device.key_file,
             "server_certificate_file":
             (pki.root if "trust-anchor-assertion" in text else pki.good).certificate_file}
    for key, name in re.findall(r"(\w*(?:certificate|key)_file): (\S+)", text):
        if key in files:
            shutil.copy(files[key], tmp_path / name)
        else:
            (tmp_path / name).write_text("00" * 16)
        (tmp_path / name).chmod(0o600)
    (tmp_path / "value").write_text("45125\n")
    text = re.sub(r"(\{file:|file: )/(?:etc|sys|run|dev|proc|var)/[\w/-]+", rf"\g<1>{tmp_path}/value", text)
    config = tmp_path / "lwm2m-client.yaml"
    config.touch(0o640)
    config.write_text(text)
    done = subprocess.run([CLIENTD, f"--config={config}", DEFINITIONS, "--check-config"],
                          capture_output=True, text=True, timeout=30, check=False)
    of_this_test = re.compile("is not checked: only the service|certificate is for device")
    complaints = [line for line in done.stderr.splitlines() if not of_this_test.search(line)]
    assert (done.returncode, complaints) == (0, [])


# --- org.lwm2m.Client1(5) ------------------------------------------------------------------------------

OBJECTS = ("objects:\n  - {object: 3303, instance: 0, values: {5700: 0, 5701: Cel}}\n"
           "firmware_update: {backend: org.example.Nobody}\n")


def busctl_calls():
    """The words of each call of the page, in one line."""
    for block in literal_blocks(DBUS_PAGE):
        if block.startswith("busctl "):
            yield from block.replace("\\\n", "").splitlines()


# A part of a call: what of it has to be seen.
SHOWN = {
    "Status SubStatus": 's "registered"\ns "idle"\n',
    "LastError NextRetryTimestamp": '(ss) "" ""\nt 0\n',
    "GetManagedObjects": '"ServerURI"',
    "Counters": '"Registrations" 1',
    "Manager GetHistory": '"finished"',
    "State UpdateResult ResultText": 's "idle"\ny 0\ns ""\n',
    "Firmware GetHistory": '"aa{sv}"',
    "GetTexts": 'a(ss) 2 "/3303/0/5700" "0" "/3303/0/5701" "Cel"\n',
}


def test_busctl(daemon, peers, bus):
    """Each in the order of the page, at a device that is registered; then what has become of the orders."""
    server = peers.server()
    bootstrap = peers.bootstrap(account(server.uri) + [finish()])
    daemon.start(yaml(settings(bootstrap.uri)) + OBJECTS, arguments=[DEFINITIONS])
    daemon.wait_property("SubStatus", "idle")
    seen = set()
    for call in busctl_calls():
        if "monitor" in call:
            continue
        if "Send" in call:
            assert server.write("/1/0/23", b"0").code_text == "2.04"
        done = shell(bus, call)
        assert done.returncode == 0, (call, done.stderr)
        for part, wanted in SHOWN.items():
            if part in call:
                assert wanted in done.stdout, call
                seen.add(part)
        if re.search(r"(Bootstrap 'a|Restart|Reload|Update)", call):
            daemon.wait_property("SubStatus", "idle")
    assert seen == SHOWN.keys()
    assert len(bootstrap.first_transmissions()) == 2
    daemon.wait_status("suspended")


def test_busctl_monitor(daemon, bus, programs, peers):
    (call,) = [each for each in busctl_calls() if "monitor" in each]
    program = programs("sh", "-c", f"exec {call}")
    program.await_(lambda: any("NameAcquired" in line or "Monitoring" in line for line in program.lines), 10,
                   "monitor")
    daemon.start(settings(servers=[factory_server(peers.server().uri)]))
    program.await_(lambda: any('"registered"' in line for line in program.lines), 20, "registered")


def test_python(daemon, peers, bus, programs, tmp_path):
    """It is there before the daemon, and after it."""
    path = tmp_path / "watch.py"
    path.write_text(block_with(DBUS_PAGE, "jeepney.io.blocking"))
    program = programs(sys.executable, str(path))
    program.wait_line("lwm2m-clientd does not run")
    config = settings(servers=[factory_server(peers.server().uri)])
    daemon.start(config)
    program.wait_line("registering -> registered ")
    assert daemon.stop() == 0
    daemon.start(config)
    program.wait_line("registering -> registered ", number=2)


def test_c(daemon, peers, bus, tmp_path):
    """Built by the command in the page, without a warning."""
    page = open(DBUS_PAGE, encoding="utf-8").read()
    (command,) = re.findall(r"``(cc -o connected .*?)``", page)
    (tmp_path / "connected.c").write_text(block_with(DBUS_PAGE, "#include <systemd/sd-bus.h>"))
    built = subprocess.run(["sh", "-c", command.replace("cc ", "cc -Wall -Wextra -Werror ")], cwd=tmp_path,
                           capture_output=True, text=True, timeout=50, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    program = str(tmp_path / "connected")

    done = shell(bus, program)
    assert (done.returncode, done.stdout) == (1, "") and "org.lwm2m.Client1" in done.stderr
    hole = peers.black_hole()
    daemon.start(settings(servers=[factory_server(hole.uri)]))
    daemon.wait_status("failure")
    done = shell(bus, program)
    assert done.returncode == 1 and re.match(r"failure: .* did not answer", done.stdout)
    daemon.kill()
    daemon.start(settings(servers=[factory_server(peers.server().uri)]))
    daemon.wait_status("registered")
    assert (shell(bus, program).returncode, shell(bus, program).stdout) == (0, "registered\n")
