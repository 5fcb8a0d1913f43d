# SPDX-License-Identifier: Apache-2.0
"""The Objects of this client as OMA's registry has them: what the plain model knows of Resources."""
import collections

VERSIONS = ("1.0", "1.1", "1.2")
SECURITY, SERVER, ACCESS, DEVICE, OSCORE, PUBLISHED = 0, 1, 2, 3, 21, 42803
BOTTOM, TOP_32, TOP_31 = 0, (1 << 32) - 1, (1 << 31) - 1

# operations: one string a version, None where the version lacks the Resource. bounds: of numbers; choices:
# good and bad strings. live: its value moves by itself, or depends on the machine.
Resource = collections.namedtuple("Resource", "kind operations multiple mandatory bounds choices live",
                                  defaults=(False, False, None, None, False))


def _same(kind, operations, **keys):
    return Resource(kind, (operations,) * 3, **keys)


def _since_1_1(kind, operations, **keys):
    return Resource(kind, (None, operations, operations), **keys)


def _retry(kind, operations, bounds=None):
    """/1/x/13 to 20: bootstrap only in 1.1, served in 1.2."""
    return Resource(kind, (None, "", operations), bounds=bounds)


SECONDS = (BOTTOM, TOP_32)
OBJECTS = {
    SERVER: {
        0: _same("integer", "R", mandatory=True),
        1: _same("integer", "RW", mandatory=True, bounds=(1, TOP_31)),
        2: _same("integer", "RW", bounds=SECONDS),
        3: _same("integer", "RW", bounds=SECONDS),
        4: _same("none", "E"),
        5: _same("integer", "RW", bounds=SECONDS),
        6: _same("boolean", "RW", mandatory=True),
        7: _same("string", "RW", mandatory=True, choices=(("U", "US", "S"), ("X", "UU", "", "u"))),
        8: _same("none", "E", mandatory=True),
        9: _since_1_1("none", "E"),
        11: _since_1_1("unsigned", "R"),
        12: _since_1_1("time", "R"),
        13: _retry("unsigned", "R"),
        14: _retry("unsigned", "RW", SECONDS),
        15: _retry("boolean", "R"),
        16: _retry("boolean", "R"),
        17: _retry("unsigned", "RW", SECONDS),
        18: _retry("unsigned", "RW", SECONDS),
        19: _retry("unsigned", "RW", SECONDS),
        20: _retry("unsigned", "RW", SECONDS),
    },
    ACCESS: {
        0: _same("integer", "R", mandatory=True, bounds=(1, 65534)),
        1: _same("integer", "R", mandatory=True, bounds=(0, 65535)),
        2: _same("integer", "RW", multiple=True, bounds=(0, 31)),
        3: _same("integer", "RW", mandatory=True, bounds=(0, 65535)),
    },
    DEVICE: {
        **{number: _same("string", "R") for number in range(4)},
        4: _same("none", "E", mandatory=True),
        5: _same("none", "E"),
        **{number: _same("integer", "R", multiple=True, live=True) for number in (6, 7, 8)},
        9: _same("integer", "R", live=True),
        10: _same("integer", "R", live=True),
        11: _same("integer", "R", multiple=True, mandatory=True),
        12: _same("none", "E"),
        13: _same("time", "RW", live=True),
        14: _same("string", "RW", live=True),
        15: _same("string", "RW", live=True),
        16: _same("string", "R", mandatory=True),
        **{number: _same("string", "R") for number in (17, 18, 19)},
        20: _same("integer", "R", live=True),
        21: _same("integer", "R", live=True),
    },
    # Another service's
    PUBLISHED: {
        0: _same("string", "R", mandatory=True),
        1: _same("integer", "RW", bounds=(0, 1000)),
        2: _same("float", "RW", bounds=(-50, 150)),
        3: _same("boolean", "RW"),
        4: _same("opaque", "RW"),
        5: _same("time", "RW"),
        6: _same("objlnk", "RW"),
        7: _same("unsigned", "RW"),
        8: _same("string", "RW", multiple=True),
        9: _same("integer", "RW", multiple=True, bounds=(-5, 5)),
        10: _same("none", "E"),
    },
}
HIDDEN = {"1.0": (SECURITY,), "1.1": (SECURITY, OSCORE), "1.2": (SECURITY, OSCORE)}


def resource(version, object_id, resource_id):
    """The Resource, or None where the version has none."""
    found = OBJECTS.get(object_id, {}).get(resource_id)
    return None if found is None or found.operations[VERSIONS.index(version)] is None else found


def operations(version, object_id, resource_id):
    """'R', 'RW', 'E' or ''."""
    found = resource(version, object_id, resource_id)
    return found.operations[VERSIONS.index(version)] if found else ""


def published_yaml():
    """The definition of PUBLISHED, as an object directory holds it."""
    lines = [f"object: {PUBLISHED}", "name: Property", 'version: "1.0"', "multiple: true",
             "mandatory: false", "resources:"]
    for number, found in OBJECTS[PUBLISHED].items():
        entry = [f"name: R{number}", f"operations: {found.operations[0]}", f"type: {found.kind}"]
        entry += ["multiple: true"] if found.multiple else []
        entry += ["mandatory: true"] if found.mandatory else []
        entry += [f"range: [{found.bounds[0]}, {found.bounds[1]}]"] if found.bounds else []
        lines.append(f"  {number}: {{{', '.join(entry)}}}")
    return "\n".join(lines) + "\n"


def kind_of(object_id, resource_id):
    return OBJECTS[object_id][resource_id].kind
