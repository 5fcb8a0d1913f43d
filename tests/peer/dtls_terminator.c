/* SPDX-License-Identifier: Apache-2.0 */
/* A small DTLS server in front of a plain UDP peer on loopback, on OpenSSL alone.
 *
 * The daemon speaks DTLS through libcoap; this end does not, so that a mistake of libcoap is not on both
 * ends. Each client gets a plain socket of its own to the peer: one client, one source port, as without
 * DTLS.
 *
 *   dtls_terminator LISTEN-PORT FORWARD-PORT IDENTITY KEY-HEX [MODE...]
 *
 * IDENTITY and KEY-HEX are the PSK, "" for none. MODE:
 *
 *   silent                    counts ClientHellos and never answers
 *   drop-first                the first datagram to each client is lost
 *   ciphers=LIST              as in OpenSSL, in place of its own
 *   certificate=FILE key=FILE PEM; the file is what is sent, the leaf first
 *   other-key=FILE            signs with this EC key: for a file whose first certificate is not its own
 *   ask, insist               wants, or must have, the client's certificate; any one, or ca=FILE's
 *   cookie                    HelloVerifyRequest (RFC 6347 4.2.1)
 *   mtu=N                     no datagram to the client is longer
 *   hasty                     a flight is repeated after 0.1 s each time, not after 1, 2, 4 ... s
 *   no-tickets, cache         sessions: no tickets; by their id
 *   alert-first=CODE          a fatal alert answers each ClientHello
 *   alert-last=CODE           a fatal alert in place of the handshake's last flight
 *
 * Prints "port N" and then an event a line, "-" for a word that there is none for:
 *
 *   ClientHello PORT SUITES cookie session            SUITES: hex numbers, with commas
 *   connected PORT CIPHER SNI full|resumed BYTES-FROM BYTES-TO SUBJECT     of the client's certificate
 *   lasted PORT MICROSECONDS                           the handshake, from the ClientHello on
 *   alert PORT sent|received NAME
 *   lost PORT                                          an association whose client has gone in the handshake
 *   close_notify PORT
 *
 * Standard input takes a command a line, each answered by the event "done COMMAND":
 *
 *   forget                    every association is gone without a word, as by a restart
 *   forget-sessions           and so is every session ticket and id
 *   end                       every association ends with close_notify
 *   end-sessions              and every session ticket and id is gone, before the client can come again
 *   alert CODE LEVEL          each client gets this alert in its association (GCM and CCM only)
 *   renegotiate               each client gets a HelloRequest in its association
 *   sync                      nothing: what had happened before has been printed before the answer
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
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "dtls_datagrams.h"
#include "dtls_records.h"
#include "dtls_settings.h"

#define CLIENTS_MAX  64
#define DATAGRAM_MAX 2048
#define COMMAND_MAX  128
#define ALERT_FATAL  2
#define HASTE        100000 /* us */

typedef struct Client {
        struct sockaddr_in address;
        SSL *ssl;      /* owns `in` */
        BIO *in, *out; /* the datagram that has come; those to send (dtls_datagrams.h) */
        int plain;
        bool connected;
        bool dropped;
        struct timespec began;
        size_t bytes_from, bytes_to;
} Client;

