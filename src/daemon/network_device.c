/* SPDX-License-Identifier: Apache-2.0 */
/* What kind of device a link is. */
#include "daemon/network_device.h"

#include <inttypes.h>
#include <stdio.h>

#include "util/file.h"

#define UEVENT_SIZE_MAX 4096 /* bytes; the kernel's UEVENT_BUFFER_SIZE is 2048 */

/* What follows the words at the beginning of a line; its size without the end of the line. NULL: there is no
 * such line. */
static const char *find_line(const char *text, const char *words, size_t *ret_size)
{
        for (const char *line = text; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, words, strlen(words)) == 0) {
                        *ret_size = strcspn(line + strlen(words), "\n");
                        return line + strlen(words);
                }
        }
        return NULL;
}

void network_device_parse(const char *text, uint32_t index, char ret[NETWORK_DEVICE_TYPE_SIZE])
{
        char own[sizeof("IFINDEX=4294967295")];
        const char *value;
        size_t size;

        memset(ret, 0, NETWORK_DEVICE_TYPE_SIZE);
        (void)snprintf(own, sizeof(own), "IFINDEX=%" PRIu32, index);
        if (!find_line(text, own, &size) || size > 0)
                return;
        value = find_line(text, "DEVTYPE=", &size);
        if (value && size < NETWORK_DEVICE_TYPE_SIZE)
                memcpy(ret, value, size);
}

void network_device_find(NetworkLink *link)
{
        _cleanup_(freep) uint8_t *text = NULL;
        char path[sizeof("/sys/class/net//uevent") + IFNAMSIZ];
        size_t size;

        (void)snprintf(path, sizeof(path), "/sys/class/net/%s/uevent", link->name);
        if (file_read(path, UEVENT_SIZE_MAX, &text, &size) == 0)
                network_device_parse((const char *)text, link->index, link->device_type);
}
