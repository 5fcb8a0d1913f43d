/* SPDX-License-Identifier: Apache-2.0 */
/* A small DTLS-PSK server in front of a plain UDP peer on loopback, on OpenSSL alone.
 *
 * The daemon speaks DTLS through libcoap; this end does not, so that a mistake of libcoap is not on both
 * ends. Each client gets a plain socket of its own to the peer: one client, one source port, as without
 * DTLS.
 *
 *   dtls_terminator LISTEN-PORT FORWARD-PORT IDENTITY KEY-HEX [MODE...]
 *
 * MODE: silent        counts ClientHellos and never answers
 *       drop-first    the first datagram to each client is lost
 *       ciphers=LIST  OpenSSL's cipher list in place of the PSK ones
 *
 * Prints "port N" and then an event a line: ClientHello PORT, connected PORT CIPHER SNI ("-": none), alert
 * PORT sent|received NAME, close_notify PORT, forgot (after SIGUSR1: every association is gone without a
 * word, as by a restart), ended (after SIGUSR2: each with close_notify).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define CLIENTS_MAX            64
#define DATAGRAM_MAX           2048
#define KEY_MAX                64
#define MTU                    1400
#define RECORD_HEADER          13 /* RFC 6347 4.1 */
#define CONTENT_HANDSHAKE      22
#define HANDSHAKE_CLIENT_HELLO 1

typedef struct Client {
        struct sockaddr_in address;
        SSL *ssl; /* owns both BIOs */
        BIO *in, *out;
        int plain;
        bool connected;
        bool dropped;
} Client;

static struct {
        int fd;
        in_port_t forward_port;
        const char *identity;
        unsigned char key[KEY_MAX];
        size_t key_size;
        bool silent, drop_first;
        SSL_CTX *context;
        Client *clients[CLIENTS_MAX];
        size_t n_clients;
} server;

static void die(const char *what)
{
        perror(what);
        exit(EXIT_FAILURE);
}

static unsigned port_of(const Client *client)
{
        return ntohs(client->address.sin_port);
}

static struct sockaddr_in loopback(in_port_t port)
{
        return (struct sockaddr_in){
                .sin_family = AF_INET,
                .sin_port = htons(port),
                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        };
}

static unsigned on_psk(SSL *ssl, const char *identity, unsigned char *ret_key, unsigned size)
{
        if (strcmp(identity, server.identity) != 0 || server.key_size > size)
                return 0;
        memcpy(ret_key, server.key, server.key_size);
        return (unsigned)server.key_size;
}

static void on_info(const SSL *ssl, int where, int value)
{
        const Client *client = SSL_get_app_data(ssl);

        if (where & SSL_CB_ALERT) {
                if ((value & 0xff) == SSL_AD_CLOSE_NOTIFY && (where & SSL_CB_READ))
                        printf("close_notify %u\n", port_of(client));
                else
                        printf("alert %u %s %s\n", port_of(client),
                                where & SSL_CB_READ ? "received" : "sent", SSL_alert_desc_string(value));
        }
}

static Client *client_new(const struct sockaddr_in *address)
{
        struct sockaddr_in peer = loopback(server.forward_port);
        Client *client = calloc(1, sizeof *client);

        if (!client)
                die("calloc");
        client->address = *address;
        client->ssl = SSL_new(server.context);
        client->in = BIO_new(BIO_s_mem());
        client->out = BIO_new(BIO_s_mem());
        if (!client->ssl || !client->in || !client->out)
                die("OpenSSL");
        BIO_set_mem_eof_return(client->in, -1);
        BIO_set_mem_eof_return(client->out, -1);
        SSL_set_bio(client->ssl, client->in, client->out);
        SSL_set_app_data(client->ssl, client);
        SSL_set_options(client->ssl, SSL_OP_NO_QUERY_MTU);
        SSL_set_mtu(client->ssl, MTU);
        SSL_set_accept_state(client->ssl);

        client->plain = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (client->plain < 0 || connect(client->plain, (struct sockaddr *)&peer, sizeof peer) < 0)
                die("plain socket");
        return client;
}

