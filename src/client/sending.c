/* SPDX-License-Identifier: Apache-2.0 */
/* A Send begins with a reading of what is to be sent. */
#include "client/sending.h"

#include "client/about.h"
#include "client/readings.h"
#include "client/state.h"

typedef struct Sending {
        Client *client;
        uint16_t short_server_id;
        int format;
        ClientSent callback;
        void *userdata;
        bool returned; /* sending_begin() has: what comes now is told by callback */
        bool read;
        int result; /* where it has been read before that */
} Sending;

/* The registration may have ended meanwhile, and the server be another one. */
static int send_values(const Sending *sending, const RecordList *values)
{
        Server *server = state_find_server(sending->client, sending->short_server_id);

        if (!server || !server_state_is_registered(server_state(server)))
                return CLIENT_E_NOT_REGISTERED;
        return server_send(server, values, sending->format, sending->callback, sending->userdata);
}

static void on_read(void *userdata, int error, const RecordList *values)
{
        Sending *sending = userdata;
        const int r = error != 0 ? error : send_values(sending, values);

        sending->read = true;
        sending->result = r;
        if (!sending->returned)
                return;
        if (r != 0) {
                /* Whoever has asked may be gone. */
                log_full(LOG_INFO, 0,
                        ABOUT_REQUESTER(MESSAGE_ID_SEND_FAILED, sending->client->context.store,
                                sending->short_server_id),
                        "A Send to LwM2M Server %u is refused: %s.", sending->short_server_id,
                        error != 0 ? "what is to be sent could not be read"
                                   : "what was read cannot be sent");
                sending->callback(sending->userdata, r, "");
        }
        free(sending);
}

int sending_begin(Client *client, const Server *server, const PathList *paths, int format,
        ClientSent callback, void *userdata)
{
        const uint16_t short_server_id = server_account(server)->short_server_id;
        Sending *sending;
        int r;

        r = server_may_send(server, format);
        if (r != 0)
                return r;
        sending = malloc(sizeof(*sending));
        if (!sending)
                return -ENOMEM;
        *sending = (Sending){
                .client = client,
                .short_server_id = short_server_id,
                .format = format,
                .callback = callback,
                .userdata = userdata,
        };

        r = readings_begin(client->readings, short_server_id, paths, on_read, sending);
        if (r == 0 && !sending->read) {
                sending->returned = true;
                return 0;
        }
        r = r != 0 ? r : sending->result;
        free(sending);
        return r;
}
