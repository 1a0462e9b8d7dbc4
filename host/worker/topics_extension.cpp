// SPDX-License-Identifier: MIT
#include "wire/utf8.hpp"
#include "worker/extensions.hpp"
#include "worker/runtime.hpp"
#include "worker/text.hpp"
#include "worker/voice.hpp"

namespace berth::host::worker {
namespace {

/// What a project may have published and this process has not got rid of, on each lane.
constexpr std::size_t waiting_bytes_max = 16u << 20;

/// Why it is no topic; empty: it is one.
std::string_view problem_of(berth_str topic) {
    if (topic.data == nullptr || topic.size == 0) return "a topic has a name";
    if (topic.size > BERTH_TOPIC_BYTES_MAX) return "a topic's name has at most 256 bytes";
    if (!wire::is_valid_utf8(view(topic))) return "a topic's name is UTF-8";
    return {};
}

berth_status refused(Runtime& runtime, const Call* call, std::string_view function, std::string_view sentence) {
    runtime.host.misused(call, function, sentence);
    return BERTH_INVALID;
}

berth_status BERTH_CALL subscribe(const berth_host* host, berth_client_id client, berth_str topic) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    Call* call = call_on_this_thread(runtime);
    if (const auto problem = problem_of(topic); !problem.empty()) return refused(runtime, call, "subscribe", problem);
    const ClientId id{client};
    const Found found = find_client(runtime, call, id);
    if (found.reach != Reach::here) return BERTH_GONE;
    switch (runtime.topics.subscribe(*found.context->client, view(topic))) {
        case Topics::Subscribed::gone: return BERTH_GONE;
        case Topics::Subscribed::full: return BERTH_BACKLOG_FULL;
        case Topics::Subscribed::before:
        case Topics::Subscribed::now: break;
    }
    // Also when it had subscribed before: what two contexts say may reach the gateway in another order than it was counted
    // here, and the next word of either brings both to one mind again.
    Voice(runtime, call).subscribe(id, view(topic));
    return BERTH_OK;
}

berth_status BERTH_CALL unsubscribe(const berth_host* host, berth_client_id client, berth_str topic) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    Call* call = call_on_this_thread(runtime);
    if (const auto problem = problem_of(topic); !problem.empty()) return refused(runtime, call, "unsubscribe", problem);
    const ClientId id{client};
    const Found found = find_client(runtime, call, id);
    if (found.reach != Reach::here) return BERTH_GONE;
    runtime.topics.unsubscribe(*found.context->client, view(topic));
    Voice(runtime, call).unsubscribe(id, view(topic));  // In any case, as above.
    return BERTH_OK;
}

berth_status BERTH_CALL publish(const berth_host* host, berth_str topic, const berth_value* message,
                                berth_client_id except) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    Call* call = call_on_this_thread(runtime);
    if (const auto problem = problem_of(topic); !problem.empty()) return refused(runtime, call, "publish", problem);
    if (const auto problem = problem_of_message(message); !problem.empty()) return refused(runtime, call, "publish", problem);
    // Subscribers of another generation, and those that have not come over from a process that died, are known to the
    // gateway alone.
    const std::size_t lane_count = runtime.outlet.lanes();
    const std::uint64_t all = lane_count >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << lane_count) - 1;
    const bool are_all_known = !runtime.project.survives() && !runtime.others_alive.load(std::memory_order_relaxed);
    const std::uint64_t lanes = are_all_known ? runtime.topics.lanes_of(view(topic)) & all : all;
    if (lanes == 0) return BERTH_OK;
    if (runtime.outlet.waiting_bytes(lanes) > waiting_bytes_max) return BERTH_BACKLOG_FULL;
    Voice(runtime, call).publish(lanes, {.topic = view(topic), .kind = kind_of(*message), .payload = view(message->as.bytes), .except = ClientId{except}});
    return BERTH_OK;
}

berth_status BERTH_CALL count(const berth_host* host, berth_str topic, std::size_t* out) noexcept {
    Runtime& runtime = HostTable::runtime_of(host);
    const Call* call = call_on_this_thread(runtime);
    if (const auto problem = problem_of(topic); !problem.empty()) return refused(runtime, call, "count", problem);
    if (out == nullptr) return refused(runtime, call, "count", "count is NULL");
    *out = runtime.topics.count(view(topic));
    return BERTH_OK;
}

}  // namespace

const berth_topics* topics_extension() {
    static constexpr berth_topics table{.struct_size = sizeof(berth_topics),
                                        .reserved = 0,
                                        .subscribe = subscribe,
                                        .unsubscribe = unsubscribe,
                                        .publish = publish,
                                        .count = count};
    return &table;
}

}  // namespace berth::host::worker
