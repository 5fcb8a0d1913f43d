# SPDX-License-Identifier: Apache-2.0
"""metrics_file in the service: closed at first, and opened as lwm2m-client-metrics(7) says."""
import shutil
import stat
import time
from pathlib import Path

import pytest
from conftest import TIMEOUT, UNIT, as_user, get, journal, run, show, wait_journal

EXAMPLE = Path(__file__).parents[2] / 'data' / 'examples' / 'metrics.conf'
COLLECTOR = Path('/var/lib/prometheus/node-exporter')
FILE = COLLECTOR / 'lwm2m-client.prom'
METRICS = f'metrics_file: {FILE}\n'
PATH_IN_ADVICE = ' see lwm2m-client-metrics(7)'


@pytest.fixture(autouse=True)
def collector():
    """As prometheus-node-exporter installs it."""
    COLLECTOR.mkdir(parents=True)
    yield
    shutil.rmtree(COLLECTOR)


def wait_file():
    end = time.monotonic() + TIMEOUT
    while not FILE.exists():
        assert time.monotonic() < end, journal()
        time.sleep(0.05)
    return FILE.read_text()


def open_folder():
    """The page's commands."""
    run('chgrp', 'lwm2m-client', str(COLLECTOR))
    run('chmod', 'g+w', str(COLLECTOR))


def test_closed_folder_is_a_sentence(unit, monitor, servers):
    """The client works all the same; journalctl -x says what to do."""
    unit.configure(servers.yaml() + METRICS)
    unit.start()
    monitor.wait_status('registered')
    wait_journal(f'The metrics cannot be written to {FILE}: Read-only file system. The service may write '
                 'only where a drop-in says ReadWritePaths=,' + PATH_IN_ADVICE)
    explained = run('journalctl', '--boot', '--no-pager', '--catalog', f'--unit={UNIT}').stdout
    assert 'Subject: The metrics cannot be written' in explained
    assert 'a drop-in with ReadWritePaths= opens' in explained
    assert get('Status') == 'registered' and show('NRestarts') == '0'


def test_drop_in_of_the_example(unit, monitor, servers):
    """The folder is open; whoever runs node_exporter reads the file; a stop takes it away."""
    unit.configure(servers.yaml() + METRICS)
    unit.drop_in(EXAMPLE.read_text())
    assert not run('systemd-analyze', 'verify', UNIT).stderr
    unit.start()
    monitor.wait_status('registered')
    wait_journal(f"The metrics cannot be written to {FILE}: Permission denied. Let the service's user write "
                 'in its folder,' + PATH_IN_ADVICE)
    open_folder()
    run('systemctl', 'restart', UNIT)
    assert 'lwm2m_client_bootstrapped 1\n' in wait_file()
    assert (FILE.owner(), stat.S_IMODE(FILE.stat().st_mode)) == ('lwm2m-client', 0o644)
    assert 'lwm2m_client_status{state="' in as_user('nobody', 'cat', str(FILE)).stdout
    unit.stop()
    assert not list(COLLECTOR.iterdir())


def test_folder_that_is_not_there(unit, monitor, servers):
    """With the drop-in the service starts without it, too."""
    COLLECTOR.rmdir()
    try:
        unit.configure(servers.yaml() + METRICS)
        unit.drop_in(EXAMPLE.read_text())
        unit.start()
        monitor.wait_status('registered')
        wait_journal(f'The metrics cannot be written to {FILE}: No such file or directory. Make its folder,'
                     + PATH_IN_ADVICE)
    finally:
        unit.stop()
        COLLECTOR.mkdir()
