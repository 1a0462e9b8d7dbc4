// SPDX-License-Identifier: MIT
#include "cli/input.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>

#include "cli/format.hpp"

namespace berth::host::cli {

Result<std::string> read_payload(const std::string& path, Terminal& terminal) {
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file) return fail(Code::not_found, path + ": " + std::strerror(errno));
    }
    std::istream& source = path == "-" ? terminal.in() : file;
    std::string bytes(payload_bytes_max + 1, '\0');
    source.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(source.gcount()));
    if (source.bad()) return fail(Code::system, path + ": cannot be read");
    if (bytes.size() > payload_bytes_max) {
        return fail(Code::invalid, path + ": no message or argument has more than " + bytes_text(payload_bytes_max) +
                                       "; send it in parts");
    }
    return bytes;
}

}  // namespace berth::host::cli
