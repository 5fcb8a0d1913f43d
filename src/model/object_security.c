/* SPDX-License-Identifier: Apache-2.0 */
/* Object 0, LWM2M Security (Core TS, Appendix E.1): every Resource of every version in OMA's registry. */
#include "model/object_security.h"

#include "lwm2m/credential.h"
#include "lwm2m/limits.h"
#include "model/object_row.h"

/* An empty one is none. */
static const char *check_server_name(const Value *value, Lwm2mVersion version)
{
        const char *name = (const char *)value->bytes.data;

        return name[0] ? credential_check_server_name(name) : NULL;
}

/* With 16 KiB for a certificate, key or server certificate, 16 accounts at their richest fill three quarters
 * of the store. */
static_assert((LIMIT_SERVER_ACCOUNTS * 3 * LIMIT_CERTIFICATE_SIZE) <=
                      (LIMIT_STORE_SIZE - LIMIT_BOOTSTRAP_SIZE) * 4 / 5,
        "every account may have certificates");
static_assert(3 * LIMIT_CERTIFICATE_SIZE + LIMIT_URI_SIZE + URI_HOST_NAME_SIZE + 8 * LIMIT_CIPHER_SUITES <
                      LIMIT_BOOTSTRAP_SIZE * 4 / 5,
        "and so may the Bootstrap-Server Account");

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range, check */
        {SECURITY_URI, "LWM2M Server URI", VALUE_STRING, SINGLE, MANDATORY, {NO, NO, NO}, SUPPORTED,
                RANGE(0, LIMIT_URI_SIZE)},
        {SECURITY_BOOTSTRAP_SERVER, "Bootstrap-Server", VALUE_BOOLEAN, SINGLE, MANDATORY, {NO, NO, NO},
                SUPPORTED},
        {SECURITY_MODE, "Security Mode", VALUE_INTEGER, SINGLE, MANDATORY, {NO, NO, NO}, SUPPORTED,
                RANGE(0, 4)},
        {SECURITY_IDENTITY, "Public Key or Identity", VALUE_OPAQUE, SINGLE, MANDATORY, {NO, NO, NO},
                SUPPORTED, RANGE(0, LIMIT_CERTIFICATE_SIZE)},
        {SECURITY_SERVER_KEY, "Server Public Key", VALUE_OPAQUE, SINGLE, MANDATORY, {NO, NO, NO}, SUPPORTED,
                RANGE(0, LIMIT_CERTIFICATE_SIZE)},
        {SECURITY_SECRET_KEY, "Secret Key", VALUE_OPAQUE, SINGLE, MANDATORY, {NO, NO, NO}, SUPPORTED,
                RANGE(0, LIMIT_CERTIFICATE_SIZE)},
        {6, "SMS Security Mode", VALUE_INTEGER, SINGLE, OPTIONAL, {NO, NO, NO}, UNKNOWN, RANGE(0, 255)},
        {7, "SMS Binding Key Parameters", VALUE_OPAQUE, SINGLE, OPTIONAL, {NO, NO, NO}, UNKNOWN},
        {8, "SMS Binding Secret Key(s)", VALUE_OPAQUE, SINGLE, OPTIONAL, {NO, NO, NO}, UNKNOWN},
        {9, "LwM2M Server SMS Number", VALUE_STRING, SINGLE, OPTIONAL, {NO, NO, NO}, UNKNOWN},
        {SECURITY_SHORT_SERVER_ID, "Short Server ID", VALUE_INTEGER, SINGLE, OPTIONAL, {NO, NO, NO},
                SUPPORTED, ANY_16_BITS},
        {SECURITY_HOLD_OFF_TIME, "Client Hold Off Time", VALUE_INTEGER, SINGLE, OPTIONAL, {NO, NO, NO},
                SUPPORTED, SECONDS},
        {SECURITY_ACCOUNT_TIMEOUT, "Bootstrap-Server Account Timeout", VALUE_INTEGER, SINGLE, OPTIONAL,
                {NO, NO, NO}, SUPPORTED, SECONDS},
        {SECURITY_MATCHING_TYPE, "Matching Type", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, NO, NO},
                SUPPORTED, RANGE(0, 3)},
        {SECURITY_SNI, "SNI", VALUE_STRING, SINGLE, OPTIONAL, {ABSENT, NO, NO}, SUPPORTED, NO_RANGE,
                check_server_name},
        {SECURITY_CERTIFICATE_USAGE, "Certificate Usage", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, NO, NO},
                SUPPORTED, RANGE(0, 3)},
        {SECURITY_CIPHER_SUITE, "DTLS/TLS Ciphersuite", VALUE_UNSIGNED, MULTIPLE, OPTIONAL, {ABSENT, NO, NO},
                SUPPORTED, ANY_16_BITS},
        {SECURITY_OSCORE, "OSCORE Security Mode", VALUE_OBJLNK, SINGLE, OPTIONAL, {ABSENT, NO, NO},
                SUPPORTED},
        {18, "Groups To Use by Client", VALUE_UNSIGNED, MULTIPLE, OPTIONAL, {ABSENT, ABSENT, NO}, UNKNOWN,
                ANY_16_BITS},
        {19, "Signature Algorithms Supported by Server", VALUE_UNSIGNED, MULTIPLE, OPTIONAL,
                {ABSENT, ABSENT, NO}, UNKNOWN, ANY_16_BITS},
        {20, "Signature Algorithms To Use by Client", VALUE_UNSIGNED, MULTIPLE, OPTIONAL,
                {ABSENT, ABSENT, NO}, UNKNOWN, ANY_16_BITS},
        {21, "Signature Algorithm Certs Supported by Server", VALUE_UNSIGNED, MULTIPLE, OPTIONAL,
                {ABSENT, ABSENT, NO}, UNKNOWN, ANY_16_BITS},
        {22, "TLS 1.3 Features To Use by Client", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, ABSENT, NO},
                UNKNOWN, ANY_16_BITS},
        {23, "TLS Extensions Supported by Server", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, ABSENT, NO},
                UNKNOWN, ANY_16_BITS},
        {24, "TLS Extensions To Use by Client", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, ABSENT, NO},
                UNKNOWN, ANY_16_BITS},
        {25, "Secondary LwM2M Server URI", VALUE_STRING, MULTIPLE, OPTIONAL, {ABSENT, ABSENT, NO}, UNKNOWN,
                RANGE(0, LIMIT_URI_SIZE)},
        {26, "MQTT Server", VALUE_OBJLNK, SINGLE, OPTIONAL, {ABSENT, ABSENT, NO}, UNKNOWN},
        {27, "LwM2M COSE Security", VALUE_OBJLNK, MULTIPLE, OPTIONAL, {ABSENT, ABSENT, NO}, UNKNOWN},
        {28, "RDS Destination Port", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, ABSENT, NO}, UNKNOWN,
                RANGE(0, 15)},
        {29, "RDS Source Port", VALUE_INTEGER, SINGLE, OPTIONAL, {ABSENT, ABSENT, NO}, UNKNOWN,
                RANGE(0, 15)},
        {30, "RDS Application ID", VALUE_STRING, SINGLE, OPTIONAL, {ABSENT, ABSENT, NO}, UNKNOWN},
};

const ObjectDef object_security = {
        .id = OBJECT_SECURITY,
        .name = "LWM2M Security",
        .multiple = true,
        .bootstrap_only = true,
        .versions = {"1.0", "1.1", "1.2"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
