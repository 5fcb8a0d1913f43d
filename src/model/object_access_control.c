/* SPDX-License-Identifier: Apache-2.0 */
/* Object 2, LwM2M Access Control (Core TS, Appendix E.3). What it means: model/access.h. */
#include "model/object_access_control.h"

#include "model/object_row.h"

/* Object Version 1.0 has 16 bits, 1.1 the five that mean something. */
static const char *check_acl(const Value *value, Lwm2mVersion version)
{
        return version >= LWM2M_1_2 && value->integer > ACCESS_ALL ? "the value is out of range" : NULL;
}

static const ResourceDef resources[] = {
        /* id, name, type, multiple, mandatory, operations in 1.0 1.1 1.2, supported, range, check */
        {ACCESS_CONTROL_OBJECT, "Object ID", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R}, SUPPORTED,
                RANGE(1, ID_INVALID - 1)},
        {ACCESS_CONTROL_INSTANCE, "Object Instance ID", VALUE_INTEGER, SINGLE, MANDATORY, {R, R, R},
                SUPPORTED, ANY_16_BITS},
        {ACCESS_CONTROL_ACL, "ACL", VALUE_INTEGER, MULTIPLE, OPTIONAL, {RW, RW, RW}, SUPPORTED, ANY_16_BITS,
                check_acl},
        {ACCESS_CONTROL_OWNER, "Access Control Owner", VALUE_INTEGER, SINGLE, MANDATORY, {RW, RW, RW},
                SUPPORTED, ANY_16_BITS},
};

const ObjectDef object_access_control = {
        .id = OBJECT_ACCESS_CONTROL,
        .name = "LwM2M Access Control",
        .multiple = true,
        .versions = {"1.0", "1.0", "1.1"},
        .resources = resources,
        .n_resources = ELEMENTSOF(resources),
};
