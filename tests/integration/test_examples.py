# SPDX-License-Identifier: Apache-2.0
"""What an engineer copies on the first day: data/examples, and all in lwm2m-objects(7) that can run."""
import os
import re
import shlex
import signal
import subprocess
import sys

import pytest

from harness import factory_server, settings, yaml
from lwm2m_peer import TEXT
from pages import ROOT, block_with, shell

EXAMPLES = os.path.join(ROOT, "data", "examples")
DEFINITIONS = "--object-directory=" + os.path.join(ROOT, "data", "objects")

VENDORS = """<LWM2M><Object ObjectType="MODefinition"><Name>Flow</Name><ObjectID>3424</ObjectID>
<ObjectURN>urn:oma:lwm2m:x:3424</ObjectURN><LWM2MVersion>1.0</LWM2MVersion><ObjectVersion>1.0</ObjectVersion>
<MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory><Resources><Item ID="1">
<Name>Rate</Name><Operations>R</Operations><MultipleInstances>Single</MultipleInstances>
<Mandatory>Mandatory</Mandatory><Type>Float</Type><RangeEnumeration></RangeEnumeration><Units>l/s</Units>
<Description>Of water</Description></Item></Resources></Object></LWM2M>
"""

PAGE = os.path.join(ROOT, "man", "lwm2m-objects.7.rst")


def start(daemon, server, objects=""):
    """The registration of a daemon with definitions, and with these objects: of the configuration."""
    config = yaml(settings(servers=[factory_server(server.uri)]))
    number = len(server.registrations) + 1
    daemon.start(config + (f"objects:\n{objects}" if objects else ""), arguments=[DEFINITIONS])
    return server.wait_registration(number)


def wait_objects(server, registration, *links, absent=()):
    """Until the list of Objects that was announced last has these, and not those."""
    def told():
        lists = [registration.request.text, *[update.text for update in registration.updates if update.text]]
        announced = lists[-1].split(",")
        return all(link in announced for link in links) and not any(link in announced for link in absent)
    server.wait(told, 15, f"objects {links} without {absent}")


# --- data/examples ---------------------------------------------------------------------------------------


def python_publisher(_folder):
    return [sys.executable, os.path.join(EXAMPLES, "publish.py")]


