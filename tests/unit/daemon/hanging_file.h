/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for a driver that hangs: whoever reads a file "hang", by file_read(). */
#pragma once

#include <semaphore.h>
#include <string.h>

#include "util/file.h"

static sem_t hanging;  /* raised when a thread has begun to hang */
static sem_t release;  /* each ends one of them */
static sem_t released; /* raised when one has ended */

static inline void hanging_init(void)
{
        (void)sem_init(&hanging, 0, 0);
        (void)sem_init(&release, 0, 0);
        (void)sem_init(&released, 0, 0);
}

int __real_file_read(const char *path, size_t maximum, uint8_t **ret, size_t *ret_size);
int __wrap_file_read(const char *path, size_t maximum, uint8_t **ret, size_t *ret_size);
int __wrap_file_read(const char *path, size_t maximum, uint8_t **ret, size_t *ret_size)
{
        bool hangs = strcmp(path + strlen(path) - 4, "hang") == 0;
        int r;

        if (hangs) {
                (void)sem_post(&hanging);
                (void)sem_wait(&release);
        }
        r = __real_file_read(path, maximum, ret, ret_size);
        if (hangs)
                (void)sem_post(&released);
        return r;
}

/* Returns when so many threads hang no more. */
static inline void release_hanging(unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                (void)sem_post(&release);
        for (unsigned i = 0; i < n; i++)
                (void)sem_wait(&released);
}
