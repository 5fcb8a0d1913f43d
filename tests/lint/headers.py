#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""headers.py ROOT BUILD COMPILER...: each header compiles alone, and says #pragma once."""
import subprocess
import sys
import tempfile
from pathlib import Path


def main():
    root, build, compiler = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    complaints = []
    headers = sorted((root / 'include').glob('*/*.h'))
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / 'alone.c'
        for header in headers:
            name = header.relative_to(root / 'include')
            if '#pragma once' not in header.read_text():
                complaints.append(f'{name}: no #pragma once')
            source.write_text(f'#include "{name}"\n')
            done = subprocess.run([*compiler, '-std=gnu17', '-D_GNU_SOURCE', '-fsyntax-only',
                                   f'-I{root}/include', f'-I{build}', str(source)],
                                  capture_output=True, text=True, timeout=60)
            if done.returncode != 0:
                complaints.append(f'{name} does not compile alone:\n{done.stderr}')
    print('\n'.join(complaints))
    return 1 if complaints or not headers else 0


sys.exit(main())
