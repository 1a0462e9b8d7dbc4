// SPDX-License-Identifier: MIT
/// Collects samples into families, for the serializer of the Prometheus library.
#pragma once

#include <prometheus/metric_family.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace berth::host::metrics {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// Families in the order in which they were first named.
class Families {
public:
    void gauge(const std::string& name, const std::string& help, double value, Labels labels = {});
    void counter(const std::string& name, const std::string& help, double value, Labels labels = {});

    /// The member `key` of an object as a sample; nothing when it is not a number. Milliseconds become
    /// seconds with `scale` 0.001.
    void gauge_of(const nlohmann::json& object, const char* key, const std::string& name,
                  const std::string& help, const Labels& labels = {}, double scale = 1);
    void counter_of(const nlohmann::json& object, const char* key, const std::string& name,
                    const std::string& help, const Labels& labels = {});
    /// One sample for each member of the object at `key`; the member's name becomes the label.
    void counters_of(const nlohmann::json& object, const char* key, const char* label,
                     const std::string& name, const std::string& help, const Labels& labels = {});

    [[nodiscard]] const std::vector<prometheus::MetricFamily>& all() const { return families_; }

private:
    prometheus::MetricFamily& family(const std::string& name, const std::string& help,
                                     prometheus::MetricType type);

    std::vector<prometheus::MetricFamily> families_;
};

}  // namespace berth::host::metrics
