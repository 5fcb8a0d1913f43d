/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of the client and of its servers. */
#include "ctl/counters.h"

#include <inttypes.h>

int counters_read(sd_bus_message *message, void *ret)
{
        Counters *counters = ret;
        const char *name;
        uint64_t value;
        int r;

        r = sd_bus_message_enter_container(message, 'a', "{st}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_read(message, "{st}", &name, &value)) > 0)
                if (counters->n < COUNTERS_MAX) {
                        counters->counters[counters->n].name = name;
                        counters->counters[counters->n].value = value;
                        counters->n++;
                }
        return r < 0 ? r : sd_bus_message_exit_container(message);
}

bool counters_write(const Counters *counters, unsigned columns, FILE *file)
{
        unsigned used = 0;

        for (size_t i = 0; i < counters->n; i++) {
                char text[64];
                unsigned size;

                if (counters->counters[i].value == 0)
                        continue;
                size = (unsigned)snprintf(text, sizeof(text), "%s %" PRIu64, counters->counters[i].name,
                        counters->counters[i].value);
                if (used > 0 && columns > 0 && used + 2 + size + 1 > columns) {
                        (void)fputs(",\n", file);
                        used = 0;
                } else if (used > 0) {
                        (void)fputs(", ", file);
                        used += 2;
                }
                (void)fputs(text, file);
                used += size;
        }
        return used > 0;
}
