/* SPDX-License-Identifier: Apache-2.0 */
/* A DTLS server made of OpenSSL alone, in the test's own loop. */
#pragma once

#include "peer.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* One server for one client at a time; datagrams go through memory. */
typedef struct Server {
        Bench bench; /* its script is not used */
        SSL_CTX *context;
        SSL *ssl;
        struct sockaddr_in from;
        unsigned datagrams;
        unsigned received; /* application data */
        unsigned closed;   /* close_notify */
        Wire wire;
        bool mute;
        void (*answer)(Bench *bench, const Wire *wire);
} Server;

static inline unsigned server_psk(SSL *ssl, const char *identity, unsigned char *psk, unsigned maximum)
{
        static const uint8_t key[] = {0, 1, 2, 3, 0xff};

        if (strcmp(identity, "device") != 0)
                return 0;
        memcpy(psk, key, sizeof(key));
        return sizeof(key);
}

static inline void server_flush(Server *server)
{
        uint8_t buffer[8192];
        int n;

        while ((n = BIO_read(SSL_get_wbio(server->ssl), buffer, sizeof(buffer))) > 0)
                (void)sendto(server->bench.fd, buffer, (size_t)n, 0, (struct sockaddr *)&server->from,
                        sizeof(server->from));
}

static inline void server_send(Server *server, const Wire *wire)
{
        uint8_t buffer[2048];

        assert_true(SSL_write(server->ssl, buffer, (int)wire_build(wire, buffer)) > 0);
        server_flush(server);
}

static inline void server_new_ssl(Server *server)
{
        SSL_free(server->ssl);
        server->ssl = SSL_new(server->context);
        assert_non_null(server->ssl);
        SSL_set_bio(server->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        BIO_set_mem_eof_return(SSL_get_rbio(server->ssl), -1);
        SSL_set_accept_state(server->ssl);
        SSL_set_options(server->ssl, SSL_OP_NO_QUERY_MTU);
        SSL_set_mtu(server->ssl, 1400);
}

static inline int server_on_datagram(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
        Server *server = userdata;
        socklen_t from_size = sizeof(server->from);
        uint8_t buffer[4096];
        ssize_t size;
        int n;

        size = recvfrom(fd, buffer, sizeof(buffer), 0, (struct sockaddr *)&server->from, &from_size);
        if (size < 0)
                return 0;
        server->datagrams++;
        if (server->mute)
                return 0;
        assert_int_equal(BIO_write(SSL_get_rbio(server->ssl), buffer, (int)size), size);
        n = SSL_read(server->ssl, buffer, sizeof(buffer));
        server_flush(server);
        if (n > 0) {
                server->received++;
                wire_parse(buffer, (size_t)n, &server->wire);
                if (server->answer)
                        server->answer(&server->bench, &server->wire);
        } else if (SSL_get_shutdown(server->ssl) & SSL_RECEIVED_SHUTDOWN)
                server->closed++;
        ERR_clear_error();
        return 0;
}

static inline int server_setup(void **state)
{
        Server *server = calloc(1, sizeof(*server));
        Bench *bench = &server->bench;

        assert_non_null(server);
        assert_return_code(sd_event_new(&bench->event), 0);
        assert_return_code(resolver_new(bench->event, &bench->resolver), 0);
        bench_bind(bench, AF_INET);
        sd_event_source_unref(bench->source);
        assert_return_code(sd_event_add_io(bench->event, &bench->source, bench->fd, EPOLLIN,
                                   server_on_datagram, server),
                0);
        server->context = SSL_CTX_new(DTLS_server_method());
        assert_non_null(server->context);
        SSL_CTX_set_psk_server_callback(server->context, server_psk);
        server_new_ssl(server);
        *state = server;
        return 0;
}

static inline int server_teardown(void **state)
{
        Server *server = *state;
        Bench *bench = &server->bench;

        (void)connection_close(bench->connection);
        (void)resolver_free(bench->resolver);
        bench_unbind(bench);
        sd_event_unref(bench->event);
        SSL_free(server->ssl);
        SSL_CTX_free(server->context);
        ERR_clear_error();
        free(server);
        return 0;
}

static inline void server_accept_opening(Bench *bench, const Wire *wire)
{
        Wire answer = {.type = ACK, .code = CODE_CREATED, .mid = wire->mid, .token_size = wire->token_size};

        if (wire->type != CON || wire->code == 0 || CODE_CLASS(wire->code) != 0)
                return;
        memcpy(answer.token, wire->token, 8);
        server_send((Server *)bench, &answer);
}
