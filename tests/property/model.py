# SPDX-License-Identifier: Apache-2.0
"""The client's tree as plain dicts, and what each operation of an LwM2M Server has to give there.

Nothing here knows the client: the rules are those of the Core TS (Read 6.3.1, Discover 6.3.2, Write 6.3.3,
Execute 6.3.5, Access Control 7.3). Where several things are wrong at once the first one counts: hidden
Object 4.01, no such path 4.04, not possible there 4.05, no right 4.01, content.
"""
import collections
import dataclasses
import itertools

from attributes import PERIODIC, TIMING, Attributes
from definitions import ACCESS, DEVICE, HIDDEN, OBJECTS, PUBLISHED, operations, resource
from lwm2m_peer import (CBOR, DELETE, FETCH, GET, LINK, LWM2M_CBOR, OLD_TLV, OPAQUE, POST, PUT, SENML_CBOR,
                        SENML_JSON, TEXT, TLV)

READ, WRITE, EXECUTE, DELETION = 1, 2, 4, 8
ALL = 31
BOOTSTRAP_SERVER = 65535
PACKS = (TLV, OLD_TLV, SENML_JSON, SENML_CBOR, LWM2M_CBOR)


def ids_of(path):
    """A path as numbers; None where it is none of an Object or below."""
    parts = [part for part in path.split("/") if part]
    return tuple(map(int, parts)) if len(parts) <= 4 and all(map(is_id, parts)) else None


def is_id(text):
    return text.isdigit() and str(int(text)) == text and int(text) < 65535


class Live:
    """Any value of a data type: one that moves by itself."""

    types = {"string": str, "integer": int, "unsigned": int, "time": int, "boolean": bool}

    def __init__(self, kind):
        self.kind = kind

    def __eq__(self, other):
        return isinstance(other, self.types[self.kind])

    def __repr__(self):
        return f"any {self.kind}"


@dataclasses.dataclass
class Operation:
    """What a server asks. `value` is what it writes, in the form that payloads.encode() takes; `wrong` the
    codes that its content or arguments have earned before anybody looks at the tree."""
    method: int
    path: str
    accept: int = None
    cf: int = None
    value: object = None
    payload: bytes = b""
    wrong: tuple = ()
    query: str = ""
    server: int = 0     # its Short Server ID
    observe: bool = False
    cancel: object = None       # a Watch that it ends

    @property
    def ids(self):
        return ids_of(self.path)

    @property
    def observed(self):
        """Each path that an observation with it is of, as numbers."""
        return [ids_of(path) for path in self.value] if self.method == FETCH else [self.ids]


@dataclasses.dataclass
class Answer:
    """One of some codes; with a 2.05 the values, or the links of a Discover, and the format."""
    codes: tuple
    values: dict = None
    links: dict = None
    cf: int = None


class Refusal(Exception):
    def __init__(self, *codes):
        super().__init__(codes)
        self.codes = codes


def name(ids):
    return "/" + "/".join(map(str, ids))


def flat(ids, value):
    """{ids of a value: value} of what stands at a path."""
    if not isinstance(value, dict):
        return {ids: value}
    return {each: inner for key, below in value.items() for each, inner in flat((*ids, key), below).items()}


