/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates and private keys from PEM or DER, over OpenSSL. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "util/bytes.h"
#include "util/certificate.h"

static const char *const certificate_error_table[] = {
        [CERTIFICATE_GOOD] = "",
        [CERTIFICATE_E_EMPTY] = "is empty",
        [CERTIFICATE_E_TOO_LARGE] = "is larger than 16 KiB",
        [CERTIFICATE_E_NONE] = "holds no certificate in PEM or DER",
        [CERTIFICATE_E_DAMAGED] = "is damaged PEM",
        [CERTIFICATE_E_REST] = "holds further bytes behind the DER",
        [CERTIFICATE_E_TOO_MANY] = "holds more than 8 certificates",
        [CERTIFICATE_E_IS_KEY] = "is a private key, not a certificate",
        [CERTIFICATE_E_IS_REQUEST] = "is a certificate signing request, not the certificate made from it",
        [CERTIFICATE_E_IS_PUBLIC_KEY] = "is a public key, not a certificate",
        [CERTIFICATE_E_IS_PKCS12] = "is a PKCS#12 archive; \"openssl pkcs12 -nodes\" makes PEM of it",
        [PRIVATE_KEY_E_NONE] = "holds no private key in PEM or DER (SEC1 or PKCS#8)",
        [PRIVATE_KEY_E_TOO_MANY] = "holds more than one private key",
        [PRIVATE_KEY_E_IS_CERTIFICATE] = "is a certificate, not a private key",
        [PRIVATE_KEY_E_IS_PUBLIC_KEY] = "is a public key, not a private one",
        [PRIVATE_KEY_E_ENCRYPTED] = "is encrypted with a passphrase; \"openssl pkey\" takes it away",
        [PRIVATE_KEY_E_VERSION_2] = "is PKCS#8 of version 2; only version 1 is supported",
        [PRIVATE_KEY_E_TYPE] = "is neither an EC nor an RSA key",
        [PRIVATE_KEY_E_WEAK] = "is too short; EC needs 256 bits, RSA 2048",
        [PRIVATE_KEY_E_LONG] = "is too long; RSA may have 8192 bits",
        [PRIVATE_KEY_E_OTHER] = "does not belong to the certificate",
};
static_assert(ELEMENTSOF(certificate_error_table) == _CERTIFICATE_ERROR_MAX, "every error has a text");
static_assert(PRIVATE_KEY_RSA_BITS_MAX == 8192, "the text says so");
static_assert(CERTIFICATE_CHAIN_MAX == 8 && CERTIFICATE_CHAIN_SIZE == 16 * 1024, "the texts say so");

DEFINE_STRING_TABLE(certificate_error, CertificateError)

/* What a DER structure or a PEM block is. */
typedef enum Kind {
        KIND_UNKNOWN,
        KIND_CERTIFICATE,
        KIND_REQUEST,
        KIND_PUBLIC_KEY,
        KIND_KEY,
        KIND_KEY_ENCRYPTED,
        KIND_KEY_VERSION_2,
        KIND_PKCS12,
        _KIND_MAX,
} Kind;

/* What stands where a certificate, or a key, is asked for. */
static const CertificateError certificate_verdict[_KIND_MAX] = {
        [KIND_UNKNOWN] = CERTIFICATE_E_NONE,
        [KIND_REQUEST] = CERTIFICATE_E_IS_REQUEST,
        [KIND_PUBLIC_KEY] = CERTIFICATE_E_IS_PUBLIC_KEY,
        [KIND_KEY] = CERTIFICATE_E_IS_KEY,
        [KIND_KEY_ENCRYPTED] = CERTIFICATE_E_IS_KEY,
        [KIND_KEY_VERSION_2] = CERTIFICATE_E_IS_KEY,
        [KIND_PKCS12] = CERTIFICATE_E_IS_PKCS12,
};
static const CertificateError key_verdict[_KIND_MAX] = {
        [KIND_UNKNOWN] = PRIVATE_KEY_E_NONE,
        [KIND_CERTIFICATE] = PRIVATE_KEY_E_IS_CERTIFICATE,
        [KIND_REQUEST] = PRIVATE_KEY_E_NONE,
        [KIND_PUBLIC_KEY] = PRIVATE_KEY_E_IS_PUBLIC_KEY,
        [KIND_KEY_ENCRYPTED] = PRIVATE_KEY_E_ENCRYPTED,
        [KIND_KEY_VERSION_2] = PRIVATE_KEY_E_VERSION_2,
        [KIND_PKCS12] = CERTIFICATE_E_IS_PKCS12,
};

