# SPDX-License-Identifier: Apache-2.0
"""The drop-ins of data/examples: systemd takes them, the service runs with them, they do what they say."""
import os
import re
from pathlib import Path

import pytest
from conftest import CONFIG, NAME, PATH, UNIT, get, peer, run, show, wait_status_text

EXAMPLES = Path(__file__).parents[2] / 'data/examples'
DROP_INS = sorted(file.name for file in EXAMPLES.glob('*.conf'))
EXPOSURE = 11   # tenths, as without them
IDENTITY, KEY = 'box-identity', '000102030405060708090a0b0c0d0e0f'
NAMESPACE, OUTSIDE, INSIDE = 'lwm2m', '10.9.9.1', '10.9.9.2'


def commands(name, *programs):
    """Of the example's comment, the lines that begin with these words."""
    text = re.sub(r' \\\n#  +', ' ', (EXAMPLES / name).read_text())
    lines = [line.lstrip('# ').rstrip() for line in text.splitlines() if line.startswith('#   ')]
    return [line for line in lines if line.startswith(programs)]


@pytest.fixture
def install(unit):
    """Installs an example as its comment says."""
    made = []

    def install(name):
        line, = commands(name, 'install -D -m 0644')
        run('sh', '-e', '-c', f'cd {EXAMPLES}\n{line}\nsystemctl daemon-reload')
        made.append(Path(line.split()[-1]))
        # --man=no: the box may have no man pages; a wrong line is a warning.
        assert 'lwm2m-client' not in run('systemd-analyze', 'verify', '--man=no', UNIT).stderr
        run('systemd-analyze', 'security', '--no-pager', f'--threshold={EXPOSURE}', UNIT)
    yield install
    unit.stop()
    for file in made:
        file.unlink(missing_ok=True)
    run('systemctl', 'daemon-reload')


@pytest.fixture
def namespace():
    """A network of its own, with one way out: to this one."""
    for line in (f'netns add {NAMESPACE}', f'link add outside type veth peer name inside netns {NAMESPACE}',
                 f'address add {OUTSIDE}/24 dev outside', 'link set outside up',
                 f'-n {NAMESPACE} address add {INSIDE}/24 dev inside', f'-n {NAMESPACE} link set inside up'):
        run('ip', *line.split())
    yield f'/run/netns/{NAMESPACE}'
    run('ip', 'netns', 'delete', NAMESPACE)


def bootstrapping(bootstrap_uri, *lines):
    return '\n'.join(['endpoint: box', 'bootstrap:', '  jitter: 0%', '  server:',
                      f'    uri: {bootstrap_uri}', *lines, ''])


def test_each_is_tried_here():
    tests = ''.join(file.read_text() for file in Path(__file__).parent.glob('test_*.py'))
    assert DROP_INS and [name for name in DROP_INS if name not in tests] == []


def test_credentials(unit, monitor, install, servers, terminator, tmp_path):
    """Both ways: a key in clear, and the key of the state directory encrypted."""
    front = terminator(servers.bootstrap.port, IDENTITY, KEY)
    (tmp_path / 'key.hex').write_text(KEY)
    prepare = commands('credentials.conf', 'install -D -m 0600', 'install -d', 'openssl')
    run('sh', '-e', '-c', '\n'.join([f'cd {tmp_path}', *prepare]))
    install('credentials.conf')
    unit.configure(bootstrapping(front.uri, '    security_mode: psk', f'    identity: {IDENTITY}',
                                 '    key_credential: bootstrap-key',
                                 'state_encryption: {key_credential: state-key}'))
    unit.start()
    monitor.wait_status('registered')
    assert front.count('connected') == 1 and KEY not in CONFIG.read_text()
    assert b'state-key' in Path('/var/lib/lwm2m-client/current').read_bytes()   # who has the key


def test_network_namespace(unit, monitor, install, namespace):
    """The servers are out there; the bus is where it was."""
    with peer.LwM2MServer(host=OUTSIDE) as server, peer.BootstrapServer(
            host=OUTSIDE, script=[*peer.account(server.uri), peer.finish()]) as bootstrap:
        unit.configure(bootstrapping(bootstrap.uri, '    security_mode: nosec'))
        install('network-namespace.conf')
        unit.start()
        monitor.wait_status('registered')
        assert os.stat(f'/proc/{unit.pid}/ns/net').st_ino == os.stat(namespace).st_ino
        assert server.session.address[0] == INSIDE
        server_path = f'{PATH}/server/1'
        assert get('PeerAddress', server_path, f'{NAME}.Server').startswith(OUTSIDE)
        unit.stop()


def test_resource_limits(unit, monitor, install, servers):
    unit.configure(servers.yaml())
    install('resource-limits.conf')
    unit.start()
    monitor.wait_status('registered')
    wait_status_text('Registered with 1 LwM2M Server.')
    assert [show(name) for name in ('MemoryMax', 'MemoryHigh', 'TasksMax', 'LimitNOFILE', 'Nice')] == [
        str(32 << 20), str(24 << 20), '24', '128', '5']
    assert '128' in next(line for line in Path(f'/proc/{unit.pid}/limits').read_text().splitlines()
                         if line.startswith('Max open files'))
    assert len(os.listdir(f'/proc/{unit.pid}/fd')) < 64
