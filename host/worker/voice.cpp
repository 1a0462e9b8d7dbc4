// SPDX-License-Identifier: MIT
#include "worker/voice.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "base/coarse_clock.hpp"
#include "base/log.hpp"
#include "wire/utf8.hpp"
#include "worker/runtime.hpp"
#include "worker/text.hpp"

namespace berth::host::worker {
namespace {

/// The largest message that a link record carries.
constexpr std::size_t sent_bytes_max = 16u << 20;
/// With `drop_oldest` the gateway drops; this bounds what is under way to it.
constexpr std::size_t drop_oldest_factor = 4;

std::size_t credit_limit(const Limits& limits) {
    return limits.backlog_policy == BacklogPolicy::drop_oldest ? limits.backlog_bytes * drop_oldest_factor
                                                               : limits.backlog_bytes;
}

/// Encodes one action and hands it over.
template <class Encode>
void submit(Outlet& outlet, ClientId client, Encode&& encode) {
    link::ActionEncoder encoder;
    encode(encoder);
    outlet.submit(link::lane_of(client), encoder.buffer);
}

}  // namespace

void Voice::send(ClientId client, link::Kind kind, std::string_view payload) {
    if (call_ != nullptr) return call_->executor->emission.send(client, kind, payload);
    submit(runtime_.outlet, client, [&](auto& encoder) { encoder.send(client, kind, payload); });
}

void Voice::send_many(std::span<const ClientId> clients, link::Kind kind, std::string_view payload) {
    if (call_ != nullptr) return call_->executor->emission.send_many(clients, kind, payload);
    std::array<std::vector<ClientId>, io_threads_max> by_lane;
    for (const ClientId client : clients) by_lane[link::lane_of(client)].push_back(client);
    for (const auto& of_lane : by_lane) {
        if (!of_lane.empty())
            submit(runtime_.outlet, of_lane.front(),
                   [&](auto& encoder) { encoder.send_many(of_lane, kind, payload); });
    }
}

void Voice::subscribe(ClientId client, std::string_view topic) {
    if (call_ != nullptr) return call_->executor->emission.subscribe(client, topic);
    submit(runtime_.outlet, client, [&](auto& encoder) { encoder.subscribe(client, topic); });
}

void Voice::unsubscribe(ClientId client, std::string_view topic) {
    if (call_ != nullptr) return call_->executor->emission.unsubscribe(client, topic);
    submit(runtime_.outlet, client, [&](auto& encoder) { encoder.unsubscribe(client, topic); });
}

void Voice::publish(std::uint64_t lanes, const link::Publication& publication) {
    if (call_ != nullptr) return call_->executor->emission.publish(lanes, publication);
    link::ActionEncoder encoder;
    encoder.publish(publication);
    for (; lanes != 0; lanes &= lanes - 1)
        runtime_.outlet.submit(static_cast<std::size_t>(std::countr_zero(lanes)), encoder.buffer);
}

void Voice::close(ClientId client, std::uint16_t code, link::Cause cause, std::string_view reason) {
    if (call_ != nullptr) return call_->executor->emission.close(client, code, cause, reason);
    submit(runtime_.outlet, client, [&](auto& encoder) { encoder.close(client, code, cause, reason); });
}

void Voice::post(Post post) {
    if (call_ != nullptr) return call_->executor->emission.post(std::move(post));
    runtime_.calls.deliver(std::move(post));
}

std::string_view problem_of_message(const berth_value* message) {
    if (message == nullptr) return "there is no message";
    if (message->type != BERTH_TEXT && message->type != BERTH_BUFFER) return "a message is text or buffer";
    if (message->as.bytes.size != 0 && message->as.bytes.data == nullptr) return "the message has a size, but no data";
    if (message->as.bytes.size > sent_bytes_max) return "the message is longer than 16 MiB";
    if (message->type == BERTH_TEXT && !wire::is_valid_utf8(view(message->as.bytes)))
        return "the message is text, but not valid UTF-8";
    return {};
}

link::Kind kind_of(const berth_value& message) {
    return message.type == BERTH_TEXT ? link::Kind::text : link::Kind::buffer;
}

Found find_client(Runtime& runtime, Call* call, ClientId id) {
    Found found;
    const bool is_own = call != nullptr && call->context != nullptr && call->client == id;
    if (is_own) {
        found.context = call->context;
    } else {
        found.kept = runtime.clients.find(id);
        found.context = found.kept.get();
    }
    if (found.context == nullptr || found.context->client == nullptr) {
        found.context = nullptr;
        const bool may_be = id != ClientId::global_service && runtime.others_alive.load(std::memory_order_relaxed) &&
                            link::lane_of(id) < runtime.outlet.lanes();
        found.reach = may_be ? Reach::elsewhere : Reach::gone;
        return found;
    }
    const ClientState state = found.context->client->state.load(std::memory_order_acquire);
    // While it asks, only its own `connection` reaches it: nobody else has been told of it.
    const bool is_here =
        state == ClientState::accepted || (state == ClientState::asking && is_own && !call->has_left);
    found.reach = is_here ? Reach::here : Reach::gone;
    if (!is_here) found.context = nullptr;
    return found;
}

Credit take_credit(Runtime& runtime, Voice& voice, Client& client, std::size_t bytes) {
    const Limits& limits = runtime.settings.limits;
    const std::size_t limit = credit_limit(limits);
    if (client.take_credit(link::message_cost(bytes), limit)) {
        client.count_out(bytes, coarse_now());
        return Credit::taken;
    }
    if (limits.backlog_policy == BacklogPolicy::close && runtime.clients.leave(client)) {
        log::info("client's backlog is full; it is closed", {{"project", runtime.settings.project},
                                                             {"client", client.id},
                                                             {"limit_bytes", limit}});
        voice.close(client.id, 1013, link::Cause::limit, "backlog full");
    }
    return Credit::full;
}

void take_credit_of_many(Runtime& runtime, Call* call, Voice& voice, std::vector<ClientId>& ids, std::size_t bytes) {
    const std::size_t limit = credit_limit(runtime.settings.limits);
    const std::uint64_t cost = link::message_cost(bytes);
    const TimePoint now = coarse_now();
    // Full, gone, in its own `connection`, or another generation's: seldom enough for a second look, without the lock.
    std::vector<ClientId> others;
    std::size_t taken = 0;
    runtime.clients.visit(ids, [&](ClientId id, Client* client) {
        if (client != nullptr && client->state.load(std::memory_order_acquire) == ClientState::accepted &&
            client->take_credit(cost, limit)) {
            client->count_out(bytes, now);
            ids[taken++] = id;
        } else {
            others.push_back(id);
        }
    });
    ids.resize(taken);
    std::erase_if(others, [&](ClientId id) {
        const Found found = find_client(runtime, call, id);
        return found.reach == Reach::gone ||
               (found.reach == Reach::here && take_credit(runtime, voice, *found.context->client, bytes) == Credit::full);
    });
    if (others.empty()) return;
    ids.insert(ids.end(), others.begin(), others.end());
    std::inplace_merge(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(taken), ids.end());
}

}  // namespace berth::host::worker
