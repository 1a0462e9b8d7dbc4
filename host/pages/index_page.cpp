// SPDX-License-Identifier: MIT
#include "pages/index_page.hpp"

#include <nlohmann/json.hpp>

namespace berth::host::pages {
namespace {

using nlohmann::json;

std::string text_at(const json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end()) return {};
    return found->is_string() ? found->get<std::string>()
                              : found->dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string projects_table(const json& status) {
    std::string html = "<table>\n<tr><th>Project</th><th>State</th><th>Clients</th><th>Address</th></tr>\n";
    for (const auto& project : status.value("projects", json::array())) {
        html += "<tr><td>" + html_escaped(text_at(project, "name")) + "</td><td>" +
                html_escaped(text_at(project, "state")) + "</td><td>" +
                html_escaped(text_at(project, "clients")) + "</td><td>";
        for (const auto& listener : status.value("listeners", json::array())) {
            html += "<code>" + std::string(listener.value("tls", false) ? "wss://" : "ws://") +
                    html_escaped(text_at(listener, "address") + text_at(project, "url_path")) + "</code> ";
        }
        html += "</td></tr>\n";
    }
    html += "</table>\n";
    for (const auto& project : status.value("projects", json::array())) {
        const auto failed = project.find("first_run_error");
        if (failed == project.end() || !failed->is_string()) continue;
        html += "<p>" + html_escaped(text_at(project, "name") + ": the first run of its global service failed: " +
                                     failed->get<std::string>()) + "</p>\n";
    }
    return html;
}

}  // namespace

std::string html_escaped(std::string_view text) {
    std::string html;
    for (const char c : text) {
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            case '\'':
                html += "&#39;";
                break;
            default:
                html += c;
        }
    }
    return html;
}

std::string index_page(const json& status, const std::vector<std::string>& pages) {
    std::string html =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Berth</title>\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n<link rel=\"stylesheet\" href=\"" +
        std::string(index_style_path) + "\">\n</head>\n<body>\n<h1>Berth</h1>\n";
    if (!pages.empty()) {
        html += "<h2>Pages</h2>\n<ul>\n";
        for (const auto& page : pages) {
            html +=
                "<li><a href=\"" + html_escaped(page) + "\">" + html_escaped(page) + "</a></li>\n";
        }
        html += "</ul>\n";
    }
    html += "<h2>Projects</h2>\n";
    if (!status.is_object()) {
        html += "<p>The host does not answer.</p>\n";
    } else if (status.value("projects", json::array()).empty()) {
        html += "<p>None yet. Copy a library into the plugins directory.</p>\n";
    } else {
        html += projects_table(status);
    }
    return html +
           "<p><a href=\"/metrics\">metrics</a> · <a href=\"/healthz\">health</a> · <a "
           "href=\"/readyz\">ready</a></p>\n</body>\n</html>\n";
}

std::string_view index_style() {
    return "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}\n"
           "table{border-collapse:collapse;width:100%}\nth,td{text-align:left;padding:.3rem "
           ".6rem;border-bottom:1px solid #ccc}\n"
           "code{overflow-wrap:anywhere}\n@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}"
           "a{color:#8bf}}\n";
}

}  // namespace berth::host::pages
