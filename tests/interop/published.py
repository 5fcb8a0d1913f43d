# SPDX-License-Identifier: Apache-2.0
"""Objects that a service publishes, with Leshan, a row a case: what the service does on the bus, and what
arrives there."""
from leshan import Failure
from management import COMPOSITE_FORMATS, FORMATS, SSID, Management
from objects import ACTUATION, BENCH, TEMPERATURE, write_directory
from publisher import ERROR, Publisher
from row import DEVICE, expect, expect_in
from system_services import VANISH, Error

SINGLE_FORMATS = {'text': 'TEXT', 'cbor': 'CBOR'}
MOMENT = 1767225600     # 2026-01-01
REFUSALS = {f'{ERROR}BadRequest': '4.00', f'{ERROR}Unauthorized': '4.01', f'{ERROR}MethodNotAllowed': '4.05',
            f'{ERROR}NotAcceptable': '4.06', 'org.example.Error.Jammed': '5.00'}

# By instance, as the bus has them
VALUES = {
    (TEMPERATURE, 0): {5601: 18.25, 5700: 21.5, 5701: 'Cel'},
    (ACTUATION, 0): {5850: True, 5851: 40, 5853: 'idle'},
    (BENCH, 0): {0: 1 << 63, 1: MOMENT, 2: b'\x00\xff', 3: (TEMPERATURE, 0), 4: {0: 'one', 3: 'three'},
                 7: 0.125},
}
# And of the last one, as Leshan has them
SEEN = {'/42810/0/0': 1 << 63, '/42810/0/1': MOMENT, '/42810/0/2': '00ff', '/42810/0/3': f'{TEMPERATURE}:0',
        '/42810/0/4/0': 'one', '/42810/0/4/3': 'three', '/42810/0/7': 0.125}


