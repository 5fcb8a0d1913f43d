/* SPDX-License-Identifier: Apache-2.0 */
/* The words of lwm2m-clientd's command line. */
#include <getopt.h>
#include <sysexits.h>

#include "config.h"
#include "daemon/arguments.h"
#include "daemon/config_load.h"
#include "util/log.h"

#define PROGRAM                 "lwm2m-clientd"
#define DEFAULT_CONFIG          SYSCONFDIR "/lwm2m-client/lwm2m-client.yaml"
#define DEFAULT_STATE_DIRECTORY LOCALSTATEDIR "/lib/lwm2m-client"

/* The administrator's before the distribution's. */
static const char *const default_object_directories[] = {
        SYSCONFDIR "/lwm2m-client/objects", DATADIR "/lwm2m-client/objects"};

enum {
        OPTION_CONFIG = 0x100,
        OPTION_STATE_DIRECTORY,
        OPTION_OBJECT_DIRECTORY,
        OPTION_CHECK_CONFIG,
        OPTION_PRINT_ENDPOINT,
        OPTION_NO_BUS,
        OPTION_LOG_LEVEL,
        OPTION_VERSION,
        OPTION_HELP,
};

static const struct option options[] = {
        {"config", required_argument, NULL, OPTION_CONFIG},
        {"state-directory", required_argument, NULL, OPTION_STATE_DIRECTORY},
        {"object-directory", required_argument, NULL, OPTION_OBJECT_DIRECTORY},
        {"check-config", no_argument, NULL, OPTION_CHECK_CONFIG},
        {"print-endpoint", no_argument, NULL, OPTION_PRINT_ENDPOINT},
        {"no-bus", no_argument, NULL, OPTION_NO_BUS},
        {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
        {"version", no_argument, NULL, OPTION_VERSION},
        {"help", no_argument, NULL, OPTION_HELP},
        {0},
};

static void print_help(void)
{
        printf("Usage: " PROGRAM " [OPTION...]\n"
               "LwM2M client of this machine, controlled by D-Bus. See " PROGRAM "(8).\n\n"
               "  --config=FILE          configuration, by default\n"
               "                         %s\n"
               "  --state-directory=DIR  where accounts are kept, by default $STATE_DIRECTORY,\n"
               "                         else %s\n"
               "  --object-directory=DIR\n"
               "                         where definitions of objects are, OBJECT.yaml each;\n"
               "                         may be repeated, the first that has it wins; by default\n"
               "                         %s, then\n"
               "                         %s\n"
               "  --check-config         print what is wrong with the configuration and exit\n"
               "  --print-endpoint       print the Endpoint Client Name and exit\n"
               "  --no-bus               run without D-Bus\n"
               "  --log-level=LEVEL      debug, info, notice, warning, err, crit, alert, emerg,\n"
               "                         by default info\n"
               "  --version              print the version and exit\n"
               "  -h, --help             print this text and exit\n\n"
               "Exit codes: 0 stopped in order, 78 configuration wrong, 1 anything else.\n",
                DEFAULT_CONFIG, DEFAULT_STATE_DIRECTORY, default_object_directories[0],
                default_object_directories[1]);
}

#define refuse(...) (fprintf(stderr, PROGRAM ": " __VA_ARGS__), -EINVAL)

/* Each action stands alone; help and version win, as everywhere. */
static int set_action(Arguments *arguments, ArgumentsAction action)
{
        if (arguments->action == ARGUMENTS_HELP || arguments->action == ARGUMENTS_VERSION)
                return 0;
        if (arguments->action != ARGUMENTS_RUN && arguments->action != action &&
                (action == ARGUMENTS_CHECK_CONFIG || action == ARGUMENTS_PRINT_ENDPOINT))
                return refuse("--check-config and --print-endpoint exclude each other\n");
        arguments->action = action;
        return 0;
}

static int set_state_directory(Arguments *arguments, const char *directory, size_t size)
{
        char *copy = strndup(directory, size);

        if (!copy)
                return -ENOMEM;
        free(arguments->state_directory);
        arguments->state_directory = copy;
        return 0;
}

static int add_object_directory(Arguments *arguments, const char *directory)
{
        int r = object_directories_add(arguments->definitions, directory);

        return r == -E2BIG ? refuse("--object-directory may be given %d times\n", OBJECT_DIRECTORIES_MAX)
                           : r;
}

/* word: the one that getopt_long() stands behind, which a cluster of short options has not left yet. */
static int refuse_option(const char *word)
{
        if (optopt >= OPTION_CONFIG)
                return refuse("%.*s takes no value\n", (int)strcspn(word, "="), word);
        if (optopt > 0)
                return refuse("unknown option -%c, --help lists them\n", optopt);
        return refuse("unknown option %s, --help lists them\n", word);
}

static int take_option(int option, const char *value, const char *word, Arguments *arguments)
{
        switch (option) {
        case OPTION_CONFIG:
                if (!*value)
                        return refuse("--config needs a file\n");
                arguments->config = value;
                return 0;
        case OPTION_STATE_DIRECTORY:
                if (!*value)
                        return refuse("--state-directory needs a directory\n");
                return set_state_directory(arguments, value, strlen(value));
        case OPTION_OBJECT_DIRECTORY:
                if (!*value)
                        return refuse("--object-directory needs a directory\n");
                return add_object_directory(arguments, value);
        case OPTION_CHECK_CONFIG:
                return set_action(arguments, ARGUMENTS_CHECK_CONFIG);
        case OPTION_PRINT_ENDPOINT:
                return set_action(arguments, ARGUMENTS_PRINT_ENDPOINT);
        case OPTION_NO_BUS:
                arguments->no_bus = true;
                return 0;
        case OPTION_LOG_LEVEL:
                arguments->log_level = log_level_from_string(value);
                if (arguments->log_level >= 0)
                        return 0;
                return refuse("--log-level: '%s' is none of debug, info, notice, warning, err, crit, alert, "
                              "emerg\n",
                        value);
        case OPTION_VERSION:
                return set_action(arguments, ARGUMENTS_VERSION);
        case OPTION_HELP:
        case 'h':
                return set_action(arguments, ARGUMENTS_HELP);
        case ':':
                return refuse("%s needs a value\n", word);
        default:
                return refuse_option(word);
        }
}

static int parse(int argc, char *argv[], Arguments *arguments)
{
        int option, r;

        optind = 0; /* glibc: start anew */
        opterr = 0;
        while ((option = getopt_long(argc, argv, "+:h", options, NULL)) >= 0) {
                r = take_option(option, optarg, argv[optind - 1], arguments);
                if (r < 0)
                        return r;
        }
        if (optind < argc)
                return refuse("unexpected word '%s', --help lists the options\n", argv[optind]);
        return 0;
}

static int add_default_object_directories(ObjectDirectories *definitions)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < ELEMENTSOF(default_object_directories); i++)
                r = object_directories_add(definitions, default_object_directories[i]);
        return r;
}

