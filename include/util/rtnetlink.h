/* SPDX-License-Identifier: Apache-2.0 */
/* What a message of rtnetlink(7) is made of. Only bytes: the kernel is asked elsewhere. */
#pragma once

#include <linux/rtnetlink.h>

#include "util/macro.h"

/* What follows the fixed part of a message or of an attribute. left is signed: behind a last attribute that
 * is not padded RTA_NEXT() takes it below zero. */
typedef struct RtAttributes {
        const struct rtattr *first;
        int left; /* bytes */
} RtAttributes;

/* The fixed part of a message, of so many bytes, and what follows it. NULL: the message is shorter.
 * NLMSG_OK() holds for the header. */
const void *rtnetlink_split(const struct nlmsghdr *header, size_t fixed, RtAttributes *ret);

/* The first attribute of a type, or NULL. */
const struct rtattr *rtnetlink_find(RtAttributes attributes, unsigned type);

/* The value of an attribute of 32 bits; 0: it is NULL, or of another size. */
uint32_t rtnetlink_number(const struct rtattr *attribute);
