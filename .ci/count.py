#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""count.py LOG...: what meson's testlog.json files say, as one line "N passed, N failed, N skipped".

A missing log is a build that failed: one failure. In the first log and on Debian 13, README's own commands,
only what needs things from outside may be skipped; any other skipped test is a failure.
"""
import json
import re
import sys

# The whole of Debian 13 needs an archive to make it from, the format a clang-format 14, which 13 lacks.
MAY_SKIP = re.compile(r'interop|registry|^debian13/root$|^debian13/.* / format$')


def results(path):
    """(test, result) of one log."""
    try:
        with open(path, encoding='utf-8') as file:
            for line in file:
                entry = json.loads(line)
                yield entry['name'], entry['result']
    except FileNotFoundError:
        yield path, 'ERROR'


def main():
    passed = failed = skipped = 0
    for index, path in enumerate(sys.argv[1:]):
        for name, result in results(path):
            is_strict = index == 0 or name.startswith('debian13/')
            if result in ('OK', 'EXPECTEDFAIL'):
                passed += 1
            elif result == 'SKIP' and (not is_strict or MAY_SKIP.search(name)):
                skipped += 1
            else:
                failed += 1
                print(f'{result}: {name}')
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or not passed else 0


sys.exit(main())