int arguments_parse(int argc, char *argv[], Arguments *ret)
{
        const char *directory = getenv("STATE_DIRECTORY");
        _cleanup_(arguments_done) Arguments arguments = {
                .action = ARGUMENTS_RUN,
                .config = DEFAULT_CONFIG,
                .log_level = LOG_INFO,
        };
        int r;

        if (!directory || !*directory)
                directory = DEFAULT_STATE_DIRECTORY;
        /* systemd separates several by colons; ours is the first. */
        r = set_state_directory(&arguments, directory, strcspn(directory, ":"));
        if (r >= 0)
                r = object_directories_new(&arguments.definitions);
        if (r >= 0)
                r = parse(argc, argv, &arguments);
        if (r >= 0 && object_directories_count(arguments.definitions) == 0)
                r = add_default_object_directories(arguments.definitions);
        if (r < 0)
                return r;
        *ret = arguments;
        arguments = (Arguments){0};
        return 0;
}

void arguments_done(Arguments *arguments)
{
        if (!arguments)
                return;
        free(arguments->state_directory);
        arguments->state_directory = NULL;
        arguments->definitions = object_directories_free(arguments->definitions);
}

/* --check-config and --print-endpoint */
static int act_on_config(const Arguments *arguments)
{
        _cleanup_(config_problems_done) ConfigProblems problems = {0};
        _cleanup_(config_freep) Config *config = NULL;
        int r;

        r = config_load(
                arguments->config, CONFIG_TO_CHECK, NULL, arguments->definitions, &config, &problems);
        config_problems_print(&problems, arguments->config, stderr);
        if (r < 0) {
                fprintf(stderr, PROGRAM ": %s: %s\n", arguments->config, strerror(-r));
                return EXIT_FAILURE;
        }
        if (r > 0)
                return EX_CONFIG;
        if (arguments->action == ARGUMENTS_PRINT_ENDPOINT)
                puts(config->endpoint);
        return EXIT_SUCCESS;
}

int arguments_act(const Arguments *arguments)
{
        int code = EXIT_SUCCESS;

        switch (arguments->action) {
        case ARGUMENTS_CHECK_CONFIG:
        case ARGUMENTS_PRINT_ENDPOINT:
                code = act_on_config(arguments);
                break;
        case ARGUMENTS_HELP:
                print_help();
                break;
        case ARGUMENTS_VERSION:
                puts(PROGRAM " " PROJECT_VERSION);
                break;
        case ARGUMENTS_RUN:
                assert(false);
        }
        if (fflush(stdout) != 0)
                return EXIT_FAILURE;
        return code;
}
