# SPDX-License-Identifier: Apache-2.0
"""A pytest file in a throw-away system that boots a real systemd: whether there can be one, and the run."""
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
TOOLS = ('systemd-nspawn', 'unshare', 'nsenter', 'setpriv', 'meson', 'systemd-sysusers', 'systemd-tmpfiles')
ENVIRONMENT = {'LANG': 'C.UTF-8', 'HOME': '/root', 'SYSTEMD_PAGER': 'cat', 'PYTHONDONTWRITEBYTECODE': '1',
               'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'}
TAIL = 70   # lines


def obstacle():
    """Why there can be no box here, or None."""
    if os.geteuid() != 0:
        return 'not root'
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        return 'not found: ' + ', '.join(missing)
    mounts = Path('/proc/self/mounts').read_text().split('\n')
    if not any(line.split()[2:3] == ['cgroup2'] for line in mounts):
        return 'no cgroup2 mounted'
    if subprocess.run(['unshare', '--mount', '--propagation', 'private', 'true'],
                      stderr=subprocess.DEVNULL).returncode != 0:
        return 'not allowed to mount'
    return None


def product(build):
    """The build as a package would install it, as commands: files, then users, then the folders that belong
    to them; and what tests need."""
    return (f'DESTDIR="$SDBOX_ROOT" meson install --no-rebuild --quiet -C {shlex.quote(str(build))}',
            'systemd-sysusers --root="$SDBOX_ROOT" lwm2m-client.conf',
            'systemd-tmpfiles --root="$SDBOX_ROOT" --create lwm2m-client.conf',
            'journalctl --root="$SDBOX_ROOT" --update-catalog', *tools(build))


def tools(build):
    """Of the build, what tests need beside the product, as commands that put it into the box."""
    peer = shlex.quote(f'{build}/tests/peer')
    return (f'install -D -t "$SDBOX_ROOT/usr/local/bin" {peer}/dtls_terminator',
            f'install -D -t "$SDBOX_ROOT/usr/local/lib" {peer}/clock_shim.so')


def run_pytest(file, prepare, timeout, options=(), environment=None, python=sys.executable):
    """Runs the file in a box after the commands of `prepare`, which see its root as $SDBOX_ROOT; the exit
    status. `timeout`: seconds. `options`: more words of systemd-box.sh. `environment`: more of pytest's.
    `python`: the one that runs pytest."""
    variables = [f'{name}={value}' for name, value in {**ENVIRONMENT, **(environment or {})}.items()]
    # Not as a unit of the box: the connection of systemd-run would not outlive the bus that a test restarts.
    inside = 'exec nsenter --target "$SDBOX_LEADER" --all -- env -i ' + shlex.join(
        [*variables, str(python), '-m', 'pytest', '-p', 'no:cacheprovider', '-v', '--tb=short',
         f'--rootdir={Path(file).parent}', str(file)])
    box = subprocess.run([HERE / 'systemd-box.sh', '--bind-ro', SOURCE, '--prepare', ' && '.join(prepare),
                          '--timeout', str(timeout), *options, '--outside', '--', 'sh', '-c', inside],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors='replace',
                         check=False)
    print(box.stdout, flush=True)
    if box.returncode != 0:
        # Behind the box's journal, where the last lines of a log are looked at.
        print(*box.stdout.splitlines()[-TAIL:], sep='\n', file=sys.stderr)
    return box.returncode
