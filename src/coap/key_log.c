/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS key log. */
#include "coap/key_log.h"

#include <sys/uio.h>

#include "util/log.h"
#include "util/message_ids.h"

/* OpenSSL hands no userdata to its callback. */
static int key_log_fd = -1;
static bool failed; /* and told */

static void on_line(const SSL *ssl, const char *line)
{
        struct iovec parts[] = {{(char *)line, strlen(line)}, {(char *)"\n", 1}};

        if (key_log_fd < 0)
                return;
        /* One call, so that no line is torn. */
        if (writev(key_log_fd, parts, ELEMENTSOF(parts)) < 0 && !failed) {
                log_event_errno(LOG_WARNING, errno, MESSAGE_ID_KEY_LOG_REFUSED,
                        "The TLS key log cannot be written: %m");
                failed = true;
        }
}

void key_log_use(int fd)
{
        key_log_fd = fd;
        failed = false;
}

void key_log_hook(SSL_CTX *context)
{
        if (key_log_fd >= 0)
                SSL_CTX_set_keylog_callback(context, on_line);
}
