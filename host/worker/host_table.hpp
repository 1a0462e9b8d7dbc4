// SPDX-License-Identifier: MIT
/// The only file that a project calls: validates, copies, queues, returns; never calls back.
#pragma once

#include <berth/berth.h>

#include <atomic>
#include <cstdint>
#include <string_view>

namespace berth::host::worker {

struct Runtime;
struct Call;

/// The table that a generation of a project gets. Its functions are [any thread]; inside a call into the
/// project what they ask for is held with the call, on other threads it goes out at once.
class HostTable {
public:
    explicit HostTable(Runtime& runtime);

    [[nodiscard]] const berth_host* table() const { return &table_; }
    static Runtime& runtime_of(const berth_host* host);

    /// Tells the author, in the log and at most once a second, what was wrong with a call.
    void misused(const Call* call, std::string_view function, std::string_view sentence);

private:
    Runtime& runtime_;
    berth_host table_;
    std::atomic<std::int64_t> last_misuse_ns_{0};
    std::atomic<std::uint64_t> misuses_untold_{0};
};

}  // namespace berth::host::worker