class Published(Management):
    """One case of CASES in a format."""

    def __init__(self, name, case, format, bus, *end):
        super().__init__(name, case, format, bus, *end)
        self.publisher = None
        directory = self.folder / 'objects'
        write_directory(directory)
        self.arguments = [f'--object-directory={directory}']

    def publish(self, handler=False):
        """Leshan knows of it by the Update that follows."""
        self.mark = len(self.peer.events)
        self.publisher = Publisher(self.bus)
        if handler:
            self.publisher.publish_object(ACTUATION)
        for (number, instance), values in VALUES.items():
            self.publisher.publish(number, instance, values, handler=handler)
        links = self.wait('updated')['links']
        for number, instance in VALUES:
            expect_in('object list', f'</{number}/{instance}>', links)

    def end(self):
        if self.publisher:
            self.publisher.close()
        super().end()

    def expect_values(self, path, values):
        """At this Object Instance, by Resource ID."""
        expect(path, self.read(path), {f'{path}/{number}': value for number, value in values.items()})

    def expect_change(self, values):
        """The service was told of this Write, last."""
        changes = self.publisher.changes
        self.publisher.await_(lambda: changes and changes[-1] == (values, SSID), 10.0, f'change {values}')

    def create(self, code, instance, values):
        """Of an Actuation. In TLV alone Leshan can leave the choice of its ID to the client."""
        chosen = {} if self.format == 'TLV' else {'instance': instance}
        return self.request('create', f'/{ACTUATION}', code, format=self.format, values=values, **chosen)

    # -- cases

    def data_steps(self):
        def read():
            for path in '/3303', '/3303/0':
                expect(path, self.read(path), {'/3303/0/5601': 18.25, '/3303/0/5700': 21.5,
                                               '/3303/0/5701': 'Cel'})
            expect('each type', self.read('/42810/0'), SEEN)
            expect('Multiple Resource', self.read('/42810/0/4'),
                   {'/42810/0/4/0': 'one', '/42810/0/4/3': 'three'})
            expect('Resource Instance', self.read('/42810/0/4/3'), {'/42810/0/4/3': 'three'})
            for path, code in (('/42810/0/5', '4.05'), ('/42810/0/6', '4.05'), ('/3306/1', '4.04'),
                               ('/3306/0/5852', '4.04')):
                self.request('read', path, code, format=self.format)

        def write():
            self.write('/3306/0', {'5851': 55})
            self.expect_change({'/3306/0/5851': 55})
            self.expect_values('/3306/0', {5850: True, 5851: 55, 5853: 'idle'})
            self.write('/3306/0', {'5850': False, '5853': 'busy'}, replace=True)
            self.expect_change({'/3306/0/5850': False, '/3306/0/5853': 'busy'})
            self.expect_values('/3306/0', {5850: False, 5853: 'busy'})

        def write_each_type():
            for number, value in (('0', 7), ('1', MOMENT + 1), ('2', 'c0ffee'), ('3', '3306:0'),
                                  ('7', -1.5)):
                self.write(f'/42810/0/{number}', value)
                expect(f'/42810/0/{number}', self.read(f'/42810/0/{number}'), {f'/42810/0/{number}': value})
            self.write('/42810/0/4', {'1': 'x', '2': 'y'})
            self.write('/42810/0/4/2', 'z')
            expect('/42810/0/4', self.read('/42810/0/4'), {'/42810/0/4/1': 'x', '/42810/0/4/2': 'z'})

        def refused():
            """Without a handler nobody executes, creates or deletes."""
            self.write('/3303/0/5700', 1.0, '4.05')
            self.write('/3306/0/5851', 101, '4.00')
            self.request('execute', '/42810/0/6', '4.05')
            self.create('4.05', 1, {'5850': True})
            self.request('delete', '/3306/0', '4.05')
            self.expect_values('/3306/0', {5850: False, 5853: 'busy'})
        return [('publish', self.publish), ('read', read), ('write', write),
                ('write each type', write_each_type), ('refused', refused)]

    def observe_steps(self):
        def resource():
            answer = self.request('observe', '/3303/0/5700', '2.05', format=self.format)
            expect('value', answer['values'], {'/3303/0/5700': 21.5})
            self.publisher.set({'/3303/0/5700': 22.5, '/3303/0/5601': 17.0})
            self.notified('/3303/0/5700', **{'3303_0_5700': 22.5})

        def object_():
            self.request('observe', '/3306', '2.05', format=self.format)
            self.write('/3306/0/5851', 41)
            self.notified('/3306', **{'3306_0_5851': 41, '3306_0_5853': 'idle'})
            self.mark = len(self.peer.events)
            self.publisher.publish(ACTUATION, 4, {5850: False})
            self.notified('/3306', **{'3306_4_5850': False})

        def attributes():
            """From 22.5 to 29 crosses nothing, to 31 does."""
            self.request('attributes', '/3303/0/5700', '2.04', query='gt=30')
            links = self.request('discover', '/3303/0', '2.05')['links']
            expect_in('links', '</3303/0/5700>;gt=30', [link.replace('.0', '') for link in links])
            expect_in('links', '</3303/0/5605>', links)
            self.mark = len(self.peer.events)
            for value in (29.0, 31.0):
                self.publisher.set({'/3303/0/5700': value})
            self.notified('/3303/0/5700', **{'3303_0_5700': 31.0})

        def withdrawn():
            """With the service its Object Instances go."""
            self.mark = len(self.peer.events)
            self.publisher.close()
            links = self.wait('updated')['links']
            for link in links:
                if link.startswith(('</3303', '</3306', '</42810')):
                    raise Failure(f'{link} is still in {links}')
            self.request('read', '/3303/0', '4.04', format=self.format)
        return [('publish', self.publish), ('observe a Resource', resource), ('observe an Object', object_),
                ('attributes', attributes), ('gone', withdrawn)]

    def handler_steps(self):
        def publish():
            self.publish(handler=True)

        def asked(*wanted):
            expect('asked', self.publisher.asked()[-1], wanted)

        def write():
            self.write('/3306/0', {'5851': 55, '5850': False})
            asked('Write', ACTUATION, 0, {5850: False, 5851: 55}, False, SSID)
            self.write('/3306/0', {'5850': True}, replace=True)
            asked('Write', ACTUATION, 0, {5850: True}, True, SSID)
            self.expect_values('/3306/0', {5850: True})
            self.write('/42810/0/4/3', 'last')
            asked('Write', BENCH, 0, {4: {0: 'one', 3: 'last'}}, False, SSID)

        def execute():
            self.request('execute', '/42810/0/6', '2.04', arguments="0='on',1")
            asked('Execute', BENCH, 0, 6, "0='on',1", SSID)
            self.request('execute', '/42810/0/6', '2.04')
            asked('Execute', BENCH, 0, 6, '', SSID)

        def create():
            self.publisher.answers['Create'] = {5851: 5}
            answer = self.create('2.01', 1, {'5850': True})
            expect('location', answer['location'].lstrip('/'), '3306/1')
            asked('Create', ACTUATION, 1, {5850: True}, SSID)
            self.expect_values('/3306/1', {5850: True, 5851: 5})
            self.request('create', '/3306', '2.01', format=self.format, instance=9,
                         values={'5850': False, '5853': 'x'})
            asked('Create', ACTUATION, 9, {5850: False, 5853: 'x'}, SSID)
            self.expect_values('/3306/9', {5850: False, 5851: 5, 5853: 'x'})

        def delete():
            self.request('delete', '/3306/1', '2.02')
            asked('Delete', ACTUATION, 1, SSID)
            self.request('read', '/3306/1', '4.04', format=self.format)

        def refused():
            """By each name, with its words."""
            requests = {
                'Write': lambda code: self.request('write', '/3306/9', code, format=self.format,
                                                   value={'5851': 77}),
                'Execute': lambda code: self.request('execute', '/42810/0/6', code),
                'Create': lambda code: self.create(code, 2, {'5850': True}),
                'Delete': lambda code: self.request('delete', '/3306/9', code),
            }
            for member, request in requests.items():
                for name, code in REFUSALS.items():
                    self.publisher.answers[member] = Error(name, f'No {member} today')
                    expect('reason', request(code).get('reason'), f'No {member} today')
            self.expect_values('/3306/9', {5850: False, 5851: 5, 5853: 'x'})

        def vanish():
            """It ends instead of an answer."""
            self.publisher.answers['Execute'] = VANISH
            self.request('execute', '/42810/0/6', '5.03')
            self.request('read', '/3306', '4.04', format=self.format)
        return [('publish', publish), ('write', write), ('execute', execute), ('create', create),
                ('delete', delete), ('refused', refused), ('vanish', vanish)]

    def composite_steps(self):
        paths = ['/3303/0/5700', '/3306/0/5850', '/3/0/0']

        def read():
            answer = self.composite('read-composite', '2.05', paths=[*paths, '/3306/7', '/42810/0/4'])
            expect('values', answer['values'],
                   {'/3303/0/5700': 21.5, '/3306/0/5850': True, '/3/0/0': DEVICE['manufacturer'],
                    '/42810/0/4/0': 'one', '/42810/0/4/3': 'three'})

        def write():
            self.composite('write-composite', '2.04', values={'/3306/0/5851': 70, '/42810/0/7': 2.5})
            expect('/42810/0/7', self.read('/42810/0/7'), {'/42810/0/7': 2.5})
            self.composite('write-composite', '4.05', values={'/3306/0/5851': 71, '/3303/0/5700': 1.0})
            self.expect_values('/3306/0', {5850: True, 5851: 70, 5853: 'idle'})

        def observe():
            self.composite('observe-composite', '2.05', paths=paths)
            self.publisher.set({'/3303/0/5700': 22.0, '/3306/0/5850': False})
            self.notified(**{'3303_0_5700': 22.0, '3306_0_5850': False, '3_0_0': DEVICE['manufacturer']})
            self.composite('cancel', '2.05', paths=paths)

        def send():
            self.write('/1/0/23', False)
            self.mark = len(self.peer.events)
            name = self.format.lower().replace('_', '-')
            self.busctl('call', 'Send', 'asa{sv}', '2', '/3303/0', '/3306/0/5851', '1', 'format', 's', name)
            expect('values', self.wait('sent')['values'],
                   {'/3303/0/5601': 18.25, '/3303/0/5700': 22.0, '/3303/0/5701': 'Cel', '/3306/0/5851': 70})
        return [('publish', self.publish), ('read', read), ('write', write), ('observe', observe),
                ('send', send)]

    def single_steps(self):
        def values():
            for number, value in (('0', 7), ('1', MOMENT + 1), ('3', '3306:0'), ('7', -1.5)):
                self.write(f'/42810/0/{number}', value)
                expect(number, self.read(f'/42810/0/{number}'), {f'/42810/0/{number}': value})
            self.write('/42810/0/5', 'whispered')
            self.write('/3306/0/5850', False)
            expect('/3306/0/5850', self.read('/3306/0/5850'), {'/3306/0/5850': False})
            self.write('/3306/0/5853', 'busy')
            expect('/3306/0/5853', self.read('/3306/0/5853'), {'/3306/0/5853': 'busy'})
        return [('publish', self.publish), ('values', values)]

    def opaque_steps(self):
        def value():
            self.write('/42810/0/2', 'c0ffee')
            expect('/42810/0/2', self.read('/42810/0/2'), {'/42810/0/2': 'c0ffee'})
        return [('publish', self.publish), ('value', value)]


CASES = {
    f'published-{case}-{name}': (getattr(Published, f'{case}_steps'), format)
    for formats, cases in ((FORMATS, ('data', 'observe', 'handler')), (COMPOSITE_FORMATS, ('composite',)),
                           (SINGLE_FORMATS, ('single',)), ({'octets': 'OPAQUE'}, ('opaque',)))
    for case in cases for name, format in formats.items()
}
