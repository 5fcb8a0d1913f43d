#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py MODE BUILD FILE: run one pytest file inside a throw-away system that boots a real systemd, with the
build installed in it.

MODE is the option system-tests: "auto" skips (77) where the box cannot be built, "enabled" fails there.
"""
import shlex
import sys

import box

TIMEOUT = 240   # seconds
ACTIVATION = """[D-BUS Service]
Name=org.lwm2m.Client1
Exec=/bin/false
User=root
SystemdService=dbus-org.lwm2m.Client1.service
"""


def main():
    mode, build, file = sys.argv[1:4]
    reason = box.obstacle()
    if reason:
        print(f'system tests: {reason}')
        return 1 if mode == 'enabled' else 77

    # What versions that the bus could start have left behind, then the product.
    return box.run_pytest(file, (
        'cd "$SDBOX_ROOT" && mkdir -p usr/share/dbus-1/system-services etc/systemd/system',
        f'echo {shlex.quote(ACTIVATION)} >usr/share/dbus-1/system-services/org.lwm2m.Client1.service',
        'ln -sf /usr/lib/systemd/system/lwm2m-client.service '
        'etc/systemd/system/dbus-org.lwm2m.Client1.service', *box.product(build)),
        TIMEOUT, environment={'LWM2M_BUILD': build})


sys.exit(main())
