// SPDX-License-Identifier: MIT
#include "link/slot_table.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace berth::host::link {
namespace {

constexpr std::size_t table_bytes = SlotTable::slots * sizeof(Slot) + sizeof(CrashStack);

Result<Slot*> map(int fd) {
    void* memory = ::mmap(nullptr, table_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) return fail_errno("map the slot table", errno);
    // The kernel hands out zeroed memory, which is what an idle Slot and an empty CrashStack are.
    return static_cast<Slot*>(memory);
}

}  // namespace

const char* name_of(SlotEvent event) {
    switch (event) {
        case SlotEvent::none: return "none";
        case SlotEvent::load: return "load";
        case SlotEvent::context_create: return "context_create";
        case SlotEvent::context_destroy: return "context_destroy";
        case SlotEvent::global_service: return "global_service";
        case SlotEvent::connection: return "connection";
        case SlotEvent::message: return "message";
        case SlotEvent::disconnection: return "disconnection";
        case SlotEvent::stop: return "stop";
        case SlotEvent::procedure: return "procedure";
        case SlotEvent::unload: return "unload";
        case SlotEvent::resumed: return "resumed";
        case SlotEvent::save: return "save";
        case SlotEvent::lost: return "lost";
    }
    return "unknown";
}

Result<SlotTable> SlotTable::create() {
    UniqueFd fd(::memfd_create("berth-slots", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd) return fail_errno("create the slot table", errno);
    if (::ftruncate(fd.get(), table_bytes) != 0) return fail_errno("size the slot table", errno);
    // A worker that shrank the file would make its readers fault.
    if (::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
        return fail_errno("seal the slot table", errno);
    }
    return open(std::move(fd));
}

Result<SlotTable> SlotTable::open(UniqueFd fd) {
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) return fail_errno("look at the slot table", errno);
    if (static_cast<std::size_t>(status.st_size) != table_bytes) {
        return fail(Code::invalid, "the slot table has " + std::to_string(status.st_size) + " bytes instead of " +
                                       std::to_string(table_bytes));
    }
    auto memory = map(fd.get());
    if (!memory) return tl::unexpected<Error>(std::move(memory).error());
    return SlotTable(std::move(fd), *memory);
}

SlotTable::SlotTable(UniqueFd fd, Slot* memory)
    : fd_(std::move(fd)), slots_(memory), crash_stack_(static_cast<CrashStack*>(static_cast<void*>(memory + slots))) {}

SlotTable::SlotTable(SlotTable&& other) noexcept
    : fd_(std::move(other.fd_)),
      slots_(std::exchange(other.slots_, nullptr)),
      crash_stack_(std::exchange(other.crash_stack_, nullptr)) {}

SlotTable::~SlotTable() {
    if (slots_) ::munmap(slots_, table_bytes);
}

std::vector<SlotTable::Running> SlotTable::running() const {
    std::vector<Running> found;
    for (std::size_t i = 0; i < slots; ++i) {
        const Slot& slot = slots_[i];
        const auto event = slot.event.load(std::memory_order_acquire);
        if (event == 0) continue;
        found.push_back({i, static_cast<SlotEvent>(event), ClientId{slot.client.load(std::memory_order_relaxed)},
                         slot.seq.load(std::memory_order_relaxed), slot.started_ns.load(std::memory_order_relaxed),
                         slot.signal.load(std::memory_order_relaxed), slot.thread.load(std::memory_order_relaxed),
                         slot.in_project.load(std::memory_order_relaxed) != 0});
    }
    std::stable_partition(found.begin(), found.end(), [](const Running& r) { return r.signal != 0; });
    return found;
}

}  // namespace berth::host::link
