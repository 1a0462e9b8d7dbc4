// SPDX-License-Identifier: MIT
#include "log/ring.hpp"

#include <algorithm>
#include <utility>

namespace berth::host::log {
namespace {

std::size_t size_of(const Record& record) {
    std::size_t bytes =
        sizeof(Record) + record.message.size() + record.project.size() + record.process.size();
    for (const auto& field : record.fields) bytes += sizeof(field) + field.key.size() + field.value.size();
    return bytes;
}

}  // namespace

bool Ring::Filter::accepts(const Record& record) const {
    return (project.empty() || record.project == project) && record.level >= level &&
           (!since_ms || record.time_ms >= *since_ms);
}

void Ring::push(const Record& record) {
    records_.push_back(record);
    bytes_ += size_of(record);
    while (records_.size() > records_max_ || (bytes_ > bytes_max_ && records_.size() > 1)) {
        bytes_ -= size_of(records_.front());
        records_.pop_front();
    }
    // A reader may forget itself or others, so each is looked up again before it is called.
    std::vector<ReaderId> ids;
    for (const auto& [id, entry] : readers_) {
        if (entry.first.accepts(record)) ids.push_back(id);
    }
    for (const ReaderId id : ids) {
        const auto found = readers_.find(id);
        if (found == readers_.end()) continue;
        const Reader reader = found->second.second;
        reader(record);
    }
}

std::vector<Record> Ring::last(const Filter& filter, std::size_t most) const {
    std::vector<Record> found;
    for (auto record = records_.rbegin(); record != records_.rend() && found.size() < most; ++record) {
        if (filter.accepts(*record)) found.push_back(*record);
    }
    std::reverse(found.begin(), found.end());
    return found;
}

Ring::ReaderId Ring::follow(Filter filter, Reader reader) {
    const ReaderId id = next_reader_++;
    readers_.emplace(id, std::pair(std::move(filter), std::move(reader)));
    return id;
}

}  // namespace berth::host::log
