# SPDX-License-Identifier: Apache-2.0
"""Device Management and Information Reporting with Leshan, a row a case: the account comes from the
configuration, without security."""
import subprocess

from leshan import Failure
from row import DEVICE, Row, expect, expect_in

SSID = 123
LIFETIME = 300
QUEUE_TIMEOUT = 1       # s, below Leshan's AWAKE_MS
PROGRAM_TIMEOUT = 20    # s
FORMATS = {'tlv': 'TLV', 'senml-json': 'SENML_JSON', 'senml-cbor': 'SENML_CBOR'}
COMPOSITE_FORMATS = {name: FORMATS[name] for name in ('senml-json', 'senml-cbor')}


class Management(Row):
    """One case of CASES in a format."""

    def __init__(self, name, case, format, bus, peer, ready, daemon, folder):
        super().__init__(name, peer, ready, daemon, folder)
        self.format, self.bus = format, bus
        self.queue_mode = case is Management.queue_mode_steps
        self.steps = [('register', self.register), *case(self)]

    def register(self):
        lines = [f'endpoint: "{self.endpoint}"', 'servers:', f'  - short_server_id: {SSID}',
                 f'    uri: {self.ready["server-coap"]}', '    security_mode: nosec',
                 f'    lifetime: {LIFETIME}', 'device:']
        lines += [f'  {key}: "{DEVICE[key]}"' for key in DEVICE]
        lines += self.more_settings()
        if self.queue_mode:
            lines.append(f'queue_mode: {{enabled: true, timeout: {QUEUE_TIMEOUT}s}}')
        file = self.folder / 'lwm2m-client.yaml'
        file.write_text('\n'.join(lines) + '\n')
        file.chmod(0o600)
        self.launch(file, self.bus.address)
        self.wait('registered')

    def more_settings(self):
        """Lines of the configuration, behind those of `device:`."""
        return []

    def read(self, path):
        answer = self.request('read', path, '2.05', format=self.format)
        expect('format', answer.get('format'), self.format)
        return answer['values']

    def expect_server(self, wanted):
        values = self.read('/1/0')
        expect('/1/0', {number: values.get(f'/1/0/{number}') for number in wanted}, wanted)

    def write(self, path, value, code='2.04', **fields):
        self.request('write', path, code, format=self.format, value=value, **fields)

    def composite(self, do, code, **fields):
        return self.request(do, '', code, format=self.format, **fields)

    def notified(self, path='', **wanted):
        """A notification since the last request, with these values among others."""
        event = self.wait('notified', path=path)
        expect('format', event.get('format'), self.format)
        for name, value in wanted.items():
            expect(name, event['values'].get('/' + name.replace('_', '/')), value)

    def observations(self):
        return int(self.busctl('get-property', 'Observations').split()[-1])

    def busctl(self, do, *words):
        """Of the account's object."""
        return self.program('busctl', f'--address={self.bus.address}', do, 'org.lwm2m.Client1',
                            f'/org/lwm2m/Client1/server/{SSID}', 'org.lwm2m.Client1.Server', *words)

    def program(self, *words):
        """What it prints."""
        result = subprocess.run(words, timeout=PROGRAM_TIMEOUT, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        if result.returncode:
            raise Failure(f'{" ".join(words)}: {result.stdout}')
        return result.stdout

    # -- cases

    def read_steps(self):
        def resource():
            expect('/3/0/0', self.read('/3/0/0'), {'/3/0/0': DEVICE['manufacturer']})
            expect('/3/0/11', self.read('/3/0/11'), {'/3/0/11/0': 0})

        def instance():
            self.expect_server({0: SSID, 1: LIFETIME, 6: True})

        def object_():
            values = self.read('/3')
            for number, key in enumerate(DEVICE):
                expect(f'/3/0/{number}', values.get(f'/3/0/{number}'), DEVICE[key])

        def refused():
            """No such Resource, no such Object Instance, and one that can only be executed."""
            for path, code in (('/1/0/5', '4.04'), ('/3/1', '4.04'), ('/1/0/8', '4.05')):
                self.request('read', path, code, format=self.format)
        return [('Resources of /3/0', resource), ('/1/0', instance), ('/3', object_), ('refused', refused)]

    def write_steps(self):
        def part():
            self.write('/1/0', {'1': 400, '5': 77, '6': False})
            self.wait('updated', lifetime=400)
            self.expect_server({0: SSID, 1: 400, 5: 77, 6: False})

        def whole():
            self.write('/1/0', {'1': 500, '6': True, '7': 'U'}, replace=True)
            self.wait('updated', lifetime=500)
            self.expect_server({0: SSID, 1: 500, 5: None, 6: True})

        def one():
            self.write('/1/0/5', 78)
            expect('/1/0/5', self.read('/1/0/5'), {'/1/0/5': 78})

        def refused():
            self.write('/1/0/0', 5, '4.05')
            self.write('/1/0/1', -1, '4.00')
        return [('part of /1/0', part), ('whole of /1/0', whole), ('/1/0/5', one), ('refused', refused)]

    def create_and_delete_steps(self):
        def create():
            """No Object that a server may add to is there yet."""
            self.request('create', '/3', '4.05', format=self.format, instance=1, values={'0': 'x'})

        def delete():
            self.request('delete', '/3/0', '4.05')
            expect('/3/0/0', self.read('/3/0/0'), {'/3/0/0': DEVICE['manufacturer']})
        return [('create /3/1 is refused', create), ('delete /3/0 is refused', delete)]

    def observe_steps(self):
        def resource():
            answer = self.request('observe', '/1/0/5', '2.05', format=self.format)
            expect('value', answer['values'], {'/1/0/5': 1})
            for value in (2, 3):
                self.write('/1/0/5', value)
                self.notified('/1/0/5', **{'1_0_5': value})

        def instance():
            self.request('observe', '/1/0', '2.05', format=self.format)
            self.write('/1/0/2', 0)
            self.notified('/1/0', **{'1_0_2': 0, '1_0_5': 3})
        return [('write /1/0/5', lambda: self.write('/1/0/5', 1)), ('observe /1/0/5', resource),
                ('observe /1/0', instance)]

    def cancel_steps(self):
        def observe():
            self.request('observe', '/1/0/5', '2.05', format=self.format)
            expect('observations', self.observations(), 1)

        def actively():
            answer = self.request('cancel', '/1/0/5', '2.05', format=self.format)
            expect('value', answer['values'], {'/1/0/5': 1})
            expect('observations', self.observations(), 0)

        def by_reset():
            """Leshan forgets, and refuses what still comes."""
            self.request('forget', '/1/0/5', 'no answer')
            for value in range(2, 12):
                self.write('/1/0/5', value)
                if self.observations() == 0:
                    return
            raise Failure('still observed')
        return [('write /1/0/5', lambda: self.write('/1/0/5', 1)), ('observe', observe),
                ('cancel', actively), ('observe', observe), ('cancel by Reset', by_reset)]

    def attributes_steps(self):
        def assign():
            self.request('attributes', '/1/0', '2.04', query='pmin=1&pmax=60')
            self.request('attributes', '/1/0/5', '2.04', query='gt=10&lt=5')

        def discover():
            links = self.request('discover', '/1/0', '2.05')['links']
            expect_in('links', '</1/0>;pmin=1;pmax=60', links)
            expect_in('links', '</1/0/5>;gt=10;lt=5', [link.replace('.0', '') for link in links])

        def refuse():
            """Of a String nothing is greater."""
            self.request('attributes', '/3/0/0', '4.00', query='gt=5')

        def observe():
            """From 7 to 8 crosses nothing, to 11 does."""
            self.request('observe', '/1/0/5', '2.05', format=self.format)
            self.write('/1/0/5', 8)
            self.write('/1/0/5', 11)
            self.notified('/1/0/5', **{'1_0_5': 11})
        return [('write /1/0/5', lambda: self.write('/1/0/5', 7)), ('assign', assign),
                ('discover', discover), ('refused', refuse), ('observe', observe)]

    def read_composite_steps(self):
        def some():
            answer = self.composite('read-composite', '2.05', paths=['/1/0/1', '/3/0/0', '/3/0/11'])
            expect('values', answer['values'],
                   {'/1/0/1': LIFETIME, '/3/0/0': DEVICE['manufacturer'], '/3/0/11/0': 0})

        def missing():
            answer = self.composite('read-composite', '2.05', paths=['/1/0/1', '/1/0/5', '/3/0/4'])
            expect('values', answer['values'], {'/1/0/1': LIFETIME})
        return [('several paths', some), ('paths that are not there', missing)]

    def write_composite_steps(self):
        def together():
            self.composite('write-composite', '2.04', values={'/1/0/1': 400, '/1/0/5': 9, '/1/0/6': False})
            self.wait('updated', lifetime=400)
            self.expect_server({1: 400, 5: 9, 6: False})

        def nothing():
            self.composite('write-composite', '4.05', values={'/1/0/5': 10, '/1/0/0': 7})
            expect('/1/0/5', self.read('/1/0/5'), {'/1/0/5': 9})
        return [('several paths', together), ('one is refused', nothing)]

    def observe_composite_steps(self):
        paths = ['/1/0/5', '/1/0/1', '/3/0/0']

        def observe():
            answer = self.composite('observe-composite', '2.05', paths=paths)
            expect('values', answer['values'], {'/1/0/5': 1, '/1/0/1': LIFETIME,
                                                '/3/0/0': DEVICE['manufacturer']})
            self.write('/1/0/5', 2)
            self.notified(**{'1_0_5': 2, '1_0_1': LIFETIME, '3_0_0': DEVICE['manufacturer']})

        def cancel():
            self.composite('cancel', '2.05', paths=paths)
            expect('observations', self.observations(), 0)
        return [('write /1/0/5', lambda: self.write('/1/0/5', 1)), ('observe', observe), ('cancel', cancel)]

    def send_steps(self):
        def allow():
            self.write('/1/0/23', False)

        def send():
            self.mark = len(self.peer.events)
            name = self.format.lower().replace('_', '-')
            self.busctl('call', 'Send', 'asa{sv}', '2', '/1/0/1', '/3/0/0', '1', 'format', 's', name)
            event = self.wait('sent')
            expect('values', event['values'], {'/1/0/1': LIFETIME, '/3/0/0': DEVICE['manufacturer']})
            expect('format', event['format'], self.format)
        return [('allow', allow), ('send', send)]

    def queue_mode_steps(self):
        def hold_back():
            self.wait('sleeping')
            answer = self.request('read', '/3/0/0', 'no answer', format=self.format)
            expect('held back', answer.get('asleep'), True)

        def wake():
            self.mark = len(self.peer.events)
            self.busctl('call', 'Update')
            self.wait('awake')
            expect('/3/0/0', self.read('/3/0/0'), {'/3/0/0': DEVICE['manufacturer']})

        def sleep_again():
            self.wait('sleeping')
        return [('asleep', hold_back), ('awake by an Update', wake), ('asleep again', sleep_again)]


CASES = {
    f'{case}-{name}': (getattr(Management, case.replace('-', '_') + '_steps'), format)
    for formats, cases in (
        (FORMATS, ('read', 'write', 'create-and-delete', 'observe', 'cancel', 'attributes', 'queue-mode')),
        (COMPOSITE_FORMATS, ('read-composite', 'write-composite', 'observe-composite', 'send')))
    for case in cases for name, format in formats.items()
}
