/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams on their way to OpenSSL: TLS alerts that only warn, in a handshake, and what is no record.
 *
 * OpenSSL before 3.2 reads one of DTLS again and again, until it
 * finds too many of them and ends the handshake; a server may well send one (unrecognized_name, RFC 6066,
 * 3). So those in plaintext are taken out of a datagram before OpenSSL reads it. */
#pragma once

#include <openssl/ssl.h>

typedef void (*WarningHeard)(SSL *ssl, int alert);
typedef void (*GarbageHeard)(SSL *ssl, size_t size);

/* From now on; heard, the same for each SSL, is called for each that comes while the handshake lasts.
 * Afterwards everybody could send one, and none is heard. garbage, likewise the same, is called for each
 * datagram that does not begin with a record, of size bytes. */
void warnings_take_out(SSL *ssl, WarningHeard heard, GarbageHeard garbage);

/* Takes them out of a datagram, which is moved together. Returns its bytes; heard, which may be NULL, is
 * called for each. */
size_t warnings_strip(SSL *ssl, uint8_t *datagram, size_t size, WarningHeard heard);
