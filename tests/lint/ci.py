#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""ci.py ROOT: what decides whether .ci/run is red: the closing line of count.py, README's commands, and that
a Debian 13 which cannot be made is skipped.
"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# The entries of the first log and of the second (None: there is none), the closing line, the exit status.
COUNTS = [
    ([('a', 'OK'), ('b', 'EXPECTEDFAIL')], [], '2 passed, 0 failed, 0 skipped', 0),
    ([('a', 'OK'), ('b', 'FAIL'), ('c', 'TIMEOUT'), ('d', 'UNEXPECTEDPASS')], [],
     '1 passed, 3 failed, 0 skipped', 1),
    ([('a', 'OK'), ('lint / registry', 'SKIP')], [], '1 passed, 0 failed, 1 skipped', 0),
    ([('a', 'OK'), ('lint / format', 'SKIP')], [], '1 passed, 1 failed, 0 skipped', 1),
    ([('a', 'OK')], [('b', 'SKIP')], '1 passed, 0 failed, 1 skipped', 0),
    ([('a', 'OK')], None, '1 passed, 1 failed, 0 skipped', 1),
    ([('a', 'OK')], [('debian13/root', 'SKIP')], '1 passed, 0 failed, 1 skipped', 0),
    ([('a', 'OK')], [('debian13/demo', 'OK'), ('debian13/p:lint / format', 'SKIP'),
                     ('debian13/p:lint / registry', 'SKIP')], '2 passed, 0 failed, 2 skipped', 0),
    ([('a', 'OK')], [('debian13/demo', 'FAIL'), ('debian13/p:system / unit', 'SKIP')],
     '1 passed, 2 failed, 0 skipped', 1),
    ([], [], '0 passed, 0 failed, 0 skipped', 1),
]
# A heading of README and the words its command must have.
COMMANDS = [('Try it', '.ci/install-packages build && '), ('Test it', ' meson test -C ')]


def count_complaints(ci, folder):
    for first, second, line, status in COUNTS:
        logs = [folder / 'first', folder / 'second']
        for log, entries in zip(logs, (first, second)):
            log.unlink(missing_ok=True)
            if entries is not None:
                log.write_text(''.join(json.dumps({'name': name, 'result': result}) + '\n'
                                       for name, result in entries))
        done = subprocess.run([sys.executable, '-B', ci / 'count.py', *logs], capture_output=True, text=True)
        if done.stdout.splitlines()[-1] != line or done.returncode != status:
            yield f'count.py of {first}, {second}: status {done.returncode}\n{done.stdout}{done.stderr}'


def command_complaints(ci):
    for heading, words in COMMANDS:
        done = subprocess.run([ci / 'readme-command', heading], capture_output=True, text=True)
        if done.returncode != 0 or words not in done.stdout or done.stdout.count('\n') != 1:
            yield f'readme-command {heading!r}: status {done.returncode}\n{done.stdout}{done.stderr}'


def skip_complaints(script, folder):
    """Nothing can be kept in a cache that is no folder."""
    done = subprocess.run([script, folder / 'results'], stderr=subprocess.PIPE, text=True,
                          env={**os.environ, 'XDG_CACHE_HOME': '/dev/null'})
    results = (folder / 'results').read_text()
    if done.returncode != 77 or results != '{"name": "debian13/root", "result": "SKIP"}\n':
        yield f'{script} without a root: status {done.returncode}\n{results}{done.stderr}'


def main():
    root = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        found = [*count_complaints(root / '.ci', Path(folder)), *command_complaints(root / '.ci'),
                 *skip_complaints(root / 'tests' / 'debian13.sh', Path(folder))]
    print('\n'.join(found))
    return 1 if found else 0


sys.exit(main())
