/* SPDX-License-Identifier: Apache-2.0 */
/* What Firmware Update is told by the configuration. */
#include "daemon/firmware_settings.h"

void firmware_settings_done(FirmwareSettings *settings)
{
        free((char *)settings->backend);
        free((char *)settings->trust_store);
        if (settings->repository)
                credential_done((Credential *)settings->repository);
        free((Credential *)settings->repository);
        *settings = (FirmwareSettings){.backend = NULL};
}

static int copy_text(const char *from, const char **ret)
{
        *ret = from ? strdup(from) : NULL;
        return from && !*ret ? -ENOMEM : 0;
}

static int copy_credential(const Credential *from, const Credential **ret)
{
        Credential *copy;

        *ret = NULL;
        if (!from)
                return 0;
        copy = calloc(1, sizeof(*copy));
        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return credential_copy(copy, from);
}

int firmware_settings_copy(FirmwareSettings *settings, const FirmwareSettings *from)
{
        FirmwareSettings copy = *from;
        int r, q, p;

        r = copy_text(from->backend, &copy.backend);
        q = copy_text(from->trust_store, &copy.trust_store);
        p = copy_credential(from->repository, &copy.repository);
        if (r < 0 || q < 0 || p < 0) {
                firmware_settings_done(&copy);
                return -ENOMEM;
        }
        firmware_settings_done(settings);
        *settings = copy;
        return 0;
}
