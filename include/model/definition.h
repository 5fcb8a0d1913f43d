/* SPDX-License-Identifier: Apache-2.0 */
/* Definition of an Object and its Resources: what the static const tables are made of. */
#pragma once

#include "lwm2m/ids.h"
#include "lwm2m/record.h"

typedef enum Operations {
        OPERATION_READ = 1 << 0,
        OPERATION_WRITE = 1 << 1,
        OPERATION_EXECUTE = 1 << 2,
        /* Of an Object Instance, and Delete of a Resource Instance: in no table of Resources. */
        OPERATION_CREATE = 1 << 3,
        OPERATION_DELETE = 1 << 4,
} Operations;

#define OPERATIONS_ABSENT 0x80 /* the Resource does not exist in this version */

typedef struct ResourceDef {
        uint16_t id;
        const char *name; /* as in the registry */
        ValueType type;
        bool multiple;
        bool mandatory;
        /* For servers, by Lwm2mVersion: 0 (bootstrap only), Operations, or OPERATIONS_ABSENT. */
        uint8_t operations[_LWM2M_VERSION_MAX];
        bool supported; /* this client serves and stores it; else it is treated as unknown */
        /* Of a number's value or a text's length in bytes. */
        bool has_range;
        int64_t minimum; /* of an Unsigned as uint64_t; of a Float below */
        int64_t maximum;
        /* What a range cannot say; NULL where there is nothing. As resource_check_value(), of a value within
         * the range. */
        const char *(*check)(const Value *value, Lwm2mVersion version);
        double real_minimum; /* has_range of a Float */
        double real_maximum;
} ResourceDef;

typedef struct ObjectDef {
        uint16_t id;
        const char *name;
        bool multiple;
        bool bootstrap_only; /* never announced, and 4.01 to every LwM2M Server */
        /* Object Version that goes with each LwM2M version, "1.0"; NULL where the Object does not exist. */
        const char *versions[_LWM2M_VERSION_MAX];
        const ResourceDef *resources; /* ascending by id */
        size_t n_resources;
        /* What is taken for it where a LwM2M version is announced and no Object Version (Core TS 7.2.2);
         * NULL: the same. No part of LwM2M: "1.0". */
        const char *implied[_LWM2M_VERSION_MAX];
} ObjectDef;
