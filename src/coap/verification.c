/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a server's certificate. */
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "coap/address_list.h"
#include "coap/certificate_text.h"
#include "coap/trust_store.h"
#include "coap/verification.h"
#include "util/certificate_facts.h"

/* What is known when the path has been built, or could not be. */
typedef struct Path {
        int error;              /* X509_V_* */
        int depth;              /* of the certificate that is wrong */
        X509 *at;               /* that certificate, or NULL; owned */
        STACK_OF(X509) * chain; /* from the server's on, owned; NULL: there is none */
} Path;

static void path_done(Path *path)
{
        X509_free(path->at);
        sk_X509_pop_free(path->chain, X509_free);
}

static const EVP_MD *digest_of(MatchingType type)
{
        switch (type) {
        case MATCHING_TYPE_SHA256:
                return EVP_sha256();
        case MATCHING_TYPE_SHA384:
                return EVP_sha384();
        case MATCHING_TYPE_SHA512:
                return EVP_sha512();
        case MATCHING_TYPE_EXACT:
        case _MATCHING_TYPE_MAX:
                break;
        }
        return NULL;
}

static bool is_exactly(const Secret *chain, X509 *certificate)
{
        const uint8_t *rest = chain->data, *item;
        size_t rest_size = chain->size, item_size;
        uint8_t *der = NULL;
        int size = i2d_X509(certificate, &der);
        bool found = false;

        while (size > 0 && !found && certificate_chain_next(&rest, &rest_size, &item, &item_size))
                found = item_size == (size_t)size && memcmp(item, der, item_size) == 0;
        OPENSSL_free(der);
        return found;
}

/* Whether it is what /0/x/4 holds, or what it holds the digest of. */
static bool is_named(const Credential *credential, X509 *certificate)
{
        const Secret *named = &credential->server_certificate;
        uint8_t digest[EVP_MAX_MD_SIZE];
        unsigned size = 0;

        if (credential->matching_type == MATCHING_TYPE_EXACT)
                return is_exactly(named, certificate);
        if (!digest_of(credential->matching_type) ||
                X509_digest(certificate, digest_of(credential->matching_type), digest, &size) != 1)
                return false;
        return named->size == size && memcmp(named->data, digest, size) == 0;
}

static X509 *find_named(const Credential *credential, const STACK_OF(X509) * chain, int from)
{
        for (int i = from; i < sk_X509_num(chain); i++)
                if (is_named(credential, sk_X509_value(chain, i)))
                        return sk_X509_value(chain, i);
        return NULL;
}

/* -- The path -- */

static bool add_anchor(X509_STORE *store, const uint8_t *der, size_t size)
{
        X509 *anchor = d2i_X509(NULL, &der, (long)size);
        bool good = anchor && X509_STORE_add_cert(store, anchor) == 1;

        X509_free(anchor);
        return good;
}

/* Usage 2: nobody but the CA of /0/x/4. Where that is a digest, the server has to send the certificate. */
static X509_STORE *open_anchors(const Credential *credential, X509_STORE_CTX *handshake)
{
        const uint8_t *rest = credential->server_certificate.data, *item;
        size_t rest_size = credential->server_certificate.size, item_size;
        X509_STORE *store = X509_STORE_new();
        X509 *sent;

        if (!store)
                return NULL;
        if (credential->matching_type == MATCHING_TYPE_EXACT)
                while (certificate_chain_next(&rest, &rest_size, &item, &item_size))
                        (void)add_anchor(store, item, item_size);
        else if ((sent = find_named(credential, X509_STORE_CTX_get0_untrusted(handshake), 0)))
                (void)X509_STORE_add_cert(store, sent);
        return store;
}

static void set_parameters(
        const Verification *verification, X509_STORE_CTX *handshake, X509_VERIFY_PARAM *to)
{
        const X509_VERIFY_PARAM *from = X509_STORE_CTX_get0_param(handshake);

        X509_VERIFY_PARAM_set_depth(to, VERIFICATION_DEPTH);
        X509_VERIFY_PARAM_set_auth_level(to, X509_VERIFY_PARAM_get_auth_level(from));
        X509_VERIFY_PARAM_set_time(to, (time_t)(clock_realtime(verification->clock) / USEC_PER_SEC));
        /* The anchor may be a CA below a root. */
        if (verification->credential->usage == CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION)
                X509_VERIFY_PARAM_set_flags(to, X509_V_FLAG_PARTIAL_CHAIN);
}

