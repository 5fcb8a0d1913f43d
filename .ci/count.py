#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""count.py TESTLOG...: what meson's testlog.json files say, as one line "N passed, N failed, N skipped".

A missing log is a build that failed: one failure. In the first log, README's own command, only what needs
things from outside may be skipped; any other skipped test is a failure.
"""
import json
import sys

MAY_SKIP = ('interop', 'registry')


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
            if result in ('OK', 'EXPECTEDFAIL'):
                passed += 1
            elif result == 'SKIP' and (index > 0 or any(word in name for word in MAY_SKIP)):
                skipped += 1
            else:
                failed += 1
                print(f'{result}: {name}')
    print(f'{passed} passed, {failed} failed, {skipped} skipped')
    return 1 if failed or not passed else 0


sys.exit(main())
