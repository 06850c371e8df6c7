/*
 * Loaded before a program (LD_PRELOAD, ld.so(8)): while the file FAIL_WHILE is there, each FAIL_EVERY-th
 * call that writes to a file whose path has FAIL_FILE in it, or makes it last, fails with EIO. Where
 * FAIL_WHILE says `full /base/` or `dead /base/`, that is the path, and a full disk fails writes alone,
 * with ENOSPC.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls;

/* The error that a call on this file fails with; 0 where it does not. */
static int fails(int fd, int writes) {
  const char *flag = getenv("FAIL_WHILE"), *every = getenv("FAIL_EVERY"), *file = getenv("FAIL_FILE");
  if (!flag || !every || !file) return 0;
  int opened = open(flag, O_RDONLY | O_CLOEXEC);
  if (opened < 0) return 0;
  char told[64];
  ssize_t length = read(opened, told, sizeof told - 1);
  close(opened);
  told[length < 0 ? 0 : length] = 0;
  int full = strncmp(told, "full ", 5) == 0;
  if (length > 5) file = told + 5;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  if (!strstr(path, file) || (full && !writes)) return 0;
  return __sync_add_and_fetch(&calls, 1) % atol(every) == 0 ? (full ? ENOSPC : EIO) : 0;
}

#define FAILING(result, name, writes, taken, given)         \
  result name taken {                                       \
    static result(*real) taken;                             \
    if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name);   \
    int error = fails(fd, writes);                          \
    if (error) return errno = error, -1;                    \
    return real given;                                      \
  }

FAILING(ssize_t, write, 1, (int fd, const void *bytes, size_t count), (fd, bytes, count))
FAILING(ssize_t, pwrite, 1, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at))
FAILING(ssize_t, pwrite64, 1, (int fd, const void *bytes, size_t count, off64_t at), (fd, bytes, count, at))
FAILING(ssize_t, pwritev, 1, (int fd, const struct iovec *all, int count, off_t at), (fd, all, count, at))
FAILING(ssize_t, pwritev64, 1, (int fd, const struct iovec *all, int count, off64_t at), (fd, all, count, at))
FAILING(int, fdatasync, 0, (int fd), (fd))
FAILING(int, fsync, 0, (int fd), (fd))
FAILING(int, ftruncate64, 1, (int fd, off64_t length), (fd, length))
