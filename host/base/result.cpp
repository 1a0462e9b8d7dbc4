// SPDX-License-Identifier: MIT
#include "base/result.hpp"

#include <cerrno>
#include <system_error>

namespace berth::host {

tl::unexpected<Error> fail_errno(std::string_view what, int error_number) {
    const Code code = error_number == ENOENT                                ? Code::not_found
                      : error_number == EACCES || error_number == EPERM     ? Code::permission
                                                                            : Code::system;
    return fail(code, std::string(what) + ": " + std::generic_category().message(error_number));
}

}  // namespace berth::host
