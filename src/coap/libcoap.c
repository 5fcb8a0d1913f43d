/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's global state and its log. */
#include <coap3/coap.h>

#include "coap/libcoap.h"
#include "util/log.h"

/* Its levels up to 6 carry no payloads; 4.3.2 and later count DTLS messages from 9 on. An alert of libcoap's
 * ("got RST") is none of ours: what matters reaches the caller as a Failure. */
static void on_libcoap_log(coap_log_t level, const char *message)
{
        int error = errno;

        log_debug("libcoap: %.*s", (int)strcspn(message, "\n"), message);
        errno = error;
}

void libcoap_init(void)
{
        coap_startup();
        coap_set_log_handler(on_libcoap_log);
        coap_set_log_level((coap_log_t)LOG_INFO);
}

void libcoap_done(void)
{
        coap_cleanup();
}
