# SPDX-License-Identifier: Apache-2.0
"""The daemon where there is nothing: a root with its libraries and the Objects' definitions, as
data/container/Containerfile makes it, but without /proc, /dev, /sys, bus, journal and systemd."""
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from harness import CLIENTD, HAVE_DISCOVER, SANITIZED, factory_server, poll, settings
from lwm2m_peer import TEXT, account, delete, discover, finish

ROOT = Path(__file__).parents[2]
USER = 990      # of the Containerfile
TEMPERATURE = "/3303/0/5700"

pytestmark = [pytest.mark.skipif(os.geteuid() != 0, reason="only root changes the root"),
              pytest.mark.skipif(SANITIZED, reason="a sanitizer asks /proc, for its options, too")]


def make_root(folder):
    """What the Containerfile copies, and what its packages bring of libraries."""
    linked = re.findall(r"(/\S+) \(0x", subprocess.run(["ldd", CLIENTD], check=True, text=True,
                                                       stdout=subprocess.PIPE).stdout)
    for path in [CLIENTD, *linked]:
        target = folder / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    shutil.copytree(ROOT / "data" / "objects", folder / "usr/share/lwm2m-client/objects")
    (folder / "etc").mkdir()
    (folder / "etc/hosts").write_text("127.0.0.1 bootstrap.test\n")


@pytest.fixture
def contained(make_daemon, tmp_path):
    """In that root, as the Containerfile's user; its own folder is where it is outside."""
    daemon, root = make_daemon(), tmp_path / "root"
    make_root(root)
    (root / daemon.folder.lstrip("/")).mkdir(parents=True)
    os.chown(daemon.state_directory, USER, USER)
    script = f'mount --bind {daemon.folder} {root}{daemon.folder} && ' \
             f'exec chroot --userspec={USER}:{USER} {root} "$@"'
    daemon.wrapper = ["env", "--unset=NOTIFY_SOCKET", "--unset=JOURNAL_STREAM", "--unset=LD_PRELOAD",
                      "unshare", "--mount", "sh", "-c", script, "sh"]
    daemon.arguments = ["--no-bus"]
    return daemon


def sensor(contained, text):
    """A configuration's entry of `objects:` whose value is this text."""
    path = Path(contained.folder, "temperature")
    path.write_text(text)
    return {"object": 3303, "instance": 0,
            "values": {5700: {"file": str(path), "scale": 0.001}, 5701: "Cel"}}


def test_bootstraps_registers_serves_reloads_and_stops(contained, peers, server):
    steps = [discover()] if HAVE_DISCOVER else []
    bootstrap = peers.bootstrap([delete("/"), *account(server.uri), *steps, finish()])
    config = settings(f"coap://bootstrap.test:{bootstrap.port}")
    contained.start({**config, "objects": [sensor(contained, "21500\n")]}, wait=False)
    registration = server.wait_registration()
    assert "</3303/0>" in registration.objects
    assert server.read(TEMPERATURE, accept=TEXT).text == "21.5"

    contained.configure(config)
    contained.process.send_signal(signal.SIGHUP)
    server.wait_update(registration)
    assert server.read(TEMPERATURE, accept=TEXT).code_text == "4.04"

    assert contained.stop() == 0
    assert registration.deregistered
    assert contained.notifications == []
    assert contained.lines and not [line for line in contained.lines if re.match(r"<\d>", line)]


def test_next_start_goes_on_with_what_the_volume_holds(contained, bootstrap, server):
    contained.start(settings(bootstrap.uri), wait=False)
    server.wait_registration()
    contained.kill()
    contained.start(wait=False)
    server.wait_registration(2)
    assert len(bootstrap.first_transmissions()) == 1


def health_command(file):
    """Of lwm2m-client-container(7), with this file."""
    page = (ROOT / "man" / "lwm2m-client-container.7.rst").read_text(encoding="utf-8")
    (command,) = re.findall(r"^ {4}(grep .* \\\n) +/\S+\.prom$", page, re.MULTILINE)
    return f"{command} {file}"


def test_health_command_of_the_page(contained, bootstrap, server):
    """Before the first start, registered, in failure, after the end."""
    file = Path(contained.state_directory, "lwm2m-client.prom")
    command = health_command(file)

    def health():
        return subprocess.run(["sh", "-c", command], check=False).returncode
    assert health() != 0
    contained.start({**settings(bootstrap.uri), "metrics_file": str(file)}, wait=False)
    poll(lambda: health() == 0, 30)     # 15 s later where it was written a moment before
    text = file.read_text()
    assert contained.stop() == 0
    assert health() != 0
    file.write_text(text.replace('"registered"', '"failed"').replace('"failure"', '"registered"')
                    .replace('"failed"', '"failure"'))
    assert health() == 1


def test_says_what_a_container_lacks(contained):
    """Neither a machine's id nor anything of systemd's is there: a sentence, and 78."""
    config = settings(servers=[factory_server("coap://127.0.0.1:5683")])
    del config["endpoint"]
    contained.start(config, wait=False)
    assert contained.wait_exit() == 78
    assert "'endpoint' needs {machine-id}" in contained.lines[0] and "/etc/machine-id" in contained.lines[0]


def test_second_container_on_the_same_volume_ends(contained, make_daemon, server):
    contained.start(settings(servers=[factory_server(server.uri)]), wait=False)
    server.wait_registration()
    second = make_daemon()
    second.state_directory = contained.state_directory
    second.arguments = ["--no-bus"]
    second.start(settings(servers=[factory_server(server.uri)]), wait=False)
    assert second.wait_exit() == 1
    assert second.wait_log(f"in use by .*{contained.process.pid}")
    assert len(server.registrations) == 1
