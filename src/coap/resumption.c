/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS sessions that may be resumed. */
#include "coap/resumption.h"

#include <openssl/err.h>

#include "util/bytes.h"
#include "util/crypto.h"

#define IDENTITY_SIZE 8192 /* bytes that are digested: an address, a name, and a path of PATH_MAX */

typedef struct Kept {
        uint8_t of[SHA256_SIZE]; /* credential and server */
        SSL_SESSION *session;    /* NULL: free */
        STACK_OF(X509) * chain;  /* as the server has sent it; NULL: none */
        uint64_t since;          /* CLOCK_BOOTTIME, usec: its full handshake */
} Kept;

static Kept kept[RESUMPTION_SESSIONS];

static void kept_done(Kept *entry)
{
        SSL_SESSION_free(entry->session);
        sk_X509_pop_free(entry->chain, X509_free);
        *entry = (Kept){0};
}

void resumption_forget(void)
{
        for (size_t i = 0; i < ELEMENTSOF(kept); i++)
                kept_done(&kept[i]);
}

/* With its NUL, so that no text runs into the next one. NULL: there is none. */
static void add_text(ByteWriter *writer, const char *text)
{
        const char *known = text ?: "";

        byte_writer_add(writer, known, strlen(known) + 1);
}

/* 0 or negative errno. */
static int identify(const Verification *verification, const char *peer, uint8_t ret[SHA256_SIZE])
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(IDENTITY_SIZE);
        uint8_t credential[SHA256_SIZE];
        int r;

        r = credential_digest(verification->credential, credential);
        if (r < 0)
                return r;
        add_text(&writer, peer);
        add_text(&writer, verification->reference);
        add_text(&writer, verification->trust_store);
        byte_writer_add(&writer, credential, sizeof(credential));
        return writer.error < 0 ? writer.error : crypto_sha256(writer.data, writer.size, ret);
}

static Kept *find(const uint8_t of[SHA256_SIZE])
{
        for (size_t i = 0; i < ELEMENTSOF(kept); i++)
                if (kept[i].session && memcmp(kept[i].of, of, SHA256_SIZE) == 0)
                        return &kept[i];
        return NULL;
}

/* That of before, a free one, or the oldest. */
static Kept *find_place(const uint8_t of[SHA256_SIZE])
{
        Kept *place = find(of);

        for (size_t i = 0; i < ELEMENTSOF(kept) && !place; i++)
                if (!kept[i].session)
                        place = &kept[i];
        if (place)
                return place;
        place = &kept[0];
        for (size_t i = 1; i < ELEMENTSOF(kept); i++)
                if (kept[i].since < place->since)
                        place = &kept[i];
        return place;
}

/* A resumed handshake shows no certificate: those of the first one are judged once more. */
static bool is_accepted(const Kept *entry, const Verification *verification, SSL *ssl)
{
        X509 *leaf = SSL_SESSION_get0_peer(entry->session);
        Verification again = *verification;
        X509_STORE_CTX *context;
        bool accepted;

        if (verification->credential->mode != SECURITY_MODE_CERTIFICATE)
                return true;
        context = leaf ? X509_STORE_CTX_new() : NULL;
        accepted = context && X509_STORE_CTX_init(context, NULL, leaf, entry->chain) == 1;
        if (accepted) {
                X509_VERIFY_PARAM_set_auth_level(
                        X509_STORE_CTX_get0_param(context), SSL_get_security_level(ssl));
                accepted = verification_check(context, &again) == 1;
        }
        X509_STORE_CTX_free(context);
        return accepted;
}

static bool is_fresh(const Kept *entry, uint64_t now)
{
        const unsigned char *ticket;
        size_t ticket_size = 0;
        uint64_t age = now - entry->since;
        unsigned long hint = SSL_SESSION_get_ticket_lifetime_hint(entry->session);

        SSL_SESSION_get0_ticket(entry->session, &ticket, &ticket_size);
        return SSL_SESSION_is_resumable(entry->session) == 1 && ticket_size <= RESUMPTION_TICKET &&
               age < RESUMPTION_AGE && (ticket_size == 0 || hint == 0 || age < hint * USEC_PER_SEC);
}

uint64_t resumption_offer(SSL *ssl, const Verification *verification, const char *peer)
{
        uint8_t of[SHA256_SIZE];
        uint64_t since = 0;
        Kept *entry;

        if (identify(verification, peer, of) < 0)
                return 0;
        entry = find(of);
        if (!entry)
                return 0;
        if (is_fresh(entry, clock_boottime(verification->clock)) && is_accepted(entry, verification, ssl) &&
                SSL_set_session(ssl, entry->session) == 1)
                since = entry->since;
        kept_done(entry);
        ERR_clear_error();
        return since;
}

void resumption_keep(SSL *ssl, const Verification *verification, const char *peer, uint64_t since)
{
        STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
        uint8_t of[SHA256_SIZE];
        Kept *entry;

        if (identify(verification, peer, of) < 0)
                return;
        entry = find_place(of);
        kept_done(entry);
        entry->session = SSL_get1_session(ssl);
        entry->chain = chain ? X509_chain_up_ref(chain) : NULL;
        entry->since = SSL_session_reused(ssl) ? since : clock_boottime(verification->clock);
        memcpy(entry->of, of, sizeof(of));
        ERR_clear_error();
}
