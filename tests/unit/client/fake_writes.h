/* SPDX-License-Identifier: Apache-2.0 */
/* What peers write: a Bootstrap Server in its session by its mode, anything included. */
#pragma once

#include "client/fake_peers.h"

static const char *any_uri(void)
{
        return fake_chance(300) ? "coap://nowhere.example" : fake_servers[fake_below(FAKE_SERVERS)].uri;
}

static const char *any_bootstrap(void)
{
        return fake_bootstraps[fake_below(FAKE_BOOTSTRAPS)].uri;
}

static void add(char *text, size_t size, const char *format, ...) _printf_(3, 4);

static void add(char *text, size_t size, const char *format, ...)
{
        size_t used = strlen(text);
        va_list arguments;

        va_start(arguments, format);
        (void)vsnprintf(text + used, size - used, format, arguments);
        va_end(arguments);
}

static long long any_number(void)
{
        static const long long numbers[] = {0, 1, 2, 60, 3600, 100000, 2147483647, 4294967294, 4294967295};

        return numbers[fake_below(ELEMENTSOF(numbers))];
}

/* PUT of a Server instance, with whatever parks a device. */
static uint8_t write_server(Connection *connection, unsigned instance, const char *extra)
{
        static const unsigned resources[] = {13, 14, 17, 18, 19, 20};
        char path[16], text[512] = "";

        (void)snprintf(path, sizeof(path), "/1/%u", instance);
        add(text, sizeof(text), "%s/0=%u %s/1=%lld", path, 101 + instance, path,
                fake_chance(800) ? 3600 : any_number());
        if (!extra && fake_chance(500))
                for (size_t i = 0; i < ELEMENTSOF(resources); i++)
                        if (fake_chance(250))
                                add(text, sizeof(text), " %s/%u=%lld", path, resources[i], any_number());
        if (extra)
                add(text, sizeof(text), "%s", extra);
        if (!extra && fake_chance(300))
                add(text, sizeof(text), " %s/16=false", path);
        if (!extra && fake_chance(100))
                add(text, sizeof(text), " %s/15=true", path);
        return fake_request(connection, &(Step){PUT, path, FORMAT_TLV, text, 0});
}

static uint8_t write_security(Connection *connection, unsigned instance, const char *uri, bool bootstrap)
{
        char path[16], text[512] = "";

        (void)snprintf(path, sizeof(path), "/0/%u", instance);
        add(text, sizeof(text), "%s/0=%s %s/1=%s %s/2=3", path, uri, path, bootstrap ? "true" : "false",
                path);
        if (!bootstrap)
                add(text, sizeof(text), " %s/10=%u", path, 100 + instance);
        else if (fake_chance(300))
                add(text, sizeof(text), " %s/11=%lld", path, any_number());
        if (bootstrap && fake_chance(300))
                add(text, sizeof(text), " %s/12=%lld", path, any_number());
        return fake_request(connection, &(Step){PUT, path, FORMAT_TLV, text, 0});
}

/* One text value. */
static uint8_t write_value(
        Connection *connection, unsigned object, unsigned instance, unsigned resource, const char *value)
{
        char path[32], text[64];

        (void)snprintf(path, sizeof(path), "/%u/%u/%u", object, instance, resource);
        (void)snprintf(text, sizeof(text), "text:%s", value);
        return fake_request(connection, &(Step){PUT, path, FORMAT_TEXT, text, 0});
}

