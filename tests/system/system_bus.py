# SPDX-License-Identifier: Apache-2.0
"""Publishers of other users on the box's system bus."""
from jeepney.io.blocking import open_dbus_connection

from publisher import Publisher
from users import identity


class SystemBus:
    """Of one user, as a Publisher wants it."""

    def __init__(self, user):
        self.user = user

    def connect(self):
        with identity(self.user):
            return open_dbus_connection(bus='SYSTEM')


def publisher(user, **options):
    return Publisher(SystemBus(user), **options)
