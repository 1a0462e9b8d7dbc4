// SPDX-License-Identifier: MIT
/// A mode of load, driven by the commands of the one who measures.
#pragma once

#include <chrono>
#include <memory>

#include "bench/load/engine.hpp"
#include "bench/load/measurement.hpp"

namespace berth::bench {

/// Opens connections and loads them. Between two calls nothing is under way.
class Load : public Traveller {
public:
    explicit Load(const Options& options);

    /// There are `count` connections now; throws Failure when the server does not let them in.
    virtual void open(unsigned count);
    /// Loads for `warm_up`, then for `window`, of which the figures are; then waits for what is under way.
    /// Throws Failure when something does not come back as it must.
    Figures run(std::chrono::milliseconds warm_up, std::chrono::milliseconds window);

    void opened(Connection& connection) override;

protected:
    /// Sends the first messages.
    virtual void begin() = 0;
    /// Nothing that was sent is still to come back.
    [[nodiscard]] virtual bool is_quiet() const = 0;

    const Options options_;
    Engine engine_{options_};
    Traffic traffic_{options_};
    Measurement measurement_{options_.servers};
    std::vector<std::unique_ptr<Connection>> connections_;  ///< they have addresses that stay
    unsigned open_ = 0;
    bool is_running_ = false;  ///< what comes back is answered with more
};

/// The load of a mode.
std::unique_ptr<Load> make_load(const Options& options);

}  // namespace berth::bench
