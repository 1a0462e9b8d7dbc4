// SPDX-License-Identifier: MIT
#include "supervisor/hosted_workers.hpp"

#include <algorithm>
#include <csignal>

#include "supervisor/watched_channel.hpp"

namespace berth::host::supervisor {
namespace {

constexpr Milliseconds gateway_end_awaited{1'000};

}  // namespace

class HostedWorkers::Hosted final : public Child {
public:
    Hosted(HostedWorkers& owner, UniqueFd channel, Handlers handlers)
        : owner_(owner),
          handlers_(std::move(handlers)),
          channel_(
              owner.loop_, std::move(channel), [this](const nlohmann::json& message) { handle(message); },
              [this](const Error& error) { channel_ended(error); }),
          end_(owner.loop_) {
        owner_.all_.push_back(this);
    }
    ~Hosted() override { owner_.all_.remove(this); }

    Result<void> open() { return channel_.open(); }
    [[nodiscard]] pid_t pid() const override { return owner_.gateway_.pid(); }
    void send(const nlohmann::json& message, std::span<const int> fds) override { channel_.send(message, fds); }
    void signal(int number, const std::string& reason) override {
        if (number != SIGKILL) return;
        channel_.close();
        end_soon({.reason = reason});
    }
    void hang_up() override {
        channel_.close();
        end_soon({});
    }

    void ended(const ExitStatus& status) {
        channel_.close();
        end_.cancel();
        const auto call = handlers_.exited;
        if (call) call(status);  // Last: it may destroy this child.
    }

private:
    void handle(const nlohmann::json& message) {
        const auto call = handlers_.message;
        if (call) call(message);
    }
    /// When the gateway has died its channels are heard of before its end, which says why.
    void channel_ended(const Error& error) {
        end_.set(gateway_end_awaited, [this, reason = error.code == Code::invalid ? "sent " + error.message : std::string()] {
            ended({.reason = reason});
        });
    }
    // Not from within the caller's call.
    void end_soon(const ExitStatus& status) {
        end_.set(Milliseconds{0}, [this, status] { ended(status); });
    }

    HostedWorkers& owner_;
    const Handlers handlers_;
    WatchedChannel channel_;
    Timer end_;
};

Result<std::unique_ptr<Child>> HostedWorkers::start(const WorkerPlan& plan, Child::Handlers handlers) {
    if (!gateway_.is_running()) return fail(Code::unavailable, "the gateway is not running");
    auto pair = control::ChildChannel::pair();
    if (!pair) return tl::unexpected<Error>(std::move(pair).error());
    auto hosted = std::make_unique<Hosted>(*this, std::move(pair->first), std::move(handlers));
    BERTH_TRY(hosted->open());
    gateway_.host_worker(plan.project, plan.run, pair->second.get());
    return hosted;
}

void HostedWorkers::gateway_ended(const ExitStatus& status) {
    // Each call takes one off the list.
    const auto all = all_;
    for (Hosted* hosted : all) {
        if (std::find(all_.begin(), all_.end(), hosted) != all_.end()) hosted->ended(status);
    }
}

}  // namespace berth::host::supervisor
