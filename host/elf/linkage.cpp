// SPDX-License-Identifier: MIT
#include "elf/linkage.hpp"

#include <algorithm>
#include <cctype>
#include <deque>
#include <set>
#include <unordered_set>

namespace berth::host::elf {
namespace {

constexpr std::size_t objects_max = 1000;
// More would not tell more, and each missing library was looked for in many directories.
constexpr std::size_t missing_max = 20;

/// "GLIBC_2.36" to "GLIBC_" and 2, 36.
std::pair<std::string, std::vector<std::uint64_t>> series_of(const std::string& version) {
    std::size_t at = version.size();
    while (at > 0 && (std::isdigit(static_cast<unsigned char>(version[at - 1])) != 0 || version[at - 1] == '.')) --at;
    std::vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
    for (const char c : version.substr(at)) {
        if (c == '.') {
            numbers.push_back(std::exchange(number, 0));
        } else {
            number = std::min<std::uint64_t>(number * 10 + static_cast<std::uint64_t>(c - '0'), 1'000'000'000);
        }
    }
    numbers.push_back(number);
    return {version.substr(0, at), numbers};
}

std::string newest_like(const std::string& version, const std::vector<std::string>& versions) {
    const auto wanted = series_of(version);
    std::string newest;
    for (const std::string& candidate : versions) {
        if (series_of(candidate).first == wanted.first && (newest.empty() || series_of(newest).second < series_of(candidate).second))
            newest = candidate;
    }
    return newest;
}

}  // namespace

bool is_newer(const std::string& version, const std::string& other) {
    const auto one = series_of(version);
    const auto two = series_of(other);
    return one.first == two.first && two.second < one.second;
}

struct Linker::Object {
    Library library;
    std::filesystem::path path;
    std::set<std::string, std::less<>> names{};  ///< under which it was asked for, and its own
    std::string shown{};                         ///< in findings; empty for the library that is judged
    const Object* loaded_by = nullptr;
};

/// Libraries in the order of loading, with all that they define.
class Linker::Scope {
public:
    explicit Scope(const Search& search, const Scope* outer = nullptr) : search_(search), outer_(outer) {}

    void add(Library library, std::filesystem::path path, std::string shown, const Object* loaded_by, std::string name) {
        Object& object = objects_.emplace_back(
            Object{.library = std::move(library), .path = std::move(path), .shown = std::move(shown), .loaded_by = loaded_by});
        if (!name.empty()) object.names.insert(std::move(name));
        if (!object.library.soname.empty()) object.names.insert(object.library.soname);
    }

    /// Loads what the objects need, breadth first.
    void close(Linkage& linkage) {
        for (std::size_t i = 0; i < objects_.size() && objects_.size() < objects_max; ++i) {
            const std::vector<std::string> needed = objects_[i].library.needed;
            for (const std::string& name : needed) {
                if (linkage.libraries.size() == missing_max) return;
                load(name, objects_[i], linkage);
            }
        }
        for (const Object& object : objects_) {
            symbols_.insert(object.library.exports.begin(), object.library.exports.end());
            symbols_.insert(object.library.absolute_symbols.begin(), object.library.absolute_symbols.end());
        }
    }

    void check(Linkage& linkage) const {
        for (const Object& object : objects_) {
            for (const VersionNeed& need : object.library.version_needs) {
                if (linkage.versions.size() == missing_max) break;
                check_version(object, need, linkage);
            }
            // What is not there may have had them.
            if (!linkage.unread.empty() || !linkage.libraries.empty()) continue;
            for (const std::string& symbol : object.library.undefined)
                if (!defines(symbol)) linkage.symbols.push_back({symbol, object.shown});
        }
    }

private:
    [[nodiscard]] const Object* named(const std::string& name) const {
        for (const Object& object : objects_)
            if (object.names.contains(name)) return &object;
        return outer_ == nullptr ? nullptr : outer_->named(name);
    }
    [[nodiscard]] bool defines(const std::string& symbol) const {
        return symbols_.contains(symbol) || (outer_ != nullptr && outer_->defines(symbol));
    }

    void load(const std::string& name, const Object& by, Linkage& linkage) {
        if (named(name) != nullptr || missing_.contains(name)) return;
        std::deque<Requester> chain;  // Their addresses stay.
        for (const Object* object = &by; object != nullptr; object = object->loaded_by)
            chain.push_back({.library = &object->library, .directory = object->path.parent_path()});
        for (std::size_t i = 0; i + 1 < chain.size(); ++i) chain[i].loaded_by = &chain[i + 1];
        const auto path = search_.find(name, chain.front());
        if (!path) {
            missing_.insert(name);
            linkage.libraries.push_back({name, by.shown});
            return;
        }
        for (Object& object : objects_) {
            std::error_code ignored;
            if (!object.path.empty() && std::filesystem::equivalent(object.path, *path, ignored)) {
                object.names.insert(name);
                return;
            }
        }
        auto library = read(*path);
        if (!library) {
            linkage.unread.push_back(path->string());
            return;
        }
        add(std::move(*library), *path, name, &by, name);
    }

    void check_version(const Object& object, const VersionNeed& need, Linkage& linkage) const {
        const Object* provider = named(need.file);
        if (need.is_weak || provider == nullptr) return;
        const auto& versions = provider->library.defined_versions;
        // A library without any version is taken, with a warning of the loader's.
        if (versions.empty() || std::binary_search(versions.begin(), versions.end(), need.version)) return;
        linkage.versions.push_back({need, newest_like(need.version, versions), object.shown});
    }

    const Search& search_;
    const Scope* outer_;
    std::deque<Object> objects_;
    std::set<std::string> missing_;
    std::unordered_set<std::string> symbols_;
};

Linker::Linker(SearchSettings settings) : search_(std::move(settings)) {
    auto scope = std::make_unique<Scope>(search_);
    Linkage linkage;
    const std::filesystem::path itself = "/proc/self/exe";
    if (auto program = read_this_program()) {
        std::error_code error;
        scope->add(std::move(*program), std::filesystem::canonical(itself, error), "program", nullptr, "");
    } else {
        linkage.unread.push_back(itself.string());
    }
    std::string preload = search_.settings().preload;
    std::replace(preload.begin(), preload.end(), ' ', ':');
    for (const auto& path : run_path_directories(preload, {})) {
        const Library nobody;
        const auto found = search_.find(path.string(), {.library = &nobody});
        if (auto library = found ? read(*found) : tl::unexpected<Finding>(Finding{}))
            scope->add(std::move(*library), *found, path.string(), nullptr, path.filename().string());
    }
    scope->close(linkage);
    program_ = std::move(scope);
    unread_ = std::move(linkage.unread);
}

Linker::~Linker() = default;

Linkage Linker::link(const Library& library) const {
    Linkage linkage{.libraries = {}, .symbols = {}, .versions = {}, .unread = unread_};
    Scope scope(search_, program_.get());
    scope.add(library, {}, "", nullptr, "");
    scope.close(linkage);
    scope.check(linkage);
    return linkage;
}

}  // namespace berth::host::elf
