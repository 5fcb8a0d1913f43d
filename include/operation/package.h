/* SPDX-License-Identifier: Apache-2.0 */
/* Write of a value that is larger than memory, by an LwM2M Server: PUT /5/0/0 in blocks (Core TS 6.3.3). */
#pragma once

#include "lwm2m/body_sink.h"
#include "operation/context.h"

/* As operation_package(), without its note. */
bool package_begin(OperationContext *context, const Request *request, uint64_t announced, BodyResume resume,
        BodySink *ret, Response *response, Effects *effects);
