/* SPDX-License-Identifier: Apache-2.0 */
/* Send() of org.lwm2m.Client1.Server. */
#include "bus/send_method.h"

#include "bus/errors.h"
#include "bus/options.h"
#include "bus/path_arguments.h"
#include "client/methods.h"
#include "lwm2m/content_format.h"

static const struct {
        const char *name;
        int format;
} formats[] = {
        {"senml-cbor", FORMAT_SENML_CBOR}, /* the default */
        {"senml-json", FORMAT_SENML_JSON},
        {"lwm2m-cbor", FORMAT_LWM2M_CBOR},
};

static int read_format(sd_bus_message *message, void *userdata, sd_bus_error *reterr)
{
        int *ret = userdata;
        const char *name;
        int r;

        r = sd_bus_message_read(message, "v", "s", &name);
        if (r < 0)
                return sd_bus_error_set(
                        reterr, SD_BUS_ERROR_INVALID_ARGS, "The option \"format\" is a string.");
        for (size_t i = 0; i < ELEMENTSOF(formats); i++)
                if (strcmp(formats[i].name, name) == 0) {
                        *ret = formats[i].format;
                        return 0;
                }
        return sd_bus_error_setf(reterr, SD_BUS_ERROR_INVALID_ARGS,
                "The option \"format\" is senml-cbor, senml-json or lwm2m-cbor, not \"%s\".", name);
}

/* Whoever has asked may be gone by now, and the whole bus: then nobody is told. */
static void on_sent(void *userdata, int error, const char *sentence)
{
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = userdata;
        _cleanup_(sd_bus_error_free) sd_bus_error reply = SD_BUS_ERROR_NULL;

        if (error == 0)
                (void)sd_bus_reply_method_return(message, NULL);
        else {
                (void)bus_error_set(&reply, error, sentence[0] ? sentence : NULL);
                (void)sd_bus_reply_method_error(message, &reply);
        }
}

int send_method(sd_bus_message *message, Client *client, uint16_t short_server_id, sd_bus_error *reterr)
{
        int format = formats[0].format, r;
        const Option options[] = {{"format", read_format, &format}};
        PathList paths = {.n = 0};

        r = path_arguments_read(message, &paths, reterr);
        if (r >= 0)
                r = options_read(message, options, ELEMENTSOF(options), reterr);
        if (r < 0)
                return r;
        sd_bus_message_ref(message);
        r = client_server_send(client, short_server_id, &paths, format, on_sent, message);
        if (r == 0)
                return 1;
        sd_bus_message_unref(message);
        return bus_error_set(reterr, r, NULL);
}
