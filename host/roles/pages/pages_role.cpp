// SPDX-License-Identifier: MIT
#include "roles/pages/pages_role.hpp"

#include <csignal>
#include <utility>

#include "base/log.hpp"
#include "control/child_channel.hpp"
#include "control/child_channel_message.hpp"
#include "log/pipe_sink.hpp"
#include "pages/file_table.hpp"
#include "pages/host_view.hpp"
#include "pages/server.hpp"
#include "pages/site.hpp"
#include "roles/confinement/confinement.hpp"

namespace berth::host::roles {
namespace {

using control::ChildChannel;
using nlohmann::json;

constexpr int configure_timeout_ms = 10'000;

/// The message with which the supervisor begins.
struct Configuration {
    std::map<std::string, std::filesystem::path> prefixes;
    std::vector<std::string> hosts;
    std::vector<std::string> urls;
    json confinement;  ///< the message, for `confine_as_configured`
    UniqueFd listener;
    UniqueFd viewer;
};

std::vector<std::string> texts_of(const json& body, const char* key) {
    std::vector<std::string> texts;
    for (const auto& text : body.value(key, json::array())) {
        if (text.is_string()) texts.push_back(text);
    }
    return texts;
}

Result<Configuration> receive_configuration(ChildChannel& channel) {
    auto messages = channel.receive_within(configure_timeout_ms);
    if (!messages) return tl::unexpected(messages.error());
    auto& message = messages->front();
    if (message.body.value("type", "") != "configure" || message.fds.size() != 2) {
        return fail(Code::invalid, "pages: the first message is not configure with two descriptors");
    }
    log::set_level(log::level_of(message.body.value("log_level", std::string(log::name_of(log::level())))));
    Configuration configuration;
    const json prefixes = message.body.value("static", json::object());
    for (const auto& [prefix, directory] : prefixes.items()) {
        if (directory.is_string()) configuration.prefixes[prefix] = directory.get<std::string>();
    }
    configuration.hosts = texts_of(message.body, "hosts");
    configuration.urls = texts_of(message.body, "urls");
    configuration.confinement = message.body;
    configuration.listener = std::move(message.fds[0]);
    configuration.viewer = std::move(message.fds[1]);
    return configuration;
}

/// Whether to go on after what the channel says; its end is the supervisor's.
bool go_on(ChildChannel& channel) {
    const auto messages = channel.receive();
    if (!messages) return false;
    for (const auto& message : *messages) {
        if (message.body.value("type", "") == "stop") return false;
    }
    return true;
}

Result<void> serve(ChildChannel& channel) {
    auto configuration = receive_configuration(channel);
    if (!configuration) return tl::unexpected(configuration.error());
    auto files = pages::FileTable::read(configuration->prefixes);
    if (!files) return tl::unexpected(files.error());
    const std::size_t file_count = files->size();

    auto view = std::make_unique<pages::HostView>(std::move(configuration->viewer));
    const pages::Site site(
        std::move(*files), std::move(configuration->hosts), std::move(configuration->urls),
        [&view](const std::string& verb, pages::HostView::Then then) { view->ask(verb, std::move(then)); });
    auto server = pages::Server::create(std::move(configuration->listener), site);
    if (!server) return tl::unexpected(server.error());
    (*server)->watch(channel.fd(), [&] {
        if (go_on(channel)) return true;
        (*server)->stop();
        return false;
    });
    // All files have been read, and the sockets are there.
    BERTH_TRY(confine_as_configured(Confined::pages, configuration->confinement, "pages process"));
    if (auto sent = channel.send({{"type", "ready"}, {"files", file_count}}); !sent) return sent;
    (*server)->run();
    view.reset();  // Before the server: what it still asked belongs to the server's connections.
    static_cast<void>(channel.send({{"type", "stopped"}}));
    return {};
}

}  // namespace

int run_pages(UniqueFd channel_fd) {
    ChildChannel channel(std::move(channel_fd), ChildChannel::Peer::supervisor);
    const auto served = serve(channel);
    if (served) return 0;
    log::error("pages cannot start", {{"error", served.error().message}});
    static_cast<void>(channel.send({{"type", "failed"}, {"message", served.error().message}}));
    return 1;
}

int run_pages_process() {
    let_others_look(false);
    ::signal(SIGPIPE, SIG_IGN);
    log::set_sink(log::pipe_sink(UniqueFd(4)));
    return run_pages(UniqueFd(3));
}

}  // namespace berth::host::roles
