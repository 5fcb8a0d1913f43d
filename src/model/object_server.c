/* SPDX-License-Identifier: Apache-2.0 */
/* Object 1, LwM2M Server (Core TS, Appendix E.2): every Resource of every version in OMA's registry. */
#include "model/object_server.h"

#include "lwm2m/binding.h"
#include "model/object_row.h"

/* A registration that ends as it begins would never be renewed. */
static const char *check_lifetime(const Value *value, Lwm2mVersion version)
{
        return value->integer == 0 && version < LWM2M_1_2 ? "a lifetime of 0 is for LwM2M 1.2" : NULL;
}

/* What is stored may name a transport that we lack; announced is only what we have. */
static const char *check_binding(const Value *value, Lwm2mVersion version)
{
        return binding_is_valid((const char *)value->bytes.data, version)
                       ? NULL
                       : "the version has no such binding";
}

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range, check */
        {SERVER_SHORT_SERVER_ID, "Short Server ID", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R}, SUPPORTED,
                ANY_16_BITS},
        {SERVER_LIFETIME, "Lifetime", VALUE_INTEGER, SINGLE, MANDATORY, {RW, RW, RW}, SUPPORTED,
                RANGE(0, LIFETIME_MAX), check_lifetime},
        {SERVER_DEFAULT_MIN_PERIOD, "Default Minimum Period", VALUE_INTEGER, SINGLE, OPTIONAL, {RW, RW, RW},
                SUPPORTED, SECONDS},
        {SERVER_DEFAULT_MAX_PERIOD, "Default Maximum Period", VALUE_INTEGER, SINGLE, OPTIONAL, {RW, RW, RW},
                SUPPORTED, SECONDS},
        {SERVER_DISABLE, "Disable", VALUE_NONE, SINGLE, OPTIONAL, {E, E, E}, SUPPORTED},
        {SERVER_DISABLE_TIMEOUT, "Disable Timeout", VALUE_INTEGER, SINGLE, OPTIONAL, {RW, RW, RW}, SUPPORTED,
                SECONDS},
        {SERVER_NOTIFICATION_STORING, "Notification Storing When Disabled or Offline", VALUE_BOOLEAN, SINGLE,
                MANDATORY, {RW, RW, RW}, SUPPORTED},
        {SERVER_BINDING, "Binding", VALUE_STRING, SINGLE, MANDATORY, {RW, RW, RW}, SUPPORTED, NO_RANGE,
                check_binding},
        {SERVER_UPDATE_TRIGGER, "Registration Update Trigger", VALUE_NONE, SINGLE, MANDATORY, {E, E, E},
                SUPPORTED},
        {SERVER_BOOTSTRAP_TRIGGER, "Bootstrap-Request Trigger", VALUE_NONE, SINGLE, OPTIONAL, {ABSENT, E, E},
                SUPPORTED},
        {10, "APN Link", VALUE_OBJLNK, SINGLE, OPTIONAL, {ABSENT, RW, RW}, UNKNOWN},
        {SERVER_TLS_ALERT_CODE, "TLS-DTLS Alert Code", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, R, R},
                SUPPORTED, RANGE(0, UINT8_MAX)},
        {SERVER_LAST_BOOTSTRAPPED, "Last Bootstrapped", VALUE_TIME, SINGLE, OPTIONAL, {ABSENT, R, R},
                SUPPORTED},
        {SERVER_PRIORITY_ORDER, "Registration Priority Order", VALUE_UNSIGNED, SINGLE, OPTIONAL,
                {ABSENT, NO, R}, SUPPORTED, COUNT},
        {SERVER_INITIAL_DELAY, "Initial Registration Delay Timer", VALUE_UNSIGNED, SINGLE, OPTIONAL,
                {ABSENT, NO, RW}, SUPPORTED, SECONDS},
        {SERVER_FAILURE_BLOCK, "Registration Failure Block", VALUE_BOOLEAN, SINGLE, OPTIONAL,
                {ABSENT, NO, R}, SUPPORTED},
        {SERVER_BOOTSTRAP_ON_FAILURE, "Bootstrap on Registration Failure", VALUE_BOOLEAN, SINGLE, OPTIONAL,
                {ABSENT, NO, R}, SUPPORTED},
        {SERVER_RETRY_COUNT, "Communication Retry Count", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, NO, RW},
                SUPPORTED, COUNT},
        {SERVER_RETRY_TIMER, "Communication Retry Timer", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, NO, RW},
                SUPPORTED, SECONDS},
        {SERVER_SEQUENCE_DELAY_TIMER, "Communication Sequence Delay Timer", VALUE_UNSIGNED, SINGLE, OPTIONAL,
                {ABSENT, NO, RW}, SUPPORTED, SECONDS},
        {SERVER_SEQUENCE_RETRY_COUNT, "Communication Sequence Retry Count", VALUE_UNSIGNED, SINGLE, OPTIONAL,
                {ABSENT, NO, RW}, SUPPORTED, COUNT},
        {21, "Trigger", VALUE_BOOLEAN, SINGLE, OPTIONAL, {ABSENT, RW, RW}, UNKNOWN},
        {22, "Preferred Transport", VALUE_STRING, SINGLE, OPTIONAL, {ABSENT, RW, RW}, UNKNOWN},
        {SERVER_MUTE_SEND, "Mute Send", VALUE_BOOLEAN, SINGLE, OPTIONAL, {ABSENT, RW, RW}, SUPPORTED},
        {24, "Alternate APN Links", VALUE_OBJLNK, MULTIPLE, OPTIONAL, {ABSENT, ABSENT, RW}, UNKNOWN},
        {25, "Supported Server Versions", VALUE_STRING, MULTIPLE, OPTIONAL, {ABSENT, ABSENT, RW}, UNKNOWN},
        {SERVER_NOTIFICATION_MODE, "Default Notification Mode", VALUE_INTEGER, SINGLE, OPTIONAL,
                {ABSENT, ABSENT, RW}, SUPPORTED, RANGE(0, 1)},
        {27, "Profile ID Hash Algorithm", VALUE_UNSIGNED, SINGLE, OPTIONAL, {ABSENT, ABSENT, RW}, UNKNOWN,
                RANGE(0, 255)},
};

const ObjectDef object_server = {
        .id = OBJECT_SERVER,
        .name = "LwM2M Server",
        .multiple = true,
        .versions = {"1.0", "1.1", "1.2"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
