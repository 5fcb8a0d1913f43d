#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# remove-activation.sh SERVICES UNITS: remove what an earlier version had installed and enabled so that the
# bus could start the service, else it still would.
set -eu
rm -f "${DESTDIR:-}$1/org.lwm2m.Client1.service" "${DESTDIR:-}$2/dbus-org.lwm2m.Client1.service"
