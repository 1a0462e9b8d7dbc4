// SPDX-License-Identifier: MIT
#include "worker/procedure.hpp"

#include "wire/utf8.hpp"
#include "worker/text.hpp"

namespace berth::host::worker {
namespace {

constexpr std::size_t procedures_max = 4096;
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t signature_bytes_max = 4096;

/// Reads a signature from left to right; positions count characters from 1.
class SignatureReader {
public:
    explicit SignatureReader(std::string_view text) : text_(text) {}

    Result<std::vector<std::uint32_t>> read() {
        std::vector<std::uint32_t> types;
        if (!take('(')) return at("a signature begins with (, as in (text who, integer count)");
        if (!take(')')) {
            do {
                skip_blanks();
                const std::size_t start = at_;
                const std::uint32_t type = type_named(word());
                if (type == BERTH_NULL) {
                    at_ = start;
                    return at("unknown type: use boolean, integer, real, text, buffer or client");
                }
                types.push_back(type);
                skip_blanks();
                word();
            } while (take(','));
            if (!take(')')) return at(", or ) is expected here");
        }
        skip_blanks();
        if (at_ < text_.size()) return at("nothing may follow the )");
        if (types.size() > parameters_max) return at("more than " + std::to_string(parameters_max) + " parameters");
        return types;
    }

private:
    tl::unexpected<Error> at(std::string_view reason) const {
        return fail(Code::invalid, "character " + std::to_string(at_ + 1) + ": " + std::string(reason));
    }
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    bool take(char c) {
        skip_blanks();
        if (at_ == text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    std::string_view word() {
        const std::size_t start = at_;
        while (at_ < text_.size() && (text_[at_] == '_' || (text_[at_] >= 'a' && text_[at_] <= 'z') ||
                                      (text_[at_] >= 'A' && text_[at_] <= 'Z') ||
                                      (text_[at_] >= '0' && text_[at_] <= '9')))
            ++at_;
        return text_.substr(start, at_ - start);
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<Signature> Signature::parse(std::string_view text) {
    Signature signature;
    signature.text_ = std::string(text);
    if (text.empty()) return signature;
    auto types = SignatureReader(text).read();
    if (!types) return fail("signature " + in_quotes(text) + ", ", std::move(types).error());
    signature.is_checked_ = true;
    signature.types_ = std::move(*types);
    return signature;
}

Result<void> Signature::check(const std::vector<Value>& args) const {
    if (!is_checked_) return {};
    if (args.size() != types_.size())
        return fail(Code::invalid, "takes " + text_ + ", " + std::to_string(args.size()) + " parameters were given");
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i].type != types_[i])
            return fail(Code::invalid, "takes " + text_ + ", parameter " + std::to_string(i + 1) + " is " +
                                           name_of_type(args[i].type));
    }
    return {};
}

Result<Procedures> Procedures::read(const berth_procedure* table, std::size_t count) {
    Procedures procedures;
    if (count == 0) return procedures;
    if (table == nullptr)
        return fail(Code::invalid, "its table has procedure_count " + std::to_string(count) +
                                       ", but no procedures; point at the array");
    if (count > procedures_max)
        return fail(Code::invalid, "its table has procedure_count " + std::to_string(count) + "; at most " +
                                       std::to_string(procedures_max) + " are taken");
    for (std::size_t i = 0; i < count; ++i) {
        const berth_procedure& entry = table[i];
        const std::string place = "procedure " + std::to_string(i + 1);
        if (!has_data(entry.name) || !has_data(entry.signature))
            return fail(Code::invalid, place + " has a text with a size, but no data");
        const std::string_view name = view(entry.name);
        if (name.empty() || name.size() > name_bytes_max || !wire::is_valid_utf8(name))
            return fail(Code::invalid, place + " has no valid name; use 1 to 64 bytes of UTF-8");
        const std::string called = "procedure " + in_quotes(name);
        if (entry.run == nullptr) return fail(Code::invalid, called + " has no function");
        if (entry.signature.size > signature_bytes_max)
            return fail(Code::invalid, called + " has a signature of more than 4096 bytes");
        auto signature = Signature::parse(view(entry.signature));
        if (!signature) return fail(called + ": ", std::move(signature).error());
        const bool is_new = procedures.by_name_
                                .emplace(name, Procedure{std::string(name), std::move(*signature), entry.run,
                                                         entry.flags})
                                .second;
        if (!is_new) return fail(Code::invalid, called + " is declared twice; each name once");
    }
    return procedures;
}

const Procedure* Procedures::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : &found->second;
}

}  // namespace berth::host::worker