/* RFC 5280, 6: with what the server has sent, in any order, to whom trusted holds. */
static void build_path(
        const Verification *verification, X509_STORE_CTX *handshake, X509_STORE *trusted, Path *ret)
{
        X509_STORE_CTX *context = X509_STORE_CTX_new();
        bool verified;

        *ret = (Path){.error = X509_V_ERR_OUT_OF_MEM};
        if (context && X509_STORE_CTX_init(context, trusted, X509_STORE_CTX_get0_cert(handshake),
                               X509_STORE_CTX_get0_untrusted(handshake)) == 1) {
                (void)X509_STORE_CTX_set_default(context, "ssl_server"); /* key usage: RFC 5280, 4.2.1.12 */
                set_parameters(verification, handshake, X509_STORE_CTX_get0_param(context));
                verified = X509_verify_cert(context) > 0;
                ret->error = X509_STORE_CTX_get_error(context);
                if (!verified && ret->error == X509_V_OK) /* it could not even begin */
                        ret->error = X509_V_ERR_UNSPECIFIED;
                ret->depth = X509_STORE_CTX_get_error_depth(context);
                ret->at = X509_STORE_CTX_get_current_cert(context);
                if (ret->at)
                        X509_up_ref(ret->at);
                ret->chain = X509_STORE_CTX_get1_chain(context);
        }
        X509_STORE_CTX_free(context);
}

/* -- The verdict: each says so in a sentence, and returns the error that makes OpenSSL's alert. -- */

#define DESCRIBE(certificate, depth) \
        certificate_describe((certificate), (depth), (char[CERTIFICATE_TEXT_SIZE]){0})

static bool names_a_ca(const Credential *credential)
{
        const Secret *named = &credential->server_certificate;
        CertificateFacts facts;

        return credential->matching_type == MATCHING_TYPE_EXACT &&
               certificate_facts(named->data, named->size, &facts) == CERTIFICATE_GOOD && facts.is_ca;
}

static int refuse_unnamed(Verification *verification, X509 *leaf)
{
        bool digest = verification->credential->matching_type != MATCHING_TYPE_EXACT;

        if (names_a_ca(verification->credential)) {
                failure_set(&verification->verdict, FAILURE_CERTIFICATE_MISMATCH,
                        "the server showed %s, which is not the certificate of this account (/0/x/4, a "
                        "CA's); Certificate Usage %d takes the server's own alone, for a CA set "
                        "certificate_usage trust-anchor-assertion (2).",
                        DESCRIBE(leaf, 0), (int)verification->credential->usage);
                return X509_V_ERR_CERT_REJECTED;
        }
        failure_set(&verification->verdict, FAILURE_CERTIFICATE_MISMATCH,
                "the server showed %s, which is not the certificate of this account (/0/x/4%s); "
                "write the server's new one into the account, or look who answers there.",
                DESCRIBE(leaf, 0), digest ? ", a digest" : "");
        return X509_V_ERR_CERT_REJECTED;
}

static int refuse_ca(Verification *verification, X509 *leaf)
{
        failure_set(&verification->verdict, FAILURE_CERTIFICATE_MISMATCH,
                "the server showed %s, which is trusted, but not by the CA certificate of this account "
                "(/0/x/4); "
                "write the server's new CA into the account, or look who answers there.",
                DESCRIBE(leaf, 0));
        return X509_V_ERR_CERT_REJECTED;
}

static int refuse_name(Verification *verification, X509 *leaf)
{
        char names[CERTIFICATE_NAMES_SIZE];
        bool own = verification->credential->server_name != NULL;

        failure_set(&verification->verdict, FAILURE_CERTIFICATE_NAME_MISMATCH,
                "the server showed %s, which is for %s, not for %s (%s); "
                "correct that, or have a certificate made with this name.",
                DESCRIBE(leaf, 0), certificate_list_names(leaf, names), verification->reference,
                own ? "the account's server name, /0/x/14" : "the host in the URI");
        return X509_V_ERR_HOSTNAME_MISMATCH;
}

static int refuse_store(Verification *verification, int error)
{
        failure_set(&verification->verdict, FAILURE_CREDENTIAL_UNUSABLE,
                "the trust store %s cannot be used: %s; correct trust_store in the configuration.",
                verification->trust_store,
                error == -ENODATA ? "it holds no certificate" : strerrordesc_np(-error));
        return X509_V_ERR_STORE_LOOKUP;
}

static int refuse_date(Verification *verification, const Path *path)
{
        char now[CERTIFICATE_DATE_SIZE];
        const char *what = DESCRIBE(path->at, path->depth);

        certificate_format_date((int64_t)(clock_realtime(verification->clock) / USEC_PER_SEC), now);
        if (path->error == X509_V_ERR_CERT_HAS_EXPIRED)
                failure_set(&verification->verdict, FAILURE_CERTIFICATE_EXPIRED,
                        "the server showed %s, which has expired (it is %s here); "
                        "renew it at the server, or check this device's clock.",
                        what, now);
        else if (clock_is_set(verification->clock, CLOCK_TIMESYNC))
                failure_set(&verification->verdict, FAILURE_CERTIFICATE_NOT_YET_VALID,
                        "the server showed %s, which is not valid yet (it is %s here); "
                        "check this device's clock, or the server's certificate.",
                        what, now);
        else
                failure_set(&verification->verdict, FAILURE_CLOCK_NOT_SET,
                        "the server showed %s, which is not valid yet, and this device's clock has not "
                        "been set (it says %s); check its time synchronization.",
                        what, now);
        return path->error;
}

