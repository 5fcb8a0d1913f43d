# SPDX-License-Identifier: Apache-2.0
"""Looks for keys where none may be: as they are, as hexadecimal text and as Base64, however written.

    search = Search({"bootstrap key": b"..."})
    search.look("a place", data)            # bytes or text
    search.look_into("/some/file")
    assert search.found == []
"""
import base64
import os
import subprocess

CHUNK = 1024 * 1024    # bytes of a file that are looked at together
SEPARATORS = ("", ":", " ", ", ", "-", "\\x", " 0x", ", 0x")


def hexadecimal(raw):
    """With each separator that a dump may have, in both cases."""
    for separator in SEPARATORS:
        text = separator.join(f"{byte:02x}" for byte in raw)
        yield text
        yield separator.join(f"{byte:02X}" for byte in raw)


def base64_inside(raw):
    """As part of a longer text: what is before it decides on the first digit, what is behind on the last."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + raw).rstrip(b"=")
        first = (before * 8 + 5) // 6
        last = (before + len(raw)) * 8 // 6
        yield text[first:last]
        yield text[first:last].translate(bytes.maketrans(b"+/", b"-_"))


def spellings(raw):
    yield raw
    yield from (text.encode() for text in hexadecimal(raw))
    yield from base64_inside(raw)
    yield ", ".join(map(str, raw)).encode()     # as busctl and JSON show bytes
    yield ",".join(map(str, raw)).encode()
    yield " ".join(map(str, raw)).encode()


class Search:
    """keys: {name: bytes}, each of 16 bytes and more, so that nothing is found by chance."""

    def __init__(self, keys):
        assert all(len(raw) >= 16 for raw in keys.values())
        self.spellings = [(name, each) for name, raw in keys.items() for each in set(spellings(raw))]
        self.longest = max(len(each) for _, each in self.spellings)
        self.found = []     # (name of the key, place)
        self.places = 0     # looked at

    def look(self, place, data):
        if isinstance(data, str):
            data = data.encode(errors="surrogateescape")
        self.places += 1
        unbroken = data.replace(b"\n", b"").replace(b"\r", b"")     # PEM
        for name, each in self.spellings:
            if (each in data or each in unbroken) and (name, place) not in self.found:
                self.found.append((name, place))

    def look_into(self, path):
        """A file, piece by piece; one that goes away meanwhile is nothing."""
        try:
            with open(path, "rb") as file:
                overlap = b""
                while data := file.read(CHUNK):
                    self.look(str(path), overlap + data)
                    overlap = data[-self.longest:]
        except (FileNotFoundError, ProcessLookupError):
            pass

    def look_at_process(self, pid, apart=()):
        """What /proc tells of it: names, environment, mappings, and its open files but those apart."""
        for name in ("cmdline", "environ", "maps", "comm", "status", "mountinfo"):
            self.look_into(f"/proc/{pid}/{name}")
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            link = f"/proc/{pid}/fd/{descriptor}"
            try:
                target = os.readlink(link)
            except FileNotFoundError:
                continue
            self.look(link, target)
            if os.path.isfile(link) and not target.startswith(tuple(map(str, apart))):
                self.look_into(link)


def files_changed_since(stamp, *roots, apart=()):
    """Regular files below the roots whose content or inode is younger than a file, but for the paths apart
    and what lies below them; other file systems are not entered."""
    pruned = [word for path in apart for word in ("-path", str(path), "-o")]
    found = subprocess.run(
        ["find", *map(str, roots), "-xdev", "(", *pruned, "-false", ")", "-prune", "-o",
         "-type", "f", "-newercm", str(stamp), "-print0"], stdout=subprocess.PIPE, check=False)
    return [os.fsdecode(path) for path in found.stdout.split(b"\0") if path]