/* What was found of the kind asked for, and the first other thing. */
typedef struct Collector {
        Kind wanted;
        Kind other; /* KIND_UNKNOWN: nothing of note */
        size_t n;
        ByteWriter der;
} Collector;

/* An error left in the thread's queue would be taken for one of libcoap's own handshake. */
static int finish(int result)
{
        ERR_clear_error();
        return result;
}

/* The content of the DER structure that the bytes begin with, and its tag; false: there is none. */
static bool der_open(ByteReader *reader, int *ret_tag, ByteReader *ret_content)
{
        const uint8_t *p = reader->data + reader->position, *start = p;
        long length;
        int class, r;

        if (byte_reader_left(reader) == 0)
                return false;
        r = ASN1_get_object(&p, &length, ret_tag, &class, (long)byte_reader_left(reader));
        if (r & 0x81) /* an error, or the indefinite length that DER has not */
                return false;
        *ret_content = BYTE_READER(p, (size_t)length);
        reader->position += (size_t)(p - start) + (size_t)length;
        return true;
}

bool certificate_chain_next(const uint8_t **rest, size_t *rest_size, const uint8_t **ret, size_t *ret_size)
{
        ByteReader reader = BYTE_READER(*rest, *rest_size), content;
        int tag;

        if (!der_open(&reader, &tag, &content) || tag != V_ASN1_SEQUENCE)
                return (void)finish(0), false;
        *ret = *rest;
        *ret_size = reader.position;
        *rest += reader.position;
        *rest_size -= reader.position;
        return true;
}

/* Keys begin with a version and are told apart by what follows it: RFC 5208, 5; RFC 5915, 3; RFC 8017,
 * A.1.2; RFC 7292, 4. */
static Kind der_kind_versioned(ByteReader *sequence, const ByteReader *version)
{
        ByteReader content;
        int tag;

        if (version->size != 1 || !der_open(sequence, &tag, &content))
                return KIND_UNKNOWN;
        if (version->data[0] == 0 && (tag == V_ASN1_SEQUENCE || tag == V_ASN1_INTEGER))
                return KIND_KEY;
        if (version->data[0] == 1 && tag == V_ASN1_OCTET_STRING)
                return KIND_KEY;
        if (version->data[0] == 1 && tag == V_ASN1_SEQUENCE)
                return KIND_KEY_VERSION_2;
        return version->data[0] == 3 && tag == V_ASN1_SEQUENCE ? KIND_PKCS12 : KIND_UNKNOWN;
}

/* Whether a parser of OpenSSL takes all of it. */
#define TAKES_ALL(type, data, size)                                             \
        ({                                                                      \
                const uint8_t *_p = (data);                                     \
                type *_object = d2i_##type(NULL, &_p, (long)(size));            \
                bool _all = _object && (size_t)(_p - (data)) == (size_t)(size); \
                type##_free(_object);                                           \
                _all;                                                           \
        })

/* Of one structure. */
static Kind der_kind(const uint8_t *data, size_t size)
{
        ByteReader reader = BYTE_READER(data, size), sequence, first;
        EVP_PKEY *public;
        int tag;

        if (!der_open(&reader, &tag, &sequence) || tag != V_ASN1_SEQUENCE || byte_reader_left(&reader) > 0 ||
                !der_open(&sequence, &tag, &first))
                return KIND_UNKNOWN;
        if (tag == V_ASN1_INTEGER)
                return der_kind_versioned(&sequence, &first);
        if (TAKES_ALL(X509, data, size))
                return KIND_CERTIFICATE;
        if (TAKES_ALL(X509_REQ, data, size))
                return KIND_REQUEST;
        if (TAKES_ALL(X509_SIG, data, size)) /* EncryptedPrivateKeyInfo: RFC 5208, 6 */
                return KIND_KEY_ENCRYPTED;
        public = d2i_PUBKEY(NULL, &data, (long)size);
        EVP_PKEY_free(public);
        return public ? KIND_PUBLIC_KEY : KIND_UNKNOWN;
}

static void collect(Collector *collector, Kind kind, const uint8_t *data, size_t size)
{
        if (kind == collector->wanted) {
                byte_writer_add(&collector->der, data, size);
                collector->n++;
        } else if (collector->other == KIND_UNKNOWN)
                collector->other = kind;
}

