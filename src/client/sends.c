/* SPDX-License-Identifier: Apache-2.0 */
/* The Sends that wait for one LwM2M Server. */
#include "client/sends.h"

#include <stdio.h>

#include "client/about.h"
#include "client/error.h"
#include "util/log.h"
#include "util/message_ids.h"

struct Send {
        STAILQ_ENTRY(Send) entries;
        Request request;
        ClientSent callback;
        void *userdata;
};

void sends_init(Sends *sends)
{
        *sends = (Sends){.n = 0};
        STAILQ_INIT(&sends->list);
}

int sends_add(Sends *sends, Request *request, ClientSent callback, void *userdata)
{
        Send *send;

        if (sends->n >= LIMIT_SENDS)
                return CLIENT_E_TOO_MANY_SENDS;
        send = malloc(sizeof(*send));
        if (!send)
                return -ENOMEM;
        *send = (Send){.request = *request, .callback = callback, .userdata = userdata};
        *request = REQUEST_INIT;
        STAILQ_INSERT_TAIL(&sends->list, send, entries);
        sends->n++;
        return 0;
}

bool sends_wait(const Sends *sends)
{
        return !sends->under_way && !STAILQ_EMPTY(&sends->list);
}

const Request *sends_begin(Sends *sends)
{
        sends->under_way = true;
        return &STAILQ_FIRST(&sends->list)->request;
}

/* The first one. Whoever has asked may be gone, so what has failed is told in the journal, too. */
static void finish(Sends *sends, const Account *account, int error, const char *sentence)
{
        Send *send = STAILQ_FIRST(&sends->list);

        STAILQ_REMOVE_HEAD(&sends->list, entries);
        sends->n--;
        sends->under_way = false;
        if (error != 0)
                log_full(LOG_INFO, 0, ABOUT(MESSAGE_ID_SEND_FAILED, account), "%s", sentence);
        send->callback(send->userdata, error, sentence);
        request_done(&send->request);
        free(send);
}

static void finish_rejected(Sends *sends, const Account *account, const Response *response)
{
        char text[LIMIT_DIAGNOSTIC_SIZE + 1], sentence[FAILURE_SENTENCE_SIZE];
        const char *quote = response_diagnostic(response, text)[0] ? "\"" : "";

        (void)snprintf(sentence, sizeof(sentence),
                "LwM2M Server %u at %s answered %u.%02u to a Send%s%s%s%s.", account->short_server_id,
                account->uri, CODE_ARGS(response->code), quote[0] ? ": " : "", quote, text, quote);
        finish(sends, account, CLIENT_E_REJECTED, sentence);
}

void sends_answered(Sends *sends, const Account *account, const Response *response, const Failure *failure)
{
        if (!response)
                finish(sends, account, CLIENT_E_NOT_ANSWERED, failure->sentence);
        else if (response->code == CODE_CHANGED)
                finish(sends, account, 0, "");
        else
                finish_rejected(sends, account, response);
}

void sends_lose(Sends *sends, const Account *account)
{
        char sentence[FAILURE_SENTENCE_SIZE];

        if (!sends->under_way)
                return;
        (void)snprintf(sentence, sizeof(sentence),
                "The session with LwM2M Server %u at %s has ended before a Send was answered.",
                account->short_server_id, account->uri);
        finish(sends, account, CLIENT_E_NOT_REGISTERED, sentence);
}

void sends_end(Sends *sends, const Account *account)
{
        char sentence[FAILURE_SENTENCE_SIZE];

        (void)snprintf(sentence, sizeof(sentence), "The registration with LwM2M Server %u at %s has ended.",
                account->short_server_id, account->uri);
        while (!STAILQ_EMPTY(&sends->list))
                finish(sends, account, CLIENT_E_NOT_REGISTERED, sentence);
}
