/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of ours. */
#include "operation/outgoing.h"

#include <inttypes.h>

#include "codec/codec.h"
#include "codec/core_link.h"
#include "lwm2m/binding.h"
#include "lwm2m/uri.h"
#include "model/account_oscore.h"
#include "operation/gather.h"
#include "operation/payload.h"
#include "operation/tree.h"

/* Our resource of a server, in front of it what the server's URI names (RFC 7252, 6.4). What is wrong with a
 * URI, whoever connects says. */
static int set_target(Request *request, const char *server, const char *resource)
{
        Uri uri;
        int r = 0;

        if (uri_parse(server, &uri, NULL) == 0) {
                r = uri_add_path(&uri, &request->path);
                if (r == 0)
                        r = uri_add_query(&uri, &request->query);
        }
        return r < 0 ? r : texts_add(&request->path, resource);
}

int outgoing_bootstrap_request(
        const char *uri, const char *endpoint, int preferred_content_format, Request *ret)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        int r;

        request.method = METHOD_POST;
        r = set_target(&request, uri, "bs");
        if (r == 0)
                r = texts_addf(&request.query, "ep=%s", endpoint);
        if (r == 0 && preferred_content_format != FORMAT_NONE)
                r = texts_addf(&request.query, "pct=%d", preferred_content_format);
        if (r < 0)
                return r;

        *ret = request;
        request = REQUEST_INIT;
        return 0;
}

/* The Bootstrap-Server Account's Object Instances as CoRE links. */
static int add_account(const Dataset *dataset, const Account *account, Request *request)
{
        _cleanup_(byte_writer_done) ByteWriter links = BYTE_WRITER(LIMIT_OPTION_SIZE);
        Path oscore;

        core_link_add(&links, &PATH_INSTANCE(OBJECT_SECURITY, account->security_instance));
        if (account_oscore_link(dataset, account->security_instance, &oscore))
                core_link_add(&links, &oscore);
        if (links.error < 0)
                return links.error;
        return texts_addf(&request->query, "acc=%.*s", (int)links.size, (const char *)links.data);
}

int outgoing_bootstrap_pack_request(const Dataset *dataset, const Account *account, const char *endpoint,
        int preferred_content_format, Request *ret)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        const bool carries = content_format_is_pack(preferred_content_format);
        int r;

        request.method = METHOD_GET;
        request.accept = carries ? preferred_content_format : FORMAT_SENML_CBOR;
        r = set_target(&request, account->uri, "bspack");
        if (r == 0)
                r = texts_addf(&request.query, "ep=%s", endpoint);
        if (r == 0)
                r = add_account(dataset, account, &request);
        if (r < 0)
                return r;

        *ret = request;
        request = REQUEST_INIT;
        return 0;
}

/* The version of an Object is written only where the announced LwM2M version implies another one, and on the
 * link of the Object: what belongs to an Object Instance is not said of it (Core TS, 7.2.2). */
static void write_object(
        ByteWriter *writer, const Tree *tree, const ObjectDef *object, Lwm2mVersion announced)
{
        const char *version = tree_version_to_tell(tree, object, announced);
        uint16_t ids[LIMIT_INSTANCES];
        size_t n = tree_instances(tree, object->id, ids);

        if (n == 0 || version)
                core_link_add(writer, &PATH_OBJECT(object->id));
        if (version)
                core_link_attribute(writer, "ver", version, false);

        for (size_t i = 0; i < n; i++)
                core_link_add(writer, &PATH_INSTANCE(object->id, ids[i]));
}

static int add_objects(Store *store, const Announcement *announcement, Request *request)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);
        const Tree tree = tree_committed(store, announcement->tables);
        const ObjectDef *object;
        size_t position = 0;

        while ((object = tree_next(&tree, &position)))
                if (!object->bootstrap_only)
                        write_object(&writer, &tree, object, announcement->version);

        request->content_format = FORMAT_CORE_LINK;
        return byte_writer_take(&writer, &request->payload, &request->payload_size);
}