/* Access Control for whatever, whoever owns it, and links to OSCORE that may lead nowhere. */
static uint8_t write_access(Connection *connection)
{
        static const unsigned targets[][2] = {{1, 0}, {1, 1}, {3, 0}, {1, 65535}, {5, 7}};
        static const unsigned owners[] = {101, 102, 103, 0, 65535};
        const unsigned *target = targets[fake_below(ELEMENTSOF(targets))];
        char path[16], text[256] = "";

        (void)snprintf(path, sizeof(path), "/2/%u", (unsigned)fake_below(3));
        add(text, sizeof(text), "%s/0=%u %s/1=%u", path, target[0], path, target[1]);
        if (fake_chance(950))
                add(text, sizeof(text), " %s/3=%u", path, owners[fake_below(ELEMENTSOF(owners))]);
        if (fake_chance(500))
                add(text, sizeof(text), " %s/2/%u=%u", path,
                        fake_chance(300) ? 0 : 101 + (unsigned)fake_below(3), (unsigned)fake_below(32));
        return fake_request(connection, &(Step){PUT, path, FORMAT_TLV, text, 0});
}

static uint8_t write_oscore(Connection *connection)
{
        char path[16], text[32];

        (void)snprintf(path, sizeof(path), "/0/%u/17", 1 + (unsigned)fake_below(3));
        (void)snprintf(text, sizeof(text), "text:21:%u", (unsigned)fake_below(2));
        (void)fake_request(connection, &(Step){PUT, "/21/0", FORMAT_TLV, "/21/0/0=s", 0});
        return fake_request(connection, &(Step){PUT, path, FORMAT_TEXT, text, 0});
}

static void delete_any(Connection *connection)
{
        static const char *const paths[] = {
                "/", "/", "/0", "/0/0", "/0/1", "/1", "/1/0", "/0/2", "/2", "/2/1", "/21"};

        (void)fake_request(
                connection, &(Step){DELETE, paths[fake_below(ELEMENTSOF(paths))], FORMAT_NONE, NULL, 0});
}

static void provision_anything(Connection *connection)
{
        char number[24];

        (void)snprintf(number, sizeof(number), "%lld", any_number());
        switch (fake_below(15)) {
        case 0:
                delete_any(connection);
                break;
        case 1:
                (void)fake_request(connection, &(Step){GET, "/1", FORMAT_TLV, NULL, 0});
                break;
        case 2: /* our own account, in words that lead nowhere */
                (void)write_value(connection, OBJECT_SECURITY, 0, SECURITY_URI, "coap://nowhere.example");
                break;
        case 3:
                (void)write_security(connection, (unsigned)fake_below(3),
                        fake_chance(500) ? "coap://nowhere.example" : any_bootstrap(), true);
                break;
        case 4:
                (void)write_value(connection, OBJECT_SECURITY, 0,
                        fake_chance(500) ? SECURITY_HOLD_OFF_TIME : SECURITY_ACCOUNT_TIMEOUT, number);
                break;
        case 5:
                (void)write_value(connection, OBJECT_SERVER, (unsigned)fake_below(2),
                        SERVER_BOOTSTRAP_ON_FAILURE, "0");
                break;
        case 6:
                (void)fake_request(connection, &(Step){PUT, "/3/0/99", FORMAT_TEXT, "text:x", 0});
                break;
        case 7:
        case 8:
                (void)write_access(connection);
                break;
        case 9:
                (void)write_oscore(connection);
                break;
        default: {
                unsigned id = 1 + (unsigned)fake_below(3);

                (void)write_security(connection, id, any_uri(), false);
                (void)write_server(connection, id - 1, NULL);
        }
        }
}

static bool finish(Connection *connection)
{
        (void)fake_request(connection, &(Step)FINISH(0));
        return false;
}

/* What cannot work, whatever stands in the store besides. */
static bool give_dead(Connection *connection, bool hands_on)
{
        switch (connection->position++) {
        case 0:
                (void)fake_request(connection, &(Step){DELETE, "/", FORMAT_NONE, NULL, 0});
                return true;
        case 1:
                (void)write_security(connection, 1, "coap://nowhere.example", false);
                return true;
        case 2:
                (void)write_server(connection, 0, NULL);
                return true;
        case 3:
                if (hands_on)
                        (void)write_security(connection, 0, any_bootstrap(), true);
                return true;
        default:
                return finish(connection);
        }
}

