// SPDX-License-Identifier: MIT
#include "control/handler.hpp"

#include <utility>

#include "base/assert.hpp"

namespace berth::host::control {

ReplyCode reply_code_of(Code code) {
    switch (code) {
        case Code::not_found:
            return ReplyCode::not_found;
        case Code::invalid:
            return ReplyCode::usage;
        case Code::unavailable:
        case Code::timed_out:
            return ReplyCode::try_again;
        case Code::permission:
            return ReplyCode::permission;
        case Code::failed:
        case Code::system:
            return ReplyCode::refused;
    }
    return ReplyCode::refused;
}

struct Reply::State {
    explicit State(std::shared_ptr<ReplySink> s) : sink(std::move(s)) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        finish({{"ok", false}, {"code", 1}, {"error", "the host dropped the request without an answer"}});
    }

    void finish(const nlohmann::json& line) {
        if (std::exchange(is_complete, true)) return;
        if (sink->is_open()) sink->put(line, /*is_last=*/true);
    }

    std::shared_ptr<ReplySink> sink;
    bool is_complete = false;
};

Reply::Reply(std::shared_ptr<ReplySink> sink) : state_(std::make_shared<State>(std::move(sink))) {}

void Reply::ok(nlohmann::json body) const {
    BERTH_ASSERT(body.is_object());
    body["ok"] = true;
    state_->finish(body);
}

void Reply::fail(ReplyCode code, std::string_view sentence) const {
    state_->finish({{"ok", false}, {"code", static_cast<int>(code)}, {"error", sentence}});
}

void Reply::more(nlohmann::json body) const {
    BERTH_ASSERT(body.is_object());
    if (!is_wanted()) return;
    body["more"] = true;
    state_->sink->put(body, /*is_last=*/false);
}

bool Reply::is_wanted() const {
    return !state_->is_complete && state_->sink->is_open();
}

void Reply::when_gone(std::function<void()> call) const {
    state_->sink->when_gone(std::move(call));
}

}  // namespace berth::host::control
