// SPDX-License-Identifier: MIT
#include "supervisor/requests.hpp"

namespace berth::host::supervisor {

void Requests::add(nlohmann::json& message, Milliseconds limit, const std::string& whom, Then then) {
    const std::uint64_t number = next_++;
    message["request"] = number;
    auto timer = std::make_unique<Timer>(timers_);
    timer->set(limit, [this, number, limit, whom] {
        finish(number, fail(Code::timed_out, whom + " did not answer within " + std::to_string(limit.count()) + " ms"));
    });
    waiting_.emplace(number, Waiting{std::move(then), std::move(timer)});
}

void Requests::reply(const nlohmann::json& message) {
    const auto number = message.find("request");
    if (number == message.end() || !number->is_number_unsigned()) return;
    finish(number->get<std::uint64_t>(), message);
}

void Requests::fail_all(const Error& error) {
    const auto waiting = std::exchange(waiting_, {});
    for (const auto& [number, request] : waiting) request.then(tl::unexpected<Error>(error));
}

void Requests::finish(std::uint64_t number, Result<nlohmann::json> result) {
    auto found = waiting_.extract(number);
    if (!found.empty()) found.mapped().then(std::move(result));
}

}  // namespace berth::host::supervisor
