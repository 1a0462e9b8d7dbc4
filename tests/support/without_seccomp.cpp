// SPDX-License-Identifier: MIT
// without_seccomp PROGRAM ARGUMENT...: executes it where the kernel lets nobody filter system calls any more, as inside some
// containers.
#include <seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>

int main(int count, char** words) {
    if (count < 2) return 2;
    const scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    const scmp_arg_cmp set_filter{.arg = 0, .op = SCMP_CMP_EQ, .datum_a = PR_SET_SECCOMP, .datum_b = 0};
    const bool is_made = filter != nullptr && seccomp_rule_add(filter, SCMP_ACT_ERRNO(1), SCMP_SYS(seccomp), 0) == 0 &&
                         seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(1), SCMP_SYS(prctl), 1, &set_filter) == 0 &&
                         seccomp_load(filter) == 0;
    if (!is_made) {
        std::fputs("without_seccomp: the filter cannot be loaded\n", stderr);
        return 3;
    }
    ::execv(words[1], words + 1);
    std::perror(words[1]);
    return 127;
}
