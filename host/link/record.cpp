// SPDX-License-Identifier: MIT
#include "link/record.hpp"

#include <algorithm>
#include <cstring>
#include <functional>

#include "base/assert.hpp"

namespace berth::host::link {
namespace {

/// Ids in one `send_many`: beside the largest message they fit a record.
constexpr std::size_t record_ids_max = 1u << 16;

/// Writes one record into a buffer: header first, its size set when it ends.
class Writer {
public:
    Writer(std::string& buffer, RecordType type, ClientId client, std::uint64_t number, std::uint8_t kind = 0)
        : buffer_(buffer), start_(buffer.size()) {
        RecordHeader header;
        header.type = static_cast<std::uint16_t>(type);
        header.kind = kind;
        header.client = value_of(client);
        header.number = number;
        buffer_.append(reinterpret_cast<const char*>(&header), sizeof header);
    }
    ~Writer() {
        const auto size = static_cast<std::uint32_t>(buffer_.size() - start_);
        std::memcpy(buffer_.data() + start_, &size, sizeof size);
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void rest(std::string_view bytes) { buffer_.append(bytes); }
    void u32(std::size_t value) {
        const auto v = static_cast<std::uint32_t>(value);
        buffer_.append(reinterpret_cast<const char*>(&v), sizeof v);
    }
    void u64(std::uint64_t v) { buffer_.append(reinterpret_cast<const char*>(&v), sizeof v); }
    void text(std::string_view bytes) {
        u32(bytes.size());
        buffer_.append(bytes);
    }

private:
    std::string& buffer_;
    std::size_t start_;
};

/// Reads fields of one record; once a field does not fit, everything after is empty and `ok` is false.
class Reader {
public:
    explicit Reader(std::string_view bytes) : bytes_(bytes) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return ok_ && bytes_.empty(); }
    std::string_view take(std::size_t n) {
        if (n > bytes_.size()) {
            ok_ = false;
            bytes_ = {};
            return {};
        }
        const auto taken = bytes_.substr(0, n);
        bytes_.remove_prefix(n);
        return taken;
    }
    template <class T>
    T number() {
        T value{};
        const auto raw = take(sizeof value);
        if (ok_) std::memcpy(&value, raw.data(), sizeof value);
        return value;
    }
    std::string_view text() { return take(number<std::uint32_t>()); }
    /// A count of elements that each take at least `least` bytes: a lie is refused before memory is reserved.
    std::size_t count(std::size_t least) {
        const std::size_t n = number<std::uint32_t>();
        if (n * least > bytes_.size()) ok_ = false;
        return ok_ ? n : 0;
    }
    std::string_view rest() { return std::exchange(bytes_, {}); }

private:
    std::string_view bytes_;
    bool ok_ = true;
};

bool is_kind(std::uint8_t kind) { return kind == 1 || kind == 2; }
bool is_cause(std::uint8_t cause) { return cause >= 1 && cause <= 8; }

tl::unexpected<Error> broken(const RecordHeader& header, const char* what) {
    return fail(Code::invalid, "link record of type " + std::to_string(header.type) + " and " +
                                   std::to_string(header.size) + " bytes: " + what);
}

/// Walks the whole records of a buffer while `goes_on()`: `one(header, body)` answers null or what is wrong.
template <class One, class GoesOn>
Result<std::size_t> decode_records(std::string_view bytes, One&& one, GoesOn&& goes_on) {
    std::size_t used = 0;
    while (bytes.size() - used >= sizeof(RecordHeader) && goes_on()) {
        RecordHeader header;
        std::memcpy(&header, bytes.data() + used, sizeof header);
        if (header.size < sizeof header || header.size > record_bytes_max) return broken(header, "size out of range");
        if (bytes.size() - used < header.size) break;
        const auto body = bytes.substr(used + sizeof header, header.size - sizeof header);
        if (const char* wrong = one(header, body)) return broken(header, wrong);
        used += header.size;
    }
    return used;
}

/// The facts of an opening; whether they fit is what the reader says then.
Opening read_opening(ClientId client, Reader& reader) {
    Opening o;
    o.client = client;
    o.connected_at_ms = reader.number<std::int64_t>();
    o.port = static_cast<std::uint16_t>(reader.number<std::uint32_t>());
    for (std::string_view* field : {&o.address, &o.path, &o.query, &o.origin, &o.tls_version, &o.tls_cipher,
                                    &o.tls_subject, &o.user}) {
        *field = reader.text();
    }
    o.subprotocols.resize(reader.count(4));
    for (auto& name : o.subprotocols) name = reader.text();
    o.headers.resize(reader.count(8));
    for (auto& [name, value] : o.headers) {
        name = reader.text();
        value = reader.text();
    }
    return o;
}

const char* decode_opening(ClientId client, Reader reader, EventSink& sink) {
    const Opening opening = read_opening(client, reader);
    if (!reader.at_end()) return "fields do not match its size";
    sink.opening(opening);
    return nullptr;
}

constexpr std::uint8_t interrupted_flag = 1, state_flag = 2;

const char* decode_resumed(const RecordHeader& header, Reader reader, EventSink& sink) {
    if ((header.kind & ~(interrupted_flag | state_flag)) != 0) return "unknown flags";
    const Opening opening = read_opening(ClientId{header.client}, reader);
    Resumption resumption;
    resumption.backlog = header.number;
    resumption.is_interrupted = (header.kind & interrupted_flag) != 0;
    resumption.subprotocol = reader.text();
    const auto state = reader.text();
    if ((header.kind & state_flag) != 0) resumption.state = state;
    if (!reader.at_end() || (!resumption.state && !state.empty())) return "fields do not match its size";
    sink.resumed(opening, resumption);
    return nullptr;
}

void write_opening(Writer& w, const Opening& o) {
    w.u64(static_cast<std::uint64_t>(o.connected_at_ms));
    w.u32(o.port);
    for (const auto field : {o.address, o.path, o.query, o.origin, o.tls_version, o.tls_cipher, o.tls_subject, o.user}) {
        w.text(field);
    }
    w.u32(o.subprotocols.size());
    for (const auto name : o.subprotocols) w.text(name);
    w.u32(o.headers.size());
    for (const auto& [name, value] : o.headers) {
        w.text(name);
        w.text(value);
    }
}

const char* decode_send_many(const RecordHeader& header, Reader reader, ActionSink& sink) {
    if (!is_kind(header.kind)) return "unknown kind of message";
    const std::size_t count = reader.count(sizeof(std::uint64_t));
    const auto raw = reader.take(count * sizeof(std::uint64_t));
    if (!reader.ok()) return "ids do not match its size";
    if (count > record_ids_max) return "more ids than a record has";
    std::vector<ClientId> clients(count);
    if (count != 0) std::memcpy(clients.data(), raw.data(), raw.size());
    // Who repeats one would have a message multiplied by a few bytes each.
    if (std::adjacent_find(clients.begin(), clients.end(), std::greater_equal<>{}) != clients.end())
        return "ids are not in ascending order, each once";
    sink.send_many(clients, Kind{header.kind}, reader.rest());
    return nullptr;
}

bool is_topic(std::string_view name) { return !name.empty() && name.size() <= topic_bytes_max; }

const char* decode_publish(const RecordHeader& header, Reader reader, ActionSink& sink) {
    if (!is_kind(header.kind)) return "unknown kind of message";
    const auto topic = reader.text();
    if (!reader.ok() || !is_topic(topic)) return "a topic's name has 1 to 256 bytes";
    sink.publish({.topic = topic, .kind = Kind{header.kind}, .payload = reader.rest(), .except = ClientId{header.client}});
    return nullptr;
}

void write_placed(std::string& buffer, RecordType type, ClientId client, std::uint64_t number, Kind kind, const Placed& place) {
    Writer w(buffer, type, client, number, static_cast<std::uint8_t>(kind));
    w.u32(place.set);
    w.u32(place.page);
    w.u32(place.bytes);
}

/// Calls `one(place)` for a payload of these slabs, and releases it then.
template <class One>
const char* decode_placed(const RecordHeader& header, Reader reader, Slabs* slabs, One&& one) {
    if (!is_kind(header.kind)) return "unknown kind of message";
    Placed place;
    place.set = reader.number<std::uint32_t>();
    place.page = reader.number<std::uint32_t>();
    place.bytes = reader.number<std::uint32_t>();
    if (!reader.at_end()) return "fields do not match its size";
    if (!slabs || !Slabs::is_place(place)) return "there is no such place";
    if (place.set != slabs->set()) return nullptr;
    one(place);
    slabs->release(place);
    return nullptr;
}

}  // namespace

void EventEncoder::opening(const Opening& o) {
    Writer w(buffer, RecordType::opening, o.client, 0);
    write_opening(w, o);
}

void EventEncoder::resumed(const Opening& o, const Resumption& resumption) {
    const auto flags = static_cast<std::uint8_t>((resumption.is_interrupted ? interrupted_flag : 0) |
                                                 (resumption.state ? state_flag : 0));
    Writer w(buffer, RecordType::resumed, o.client, resumption.backlog, flags);
    write_opening(w, o);
    w.text(resumption.subprotocol);
    w.text(resumption.state.value_or(std::string_view{}));
}

std::string pack(const Opening& opening) {
    EventEncoder encoder;
    encoder.opening(opening);
    return std::move(encoder.buffer);
}

Opening unpack(std::string_view packed) {
    RecordHeader header;
    BERTH_ASSERT(packed.size() >= sizeof header);
    std::memcpy(&header, packed.data(), sizeof header);
    Reader reader(packed.substr(sizeof header));
    Opening opening = read_opening(ClientId{header.client}, reader);
    BERTH_ASSERT(reader.at_end());
    return opening;
}

void EventEncoder::opened(ClientId client, std::string_view subprotocol) {
    Writer(buffer, RecordType::opened, client, 0).rest(subprotocol);
}
void EventEncoder::abandoned(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) {
    Writer(buffer, RecordType::abandoned, client, code, static_cast<std::uint8_t>(cause)).rest(reason);
}
void EventEncoder::message(ClientId client, std::uint64_t seq, Kind kind, std::string_view payload) {
    Writer(buffer, RecordType::message, client, seq, static_cast<std::uint8_t>(kind)).rest(payload);
}
void EventEncoder::message_placed(ClientId client, std::uint64_t seq, Kind kind, const Placed& place) {
    write_placed(buffer, RecordType::message_placed, client, seq, kind, place);
}
void EventEncoder::slabs() { Writer(buffer, RecordType::slabs, ClientId{}, 0); }
void EventEncoder::closed(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) {
    Writer(buffer, RecordType::closed, client, code, static_cast<std::uint8_t>(cause)).rest(reason);
}
void EventEncoder::lost(std::span<const ClientId> clients) {
    Writer(buffer, RecordType::lost, ClientId{}, 0)
        .rest({reinterpret_cast<const char*>(clients.data()), clients.size_bytes()});
}
void EventEncoder::subscribed(ClientId client, std::string_view topic) {
    Writer(buffer, RecordType::subscribed, client, 0).rest(topic);
}
void EventEncoder::parting(ClientId client) { Writer(buffer, RecordType::parting, client, 0); }
void EventEncoder::credit(ClientId client, std::uint64_t bytes) { Writer(buffer, RecordType::credit, client, bytes); }

void ActionEncoder::admitted(ClientId client, const Admission& admission) {
    Writer w(buffer, RecordType::admitted, client, admission.status);
    w.text(admission.reason);
    w.text(admission.subprotocol);
}
void ActionEncoder::send(ClientId client, Kind kind, std::string_view payload) {
    Writer(buffer, RecordType::send, client, 0, static_cast<std::uint8_t>(kind)).rest(payload);
}
void ActionEncoder::send_placed(ClientId client, Kind kind, const Placed& place) {
    write_placed(buffer, RecordType::send_placed, client, 0, kind, place);
}
void ActionEncoder::send_many(std::span<const ClientId> clients, Kind kind, std::string_view payload) {
    do {
        const auto some = clients.first(std::min(clients.size(), record_ids_max));
        clients = clients.subspan(some.size());
        Writer w(buffer, RecordType::send_many, ClientId{}, 0, static_cast<std::uint8_t>(kind));
        w.u32(some.size());
        w.rest({reinterpret_cast<const char*>(some.data()), some.size_bytes()});
        w.rest(payload);
    } while (!clients.empty());
}
void ActionEncoder::subscribe(ClientId client, std::string_view topic) {
    Writer(buffer, RecordType::subscribe, client, 0).rest(topic);
}
void ActionEncoder::unsubscribe(ClientId client, std::string_view topic) {
    Writer(buffer, RecordType::unsubscribe, client, 0).rest(topic);
}
void ActionEncoder::publish(const Publication& publication) {
    Writer w(buffer, RecordType::publish, publication.except, 0, static_cast<std::uint8_t>(publication.kind));
    w.text(publication.topic);
    w.rest(publication.payload);
}
void ActionEncoder::close(ClientId client, std::uint16_t code, Cause cause, std::string_view reason) {
    Writer(buffer, RecordType::close, client, code, static_cast<std::uint8_t>(cause)).rest(reason);
}
void ActionEncoder::done(ClientId client, std::uint64_t seq) { Writer(buffer, RecordType::done, client, seq); }
void ActionEncoder::saved(ClientId client, std::string_view state) {
    Writer(buffer, RecordType::saved, client, 0).rest(state);
}
void ActionEncoder::parted(ClientId client) { Writer(buffer, RecordType::parted, client, 0); }
void ActionEncoder::released(ClientId client) { Writer(buffer, RecordType::released, client, 0); }

Result<std::size_t> decode_events(std::string_view bytes, EventSink& sink, Slabs* slabs) {
    return decode_records(bytes, [&](const RecordHeader& header, std::string_view body) -> const char* {
        const ClientId client{header.client};
        switch (static_cast<RecordType>(header.type)) {
            case RecordType::opening: return decode_opening(client, Reader(body), sink);
            case RecordType::opened: sink.opened(client, body); return nullptr;
            case RecordType::abandoned:
            case RecordType::closed: {
                if (!is_cause(header.kind)) return "unknown cause";
                const auto code = static_cast<std::uint16_t>(header.number);
                if (header.type == static_cast<std::uint16_t>(RecordType::closed)) {
                    sink.closed(client, code, Cause{header.kind}, body);
                } else {
                    sink.abandoned(client, code, Cause{header.kind}, body);
                }
                return nullptr;
            }
            case RecordType::message:
                if (!is_kind(header.kind)) return "unknown kind of message";
                sink.message(client, header.number, Kind{header.kind}, body);
                return nullptr;
            case RecordType::message_placed:
                return decode_placed(header, Reader(body), slabs, [&](const Placed& place) {
                    sink.message(client, header.number, Kind{header.kind}, slabs->look(place));
                });
            case RecordType::slabs: return nullptr;
            case RecordType::resumed: return decode_resumed(header, Reader(body), sink);
            case RecordType::lost: {
                if (body.size() % sizeof(ClientId) != 0) return "ids do not match its size";
                std::vector<ClientId> clients(body.size() / sizeof(ClientId));
                if (!clients.empty()) std::memcpy(clients.data(), body.data(), body.size());
                sink.lost(clients);
                return nullptr;
            }
            case RecordType::subscribed:
                if (!is_topic(body)) return "a topic's name has 1 to 256 bytes";
                sink.subscribed(client, body);
                return nullptr;
            case RecordType::parting: sink.parting(client); return nullptr;
            case RecordType::credit: sink.credit(client, header.number); return nullptr;
            default: return "not an event";
        }
    }, [] { return true; });
}

Result<std::size_t> decode_actions(std::string_view bytes, ActionSink& sink, Slabs* slabs) {
    return decode_records(bytes, [&](const RecordHeader& header, std::string_view body) -> const char* {
        const ClientId client{header.client};
        switch (static_cast<RecordType>(header.type)) {
            case RecordType::admitted: {
                if (header.number != 0 && (header.number < 400 || header.number > 599)) return "status out of range";
                Reader reader(body);
                Admission admission;
                admission.status = static_cast<std::uint16_t>(header.number);
                admission.reason = reader.text();
                admission.subprotocol = reader.text();
                if (!reader.at_end()) return "fields do not match its size";
                sink.admitted(client, admission);
                return nullptr;
            }
            case RecordType::send:
                if (!is_kind(header.kind)) return "unknown kind of message";
                sink.send(client, Kind{header.kind}, body);
                return nullptr;
            case RecordType::send_placed:
                return decode_placed(header, Reader(body), slabs, [&](const Placed& place) {
                    const Kind kind{header.kind};
                    sink.send(client, kind, kind == Kind::text ? slabs->copy(place) : slabs->look(place));
                });
            case RecordType::send_many: return decode_send_many(header, Reader(body), sink);
            case RecordType::subscribe:
            case RecordType::unsubscribe:
                if (!is_topic(body)) return "a topic's name has 1 to 256 bytes";
                if (header.type == static_cast<std::uint16_t>(RecordType::subscribe)) {
                    sink.subscribe(client, body);
                } else {
                    sink.unsubscribe(client, body);
                }
                return nullptr;
            case RecordType::publish: return decode_publish(header, Reader(body), sink);
            case RecordType::close:
                if (!is_cause(header.kind)) return "unknown cause";
                if (header.number < 1000 || header.number > 4999 || body.size() > 123) return "code or reason out of range";
                sink.close(client, static_cast<std::uint16_t>(header.number), Cause{header.kind}, body);
                return nullptr;
            case RecordType::done: sink.done(client, header.number); return nullptr;
            case RecordType::saved:
                if (body.size() > state_bytes_max) return "a state of more than 64 KiB";
                sink.saved(client, body);
                return nullptr;
            case RecordType::parted: sink.parted(client); return nullptr;
            case RecordType::released: sink.released(client); return nullptr;
            default: return "not an action";
        }
    }, [&] { return !sink.has_enough(); });
}

}  // namespace berth::host::link
