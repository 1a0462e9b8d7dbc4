// SPDX-License-Identifier: MIT
/// From method, host and path to an answer: every rule of the pages, without sockets.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "pages/answer.hpp"
#include "pages/file_table.hpp"
#include "pages/host_view.hpp"

namespace berth::host::pages {

struct Asked {
    std::string_view method;
    std::string_view target;  ///< as it stood in the request line
    std::string_view host;    ///< the one Host header, or empty
};

/// Files, metrics, health and the index. [any thread: it only reads]
class Site {
public:
    using Then = std::function<void(Answer)>;
    /// How the host is asked: HostView::ask, or a test's.
    using Ask = std::function<void(const std::string& verb, HostView::Then then)>;

    /// `urls`: where the host's WebSockets are, "ws://127.0.0.1:7681", one for each listener; the pages' scripts ask
    /// for them at facts_path.
    Site(FileTable files, std::vector<std::string> hosts, std::vector<std::string> urls, Ask ask);

    /// `then` is called once: at once, or later on the thread of the host's view.
    void answer(const Asked& asked, Then then) const;

    /// {"urls": [...]}, for scripts of pages.
    static constexpr std::string_view facts_path = "/berth.json";

private:
    void answer_path(std::string_view path, Then then) const;
    [[nodiscard]] std::vector<std::string> page_prefixes() const;

    const FileTable files_;
    const std::vector<std::string> hosts_;
    const std::string facts_;  ///< what facts_path answers
    const Ask ask_;
};

}  // namespace berth::host::pages
