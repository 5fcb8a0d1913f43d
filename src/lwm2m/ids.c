/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the specification's numbers. */
#include "lwm2m/ids.h"

static const char *const lwm2m_version_table[] = {
        [LWM2M_1_0] = "1.0",
        [LWM2M_1_1] = "1.1",
        [LWM2M_1_2] = "1.2",
};

DEFINE_STRING_TABLE(lwm2m_version, Lwm2mVersion)

static const char *const security_mode_table[] = {
        [SECURITY_MODE_PSK] = "psk",
        [SECURITY_MODE_RPK] = "rpk",
        [SECURITY_MODE_CERTIFICATE] = "certificate",
        [SECURITY_MODE_NOSEC] = "nosec",
        [SECURITY_MODE_EST] = "est",
};

DEFINE_STRING_TABLE(security_mode, SecurityMode)
