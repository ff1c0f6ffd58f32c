/* Lets one call to the disk fail: the n-th from now, among those that touch files under a folder.
   It fails before it took effect, after it, or (a write) when half of it was done. Loaded before
   the C library; the program under test arms it through the functions at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { BEFORE, AFTER, HALF };
static char folder[PATH_MAX], failed[64];
static int deadly, when, error_number;
static atomic_int seen;

static int is_under(const char *path) {
    size_t length = strlen(folder);
    return length && !strncmp(path, folder, length);
}

static int file_is_under(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_under(path);
}

static int name_is_under(int fd, const char *name) {
    return name[0] == '/' ? is_under(name) : fd != AT_FDCWD && file_is_under(fd);
}

/* Whether this call, which touches our files, is the one that fails. */
static int is_it(const char *name) {
    if (atomic_fetch_add(&seen, 1) + 1 != deadly) return 0;
    snprintf(failed, sizeof failed, "%s", name);
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define CALL(ours, name, ...)                                       \
    do {                                                            \
        if (!deadly || !(ours) || !is_it(#name)) return REAL(name)(__VA_ARGS__); \
        if (when == AFTER && REAL(name)(__VA_ARGS__) < 0) return -1; \
        errno = error_number;                                       \
        return -1;                                                  \
    } while (0)
#define WRITE(name, ...)                                            \
    do {                                                            \
        if (!deadly || !file_is_under(fd) || !is_it(#name))         \
            return REAL(name)(fd, data, size, ##__VA_ARGS__);       \
        size_t part = when == AFTER ? size : when == HALF ? size / 2 : 0; \
        if (part && REAL(name)(fd, data, part, ##__VA_ARGS__) < 0) return -1; \
        errno = error_number;                                       \
        return -1;                                                  \
    } while (0)

ssize_t write(int fd, const void *data, size_t size) { WRITE(write); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { WRITE(pwrite, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { WRITE(pwrite64, at); }

/* A read that fails does so for a bad sector; a disk that is full can still be read. */
ssize_t read(int fd, void *data, size_t size) {
    CALL(error_number == EIO && file_is_under(fd), read, fd, data, size);
}
ssize_t pread(int fd, void *data, size_t size, off_t at) {
    CALL(error_number == EIO && file_is_under(fd), pread, fd, data, size, at);
}
ssize_t pread64(int fd, void *data, size_t size, off64_t at) {
    CALL(error_number == EIO && file_is_under(fd), pread64, fd, data, size, at);
}

int fsync(int fd) { CALL(file_is_under(fd), fsync, fd); }
int fdatasync(int fd) { CALL(file_is_under(fd), fdatasync, fd); }
int ftruncate(int fd, off_t size) { CALL(file_is_under(fd), ftruncate, fd, size); }
int ftruncate64(int fd, off64_t size) { CALL(file_is_under(fd), ftruncate64, fd, size); }

int rename(const char *from, const char *to) {
    CALL(name_is_under(AT_FDCWD, to), rename, from, to);
}
int renameat(int from_fd, const char *from, int to_fd, const char *to) {
    CALL(name_is_under(to_fd, to), renameat, from_fd, from, to_fd, to);
}
int link(const char *from, const char *to) { CALL(name_is_under(AT_FDCWD, to), link, from, to); }
int unlink(const char *name) { CALL(name_is_under(AT_FDCWD, name), unlink, name); }
int unlinkat(int fd, const char *name, int flags) {
    CALL(name_is_under(fd, name), unlinkat, fd, name, flags);
}

/* The `call`-th call from now on fails with `error`. */
void disk_fails(const char *under, int call, int moment, int error) {
    snprintf(folder, sizeof folder, "%s", under);
    failed[0] = 0;
    atomic_store(&seen, 0);
    when = moment, error_number = error, deadly = call;
}

void disk_is_well(void) { deadly = 0; }

/* What failed since it was armed; empty when nothing did. */
const char *disk_failed(void) { return failed; }
