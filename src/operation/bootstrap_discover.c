/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Discover. */
#include "operation/bootstrap_discover.h"

#include "config.h"

#if HAVE_BOOTSTRAP_DISCOVER

#include <inttypes.h>
#include <stdio.h>

#include "codec/core_link.h"
#include "operation/payload.h"
#include "operation/tree.h"

/* LwM2M 1.0 wrote the version as a token without link; from 1.1.1 on it is an attribute of the root. */
static void write_version(ByteWriter *writer, Lwm2mVersion version)
{
        if (version == LWM2M_1_0) {
                byte_writer_add_string(writer, "lwm2m=\"1.0\"");
                return;
        }

        core_link_add(writer, &PATH_ROOT);
        core_link_attribute(writer, "lwm2m", lwm2m_version_to_string(version), false);
}

static void write_account(ByteWriter *writer, const Tree *tree, const Path *path)
{
        bool security = path->id[0] == OBJECT_SECURITY;
        int64_t ssid = account_short_server_id(tree->dataset, path->id[0], path->id[1]);
        const char *uri =
                security ? dataset_get_string(tree->dataset, path->id[0], path->id[1], SECURITY_URI, NULL)
                         : NULL;
        char text[sizeof("-9223372036854775808")];

        /* The Bootstrap-Server Account is known by having no ssid. */
        if (security && account_is_bootstrap(tree->dataset, path->id[1]))
                return;

        if (ssid >= 0) {
                (void)snprintf(text, sizeof(text), "%" PRIi64, ssid);
                core_link_attribute(writer, "ssid", text, false);
        }
        if (uri && tree->version != LWM2M_1_0)
                core_link_attribute(writer, "uri", uri, true);
}

static void write_object(ByteWriter *writer, const Tree *tree, uint16_t object)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = tree_instances(tree, object, ids);

        if (n == 0)
                core_link_add(writer, &PATH_OBJECT(object));

        for (size_t i = 0; i < n; i++) {
                const Path path = PATH_INSTANCE(object, ids[i]);

                core_link_add(writer, &path);
                if (object == OBJECT_SECURITY || object == OBJECT_SERVER)
                        write_account(writer, tree, &path);
        }
}

int bootstrap_discover(OperationContext *context, const Path *path, Response *response)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(context->max_body_size);
        const Tree tree = tree_candidate(context->store, context->version);

        if (path->length > 1) {
                response_set_error(response, CODE_BAD_REQUEST, "Bootstrap-Discover takes / or an Object");
                return 0;
        }
        if (path->length == 1 && !tree_object(&tree, path->id[0])) {
                response_set_error(response, CODE_NOT_FOUND, "%s is not supported", PATH_TEXT(path));
                return 0;
        }

        write_version(&writer, context->version);
        for (size_t i = 0; i < object_table_size; i++)
                if (tree_object(&tree, object_table[i]->id) &&
                        (path->length == 0 || object_table[i]->id == path->id[0]))
                        write_object(&writer, &tree, object_table[i]->id);

        return payload_answer_links(&writer, response);
}

#else

int bootstrap_discover(OperationContext *context, const Path *path, Response *response)
{
        response_set_error(response, CODE_NOT_IMPLEMENTED, "built without Bootstrap-Discover");
        return 0;
}

#endif
