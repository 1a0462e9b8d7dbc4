// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <ostream>

#include "cli/format.hpp"
#include "cli/table.hpp"

namespace berth::host::cli {
namespace {

using namespace std::chrono_literals;

/// Back to the first column, the rest of the line erased (ECMA-48: EL).
constexpr std::string_view take_back = "\r\x1b[K";

}  // namespace

Progress::Progress(Terminal& terminal, std::string words, std::chrono::milliseconds patience)
    : terminal_(terminal), words_(std::move(words)) {
    if (terminal_.manners().has_progress) thread_ = std::thread([this, patience] { run(patience); });
}

Progress::~Progress() {
    if (!thread_.joinable()) return;
    {
        const MutexLock lock(mutex_);
        is_over_ = true;
    }
    changed_.notify_one();
    thread_.join();
}

void Progress::says(std::string words) {
    const MutexLock lock(mutex_);
    words_ = std::move(words);
}

void Progress::run(std::chrono::milliseconds patience) {
    const auto begun = std::chrono::steady_clock::now();
    auto next = begun + patience;
    bool is_shown = false;
    mutex_.lock();
    while (true) {
        while (!is_over_ && std::chrono::steady_clock::now() < next) changed_.wait_until(mutex_, next);
        if (is_over_) break;
        const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(next - begun);
        const std::string line = "berth: " + words_ + ", " + duration_text(passed);
        const std::size_t width = terminal_.manners().width;
        terminal_.err() << take_back << (width > 1 ? fitted(line, width - 1) : line) << std::flush;
        is_shown = true;
        next += 1s;
    }
    mutex_.unlock();
    if (is_shown) terminal_.err() << take_back << std::flush;
}

}  // namespace berth::host::cli