static const char *whom_is_trusted(const Verification *verification)
{
        const Credential *credential = verification->credential;

        if (credential->usage == CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION)
                return credential->matching_type == MATCHING_TYPE_EXACT
                               ? "the CA certificate of this account (/0/x/4)"
                               : "the CA certificate of this account (/0/x/4, a digest: the server has to "
                                 "send the CA's certificate, too)";
        if (strcmp(verification->trust_store, TRUST_STORE_SYSTEM) == 0)
                return "the system's trust store";
        if (strcmp(verification->trust_store, TRUST_STORE_NONE) == 0)
                return "a trust store (trust_store: none)";
        return verification->trust_store;
}

static int refuse_path(Verification *verification, const Path *path, X509 *leaf)
{
        X509 *at = path->at ?: leaf;

        switch (path->error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
        case X509_V_ERR_CERT_NOT_YET_VALID:
                return refuse_date(verification, path);
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_UNTRUSTED:
                failure_set(&verification->verdict, FAILURE_CERTIFICATE_UNTRUSTED,
                        "the server showed %s, from which no way leads to %s; "
                        "check that the server sends its intermediate certificates, and which CA is "
                        "trusted here.",
                        DESCRIBE(at, path->depth), whom_is_trusted(verification));
                break;
        case X509_V_ERR_INVALID_PURPOSE:
                failure_set(&verification->verdict, FAILURE_CERTIFICATE_UNTRUSTED,
                        "the server showed %s, whose key usage is not that of a server; "
                        "have one made with serverAuth and digitalSignature.",
                        DESCRIBE(at, path->depth));
                break;
        default:
                failure_set(&verification->verdict, FAILURE_CERTIFICATE_UNTRUSTED,
                        "the server showed %s, which cannot be trusted: %s; check its certificates.",
                        DESCRIBE(at, path->depth), X509_verify_cert_error_string(path->error));
        }
        return path->error;
}

/* -- The checks -- */

static bool has_name(const char *reference, X509 *leaf)
{
        if (address_is_literal(reference))
                return X509_check_ip_asc(leaf, reference, 0) == 1;
        return X509_check_host(leaf, reference, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

static int judge_path(Verification *verification, X509 *leaf, const Path *path)
{
        const Credential *credential = verification->credential;

        if (path->error != X509_V_OK)
                return refuse_path(verification, path, leaf);
        /* Every suite but those of a time before DTLS 1.2 has the server sign: RFC 5246, 7.4.2. */
        if (!(X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE))
                return refuse_path(verification, &(Path){.error = X509_V_ERR_INVALID_PURPOSE}, leaf);
        if (credential->usage == CERTIFICATE_USAGE_CA_CONSTRAINT && !credential->by_trust_store &&
                !find_named(credential, path->chain, 1))
                return refuse_ca(verification, leaf);
        /* A certificate that is named needs no name: Core TS, 5.2.8.7. */
        if (credential->usage != CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT &&
                !has_name(verification->reference, leaf))
                return refuse_name(verification, leaf);
        return X509_V_OK;
}

static int judge(Verification *verification, X509_STORE_CTX *handshake)
{
        const Credential *credential = verification->credential;
        bool anchors = credential->usage == CERTIFICATE_USAGE_TRUST_ANCHOR_ASSERTION;
        bool domain_issued = credential->usage == CERTIFICATE_USAGE_DOMAIN_ISSUED;
        X509 *leaf = X509_STORE_CTX_get0_cert(handshake);
        _cleanup_(path_done) Path path = {0};
        X509_STORE *trusted = NULL;
        int r = 0;

        if ((domain_issued || credential->usage == CERTIFICATE_USAGE_SERVICE_CERTIFICATE_CONSTRAINT) &&
                !is_named(credential, leaf))
                return refuse_unnamed(verification, leaf);
        if (domain_issued)
                return X509_V_OK;
        if (anchors)
                trusted = open_anchors(credential, handshake);
        else
                r = trust_store_open(verification->trust_store, &trusted);
        if (!trusted)
                return refuse_store(verification, r < 0 ? r : -ENOMEM);
        build_path(verification, handshake, trusted, &path);
        X509_STORE_free(trusted);
        return judge_path(verification, leaf, &path);
}

int verification_check(X509_STORE_CTX *handshake, void *userdata)
{
        Verification *verification = userdata;
        int error;

        verification->verdict = (Failure){0};
        error = judge(verification, handshake);
        X509_STORE_CTX_set_error(handshake, error);
        ERR_clear_error(); /* what is left there ends libcoap's sessions */
        return error == X509_V_OK;
}

void verification_refuse_nobody(Verification *verification)
{
        failure_set(&verification->verdict, FAILURE_CERTIFICATE_UNTRUSTED,
                "the server showed no certificate; allow no anonymous cipher suite there, "
                "and look who set OpenSSL's security level to 0 here.");
}
