/* SPDX-License-Identifier: Apache-2.0 */
/* One request of the peer's on its way. */
#include "coap/incoming_request.h"

LateRequest *late_request_free(LateRequest *late)
{
        if (!late)
                return NULL;
        packet_copy_done(&late->copy);
        free(late);
        return NULL;
}

LateRequest *late_request_new(const IncomingRequest *in, uint64_t handle)
{
        _cleanup_(late_request_freep) LateRequest *late = calloc(1, sizeof(*late));

        if (!late || packet_copy(in->packet, &late->copy) < 0)
                return NULL;
        late->in = (IncomingRequest){
                .request = REQUEST_INIT,
                .response = RESPONSE_INIT,
                .incoming = in->incoming,
                .now = in->now,
                .packet = &late->copy.packet,
                .message = in->message,
                .confirmable = in->confirmable,
                .served = in->served,
                .ring = in->ring,
                .late = handle,
                .transfer = in->transfer,
        };
        if (in->transfer.has_block1)
                late->in.answer.block1 = &late->in.transfer.block1;
        return TAKE_PTR(late);
}

bool late_request_wants(const LateRequest *late, uint8_t code)
{
        return CODE_CLASS(code) == 0 || !(late->in.transfer.no_response >> (CODE_CLASS(code) - 1) & 1);
}
