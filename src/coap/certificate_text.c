/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate for people. */
#include <arpa/inet.h>
#include <openssl/x509v3.h>
#include <stdio.h>

#include "coap/certificate_text.h"
#include "util/utf8.h"

const char *certificate_describe(X509 *certificate, int depth, char buffer[CERTIFICATE_TEXT_SIZE])
{
        char from[CERTIFICATE_DATE_SIZE], to[CERTIFICATE_DATE_SIZE];
        CertificateFacts facts;
        uint8_t *der = NULL;
        int size = i2d_X509(certificate, &der);

        if (size > 0 && certificate_facts(der, (size_t)size, &facts) == 0)
                (void)snprintf(buffer, CERTIFICATE_TEXT_SIZE,
                        "the certificate %s (issuer %s, %s to %s, depth %d)",
                        facts.subject[0] ? facts.subject : "without a subject",
                        facts.issuer[0] ? facts.issuer : "without a name",
                        certificate_format_date(facts.not_before, from),
                        certificate_format_date(facts.not_after, to), depth);
        else
                (void)snprintf(buffer, CERTIFICATE_TEXT_SIZE, "a certificate that cannot be read (depth %d)",
                        depth);
        OPENSSL_free(der);
        return buffer;
}

/* False: it does not fit any more. */
static bool add(char buffer[CERTIFICATE_NAMES_SIZE], const void *text, size_t size)
{
        static const char more[] = ", ...";
        size_t used = strlen(buffer), left = CERTIFICATE_NAMES_SIZE - used;
        const char *comma = used > 0 ? ", " : "";

        if (strlen(comma) + size + sizeof(more) > left) {
                (void)snprintf(buffer + used, left, "%s...", comma);
                return false;
        }
        used += (size_t)snprintf(buffer + used, left, "%s", comma);
        memcpy(buffer + used, text, size);
        buffer[used + size] = 0;
        utf8_make_printable(buffer + used, size); /* a NUL, too: it must not hide what stands behind it */
        return true;
}

static bool add_address(char buffer[CERTIFICATE_NAMES_SIZE], const ASN1_OCTET_STRING *address)
{
        int size = ASN1_STRING_length(address);
        char text[INET6_ADDRSTRLEN];

        if (size != 4 && size != 16)
                return true;
        (void)inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text, sizeof(text));
        return add(buffer, text, strlen(text));
}

static bool add_name(char buffer[CERTIFICATE_NAMES_SIZE], const GENERAL_NAME *name)
{
        if (name->type == GEN_DNS)
                return add(buffer, ASN1_STRING_get0_data(name->d.dNSName),
                        (size_t)ASN1_STRING_length(name->d.dNSName));
        return name->type != GEN_IPADD || add_address(buffer, name->d.iPAddress);
}

static void add_common_name(char buffer[CERTIFICATE_NAMES_SIZE], X509 *certificate)
{
        X509_NAME *subject = X509_get_subject_name(certificate);
        int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
        uint8_t *text = NULL;
        int size;

        if (at < 0)
                return;
        size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
        if (size > 0)
                (void)add(buffer, text, (size_t)size);
        OPENSSL_free(text);
}

const char *certificate_list_names(X509 *certificate, char buffer[CERTIFICATE_NAMES_SIZE])
{
        GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);

        buffer[0] = 0;
        for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
                if (!add_name(buffer, sk_GENERAL_NAME_value(names, i)))
                        break;
        if (!names)
                add_common_name(buffer, certificate);
        GENERAL_NAMES_free(names);
        if (!buffer[0])
                (void)snprintf(buffer, CERTIFICATE_NAMES_SIZE, "no name");
        return buffer;
}
