/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: one Bootstrap-Pack, with what always holds. An input is one byte, then the payload. */
#include "fuzz_store.h"
#include "operation/bootstrap_pack.h"

/* Of the first byte */
#define FORMAT_MASK  0x03
#define FLAG_LONELY  0x04 /* only the Bootstrap-Server Account is there before */
#define FLAG_WRITTEN 0x08 /* the server has written before, in the same transaction */

static const int formats[] = {FORMAT_SENML_CBOR, FORMAT_SENML_JSON, FORMAT_LWM2M_CBOR, FORMAT_TLV};

static void prepare(Store *store, uint8_t flags)
{
        if (flags & FLAG_LONELY) {
                _cleanup_(dataset_freep) Dataset *lonely = NULL;

                require(dataset_copy(store_committed(store), &lonely) == 0);
                require(dataset_remove(lonely, &PATH_INSTANCE(OBJECT_SECURITY, 1)));
                require(dataset_remove(lonely, &PATH_OBJECT(OBJECT_SERVER)));
                store_replace(store, TAKE_PTR(lonely));
        }
        if (flags & FLAG_WRITTEN) {
                require(store_begin(store) == 0);
                require(dataset_set_integer(store_candidate(store), &PATH_RESOURCE(OBJECT_SERVER, 9, 0),
                                VALUE_INTEGER, 9) == 0);
        }
}

static void check_reason(const char *reason)
{
        require(reason[0] != '\0');
        for (const char *c = reason; *c; c++)
                require((unsigned char)*c >= ' ' && *c != 0x7f);
}

/* One pack; true: it is committed. */
static bool take(OperationContext *context, const Response *pack)
{
        _cleanup_(dataset_freep) Dataset *before = NULL;
        Store *store = context->store;
        Effects effects;

        require(dataset_copy(store_committed(store), &before) == 0);
        require(bootstrap_pack(context, pack, &effects) == 0);
        require(effects.n == 1 && dataset_equal(before, store_committed(store)));
        if (effects.items[0].type == EFFECT_BOOTSTRAP_REFUSED) {
                check_reason(context->check->reason);
                store_rollback(store);
                return false;
        }
        require(effects.items[0].type == EFFECT_BOOTSTRAP_FINISHED && store_candidate(store));
        store_commit(store);
        check_committed(store, context->version);
        check_values(store_committed(store), context->version);
        return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(store_freep) Store *store = make_store();
        _cleanup_(dataset_freep) Dataset *first = NULL;
        static AccountCheck check;
        OperationContext context = {
                .store = store, .version = LWM2M_1_2, .check = &check, .max_body_size = 65536};
        const uint8_t flags = size > 0 ? data[0] : 0;
        /* Borrowed: nothing changes a payload. */
        const Response pack = {
                .code = CODE_CONTENT,
                .content_format = formats[flags & FORMAT_MASK],
                .payload = (uint8_t *)data + 1,
                .payload_size = size > 0 ? size - 1 : 0,
        };

        prepare(store, flags);
        if (!take(&context, &pack))
                return 0;

        /* The same again leaves the same. */
        require(dataset_copy(store_committed(store), &first) == 0);
        require(take(&context, &pack));
        require(dataset_equal(first, store_committed(store)));
        return 0;
}