static int collect_der(Collector *collector, const uint8_t *data, size_t size)
{
        const uint8_t *item;
        size_t item_size;

        while (certificate_chain_next(&data, &size, &item, &item_size))
                collect(collector, der_kind(item, item_size), item, item_size);
        return size > 0 ? CERTIFICATE_E_REST : CERTIFICATE_GOOD;
}

static int collect_pem(Collector *collector, const uint8_t *data, size_t size)
{
        BIO *bio = BIO_new_mem_buf(data, (int)size);
        char *name, *header;
        uint8_t *der;
        long length;

        if (!bio)
                return -ENOMEM;
        /* "Secure": what is freed is wiped. */
        while (PEM_read_bio_ex(
                bio, &name, &header, &der, &length, PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE)) {
                /* RFC 1421, 4.6.1.1: the old way of a passphrase. */
                collect(collector,
                        strstr(header, "ENCRYPTED") ? KIND_KEY_ENCRYPTED : der_kind(der, (size_t)length),
                        der, (size_t)length);
                OPENSSL_secure_free(name);
                OPENSSL_secure_free(header);
                OPENSSL_secure_clear_free(der, (size_t)length);
        }
        BIO_free(bio);
        return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE ? CERTIFICATE_GOOD
                                                                            : CERTIFICATE_E_DAMAGED;
}

static int collect_all(Collector *collector, const uint8_t *data, size_t size, size_t maximum)
{
        static const char begin[] = "-----BEGIN ";
        int r;

        if (size == 0)
                return CERTIFICATE_E_EMPTY;
        if (size > maximum)
                return CERTIFICATE_E_TOO_LARGE;
        r = collect_der(collector, data, size);
        /* Not by the first byte: text may stand before the first block. */
        if (collector->n == 0 && collector->other == KIND_UNKNOWN)
                r = memmem(data, size, begin, strlen(begin)) ? collect_pem(collector, data, size)
                                                             : CERTIFICATE_GOOD;
        return r != CERTIFICATE_GOOD ? r : collector->der.error;
}

int certificate_chain_parse(const void *data, size_t size, Secret *ret)
{
        _cleanup_(byte_writer_done) ByteWriter der = {0};
        Collector collector = {.wanted = KIND_CERTIFICATE, .der = BYTE_WRITER(CERTIFICATE_CHAIN_SIZE)};
        int r;

        r = collect_all(&collector, data, size, CERTIFICATE_CHAIN_SIZE);
        der = collector.der;
        if (r != CERTIFICATE_GOOD)
                return finish(r);
        if (collector.n == 0)
                return finish((int)certificate_verdict[collector.other]);
        if (collector.n > CERTIFICATE_CHAIN_MAX)
                return finish(CERTIFICATE_E_TOO_MANY);
        return finish(secret_set(ret, der.data, der.size));
}

/* Of DER that has the form of a key. */
static CertificateError check_key(const uint8_t *data, size_t size)
{
        EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &data, (long)size);
        CertificateError result = CERTIFICATE_GOOD;
        int bits = EVP_PKEY_get_bits(key);

        if (!key)
                return PRIVATE_KEY_E_NONE;
        if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
                result = bits < PRIVATE_KEY_EC_BITS ? PRIVATE_KEY_E_WEAK : CERTIFICATE_GOOD;
        else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
                result = bits < PRIVATE_KEY_RSA_BITS       ? PRIVATE_KEY_E_WEAK
                         : bits > PRIVATE_KEY_RSA_BITS_MAX ? PRIVATE_KEY_E_LONG
                                                           : CERTIFICATE_GOOD;
        else
                result = PRIVATE_KEY_E_TYPE;
        EVP_PKEY_free(key);
        return result;
}

int private_key_parse(const void *data, size_t size, Secret *ret)
{
        _cleanup_(byte_writer_done) ByteWriter der = {0};
        Collector collector = {.wanted = KIND_KEY, .der = BYTE_WRITER(PRIVATE_KEY_SIZE)};
        int r;

        r = collect_all(&collector, data, size, PRIVATE_KEY_SIZE);
        der = collector.der;
        if (r != CERTIFICATE_GOOD)
                return finish(r);
        if (collector.n == 0)
                return finish((int)key_verdict[collector.other]);
        if (collector.n > 1)
                return finish(PRIVATE_KEY_E_TOO_MANY);
        r = (int)check_key(der.data, der.size);
        return finish(r != CERTIFICATE_GOOD ? r : secret_set(ret, der.data, der.size));
}
