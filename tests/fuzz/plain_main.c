/* SPDX-License-Identifier: Apache-2.0 */
/* Replays inputs without libFuzzer: the files named on the command line, and those in the folders named
 * there. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "util/file.h"

#define INPUT_MAX (16 * 1024 * 1024) /* bytes of one input */

static int replay_file(const char *path)
{
        uint8_t *data, *exact;
        size_t size;
        int r;

        r = file_read(path, INPUT_MAX, &data, &size);
        if (r < 0) {
                (void)fprintf(stderr, "%s: %s\n", path, strerror(-r));
                return r;
        }

        /* Exactly the size, so that the sanitizer sees a read behind it. */
        exact = malloc(size);
        if (!exact && size > 0)
                abort();
        if (size > 0)
                memcpy(exact, data, size);
        free(data);
        (void)LLVMFuzzerTestOneInput(exact, size);
        free(exact);
        return 1;
}

/* Returns the number of files, or a negative errno. */
static int replay(const char *path)
{
        struct dirent **entries;
        struct stat st;
        int n, count = 0;

        if (stat(path, &st) < 0) {
                (void)fprintf(stderr, "%s: %m\n", path);
                return -errno;
        }
        if (!S_ISDIR(st.st_mode))
                return replay_file(path);

        n = scandir(path, &entries, NULL, alphasort);
        if (n < 0)
                return -errno;
        for (int i = 0; i < n; i++) {
                char *child = NULL;

                if (count >= 0 && entries[i]->d_name[0] != '.') {
                        int r;

                        if (asprintf(&child, "%s/%s", path, entries[i]->d_name) < 0)
                                abort();
                        r = replay_file(child);
                        count = r < 0 ? r : count + r;
                        free(child);
                }
                free(entries[i]);
        }
        free(entries);
        return count;
}

int main(int argc, char *argv[])
{
        int count = 0;

        for (int i = 1; i < argc; i++) {
                int r = replay(argv[i]);

                if (r < 0)
                        return EXIT_FAILURE;
                count += r;
        }
        (void)printf("%d inputs\n", count);
        /* A corpus that was not found proves nothing. */
        return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
