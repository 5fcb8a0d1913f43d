/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/factory_accounts: which Resources the file's accounts become, on which Object Instances. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "daemon/config_load.h"
#include "daemon/factory_accounts.h"

#define BOOTSTRAP_SERVER                           \
        "  server:\n"                              \
        "    uri: coaps://bootstrap.example.org\n" \
        "    security_mode: psk\n"                 \
        "    identity: gateway\n"                  \
        "    key_hex: 000102030405060708090a0b0c0d0e0f\n"

static Config *parse(const char *text)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        Config *config = NULL;

        if (config_parse("test.yaml", (const uint8_t *)text, strlen(text), CONFIG_TO_RUN, NULL, NULL,
                    &config, &problems) != 0)
                config_problems_print(&problems, "test.yaml", stderr);
        assert_non_null(config);
        return config;
}

/* One value as text: bytes in quotes when they are text, else hexadecimal. */
static void print_value(FILE *stream, const Value *value)
{
        switch (value->type) {
        case VALUE_NONE:
                fputs("-", stream);
                break;
        case VALUE_STRING:
        case VALUE_CORELNK:
                fprintf(stream, "\"%s\"", (const char *)value->bytes.data);
                break;
        case VALUE_INTEGER:
        case VALUE_TIME:
                fprintf(stream, "%lld", (long long)value->integer);
                break;
        case VALUE_UNSIGNED:
                fprintf(stream, "%lluu", (unsigned long long)value->unsigned_integer);
                break;
        case VALUE_BOOLEAN:
                fputs(value->boolean ? "true" : "false", stream);
                break;
        case VALUE_OPAQUE:
                for (size_t i = 0; i < value->bytes.size; i++)
                        fprintf(stream, "%02x", value->bytes.data[i]);
                break;
        case VALUE_FLOAT:
        case VALUE_OBJLNK:
        case _VALUE_TYPE_MAX:
                fail();
        }
}

/* The whole dataset, one "path=value" after the other; the caller frees. */
static char *print(const Dataset *dataset)
{
        _cleanup_(record_list_done) RecordList list = {0};
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        assert_non_null(stream);
        assert_int_equal(dataset_list(dataset, &PATH_ROOT, &list), 0);
        for (size_t i = 0; i < list.n; i++) {
                fprintf(stream, "%s%s=", i > 0 ? " " : "", PATH_TEXT(&list.items[i].path));
                print_value(stream, &list.items[i].value);
        }
        assert_int_equal(fclose(stream), 0);
        return text;
}

static void test_build(void **state)
{
        static const struct {
                const char *text;
                const char *dataset;
        } cases[] = {
                /* What is left open is not written. */
                {"endpoint: g\nbootstrap:\n" BOOTSTRAP_SERVER, "/0/0/0=\"coaps://bootstrap.example.org\" "
                                                               "/0/0/1=true /0/0/2=0 /0/0/3=67617465776179 "
                                                               "/0/0/5=000102030405060708090a0b0c0d0e0f"},
                {"endpoint: g\nbootstrap:\n" BOOTSTRAP_SERVER
                 "    instance_id: 65534\n    client_hold_off_time: 1min\n"
                 "    bootstrap_server_account_timeout: 1h\n",
                        "/0/65534/0=\"coaps://bootstrap.example.org\" /0/65534/1=true /0/65534/2=0 "
                        "/0/65534/3=67617465776179 /0/65534/5=000102030405060708090a0b0c0d0e0f "
                        "/0/65534/11=60 /0/65534/12=3600"},
                {"endpoint: g\nservers: [{short_server_id: 7, uri: 'coap://a', security_mode: nosec}]\n",
                        "/0/0/0=\"coap://a\" /0/0/1=false /0/0/2=3 /0/0/10=7 /1/0/0=7 /1/0/1=86400 "
                        "/1/0/6=true /1/0/7=\"U\""},
                /* Servers take the ids that are free, in their order. */
                {"endpoint: g\nbootstrap: {server: {uri: 'coap://b', security_mode: nosec, instance_id: "
                 "1}}\n"
                 "servers:\n"
                 "  - {short_server_id: 9, uri: 'coap://a', security_mode: nosec, lifetime: 1h,\n"
                 "     bootstrap_on_registration_failure: true,\n"
                 "     communication_retry: {retry_count: 2, retry_timer: 3, sequence_delay_timer: "
                 "4294967295,\n"
                 "                           sequence_retry_count: 5}}\n"
                 "  - {short_server_id: 8, uri: 'coap://c', security_mode: nosec}\n",
                        "/0/0/0=\"coap://a\" /0/0/1=false /0/0/2=3 /0/0/10=9 "
                        "/0/1/0=\"coap://b\" /0/1/1=true /0/1/2=3 "
                        "/0/2/0=\"coap://c\" /0/2/1=false /0/2/2=3 /0/2/10=8 "
                        "/1/0/0=9 /1/0/1=3600 /1/0/6=true /1/0/7=\"U\" /1/0/16=true /1/0/17=2u /1/0/18=3u "
                        "/1/0/19=4294967295u "
                        "/1/0/20=5u "
                        "/1/1/0=8 /1/1/1=86400 /1/1/6=true /1/1/7=\"U\""},
        };

        for (size_t i = 0; i < ELEMENTSOF(cases); i++) {
                _cleanup_(config_freep) Config *config = parse(cases[i].text);
                _cleanup_(dataset_freep) Dataset *dataset = dataset_new();
                _cleanup_(freep) char *text = NULL;

                assert_non_null(dataset);
                assert_int_equal(factory_accounts_build(config, dataset), 0);
                text = print(dataset);
                assert_string_equal(text, cases[i].dataset);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_build),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
