/* SPDX-License-Identifier: Apache-2.0 */
/* A server writes Package, /5/0/0: in one message, or in blocks. */
#pragma once

#include "daemon/firmware_inside.h"

/* A package of one message. As Source.write. */
int firmware_push_whole(Firmware *firmware, SourceCall *call, const Value *package);

/* Source.stream, with the Firmware as userdata. */
int firmware_push_stream(void *userdata, SourceCall *call, const Path *path, int content_format,
        uint64_t announced, BodyResume resume, BodySink *ret);

/* Nothing more of it is wanted: the server is answered 4.08 where it goes on. */
void firmware_push_stop(Firmware *firmware);

/* All connections have ended. */
void firmware_push_free(Firmware *firmware);
