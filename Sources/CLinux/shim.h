#pragma once
#include <spawn.h>
#include <sys/prctl.h>

// Swift cannot call prctl, which takes a variable number of arguments.
static inline int become_child_subreaper(void) {
  return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

// glibc declares its extension only under feature macros that Swift's view of it does not set.
extern int posix_spawn_file_actions_addchdir_np(
    posix_spawn_file_actions_t *restrict actions, const char *restrict folder);
