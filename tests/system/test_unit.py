# SPDX-License-Identifier: Apache-2.0
"""The sandbox of the running service."""
from pathlib import Path

from conftest import UNIT, run, show, wait_status_text

EXPOSURE = 11   # tenths


def test_security_exposure():
    run('systemd-analyze', 'security', '--no-pager', f'--threshold={EXPOSURE}', UNIT)


def test_unit_file_is_valid():
    shown = run('systemd-analyze', 'verify', '--man=no', UNIT)
    assert 'lwm2m' not in shown.stderr


def test_process_has_no_privilege(registered):
    lines = Path(f'/proc/{registered.pid}/status').read_text().splitlines()
    status = dict(line.split(':\t', 1) for line in lines if ':\t' in line)
    uid = run('id', '-u', 'lwm2m-client').stdout.strip()
    assert status['Uid'].split() == [uid] * 4
    assert int(status['CapEff'], 16) == int(status['CapPrm'], 16) == int(status['CapBnd'], 16) == 0
    assert status['NoNewPrivs'].strip() == '1'
    assert status['Seccomp'].strip() == '2'


def test_memory_stays_where_it_is(registered):
    """No core dump, no swap; nobody but root looks into it, the service's own user not either."""
    assert (show('LimitCORE'), show('MemorySwapMax')) == ('0', '0')
    assert Path(f'/proc/{registered.pid}/environ').stat().st_uid == 0


def test_state_is_private(registered):
    folder = Path('/var/lib/lwm2m-client')
    assert run('stat', '--format=%U %a', str(folder)).stdout == 'lwm2m-client 700\n'
    modes = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert modes.get('current') == 0o600 and set(modes.values()) == {0o600}


def test_status_text_reads_like_a_sentence(registered):
    text = wait_status_text('Registered with 1 LwM2M Server.')
    assert f'Status: "{text}"' in run('systemctl', 'status', '--no-pager', UNIT).stdout


def test_runtime_directory_tells_a_reboot_from_a_restart(registered):
    """What lies in it outlives the daemon, and nobody else sees it."""
    folder = Path('/run/lwm2m-client')
    assert folder.owner() == 'lwm2m-client' and folder.stat().st_mode & 0o777 == 0o700
    mark = folder / 'mark'
    mark.touch()
    run('systemctl', 'restart', UNIT)
    assert mark.exists()
    registered.stop()
    assert mark.exists()
    mark.unlink()
