/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says before anybody looks at the Objects. */
#include "operation/request.h"

int request_get_path(const Request *request, Path *ret)
{
        const Texts *segments = &request->path;
        Path path = PATH_ROOT;
        int r;

        if (segments->n > PATH_LENGTH_MAX)
                return -EINVAL;

        for (size_t i = 0; i < segments->n; i++) {
                r = path_parse_id(segments->items[i], &path.id[i]);
                if (r < 0)
                        return r;
                path.length++;
        }

        *ret = path;
        return 0;
}

bool request_is_discover(const Request *request)
{
        return request->method == METHOD_GET && request->accept == FORMAT_CORE_LINK;
}

bool request_is_write_attributes(const Request *request)
{
        return request->method == METHOD_PUT && request->query.n > 0 &&
               request->content_format == FORMAT_NONE && request->payload_size == 0;
}
