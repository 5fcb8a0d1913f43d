# SPDX-License-Identifier: Apache-2.0
"""What a new operator does and sees: README's commands behind the build, then lwm2m-client-tutorial(7), word
for word. What has become another is printed as a patch of the page. The page is of a Debian 12; on 13
systemctl prints other lines, and OpenSSL's server answers a wrong key with an alert, so there it counts that
each command leads where the page says, and that each failure is found."""
import os
import re
import time
from pathlib import Path

import pytest

from conftest import CONFIG, HERE, TIMEOUT, run
from netns import GATEWAY, NameServer
from transcript import Page, says, shell

ROOT = HERE.parent.parent
PAGE = ROOT / 'man' / 'lwm2m-client-tutorial.7.rst'
LOOKS = ('systemctl status lwm2m-client', 'lwm2mctl status', 'journalctl -x -u lwm2m-client -n 9')
FAILURES = ['Timeout', 'NameResolutionFailed', 'NoRoute', 'ServerSilent', 'InconsistentConfiguration']
DEBIAN = re.search(r'^VERSION_ID="?(\d+)', Path('/etc/os-release').read_text(), re.M).group(1)


@pytest.fixture
def name_server(tmp_path):
    """Knows none of the page's names, as one of the Internet."""
    run('ip', 'address', 'add', f'{GATEWAY}/32', 'dev', 'lo')
    server = NameServer(tmp_path)
    server.start()
    resolver = Path('/etc/resolv.conf')
    resolver.unlink()
    resolver.write_text(Path(server.file).read_text())
    yield
    server.close()


def clone(folder):
    """The tree with its build in it, as the page's reader has it."""
    (folder / 'tests').symlink_to(ROOT / 'tests')
    (folder / 'build').symlink_to(os.environ['LWM2M_BUILD'])
    return shell(folder)


def readme_commands():
    """Of "Use it", those behind the build and the installation."""
    section = re.search(r'^## Use it$(.*?)^## ', (ROOT / 'README.md').read_text(), re.M | re.S).group(1)
    block = re.search(r'^```\n(.*?)^```$', section, re.M | re.S).group(1).splitlines()
    assert 'meson install' in block[0]
    return block[1:]


def write(file, text):
    assert file == str(CONFIG)
    CONFIG.write_text(text)


class Operator:
    """Types the page's commands, and looks at each failure in all three ways, whichever the page shows."""

    def __init__(self, folder):
        self.terminal = clone(folder)
        self.failures = []

    def __call__(self, command):
        output = self.terminal(command)
        failure = re.fullmatch(r'Status is failure \(\S+\): (\w+): (.*)\n', output)
        if failure:
            self.failures.append(failure.group(1))
            for look in LOOKS:
                self.find(look, f'{failure.group(1)}: {failure.group(2)}')
        return output

    def find(self, look, sentence):
        end = time.monotonic() + TIMEOUT
        while sentence not in (seen := self.terminal(look)):
            assert time.monotonic() < end, f'{look}: not {sentence!r} in\n{seen}'


def test_what_counts_as_the_same():
    page = 'at Sat 2026-11-28 09:44:47 UTC (4s ago)\n...\n   the   end'
    assert says(page, 'at Sun 2027-01-02 01:02:03 CET (1min 7s ago)\nof lines\nthe end\n')
    assert not says(page, 'at Sun 2027-01-02 01:02:03 CET (1min 7s ago)\nof lines\nthe end of it\n')
    assert not says('one\n...\nthree', 'one\ntwo\n') and not says('', 'more') and says('', '')


def test_page(unit, name_server, tmp_path):
    operator = Operator(tmp_path)
    for command in readme_commands():
        run('sh', '-c', command)
    patch = Page(PAGE).replay(operator, write)
    print(patch)
    if DEBIAN == '12':
        assert operator.failures == FAILURES
        assert not patch, 'what was said has become another, see above'
    else:
        assert operator.failures == ['DecryptError', *FAILURES[1:]]
