// SPDX-License-Identifier: MIT
#include "pages/site.hpp"

#include <utility>

#include "metrics/metrics.hpp"
#include "pages/host_name.hpp"
#include "pages/index_page.hpp"

namespace berth::host::pages {
namespace {

using nlohmann::json;

constexpr std::string_view html = "text/html; charset=utf-8";
constexpr std::string_view css = "text/css; charset=utf-8";

Answer metrics_answer(const HostView::Reply& reply) {
    if (!reply) return refusal(503, "the host does not answer");
    return {.status = 200, .media_type = metrics::media_type, .owned = metrics::text(*reply)};
}

Answer health_answer(const HostView::Reply& reply) {
    if (!reply || reply->value("live", json(true)) != true) return refusal(503, "the host does not answer");
    return {.status = 200, .owned = "ok\n"};
}

Answer ready_answer(const HostView::Reply& reply) {
    if (!reply || reply->value("ready", json()) != true) return refusal(503, "not ready");
    return {.status = 200, .owned = "ready\n"};
}

}  // namespace

Site::Site(FileTable files, std::vector<std::string> hosts, std::vector<std::string> urls, Ask ask)
    : files_(std::move(files)),
      hosts_(std::move(hosts)),
      facts_(json{{"urls", std::move(urls)}}.dump(-1, ' ', true, json::error_handler_t::replace) + "\n"),
      ask_(std::move(ask)) {}

void Site::answer(const Asked& asked, Then then) const {
    if (asked.host.empty()) return then(refusal(400, "a Host header is missing"));
    if (!is_known_host(asked.host, hosts_)) return then(refusal(421, "not the host that was asked for"));
    if (asked.method != "GET" && asked.method != "HEAD") {
        Answer no = refusal(405, "only GET and HEAD");
        no.allow = "GET, HEAD";
        return then(std::move(no));
    }
    answer_path(asked.target.substr(0, asked.target.find('?')), std::move(then));
}

void Site::answer_path(std::string_view path, Then then) const {
    if (const auto* file = files_.find(path)) {
        return then({.status = 200, .media_type = file->media_type, .borrowed = file->body});
    }
    if (files_.is_directory_without_slash(path)) {
        Answer moved = refusal(301, "moved");
        moved.location = std::string(path) + "/";
        return then(std::move(moved));
    }
    if (path == "/") {
        return ask_("status", [this, then = std::move(then)](const HostView::Reply& reply) {
            then({.status = 200,
                  .media_type = html,
                  .owned = index_page(reply ? *reply : json(), page_prefixes())});
        });
    }
    if (path == index_style_path) return then({.status = 200, .media_type = css, .borrowed = index_style()});
    if (path == facts_path) {
        return then({.status = 200, .media_type = "application/json", .borrowed = facts_});
    }
    if (path == "/metrics")
        return ask_("stats", [then = std::move(then)](const auto& reply) { then(metrics_answer(reply)); });
    if (path == "/healthz")
        return ask_("health", [then = std::move(then)](const auto& reply) { then(health_answer(reply)); });
    if (path == "/readyz")
        return ask_("health", [then = std::move(then)](const auto& reply) { then(ready_answer(reply)); });
    then(refusal(404, "not found"));
}

std::vector<std::string> Site::page_prefixes() const {
    std::vector<std::string> prefixes;
    for (const auto& [path, file] : files_.files()) {
        if (path.ends_with('/')) prefixes.push_back(path);
    }
    return prefixes;
}

}  // namespace berth::host::pages
