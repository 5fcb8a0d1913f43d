/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of publishers: calls of org.lwm2m.Client1.ObjectHandler and their replies. */
#pragma once

#include "bus/publishers.h"
#include "model/published.h"

typedef struct ObjectHandler ObjectHandler;

#define OBJECT_HANDLER_CALLS_MAX 8 /* under way to one name: interface.md section 6 */

/* Both are borrowed. 0 or -ENOMEM. */
int object_handler_new(Published *published, Publishers *publishers, ObjectHandler **ret);
/* Nothing is answered any more. */
ObjectHandler *object_handler_free(ObjectHandler *handler);
DEFINE_CLEANUP(ObjectHandler *, object_handler_free)

/* As PublishedAsker.ask, over the connection on which the publishers are; NULL: it is lost. */
int object_handler_ask(
        ObjectHandler *handler, sd_bus *connection, const PublishedQuestion *question, char *text);

/* What this owner has not answered is forgotten: the model answers it when the owner is gone. */
void object_handler_forget(ObjectHandler *handler, uint64_t owner);
