// SPDX-License-Identifier: MIT
#include "bench/load/measurement.hpp"

#include <nlohmann/json.hpp>

namespace berth::bench {

std::string Figures::json() const {
    auto processes = nlohmann::json::array();
    for (const auto cpu : server_cpu) processes.push_back(cpu.count());
    return nlohmann::json{{"operations", operations},   {"time_ns", time.count()},
                          {"server_cpu_ns", processes}, {"load_cpu_ns", own_cpu.count()},
                          {"p50_ns", p50_ns},           {"p99_ns", p99_ns},
                          {"p999_ns", p999_ns}}
        .dump();
}

void Measurement::begin() {
    latencies_.clear();
    operations_ = 0;
    began_ = std::chrono::steady_clock::now();
    own_cpu_ = CpuTime::own();
    server_cpu_ = servers_.now();
}

Figures Measurement::end() {
    Figures figures;
    figures.server_cpu = servers_.now();
    for (std::size_t i = 0; i < server_cpu_.size(); ++i) figures.server_cpu[i] -= server_cpu_[i];
    figures.own_cpu = CpuTime::own() - own_cpu_;
    figures.time = std::chrono::steady_clock::now() - began_;
    figures.operations = operations_;
    figures.p50_ns = latencies_.quantile(0.5);
    figures.p99_ns = latencies_.quantile(0.99);
    figures.p999_ns = latencies_.quantile(0.999);
    return figures;
}

}  // namespace berth::bench