class Model:
    """One client. `instances` is {(Object, Object Instance): {Resource: value}}, the value of a Multiple
    Resource {Resource Instance: value}."""

    composite = {}      # method: function, of composite.py

    def __init__(self, version):
        self.version = version
        self.instances = {}
        self.servers = ()       # Short Server IDs of the accounts
        self.attributes = collections.defaultdict(lambda: Attributes(version))  # of each server
        self.handled = False    # PUBLISHED has a handler, which agrees to everything
        self.created = set()    # what of it servers have made
        self.device = ()        # Resources of /3/0 that this client shows; of the others it may say either

    # -- what is there

    def ids_of(self, object_id):
        return sorted(instance for each, instance in self.instances if each == object_id)

    def resource(self, ids):
        return resource(self.version, ids[0], ids[2])

    def operations(self, ids):
        return operations(self.version, ids[0], ids[2])

    def value(self, ids):
        """What stands at a Resource or Resource Instance; None: nothing."""
        found = self.instances[ids[:2]].get(ids[2])
        if len(ids) == 3:
            return found
        return found.get(ids[3]) if isinstance(found, dict) else None

    def exists(self, ids):
        return not ids or (ids[0] in OBJECTS and (len(ids) < 2 or ids[:2] in self.instances) and
                           (len(ids) < 3 or self.resource(ids) is not None))

    def copy(self, ids):
        """Of an Object Instance, to be changed."""
        return {number: dict(value) if isinstance(value, dict) else value
                for number, value in self.instances[ids].items()}

    def check_exists(self, ids):
        if ids is None or not self.exists(ids):
            raise Refusal("4.04")
        if len(ids) > 2 and ids[0] == DEVICE and ids[2] not in self.device:
            raise Refusal("4.04", "4.05", "4.01")

    # -- Access Control

    def access_instance(self, object_id, instance):
        """The first /2/x that is for it, or None."""
        every = (self.instances[ACCESS, x] for x in self.ids_of(ACCESS))
        return next((each for each in every if (each[0], each[1]) == (object_id, instance)), None)

    def rights(self, server, object_id, instance):
        if len(self.servers) < 2 or (object_id != PUBLISHED and not self.ids_of(ACCESS)):
            return ALL
        if object_id == ACCESS:
            return ALL if self.instances[ACCESS, instance][3] == server else 0
        control = self.access_instance(object_id, instance)
        if control is None and object_id == PUBLISHED:
            return ALL if (object_id, instance) in self.created else READ | WRITE | EXECUTE
        if control is None:
            return 0
        acl = control.get(2, {})
        if server in acl:
            return acl[server] & ALL
        return ALL if control[3] == server else acl.get(0, 0) & ALL

    def check_right(self, operation, ids, right):
        if len(ids) > 1 and not self.rights(operation.server, *ids[:2]) & right:
            raise Refusal("4.01")

    # -- operations

    def perform(self, operation):
        """What the client has to answer; the tree is afterwards what it has to be."""
        first = operation.path.strip("/").split("/")[0]
        try:
            if first.isdigit() and int(first) in HIDDEN[self.version]:
                raise Refusal("4.01")
            ids = operation.ids
            self.check_exists(ids)
            if operation.path == "/" and operation.method in self.composite and self.version != "1.0":
                return self.composite[operation.method](self, operation)
            perform = {GET: self.get, PUT: self.put, POST: self.post,
                       DELETE: self.delete}.get(operation.method)
            if perform is None:
                raise Refusal("4.05")
            return perform(operation, ids)
        except Refusal as refusal:
            return Answer(refusal.codes)

    def state(self, operation):
        """What an observation that this operation began tells now, a code and values; and which Multiple
        Resources are empty, of which not every format tells."""
        answer = self.perform(operation)
        empty = {(*ids, number) for ids, values in self.instances.items() for number in values
                 if values[number] == {} and self.rights(operation.server, *ids) & READ and
                 any((*ids, number)[:len(each)] == each[:3] for each in operation.observed)}
        return answer.codes[0], answer.values or {}, empty

    def get(self, operation, ids):
        if operation.accept == LINK:
            return self.discover(operation, ids)
        return self.read(operation, ids)

    def put(self, operation, ids):
        if operation.query and operation.cf is None and not operation.payload:
            return self.write_attributes(operation, ids)
        found = self.resource(ids) if len(ids) > 2 else None
        if len(ids) < 2 or ids[0] == DEVICE or (len(ids) == 4 and not found.multiple) or \
                (found and "W" not in self.operations(ids)):
            raise Refusal("4.05")
        return self.write(operation, ids, replace=True)

    def post(self, operation, ids):
        found = self.resource(ids) if len(ids) > 2 else None
        if len(ids) == 3 and "E" in self.operations(ids):
            if ids[0] == PUBLISHED and not self.handled:
                raise Refusal("4.05")
            return self.execute(operation, ids)
        if ids == (PUBLISHED,) and self.handled:
            return self.create(operation)
        if len(ids) < 2 or ids[0] == DEVICE or \
                (found and not (found.multiple and "W" in self.operations(ids))):
            raise Refusal("4.05")
        return self.write(operation, ids, replace=False)

    # -- Create

    def create(self, operation):
        """`value` is {Object Instance: its values}; of -1 the client chooses which one it is."""
        if operation.wrong:
            raise Refusal(*operation.wrong)
        if operation.value is None:
            raise Refusal("4.00", "4.15")       # no content of such an Object Instance
        (instance, values), = operation.value.items()
        free = next(each for each in itertools.count() if (PUBLISHED, each) not in self.instances)
        ids = (PUBLISHED, free if instance == -1 else instance)
        if ids in self.instances:
            raise Refusal("4.00")
        self.remove_access(ids)
        if len(self.servers) > 1 and self.ids_of(ACCESS):
            number = next(each for each in itertools.count() if (ACCESS, each) not in self.instances)
            self.instances[ACCESS, number] = {0: PUBLISHED, 1: ids[1], 3: operation.server}
        self.instances[ids] = {0: "created"} | {number: value for number, value in values.items()
                                                if "W" in self.operations((*ids, number))}
        self.created.add(ids)
        return Answer(("2.01",))

    def remove_access(self, ids):
        for each in self.ids_of(ACCESS):
            if (self.instances[ACCESS, each][0], self.instances[ACCESS, each][1]) == ids:
                del self.instances[ACCESS, each]
                for attached in self.attributes.values():
                    attached.remove((ACCESS, each))

    # -- Read

    def read(self, operation, ids):
        if not ids or (len(ids) == 4 and not self.resource(ids).multiple) or \
                (len(ids) > 2 and "R" not in self.operations(ids)):
            raise Refusal("4.05")
        self.check_right(operation, ids, READ)
        if len(ids) > 2 and self.value(ids) is None:
            raise Refusal("4.04")
        return self.answer(operation, ids, self.readable(operation.server, ids))

    def readable(self, server, ids):
        """{path: value} of what a Read of the path tells a server."""
        if len(ids) == 1:
            return {path: value for x in self.ids_of(ids[0]) if self.rights(server, ids[0], x) & READ
                    for path, value in self.readable(server, (ids[0], x)).items()}
        if len(ids) == 2:
            return {path: value for number in self.instances[ids] if "R" in self.operations((*ids, number))
                    for path, value in self.readable(server, (*ids, number)).items()}
        return {name(path): "%d:%d" % value if isinstance(value, tuple) else value
                for path, value in flat(ids, self.value(ids)).items()}

    def answer(self, operation, ids, values):
        accept = operation.accept
        if accept is None:
            accept = TLV if self.version == "1.0" else SENML_CBOR
        single = len(ids) == 4 or (len(ids) == 3 and not self.resource(ids).multiple)
        one = (TEXT, CBOR, OPAQUE) if single and self.resource(ids).kind == "opaque" else (TEXT, CBOR)
        if accept not in PACKS and not (single and accept in one):
            raise Refusal("4.06")
        return Answer(("2.05",), values=values, cf=accept)

    # -- Discover

    def discover(self, operation, ids):
        if len(ids) not in (1, 2, 3) or (len(ids) == 3 and not self.operations(ids)):
            raise Refusal("4.05")
        longest = 4 if len(ids) == 3 else 3
        depth = operation.query.removeprefix("depth=")
        if self.version == "1.2" and operation.query.startswith("depth=") and depth in tuple("0123"):
            longest = len(ids) + int(depth)
        attached = self.attributes[operation.server]
        links = {name(path): dims | attached.at(path) for path, dims in self.links(ids)
                 if len(path) <= longest}
        if not links:
            raise Refusal("4.04")
        links[name(ids)] |= attached.effective(ids)
        return Answer(("2.05",), links=links, cf=LINK)

    def links(self, ids):
        """Each path that there is from this one down, and how many instances it has where that is said."""
        if len(ids) == 3:
            yield from self.links_of_resource(ids)
            return
        yield ids, {}
        below = self.ids_of(ids[0]) if len(ids) == 1 else sorted(OBJECTS[ids[0]])
        for each in below:
            yield from self.links((*ids, each))

    def links_of_resource(self, ids):
        allowed, value = self.operations(ids), self.value(ids)
        if not allowed or (value is None and "E" not in allowed) or \
                (ids[0] == DEVICE and ids[2] not in self.device):
            return
        if not self.resource(ids).multiple:
            yield ids, {}
            return
        yield ids, {"dim": str(len(value))}
        for each in sorted(value):
            yield (*ids, each), {}

    # -- Write-Attributes

    def write_attributes(self, operation, ids):
        found = self.resource(ids) if len(ids) > 2 else None
        if not ids or (len(ids) == 4 and not found.multiple) or (found and "R" not in self.operations(ids)):
            raise Refusal("4.05")
        self.check_right(operation, ids, READ)
        if found and self.value(ids) is None:
            raise Refusal("4.04")
        kind = found.kind if found else None
        if not self.attributes[operation.server].write(ids, kind, operation.query):
            raise Refusal("4.00")
        return Answer(("2.04",))

    def is_plain(self, operation):
        """Whether an observation of it tells each change at once, and nothing else."""
        attached = self.attributes[operation.server]
        return not any(each in attached.effective(ids) for ids in operation.observed
                       for each in (*TIMING, *PERIODIC))

    # -- Write

    def write(self, operation, ids, replace):
        self.check_right(operation, ids, WRITE)
        if len(ids) == 4 and self.value(ids) is None:
            raise Refusal("4.04")
        if operation.wrong:
            raise Refusal(*operation.wrong)
        values = self.accepted(flat(ids, operation.value), ids)
        candidate = self.copy(ids[:2])
        if replace:
            self.clear(candidate, ids, operation.value)
        for path, value in values.items():
            if len(path) == 3:
                candidate[path[2]] = value
            else:
                candidate.setdefault(path[2], {})[path[3]] = value
        self.check_owner(ids, candidate)
        self.instances[ids[:2]] = candidate
        return Answer(("2.04",))

    def accepted(self, values, ids):
        """What of it is written: neither what the client does not know, nor what it has just so already."""
        result = {}
        for path, value in values.items():
            allowed = self.operations(path)
            if "W" in allowed:
                result[path] = value
            elif self.resource(path) is not None and (allowed == "E" or self.value(path) != value):
                raise Refusal("4.05")
        return result

    def clear(self, candidate, ids, value):
        """What a Replace takes away before it sets anything."""
        if len(ids) == 3:
            if isinstance(value, dict):
                candidate[ids[2]] = {}
            return
        if len(ids) == 4:
            return
        for number in OBJECTS[ids[0]]:
            found = self.resource((*ids, number))
            if found is None or "W" not in self.operations((*ids, number)):
                continue
            if number in value and found.multiple:
                candidate[number] = {}
            elif number not in value and not found.mandatory:
                candidate.pop(number, None)

    def check_owner(self, ids, candidate):
        """Nobody but an LwM2M Server account can own; only a bootstrap gives it to somebody else."""
        if ids[0] == ACCESS and candidate[3] != self.instances[ids[:2]][3] and \
                candidate[3] not in (*self.servers, BOOTSTRAP_SERVER):
            raise Refusal("4.00")

    # -- Delete

    def delete(self, operation, ids):
        """No instance of the client's own Objects goes by an LwM2M Server; a Resource Instance since 1.2."""
        if len(ids) == 2 and ids[0] == PUBLISHED and self.handled:
            self.check_right(operation, ids, DELETION)
            del self.instances[ids]
            self.created.discard(ids)
            self.remove_access(ids)
            for attached in self.attributes.values():
                attached.remove(ids)
            return Answer(("2.02",))
        if len(ids) < 4 or self.version < "1.2" or not self.resource(ids).multiple or \
                "W" not in self.operations(ids):
            raise Refusal("4.05")
        self.check_right(operation, ids, DELETION)
        if self.value(ids) is None:
            raise Refusal("4.04")
        del self.instances[ids[:2]][ids[2]][ids[3]]
        return Answer(("2.02",))

    # -- Execute

    def execute(self, operation, ids):
        self.check_right(operation, ids, EXECUTE)
        if operation.wrong:
            raise Refusal(*operation.wrong)
        return Answer(("2.04",))
