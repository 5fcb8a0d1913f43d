# SPDX-License-Identifier: Apache-2.0
"""Other users, for tests that run as root."""
import os
import pwd
from contextlib import contextmanager


@contextmanager
def identity(user):
    """This thread and process, for a moment, as that user; the others wait for it. Who connects to a bus
    then, the bus takes for this user: it asks the kernel, once."""
    entry = pwd.getpwnam(user)
    if entry.pw_uid == os.geteuid():
        yield
        return
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
