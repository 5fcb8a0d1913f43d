/* SPDX-License-Identifier: Apache-2.0 */
/* Bootstrap-Discover. */
#include "operation/bootstrap_discover.h"

#include "config.h"

#if HAVE_BOOTSTRAP_DISCOVER

#include <inttypes.h>
#include <stdio.h>

#include "codec/core_link.h"
#include "model/account_oscore.h"
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

/* The Bootstrap-Server Account is known by having no ssid. */
static void write_ssid(ByteWriter *writer, int64_t ssid)
{
        char text[sizeof("-9223372036854775808")];

        if (ssid < 0)
                return;
        (void)snprintf(text, sizeof(text), "%" PRIi64, ssid);
        core_link_attribute(writer, "ssid", text, false);
}

static void write_uri(ByteWriter *writer, const Tree *tree, uint16_t instance)
{
        const char *uri = dataset_get_string(tree->dataset, OBJECT_SECURITY, instance, SECURITY_URI, NULL);

        if (uri && tree->version != LWM2M_1_0 && !account_is_bootstrap(tree->dataset, instance))
                core_link_attribute(writer, "uri", uri, true);
}

static void write_attributes(ByteWriter *writer, const Tree *tree, uint16_t object, uint16_t instance)
{
        const Dataset *dataset = tree->dataset;
        uint16_t linking;

        switch (object) {

        case OBJECT_SECURITY:
                write_ssid(writer, account_short_server_id(dataset, object, instance));
                write_uri(writer, tree, instance);
                break;

        case OBJECT_SERVER:
                write_ssid(writer, account_short_server_id(dataset, object, instance));
                break;

        case OBJECT_OSCORE:
                linking = account_of_oscore(dataset, instance);
                if (linking != ID_INVALID)
                        write_ssid(writer, account_short_server_id(dataset, OBJECT_SECURITY, linking));
                break;
        }
}

static void write_object(ByteWriter *writer, const Tree *tree, uint16_t object)
{
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = tree_instances(tree, object, ids);

        if (n == 0)
                core_link_add(writer, &PATH_OBJECT(object));

        for (size_t i = 0; i < n; i++) {
                core_link_add(writer, &PATH_INSTANCE(object, ids[i]));
                write_attributes(writer, tree, object, ids[i]);
        }
}

int bootstrap_discover(OperationContext *context, const Path *path, Response *response)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(context->max_body_size);
        const Tree tree = tree_candidate(context->store, context->version);
        const ObjectDef *object;
        size_t position = 0;

        if (path->length > 1) {
                response_set_error(response, CODE_BAD_REQUEST, "Bootstrap-Discover takes / or an Object");
                return 0;
        }
        if (path->length == 1 && !tree_object(&tree, path->id[0])) {
                response_set_error(response, CODE_NOT_FOUND, "%s is not supported", PATH_TEXT(path));
                return 0;
        }

        write_version(&writer, context->version);
        while ((object = tree_next(&tree, &position)))
                if (path->length == 0 || object->id == path->id[0])
                        write_object(&writer, &tree, object->id);

        return payload_answer_links(&writer, response);
}

#else

int bootstrap_discover(OperationContext *context, const Path *path, Response *response)
{
        response_set_error(response, CODE_NOT_IMPLEMENTED, "built without Bootstrap-Discover");
        return 0;
}

#endif
