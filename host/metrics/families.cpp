// SPDX-License-Identifier: MIT
#include "metrics/families.hpp"

#include <algorithm>
#include <utility>

namespace berth::host::metrics {

using nlohmann::json;

prometheus::MetricFamily& Families::family(const std::string& name, const std::string& help,
                                           prometheus::MetricType type) {
    const auto found =
        std::find_if(families_.begin(), families_.end(), [&](const auto& f) { return f.name == name; });
    if (found != families_.end()) return *found;
    families_.emplace_back();
    families_.back().name = name;
    families_.back().help = help;
    families_.back().type = type;
    return families_.back();
}

void Families::gauge(const std::string& name, const std::string& help, double value, Labels labels) {
    prometheus::ClientMetric sample;
    sample.label = std::move(labels);
    sample.gauge.value = value;
    family(name, help, prometheus::MetricType::Gauge).metric.push_back(std::move(sample));
}

void Families::counter(const std::string& name, const std::string& help, double value, Labels labels) {
    prometheus::ClientMetric sample;
    sample.label = std::move(labels);
    sample.counter.value = value;
    family(name, help, prometheus::MetricType::Counter).metric.push_back(std::move(sample));
}

void Families::gauge_of(const json& object, const char* key, const std::string& name, const std::string& help,
                        const Labels& labels, double scale) {
    const auto value = object.find(key);
    if (value != object.end() && value->is_number()) gauge(name, help, value->get<double>() * scale, labels);
}

void Families::counter_of(const json& object, const char* key, const std::string& name,
                          const std::string& help, const Labels& labels) {
    const auto value = object.find(key);
    if (value != object.end() && value->is_number()) counter(name, help, value->get<double>(), labels);
}

void Families::counters_of(const json& object, const char* key, const char* label, const std::string& name,
                           const std::string& help, const Labels& labels) {
    const auto members = object.find(key);
    if (members == object.end() || !members->is_object()) return;
    for (const auto& [member, value] : members->items()) {
        if (!value.is_number()) continue;
        Labels with = labels;
        with.push_back({label, member});
        counter(name, help, value.get<double>(), std::move(with));
    }
}

}  // namespace berth::host::metrics
