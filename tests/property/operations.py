# SPDX-License-Identifier: Apache-2.0
"""Random accounts, and random operations on the tree that they make. At most one thing is wrong with the
content of an operation, so that there is one code to expect."""
import dataclasses
import json

import composite
from attributes import random_query
from definitions import ACCESS, DEVICE, HIDDEN, OBJECTS, PUBLISHED, SERVER, TOP_31, TOP_32, resource
from lwm2m_peer import (CBOR, DELETE, GET, LINK, LWM2M_CBOR, OLD_TLV, OPAQUE, PATCH, POST, PUT, SENML_CBOR,
                        SENML_JSON, TEXT, TLV, encode, finish, records, security, tlv_instance, write)
from lwm2m_peer import delete as delete_step
from model import BOOTSTRAP_SERVER, Live, Model, Operation

SINGLE = (TEXT, TLV, OLD_TLV, CBOR, SENML_JSON, SENML_CBOR, LWM2M_CBOR)
SEVERAL = (TLV, OLD_TLV, SENML_JSON, SENML_CBOR, LWM2M_CBOR)
UNKNOWN = (50, 11543, 1543, 65535)
WATCHES = 12
STRANGER = 77       # a Short Server ID without account
INITIATING = {SERVER: (4, 9), DEVICE: (4, 5)}       # what ends a session: not executed here
CALM = {1: (60, TOP_31), 2: (0, 0), 3: (3600, TOP_32)}    # no Updates meanwhile, each change told at once
READ_ONLY = (0, 2, 9, 11, 16, 17, 4000)             # of Device
NOBODYS = (9, 6, 33000, 65534)                      # Objects that the client does not have


class Tree:
    """Random accounts of some servers: the script of a bootstrap, and the model of what it makes."""

    def __init__(self, rng, version, servers, device):
        self.rng, self.model = rng, Model(version)
        self.model.servers = tuple(servers)
        self.script = [delete_step("/")]
        instances = rng.sample(range(8), len(servers))
        for (ssid, uri), instance in zip(servers.items(), instances):
            self.account(ssid, uri, instance)
        if rng.random() < 0.8:
            for number in range(rng.randrange(1, 7)):
                self.access(number, instances)
        self.script.append(finish())
        self.model.instances[DEVICE, 0] = device
        self.publish()

    def account(self, ssid, uri, instance):
        version, rng = self.model.version, self.rng
        values = {0: ssid, 1: rng.choice((300, 86400)), 6: rng.random() < 0.5, 7: "U"}
        for number, low, high in ((5, 1, 1 << 31), (16, 0, 1), (17, 1, 9), (18, 1, 9), (20, 1, 3)):
            if rng.random() < 0.5:
                value = rng.randint(low, high)
                values[number] = bool(value) if OBJECTS[SERVER][number].kind == "boolean" else value
        self.script += [write(f"/0/{instance + 1}", security(uri, ssid)), write(f"/1/{instance}", values)]
        served = {number: value for number, value in values.items() if resource(version, SERVER, number)}
        if version != "1.0":
            served[12] = Live("time")
        self.model.instances[SERVER, instance] = served

    def publish(self):
        """What another service publishes afterwards."""
        self.model.handled = self.rng.random() < 0.5
        values = {0: "published", 1: 5, 2: 21.5, 3: True, 4: b"\0\1", 5: 1700000000, 6: (DEVICE, 0),
                  7: 1 << 63, 8: {0: "a", 3: "b"}, 9: {1: -1}}
        for instance in range(1 if self.model.handled else 2):
            optional = self.rng.sample(sorted(values), self.rng.randrange(len(values)))
            self.model.instances[PUBLISHED, instance] = {
                number: dict(value) if isinstance(value, dict) else value
                for number, value in values.items() if number == 0 or number in optional}

    def access(self, number, instances):
        rng, servers = self.rng, self.model.servers
        target = rng.choice([(SERVER, each) for each in instances] + [
            (DEVICE, 0), (DEVICE, 0), (PUBLISHED, 0)])
        ids = rng.sample((0, STRANGER, *servers), rng.randrange(0, len(servers) + 2))
        values = {0: target[0], 1: target[1], 3: rng.choice((*servers, *servers, BOOTSTRAP_SERVER))}
        if ids:
            values[2] = {each: rng.choice((rng.randrange(32), 31, 3)) for each in ids}
        self.script.append(write(f"/2/{number}", values))
        self.model.instances[ACCESS, number] = values


