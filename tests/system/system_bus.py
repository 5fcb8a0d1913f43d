# SPDX-License-Identifier: Apache-2.0
"""Publishers of other users on the box's system bus."""
import os
import pwd
from contextlib import contextmanager

from jeepney.io.blocking import open_dbus_connection

from publisher import Publisher


@contextmanager
def identity(user):
    """The bus takes who connects for this user: it asks the kernel, once."""
    entry = pwd.getpwnam(user)
    groups = os.getgroups()
    os.setgroups(os.getgrouplist(user, entry.pw_gid))
    os.setresgid(entry.pw_gid, entry.pw_gid, 0)
    os.setresuid(entry.pw_uid, entry.pw_uid, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
        os.setgroups(groups)


class SystemBus:
    """Of one user, as a Publisher wants it."""

    def __init__(self, user):
        self.user = user

    def connect(self):
        with identity(self.user):
            return open_dbus_connection(bus='SYSTEM')


def publisher(user, **options):
    return Publisher(SystemBus(user), **options)
