/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR item by item, as far as it takes to know where the value is: what the items say is for the decoder of
 * the frame. */
#include "codec/package_cbor.h"
#include "codec/senml_label.h"

/* RFC 8949, 3.1 */
enum {
        MAJOR_UNSIGNED = 0,
        MAJOR_BYTES = 2,
        MAJOR_TEXT = 3,
        MAJOR_ARRAY = 4,
        MAJOR_MAP = 5,
        MAJOR_TAG = 6,
        MAJOR_SIMPLE = 7,
};

#define MAJOR_OF(head)    ((uint8_t)((head)[0] >> 5))
#define INFORMATION(head) ((head)[0] & 0x1f)
#define INDEFINITE        31
#define BREAK             0xff

static PackageCborLevel *top(PackageCbor *cbor)
{
        return cbor->n_levels > 0 ? &cbor->levels[cbor->n_levels - 1] : NULL;
}

static bool is_string(const PackageCborLevel *level)
{
        return level && (level->major == MAJOR_BYTES || level->major == MAJOR_TEXT);
}

static bool is_key(const PackageCborLevel *level)
{
        return level && level->major == MAJOR_MAP && !level->odd;
}

/* Where the format has the value. */
static bool is_at_value(PackageCbor *cbor)
{
        const PackageCborLevel *level = top(cbor);

        if (cbor->kind == PACKAGE_CBOR_SINGLE)
                return !level;
        if (!level || level->major != MAJOR_MAP || !level->odd)
                return false;
        return cbor->kind == PACKAGE_CBOR_LWM2M || (cbor->n_levels == 2 && cbor->label_is_vd);
}

static int push(PackageCbor *cbor, PackageCborLevel level)
{
        if (cbor->n_levels == PACKAGE_CBOR_LEVELS_MAX)
                return CODE_BAD_REQUEST;
        cbor->levels[cbor->n_levels++] = level;
        return 0;
}

/* What contains it may end with it. */
static void end_item(PackageCbor *cbor)
{
        PackageCborLevel *level;

        while ((level = top(cbor))) {
                if (is_string(level))
                        return;
                level->odd = level->major == MAJOR_MAP && !level->odd;
                if (level->indefinite || --level->left > 0)
                        return;
                cbor->n_levels--;
        }
        cbor->complete = true;
}

static int end_indefinite(PackageCbor *cbor, PackageFrame *frame)
{
        const PackageCborLevel *level = top(cbor);

        if (!level || !level->indefinite)
                return CODE_BAD_REQUEST;
        cbor->n_levels--;
        end_item(cbor);
        return package_frame_add(frame, (const uint8_t[]){BREAK}, 1);
}

/* Arrays and maps; number: of items, or pairs. */
static int begin_container(PackageCbor *cbor, uint8_t major, bool indefinite, uint64_t number)
{
        if (indefinite)
                return push(cbor, (PackageCborLevel){.major = major, .indefinite = true});
        if (number > UINT64_MAX / 2)
                return CODE_BAD_REQUEST;
        if (number == 0) {
                end_item(cbor);
                return 0;
        }
        return push(
                cbor, (PackageCborLevel){.major = major, .left = major == MAJOR_MAP ? 2 * number : number});
}

/* A whole string, or a chunk of one. */
static void begin_content(PackageCbor *cbor, bool is_value, uint64_t size)
{
        cbor->content = size;
        cbor->content_is_value = is_value;
        if (size == 0)
                end_item(cbor);
}

/* RFC 8949, 3.2.3: definite chunks of the same type */
static int begin_chunk(PackageCbor *cbor, PackageFrame *frame, uint64_t number)
{
        const PackageCborLevel string = *top(cbor);

        if (MAJOR_OF(cbor->head) != string.major || INFORMATION(cbor->head) == INDEFINITE)
                return CODE_BAD_REQUEST;
        begin_content(cbor, string.is_value, number);
        return string.is_value ? 0 : package_frame_add(frame, cbor->head, cbor->n_head);
}

