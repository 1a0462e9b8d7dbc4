// SPDX-License-Identifier: MIT
/// Says what is waited for, when that takes more than a moment.
#pragma once

#include <chrono>
#include <condition_variable>
#include <string>
#include <thread>

#include "base/mutex.hpp"
#include "cli/terminal.hpp"

namespace berth::host::cli {

/// After `patience` a line on standard error, "berth: stopping chat, 3 s", renewed every second and taken back at
/// the end of the scope. Only where `Manners::has_progress`. While it lives nothing else may be written to standard
/// error; it has a thread of its own for that.
class Progress {
public:
    static constexpr std::chrono::milliseconds usual_patience{1000};

    Progress(Terminal& terminal, std::string words, std::chrono::milliseconds patience = usual_patience);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// What is waited for from now on; shown with the next second. [any thread]
    void says(std::string words) BERTH_EXCLUDES(mutex_);

private:
    void run(std::chrono::milliseconds patience) BERTH_EXCLUDES(mutex_);

    Terminal& terminal_;
    Mutex mutex_;
    std::string words_ BERTH_GUARDED_BY(mutex_);
    std::condition_variable_any changed_;
    bool is_over_ BERTH_GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace berth::host::cli
