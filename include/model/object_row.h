/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the rows of the object tables, for src/model/object_*.c only. */
#pragma once

#include "model/definition.h"

#define SINGLE    false
#define MULTIPLE  true
#define OPTIONAL  false
#define MANDATORY true
#define SUPPORTED true
#define UNKNOWN   false /* in the registry, but not handled by this client */

#define NO     0 /* no operation: for the Bootstrap Server only */
#define R      OPERATION_READ
#define W      OPERATION_WRITE
#define RW     (OPERATION_READ | OPERATION_WRITE)
#define E      OPERATION_EXECUTE
#define ABSENT OPERATIONS_ABSENT

/* has_range, minimum, maximum */
#define RANGE(minimum, maximum) true, (minimum), (maximum)
#define NO_RANGE                false, 0, 0

/* No bound in the registry. 32 bits hold every value that peers send, and as microseconds they never
 * overflow. */
#define SECONDS RANGE(0, UINT32_MAX)
#define COUNT   RANGE(0, UINT32_MAX)

/* The Short Server ID's own bounds are checked at Finish (design: 4.06): peers write 0 or 65535 for the
 * Bootstrap-Server Account, where it means nothing. */
#define ANY_16_BITS RANGE(0, UINT16_MAX)
