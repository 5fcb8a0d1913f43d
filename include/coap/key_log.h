/* SPDX-License-Identifier: Apache-2.0 */
/* The TLS key log: a line for each handshake in the format that Wireshark reads (draft-ietf-tls-keylogfile),
 * with which a capture of its session can be decrypted. */
#pragma once

#include <openssl/ssl.h>

/* From now on lines are appended to fd, which is opened with O_APPEND and stays the caller's; -1: no more.
 */
void key_log_use(int fd);

/* For each session's SSL_CTX; does nothing where no key log is used. */
void key_log_hook(SSL_CTX *context);