/* LwM2M 1.0 has Queue Mode among the bindings, later versions beside what the device can do, /3/0/16. */
static int add_binding(Store *store, const Announcement *announcement, Request *request)
{
        _cleanup_(record_list_done) RecordList values = {.n = 0};
        const Tree tree = tree_committed(store, announcement->tables);
        const char *binding = BINDING_UDP;
        int r;

        if (announcement->version == LWM2M_1_0)
                binding = binding_announced(announcement->queue_mode);
        else {
                r = tree_read(&tree, NULL, &PATH_RESOURCE(OBJECT_DEVICE, 0, DEVICE_SUPPORTED_BINDING), false,
                        &values);
                if (r < 0)
                        return r;
                if (values.n > 0 && values.items[0].value.type == VALUE_STRING)
                        binding = (const char *)values.items[0].value.bytes.data;
        }

        r = texts_addf(&request->query, "b=%s", binding);
        if (r == 0 && announcement->queue_mode && announcement->version > LWM2M_1_0)
                r = texts_add(&request->query, "Q");
        return r;
}

int outgoing_register(Store *store, const char *endpoint, const Account *account,
        const Announcement *announcement, Request *ret)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        int r;

        request.method = METHOD_POST;
        r = set_target(&request, account->uri, "rd");
        if (r == 0)
                r = texts_addf(&request.query, "ep=%s", endpoint);
        if (r == 0)
                r = texts_addf(&request.query, "lt=%" PRIi64, account->lifetime);
        if (r == 0)
                r = texts_addf(&request.query, "lwm2m=%s", lwm2m_version_to_string(announcement->version));
        if (r == 0)
                r = add_binding(store, announcement, &request);
        if (r == 0)
                r = add_objects(store, announcement, &request);
        if (r < 0)
                return r;

        *ret = request;
        request = REQUEST_INIT;
        return 0;
}

int outgoing_update(Store *store, const Account *account, const Texts *location,
        const Announcement *announcement, unsigned parts, Request *ret)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        int r;

        request.method = METHOD_POST;
        r = texts_copy(location, &request.path);
        if (r == 0 && parts & UPDATE_LIFETIME)
                r = texts_addf(&request.query, "lt=%" PRIi64, account->lifetime);
        if (r == 0 && parts & UPDATE_BINDING && announcement->version == LWM2M_1_0)
                r = add_binding(store, announcement, &request);
        if (r == 0 && parts & UPDATE_OBJECTS)
                r = add_objects(store, announcement, &request);
        if (r < 0)
                return r;

        *ret = request;
        request = REQUEST_INIT;
        return 0;
}

int outgoing_deregister(const Texts *location, Request *ret)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        int r;

        request.method = METHOD_DELETE;
        r = texts_copy(location, &request.path);
        if (r < 0)
                return r;

        *ret = request;
        request = REQUEST_INIT;
        return 0;
}

/* SenML of both kinds since 1.1, LwM2M CBOR since 1.2 (Core TS 7.4). */
static bool sends_format(int format, Lwm2mVersion version)
{
        return codec_can_carry(CODEC_SEND, format, NULL, NULL) &&
               (format != FORMAT_LWM2M_CBOR || version >= LWM2M_1_2);
}

int outgoing_may_send(
        const Store *store, const Account *account, const Announcement *announcement, int format)
{
        if (announcement->version == LWM2M_1_0)
                return SEND_UNKNOWN;
        if (dataset_get_boolean(
                    store_committed(store), OBJECT_SERVER, account->server_instance, SERVER_MUTE_SEND, true))
                return SEND_MUTED;
        return sends_format(format, announcement->version) ? 0 : SEND_FORMAT;
}

static int add_values(const RecordList *values, int64_t time, Request *request)
{
        _cleanup_(byte_writer_done) ByteWriter writer = BYTE_WRITER(LIMIT_PAYLOAD_SIZE);
        int r;

        r = payload_encode(request->content_format, &PATH_ROOT, &(RecordMoment){time, values}, 1, &writer);
        return r < 0 ? r : byte_writer_take(&writer, &request->payload, &request->payload_size);
}

int outgoing_send(const Account *account, const RecordList *values, int format, int64_t time, Request *ret)
{
        _cleanup_(request_done) Request request = REQUEST_INIT;
        int r;

        if (values->n == 0)
                return SEND_NOTHING;
        request.method = METHOD_POST;
        request.content_format = format;
        r = set_target(&request, account->uri, "dp");
        if (r == 0)
                r = add_values(values, time, &request);
        if (r < 0)
                return r;

        *ret = request;
        request = REQUEST_INIT;
        return 0;
}
