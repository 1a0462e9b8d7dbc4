// SPDX-License-Identifier: MIT
/// Where a verb reads and writes: data on standard output, words on standard error.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "control/client.hpp"

namespace berth::host::cli {

/// The exit codes of ECOSYSTEM §6 that are not replies of the host.
enum ExitCode : int {
    exit_done = 0,
    exit_failed = 1,
    exit_usage = 2,
    exit_not_found = 3,
    exit_partial = 4,
    exit_warnings = 5,  ///< `check --strict`
    exit_no_input = 66,
    exit_unavailable = 69,
    exit_permission = 77,
    exit_configuration = 78,
};

/// Streams and manners of one run. Tests bring their own streams.
class Terminal {
public:
    struct Manners {
        bool json = false;      ///< data as JSON
        bool quiet = false;     ///< no words but errors
        bool colour = false;    ///< of standard output
        std::size_t width = 0;  ///< columns of standard output; 0: no terminal, no limit
        std::size_t height = 0;     ///< its lines; 0: no limit
        bool redraws = false;       ///< it is a terminal that can be drawn on again and again
        bool can_ask = false;       ///< somebody sits there: standard input and error are a terminal
        bool has_progress = false;  ///< standard error is a terminal where a line can be taken back
    };

    Terminal(std::istream& in, std::ostream& out, std::ostream& err, Manners manners)
        : in_(in), out_(out), err_(err), manners_(manners) {}
    /// The process's own streams.
    static Terminal standard(bool json, bool quiet);

    [[nodiscard]] std::ostream& out() { return out_; }
    [[nodiscard]] std::ostream& err() { return err_; }
    [[nodiscard]] std::istream& in() { return in_; }
    [[nodiscard]] const Manners& manners() const { return manners_; }
    /// Looks at the size of the process's own terminal again; without one it stays. Not while a Progress lives.
    void measure();

    /// One JSON document: indented for a terminal, a line for a pipe.
    void put(const nlohmann::json& data);
    /// "berth: words", unless quiet.
    void say(std::string_view words);
    /// "berth: words" on standard error, always; answers the code, for `return terminal.fail(...)`.
    int fail(int code, std::string_view words);
    int fail(const control::Failure& failure) {
        return fail(static_cast<int>(failure.code), failure.sentence);
    }
    int fail(const Error& error) {
        return fail(static_cast<int>(control::reply_code_of(error.code)), error.message);
    }
    /// Asks on the terminal; false where nobody can answer.
    bool ask(std::string_view question);

private:
    std::istream& in_;
    std::ostream& out_;
    std::ostream& err_;
    Manners manners_;
    bool is_on_terminal_ = false;  ///< standard output is the process's own, and a terminal
};

}  // namespace berth::host::cli
