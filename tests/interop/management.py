# SPDX-License-Identifier: Apache-2.0
"""Device Management and Information Reporting with Leshan, a row a case: the account comes from the
configuration, without security."""
from row import DEVICE, Row, expect

SSID = 123
LIFETIME = 300
FORMATS = {'tlv': 'TLV', 'senml-json': 'SENML_JSON', 'senml-cbor': 'SENML_CBOR'}


class Management(Row):
    """One case of CASES in a format."""

    def __init__(self, name, case, format, bus, peer, ready, daemon, folder):
        super().__init__(name, peer, ready, daemon, folder)
        self.format, self.bus = format, bus
        self.steps = [('register', self.register), *case(self)]

    def register(self):
        lines = [f'endpoint: "{self.endpoint}"', 'servers:', f'  - short_server_id: {SSID}',
                 f'    uri: {self.ready["server-coap"]}', '    security_mode: nosec',
                 f'    lifetime: {LIFETIME}', 'device:']
        lines += [f'  {key}: "{DEVICE[key]}"' for key in DEVICE]
        file = self.folder / 'lwm2m-client.yaml'
        file.write_text('\n'.join(lines) + '\n')
        file.chmod(0o600)
        self.launch(file, self.bus.address)
        self.wait('registered')

    def read(self, path):
        answer = self.request('read', path, '2.05', format=self.format)
        expect('format', answer.get('format'), self.format)
        return answer['values']

    def expect_server(self, wanted):
        values = self.read('/1/0')
        expect('/1/0', {number: values.get(f'/1/0/{number}') for number in wanted}, wanted)

    def write(self, path, value, code='2.04', **fields):
        self.request('write', path, code, format=self.format, value=value, **fields)

    # -- cases

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
            self.request('create', '/3', '4.05', format=self.format, instance=1, values={'0': 'x'})

        def delete():
            self.request('delete', '/3/0', '4.05')
            expect('/3/0/0', self.read('/3/0/0'), {'/3/0/0': DEVICE['manufacturer']})
        return [('create /3/1', create), ('delete /3/0', delete)]


CASES = {f'{case}-{name}': (getattr(Management, case.replace('-', '_') + '_steps'), format)
         for case in ('write', 'create-and-delete') for name, format in FORMATS.items()}
