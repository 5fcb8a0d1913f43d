# SPDX-License-Identifier: Apache-2.0
"""Stands in for the daemon on the system bus where a real one could not be brought to it: strings of hostile
servers, very many values, a Status that flaps, a firmware update that stands still."""
import socket
import threading
from collections import Counter

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.wrappers import unwrap_msg

NAME, PATH = 'org.lwm2m.Client1', '/org/lwm2m/Client1'
MANAGER, SERVER, FIRMWARE = f'{NAME}.Manager', f'{NAME}.Server', f'{NAME}.Firmware'
PROPERTIES, OBJECT_MANAGER = 'org.freedesktop.DBus.Properties', 'org.freedesktop.DBus.ObjectManager'
ERRORS = 'org.freedesktop.DBus.Error'
TIMES = ('StatusTimestamp', 'NextRetryTimestamp', 'LastBootstrapTimestamp')
SERVER_TIMES = ('LastRegistrationTimestamp', 'NextUpdateTimestamp', 'NextRetryTimestamp')


class FakeClient:
    """`manager`, `server`: properties by name as (signature, value); `objects`: [(ID, version, instances)];
    `texts`: path of an Object -> [(path, text)]; `history`: the series, as a{sv}. While `silent` is set,
    calls of GetHistory have no answer; `calls`: how often each member was called. `firmware`: None (there is
    no back end), or properties; `updates`: its history; `orders`: what it was asked to do with it, which it
    refuses with the text `refusal`."""

    def __init__(self, bus='SYSTEM'):
        self.bus = bus
        self.manager = {
            'Status': ('s', 'registered'), 'SubStatus': ('s', 'idle'), 'LastError': ('(ss)', ('', '')),
            'Attempt': ('u', 0), 'RetryCount': ('u', 5), 'Bootstrapped': ('b', True),
            'Generation': ('s', 'bootstrap'), 'ConfigurationProblem': ('s', ''), 'KeyLogging': ('b', False),
            'EndpointName': ('s', 'fake'),
            'BootstrapServerURI': ('s', 'coap://127.0.0.1'), 'BootstrapSecurityMode': ('s', 'nosec'),
            'ConfigFile': ('s', '/fake.yaml'), 'Version': ('s', '0'), **{name: ('t', 0) for name in TIMES}}
        self.server = {
            'ShortServerID': ('q', 1), 'ServerURI': ('s', 'coap://127.0.0.1'),
            'SecurityMode': ('s', 'nosec'), 'PeerAddress': ('s', ''), 'Cipher': ('s', ''),
            'Lifetime': ('x', 300), 'Binding': ('s', 'U'),
            'State': ('s', 'registered'), 'LastError': ('(ss)', ('', '')), 'Observations': ('u', 0),
            'Counters': ('a{st}', {}), **{name: ('t', 0) for name in SERVER_TIMES}}
        self.objects, self.texts, self.history = [], {}, []
        self.firmware, self.updates, self.orders, self.refusal = None, [], [], ''
        self.silent, self.calls = threading.Event(), Counter()
        self.sending = threading.Lock()

    def __enter__(self):
        self.connection = open_dbus_connection(bus=self.bus)
        unwrap_msg(self.connection.send_and_get_reply(message_bus.RequestName(NAME)))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.connection.close()

    def _serve(self):
        try:
            while True:
                message = self.connection.receive()
                if message.header.message_type == MessageType.method_call and not self._holds(message):
                    self._send(self._answer(message))
        except (OSError, ValueError, EOFError):
            pass    # closed

    def _send(self, message):
        with self.sending:
            self.connection.send(message)

    def _holds(self, call):
        member = call.header.fields[HeaderFields.member]
        self.calls[member] += 1
        return member == 'GetHistory' and self.silent.is_set()

    def _texts(self, paths):
        return [value for path in paths for value in self.texts.get(path, [])]

    def _answer(self, call):
        member = call.header.fields[HeaderFields.member]
        interface = call.body[0] if member == 'GetAll' else call.header.fields.get(HeaderFields.interface)
        if interface == FIRMWARE:
            return self._answer_firmware(call, member)
        answers = {
            'GetAll': lambda: ('a{sv}', (self.manager,)),
            'GetManagedObjects': lambda: ('a{oa{sa{sv}}}', ({f'{PATH}/server/1': {SERVER: self.server}},)),
            'GetObjects': lambda: ('a(qsaq)', (self.objects,)),
            'GetTexts': lambda: ('a(ss)', (self._texts(call.body[0]),)),
            'GetHistory': lambda: ('aa{sv}', (self.history,)),
        }
        if member not in answers:
            return new_error(call, f'{ERRORS}.UnknownMethod', 's', (f'no {member}',))
        return new_method_return(call, *answers[member]())

    def _answer_firmware(self, call, member):
        if self.firmware is None:
            return new_error(call, f'{ERRORS}.UnknownInterface', 's', ('Unknown interface.',))
        if member == 'GetAll':
            return new_method_return(call, 'a{sv}', (self.firmware,))
        if member == 'GetHistory':
            return new_method_return(call, 'aa{sv}', (self.updates,))
        self.orders.append(member)
        if self.refusal:
            return new_error(call, f'{NAME}.Error.WrongState', 's', (self.refusal,))
        return new_method_return(call)

    def change(self, **properties):
        """PropertiesChanged of the Manager."""
        self.manager.update(properties)
        self._send(new_signal(DBusAddress(PATH, interface=PROPERTIES), 'PropertiesChanged', 'sa{sv}as',
                              (MANAGER, properties, [])))

    def update_firmware(self, **values):
        """What differs from an idle one, values alone; comes and goes with None."""
        idle = {'State': ('s', 'idle'), 'UpdateResult': ('y', 0), 'ResultName': ('s', 'initial'),
                'ResultText': ('s', ''), 'PackageName': ('s', ''), 'PackageVersion': ('s', ''),
                'PackageURI': ('s', ''), 'ReceivedBytes': ('t', 0), 'TotalBytes': ('t', 0),
                'Progress': ('y', 0), 'InstallTimestamp': ('t', 0), 'CanCancel': ('b', False),
                'CanInstall': ('b', False)}
        before = self.firmware
        self.firmware = {name: (kind, values.get(name, value)) for name, (kind, value) in idle.items()}
        if before is None:
            self._send(new_signal(DBusAddress(PATH, interface=OBJECT_MANAGER), 'InterfacesAdded',
                                  'oa{sa{sv}}', (PATH, {FIRMWARE: self.firmware})))
            return
        changed = {name: value for name, value in self.firmware.items() if value != before[name]}
        self._send(new_signal(DBusAddress(PATH, interface=PROPERTIES), 'PropertiesChanged', 'sa{sv}as',
                              (FIRMWARE, changed, [])))

    def remove_firmware(self):
        self.firmware = None
        self._send(new_signal(DBusAddress(PATH, interface=OBJECT_MANAGER), 'InterfacesRemoved', 'oas',
                              (PATH, [FIRMWARE])))


def update(**values):
    """An entry of `updates`: what differs from one that was pushed and installed."""
    usual = {'ID': ('s', '0123'), 'Start': ('t', 1700000000000000), 'End': ('t', 1700000083000000),
             'Delivery': ('s', 'push'), 'PackageURI': ('s', ''), 'PackageName': ('s', 'gateway'),
             'PackageVersion': ('s', '2.1'), 'Size': ('t', 209715200), 'UpdateResult': ('y', 1),
             'ResultName': ('s', 'success'), 'ResultText': ('s', 'Updated.'), 'VersionBefore': ('s', '2.0'),
             'VersionAfter': ('s', '2.1')}
    return {name: (kind, values.get(name, value)) for name, (kind, value) in usual.items()}
