# SPDX-License-Identifier: Apache-2.0
"""A state directory that fails: the device stays connected, and says so."""
import os
from pathlib import Path

from conftest import get, journal, run, show, wait_status_text

STATE = Path('/var/lib/lwm2m-client')
READ_ONLY = f'[Service]\nReadOnlyPaths={STATE}\n'


def test_directory_that_cannot_be_written(unit, monitor, servers):
    unit.configure(servers.yaml())
    unit.drop_in(READ_ONLY)
    unit.start()
    monitor.wait_status('registered')
    name, sentence = get('LastError')
    assert name == 'StorageFailed'
    assert sentence.startswith(f'The accounts cannot be written to the state directory {STATE}: '
                               'Read-only file system.')
    wait_status_text('Registered with 1 LwM2M Server.', name, sentence)
    assert sentence in journal() and sentence in run('lwm2mctl', 'status').stdout


def test_reset_that_cannot_be_written_is_refused(unit, monitor, servers):
    unit.configure(servers.yaml())
    unit.drop_in(READ_ONLY)
    unit.start()
    monitor.wait_status('registered')
    refused = run('lwm2mctl', 'reset', check=False)
    assert refused.returncode == 1
    assert refused.stderr == ('The state directory cannot be written, the journal says why; '
                              'the stored accounts stay in use.\n')
    assert f'The stored accounts in {STATE} cannot be forgotten: Read-only file system' in journal()
    assert get('Status') == 'registered'


def test_file_that_may_not_be_read(registered, monitor, servers):
    registered.stop()
    current = STATE / 'current'
    os.chown(current, 0, 0)
    current.chmod(0o600)
    registered.start()
    monitor.wait_status('registered')
    # By last-good: no second bootstrap.
    assert len(servers.bootstrap.first_transmissions()) == 1
    assert show('NRestarts') == '0'
    seen = journal()
    assert f'{current} cannot be read (Permission denied); it is kept as current.broken.' in seen
    assert f'{current} is unusable; the accounts of last-good, the last ones that worked,' in seen
    assert 'damaged' not in seen and 'key is needed' not in seen
    assert (STATE / 'current.broken').exists() and current.owner() == 'lwm2m-client'
