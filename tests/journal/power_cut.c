/* Keeps, beside each file that is synced, the bytes it had at that moment: what a disk is sure to
   hold after a power cut. Everything that was written and never synced is dropped by the test.
   Loaded before the C library; SHADOW_FROM is the folder that is watched, SHADOW_TO the copy. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* A file that was deleted is gone from the disk once its folder is synced, and not before. */
static void forget(const char *from, const char *to) {
    char gone[PATH_MAX], kept[PATH_MAX];
    struct dirent *entry;
    DIR *folder = opendir(to);
    while (folder && (entry = readdir(folder))) {
        if (entry->d_name[0] == '.') continue;
        snprintf(gone, sizeof gone, "%s/%s", from, entry->d_name);
        snprintf(kept, sizeof kept, "%s/%s", to, entry->d_name);
        if (access(gone, F_OK)) unlink(kept);
    }
    if (folder) closedir(folder);
}

static void keep(int fd) {
    const char *from = getenv("SHADOW_FROM"), *to = getenv("SHADOW_TO");
    char link[64], path[PATH_MAX], part[PATH_MAX + 32], final[PATH_MAX + 32], block[65536];
    struct stat about;
    if (!from || !to || fstat(fd, &about)) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    if (strncmp(path, from, strlen(from))) return;
    if (S_ISDIR(about.st_mode)) forget(from, to);
    if (!S_ISREG(about.st_mode)) return;
    const char *name = strrchr(path, '/') + 1;
    pthread_mutex_lock(&one_at_a_time);
    snprintf(part, sizeof part, "%s/.%s.part", to, name);
    snprintf(final, sizeof final, "%s/%s", to, name);
    int in = open(path, O_RDONLY), out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t got;
    while (in >= 0 && out >= 0 && (got = read(in, block, sizeof block)) > 0)
        if (write(out, block, got) != got) abort();
    close(in);
    close(out);
    rename(part, final);
    pthread_mutex_unlock(&one_at_a_time);
}

int fsync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    int done = real(fd);
    if (!done) keep(fd);
    return done;
}

int fdatasync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int done = real(fd);
    if (!done) keep(fd);
    return done;
}