/* In the frame the value is an empty string, of definite or indefinite length as it was. */
static int begin_string(PackageCbor *cbor, PackageFrame *frame, uint64_t number)
{
        uint8_t major = MAJOR_OF(cbor->head);
        bool indefinite = INFORMATION(cbor->head) == INDEFINITE;
        bool is_value = major == MAJOR_BYTES && is_at_value(cbor);
        const uint8_t empty = (uint8_t)(major << 5 | (indefinite ? INDEFINITE : 0));
        int r;

        cbor->may_be_label = major == MAJOR_TEXT && is_key(top(cbor)) && !indefinite && number == 2;
        r = is_value ? package_frame_add(frame, &empty, 1)
                     : package_frame_add(frame, cbor->head, cbor->n_head);
        if (r == 0 && indefinite)
                r = push(cbor, (PackageCborLevel){.major = major, .indefinite = true, .is_value = is_value});
        else if (r == 0)
                begin_content(cbor, is_value, number);
        return r;
}

/* Bytes of a head by its first one; 0: there is no such head. */
static size_t head_size(uint8_t first)
{
        unsigned information = first & 0x1f, major = first >> 5;

        if (information < 24)
                return 1;
        if (information < 28)
                return 1 + ((size_t)1 << (information - 24));
        return information == INDEFINITE && major != MAJOR_TAG && major > 1 ? 1 : 0;
}

static uint64_t head_number(const PackageCbor *cbor)
{
        uint64_t number = 0;

        if (cbor->n_head == 1)
                return INFORMATION(cbor->head);
        for (size_t i = 1; i < cbor->n_head; i++)
                number = number << 8 | cbor->head[i];
        return number;
}

static int begin_item(PackageCbor *cbor, PackageFrame *frame)
{
        uint8_t major = MAJOR_OF(cbor->head);
        uint64_t number = head_number(cbor);
        int r;

        if (cbor->head[0] == BREAK)
                return end_indefinite(cbor, frame);
        if (is_string(top(cbor)))
                return begin_chunk(cbor, frame, number);
        if (is_key(top(cbor)))
                cbor->label_is_vd = major == MAJOR_UNSIGNED && number == SENML_VD;
        if (major == MAJOR_BYTES || major == MAJOR_TEXT)
                return begin_string(cbor, frame, number);

        r = package_frame_add(frame, cbor->head, cbor->n_head);
        if (r != 0 || major == MAJOR_TAG)
                return r;
        if (major == MAJOR_ARRAY || major == MAJOR_MAP)
                return begin_container(cbor, major, INFORMATION(cbor->head) == INDEFINITE, number);
        end_item(cbor);
        return 0;
}

static int feed_content(PackageCbor *cbor, PackageFrame *frame, const uint8_t *data, size_t size)
{
        int r = cbor->content_is_value ? package_frame_write_value(frame, data, size)
                                       : package_frame_add(frame, data, size);

        cbor->content -= size;
        if (r != 0 || cbor->content > 0)
                return r;
        if (cbor->may_be_label)
                cbor->label_is_vd = memcmp(frame->data + frame->size - 2, "vd", 2) == 0;
        cbor->may_be_label = false;
        end_item(cbor);
        return 0;
}

static int feed_head(PackageCbor *cbor, PackageFrame *frame, uint8_t byte)
{
        int r;

        if (cbor->complete)
                return CODE_BAD_REQUEST;
        cbor->head[cbor->n_head++] = byte;
        if (head_size(cbor->head[0]) == 0)
                return CODE_BAD_REQUEST;
        if (cbor->n_head < head_size(cbor->head[0]))
                return 0;
        r = begin_item(cbor, frame);
        cbor->n_head = 0;
        return r;
}

int package_cbor_feed(PackageCbor *cbor, PackageFrame *frame, const uint8_t *data, size_t size)
{
        int r = 0;

        while (size > 0 && r == 0) {
                size_t n = cbor->content > 0 ? MIN_OF(size, cbor->content) : 1;

                r = cbor->content > 0 ? feed_content(cbor, frame, data, n) : feed_head(cbor, frame, *data);
                data += n;
                size -= n;
        }
        return r;
}
