#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py MODE BUILD [--update] [WORDS]: the page in Cockpit, in a box (tests/system/box.py) with Debian's
Cockpit and Chromium. Playwright and axe come from PyPI, into the build folder. Screenshots are left there,
too; with --update those of the manual are made anew. WORDS: pytest's -k, for some of the tests.

MODE is the option cockpit: "auto" skips (77) where something is missing, "enabled" fails there.
"""
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / 'system'))
import box  # noqa: E402

PACKAGES = ('playwright==1.65.2', 'axe-playwright-python==0.1.8')
PROGRAMS = ('/usr/bin/chromium', '/usr/lib/cockpit/cockpit-ws', '/usr/bin/cockpit-bridge')
TIMEOUT = 600   # seconds


def install(folder):
    """A Python with the packages beside the system's; None where they are not to be had."""
    python = folder / 'bin' / 'python'
    stamp = folder / 'packages'
    if not stamp.exists() or stamp.read_text().split() != list(PACKAGES):
        venv.create(folder, system_site_packages=True, with_pip=True, clear=True)
        if subprocess.run([python, '-m', 'pip', 'install', '--quiet', *PACKAGES]).returncode != 0:
            return None
        stamp.write_text('\n'.join(PACKAGES))
    return python


def obstacle():
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    return box.obstacle() or (f'not found: {", ".join(missing)}' if missing else None)


def main():
    mode, build = sys.argv[1], Path(sys.argv[2]).resolve()
    words = [word for word in sys.argv[3:] if word != '--update']
    folder = build / 'tests' / 'cockpit'
    reason = obstacle()
    python = reason or install(folder / 'venv')
    if reason or not python:
        print(f'cockpit: {reason or "no packages from PyPI"}')
        return 1 if mode == 'enabled' else 77
    pictures = folder / 'pictures'
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    status = box.run_pytest(
        HERE / 'test_page.py', box.product(build), TIMEOUT, python=python,
        options=('--bind', str(pictures)),
        environment={'PICTURES': str(pictures), 'PYTHONPATH': str(HERE.parent / 'system'),
                     # -rP: what was measured is shown.
                     'PYTEST_ADDOPTS': '-rP' + (f' -k "{" ".join(words)}"' if words else '')})
    if status == 0 and '--update' in sys.argv:
        for picture in pictures.glob('cockpit-*.png'):
            shutil.copy(picture, SOURCE / 'man' / 'images' / picture.name)
    return status


sys.exit(main())
