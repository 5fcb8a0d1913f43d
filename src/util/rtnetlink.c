/* SPDX-License-Identifier: Apache-2.0 */
/* What a message of rtnetlink(7) is made of. */
#include "util/rtnetlink.h"

const void *rtnetlink_split(const struct nlmsghdr *header, size_t fixed, RtAttributes *ret)
{
        if (header->nlmsg_len < NLMSG_SPACE(fixed))
                return NULL;
        ret->first = (const struct rtattr *)((const uint8_t *)header + NLMSG_SPACE(fixed));
        ret->left = (int)(header->nlmsg_len - NLMSG_SPACE(fixed));
        return NLMSG_DATA(header);
}

const struct rtattr *rtnetlink_find(RtAttributes attributes, unsigned type)
{
        for (const struct rtattr *i = attributes.first; RTA_OK(i, attributes.left);
                i = RTA_NEXT(i, attributes.left))
                if ((i->rta_type & NLA_TYPE_MASK) == type)
                        return i;
        return NULL;
}

uint32_t rtnetlink_number(const struct rtattr *attribute)
{
        uint32_t value = 0;

        if (attribute && RTA_PAYLOAD(attribute) == sizeof(value))
                memcpy(&value, RTA_DATA(attribute), sizeof(value));
        return value;
}
