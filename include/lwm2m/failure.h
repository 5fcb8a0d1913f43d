/* SPDX-License-Identifier: Apache-2.0 */
/* Every failure has a name and a sentence: the closed vocabulary of LastError (interface.md section 4). */
#pragma once

#include "util/string_table.h"

typedef enum FailureName {
        FAILURE_NONE, /* "" */
        FAILURE_NAME_RESOLUTION_FAILED,
        FAILURE_NO_ROUTE,
        FAILURE_REFUSED,
        FAILURE_TIMEOUT,
        FAILURE_SERVER_SILENT,
        FAILURE_CONNECTION_LOST,
        FAILURE_HANDSHAKE_FAILED,
        FAILURE_PSK_IDENTITY_UNKNOWN,
        FAILURE_DECRYPT_ERROR,
        FAILURE_NO_SHARED_CIPHER,
        FAILURE_CERTIFICATE_EXPIRED,
        FAILURE_CERTIFICATE_NOT_YET_VALID,
        FAILURE_CERTIFICATE_NAME_MISMATCH,
        FAILURE_CERTIFICATE_UNTRUSTED,
        FAILURE_CERTIFICATE_MISMATCH,
        FAILURE_CLOCK_NOT_SET,
        FAILURE_CREDENTIAL_UNUSABLE,
        FAILURE_BOOTSTRAP_REJECTED,
        FAILURE_INCONSISTENT_CONFIGURATION,
        FAILURE_REGISTRATION_REJECTED,
        FAILURE_STORAGE_FAILED,
        FAILURE_INVALID_CONFIGURATION,
        _FAILURE_NAME_MAX,
} FailureName;

DECLARE_STRING_TABLE(failure_name, FailureName); /* "" "NameResolutionFailed" ... */

#define FAILURE_SENTENCE_SIZE 960 /* URI 255 + names and dates of a certificate + words around them */

/* What happened, with whom, and what an operator should look at. Never a secret. */
typedef struct Failure {
        FailureName name;
        char sentence[FAILURE_SENTENCE_SIZE];
        bool is_final; /* the peer has said that no further attempt will help: a TLS alert */
} Failure;

/* Nobody has said no: the way to the peer may be what is wrong, so that another one may help. */
bool failure_is_of_the_way(FailureName name);

/* Fills in name and sentence, not final; a longer sentence is cut at a UTF-8 boundary. */
void failure_set(Failure *failure, FailureName name, const char *format, ...) _printf_(3, 4);
