/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: what would go to the journal goes to standard error, a line each: the message, and behind
 * it each field, with a unit separator in front. */
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define MESSAGE   "MESSAGE="
#define SEPARATOR '\x1f'

int sd_journal_sendv(const struct iovec *iov, int n);

/* As much of it as there is room for. */
static size_t add(char *line, size_t size, size_t used, const char *text, size_t length)
{
        if (length > size - used)
                length = size - used;
        memcpy(line + used, text, length);
        return used + length;
}

int sd_journal_sendv(const struct iovec *iov, int n)
{
        char line[16384];
        size_t used = 0;

        for (int i = 0; i < n; i++) {
                const char *text = iov[i].iov_base;
                size_t skip = strncmp(text, MESSAGE, strlen(MESSAGE)) == 0 ? strlen(MESSAGE) : 0;

                if (i > 0)
                        used = add(line, sizeof(line) - 1, used, &(char){SEPARATOR}, 1);
                used = add(line, sizeof(line) - 1, used, text + skip, iov[i].iov_len - skip);
        }
        for (size_t i = 0; i < used; i++)
                if (line[i] == '\n')
                        line[i] = ' ';
        line[used++] = '\n';
        return write(STDERR_FILENO, line, used) < 0 ? -1 : 0;
}
