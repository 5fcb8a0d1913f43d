#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No function or variable of two files of ours has the same name: of two archives the linker takes the
first one without a word, and a program calls what its tests do not.

    symbols.py ARCHIVE...
    symbols.py --self-test
"""
import collections
import re
import subprocess
import sys

DEFINED = re.compile(r"^(\S+) [TDBRC] ")


def defined(listing):
    """(name, file) of what `nm --portability` says is defined for others."""
    member = ""
    for line in listing.splitlines():
        if line.endswith(":"):
            member = line[:-1]
        match = DEFINED.match(line)
        if match:
            yield match.group(1), member


def twice(listings):
    files = collections.defaultdict(set)
    for listing in listings:
        for name, member in defined(listing):
            files[name].add(member)
    return {name: sorted(members) for name, members in files.items() if len(members) > 1}


def self_test():
    one = "liba.a[x.o]:\nparse T 0 10\nhelper t 10 5\nmain_table R 0 8\nmalloc U\n"
    other = "libb.a[y.o]:\nparse T 0 20\nhelper t 0 5\nmalloc U\n"
    assert twice([one, other]) == {"parse": ["liba.a[x.o]", "libb.a[y.o]"]}
    assert twice([one]) == {}


def main(archives):
    if archives == ["--self-test"]:
        self_test()
        return 0
    listings = [subprocess.run(["nm", "--portability", "--defined-only", each], check=True, text=True,
                               stdout=subprocess.PIPE).stdout for each in archives]
    assert all("T " in listing for listing in listings), "an archive without a function"
    found = twice(listings)
    for name, members in sorted(found.items()):
        print(f"{name}: defined in {' and '.join(members)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
