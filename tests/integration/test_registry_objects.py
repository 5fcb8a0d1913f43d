# SPDX-License-Identifier: Apache-2.0
"""Objects of OMA's registry that no definition of ours is made of: through data/objects/from-registry.py,
published, read and observed. LWM2M_OMA_REGISTRY names the folder with the registry's XML."""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from harness import factory_server, settings
from lwm2m_peer import SENML_CBOR, TEXT, senml_cbor_decode
from publisher import Publisher

REGISTRY = os.environ.get("LWM2M_OMA_REGISTRY", "")
OBJECTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data", "objects")
# Every type and ranges of words; another version than 1.0; Resources with several instances
FILES = ["3393.xml", "10241.xml", "10242.xml", "3387.xml", "3411.xml", "3412.xml"]
VALUES = {"String": "text", "Integer": 1, "Unsigned Integer": 1, "Float": 0.5, "Boolean": True,
          "Opaque": b"\1\2", "Time": 1700000000, "Objlnk": (3, 0), "Corelnk": "</3/0>"}
OTHERS = {"String": "other", "Integer": 2, "Unsigned Integer": 2, "Float": 0.75, "Boolean": False,
          "Opaque": b"\3", "Time": 1700000001, "Objlnk": (1, 0), "Corelnk": "</1/0>"}

pytestmark = pytest.mark.skipif(not REGISTRY, reason="built without oma-registry-dir")


class Definition:
    """What the registry's XML says of an Object."""

    def __init__(self, name):
        self.file = os.path.join(REGISTRY, name)
        root = xml.etree.ElementTree.parse(self.file).find("Object")
        self.number, self.version = int(root.findtext("ObjectID")), root.findtext("ObjectVersion") or "1.0"
        self.readable = {int(item.get("ID")): item for item in root.findall("Resources/Item")
                         if "R" in (item.findtext("Operations") or "")}

    def value(self, number, values):
        """One that the range of the Resource has."""
        item = self.readable[number]
        kind = item.findtext("Type").strip()
        span = re.fullmatch(r"\s*(-?[\d.]+?)\.{2,3}(-?[\d.]+)\s*", item.findtext("RangeEnumeration") or "")
        value = values[kind]
        if span and kind in ("Integer", "Unsigned Integer", "Float"):
            value = max(value, type(value)(float(span[1])))
        return {0: value, 3: value} if item.findtext("MultipleInstances") == "Multiple" else value

    def shown(self, number, value):
        """{path: value} as SenML tells it."""
        path = f"/{self.number}/0/{number}"
        if isinstance(value, dict):
            return {f"{path}/{instance}": each for instance, each in value.items()}
        return {path: "%d:%d" % value if isinstance(value, tuple) else value}


def shown(definition, values):
    return {path: value for number, each in values.items()
            for path, value in definition.shown(number, each).items()}


def test_objects_that_nobody_here_has_tried(daemon, server, bus, tmp_path):
    definitions = [Definition(name) for name in FILES]
    folder = tmp_path / "objects"
    folder.mkdir()
    subprocess.run([sys.executable, os.path.join(OBJECTS, "from-registry.py"),
                    *[each.file for each in definitions]], cwd=folder, check=True)
    daemon.arguments.append(f"--object-directory={folder}")
    daemon.start(settings(servers=[factory_server(server.uri)]))
    server.wait_registration()
    daemon.wait_status("registered")
    publisher = Publisher(bus)
    try:
        for definition in definitions:
            publish_and_observe(definition, publisher, server)
    finally:
        publisher.close()


def publish_and_observe(definition, publisher, server):
    path = f"/{definition.number}/0"
    values = {number: definition.value(number, VALUES) for number in definition.readable}
    publisher.publish(definition.number, 0, values)
    assert senml_cbor_decode(server.read(path, accept=SENML_CBOR).payload) == shown(definition, values)
    observation = server.observe(path, accept=SENML_CBOR)
    others = {number: definition.value(number, OTHERS) for number in definition.readable}
    publisher.set({f"{path}/{number}": value for number, value in others.items()})
    assert senml_cbor_decode(observation.wait(1).payload) == shown(definition, others)
    for path in shown(definition, others):
        assert server.read(path, accept=TEXT).code_text == "2.05"
    versions = {number: version for number, version, _ in publisher.call("GetObjects")[0]}
    assert versions[definition.number] == definition.version
