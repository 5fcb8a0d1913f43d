/* SPDX-License-Identifier: Apache-2.0 */
/* What the DTLS server of the tests is told to be: its command line, and the SSL_CTX made from it. */
#ifndef TESTS_PEER_DTLS_SETTINGS_H
#define TESTS_PEER_DTLS_SETTINGS_H

#include <netinet/in.h>
#include <stddef.h>

#include <openssl/ssl.h>

#define SETTINGS_KEY_MAX 64

typedef enum Mode {
        MODE_SILENT,
        MODE_DROP_FIRST,
        MODE_COOKIE,
        MODE_NO_TICKETS,
        MODE_CACHE,
        MODE_ASK,
        MODE_INSIST,
        MODE_CIPHERS,
        MODE_CERTIFICATE,
        MODE_KEY,
        MODE_OTHER_KEY,
        MODE_CA,
        MODE_MTU,
        MODE_HASTY,
        MODE_ALERT_FIRST,
        MODE_ALERT_LAST,
        N_MODES
} Mode;

typedef struct Settings {
        in_port_t listen_port, forward_port; /* host byte order */
        const char *identity;
        unsigned char key[SETTINGS_KEY_MAX];
        size_t key_size;
        const char *modes[N_MODES]; /* the value, "" for a word without one; NULL: not given */
} Settings;

/* The words of the command line, into which `ret` points; ends the program when one is wrong. */
void settings_parse(Settings *ret, int argc, char *argv[]);

/* The context of a server as the settings have it, which must outlive it; ends the program when OpenSSL
 * refuses one of them. */
SSL_CTX *settings_context(const Settings *settings);

/* The most bytes of a datagram that the server sends. */
unsigned settings_mtu(const Settings *settings);

/* Session tickets and ids given out so far are worth nothing from now on. */
void settings_forget_sessions(SSL_CTX *context);

#endif
