# SPDX-License-Identifier: Apache-2.0
"""Write-Attributes and what Discover shows of it, as Core TS 7.3 has them; and random ones."""


NUMBERS = ("integer", "unsigned", "time", "float")
# In the order in which a client may list them: since which version, on which levels, of which data types
NAMES = {"pmin": ("1.0", (1, 2, 3, 4), None), "pmax": ("1.0", (1, 2, 3, 4), None),
         "gt": ("1.0", (3, 4), NUMBERS), "lt": ("1.0", (3, 4), NUMBERS), "st": ("1.0", (3, 4), NUMBERS),
         "epmin": ("1.1", (1, 2, 3, 4), None), "epmax": ("1.1", (1, 2, 3, 4), None),
         "edge": ("1.2", (3, 4), ("boolean",)), "con": ("1.2", (1, 2, 3, 4), None),
         "hqmax": ("1.2", (1, 2, 3, 4), None)}
WRONG = ("dim=1", "pmin=-1", "pmax=x", "con=2", "pmin=1.5", "st=-1", "lt=1e3", "x", "edge=7", "ver=1.0")
TIMING = ("pmin", "gt", "lt", "st", "edge")     # with these a change may go without a notification
PERIODIC = ("pmax", "epmin", "epmax")


class Attributes:
    """Those that one server has attached: {path: {name: text}}."""

    def __init__(self, version):
        self.version = version
        self.attached = {}

    def write(self, ids, kind, query):
        """Whether a Write-Attributes to a path is taken; kind is the data type, None above a Resource."""
        values, named = dict(self.attached.get(ids, {})), set()
        for part in query.split("&"):
            name, equals, text = part.partition("=")
            if name in named or not self.fits(ids, kind, name) or (equals and not is_value(name, text)):
                return False
            named.add(name)
            if equals:
                values[name] = text
            else:
                values.pop(name, None)
        if not together(values):
            return False
        self.attached[ids] = values
        return True

    def fits(self, ids, kind, name):
        since, levels, kinds = NAMES.get(name, ("9", (), None))
        return since <= self.version and len(ids) in levels and (kinds is None or kind in kinds)

    def at(self, ids):
        return in_order(self.attached.get(ids, {}))

    def effective(self, ids):
        values = {}
        for length in range(1, len(ids) + 1):
            values |= self.attached.get(ids[:length], {})
        return in_order(values)

    def remove(self, ids):
        self.attached = {path: values for path, values in self.attached.items() if path[:len(ids)] != ids}


def in_order(values):
    return {name: values[name] for name in NAMES if name in values}


def is_value(name, text):
    if name in ("gt", "lt", "st"):
        digits = text.removeprefix("-").replace(".", "", 1)
        return digits.isdigit() and digits.isascii() and not (name == "st" and float(text) < 0)
    if not (text.isdigit() and text.isascii()):
        return False
    return int(text) <= (1 if name in ("edge", "con") else (1 << 32) - 1)


def together(values):
    number = {name: float(text) for name, text in values.items()}
    if "lt" in number and "gt" in number and not number["lt"] + 2 * number.get("st", 0) < number["gt"]:
        return False
    return not ("epmin" in number and "epmax" in number) or number["epmin"] < number["epmax"]


def random_query(rng, version, level):
    """A query that mostly fits."""
    known = [name for name, (since, levels, _) in NAMES.items() if since <= version and level in levels]
    parts = []
    for name in rng.sample(known, rng.randint(1, min(3, len(known)))):
        parts.append(name if rng.random() < 0.25 else f"{name}={random_value(rng, name)}")
    if rng.random() < 0.1:
        parts.append(rng.choice((*WRONG, parts[0])))
    return "&".join(parts)


def random_value(rng, name):
    if name in ("edge", "con"):
        return rng.choice("01")
    if name in ("gt", "lt"):
        return rng.choice(("-5", "0", "2.5", str(rng.randrange(100)), "1000"))
    return str(rng.choice((0, 1, rng.randrange(100), 3600)))