static bool give(Connection *connection)
{
        switch (connection->position++) {
        case 0:
                (void)fake_request(connection, &(Step){DELETE, "/", FORMAT_NONE, NULL, 0});
                return true;
        case 1:
                (void)write_security(connection, 1, fake_servers[FAKE_GIVEN].uri, false);
                return true;
        case 2:
                (void)write_server(connection, 0, fake_chance(200) ? " /1/0/14=3600" : "");
                return true;
        default:
                return finish(connection);
        }
}

/* A whole account; the Server Object Instance is the one before. */
static void add_account(char *text, size_t size, unsigned instance, const char *uri)
{
        add(text, size, "/0/%u/0=%s /0/%u/2=3 /0/%u/10=%u /1/%u/0=%u /1/%u/1=3600 ", instance, uri, instance,
                instance, 100 + instance, instance - 1, 100 + instance, instance - 1);
}

static const char *fake_pack(Connection *connection)
{
        static char text[1024];

        text[0] = '\0';
        switch (fake_mode(connection)) {
        case PEER_GIVES:
                add_account(text, sizeof(text), 1, fake_servers[FAKE_GIVEN].uri);
                break;
        case PEER_HANDS_ON:
                add(text, sizeof(text), "/0/0/0=%s /0/0/1=true /0/0/2=3 ", any_bootstrap());
                add_account(text, sizeof(text), 1, "coap://nowhere.example");
                break;
        case PEER_GIVES_DEAD:
                add_account(text, sizeof(text), 1, "coap://nowhere.example");
                break;
        case PEER_DEAD:
        case PEER_UNREACHABLE:
        case PEER_FORBIDS:
        case PEER_UNAVAILABLE:
        case PEER_BUSY:
        case PEER_LIVES:
        case PEER_OTHER_VERSION:
        case PEER_INCOMPLETE:
        case PEER_DROPS:
        case PEER_FORGETS:
        case PEER_SILENT:
        case PEER_READS:
        case PEER_WRITES:
        case PEER_STOPS:
        case PEER_FINISHES:
                /* Anything: accounts, another one of the Bootstrap Server, and parts of none */
                if (fake_chance(300))
                        add(text, sizeof(text), "/0/%u/0=%s /0/%u/1=true /0/%u/2=3 ", 4U, any_bootstrap(),
                                4U, 4U);
                for (unsigned i = 1 + (unsigned)fake_below(2); i <= 3; i++)
                        add_account(text, sizeof(text), i, any_uri());
                if (fake_chance(300))
                        add(text, sizeof(text), "/1/0/16=false ");
                if (fake_chance(200))
                        add(text, sizeof(text), "/1/%u/13=%u /1/%u/14=%lld ", 0U, 1U, 0U, any_number());
        }
        return text;
}

static bool fake_provision(Connection *connection)
{
        switch (fake_mode(connection)) {
        case PEER_READS:
                (void)fake_request(connection, &(Step){GET, "/1", FORMAT_TLV, NULL, 0});
                return true;
        case PEER_WRITES:
        case PEER_STOPS:
                if (connection->position++ < 1 + fake_below(6)) {
                        provision_anything(connection);
                        return true;
                }
                return fake_mode(connection) == PEER_WRITES ? finish(connection) : false;
        case PEER_FINISHES:
                return finish(connection);
        case PEER_GIVES_DEAD:
        case PEER_HANDS_ON:
                return give_dead(connection, fake_mode(connection) == PEER_HANDS_ON);
        case PEER_GIVES:
                return give(connection);
        case PEER_DEAD:
        case PEER_UNREACHABLE:
        case PEER_FORBIDS:
        case PEER_UNAVAILABLE:
        case PEER_BUSY:
        case PEER_LIVES:
        case PEER_OTHER_VERSION:
        case PEER_INCOMPLETE:
        case PEER_DROPS:
        case PEER_FORGETS:
        case PEER_SILENT:
                break;
        }
        return false;
}
