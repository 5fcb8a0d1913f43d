/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's global state and its log. */
#pragma once

#include <stdbool.h>

/* Once each. libcoap logs through log_debug, without payloads. */
void libcoap_init(void);
void libcoap_done(void);

/* What it logs until this is taken back is in the trace already, with whom it is about. */
void libcoap_mute(bool mute);

/* Before a session begins. libcoap counts its time from its start, by CLOCK_REALTIME; where that has been
 * set back to before it, each wait of a DTLS handshake would be over at once. What is under way then loses
 * what libcoap would have repeated, and ends by our own deadlines. */
void libcoap_check_clock(void);