class Operations:
    """Random operations of random servers on a model as it is at the moment."""

    def __init__(self, rng, model):
        self.rng, self.model = rng, model
        self.watches = []       # observations that go on
        self.kinds = {self.read: 30, self.discover: 10, self.write: 40, self.execute: 6, self.delete: 5,
                      self.impossible: 3, self.create: 2, self.observe: 6, self.cancel: 1,
                      self.attributes: 6, self.read_composite: 5, self.write_composite: 8}

    def next(self):
        make, = self.rng.choices(list(self.kinds), self.kinds.values())
        operation = make()
        operation.server = operation.server or self.server(operation)
        return operation

    def server(self, operation):
        """Mostly one that has a right there."""
        ids, servers = operation.ids, self.model.servers
        if ids and ids[:2] in self.model.instances and self.rng.random() < 0.6:
            servers = [each for each in servers if self.model.rights(each, *ids[:2]) > 1] or servers
        return self.rng.choice(servers)

    # -- paths

    def path(self, length):
        """One that mostly leads somewhere."""
        rng = self.rng
        if rng.random() < 0.04:
            return rng.choice(("/x", "/1/-1", "/1/0/65536", "/1/65535", "/3/0/11/0/0", "/03/0"))
        if rng.random() < 0.08:
            return "/" + "/".join(map(str, (rng.choice(HIDDEN[self.model.version] + NOBODYS),
                                            *rng.choices(range(3), k=length - 1))))
        object_id, instance = rng.choice(sorted(self.model.instances))
        number = rng.choice(sorted(OBJECTS[object_id] if rng.random() < 0.4
                                   else self.model.instances[object_id, instance]))
        value = self.model.instances[object_id, instance].get(number)
        below = sorted(value) if isinstance(value, dict) and value else [0]
        ids = [object_id, instance, number, rng.choice(below)][:length]
        if length > 1 and rng.random() < 0.06:
            at = rng.randrange(1, length)
            ids[at] = rng.choice((0, 1, 5, 30, 4000, 65534))
        return "/" + "/".join(map(str, ids))

    def writable(self):
        """A Resource, or an instance of one, that some server may write."""
        writable = [ids for ids in sorted(self.model.instances) if ids[0] != DEVICE]
        object_id, instance = self.rng.choice(writable)
        numbers = {SERVER: (1, 2, 3, 5, 6), ACCESS: (2, 2, 3), PUBLISHED: range(1, 10)}[object_id]
        ids = (object_id, instance, self.rng.choice(numbers))
        return (self.rng.random() < 0.3 and self.entry()) or "/" + "/".join(map(str, ids))

    def entry(self):
        """An ACL entry, or another Resource Instance that can be written, that is there, or None."""
        entries = [(object_id, x, number, each)
                   for object_id, number in ((ACCESS, 2), (PUBLISHED, 8), (PUBLISHED, 9))
                   for x in self.model.ids_of(object_id)
                   for each in self.model.instances[object_id, x].get(number, {})]
        return "/" + "/".join(map(str, self.rng.choice(entries))) if entries else None

    def found(self, path):
        """The Resource that a path is of, or None."""
        ids = Operation(GET, path).ids
        return resource(self.model.version, ids[0], ids[2]) if ids and len(ids) > 2 else None

    # -- operations

    def read(self):
        path = self.path(self.rng.choice((1, 2, 3, 3, 3, 4)))
        accept = self.rng.choice((None, TEXT, CBOR, *SEVERAL, *SEVERAL, OPAQUE, self.rng.choice(UNKNOWN)))
        return Operation(GET, path, accept=accept)

    def observe(self):
        """Nothing of Device that moves by itself."""
        operation = self.rng.choice((self.read, self.read, self.read_composite))()
        moving = any(ids is not None and (not ids or (ids[0] == DEVICE and
                                                      (len(ids) < 3 or ids[2] not in READ_ONLY)))
                     for ids in operation.observed)
        if len(self.watches) >= WATCHES or moving:
            return self.write()
        if operation.accept == SENML_JSON:
            operation.accept = SENML_CBOR       # one message holds it, without blocks
        operation.observe = True
        return operation

    def read_composite(self):
        return composite.random_read(self)

    def write_composite(self):
        return composite.random_write(self)

    def cancel(self):
        if not self.watches:
            return self.observe()
        watch = self.rng.choice(self.watches)
        return dataclasses.replace(watch.operation, observe=False, cancel=watch)

    def discover(self):
        query = self.rng.choice(("", "", "depth=" + self.rng.choice(("0", "1", "2", "3", "4", ""))))
        return Operation(GET, self.path(self.rng.choice((1, 2, 2, 3, 3, 4))), accept=LINK, query=query)

    def attributes(self):
        path = self.path(self.rng.choice((1, 2, 3, 3, 4)))
        query = random_query(self.rng, self.model.version, len(Operation(PUT, path).ids or "1"))
        return Operation(PUT, path, query=query)

    def impossible(self):
        """What no path allows."""
        rng = self.rng
        method, path = rng.choice(((PATCH, self.path(2)), (GET, "/"), (PUT, "/"), (POST, "/"), (PATCH, "/"),
                                   (POST, f"/{rng.choice((SERVER, ACCESS, DEVICE, PUBLISHED))}")))
        payload = records({"/1/0/1": 60}, SENML_CBOR) if method != GET else b""
        return Operation(method, path, cf=SENML_CBOR if payload else None, payload=payload)

    def execute(self):
        rng = self.rng
        object_id, instance = rng.choice(sorted(self.model.instances))
        executable = [each for each, found in OBJECTS[object_id].items() if found.kind == "none"]
        number = rng.choice(executable or [0])
        good = [b"", b"5", b"2='10.3'", b"1,2,3='x'", b"0='U'"]
        bad = [b"0=", b"x", b"1,,2", b"1,1", b"0='a", b"0='\"'", b","]
        if number in INITIATING.get(object_id, ()):
            payload, wrong = rng.choice(bad), True
            number = number if object_id == SERVER else 12
        else:
            wrong = rng.random() < 0.3
            payload = rng.choice(bad if wrong else good)
        cf = TEXT if payload else None
        if payload and not wrong and rng.random() < 0.1:
            cf, wrong = CBOR, True
        return Operation(POST, f"/{object_id}/{instance}/{number}", cf=cf, payload=payload,
                         wrong=("4.00",) if wrong else ())

    def create(self):
        """An Object Instance of PUBLISHED, with the server's ID or the client's."""
        rng = self.rng
        instance = rng.choice((-1, -1, rng.randrange(8)))
        ids = (PUBLISHED, max(instance, 0))
        value = {number: self.value((*ids, number), OBJECTS[PUBLISHED][number])
                 for number in rng.sample(range(1, 10), rng.randrange(1, 5))}
        value = {number: each for number, each in value.items() if each != {}} or {1: 1}
        operation = Operation(POST, f"/{PUBLISHED}", value={instance: value})
        if instance == -1:
            operation.cf, operation.payload = TLV, tlv_instance(value)
            return operation
        return self.with_content(operation)

    def delete(self):
        path = self.path(self.rng.choice((0, 1, 2, 2, 3, 4)))
        return Operation(DELETE, self.entry() or path if self.rng.random() < 0.7 else path)

    # -- writing

    def write(self):
        path = self.path(self.rng.choice((2, 3, 3, 3, 4)))
        rng = self.rng
        if rng.random() < 0.4:
            path = self.writable()
        ids = Operation(PUT, path).ids
        method = rng.choice((PUT, POST))
        if ids and ids[0] == DEVICE:
            return Operation(PUT, f"/{DEVICE}/0/{rng.choice(READ_ONLY)}", cf=TEXT, payload=b"1")
        if not ids or len(ids) < 2 or ids[:2] not in self.model.instances:
            return Operation(method, path, cf=TEXT, payload=b"1")
        found = self.found(path)
        if found is not None and found.kind == "none" and method == POST:
            return self.execute()
        if len(ids) > 2 and found is None:
            return Operation(method, path, cf=TEXT, payload=b"1")
        if found is not None and not found.multiple and rng.random() < 0.8:
            method = PUT
        value = self.instance_value(ids, method) if len(ids) == 2 else self.value(ids, found)
        return self.with_content(Operation(PUT if value == {} else method, path, value=value))

    def number(self, ids, bounds):
        low, high = self.bounds(ids, bounds)
        rng = self.rng
        return rng.choice((low, high, rng.randint(low, high), rng.randint(low, min(high, low + 600))))

    def bounds(self, ids, bounds):
        if ids[0] == SERVER and ids[2] in CALM:
            return CALM[ids[2]]
        return self.limits(ids, bounds)

    def limits(self, ids, bounds):
        if ids[0] == ACCESS and ids[2] == 2 and self.model.version != "1.2":
            return (0, 65535)
        return bounds or (0, 9)

    def one(self, ids, found):
        rng = self.rng
        if ids[0] == ACCESS and ids[2] == 3:
            return rng.choice((*self.model.servers, BOOTSTRAP_SERVER, STRANGER))
        if found.kind == "boolean":
            return rng.random() < 0.5
        if found.kind == "float":
            return rng.randrange(4 * found.bounds[0], 4 * found.bounds[1] + 1) / 4
        if found.kind == "opaque":
            return rng.randbytes(rng.choice((1, 8, 40)))
        if found.kind == "objlnk":
            return rng.choice(((DEVICE, 0), (65535, 65535)))
        if found.kind == "string":
            return rng.choice(found.choices[0] if found.choices else ("", "x"))
        return self.number(ids, found.bounds)

    def value(self, ids, found):
        if found.multiple and len(ids) == 3:
            some = self.rng.sample((0, 1, STRANGER, *self.model.servers), self.rng.randrange(0, 4))
            return {each: self.one(ids, found) for each in dict.fromkeys(some)}
        return self.one(ids, found)

    def instance_value(self, ids, method):
        """Some Resources; perhaps one that is unknown, read-only or executable."""
        rng, value = self.rng, {}
        known = [number for number in OBJECTS[ids[0]] if resource(self.model.version, ids[0], number)]
        writable = [number for number in known if "W" in self.model.operations((*ids, number))]
        for number in rng.sample(writable, rng.randint(1, len(writable))):
            value[number] = self.value((*ids, number), resource(self.model.version, ids[0], number))
        if rng.random() < 0.2:
            value[rng.choice((4000, 300, 65534))] = rng.choice((1, "x", {0: 1}))
        if rng.random() < 0.3:
            number = rng.choice([each for each in known if each not in writable])
            now = self.model.instances[ids].get(number)
            if not isinstance(now, Live):
                other = self.one((*ids, number), resource(self.model.version, ids[0], number))
                value[number] = now if now is not None and rng.random() < 0.7 else other
        value = {number: each for number, each in value.items() if each != {} or method == PUT}
        last = max(number for number in writable if not OBJECTS[ids[0]][number].multiple)
        return value or {last: self.one((*ids, last), resource(self.model.version, ids[0], last))}

    # -- content

    def with_content(self, operation):
        """The payload in a format that can carry it; now and then with one thing wrong."""
        rng, value = self.rng, operation.value
        several = isinstance(value, dict)
        empty = several and any(each == {} for each in (value, *value.values()))
        operation.cf = rng.choice((TLV, OLD_TLV) if empty else SEVERAL if several else SINGLE)
        operation.payload = encode(operation.path, value, operation.cf)
        if rng.random() < 0.2:
            rng.choice((self.without_format, self.unknown_format, self.narrow_format, self.broken,
                        self.elsewhere, self.mistyped, self.out_of_bounds, self.nothing))(operation)
        return operation

    def without_format(self, operation):
        operation.cf, operation.wrong = None, ("4.00",)

    def unknown_format(self, operation):
        operation.cf, operation.wrong = self.rng.choice(UNKNOWN), ("4.15",)

    def narrow_format(self, operation):
        """One value only, and there are several."""
        if isinstance(operation.value, dict):
            operation.cf, operation.payload = self.rng.choice((TEXT, CBOR, OPAQUE)), b"\1"
            operation.wrong = ("4.15",)

    def broken(self, operation):
        """Cut off, or a byte too much."""
        if operation.cf in (SENML_CBOR, LWM2M_CBOR, CBOR, SENML_JSON):
            operation.payload = self.rng.choice((operation.payload[:-1], operation.payload + b"\xff"))
            operation.wrong = ("4.00",)

    def elsewhere(self, operation):
        """A name that is not below the path."""
        cf = self.rng.choice((SENML_CBOR, SENML_JSON, LWM2M_CBOR))
        first = "2" if operation.path.startswith("/1") else "1"
        operation.payload = records({f"/{first}/7/3": 1}, cf)
        operation.cf, operation.wrong = cf, ("4.00",)

    def mistyped(self, operation):
        found = self.found(operation.path)
        if found is None or found.kind == "string" or isinstance(operation.value, dict):
            return
        operation.cf = self.rng.choice((SENML_CBOR, SENML_JSON, CBOR, LWM2M_CBOR, TEXT))
        operation.payload = encode(operation.path, "x", operation.cf)
        operation.wrong = ("4.00",)

    def out_of_bounds(self, operation):
        found, ids = self.found(operation.path), operation.ids
        if found is None or isinstance(operation.value, dict):
            return
        if found.choices:
            value = self.rng.choice(found.choices[1])
        elif found.bounds:
            low, high = self.limits(ids, found.bounds)
            value = high + 1 if found.kind == "unsigned" else self.rng.choice((min(low, 0) - 1, high + 1))
        else:
            return
        if value == "" and operation.cf == TEXT:
            return
        operation.payload, operation.wrong = encode(operation.path, value, operation.cf), ("4.00",)

    def nothing(self, operation):
        cf = self.rng.choice((SENML_CBOR, SENML_JSON))
        operation.payload = b"\x80" if cf == SENML_CBOR else json.dumps([]).encode()
        operation.cf, operation.wrong = cf, ("4.00",)
