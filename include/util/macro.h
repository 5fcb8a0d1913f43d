/* SPDX-License-Identifier: Apache-2.0 */
/* Cleanup attributes and the few macros that every file uses. */
#pragma once

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define _cleanup_(function)     __attribute__((cleanup(function)))
#define _printf_(string, first) __attribute__((format(printf, string, first)))
/* clang 14 does not know it. */
#if __has_attribute(nonstring)
#define _nonstring_ __attribute__((nonstring))
#else
#define _nonstring_
#endif

#define ELEMENTSOF(array) (sizeof(array) / sizeof((array)[0]))
#define MIN_OF(a, b)      ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b)      ((a) > (b) ? (a) : (b))

/* Hands the pointer over and leaves NULL behind, so that a cleanup attribute frees nothing. */
#define TAKE_PTR(pointer)                          \
        ({                                         \
                typeof(pointer) *_pp = &(pointer); \
                typeof(pointer) _p = *_pp;         \
                *_pp = NULL;                       \
                _p;                                \
        })

/* Defines the function a _cleanup_() needs for a type whose destructor takes the pointer itself. */
#define DEFINE_CLEANUP(type, function)                \
        static inline void function##p(type *pointer) \
        {                                             \
                if (*pointer)                         \
                        (void)function(*pointer);     \
        }

static inline void freep(void *pointer)
{
        free(*(void **)pointer);
}

static inline void closep(int *fd)
{
        if (*fd >= 0)
                (void)close(*fd);
}

#define USEC_PER_MSEC 1000ULL
#define USEC_PER_SEC  1000000ULL
#define USEC_INFINITY UINT64_MAX
