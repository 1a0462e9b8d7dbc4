// SPDX-License-Identifier: MIT
/// Which event each executor of a worker is running, in shared memory that outlives the worker.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/client_id.hpp"
#include "base/executors.hpp"
#include "base/result.hpp"
#include "base/unique_fd.hpp"
#include "link/crash_stack.hpp"

namespace berth::host::link {

/// What an executor runs.
enum class SlotEvent : std::uint32_t {
    none = 0, load, context_create, context_destroy, global_service, connection, message, disconnection, stop,
    procedure, unload, resumed, save, lost
};

[[nodiscard]] const char* name_of(SlotEvent event);

/// One cache line per executor. Written by the executor's thread before and after each event; read from
/// other processes.
struct alignas(64) Slot {
    std::atomic<std::uint32_t> event{0};  ///< SlotEvent
    std::atomic<std::uint32_t> signal{0};  ///< set by the signal handler of the thread that crashed
    std::atomic<std::uint64_t> client{0};
    std::atomic<std::uint64_t> seq{0};
    std::atomic<std::int64_t> started_ns{0};  ///< monotonic clock
    std::atomic<std::int32_t> thread{0};      ///< kernel thread id
    /// Not 0: the project's code runs; 0: only what the host does for the event before and after.
    std::atomic<std::uint32_t> in_project{0};
};
static_assert(sizeof(Slot) == 64);

/// A table of slots in a memfd, and behind it the place for one crash. The creator passes the descriptor on; both map the same memory.
class SlotTable {
public:
    /// The global service's, those of the pool, and one on each of the gateway's I/O threads for handlers that run inline.
    static constexpr std::size_t slots = 1 + executors_max + io_threads_max;

    static Result<SlotTable> create();
    /// Maps the table behind a descriptor; refuses one of another size.
    static Result<SlotTable> open(UniqueFd fd);

    SlotTable(SlotTable&& other) noexcept;
    SlotTable& operator=(SlotTable&&) = delete;
    ~SlotTable();

    [[nodiscard]] Slot& at(std::size_t index) { return slots_[index]; }
    [[nodiscard]] const Slot& at(std::size_t index) const { return slots_[index]; }
    [[nodiscard]] CrashStack& crash_stack() { return *crash_stack_; }
    [[nodiscard]] const CrashStack& crash_stack() const { return *crash_stack_; }
    [[nodiscard]] int fd() const { return fd_.get(); }

    /// A slot that was not idle.
    struct Running {
        std::size_t slot;
        SlotEvent event;
        ClientId client;
        std::uint64_t seq;
        std::int64_t started_ns;
        std::uint32_t signal;  ///< not 0: the culprit
        std::int32_t thread;
        bool in_project;  ///< its handler had not returned
    };
    /// A snapshot of all slots that are not idle; culprits first.
    [[nodiscard]] std::vector<Running> running() const;

private:
    SlotTable(UniqueFd fd, Slot* memory);

    UniqueFd fd_;
    Slot* slots_ = nullptr;
    CrashStack* crash_stack_ = nullptr;  ///< behind the slots
};

}  // namespace berth::host::link
