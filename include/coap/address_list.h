/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which an attempt tries the addresses of a name (design.md section 3, rule 9). */
#pragma once

#include "coap/resolver.h"

/* Room for "[address%interface]:port" */
#define ADDRESS_TEXT_SIZE 96

/* Turns the list so that it begins behind last_silent, where that is in it; size 0: none. */
void address_list_turn(ResolvedAddress *addresses, size_t n, const ResolvedAddress *last_silent);

/* "127.0.0.1:5683", "[fe80::1%eth0]:5684"; "" when it is neither IPv4 nor IPv6. */
void address_format(const ResolvedAddress *address, char buffer[ADDRESS_TEXT_SIZE]);

/* Whether the kernel knows a way there; nothing is sent. 0, or connect()'s -ENETUNREACH, -EHOSTUNREACH,
 * -EINVAL (link-local without scope), ... */
int address_check_route(const ResolvedAddress *address);

/* Whether a text is an IPv4 or IPv6 address, without brackets or scope. */
bool address_is_literal(const char *text);