def compiled_publisher(folder):
    """By the command in its own comment, and without a warning."""
    source = os.path.join(EXAMPLES, "publish.c")
    command = next(line for line in block_with(source, "pkg-config").splitlines() if "pkg-config" in line)
    done = subprocess.run(["sh", "-c", command.replace("cc ", "cc -Wall -Wextra -Wno-unused-parameter ")
                           .replace("publish.c", shlex.quote(source))],
                          cwd=folder, capture_output=True, text=True, timeout=50, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return [os.path.join(folder, "publish")]


@pytest.mark.parametrize("make", [python_publisher, compiled_publisher], ids=["publish.py", "publish.c"])
def test_publisher(daemon, server, bus, programs, tmp_path, make):
    """It waits for the daemon, measures, is asked by Writes, outlives a restart, and goes with its end."""
    program = programs(*make(tmp_path), "0.2")
    program.wait_line("waiting for lwm2m-clientd")
    registration = start(daemon, server)
    wait_objects(server, registration, "</3320/0>", "</3306/0>")
    assert 0 <= float(server.read("/3320/0/5700", accept=TEXT).text) <= 100
    measured = server.observe("/3320/0/5518", accept=TEXT)
    assert int(measured.answer.text) < int(measured.wait(1).text) < int(measured.wait(2).text)
    assert server.read("/3320/0/5701", accept=TEXT).text == "%"

    assert server.read("/3306/0/5850", accept=TEXT).text == "0"
    assert server.write("/3306/0/5850", b"1").code_text == "2.04"
    program.wait_line("relay on")
    assert server.read("/3306/0/5850", accept=TEXT).text == "1"
    assert server.write("/3306/0/5750", b"pump").code_text == "2.04"
    refused = server.write("/3306/0/5851", b"50")
    assert (refused.code_text, refused.text) == ("4.00", "this relay has no Resource 5851")

    assert daemon.stop() == 0
    registration = start(daemon, server)
    wait_objects(server, registration, "</3320/0>", "</3306/0>")
    assert server.read("/3306/0/5850", accept=TEXT).text == "1"
    assert server.read("/3306/0/5750", accept=TEXT).text == "pump"
    assert server.observe("/3320/0/5518", accept=TEXT).wait(1).code_text == "2.05"

    program.end(signal.SIGTERM)
    wait_objects(server, registration, absent=["</3320/0>", "</3306/0>"])
    assert server.read("/3306/0/5850").code_text == "4.04"


@pytest.mark.parametrize("make", [python_publisher, compiled_publisher], ids=["publish.py", "publish.c"])
def test_publisher_ends_with_what_it_cannot_mend(daemon, server, bus, programs, tmp_path, make):
    """Somebody else has the instance; the bus goes: systemd starts it again."""
    registration = start(daemon, server)
    first = programs(*make(tmp_path), "0.2")
    wait_objects(server, registration, "</3306/0>", "</3320/0>")
    second = programs(*make(tmp_path), "0.2")
    assert second.process.wait(10) == 1
    second.await_(lambda: any("InstanceExists" in line for line in second.lines), 10, "reason")
    bus.stop()
    assert first.process.wait(10) == 1


@pytest.mark.parametrize("way", [[], ["lwm2mctl"], ["busctl"]], ids=["default", "lwm2mctl", "busctl"])
def test_set_sh(daemon, server, bus, way):
    """With the instance that its comment asks for. What it sets stays when it has ended."""
    script = os.path.join(EXAMPLES, "set.sh")
    start(daemon, server, block_with(script, "objects:").split("\n", 1)[1].split("\n\n")[0] + "\n")
    assert server.read("/3320/1/5700", accept=TEXT).text == "0"
    done = shell(bus, shlex.join([script, *way]))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert 0 < float(server.read("/3320/1/5700", accept=TEXT).text) <= 100
    assert int(server.read("/3320/1/5518", accept=TEXT).text) > 1700000000
    assert server.read("/3320/1/5701", accept=TEXT).text == "%"


def test_set_sh_without_its_instance(daemon, server, bus):
    start(daemon, server)
    for way in "lwm2mctl", "busctl":
        done = shell(bus, shlex.join([os.path.join(EXAMPLES, "set.sh"), way]))
        assert done.returncode != 0 and "/3320/1/5700" in done.stderr
    assert shell(bus, shlex.join([os.path.join(EXAMPLES, "set.sh"), "more"])).returncode == 2


# --- lwm2m-objects(7) ------------------------------------------------------------------------------------


def commands(block):
    """The commands of a block that need nothing but the bus."""
    lines = block.replace("\\\n", "").splitlines()
    return [line for line in lines if line.startswith(("lwm2mctl ", "busctl ")) and "check" not in line]


def test_page_file_and_script(daemon, server, bus, tmp_path):
    """Its configuration as it stands there, but for the sensor, which not every machine has."""
    sensor = tmp_path / "temp"
    sensor.write_text("45125\n")
    file, script = (block_with(PAGE, words) for words in ("thermal_zone0", "instance: 1"))
    objects = file.replace("/sys/class/thermal/thermal_zone0/temp", str(sensor)).split("\n", 1)[1]
    registration = start(daemon, server, objects + script.split("\n", 1)[1])
    wait_objects(server, registration, "</3303/0>", "</3320/1>")
    for command in commands(block_with(PAGE, "lwm2mctl objects")):
        done = shell(bus, command)
        assert done.returncode == 0 and "3303" in done.stdout, command
    assert done.stdout == "/3303/0/5700 45.125\n/3303/0/5701 Cel\n"
    assert server.read("/3303/0/5700", accept=TEXT).text == "45.125"
    used = server.observe("/3320/1/5700", accept=TEXT)
    assert used.answer.text == "0"
    first, second = commands(block_with(PAGE, "SetValues 'a(sv)' 1 /3320"))
    assert shell(bus, first).returncode == 0 and used.wait(1).text == "37.5"
    assert shell(bus, first.replace("37.5", "38")).returncode == 0 and used.wait(2).text == "38"
    assert shell(bus, second).returncode == 0 and used.wait(3).text == "37.5"


def page_program(programs, folder, words):
    path = folder / "program.py"
    path.write_text(block_with(PAGE, words))
    return programs(sys.executable, str(path))


def test_page_counter(daemon, server, bus, programs, tmp_path):
    registration = start(daemon, server)
    page_program(programs, tmp_path, "range(1, 1000)")
    wait_objects(server, registration, "</3200/0>")
    counter = server.observe("/3200/0/5501", accept=TEXT)
    assert [int(counter.wait(number).text) for number in (1, 2)] == \
        [int(counter.answer.text) + number for number in (1, 2)]
    (command,) = commands(block_with(PAGE, "get /3200/0"))
    done = shell(bus, command)
    assert done.returncode == 0
    assert re.fullmatch(r"/3200/0/5500 true\n/3200/0/5501 \d+\n", done.stdout)


def test_page_relay(daemon, server, bus, programs, tmp_path):
    registration = start(daemon, server)
    program = page_program(programs, tmp_path, '"switched"')
    wait_objects(server, registration, "</3306/0>")
    for on, word in ((1, "on"), (0, "off")):
        assert server.write("/3306/0/5850", str(on).encode()).code_text == "2.04"
        program.wait_line(f"switched {word}")
        assert server.read("/3306/0/5850", accept=TEXT).text == str(on)


def test_page_definition(daemon, server, bus, tmp_path):
    """Of a vendor's own Object, which is published then."""
    (tmp_path / "3424.xml").write_text(VENDORS)
    made = subprocess.run(
        ["sh", "-ec", block_with(PAGE, "from-registry.py")
         .replace("/usr/share/lwm2m-client/from-registry.py",
                  f"{sys.executable} {os.path.join(ROOT, 'data', 'objects', 'from-registry.py')}")
         .replace("/etc/lwm2m-client/objects", str(tmp_path / "objects"))],
        cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)
    assert (made.returncode, made.stderr) == (0, "")
    daemon.arguments.append(f"--object-directory={tmp_path / 'objects'}")
    start(daemon, server, "  - {object: 3424, instance: 0, values: {1: 2.5}}\n")
    assert shell(bus, "lwm2mctl get /3424").stdout == "/3424/0/1 2.5\n"
    assert server.read("/3424/0/1", accept=TEXT).text == "2.5"


def test_page_unit(tmp_path):
    """systemd has nothing to say against it."""
    unit = tmp_path / "publish.service"
    unit.write_text(block_with(PAGE, "SupplementaryGroups").split("\n::")[0]
                    .replace("/usr/local/bin/publish.py", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True,
                          text=True, timeout=30, check=False)
    assert "publish.service" not in done.stderr, done.stderr