static void client_free(Client *client)
{
        SSL_free(client->ssl);
        close(client->plain);
        free(client);
}

static void remove_client(size_t index)
{
        client_free(server.clients[index]);
        server.clients[index] = server.clients[--server.n_clients];
}

/* The client of an address: the one there is, or a new one for a ClientHello, NULL for anything else. */
static Client *find_client(const struct sockaddr_in *address, bool client_hello)
{
        for (size_t i = 0; i < server.n_clients; i++) {
                Client *client = server.clients[i];

                if (client->address.sin_port != address->sin_port)
                        continue;
                if (!client_hello || !client->connected)
                        return client;
                remove_client(i); /* the client begins anew from the same port */
                break;
        }
        if (!client_hello || server.n_clients == CLIENTS_MAX)
                return NULL;
        return server.clients[server.n_clients++] = client_new(address);
}

static void flush(Client *client)
{
        unsigned char buffer[DATAGRAM_MAX];
        int size;

        while ((size = BIO_read(client->out, buffer, sizeof buffer)) > 0) {
                if (server.drop_first && !client->dropped) {
                        client->dropped = true;
                        continue;
                }
                (void)sendto(server.fd, buffer, (size_t)size, 0, (const struct sockaddr *)&client->address,
                        sizeof client->address);
        }
}

/* Handshake and application data as far as they go; false when the association ended. */
static bool advance(Client *client)
{
        unsigned char buffer[DATAGRAM_MAX];
        int size;

        while ((size = SSL_read(client->ssl, buffer, sizeof buffer)) > 0)
                (void)send(client->plain, buffer, (size_t)size, 0);

        if (!client->connected && SSL_is_init_finished(client->ssl)) {
                const char *name = SSL_get_servername(client->ssl, TLSEXT_NAMETYPE_host_name);

                client->connected = true;
                printf("connected %u %s %s\n", port_of(client), SSL_get_cipher_name(client->ssl),
                        name ? name : "-");
        }

        bool alive = SSL_get_error(client->ssl, size) == SSL_ERROR_WANT_READ;

        flush(client);
        ERR_clear_error();
        return alive;
}

static void drop_if_ended(Client *client)
{
        if (advance(client))
                return;
        for (size_t i = 0; i < server.n_clients; i++)
                if (server.clients[i] == client) {
                        remove_client(i);
                        return;
                }
}

static void on_datagram(void)
{
        unsigned char buffer[DATAGRAM_MAX];
        struct sockaddr_in address;
        socklen_t length = sizeof address;
        ssize_t size = recvfrom(server.fd, buffer, sizeof buffer, 0, (struct sockaddr *)&address, &length);

        if (size < 0)
                return;

        bool hello = size > RECORD_HEADER && buffer[0] == CONTENT_HANDSHAKE &&
                     buffer[RECORD_HEADER] == HANDSHAKE_CLIENT_HELLO;

        if (hello)
                printf("ClientHello %u\n", ntohs(address.sin_port));
        if (server.silent)
                return;

        Client *client = find_client(&address, hello);

        if (client) {
                BIO_write(client->in, buffer, (int)size);
                drop_if_ended(client);
        }
}

static void on_plain(Client *client)
{
        unsigned char buffer[DATAGRAM_MAX];
        ssize_t size = recv(client->plain, buffer, sizeof buffer, 0);

        if (size > 0 && client->connected) {
                SSL_write(client->ssl, buffer, (int)size);
                flush(client);
        }
}

static void on_signal(int fd)
{
        struct signalfd_siginfo info;

        if (read(fd, &info, sizeof info) != sizeof info)
                die("signalfd");
        if (info.ssi_signo == SIGTERM)
                exit(EXIT_SUCCESS);
        for (size_t i = 0; info.ssi_signo == SIGUSR2 && i < server.n_clients; i++) {
                SSL_shutdown(server.clients[i]->ssl);
                flush(server.clients[i]);
        }
        while (server.n_clients > 0)
                remove_client(0);
        printf("%s\n", info.ssi_signo == SIGUSR2 ? "ended" : "forgot");
}

