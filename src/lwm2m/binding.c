/* SPDX-License-Identifier: Apache-2.0 */
/* Values of /1/x/7. */
#include "lwm2m/binding.h"
#include "util/macro.h"

/* UDP, SMS; TCP and Non-IP since 1.1; MQTT and HTTP since 1.2 */
static const char *const transports[] = {
        [LWM2M_1_0] = "US",
        [LWM2M_1_1] = "USTN",
        [LWM2M_1_2] = "USTNMH",
};
static_assert(ELEMENTSOF(transports) == _LWM2M_VERSION_MAX, "every version has transports");

static bool is_value_of_1_0(const char *text)
{
        static const char *const values[] = {"U", "UQ", "S", "SQ", "US", "UQS"};

        for (size_t i = 0; i < ELEMENTSOF(values); i++)
                if (strcmp(text, values[i]) == 0)
                        return true;

        return false;
}

bool binding_is_valid(const char *text, Lwm2mVersion version)
{
        if (is_value_of_1_0(text))
                return true;
        if (version == LWM2M_1_0 || text[0] == '\0')
                return false;

        for (const char *p = text; *p; p++)
                if (!strchr(transports[version], *p) || strchr(p + 1, *p))
                        return false;
        return true;
}

bool binding_has_queue_mode(const char *binding)
{
        return strchr(binding, 'Q');
}

const char *binding_announced(bool queue_mode)
{
        return queue_mode ? BINDING_UDP "Q" : BINDING_UDP;
}
