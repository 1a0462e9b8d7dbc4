// SPDX-License-Identifier: MIT
#include "testing/witness.hpp"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include "base/log.hpp"

namespace berth::host::testing {
namespace {

thread_local LogReader* reader_of_thread = nullptr;

struct Readers {
    std::mutex mutex;
    std::map<std::uint64_t, LogReader*> by_generation;  ///< guarded by the mutex
};

/// Never destroyed: threads of projects may log until the very end.
Readers& readers() {
    static auto& all = *new Readers;
    return all;
}

void route(const log::Line& line) {
    TestLogLine told{static_cast<Level>(line.level), std::string(line.message), {}, {}, {}};
    std::uint64_t generation = 0;
    for (const log::Field& field : line.fields) {
        const auto number = [&] { return std::strtoull(field.value.c_str(), nullptr, 10); };
        if (field.key == "generation") generation = number();
        if (field.key == "client") told.client = berth::ClientId{number()};
        if (field.key == "event") told.event = field.value;
        if (field.key == "error") told.error = field.value;
    }
    Readers& all = readers();
    const std::lock_guard lock(all.mutex);
    const auto found = all.by_generation.find(generation);
    LogReader* reader = found == all.by_generation.end() ? reader_of_thread : found->second;
    if (reader != nullptr) reader->read(std::move(told));
}

}  // namespace

std::uint64_t next_generation(LogReader& reader) {
    static std::atomic<std::uint64_t> last{0};
    static std::once_flag once;
    std::call_once(once, [] {
        log::set_level(log::Level::debug);
        log::set_sink(route);
    });
    const std::uint64_t generation = ++last;
    Readers& all = readers();
    const std::lock_guard lock(all.mutex);
    all.by_generation.emplace(generation, &reader);
    return generation;
}

void forget(std::uint64_t generation) {
    Readers& all = readers();
    const std::lock_guard lock(all.mutex);
    all.by_generation.erase(generation);
}

ReaderOfThread::ReaderOfThread(LogReader& reader) : outer_(reader_of_thread) { reader_of_thread = &reader; }
ReaderOfThread::~ReaderOfThread() { reader_of_thread = outer_; }

TestEvent event_of(link::SlotEvent event) {
    switch (event) {
        case link::SlotEvent::context_create: return TestEvent::create;
        case link::SlotEvent::context_destroy: return TestEvent::destroy;
        case link::SlotEvent::global_service: return TestEvent::global_service;
        case link::SlotEvent::connection: return TestEvent::connection;
        case link::SlotEvent::message: return TestEvent::message;
        case link::SlotEvent::disconnection: return TestEvent::disconnection;
        case link::SlotEvent::stop: return TestEvent::stop;
        case link::SlotEvent::procedure: return TestEvent::procedure;
        case link::SlotEvent::unload: return TestEvent::unload;
        case link::SlotEvent::resumed: return TestEvent::resumed;
        case link::SlotEvent::save: return TestEvent::save;
        case link::SlotEvent::lost: return TestEvent::lost;
        case link::SlotEvent::none:
        case link::SlotEvent::load: break;
    }
    return TestEvent::load;
}

TestValue test_value(const worker::Value& value) {
    switch (value.type) {
        case BERTH_BOOLEAN: return value.integer != 0;
        case BERTH_INTEGER: return value.integer;
        case BERTH_REAL: return value.real;
        case BERTH_TEXT: return value.bytes;
        case BERTH_CLIENT: {
            berth_client_id id = 0;
            std::memcpy(&id, &value.integer, sizeof(id));
            return berth::ClientId{id};
        }
        case BERTH_BUFFER: {
            const Buffer bytes = buffer(value.bytes);
            return std::vector<std::byte>(bytes.begin(), bytes.end());
        }
        default: return std::monostate{};
    }
}

worker::Value worker_value(const TestValue& from) {
    worker::Value value;
    if (const auto* boolean = std::get_if<bool>(&from)) {
        value.type = BERTH_BOOLEAN;
        value.integer = *boolean ? 1 : 0;
    } else if (const auto* integer = std::get_if<std::int64_t>(&from)) {
        value.type = BERTH_INTEGER;
        value.integer = *integer;
    } else if (const auto* real = std::get_if<double>(&from)) {
        value.type = BERTH_REAL;
        value.real = *real;
    } else if (const auto* text = std::get_if<std::string>(&from)) {
        value.type = BERTH_TEXT;
        value.bytes = *text;
    } else if (const auto* bytes = std::get_if<std::vector<std::byte>>(&from)) {
        value.type = BERTH_BUFFER;
        value.bytes.assign(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    } else if (const auto* client = std::get_if<berth::ClientId>(&from)) {
        value.type = BERTH_CLIENT;
        std::memcpy(&value.integer, client, sizeof(value.integer));
    }
    return value;
}

worker::Setting setting(const std::string& key, const TestValue& value) {
    if (const auto* boolean = std::get_if<bool>(&value)) return {key, *boolean};
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return {key, *integer};
    if (const auto* real = std::get_if<double>(&value)) return {key, *real};
    if (const auto* text = std::get_if<std::string>(&value)) return {key, *text};
    throw berth::Error(Status::invalid, "setting " + key + ": boolean, integer, real or text");
}

}  // namespace berth::host::testing
