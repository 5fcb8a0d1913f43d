# SPDX-License-Identifier: Apache-2.0
"""A row of the table: a fresh daemon with a fresh state directory and its own endpoint name, and what Leshan
says of it."""
import json
import os
import subprocess
import time

from leshan import Failure

DEVICE = {'manufacturer': 'Interop Works', 'model_number': 'IW-7', 'serial_number': '0042'}


def expect(what, got, wanted):
    if got != wanted:
        raise Failure(f'{what}: expected {wanted!r}, got {got!r}')


def expect_in(what, wanted, container):
    if wanted not in container:
        raise Failure(f'{what}: no {wanted!r} in {container!r}')


class Row:
    """`steps` are pairs of a name and a function."""

    def __init__(self, name, peer, ready, daemon, folder):
        self.name, self.peer, self.ready, self.daemon, self.folder = name, peer, ready, daemon, folder
        self.endpoint = f'interop-{name}'
        self.start = self.mark = len(peer.events)
        self.process, self.arguments = None, []
        self.steps = []

    def wait(self, event, **fields):
        return self.peer.wait(event, self.mark, endpoint=self.endpoint,
                              alive=lambda: self.process is None or self.process.poll() is None, **fields)

    def request(self, do, path, code, **fields):
        self.mark = len(self.peer.events)
        self.peer.command(do, endpoint=self.endpoint, path=path, **fields)
        answer = self.wait('answer', operation=do, path=path)
        expect(f'{do} {path}', answer.get('code', 'no answer'), code)
        return answer

    def launch(self, config, bus=None):
        state = self.folder / 'state'
        state.mkdir(mode=0o700)
        with open(self.folder / 'daemon.log', 'w') as log:
            self.process = subprocess.Popen(
                [self.daemon, *([] if bus else ['--no-bus']), '--config', config,
                 '--state-directory', state, *self.arguments],
                env={**os.environ, **({'DBUS_SYSTEM_BUS_ADDRESS': bus} if bus else {})},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def run(self):
        """Returns whether the case passed; prints its row, and all that was seen when it failed."""
        began, done = time.monotonic(), []
        try:
            for name, step in self.steps:
                done.append(name)
                step()
        except (Failure, OSError, subprocess.TimeoutExpired) as problem:
            print(f'FAIL  {self.name:30} {", ".join(done[:-1])}')
            print(f'      {done[-1]}: {problem}')
            for event in self.peer.events[self.start:]:
                print(f'      peer: {json.dumps(event)}')
            log = self.folder / 'daemon.log'
            for line in log.read_text(errors='replace').splitlines() if log.exists() else ():
                print(f'      daemon: {line}')
            return False
        finally:
            self.end()
        print(f'PASS  {self.name:30} {", ".join(done)}  ({time.monotonic() - began:.1f} s)', flush=True)
        return True
