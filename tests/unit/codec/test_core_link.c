/* SPDX-License-Identifier: Apache-2.0 */
/* codec/core_link: the texts of the specification's examples. */
#include "codec/core_link.h"
#include "support.h"

static void test_list(void **state)
{
        ByteWriter writer = BYTE_WRITER(1000);

        core_link_add(&writer, &PATH_ROOT);
        core_link_attribute(&writer, "ct", "60 110 112", true);
        core_link_add(&writer, &PATH_INSTANCE(1, 0));
        core_link_add(&writer, &PATH_INSTANCE(3, 0));
        core_link_add(&writer, &PATH_OBJECT(5));
        byte_writer_add_u8(&writer, 0);
        assert_string_equal((char *)writer.data, "</>;ct=\"60 110 112\",</1/0>,</3/0>,</5>");
        byte_writer_done(&writer);
}

static void test_attributes(void **state)
{
        ByteWriter writer = BYTE_WRITER(1000);

        byte_writer_add_string(&writer, "lwm2m=\"1.0\"");
        core_link_add(&writer, &PATH_INSTANCE(0, 0));
        core_link_attribute(&writer, "ssid", "101", false);
        core_link_attribute(&writer, "uri", "coaps://a\"b\\c", true);
        core_link_add(&writer, &PATH_RESOURCE_INSTANCE(3, 0, 7, 65534));
        byte_writer_add_u8(&writer, 0);
        assert_string_equal((char *)writer.data,
                "lwm2m=\"1.0\",</0/0>;ssid=101;uri=\"coaps://a\\\"b\\\\c\",</3/0/7/65534>");
        byte_writer_done(&writer);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_list),
                cmocka_unit_test(test_attributes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
