// SPDX-License-Identifier: MIT
#include "supervisor/child_process.hpp"

#include <sys/epoll.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "control/child_channel.hpp"
#include "supervisor/lines.hpp"
#include "supervisor/log_lines.hpp"
#include "supervisor/pipe_reader.hpp"
#include "supervisor/watched_channel.hpp"

namespace berth::host::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t log_line_bytes_max = 64u << 10;
/// For a process to end after it closed its control channel.
constexpr Milliseconds silent_end_limit = 5s;

/// One pipe of a child and the lines in it.
struct Stream {
    Stream(EventLoop& loop, UniqueFd fd, std::function<void(std::string_view)> on_line)
        : line(std::move(on_line)), reader(loop, std::move(fd), [this](std::string_view bytes) { lines.add(bytes, line); }) {}
    void finish() {
        reader.finish();
        lines.finish(line);
    }

    std::function<void(std::string_view)> line;
    Lines lines{log_line_bytes_max};
    PipeReader reader;
};

class ChildProcess final : public Child {
public:
    struct Ends {
        UniqueFd channel;
        UniqueFd log;
        UniqueFd output;
        UniqueFd errors;
    };

    ChildProcess(EventLoop& loop, const LogSink& log, const ChildSpec& spec, Handlers handlers, Spawned spawned, Ends ends)
        : loop_(loop),
          log_(log),
          handlers_(std::move(handlers)),
          tags_{.process = spec.process, .project = spec.project, .generation = spec.generation},
          pid_(spawned.pid),
          pidfd_(std::move(spawned.pidfd)),
          channel_(
              loop, std::move(ends.channel), [this](const nlohmann::json& message) { handle(message); },
              [this](const Error& error) { channel_ended(error); }),
          log_stream_(loop, std::move(ends.log), [this](std::string_view line) { log_(record_of_line(line, tags_)); }),
          output_(loop, std::move(ends.output), printed(handlers_.output, false)),
          errors_(loop, std::move(ends.errors), printed(handlers_.errors, true)),
          silence_(loop) {}

    ~ChildProcess() override {
        unwatch();
        if (has_ended_) return;
        ::kill(-pid_, SIGKILL);
        siginfo_t info{};
        while (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 && errno == EINTR) {
        }
    }

    Result<void> open() {
        BERTH_TRY(channel_.open());
        return loop_.watch(pidfd_.get(), EPOLLIN, [this](std::uint32_t) { ended(); });
    }

    [[nodiscard]] pid_t pid() const override { return pid_; }

    void send(const nlohmann::json& message, std::span<const int> fds) override { channel_.send(message, fds); }

    void signal(int number, const std::string& reason) override {
        if (has_ended_) return;
        if (reason_.empty()) reason_ = reason;
        ::kill(pid_, number);
    }

    void hang_up() override { channel_.close(); }

private:
    std::function<void(std::string_view)> printed(const std::function<void(std::string_view)>& raw, bool is_error) {
        if (raw) {
            return [raw](std::string_view line) { raw(std::string(line) + '\n'); };
        }
        return [this, is_error](std::string_view line) { log_(record_of_print(line, is_error, tags_)); };
    }

    void handle(const nlohmann::json& message) {
        const auto call = handlers_.message;
        if (call) call(message);  // Last: it may destroy this child.
    }

    void channel_ended(const Error& error) {
        if (error.code == Code::invalid) return signal(SIGKILL, "sent " + error.message);
        silence_.set(silent_end_limit, [this] { signal(SIGKILL, "closed its control channel and went on"); });
    }

    void ended() {
        siginfo_t info{};
        // The dead leader is kept until its group has been ended: its number names nobody else so long.
        if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;
        if (info.si_pid == 0) return;
        ::kill(-pid_, SIGKILL);
        static_cast<void>(::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED));
        has_ended_ = true;

        if (!channel_.drain()) return;  // Its last words ended its owner's interest.
        unwatch();
        log_stream_.finish();
        output_.finish();
        errors_.finish();
        ExitStatus status{.reason = reason_};
        if (info.si_code == CLD_EXITED) {
            status.code = info.si_status;
        } else {
            status.signal = info.si_status;
            status.core_dumped = info.si_code == CLD_DUMPED;
        }
        const auto exited = handlers_.exited;
        if (exited) exited(status);  // Last: it may destroy this child.
    }

    void unwatch() {
        channel_.close();
        loop_.unwatch(pidfd_.get());
        silence_.cancel();
    }

    EventLoop& loop_;
    const LogSink& log_;
    const Handlers handlers_;
    const Speaker tags_;
    const pid_t pid_;
    UniqueFd pidfd_;
    WatchedChannel channel_;
    bool has_ended_ = false;
    std::string reason_;
    Stream log_stream_;
    Stream output_;
    Stream errors_;
    Timer silence_;
};

}  // namespace

Result<std::unique_ptr<Child>> ProcessChildren::start(const ChildSpec& spec, Child::Handlers handlers) {
    auto channel = control::ChildChannel::pair();
    if (!channel) return tl::unexpected<Error>(std::move(channel).error());
    auto log = make_pipe();
    auto output = make_pipe();
    auto errors = make_pipe();
    for (const auto* pipe : {&log, &output, &errors}) {
        if (!*pipe) return tl::unexpected<Error>(pipe->error());
    }
    SpawnRequest request{.program = options_.program, .arguments = {"berth"}, .fds = {}, .user = options_.user};
    request.arguments.insert(request.arguments.end(), spec.arguments.begin(), spec.arguments.end());
    request.fds = {-1, output->second.get(), errors->second.get(), channel->second.get(), log->second.get()};
    request.fds.insert(request.fds.end(), spec.extra_fds.begin(), spec.extra_fds.end());
    auto spawned = spawn(request);
    if (!spawned) return fail("start " + spec.process + ": ", std::move(spawned).error());
    auto child = std::make_unique<ChildProcess>(
        loop_, log_, spec, std::move(handlers), std::move(*spawned),
        ChildProcess::Ends{std::move(channel->first), std::move(log->first), std::move(output->first), std::move(errors->first)});
    BERTH_TRY(child->open());
    return child;
}

}  // namespace berth::host::supervisor
