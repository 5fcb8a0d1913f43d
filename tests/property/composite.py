# SPDX-License-Identifier: Apache-2.0
"""Read-Composite and Write-Composite (Core TS 6.3.8, 6.3.9): what they have to give on a Model, and random
ones."""
from definitions import HIDDEN, OBJECTS, PUBLISHED, resource
from lwm2m_peer import (ETCH_CBOR, ETCH_JSON, FETCH, IPATCH, LWM2M_CBOR, SENML_CBOR, SENML_JSON, TEXT, TLV,
                        names, records)
from model import READ, WRITE, Answer, Model, Operation, Refusal, ids_of

ANSWERS = (SENML_JSON, SENML_CBOR, LWM2M_CBOR)
SENML = (SENML_JSON, SENML_CBOR)
ETCH = (ETCH_JSON, ETCH_CBOR)
PATHS = 4


def read(model, operation):
    """`value` is a list of paths."""
    if operation.wrong:
        raise Refusal(*operation.wrong)
    values, rights = {}, set()
    for ids in map(ids_of, operation.value):
        rights |= {bool(model.rights(operation.server, *each) & READ)
                   for each in model.instances if each[:len(ids)] == ids[:2]}
        if not ids or ids[0] in HIDDEN[model.version]:
            rights.add(False)       # nobody may read any of it, nor learn what there is
        values |= readable(model, operation.server, ids)
    if not values and False in rights and True not in rights:
        raise Refusal("4.01")
    accept = SENML_CBOR if operation.accept is None else operation.accept
    if accept not in ANSWERS:
        raise Refusal("4.06")
    return Answer(("2.05",), values=values, cf=accept)


def readable(model, server, ids):
    """What of a path is there, can be read and may be."""
    if not ids:
        return {path: value for each in OBJECTS for path, value in model.readable(server, (each,)).items()}
    if not model.exists(ids) or (len(ids) > 1 and not model.rights(server, *ids[:2]) & READ) or \
            (len(ids) > 2 and ("R" not in model.operations(ids) or model.value(ids) is None)):
        return {}
    return model.readable(server, ids)


def write(model, operation):
    """`value` is {path: value}; None takes a Resource Instance away."""
    if operation.wrong:
        raise Refusal(*operation.wrong)
    values = {ids_of(path): value for path, value in operation.value.items()}
    for ids, value in values.items():
        check_target(model, operation.server, ids, value)
    if model.handled and len({ids[:2] for ids in values if ids[0] == PUBLISHED}) > 1:
        raise Refusal("4.05", "4.00")   # two questions; or what is wrong with the rest
    changed = {}
    for ids, value in values.items():
        candidate = changed.setdefault(ids[:2], model.copy(ids[:2]))
        if len(ids) == 3:
            candidate[ids[2]] = value
        elif value is None:
            del candidate[ids[2]][ids[3]]
        else:
            candidate.setdefault(ids[2], {})[ids[3]] = value
    for ids, candidate in changed.items():
        model.check_owner(ids, candidate)
    model.instances |= changed
    return Answer(("2.04",))


def check_target(model, server, ids, value):
    if ids[0] in HIDDEN[model.version]:
        raise Refusal("4.01")
    if not model.exists(ids) or (value is None and model.value(ids) is None):
        raise Refusal("4.04")
    if "W" not in model.operations(ids):
        raise Refusal("4.05")
    if not model.rights(server, *ids[:2]) & WRITE:
        raise Refusal("4.01")


Model.composite = {FETCH: read, IPATCH: write}


# -- random ones


def random_read(operations):
    """Of a few paths, mostly of what is there."""
    rng = operations.rng
    paths = [operations.path(rng.choice((1, 2, 3, 3, 4))) for _ in range(rng.randint(1, PATHS))]
    paths = apart(path for path in paths if ids_of(path) is not None)
    if rng.random() < 0.05 or not paths:
        paths = ["/"]
    cf = rng.choice(SENML + ETCH)
    operation = Operation(FETCH, "/", accept=rng.choice((None, *ANSWERS, *ANSWERS, TLV, TEXT)), cf=cf,
                          value=paths, payload=names(paths, cf))
    if rng.random() < 0.1:
        operation.cf, operation.wrong = rng.choice((TLV, LWM2M_CBOR, 50)), ("4.15",)
    elif rng.random() < 0.05:
        operation.payload, operation.wrong = operation.payload[:-1], ("4.00",)
    return operation


def apart(paths):
    """Those of which none is at or below another one."""
    found = []
    for path in sorted(set(paths), key=len):
        if not any(ids_of(path)[:len(ids_of(each))] == ids_of(each) for each in found):
            found.append(path)
    return found


def random_write(operations):
    rng, model = operations.rng, operations.model
    values = {}
    for path in apart(operations.writable() for _ in range(rng.randint(1, PATHS))):
        ids = ids_of(path)
        found = resource(model.version, ids[0], ids[2])
        if found.multiple and len(ids) == 3:
            ids = (*ids, rng.choice((0, 1, 77, *model.servers)))
        values["/" + "/".join(map(str, ids))] = operations.one(ids, found)
    cf = rng.choice((*ANSWERS, *ETCH))
    if rng.random() < 0.1:
        path = rng.choice(("/1/0/4000", "/0/0/0", "/9/0/0", "/1/60/5", "/3/0/0", "/2/0/0", "/1/0/8"))
        values[path] = "x" if path in ("/0/0/0", "/3/0/0") else 1
    entry = operations.entry()
    if cf in ETCH and entry and rng.random() < 0.3:
        values[entry] = None
    operation = Operation(IPATCH, "/", cf=cf, value=values, payload=records(values, cf))
    if rng.random() < 0.1:
        operation.cf, operation.wrong = rng.choice(((TLV, ("4.15",)), (TEXT, ("4.15",)), (50, ("4.15",)),
                                                    (None, ("4.00",))))
    return operation