static struct {
        int fd;
        Settings settings;
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

static bool has(Mode mode)
{
        return server.settings.modes[mode] != NULL;
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

static unsigned on_flight(SSL *ssl, unsigned last)
{
        (void)ssl;
        (void)last;
        return HASTE;
}

static Client *client_new(const struct sockaddr_in *address)
{
        struct sockaddr_in peer = loopback(server.settings.forward_port);
        Client *client = calloc(1, sizeof *client);

        if (!client)
                die("calloc");
        client->address = *address;
        (void)clock_gettime(CLOCK_MONOTONIC, &client->began);
        client->ssl = SSL_new(server.context);
        client->in = BIO_new(BIO_s_mem());
        client->out = BIO_new(BIO_s_mem());

        BIO *datagrams = datagrams_new(client->out);

        if (!client->ssl || !client->in || !client->out || !datagrams)
                die("OpenSSL");
        BIO_set_mem_eof_return(client->in, -1);
        SSL_set_bio(client->ssl, client->in, datagrams);
        SSL_set_app_data(client->ssl, client);
        SSL_set_mtu(client->ssl, settings_mtu(&server.settings));
        SSL_set_accept_state(client->ssl);
        if (has(MODE_HASTY))
                DTLS_set_timer_cb(client->ssl, on_flight);

        client->plain = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (client->plain < 0 || connect(client->plain, (struct sockaddr *)&peer, sizeof peer) < 0)
                die("plain socket");
        return client;
}

static void client_free(Client *client)
{
        SSL_free(client->ssl);
        BIO_free(client->out);
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

static void send_datagram(Client *client, const unsigned char *data, size_t size)
{
        client->bytes_to += size;
        (void)sendto(
                server.fd, data, size, 0, (const struct sockaddr *)&client->address, sizeof client->address);
}

static void flush(Client *client)
{
        unsigned char buffer[DATAGRAM_MAX];
        size_t size;

        while ((size = datagrams_take(client->out, buffer, sizeof buffer)) > 0) {
                if (has(MODE_DROP_FIRST) && !client->dropped) {
                        client->dropped = true;
                        continue;
                }
                send_datagram(client, buffer, size);
        }
}

static void send_plain_alert(Client *client, Mode mode)
{
        unsigned char record[RECORD_MAX];

        send_datagram(
                client, record, record_plain_alert(ALERT_FATAL, atoi(server.settings.modes[mode]), record));
}

static void print_connected(const Client *client)
{
        const char *name = SSL_get_servername(client->ssl, TLSEXT_NAMETYPE_host_name);
        X509 *certificate = SSL_get0_peer_certificate(client->ssl);
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        printf("connected %u %s %s %s %zu %zu ", port_of(client), SSL_get_cipher_name(client->ssl),
                name ? name : "-", SSL_session_reused(client->ssl) ? "resumed" : "full", client->bytes_from,
                client->bytes_to);
        fflush(stdout);
        if (certificate)
                X509_NAME_print_ex_fp(stdout, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
        printf("%s\n", certificate ? "" : "-");
        printf("lasted %u %ld\n", port_of(client),
                (now.tv_sec - client->began.tv_sec) * 1000000L +
                        (now.tv_nsec - client->began.tv_nsec) / 1000);
}

/* Handshake and application data as far as they go; false when the association ended. */
static bool advance(Client *client)
{
        unsigned char buffer[DATAGRAM_MAX];
        int size;

        while ((size = SSL_read(client->ssl, buffer, sizeof buffer)) > 0)
                (void)send(client->plain, buffer, (size_t)size, 0);

        bool alive = SSL_get_error(client->ssl, size) == SSL_ERROR_WANT_READ;
        bool connects = !client->connected && SSL_is_init_finished(client->ssl);

        ERR_clear_error();
        if (connects && has(MODE_ALERT_LAST)) {
                send_plain_alert(client, MODE_ALERT_LAST);
                return false;
        }
        flush(client);
        if (connects) {
                client->connected = true;
                print_connected(client);
        }
        return alive;
}

static void drop(const Client *client)
{
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

        bool hello = record_is_client_hello(buffer, (size_t)size);

        if (hello) {
                printf("ClientHello %u ", ntohs(address.sin_port));
                record_print_client_hello(stdout, buffer, (size_t)size);
                printf("\n");
        }

        Client *client = has(MODE_SILENT) ? NULL : find_client(&address, hello);

        if (!client)
                return;
        client->bytes_from += (size_t)size;
        if (hello && has(MODE_ALERT_FIRST)) {
                send_plain_alert(client, MODE_ALERT_FIRST);
                return;
        }
        BIO_write(client->in, buffer, (int)size);
        if (!advance(client))
                drop(client);
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

static void forget_clients(void)
{
        while (server.n_clients > 0)
                remove_client(0);
}

/* The alert takes the number of a record that is made and thrown away, so that those after it stay in
 * order. */
static void send_alert(Client *client, int level, int code)
{
        unsigned char replaced[DATAGRAM_MAX], record[RECORD_MAX];
        size_t size = 0;

        SSL_write(client->ssl, "", 1);
        if (datagrams_take(client->out, replaced, sizeof replaced) > 0)
                size = record_sealed_alert(client->ssl, replaced, level, code, record);
        if (size == 0)
                die("alert");
        send_datagram(client, record, size);
}

static void obey(const char *line)
{
        char word[COMMAND_MAX] = "";
        int code = 0, level = 0;
        bool ends;

        if (sscanf(line, "%127s %d %d", word, &code, &level) < 1)
                return;
        ends = strncmp(word, "end", strlen("end")) == 0;
        for (size_t i = 0; i < server.n_clients; i++) {
                Client *client = server.clients[i];

                if (ends) {
                        SSL_shutdown(client->ssl);
                        flush(client);
                } else if (strcmp(word, "alert") == 0 && client->connected) {
                        send_alert(client, level, code);
                } else if (strcmp(word, "renegotiate") == 0 && client->connected) {
                        SSL_renegotiate(client->ssl);
                        SSL_do_handshake(client->ssl);
                        flush(client);
                }
        }
        if (strncmp(word, "forget", strlen("forget")) == 0 || ends)
                forget_clients();
        if (strcmp(word, "forget-sessions") == 0 || strcmp(word, "end-sessions") == 0)
                settings_forget_sessions(server.context);
        printf("done %s\n", word);
}

/* False at the end of the commands. */
static bool on_command(void)
{
        char line[COMMAND_MAX];
        ssize_t size = read(STDIN_FILENO, line, sizeof line - 1);

        if (size <= 0)
                return false;
        line[size] = '\0';
        obey(line);
        return true;
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

static void run(void)
{
        int commands = STDIN_FILENO;

        for (;;) {
                struct pollfd polled[2 + CLIENTS_MAX] = {
                        {.fd = commands, .events = POLLIN},
                        {.fd = server.fd, .events = POLLIN},
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
                        int late = DTLSv1_handle_timeout(ready[i]->ssl);

                        if (late < 0) {
                                printf("lost %u\n", port_of(ready[i]));
                                drop(ready[i]);
                                ERR_clear_error(); /* SSL_get_error() of another would take it for its own */
                                continue;
                        }
                        if (late > 0)
                                flush(ready[i]);
                        if (polled[2 + i].revents)
                                on_plain(ready[i]);
                }
                if (polled[1].revents)
                        on_datagram(); /* may free a client: last */
                /* behind each datagram that came before it */
                else if (polled[0].revents && !on_command())
                        commands = -1;
        }
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

int main(int argc, char *argv[])
{
        settings_parse(&server.settings, argc, argv);
        setvbuf(stdout, NULL, _IOLBF, 0);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        server.context = settings_context(&server.settings);
        SSL_CTX_set_info_callback(server.context, on_info);
        open_socket(server.settings.listen_port);
        run();
}
