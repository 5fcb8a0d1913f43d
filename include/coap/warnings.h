/* SPDX-License-Identifier: Apache-2.0 */
/* TLS alerts that only warn, in a handshake. OpenSSL before 3.2 reads one of DTLS again and again, until it
 * finds too many of them and ends the handshake; a server may well send one (unrecognized_name, RFC 6066,
 * 3). So those in plaintext are taken out of a datagram before OpenSSL reads it. */
#pragma once

#include <openssl/ssl.h>

typedef void (*WarningHeard)(SSL *ssl, int alert);

/* From now on; heard, the same for each SSL, is called for each that comes while the handshake lasts.
 * Afterwards everybody could send one, and none is heard. */
void warnings_take_out(SSL *ssl, WarningHeard heard);

/* Takes them out of a datagram, which is moved together. Returns its bytes; heard, which may be NULL, is
 * called for each. */
size_t warnings_strip(SSL *ssl, uint8_t *datagram, size_t size, WarningHeard heard);
