/* SPDX-License-Identifier: Apache-2.0 */
/* Every failure has a name and a sentence. */
#include "lwm2m/failure.h"
#include "util/utf8.h"

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
        [FAILURE_CLOCK_NOT_SET] = "ClockNotSet",
        [FAILURE_CREDENTIAL_UNUSABLE] = "CredentialUnusable",
        [FAILURE_BOOTSTRAP_REJECTED] = "BootstrapRejected",
        [FAILURE_INCONSISTENT_CONFIGURATION] = "InconsistentConfiguration",
        [FAILURE_REGISTRATION_REJECTED] = "RegistrationRejected",
        [FAILURE_STORAGE_FAILED] = "StorageFailed",
        [FAILURE_INVALID_CONFIGURATION] = "InvalidConfiguration",
};
static_assert(ELEMENTSOF(failure_name_table) == _FAILURE_NAME_MAX, "every failure has a name");

DEFINE_STRING_TABLE(failure_name, FailureName)

bool failure_is_of_the_way(FailureName name)
{
        switch (name) {
        case FAILURE_NAME_RESOLUTION_FAILED:
        case FAILURE_NO_ROUTE:
        case FAILURE_REFUSED:
        case FAILURE_TIMEOUT:
        case FAILURE_SERVER_SILENT:
        case FAILURE_CONNECTION_LOST:
                return true;
        case FAILURE_NONE:
        case FAILURE_HANDSHAKE_FAILED:
        case FAILURE_PSK_IDENTITY_UNKNOWN:
        case FAILURE_DECRYPT_ERROR:
        case FAILURE_NO_SHARED_CIPHER:
        case FAILURE_CERTIFICATE_EXPIRED:
        case FAILURE_CERTIFICATE_NOT_YET_VALID:
        case FAILURE_CERTIFICATE_NAME_MISMATCH:
        case FAILURE_CERTIFICATE_UNTRUSTED:
        case FAILURE_CERTIFICATE_MISMATCH:
        case FAILURE_CLOCK_NOT_SET:
        case FAILURE_CREDENTIAL_UNUSABLE:
        case FAILURE_BOOTSTRAP_REJECTED:
        case FAILURE_INCONSISTENT_CONFIGURATION:
        case FAILURE_REGISTRATION_REJECTED:
        case FAILURE_STORAGE_FAILED:
        case FAILURE_INVALID_CONFIGURATION:
        case _FAILURE_NAME_MAX:
                return false;
        }
        return false;
}

void failure_set(Failure *failure, FailureName name, const char *format, ...)
{
        char sentence[FAILURE_SENTENCE_SIZE];
        va_list ap;
        size_t size;

        assert(failure);
        assert(name < _FAILURE_NAME_MAX);

        /* Into a copy: an argument may be the old sentence. */
        va_start(ap, format);
        size = utf8_vprintf(sentence, sizeof(sentence), format, ap);
        va_end(ap);

        failure->name = name;
        failure->is_final = false;
        memcpy(failure->sentence, sentence, size + 1);
}
