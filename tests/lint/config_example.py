#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""config_example.py DAEMON YAML OBJECTS: the installed configuration, unchanged, is refused with status 78
and one sentence that names the key to fill in; with every example uncommented it is valid with the installed
definitions (OBJECTS), so that no key in it is unknown to the daemon. Whether its sensor is there is this
machine's matter, and a warning."""
import re
import subprocess
import sys
import tempfile
from pathlib import Path

# "#key:", "#  key:", "#  - key:" is a commented key; "# Text" and "#  # text" are words for people.
COMMENTED_KEY = re.compile(r'^#( *(?:- )?[a-z0-9_]+:.*)$')

NO_SENSOR = re.compile(r"\S+: warning: 'file' names /sys/class/thermal/\S+, which does not exist\n")


def check(daemon, file, objects):
    return subprocess.run([daemon, f'--config={file}', f'--object-directory={objects}', '--check-config'],
                          capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)


def uncomment(text):
    """The same text with each commented key in force, indentation kept."""
    return ''.join(COMMENTED_KEY.sub(r'\1', line) + '\n' for line in text.splitlines())


def main():
    daemon, example = sys.argv[1], Path(sys.argv[2]).read_text()
    complaints = []

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / 'lwm2m-client.yaml'
        file.touch(mode=0o640)  # as installed

        file.write_text(example)
        result = check(daemon, file, sys.argv[3])
        lines = result.stderr.splitlines()
        if result.returncode != 78 or len(lines) != 1 or 'bootstrap.server' not in lines[0]:
            complaints.append(f'unchanged: status {result.returncode}, "{result.stderr}"')

        file.write_text(uncomment(example))
        result = check(daemon, file, sys.argv[3])
        if result.returncode != 0 or NO_SENSOR.sub('', result.stderr, count=1):
            complaints.append(f'uncommented: status {result.returncode}, "{result.stderr}"')

    print('\n'.join(complaints))
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
