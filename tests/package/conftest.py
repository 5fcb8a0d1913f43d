# SPDX-License-Identifier: Apache-2.0
"""What the tests of the packages share with those in tests/system, whose box they run in."""
import importlib.util
import sys
from pathlib import Path

import pytest

SYSTEM = Path(__file__).resolve().parents[1] / 'system'
sys.path.insert(0, str(SYSTEM))
spec = importlib.util.spec_from_file_location('box_conftest', SYSTEM / 'conftest.py')
box_conftest = importlib.util.module_from_spec(spec)
sys.modules['box_conftest'] = box_conftest
spec.loader.exec_module(box_conftest)


def pytest_configure(config):
    """What comes behind a failure begins with what is not there."""
    config.option.maxfail = 1


@pytest.fixture
def monitor():
    monitor = box_conftest.Monitor()
    yield monitor
    monitor.close()


@pytest.fixture(scope='module')
def servers():
    """For all tests: the service stays registered from one to the next."""
    servers = box_conftest.Servers()
    yield servers
    servers.close()
