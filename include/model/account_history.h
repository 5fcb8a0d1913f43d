/* SPDX-License-Identifier: Apache-2.0 */
/* What the client itself says of an account: TLS-DTLS Alert Code (/1/x/11) and Last Bootstrapped (/1/x/12).
 * Nobody writes them but these functions, they make no other accounts (account_same_servers), and each is
 * left out where it would take the room of another half (account_leaves_room). */
#pragma once

#include "model/account.h"

/* /1/x/11 of the LwM2M Server with this Short Server ID becomes the code of the last alert that came from
 * it, 0..255 (RFC 5246, 7.2), in the committed generation, whether or not a transaction is open. Returns
 * whether that is another value than before: no such server, a version without it, no room, and the same
 * alert again change nothing, so that there is nothing to store. Core TS, Appendix E.2. */
bool account_set_alert(Store *store, Lwm2mVersion version, uint16_t short_server_id, uint8_t alert);

/* Of the checked candidate, where the version has it: /1/x/12 of each account that the transaction has
 * addressed becomes now, seconds since 1970; /1/x/11 of each account is what the committed one of the same
 * Short Server ID has, whatever was written: a server that refused the old credentials is to read why. */
void account_carry_history(Store *store, Lwm2mVersion version, int64_t now);
