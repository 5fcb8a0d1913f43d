/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's global state and its log. */
#include <coap3/coap.h>
#include <time.h>

#include "coap/libcoap.h"
#include "util/log.h"

static bool muted;

void libcoap_mute(bool mute)
{
        muted = mute;
}

/* Its levels up to 6 carry no payloads; 4.3.2 and later count DTLS messages from 9 on. An alert of libcoap's
 * ("got RST") is none of ours: what matters reaches the caller as a Failure. */
static void on_libcoap_log(coap_log_t level, const char *message)
{
        int error = errno;

        if (!muted)
                log_debug("libcoap: %.*s", (int)strcspn(message, "\n"), message);
        errno = error;
}

/* CLOCK_REALTIME, s: when libcoap's time began, or a little later. */
static time_t beginning;

static void begin_time(time_t now)
{
        coap_clock_init();
        beginning = now;
}

void libcoap_check_clock(void)
{
        time_t now = time(NULL);

        if (now < beginning)
                begin_time(now);
}

void libcoap_init(void)
{
        coap_startup();
        begin_time(time(NULL));
        coap_set_log_handler(on_libcoap_log);
        coap_set_log_level((coap_log_t)LOG_INFO);
}

void libcoap_done(void)
{
        coap_cleanup();
}
