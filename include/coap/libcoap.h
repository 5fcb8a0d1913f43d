/* SPDX-License-Identifier: Apache-2.0 */
/* libcoap's global state and its log. */
#pragma once

/* Once each. libcoap logs through log_debug, without payloads. */
void libcoap_init(void);
void libcoap_done(void);
