// SPDX-License-Identifier: MIT
/// The worker's end of its lanes when the gateway is another process.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "link/channel.hpp"
#include "link/worker_link.hpp"

namespace berth::host::link {

/// One thread, the link's thread, reads all lanes and calls the sink on it. Any thread submits; what a socket
/// does not take at once is written by the link's thread.
///
/// Where the process has closed its end of a lane (a project may), it ends at once, within `submit` or `settle`: the gateway
/// can be told of nothing more, and what is handled without its knowing would be handled again by the next worker.
class ProcessLink final : public WorkerLink, private ActionPort {
public:
    /// `lanes`: the worker's ends, lane i for I/O thread i.
    static Result<std::unique_ptr<ProcessLink>> create(std::vector<UniqueFd> lanes);
    ~ProcessLink() override;

    [[nodiscard]] ActionPort& port() override { return *this; }
    void open(EventSink& sink, std::function<void(End)> on_lost) override;
    void close() override;

private:
    struct Lane;
    ProcessLink(std::vector<std::unique_ptr<Lane>> lanes, UniqueFd epoll, UniqueFd wake);

    [[nodiscard]] std::size_t lanes() const override { return lanes_.size(); }
    void submit(std::size_t lane, std::string_view records) override;
    [[nodiscard]] std::optional<Placed> place(std::size_t lane, std::string_view payload) override;
    void settle(std::size_t lane) override;
    [[nodiscard]] std::size_t waiting_bytes(std::size_t lane) const override;
    void run(EventSink& sink, const std::function<void(End)>& on_lost);
    /// Nothing, or that no more can come.
    std::optional<End> serve(Lane& lane, std::uint32_t events, EventSink& sink);
    void wake();
    static void end_where_severed(const Lane& lane);

    std::vector<std::unique_ptr<Lane>> lanes_;
    UniqueFd epoll_;
    UniqueFd wake_;
    std::atomic<bool> closing_{false};
    std::thread thread_;
    std::atomic<std::thread::id> own_thread_{};  ///< the link's, as it knows itself
};

}  // namespace berth::host::link
