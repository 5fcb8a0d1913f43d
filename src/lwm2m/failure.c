/* SPDX-License-Identifier: Apache-2.0 */
/* Every failure has a name and a sentence. */
#include <stdarg.h>
#include <stdio.h>

#include "lwm2m/failure.h"
#include "util/encoding.h"

static const char *const failure_name_table[] = {
        [FAILURE_NONE] = "",
        [FAILURE_NAME_RESOLUTION_FAILED] = "NameResolutionFailed",
        [FAILURE_NO_ROUTE] = "NoRoute",
        [FAILURE_REFUSED] = "Refused",
        [FAILURE_TIMEOUT] = "Timeout",
        [FAILURE_SERVER_SILENT] = "ServerSilent",
        [FAILURE_CONNECTION_LOST] = "ConnectionLost",
        [FAILURE_HANDSHAKE_FAILED] = "HandshakeFailed",
        [FAILURE_PSK_IDENTITY_UNKNOWN] = "PskIdentityUnknown",
        [FAILURE_DECRYPT_ERROR] = "DecryptError",
        [FAILURE_NO_SHARED_CIPHER] = "NoSharedCipher",
        [FAILURE_CERTIFICATE_EXPIRED] = "CertificateExpired",
        [FAILURE_CERTIFICATE_NOT_YET_VALID] = "CertificateNotYetValid",
        [FAILURE_CERTIFICATE_NAME_MISMATCH] = "CertificateNameMismatch",
        [FAILURE_CERTIFICATE_UNTRUSTED] = "CertificateUntrusted",
        [FAILURE_CERTIFICATE_MISMATCH] = "CertificateMismatch",
        [FAILURE_CREDENTIAL_UNUSABLE] = "CredentialUnusable",
        [FAILURE_BOOTSTRAP_REJECTED] = "BootstrapRejected",
        [FAILURE_INCONSISTENT_CONFIGURATION] = "InconsistentConfiguration",
        [FAILURE_REGISTRATION_REJECTED] = "RegistrationRejected",
        [FAILURE_STORAGE_FAILED] = "StorageFailed",
        [FAILURE_INVALID_CONFIGURATION] = "InvalidConfiguration",
};
static_assert(ELEMENTSOF(failure_name_table) == _FAILURE_NAME_MAX, "every failure has a name");

DEFINE_STRING_TABLE(failure_name, FailureName)

/* Bytes of the character that begins here, 0 when none does. */
static size_t character_size(const char *text, size_t left)
{
        for (size_t n = 1; n <= MIN_OF(left, (size_t)4); n++)
                if (utf8_is_valid(text, n))
                        return n;
        return 0;
}

/* A peer's diagnostic text may hold anything; D-Bus takes UTF-8 only, and a status line is one line. */
static void make_printable(char *text, size_t size)
{
        for (size_t i = 0, n; i < size; i += n) {
                n = character_size(text + i, size - i);
                if (n == 0) {
                        text[i] = '?';
                        n = 1;
                } else if ((unsigned char)text[i] < ' ' || text[i] == '\x7f')
                        text[i] = ' ';
        }
}

/* Where a text that was cut at size bytes is to be cut instead: before a character that is not whole any
 * more. */
static size_t cut_position(const char *text, size_t size)
{
        for (size_t back = 1; back <= MIN_OF(size, (size_t)3); back++) {
                unsigned char byte = (unsigned char)text[size - back];

                if (byte >= 0xc0)
                        return character_size(text + size - back, back) == 0 ? size - back : size;
                if (byte < 0x80)
                        break;
        }
        return size;
}

void failure_set(Failure *failure, FailureName name, const char *format, ...)
{
        char sentence[FAILURE_SENTENCE_SIZE];
        va_list ap;
        size_t size;
        int n;

        assert(failure);
        assert(name < _FAILURE_NAME_MAX);

        /* Into a copy: an argument may be the old sentence. */
        va_start(ap, format);
        n = vsnprintf(sentence, sizeof(sentence), format, ap);
        va_end(ap);
        size = n < 0 ? 0 : (size_t)n;
        if (size >= sizeof(sentence))
                size = cut_position(sentence, sizeof(sentence) - 1);
        sentence[size] = '\0';
        make_printable(sentence, size);

        failure->name = name;
        memcpy(failure->sentence, sentence, size + 1);
}
