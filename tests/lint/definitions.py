#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""definitions.py DUMP_OBJECTS FOLDER REGISTRY: every definition that is installed (FOLDER) is one to the
daemon. With the XML files of OMA's registry (REGISTRY) besides: it says what the registry says, is what
from-registry.py makes of it, none is missing, and the daemon takes what from-registry.py makes of any other
file there, too.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

from registry import compare, read_registry, read_tables

# interface.md section 6, as far as the registry has them.
INSTALLED = {10, 16, 19, *range(3200, 3204), *range(3300, 3351)}


def numbers(folder):
    return sorted(int(path.stem) for path in folder.glob('*.yaml'))


def dump(exe, folder):
    """What the daemon has read, and its complaints."""
    shown = subprocess.run([exe, folder, *map(str, numbers(folder))], capture_output=True, text=True,
                           check=False, timeout=60)
    wrong = shown.stderr.splitlines() or ([f'{folder}: status {shown.returncode}'] * bool(shown.returncode))
    return read_tables(shown.stdout.splitlines()), wrong


def make(folder, target, files):
    made = subprocess.run([sys.executable, folder / 'from-registry.py', '--output', target, *files],
                          capture_output=True, text=True, check=False, timeout=60)
    return [f'from-registry.py: {line}' for line in made.stderr.splitlines()] if made.returncode else []


def compare_files(folder, target, registry):
    wanted = {number for number, _ in registry if number in INSTALLED}
    for number in sorted(wanted ^ set(numbers(folder))):
        yield f'{folder}/{number}.yaml: {"missing" if number in wanted else "not to be installed"}'
    for number in sorted(wanted & set(numbers(folder))):
        if (folder / f'{number}.yaml').read_bytes() != (target / f'{number}.yaml').read_bytes():
            yield f'{folder}/{number}.yaml: not what from-registry.py makes of the registry by now'


def check_with_registry(exe, folder, directory):
    registry = read_registry(directory)
    with tempfile.TemporaryDirectory() as name:
        target = Path(name)
        yield from make(folder, target, sorted(directory.glob('*.xml')))
        yield from compare_files(folder, target, registry)
        tables, complaints = dump(exe, target)
        yield from complaints
        yield from compare(tables, registry)
        if len(tables) < len(INSTALLED) or len(tables) != len(numbers(target)):
            yield f'{len(tables)} of {len(numbers(target))} definitions made of {directory}: too few'


def main():
    exe, folder, directory = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    tables, complaints = dump(exe, folder)
    if not tables or len(tables) != len(numbers(folder)):
        complaints.append(f'{len(tables)} of {len(numbers(folder))} definitions in {folder} are good')
    if directory:
        complaints += check_with_registry(exe, folder, Path(directory))
    print('\n'.join(complaints))
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