/* Milliseconds until the next handshake retransmission, -1 = none. */
static int next_timeout(void)
{
        int next = -1;

        for (size_t i = 0; i < server.n_clients; i++) {
                struct timeval left;

                if (DTLSv1_get_timeout(server.clients[i]->ssl, &left) == 1) {
                        int ms = (int)(left.tv_sec * 1000 + left.tv_usec / 1000 + 1);

                        if (next < 0 || ms < next)
                                next = ms;
                }
        }
        return next;
}

static void run(int signals)
{
        for (;;) {
                struct pollfd polled[2 + CLIENTS_MAX] = {
                        {.fd = server.fd, .events = POLLIN},
                        {.fd = signals, .events = POLLIN},
                };
                Client *ready[CLIENTS_MAX];
                size_t n = server.n_clients;

                for (size_t i = 0; i < n; i++) {
                        ready[i] = server.clients[i];
                        polled[2 + i] = (struct pollfd){.fd = ready[i]->plain, .events = POLLIN};
                }
                if (poll(polled, 2 + n, next_timeout()) < 0 && errno != EINTR)
                        die("poll");

                for (size_t i = 0; i < n; i++) {
                        if (DTLSv1_handle_timeout(ready[i]->ssl) > 0)
                                flush(ready[i]);
                        if (polled[2 + i].revents)
                                on_plain(ready[i]);
                }
                if (polled[0].revents)
                        on_datagram(); /* may free a client: last */
                if (polled[1].revents)
                        on_signal(signals);
        }
}

static void parse_key(const char *hex)
{
        size_t length = strlen(hex);

        if (length % 2 != 0 || length / 2 > KEY_MAX)
                die("key");
        for (size_t i = 0; i < length / 2; i++) {
                char byte[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

                server.key[i] = (unsigned char)strtoul(byte, NULL, 16);
        }
        server.key_size = length / 2;
}

static void open_socket(in_port_t port)
{
        struct sockaddr_in address = loopback(port);
        socklen_t length = sizeof address;

        server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (server.fd < 0 || bind(server.fd, (struct sockaddr *)&address, length) < 0 ||
                getsockname(server.fd, (struct sockaddr *)&address, &length) < 0)
                die("socket");
        printf("port %u\n", ntohs(address.sin_port));
}

static void open_context(const char *ciphers)
{
        server.context = SSL_CTX_new(DTLS_server_method());
        if (!server.context || SSL_CTX_set_cipher_list(server.context, ciphers) != 1)
                die("cipher list");
        SSL_CTX_set_options(server.context, SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set_psk_server_callback(server.context, on_psk);
        SSL_CTX_set_info_callback(server.context, on_info);
        SSL_CTX_set_session_cache_mode(server.context, SSL_SESS_CACHE_OFF);
}

int main(int argc, char *argv[])
{
        const char *ciphers = "PSK-AES128-CCM8:PSK-AES128-CBC-SHA256:PSK-AES128-GCM-SHA256";
        sigset_t mask;

        if (argc < 5) {
                fprintf(stderr, "usage: %s LISTEN-PORT FORWARD-PORT IDENTITY KEY-HEX [MODE...]\n", argv[0]);
                return EXIT_FAILURE;
        }
        server.forward_port = (in_port_t)atoi(argv[2]);
        server.identity = argv[3];
        parse_key(argv[4]);
        for (int i = 5; i < argc; i++) {
                server.silent = server.silent || strcmp(argv[i], "silent") == 0;
                server.drop_first = server.drop_first || strcmp(argv[i], "drop-first") == 0;
                if (strncmp(argv[i], "ciphers=", strlen("ciphers=")) == 0)
                        ciphers = argv[i] + strlen("ciphers=");
        }

        setvbuf(stdout, NULL, _IOLBF, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        sigemptyset(&mask);
        sigaddset(&mask, SIGUSR1);
        sigaddset(&mask, SIGUSR2);
        sigaddset(&mask, SIGTERM);
        sigprocmask(SIG_BLOCK, &mask, NULL);

        open_context(ciphers);
        open_socket((in_port_t)atoi(argv[1]));
        run(signalfd(-1, &mask, SFD_CLOEXEC));
}
