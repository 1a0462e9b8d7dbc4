// SPDX-License-Identifier: MIT
/// Expected failures as values: `Result<T>` carries a T or an `Error` with a sentence.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace berth::host {

/// Why something failed, for whoever must act on it (exit codes, HTTP statuses).
enum class Code {
    failed,         ///< no better name
    invalid,        ///< bad input: configuration, argument, library
    not_found,      ///< no such client, project, file
    unavailable,    ///< not now: host not running, draining, blocked
    permission,     ///< not allowed
    system,         ///< a system call failed
    timed_out,      ///< a bounded wait ended
};

/// A failure and its sentence: lower case, no full stop, so that each layer can prefix what it knows.
struct Error {
    Code code = Code::failed;
    std::string message;
};

template <class T>
using Result = tl::expected<T, Error>;

/// An `Error` to return from a function that answers a Result.
inline tl::unexpected<Error> fail(Code code, std::string message) {
    return tl::unexpected<Error>(Error{code, std::move(message)});
}

/// Passes an error on with a prefix: "project chat: " + what it said.
inline tl::unexpected<Error> fail(std::string_view prefix, Error error) {
    error.message.insert(0, prefix);
    return tl::unexpected<Error>(std::move(error));
}

/// An error from errno: "open /x: No such file or directory".
tl::unexpected<Error> fail_errno(std::string_view what, int error_number);

}  // namespace berth::host

/// Returns the error of a Result<void>-like expression to the caller, adding nothing.
#define BERTH_TRY(expression)                                                        \
    do {                                                                             \
        if (auto berth_try_result_ = (expression); !berth_try_result_) {             \
            return tl::unexpected<::berth::host::Error>(std::move(berth_try_result_).error()); \
        }                                                                            \
    } while (false)
