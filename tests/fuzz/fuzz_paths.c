/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the paths of composite requests. The first byte chooses the format. */
#include "codec/codec.h"
#include "fuzz.h"

static const int formats[] = {
        FORMAT_SENML_JSON, FORMAT_SENML_CBOR, FORMAT_SENML_ETCH_JSON, FORMAT_SENML_ETCH_CBOR};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        PathList paths = {.n = 0};
        int r;

        if (size == 0)
                return 0;
        r = codec_decode_paths(formats[data[0] % ELEMENTSOF(formats)], data + 1, size - 1, &paths);
        require(r >= 0 && r <= CODEC_E_LIMIT && r != CODEC_E_FORMAT);
        require((r == 0) == (paths.n > 0) && paths.n <= LIMIT_COMPOSITE_PATHS);
        for (size_t i = 0; i < paths.n; i++) {
                require(paths.items[i].length <= PATH_LENGTH_MAX);
                for (size_t j = 0; j < paths.n; j++)
                        require(i == j || !path_has_prefix(&paths.items[j], &paths.items[i]));
                require(i == 0 || path_compare(&paths.items[i - 1], &paths.items[i]) < 0);
        }
        return 0;
}
